"""The year of support in the database: what counts as given, who hears of the silent, whose pictures one may see."""

from datetime import date, datetime, timedelta

import pytest
from tests.unit.academy_world import TODAY, build

from sandyq.school.academy import issuing, support, tables
from sandyq.school.academy.evidence import may_see_photo
from sandyq.school.academy.members import list_members
from sandyq.school.database import ZONE
from sandyq.school.errors import Conflict, NotAllowed
from sandyq.school.journal import BadEdit
from sandyq.school.tables import (
    AcademicYear,
    ClassGroup,
    LearningEvent,
    LessonAssignment,
    Membership,
    Person,
    PersonRole,
)

PHOTO = "ab" * 32
LOGINS = (
    "aigul",
    "bolat",
    "head",
    "dana",
    "yerlan",
    "saule",
    "kairat",
    "expert",
    "gulnar",
    "pupil",
    "operator",
)


@pytest.fixture
def world(database):
    return build(database)


def ask(world, who, function, *values):
    with world.database.reading() as session:
        return function(session, session.get_one(Person, world.people[who].id), *values)


def show(world, who="aigul", **values):
    fields = {
        "task": "month:1", "on": "2026-11-01", "kind": "reflection", "text": "Сабақ өтті",
        "participant_id": world.ids[who],
    }  # fmt: skip
    return world.change(who, "evidence", fields | values)


def give_lesson(world, *, who="aigul", lesson="bread", pupils=6, answered=4, day=date(2026, 10, 25)):
    """A class of pupils, a lesson given to it, answers of some of them, twice each; one left the class before."""
    with world.database.session() as session:
        teacher = session.get_one(Person, world.people[who].id)
        year = AcademicYear(school_id=teacher.school_id, name=f"2026/27 {lesson}", quarters=[])
        session.add(year)
        session.flush()
        group = ClassGroup(school_id=teacher.school_id, year_id=year.id, name="5А", grades=[5], language="kk")
        session.add(group)
        session.flush()
        at = datetime(day.year, day.month, day.day, 10, tzinfo=ZONE)
        given = LessonAssignment(class_id=group.id, lesson=lesson, assigned_by=teacher.id, assigned_at=at)
        session.add(given)
        for number in range(pupils + 1):
            child = Person(
                school_id=teacher.school_id, login=f"{lesson}-{number}", family_name="О", given_name=str(number),
                grade=5, roles=[PersonRole(role="pupil")],
            )  # fmt: skip
            session.add(child)
            session.flush()
            until = date(2026, 10, 1) if number == pupils else None
            session.add(
                Membership(
                    person_id=child.id, class_id=group.id, role="pupil", since=date(2026, 9, 1), until=until
                )
            )
            for time in range(2 if number < answered else 0):
                session.add(
                    LearningEvent(
                        uuid=f"{lesson}-{number}-{time}", person_id=child.id, verb="answered", lesson=lesson,
                        question=f"q{time}", response="1", at=at + timedelta(hours=time),
                    )
                )  # fmt: skip
        session.flush()
        return given.id


def test_a_lesson_is_counted_by_its_pupils_not_by_their_answers(world):
    number = give_lesson(world)
    (given,) = ask(world, "aigul", support.list_given, TODAY)
    assert given == {
        "id": number, "person_id": world.people["aigul"].id, "on": "2026-10-25", "lesson": "bread",
        "group": "5А", "pupils": 6, "answered": 4,
    }  # fmt: skip


def test_a_lesson_from_before_the_course_is_no_fruit_of_it(world):
    give_lesson(world, day=date(2026, 9, 9))
    assert ask(world, "aigul", support.list_given, TODAY) == []


def test_only_the_teacher_and_their_coach_learn_how_many_answered(world):
    give_lesson(world)
    sees = {login for login in LOGINS if ask(world, login, support.list_given, TODAY)}
    assert sees == {"aigul", "saule"}


def test_a_lesson_is_shown_once_and_only_by_who_gave_it(world):
    number = give_lesson(world)
    row = show(world, kind="lesson", data={"given": number})
    with pytest.raises(Conflict):
        show(world, task="month:2", kind="lesson", data={"given": number})
    with pytest.raises(BadEdit):
        show(world, "dana", kind="lesson", data={"given": number})
    with pytest.raises(BadEdit):
        show(world, kind="lesson", data={"given": "1"})
    world.change("aigul", "evidence", {"text": "Толықтырдым"}, row, 1)
    world.change("aigul", "evidence", None, row, 2)
    assert show(world, kind="lesson", data={"given": number})


def review(world, row, **data):
    said = {"sheet": "evidence", "row_id": row, "kind": "review", "on": "2026-11-02", "data": data}
    return world.change("saule", "reply", said)


@pytest.mark.parametrize(("task", "seen"), [("month:1", {"version": 2}), ("practice:items", {})])
def test_what_was_accepted_stays_as_it_was_read(world, task, seen):
    row = show(world, task=task)
    review(world, row, accepted=False)
    world.change("aigul", "evidence", {"text": "Толықтырдым"}, row, 1)
    review(world, row, accepted=True, **seen)
    with pytest.raises(Conflict):
        world.change("aigul", "evidence", {"text": "Басқа сөз"}, row, 2)
    review(world, row, accepted=False)
    world.change("aigul", "evidence", {"text": "Түзеттім"}, row, 2)


