"""Help: a question from any page, answered at the school or further on; nobody else reads it."""

from __future__ import annotations

import html
import re
from uuid import uuid4

import pytest
from portal_school import PREFIX, School, form_token
from sqlalchemy import select

from sandyq.school.academy.tables import Ticket

HELP = f"{PREFIX}/help"


@pytest.fixture
def school(tmp_path):
    return School(tmp_path)


def send(browser, address, **values):
    token = form_token(browser.get(HELP).text)
    return browser.post(address, data={"token": token, "uuid": str(uuid4())} | values)


def ask(school, login, **values):
    return send(school.sign_in(login), HELP, **({"text": "Сабақ ашылмайды"} | values))


def stored(school):
    with school.database.reading() as session:
        return list(session.scalars(select(Ticket)))


def test_every_page_leads_to_help_with_its_own_address(school):
    browser = school.sign_in(school.login("pupil"))
    page = browser.get(f"{PREFIX}/lessons?q=Айдос").text
    assert f'href="{HELP}?page={PREFIX}/lessons"' in page, "what was searched may be a name"
    missing = browser.get(f"{PREFIX}/nowhere")
    assert missing.status_code == 404
    assert f'href="{HELP}?page={PREFIX}/nowhere&amp;error=404"' in missing.text


@pytest.mark.parametrize(
    "path", ["/nowhere/Есеп (1).ipynb", "/nowhere/a+b:c@d", f"/nowhere/{'ә' * 300}", "/nowhere/?q=Айдос"]
)
def test_a_question_is_asked_from_whatever_address(school, path):
    browser = school.sign_in(school.login("pupil"))
    missing = browser.get(f"{PREFIX}{path}").text
    link = html.unescape(re.search(rf'href="({HELP}\?page=[^"]*error=404)"', missing)[1])
    form = browser.get(link)
    assert form.status_code == 200
    place = html.unescape(re.search(r'name="page" value="([^"]*)"', form.text)[1])
    values = {"text": "Бет жоқ", "page": place, "error": "404"}
    assert send(browser, HELP, **values).status_code == 303
    (ticket,) = stored(school)
    assert ticket.page == f"{PREFIX}{path}".partition("?")[0][:200]


def test_a_question_is_kept_once_with_where_it_was_asked(school):
    pupil = school.login("pupil")
    browser = school.sign_in(pupil)
    form = browser.get(f"{HELP}?page=/services/rooms/lesson/kk/passphrase&lesson=passphrase&error=503").text
    assert 'name="lesson" value="passphrase"' in form
    values = {
        "token": form_token(form), "uuid": re.search(r'name="uuid" value="([^"]+)"', form)[1],
        "text": "Сабақ ашылмайды", "lesson": "passphrase", "error": "503",
        "page": "/services/rooms/lesson/kk/passphrase",
    }  # fmt: skip
    for _ in range(2):
        assert browser.post(HELP, data=values).status_code == 303
    (ticket,) = stored(school)
    assert (ticket.lesson, ticket.error, ticket.level) == ("passphrase", "503", "school")
    assert "Сабақ ашылмайды" in browser.get(HELP).text


def test_the_schools_administration_and_operator_answer_and_nobody_else_reads(school):
    pupil = school.login("pupil")
    ask(school, pupil)
    (ticket,) = stored(school)
    for role in ("teacher", "leader"):
        assert "Сабақ ашылмайды" not in school.sign_in(school.login(role)).get(HELP).text
        reply = send(school.sign_in(school.login(role)), f"{HELP}/{ticket.id}", act="answer", text="Мен")
        assert reply.status_code == 403
    operator = school.sign_in(school.login("operator"))
    assert "Сабақ ашылмайды" in operator.get(HELP).text
    assert send(operator, f"{HELP}/{ticket.id}", act="answer", text=" ").status_code == 422
    assert send(operator, f"{HELP}/{ticket.id}", act="answer", text="Бетті жаңартыңыз").status_code == 303
    page = school.sign_in(pupil).get(HELP).text
    assert "Бетті жаңартыңыз" in page
    assert send(school.sign_in(pupil), f"{HELP}/{ticket.id}", act="close").status_code == 303
    assert stored(school)[0].state == "closed"


def test_what_the_school_does_not_know_goes_to_the_coach_then_to_the_district(school):
    ask(school, school.login("teacher"))
    (ticket,) = stored(school)
    helper = school.sign_in(school.login("administrator"))
    for level in ("coach", "district"):
        assert send(helper, f"{HELP}/{ticket.id}", act="hand-on").status_code == 303
        assert stored(school)[0].level == level
    assert send(helper, f"{HELP}/{ticket.id}", act="hand-on").status_code == 409


