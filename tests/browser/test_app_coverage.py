"""The coverage dashboard with the large school: figures against SQL, the district's page, nothing lost."""

import io
import re
from datetime import date

import openpyxl
import pytest
from playwright.sync_api import expect
from sqlalchemy import text
from tests.browser.apps_world import open_app

from attendance_world import add_attendance, open_database
from sandyq.school.database import today
from sandyq.school.sample_data import QUARTERS

WORDS = {
    "kk": {
        "nothing": "Ештеңеге қатыспайтындар", "trend": "Тоқсандар бойынша", "report": "Ауданға есеп",
        "all": "Жалпы көрініс", "xlsx": "XLSX жүктеп алу", "term": "Тоқсан",
    },
    "ru": {
        "nothing": "Кто нигде не занят", "trend": "По четвертям", "report": "Для района", "all": "Обзор",
        "xlsx": "Скачать XLSX", "term": "Четверть",
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def marked(large_school):
    """The large school with marks since September."""
    add_attendance(large_school, date(2026, 9, 16), today())
    return large_school


def ask(demo, query: str) -> int:
    term = [quarter for quarter in QUARTERS if quarter["starts"] <= today().isoformat()][-1]
    database = open_database(demo)
    try:
        with database.reading() as session:
            return session.scalar(text(query), {"since": term["starts"], "until": term["ends"]})
    finally:
        database.close()


ENROLLED = (
    "SELECT e.person_id FROM enrolment e JOIN club c ON c.id = e.club_id WHERE NOT e.gone AND e.since <= :until "
    "AND (e.until IS NULL OR e.until > :since)"
)
CAME = (
    "SELECT DISTINCT a.person_id FROM attendance a JOIN club_session s ON s.id = a.session_id "
    "WHERE a.status = 'present' AND s.held_on BETWEEN :since AND :until "
    "AND a.id = (SELECT max(b.id) FROM attendance b WHERE b.session_id = a.session_id AND b.person_id = a.person_id)"
)


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_children_are_counted_once_and_the_district_gets_a_page(marked, browser, language):
    say = WORDS[language]
    with open_app(browser, marked, "coverage", language) as app:
        page = app.page
        figures = [int(re.sub(r"\D", "", each)) for each in page.locator(".sa-figure b").all_inner_texts()]
        enrolled = ask(marked, f"SELECT count(*) FROM (SELECT DISTINCT person_id FROM ({ENROLLED}) x) y")  # noqa: S608
        came = ask(marked, f"SELECT count(*) FROM ({CAME}) x")  # noqa: S608
        assert figures == [600, enrolled, came, enrolled - came, 600 - enrolled]
        assert enrolled < ask(marked, f"SELECT count(*) FROM ({ENROLLED}) x")  # noqa: S608
        assert page.locator(".sa-chart").count() == 6
        assert app.barriers() == []

        app.press(say["nothing"])
        expect(page.locator(".sa-paper tbody tr")).to_have_count(600 - enrolled)
        assert app.barriers() == []
        app.press(say["trend"])
        expect(page.locator(".sa-chart svg")).to_be_visible()
        assert app.barriers() == []

        app.press(say["report"])
        sheet = page.locator(".coverage-report")
        sheet.wait_for(timeout=120_000)
        page.get_by_label("Русский" if language == "ru" else "Қазақша").last.check()
        expect(sheet).to_contain_text({"kk": "Әр бала", "ru": "Каждый ребёнок"}[language])
        cells = sheet.locator("td").all_inner_texts()
        assert str(came) in sheet.inner_text()
        assert not {"1", "2", "3", "4"} & set(cells)
        assert app.barriers() == []
        assert len(re.findall(rb"/Type\s*/Page\b", app.print())) == 1, "one page for the district"
        with page.expect_download() as download:
            app.press(say["xlsx"])
        book = openpyxl.load_workbook(io.BytesIO(download.value.path().read_bytes()))
        assert str(book.worksheets[0]["A1"].value).startswith("Үлкен мектеп")
        assert came in [cell.value for row in book.worksheets[0].iter_rows() for cell in row]
        assert app.visitor.outside == []


def test_after_the_kernel_died_the_same_page_is_there_again(marked, browser):
    say = WORDS["kk"]
    with open_app(browser, marked, "coverage") as app:
        app.app.get_by_label(say["term"]).first.select_option(index=0)
        app.press(say["nothing"])
        heading = app.page.locator(".sa-paper h2")
        expect(heading).to_contain_text("1-тоқсан")
        shown = app.page.locator(".sa-paper").inner_text()
        app.kill_kernel()
        expect(heading).to_contain_text("1-тоқсан")
        assert app.page.locator(".sa-paper").inner_text() == shown
