"""Lesson Study's case pupils: letters, not names, unless the parents' consent to it is on record (Law 94-V)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from sandyq.school.academy.tables import LessonStudy
from sandyq.school.errors import BadField
from sandyq.school.law.notes import has_consent
from sandyq.school.tables import Person, PersonRole
from sandyq.search import fold

CONSENT: Final = "study"
ENDING: Final = 5
"""Letters that a name may have more in a sentence: «Айдостың», «Айдосом»; its last one may change, too."""
_WORD: Final = re.compile(r"[^\W\d_]+")


def check_unnamed(session: Session, study: LessonStudy) -> None:
    """No text of a study names a pupil of the team's schools without a consent in force; BadField says whom."""
    text = fold(" ".join(_texts([study.question, study.pupils, study.rounds])))
    following = set(pairwise(_WORD.findall(text)))
    schools = select(Person.school_id).where(Person.id.in_(study.members))
    pupils = (
        select(Person.id, Person.family_name, Person.given_name)
        .join(PersonRole)
        .where(PersonRole.role == "pupil", Person.school_id.in_(schools), Person.left_at.is_(None))
    )
    for number, *names in session.execute(pupils):
        family, given = map(fold, names)
        is_named = _stem(family) in text and any(  # most are nowhere in it
            (_is(one, family) and _is(other, given)) or (_is(one, given) and _is(other, family))
            for one, other in following
        )
        if is_named and not has_consent(session, number, CONSENT):
            raise BadField(
                "pupils",
                "{name} is a pupil whose parents' consent to the Lesson Study is not recorded. "
                "Write the letter A, B or C instead.",
                name=" ".join(names),
            )


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)


def _stem(name: str) -> str:
    """A name without what endings change; short ones as they are."""
    return name[:-1] if len(name) > 2 else name


def _is(word: str, name: str) -> bool:
    """Whether a word is a name in one of its forms."""
    return bool(name) and word.startswith(_stem(name)) and len(word) <= len(name) + ENDING
