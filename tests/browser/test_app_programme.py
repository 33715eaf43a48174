"""The programme's dashboard with a district of 590: figures against the database, filters, print; who sees whom."""

import io
import re
from contextlib import contextmanager

import openpyxl
import pytest
from playwright.sync_api import expect
from tests.browser.apps_world import open_app

from district import running_district
from large_school import PASSWORD
from sandyq.school import people
from sandyq.school.academy import programme
from sandyq.school.database import Database, today
from sandyq.settings import Settings

WORDS = {
    "kk": {
        "school": "Мектеп бойынша", "community": "Қауымдастық бойынша", "silent": "Кімнен хабар жоқ",
        "outside": "Сыртқа беруге",
        "xlsx": "XLSX жүктеп алу", "all": "Жалпы көрініс", "programme": "Бағдарлама", "day": "Қай күнгі",
        "literacy": "Мұғалімдерге: сауаттылық", "means": "Көрсеткіштер нені білдіреді",
    },
    "ru": {
        "school": "По школам", "community": "По сообществам", "silent": "Кто молчит", "outside": "Для передачи",
        "xlsx": "Скачать XLSX", "all": "Обзор", "programme": "Программа", "day": "На какой день",
        "literacy": "Учителям: грамотность", "means": "Что значат показатели",
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def district():
    with running_district() as running:
        yield running


def judge(demo, login):
    """The standings that a person may see, as the school computes them."""
    database = Database(Settings(home=demo.home).database_url)
    try:
        with database.reading() as session:
            return programme.read_standings(session, people.find_person(session, login), today())
    finally:
        database.close()


@contextmanager
def open_programme(browser, demo, language, account):
    """The dashboard, put into a language by its own switch: the account may speak another."""
    with open_app(browser, demo, "programme", language, account=account) as app:
        name = {"kk": "Қазақша", "ru": "Русский"}[language]
        app.press(name)
        expect(app.app.get_by_role("button", name=WORDS[language]["silent"], exact=True)).to_be_visible()
        yield app


def read_figures(app):
    return [int(re.sub(r"\D", "", each)) for each in app.page.locator(".sa-figure b").all_inner_texts()]


def list_figures(standings):
    told = programme.count(standings)
    return [told.enrolled, told.attended, told.completed, told.applied, told.silent]


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_the_district_sees_all_of_it_and_prints_a_page_for_outside(district, browser, language):
    say, chief = WORDS[language], {"login": "district1", "password": PASSWORD, "class": ""}
    with open_programme(browser, district, language, chief) as app:
        page = app.page
        standings = judge(district, "district1")
        assert read_figures(app) == list_figures(standings)
        assert read_figures(app)[0] == 590
        expect(page.locator(".sa-chart svg")).to_be_visible()
        assert app.barriers() == []

        page.get_by_text(say["means"]).first.click()
        expect(page.locator(".sa-fold").first).to_contain_text("60 %")
        page.get_by_label(say["programme"]).first.select_option(label=say["literacy"])
        teachers = [each for each in standings if each.programme == "literacy"]
        expect(page.locator(".sa-figure b").first).to_have_text("500")
        assert read_figures(app) == list_figures(teachers)

        app.press(say["school"])
        expect(page.locator("section tbody tr, table tbody tr").first).to_be_visible()
        assert app.barriers() == []
        name = page.locator("tbody .sa-link").first
        school = name.inner_text()
        name.press("Enter")
        expect(page.locator(".sa-figures")).to_be_visible()
        assert read_figures(app) == list_figures([each for each in teachers if each.school == school])

        app.press(say["silent"])
        expect(page.locator("tbody tr").first).to_be_visible()
        assert (
            page.locator("table tbody tr").count()
            == list_figures([each for each in teachers if each.school == school])[4]
        )
        assert app.barriers() == []

        app.press(say["outside"])
        sheet = page.locator(".programme-report")
        sheet.wait_for(timeout=60_000)
        expect(sheet).to_contain_text("590")
        assert not {"1", "2", "3", "4"} & set(sheet.locator("td").all_inner_texts())
        assert app.barriers() == []
        assert len(re.findall(rb"/Type\s*/Page\b", app.print())) == 1, "one page"
        with page.expect_download() as download:
            app.press(say["xlsx"])
        book = openpyxl.load_workbook(io.BytesIO(download.value.path().read_bytes()))
        assert len(book.worksheets) == 6
        told = [cell.value for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
        assert not {1, 2, 3, 4} & {value for value in told if isinstance(value, int)}
        assert app.visitor.outside == []


@pytest.mark.parametrize(("login", "language"), [("coach2", "kk"), ("head0", "ru")])
def test_coach_and_head_see_their_own_people(district, browser, login, language):
    account = {"login": login, "password": PASSWORD, "class": ""}
    with open_programme(browser, district, language, account) as app:
        standings = judge(district, login)
        assert read_figures(app) == list_figures(standings)
        app.press(WORDS[language]["silent"])
        silent = {each.name for each in standings if each.silent}
        rows = app.page.locator("table tbody tr")
        expect(rows.filter(has_text=re.compile("|".join(map(re.escape, silent))))).to_have_count(len(silent))
        expect(rows).to_have_count(len(silent))


@pytest.mark.parametrize(("role", "language"), [("coach", "kk"), ("district", "kk"), ("administrator", "ru")])
def test_the_samples_people_open_it(demo, browser, role, language):
    """Also where there are fewer people than may be told of outside."""
    account = demo.account(role)
    with open_programme(browser, demo, language, account) as app:
        assert read_figures(app) == list_figures(judge(demo, account["login"]))
        assert app.barriers() == []
        app.press(WORDS[language]["outside"])
        app.page.locator(".programme-report, .sa-notice.warn").first.wait_for(timeout=60_000)
        assert app.barriers() == []


def test_after_the_kernel_died_the_same_page_is_there_again(demo, browser):
    say = WORDS["kk"]
    with open_programme(browser, demo, "kk", demo.account("district")) as app:
        app.app.get_by_label(say["programme"]).first.select_option(label=say["literacy"])
        expect(app.page.locator(".sa-figure b").first).to_have_text("8")
        app.kill_kernel()
        expect(app.page.locator(".sa-figure b").first).to_have_text("8")
