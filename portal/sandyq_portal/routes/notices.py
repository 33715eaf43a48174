"""Notices: what one is told, and, for those who may tell many, writing, changing and taking back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Annotated, Any, Final, Literal
from uuid import UUID, uuid4

from fastapi import Form, Path, Request
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from sandyq.i18n import LANGUAGES, say_in, translator
from sandyq.school.academy import notices
from sandyq.school.academy.notices import WRITERS, Told
from sandyq.school.database import today
from sandyq.school.errors import Conflict
from sandyq.school.journal import BadEdit
from sandyq.school.tables import Person
from sandyq_portal.access import ANYONE_SIGNED_IN, CurrentVisitor, RuledRouter, require_role
from sandyq_portal.identity import Visitor
from sandyq_portal.menu import PREFIX
from sandyq_portal.notice_words import Card, clean_words, make_card

router = RuledRouter(ANYONE_SIGNED_IN, prefix="/notices")
writers_router = RuledRouter(require_role(*sorted(WRITERS)), prefix="/notices")
USUAL: Final = timedelta(days=14)
"""How long a notice is shown when its writer says nothing else."""
FOR_SCHOOL: Final = ("pupil", "teacher", "leader", "administrator", "operator")
FOR_CIRCLE: Final = ("teacher", "leader", "administrator", "coach", "expert", "district")
FOR_ALL: Final = (*FOR_SCHOOL, "coach", "expert", "district")
Number = Annotated[int, Path()]


class Written(BaseModel):
    uuid: UUID
    """Made with the page: a form sent twice is kept once."""
    version: int = 0
    act: Literal["preview", "save"] = "save"
    title_kk: str = Field("", max_length=500)
    title_ru: str = Field("", max_length=500)
    title_en: str = Field("", max_length=500)
    text_kk: str = Field("", max_length=10_000)
    text_ru: str = Field("", max_length=10_000)
    text_en: str = Field("", max_length=10_000)
    roles: list[str] = []
    reach: Literal["near", "everywhere"] = "near"
    important: bool = False
    since: str = Field("", max_length=10)
    until: str = Field("", max_length=10)
    on: str = Field("", max_length=10)

    def words(self, field_name: str) -> dict[str, str]:
        return {language: getattr(self, f"{field_name}_{language}") for language in LANGUAGES}

    def values(self) -> dict[str, Any]:
        """Return the row's fields; days that were left open are the usual ones."""
        since = self.since or today().isoformat()
        return {
            "titles": clean_words(self.words("title")),
            "texts": clean_words(self.words("text")),
            "roles": self.roles,
            "everywhere": self.reach == "everywhere",
            "important": self.important,
            "since": since,
            "until": self.until or _add(since),
            "on": self.on or None,
        }


def _add(since: str) -> str:
    try:
        return (date.fromisoformat(since) + USUAL).isoformat()
    except (ValueError, OverflowError):
        return since  # the journal says that it is no day, or none that is near


@dataclass
class Sheet:
    """The form as it is shown."""

    number: int
    """0: a new notice."""
    version: int
    words: dict[str, dict[str, str]]
    roles: list[str]
    everywhere: bool
    important: bool
    since: str
    until: str
    on: str
    uuid: UUID = field(default_factory=uuid4)
    problems: dict[str, str] = field(default_factory=dict)
    """By field; of the whole form: empty."""
    preview: list[tuple[str, Card]] = field(default_factory=list)


@router.get("")
def show_notices(
    request: Request, visitor: CurrentVisitor, taken: int = 0, saved: bool = False, brought: bool = False
) -> Response:
    on = today()
    with request.app.state.database.reading() as session:
        person = session.get_one(Person, visitor.id)
        shown = notices.list_shown(session, person, on)
        may_write = bool(WRITERS & visitor.roles)
        current, over = notices.list_written(session, person, on) if may_write else ([], [])
    cards = {each.id: _card(request, visitor, each) for each in (*shown, *current, *over)}
    page: Response = request.app.state.pages.render(
        request,
        "notices.html",
        shown=[cards[each.id] for each in shown],
        current=[cards[each.id] for each in current],
        over=[cards[each.id] for each in over],
        may_write=may_write,
        may_take_back="district" in visitor.roles,
        make_uuid=uuid4,
        taken=taken,
        saved=saved,
        brought=brought,
        role_words=name_roles(visitor.language),
    )
    return page


@router.post("/{number}/put-away")
def put_away(
    request: Request, visitor: CurrentVisitor, number: Number, away: Annotated[bool, Form()] = True
) -> Response:
    """Take a notice off the person's home page, or put it there again."""
    with request.app.state.database.session() as session:
        notices.put_away(session, session.get_one(Person, visitor.id), number, away=away)
    return RedirectResponse(f"{PREFIX}/" if away else f"{PREFIX}/notices", status_code=303)


@writers_router.get("/new")
def show_new(request: Request, visitor: CurrentVisitor) -> Response:
    on = today()
    blank = {name: dict.fromkeys(LANGUAGES, "") for name in ("title", "text")}
    is_district = "district" in visitor.roles
    sheet = Sheet(0, 0, blank, [], is_district, False, on.isoformat(), (on + USUAL).isoformat(), "")
    return _show_form(request, visitor, sheet)


