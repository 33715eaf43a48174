"""The courses' app over a real portal: each role's pages in each language, and what their buttons keep."""

import json
import os

import pytest
from portal_school import PREFIX, School
from sqlalchemy import select
from test_portal_certificates import fulfil

from sandyq.i18n import LANGUAGES
from sandyq.school.academy import tables as t
from sandyq.school.tables import Person
from sandyq_apps.kit.app import FieldProblem, Problem, Sending
from sandyq_apps.kit.desk import Change, Desk
from sandyq_apps.kit.portal import Refused
from sandyq_apps.kit.speech import Speech
from sandyq_apps.training import Courses

TABS = ("path", "school", "groups", "review", "courses")


class Line:
    """An app's line to the portal, without a network between."""

    def __init__(self, kernel):
        self.kernel, self.language = kernel, ""

    def ask(self, method, path, body=None, content=None):
        reply = self.kernel.request(method, f"{PREFIX}/api{path}", json=body, content=content)
        if reply.status_code >= 400:
            raise Refused(reply.status_code, str(reply.json()["detail"]), reply.json())
        return reply.json()


@pytest.fixture
def school(tmp_path):
    return School(tmp_path)


def open_app(school, login):
    app = Courses()
    app.desk = Desk(Line(school.kernel(login, "app", "training")), app.sheets)
    app.desk.load()
    app.opened()
    return app


def logins(school, role):
    return [account.login for account in school.accounts if account.role == role]


def see(app, **place):
    """Return a page as the words on it."""
    app.place = {**app.start, **place}
    return json.dumps(app.view(), ensure_ascii=False)


def press(app, act, **values):
    """Press a button or hand in a form, and keep what comes of it."""
    outcome = getattr(app, act)(values)
    if isinstance(outcome, Change):
        app.desk.send(outcome)
        app.place |= outcome.place
    elif isinstance(outcome, Sending):
        outcome.write()
    app.opened()
    return app.view()


@pytest.mark.parametrize("role", ["teacher", "leader", "administrator", "coach", "district"])
def test_every_role_has_its_pages_in_every_language(school, role):
    for login in logins(school, role):
        app = open_app(school, login)
        for language in LANGUAGES:
            app.speech = Speech(language)
            for tab in TABS:
                assert see(app, tab=tab)
        tabs = [key for key, _ in app._tabs()]
        guiding = ["groups", "review", "courses"] if role in ("coach", "district") else []
        own = ["path", "school"] if role == "administrator" else ["path"]
        assert tabs == (guiding or own)


def test_a_guides_pages_of_a_group(school):
    app = open_app(school, logins(school, "coach")[0])
    for group in app.book.led():
        for part in ("people", "sessions", "presence", "exam"):
            assert see(app, tab="groups", group=group.id, part=part)
        for paper in ("people", "attendance"):
            page = see(app, tab="groups", group=group.id, paper=paper)
            assert all(app.book.name(each.person_id) in page for each in app.book.participants[group.id])


def test_a_group_of_somebody_else_does_not_open(school):
    first, second = logins(school, "coach")
    group = open_app(school, first).book.led()[0]
    assert group.id not in [each.id for each in open_app(school, second).desk.rows("training_group")]
    assert "presence" not in see(open_app(school, second), tab="groups", group=group.id, part="presence")


def test_a_course_is_made_of_modules_and_keeps_those_that_are_planned(school):
    app = open_app(school, logins(school, "coach")[0])
    modules = list(app._pool())[:3]
    names = {"name_kk": "Жаңа", "name_ru": "Новый", "name_en": ""}
    with pytest.raises(FieldProblem):
        press(app, "save_course", id=0, version=0, programme="literacy", share=70, modules=[], **names)
    press(app, "save_course", id=0, version=0, programme="literacy", share=70, modules=modules, **names)
    course = app.desk.rows("training")[-1]
    assert [each["key"] for each in course.modules] == modules
    about = {"id": course.id, "version": course.version}
    press(app, "move_module", module=modules[2], **about)
    texts = {f"{part}_{language}": "…" for part in ("name", "before", "practice") for language in LANGUAGES}
    with pytest.raises(FieldProblem):
        press(app, "save_module", id=course.id, version=2, key="", lesson="Жаңа", hours=4, **texts)
    press(app, "save_module", id=course.id, version=2, key="", lesson="own-one", hours=6, **texts)
    press(app, "drop_module", id=course.id, version=3, module=modules[0])
    course = app.desk.find("training", course.id)
    assert [each["key"] for each in course.modules] == [modules[2], modules[1], "own-one"]
    assert see(app, tab="courses", course=course.id, module="own-one")
    busy = next(each for each in app.desk.rows("training") if each.id != course.id)
    with pytest.raises(Refused):
        press(app, "drop_module", id=busy.id, version=busy.version, module=busy.modules[0]["key"])
    press(app, "remove_course", id=course.id, version=course.version)
    assert app.desk.find("training", course.id) is None


def make_group(app, name="Жаңа топ"):
    course = next(each for each in app.desk.rows("training") if each.programme == "literacy")
    me = app.desk.me.id
    values = {"training": course.id, "name": name, "starts": "2026-10-01", "facilitator": me, "coach": me}
    with pytest.raises(FieldProblem):
        press(app, "save_group", id=0, version=0, ends="2026-09-01", **values)
    press(app, "save_group", id=0, version=0, ends="2026-12-31", **values)
    return next(each for each in app.desk.rows("training_group") if each.name == name)


