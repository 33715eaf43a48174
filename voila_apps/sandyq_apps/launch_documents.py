"""Drafts of the documents, in Kazakh and Russian: texts of "
"``templates/launch/<name>.<language>.txt``, filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from sandyq.papers import Blank, Paper, guard, read_markup
from sandyq_apps.kit.desk import Desk, Row
from sandyq_apps.kit.papers import TEMPLATES
from sandyq_apps.kit.speech import Speech
from sandyq_apps.launch_data import read_template
from sandyq_apps.launch_facts import NAMES, NUMBERS, PAPERS, PEOPLE

if TYPE_CHECKING:
    from jinja2 import Environment

LANGUAGES: Final = ("kk", "ru")
FOOT: Final = {
    "kk": "Бұл – жоба. Қол қоймас бұрын мектеп оны тексеріп, қолданыстағы заңнамаға сәйкестендіруі керек.",
    "ru": "Это проект. До подписания школа проверяет его и приводит в соответствие с "
    "действующим законодательством.",
}
DATES: Final = {"kk": "y 'жылғы' d MMMM", "ru": "d MMMM y 'года'"}
EMPTY_LINES: Final = 15
"""Of a table to be filled in by hand."""
SHORT, LONG = Blank("_" * 10), Blank("_" * 24)


class Known(dict[str, Any]):
    """Values by key; what is not known is a blank."""

    def __missing__(self, _key: str) -> Blank:
        return LONG


@dataclass(frozen=True)
class ClubLine:
    id: int = 0
    name: str = ""
    chest: str = ""
    teacher: str = ""
    grades: str = ""
    capacity: str = ""
    meetings: str = ""
    times: str = ""


@dataclass(frozen=True)
class Lesson:
    day: str
    time: str = ""
    club: ClubLine = ClubLine()
    room: str = ""


@dataclass(frozen=True)
class ChildLine:
    name: str = ""
    class_name: str = ""


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(  # noqa: S701 # it makes no HTML: see ``sandyq.papers.guard``
        loader=FileSystemLoader(TEMPLATES / "launch"),
        undefined=StrictUndefined,
        finalize=guard,
        trim_blocks=True,
        lstrip_blocks=True,
    )


class Documents:
    """What all documents of one language are filled from."""

    def __init__(self, desk: Desk, facts: Mapping[str, Any], due: Mapping[str, date], language: str) -> None:
        self.desk, self.facts, self.due = desk, facts, due
        self.speech = Speech(language)
        self.language = language

    def make(self, name: str, club_id: int = 0) -> Paper:
        """Return a document; ``club_id``: the club of a journal."""
        title = self.speech.name(read_template().documents[name])
        club = next((club for club in self._clubs if club.id == club_id), None)
        markup = _environment().get_template(f"{name}.{self.language}.txt").render(**self._values(club))
        return Paper(title, self.language, read_markup(markup), FOOT[self.language])

    def _values(self, club: ClubLine | None) -> dict[str, Any]:
        language, speech = self.language, self.speech
        keys = {key.removesuffix("_kk").removesuffix("_ru") for key in (*NAMES, *PEOPLE, *NUMBERS, *PAPERS)}
        values = {key: self.facts.get(f"{key}_{language}") or self.facts.get(key) for key in keys}
        for key in ("order_date", "protocol_date"):
            values[key] = self._date(values[key])
        short = {*NUMBERS, "order_number", "protocol_number"}
        blanks = {key: values[key] or (SHORT if key in short else LONG) for key in keys}
        due = Known({key: self._date(day) for key, day in self.due.items()})
        return blanks | {
            "due": due,
            "opens": due["opens"],
            "year": self.desk.school.year or SHORT,
            "grades": tell_grades(self.desk.rows("club")) or SHORT,
            "chests": [speech.name(chest.names) for chest in self._chests] or [LONG] * 5,
            "clubs": self._clubs or [ClubLine()] * 5,
            "lessons": self._lessons() or [Lesson(speech.weekday(n // 2).title()) for n in range(10)],
            "club": club or ClubLine(0, LONG, LONG, LONG, SHORT, times=LONG),
            "children": self._children(club),
        }

    def _date(self, day: date | str | None) -> str | None:
        from babel.dates import format_date

        day = date.fromisoformat(day) if day and isinstance(day, str) else day
        return format_date(day, DATES[self.language], locale=self.language) if day else None

    @property
    def _chests(self) -> list[Row]:
        return sorted(self.desk.rows("chest"), key=lambda chest: chest.position)

    @property
    def _clubs(self) -> list[ClubLine]:
        chests = {chest.id: (chest.position, self.speech.name(chest.names)) for chest in self._chests}
        teachers = {person.id: person.name for person in self.desk.rows("staff")}
        times: dict[int, list[str]] = {}
        for slot, meeting, room in self._meetings():
            words = f"{self.speech.weekday(slot.weekday)} {slot.starts}–{slot.ends}, {room}"
            times.setdefault(meeting.club_id, []).append(words)
        rows = sorted(self.desk.rows("club"), key=lambda club: chests.get(club.chest_id, (9, "")))
        return [
            ClubLine(
                id=club.id,
                name=club.name,
                chest=chests.get(club.chest_id, (9, ""))[1],
                teacher=teachers.get(club.leader_id, ""),
                grades=tell_grades([club]),
                capacity=str(club.capacity),
                meetings=str(club.meetings),
                times="; ".join(times.get(club.id, ())) or LONG,
            )
            for club in rows
        ]

    def _meetings(self) -> list[tuple[Row, Row, str]]:
        slots = {slot.id: slot for slot in self.desk.rows("slot")}
        rooms = {room.id: room.name for room in self.desk.rows("room")}
        found = [
            (slots[each.slot_id], each, rooms.get(each.room_id, ""))
            for each in self.desk.rows("meeting")
            if each.slot_id in slots
        ]
        return sorted(found, key=lambda each: (each[0].weekday, each[0].starts, each[2]))

    def _lessons(self) -> list[Lesson]:
        clubs = {club.id: club for club in self._clubs}
        return [
            Lesson(
                self.speech.weekday(slot.weekday), f"{slot.starts}–{slot.ends}", clubs[meeting.club_id], room
            )
            for slot, meeting, room in self._meetings()
            if meeting.club_id in clubs
        ]

    def _children(self, club: ClubLine | None) -> list[ChildLine]:
        if club is None:
            return [ChildLine()] * EMPTY_LINES
        today = self.desk.today
        inside = {
            row.person_id
            for row in self.desk.rows("enrolment")
            if row.club_id == club.id and (not row.until or row.until > today)
        }
        pupils = [
            ChildLine(each.name, each["class"]) for each in self.desk.rows("pupil") if each.id in inside
        ]
        return pupils + [ChildLine()] * max(EMPTY_LINES - len(pupils), 0)


def tell_grades(clubs: Sequence[Row]) -> str:
    """Return from which grade to which the clubs are: ``5–8``; empty without clubs."""
    low = min((club.grade_from for club in clubs), default=0)
    high = max((club.grade_to for club in clubs), default=0)
    return f"{low}–{high}" if low != high else str(low or "")
