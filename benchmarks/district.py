# ruff: noqa: E501, PLR0917
"""A district of 30 schools in its second year: 90 administrators, 500 teachers, a year of what they did; invented."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from large_school import BOYS, FAMILIES, FATHERS, GIRLS, PASSWORD
from rehearsal import Demo, open_folder
from sandyq.school.academy import tables as t
from sandyq.school.credentials import Secret, hash_secret
from sandyq.school.database import Database
from sandyq.school.tables import (
    AcademicYear,
    ClassGroup,
    Credential,
    LearningEvent,
    LessonAssignment,
    Membership,
    Person,
    PersonRole,
    School,
)
from sandyq.settings import Settings

SCHOOLS, ADMINISTRATORS, TEACHERS, COMMUNITIES = 30, 90, 500, 7
PUPILS: Final = 10
"""Of each teacher's class."""
FIRST_PUPIL: Final = 100_000
"""Below the ids of all pupils."""
SUBJECTS: Final = ("maths", "reading", "science", "history", "informatics", "primary")
LESSONS: Final = (
    "passphrase",
    "scam-message",
    "two-posts",
    "electricity-bill",
    "fever-chart",
    "village-weather",
)
MODULES: Final = ("items", "analysis", "assessment", "combined", "lesson-study", "self-check")
GROUP_SIZE: Final = 20
TOPICS: Final = tuple(f"topic{number}" for number in range(14))
TODAY: Final = date(2026, 11, 26)
YEAR: Final = "2026/27"


@dataclass
class District:
    office: School
    schools: list[School] = field(default_factory=list)
    chief: Person | None = None
    """Of the district's office: sees everybody."""
    coaches: list[Person] = field(default_factory=list)
    administrators: list[Person] = field(default_factory=list)
    teachers: list[Person] = field(default_factory=list)
    groups: list[t.TrainingGroup] = field(default_factory=list)


def build(session: Session, today: date = TODAY) -> District:
    """Add the district to an empty, migrated database."""
    chance = Random(30)  # noqa: S311 # invented data
    office = _add(session, School(name="Аудандық әдістемелік кабинет", language="kk"))
    made = District(office)
    made.chief = _person(session, office, "district1", "district", chance)
    made.coaches = [_person(session, office, f"coach{n}", "coach", chance) for n in range(10)]
    communities = [
        _add(session, t.Community(school_id=office.id, names={"kk": f"Қауымдастық {n}", "ru": f"Сообщество {n}"}, example=True))
        for n in range(1, COMMUNITIES + 1)
    ]  # fmt: skip
    for number in range(SCHOOLS):
        school = _add(
            session, School(name=f"{number + 1:02}-мектеп", language="ru" if number % 3 == 2 else "kk")
        )
        made.schools.append(school)
        place = {"latitude": 51 + chance.random() * 0.9, "longitude": 71 + chance.random() * 1.5}
        _add(session, t.SchoolPlace(school_id=school.id, **place))
    for number in range(ADMINISTRATORS):
        school = made.schools[number % SCHOOLS]
        made.administrators.append(_person(session, school, f"head{number}", "administrator", chance))
    for number in range(TEACHERS):
        school = made.schools[number % SCHOOLS]
        made.teachers.append(_person(session, school, f"teacher{number}", "teacher", chance))
    for number, person in enumerate((*made.teachers, *made.administrators)):
        session.add(_profile(person, communities[number % COMMUNITIES], chance))
    _add_courses(session, made, chance, today)
    _add_classes(session, made, chance, today)
    secret = hash_secret(Secret("password", PASSWORD))
    for person in (made.chief, *made.coaches, *made.administrators[:SCHOOLS]):
        session.add(Credential(person_id=person.id, kind=secret.kind, secret_hash=secret.hash))
    return made