def test_what_was_accepted_for_a_month_is_no_practice(world):
    row = show(world)
    review(world, row, accepted=True, version=1)
    for other in ({"task": "practice:items"}, {"task": "month:2"}, {"participant_id": world.ids["dana"]}):
        with pytest.raises((BadEdit, NotAllowed)):
            world.change("aigul", "evidence", other, row, 1)
    with world.database.reading() as session:
        participant = session.get_one(tables.Participant, world.ids["aigul"])
        training = session.get_one(tables.Training, world.ids["training"])
        assert issuing.read_progress(session, participant, training).accepted == 0


def test_an_item_of_the_library_is_shown_once_and_only_by_who_wrote_it(world):
    item = {
        "kind": "item",
        "title": "Автобус",
        "language": "kk",
        "licence": "CC BY 4.0",
        "body": "%%choice id=a",
    }
    own = world.change("aigul", "resource", item)
    plan = world.change("aigul", "resource", item | {"kind": "plan"})
    others = world.change("dana", "resource", item | {"state": "offered"})
    assert ask(world, "aigul", support.list_own_items, TODAY) == [{"id": own, "title": "Автобус"}]
    assert show(world, kind="items", data={"items": [own]})
    with pytest.raises(Conflict):
        show(world, task="month:2", kind="items", data={"items": [own]})
    for wrong in ([plan], [others], [{}], own):
        with pytest.raises(BadEdit):
            show(world, kind="items", data={"items": wrong})


@pytest.mark.parametrize(
    "data",
    [{"pupils": 5, "before": 2, "after": 6}, {"pupils": 5, "before": -1}, {"pupils": "5"}, {"after": 1.5}],
)
def test_numbers_that_cannot_be_are_refused(world, data):
    with pytest.raises(BadEdit):
        show(world, kind="results", data=data)
    assert show(world, kind="results", data={"pupils": 5, "before": 2, "after": 5})


def test_a_visit_says_something_and_the_next_one_comes_later(world):
    visit = {"person_id": world.people["aigul"].id, "on": "2026-11-10", "kind": "visit", "saw": "Сабақ"}
    for wrong in ({"saw": " "}, {"next_on": "2026-11-10"}):
        with pytest.raises(BadEdit):
            world.change("saule", "coach_visit", visit | wrong)
    assert world.change("saule", "coach_visit", visit | {"next_on": "2026-12-10"})


def test_the_silent_are_told_to_who_looks_after_them_the_longest_first(world):
    later = date(2027, 1, 15)
    show(world, "dana", on="2026-11-20")
    names = {login: [each.name for each in ask(world, login, support.list_silent, later)] for login in LOGINS}
    aigul, dana = (world.people[login].full_name for login in ("aigul", "dana"))
    assert names["saule"] == names["gulnar"] == [aigul, dana]
    assert names["head"] == [aigul] and names["yerlan"] == [dana]
    assert not any(names[login] for login in set(LOGINS) - {"saule", "gulnar", "head", "yerlan"})
    first, second = ask(world, "saule", support.list_silent, later)
    assert (first.since, first.days) == (date(2026, 9, 10), 127)
    assert (second.since, second.days) == (date(2026, 11, 20), 56)


def test_nobody_is_silent_who_was_heard_of_or_whose_year_is_over(world):
    show(world, on="2026-11-20")
    names = [each.name for each in ask(world, "saule", support.list_silent, date(2026, 12, 20))]
    assert names == [world.people["dana"].full_name]
    assert ask(world, "saule", support.list_silent, date(2028, 1, 15)) == []


def test_a_picture_is_seen_by_who_sees_the_evidence(world):
    row = show(world, kind="photo", photo=PHOTO)
    seen = {login for login in LOGINS if ask(world, login, may_see_photo, PHOTO)}
    assert seen == {"aigul", "saule", "head", "gulnar"}
    world.change("aigul", "evidence", None, row, 1)
    assert not any(ask(world, login, may_see_photo, PHOTO) for login in LOGINS)


def test_members_know_each_others_name_and_school_and_nothing_more(world):
    own = {"community_id": None, "subject": "Химия", "languages": ["kk"], "slots": []}
    world.change("bolat", "academy_profile", own)
    known = ask(world, "dana", list_members, TODAY)
    assert {each["name"].split()[0].lower() for each in known} == {
        "aigul", "dana", "bolat", "yerlan", "saule", "kairat", "expert", "head", "gulnar",
    }  # fmt: skip
    assert all(
        set(each) == {"id", "name", "school", "school_id", "roles", "community_id", "subject"}
        for each in known
    )
    assert next(each for each in known if each["name"].startswith("Bolat"))["subject"] == "Химия"
    for nobody in ("pupil", "operator"):
        assert ask(world, nobody, list_members, TODAY) == []


def test_a_coach_reviews_their_own_people_and_a_visit_is_read_by_whom_it_is_about(world):
    row = show(world)
    review = {"sheet": "evidence", "row_id": row, "kind": "review", "on": "2026-11-05", "text": "Жарайды"}
    world.change("saule", "reply", review | {"data": {"accepted": True, "version": 1}})
    for login in ("kairat", "head", "aigul", "dana", "expert"):
        with pytest.raises(NotAllowed):
            world.change(login, "reply", review)
    assert len(world.read("aigul", "reply")) == len(world.read("head", "reply")) == 1
    assert world.read("dana", "reply") == world.read("kairat", "reply") == []
    visit = {"person_id": world.people["aigul"].id, "on": "2026-11-10", "kind": "call", "advice": "Бір қадам"}
    world.change("saule", "coach_visit", visit)
    sees = {login for login in LOGINS[:-2] if world.read(login, "coach_visit")}
    assert sees == {"aigul", "saule", "head", "gulnar"}
