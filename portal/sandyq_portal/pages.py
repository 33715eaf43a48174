"""Rendering: templates, the person's language, dates and numbers as that language writes them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel.dates import format_date, format_skeleton, format_time, format_timedelta
from babel.numbers import format_decimal
from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from starlette.responses import HTMLResponse

from sandyq.i18n import LANGUAGE_NAMES, LANGUAGES, choose_language, translator
from sandyq.icons import draw_icon
from sandyq.layout import write_commands
from sandyq.school.database import ZONE, now, today
from sandyq.school.marking import name_cell
from sandyq_portal.assets import Assets, draw_mark
from sandyq_portal.identity import Visitor
from sandyq_portal.menu import PREFIX, visitor_menu
from sandyq_portal.protection import make_form_token
from sandyq_widgets.markdown import render_block

LANGUAGE_COOKIE = "sandyq-lang"
YEAR = 365 * 86400


class Pages:
    """The templates of the portal."""

    def __init__(self, assets: Assets) -> None:
        self._assets = assets
        self._environment = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=select_autoescape(default=True, default_for_string=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters["commands"] = write_commands
        self._environment.globals.update(
            icon=draw_icon,
            mark=draw_mark,
            asset=self._address,
            prefix=PREFIX,
            markdown=render_markdown,
            name_cell=name_cell,
            language_names=LANGUAGE_NAMES,
            visitor_menu=visitor_menu,
        )

    def render(self, request: Request, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
        """Render a page for whoever is there, in their language; keep the language for hub and rooms."""
        language = language_of(request)
        text = self._environment.get_template(template).render(**_surroundings(request, language), **context)
        response = HTMLResponse(text, status_code=status)
        if request.cookies.get(LANGUAGE_COOKIE) != language:
            remember_language(response, language)
        return response

    def _address(self, name: str) -> str:
        return f"{PREFIX}/static/{name}?v={self._assets.version(name)}"


def render_markdown(text: str) -> Markup:
    """Render what an author wrote in a question: no HTML of its own gets through."""
    return Markup(render_block(text))  # noqa: S704 # escapes all HTML


def visitor_of(request: Request) -> Visitor | None:
    """Return the person whom the rule of this route has found, if any."""
    return getattr(request.state, "visitor", None)


def language_of(request: Request) -> str:
    visitor = visitor_of(request)
    if asked := getattr(request.state, "language", ""):  # this page says so in its address
        return str(asked)
    wish = visitor.language if visitor else request.cookies.get(LANGUAGE_COOKIE)
    return choose_language(wish, request.app.state.settings.language)


def asked_language(request: Request) -> str:
    """Return the language in which an app that is used just now wants its answers; empty for any other asker."""
    language = request.headers.get("accept-language", "")
    return language if language in LANGUAGES else ""


def remember_language(response: HTMLResponse | Any, language: str) -> None:
    """Tell hub and rooms the language, by a cookie that holds nothing else."""
    response.set_cookie(
        LANGUAGE_COOKIE, language, max_age=365 * 86400, path="/", samesite="lax", httponly=True
    )


def _surroundings(request: Request, language: str) -> dict[str, Any]:
    visitor = visitor_of(request)
    token = make_form_token(request.app.state.settings, request, visitor.login) if visitor else ""
    return {
        "_": translator(language),
        "language": language,
        "languages": LANGUAGES,
        "visitor": visitor,
        "form_token": token,
        "here": request.url.path,
        "back": _page_address(request),
        "today": today(),
        **_formats(language),
    }


def _here(day: date) -> date:
    """A moment's day as calendars in Kazakhstan have it."""
    return day.astimezone(ZONE) if isinstance(day, datetime) else day


def _page_address(request: Request) -> str:
    """The page to come back to; what a form has just done is not done again."""
    if request.method != "GET":
        return f"{PREFIX}/"
    return f"{request.url.path}?{request.url.query}" if request.url.query else str(request.url.path)


def _formats(language: str) -> dict[str, Callable[..., str]]:
    return {
        "show_date": lambda day: format_date(_here(day), "long", locale=language),
        "show_day": lambda day: format_date(
            _here(day), "MMMM d" if language == "en" else "d MMMM", locale=language
        ),
        "show_month": lambda first: _capitalise(format_skeleton("yMMMM", first, locale=language)),
        "show_weekday": lambda day, width="abbreviated": format_date(
            day, "EEEE" if width == "wide" else "EEE", locale=language
        ),
        "show_left": lambda moment: show_left(moment, language),
        "show_time": lambda moment: format_time(moment.astimezone(ZONE), "HH:mm", locale=language),
        "show_number": lambda number: _show_number(number, language),
    }


def _capitalise(words: str) -> str:
    return words[:1].upper() + words[1:]


def show_left(moment: datetime, language: str, at: datetime | None = None) -> str:
    """Return how far a moment is away: in days of the calendar, as in a pupil's notebook, or else in hours."""
    begin = at or now()
    days = (_here(moment) - _here(begin)).days
    left = timedelta(days=days) if abs(days) > 1 else moment - begin
    return format_timedelta(left, granularity="minute", threshold=2, add_direction=True, locale=language)


@lru_cache(maxsize=10_000)
def _show_number(number: float, language: str) -> str:
    """A page may have hundreds, and few that differ."""
    return format_decimal(number, "#,##0.##", locale=language)
