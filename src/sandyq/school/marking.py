"""Marks: what the grader proposes and the teacher decides, added up and returned to the pupil."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from sandyq.school.assignments import submissions_of
from sandyq.school.database import now
from sandyq.school.errors import Conflict, Invalid
from sandyq.school.grading import cell_marks, propose_anew
from sandyq.school.tables import CellMark, Release, Returned

LONGEST_NAME: Final = 60
"""Letters of a question's name."""


@dataclass(frozen=True)
class Points:
    """Of what one pupil handed in."""

    score: float
    points: float
    unmarked: int
    """Cells that a teacher must still look at."""
    is_known: bool
    """Whether anybody has said anything yet: until then ``score`` is no score of 0."""

    @property
    def share(self) -> float:
        return self.score / self.points if self.points else 0.0


def list_cells(about: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return (notebook, cell) of every cell of a packet that gives points, in its order.

    Cells that people would call the same, as several under one heading, are told apart by ``called``.
    """
    found = _cells(about)
    names = [name_cell(cell) for _, cell in found]
    return [
        (notebook, cell | {"called": f"{name} ({names[: number + 1].count(name)})"})
        if names.count(name) > 1
        else (notebook, cell)
        for number, ((notebook, cell), name) in enumerate(zip(found, names, strict=True))
    ]


def _cells(about: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(notebook["name"], cell) for notebook in about["notebooks"] for cell in notebook["cells"]]


def name_cell(cell: dict[str, Any]) -> str:
    """Return what people call a cell: the first words of what it asks, without Markdown's signs; else its id."""
    if "called" in cell:
        return str(cell["called"])
    first = next((line for line in cell.get("text", "").split("\n") if line.strip()), "")
    plain = re.sub(r"[#*_`$]", "", first).strip()
    return (plain if len(plain) <= LONGEST_NAME else plain[:LONGEST_NAME].rsplit(" ", 1)[0] + " …") or cell[
        "id"
    ]


def worth(mark: CellMark | None) -> float | None:
    """What a cell is worth now: the teacher's word before the grader's; None while nobody has said."""
    if mark is None:
        return None
    return mark.given if mark.given is not None else mark.proposed


def is_open(mark: CellMark | None, work: int) -> bool:
    """Must a teacher look at it? Nobody has said what it is worth in this hand-in, or another answer came since."""
    return mark is None or mark.submission_id != work or worth(mark) is None or mark.stale


def add_up(about: dict[str, Any], marks: Collection[CellMark], work: int) -> Points:
    """Sum a pupil's marks over a packet's cells; those of an earlier hand-in than ``work`` say nothing of this one."""
    by_place = {(mark.notebook, mark.cell): mark for mark in marks if mark.submission_id == work}
    found = [by_place.get((notebook, cell["id"])) for notebook, cell in _cells(about)]
    scores = [score for mark in found if (score := worth(mark)) is not None]
    total = sum(cell["points"] for _, cell in _cells(about))
    return Points(sum(scores), total, sum(is_open(mark, work) for mark in found), bool(scores))


def give_mark(  # noqa: PLR0913 # a mark has this many parts
    session: Session,
    mark: CellMark,
    by: int,
    *,
    seen: int,
    given: float | None,
    comment: str,
    most: float,
    ticked: Sequence[str] = (),
) -> None:
    """Keep a teacher's word on a cell; ``ticked``: the lines of its rubric that were found.

    ``seen``: how many changes the teacher's page knew of; Conflict when somebody else has marked it since, Invalid
    for points outside 0 … ``most``.
    """
    _take_turn(session, mark)
    if session.get(Returned, (mark.release_id, mark.person_id)):
        raise Conflict("This work is returned. Take it back first, then change the mark.")
    if mark.changes != seen:
        raise _marked_meanwhile()
    if given is not None and not 0 <= given <= most:
        raise Invalid("Points are {given}. Give a number from 0 to {most}.", given=given, most=most)
    mark.stale = False
    mark.given, mark.comment, mark.marked_by, mark.marked_at = given, comment.strip()[:2000], by, now()
    mark.ticked = list(ticked)
    mark.changes += 1
    session.flush()


def _marked_meanwhile() -> Conflict:
    return Conflict("Somebody else has marked this meanwhile. Look at it again.")


def _take_turn(session: Session, mark: CellMark) -> None:
    """Wait until nobody else writes this mark and read it anew: with PostgreSQL two may have read it at once."""
    try:
        session.flush()
    except IntegrityError:
        raise _marked_meanwhile() from None
    session.refresh(mark, with_for_update=True)


def return_work(session: Session, release: Release, people: Collection[int], by: int) -> list[int]:
    """Confirm pupils' marks and let them see these; return whose were not ready (something is unmarked)."""
    unready = []
    for person in people:
        newest = next(iter(submissions_of(session, release.id, person)), None)
        if newest is None:
            continue
        points = add_up(release.assignment.about, cell_marks(session, release.id, person), newest.id)
        if points.unmarked:
            unready.append(person)
            continue
        session.merge(
            Returned(
                release_id=release.id,
                person_id=person,
                score=points.score,
                points=points.points,
                returned_by=by,
                returned_at=now(),
            )
        )
    session.flush()
    return unready


def take_back(session: Session, release_id: int, person_id: int) -> None:
    """Let a pupil's marks disappear again, so that they may be changed or the work handed in anew."""
    if found := session.get(Returned, (release_id, person_id)):
        session.delete(found)
        session.flush()
        for newest in submissions_of(session, release_id, person_id)[:1]:
            propose_anew(session, newest)
