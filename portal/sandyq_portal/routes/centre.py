"""What the centre's apps keep, for their kernels: read sheets, change rows, hear of others' changes, take back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import HTTPException, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse

from sandyq.i18n import LANGUAGES
from sandyq.school import journal
from sandyq.school.academy import difficulty, evidence, support
from sandyq.school.academy.experts import list_own_questions
from sandyq.school.academy.members import list_members
from sandyq.school.academy.pairs import list_peers
from sandyq.school.academy.programme import list_standings
from sandyq.school.academy.shelf import list_shelf
from sandyq.school.centre.passport import list_authors, list_open_children, may_see_photo
from sandyq.school.centre.roster import LISTS as ROSTER
from sandyq.school.centre.roster import describe_school
from sandyq.school.centre.survey import list_rosters
from sandyq.school.database import Base, today
from sandyq.school.errors import BadField
from sandyq.school.kept import Change
from sandyq.school.law.copying import find_columns
from sandyq.school.registry import SHEETS, find_sheet
from sandyq.school.sheets import Sheet
from sandyq.school.tables import Person
from sandyq.visits import Visit
from sandyq_portal import photos
from sandyq_portal.access import RuledRouter
from sandyq_portal.looking import note_look
from sandyq_portal.pages import asked_language
from sandyq_portal.recording import find_person
from sandyq_portal.routes.clubs import VISITORS, AppVisit

router = RuledRouter(VISITORS, prefix="/api/centre")
LONGEST_RECIPE: Final = 4000
"""Characters; what is longer to say in another language is told as its writer said it."""
LISTS = ROSTER | {
    "passport_child": list_open_children,
    "passport_author": list_authors,
    "survey_roster": list_rosters,
    "member": list_members,
    "standing": list_standings,
    "given": support.list_given,
    "own_item": support.list_own_items,
    "peer": list_peers,
    "own_question": list_own_questions,
    "shelf": list_shelf,
    "item_answers": difficulty.list_answers,
}
"""What apps read besides sheets."""
PERSONAL = frozenset(sheet.name for sheet in SHEETS.values() if sheet.narrow) | {
    "member",
    "standing",
    "given",
    "own_item",
    "peer",
    "own_question",
    "shelf",
    "item_answers",
}
"""What opens by a right to each person: an app that somebody made would lend them to whoever opens it."""
Names = Annotated[str, Query(pattern=r"^[a-z_]+(,[a-z_]+)*$", max_length=500)]


class NewEdit(BaseModel):
    """One row: ``id`` is negative for a new one; without ``values`` it is removed."""

    model_config = ConfigDict(extra="forbid")
    sheet: str
    id: int
    version: int = 0
    values: dict[str, Any] | None = None


class NewChange(BaseModel):
    model_config = ConfigDict(extra="forbid")
    uuid: UUID
    what: str = Field(max_length=200)
    said: list[Any] | None = None
    edits: list[NewEdit] = Field(max_length=journal.MOST_ROWS)
    seen: int = 0
    whole: list[str] = Field(default=[], max_length=10)


class TakingBack(BaseModel):
    model_config = ConfigDict(extra="forbid")
    uuid: UUID
    number: int


@router.get("")
def read_sheets(request: Request, visit: AppVisit, sheets: Names) -> dict[str, Any]:
    """Return whole sheets, where the journal stands, and who and where the visitor is."""
    names, on = sheets.split(","), today()
    check_is_lent(visit, *names)
    with request.app.state.database.reading() as session:
        person = find_person(session, visit)
        check_staff(person)
        kept = [find_sheet(name, person) for name in names if name not in LISTS]
        rows = {sheet.name: sheet.rows(session, person) for sheet in kept}
        told = {
            "at": journal.newest(session, journal.find_home(session, person, names)),
            "sheets": {name: LISTS[name](session, person, on) for name in names if name in LISTS} | rows,
            "school": describe_school(session, person, on),
            "me": describe_visitor(person),
            "today": on.isoformat(),
            "undo": _describe_undo(session, person, visit),
        }
        shown = {each for sheet in kept for each in _list_shown(sheet, rows[sheet.name])}
    note_look(request.app.state.database, person, shown, "centre")
    return told


def _list_shown(sheet: Sheet, rows: list[dict[str, Any]]) -> Iterator[int]:
    """Give the numbers of those about whom rows are, where it is told."""
    columns = [
        name for name in find_columns(Base.metadata.tables[sheet.table.__tablename__]) if name in sheet.fields
    ]
    return (row[name] for row in rows for name in columns if row.get(name) is not None)


def check_is_lent(visit: Visit, *sheets: str) -> None:
    if visit.own and not PERSONAL.isdisjoint(sheets):
        raise HTTPException(
            403,
            f"App '{visit.name}' is {visit.login}'s own: what opens by a right to each person is not lent.",
        )


def check_staff(person: Person) -> None:
    if not person.role_names - {"pupil"}:
        raise HTTPException(403, f"Login '{person.login}' is no member of the staff.")


def describe_visitor(person: Person) -> dict[str, Any]:
    return {
        "id": person.id,
        "login": person.login,
        "name": person.full_name,
        "language": person.language,
        "roles": sorted(person.role_names),
    }


@router.get("/changes")
def hear(request: Request, visit: AppVisit, sheets: Names, after: int) -> dict[str, Any]:
    """Return what has changed since a number of the journal."""
    names = [name for name in sheets.split(",") if name not in LISTS]
    check_is_lent(visit, *names)
    with request.app.state.database.reading() as session:
        person = find_person(session, visit)
        told = journal.changes_since(session, person, after, names)
        shown = {each for kept in told["rows"] for each in _list_shown(SHEETS[kept["sheet"]], [kept["row"]])}
        told["undo"] = _describe_undo(session, person, visit)
    note_look(request.app.state.database, person, shown, "centre")
    return told


@router.post("/changes")
def make(request: Request, visit: AppVisit, sent: NewChange) -> JSONResponse:
    """Make a change; the same uuid again gets the same receipt. It is on the disk before the reply."""
    edits = tuple(journal.Edit(each.sheet, each.id, each.version, each.values) for each in sent.edits)
    said = sent.said if len(json.dumps(sent.said)) <= LONGEST_RECIPE else None
    batch = journal.Batch(sent.uuid, visit.name, sent.what, edits, sent.seen, tuple(sent.whole), said)

    def write(session: Session, person: Person) -> Change:
        _check_photos(request, edits)
        return journal.change(session, person, batch)

    return _keep(request, visit, write)


def _check_photos(request: Request, edits: tuple[journal.Edit, ...]) -> None:
    """BadEdit for a picture that was never sent here."""
    for index, edit in enumerate(edits):
        try:
            photos.check_kept(request.app.state.settings, (edit.values or {}).get("photo"))
        except BadField as problem:
            raise journal.BadEdit(index, problem.field, problem) from None


@router.post("/undo")
def take_back(request: Request, visit: AppVisit, sent: TakingBack) -> JSONResponse:
    """Take one's own change back."""
    return _keep(
        request, visit, lambda session, person: journal.undo(session, person, sent.uuid, sent.number)
    )


