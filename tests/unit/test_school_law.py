"""A copy of somebody's data holds all of it and nobody else's; after an erasure nothing is left to know them by."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from portal_school import seed_once
from sqlalchemy import select

from sandyq.school import journal, people
from sandyq.school.academy.tables import ExpertSession, Ticket
from sandyq.school.centre.register import Mark, record_attendance
from sandyq.school.centre.tables import Club, Enrolment, LaunchPlan, LaunchStep
from sandyq.school.database import Base, Database, now, today
from sandyq.school.errors import BadField, Conflict, Invalid, NotFound
from sandyq.school.journal import Batch, Edit
from sandyq.school.kept import GONE
from sandyq.school.law.copying import WROTE, find_columns, personal_tables, read_record, write_record
from sandyq.school.law.erasing import BLANK, KEPT_FOR, erase, list_overdue
from sandyq.school.law.notes import (
    add_consent,
    forget_old_notes,
    has_consent,
    list_consents,
    list_looks,
    note_access,
    withdraw_consent,
)
from sandyq.school.law.tables import AccessNote, Erasure
from sandyq.school.learning import record_event
from sandyq.school.roster.apply import apply_plan
from sandyq.school.roster.load import load_roster
from sandyq.school.roster.plan import make_plan
from sandyq.school.tables import LearningEvent, LoginFailure, Person
from sandyq.school.throttle import record_failure, record_success


@pytest.fixture
def school(tmp_path):
    """The sample school's database."""
    path = tmp_path / "school.sqlite"
    path.write_bytes(seed_once()[0])
    opened = Database(f"sqlite:///{path}")
    yield opened
    opened.close()


def find(session, role, number=0):
    logins = people.wanted_groups(session)[role]
    return sorted(session.scalars(select(Person).where(Person.login.in_(logins))), key=lambda p: p.id)[number]


def make_a_trace(session, pupil, leader):
    """Words of and about a pupil wherever the school may have them."""
    record_event(
        session, pupil.id, str(uuid4()), "answered", "passphrase", question="x", response="құпия сөзім"
    )
    values = {"person_id": pupil.id, "kind": "words", "on": today().isoformat(), "text": "құпия ойым"}
    journal.change(
        session, leader, Batch(uuid4(), "passport", pupil.full_name, (Edit("passport_entry", -1, 0, values),))
    )
    session.add(Ticket(school_id=pupil.school_id, by=pupil.id, text="құпия сұрағым"))
    session.flush()


def everything(session):
    """All that the database holds, as text."""
    rows = [session.execute(select(table)).mappings().all() for table in Base.metadata.sorted_tables]
    return json.dumps([[{**row} for row in each] for each in rows], ensure_ascii=False, default=str)


def test_each_column_that_names_a_person_says_whose_the_row_is_or_who_wrote_it():
    """A new table is thought about: who adds a column that names people puts it into one of the lists."""
    named = {
        (table.name, column.name)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if any(key.column.table.name == "person" for key in column.foreign_keys)
    }
    assert named >= WROTE
    whose = {(table.name, column) for table in Base.metadata.sorted_tables for column in find_columns(table)}
    assert named == WROTE | whose
    deleted = {table.name for table, _ in personal_tables()} - set(BLANK) - {"person"}
    assert deleted == {
        "academy_profile", "access_note", "calendar_address", "certificate", "child", "coach_visit", "consent",
        "credential", "evidence", "move", "notice_put_away", "own_packet", "passport_entry", "peer_need", "person_role",
        "pupil_group_member", "reply", "ticket", "timetable_wish", "waiting", "wish", "work_event",
    }  # fmt: skip


def test_a_copy_holds_what_is_about_the_person_and_no_secret(school):
    with school.session() as session:
        pupil, leader = find(session, "pupil"), find(session, "leader")
        make_a_trace(session, pupil, leader)
        add_consent(session, pupil, "data", "Ерлан Әбенов", today(), leader)
        copy = json.loads(write_record(read_record(session, pupil)))
        others = {each.full_name for each in session.scalars(select(Person)) if each.id != pupil.id}
    assert copy["person"][0]["family_name"] == pupil.family_name
    assert {"learning_event", "passport_entry", "ticket", "consent", "membership", "child"} <= set(copy)
    assert "secret_hash" not in copy["credential"][0]
    text = json.dumps(copy, ensure_ascii=False)
    assert "құпия сөзім" in text
    assert not [name for name in others if name in text]


def test_an_erased_pupil_cannot_be_known_by_anything(school):
    with school.session() as session:
        pupil, leader = find(session, "pupil"), find(session, "leader")
        name, login, number = pupil.family_name, pupil.login, pupil.id
        make_a_trace(session, pupil, leader)
        events = len(session.scalars(select(LearningEvent.id)).all())
        with pytest.raises(Conflict, match="still at the school"):
            erase(session, pupil, leader)
        people.end_account(session, pupil)
        assert erase(session, pupil, leader) == []
    with school.reading() as session:
        left = everything(session)
        assert not [word for word in (name, "құпия") if word in left]
        assert f'"{login}"' not in left.replace(f'"home": "{login}"', "")
        gone = session.get_one(Person, number)
        assert (gone.full_name.strip(), gone.role_names) == (GONE, frozenset())
        assert len(session.scalars(select(LearningEvent.id)).all()) == events, "sums stay right"
        erasure = session.get_one(Erasure, number)
        assert (erasure.erased_by, erasure.home) == (leader.id, login)


