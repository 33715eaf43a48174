"""A person's events: what stands in the database for them, nobody else's, in a bounded number of queries."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest
from academy_world import build, t
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event as sql_event
from sqlalchemy import select

from sandyq.launch.holidays import make_calendar
from sandyq.school.academy.rights import circle
from sandyq.school.calendar.events import events_of
from sandyq.school.centre.tables import Chest, Club, Enrolment, LaunchPlan, LaunchStep, Meeting, Room, Slot
from sandyq.school.database import Database, today
from sandyq.school.tables import AcademicYear, Person

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture
def world(database):
    return build(database)


def ids(world, *logins):
    return [world.people[login].id for login in logins]


def read(world, who, first=None, days=14, *, months=False, **settings):
    """The course ended on a fixed day: its months are left out where the test is about other things."""
    since = first or today()
    with world.database.reading() as session:
        person = session.get_one(Person, world.people[who].id)
        found = events_of(session, person, since, since + timedelta(days), **settings)
    return [each for each in found if months or each.kind != "milestone"]


def kinds(events):
    return [each.kind for each in events]


def soon(days=3):
    return (today() + timedelta(days)).isoformat()


def plan_session(world, on, **values):
    return world.change(
        "saule",
        "training_session",
        {"group_id": world.ids["group"], "module": "items", "on": on, "starts": "15:00", "minutes": 90}
        | values,
    )


def test_a_session_is_for_who_takes_part_and_for_who_leads(world):
    number = plan_session(world, soon(), place="Кабинет")
    for who in ("aigul", "dana", "saule"):
        (found,) = read(world, who)
        assert (found.key, found.kind, found.starts, found.minutes) == (
            f"training_session-{number}", "session", "15:00", 90,
        )  # fmt: skip
        assert (found.names, found.where) == ({"kk": "Тапсырма"}, "Кабинет")
    for who in ("bolat", "head", "kairat", "gulnar", "expert", "pupil", "operator"):
        assert read(world, who) == [], who


def test_who_left_a_group_has_no_more_sessions(world):
    plan_session(world, soon())
    world.change("saule", "participant", {"left_on": soon(0)}, world.ids["dana"], 1)
    assert read(world, "dana") == [] and kinds(read(world, "aigul")) == ["session"]


def test_what_was_taken_away_is_told_to_calendar_programs_alone(world):
    number = plan_session(world, soon())
    world.change("saule", "training_session", {"starts": "16:00"}, number, 1)
    assert [(each.starts, each.revision) for each in read(world, "aigul")] == [("16:00", 1)]
    world.change("gulnar", "training_session", None, number, 2)
    assert read(world, "aigul") == []
    (found,) = read(world, "aigul", cancelled=True)
    assert (found.cancelled, found.revision, found.key) == (True, 2, f"training_session-{number}")


def test_a_month_of_support_is_due_until_it_is_shown_and_again_when_sent_back(world):
    """The group's course ended on 20 October 2026."""
    first = date(2026, 11, 10)
    (due,) = read(world, "aigul", first, months=True)
    assert (due.kind, due.number, due.on) == ("milestone", 1, date(2026, 11, 20))
    evidence = world.change(
        "aigul",
        "evidence",
        {
            "participant_id": world.ids["aigul"],
            "task": "month:1",
            "on": "2026-11-12",
            "kind": "lesson",
            "text": "х",
        },
    )
    assert read(world, "aigul", first, months=True) == []
    assert kinds(read(world, "dana", first, months=True)) == ["milestone"]
    review = {"sheet": "evidence", "row_id": evidence, "kind": "review", "on": "2026-11-13"}
    world.change("saule", "reply", review | {"data": {"accepted": False, "version": 1}})
    assert kinds(read(world, "aigul", first, months=True)) == ["milestone"]
    world.change("aigul", "evidence", {"text": "у"}, evidence, 1)
    assert read(world, "aigul", first, months=True) == [], (
        "what was mended waits for the coach, not for its author"
    )
    world.change("saule", "reply", review | {"data": {"accepted": True}})
    assert read(world, "aigul", first, months=True) == []
    assert read(world, "saule", first, months=True) == [], "whoever guides is not asked for evidence"


