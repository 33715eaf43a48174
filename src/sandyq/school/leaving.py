"""Leaving the school: no sign-in, no class, and no place in a club that nobody takes any more."""

from __future__ import annotations

from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from sandyq.i18n import say_in
from sandyq.school.centre.tables import Enrolment, Waiting
from sandyq.school.database import today
from sandyq.school.journal import Batch, Edit, change
from sandyq.school.people import end_account
from sandyq.school.sheets import Sheet
from sandyq.school.tables import Person

APP = "people"
PUPILS = frozenset({"pupil"})
OWN = {
    "enrolment": Sheet(
        "enrolment", Enrolment, PUPILS, PUPILS, lambda _s, pupil: Enrolment.person_id == pupil.id
    ),
    "waiting": Sheet("waiting", Waiting, PUPILS, PUPILS, lambda _s, pupil: Waiting.person_id == pupil.id),
}


def leave_school(session: Session, person: Person) -> None:
    """End a person's account and, in the journal, so that open pages hear of it, their places in clubs."""
    end_account(session, person)
    on = today()
    enrolled = select(Enrolment).where(
        Enrolment.person_id == person.id, Enrolment.gone.is_(False), Enrolment.until.is_(None)
    )
    waits = select(Waiting).where(Waiting.person_id == person.id, Waiting.gone.is_(False))
    edits = [
        *(
            Edit("enrolment", row.id, row.version, {"until": max(on, row.since).isoformat()})
            for row in session.scalars(enrolled)
        ),
        *(Edit("waiting", row.id, row.version) for row in session.scalars(waits)),
    ]
    if edits:
        what = say_in(person.language)("Left the school: {name}", name=person.full_name)
        change(session, person, Batch(uuid4(), APP, what, tuple(edits)), OWN)
