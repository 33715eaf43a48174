# ruff: noqa: E501, PLR0917
"""A school of 600 with 40 clubs and 12 rooms, invented, the same from run to run: for tests and benches of the apps."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from rehearsal import Demo, open_folder
from sandyq.school.centre.survey import open_surveys, record_answer
from sandyq.school.centre.tables import Chest, Child, Club, Enrolment, Room, Route, Slot, Wish
from sandyq.school.credentials import Secret, hash_secret
from sandyq.school.database import Database, today
from sandyq.school.people import find_person
from sandyq.school.registry import SHEETS
from sandyq.school.sample_data import QUARTERS
from sandyq.school.tables import AcademicYear, ClassGroup, Credential, Membership, Person, PersonRole, School
from sandyq.settings import Settings
from sandyq.surveys import Question
from sandyq_apps.kit.desk import Row
from sandyq_apps.timetable_desk import read_school
from sandyq_apps.timetable_model import School as Week
from sandyq_apps.timetable_week import Wish as Wanted

CHILDREN, CLUBS, ROOMS, LEADERS = 600, 40, 12, 10
GIRLS = [
    "Аружан",
    "Айзере",
    "Томирис",
    "Медина",
    "Инжу",
    "Көркем",
    "Раяна",
    "Зере",
    "Дария",
    "Камила",
    "Алина",
    "София",
    "Жанель",
    "Аяла",
    "Мәриям",
    "Нұрай",
]
BOYS = [
    "Данияр",
    "Ерасыл",
    "Нұрислам",
    "Әлихан",
    "Санжар",
    "Рамазан",
    "Тимур",
    "Артём",
    "Богдан",
    "Мирас",
    "Алдияр",
    "Ислам",
    "Арлан",
    "Бекарыс",
    "Эмир",
    "Қайсар",
]
FAMILIES = [
    "Әбенов",
    "Бекболат",
    "Досжанов",
    "Ержанов",
    "Жақсыбек",
    "Исабаев",
    "Кенжебек",
    "Қасымов",
    "Мұратбек",
    "Нұрғали",
    "Оспанов",
    "Өтеген",
    "Сәрсенбай",
    "Төлеген",
    "Ұзақбай",
    "Шәріп",
    "Айтбаев",
    "Базарбек",
    "Есенов",
    "Жүнісов",
    "Қуаныш",
    "Омаров",
    "Райымбек",
    "Сапаров",
    "Тұрсын",
    "Халел",
    "Ысқақов",
    "Петренко",
    "Морозов",
    "Вебер",
    "Ким",
    "Шмидт",
]
FATHERS = ["Ерлан", "Асқар", "Марат", "Нұрлан", "Серік", "Болат", "Қайрат", "Тимур", "Дәурен", "Бақыт"]
KINDS = ("", "", "", "", "", "", "computers", "computers", "gym", "workshop", "music", "")
TOPICS = (
    "Робот құрастыру", "Домбыра", "Өлкетану", "Волейбол", "Дебат", "Шахмат", "Сурет салу", "Табиғат", "Футбол", "Тілдер",
)  # fmt: skip
PASSWORD = "тоғыз-қоян-жүгіреді"  # noqa: S105 # of invented people


@dataclass
class LargeSchool:
    school: School
    leaders: list[Person] = field(default_factory=list)
    """They may change everything and sign in with PASSWORD; the even ones read Russian, the others Kazakh."""
    children: list[Person] = field(default_factory=list)
    clubs: list[Club] = field(default_factory=list)
    rooms: list[Room] = field(default_factory=list)


def build(session: Session, today: date = date(2026, 11, 24), *, enrolled: bool = True) -> LargeSchool:
    """Add the school to an empty, migrated database; ``enrolled``: two children of three are in a club or two."""
    chance = Random(7)  # noqa: S311 # invented data
    made = LargeSchool(_add(session, School(name="Үлкен мектеп", language="kk")))
    school = made.school.id
    year = AcademicYear(school_id=school, name="2026/27", quarters=QUARTERS)
    _add(session, year)
    teachers = [_person(session, school, f"teacher{n}", "teacher", "kk", chance, n % 2) for n in range(20)]
    made.leaders = [
        _person(session, school, f"leader{n}", "leader", "ru" if n % 2 == 0 else "kk", chance, 0)
        for n in range(1, LEADERS + 1)
    ]
    secret = hash_secret(Secret("password", PASSWORD))
    for leader in made.leaders:
        _add(session, Credential(person_id=leader.id, kind=secret.kind, secret_hash=secret.hash))
    routes = [
        _add(
            session, Route(school_id=school, name=f"Ауыл {n}", leaves={str(day): leaves for day in range(5)})
        )
        for n, leaves in enumerate(("16:00", "17:30", "17:30"), 1)
    ]
    _add_children(session, made, year, routes, chance, today)
    made.rooms = [
        _add(
            session,
            Room(school_id=school, name=f"{n + 1:02}-кабинет", seats=30 if kind == "gym" else 16, kind=kind),
        )
        for n, kind in enumerate(KINDS)
    ]
    for weekday, (starts, ends, shift) in product(
        range(5), (("09:00", "10:15", 2), ("10:30", "11:45", 2), ("14:30", "15:45", 1), ("16:00", "17:15", 1))
    ):
        _add(session, Slot(school_id=school, weekday=weekday, starts=starts, ends=ends, shift=shift))
    _add_clubs(session, made, teachers, chance)
    _add_wishes(session, made, chance)
    if enrolled:
        _enrol(session, made, chance)
    return made


def _add(session: Session, row):
    session.add(row)
    session.flush()
    return row


def _person(
    session: Session, school: int, login: str, role: str, language: str, chance: Random, sex: int, grade=None
):
    girl = sex == 0
    family, father = chance.choice(FAMILIES), chance.choice(FATHERS)
    return _add(
        session,
        Person(
            school_id=school, login=login, family_name=family, given_name=chance.choice(GIRLS if girl else BOYS),
            patronymic=father + ("қызы" if girl else "ұлы"), language=language, grade=grade, roles=[PersonRole(role=role)],
        ),
    )  # fmt: skip


def _add_children(
    session, made: LargeSchool, year: AcademicYear, routes: list[Route], chance: Random, today: date
) -> None:
    school, groups = made.school.id, []
    for grade, letter in product(range(1, 11), "АӘБ"):
        language = "ru" if letter == "Б" else "kk"
        group = ClassGroup(
            school_id=school, year_id=year.id, name=f"{grade}{letter}", grades=[grade], language=language
        )
        groups.append(_add(session, group))
    since = min(date(2026, 9, 1), today)
    for number in range(CHILDREN):
        group = groups[number % len(groups)]
        sex = number % 2
        child = _person(
            session, school, f"child{number}", "pupil", group.language, chance, sex, group.grades[0]
        )
        made.children.append(child)
        session.add(Membership(person_id=child.id, class_id=group.id, role="pupil", since=since))
        route = routes[number % 10] if number % 10 < len(routes) else None
        session.add(
            Child(
                school_id=school, person_id=child.id, sex="fm"[sex], village=route.name if route else "Ақбұлақ",
                shift=2 if group.grades[0] in (2, 3, 6) else 1, route_id=route.id if route else None,
                priority="көпбалалы отбасы" if number % 17 == 0 else "",
            )
        )  # fmt: skip
    session.flush()


def _add_clubs(session, made: LargeSchool, teachers: list[Person], chance: Random) -> None:
    school = made.school.id
    chests = [
        _add(session, Chest(school_id=school, position=n, names={"kk": f"Сандық {n}", "ru": f"Сундук {n}", "en": f"Chest {n}"}, example=True))
        for n in range(1, 6)
    ]  # fmt: skip
    for number in range(CLUBS):
        kind = (
            "gym"
            if number % 10 in (3, 8)
            else "computers"
            if number % 10 == 0
            else "music"
            if number % 10 == 1
            else ""
        )
        low = chance.choice((1, 1, 3, 5, 5, 7))
        made.clubs.append(
            _add(
                session,
                Club(
                    school_id=school, chest_id=chests[number % 5].id, leader_id=teachers[number % 20].id,
                    name=f"{TOPICS[number % 10]} {number // 10 + 1}", language=("", "kk", "ru")[number % 3] if number % 4 else "",
                    grade_from=low, grade_to=min(low + chance.choice((3, 5, 6)), 11), least=8,
                    capacity=chance.choice((12, 15, 15)), meetings=2 if number % 8 == 0 else 1, room_kind=kind,
                ),
            )
        )  # fmt: skip


def _suits(club: Club, child: Person) -> bool:
    return club.grade_from <= (child.grade or 0) <= club.grade_to and club.language in ("", child.language)


def _add_wishes(session, made: LargeSchool, chance: Random) -> None:
    for number, child in enumerate(made.children):
        fitting = [club for club in made.clubs if _suits(club, child)]
        for rank, club in enumerate(chance.sample(fitting, min(len(fitting), number % 4)), 1):
            session.add(Wish(school_id=made.school.id, person_id=child.id, club_id=club.id, rank=rank))
    session.flush()


def _enrol(session, made: LargeSchool, chance: Random) -> None:
    places = {club.id: club.capacity for club in made.clubs}
    for child in made.children:
        if chance.random() > 0.66:
            continue
        fitting = [club for club in made.clubs if _suits(club, child) and places[club.id]]
        for club in chance.sample(fitting, min(len(fitting), chance.choice((1, 1, 2)))):
            places[club.id] -= 1
            session.add(
                Enrolment(
                    school_id=made.school.id, club_id=club.id, person_id=child.id, since=date(2026, 9, 15)
                )
            )
    session.flush()


class Sheets:
    """What an app's desk reads, straight from the database."""

    today = "2026-11-24"

    def __init__(self, session: Session) -> None:
        leader = find_person(session, "leader1")
        self.kept = {
            name: [Row(row) for row in sheet.rows(session, leader)] for name, sheet in SHEETS.items()
        }

    def rows(self, sheet):
        return self.kept[sheet]

    def find(self, sheet, row_id):
        return next((row for row in self.kept[sheet] if row.id == row_id), None)