def test_sessions_are_proposed_looked_over_and_kept(school):
    app = open_app(school, logins(school, "coach")[0])
    group = make_group(app)
    app.place |= {"tab": "groups", "group": group.id, "part": "sessions"}
    press(
        app,
        "propose_sessions",
        group=group.id,
        first="2026-10-10",
        starts="15:00",
        minutes=90,
        place="5",
        every=7,
    )
    app.speech = Speech("en")
    assert json.dumps(app.view()).count("a weekend") == 6
    press(app, "move_proposed", key=0, field="on", value="2026-10-12", was="2026-10-10")
    assert json.dumps(app.view()).count("a weekend") == 5
    with pytest.raises(Problem):
        press(app, "move_proposed", key=0, field="on", value="12 қазан", was="2026-10-12")
    press(app, "keep_proposal", group=group.id)
    assert [each.on for each in app.book.sessions[group.id]][:2] == ["2026-10-12", "2026-10-17"]
    session = app.book.sessions[group.id][0]
    about = {"group": group.id, "module": session.module, "starts": "10:00", "minutes": 60, "place": ""}
    with pytest.raises(FieldProblem):
        press(app, "save_session", id=session.id, version=1, on="2026-09-30", **about)
    press(app, "save_session", id=session.id, version=1, on="2026-10-13", **about)
    assert app.book.sessions[group.id][0].starts == "10:00"
    press(app, "remove_session", id=session.id, version=2)
    assert len(app.book.sessions[group.id]) == 5


def test_people_join_are_marked_and_leave(school):
    app = open_app(school, logins(school, "coach")[0])
    group = make_group(app)
    app.place |= {"tab": "groups", "group": group.id}
    teacher = next(each for each in app.desk.rows("member") if "teacher" in each.roles)
    press(app, "search_people", query=teacher.name.split()[0])
    press(app, "add_person", group=group.id, person=teacher.id)
    press(
        app,
        "propose_sessions",
        group=group.id,
        first="2026-10-06",
        starts="15:00",
        minutes=90,
        place="5",
        every=7,
    )
    press(app, "keep_proposal", group=group.id)
    participant, session = app.book.participants[group.id][0], app.book.sessions[group.id][0]
    app.place["part"] = "presence"
    press(app, "choose_session", tab=str(session.id))
    for value, attended in (("present", 1), ("absent", 0), ("", 0), ("online", 1)):
        press(app, "mark", key=participant.id, field="state", value=value, was="")
        assert app.book.progress(participant).attended == attended
    press(app, "choose_session", tab=str(app.book.sessions[group.id][1].id))
    press(app, "mark_rest", group=group.id, session=app.book.sessions[group.id][1].id)
    assert app.book.progress(participant).attended == 2
    app.place["part"] = "exam"
    press(app, "set_highest", highest=30)
    with pytest.raises(Problem):
        press(app, "enter_points", key=participant.id, field="points", value=31, was=None)
    press(app, "enter_points", key=participant.id, field="points", value=20, was=None)
    press(app, "enter_points", key=participant.id, field="points", value=21, was=20)
    assert [(each.points, each.of) for each in app.book.exams[participant.id]] == [(21, 30)]
    with pytest.raises(Refused):
        press(app, "issue", participants=[participant.id])
    press(app, "take_out", id=participant.id, version=participant.version)
    assert app.book.participants[group.id] == []
    press(app, "remove_group", id=group.id, version=group.version)
    assert app.desk.find("training_group", group.id) is None


def test_a_participant_sees_a_group_that_they_were_put_into_a_moment_ago(school):
    coach = open_app(school, logins(school, "coach")[0])
    with school.database.reading() as session:
        inside = set(session.scalars(select(t.Participant.person_id)))
        person = next(
            each
            for each in session.scalars(select(Person))
            if each.id not in inside and "leader" in each.role_names
        )
    learner = open_app(school, person.login)
    assert learner.book.own() == []
    group = make_group(coach)
    press(coach, "add_person", group=group.id, person=person.id)
    learner.desk.hear()
    learner.opened()
    assert [each.group_id for each in learner.book.own()] == [group.id]
    assert group.name in see(learner)


def test_what_is_missing_must_be_written(school):
    app = open_app(school, logins(school, "coach")[0])
    evidence = app.desk.rows("evidence")[0]
    values = {"evidence": evidence.id, "participant": evidence.participant_id, "accepted": False}
    with pytest.raises(FieldProblem):
        press(app, "save_review", text="", **values)
    press(app, "save_review", text="Оқушы жұмысын көрсетіңіз", **values)
    assert app.book.verdicts[evidence.id].data == {"accepted": False}


@pytest.fixture(autouse=True)
def _speak_kazakh(monkeypatch):
    monkeypatch.setitem(os.environ, "SANDYQ_LANGUAGE", "kk")


def test_those_ready_for_a_certificate_stand_in_one_list_over_all_groups(school):
    participant, _ = fulfil(school.database)
    app = open_app(school, logins(school, "district")[0])

    def listed():
        app.place = {**app.start, "tab": "groups"}
        tables = (part for part in app.view() if part.get("key") == "ready")
        return [line["key"] for table in tables for line in table["lines"]]

    assert listed() == [participant]
    press(app, "issue", participants=[participant])
    assert listed() == []