@pytest.mark.parametrize(
    ("role", "level"), [("administrator", "coach"), ("coach", "district"), ("expert", "district")]
)
def test_a_question_begins_where_somebody_else_can_answer(school, role, level):
    """A village's only principal is asked by all and asks nobody; the district's office has no administration."""
    lonely = next(each.login for each in reversed(school.accounts) if each.role == role)
    assert ask(school, lonely).status_code == 303
    assert stored(school)[0].level == level
    assert "Сабақ ашылмайды" in school.sign_in(school.login("district")).get(HELP).text


def test_an_adult_asks_further_on_and_a_pupil_is_not_offered_it(school):
    for role, offered in (("pupil", False), ("teacher", True)):
        ask(school, school.login(role))
        browser, ticket = school.sign_in(school.login(role)), stored(school)[-1]
        assert ('value="hand-on"' in browser.get(HELP).text) is offered
        reply = send(browser, f"{HELP}/{ticket.id}", act="hand-on")
        assert (reply.status_code, stored(school)[-1].level) == (
            (303, "coach") if offered else (403, "school")
        )


def test_the_home_page_tells_whose_turn_it_is(school):
    """A helper of a question, who asked of its answer, the helper again of what is added; nobody else of anything."""
    logins = {role: school.login(role) for role in ("pupil", "teacher", "administrator")}
    told = {"administrator": "Жауап күтіп тұрған сұрақтар: 1", "pupil": "Сұраққа жауап келді"}

    def tells():
        pages = {
            role: school.sign_in(login).get(f"{PREFIX}/").raise_for_status().text
            for role, login in logins.items()
        }
        return {role for role, page in pages.items() for said in told.values() if said in page}

    assert tells() == set()
    ask(school, logins["pupil"])
    address = f"{HELP}/{stored(school)[0].id}"
    for role, act, hears in (
        (None, "", {"administrator"}),
        ("administrator", "answer", {"pupil"}),
        ("pupil", "answer", {"administrator"}),
        ("administrator", "hand-on", set()),
    ):
        if role:
            assert send(school.sign_in(logins[role]), address, act=act, text="Сөз").status_code == 303
        assert tells() == hears, (role, act)


def test_a_question_cannot_carry_what_stands_behind_a_question_mark_or_nothing(school):
    pupil = school.login("pupil")
    assert ask(school, pupil, page="/lessons?q=Айдос").status_code == 422
    for nothing in ("", "  \n\t "):
        refused = ask(school, pupil, text=nothing)
        assert refused.status_code == 422 and "Не керек екенін жазыңыз" in refused.text
    assert school.sign_in(pupil).post(HELP, data={"uuid": str(uuid4()), "text": "x"}).status_code == 403
    assert stored(school) == []


def test_a_question_of_nobodys_is_not_answered(school):
    reply = send(school.sign_in(school.login("operator")), f"{HELP}/77", act="answer", text="?")
    assert reply.status_code == 403
    assert send(school.sign_in(school.login("operator")), f"{HELP}/77", act="close").status_code == 404


def test_two_thousand_characters_are_counted_as_the_browser_counts_them(school):
    pupil = school.login("pupil")
    lines = "\n".join(["ә" * 19] * 100)
    assert ask(school, pupil, text=lines.replace("\n", "\r\n") + "!").status_code == 303
    assert [ticket.text for ticket in stored(school)] == [lines + "!"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("<ә>\n" + "ә" * 2000, "Ең көбі 2000 таңба болсын."), (" ", "Не керек екенін жазыңыз.")],
)
def test_a_question_that_cannot_be_kept_is_still_in_the_form(school, text, sentence):
    refused = ask(school, school.login("pupil"), text=text, page="/services/rooms/x", error="503")
    assert refused.status_code == 422
    assert sentence in refused.text
    assert f">\n{html.escape(text)}</textarea>" in refused.text
    assert 'name="page" value="/services/rooms/x"' in refused.text
    assert stored(school) == []


def test_an_answer_that_cannot_be_kept_is_still_at_its_question(school):
    assert ask(school, school.login("pupil")).status_code == 303
    browser = school.sign_in(school.login("administrator"))
    refused = send(browser, f"{HELP}/1", act="answer", text="ә" * 4001)
    assert refused.status_code == 422
    assert "Ең көбі 4000 таңба болсын." in refused.text
    answer = refused.text.partition('id="answer-1"')[2].partition("</textarea>")[0]
    assert answer.endswith("ә" * 4001)
