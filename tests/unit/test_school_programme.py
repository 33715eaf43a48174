"""The programme's figures for a generated district equal those that plain loops over all rows come to."""

from collections import defaultdict
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import event as listening
from sqlalchemy import select
from tests.unit import academy_world

import district
from sandyq.school.academy import programme
from sandyq.school.academy import tables as t
from sandyq.school.academy.facts import Enrolment, Facts
from sandyq.school.academy.support import list_silent
from sandyq.school.database import ZONE, Database
from sandyq.school.tables import (
    AcademicYear,
    Assignment,
    ClassGroup,
    Course,
    LearningEvent,
    LessonAssignment,
    Membership,
    Person,
    Release,
    Submission,
)

DAYS = [district.TODAY - timedelta(days=30 * back) for back in (0, 2, 5, 9)]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('district') / 'school.sqlite'}")
    database.migrate()
    with database.session() as session:
        made = district.build(session)
    yield database, made
    database.close()


@pytest.fixture(scope="module")
def rows(world):
    """All rows, as they are."""
    with world[0].reading() as session:
        tables = (
            *(
                t.Participant,
                t.TrainingGroup,
                t.Training,
                t.TrainingSession,
                t.TrainingPresence,
                t.Certificate,
            ),
            *(t.Evidence, t.Reply, LearningEvent, LessonAssignment, Membership),
        )
        return {table.__tablename__: list(session.scalars(select(table)).unique()) for table in tables}


def nine_months_after(day):
    """The last day of support, as people count: no month has a 31 February."""
    year, month = (day.year, day.month + 9) if day.month <= 3 else (day.year + 1, day.month - 3)
    return next(
        date(year, month, number)
        for number in range(day.day, 0, -1)
        if number <= 28 or (date(year, month, 1) + timedelta(days=number - 1)).month == month
    )


def count_plainly(last, on):
    """Days of the school year after a day."""
    days = (last + timedelta(number) for number in range(1, (on - last).days + 1))
    return sum(not 6 <= day.month <= 8 for day in days)


def recompute(rows, on):
    """Return by participant what is true of them on a day, in the words of the module's head."""
    groups = {each.id: each for each in rows["training_group"]}
    trainings = {each.id: each for each in rows["training"]}
    sessions = {each.id: each for each in rows["training_session"]}
    came = defaultdict(set)
    for each in rows["training_presence"]:
        if each.state != "absent" and sessions[each.session_id].on <= on:
            came[each.person_id].add(each.session_id)
    pupils = defaultdict(set)
    for each in rows["membership"]:
        if each.role == "pupil":
            pupils[each.class_id].add(each.person_id)
    answered = defaultdict(list)
    for event in rows["learning_event"]:
        answered[event.lesson, event.person_id].append(event)
    shown = defaultdict(list)
    for evidence in rows["evidence"]:
        shown[evidence.by].append(evidence)
    worked = []
    for each in rows["lesson_assignment"]:
        if each.assigned_at.astimezone(ZONE).date() <= on:
            who = {
                pupil
                for pupil in pupils[each.class_id]
                for event in answered[each.lesson, pupil]
                if event.at >= each.assigned_at and event.at.astimezone(ZONE).date() <= on
            }
            worked.append((each.assigned_by, each.assigned_at.astimezone(ZONE).date(), len(who)))
    accepted = {
        reply.row_id for reply in rows["reply"] if reply.data.get("accepted") is True and reply.on <= on
    }
    found = {}
    for each in rows["participant"]:
        group = groups[each.group_id]
        joined = min([each.joined_on or date.min, *(sessions[number].on for number in came[each.person_id])])
        began = max(group.starts_on, joined)
        if began > on:
            continue
        held = {
            number
            for number, meeting in sessions.items()
            if meeting.group_id == group.id and meeting.on <= on
        }
        share = trainings[group.training_id].pass_share
        own = shown[each.person_id]
        signs = [sessions[number].on for number in came[each.person_id]]
        signs += [evidence.on for evidence in own if evidence.on <= on]
        signs += [day for person, day, _ in worked if person == each.person_id]
        if trainings[group.training_id].programme == "literacy":
            applied = any(
                person == each.person_id and day >= group.starts_on and many >= 5
                for person, day, many in worked
            )
        else:
            applied = any(
                evidence.id in accepted
                and evidence.task.startswith("practice:")
                and evidence.participant_id == each.id
                for evidence in own
            )
        last = max([began, *signs])
        found[each.id] = {
            "sessions": len(held),
            "attended": bool(held) and len(held & came[each.person_id]) >= share * len(held),
            "completed": any(c.participant_id == each.id and c.on <= on for c in rows["certificate"]),
            "applied": applied,
            "silent": count_plainly(last, on) > 45 and on <= nine_months_after(group.ends_on),
        }
    return found


