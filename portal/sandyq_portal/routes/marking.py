"""Marking: one question across all pupils, or one pupil from first to last; a teacher's word beats the grader's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Form, Request
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from sandyq.school.assignments import pupils_of_release, submissions_of
from sandyq.school.errors import Conflict, Invalid, NotFound
from sandyq.school.grading import find_mark, make_mark
from sandyq.school.marking import give_mark, is_open, list_cells
from sandyq.school.tables import CellMark, Person, Release, Submission
from sandyq.settings import Settings
from sandyq_portal.access import CurrentVisitor, RuledRouter, require_role
from sandyq_portal.comments import list_comments
from sandyq_portal.coursework import find_release, view_release
from sandyq_portal.feedback import ShownCell, ShownNotebook, find_failures, show_around, show_work
from sandyq_portal.looking import note_look
from sandyq_portal.menu import PREFIX

router = RuledRouter(require_role("teacher"), prefix="/assignments/{release_id}/marks")


@dataclass(frozen=True)
class MarkingCard:
    """One cell of one pupil, to be marked."""

    person: Person
    notebook: str
    about: dict[str, Any]
    cells: list[ShownCell]
    work: int
    """Number of the hand-in that is shown."""
    mark: CellMark | None
    failure: dict[str, Any] | None
    flags: list[dict[str, Any]]
    problem: str = ""
    typed: Marking | None = None
    """What was refused, so that nobody writes it again."""
    meanwhile: Person | None = None
    """Whose word was kept since the page was opened: it is shown beside what was refused, before it is replaced."""

    @property
    def ticked(self) -> list[bool]:
        """Which of the rubric's lines are ticked: what was kept, or what was refused."""
        kept = self.mark.ticked if self.mark else []
        lines = [line["text"] for line in self.about.get("rubric") or ()]
        if self.typed is not None:
            return [number in self.typed.ticked for number in range(len(lines))]
        return [line in kept for line in lines]

    @property
    def key(self) -> str:
        return f"p{self.person.id}-{self.notebook}-{self.about['id']}"

    @property
    def is_unmarked(self) -> bool:
        return is_open(self.mark, self.work)

    @property
    def is_of_this_work(self) -> bool:
        """Whether anybody has looked at what is shown; else what is kept is of an earlier hand-in."""
        return self.mark is not None and self.mark.submission_id == self.work

    @property
    def proposed(self) -> float | None:
        return self.mark.proposed if self.mark and self.is_of_this_work else None

    @property
    def is_overtaken(self) -> bool:
        """Whether a teacher's points are of another answer or another version of the assignment."""
        return (
            self.mark is not None
            and self.mark.given is not None
            and (self.mark.stale or not self.is_of_this_work)
        )


@router.get("")
def mark(
    request: Request, visitor: CurrentVisitor, release_id: int, cell: str = "", pupil: int = 0
) -> Response:
    """Show ``cell`` (``notebook/cell``) of all pupils, or all cells of ``pupil``; else the first cell unmarked."""
    with request.app.state.database.reading() as session:
        release = find_release(session, visitor, release_id)
        view = view_release(session, release)
        handed_in = [row for row in view.rows if row.submission]
        places = [f"{notebook}/{about['id']}" for notebook, about in view.cells]
        marks = _read_marks(session, release)
        unmarked = Counter(
            f"{notebook}/{about['id']}"
            for row in handed_in
            for notebook, about in view.cells
            if row.submission
            and is_open(marks.get((row.person.id, notebook, about["id"])), row.submission.id)
        )
        if pupil:
            row = next((row for row in handed_in if row.person.id == pupil), None)
            if row is None:
                raise NotFound("This pupil has handed nothing in.")
            rows, wanted = [row], places
        else:
            cell = cell or next(
                (place for place in places if unmarked.get(place)), places[0] if places else ""
            )
            if cell not in places and (cell or places):
                raise NotFound("The assignment has no question '{cell}'.", cell=cell)
            rows, wanted = handed_in, [cell] if cell else []
        people = {row.person: row.submission for row in rows if row.submission}
        cards = _cards(request.app.state.settings, release, people, wanted, marks)
        page: Response = request.app.state.pages.render(
            request,
            "marking.html",
            view=view,
            release=release,
            cards=cards,
            cell=cell if not pupil else "",
            chosen=next((about for name, about in view.cells if f"{name}/{about['id']}" == cell), None),
            pupil=pupil,
            handed_in=handed_in,
            looked_at=_show_whole(request.app.state.settings, session, release, pupil) if not places else [],
            unmarked=unmarked,
            comments=list_comments(session, visitor.id, release.assignment.course.class_group.language),
        )
    note_look(request.app.state.database, visitor, [person.id for person in people], "work")
    return page


def _show_whole(settings: Settings, session: Session, release: Release, pupil: int) -> list[ShownNotebook]:
    """Return what a pupil handed in of an assignment without points, which has no questions to show it by."""
    work = show_work(settings, session, release, pupil)
    return work.notebooks if work else []


class Marking(BaseModel):
    """The form of one card."""

    pupil: int
    cell: str = Field(max_length=300)
    seen: int = Field(ge=0)
    work: int = Field(0, ge=0)
    """The hand-in that the page showed."""
    points: str = Field("", max_length=20)
    comment: str = Field("", max_length=2000)
    ticked: list[int] = Field(default=[], max_length=100)
    """Lines of the rubric, from 0: they are kept with the mark, for the next tick adds to them."""


