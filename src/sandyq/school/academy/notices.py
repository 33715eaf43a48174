"""Words to many: who is shown which, until they put it away; who writes them, changes them, takes them back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from sandyq.school.academy.rights import address_notices, narrow_notices, own_notices
from sandyq.school.academy.tables import Notice, NoticePutAway
from sandyq.school.database import today
from sandyq.school.errors import NotFound
from sandyq.school.journal import Batch, Edit, change, undo
from sandyq.school.kept import Change
from sandyq.school.people import short_name
from sandyq.school.registry import SHEETS, find_sheet
from sandyq.school.tables import Person, School

APP: Final = "notices"
WRITERS: Final = SHEETS["notice"].writers
MOST_OVER: Final = 50
"""Of those that are shown no more, how many a writer's list has."""


@dataclass(frozen=True)
class Told:
    """A notice as pages show it."""

    id: int
    version: int
    titles: Mapping[str, str]
    texts: Mapping[str, str]
    roles: tuple[str, ...]
    everywhere: bool
    since: date
    until: date
    on: date | None
    important: bool
    by: str
    """Short name."""
    school: str
    is_own: bool
    """To change: one's own, or inherited from somebody who is there no more."""
    is_put_away: bool = False


def list_shown(session: Session, person: Person, on: date) -> list[Told]:
    """Return the notices for a person on a day, important ones first, then the newest; put away ones too."""
    shown = and_(Notice.since <= on, Notice.until >= on, address_notices(session, person))
    return sorted(_read(session, person, shown), key=lambda each: not each.important)


def list_written(session: Session, person: Person, on: date) -> tuple[list[Told], list[Told]]:
    """Return what a writer has to do with – their own, for the district all –: still or not yet shown, and over."""
    mine = narrow_notices(session, person) if "district" in person.role_names else own_notices(person)
    if "administrator" in person.role_names:
        mine = or_(mine, Notice.school_id == person.school_id)
    found = _read(session, person, mine)
    current = [each for each in found if each.until >= on]
    return current, [each for each in found if each.until < on][:MOST_OVER]


def _read(session: Session, person: Person, which: ColumnElement[bool]) -> list[Told]:
    away = and_(
        NoticePutAway.notice_id == Notice.id,
        NoticePutAway.person_id == person.id,
        NoticePutAway.version >= Notice.version,
    )
    query = (
        select(Notice, Person, School.name, NoticePutAway.version, own_notices(person))
        .join(Person, Person.id == Notice.by)
        .join(School, School.id == Person.school_id)
        .outerjoin(NoticePutAway, away)
        .where(which, Notice.gone.is_(False))
        .order_by(Notice.since.desc(), Notice.id.desc())
    )
    return [
        Told(
            row.id, row.version, row.titles, row.texts, tuple(row.roles), row.everywhere, row.since, row.until,
            row.on, row.important, short_name(writer), school, is_own, read is not None,
        )
        for row, writer, school, read, is_own in session.execute(query)
    ]  # fmt: skip


def find_own(session: Session, person: Person, number: int) -> Told:
    """Return a notice that a person wrote or has inherited; NotFound for any other."""
    found = _read(session, person, and_(Notice.id == number, own_notices(person)))
    if not found:
        raise NotFound("There is no notice {number} of yours.", number=number)
    return found[0]


def write(  # noqa: PLR0913, PLR0917 # what an entry of the journal needs
    session: Session,
    person: Person,
    uuid: UUID,
    what: str,
    values: Mapping[str, Any],
    seen: tuple[int, int] = (-1, 0),
) -> int:
    """Keep a new notice, or change one (``seen``: its id and the version that its writer saw); return its id.

    Raises what the journal raises: BadEdit for a field, Stale when it was changed meanwhile, NotAllowed.
    """
    entry = change(session, person, Batch(uuid, APP, what, (Edit("notice", *seen, dict(values)),)))
    return int(entry.rows[0]["id"])


def take_back(session: Session, person: Person, uuid: UUID, what: str, number: int) -> Change:
    """Show a notice no more: its writer, who has inherited it, or the district; the change can be undone."""
    row = find_sheet("notice", person, to_write=True).find(session, person, number)
    if row is None or row.gone:
        raise NotFound("There is no notice {number} of yours.", number=number)
    return change(session, person, Batch(uuid, APP, what, (Edit("notice", number, row.version, None),)))


def bring_back(session: Session, person: Person, uuid: UUID, number: int) -> None:
    """Undo the change with this number of the journal."""
    undo(session, person, uuid, number)


def put_away(session: Session, person: Person, number: int, *, away: bool) -> None:
    """Take a notice off a person's home page until it is changed, or put it there again; NotFound for no reader."""
    row = session.scalar(
        select(Notice).where(
            Notice.id == number,
            Notice.gone.is_(False),
            Notice.since <= today(),
            address_notices(session, person),
        )
    )
    if row is None:
        raise NotFound("There is no such notice for you.")
    known = session.get(NoticePutAway, (person.id, number))
    if not away:
        if known is not None:
            session.delete(known)
    elif known is None:
        session.add(NoticePutAway(person_id=person.id, notice_id=number, version=row.version))
    else:
        known.version = row.version
    session.flush()
