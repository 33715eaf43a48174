"""Consents, who looked at whose data, and who was erased."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, Session, mapped_column

from sandyq.school.database import Base, now
from sandyq.school.errors import BadField

KINDS = ("data", "photos", "publishing", "study")
"""To keep and work with a person's data; to take and show pictures of works; to show them outside the school; to be
named as a case pupil of a Lesson Study."""


class Consent(Base):
    """Somebody's consent, as it stands on the paper that the school keeps; withdrawn ones stay on record."""

    __tablename__ = "consent"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    """One of KINDS."""
    given_by: Mapped[str] = mapped_column(String(200))
    """Who signed: a parent, a guardian, the person."""
    on: Mapped[date]
    withdrawn_on: Mapped[date | None]
    recorded_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    recorded_at: Mapped[datetime] = mapped_column(default=now)


class AccessNote(Base):
    """On this day somebody looked at a person's data: once a day and a kind of page."""

    __tablename__ = "access_note"
    __table_args__ = (UniqueConstraint("person_id", "viewer_id", "what", "on"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    viewer_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    what: Mapped[str] = mapped_column(String(20))
    """``answers``, ``work``, ``marks``, ``centre``, ``record`` or ``copy``."""
    on: Mapped[date]


class Erasure(Base):
    """Whose data was erased, when and by whom: the number is all that is left."""

    __tablename__ = "erasure"
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    erased_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    home: Mapped[str] = mapped_column(String(64), default="")
    """The folder that is still to be deleted by the server, which alone may; empty: it is gone."""
    at: Mapped[datetime] = mapped_column(default=now)


def check_not_erased(session: Session, person_id: int, field: str) -> None:
    """BadField for whoever was erased: an open page would write of them again what nobody could erase any more."""
    if session.get(Erasure, person_id) is not None:
        raise BadField(
            field, "This person's data was erased; nothing more is kept of them. Open the page anew."
        )
