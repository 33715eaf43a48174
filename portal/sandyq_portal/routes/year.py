"""The change of the school year: a proposal to correct, then done at once; earlier years to look at."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from fastapi import Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from sandyq.school import rollover
from sandyq.school.centre.survey import keep_to_their_year
from sandyq.school.database import today
from sandyq.school.errors import BadField, Conflict
from sandyq.school.people import class_pupils
from sandyq.school.tables import AcademicYear, Person
from sandyq_portal.access import CurrentVisitor, RuledRouter, require_role
from sandyq_portal.changed import tell_people_changed
from sandyq_portal.identity import Visitor
from sandyq_portal.menu import PREFIX

router = RuledRouter(require_role("administrator"), prefix="/school/year")


@router.get("")
def show_year(request: Request, visitor: CurrentVisitor, done: str = "") -> Response:
    return _render(request, visitor, done=done)


def _render(
    request: Request,
    visitor: Visitor,
    *,
    done: str = "",
    typed: FormData | None = None,
    wrong: BadField | None = None,
) -> Response:
    with request.app.state.database.reading() as session:
        wanted = rollover.propose(session, visitor.school_id)
        years = rollover.list_years(session, visitor.school_id)
        archive = [
            (year, [(group, len(class_pupils(session, group.id, _middle(year)))) for group in classes])
            for year, classes in years
        ]
        waits = _find_wait(years[0][0], visitor.language)
        last = rollover.last_day(years[0][0])
    values: dict[str, Any] = {"name": wanted.name}
    for number, (begins, ends) in enumerate(wanted.quarters, 1):
        values |= {f"quarter-{number}-begins": begins.isoformat(), f"quarter-{number}-ends": ends.isoformat()}
    values |= {f"class-{move.class_id}": move.name for move in wanted.moves}
    page: Response = request.app.state.pages.render(
        request,
        "year.html",
        status=422 if wrong else 200,
        wanted=wanted,
        waits=waits,
        lasting=years[0][0].name if today() <= last else "",
        last=last,
        archive=archive,
        values=values | ({name: str(value) for name, value in typed.items()} if typed else {}),
        wrong_field=wrong.field if wrong else "",
        wrong=wrong.in_language(visitor.language) if wrong else "",
        done=re.fullmatch(r"(\d+)-(\d+)", done),
    )
    return page


def _find_wait(newest: AcademicYear, language: str) -> str:
    """Return why no year can be prepared now; empty: it can."""
    try:
        rollover.check_has_begun(newest)
    except Conflict as wait:
        return wait.in_language(language)
    return ""


def _middle(year: Any) -> date:
    """A day on which the year's classes were what they were: the last of its second quarter."""
    return date.fromisoformat(year.quarters[1]["ends"])


@router.post("")
async def begin_year(request: Request, visitor: CurrentVisitor) -> Response:
    typed = await request.form()
    try:
        with request.app.state.database.session() as session:
            wanted = _read(rollover.propose(session, visitor.school_id), typed)
            person = session.get_one(Person, visitor.id)
            keep_to_their_year(session, person, visitor.language, wanted.quarters[0][0])
            done = rollover.begin_year(session, visitor.school_id, wanted)
    except BadField as wrong:
        return _render(request, visitor, typed=typed, wrong=wrong)
    tell_people_changed(request.app.state.settings)
    return RedirectResponse(f"{PREFIX}/school/year?done={done.moved}-{done.left}", status_code=303)


def _read(proposed: rollover.NextYear, typed: FormData) -> rollover.NextYear:
    quarters = tuple(
        (_read_day(typed, number, "begins"), _read_day(typed, number, "ends"))
        for number in range(1, rollover.QUARTERS + 1)
    )
    moves = tuple(
        rollover.Move(
            move.class_id, move.was, move.pupils, str(typed.get(f"class-{move.class_id}", "")), move.grades
        )
        for move in proposed.moves
        if f"class-{move.class_id}" in typed
    )
    return rollover.NextYear(str(typed.get("name", "")), quarters, moves)


def _read_day(typed: FormData, number: int, which: str) -> date:
    try:
        return date.fromisoformat(str(typed.get(f"quarter-{number}-{which}", "")))
    except ValueError:
        raise BadField(f"quarter-{number}", "Choose both days.") from None