def test_a_page_that_was_open_writes_no_more_of_an_erased_pupil(school):
    """Its name and words would stand in the passport, the register and the journal for ever."""
    with school.session() as session:
        pupil, leader, on = find(session, "pupil"), find(session, "leader"), today()
        make_a_trace(session, pupil, leader)
        enrolment = session.scalars(select(Enrolment).where(Enrolment.person_id == pupil.id)).first()
        words = {"kind": "words", "on": on.isoformat(), "text": "x"}
        edits = (Edit("passport_entry", -1, 0, words | {"person_id": pupil.id}),)
        room = Edit("room", -1, 0, {"name": "A", "seats": 3})
        kept = journal.change(session, leader, Batch(uuid4(), "passport", "A", (room,)))
        journal.change(session, leader, Batch(uuid4(), "passport", pupil.full_name, edits))
        people.end_account(session, pupil)
        erase(session, pupil, leader)
        assert journal.last_own(session, leader, "passport") is kept
        with pytest.raises(Invalid, match="was erased"):
            journal.change(session, leader, Batch(uuid4(), "passport", "x", edits))
        mark = Mark(str(uuid4()), enrolment.since, pupil.id, "excused", "x")
        with pytest.raises(Invalid, match="was erased"):
            record_attendance(session, session.get_one(Club, enrolment.club_id), mark, leader, on=on)


def test_nobody_gets_an_erased_persons_login_while_its_folder_is_there(school, tmp_path):
    with school.session() as session:
        pupil, leader = find(session, "pupil"), find(session, "leader")
        login, family, given = pupil.login, pupil.family_name, pupil.given_name
        people.end_account(session, pupil)
        erase(session, pupil, leader)
        roster = tmp_path / "roster.csv"
        roster.write_text(f"Family name;Given name;Class;Login\n{family};{given};3А;\nЖаңа;Бала;3А;{login}\n")
        plan = make_plan(session, load_roster(roster), today())
        assert [(problem.row, problem.code) for problem in plan.grave] == [(3, "login going")]
        assert "сағат" in plan.grave[0].describe("kk")
        (new,) = apply_plan(session, plan, today(), skip_bad_rows=True).new
        assert new.person.full_name.split()[:2] == [family, given] and new.person.login != login
        session.get_one(Erasure, pupil.id).home = ""
        assert not make_plan(session, load_roster(roster), today()).grave


def test_an_erased_expert_is_not_named_at_their_meetings(school):
    with school.session() as session:
        expert, leader = find(session, "expert"), find(session, "leader")
        name = expert.full_name
        assert session.scalars(select(ExpertSession.id).where(ExpertSession.expert == name)).all()
        people.end_account(session, expert)
        erase(session, expert, leader)
    with school.reading() as session:
        assert name not in everything(session)


def test_where_an_erased_person_signed_in_or_failed_to_is_forgotten(school):
    with school.session() as session:
        pupil, other, leader = find(session, "pupil"), find(session, "pupil", 1), find(session, "leader")
        login, others = pupil.login, {f"{pupil.login}2", other.login}
        for name in (login, *others):
            record_failure(session, name, "10.0.0.7", now())
            record_success(session, name, "10.0.0.8", now())
        people.end_account(session, pupil)
        erase(session, pupil, leader)
    with school.reading() as session:
        known = {
            each.removeprefix("account:").partition("|")[0]
            for each in session.scalars(select(LoginFailure.key))
        }
    assert known & {login, *others} == others


def test_an_erased_teacher_is_named_in_no_plan_and_at_no_meeting_nor_in_what_was_changed(school):
    """Names that apps keep as words, also as they were before a later change."""
    with school.session() as session:
        teacher, leader = find(session, "teacher"), find(session, "leader")
        name, kept = teacher.full_name, leader.full_name
        steps = [
            {"plan_id": -1, "key": key, "names": {"kk": "А"}, "days": 1, "responsible": who}
            for key, who in (("a", name), ("b", kept))
        ]
        facts = {"director": kept, "leader": name, "minutes": 40, "days_off": ["2026-12-16"]}
        plan = Edit("launch_plan", -1, 0, {"name": "P", "starts_on": "2026-11-24", "facts": facts})
        rows = (plan, *(Edit("launch_step", -2 - number, 0, each) for number, each in enumerate(steps)))
        journal.change(session, leader, Batch(uuid4(), "launch", "…", rows))
        meeting = Edit("expert_session", -1, 0, {"title": "T", "expert": name, "languages": ["kk"]})
        guide = find(session, "coach")
        told = ["text", ["Session planned: {title}"], {"title": name}]
        made = journal.change(session, guide, Batch(uuid4(), "experts", name, (meeting,), said=told))
        number = made.rows[0]["id"]
        later = Edit("expert_session", number, 1, {"expert": "Қонақ"})
        journal.change(session, guide, Batch(uuid4(), "experts", "…", (later,)))
        people.end_account(session, teacher)
        erase(session, teacher, leader)
    with school.reading() as session:
        assert name not in everything(session)
        assert session.get_one(ExpertSession, number).expert == "Қонақ"
        assert session.scalars(select(LaunchPlan)).one().facts == facts | {"leader": ""}
        assert set(session.scalars(select(LaunchStep.responsible))) == {"", kept}


