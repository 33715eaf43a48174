"""The frame of all apps, shown with the smallest: the five chests."""

from uuid import uuid4

import pytest
from playwright.sync_api import expect
from tests.browser.apps_world import open_app, read_rows, wait_for_row

from sandyq.school import journal, people
from sandyq.school.database import Database
from sandyq.school.journal import Batch, Edit
from sandyq.settings import Settings

WORDS = {
    "kk": {
        "change": "Өзгерту",
        "save": "Сақтау",
        "name": "Атауы: Қазақша",
        "undo": "Болдырмау",
        "saved": "сақталды",
    },
    "ru": {
        "change": "Изменить",
        "save": "Сохранить",
        "name": "Название: Қазақша",
        "undo": "Отменить",
        "saved": "Сохранено",
    },
}


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_a_chest_gets_a_name_and_loses_it_again(large_school, browser, language):
    say = WORDS[language]
    with open_app(browser, large_school, "chests", language) as app:
        before = read_rows(large_school, "chest")[0]["names"]["kk"]
        app.press(say["change"])
        app.fill(say["name"], f"Ғарыш {language}")
        app.press(say["save"])
        app.wait_saved()
        expect(app.app.locator(".sa-state")).to_contain_text(say["saved"])
        assert read_rows(large_school, "chest")[0]["names"]["kk"] == f"Ғарыш {language}"
        assert app.barriers() == []
        assert app.visitor.outside == []
        expect(app.app.locator("[data-undo]")).to_contain_text(say["undo"])
        app.app.locator("[data-undo]").click()
        app.wait_saved()
        assert read_rows(large_school, "chest")[0]["names"]["kk"] == before


def test_who_changes_the_language_reads_there_what_was_done_before(large_school, browser):
    with (
        open_app(browser, large_school, "chests") as app,
        open_app(browser, large_school, "chests", "ru") as other,
    ):
        app.press(WORDS["kk"]["change"])
        app.press(WORDS["kk"]["save"])
        app.wait_saved()
        app.speak("ru")
        expect(app.app.locator(".sa-state")).to_contain_text(WORDS["ru"]["saved"])
        expect(app.app.locator("[data-undo]")).to_contain_text("Отменить: Сундук изменён: ")
        notice = other.app.locator(".sa-notice", has_text="Сундук изменён: ")
        expect(notice).to_be_visible(timeout=30_000)
        other.page.emulate_media(media="print")
        expect(notice).to_be_hidden()  # it may name a child, and has nothing to do with what is printed
        app.app.locator("[data-undo]").click()
        app.wait_saved()


def test_what_was_typed_is_there_after_a_refresh_and_after_the_kernel_died(large_school, browser):
    with open_app(browser, large_school, "chests") as app:
        app.press(WORDS["kk"]["change"])
        app.fill(WORDS["kk"]["name"], "Жартылай жаз")
        app.page.reload()
        app.wait()
        expect(app.app.get_by_label(WORDS["kk"]["name"])).to_have_value("Жартылай жаз")
        app.kill_kernel()
        expect(app.app.get_by_label(WORDS["kk"]["name"])).to_have_value("Жартылай жаз")
        expect(app.app.locator(".sa-draft")).to_be_visible()
        app.press("Бас тарту")


def test_a_page_opened_while_the_portal_is_away_begins_by_itself(large_school, browser):
    with open_app(browser, large_school, "chests") as app:
        portal = large_school.part("portal")
        portal.suspend()
        try:
            app.page.reload()
            app.app.locator("[data-again]").wait_for(timeout=60_000)
            assert app.barriers() == []
        finally:
            portal.resume()
        app.app.get_by_role("button", name=WORDS["kk"]["change"]).first.wait_for(timeout=60_000)


def test_what_was_pressed_while_the_kernel_died_is_made_once(large_school, browser):
    with open_app(browser, large_school, "chests") as app:
        version = read_rows(large_school, "chest")[1]["version"]
        app.app.get_by_role("button", name=WORDS["kk"]["change"]).nth(1).click()
        app.fill(WORDS["kk"]["name"], "Үзілген сақтау")
        for kernel in set(large_school.forked()) - set(large_school.forked("fork:")):
            kernel.suspend()  # it hears nothing any more, but the page does not know
        app.press(WORDS["kk"]["save"])
        app.kill_kernel()
        app.wait_saved()
        row = wait_for_row(large_school, "chest", id=read_rows(large_school, "chest")[1]["id"])
        assert (row["names"]["kk"], row["version"]) == ("Үзілген сақтау", version + 1)


def test_two_leaders_see_each_other_and_nobody_overwrites(large_school, browser):
    with (
        open_app(browser, large_school, "chests") as first,
        open_app(browser, large_school, "chests", "ru") as second,
    ):
        first.app.get_by_role("button", name=WORDS["kk"]["change"]).nth(2).click()
        first.fill(WORDS["kk"]["name"], "Бірінші")
        second.app.get_by_role("button", name=WORDS["ru"]["change"]).nth(2).click()
        second.fill(WORDS["ru"]["name"], "Второй")
        second.press(WORDS["ru"]["save"])
        second.wait_saved()
        expect(first.app.get_by_text("Второй").first).to_be_visible(timeout=15_000)
        expect(first.app.get_by_label(WORDS["kk"]["name"])).to_have_value("Бірінші")
        first.press(WORDS["kk"]["save"])
        expect(first.app.locator(".sa-alarm")).to_contain_text("өзгертіп")
        assert read_rows(large_school, "chest")[2]["names"]["kk"] == "Второй"
        first.press(WORDS["kk"]["save"])  # who saves once more has seen it
        first.wait_saved()
        assert read_rows(large_school, "chest")[2]["names"]["kk"] == "Бірінші"


def change_as_colleague(demo, edit):
    """Make a change of the clubs as the second leader; return the row."""
    database = Database(Settings(home=demo.home).database_url)
    with database.session() as session:
        batch = Batch(uuid4(), "clubs", "Club", (edit,))
        row = journal.change(session, people.find_person(session, "leader2"), batch).rows[0]["after"]
    database.close()
    return row


def test_what_was_typed_for_something_a_colleague_removes_is_told(large_school, browser):
    like = read_rows(large_school, "club")[0]
    values = {"name": "Асық", "chest_id": like["chest_id"], "leader_id": like["leader_id"]}
    club = change_as_colleague(large_school, Edit("club", -1, 0, values))
    with open_app(browser, large_school, "clubs") as app:
        app.app.get_by_role("button", name="Асық").first.click()
        app.app.locator("form input[name=name]").first.fill("Асық ойыны")
        change_as_colleague(large_school, Edit("club", club["id"], club["version"]))
        expect(app.app.locator(".sa-lost")).to_contain_text("Асық ойыны", timeout=15_000)
        assert app.barriers() == []
        app.page.reload()
        app.wait()
        expect(app.app.locator(".sa-lost")).to_have_count(0)


def test_a_wrong_colour_is_told_at_its_field(large_school, browser):
    with open_app(browser, large_school, "chests") as app:
        app.press(WORDS["kk"]["change"])
        app.app.locator("input[type=color]").fill("#ffff00")
        app.press(WORDS["kk"]["save"])
        expect(app.app.locator(".sa-wrong")).to_contain_text("ақ әріптер")
        expect(app.app.locator("input[type=color]")).to_be_focused()
        app.press("Бас тарту")
