"""What is typed in an app is lost to nothing: a server that fails over it, a power cut, a page opened anew."""

import sqlite3
from contextlib import contextmanager

from playwright.sync_api import expect
from tests.browser.apps_world import AppPage, open_app, read_rows, wait_for_row

from rehearsal import Visitor, wait_for

CHANGE, SAVE, NAME, CANCEL = "Өзгерту", "Сақтау", "Атауы: Қазақша", "Бас тарту"
FAILED = "бірнеше рет сақтай алмады"


@contextmanager
def breaking_over(demo, what: str, when: str):
    """The real portal answers 500 to whatever writes such a row."""
    with sqlite3.connect(demo.home / "school" / "school.sqlite", timeout=30) as base:
        base.execute(
            f"CREATE TRIGGER breaks BEFORE {what} WHEN {when} BEGIN SELECT RAISE(ABORT, 'broken'); END"
        )
    try:
        yield
    finally:
        with sqlite3.connect(demo.home / "school" / "school.sqlite", timeout=30) as base:
            base.execute("DROP TRIGGER breaks")
        base.close()


@contextmanager
def opened_anew(browser, app: AppPage):
    """The same browser after a power cut: what it keeps on the disk is there, its tabs and their memory are not."""
    kept = app.page.context.storage_state()
    app.page.context.close()
    context = browser.new_context(storage_state=kept)
    yield AppPage(Visitor(context.new_page(), app.demo), app.name).open()
    context.close()


def test_what_the_server_fails_over_stays_in_its_form_and_holds_up_nothing(large_school, browser):
    first, second = read_rows(large_school, "chest")[:2]
    with open_app(browser, large_school, "chests") as app:
        with breaking_over(large_school, "UPDATE ON chest", f"OLD.id = {first['id']}"):
            app.press(CHANGE)
            app.fill(NAME, "Сақталмайтын")
            app.press(SAVE)
            expect(app.app.locator(".sa-state")).to_have_class("sa-state sa-state-late", timeout=30_000)
            app.page.reload()
            app.wait()
            expect(app.app.locator("form .sa-wrong")).to_contain_text(FAILED, timeout=60_000)
            expect(app.app.get_by_label(NAME)).to_have_value("Сақталмайтын")
            assert app.barriers() == []
            app.app.get_by_role(
                "button", name=CHANGE
            ).first.click()  # of the second: the first one's form is open
            app.app.locator(f"[data-key='form-chest-{second['id']}'] [name=kk]").fill("Екінші сандық")
            app.press(SAVE)
            app.wait_saved()
            assert read_rows(large_school, "chest")[1]["names"]["kk"] == "Екінші сандық"
        app.app.get_by_role("button", name=CHANGE).first.click()
        expect(app.app.get_by_label(NAME)).to_have_value("Сақталмайтын")
        app.press(SAVE)
        app.wait_saved()
        assert read_rows(large_school, "chest")[0]["names"]["kk"] == "Сақталмайтын"
        assert [key for key in app.page.evaluate("Object.keys(localStorage)") if "sandyq-app" in key] == []
        app.app.locator("[data-undo]").click()
        app.wait_saved()
        app.app.locator("[data-undo]").click()
        app.wait_saved()
        assert [row["names"] for row in read_rows(large_school, "chest")[:2]] == [
            first["names"],
            second["names"],
        ]


def test_what_the_server_fails_over_stays_in_its_cell_and_the_next_cell_is_saved(large_school, browser):
    first, second = read_rows(large_school, "room")[:2]
    with open_app(browser, large_school, "clubs") as app:
        cell, other = (app.app.locator(f"[data-f='room:{row['id']}:seats']") for row in (first, second))
        with breaking_over(large_school, "UPDATE ON room", f"OLD.id = {first['id']}"):
            app.app.locator("details[data-key=rooms] > summary").click()
            cell.fill("17")
            other.fill("19")
            other.press("Tab")
            expect(cell.locator("xpath=..")).to_contain_text(FAILED, timeout=60_000)
            app.wait_saved()
            wait_for_row(large_school, "room", id=second["id"], seats=19)
            expect(cell).to_have_value("17")
            assert app.barriers() == []
        app.page.reload()
        app.wait()
        expect(cell).to_be_visible()
        expect(cell).to_have_value("17")
        cell.focus()
        cell.press("Enter")
        wait_for_row(large_school, "room", id=first["id"], seats=17)
        expect(app.app.locator(".sa-edit .sa-wrong")).to_have_count(0)
        for _each in range(2):
            app.app.locator("[data-undo]").click()
            app.wait_saved()
        assert [row["seats"] for row in read_rows(large_school, "room")[:2]] == [
            first["seats"],
            second["seats"],
        ]


