"""The attendance register with the large school: a session, a month, paper, signs, and nothing lost."""

import io
from datetime import date, timedelta

import openpyxl
import pytest
from playwright.sync_api import expect
from sqlalchemy import text
from tests.browser.apps_world import open_app

from attendance_world import open_database
from rehearsal import wait_for
from sandyq.school.database import today

WORDS = {
    "kk": {
        "club": "Үйірме", "date": "Күні", "month": "Ай", "sheet": "Айлық табель", "blank": "Бос бланк",
        "signs": "Назар аударыңыз", "trail": "Кім, қашан", "rest": "Қалғандарының бәрі келді", "undo": "Болдырмау",
        "now": "Қазір сақтау", "xlsx": "XLSX жүктеп алу", "day": "Күнді қосу", "field": "Сабақ күні",
        "hand": "жүргізбейтін",
    },
    "ru": {
        "club": "Кружок", "date": "Дата", "month": "Месяц", "sheet": "Табель за месяц", "blank": "Пустой бланк",
        "signs": "Стоит взглянуть", "trail": "Кто и когда", "rest": "Все остальные присутствуют",
        "undo": "Отменить действие", "now": "Сохранить сейчас", "xlsx": "Скачать XLSX", "day": "Добавить день",
        "field": "День занятия", "hand": "не ведёт кружок",
    },
}  # fmt: skip
CLUBS = {"kk": "Волейбол 1", "ru": "Дебат 1"}


def read_marks(demo, club: str, held_on: date) -> list[str]:
    """The newest status of each child, by plain SQL, in no order."""
    query = text(
        "SELECT a.status FROM attendance a JOIN club_session s ON s.id = a.session_id JOIN club c ON c.id = s.club_id "
        "WHERE c.name = :club AND s.held_on = :day AND a.id = (SELECT max(b.id) FROM attendance b "
        "WHERE b.session_id = a.session_id AND b.person_id = a.person_id)"
    )
    return ask(demo, query, club=club, day=held_on.isoformat())


def count_rows(demo, club: str, held_on: date) -> int:
    query = text(
        "SELECT a.id FROM attendance a JOIN club_session s ON s.id = a.session_id JOIN club c ON c.id = s.club_id "
        "WHERE c.name = :club AND s.held_on = :day"
    )
    return len(ask(demo, query, club=club, day=held_on.isoformat()))


def ask(demo, query, **values) -> list:
    database = open_database(demo)
    try:
        with database.reading() as session:
            return list(session.scalars(query, values))
    finally:
        database.close()