@pytest.mark.parametrize("on", DAYS, ids=str)
def test_every_standing_is_what_plain_loops_come_to(world, rows, on):
    database, made = world
    with database.reading() as session:
        chief = session.get_one(Person, made.chief.id)
        told = {each.participant_id: each for each in programme.read_standings(session, chief, on)}
    expected = recompute(rows, on)
    assert told.keys() == expected.keys()
    for number, truth in expected.items():
        assert {name: getattr(told[number], name) for name in truth} == truth, number
    figures = programme.count(told.values())
    assert figures.enrolled == len(expected)  # nobody is in two groups here
    for name in ("attended", "completed", "applied", "silent"):
        assert getattr(figures, name) == sum(each[name] for each in expected.values())


def test_the_district_is_as_large_as_the_programme(world):
    database, made = world
    with database.reading() as session:
        told = programme.list_standings(session, session.get_one(Person, made.chief.id), district.TODAY)
    assert len(told) == district.TEACHERS + district.ADMINISTRATORS == 590
    assert len({each["school_id"] for each in told}) == 30
    assert len({each["community_id"] for each in told}) == 7
    for bit in range(len(programme.MARKS)):
        assert 0 < sum(int(each["months"][-1], 16) >> bit & 1 for each in told) < 590


def test_answers_in_lessons_that_nobody_gave_are_not_read(world):
    """A district's pupils answer millions of times: who opens the dashboard waits for what counts, not for all that."""
    database, made = world
    asked = []

    def hear(_connection, _cursor, words, values, *_):
        asked.append((words, values))

    with database.reading() as session:
        chief = session.get_one(Person, made.chief.id)
        listening.listen(database.engine, "after_cursor_execute", hear)
        try:
            programme.list_standings(session, chief, district.TODAY)
        finally:
            listening.remove(database.engine, "after_cursor_execute", hear)
        about = [each for each in asked if "learning_event" in each[0]]
        assert about
        cursor = session.connection().connection.cursor()
        plan = [
            row[3] for words, values in about for row in cursor.execute(f"EXPLAIN QUERY PLAN {words}", values)
        ]
    assert not [step for step in plan if step.startswith("SCAN learning_event")], plan


def test_a_months_letter_is_what_plain_loops_come_to_on_its_last_day(world, rows):
    database, made = world
    with database.reading() as session:
        told = programme.list_standings(session, session.get_one(Person, made.chief.id), district.TODAY)
    begun = min(group.starts_on for group in rows["training_group"])
    days = [
        day for back in range((district.TODAY - begun).days + 1)
        if (day := district.TODAY - timedelta(days=back)) == district.TODAY or (day + timedelta(days=1)).day == 1
    ][::-1]  # fmt: skip
    assert {len(each["months"]) for each in told} == {len(days)} != {0}
    for place, day in list(enumerate(days))[::3]:
        expected = recompute(rows, day)
        for each in told:
            letter = each["months"][place]
            assert (letter != "-") == (each["id"] in expected)
            if letter != "-":
                truth = expected[each["id"]]
                bits = {name: bool(int(letter, 16) >> bit & 1) for bit, name in enumerate(programme.MARKS)}
                assert bits == {name: truth[name] for name in programme.MARKS}, (day, each)


def test_who_left_is_counted_in_the_months_before(tmp_path):
    """And in none after; what the app reads of a school without a course is nothing."""
    database = Database(f"sqlite:///{tmp_path / 'school.sqlite'}")
    database.migrate()
    world = academy_world.build(database)
    left = {"group_id": world.ids["group"], "person_id": world.people["dana"].id, "left_on": "2026-10-15"}
    world.change("saule", "participant", left, row=world.ids["dana"], version=1)
    with database.reading() as session:

        def read(who):
            person = session.get_one(Person, world.people[who].id)
            return {
                each["name"].split()[0]: each["months"]
                for each in programme.list_standings(session, person, academy_world.TODAY)
            }

        assert read("gulnar") == {"Aigul": "088", "Dana": "0--"}
        assert read("saule") == read("gulnar")
        assert read("head") == {"Aigul": "088"}
        assert read("yerlan") == {"Dana": "0--"}
        assert read("kairat") == read("expert") == read("pupil") == {}
    database.close()


