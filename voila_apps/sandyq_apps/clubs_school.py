"""The school's rows as the task of the allocation, and what a change by hand would break."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sandyq.i18n import kazakh_key
from sandyq_apps.allocation import Child, Club, Obstacle, Task, Time, draw_lots, find_clash, find_obstacles
from sandyq_apps.kit.desk import Desk, Row

SHEETS = (
    "club",
    "chest",
    "room",
    "slot",
    "route",
    "meeting",
    "child",
    "wish",
    "enrolment",
    "waiting",
    "intake",
)
LISTS = ("pupil", "staff", "class")
HOME_SHIFT = 1


@dataclass(frozen=True)
class Terms:
    """What the leader has set: clubs a child may have, the draw's seed, whether pupils may give wishes."""

    most: int = 1
    seed: str = ""
    is_open: bool = False
    row: Row | None = None


def read_terms(desk: Desk) -> Terms:
    rows = desk.rows("intake")
    if not rows:
        return Terms(seed=desk.school.get("year") or desk.today[:4])
    return Terms(rows[0].most, rows[0].seed or desk.today[:4], rows[0].is_open, rows[0])


def clubs_without_teacher(desk: Desk) -> list[Row]:
    """Return the clubs whose teacher is not at the school any more."""
    staff = {row.id for row in desk.rows("staff")}
    return sorted(
        (club for club in desk.rows("club") if club.leader_id not in staff),
        key=lambda club: (kazakh_key(club.name), club.id),
    )


class Lookup:
    """The desk's rows in the ways in which the pages ask for them; made anew for each page."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.pupils: dict[int, Row] = {row.id: row for row in desk.rows("pupil")}
        self.clubs: dict[int, Row] = {row.id: row for row in desk.rows("club")}
        self.about: dict[int, Row] = {row.person_id: row for row in desk.rows("child")}
        self.routes: dict[int, Row] = {row.id: row for row in desk.rows("route")}
        self.wishes: dict[int, list[Row]] = {}
        for wish in sorted(desk.rows("wish"), key=lambda row: row.rank):
            self.wishes.setdefault(wish.person_id, []).append(wish)
        self.open = [row for row in desk.rows("enrolment") if row.until is None]
        self.clubs_of: dict[int, list[int]] = {}
        self.members: dict[int, list[Row]] = {}
        for row in self.open:
            self.clubs_of.setdefault(row.person_id, []).append(row.club_id)
            self.members.setdefault(row.club_id, []).append(row)
        self.waiting: dict[int, list[Row]] = {}
        for row in sorted(desk.rows("waiting"), key=lambda row: row.number):
            self.waiting.setdefault(row.club_id, []).append(row)

    def name(self, person: int) -> str:
        return str(self.pupils[person].name) if person in self.pupils else f"№ {person}"

    def class_of(self, person: int) -> str:
        return str(self.pupils[person]["class"]) if person in self.pupils else ""

    def club_name(self, club: int) -> str:
        return str(self.clubs[club].name) if club in self.clubs else f"№ {club}"

    def sorted_clubs(self) -> list[Row]:
        """Return the clubs by chest, then by name."""
        places = {chest.id: chest.position for chest in self.desk.rows("chest")}
        return sorted(
            self.clubs.values(),
            key=lambda club: (places.get(club.chest_id, 0), kazakh_key(club.name), club.id),
        )

    def sorted_members(self, club: int) -> list[Row]:
        return sorted(
            self.members.get(club, []), key=lambda row: (kazakh_key(self.name(row.person_id)), row.id)
        )

    def find_enrolment(self, person: int, club: int) -> Row | None:
        return next((row for row in self.members.get(club, []) if row.person_id == person), None)


def make_task(desk: Desk, terms: Terms, *, keep: bool) -> Task:
    """Return the allocation's task. Children learn in the language of their class, whatever they read here."""
    look = Lookup(desk)
    times = read_times(desk)
    languages = {row.id: row.language for row in desk.rows("class")}
    lots = draw_lots(look.pupils, terms.seed)
    children = []
    for person, pupil in look.pupils.items():
        about = look.about.get(person)
        children.append(
            Child(
                person,
                grade=pupil.grade,
                language=languages.get(pupil.class_id) or pupil.language,
                shift=about.shift if about else HOME_SHIFT,
                leaves=_leaves(about, look.routes),
                priority=bool(about and about.priority),
                lot=lots[person],
                wishes=tuple(
                    wish.club_id for wish in look.wishes.get(person, ()) if wish.club_id in look.clubs
                ),
                keeps=tuple(look.clubs_of.get(person, ())) if keep else (),
            )
        )
    clubs = [
        Club(
            row.id,
            row.capacity,
            row.least,
            (row.grade_from, row.grade_to),
            row.language,
            times.get(row.id, ()),
        )
        for row in look.sorted_clubs()
    ]
    return Task(tuple(clubs), tuple(children), terms.most)


