"""What peers say of themselves, and how far away a day may be."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from sandyq.i18n import LANGUAGES
from sandyq.school.academy import tables as t
from sandyq.school.academy.words import topics
from sandyq.school.database import today
from sandyq.school.errors import BadField, Conflict

FAR_YEARS: Final = 10
"""A day that is further away was mistyped."""
MOST_NAME: Final = 120
"""Characters of a community's name in a language."""


def is_changed(row: Any, *fields: str) -> bool:
    """Whether a row is new, or other in one of these fields: what was kept once stays kept."""
    return row.id is None or any(inspect(row).attrs[name].history.deleted for name in fields)


def check_near(row: Any, *fields: str) -> None:
    """BadField for a day that nobody means: a visit in 1990, a course until 2100."""
    for field in fields:
        day: date | None = getattr(row, field)
        if day is not None and is_changed(row, field) and abs(day - today()) > timedelta(366 * FAR_YEARS):
            words = "{day} is more than {most} years away. Check the year."
            raise BadField(field, words, day=day.isoformat(), most=FAR_YEARS)


def check_languages(languages: Any) -> None:
    if not isinstance(languages, list) or not all(each in LANGUAGES for each in languages):
        raise BadField("languages", "Choose Kazakh, Russian or English.")


def check_topic(row: Any) -> None:
    if row.topic not in topics() and is_changed(row, "topic"):
        raise BadField("topic", "'{value}' is none of {known}.", value=row.topic, known=", ".join(topics()))


def check_need(session: Session, row: t.PeerNeed) -> None:
    """A known topic, said once for each subject."""
    check_topic(row)
    twin = select(t.PeerNeed.id).where(
        t.PeerNeed.by == row.by,
        t.PeerNeed.kind == row.kind,
        t.PeerNeed.topic == row.topic,
        t.PeerNeed.subject == row.subject,
        t.PeerNeed.gone.is_(False),
    )
    if any(number != row.id for number in session.scalars(twin)):
        raise Conflict("You have said so already.")


def check_names(names: Mapping[str, str], most: int) -> None:
    """A name in Kazakh or Russian at least; ``most``: characters in a language."""
    if (
        not set(names) <= set(LANGUAGES)
        or not all(len(each) <= most for each in names.values())
        or not any(names.get(language, "").strip() for language in ("kk", "ru"))
    ):
        raise BadField(
            "names", "Write the name in Kazakh or in Russian, {most} characters at most.", most=most
        )


def check_community(_session: Session, row: t.Community) -> None:
    check_names(row.names, MOST_NAME)