def read_week(folder: Path) -> Week:
    """Return the school as the timetable's solver has it."""
    database = Database(f"sqlite:///{folder / 'school.sqlite'}")
    database.migrate()
    with database.session() as session:
        build(session)
        session.flush()
        read = read_school(Sheets(session))
    database.close()
    return read


def close_halls(week: Week) -> Week:
    """Return the same with wishes that cannot all be kept: no hall is open late, and clubs need one."""
    gyms = [room.id for room in week.rooms if room.kind == "gym"]
    late = tuple(slot.id for slot in week.slots[3:])
    wishes = [Wanted(n, "not_slots", room=gym, slots=late, must=True) for n, gym in enumerate(gyms)]
    return replace(week, wishes=wishes)


def answer_survey(session: Session, survey: int, but: Collection[str] = ()) -> None:
    """Have two children of three answer an open survey, none of the logins in ``but``."""
    chance = Random(5)  # noqa: S311 # invented answers
    for person in session.scalars(select(Person).order_by(Person.id)).all():
        if "pupil" not in person.role_names or person.login in but or chance.random() > 0.66:
            continue
        found = next(each for each in open_surveys(session, person, today()) if each.survey.id == survey)
        answers = {question.id: _choose_answer(question, chance) for question in found.questions}
        record_answer(session, person, survey, answers, what="…", on=today())


def _choose_answer(question: Question, chance: Random) -> Any:
    numbers = range(1, len(question.options) + 1)
    match question.kind:
        case "several":
            return sorted(chance.sample(numbers, chance.choice((1, 2, 3))))
        case "rank":
            return chance.sample(numbers, 3)
        case "scale":
            return chance.randint(1, 5)
        case "yesno":
            return chance.random() < 0.5
    return chance.choice(["Шахмат", "Тоғызқұмалақ", "3D"])


@contextmanager
def running_large_school():
    """A server with 600 children, 40 clubs and 12 rooms; ``leader1`` reads Kazakh, ``leader2`` Russian."""
    with open_folder() as folder:
        home = folder / "home"
        home.mkdir(mode=0o700)
        settings = Settings(home=home)
        (home / "school").mkdir(mode=0o700)
        database = Database(settings.database_url)
        database.migrate()
        with database.session() as session:
            build(session, today())
        database.close()
        demo = Demo(home).start()
        try:
            yield demo
        finally:
            demo.stop()