def test_a_mark_that_the_server_fails_over_stays_on_the_page_as_not_saved_and_is_made_later(
    large_school, browser
):
    with open_app(browser, large_school, "attendance", "ru") as app:
        first, second = (app.page.locator(".line").nth(number) for number in range(2))
        child = int(first.locator(".who").get_attribute("id").removeprefix("sandyq-child-"))
        with breaking_over(large_school, "INSERT ON attendance", f"NEW.person_id = {child}"):
            first.locator("[role=radio]").first.focus()
            for key in "21":
                app.page.keyboard.press(f"Digit{key}")
            expect(first.locator(".state-failed")).to_contain_text("Не сохранено", timeout=60_000)
            expect(first.locator("[aria-checked=true]")).to_have_attribute("data-status", "absent")
            expect(second.locator(".state-saved")).to_be_visible(timeout=30_000)
            assert app.barriers() == []
        first.locator("[data-status=absent]").click()
        expect(first.locator(".state-saved")).to_be_visible(timeout=30_000)


def test_what_was_typed_outlives_the_browser_and_nobody_overwrites_with_it(large_school, browser):
    before = read_rows(large_school, "chest")[3]
    with open_app(browser, large_school, "chests") as app:
        app.app.get_by_role("button", name=CHANGE).nth(3).click()
        app.fill(NAME, "Жарық өшті")
        with opened_anew(browser, app) as again, open_app(browser, large_school, "chests", "ru") as other:
            other.app.get_by_role("button", name="Изменить").nth(3).click()
            other.fill("Название: Қазақша", "Әріптес")
            other.press("Сохранить")
            other.wait_saved()
            again.press("Көрсету")
            expect(again.app.get_by_label(NAME)).to_have_value("Жарық өшті")
            expect(again.app.locator(".sa-draft")).to_be_visible()
            again.page.reload()
            again.wait()
            again.press(SAVE)
            expect(again.app.locator(".sa-alarm")).to_contain_text("өзгертіп", timeout=15_000)
            assert read_rows(large_school, "chest")[3]["names"]["kk"] == "Әріптес"
            again.press(SAVE)  # who saves once more means it
            again.wait_saved()
            assert read_rows(large_school, "chest")[3]["names"]["kk"] == "Жарық өшті"
            again.app.locator("[data-undo]").click()
            again.wait_saved()
            other.app.locator("[data-undo]").click()
            other.wait_saved()
            assert read_rows(large_school, "chest")[3]["names"] == before["names"]


def test_a_cell_that_was_half_typed_is_there_when_the_browser_is_opened_anew_and_gone_after_signing_out(
    large_school, browser
):
    room = read_rows(large_school, "room")[2]
    with open_app(browser, large_school, "clubs") as app:
        app.app.locator("details[data-key=rooms] > summary").click()
        app.app.locator(f"[data-f='room:{room['id']}:name']").fill("Жартыл")
        with opened_anew(browser, app) as again:
            again.kill_kernel()
            cell = again.app.locator(f"[data-f='room:{room['id']}:name']")
            expect(cell).to_be_visible()
            expect(cell).to_have_value("Жартыл")
            assert read_rows(large_school, "room")[2] == room
            page = again.page.context.new_page()
            page.goto(f"{large_school.url}/services/portal/sign-out")
            page.wait_for_url(lambda url: "sign-out" not in url and "logout" not in url)
            wait_for(lambda: page.evaluate("localStorage.length") == 0, "an empty store", 10)


def test_what_is_cancelled_is_not_offered_again(large_school, browser):
    with open_app(browser, large_school, "chests") as app:
        app.press(CHANGE)
        app.fill(NAME, "Керек емес")
        app.press(CANCEL)
        expect(app.app.get_by_label(NAME)).to_have_count(0)
        app.press(CHANGE)
        expect(app.app.get_by_label(NAME)).to_have_value(read_rows(large_school, "chest")[0]["names"]["kk"])
        app.fill(NAME, "Ескі жазба")
        with opened_anew(browser, app) as again:
            again.press("Керек емес")
            expect(again.app.locator(".sa-alarm")).to_be_empty()
            again.press(CHANGE)
            expect(again.app.get_by_label(NAME)).not_to_have_value("Ескі жазба")