@router.post("")
def keep_mark(
    request: Request, visitor: CurrentVisitor, release_id: int, form: Annotated[Marking, Form()]
) -> Response:
    """Keep a mark; to a page with scripts return the card as it stands now, else go back to the page."""
    problem = ""
    try:
        with request.app.state.database.session() as session:
            release = find_release(session, visitor, release_id)
            notebook, _, name = form.cell.partition("/")
            about, given = _find_cell(release, form.cell), _read_points(form.points)
            rubric = [line["text"] for line in about.get("rubric") or ()]
            newest = next(iter(submissions_of(session, release.id, form.pupil)), None)
            if newest is None:
                raise NotFound("This pupil has handed nothing in.")
            if form.work not in (0, newest.id):
                raise Conflict("It was handed in again meanwhile. Look at the new answer.")
            mark = find_mark(session, release.id, form.pupil, notebook, name)
            if mark is None:  # the grader could not do it
                mark = make_mark(session, newest, notebook, name)
            give_mark(
                session,
                mark,
                visitor.id,
                seen=form.seen,
                given=given,
                comment=form.comment,
                most=float(about["points"]),
                ticked=[line for number, line in enumerate(rubric) if number in form.ticked],
            )
            if form.work and mark.submission_id != newest.id:  # the answer that was looked at, not graded yet
                mark.submission_id, mark.proposed = newest.id, None
    except (Conflict, Invalid) as refusal:
        problem = refusal.in_language(visitor.language)
    with_scripts = "hx-request" in request.headers
    if not with_scripts and not problem:
        place = f"{PREFIX}/assignments/{release_id}/marks?{urlencode({'cell': form.cell})}#p{form.pupil}"
        return RedirectResponse(place, status_code=303)
    with request.app.state.database.reading() as session:
        release = find_release(session, visitor, release_id)
        person = next(each for each in pupils_of_release(session, release) if each.id == form.pupil)
        newest = submissions_of(session, release.id, person.id)[0]
        marks = _read_marks(session, release)
        (card,) = _cards(request.app.state.settings, release, {person: newest}, [form.cell], marks)
        page: Response = request.app.state.pages.render(
            request,
            "marking_card.html" if with_scripts else "marking_refused.html",
            release=release,
            card=_refuse(session, card, form, problem) if problem else card,
            comments=list_comments(session, visitor.id, release.assignment.course.class_group.language),
            just_saved=not problem,
        )
    return page


def _refuse(session: Session, card: MarkingCard, form: Marking, problem: str) -> MarkingCard:
    is_new = card.mark is not None and card.mark.changes != form.seen
    meanwhile = session.get(Person, card.mark.marked_by) if card.mark and is_new else None
    return replace(card, problem=problem, typed=form, meanwhile=meanwhile)


DIGITS = str.maketrans('"әіңғүұқ', "12345890")
"""What the Kazakh layout types for digits; those of 6 and 7 are a comma and a point."""


def _read_points(text: str) -> float | None:
    """Return points as people write them, with a comma or a point, whatever the layout; None for nothing."""
    typed = text.strip().lower().translate(DIGITS).replace(",", ".")
    try:
        return float(typed) if typed else None
    except ValueError:
        raise Invalid("Points are '{text}'. Write a number, such as 2 or 1.5.", text=text) from None


def _find_cell(release: Release, cell: str) -> dict[str, Any]:
    for notebook, about in list_cells(release.assignment.about):
        if f"{notebook}/{about['id']}" == cell:
            return about
    raise NotFound("The assignment has no question '{cell}'.", cell=cell)


Marks = Mapping[tuple[int, str, str], CellMark]
"""By pupil, notebook and cell."""


def _read_marks(session: Session, release: Release) -> Marks:
    found = session.scalars(select(CellMark).where(CellMark.release_id == release.id))
    return {(mark.person_id, mark.notebook, mark.cell): mark for mark in found}


def _cards(
    settings: Settings,
    release: Release,
    people: Mapping[Person, Submission],
    wanted: list[str],
    marks: Marks,
) -> list[MarkingCard]:
    """Return the cards of these places (``notebook/cell``): a look into each notebook, not more."""
    listed = list_cells(release.assignment.about)
    cards = []
    for person, submission in people.items():
        flags = (submission.result or {"flags": []})["flags"]
        failures = find_failures(submission)
        for notebook in release.assignment.about["notebooks"]:
            name = notebook["name"]
            cells = [cell for place, cell in listed if place == name and f"{name}/{cell['id']}" in wanted]
            around = (
                show_around(settings, submission, notebook, {cell["id"] for cell in cells}) if cells else {}
            )
            cards += [
                MarkingCard(
                    person=person,
                    notebook=name,
                    about=cell,
                    cells=around.get(cell["id"], []),
                    work=submission.id,
                    mark=marks.get((person.id, name, cell["id"])),
                    failure=failures.get((name, cell["id"])),
                    flags=[
                        flag
                        for flag in flags
                        if flag["notebook"] == name and flag["cell"] in _shown(cell, around)
                    ],
                )
                for cell in cells
            ]
    return cards


def _shown(cell: dict[str, Any], around: dict[str, list[ShownCell]]) -> set[str | None]:
    """What a flag on a card may be about: its cells, and the notebook."""
    return {None, cell["id"], *(each.id for each in around.get(cell["id"], ()) if each.id)}