def test_a_planned_visit_is_the_coachs_and_the_visited_ones_until_the_next(world):
    aigul = world.people["aigul"].id
    visit = {"person_id": aigul, "on": "2026-11-01", "kind": "visit", "saw": "х", "next_on": soon()}
    world.change("saule", "coach_visit", visit)
    assert [(each.kind, each.who) for each in read(world, "saule")] == [("visit", "Aigul Ә")]
    assert [(each.kind, each.who) for each in read(world, "aigul")] == [("visited", "Saule Ә")]
    for who in ("dana", "bolat", "head", "kairat", "gulnar"):
        assert read(world, who) == [], who
    world.change("saule", "coach_visit", {"person_id": aigul, "on": "2026-11-20", "kind": "call", "saw": "х"})
    assert read(world, "saule") == read(world, "aigul") == []


def test_an_observation_is_the_two_ones(world):
    world.change(
        "bolat",
        "observation",
        {"person_id": world.people["aigul"].id, "on": soon(), "lesson": "7А, алгебра", "focus": "сұрақ"},
    )
    assert [(each.kind, each.who) for each in read(world, "bolat")] == [("observing", "Aigul Ә")]
    assert [(each.kind, each.who) for each in read(world, "aigul")] == [("observed", "Bolat Ә")]
    assert read(world, "head") == read(world, "saule") == []


def make_pair(world, slot="2-15"):
    mentor, learner = ids(world, "aigul", "dana")
    pair = {"mentor_id": mentor, "learner_id": learner, "topic": "computers", "slot": slot, "since": soon(-9)}
    return world.change("saule", "pairing", pair)


def say(world, who, row, kind):
    world.change(who, "reply", {"sheet": "pairing", "row_id": row, "kind": kind, "on": soon(0)})


def test_a_pair_meets_weekly_once_both_have_agreed_and_until_one_ends_it(world):
    row = make_pair(world)
    say(world, "aigul", row, "agree")
    assert read(world, "aigul") == []
    say(world, "dana", row, "agree")
    found = read(world, "aigul", days=13)
    assert [(each.kind, each.who, each.starts, each.on.weekday()) for each in found] == [
        ("pair", "Dana Ә", "15:00", 2)
    ] * 2
    assert len({each.key for each in found}) == 2
    assert found[0].names["ru"]
    moved = {each.key for each in found}
    world.change("saule", "pairing", {"slot": "3-16"}, row, 1)
    again = read(world, "dana", days=13)
    assert moved & {each.key for each in again} and {each.revision for each in again} == {1}
    assert read(world, "saule") == read(world, "gulnar") == []
    say(world, "dana", row, "end")
    assert read(world, "aigul") == read(world, "dana") == []


def test_an_expert_is_for_all_adults_and_a_study_for_its_team(world):
    world.change("saule", "expert_session", {"title": "Екі сынып", "expert": "Л.", "on": soon()})
    team = ids(world, "aigul", "dana")
    rounds = [{"on": soon(2), "teacher": team[1], "plan": "", "learned": ""}]
    world.change(
        "aigul", "lesson_study", {"by": team[0], "members": team, "question": "Неге?", "rounds": rounds}
    )
    for who in ("aigul", "dana"):
        assert kinds(read(world, who)) == ["study", "expert"]
    for who in ("bolat", "head", "saule", "expert", "gulnar"):
        assert kinds(read(world, who)) == ["expert"], who
    assert read(world, "pupil") == read(world, "operator") == []


