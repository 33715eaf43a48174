"""Questions of people who are stuck, answered at the school, by the coach, or later by the district."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import func, select, true
from sqlalchemy.orm import Session

from sandyq.school.academy.rights import HELPERS, guides_of, narrow_tickets
from sandyq.school.academy.tables import Reply, Ticket
from sandyq.school.database import today
from sandyq.school.errors import Conflict, NotFound
from sandyq.school.journal import Batch, Edit, change
from sandyq.school.people import short_name
from sandyq.school.registry import find_sheet
from sandyq.school.tables import ADULTS, Person, PersonRole, School

APP: Final = "help"
LEVELS: Final = ("school", "coach", "district")
"""Who answers, the nearest first."""
ANSWERERS: Final = {
    "school": frozenset({"administrator", "operator"}),
    "coach": frozenset({"coach", "district"}),
    "district": frozenset({"district"}),
}
"""Whose turn it is."""
MOST_CLOSED: Final = 20
"""Closed ones that are still shown."""


@dataclass(frozen=True)
class Answer:
    by: str
    text: str
    on: str


@dataclass(frozen=True)
class Question:
    """A ticket as pages show it."""

    id: int
    version: int
    by: str
    """Short name; empty: the reader's own."""
    school: str
    page: str
    lesson: str
    error: str
    text: str
    level: str
    is_open: bool
    may_answer: bool
    may_hand_on: bool
    answers: tuple[Answer, ...]


@dataclass(frozen=True)
class Waiting:
    """How many open questions a person is to be told of."""

    asked: int
    """By others, whose turn it is to be answered by this person."""
    answered: int
    """The person's own, in which somebody else had the last word."""


def ask(session: Session, person: Person, uuid: UUID, what: str, **ticket: str) -> None:
    """Keep a question; the same uuid again changes nothing. ``ticket``: text, page, lesson, error."""
    edit = Edit("ticket", -1, 0, {"by": person.id, "level": _find_level(session, person), **ticket})
    change(session, person, Batch(uuid, APP, what, (edit,)))


def _find_level(session: Session, person: Person) -> str:
    """Return the nearest level at which somebody else answers: a village's principal is often their school's only one.

    Pupils ask their school, and so does who would be answered nowhere: a colleague may come.
    """
    if not ADULTS & person.role_names:
        return LEVELS[0]
    near = (
        (("administrator", "operator"), Person.school_id == person.school_id),
        (("coach",), Person.id.in_(guides_of(person))),
        (("district",), true()),
    )
    for level, (roles, is_near) in zip(LEVELS, near, strict=True):
        helpers = select(Person.id).join(PersonRole).where(PersonRole.role.in_(roles), is_near)
        helpers = helpers.where(Person.left_at.is_(None), Person.id != person.id)
        if session.scalar(helpers.limit(1)) is not None:
            return level
    return LEVELS[0]


def answer(  # noqa: PLR0913, PLR0917 # what an entry of the journal needs
    session: Session, person: Person, uuid: UUID, what: str, ticket: int, text: str
) -> None:
    """Say something to a ticket that one sees; NotAllowed otherwise."""
    said = {"sheet": "ticket", "row_id": ticket, "kind": "answer", "text": text, "on": today().isoformat()}
    change(session, person, Batch(uuid, APP, what, (Edit("reply", -1, 0, said),)))


def close(session: Session, person: Person, uuid: UUID, what: str, ticket: int) -> None:
    _alter(session, person, uuid, what, ticket, {"state": "closed"})


def hand_on(session: Session, person: Person, uuid: UUID, what: str, ticket: int) -> None:
    """Ask the next who may know: the coach, then the district; Conflict after that."""
    row = _find(session, person, ticket)
    if row.level == LEVELS[-1]:
        raise Conflict("The district has this question already.")
    _alter(session, person, uuid, what, ticket, {"level": LEVELS[LEVELS.index(row.level) + 1]})


def _find(session: Session, person: Person, ticket: int) -> Ticket:
    row = find_sheet("ticket", person).find(session, person, ticket)
    if not isinstance(row, Ticket) or row.gone:
        raise NotFound("There is no question {number}.", number=ticket)
    return row


def _alter(  # noqa: PLR0913, PLR0917 # what an entry of the journal needs
    session: Session, person: Person, uuid: UUID, what: str, ticket: int, values: dict[str, str]
) -> None:
    version = _find(session, person, ticket).version
    change(session, person, Batch(uuid, APP, what, (Edit("ticket", ticket, version, values),)))


def list_questions(session: Session, person: Person) -> list[Question]:
    """Return the tickets that a person sees: open ones first, the newest first; few of the closed."""
    query = select(Ticket, Person, School.name).join(Person, Person.id == Ticket.by)
    query = query.join(School, School.id == Ticket.school_id)
    query = query.where(Ticket.gone.is_(False), narrow_tickets(session, person)).order_by(Ticket.id.desc())
    rows = session.execute(query).all()
    closed = [row for row in rows if row[0].state == "closed"][:MOST_CLOSED]
    shown = [*(row for row in rows if row[0].state == "open"), *closed]
    answers = _read_answers(session, [ticket.id for ticket, _, _ in shown])
    return [
        Question(
            ticket.id,
            ticket.version,
            "" if asker.id == person.id else short_name(asker),
            school,
            ticket.page,
            ticket.lesson,
            ticket.error,
            ticket.text,
            ticket.level,
            ticket.state == "open",
            bool(HELPERS & person.role_names) or asker.id == person.id,
            ticket.level != LEVELS[-1] and not person.role_names <= {"pupil"},
            tuple(answers.get(ticket.id, ())),
        )
        for ticket, asker, school in shown
    ]


def count_waiting(session: Session, person: Person) -> Waiting:
    """Return what waits for a person in two counts; nobody finds a question, or its answer, by looking every day."""
    last = (
        select(func.max(Reply.id))
        .where(Reply.sheet == "ticket", Reply.row_id == Ticket.id, Reply.gone.is_(False))
        .correlate(Ticket)
        .scalar_subquery()
    )
    query = select(Ticket.by, Ticket.level, Reply.by).outerjoin(Reply, Reply.id == last)
    query = query.where(Ticket.gone.is_(False), Ticket.state == "open", narrow_tickets(session, person))
    asked = answered = 0
    for by, level, said in session.execute(query):
        if by == person.id:
            answered += said not in (None, by)
        else:
            asked += said in (None, by) and bool(ANSWERERS[level] & person.role_names)
    return Waiting(asked, answered)


def _read_answers(session: Session, tickets: Sequence[int]) -> dict[int, list[Answer]]:
    query = (
        select(Reply, Person)
        .join(Person, Person.id == Reply.by)
        .where(Reply.sheet == "ticket", Reply.row_id.in_(tickets), Reply.gone.is_(False))
        .order_by(Reply.id)
    )
    found: dict[int, list[Answer]] = {}
    for reply, person in session.execute(query):
        found.setdefault(reply.row_id, []).append(
            Answer(short_name(person), reply.text, reply.on.isoformat())
        )
    return found