def read_times(desk: Desk) -> dict[int, tuple[Time, ...]]:
    """Return when each club of the timetable meets."""
    slots = {row.id: Time(row.weekday, row.starts, row.ends, row.shift) for row in desk.rows("slot")}
    found: dict[int, list[Time]] = {}
    for meeting in desk.rows("meeting"):
        if meeting.slot_id in slots:
            found.setdefault(meeting.club_id, []).append(slots[meeting.slot_id])
    return {
        club: tuple(sorted(times, key=lambda time: (time.weekday, time.starts)))
        for club, times in found.items()
    }


def _leaves(about: Row | None, routes: Mapping[int, Row]) -> dict[int, str] | None:
    if about is None or about.route_id not in routes:
        return None
    return {int(day): leaves for day, leaves in routes[about.route_id].leaves.items()}


@dataclass(frozen=True)
class Breach:
    """What a change by hand would break: an obstacle's kind, or ``full``, ``clash``, ``limit``, ``already``."""

    kind: str
    club: int
    obstacle: Obstacle | None = None
    other: int = 0
    times: tuple[Time, Time] | None = None
    number: int = 0
    """Of ``full``: places; of ``limit``: clubs a child may have."""


def find_breaches(task: Task, person: int, club_id: int, leaves: int = 0) -> list[Breach]:
    """Return what is broken when a child comes into a club by hand and leaves another one (0: none).

    ``task``: with the enrolments kept.
    """
    child = next(each for each in task.children if each.id == person)
    child = replace(child, keeps=tuple(club for club in child.keeps if club != leaves))
    club = task.club(club_id)
    if club_id in child.keeps:
        return [Breach("already", club_id)]
    found = [Breach(obstacle.kind, club_id, obstacle) for obstacle in find_obstacles(child, club)]
    for other in map(task.club, child.keeps):
        if times := find_clash(club, other):
            found.append(Breach("clash", club_id, other=other.id, times=times))
    if task.kept()[club_id] >= club.capacity:
        found.append(Breach("full", club_id, number=club.capacity))
    if len(child.keeps) >= task.most:
        found.append(Breach("limit", club_id, number=task.most))
    return found


def find_club(clubs: Iterable[Row], typed: str) -> Row | None:
    """Return the club that somebody means by its number, its name, or the beginning of it that only one has."""
    words = typed.strip().rstrip(".").casefold()
    number = words.split(".")[0].strip()
    rows = list(clubs)
    if number.isdecimal():
        return next((row for row in rows if row.id == int(number)), None)
    exact = [row for row in rows if row.name.casefold() == words]
    begun = exact or [row for row in rows if row.name.casefold().startswith(words)]
    return begun[0] if words and len(begun) == 1 else None


def suits(club: Row, pupil: Row, language: str) -> bool:
    """Return whether a club is for a pupil's grade and language."""
    return bool(club.grade_from <= pupil.grade <= club.grade_to and club.language in ("", language))


def language_of(desk: Desk, pupil: Row) -> str:
    group: Any = desk.find("class", pupil.class_id)
    return str(group.language if group else pupil.language)
