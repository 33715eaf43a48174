"""A sample school with invented people, the same from run to run; only the secrets are new each time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final, TypeVar
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sandyq.school.centre.sample import guess_sex
from sandyq.school.centre.tables import (
    Attendance,
    Chest,
    Child,
    Club,
    ClubSession,
    Enrolment,
    Room,
    Route,
    Slot,
    Wish,
)
from sandyq.school.credentials import Secret, hash_secret, issue_secret
from sandyq.school.database import Base
from sandyq.school.learning import assign_lesson
from sandyq.school.names import make_login
from sandyq.school.sample_academy import NEIGHBOUR, OFFICE, PEOPLE, add_academy
from sandyq.school.sample_centre import answer_survey, make_budget, make_survey, spend
from sandyq.school.sample_data import (
    ABOUT,
    ADULTS,
    ANSWERS,
    ASSIGNED,
    CHESTS,
    CLASSES,
    CLUBS,
    HOME_VILLAGE,
    OTHER_CLUBS,
    QUARTERS,
    ROOMS,
    SCHOOL,
    TIMES,
    VILLAGES,
    YEAR_START,
    read_pupils,
)
from sandyq.school.tables import (
    AcademicYear,
    ClassGroup,
    Credential,
    LearningEvent,
    Membership,
    Person,
    PersonRole,
    School,
)

Row = TypeVar("Row", bound=Base)


@dataclass(frozen=True)
class Account:
    """What somebody needs to sign in; the secret is known only when it was just issued."""

    login: str
    secret: str
    role: str
    class_name: str
    language: str
    name: str


LESSON_ENDS: Final = time(16, 30, tzinfo=ZoneInfo("Asia/Almaty"))
ABSENT_EVERY: Final = 9
EXCUSED_EVERY: Final = 14
REASONS: Final = ("Ауырып қалды", "Отбасы жағдайы", "Жарыста")


def seed(session: Session, today: date) -> list[Account]:
    """Make the sample school in an empty database; return its accounts, or [] when a school is there already."""
    return [] if session.scalar(select(func.count()).select_from(School)) else make_schools(session, today)


def make_schools(session: Session, today: date) -> list[Account]:
    """Make the sample school, its neighbour and the office beside what is there; return their accounts."""
    maker = _Maker(session, today)
    maker.add_classes()
    maker.add_adults()
    maker.add_others()
    maker.store_secrets()
    maker.add_clubs()
    maker.add_centre()
    maker.add_examples()
    maker.add_learning()
    add_academy(session, maker.schools, maker.adults, today)
    return maker.accounts


class _Maker:
    def __init__(self, session: Session, today: date) -> None:
        self.session, self.today = session, today
        self.first = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
        self.since = min(YEAR_START, self.first)
        self.accounts: list[Account] = []
        self.secrets: list[tuple[Person, Secret]] = []
        self.logins: set[str] = set()
        self.groups: dict[str, ClassGroup] = {}
        self.pupils: dict[str, list[Person]] = {}
        self.adults: dict[str, list[Person]] = {}
        self.clubs: list[Club] = []
        self.chests: list[Chest] = []
        self.schools = [self._add(School(name=name, language="kk")) for name in (SCHOOL, NEIGHBOUR, OFFICE)]
        self.school = self.schools[0]
        self.year = self._add(AcademicYear(school_id=self.school.id, name="2026/27", quarters=QUARTERS))

    def _add(self, row: Row) -> Row:
        self.session.add(row)
        self.session.flush()
        return row

    def add_classes(self) -> None:
        for sample in CLASSES:
            group = self._add(
                ClassGroup(
                    school_id=self.school.id,
                    year_id=self.year.id,
                    name=sample.name,
                    grades=list(sample.grades),
                    language=sample.language,
                )
            )
            self.groups[sample.name] = group
            self.pupils[sample.name] = [
                self._add_pupil(name, grade, group) for grade, name in read_pupils(sample)
            ]

    def add_adults(self) -> None:
        for role, language, name, classes in ADULTS:
            person = self._add_person(name, role, language, None, ", ".join(classes))
            self.adults.setdefault(role, []).append(person)
            for class_name, membership in classes.items():
                self._join(person, self.groups[class_name], membership)

    def add_others(self) -> None:
        """Of a neighbouring school and the district's office: members of the Academy."""
        at = {school.name: school for school in self.schools}
        for name_of_school, role, language, name in PEOPLE:
            person = self._add_person(name, role, language, None, "", at[name_of_school])
            self.adults.setdefault(role, []).append(person)

    def _add_pupil(self, name: str, grade: int, group: ClassGroup) -> Person:
        person = self._add_person(name, "pupil", group.language, grade, group.name)
        self._join(person, group, "pupil")
        return person

    def _join(self, person: Person, group: ClassGroup, role: str) -> None:
        self._add(Membership(person_id=person.id, class_id=group.id, role=role, since=self.since))

    def _add_person(  # noqa: PLR0913, PLR0917 # what a person has
        self,
        name: str,
        role: str,
        language: str,
        grade: int | None,
        class_name: str,
        school: School | None = None,
    ) -> Person:
        family, given, patronymic = name.split()
        login = make_login(family, given, self.logins)
        self.logins.add(login)
        person = self._add(
            Person(
                school_id=(school or self.school).id,
                login=login,
                family_name=family,
                given_name=given,
                patronymic=patronymic,
                language=language,
                grade=grade,
                roles=[PersonRole(role=role)],
            )
        )
        secret = issue_secret(person)
        self.secrets.append((person, secret))
        self.accounts.append(Account(login, secret.text, role, class_name, language, person.full_name))
        return person

    def store_secrets(self) -> None:
        """Hash all secrets at once: argon2 is slow by design, and runs on every core."""
        with ThreadPoolExecutor() as pool:
            hashed = list(pool.map(hash_secret, [secret for _person, secret in self.secrets]))
        for (person, _secret), each in zip(self.secrets, hashed, strict=True):
            self._add(Credential(person_id=person.id, kind=each.kind, secret_hash=each.hash))

    def add_clubs(self) -> None:
        """The first clubs have children and a register; the others are there to be wished for and planned."""
        leader = self.adults["leader"][0]
        self.chests = [
            self._keep(Chest, position=position, names=names, example=True)
            for position, names in enumerate(CHESTS, 1)
        ]
        chests = self.chests
        for name, chest, first, second, weekdays in CLUBS:
            club = self._keep(Club, chest_id=chests[chest].id, leader_id=leader.id, name=name, **ABOUT[name])
            self.clubs.append(club)
            children = [child for group, many in (first, second) for child in self.pupils[group][:many]]
            for child in children:
                self._keep(Enrolment, club_id=club.id, person_id=child.id, since=self.since)
            self._add_attendance(club, children, leader, weekdays)
        for number, (name, chest) in enumerate(OTHER_CLUBS):
            teacher = self.adults["teacher"][number]
            about = ABOUT[name]
            self.clubs.append(
                self._keep(Club, chest_id=chests[chest].id, leader_id=teacher.id, name=name, **about)
            )

    def _keep(self, table: type[Row], **values: Any) -> Row:
        return self._add(table(school_id=self.school.id, **values))

    def add_centre(self) -> None:
        """Rooms, times, buses, what is known of the children, and their wishes."""
        for name, seats, kind in ROOMS:
            self._keep(Room, name=name, seats=seats, kind=kind)
        for weekday in range(5):
            for starts, ends in TIMES:
                self._keep(Slot, weekday=weekday, starts=starts, ends=ends, shift=1 if starts > "12" else 2)
        routes = [
            self._keep(Route, name=village, leaves={str(day): leaves for day in range(5)})
            for village, leaves in VILLAGES
        ]
        for number, pupil in enumerate(each for group in self.pupils.values() for each in group):
            route = routes[number % 7] if number % 7 < len(routes) else None
            self._keep(
                Child,
                person_id=pupil.id,
                sex=guess_sex(pupil.patronymic),
                village=route.name if route else HOME_VILLAGE,
                route_id=route.id if route else None,
            )
            fitting = [club for club in self.clubs if club.grade_from <= (pupil.grade or 0) <= club.grade_to]
            for rank in range(min(number % 4, len(fitting))):
                club = fitting[(number + rank) % len(fitting)]
                self._keep(Wish, person_id=pupil.id, club_id=club.id, rank=rank + 1)

    def add_examples(self) -> None:
        """A survey that was answered and a budget of which some is spent: invented, and called examples."""
        pupils = [pupil for group in self.pupils.values() for pupil in group]
        survey = self._add(make_survey(self.school.id, self.chests))
        for row in answer_survey(survey, pupils):
            self._add(row)
        lines = [self._add(line) for line in make_budget(self.school.id, self.clubs, self.today)]
        for paid in spend(lines, self.first):
            self._add(paid)

    def _add_attendance(
        self, club: Club, children: list[Person], leader: Person, weekdays: tuple[int, ...]
    ) -> None:
        """Past meetings of this and the last month; one absence of each club is corrected the next day."""
        days = [self.first + timedelta(days=n) for n in range((self.today - self.first).days)]
        number, corrected = club.id, False
        for meeting in [
            self._add(ClubSession(club_id=club.id, held_on=day)) for day in days if day.weekday() in weekdays
        ]:
            for child in children:
                number += 1
                status = _status(number)
                self._mark(meeting, child, leader, status)
                if status == "absent" and not corrected and meeting.held_on < self.today - timedelta(days=1):
                    self._mark(meeting, child, leader, "excused", days_later=1)
                    corrected = True

    def _mark(
        self, meeting: ClubSession, child: Person, leader: Person, status: str, days_later: int = 0
    ) -> None:
        name = f"attendance:{meeting.id}:{child.id}:{days_later}"
        at = datetime.combine(meeting.held_on + timedelta(days=days_later), LESSON_ENDS)
        self._add(
            Attendance(
                uuid=_uuid(name),
                session_id=meeting.id,
                person_id=child.id,
                status=status,
                reason=REASONS[(meeting.id + child.id) % len(REASONS)] if status == "excused" else "",
                recorded_by=leader.id,
                recorded_at=at,
            )
        )

    def add_learning(self) -> None:
        """Assign lessons; the last seven pupils of each class have begun, some have finished."""
        teachers = {person.full_name: person for person in self.adults["teacher"]}
        for days, (class_name, lesson, teacher) in enumerate(ASSIGNED, 3):
            group = self.groups[class_name]
            due = self.today + timedelta(days=days)
            assign_lesson(self.session, group.id, lesson, teachers[teacher].id, due)
            for number, pupil in enumerate(reversed(self.pupils[class_name][-6:])):
                self._answer(pupil, lesson, number)

    def _answer(self, pupil: Person, lesson: str, number: int) -> None:
        """The first three finish, the others stop on the way; who errs and where follows from the numbers."""
        self._record(pupil, lesson, "launched", None, None, None)
        questions = list(ANSWERS[lesson].items())
        for place, (question, (right, wrong, points)) in enumerate(
            questions[: None if number < 3 else number]
        ):
            if wrong and (place * 2 + number) % 3 == 0:
                self._record(pupil, lesson, question, wrong[number % len(wrong)], 0, points)
                if number % 2:
                    continue
            response = right if isinstance(right, str) else right[pupil.language]
            self._record(pupil, lesson, question, response, points, points)

    def _record(self, pupil: Person, lesson: str, what: str, *result: str | int | None) -> None:
        response, score, most = result
        launched = response is None
        uuid = _uuid(f"event:{pupil.login}:{lesson}:{what}:{response}")
        self._add(
            LearningEvent(
                uuid=uuid,
                person_id=pupil.id,
                verb="launched" if launched else "answered",
                lesson=lesson,
                question=None if launched else what,
                response=response,
                score=score,
                max_score=most,
                at=datetime.combine(self.today - timedelta(days=1), LESSON_ENDS),
            )
        )


def _status(number: int) -> str:
    if number % ABSENT_EVERY == 0:
        return "absent"
    return "excused" if number % EXCUSED_EVERY == 0 else "present"


def _uuid(name: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"sandyq:sample:{name}"))
