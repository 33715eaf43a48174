"""A question marked by keyboard alone, with some work left for later: nobody is sent back to what they passed over."""

from threading import Thread

import pytest
import uvicorn

import listing
from rehearsal import free_port, wait_for
from sandyq.school.database import Database
from sandyq.settings import Settings
from sandyq_portal.app import create_app
from sandyq_portal.identity import find_login


@pytest.fixture
def address(tmp_path):
    """A question that four pupils have answered and nobody has marked."""
    settings = Settings(home=tmp_path)
    database = Database(settings.database_url)
    database.migrate()
    release = listing.give(settings, database, "A", 4)
    database.close()
    app = create_app(settings)
    app.dependency_overrides[find_login] = lambda: listing.TEACHER
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="critical"))
    thread = Thread(target=server.run)
    thread.start()
    wait_for(lambda: server.started, "the portal")
    yield f"http://127.0.0.1:{port}/services/portal/assignments/{release}/marks?cell=prices/why"
    server.should_exit = True
    thread.join()


def test_after_a_mark_the_next_one_comes_and_not_the_one_left_for_later(browser, address):
    page = browser.new_page()
    page.goto(address)
    cards = page.locator("article.mark")
    page.keyboard.press("n")
    page.keyboard.press("n")
    assert place(page) == 1
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    cards.nth(1).locator("[role=status] .icon").wait_for()
    wait_for(lambda: place(page) == 2, "the next one")
    page.locator("nav a[aria-current] + .chip", has_text="3").wait_for()  # are left of this question
    assert page.locator("nav a[href*=pupil] + .chip").count() == 3, "of the second pupil nothing is left"
    page.keyboard.press("p")
    assert place(page) == 0
    page.close()


def test_after_a_pupils_last_question_the_key_leads_to_the_next_pupil(browser, address):
    page = browser.new_page()
    page.goto(address)
    page.locator("nav a[href*=pupil]").first.click()
    second = page.locator("nav a[href*=pupil]").nth(1).get_attribute("href")
    page.keyboard.press("n")
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    page.locator("[role=status] .icon").wait_for()
    with page.expect_navigation(url=f"**{second}"):
        page.keyboard.press("n")
    page.close()


def test_one_more_tick_after_a_mark_was_kept_adds_to_those_before(browser, address):
    page = browser.new_page()
    page.goto(address)
    card = page.locator("article.mark").first
    ticks, points = card.locator("[data-points]"), card.locator("input[name=points]")
    ticks.nth(0).press("Space")
    assert points.input_value() == "1"
    points.press("Enter")
    card.locator("[role=status] .icon").wait_for()
    ticks.nth(1).press("Space")
    assert points.input_value() == "2"
    asked = []
    page.once("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.reload()
    assert asked == ["beforeunload"], "the second tick is not kept"
    assert (ticks.nth(0).is_checked(), ticks.nth(1).is_checked()) == (True, False), "what was kept"
    page.close()


def test_ticks_of_tenths_add_up_to_what_people_reckon(browser, address):
    """0.1 + 0.2 is more than 0.3 to a machine, and more points than a cell has are refused."""
    page = browser.new_page()
    page.goto(address)
    card = page.locator("article.mark").first
    ticks = card.locator("[data-points]")
    for number, points in enumerate(("0.1", "0.2")):
        ticks.nth(number).evaluate("(box, points) => { box.dataset.points = points; }", points)
        ticks.nth(number).press("Space")
    assert card.locator("input[name=points]").input_value() == "0.3"
    page.close()


def test_a_mark_that_the_server_did_not_take_is_told_and_what_was_typed_stays(browser, address):
    page = browser.new_page()
    page.goto(address)
    card = page.locator("article.mark").first
    card.locator("input[name=points]").fill("1")
    page.context.set_offline(True)
    page.keyboard.press("Enter")
    card.locator("[role=status] .bad").wait_for()
    page.context.set_offline(False)
    page.route("**/marks", lambda route: route.fulfill(status=503, body="starting"))
    with page.expect_response("**/marks"):
        page.keyboard.press("Enter")
    page.unroute("**/marks")
    assert card.locator("[role=status]").inner_text() and place(page) == 0
    page.keyboard.press("Enter")
    card.locator("[role=status] .icon").wait_for()
    page.close()


def test_what_was_typed_when_the_session_had_ended_is_there_after_the_sign_in(browser, address):
    page = browser.new_page()
    page.goto(address)
    cards = page.locator("article.mark")
    cards.nth(2).locator("input[name=comment]").fill("Not sent yet")
    cards.nth(1).locator("[data-points]").nth(1).press("Space")
    cards.nth(1).locator("input[name=comment]").fill("Good")
    anew = {"name": "jupyterhub-session-id", "value": "signed in anew, in another tab", "url": address}
    page.context.add_cookies([anew])
    with page.expect_navigation():
        cards.nth(1).locator("input[name=points]").press("Enter")
    cards.nth(1).locator("[role=status] .bad").wait_for()
    assert cards.nth(1).locator("[data-points]").nth(1).is_checked() and place(page) == 1
    assert [card.locator("input[name=comment]").input_value() for card in cards.all()] == [
        "",
        "Good",
        "Not sent yet",
        "",
    ]
    page.keyboard.press("Enter")
    cards.nth(1).locator("[role=status] .icon").wait_for()
    page.locator("#comments option[value=Good]").wait_for(state="attached")
    page.once("dialog", lambda dialog: dialog.accept())
    page.reload()
    assert cards.nth(1).locator("input[name=points]").input_value() == "1", "kept"
    assert not cards.nth(2).locator("input[name=comment]").input_value(), "brought back once"
    page.close()


def place(page):
    """Number of the card whose points are typed; -1: none."""
    return page.evaluate(
        "[...document.querySelectorAll('article.mark')].indexOf(document.activeElement.closest('article.mark'))"
    )