@router.get("/receipts/{uuid}")
def read_receipt(request: Request, visit: AppVisit, uuid: UUID) -> dict[str, str]:
    """Return when the visitor's change was made (``at``), for an app that did not hear of it; empty: it was not."""
    with request.app.state.database.reading() as session:
        entry = journal.find_own(session, find_person(session, visit), uuid, visit.name)
        return {"at": entry.at.isoformat() if entry else ""}


@router.get("/lessons")
def read_lessons(request: Request, visit: AppVisit) -> dict[str, str]:
    """Return the titles of all lessons by slug, in the language of the asker's page."""
    catalogue = request.app.state.catalogue
    with request.app.state.database.reading() as session:
        person = find_person(session, visit)
        check_staff(person)
        language = asked_language(request) or person.language
    titles = {each.slug: each.title for other in LANGUAGES for each in catalogue.lessons(other)}
    return titles | {each.slug: each.title for each in catalogue.lessons(language)}


@router.get("/items/{item}")
def analyse_item(request: Request, visit: AppVisit, item: int) -> dict[str, Any]:
    """Return what pupils' answers tell of an item of the library: numbers, nobody's name."""
    check_is_lent(visit, "item_answers")
    with request.app.state.database.reading() as session:
        person = find_person(session, visit)
        check_staff(person)
        told = difficulty.analyse(session, person, item)
    if told is None:
        raise HTTPException(404, f"There is no item {item} that you may open.")
    return told


@router.get("/history")
def read_history(request: Request, visit: AppVisit, sheet: str, row: int) -> dict[str, Any]:
    """Return who changed a row when, and how."""
    check_is_lent(visit, sheet)
    with request.app.state.database.reading() as session:
        person = find_person(session, visit)
        kept = find_sheet(sheet, person)
        entries = journal.history(session, person, kept, row)
        states = [state for each in entries for state in (each["before"], each["after"]) if state]
        shown = {*_list_shown(kept, states)}
    note_look(request.app.state.database, person, shown, "centre")
    return {"entries": entries}


@router.put("/photos")
async def keep_photo(request: Request, visit: AppVisit) -> dict[str, str]:
    """Keep a picture, small and without what the camera wrote into it; return its name."""
    content = await request.body()

    def write() -> str:
        with request.app.state.database.reading() as session:
            check_staff(find_person(session, visit))
        return photos.keep(request.app.state.settings, content)

    return {"photo": await run_in_threadpool(write)}


@router.get("/photos/{photo}")
def read_photo(
    request: Request, visit: AppVisit, photo: Annotated[str, Path(pattern="^[0-9a-f]{64}$")]
) -> dict[str, str]:
    """Return a picture of a passport or an evidence that the visitor may open, as a data URL."""
    check_is_lent(visit, "passport_entry", "evidence")
    with request.app.state.database.reading() as session:
        person = find_person(session, visit)
        if not may_see_photo(session, person, photo) and not evidence.may_see_photo(session, person, photo):
            raise HTTPException(404, f"Picture {photo} is in nothing that you may open.")
    return {"url": photos.read(request.app.state.settings, photo)}


def _keep(request: Request, visit: Visit, write: Any) -> JSONResponse:
    language = "kk"
    try:
        with request.app.state.database.session() as session:
            person = find_person(session, visit)
            language = asked_language(request) or person.language
            entry: Change = write(session, person)
            receipt = {
                "number": entry.id,
                "at": entry.at.isoformat(),
                "rows": [{"sheet": note["sheet"], "row": note["after"]} for note in entry.rows],
                "undo": _describe_undo(session, person, visit),
            }
        return JSONResponse(receipt)
    except journal.Stale as stale:
        rows = [{"sheet": name, "row": row} for name, row in stale.rows]
        return JSONResponse({"detail": stale.in_language(language), "rows": rows}, 409)
    except journal.BadEdit as bad:
        where = {"edit": bad.index, "field": bad.field}
        return JSONResponse({"detail": bad.in_language(language), **where}, 422)


def _describe_undo(session: Session, person: Person, visit: Visit) -> dict[str, Any] | None:
    entry = journal.last_own(session, person, visit.name)
    return {"number": entry.id, "what": entry.what, "said": entry.said} if entry else None
