"""In which lessons an item of the library stands: noted when a teacher publishes one, by what the cell asks.

A use is a reply of the teacher's to the item: ``{"lesson", "question", "print", "edition", "since", "until"}``, the
last two being numbers of the server's sequence of answers. The portal alone writes it, so nobody claims an item for a
question that is another one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sandyq.item_bank import take_print
from sandyq.library import Work
from sandyq.school import journal
from sandyq.school.academy import reviewing
from sandyq.school.academy import tables as t
from sandyq.school.journal import Batch, Edit
from sandyq.school.registry import SHEETS
from sandyq.school.tables import LearningEvent, Person, School

APP: Final = "published"
"""Its entries in the journal are no app's: undo does not reach them."""
SHEET: Final = replace(SHEETS["reply"], checks=(), guard=None)


def find_items(session: Session, person: Person, prints: Iterable[str]) -> dict[str, t.Resource]:
    """Return the offered items that a person sees and that ask what these prints are of, the oldest of each."""
    wanted = set(prints)
    if not wanted:
        return {}
    seen = select(t.Resource).where(
        t.Resource.kind == "item",
        t.Resource.state == "offered",
        t.Resource.gone.is_(False),
        reviewing.narrow_resources(session, person),
    )
    found: dict[str, t.Resource] = {}
    for row in session.scalars(seen.order_by(t.Resource.id)):
        if (mark := take_print(row.body)) in wanted:
            found.setdefault(mark, row)
    return found


def list_works(session: Session, resource: t.Resource) -> list[Work]:
    """Return what a credit of a resource names: itself, then whatever it was adapted from."""
    works, row = [], resource
    while True:
        author = session.get_one(Person, row.by)
        school = session.get_one(School, author.school_id).name
        works.append(Work(row.title, author.full_name, school, row.licence, row.edition))
        if row.parent_id is None:
            return works
        row = session.get_one(t.Resource, row.parent_id)


def record_uses(  # noqa: PLR0913, PLR0917 # what is to be noted
    session: Session, person: Person, lesson: str, prints: Mapping[str, str], on: date, what: str
) -> None:
    """Note which items a lesson that was just published asks: ``prints`` by the questions' names.

    An item that it asks no more keeps its use, closed: answers from now on are another question's.
    """
    now = session.scalar(select(func.max(LearningEvent.id))) or 0
    items = find_items(session, person, prints.values())
    edits, kept = [], set()
    for row in _find_open(session, person, lesson):
        if prints.get(row.data["question"]) == row.data["print"]:
            kept.add(row.data["question"])
        else:
            edits.append(Edit("reply", row.id, row.version, {"data": row.data | {"until": now}}))
    for question, mark in prints.items():
        if mark in items and question not in kept:
            edits.append(_make_use(-1 - len(edits), items[mark], lesson, question, mark, now, on))
    if edits:
        batch = Batch(uuid4(), APP, what[:200], tuple(edits))
        journal.change(session, person, batch, {"reply": SHEET})


def _make_use(  # noqa: PLR0913, PLR0917 # what a use says
    number: int, item: t.Resource, lesson: str, question: str, mark: str, now: int, on: date
) -> Edit:
    data = {
        "lesson": lesson,
        "question": question,
        "print": mark,
        "edition": item.edition,
        "since": now,
        "until": None,
    }
    values: dict[str, Any] = {"sheet": "resource", "row_id": item.id, "kind": "use", "data": data}
    return Edit("reply", number, 0, values | {"on": on.isoformat()})


def _find_open(session: Session, person: Person, lesson: str) -> list[t.Reply]:
    own = select(t.Reply).where(
        t.Reply.sheet == "resource", t.Reply.kind == "use", t.Reply.by == person.id, t.Reply.gone.is_(False)
    )
    return [
        row
        for row in session.scalars(own)
        if row.data.get("lesson") == lesson and row.data.get("until") is None
    ]
