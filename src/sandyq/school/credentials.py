"""Secrets: issued, stored as argon2id, checked in the same time for whoever asks."""

from __future__ import annotations

import secrets
from datetime import datetime
from functools import cache
from itertools import pairwise
from typing import Final, Literal, NamedTuple

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import select
from sqlalchemy.orm import Session

from sandyq.school.database import now
from sandyq.school.errors import Invalid
from sandyq.school.tables import Credential, Person
from sandyq.school.words import WORDS

PIN_GRADES: Final = range(1, 5)
"""Grades whose pupils sign in with class, name and PIN."""
LONGEST_SECRET: Final = 200
SHORTEST_ADULT: Final = 15
SHORTEST_PUPIL: Final = 8
HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""argon2id with 19 MiB, OWASP's minimum: 30 children sign in at once on a small server."""
KAZAKH_DIGITS: Final = str.maketrans('"әіңғ,.үұқ', "1234567890")
"""The number row of the Kazakh keyboard layout has letters; a PIN typed in it means the digits of the keys."""

Kind = Literal["pin", "password"]


class Secret(NamedTuple):
    kind: Kind
    text: str


class HashedSecret(NamedTuple):
    """A secret ready to be stored."""

    kind: Kind
    text: str
    hash: str


def kind_of(person: Person) -> Kind:
    """Say how a person signs in: ``pin`` for pupils of grades 1 to 4, else ``password``."""
    return "pin" if _is_pupil(person) and person.grade in PIN_GRADES else "password"


def issue_secret(person: Person) -> Secret:
    """Make a secret for somebody: a PIN, three words for older pupils, five for adults."""
    return issue_secret_for(_is_pupil(person), person.grade)


def issue_secret_for(is_pupil: bool, grade: int | None) -> Secret:
    """Make a secret for somebody who is not in the database yet."""
    if is_pupil and grade in PIN_GRADES:
        return Secret("pin", make_pin())
    return Secret("password", make_passphrase(3 if is_pupil else 5))


def hash_secret(secret: Secret) -> HashedSecret:
    """Hash a secret; takes some 30 ms, so do it outside a transaction that writes."""
    return HashedSecret(secret.kind, secret.text, HASHER.hash(secret.text))


def reset_secret(session: Session, person: Person) -> Secret:
    """Give a person a new secret; the old one is good no more. It is told once and kept only as a hash."""
    secret = issue_secret(person)
    set_secret(session, person, secret.text, secret.kind)
    return secret


def make_pin() -> str:
    """Return four digits, none of the first that anybody would try."""
    return next(pin for pin in iter(lambda: f"{secrets.randbelow(10_000):04}", "") if not is_weak_pin(pin))


def is_weak_pin(pin: str) -> bool:
    """Say whether a PIN repeats digits, counts up or down, or is a year."""
    steps = {int(after) - int(before) for before, after in pairwise(pin)}
    return len(set(pin)) < 3 or len(steps) == 1 or pin[:2] in {"19", "20"}


def make_passphrase(words: int) -> str:
    """Return words and two digits such as ``qoian-samal-tobe-47``; words of four letters or more."""
    chosen = secrets.SystemRandom().sample(_LONG_WORDS, words)
    return "-".join([*chosen, f"{secrets.randbelow(90) + 10}"])


_LONG_WORDS: Final = tuple(word for word in WORDS if len(word) >= 4)


def set_secret(session: Session, person: Person, secret: str, kind: Kind) -> None:
    """Store a secret; Invalid when it is too short for this person or too long to hash."""
    _check_length(person, secret, kind)
    session.flush()
    stored = session.get(Credential, person.id) or Credential(person_id=person.id)
    stored.kind, stored.secret_hash, stored.changed_at = kind, HASHER.hash(secret), now()
    session.add(stored)
    session.flush()


def _check_length(person: Person, secret: str, kind: Kind) -> None:
    if kind == "pin" and not (len(secret) == 4 and secret.isascii() and secret.isdigit()):
        raise Invalid("A PIN has 4 digits. Choose 4 digits.")
    if kind == "pin" and kind_of(person) != "pin":
        raise Invalid("{login} needs a password: PINs are for pupils of grades 1 to 4.", login=person.login)
    shortest = 4 if kind == "pin" else SHORTEST_PUPIL if _is_pupil(person) else SHORTEST_ADULT
    if not shortest <= len(secret) <= LONGEST_SECRET:
        raise Invalid(
            "The password of {login} has {length} characters. Use {shortest} to {longest}.",
            login=person.login,
            length=len(secret),
            shortest=shortest,
            longest=LONGEST_SECRET,
        )


def verify_secret(session: Session, login: str, secret: str) -> Person | None:
    """Return the person whose login and secret these are; None for a wrong pair and for whoever has left.

    Takes as long for a login that does not exist, so that nobody learns which do.
    """
    query = select(Person, Credential).join(Credential).where(Person.login == login.strip().lower())
    found = session.execute(query).first()
    person, credential = found if found else (None, None)
    typed = secret.strip()
    if credential and credential.kind == "pin":
        typed = typed.lower().translate(KAZAKH_DIGITS)
    right = _matches(credential.secret_hash if credential else _dummy_hash(), typed[: LONGEST_SECRET + 1])
    return person if person and right and person.left_at is None else None


def read_age(session: Session, login: str) -> datetime | None:
    """Return when a person's secret was made; None for who has none."""
    return session.scalar(select(Credential.changed_at).join(Person).where(Person.login == login))


def _matches(stored: str, secret: str) -> bool:
    try:
        return HASHER.verify(stored, secret)
    except (VerifyMismatchError, InvalidHashError):
        return False


@cache
def _dummy_hash() -> str:
    return HASHER.hash(secrets.token_hex())


def _is_pupil(person: Person) -> bool:
    return person.role_names == {"pupil"}
