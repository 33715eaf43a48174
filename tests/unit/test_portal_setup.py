"""The first run: who holds the code makes the school, once; nobody else on the network can. Then people from a file."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from babel.dates import format_date
from portal_school import PREFIX, form_token, read_test_login
from sqlalchemy import select
from starlette.testclient import TestClient

from sandyq.school import throttle
from sandyq.school.credentials import verify_secret
from sandyq.school.database import Database, now, today
from sandyq.school.first_run import is_code, is_set_up, write_code
from sandyq.school.tables import AcademicYear, ClassGroup, LoginFailure, Person, School
from sandyq.settings import PEOPLE_CHANGED, Settings, read_secret
from sandyq_portal.app import create_app
from sandyq_portal.identity import find_login

SCHOOL = {
    "language": "kk",
    "school": "Ақсу орта мектебі",
    "district": "Ақсу ауданы",
    "family_name": "Серікова",
    "given_name": "Айгүл",
    "passphrase": "бес сөз бір-біріне қатысы жоқ",
}


class NewServer:
    """A portal over an empty database."""

    def __init__(self, home):
        self.settings = Settings(home=home)
        self.database = Database(self.settings.database_url)
        self.database.migrate()
        self.open()

    def open(self):
        self.app = create_app(self.settings)
        self.app.dependency_overrides[find_login] = read_test_login

    @property
    def code(self):
        return write_code(read_secret(self.settings, "setup"))

    def browser(self, login=None):
        cookies = {"test-login": login} if login else {}
        return TestClient(self.app, cookies=cookies, follow_redirects=False, raise_server_exceptions=False)

    def let_in(self):
        browser = self.browser()
        reply = browser.post(f"{PREFIX}/setup", data={"code": self.code})
        assert reply.headers.get("location") == f"{PREFIX}/setup/school", reply.text
        return browser

    def schools(self):
        with self.database.reading() as session:
            return list(session.scalars(select(School.name)))


@pytest.fixture
def server(tmp_path):
    return NewServer(tmp_path)


def test_the_day_is_shown_before_a_year_is_made_of_it(server):
    """A server whose battery is empty would begin with a year long past."""
    browser = server.let_in()
    browser.cookies.set("sandyq-lang", "ru")
    page = browser.get(f"{PREFIX}/setup/school").text
    assert f"сегодня {format_date(today(), 'long', locale='ru')}" in page


def test_whoever_comes_to_a_new_server_is_led_to_the_first_page(server):
    browser = server.browser()
    assert browser.get(f"{PREFIX}/").headers["location"] == f"{PREFIX}/setup"
    assert browser.get(f"{PREFIX}/classes").headers["location"] == f"{PREFIX}/setup"
    for language, word in (
        ("kk", "Бұл сервер – жаңа"),
        ("ru", "Это новый сервер"),
        ("en", "This server is new"),
    ):
        browser.cookies.set("sandyq-lang", language)
        page = browser.get(f"{PREFIX}/setup").text
        assert word in page
        assert server.code not in page


def test_without_the_code_nobody_takes_the_server_over(server):
    """Every way in, by somebody on the school's network who knows all but the code."""
    browser = server.browser()
    assert browser.get(f"{PREFIX}/setup/school").headers["location"] == f"{PREFIX}/setup"
    assert browser.post(f"{PREFIX}/setup/school", data=SCHOOL).status_code == 403
    for forged in ("", "0" * 64, server.code, "é"):
        reply = browser.post(
            f"{PREFIX}/setup/school", data=SCHOOL, headers={"Cookie": f"sandyq-setup={forged}".encode()}
        )
        assert reply.status_code == 403, forged
    for wrong in ("", "A" * 100, server.code[:-1], server.code.replace("-", "")[1:], "ӘӘӘӘ"):
        assert browser.post(f"{PREFIX}/setup", data={"code": wrong}).status_code in (403, 429), wrong
    assert server.schools() == []
    assert not is_set_up(server.settings)


