"""Consents, and who looked at whose data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from sandyq.school.database import today
from sandyq.school.errors import BadField, Conflict, NotFound
from sandyq.school.law.tables import KINDS, AccessNote, Consent
from sandyq.school.people import short_name
from sandyq.school.tables import Person

KEPT_FOR: Final = timedelta(days=365)
"""How long one can see who looked."""
MOST: Final = 200


@dataclass(frozen=True)
class Look:
    on: date
    viewer: str
    what: str


def find_unnoted(session: Session, viewer: int, people: Iterable[int], what: str) -> set[int]:
    """Return those of whom it is not written down today that somebody looks at their data; oneself never is."""
    known = select(AccessNote.person_id).where(
        AccessNote.viewer_id == viewer, AccessNote.what == what, AccessNote.on == today()
    )
    return {*people} - set(session.scalars(known)) - {viewer}


def note_access(session: Session, viewer: int, people: Iterable[int], what: str) -> None:
    """Write down that somebody looks at people's data; once a day each."""
    on = today()
    for person in find_unnoted(session, viewer, people, what):
        try:
            with session.begin_nested():
                session.add(AccessNote(person_id=person, viewer_id=viewer, what=what, on=on))
        except IntegrityError:
            continue  # the same page in a second tab


def forget_old_notes(session: Session) -> None:
    session.execute(delete(AccessNote).where(AccessNote.on < today() - KEPT_FOR))


def list_looks(session: Session, person: Person) -> list[Look]:
    """Return who looked at a person's data, the newest first."""
    query = (
        select(AccessNote, Person)
        .join(Person, Person.id == AccessNote.viewer_id)
        .where(AccessNote.person_id == person.id)
        .order_by(AccessNote.on.desc(), AccessNote.id.desc())
        .limit(MOST)
    )
    return [Look(note.on, short_name(viewer), note.what) for note, viewer in session.execute(query)]


def list_consents(session: Session, person: Person) -> list[Consent]:
    """Return all consents of a person, withdrawn ones too, the newest first."""
    query = (
        select(Consent).where(Consent.person_id == person.id).order_by(Consent.on.desc(), Consent.id.desc())
    )
    return list(session.scalars(query))


def has_consent(session: Session, person: int, kind: str) -> bool:
    """Whether a consent of a kind is in force today."""
    query = select(Consent.id).where(
        Consent.person_id == person,
        Consent.kind == kind,
        Consent.withdrawn_on.is_(None),
        Consent.on <= today(),
    )
    return session.scalar(query.limit(1)) is not None


def add_consent(  # noqa: PLR0913, PLR0917 # what stands on the paper
    session: Session, person: Person, kind: str, given_by: str, on: date, by: Person
) -> Consent:
    """Write down a consent; BadField for a kind, a name or a day that cannot be, Conflict when one is in force."""
    if kind not in KINDS:
        raise BadField("kind", "'{value}' is none of {known}.", value=kind, known=", ".join(KINDS))
    if not given_by.strip():
        raise BadField("given_by", "Write who signed the consent.")
    if on > today():
        raise BadField("on", "This day is still to come.")
    if has_consent(session, person.id, kind):
        raise Conflict("This consent is there already.")
    consent = Consent(
        person_id=person.id, kind=kind, given_by=given_by.strip()[:200], on=on, recorded_by=by.id
    )
    session.add(consent)
    session.flush()
    return consent


def withdraw_consent(session: Session, person: Person, number: int) -> None:
    """From today on; NotFound for one that is not this person's or was withdrawn."""
    consent = session.get(Consent, number)
    if consent is None or consent.person_id != person.id or consent.withdrawn_on:
        raise NotFound("There is no such consent.")
    consent.withdrawn_on = today()