def test_who_joins_late_is_counted_from_then_on_and_not_silent_at_once(tmp_path):
    """The course began on 10 September; a session at which somebody was before they were written down counts, too."""
    database = Database(f"sqlite:///{tmp_path / 'school.sqlite'}")
    database.migrate()
    world = academy_world.build(database)
    ids = {login: each.id for login, each in world.people.items()}
    late = {"group_id": world.ids["group"], "joined_on": "2026-11-20"}
    world.change("saule", "participant", late | {"person_id": ids["bolat"]})
    world.change("saule", "participant", late | {"person_id": ids["head"]})
    meeting = {
        "group_id": world.ids["group"],
        "module": "items",
        "on": "2026-10-07",
        "starts": "15:00",
        "minutes": 9,
    }
    session = world.change("saule", "training_session", meeting)
    world.change(
        "saule", "training_presence", {"session_id": session, "person_id": ids["head"], "state": "present"}
    )

    def read(on):
        with database.reading() as opened:
            person = opened.get_one(Person, ids["gulnar"])
            told = {
                each["name"].split()[0]: each["months"]
                for each in programme.list_standings(opened, person, on)
            }
            silent = {
                each.name.split()[0]: (each.since, each.days) for each in list_silent(opened, person, on)
            }
            return told, silent

    months, silent = read(academy_world.TODAY)
    assert months == {"Aigul": "088", "Dana": "088", "Bolat": "--0", "Head": "-19"}
    assert silent == {
        "Aigul": (date(2026, 9, 10), 77), "Dana": (date(2026, 9, 10), 77), "Head": (date(2026, 10, 7), 50)
    }  # fmt: skip
    assert "Bolat" not in read(date(2027, 1, 4))[1]
    assert read(date(2027, 1, 5))[1]["Bolat"] == (date(2026, 11, 20), 46)
    database.close()


@pytest.mark.parametrize(
    ("last", "on", "is_silent"),
    [
        ((2026, 5, 20), (2026, 8, 31), False),
        ((2026, 5, 20), (2026, 10, 4), False),
        ((2026, 5, 20), (2026, 10, 5), True),
        ((2026, 7, 15), (2026, 10, 15), False),
        ((2026, 7, 15), (2026, 10, 16), True),
        ((2026, 4, 1), (2026, 7, 1), True),
        ((2026, 4, 20), (2027, 3, 1), True),
    ],
)
def test_teachers_summer_makes_nobody_silent(last, on, is_silent):
    began, last, on = date(2025, 12, 1), date(*last), date(*on)
    enrolment = Enrolment(
        1, 7, "A", 1, "S", None, "literacy", 0.6, 3, "1", "C", began, date(2026, 9, 1), None
    )
    facts = Facts((enrolment,), {}, {}, {}, {}, {}, {7: [last]})
    assert programme.judge(facts, on)[0].silent == is_silent
    assert programme.count_quiet_days(last, on) == count_plainly(last, on)


def test_who_left_their_school_is_not_silent(tmp_path):
    """Nobody is asked to call them; the months before stay as they were."""
    database = Database(f"sqlite:///{tmp_path / 'school.sqlite'}")
    database.migrate()
    world = academy_world.build(database)
    with database.session() as session:
        gone = datetime(2026, 11, 3, 9, tzinfo=ZONE)
        session.get_one(Person, world.people["dana"].id).left_at = gone
    with database.reading() as session:
        chief = session.get_one(Person, world.people["gulnar"].id)
        told = programme.list_standings(session, chief, academy_world.TODAY)
    assert {each["name"].split()[0]: each["months"] for each in told} == {"Aigul": "088", "Dana": "08-"}
    assert [each["name"] for each in told if each["silent"]] == ["Aigul Ә"]
    database.close()


def test_a_share_that_is_no_exact_number_is_kept(tmp_path):
    """56 % of 25 sessions are 14, as the certificate counts them."""
    one = date(2026, 9, 10)
    enrolment = Enrolment(1, 7, "A", 1, "S", None, "literacy", 0.56, 3, "1", "C", one, one, None)
    facts = Facts((enrolment,), {3: [one] * 25}, {(3, 7): [one] * 14}, {}, {}, {}, {})
    assert programme.judge(facts, one)[0].attended


@pytest.mark.parametrize(("ended", "over"), [((2026, 1, 31), (2026, 11, 1)), ((2026, 5, 29), (2027, 3, 1))])
def test_nobody_is_silent_when_the_nine_months_of_support_are_over(ended, over):
    """The app of support says from the next day on that the year is over; who calls them then calls for nothing."""
    began, ended, over = date(2025, 12, 1), date(*ended), date(*over)
    enrolment = Enrolment(1, 7, "A", 1, "S", None, "literacy", 0.6, 3, "1", "C", began, ended, None)
    facts = Facts((enrolment,), {}, {}, {}, {}, {}, {})
    assert programme.judge(facts, over - timedelta(days=1))[0].silent
    assert not programme.judge(facts, over)[0].silent


def test_everybody_is_told_of_their_circle_alone(world):
    database, made = world
    with database.reading() as session:

        def people_seen(person):
            found = programme.read_standings(session, session.get_one(Person, person.id), district.TODAY)
            return {each.person_id for each in found}

        head, teacher, coach = made.administrators[0], made.teachers[3], made.coaches[2]
        adults = [*made.teachers, *made.administrators]
        assert people_seen(head) == {each.id for each in adults if each.school_id == head.school_id}
        assert people_seen(teacher) == {teacher.id}
        led = {group.id for group in made.groups if group.coach_id == coach.id}
        in_led = select(t.Participant.person_id).where(t.Participant.group_id.in_(led))
        assert people_seen(coach) == set(session.scalars(in_led))


