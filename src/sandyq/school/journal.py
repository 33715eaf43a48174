"""The journal: every change of a sheet is made here, once, in order, and can be taken back.

A batch is made whole or not at all. Who changes a row names the version they saw; if somebody was faster, nothing is
changed and the newest rows come back (``Stale``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from sandyq.i18n import Said, recipe
from sandyq.school.centre.holders import check_unused
from sandyq.school.errors import BadField, Conflict, Invalid, NotAllowed, SchoolError
from sandyq.school.kept import GONE, Change, Kept
from sandyq.school.people import short_name
from sandyq.school.registry import SHEETS, find_sheet
from sandyq.school.sheets import Sheet
from sandyq.school.tables import Person, School

MOST_ROWS: Final = 5000


@dataclass(frozen=True)
class Edit:
    """A wish for one row: ``id`` is negative for a new one, and may be named so by later edits of the batch."""

    sheet: str
    id: int
    version: int = 0
    values: dict[str, Any] | None = None
    """Fields to set; None: the row is removed."""


@dataclass(frozen=True)
class Batch:
    uuid: UUID
    app: str
    what: str
    """For people: "Club added: Chess"."""
    edits: tuple[Edit, ...]
    seen: int = 0
    """The newest change that the sender knew of."""
    whole: tuple[str, ...] = ()
    """Sheets that are changed as a whole (a computed week): nobody else's change of them may have come in between."""
    said: list[Any] | None = None
    """How an app says ``what`` in another language, see ``Change``; what ``say_in`` has said knows it by itself."""


class Stale(Conflict):
    """Somebody else has changed a row meanwhile; ``rows`` are the newest: ``(sheet, row)``."""

    def __init__(self, who: str, rows: list[tuple[str, dict[str, Any]]]) -> None:
        super().__init__("{who} has changed this meanwhile. Look at it and do it again.", who=who)
        self.rows = rows


class BadEdit(Invalid):
    """An edit that cannot be made: which one, and which of its fields."""

    def __init__(self, index: int, field: str, problem: SchoolError) -> None:
        super().__init__(problem.template, **problem.values)
        self.index, self.field = index, field


def find_home(session: Session, person: Person, sheets: Iterable[str]) -> int:
    """Return the school in whose journal changes of these sheets stand: one's own, or the first for the Academy's.

    Invalid when they stand in two: then there were no one order of changes.
    """
    kinds = {sheet.everywhere for name in sheets if (sheet := SHEETS.get(name))}
    if len(kinds) > 1:
        raise Invalid("Sheets of the school and of the Academy cannot be changed at once.")
    if kinds != {True}:
        return person.school_id
    return session.scalar(select(func.min(School.id))) or person.school_id


def take_turn(session: Session, home: int) -> None:
    """Wait until nobody else changes a journal's rows; what is read from now on is the newest.

    Whoever decides by what is there what to change – a first answer is added, the next one changes it – calls this
    before they look: with PostgreSQL the same form sent twice would find nothing twice.
    """
    session.flush()
    session.get(School, home, with_for_update=True)
    session.expire_all()


def newest(session: Session, home: int) -> int:
    """Return the number of a journal's newest change; 0 before the first."""
    query = select(func.max(Change.id)).where(Change.school_id == home)
    return session.scalar(query) or 0


def change(session: Session, person: Person, batch: Batch, own: Mapping[str, Sheet] | None = None) -> Change:
    """Make a batch and return its entry; the entry it already has when its uuid came before.

    ``own``: sheets that stand for those of everybody, as narrow as a page of ours wants them for this person.
    Raises Stale, BadEdit, NotAllowed or Conflict (a uuid that is another change's, a row that is still used); then
    nothing was changed.
    """
    if len(batch.edits) > MOST_ROWS:
        count = len(batch.edits)
        raise Invalid("{count} rows at once are too many. Use {most} at most.", count=count, most=MOST_ROWS)
    home = find_home(session, person, {edit.sheet for edit in batch.edits})
    said = recipe(batch.what) if isinstance(batch.what, Said) else batch.said
    entry, is_new = _open_entry(
        session, person, home, batch.uuid, app=batch.app, what=batch.what[:200], said=said
    )
    if is_new:
        _check_whole(session, person, batch)
        made: dict[int, int] = {}
        notes = [_make(session, person, index, edit, made, own) for index, edit in enumerate(batch.edits)]
        _finish(session, entry, notes)
    return entry


