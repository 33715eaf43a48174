"""Certificates are given out here alone: the conditions are looked at again, the number and the signature are ours."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, Literal
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from sandyq.courses import MONTHS, Progress, Records, list_open_months, measure
from sandyq.school import journal
from sandyq.school.academy import rights
from sandyq.school.academy import tables as t
from sandyq.school.academy.certificates import Certificate, read_keys, sign
from sandyq.school.errors import Conflict, NotAllowed
from sandyq.school.journal import Batch, Edit
from sandyq.school.kept import Change
from sandyq.school.registry import SHEETS
from sandyq.school.tables import Person, School
from sandyq.settings import Settings, read_secret

log = logging.getLogger(__name__)
APP: Final = "certificate"
"""Its entries in the journal are no app's: nobody takes a certificate back by pressing undo."""
KNOWN_KEYS: Final = "certificate-keys.pem"
"""In the database's folder, put there by the operator: further keys that are trusted."""
SECRET: Final = "certificates"  # noqa: S105 # the name of its file
SENTENCES: Final = {
    "sessions": "{name} was at too few sessions.",
    "exam": "{name} has not passed the exam.",
    "practice": "{name} has practice tasks that nobody has accepted yet.",
}
Kind = Literal["course", "support"]
SHEET: Final = replace(
    SHEETS["certificate"], writers=rights.GUIDES, guard=rights.leads_participant, about="person_id"
)


@dataclass(frozen=True)
class Wish:
    """Certificates for some participants, all or none."""

    uuid: UUID
    participants: Sequence[int]
    what: str
    """For the journal, in the language of who asks."""
    kind: Kind = "course"


def find_key(settings: Settings) -> Ed25519PrivateKey:
    """Return the key with which this server signs, made on first use and kept like its other secrets."""
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(read_secret(settings, SECRET)))


def find_known_keys(settings: Settings) -> list[Ed25519PublicKey]:
    """Return the public keys by which certificates are checked here: this server's, its former ones, other servers'."""
    own = find_key(settings).public_key()
    kept = settings.folder("school") / KNOWN_KEYS
    if not kept.exists():
        return [own]
    try:
        return [own, *read_keys(kept.read_text("utf-8"))]
    except ValueError:
        log.exception("%s holds no keys as /certificate/key sends them", kept)
        return [own]


def issue(session: Session, person: Person, wish: Wish, key: Ed25519PrivateKey, on: date) -> Change:
    """Give certificates to participants of groups that a person leads; the same uuid again gives none twice.

    NotAllowed for anybody else's group; Conflict when somebody does not fulfil the conditions or has one already.
    """
    known = session.scalar(select(Change).where(Change.uuid == str(wish.uuid)))
    if known is not None:
        return journal.change(session, person, Batch(wish.uuid, APP, wish.what, ()))
    home = journal.find_home(session, person, ["certificate"])
    session.get(School, home, with_for_update=True)  # numbers are given one after the other
    first = _next_number(session, on.year)
    edits = [
        _make(session, person, participant, f"{first + place:04}-{on.year}", key, on, place, wish.kind)
        for place, participant in enumerate(dict.fromkeys(wish.participants))
    ]
    batch = Batch(wish.uuid, APP, wish.what, tuple(edits))
    return journal.change(session, person, batch, {"certificate": SHEET})


def _next_number(session: Session, year: int) -> int:
    """Return the number after the year's last; removed ones are not given again."""
    numbers = session.scalars(select(t.Certificate.number).where(t.Certificate.number.endswith(f"-{year}")))
    return max((int(number.partition("-")[0]) for number in numbers), default=0) + 1


def _make(  # noqa: PLR0913, PLR0917 # what a certificate says
    session: Session,
    person: Person,
    number: int,
    name: str,
    key: Ed25519PrivateKey,
    on: date,
    place: int,
    kind: Kind,
) -> Edit:
    participant = session.get(t.Participant, number)
    if participant is None or participant.gone or not rights.leads_group(session, person, participant):
        raise NotAllowed("'{name}' is not for your role.", name="certificate")
    owner = session.get_one(Person, participant.person_id)
    group = session.get_one(t.TrainingGroup, participant.group_id)
    training = session.get_one(t.Training, group.training_id)
    if not participant.takes_part:
        raise Conflict("{name} has left the group.", name=owner.full_name)
    _check_first(session, participant, kind, owner.full_name)
    if kind == "course":
        _check_course(session, participant, training, owner.full_name)
    else:
        _check_support(session, participant, group, owner.full_name, on)
    names = training.names
    words = Certificate(
        number=name,
        name=owner.full_name,
        course=names.get(owner.language) or next(each for each in names.values() if each),
        hours=sum(int(module.get("hours") or 0) for module in training.modules) if kind == "course" else 0,
        on=on,
        issuer=session.get_one(School, person.school_id).name,
        months=MONTHS if kind == "support" else 0,
    )
    values = {
        "kind": kind,
        "participant_id": participant.id,
        "person_id": owner.id,
        "number": name,
        "signed": sign(words, key),
        "on": on.isoformat(),
    }
    return Edit("certificate", -1 - place, 0, values)


def _check_first(session: Session, participant: t.Participant, kind: Kind, name: str) -> None:
    has = select(t.Certificate.id).where(
        t.Certificate.participant_id == participant.id,
        t.Certificate.kind == kind,
        t.Certificate.gone.is_(False),
    )
    if session.scalar(has.limit(1)) is not None:
        raise Conflict("{name} has the certificate already.", name=name)


def _check_support(
    session: Session, participant: t.Participant, group: t.TrainingGroup, name: str, on: date
) -> None:
    months = list_open_months(group.ends_on, *_read_shown(session, participant), on)
    if months:
        listed = ", ".join(map(str, months))
        raise Conflict(
            "{name} has months of support that are not accepted yet: {months}.", name=name, months=listed
        )


def _check_course(session: Session, participant: t.Participant, training: t.Training, name: str) -> None:
    for each in read_progress(session, participant, training).missing:
        raise Conflict(SENTENCES[each], name=name)


def read_progress(session: Session, participant: t.Participant, training: t.Training) -> Progress:
    """Return how far a participant is by what the database holds now."""
    evidence, replies = _read_shown(session, participant)
    records = Records(
        sessions=_rows(session, t.TrainingSession, t.TrainingSession.group_id == participant.group_id),
        presences=_rows(session, t.TrainingPresence, t.TrainingPresence.person_id == participant.person_id),
        exams=_rows(session, t.TrainingExam, t.TrainingExam.participant_id == participant.id),
        evidence=evidence,
        replies=replies,
    )
    return measure(participant, training, records)


def _rows(session: Session, table: Any, *where: Any) -> list[Any]:
    return list(session.scalars(select(table).where(table.gone.is_(False), *where)))


def _read_shown(session: Session, participant: t.Participant) -> tuple[list[Any], list[Any]]:
    """Return what a participant has shown, and what was said of it."""
    evidence = _rows(session, t.Evidence, t.Evidence.participant_id == participant.id)
    numbers = [each.id for each in evidence]
    return evidence, _rows(session, t.Reply, t.Reply.sheet == "evidence", t.Reply.row_id.in_(numbers))
