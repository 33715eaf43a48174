"""A school year ends and the next begins: who moves up, who leaves, what stays."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from portal_school import seed_once
from sqlalchemy import select

from sandyq.school import groups, people, rollover
from sandyq.school.centre.tables import Enrolment
from sandyq.school.database import Database
from sandyq.school.errors import BadField, Conflict, NotFound
from sandyq.school.tables import ClassGroup, Membership, Person, PupilGroup, School

AUTUMN = date(2027, 9, 1)
SPRING = date(2027, 4, 1)


@pytest.fixture
def session(tmp_path):
    path = tmp_path / "school.sqlite"
    path.write_bytes(seed_once()[0])
    opened = Database(f"sqlite:///{path}")
    with opened.session() as session:
        yield session
    opened.close()


@pytest.fixture
def school(session):
    return session.scalars(select(School).order_by(School.id)).first().id


def names_on(session, school, day):
    return {
        group.name: {pupil.login for pupil in people.class_pupils(session, group.id, day)}
        for group in people.list_classes(session, school, day)
    }


def test_the_proposal_is_what_one_expects(session, school):
    wanted = rollover.propose(session, school)
    assert wanted.name == "2027/28"
    assert wanted.quarters[0] == (AUTUMN, date(2027, 10, 25))
    moves = {move.was: (move.name, move.grades) for move in wanted.moves}
    assert moves == {"2–4": ("3–5", (3, 5)), "3А": ("4А", (4,)), "5Б": ("6Б", (6,)), "7А": ("8А", (8,))}
    assert sum(move.pupils for move in wanted.moves) == 60


def test_everybody_moves_up_with_their_teachers_and_last_year_stays(session, school):
    before = names_on(session, school, SPRING)
    teacher = next(
        each
        for each in people.list_teachers(session, school)
        if people.classes_of_teacher(session, each.id, SPRING)
    )
    taught = {group.name for group in people.classes_of_teacher(session, teacher.id, SPRING)}
    grades = dict(session.execute(select(Person.login, Person.grade)).all())
    done = rollover.begin_year(session, school, rollover.propose(session, school))
    assert done == rollover.Done(moved=60, left=0)
    assert names_on(session, school, SPRING) == before
    raised = {"2–4": "3–5", "3А": "4А", "5Б": "6Б", "7А": "8А"}
    assert names_on(session, school, AUTUMN) == {raised[name]: logins for name, logins in before.items()}
    assert {g.name for g in people.classes_of_teacher(session, teacher.id, AUTUMN)} == {
        raised[name] for name in taught
    }
    for login in before["7А"]:
        assert session.scalar(select(Person.grade).where(Person.login == login)) == grades[login] + 1
    assert [(year.name, len(classes)) for year, classes in rollover.list_years(session, school)] == [
        ("2027/28", 4),
        ("2026/27", 4),
    ]
    for person in session.scalars(select(Person).where(Person.grade.is_not(None))):
        lasting = [
            each for each in person.memberships if each.since <= AUTUMN and (each.until or date.max) > AUTUMN
        ]
        assert len(lasting) == 1, "in one class on any day"


def test_the_last_grade_leaves_and_a_class_that_is_given_no_name(session, school):
    seventh = session.scalars(select(ClassGroup).where(ClassGroup.name == "7А")).one()
    seventh.name, seventh.grades = "11А", [11]
    pupils = people.class_pupils(session, seventh.id)
    for pupil in pupils:
        pupil.grade = 11
    session.flush()
    wanted = rollover.propose(session, school)
    assert {move.was: move.name for move in wanted.moves}["11А"] == ""
    moves = tuple(replace(move, name="") if move.was == "5Б" else move for move in wanted.moves)
    done = rollover.begin_year(session, school, replace(wanted, moves=moves))
    assert (done.moved, done.left) == (29, 31)
    assert {pupil.left_at is None for pupil in pupils} == {False}
    assert set(names_on(session, school, AUTUMN)) == {"3–5", "4А"}
    leavers = select(Membership).where(Membership.person_id.in_([pupil.id for pupil in pupils]))
    assert all(each.until for each in session.scalars(leavers))
    in_clubs = select(Enrolment).where(Enrolment.person_id.in_([pupil.id for pupil in pupils]))
    ends = [each.until for each in session.scalars(in_clubs)]
    assert ends and None not in ends, "they would take places and be marked for ever"


def test_the_eleventh_grade_of_a_combined_class_leaves(session, school):
    group = session.scalars(select(ClassGroup).where(ClassGroup.name == "2–4")).one()
    group.name, group.grades = "10–11", [10, 11]
    for pupil in people.class_pupils(session, group.id):
        pupil.grade = {2: 10, 4: 11}[pupil.grade]
    session.flush()
    wanted = rollover.propose(session, school)
    move = next(move for move in wanted.moves if move.was == "10–11")
    assert (move.name, move.grades) == ("11", (11,))
    done = rollover.begin_year(session, school, wanted)
    assert done.left == 7
    renamed = {group.name: group for group in people.list_classes(session, school, AUTUMN)}
    assert {pupil.grade for pupil in people.class_pupils(session, renamed[move.name].id, AUTUMN)} == {11}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda w: replace(w, name=" "), "name"),
        (lambda w: replace(w, quarters=w.quarters[:3]), "quarter-1"),
        (
            lambda w: replace(w, quarters=((date(2027, 5, 1), date(2027, 10, 1)), *w.quarters[1:])),
            "quarter-1",
        ),
        (lambda w: replace(w, quarters=(*w.quarters[:3], (w.quarters[3][0], w.quarters[3][0]))), "quarter-4"),
        (lambda w: replace(w, moves=tuple(replace(m, name="5А") for m in w.moves)), "class-2"),
        (lambda w: replace(w, moves=tuple(replace(m, grades=()) for m in w.moves)), "class-1"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(session, school, change, field):
    with pytest.raises(BadField) as refused:
        rollover.begin_year(session, school, change(rollover.propose(session, school)))
    assert refused.value.field.split("-")[0] == field.split("-")[0]


def test_a_year_begins_once_and_no_class_is_left_behind(session, school):
    wanted = rollover.propose(session, school)
    with pytest.raises(Conflict, match="changed meanwhile"):
        rollover.begin_year(session, school, replace(wanted, moves=wanted.moves[1:]))
    rollover.begin_year(session, school, wanted)
    with pytest.raises(Conflict, match="there already"):
        rollover.begin_year(session, school, wanted)
    with pytest.raises(Conflict, match=f"{wanted.name} begins on 01.09."):
        rollover.begin_year(session, school, rollover.propose(session, school))
    with pytest.raises(NotFound):
        rollover.propose(session, 999)


def test_after_a_late_start_nobody_is_in_two_classes(session, school):
    """The operator does it in November, when the old year's quarters are long over."""
    wanted = rollover.propose(session, school)
    year = rollover.newest_year(session, school)
    shift = timedelta(days=400)
    year.quarters = [
        {name: (date.fromisoformat(day) - shift).isoformat() for name, day in each.items()}
        for each in year.quarters
    ]
    session.flush()
    earlier = tuple((begins - shift, ends - shift) for begins, ends in wanted.quarters)
    rollover.begin_year(session, school, replace(wanted, name="2026/27 II", quarters=earlier))
    from sandyq.school.database import today

    for person in session.scalars(select(Person).where(Person.grade.is_not(None))):
        assert people.class_of_pupil(session, person.id, today()).name in {"3–5", "4А", "6Б", "8А"}


def test_groups_go_along_with_those_of_their_pupils_who_do(session, school):
    wanted = rollover.propose(session, school)
    combined = session.scalar(select(ClassGroup).where(ClassGroup.name == "7А"))
    staying, leaving, alone = people.class_pupils(session, combined.id)[:3]
    for name, pupils in (("English 1", [staying, leaving]), ("Leavers", [leaving, alone])):
        groups.make_group(session, combined.id, name, [each.id for each in pupils])
    leaving.grade = alone.grade = rollover.LAST_GRADE
    rollover.begin_year(session, school, wanted)
    after = session.scalar(select(ClassGroup).where(ClassGroup.name == "8А"))
    made = session.scalars(select(PupilGroup).where(PupilGroup.class_id == after.id)).all()
    assert [(each.name, [member.person_id for member in each.members]) for each in made] == [
        ("English 1", [staying.id])
    ]
    assert len(groups.groups_of_class(session, combined.id)) == 2, "last year's stay to be looked at"