def open_club(app, say, club: str, day: date):
    app.app.get_by_label(say["club"]).first.select_option(label=club)
    app.fill(say["date"], day.isoformat())
    title = app.page.locator(".top h2")
    expect(title).to_contain_text(club)
    expect(title).to_contain_text(f"{day.day} ")


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_a_session_is_marked_by_keys_and_the_month_printed(large_school, browser, language):
    say, club, day = WORDS[language], CLUBS[language], today()
    with open_app(browser, large_school, "attendance", language) as app:
        page = app.page
        open_club(app, say, club, day)
        lines = page.locator(".line")
        count = lines.count()
        assert count > 5
        page.locator(".line [role=radio]").first.focus()
        for key in "123":
            page.keyboard.press(f"Digit{key}")
        page.locator(".line-excused input.reason").fill("ауырып қалды")
        page.keyboard.press("Enter")
        app.wait_saved()
        app.page.get_by_role("button", name=say["rest"]).click()
        page.get_by_role("button", name=say["undo"], exact=True).click()
        expect(page.locator(".line-none")).to_have_count(count - 3)
        page.get_by_role("button", name=say["rest"]).click()
        page.get_by_role("button", name=say["now"]).click()
        expect(page.locator(".state-saved")).to_have_count(count, timeout=30_000)
        app.wait_saved()
        marks = sorted(read_marks(large_school, club, day))
        assert marks == sorted(["present"] * (count - 2) + ["absent", "excused"])
        assert count_rows(large_school, club, day) == count + 1, "the reason is a row of its own"
        assert app.barriers() == []

        app.press(say["sheet"])
        paper = page.locator(".sa-paper")
        expect(paper).to_contain_text(club)
        assert f"{count - 2}" in paper.locator("tfoot").inner_text()
        assert app.barriers() == []
        assert app.print().startswith(b"%PDF")
        with page.expect_download() as download:
            app.press(say["xlsx"])
        book = openpyxl.load_workbook(io.BytesIO(download.value.path().read_bytes()))
        assert book.worksheets[1].max_row == count + 2, "every row, and the head"

        app.press(say["blank"])
        expect(page.locator(".sa-paper tbody tr")).to_have_count(count)
        app.press(say["trail"])
        expect(page.locator(".sa-table tbody tr")).to_have_count(count + 1)
        assert app.barriers() == []
        assert app.visitor.outside == []


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_a_paper_form_is_typed_into_the_month_and_the_leader_is_asked_who_was_there(
    large_school, browser, language
):
    """Two sessions that the club's teacher did not mark: typed column by column, then told as a sign."""
    say, club, day = WORDS[language], f"{'Шахмат' if language == 'kk' else 'Футбол'} 1", today()
    days = [day - timedelta(days=1), day] if day.day > 1 else [day, day]
    with open_app(browser, large_school, "attendance", language) as app:
        page = app.page
        open_club(app, say, club, day)
        app.press(say["month"])
        for day in days:
            fold = page.locator(".sa-fold")
            fold.wait_for()
            if fold.get_attribute("open") is None:
                fold.locator("summary").click()
            app.fill(say["field"], day.isoformat())
            app.press(say["day"])
            expect(
                page.locator(".month thead span[aria-hidden]").filter(has_text=f"{day.day:02}")
            ).to_have_count(1)
        places = page.locator(".month .place")
        rows = page.locator(".month tbody tr").count()
        places.first.focus()
        for number in range(places.count()):
            page.keyboard.press("Digit2" if number == 1 else "Digit1")
        app.wait_saved()
        assert sorted(read_marks(large_school, club, days[0])) == ["absent", *["present"] * (rows - 1)]
        assert sorted(read_marks(large_school, club, day))[-1] == "present"
        assert app.barriers() == []
        app.press(say["signs"])
        if days[0] != days[1]:
            expect(page.locator(".sa-card").filter(has_text=say["hand"])).to_contain_text(club)
        assert app.barriers() == []


def test_a_killed_kernel_loses_no_mark_that_was_pressed(large_school, browser):
    """Marks pressed while the kernel no longer hears are kept by the page and made once by the next kernel."""
    say, club, day = WORDS["kk"], "Тілдер 1", today()
    with open_app(browser, large_school, "attendance") as app:
        open_club(app, say, club, day)
        page = app.page
        page.locator(".line [role=radio]").first.focus()
        page.keyboard.press("Digit2")
        app.wait_saved()
        assert read_marks(large_school, club, day) == ["absent"], "said to be saved: it is there"
        for kernel in set(large_school.forked()) - set(large_school.forked("fork:")):
            kernel.suspend()
        page.keyboard.press("Digit1")
        page.keyboard.press("Digit3")
        app.kill_kernel()
        wait_for(lambda: len(read_marks(large_school, club, day)) == 3, "the marks of before", 30)
        app.wait_saved()
        assert sorted(read_marks(large_school, club, day)) == ["absent", "excused", "present"]
        assert count_rows(large_school, club, day) == 3
        expect(page.locator(".line-excused")).to_have_count(1)


def test_two_leaders_see_each_others_marks(large_school, browser):
    club, day = "Табиғат 1", today()
    with (
        open_app(browser, large_school, "attendance") as first,
        open_app(browser, large_school, "attendance", "ru") as second,
    ):
        open_club(first, WORDS["kk"], club, day)
        open_club(second, WORDS["ru"], club, day)
        second.page.locator(".line [role=radio]").first.focus()
        second.page.keyboard.press("Digit2")
        second.wait_saved()
        expect(first.page.locator(".line-absent")).to_have_count(1, timeout=15_000)
