"""The portal's pages over the sample school: who may see what, in which language, how heavy."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from fastapi import FastAPI
from portal_school import PREFIX, School, form_token

import sandyq_portal
from sandyq.i18n import load_translations
from sandyq.school.credentials import verify_secret
from sandyq.school.database import ZONE, today
from sandyq.school.people import find_person
from sandyq.school.tables import Credential, Person
from sandyq_portal.access import Rule, check_every_route_has_a_rule, find_rule, walk_routes
from sandyq_portal.menu import visitor_menu
from sandyq_portal.pages import show_left

LIMIT = 300_000
ALLOWED = {
    "/": {"pupil", "teacher", "leader", "administrator", "operator"},
    "/help": {"pupil", "teacher", "leader", "administrator", "operator"},
    "/lessons": {"pupil", "teacher", "leader", "administrator"},
    "/lessons/passphrase": {"teacher", "leader", "administrator"},
    "/coverage": {"teacher", "leader", "administrator"},
    "/classes": {"teacher", "administrator"},
    "/apps": {"leader", "administrator", "teacher"},
    "/school": {"administrator", "operator"},
    "/school/health": {"operator"},
    "/school/roster": {"administrator", "operator"},
}


@pytest.fixture(scope="module")
def school(tmp_path_factory):
    return School(tmp_path_factory.mktemp("school"))


def class_page(school, login):
    return f"{PREFIX}/classes/{school.class_of(login).id}"


@pytest.mark.parametrize("path", ALLOWED)
@pytest.mark.parametrize("role", ["pupil", "teacher", "leader", "administrator", "operator"])
def test_a_page_opens_for_its_roles_and_for_no_other(school, path, role):
    response = school.sign_in(school.login(role)).get(PREFIX + path)
    assert response.status_code == (200 if role in ALLOWED[path] else 403)


def test_every_route_has_a_rule(school):
    routes = list(walk_routes(list(school.app.routes)))
    assert len(routes) > 15
    assert all(isinstance(find_rule(route), Rule) for route in routes)


def test_an_app_with_an_unruled_route_does_not_start():
    app = FastAPI(openapi_url=None)
    app.get("/forgotten")(lambda: "secret")
    with pytest.raises(RuntimeError, match="/forgotten has no rule"):
        check_every_route_has_a_rule(app)


def test_whoever_is_unknown_to_the_school_gets_a_clear_page(school):
    response = school.sign_in("stranger").get(f"{PREFIX}/")
    assert response.status_code == 403
    assert "Мектепте мұндай логин жоқ" in response.text


def test_a_teacher_does_not_see_a_class_of_others(school):
    teacher = school.login("teacher")
    foreign = school.foreign_class(teacher).id
    browser = school.sign_in(teacher)
    for path in ("", "/lessons/passphrase", "/lessons/passphrase/live"):
        assert browser.get(f"{PREFIX}/classes/{foreign}{path}").status_code == 404


def test_a_pupil_sees_the_assigned_lesson_and_no_classes(school):
    group = school.class_of(school.login("teacher"))
    page = school.sign_in(school.pupils(group)[0].login).get(f"{PREFIX}/").text
    assert f"/services/rooms/lesson/{group.language}/passphrase" in page
    assert f"{PREFIX}/classes" not in page


def test_a_surname_with_markup_is_only_text(school):
    teacher = school.login("teacher")
    pupil = school.pupils(school.class_of(teacher))[0]
    with school.database.session() as session:
        session.get_one(Person, pupil.id).family_name = "<script>alert(1)</script>"
    page = school.sign_in(teacher).get(class_page(school, teacher)).text
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page


def test_a_form_without_its_token_changes_nothing(school):
    teacher = school.login("teacher")
    browser, page = school.sign_in(teacher), class_page(school, teacher)
    for token in ("", "0" * 64, "қате"):
        response = browser.post(f"{page}/lessons", data={"lesson": "passphrase", "token": token})
        assert response.status_code == 403


@pytest.mark.parametrize(("role", "status"), [(None, 401), ("teacher", 403)])
def test_a_page_that_asks_from_within_after_the_session_ended_loads_itself_again(school, role, status):
    browser = school.sign_in(role and school.login(role))
    reply = browser.post(
        f"{PREFIX}/assignments/1/marks", headers={"HX-Request": "true"}, data={"token": "old"}
    )
    assert (reply.status_code, reply.headers["hx-refresh"]) == (status, "true")


def test_a_form_from_another_origin_is_refused(school):
    teacher = school.login("teacher")
    browser, page = school.sign_in(teacher), class_page(school, teacher)
    data = {"lesson": "passphrase", "token": form_token(browser.get(page).text)}
    response = browser.post(f"{page}/lessons", data=data, headers={"Origin": "http://evil.example"})
    assert response.status_code == 403


def test_one_persons_token_is_no_good_for_another(school):
    teacher, other = school.login("teacher"), school.login("administrator")
    token = form_token(school.sign_in(other).get(f"{PREFIX}/").text)
    page = class_page(school, teacher)
    response = school.sign_in(teacher).post(f"{page}/lessons", data={"lesson": "passphrase", "token": token})
    assert response.status_code == 403


def test_a_lesson_is_assigned_with_a_due_date_and_withdrawn(school):
    teacher = school.login("teacher")
    browser, page = school.sign_in(teacher), class_page(school, teacher)
    token = form_token(browser.get(page).text)
    data = {"lesson": "passphrase", "due": "2027-01-15", "token": token}
    assert browser.post(f"{page}/lessons", data=data).status_code == 303
    assert "15 қаңтар" in browser.get(page).text or "15 января" in browser.get(page).text
    assert browser.post(f"{page}/lessons/passphrase/withdraw", data={"token": token}).status_code == 303
    assert browser.post(f"{page}/lessons/passphrase/withdraw", data={"token": token}).status_code == 404
    assert browser.post(f"{page}/lessons", data=data).status_code == 303


@pytest.mark.parametrize(
    ("language", "said"),
    [("kk", "Бұл күн өтіп кетті."), ("ru", "Этот день уже прошёл."), ("en", "This day has passed.")],
)
@pytest.mark.parametrize("form", ["class", "lesson"])
def test_a_due_date_that_has_passed_is_refused_beside_its_field(school, form, language, said):
    teacher = school.login("teacher")
    with school.database.session() as session:
        find_person(session, teacher).language = language
    browser, page = school.sign_in(teacher), class_page(school, teacher)
    shown = browser.get(page if form == "class" else f"{PREFIX}/lessons/passphrase").text
    token = form_token(shown)
    browser.post(f"{page}/lessons/passphrase/withdraw", data={"token": token})
    yesterday = today() - timedelta(days=1)
    data = {"lesson": "passphrase", "due": yesterday.isoformat(), "page": form, "token": token}
    refused = browser.post(f"{page}/lessons", data=data)
    assert refused.status_code == 422
    assert f'id="late">{said}' in refused.text
    assert refused.text.count('aria-describedby="late"') == 1
    assert f'value="{yesterday}"' in refused.text
    assert browser.post(f"{page}/lessons/passphrase/withdraw", data={"token": token}).status_code == 404
    assert browser.post(f"{page}/lessons", data=data | {"due": today().isoformat()}).status_code == 303


def test_progress_shows_an_answer_and_stays_silent_when_nothing_changed(school):
    teacher = school.login("teacher")
    pupil = school.pupils(school.class_of(teacher))[1]
    live = f"{class_page(school, teacher)}/lessons/passphrase/live"
    browser = school.sign_in(teacher)
    before = browser.get(live).headers["etag"].strip('"')
    assert browser.get(f"{live}?seen={before}").status_code == 204
    assert browser.get(live, headers={"If-None-Match": f'"{before}"'}).status_code == 304
    answer = {"uuid": str(uuid4()), "question": "mine", "response": "Екі <b>сөз</b>", "score": None}
    assert school.kernel(pupil.login).post(f"{PREFIX}/api/answers", json=answer).status_code == 201
    after = browser.get(f"{live}?seen={before}")
    assert after.status_code == 200
    assert "Екі &lt;b&gt;сөз" in after.text


def test_new_cards_are_made_only_after_a_question_and_work(school):
    teacher = school.login("teacher")
    pupil = school.pupils(school.class_of(teacher))[0]
    browser, page = school.sign_in(teacher), class_page(school, teacher)
    data = {"pupil": [str(pupil.id)], "token": form_token(browser.get(page).text)}
    with school.database.reading() as session:
        old = session.get_one(Credential, pupil.id).secret_hash
    asked = browser.post(f"{page}/cards", data=data)
    with school.database.reading() as session:
        assert session.get_one(Credential, pupil.id).secret_hash == old
    assert asked.status_code == 200
    cards = browser.post(f"{page}/cards", data={**data, "sure": "true"})
    secret = re.search(r'class="secret">([^<]+)<', cards.text)
    with school.database.reading() as session:
        assert secret
        assert verify_secret(session, pupil.login, secret[1])
    assert cards.headers["cache-control"] == "no-store"


def test_a_teacher_cannot_reset_somebody_outside_the_class(school):
    teacher = school.login("teacher")
    stranger = school.pupils(school.foreign_class(teacher))[0]
    browser, page = school.sign_in(teacher), class_page(school, teacher)
    data = {"pupil": [str(stranger.id)], "sure": "true", "token": form_token(browser.get(page).text)}
    assert browser.post(f"{page}/cards", data=data).status_code == 404


def test_the_language_switch_changes_the_person_and_comes_back(school):
    login = school.login("leader")
    browser = school.sign_in(login)
    token = form_token(browser.get(f"{PREFIX}/").text)
    response = browser.post(
        f"{PREFIX}/language", data={"lang": "ru", "back": f"{PREFIX}/apps", "token": token}
    )
    assert (response.status_code, response.headers["location"]) == (303, f"{PREFIX}/apps")
    assert "sandyq-lang=ru" in response.headers["set-cookie"]
    assert 'lang="ru"' in school.sign_in(login).get(f"{PREFIX}/").text


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example/", "/hub/logout", "/services/portal/..\\x"]
)
def test_the_language_switch_leads_to_no_other_site(school, back):
    response = school.sign_in(None).post(f"{PREFIX}/language", data={"lang": "en", "back": back})
    assert response.headers["location"] == f"{PREFIX}/"


@pytest.mark.parametrize("role", ["pupil", "teacher", "leader", "administrator", "operator"])
def test_a_page_with_all_it_loads_is_light_and_asks_nobody_else(school, role):
    browser = school.sign_in(school.login(role))
    for path in [path for path, roles in ALLOWED.items() if role in roles]:
        page = browser.get(PREFIX + path)
        assets = re.findall(r'(?:href|src)="([^"]+/static/[^"]+)"', page.text)
        weight = len(page.content) + sum(len(browser.get(asset).content) for asset in assets)
        assert weight < LIMIT
        assert len(assets) < 11
        assert not re.findall(r'(?:href|src|action)="(?:https?:)?//', page.text)
        assert "default-src 'self'" in page.headers["content-security-policy"]
        assert "unsafe" not in page.headers["content-security-policy"]


def test_every_sentence_is_translated():
    root = Path(sandyq_portal.__file__).parent
    sources = [path.read_text() for path in root.rglob("*") if path.suffix in {".html", ".py"}]
    found = [each for source in sources for each in re.findall(r'\b_\(\s*((?:"[^"]+"\s*)+)', source)]
    said = {"".join(re.findall(r'"([^"]+)"', each)) for each in found}
    said |= {words for _address, words in visitor_menu({"teacher", "leader", "administrator"})}
    for language in ("kk", "ru"):
        catalogue = load_translations(language)
        missing = said - {text for text in said if catalogue.gettext(text) != text}
        assert not missing, f"{language}: {sorted(missing)}"


@pytest.mark.parametrize(
    ("due", "words"),
    [
        ("2026-12-05T18:00", "через 6 дней"),  # 6.7 days later; the notebook's bar says 6, too
        ("2026-12-08T12:00", "через 9 дней"),  # no week
        ("2026-11-30T23:50", "через 46 часов"),  # tomorrow
        ("2026-11-29T03:15", "через 60 минут"),
        ("2026-11-27T23:00", "2 дня назад"),
    ],
)
def test_how_much_time_is_left_is_counted_in_days_of_the_calendar(due, words):
    at = datetime(2026, 11, 29, 2, 15, tzinfo=ZONE)
    assert show_left(datetime.fromisoformat(due).replace(tzinfo=ZONE), "ru", at) == words
