"""A person's calendar: a month to look at and to print, a file to take along, an address for calendar programs."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Literal

from fastapi import Query, Request
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from sandyq.i18n import translator
from sandyq.school.calendar.addresses import end_address, find_address, make_address, spell_token
from sandyq.school.database import now, today
from sandyq.school.tables import ADULTS, Person
from sandyq_portal.access import ANYONE_SIGNED_IN, CurrentVisitor, RuledRouter, require_role
from sandyq_portal.agenda import Entry, Speaker, list_entries
from sandyq_portal.feeds import SUFFIX, CalendarTokens, name_server, read_key
from sandyq_portal.ics import MEDIA_TYPE, About, write_calendar
from sandyq_portal.identity import Visitor
from sandyq_portal.menu import PREFIX

router = RuledRouter(ANYONE_SIGNED_IN, prefix="/calendar")
address_router = RuledRouter(require_role(*ADULTS), prefix="/calendar/address")
feed_router = RuledRouter(CalendarTokens(), prefix="/calendar/feed")
BEFORE, AFTER = timedelta(days=31), timedelta(days=184)
"""What a calendar program gets, around today."""
Month = Annotated[str, Query(pattern=r"^20\d\d-(0[1-9]|1[0-2])$")]


@dataclass(frozen=True)
class Day:
    on: date
    is_within: bool
    """In the month that is shown."""
    entries: list[Entry]


@router.get("")
def show_calendar(
    request: Request,
    visitor: CurrentVisitor,
    month: Month = "",
    view: Literal["month", "agenda"] = "month",
) -> Response:
    first = date.fromisoformat(f"{month}-01") if month else today().replace(day=1)
    weeks = _lay_out(first)
    with request.app.state.database.reading() as session:
        person = session.get_one(Person, visitor.id)
        entries = list_entries(session, _speaker(request, visitor), person, weeks[0][0], weeks[-1][-1])
        address = _spell_address(request, session, visitor)
    by_day = defaultdict(list)
    for entry in entries:
        by_day[entry.on].append(entry)
    shown = [[Day(on, on.month == first.month, by_day[on]) for on in week] for week in weeks]
    page: Response = request.app.state.pages.render(
        request,
        "calendar.html",
        view=view,
        first=first,
        weeks=shown,
        agenda=[day for week in shown for day in week if day.is_within and day.entries],
        earlier=_month_before(first),
        later=(first + timedelta(days=31)).replace(day=1),
        may_subscribe=bool(ADULTS & visitor.roles),
        address=address,
    )
    return page


def _lay_out(first: date) -> list[list[date]]:
    """Return the weeks, from Monday, in which a month has a day."""
    monday = first - timedelta(days=first.weekday())
    after = (first + timedelta(days=31)).replace(day=1)
    weeks = -(-(after - monday).days // 7)
    return [[monday + timedelta(days=7 * week + day) for day in range(7)] for week in range(weeks)]


def _month_before(first: date) -> date:
    return (first - timedelta(days=1)).replace(day=1)


def _speaker(request: Request, visitor: Visitor) -> Speaker:
    return Speaker(visitor.language, request.app.state.catalogue, visitor.roles)


def _spell_address(request: Request, session: Session, visitor: Visitor) -> str:
    """Return the address at which a calendar program finds the visitor's calendar; empty: there is none."""
    found = find_address(session, visitor.id)
    if found is None:
        return ""
    token = spell_token(read_key(request.app.state.settings), found)
    return f"{_base(request)}{PREFIX}/calendar/feed/{token}{SUFFIX}"


def _base(request: Request) -> str:
    return f"{request.url.scheme}://{request.headers.get('host', '')}"


@router.get("/download")
def download(request: Request, visitor: CurrentVisitor) -> Response:
    """Send the calendar as a file, to take it into a calendar program once."""
    return _send(request, visitor)


@feed_router.get("/{token}")
def send_feed(request: Request, visitor: CurrentVisitor) -> Response:
    """Send the calendar to a calendar program that knows its secret address."""
    return _send(request, visitor)


def _send(request: Request, visitor: Visitor) -> Response:
    on, say = today(), translator(visitor.language)
    with request.app.state.database.reading() as session:
        person = session.get_one(Person, visitor.id)
        speaker = _speaker(request, visitor)
        entries = list_entries(session, speaker, person, on - BEFORE, on + AFTER, cancelled=True)
    about = About(
        f"Sandyq: {say('Calendar')}",
        visitor.language,
        name_server(request.app.state.settings),
        _base(request),
    )
    headers = {"Content-Disposition": 'attachment; filename="sandyq.ics"'}
    return Response(write_calendar(entries, about, now()), media_type=MEDIA_TYPE, headers=headers)


@address_router.post("")
def give_address(request: Request, visitor: CurrentVisitor) -> Response:
    """Make an address for calendar programs; an older one ends."""
    with request.app.state.database.session() as session:
        make_address(session, session.get_one(Person, visitor.id))
    return RedirectResponse(f"{PREFIX}/calendar#programs", status_code=303)


@address_router.post("/end")
def take_address(request: Request, visitor: CurrentVisitor) -> Response:
    with request.app.state.database.session() as session:
        end_address(session, visitor.id)
    return RedirectResponse(f"{PREFIX}/calendar#programs", status_code=303)