def test_who_is_in_two_groups_counts_once():
    one = programme.Standing(
        1, 7, "A B", 1, "S", None, "literacy", 1, 6, 6, attended=True, completed=False, applied=False,
        last_sign="", quiet_since=date(2026, 1, 1), silent=True,
    )  # fmt: skip
    other = programme.Standing(
        2, 7, "A B", 1, "S", None, "literacy", 2, 0, 0, attended=False, completed=True, applied=False,
        last_sign=date(2026, 1, 1).isoformat(), quiet_since=date(2026, 1, 1), silent=False,
    )  # fmt: skip
    assert programme.count([one, other]) == programme.Figures(1, 1, 1, 0, 0)


def test_an_assignment_handed_in_by_five_pupils_is_applied_from_the_fifth_on(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'school.sqlite'}")
    database.migrate()
    world = academy_world.build(database)
    aigul = world.people["aigul"]
    at = datetime(2026, 10, 5, 9, tzinfo=ZONE)
    with database.session() as session:
        year = AcademicYear(school_id=aigul.school_id, name="2026/27", quarters=[])
        add(session, year)
        group = add(
            session,
            ClassGroup(school_id=aigul.school_id, year_id=year.id, name="7А", grades=[7], language="kk"),
        )
        course = add(session, Course(class_id=group.id, subject="Информатика"))
        work = add(session, Assignment(course_id=course.id, name="x", version=1, about={}, made_by=aigul.id))
        release = add(
            session,
            Release(assignment_id=work.id, code="A1", mode="open", released_by=aigul.id, released_at=at),
        )
        for number in range(5):
            pupil = add(
                session,
                Person(
                    school_id=aigul.school_id,
                    login=f"q{number}",
                    family_name="Q",
                    given_name="Q",
                    language="kk",
                ),
            )
            for again in range(2):  # the same pupil once more is no other pupil
                add(
                    session,
                    Submission(
                        release_id=release.id, person_id=pupil.id, at=at + timedelta(days=number, hours=again),
                        sha256="0", size=1, code="B", late=False,
                    ),
                )  # fmt: skip
    with database.reading() as session:
        saule = session.get_one(Person, world.people["saule"].id)

        def is_applied(day):
            standings = programme.read_standings(session, saule, date(2026, 10, day))
            return {each.name: each.applied for each in standings}

        on = date(2026, 11, 15)
        silent = {each.name for each in programme.read_standings(session, saule, on) if each.silent}
        assert silent == {"Dana Ә"}, "who gives an assignment is heard of"
        assert is_applied(8) == {"Aigul Ә": False, "Dana Ә": False}
        assert is_applied(9) == {"Aigul Ә": True, "Dana Ә": False}
    database.close()


def test_in_a_class_of_three_all_three_are_enough(tmp_path):
    """Small schools have classes of fewer than five: what their teachers do counts, too."""
    database = Database(f"sqlite:///{tmp_path / 'school.sqlite'}")
    database.migrate()
    world = academy_world.build(database)
    aigul, at = world.people["aigul"], datetime(2026, 10, 5, 9, tzinfo=ZONE)
    own = {"school_id": aigul.school_id, "language": "kk"}
    with database.session() as session:
        year = add(session, AcademicYear(school_id=aigul.school_id, name="2026/27", quarters=[]))
        group = add(session, ClassGroup(year_id=year.id, name="2–4", grades=[2, 3, 4], **own))
        add(
            session,
            LessonAssignment(class_id=group.id, lesson="x", assigned_by=aigul.id, assigned_at=at),
        )
        for number in range(3):
            pupil = add(session, Person(login=f"q{number}", family_name="Q", given_name="Q", **own))
            add(
                session,
                Membership(person_id=pupil.id, class_id=group.id, role="pupil", since=date(2026, 9, 1)),
            )
            answer = {"verb": "answered", "lesson": "x", "question": "q", "response": "1)"}
            answered = at + timedelta(days=number)
            add(session, LearningEvent(uuid=f"u{number}", person_id=pupil.id, at=answered, **answer))
    with database.reading() as session:
        saule = session.get_one(Person, world.people["saule"].id)
        applied = [
            {
                each.name
                for each in programme.read_standings(session, saule, date(2026, 10, day))
                if each.applied
            }
            for day in (6, 7)
        ]
    database.close()
    assert applied == [set(), {"Aigul Ә"}]


def add(session, row):
    session.add(row)
    session.flush()
    return row
