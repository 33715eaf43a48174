"""A pupil's own wishes for clubs, while the leader lets them: a plain form that needs no script."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import Form, Request
from pydantic import BaseModel
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from sandyq.i18n import say_in
from sandyq.school.centre import wishes
from sandyq.school.centre.club_checks import MOST_WISHES
from sandyq.school.database import today
from sandyq.school.errors import SchoolError
from sandyq.school.tables import Person
from sandyq_portal.access import CurrentVisitor, RuledRouter, require_role
from sandyq_portal.identity import Visitor
from sandyq_portal.menu import PREFIX

router = RuledRouter(require_role("pupil"), prefix="/wishes")


class Wishes(BaseModel):
    uuid: UUID
    """Made with the page: a form sent twice is kept once."""
    first: int | None = None
    second: int | None = None
    third: int | None = None

    @property
    def clubs(self) -> list[int]:
        """The clubs that were chosen, without gaps; the dearest first."""
        return [club for club in (self.first, self.second, self.third) if club]


@router.get("")
def show_wishes(request: Request, visitor: CurrentVisitor, saved: bool = False) -> Response:
    with request.app.state.database.reading() as session:
        chosen = [wish.club_id for wish in wishes.wishes_of(session, session.get_one(Person, visitor.id))]
        return _render(request, session, visitor, chosen, saved=saved)


@router.post("")
def give_wishes(request: Request, visitor: CurrentVisitor, form: Annotated[Wishes, Form()]) -> Response:
    """Keep the wishes; what is wrong is told on the form's own page, with what was chosen."""
    database, say = request.app.state.database, say_in(visitor.language)
    try:
        with database.session() as session:
            pupil = session.get_one(Person, visitor.id)
            wishes.give_wishes(
                session, pupil, form.clubs, uuid=form.uuid, what=say("Wishes given"), on=today()
            )
    except SchoolError as problem:
        with database.reading() as session:
            return _render(
                request, session, visitor, form.clubs, problem=problem.in_language(visitor.language)
            )
    return RedirectResponse(f"{PREFIX}/wishes?saved=1", status_code=303)


def _render(  # noqa: PLR0913
    request: Request,
    session: Session,
    visitor: Visitor,
    chosen: list[int],
    *,
    problem: str = "",
    saved: bool = False,
) -> Response:
    pupil = session.get_one(Person, visitor.id)
    page: Response = request.app.state.pages.render(
        request,
        "wishes.html",
        is_open=wishes.are_open(session, visitor.school_id),
        clubs=[
            (club.id, club.name, club.chest.names.get(visitor.language) or club.chest.names.get("kk", ""))
            for club in wishes.clubs_for(session, pupil, today())
        ],
        chosen=(chosen + [0] * MOST_WISHES)[:MOST_WISHES],
        uuid=uuid4(),
        problem=problem,
        saved=saved,
        status=422 if problem else 200,
    )
    return page
