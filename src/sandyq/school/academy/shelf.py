"""How each resource of the library stands for whoever asks: is it accepted, how many have judged it, may one?"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from sandyq.school.academy import reviewing
from sandyq.school.academy import tables as t
from sandyq.school.tables import ADULTS, Person, School


def list_shelf(session: Session, person: Person, _on: date) -> list[dict[str, Any]]:
    """Return of each resource that a person sees how its edition stands.

    ``reviews`` is how many have judged it, not what they said: that is told by rows of ``reply`` to who may know it.
    """
    if not ADULTS & person.role_names:
        return []
    seen = select(t.Resource).where(t.Resource.gone.is_(False), reviewing.narrow_resources(session, person))
    resources = session.scalars(seen.order_by(t.Resource.id)).all()
    standings = reviewing.read_standings(session, {each.id: each.edition for each in resources})
    return [
        {
            "id": each.id,
            "accepted": each.state == "offered" and standings[each.id].is_accepted,
            "reviews": len(standings[each.id].said),
            "may_review": reviewing.may_review(session, person, each),
            **_describe_author(session, each.by),
        }
        for each in resources
    ]


def _describe_author(session: Session, author: int) -> dict[str, str]:
    """Whom its credit names, also when they have left."""
    person = session.get_one(Person, author)
    return {"author": person.full_name, "author_school": session.get_one(School, person.school_id).name}
