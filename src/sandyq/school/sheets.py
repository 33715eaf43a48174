"""A table as apps see it: who may read and change which rows, and what a row must be like."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, Final, get_args, get_type_hints

from sqlalchemy import JSON, BigInteger, ColumnElement, select
from sqlalchemy.orm import Session

from sandyq.school.errors import BadField
from sandyq.school.kept import Kept
from sandyq.school.law.tables import check_not_erased
from sandyq.school.shapes import has_shape, is_writable, misfit, show_safely
from sandyq.school.tables import Person

LARGEST_VALUE: Final = 100_000
"""Characters of a JSON value."""
LEADING: Final = frozenset({"leader", "administrator"})
TEACHING: Final = LEADING | {"teacher"}
OWN: Final = frozenset({"id", "school_id", "version", "gone"})
Check = Callable[[Session, Kept], None]


@dataclass(frozen=True)
class Sheet:
    """A table as the apps see it: rows are dictionaries of plain values, dates as ISO texts."""

    name: str
    table: type[Kept]
    readers: frozenset[str] = LEADING
    writers: frozenset[str] = LEADING
    narrow: Callable[[Session, Person], ColumnElement[bool]] | None = None
    """Which rows of the school's a person may see and change; None: all."""
    guard: Callable[[Session, Person, Kept], bool] | None = None
    """Whether a person may write a row as it is, and as they would have it; None: whoever sees it."""
    signed: bool = False
    """Each row is somebody's own word (``by``): nobody else changes it, but ``removers`` may take it away."""
    removers: frozenset[str] = frozenset({"administrator"})
    inherits: Callable[[Session, Person, Kept], bool] | None = None
    """Whose word somebody else's signed row is from now on, when its writer is there no more; None: nobody's."""
    everywhere: bool = False
    """Rows of all schools on this server; ``narrow`` says of whom."""
    secret: frozenset[str] = frozenset()
    """Fields that nobody is told; with ``by`` among them neither is who changed a row."""
    versions: Callable[[Person, dict[str, Any]], bool] | None = None
    """Which earlier versions of a row that they see a person may see; None: all."""
    about: str = ""
    """The field whose person's school the row belongs to; empty: the writer's."""
    checks: tuple[Check, ...] = field(default=())

    @cached_property
    def fields(self) -> tuple[str, ...]:
        hidden = OWN | self.secret
        return tuple(column.name for column in self.table.__table__.columns if column.name not in hidden)

    @cached_property
    def _shapes(self) -> dict[str, Any]:
        """What each column holds, as its table declares it."""
        hints = get_type_hints(self.table)
        return {name: get_args(hints[name])[0] for name in self.table.__table__.columns.keys()}  # noqa: SIM118

    def describe(self, row: Kept) -> dict[str, Any]:
        """Return a row as apps get it; of a removed one only that it is gone."""
        if row.gone:
            return {"id": row.id, "version": row.version, "gone": True}
        values = {name: _tell(getattr(row, name)) for name in self.fields}
        return {"id": row.id, "version": row.version, **values}

    def shows(self, person: Person, version: dict[str, Any] | None) -> bool:
        """Whether a person may see a version of a row as the journal keeps it."""
        return version is not None and (self.versions is None or self.versions(person, version))

    def rows(self, session: Session, person: Person) -> list[dict[str, Any]]:
        query = self._select(session, person).where(self.table.gone.is_(False)).order_by(self.table.id)
        names = ("id", "version", *self.fields)
        # Columns, not objects: a large sheet is read in half the time.
        found = session.execute(query.with_only_columns(*(getattr(self.table, name) for name in names)))
        return [dict(zip(names, map(_tell, row), strict=True)) for row in found]

    def find(self, session: Session, person: Person, row_id: int) -> Kept | None:
        """Return a row of the person's school that they may see, removed ones too."""
        query = self._select(session, person).where(self.table.id == row_id)
        # Read anew: with PostgreSQL somebody else may have changed what this session read a moment before.
        found: Kept | None = session.scalar(query.execution_options(populate_existing=True))
        return found

    def _select(self, session: Session, person: Person) -> Any:
        query = select(self.table)
        if not self.everywhere:
            query = query.where(self.table.school_id == person.school_id)
        return query if self.narrow is None else query.where(self.narrow(session, person))

    def complete(self, row: Kept) -> None:
        """Give a new row the defaults of what was not said, so that it can be checked as it will be kept."""
        for column in self.table.__table__.columns:
            default = column.default
            if default is not None and getattr(row, column.name) is None:
                value = default.arg(None) if default.is_callable else default.arg
                setattr(row, column.name, value)

    def fill(self, session: Session, row: Kept, values: dict[str, Any]) -> None:
        """Set fields from plain values; BadField names the first that cannot be kept."""
        columns = {column.name: column for column in self.table.__table__.columns}
        for name, value in values.items():
            if name in OWN or name not in columns:
                raise BadField(
                    name, "Field '{field}' is not known in '{sheet}'.", field=name, sheet=self.name
                )
            school_id = None if self.everywhere else row.school_id
            old, new = getattr(row, name), _read(session, school_id, columns[name], self._shapes[name], value)
            if new not in (None, old) and columns[name].references(Person.__table__.columns.id):
                check_not_erased(session, new, name)
            setattr(row, name, new)
        if self.about and (person_id := getattr(row, self.about)) is not None:
            row.school_id = session.get_one(Person, person_id).school_id

    def check(self, session: Session, row: Kept) -> None:
        for column in self.table.__table__.columns:
            missing = getattr(row, column.name) is None and column.default is None
            if missing and not column.nullable and column.name not in OWN:
                raise BadField(column.name, "Fill in '{field}'.", field=column.name)
        for each in self.checks:
            each(session, row)


def _tell(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _read(session: Session, school_id: int | None, column: Any, shape: Any, value: Any) -> Any:
    """Return a plain value as the column keeps it; what it refers to is of that school, or of any."""
    if value is None:
        if not column.nullable:
            raise BadField(column.name, "Fill in '{field}'.", field=column.name)
        return None
    if isinstance(column.type, JSON):
        if not has_shape(value, shape) or not is_writable(value):
            raise misfit(column.name, value)
        if len(json.dumps(value)) > LARGEST_VALUE:
            raise BadField(column.name, "'{field}' is too large.", field=column.name)
        return value
    kind = column.type.python_type
    if kind is date and isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise BadField(column.name, "'{value}' is no date.", value=show_safely(value)) from None
    if type(value) is not kind or _is_beyond(column, value):
        raise misfit(column.name, value)
    if kind is str and len(value) > column.type.length:
        raise BadField(column.name, "Use {most} characters at most.", most=column.type.length)
    for key in column.foreign_keys:
        _check_reference(session, school_id, column.name, key.column.table, value)
    return value


def _is_beyond(column: Any, value: Any) -> bool:
    """Return whether no database could keep a value: an app would send it again for ever."""
    if isinstance(value, int):
        bits = 63 if isinstance(column.type, BigInteger) else 31
        return not -(1 << bits) <= value < 1 << bits
    return not is_writable(value)


def _check_reference(session: Session, school_id: int | None, name: str, table: Any, value: int) -> None:
    query = select(table.c.id).where(table.c.id == value)
    if school_id is not None:
        query = query.where(table.c.school_id == school_id)
    if "gone" in table.c:
        query = query.where(table.c.gone.is_(False))
    if session.scalar(query) is None:
        raise BadField(name, "{field} {value} is not there any more.", field=name, value=value)
