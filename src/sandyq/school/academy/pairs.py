"""Peers: what members of the Academy may know of each other, over all schools, and which pairs go on."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any, Final

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from sandyq.school.academy import tables as t
from sandyq.school.academy.rights import GUIDES, LEARNERS, REPLIED, circle
from sandyq.school.people import sort_people
from sandyq.school.tables import Person, PersonRole, School

PEERS: Final = LEARNERS | GUIDES


def list_peers(session: Session, person: Person, on: date) -> list[dict[str, Any]]:
    """Return teachers, leaders and their guides of all schools: name, school, roles, whether their record is open.

    No pupils, no addresses. ``place_id``: of the row that says where their school stands.
    ``mentors`` and ``learns``: how many pairs that go on they are in which this person does not see; told to those who
    make pairs, so that nobody is asked twice.
    """
    if not person.role_names & PEERS:
        return []
    query = select(Person).join(PersonRole).where(PersonRole.role.in_(PEERS), Person.left_at.is_(None))
    peers = sort_people(session.scalars(query).unique().all())
    schools = dict(session.execute(select(School.id, School.name)).all())
    places = {
        row.school_id: row
        for row in session.scalars(select(t.SchoolPlace).where(t.SchoolPlace.gone.is_(False)))
    }
    open_to = set(session.scalars(circle(person)))
    mentors, learners = _count_hidden(session, person, on)
    return [
        {
            "id": peer.id,
            "name": peer.full_name,
            "school_id": peer.school_id,
            "school": schools[peer.school_id],
            "place_id": places[peer.school_id].id if peer.school_id in places else None,
            "roles": sorted(peer.role_names & PEERS),
            "open": peer.id in open_to,
            "mentors": mentors[peer.id],
            "learns": learners[peer.id],
        }
        for peer in peers
    ]


def going_on(on: date) -> Select[Any]:
    """Return the pairs that go on: nobody has ended them and neither of the two has said that it is over."""
    over = select(t.Reply.row_id).where(
        t.Reply.sheet == "pairing", t.Reply.kind == "end", t.Reply.gone.is_(False)
    )
    return select(t.Pairing).where(
        t.Pairing.gone.is_(False),
        or_(t.Pairing.until.is_(None), t.Pairing.until > on),
        t.Pairing.id.not_in(over),
    )


def _count_hidden(session: Session, person: Person, on: date) -> tuple[Counter[int], Counter[int]]:
    if not person.role_names & GUIDES:
        return Counter(), Counter()
    _table, narrow = REPLIED["pairing"]
    hidden = session.scalars(going_on(on).where(~narrow(session, person))).all()
    return Counter(pair.mentor_id for pair in hidden), Counter(pair.learner_id for pair in hidden)
