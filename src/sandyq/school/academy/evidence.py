"""Whose evidence a person may look at."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from sandyq.school.academy.rights import circle
from sandyq.school.academy.tables import Evidence
from sandyq.school.tables import ADULTS, Person


def may_see_photo(session: Session, person: Person, photo: str) -> bool:
    """Return whether a picture is evidence of somebody in a person's circle."""
    if not ADULTS & person.role_names:
        return False
    query = select(Evidence.id).where(
        Evidence.photo == photo, Evidence.gone.is_(False), Evidence.by.in_(circle(person))
    )
    return session.scalar(query.limit(1)) is not None