def test_a_strange_round_closes_nobodys_calendar(world):
    """Also one that was kept before anybody looked at rounds."""
    team = ids(world, "aigul", "gulnar")
    kept = [{"on": "2026-11-2x"}, {"on": None}, {}, "x", {"on": soon(2)}]
    with world.database.session() as session:
        school = world.people["aigul"].school_id
        session.add(
            t.LessonStudy(
                school_id=school, version=1, gone=False, by=team[0], members=team, question="?", rounds=kept
            )
        )
    for who in ("aigul", "gulnar"):
        assert kinds(read(world, who)) == ["study"]


def test_a_launchs_steps_are_due_where_its_planner_forecasts_them(world):
    """Two steps of two working days, one after the other: the second ends when four have been worked."""
    north = world.people["head"].school_id
    with world.database.session() as session:
        plan = LaunchPlan(school_id=north, name="П", starts_on=today(), facts={})
        session.add(plan)
        session.flush()
        for key, after in (("order", []), ("rooms", ["order"])):
            step = LaunchStep(
                school_id=north, plan_id=plan.id, key=key, names={"kk": key}, after=after, days=2
            )
            session.add(step)
    calendar = make_calendar([], [])
    worked = [day for day in (today() + timedelta(each) for each in range(30)) if calendar.is_working(day)]
    found = read(world, "head", days=29)
    assert [(each.kind, each.names["kk"], each.on) for each in found] == [
        ("launch", "order", worked[1]),
        ("launch", "rooms", worked[3]),
    ]
    assert read(world, "aigul", days=29) == read(world, "yerlan", days=29) == []
    with world.database.session() as session:
        session.scalars(select(LaunchStep)).first().done_on = today()
    assert [each.names["kk"] for each in read(world, "head", days=29)] == ["rooms"]


def add_club(world):
    """The pupil's club, Bolat's to lead, on a weekday in a quarter that begins in a week."""
    with world.database.session() as session:
        own = {"school_id": world.people["pupil"].school_id}
        quarter = {"starts": soon(7), "ends": soon(20)}
        chest, room = Chest(**own, position=1, names={}), Room(**own, name="3", seats=9)
        slot = Slot(**own, weekday=today().weekday(), starts="14:30", ends="15:15")
        session.add_all([AcademicYear(**own, name="1", quarters=[quarter]), chest, room, slot])
        session.flush()
        leader = world.people["bolat"].id
        club = Club(**own, chest_id=chest.id, leader_id=leader, name="Домбыра")
        session.add(club)
        session.flush()
        session.add(Meeting(**own, club_id=club.id, slot_id=slot.id, room_id=room.id))
        child = world.people["pupil"].id
        session.add(Enrolment(**own, club_id=club.id, person_id=child, since=today()))


def test_a_club_meets_weekly_in_its_quarters_for_its_children_its_leader_and_who_leads_the_centre(world):
    add_club(world)
    holidays = make_calendar([], [])
    expected = [on for on in (today() + timedelta(7), today() + timedelta(14)) if not holidays.is_holiday(on)]
    for who, kind in (("pupil", "club"), ("bolat", "club"), ("head", "clubs")):
        found = read(world, who, days=25)
        assert [(each.kind, each.on) for each in found] == [(kind, on) for on in expected], who
        assert {(each.starts, each.minutes) for each in found} == {("14:30", 45)}
    for who in ("aigul", "yerlan", "operator", "saule"):
        assert read(world, who, days=25) == [], who


@pytest.mark.parametrize("name, held", [("days_off", []), ("days_on", [7, 14])])
def test_no_club_meets_on_a_day_off_but_on_a_holiday_that_the_school_works(world, name, held):
    add_club(world)
    with world.database.session() as session:
        facts = {name: [soon(7), soon(14)]}
        school = world.people["pupil"].school_id
        session.add(LaunchPlan(school_id=school, name="П", starts_on=today(), facts=facts))
    found = [each.on for each in read(world, "pupil", days=25) if each.kind == "club"]
    assert found == [today() + timedelta(each) for each in held]


SLOTS = st.sampled_from(["0-15", "4-9", "6-20", ""])
TEACHERS = ("aigul", "bolat", "dana")


