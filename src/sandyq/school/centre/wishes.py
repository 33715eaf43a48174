"""A pupil's own wishes for clubs: while the leader lets them, three at most, of clubs for their grade and language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from sandyq.school.centre.club_checks import MOST_WISHES
from sandyq.school.centre.tables import Club, Intake, Wish
from sandyq.school.errors import Invalid, NotAllowed
from sandyq.school.journal import Batch, Edit, change, take_turn
from sandyq.school.kept import Change
from sandyq.school.people import class_of_pupil
from sandyq.school.sheets import Sheet
from sandyq.school.tables import Person

APP = "wishes"
PUPILS = frozenset({"pupil"})


def are_open(session: Session, school_id: int) -> bool:
    """Return whether pupils may give their wishes now."""
    query = select(Intake.is_open).where(Intake.school_id == school_id, Intake.gone.is_(False))
    return bool(session.scalar(query))


def clubs_for(session: Session, pupil: Person, on: date) -> list[Club]:
    """Return the clubs for a pupil's grade and language of instruction, by chest and name."""
    group = class_of_pupil(session, pupil.id, on)
    language = group.language if group else pupil.language
    grade = pupil.grade or min(group.grades if group else [], default=0)
    query = (
        select(Club)
        .where(Club.school_id == pupil.school_id, Club.gone.is_(False))
        .where(Club.grade_from <= grade, Club.grade_to >= grade, Club.language.in_(("", language)))
    )
    return sorted(session.scalars(query).unique(), key=lambda club: (club.chest.position, club.name, club.id))


def wishes_of(session: Session, pupil: Person) -> list[Wish]:
    """Return a pupil's wishes, the dearest first."""
    query = select(Wish).where(
        Wish.school_id == pupil.school_id, Wish.person_id == pupil.id, Wish.gone.is_(False)
    )
    return list(session.scalars(query.order_by(Wish.rank)))


def give_wishes(  # noqa: PLR0913 # what an entry of the journal needs
    session: Session, pupil: Person, clubs: Sequence[int], *, uuid: UUID, what: str, on: date
) -> Change:
    """Keep a pupil's wishes, the dearest first, in place of earlier ones; the same uuid again changes nothing.

    Raises NotAllowed while wishes are closed, Invalid for a club twice, too many, or one that is not for this pupil.
    """
    take_turn(session, pupil.school_id)
    if "pupil" not in pupil.role_names or not are_open(session, pupil.school_id):
        raise NotAllowed("Wishes are closed now. Ask your class teacher.")
    if len(set(clubs)) != len(clubs):
        raise Invalid("You have chosen one club twice.")
    if len(clubs) > MOST_WISHES:
        raise Invalid("Choose {most} clubs at most.", most=MOST_WISHES)
    if set(clubs) - {club.id for club in clubs_for(session, pupil, on)}:
        raise Invalid("This club is not for your class. Choose another one.")
    sheet = Sheet("wish", Wish, PUPILS, PUPILS, lambda _session, person: Wish.person_id == person.id)
    edits = [Edit("wish", wish.id, wish.version) for wish in wishes_of(session, pupil)]
    edits += [
        Edit("wish", -rank, 0, {"person_id": pupil.id, "club_id": club, "rank": rank})
        for rank, club in enumerate(clubs, 1)
    ]
    return change(session, pupil, Batch(uuid, APP, what, tuple(edits)), {"wish": sheet})