def undo(session: Session, person: Person, uuid: UUID, number: int) -> Change:
    """Take a change of one's own back; Stale when a row is not as it left it, Conflict when taken back or used."""
    target = session.get(Change, number)
    if target is None or target.by != person.id:
        raise NotAllowed("Change {number} is none of yours.", number=number)
    home = target.school_id
    entry, is_new = _open_entry(
        session, person, home, uuid, app=target.app, what=target.what, said=target.said, undoes=number
    )
    if is_new:
        _finish(session, entry, [_take_back(session, person, note) for note in reversed(target.rows)])
    return entry


def find_own(session: Session, person: Person, uuid: UUID, app: str) -> Change | None:
    """Return the change or the taking back that somebody has made in an app under a uuid."""
    query = select(Change).where(Change.uuid == str(uuid), Change.by == person.id, Change.app == app)
    return session.scalar(query)


def _check_whole(session: Session, person: Person, batch: Batch) -> None:
    """Stale when somebody else has changed meanwhile what the batch makes anew: new rows have no version to compare."""
    if not batch.whole:
        return
    news = changes_since(session, person, batch.seen, batch.whole)
    others = [entry for entry in news["entries"] if entry["by_id"] != person.id]
    if others:
        rows = [(each["sheet"], each["row"]) for each in news["rows"]]
        raise Stale(others[-1]["by"], rows)


def _finish(session: Session, entry: Change, notes: list[dict[str, Any]]) -> None:
    """Write down what was done, unless it took away what a colleague has begun to use."""
    for note in notes:
        if note["after"].get("gone"):
            check_unused(session, note["sheet"], note["id"], entry.by)
    entry.rows = notes
    session.flush()


def _open_entry(  # noqa: PLR0913 # what an entry says
    session: Session,
    person: Person,
    home: int,
    uuid: UUID,
    *,
    app: str,
    what: str,
    said: list[Any] | None,
    undoes: int | None = None,
) -> tuple[Change, bool]:
    """Return a new entry, or the one that this uuid has already."""
    # One writer a journal at a time, so that numbers appear in the order in which they are given.
    session.get(School, home, with_for_update=True)
    known = session.scalar(select(Change).where(Change.uuid == str(uuid)))
    if known is not None:
        if (known.by, known.app, known.undoes) != (person.id, app, undoes):
            raise Conflict("The uuid {uuid} belongs to another change. Send a new one.", uuid=uuid)
        return known, False
    entry = Change(
        school_id=home, uuid=str(uuid), app=app, what=what, said=said, rows=[], undoes=undoes, by=person.id
    )
    try:
        with session.begin_nested():
            session.add(entry)
    except IntegrityError:
        raise Conflict("This change was taken back already.") from None
    return entry, True


def _make(  # noqa: PLR0913, PLR0917 # what an edit needs
    session: Session,
    person: Person,
    index: int,
    edit: Edit,
    made: dict[int, int],
    own: Mapping[str, Sheet] | None,
) -> dict[str, Any]:
    sheet = find_sheet(edit.sheet, person, to_write=True) if own is None else own[edit.sheet]
    values = None if edit.values is None else _resolve(edit.values, sheet, made)
    try:
        if edit.id < 0:
            row = _add(session, person, sheet, values or {})
            made[edit.id] = row.id
            return {"sheet": sheet.name, "id": row.id, "before": None, "after": sheet.describe(row)}
        row = _find(session, person, sheet, edit.id, made)
        if row.version != edit.version or row.gone:
            raise _stale(session, person, sheet, row)
        if values is not None or not _may_remove(person, sheet):
            _check_may_write(session, person, sheet, row)
            values = _sign(session, person, sheet, row, values)
        return _alter(session, person, sheet, row, values)
    except BadField as problem:
        raise BadEdit(index, problem.field, problem) from None