@contextmanager
def running_district():
    """A server with the district; its office's ``district1``, ``coach0`` … and ``head0`` … sign in with PASSWORD.

    Its pupils have left: none signs in here, and the hub would make a user of each of 5000 before it opens.
    """
    with open_folder() as folder:
        home = folder / "home"
        home.mkdir(mode=0o700)
        (home / "school").mkdir(mode=0o700)
        database = Database(Settings(home=home).database_url)
        database.migrate()
        with database.session() as session:
            build(session, date.today())
            away = (
                update(Person)
                .where(Person.id > FIRST_PUPIL)
                .values(left_at=datetime(2026, 11, 1, tzinfo=UTC))
            )
            session.execute(away)
        database.close()
        demo = Demo(home).start()
        try:
            yield demo
        finally:
            demo.stop()


def _add(session: Session, row: Any) -> Any:
    session.add(row)
    session.flush()
    return row


def _person(session: Session, school: School, login: str, role: str, chance: Random) -> Person:
    girl = chance.random() < 0.7
    person: Person = _add(
        session,
        Person(
            school_id=school.id, login=login, family_name=chance.choice(FAMILIES),
            given_name=chance.choice(GIRLS if girl else BOYS), patronymic=chance.choice(FATHERS) + ("қызы" if girl else "ұлы"),
            language=school.language, roles=[PersonRole(role=role)],
        ),
    )  # fmt: skip
    return person


def _profile(person: Person, community: t.Community, chance: Random) -> t.AcademyProfile:
    hours = [f"{day}-{hour}" for day in range(5) for hour in (14, 15, 16, 17)]
    return t.AcademyProfile(
        school_id=person.school_id, by=person.id, community_id=community.id, subject=chance.choice(SUBJECTS),
        languages=chance.choice((["kk"], ["kk"], ["ru"], ["kk", "ru"])), slots=chance.sample(hours, chance.randint(1, 4)),
    )  # fmt: skip


def _add_courses(session: Session, made: District, chance: Random, today: date) -> None:
    """Groups of twenty, begun over the last year; not everybody comes, is heard of, or passes."""
    for programme, people in (("literacy", made.teachers), ("management", made.administrators)):
        modules = [{"key": key, "names": {"kk": key}, "lesson": ""} for key in MODULES]
        training = _add(
            session,
            t.Training(
                school_id=made.office.id, programme=programme, names={"kk": programme, "ru": programme},
                modules=modules, pass_share=0.6, example=True,
            ),
        )  # fmt: skip
        for first in range(0, len(people), GROUP_SIZE):
            _add_group(session, made, training, people[first : first + GROUP_SIZE], chance, today)


def _add_group(
    session: Session, made: District, training: t.Training, people: list[Person], chance: Random, today: date
) -> None:
    number = len(made.groups)
    coach = made.coaches[number % len(made.coaches)]
    starts = today - timedelta(days=30 + 11 * (number % 30))
    group = _add(
        session,
        t.TrainingGroup(
            school_id=made.office.id, training_id=training.id, name=f"{number + 1}-топ", facilitator_id=coach.id,
            coach_id=coach.id, starts_on=starts, ends_on=starts + timedelta(days=60),
        ),
    )  # fmt: skip
    made.groups.append(group)
    sessions = [
        _add(
            session,
            t.TrainingSession(
                school_id=made.office.id, group_id=group.id, module=module, on=starts + timedelta(days=10 * place),
                starts="15:00", minutes=90,
            ),
        )
        for place, module in enumerate(MODULES)
    ]  # fmt: skip
    for person in people:
        zeal = chance.random()
        participant = _add(
            session, t.Participant(school_id=person.school_id, group_id=group.id, person_id=person.id)
        )
        for meeting in sessions:
            if meeting.on <= today:
                state = chance.choice(("present", "online")) if chance.random() < 0.3 + zeal else "absent"
                session.add(
                    t.TrainingPresence(
                        school_id=person.school_id, session_id=meeting.id, person_id=person.id, state=state
                    )
                )
        _add_year(session, participant, group, person, coach, zeal, chance, today)
    session.flush()


