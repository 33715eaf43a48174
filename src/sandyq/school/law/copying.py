"""A copy of everything that the school keeps of one person, for that person or their parents."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Table, or_, select
from sqlalchemy.orm import Session

from sandyq.school.academy import tables as _academy
from sandyq.school.centre import tables as _centre
from sandyq.school.database import Base
from sandyq.school.law import tables as _law
from sandyq.school.tables import Person

LOADED: Final = (_academy, _centre, _law)
"""Their tables are known to ``Base`` from here on."""
WROTE: Final = frozenset(
    {
        ("access_note", "viewer_id"),
        ("assignment", "made_by"),
        ("attendance", "recorded_by"),
        ("cell_mark", "marked_by"),
        ("centre_change", "by"),
        ("club", "leader_id"),
        ("coach_visit", "by"),
        ("consent", "recorded_by"),
        ("erasure", "erased_by"),
        ("extension", "given_by"),
        ("learning_event", "partner_id"),
        ("lesson_assignment", "assigned_by"),
        ("notice", "by"),
        ("observation", "by"),
        ("passport_entry", "by"),
        ("release", "released_by"),
        ("returned", "returned_by"),
        ("training_group", "coach_id"),
        ("training_group", "facilitator_id"),
    }
)
"""Columns that say who did something to or for others: those rows are the others'. All other columns: whose it is."""
SECRET: Final = frozenset({("credential", "secret_hash")})


def find_columns(table: Table) -> list[str]:
    """Return the columns of a table that say whose its rows are; [] when they are nobody's."""
    return [
        column.name
        for column in table.columns
        if (table.name, column.name) not in WROTE
        and any(key.column.table.name == Person.__tablename__ for key in column.foreign_keys)
    ]


def personal_tables() -> Iterator[tuple[Table, list[str]]]:
    """Yield each table with rows about somebody, and the columns that say about whom."""
    yield Base.metadata.tables[Person.__tablename__], ["id"]
    for table in Base.metadata.sorted_tables:
        if columns := find_columns(table):
            yield table, columns


def read_record(session: Session, person: Person) -> dict[str, list[dict[str, Any]]]:
    """Return all rows about a person, by table, without secrets."""
    record = {}
    for table, columns in personal_tables():
        mine = or_(*(table.columns[name] == person.id for name in columns))
        rows = session.execute(select(table).where(mine)).mappings().all()
        if rows:
            record[table.name] = [
                {name: value for name, value in row.items() if (table.name, name) not in SECRET}
                for row in rows
            ]
    return record


def write_record(record: dict[str, list[dict[str, Any]]]) -> bytes:
    """Return a record as JSON, UTF-8; times and days as ISO 8601."""

    def spell(value: object) -> str:
        if isinstance(value, datetime | date):
            return value.isoformat()
        raise TypeError(f"{value!r} has no place in a record")

    return json.dumps(record, ensure_ascii=False, indent=1, default=spell).encode()
