"""What people learnt, for other systems: xAPI statements (one JSON line each) and a table.

The database keeps what happened, ``launched`` and ``answered``; ``completed`` and ``mastered`` follow from it and are
told at the moment of the answer that made them true. Source of the form: xAPI 1.0.3, part two (ADL).
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final, TextIO
from uuid import UUID, uuid5

from babel.numbers import format_decimal

from sandyq.school.database import ZONE
from sandyq.school.tables import LearningEvent, Person
from sandyq_portal.catalogue import Catalogue, Lesson
from sandyq_portal.standing import stand

VERBS: Final = {
    "launched": "http://adlnet.gov/expapi/verbs/launched",
    "answered": "http://adlnet.gov/expapi/verbs/answered",
    "completed": "http://adlnet.gov/expapi/verbs/completed",
    "mastered": "http://adlnet.gov/expapi/verbs/mastered",
}
COLUMNS: Final = (
    "time", "login", "name", "verb", "lesson", "question", "response", "score", "max_score", "partner",
)  # fmt: skip
INTERACTIONS: Final = {
    "choice": "choice", "choices": "choice", "poll": "choice", "highlight": "choice", "order": "sequencing",
    "match": "matching", "sort": "matching", "inbox": "matching", "board": "matching", "gaps": "fill-in",
    "short": "fill-in", "typing": "fill-in", "number": "numeric", "open": "long-fill-in", "robot": "performance",
    "decide": "performance",
}  # fmt: skip
"""Our kinds → xAPI's interaction types."""
Follows = list[tuple[str, float, float]]
"""``completed`` or ``mastered``, the points earned, those that there were."""
_FORMULA: Final = re.compile(r"^(?=[=+@\t\r-])|(?<=[;,\t\r\n])(?=[=+@-])")
"""The place before what begins a formula."""


