"""A course's term: marks by a named rule, what is still needed, tables for electronic journals; questions analysed."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import Query, Request
from openpyxl import Workbook
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session
from starlette.responses import Response

from sandyq.i18n import translator
from sandyq.school import marks
from sandyq.school.assignments import courses_of_teacher
from sandyq.school.database import today
from sandyq.school.errors import Invalid, NotFound
from sandyq.school.grading import cell_marks
from sandyq.school.items import FEW, analyse
from sandyq.school.marking import name_cell, worth
from sandyq.school.people import class_pupils, current_year
from sandyq.school.tables import Course, Person, Submission
from sandyq.settings import Settings
from sandyq_portal.access import CurrentVisitor, RuledRouter, require_role
from sandyq_portal.coursework import find_release, view_release
from sandyq_portal.feedback import find_failures, read_short_answers
from sandyq_portal.identity import Visitor
from sandyq_portal.looking import note_look
from sandyq_portal.statements import SpreadsheetWriter, defuse, write_here

router = RuledRouter(require_role("teacher"), prefix="/assignments")
COLUMNS = ("name", "login", "fa", "sor", "soch", "percent", "mark")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Which(BaseModel):
    """A rule (empty: the usual one) and a quarter (0: the present one)."""

    rule: str = Field("", max_length=30)
    quarter: int = Field(0, ge=0, le=4)


class Question(Which):
    """What if there were one more work of this kind?"""

    kind: Literal["fa", "sor", "soch"] = "soch"
    points: float = Field(20, gt=0, le=100)


class Export(Which):
    form: Literal["xlsx", "tsv", "csv"]
    column: list[str] = Field(default=[], max_length=20)


@dataclass(frozen=True)
class Term:
    """A course's marks in one quarter."""

    course: Course
    rule: marks.Rule
    quarter: int
    rows: list[tuple[Person, marks.TermMark, marks.Scores]]


def _read_term(session: Session, visitor: Visitor, course_id: int, rule: str, quarter: int) -> Term:
    course = next((each for each in courses_of_teacher(session, visitor.id) if each.id == course_id), None)
    if course is None:
        raise NotFound("This course is none of yours.")
    if course.class_group.is_colleagues:
        raise NotFound("Colleagues have no marks of a term.")
    year = current_year(session, visitor.school_id, today())
    if year is None:
        raise NotFound("The school has no year yet.")
    chosen = marks.find_rule(rule) if rule else marks.load_rules()[0]
    quarter = quarter or marks.current_quarter(year, today())
    scores = marks.scores_of_course(session, course, year, quarter)
    rows = [
        (pupil, marks.count_term(chosen, scores.get(pupil.id, {})), scores.get(pupil.id, {}))
        for pupil in class_pupils(session, course.class_id)
    ]
    return Term(course, chosen, quarter, rows)


@router.get("/courses/{course_id}/marks")
def show_marks(
    request: Request,
    visitor: CurrentVisitor,
    course_id: int,
    wish: Annotated[Question, Query()],
) -> Response:
    with request.app.state.database.reading() as session:
        term = _read_term(session, visitor, course_id, wish.rule, wish.quarter)
        needed = {
            person.id: marks.what_if(term.rule, scores, wish.kind, wish.points)
            for person, _mark, scores in term.rows
        }
        page: Response = request.app.state.pages.render(
            request,
            "marks.html",
            term=term,
            rules=marks.load_rules(),
            needed=needed,
            wish=wish,
            columns=COLUMNS,
            show_percent=marks.show_percent,
            names=column_names(visitor.language),
        )
    _note_marks(request, visitor, term)
    return page


def _note_marks(request: Request, visitor: Visitor, term: Term) -> None:
    note_look(request.app.state.database, visitor, [person.id for person, *_ in term.rows], "marks")


@router.get("/courses/{course_id}/marks/export")
def export_marks(
    request: Request,
    visitor: CurrentVisitor,
    course_id: int,
    wish: Annotated[Export, Query()],
) -> Response:
    """Return the chosen columns in the chosen order: to paste (TSV, no heading), to open (XLSX) or to keep (CSV)."""
    wanted = [each for each in wish.column if each] or list(COLUMNS)
    if unknown := set(wanted) - set(COLUMNS):
        names = {"found": ", ".join(sorted(unknown)), "known": ", ".join(COLUMNS)}
        raise Invalid("There are no columns {found}. Use some of: {known}.", **names)
    with request.app.state.database.reading() as session:
        term = _read_term(session, visitor, course_id, wish.rule, wish.quarter)
        rows = [[_value(name, person, mark) for name in wanted] for person, mark, _ in term.rows]
    _note_marks(request, visitor, term)
    names = column_names(visitor.language)
    head, told = [names[each] for each in wanted], term.rule.name[visitor.language]
    content: bytes
    if wish.form == "xlsx":
        content, media = _as_xlsx([head, *rows], told), XLSX
    elif wish.form == "tsv":
        content, media = _as_tsv(rows, visitor.language), "text/tab-separated-values; charset=utf-8"
    else:
        content, media = _as_csv([head, *rows], visitor.language), "text/csv; charset=utf-8"
    file = f"marks-{course_id}-q{term.quarter}.{wish.form}"
    return Response(
        content, media_type=media, headers={"Content-Disposition": f'attachment; filename="{file}"'}
    )


