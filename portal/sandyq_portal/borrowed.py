"""Items of the library on their way into a teacher's lesson: cells to begin with, credits where it is published."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from sandyq.i18n import translator
from sandyq.item_bank import name_cell, read_name, take_print
from sandyq.library import Standing, Work, tell_credit, tell_licence
from sandyq.school.academy import item_uses, reviewing
from sandyq.school.academy import tables as t
from sandyq.school.errors import NotFound
from sandyq.school.tables import Person
from sandyq_widgets.notebook import PlainCell
from sandyq_widgets.parsing import find_question

MOST_ITEMS: Final = 30
"""In one lesson: a lesson is for twenty minutes."""
_MARKUP: Final = re.compile(r"([\\`*_{}\[\]<>()#+\-!|~&$:/])")


@dataclass(frozen=True)
class Source:
    """What a lesson took from the library."""

    works: tuple[Work, ...]

    def describe(self, language: str) -> dict[str, str]:
        """Return what the lesson's page says of it."""
        first = self.works[0]
        where = "; ".join(f"{each.author}, {each.school}" for each in self.works)
        return {"what": first.title, "where": where, "licence": tell_licence(first.licence, language)}


def list_prints(cells: Iterable[PlainCell]) -> dict[str, str]:
    """Return what makes each question of a notebook the item that it is, by the question's name."""
    questions = (cell.source for cell in cells if cell.is_code and find_question(cell.source))
    return {read_name(source): take_print(source) for source in questions}


def find_sources(session: Session, person: Person, prints: Mapping[str, str]) -> list[Source]:
    """Return whose items a notebook asks, in its order, each once; what is all one's own needs no credit."""
    items = item_uses.find_items(session, person, prints.values())
    used = {items[mark].id: items[mark] for mark in prints.values() if mark in items}
    return [
        Source(tuple(item_uses.list_works(session, item)))
        for item in used.values()
        if reviewing.find_writers(session, item) != {person.id}
    ]


def write_credits(sources: Iterable[Source], language: str) -> list[PlainCell]:
    """Return the cell that names what a lesson took from the library; none where it took nothing."""
    lines = [f"- {escape(tell_credit(source.works, language))}" for source in sources]
    if not lines:
        return []
    title = translator(language)("Items from the Academy's library")
    return [PlainCell("credits", f"**{title}**\n\n" + "\n".join(lines), is_code=False)]


def escape(text: str) -> str:
    """Return text that Markdown shows as it is: a title is somebody else's words."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))


def make_cells(session: Session, person: Person, numbers: Iterable[int]) -> list[dict[str, str]]:
    """Return items as cells of a new lesson: ``{source, credit}``; NotFound for one that may not go into it.

    Those may that are accepted, and one's own. Their name is the same in all lessons, so what is mixed by it is, too.
    """
    wanted = list(dict.fromkeys(numbers))[:MOST_ITEMS]
    seen = [
        row
        for number in wanted
        if (row := session.get(t.Resource, number)) and row.kind == "item" and not row.gone
    ]
    standings = reviewing.read_standings(session, {row.id: row.edition for row in seen})
    may = {row.id: row for row in _narrow(session, person, seen) if _is_ready(person, row, standings[row.id])}
    if missing := [number for number in wanted if number not in may]:
        raise NotFound("There is no item {number} that may go into a lesson.", number=missing[0])
    return [
        {
            "source": name_cell(may[number].body, f"item-{number}"),
            "credit": tell_credit(item_uses.list_works(session, may[number]), may[number].language),
        }
        for number in wanted
    ]


def _narrow(session: Session, person: Person, rows: Iterable[t.Resource]) -> list[t.Resource]:
    seen = select(t.Resource).where(
        t.Resource.id.in_([row.id for row in rows]), reviewing.narrow_resources(session, person)
    )
    return list(session.scalars(seen))


def _is_ready(person: Person, row: t.Resource, standing: Standing) -> bool:
    return row.by == person.id or (row.state == "offered" and standing.is_accepted)