class Exporter:
    """Tells the events of people of one server."""

    def __init__(self, catalogue: Catalogue, address: str, people: Iterable[Person]) -> None:
        self._catalogue = catalogue
        self._address = address.rstrip("/")
        self._people = {person.id: person for person in people}

    def write_statements(self, events: Iterable[LearningEvent], out: TextIO) -> None:
        """Write xAPI statements, oldest first. ``events`` come oldest first."""
        for statement in self._tell_all(events):
            out.write(json.dumps(statement, ensure_ascii=False) + "\n")

    def write_table(self, events: Iterable[LearningEvent], out: TextIO, language: str = "en") -> None:
        """Write a CSV table, a line an event and what follows from it, as spreadsheets of a language read it."""
        table = SpreadsheetWriter(out, language)
        table.write_row(COLUMNS)
        for event, _lesson, follows in self._follow(events):
            person, partner = self._people[event.person_id], self._people.get(event.partner_id or 0)
            at = event.at.astimezone(ZONE).isoformat(timespec="seconds")  # the pages tell the same day
            who, shared = (at, person.login, person.full_name), partner and partner.login
            own = (event.verb, event.lesson, event.question, event.response, event.score, event.max_score)
            for told in (own, *((verb, event.lesson, None, None, *score) for verb, *score in follows)):
                table.write_row([*who, *told, shared])

    def _tell_all(self, events: Iterable[LearningEvent]) -> Iterator[dict[str, Any]]:
        for event, lesson, follows in self._follow(events):
            yield self._tell(event, lesson)
            for verb, raw, most in follows:
                result = {"completion": True, **_score(raw, most)}
                yield self._frame(event, verb, lesson, uuid5(UUID(event.uuid), verb)) | {"result": result}

    def _follow(
        self, events: Iterable[LearningEvent]
    ) -> Iterator[tuple[LearningEvent, Lesson | None, Follows]]:
        """Give each event with its lesson and with what it makes true for the first time."""
        seen: dict[tuple[int, str], list[LearningEvent]] = {}
        told: set[tuple[int, str, str]] = set()
        for event in events:
            lesson = self._catalogue.lesson(event.lesson, self._people[event.person_id].language)
            history = seen.setdefault((event.person_id, event.lesson), [])
            history.append(event)
            follows: Follows = []
            if lesson is not None and event.verb == "answered":
                standing = stand(lesson, history)
                most = sum(answer.max_score or 0 for answer in standing.answers.values())  # when it was given
                for verb, reached in (("completed", standing.finished), ("mastered", standing.mastered)):
                    if reached and (key := (event.person_id, event.lesson, verb)) not in told:
                        told.add(key)
                        follows.append((verb, round(standing.score, 2), most))
            yield event, lesson, follows

    def _tell(self, event: LearningEvent, lesson: Lesson | None) -> dict[str, Any]:
        statement = self._frame(event, event.verb, lesson, UUID(event.uuid))
        if event.verb == "answered":
            text = event.response if isinstance(event.response, str) else json.dumps(event.response)
            statement["result"] = {"response": text}
            if event.max_score:
                statement["result"] |= {
                    "success": (event.score or 0) >= event.max_score,
                    **_score(event.score or 0, event.max_score),
                }
        return statement

    def _frame(self, event: LearningEvent, verb: str, lesson: Lesson | None, uuid: UUID) -> dict[str, Any]:
        person = self._people[event.person_id]
        statement: dict[str, Any] = {
            "id": str(uuid),
            "actor": self._actor(person),
            "verb": {"id": VERBS[verb], "display": {"en": verb}},
            "object": self._activity(event, lesson, whole=verb != "answered"),
            "timestamp": _timestamp(event.at),
        }
        if partner := self._people.get(event.partner_id or 0):
            group = {"objectType": "Group", "member": [self._actor(person), self._actor(partner)]}
            statement["context"] = {"team": group}
        return statement

    def _actor(self, person: Person) -> dict[str, Any]:
        account = {"homePage": self._address, "name": person.login}
        return {"objectType": "Agent", "name": person.full_name, "account": account}

    def _activity(self, event: LearningEvent, lesson: Lesson | None, *, whole: bool) -> dict[str, Any]:
        address = f"{self._address}/lesson/{event.lesson}"
        if whole:
            definition: dict[str, Any] = {"type": "http://adlnet.gov/expapi/activities/lesson"}
            if lesson:
                definition["name"] = {lesson.language: lesson.title}
            return {"id": address, "definition": definition}
        question = lesson.find_question(event.question or "") if lesson else None
        definition = {"type": "http://adlnet.gov/expapi/activities/cmi.interaction"}
        if lesson and question:
            definition["description"] = {lesson.language: question.text}
            definition["interactionType"] = INTERACTIONS.get(question.kind, "other")
        return {"id": f"{address}/{event.question}", "definition": definition}


def _score(raw: float, most: float) -> dict[str, dict[str, float]]:
    """Return a result's ``score``; none where there are no points: xAPI wants max to be more than min."""
    return {"score": {"raw": raw, "min": 0, "max": most, "scaled": round(raw / most, 4)}} if most else {}


def _timestamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")


class SpreadsheetWriter:
    """Writes a CSV table as spreadsheets of a language read it: kk and ru "61,9" and ";", en "61.9" and ",".

    None of it runs as a formula.
    """

    def __init__(self, out: TextIO, language: str) -> None:
        out.write("\ufeff")  # spreadsheets look for the mark: without it Kazakh letters are none
        self._table = csv.writer(out, delimiter="," if language == "en" else ";")
        self._language = language

    def write_row(self, cells: Iterable[Any]) -> None:
        self._table.writerow([defuse(write_here(cell, self._language)) for cell in cells])


def write_here(value: Any, language: str) -> Any:
    """Numbers as the spreadsheets of a language read them: "61.9" in a Russian one is a day in September."""
    return format_decimal(value, "0.##", locale=language) if isinstance(value, int | float) else value


def defuse(cell: Any) -> Any:
    """A text that begins like a formula is told as a text, also where another country's spreadsheet begins a cell.

    Source: OWASP, CSV injection.
    """
    return _FORMULA.sub("'", cell) if isinstance(cell, str) else cell