def test_guessing_takes_longer_each_time_also_after_a_restart(server):
    replies = [server.browser().post(f"{PREFIX}/setup", data={"code": "AAAA"}).status_code for _ in range(6)]
    assert replies[:3] == [403, 403, 403]
    assert 429 in replies
    with server.database.session() as session:  # as if no time passed, however slow the machine is
        for row in session.scalars(select(LoginFailure)):
            row.blocked_until = now() + timedelta(seconds=25)
    server.open()
    right = server.browser().post(f"{PREFIX}/setup", data={"code": server.code})
    assert right.status_code == 429, "the right code was told from a wrong one meanwhile"
    with server.database.session() as session:
        assert throttle.seconds_to_wait(session, "first run", "testclient", now()) <= throttle.LONGEST_WAIT
        for row in session.scalars(select(LoginFailure)):
            row.blocked_until -= timedelta(minutes=1)
    server.let_in()


def test_a_page_of_another_site_cannot_fill_the_form_in(server):
    browser, foreign = server.let_in(), {"Origin": "http://evil.example"}
    assert browser.post(f"{PREFIX}/setup/school", data=SCHOOL, headers=foreign).status_code == 403
    assert (
        server.browser().post(f"{PREFIX}/setup", data={"code": server.code}, headers=foreign).status_code
        == 403
    )
    assert server.schools() == []


def test_the_pass_is_kept_from_script_and_from_other_pages(server):
    reply = server.browser().post(f"{PREFIX}/setup", data={"code": server.code})
    cookie = next(value for value in reply.headers.get_list("set-cookie") if value.startswith("sandyq-setup"))
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert f"Path={PREFIX}/setup" in cookie


@pytest.mark.parametrize(
    "change", [str.lower, lambda code: code.replace("-", " "), lambda code: f" {code.replace('-', '')} "]
)
def test_a_code_may_be_typed_as_people_type(server, change):
    assert is_code(read_secret(server.settings, "setup"), change(server.code))


def test_look_alikes_are_what_they_mean():
    secret = "0" * 20 + "f" * 44
    assert write_code(secret) == "AAAA-AAAA-AAAA-AAAA"
    letters = "73a0857ba10e0b6b1d44".ljust(64, "0")
    assert is_code(letters, write_code(letters).replace("O", "0").replace("I", "1").replace("B", "8"))


def test_the_school_is_made_once_and_the_page_never_opens_again(server):
    browser = server.let_in()
    assert browser.get(f"{PREFIX}/setup/school").status_code == 200
    typed = SCHOOL | {
        "school": "Ақсу  орта\u200b мектебі",
        "family_name": "СЕРІКОВА\u00ad",
    }  # as they are pasted
    done = browser.post(f"{PREFIX}/setup/school", data=typed)
    assert done.status_code == 200, done.text
    assert SCHOOL["passphrase"] not in done.text
    assert server.schools() == ["Ақсу орта мектебі, Ақсу ауданы"]
    with server.database.reading() as session:
        person = session.scalars(select(Person)).one()
        assert person.role_names == {"administrator", "operator"}
        assert (person.family_name, person.given_name) == (SCHOOL["family_name"], SCHOOL["given_name"])
        assert person.login in done.text
        assert verify_secret(session, person.login, SCHOOL["passphrase"]) is not None
        year = session.scalars(select(AcademicYear)).one()
        assert re.fullmatch(r"\d{4}/\d\d", year.name)
        assert [each["starts"] for each in year.quarters] == sorted(each["starts"] for each in year.quarters)
    assert (server.settings.folder("portal") / PEOPLE_CHANGED).exists()
    again = browser.post(f"{PREFIX}/setup", data={"code": server.code})
    assert again.status_code == 403
    for path in ("/setup", "/setup/school"):
        assert browser.get(PREFIX + path).status_code == 403
    assert browser.post(f"{PREFIX}/setup/school", data=SCHOOL).status_code == 403
    server.open()
    assert server.browser().get(f"{PREFIX}/setup").status_code == 403
    assert len(server.schools()) == 1
    assert "/hub/" in server.browser().get(f"{PREFIX}/").headers["location"]