def _add_year(  # a year has many sides
    session: Session, participant: t.Participant, group: t.TrainingGroup, person: Person, coach: Person,
    zeal: float, chance: Random, today: date,
) -> None:  # fmt: skip
    if group.ends_on <= today and zeal > 0.35:
        session.add(
            t.Certificate(
                school_id=person.school_id, participant_id=participant.id, person_id=person.id,
                number=f"{group.id}-{participant.id}", signed="", on=group.ends_on,
            )
        )  # fmt: skip
    for month in range(1, 10):
        day = group.ends_on + timedelta(days=30 * month)
        if day > today or chance.random() > zeal:
            continue
        task = f"practice:{chance.choice(MODULES)}" if month <= 2 else f"month:{month}"
        evidence = _add(
            session,
            t.Evidence(
                school_id=person.school_id, by=person.id, participant_id=participant.id, task=task, on=day,
                kind="reflection", text="…",
            ),
        )  # fmt: skip
        if chance.random() < 0.8:
            session.add(
                t.Reply(
                    school_id=coach.school_id, by=coach.id, sheet="evidence", row_id=evidence.id, kind="review",
                    data={"accepted": chance.random() < 0.9}, on=min(today, day + timedelta(days=3)),
                )
            )  # fmt: skip


def _add_classes(session: Session, made: District, chance: Random, today: date) -> None:
    """Each teacher has a class; some give it lessons, and pupils answer."""
    years = {
        school.id: _add(session, AcademicYear(school_id=school.id, name=YEAR, quarters=_quarters()))
        for school in made.schools
    }
    pupils, roles, members, events = [], [], [], []
    number = 0
    for place, teacher in enumerate(made.teachers):
        group = _add(
            session,
            ClassGroup(
                school_id=teacher.school_id, year_id=years[teacher.school_id].id, name=f"{5 + place % 5}-{place}",
                grades=[5 + place % 5], language=teacher.language,
            ),
        )  # fmt: skip
        ids = []
        for _ in range(PUPILS):
            number += 1
            ids.append(FIRST_PUPIL + number)
            pupils.append({
                "id": ids[-1], "school_id": teacher.school_id, "login": f"p{number}", "family_name": chance.choice(FAMILIES),
                "given_name": chance.choice(GIRLS + BOYS), "patronymic": "", "language": teacher.language, "grade": 5 + place % 5,
                "created_at": datetime(2026, 9, 1, tzinfo=UTC),
            })  # fmt: skip
            roles.append({"person_id": ids[-1], "role": "pupil"})
        since = date(2025, 9, 1)
        members += [
            {"person_id": each, "class_id": group.id, "role": "pupil", "since": since} for each in ids
        ]
        members.append({"person_id": teacher.id, "class_id": group.id, "role": "teacher", "since": since})
        events += _give_lessons(session, group, teacher, ids, chance, today)
    for table, rows in (
        (Person, pupils),
        (PersonRole, roles),
        (Membership, members),
        (LearningEvent, events),
    ):
        session.execute(insert(table), rows)
    session.flush()


def _give_lessons(  # who, whom, what, when
    session: Session, group: ClassGroup, teacher: Person, pupils: list[int], chance: Random, today: date
) -> list[dict[str, Any]]:
    events = []
    if chance.random() < 0.3:
        return events
    for lesson in chance.sample(LESSONS, chance.randint(1, 5)):
        at = datetime.combine(today - timedelta(days=chance.randint(1, 330)), datetime.min.time(), UTC)
        at += timedelta(hours=4)
        session.add(
            LessonAssignment(class_id=group.id, lesson=lesson, assigned_by=teacher.id, assigned_at=at)
        )
        for pupil in chance.sample(pupils, chance.choice((2, 4, 8, 10, 10))):
            for question in range(5):
                events.append({
                    "uuid": str(UUID(int=chance.getrandbits(128))), "person_id": pupil, "verb": "answered", "lesson": lesson,
                    "question": f"q{question}", "response": "1)", "score": 1.0, "max_score": 1.0,
                    "at": at + timedelta(hours=1, minutes=question),
                })  # fmt: skip
    return events


def _quarters() -> list[dict[str, str]]:
    return [
        {"starts": "2026-09-01", "ends": "2026-10-25"},
        {"starts": "2026-11-02", "ends": "2026-12-27"},
        {"starts": "2027-01-08", "ends": "2027-03-19"},
        {"starts": "2027-03-29", "ends": "2027-05-25"},
    ]
