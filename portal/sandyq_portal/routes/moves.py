"""Adults who go on at another school of the district: found by name, looked at, moved by the district's office."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form, Query, Request
from sqlalchemy import select
from sqlalchemy.orm import Session, aliased
from starlette.responses import RedirectResponse, Response

from sandyq.school.errors import Conflict, NotFound
from sandyq.school.moves import move_person
from sandyq.school.people import sort_people
from sandyq.school.tables import ADULTS, Move, Person, PersonRole, School
from sandyq_portal.access import CurrentVisitor, RuledRouter, require_role
from sandyq_portal.changed import tell_people_changed
from sandyq_portal.menu import PREFIX
from sandyq_portal.routes.notices import name_roles
from sandyq_portal.routes.people import MOST_SHOWN, match_name

router = RuledRouter(require_role("district"), prefix="/moves")
NEWEST = 20


@router.get("")
def show_moves(
    request: Request,
    visitor: CurrentVisitor,
    name: Annotated[str, Query(max_length=100)] = "",
    saved: bool = False,
) -> Response:
    """Show who is found by a name in any school, and who has moved of late."""
    with request.app.state.database.reading() as session:
        found = _search(session, visitor.id, name)
        page: Response = request.app.state.pages.render(
            request,
            "moves.html",
            name=name,
            people=found[:MOST_SHOWN],
            more=len(found) - MOST_SHOWN,
            schools=_name_schools(session),
            moves=_list_newest(session),
            saved=saved,
        )
    return page


@router.get("/{number}")
def show_person(request: Request, visitor: CurrentVisitor, number: int) -> Response:
    """Show what moving somebody means, and the schools to choose from."""
    with request.app.state.database.reading() as session:
        person = _find(session, visitor.id, number)
        words = name_roles(visitor.language)
        page: Response = request.app.state.pages.render(
            request,
            "move.html",
            person=person,
            roles=[words[role] for role in sorted(person.role_names)],
            schools=_name_schools(session),
        )
    return page


@router.post("/{number}")
def move(
    request: Request,
    visitor: CurrentVisitor,
    number: int,
    at: Annotated[int, Form()],
    to: Annotated[int, Form()],
) -> Response:
    """Move somebody from the school that the page showed; Conflict when they are at another one meanwhile."""
    with request.app.state.database.session() as session:
        person = _find(session, visitor.id, number)
        school = session.get(School, to)
        if school is None:
            raise NotFound("There is no school with this number.")
        if person.school_id != at:
            raise Conflict("Somebody has moved {name} meanwhile. Look again.", name=person.full_name)
        move_person(session, person, school)
    tell_people_changed(request.app.state.settings)
    return RedirectResponse(f"{PREFIX}/moves?saved=1", status_code=303)


def _search(session: Session, visitor: int, name: str) -> list[Person]:
    conditions = match_name(name)
    query = select(Person).where(Person.id.in_(_movable(visitor)), *conditions)
    return sort_people(session.scalars(query)) if conditions else []


def _movable(visitor: int):  # type: ignore[no-untyped-def] # a Select of ids
    """Adults who are there, but oneself and those who keep the server."""
    other = select(PersonRole.person_id).where(PersonRole.role.not_in(ADULTS))
    return select(PersonRole.person_id).where(
        PersonRole.role.in_(ADULTS), PersonRole.person_id.not_in(other), PersonRole.person_id != visitor
    )


def _find(session: Session, visitor: int, number: int) -> Person:
    person = session.scalar(select(Person).where(Person.id == number, Person.id.in_(_movable(visitor))))
    if person is None or person.left_at is not None:
        raise NotFound("There is no adult with this number whom you may move.")
    return person


def _name_schools(session: Session) -> dict[int, str]:
    return {each.id: each.name for each in session.scalars(select(School).order_by(School.name))}


def _list_newest(session: Session) -> list[tuple[Move, Person, str, str]]:
    """Return the newest moves: who, from where, to where."""
    before, after = aliased(School), aliased(School)
    query = (
        select(Move, Person, before.name, after.name)
        .join(Person, Person.id == Move.person_id)
        .join(before, before.id == Move.from_id)
        .join(after, after.id == Move.to_id)
        .order_by(Move.id.desc())
        .limit(NEWEST)
    )
    return [(move, person, left, joined) for move, person, left, joined in session.execute(query)]
