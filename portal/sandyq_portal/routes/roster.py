"""Bringing the school's people from a file: first what would change, then done at once, with login cards to print."""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path
from secrets import token_hex
from typing import Annotated

from fastapi import Form, Request, UploadFile
from starlette.responses import Response

from sandyq.school.cards import place_of_card
from sandyq.school.database import today
from sandyq.school.errors import NotFound, SchoolError
from sandyq.school.roster.apply import Applied, apply_plan, prepare_secrets
from sandyq.school.roster.load import load_roster
from sandyq.school.roster.plan import make_plan
from sandyq.school.roster.read import LARGEST_FILE
from sandyq.school.roster.report import describe_plan
from sandyq_portal.access import CurrentVisitor, RuledRouter, require_role
from sandyq_portal.cards import LoginCard, draw_card_code
from sandyq_portal.changed import tell_people_changed
from sandyq_portal.identity import Visitor

router = RuledRouter(require_role("administrator", "operator"), prefix="/school/roster")
KEPT = 3600.0
"""Seconds that a file waits for its owner to say yes."""


@router.get("")
def ask_for_file(request: Request) -> Response:
    return _render(request)


@router.post("")
def preview(request: Request, visitor: CurrentVisitor, file: UploadFile) -> Response:
    """Show what the file would change; nothing is changed."""
    folder = _folder(request, visitor, token_hex(8))
    _sweep(folder.parent)
    folder.mkdir(mode=0o700, parents=True)
    name = re.sub(r"[^\w.\- ]", "_", Path(file.filename or "").name)[-80:] or "roster"
    (folder / name).write_bytes(file.file.read(LARGEST_FILE + 1))
    try:
        entries = load_roster(folder / name)
        with request.app.state.database.reading() as session:
            plan = make_plan(session, entries, today())
            lines = list(describe_plan(plan, visitor.language))
    except SchoolError as error:
        shutil.rmtree(folder)
        return _render(request, wrong=error.in_language(visitor.language), status=422)
    number = folder.name.partition("-")[2]
    return _render(request, lines=lines, number=number, name=name, bad_rows=len(plan.grave))


@router.post("/{number}")
def apply(
    request: Request, visitor: CurrentVisitor, number: str, skip: Annotated[bool, Form()] = False
) -> Response:
    """Do what was shown, in one transaction; the new people's secrets are shown this once."""
    folder = _folder(request, visitor, number)
    file = next(folder.iterdir(), None) if folder.is_dir() else None
    if file is None:
        raise NotFound("This file is not here any more. Choose it once more.")
    database = request.app.state.database
    entries = load_roster(file)
    with database.reading() as session:
        secrets = prepare_secrets(make_plan(session, entries, today()).new)
    with database.session() as session:
        plan = make_plan(session, entries, today())
        applied = apply_plan(session, plan, today(), skip_bad_rows=skip, secrets=secrets)
    shutil.rmtree(folder)
    tell_people_changed(request.app.state.settings)
    site = str(request.base_url).rstrip("/")
    page: Response = request.app.state.pages.render(
        request, "roster_done.html", applied=applied, cards=_make_cards(applied, site), site=site
    )
    return page


def _make_cards(applied: Applied, site: str) -> list[LoginCard]:
    cards = [
        LoginCard(
            new.person.full_name,
            new.class_name,
            new.person.login,
            new.kind,
            new.secret,
            draw_card_code(site, new.person.login),
        )
        for new in applied.new
    ]
    return sorted(cards, key=lambda card: place_of_card(card.class_name, card.name))


def _folder(request: Request, visitor: Visitor, number: str) -> Path:
    """Where a file waits: only who brought it finds it."""
    if not re.fullmatch(r"[0-9a-f]{16}", number):
        raise NotFound("This file is not here any more. Choose it once more.")
    folder: Path = request.app.state.settings.folder("portal") / "rosters"
    return folder / f"{visitor.id}-{number}"


def _sweep(rosters: Path) -> None:
    """Remove files that nobody said yes to: they are lists of people."""
    for folder in rosters.iterdir() if rosters.is_dir() else []:
        if time.time() - folder.stat().st_mtime > KEPT:
            shutil.rmtree(folder, ignore_errors=True)


def _render(  # noqa: PLR0913 # what the page may say
    request: Request,
    *,
    lines: list[str] | None = None,
    number: str = "",
    name: str = "",
    bad_rows: int = 0,
    wrong: str = "",
    status: int = 200,
) -> Response:
    page: Response = request.app.state.pages.render(
        request,
        "roster.html",
        status=status,
        lines=lines,
        number=number,
        name=name,
        bad_rows=bad_rows,
        wrong=wrong,
    )
    return page