def test_of_two_who_send_the_form_at_once_one_makes_the_school(server):
    browsers = [server.let_in() for _ in range(4)]
    with ThreadPoolExecutor() as pool:
        send = [pool.submit(each.post, f"{PREFIX}/setup/school", data=SCHOOL) for each in browsers]
        codes = sorted(each.result().status_code for each in send)
    assert codes[0] == 200
    assert set(codes[1:]) <= {403, 409}
    assert len(server.schools()) == 1


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("passphrase", "short", {"kk": "таңба", "ru": "знаков: 5", "en": "5 characters"}),
        ("passphrase", " " * 30, {"kk": "0 таңба", "ru": "знаков: 0", "en": "0 characters"}),
        ("school", " \u200b\x01", {"kk": "атауын", "ru": "название", "en": "name"}),
        ("given_name", "12", {"kk": "әріппен", "ru": "буквами", "en": "letters"}),
        ("language", "xx", {"kk": "Тілді", "ru": "язык", "en": "language"}),
    ],
)
def test_what_is_wrong_is_said_in_the_readers_language_and_what_was_typed_stays(server, field, value, said):
    browser = server.let_in()
    for language, word in said.items():
        browser.cookies.set("sandyq-lang", language)
        reply = browser.post(f"{PREFIX}/setup/school", data=SCHOOL | {field: value})
        assert reply.status_code == 422
        assert word in reply.text
        assert 'role="alert"' in reply.text
        assert "Серікова" in reply.text
        assert SCHOOL["passphrase"] not in reply.text
    assert server.schools() == []


# People from a file

ROSTER = "Тегі;Аты;Сынып\nАхметова;Аружан;7А\nСеріков;Айдос;2Б\n"


@pytest.fixture
def begun(server):
    server.let_in().post(f"{PREFIX}/setup/school", data=SCHOOL)
    return server


def send(browser, text, name="list.csv"):
    token = form_token(browser.get(f"{PREFIX}/school/roster").text)
    files = {"file": (name, text.encode() if isinstance(text, str) else text)}
    return token, browser.post(f"{PREFIX}/school/roster", data={"token": token}, files=files)


def test_a_file_is_shown_first_and_then_done_with_cards_to_print(begun):
    browser = begun.browser("aigul")
    token, shown = send(browser, ROSTER)
    assert shown.status_code == 200, shown.text
    assert "Ахметова Аружан" in shown.text
    with begun.database.reading() as session:
        assert len(session.scalars(select(Person)).all()) == 1
    action = re.search(rf"{PREFIX}/school/roster/[0-9a-f]{{16}}", shown.text)[0]
    done = browser.post(action, data={"token": token})
    assert done.status_code == 200, done.text
    assert done.headers["cache-control"] == "no-store"
    secrets = re.findall(r'<span class="secret">([^<]+)</span>', done.text)
    assert len(secrets) == 2
    assert done.text.index("Серіков Айдос") < done.text.index("Ахметова Аружан"), "lower grades come first"
    with begun.database.reading() as session:
        assert {group.name for group in session.scalars(select(ClassGroup))} == {"7А", "2Б"}
        pupil = session.scalars(select(Person).where(Person.family_name == "Ахметова")).one()
        assert verify_secret(session, pupil.login, secrets[1]) is not None
    assert browser.post(action, data={"token": token}).status_code == 404
    assert not list((begun.settings.folder("portal") / "rosters").iterdir()), "a list of children lies about"


def test_a_file_that_is_none_is_refused_in_words(begun):
    for content in (b"\x00\x01\x02", b"", b"PK\x03\x04broken", b"x" * (20 * 2**20 + 1)):
        _, shown = send(begun.browser("aigul"), content, name="../../etc/passwd")
        assert shown.status_code == 422
        assert 'role="alert"' in shown.text
    assert not list((begun.settings.folder("portal") / "rosters").iterdir())


def test_rows_with_errors_are_left_out_only_when_that_is_said(begun):
    browser = begun.browser("aigul")
    token, shown = send(browser, ROSTER + "Бек;Дана;99Я\n")
    action = re.search(rf"{PREFIX}/school/roster/[0-9a-f]{{16}}", shown.text)[0]
    assert 'name="skip"' in shown.text
    assert browser.post(action, data={"token": token}).status_code == 409
    assert browser.post(action, data={"token": token, "skip": "1"}).status_code == 200
    with begun.database.reading() as session:
        assert len(session.scalars(select(Person)).all()) == 3


def test_what_one_brought_nobody_else_applies(begun):
    browser = begun.browser("aigul")
    token, _ = send(browser, ROSTER)
    folder = next((begun.settings.folder("portal") / "rosters").iterdir())
    number = folder.name.partition("-")[2]
    folder.rename(folder.with_name(f"999-{number}"))
    for path in (number, "0" * 16, "..", "%2e%2e", "x"):
        reply = browser.post(f"{PREFIX}/school/roster/{path}", data={"token": token})
        assert reply.status_code in (404, 405), path