@st.composite
def worlds(draw):
    """Pairs, observations and visits among the world's people, on days around today."""
    days = st.integers(-20, 20)
    pairs = st.tuples(st.sampled_from(TEACHERS), st.sampled_from(TEACHERS), SLOTS).filter(
        lambda pair: pair[0] != pair[1]
    )
    return {
        "pairs": draw(st.lists(pairs, max_size=4, unique_by=lambda pair: pair[:2])),
        "seen": draw(st.lists(st.tuples(st.sampled_from(["aigul", "bolat"]), days), max_size=4)),
        "visits": draw(st.lists(st.tuples(st.sampled_from(["aigul", "dana"]), days), max_size=4)),
        "sessions": draw(st.lists(days, max_size=3)),
    }


def fill(world, plan):
    for mentor, learner, slot in plan["pairs"]:
        first, second = ids(world, mentor, learner)
        pair = {"mentor_id": first, "learner_id": second, "topic": "code", "slot": slot, "since": soon(-30)}
        row = world.change("gulnar", "pairing", pair)
        say(world, mentor, row, "agree")
        say(world, learner, row, "agree")
    for who, days in plan["seen"]:
        other = "bolat" if who == "aigul" else "aigul"
        values = {"person_id": world.people[other].id, "on": soon(days), "lesson": "7А", "focus": "х"}
        world.change(who, "observation", values)
    for who, days in plan["visits"]:
        values = {"person_id": world.people[who].id, "on": soon(-40), "kind": "call", "saw": "х"}
        world.change("saule", "coach_visit", values | {"next_on": soon(days)})
    for days in plan["sessions"]:
        plan_session(world, soon(days))


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(plan=worlds())
def test_nobody_gets_an_event_of_somebody_outside_their_circle(tmp_path, plan):
    """Each event about people is about oneself, or about those whom one guides; the plain loops say the same."""
    database = Database(f"sqlite:///{tmp_path / uuid4().hex}.sqlite")
    database.migrate()
    world = build(database)
    fill(world, plan)
    with database.reading() as session:
        for login, each in world.people.items():
            person = session.get_one(Person, each.id)
            found = events_of(session, person, today() - timedelta(30), today() + timedelta(30))
            near = set(session.scalars(circle(person)))
            for event in found:
                assert not event.people or person.id in event.people or event.people & near, (login, event)
                if not {"coach", "district"} & person.role_names:
                    assert not event.people or person.id in event.people, (login, event)
            counted = {"observing": 0, "observed": 0}
            for row in session.scalars(select(t.Observation)):
                counted["observing"] += row.by == person.id
                counted["observed"] += row.person_id == person.id
            assert {kind: kinds(found).count(kind) for kind in counted} == counted
    database.close()


def test_the_queries_are_as_many_however_much_there_is(world):
    def count(who):
        asked = []

        def note(*found):
            asked.append(found[2])

        sql_event.listen(world.database.engine, "before_cursor_execute", note)
        found = read(world, who, days=60)
        sql_event.remove(world.database.engine, "before_cursor_execute", note)
        return len(asked), len(found)

    few = {
        "pairs": [("aigul", "dana", "0-15")],
        "seen": [("aigul", 1)],
        "visits": [("aigul", 5)],
        "sessions": [1],
    }
    more = {
        "pairs": [("bolat", "aigul", "1-15"), ("dana", "bolat", "2-15"), ("dana", "aigul", "3-15")],
        "seen": [("aigul", 1), ("bolat", 2), ("bolat", 3)],
        "visits": [("aigul", 5), ("dana", 6)],
        "sessions": [1, 2, 3, 4, 5],
    }
    fill(world, few)
    before = {who: count(who) for who in ("aigul", "saule", "gulnar")}
    fill(world, more)
    for who, (queries, events) in before.items():
        again, found = count(who)
        assert again == queries <= 25, who
        assert found > events or who == "gulnar"