def _check_may_write(session: Session, person: Person, sheet: Sheet, row: Kept) -> None:
    is_writer = bool(person.role_names & sheet.writers)
    if not is_writer or (sheet.guard is not None and not sheet.guard(session, person, row)):
        raise NotAllowed("'{name}' is not for your role.", name=sheet.name)


def _may_remove(person: Person, sheet: Sheet) -> bool:
    """Somebody else's word, too."""
    return sheet.signed and bool(sheet.removers & person.role_names)


def _sign(
    session: Session, person: Person, sheet: Sheet, row: Any, values: dict[str, Any] | None
) -> dict[str, Any] | None:
    """Return the values with who says so, if somebody has inherited the row; NotAllowed for any other's word."""
    if not sheet.signed or row.by == person.id:
        return values
    if sheet.inherits is None or not sheet.inherits(session, person, row):
        raise NotAllowed("This was written by somebody else. Write your own beside it.")
    return values and values | {"by": person.id}


def _resolve(values: dict[str, Any], sheet: Sheet, made: dict[int, int]) -> dict[str, Any]:
    """Put real ids for negative ones in fields that refer to other rows."""
    references = {column.name for column in sheet.table.__table__.columns if column.foreign_keys}
    return {
        name: made.get(value, value) if name in references and isinstance(value, int) else value
        for name, value in values.items()
    }


def _add(session: Session, person: Person, sheet: Sheet, values: dict[str, Any]) -> Kept:
    row = sheet.table(school_id=person.school_id, version=1, gone=False)
    with session.no_autoflush:
        sheet.fill(session, row, values)
        if sheet.signed:
            row.by = person.id  # type: ignore[attr-defined] # whoever writes it has said it
        sheet.complete(row)
        sheet.check(session, row)
        _check_may_write(session, person, sheet, row)
    session.add(row)
    session.flush()
    if sheet.find(session, person, row.id) is None:
        raise NotAllowed("'{name}' is not for your role.", name=sheet.name)
    return row


def _find(session: Session, person: Person, sheet: Sheet, row_id: int, made: dict[int, int]) -> Kept:
    row = sheet.find(session, person, made.get(row_id, row_id))
    if row is None:
        raise NotAllowed("Row {id} of '{sheet}' is not there.", id=row_id, sheet=sheet.name)
    return row


def _alter(
    session: Session, person: Person, sheet: Sheet, row: Kept, values: dict[str, Any] | None
) -> dict[str, Any]:
    before, author = sheet.describe(row), getattr(row, "by", None)
    with session.no_autoflush:
        if values is None:
            row.gone = True
        else:
            row.gone = False
            sheet.fill(session, row, values)
            if sheet.signed and row.by not in (author, person.id):  # type: ignore[attr-defined]
                raise NotAllowed("What somebody has said stays theirs.")
            sheet.check(session, row)
            _check_may_write(session, person, sheet, row)
    row.version += 1
    session.flush()
    return {"sheet": sheet.name, "id": row.id, "before": before, "after": sheet.describe(row)}


def _take_back(session: Session, person: Person, note: dict[str, Any]) -> dict[str, Any]:
    sheet = find_sheet(note["sheet"], person, to_write=True)
    row = sheet.find(session, person, note["id"])
    if row is None or _state(sheet.describe(row)) != _state(note["after"]):
        raise _stale(session, person, sheet, row)
    before = note["before"]
    kept = [name for name in sheet.fields if not (sheet.signed and name == "by")]  # it stays who says so now
    values = None if before is None else {name: before[name] for name in kept}
    return _alter(session, person, sheet, row, values)