@writers_router.get("/{number}")
def show_one(request: Request, visitor: CurrentVisitor, number: Number) -> Response:
    with request.app.state.database.reading() as session:
        told = notices.find_own(session, session.get_one(Person, visitor.id), number)
    words = {
        name: {language: found.get(language, "") for language in LANGUAGES}
        for name, found in (("title", told.titles), ("text", told.texts))
    }
    on = told.on.isoformat() if told.on else ""
    sheet = Sheet(
        told.id, told.version, words, list(told.roles), told.everywhere, told.important, told.since.isoformat(),
        told.until.isoformat(), on,
    )  # fmt: skip
    return _show_form(request, visitor, sheet)


@writers_router.post("")
def write_new(request: Request, visitor: CurrentVisitor, form: Annotated[Written, Form()]) -> Response:
    return _keep(request, visitor, form, 0)


@writers_router.post("/undo")
def bring_back(
    request: Request, visitor: CurrentVisitor, uuid: Annotated[UUID, Form()], change: Annotated[int, Form()]
) -> Response:
    """Undo a taking back."""
    with request.app.state.database.session() as session:
        notices.bring_back(session, session.get_one(Person, visitor.id), uuid, change)
    return RedirectResponse(f"{PREFIX}/notices?brought=1", status_code=303)


@writers_router.post("/{number}")
def write_again(
    request: Request, visitor: CurrentVisitor, number: Number, form: Annotated[Written, Form()]
) -> Response:
    return _keep(request, visitor, form, number)


@writers_router.post("/{number}/take-back")
def take_back(
    request: Request, visitor: CurrentVisitor, number: Number, uuid: Annotated[UUID, Form()]
) -> Response:
    what = say_in(visitor.language)("Notice taken back")
    with request.app.state.database.session() as session:
        entry = notices.take_back(session, session.get_one(Person, visitor.id), uuid, what, number)
    return RedirectResponse(f"{PREFIX}/notices?taken={entry.id}", status_code=303)


class _Preview(Exception):
    """What was written is looked at and not kept."""


def _keep(request: Request, visitor: Visitor, form: Written, number: int) -> Response:
    """Keep a notice, or show it as its readers will see it; what is wrong is told at its field."""
    say, sheet = say_in(visitor.language), _sheet(form, number)
    told: Told | None = None
    try:
        with request.app.state.database.session() as session:
            person = session.get_one(Person, visitor.id)
            kept = _write(session, person, form, number, say("Notice kept"))
            if form.act == "preview":
                told = notices.find_own(session, person, kept)
                raise _Preview
    except _Preview:
        assert told is not None  # noqa: S101 # for the type checker
        sheet.preview = [
            (language, make_card(told, language, request.app.state.catalogue, _host(request)))
            for language in LANGUAGES
            if language != "en" or told.titles.get("en")
        ]
        return _show_form(request, visitor, sheet)
    except BadEdit as bad:
        sheet.problems[bad.field] = bad.in_language(visitor.language)
        return _show_form(request, visitor, sheet, 422)
    except Conflict as problem:
        sheet.problems[""] = problem.in_language(visitor.language)
        return _show_form(request, visitor, sheet, 409)
    return RedirectResponse(f"{PREFIX}/notices?saved=1", status_code=303)


def _write(session: Session, person: Person, form: Written, number: int, what: str) -> int:
    values = form.values()
    if not number:
        return notices.write(session, person, form.uuid, what, values)
    notices.find_own(session, person, number)
    return notices.write(session, person, form.uuid, what, values, (number, form.version))


def _sheet(form: Written, number: int) -> Sheet:
    words = {name: form.words(name) for name in ("title", "text")}
    return Sheet(
        number, form.version, words, form.roles, form.reach == "everywhere", form.important, form.since, form.until,
        form.on, form.uuid,
    )  # fmt: skip


def _show_form(request: Request, visitor: Visitor, sheet: Sheet, status: int = 200) -> Response:
    is_district = "district" in visitor.roles
    is_coach = "coach" in visitor.roles
    choices = FOR_ALL if is_district else FOR_CIRCLE if is_coach else FOR_SCHOOL
    page: Response = request.app.state.pages.render(
        request,
        "notice_form.html",
        status=status,
        sheet=sheet,
        roles=[(role, name_roles(visitor.language)[role]) for role in choices],
        is_district=is_district,
        is_coach=is_coach,
    )
    return page


def _card(request: Request, visitor: Visitor, told: Told) -> Card:
    return make_card(told, visitor.language, request.app.state.catalogue, _host(request))


def _host(request: Request) -> str:
    return request.headers.get("host", "")


def name_roles(language: str) -> dict[str, str]:
    """Return what people of each role are called."""
    _ = translator(language)
    return {
        "pupil": _("Pupils"),
        "teacher": _("Teachers"),
        "leader": _("Centre leaders"),
        "administrator": _("School administration"),
        "operator": _("System operators"),
        "coach": _("Coaches"),
        "expert": _("Experts"),
        "district": _("The district's office"),
    }
