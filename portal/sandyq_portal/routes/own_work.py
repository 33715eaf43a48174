"""For teachers' own servers: a notebook on its way from Lab to an assignment."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Query, Request
from starlette.responses import JSONResponse

from sandyq.school.errors import NotFound
from sandyq.school.tables import OwnPacket
from sandyq_portal import handing_in
from sandyq_portal.access import CurrentVisitor, PersonTokens, RuledRouter
from sandyq_portal.menu import PREFIX
from sandyq_portal.own_packets import Wish, add_own, read_own
from sandyq_portal.routes.work import read_body

router = RuledRouter(PersonTokens("teacher"), prefix="/api/own")


@router.post("")
def send_own(
    request: Request,
    visitor: CurrentVisitor,
    wish: Annotated[Wish, Query()],
    data: Annotated[bytes, Depends(read_body)],
) -> JSONResponse:
    """Take a notebook with its data files; the reply comes after the disk, and the grader tries it."""
    files = handing_in.open_submission(data)
    with request.app.state.database.session() as session:
        own = add_own(session, request.app.state.settings, visitor.id, wish.settle(visitor.language), files)
        return JSONResponse({"own": own.id}, status_code=201)


@router.get("/{own_id}")
def look_at_own(request: Request, visitor: CurrentVisitor, own_id: int) -> dict[str, Any]:
    """Return ``{state, faults, address}``; the address, when it can be given out, is that of the form."""
    with request.app.state.database.reading() as session:
        own = session.get(OwnPacket, own_id)
        if own is None or own.person_id != visitor.id:
            raise NotFound("There is no assignment '{name}'.", name=own_id)
        packet = read_own(request.app.state.settings, own)
        address = f"{PREFIX}/assignments/new?packet={quote(packet.key)}" if packet else ""
        return {"state": own.state, "faults": own.faults, "address": address}
