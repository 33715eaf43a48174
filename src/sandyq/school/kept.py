"""Rows that people share, and the journal in which each of their changes stands.

``Kept`` rows are changed through the journal alone: each change raises the row's version and stays on record.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from sandyq.school.database import Base, now
from sandyq.school.tables import JSON

GONE: Final = "–"
"""What stands for the name of somebody who was erased, and for words about them."""


class Kept(Base):
    """A row that leaders share: whoever changes it must have seen its last version."""

    __abstract__ = True
    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"), index=True)
    version: Mapped[int] = mapped_column(default=1)
    gone: Mapped[bool] = mapped_column(default=False)
    """Removed; it stays, so that the removal can be undone."""


class Change(Base):
    """The journal: append-only, one row for each thing that somebody did, however many rows it touched."""

    __tablename__ = "centre_change"
    __table_args__ = (Index("ix_centre_change_school_id_id", "school_id", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"))
    """Whose journal it is in: the school's; the Academy's is kept under the server's first school."""
    uuid: Mapped[str] = mapped_column(String(36), unique=True)
    """Made by the sender: the same change sent twice is made once."""
    app: Mapped[str] = mapped_column(String(40))
    what: Mapped[str] = mapped_column(String(200))
    """For people, in the language of who did it."""
    said: Mapped[list[Any] | None] = mapped_column(JSON)
    """How the app says ``what`` in another language: teller, arguments, named values; None: only so."""
    rows: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """``{"sheet", "id", "before", "after"}``; before is None for a new row."""
    undoes: Mapped[int | None] = mapped_column(ForeignKey("centre_change.id"), unique=True)
    by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(default=now)