def column_names(language: str) -> dict[str, str]:
    _ = translator(language)
    return {
        "name": _("Name"),
        "login": _("Login"),
        "fa": _("FA, %"),
        "sor": _("SOR, %"),
        "soch": _("SOCH, %"),
        "percent": _("Term, %"),
        "mark": _("Mark"),
    }


def _value(column: str, person: Person, mark: marks.TermMark) -> str | int | float:
    if column in marks.KINDS:
        return marks.show_percent(mark.parts[column]) if column in mark.parts else ""
    if column == "percent":
        return marks.show_percent(mark.percent) if mark.percent is not None else ""
    told = {"name": person.full_name, "login": person.login, "mark": mark.mark if mark.mark else ""}
    return told[column]


def _as_tsv(rows: list[list[Any]], language: str) -> bytes:
    made = io.StringIO()
    table = csv.writer(made, "excel-tab")
    table.writerows([defuse(write_here(value, language)) for value in row] for row in rows)
    return made.getvalue().encode()


def _as_csv(rows: list[list[Any]], language: str) -> bytes:
    made = io.StringIO(newline="")
    table = SpreadsheetWriter(made, language)
    for row in rows:
        table.write_row(row)
    return made.getvalue().encode()


def _as_xlsx(rows: list[list[Any]], rule: str) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.column_dimensions["A"].width = 32
    for row in rows:
        sheet.append([defuse(value) for value in row])
    sheet.append([])
    sheet.append([rule])
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


@router.get("/{release_id}/items")
def show_items(request: Request, visitor: CurrentVisitor, release_id: int) -> Response:
    """Show how each question did, and what to teach again."""
    settings = request.app.state.settings
    with request.app.state.database.reading() as session:
        release = find_release(session, visitor, release_id)
        view = view_release(session, release)
        points = {f"{notebook}/{cell['id']}": float(cell["points"]) for notebook, cell in view.cells}
        names = {f"{notebook}/{cell['id']}": name_cell(cell) for notebook, cell in view.cells}
        work: list[dict[str, float]] = []
        wrong: dict[str, list[str]] = {name: [] for name in points}
        for row in view.rows:
            if row.submission is None or not (row.points and row.points.is_known):
                continue
            found = cell_marks(session, release.id, row.person.id)
            told = {
                f"{mark.notebook}/{mark.cell}": worth(mark)
                for mark in found
                if mark.submission_id == row.submission.id
            }
            work.append({name: points for name, points in told.items() if points is not None})
            for name, words in _list_wrong(settings, row.submission, view.about, told).items():
                wrong[name].append(words)
        page: Response = request.app.state.pages.render(
            request,
            "items.html",
            view=view,
            release=release,
            items=analyse(points, work) if work else [],
            names=names,
            common={name: _most_common(told) for name, told in wrong.items()},
            few=len(work) < FEW,
            count=len(work),
        )
    return page


def _list_wrong(
    settings: Settings, submission: Submission, about: dict[str, Any], told: Mapping[str, float | None]
) -> dict[str, str]:
    """Return what was wrong in a work by question: why a test failed; else the answer that did not get all points."""
    failures = find_failures(submission)
    found = {}
    for notebook in about["notebooks"]:
        answers: dict[str, str] | None = None
        for cell in notebook["cells"]:
            place, had = (notebook["name"], cell["id"]), told.get(f"{notebook['name']}/{cell['id']}")
            if why := failures.get(place):
                found["/".join(place)] = f"{why.get('kind')}: {why.get('text')}"
            elif cell["kind"] == "tests" and had is not None and had < cell["points"]:
                answers = read_short_answers(settings, submission, notebook) if answers is None else answers
                found["/".join(place)] = answers.get(cell["id"], "")
    return {place: words for place, words in found.items() if words}


def _most_common(told: list[str]) -> list[tuple[str, int]]:
    return [(words[:200], count) for words, count in Counter(told).most_common(3)]
