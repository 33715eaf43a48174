"""The first run: an empty server becomes a school's, once, by whoever holds the code that the installation printed."""

from __future__ import annotations

import hmac
from base64 import b32encode
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import func, inspect, select
from sqlalchemy.orm import Session

from sandyq.i18n import LANGUAGES
from sandyq.school.credentials import SHORTEST_ADULT, set_secret
from sandyq.school.database import Database, today
from sandyq.school.errors import BadField, Conflict
from sandyq.school.names import clean_name, clean_text, make_login
from sandyq.school.tables import AcademicYear, Person, PersonRole, School
from sandyq.settings import Settings

CODE_BYTES: Final = 10
LONGEST_NAME: Final = 180
LOOK_ALIKES: Final = str.maketrans("018", "OIB")
"""Digits that no code has, for the letters that they look like."""
ROLES: Final = ("administrator", "operator")
"""Of the first person: keeps the server, and lets the school's own administrators in."""
DAYS: Final = (((9, 1), (10, 25)), ((11, 2), (12, 27)), ((1, 8), (3, 19)), ((3, 29), (5, 25)))
"""First and last day of the quarters, as they often are; the page of the school year shows them."""


@dataclass(frozen=True)
class Beginning:
    """What the first page asks for."""

    language: str
    school: str
    district: str
    family_name: str
    given_name: str
    passphrase: str


def is_set_up(settings: Settings) -> bool:
    """Say whether a school is there; looks without making a database."""
    if not settings.database and not (settings.folder("school") / "school.sqlite").exists():
        return False
    database = Database(settings.database_url)
    try:
        if not inspect(database.engine).has_table(School.__tablename__):
            return False
        with database.reading() as session:
            return has_school(session)
    finally:
        database.close()


def has_school(session: Session) -> bool:
    return bool(session.scalar(select(func.count()).select_from(School)))


def write_code(secret: str) -> str:
    """Return the code that a secret stands for: ``ABCD-EFGH-JKLM-NPQR``, 80 bits."""
    letters = b32encode(bytes.fromhex(secret)[:CODE_BYTES]).decode()
    return "-".join(letters[place : place + 4] for place in range(0, len(letters), 4))


def is_code(secret: str, typed: str) -> bool:
    """Compare a typed code; small letters, blanks and look-alikes are what they mean."""
    letters = "".join(filter(str.isalnum, typed.upper())).translate(LOOK_ALIKES)
    return hmac.compare_digest(letters.encode(), write_code(secret).replace("-", "").encode())


def begin_school(session: Session, wanted: Beginning) -> Person:
    """Make the school, its year and its first person, all in the caller's transaction.

    BadField for what cannot be; Conflict when a school is there already: it is made once.
    """
    if has_school(session):
        raise Conflict("The school is set up already.")
    _check(wanted)
    name = ", ".join(filter(None, map(clean_text, (wanted.school, wanted.district))))
    family_name, given_name = clean_name(wanted.family_name), clean_name(wanted.given_name)
    school = School(name=name, language=wanted.language)
    session.add(school)
    session.flush()
    session.add(_make_year(school, today()))
    person = Person(
        school_id=school.id,
        login=make_login(family_name, given_name, set()),
        family_name=family_name,
        given_name=given_name,
        language=wanted.language,
        roles=[PersonRole(role=role) for role in ROLES],
    )
    session.add(person)
    set_secret(session, person, wanted.passphrase.strip(), "password")
    return person


def _check(wanted: Beginning) -> None:
    if wanted.language not in LANGUAGES:
        raise BadField("language", "Choose a language.")
    if not clean_text(wanted.school):
        raise BadField("school", "Write the school's name.")
    if len(wanted.school) + len(wanted.district) > LONGEST_NAME:
        raise BadField("school", "The name is too long. Use fewer words.")
    for field in ("family_name", "given_name"):
        if not any(map(str.isalpha, getattr(wanted, field))):
            raise BadField(field, "Write the name in letters.")
    length = len(wanted.passphrase.strip())
    if length < SHORTEST_ADULT:
        raise BadField(
            "passphrase",
            "The passphrase has {length} characters. Use {shortest} or more: several words are easy to keep.",
            length=length,
            shortest=SHORTEST_ADULT,
        )


def _make_year(school: School, on: date) -> AcademicYear:
    """The year of a day; from June on the next one."""
    begins = on.year if on.month >= 6 else on.year - 1
    quarters = [
        {
            "starts": date(begins + (first < (6, 1)), *first).isoformat(),
            "ends": date(begins + (last < (6, 1)), *last).isoformat(),
        }
        for first, last in DAYS
    ]
    return AcademicYear(school_id=school.id, name=f"{begins}/{(begins + 1) % 100:02}", quarters=quarters)