def _state(described: dict[str, Any]) -> dict[str, Any]:
    """Return a row without its version: later changes that were taken back raise it and leave the rest as it was."""
    return {name: value for name, value in described.items() if name != "version"}


def _stale(session: Session, person: Person, sheet: Sheet, row: Kept | None) -> Stale:
    rows = [] if row is None else [(sheet.name, sheet.describe(row))]
    if not _tells_who(sheet.name):
        return Stale("?", rows)
    home = find_home(session, person, [sheet.name])
    query = select(Change).where(Change.school_id == home).order_by(Change.id.desc())
    for entry in session.scalars(query.limit(200)):
        if row is not None and any(
            (note["sheet"], note["id"]) == (sheet.name, row.id) for note in entry.rows
        ):
            return Stale(short_name(session.get_one(Person, entry.by)), rows)
    return Stale("?", rows)


def changes_since(session: Session, person: Person, number: int, sheets: Iterable[str]) -> dict[str, Any]:
    """Return what others need to be up to date: the newest number, the changed rows, who did what.

    ``{"at": 7, "rows": [{"sheet", "row"}], "entries": [{"number", "what", "said", "by", "by_id", "at"}]}``
    """
    names = set(sheets)
    home = find_home(session, person, names)
    query = select(Change).where(Change.school_id == home, Change.id > number).order_by(Change.id)
    entries = session.scalars(query).all()
    touched = {
        (note["sheet"], note["id"]) for entry in entries for note in entry.rows if note["sheet"] in names
    }
    seen = {
        (name, row_id): row
        for name, row_id in sorted(touched)
        if (row := find_sheet(name, person).find(session, person, row_id))
    }
    return {
        "at": entries[-1].id if entries else number,
        "rows": [{"sheet": name, "row": SHEETS[name].describe(row)} for (name, _), row in seen.items()],
        "entries": [
            describe_entry(session, entry)
            for entry in entries
            if any((note["sheet"], note["id"]) in seen and _tells_who(note["sheet"]) for note in entry.rows)
        ],
    }


def _tells_who(sheet: str) -> bool:
    return "by" not in SHEETS[sheet].secret


def describe_entry(session: Session, entry: Change) -> dict[str, Any]:
    return {
        "number": entry.id,
        "what": entry.what,
        "said": entry.said,
        "by": short_name(session.get_one(Person, entry.by)),
        "by_id": entry.by,
        "at": entry.at.isoformat(),
        "undoes": entry.undoes,
    }


def last_own(session: Session, person: Person, app: str) -> Change | None:
    """Return the newest change of a person in an app that is neither taken back nor itself a taking back.

    What was about somebody who is erased by now cannot come back.
    """
    taken_back = select(Change.undoes).where(Change.undoes.is_not(None))
    query = (
        select(Change)
        .where(
            Change.by == person.id,
            Change.app == app,
            Change.undoes.is_(None),
            Change.what != GONE,
            Change.id.not_in(taken_back),
        )
        .order_by(Change.id.desc())
    )
    return session.scalar(query.limit(1))


def history(session: Session, person: Person, sheet: Sheet, row_id: int) -> list[dict[str, Any]]:
    """Return every change of a row, the oldest first, with who, when, before and after: the audit trail."""
    if sheet.find(session, person, row_id) is None or not _tells_who(sheet.name):
        raise NotAllowed("Row {id} of '{sheet}' is not there.", id=row_id, sheet=sheet.name)
    home = find_home(session, person, [sheet.name])
    query = select(Change).where(Change.school_id == home).order_by(Change.id)
    return [
        {
            **describe_entry(session, entry),
            "before": note["before"] if sheet.shows(person, note["before"]) else None,
            "after": note["after"],
        }
        for entry in session.scalars(query)
        for note in entry.rows
        if (note["sheet"], note["id"]) == (sheet.name, row_id) and sheet.shows(person, note["after"])
    ]
