"""A teacher's own notebooks: kept as they came, tried by the grader, then given out like any packet."""

from __future__ import annotations

import binascii
import json
import re
from base64 import b64decode
from pathlib import Path, PurePosixPath
from typing import Any, Final, Literal

from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from sandyq.durable import make_folder, write_durably
from sandyq.i18n import translator
from sandyq.school.alphabets import transliterate
from sandyq.school.assignments import courses_of_teacher
from sandyq.school.database import now
from sandyq.school.errors import Conflict, Invalid, NotFound
from sandyq.school.grading import LEASE, MOST_ATTEMPTS
from sandyq.school.tables import Assignment, OwnPacket
from sandyq.settings import Settings
from sandyq_portal.packets import ABOUT, PARTS, Packet


class Wish(BaseModel):
    """What a teacher says of notebooks of their own."""

    title: str = Field(max_length=100)
    kind: Literal["fa", "sor", "soch", "course"] = "fa"
    minutes: int = Field(25, ge=1, le=180)
    language: Literal["", "kk", "ru", "en"] = ""
    """Empty: the teacher's own."""

    def settle(self, language: str) -> dict[str, Any]:
        """Return it as it is kept; Invalid for an empty title."""
        if not self.title.strip():
            raise Invalid("The title is empty. Write one.")
        told = {"title": self.title.strip(), "language": self.language or language}
        return told | {"kind": self.kind, "minutes": self.minutes}


OWN: Final = "own"
"""Course of all packets of teachers' own."""
UPLOADED: Final = "uploaded"


def folder_of(settings: Settings, own_id: int) -> Path:
    return settings.assignments / OWN / str(own_id)


def name_packet(person_id: int, title: str, language: str) -> str:
    """Return a packet's name: the same title in a language is the same assignment, sent again; nobody else's begins so.

    In another language it is another one: classes that have the first keep theirs.
    """
    latin = "".join(sign if sign.isascii() else transliterate(sign) or "-" for sign in title.lower())
    return f"t{person_id}-{re.sub(r'[^a-z0-9]+', '-', latin).strip('-')[:40].strip('-') or 'work'}-{language}"


def add_own(
    session: Session, settings: Settings, person_id: int, wish: dict[str, Any], files: dict[str, bytes]
) -> OwnPacket:
    """Keep what a teacher sent, durably, and have it tried; an earlier one of that name makes way."""
    wish = wish | {"name": name_packet(person_id, wish["title"], wish["language"])}
    for earlier in own_packets(session, person_id):
        if earlier.wish["name"] == wish["name"]:
            session.delete(earlier)
    own = OwnPacket(person_id=person_id, wish=wish, state="waiting", faults=[])
    session.add(own)
    session.flush()
    _write(folder_of(settings, own.id) / UPLOADED, files)
    return own


def _write(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        path = folder / PurePosixPath(name)
        make_folder(path.parent, 0o700)
        write_durably(path, content)


def own_packets(session: Session, person_id: int) -> list[OwnPacket]:
    """Return a teacher's own, the newest first."""
    mine = select(OwnPacket).where(OwnPacket.person_id == person_id).order_by(OwnPacket.id.desc())
    return list(session.scalars(mine))


def read_own(settings: Settings, own: OwnPacket) -> Packet | None:
    """Return the packet that the grader made of it; None before that."""
    if own.state != "ready":
        return None
    folder = folder_of(settings, own.id)
    try:
        return Packet(folder, json.loads((folder / ABOUT).read_text("utf-8")))
    except (OSError, ValueError):
        return None


def find_own(session: Session, settings: Settings, person_id: int, key: str) -> Packet | None:
    """Return a teacher's own packet by the key that a form names it by; nobody else's."""
    packets = (read_own(settings, own) for own in own_packets(session, person_id))
    return next((packet for packet in packets if packet and packet.key == key), None)


def given_before(session: Session, own: OwnPacket) -> list[Assignment]:
    """Return the assignments that were made of an earlier packet of this name: it takes that one's place.

    Those of courses that its author teaches: in a course left behind it stays as it was given.
    """
    taught = [course.id for course in courses_of_teacher(session, own.person_id)]
    wanted = (Assignment.name == own.wish["name"]) & Assignment.course_id.in_(taught)
    return list(session.scalars(select(Assignment).where(wanted)))


def take_own(session: Session) -> OwnPacket | None:
    """Lease the oldest that waits to be tried, or whose worker went silent."""
    at = now()
    open_ones = (OwnPacket.state == "waiting") | (
        (OwnPacket.state == "running") & (OwnPacket.leased_until < at)
    )
    for own in session.scalars(select(OwnPacket).where(open_ones).order_by(OwnPacket.id)):
        if own.attempts >= MOST_ATTEMPTS:
            say = translator(own.wish["language"])
            fault = say("The grader broke down over it again and again. Look for what takes all memory.")
            own.state, own.faults = "refused", [fault]
            continue
        own.state, own.attempts, own.leased_until = "running", own.attempts + 1, at + LEASE
        session.flush()
        return own
    return None


def find_running(session: Session, own_id: int) -> OwnPacket:
    """Return what is being tried; NotFound or Conflict when it is not."""
    own = session.get(OwnPacket, own_id)
    if own is None:
        raise NotFound("There is no grading job {job}.", job=own_id)
    if own.state != "running":
        raise Conflict("Grading job {job} is {state}. Take another one.", job=own_id, state=own.state)
    return own


def keep_tried(settings: Settings, own: OwnPacket, files: dict[str, str], faults: list[str]) -> None:
    """Keep the packet that the grader made (``files``: base64 by name), or what hinders."""
    if faults or not files:
        own.state, own.faults = "refused", faults or ["empty"]
        return
    try:
        content = {name: b64decode(text, validate=True) for name, text in files.items()}
    except (binascii.Error, ValueError):
        raise Invalid("The packet's files are no base64.") from None
    for name in content:
        parts = PurePosixPath(name).parts
        if name != ABOUT and (parts[0] not in PARTS or len(parts) < 2 or ".." in parts or name[0] == "/"):
            raise Invalid("A packet has no file '{name}'.", name=name)
    _write(folder_of(settings, own.id), content)
    own.state, own.faults = "ready", []


def read_uploaded(settings: Settings, own: OwnPacket) -> dict[str, bytes]:
    folder = folder_of(settings, own.id) / UPLOADED
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }
