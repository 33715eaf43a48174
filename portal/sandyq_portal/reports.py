"""A sheet for parents: what one pupil's marked work came to, question by question, with its teacher's words."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from sandyq.school.assignments import latest_submissions
from sandyq.school.grading import cell_marks
from sandyq.school.marking import list_cells, name_cell, worth
from sandyq.school.people import sort_people
from sandyq.school.tables import Person, Release, Returned, School, Submission


@dataclass(frozen=True)
class Line:
    """One question."""

    name: str
    score: float | None
    """None: the question came into the assignment after the work was returned."""
    points: float
    comment: str

    @property
    def share(self) -> float:
        return (self.score or 0.0) / self.points if self.points else 0.0


@dataclass(frozen=True)
class Report:
    person: Person
    school: str
    release: Release
    returned: Returned
    teacher: str
    """Who confirmed the marks."""
    submission: Submission | None
    lines: list[Line]

    @property
    def about(self) -> dict[str, Any]:
        return self.release.assignment.about

    @property
    def share(self) -> float:
        return self.returned.score / self.returned.points if self.returned.points else 0.0


def make_reports(session: Session, release: Release, people: Collection[int] = ()) -> list[Report]:
    """Return the sheets of those whose work was returned (all, or some of them), in the class list's order."""
    returned = {
        each.person_id: each
        for each in session.scalars(select(Returned).where(Returned.release_id == release.id))
        if not people or each.person_id in people
    }
    found = session.scalars(select(Person).where(Person.id.in_(returned)))
    newest = {each.person_id: each for each in latest_submissions(session, [release.id])}
    school = session.get_one(School, release.assignment.course.class_group.school_id).name
    return [
        Report(
            person=person,
            school=school,
            release=release,
            returned=returned[person.id],
            teacher=session.get_one(Person, returned[person.id].returned_by).full_name,
            submission=newest.get(person.id),
            lines=_make_lines(session, release, person.id),
        )
        for person in sort_people(found)
    ]


def _make_lines(session: Session, release: Release, person_id: int) -> list[Line]:
    marks = {(mark.notebook, mark.cell): mark for mark in cell_marks(session, release.id, person_id)}
    lines = []
    for notebook, cell in list_cells(release.assignment.about):
        mark = marks.get((notebook, cell["id"]))
        comment = mark.comment if mark else ""
        lines.append(Line(name_cell(cell), worth(mark), float(cell["points"]), comment))
    return lines
