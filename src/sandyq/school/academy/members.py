"""Who is in the Academy: what its members may know of each other. Pupils are not in it, and no way to reach anybody."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from sandyq.school.academy.tables import AcademyProfile
from sandyq.school.people import sort_people
from sandyq.school.tables import ADULTS, Person, PersonRole, School


def list_members(session: Session, person: Person, _on: date) -> list[dict[str, Any]]:
    """Return the adults of all schools who are there, in the order of the Kazakh alphabet."""
    if not ADULTS & person.role_names:
        return []
    query = (
        select(Person, School.name, AcademyProfile)
        .join(School, School.id == Person.school_id)
        .outerjoin(AcademyProfile, and_(AcademyProfile.by == Person.id, AcademyProfile.gone.is_(False)))
        .where(Person.left_at.is_(None))
        .where(Person.id.in_(select(PersonRole.person_id).where(PersonRole.role.in_(ADULTS))))
    )
    found = {each: (school, profile) for each, school, profile in session.execute(query)}
    return [_describe(each, *found[each]) for each in sort_people(found)]


def _describe(person: Person, school: str, profile: AcademyProfile | None) -> dict[str, Any]:
    return {
        "id": person.id,
        "name": person.full_name,
        "school": school,
        "school_id": person.school_id,
        "roles": sorted(person.role_names & ADULTS),
        "subject": profile.subject if profile else "",
        "community_id": profile.community_id if profile else None,
    }
