"""A person's events between two days: what already stands in the database, and nobody else's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from sandyq.school.academy.notices import Told
from sandyq.school.calendar import academy, centre, classes
from sandyq.school.calendar.event import Event, Span
from sandyq.school.sheets import LEADING
from sandyq.school.tables import ADULTS, Person, Release


@dataclass(frozen=True)
class Known:
    """What the caller has read already, so that it is not read twice."""

    releases: Sequence[Release]
    """All that are given to the person (``assignments.releases_for_pupil``)."""
    notices: Sequence[Told]
    """Those that have a day of their own among the events."""


def events_of(  # noqa: PLR0913 # whose, from when to when, and what of it
    session: Session,
    person: Person,
    since: date,
    until: date,
    *,
    cancelled: bool = False,
    known: Known | None = None,
) -> list[Event]:
    """Return a person's events, both days included, in order; with ``cancelled`` also those that will not be.

    The number of queries does not depend on how many people, groups or events there are.
    """
    found = [
        each for each in _read(session, person, (since, until), known) if cancelled or not each.cancelled
    ]
    return sorted(found, key=lambda each: (each.on, each.starts, each.key))


def _read(session: Session, person: Person, span: Span, known: Known | None) -> Iterator[Event]:
    roles = person.role_names
    if {"pupil", "teacher"} & roles:
        yield from classes.read_work(session, person, span, known.releases if known else None)
    yield from centre.read_clubs(session, person, span)
    if "pupil" in roles:
        yield from classes.read_lessons(session, person, span)
    if "teacher" in roles:
        yield from classes.read_taught(session, person, span)
    if LEADING & roles:
        yield from centre.read_launch(session, person, span)
    if ADULTS & roles:
        yield from academy.read_events(session, person, span)
    if known is None:
        yield from academy.read_notices(session, person, span)
    else:
        told = (event for each in known.notices for event in academy.tell_notice(each))
        yield from (event for event in told if span[0] <= event.on <= span[1])
