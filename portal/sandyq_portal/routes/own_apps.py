"""For the notebooks in which apps are made, and for rooms, which ask whose app it is and whether it may be opened."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse

from sandyq.i18n import translator
from sandyq.visits import Visit, sign_visit
from sandyq_portal.access import CurrentVisitor, PersonTokens, RuledRouter
from sandyq_portal.identity import describe_visitor
from sandyq_portal.own_apps import AUTHORS, AppDraft, check_app, find_own_app, publish_app
from sandyq_portal.recording import find_person
from sandyq_portal.routes.authoring import Cell, Tables, make_cells
from sandyq_portal.routes.clubs import VISITORS, AppVisit

router = RuledRouter(VISITORS, prefix="/api/own-apps")
authors_router = RuledRouter(PersonTokens(*AUTHORS), prefix="/api/own-apps")


class App(BaseModel):
    """A notebook; without ``roles`` it is only put where its author can look at it."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(max_length=200)
    cells: list[Cell] = Field(max_length=1000)
    roles: list[Literal["pupil", "teacher", "leader", "administrator"]] = Field(default=[], max_length=4)
    files: Tables = {}


@authors_router.post("")
def publish(request: Request, visitor: CurrentVisitor, app: App) -> JSONResponse:
    """Look a notebook over; without troubles, put it into the gallery or, for nobody, into its author's preview."""
    draft = AppDraft(app.name, make_cells(app.cells), tuple(app.roles), app.files)
    title, troubles = check_app(draft, translator(visitor.language))
    told: dict[str, Any] = {
        "title": title,
        "troubles": [{"cell": trouble.cell, "message": trouble.message} for trouble in troubles],
    }
    if troubles:
        return JSONResponse(told)
    name = publish_app(request.app.state.settings, visitor, draft, title)
    address = f"/services/rooms/app/{name}"
    return JSONResponse({**told, "name": name, "roles": app.roles, "address": address}, status_code=201)


@authors_router.post("/visit")
def open_visit(request: Request, visitor: CurrentVisitor) -> dict[str, str]:
    """Return the token with which a notebook reads what its author may read: as the app will."""
    return {
        "token": sign_visit(request.app.state.settings, Visit(visitor.login, "app", "notebook", own=True))
    }


@router.get("/{name}")
def tell_author(request: Request, visit: AppVisit, name: str) -> dict[str, Any]:
    """Return who made an app, if the visitor may open it; else 404: nobody learns which there are."""
    with request.app.state.database.reading() as session:
        visitor = describe_visitor(find_person(session, visit))
        found = find_own_app(request.app.state.settings, session, visitor, name)
        if found is None:
            raise HTTPException(404, f"There is no app '{name}' for '{visit.login}'.")
        return {"login": found.author.login}
