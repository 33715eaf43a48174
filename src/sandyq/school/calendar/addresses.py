"""The address at which a calendar program fetches a person's calendar: nothing in the database is enough to know it.

The secret part follows from the server's key, the person and a number that grows with each new address.
"""

from __future__ import annotations

import hmac
import re
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Final

from sqlalchemy.orm import Session

from sandyq.school.academy.tables import CalendarAddress
from sandyq.school.database import now
from sandyq.school.tables import ADULTS, Person

FORM: Final = re.compile(r"([1-9]\d{0,9})-([A-Za-z0-9_-]{43})", re.ASCII)


def find_address(session: Session, person_id: int) -> CalendarAddress | None:
    """Return a person's address if it still leads to their calendar."""
    found = session.get(CalendarAddress, person_id)
    return found if found is not None and found.ended_at is None else None


def make_address(session: Session, person: Person) -> CalendarAddress:
    """Give a person a new address; the one before ends."""
    found = session.get(CalendarAddress, person.id, with_for_update=True)
    if found is None:
        found = CalendarAddress(person_id=person.id, number=0)
        session.add(found)
    found.number += 1
    found.made_at, found.ended_at = now(), None
    session.flush()
    return found


def end_address(session: Session, person_id: int) -> None:
    found = find_address(session, person_id)
    if found is not None:
        found.ended_at = now()
        session.flush()


def spell_token(key: bytes, address: CalendarAddress) -> str:
    """Return the address's secret last part."""
    return f"{address.person_id}-{_sign(key, address.person_id, address.number)}"


def find_owner(session: Session, key: bytes, token: str) -> Person | None:
    """Return whose calendar a token opens; None when it is mistyped or ended, or its owner left or is no adult here."""
    parts = FORM.fullmatch(token)
    person_id, given = (int(parts[1]), parts[2]) if parts else (0, "")
    address = find_address(session, person_id)
    expected = _sign(key, person_id, address.number if address else 0)
    is_right = hmac.compare_digest(expected.encode(), given.encode())
    if not is_right or address is None:
        return None
    person = session.get(Person, person_id)
    if person is None or person.left_at is not None or not ADULTS & person.role_names:
        return None
    return person


def _sign(key: bytes, person_id: int, number: int) -> str:
    digest = hmac.new(key, f"calendar\n{person_id}\n{number}".encode(), sha256).digest()
    return urlsafe_b64encode(digest).decode().rstrip("=")