def test_a_pair_forgets_one_and_keeps_the_other(school):
    with school.session() as session:
        one, other, leader = find(session, "pupil"), find(session, "pupil", 1), find(session, "leader")
        record_event(
            session,
            other.id,
            str(uuid4()),
            "answered",
            "passphrase",
            question="x",
            response="мынау",
            partner_id=one.id,
        )
        people.end_account(session, one)
        erase(session, one, leader)
        kept = session.scalars(select(LearningEvent).where(LearningEvent.person_id == other.id)).all()
    assert [event.response for event in kept if event.question == "x"] == ["мынау"]
    assert {event.partner_id for event in kept} == {None}


def test_a_picture_goes_with_its_last_page(school):
    with school.session() as session:
        pupil, other, leader = find(session, "pupil"), find(session, "pupil", 1), find(session, "leader")
        for person, photo in ((pupil, "a" * 64), (pupil, "b" * 64), (other, "b" * 64)):
            values = {
                "person_id": person.id,
                "kind": "work",
                "on": today().isoformat(),
                "photo": photo,
                "title": "x",
            }
            edits = (Edit("passport_entry", -1, 0, values),)
            journal.change(session, leader, Batch(uuid4(), "passport", "x", edits))
        people.end_account(session, pupil)
        assert erase(session, pupil, leader) == ["a" * 64]


def test_who_left_long_ago_is_overdue_until_erased(school):
    with school.session() as session:
        pupil, leader = find(session, "pupil"), find(session, "leader")
        people.end_account(session, pupil)
        assert list_overdue(session, pupil.school_id) == []
        pupil.left_at = now() - KEPT_FOR - timedelta(days=1)
        session.flush()
        assert [each.id for each in list_overdue(session, pupil.school_id)] == [pupil.id]
        erase(session, pupil, leader)
        assert list_overdue(session, pupil.school_id) == []


def test_consents_are_kept_withdrawn_and_given_again(school):
    with school.session() as session:
        pupil, leader = find(session, "pupil"), find(session, "leader")
        consent = add_consent(session, pupil, "photos", " Ерлан Әбенов ", today() - timedelta(days=3), leader)
        assert consent.given_by == "Ерлан Әбенов"
        assert has_consent(session, pupil.id, "photos")
        assert not has_consent(session, pupil.id, "data")
        with pytest.raises(Conflict):
            add_consent(session, pupil, "photos", "Анасы", today(), leader)
        withdraw_consent(session, pupil, consent.id)
        assert not has_consent(session, pupil.id, "photos")
        with pytest.raises(NotFound):
            withdraw_consent(session, pupil, consent.id)
        with pytest.raises(NotFound):
            withdraw_consent(session, find(session, "pupil", 1), consent.id)
        add_consent(session, pupil, "photos", "Анасы", today(), leader)
        assert [each.given_by for each in list_consents(session, pupil)] == ["Анасы", "Ерлан Әбенов"]


@pytest.mark.parametrize(
    ("kind", "given_by", "days", "field"),
    [("cookies", "Анасы", 0, "kind"), ("data", "  ", 0, "given_by"), ("data", "Анасы", 1, "on")],
)
def test_a_consent_that_cannot_be_is_refused_at_its_field(school, kind, given_by, days, field):
    with school.session() as session, pytest.raises(BadField) as refused:
        add_consent(
            session,
            find(session, "pupil"),
            kind,
            given_by,
            today() + timedelta(days=days),
            find(session, "leader"),
        )
    assert refused.value.field == field


def test_a_look_is_noted_once_a_day_and_never_at_oneself(school):
    with school.session() as session:
        pupil, teacher = find(session, "pupil"), find(session, "teacher")
        for _ in range(2):
            note_access(session, teacher.id, [pupil.id, teacher.id], "answers")
        note_access(session, teacher.id, [pupil.id], "work")
        assert [(look.viewer, look.what) for look in list_looks(session, pupil)] == [
            (people.short_name(teacher), "work"),
            (people.short_name(teacher), "answers"),
        ]
        assert list_looks(session, teacher) == []
        session.scalars(select(AccessNote)).first().on = today() - timedelta(days=366)
        session.flush()
        forget_old_notes(session)
        assert len(list_looks(session, pupil)) == 1
