"""A pupil's home: continue, what the class was assigned, results, all lessons of the grade."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from sandyq.school.learning import assigned_lessons
from sandyq.school.people import class_of_pupil
from sandyq_portal.catalogue import Catalogue, Lesson
from sandyq_portal.identity import Visitor
from sandyq_portal.reading import read_events
from sandyq_portal.standing import CompetenceStanding, Standing, stand, stand_by_competence


@dataclass(frozen=True)
class PupilHome:
    next: Standing | None
    """What the big button opens: the last unfinished lesson, else the first assigned one not yet begun."""
    assigned: list[tuple[Standing, date | None]]
    results: list[Standing]
    others: list[Standing]
    competences: list[CompetenceStanding]


def build_pupil_home(session: Session, visitor: Visitor, catalogue: Catalogue) -> PupilHome:
    group = class_of_pupil(session, visitor.id)
    events = read_events(session, [visitor.id])[visitor.id]
    assignments = assigned_lessons(session, group.id) if group else []
    due = {item.lesson: item.due_on for item in reversed(assignments)}
    lessons = catalogue.lessons(visitor.language)
    known = {lesson.slug: lesson for lesson in lessons if lesson.track == "pupils" or lesson.slug in due}
    for slug in due:
        if slug not in known and (lesson := catalogue.lesson(slug, visitor.language)):
            known[slug] = lesson  # of the teacher's own, or in another language
    standings = {
        slug: stand(lesson, [event for event in events if event.lesson == slug])
        for slug, lesson in known.items()
    }
    assigned = [(standings[slug], due[slug]) for slug in reversed(due) if slug in standings]
    return PupilHome(
        next=_choose_next(list(standings.values()), [standing for standing, _due in assigned]),
        assigned=assigned,
        results=[standing for standing in standings.values() if standing.started],
        others=[item for slug, item in standings.items() if slug not in due and _fits(item.lesson, visitor)],
        competences=stand_by_competence(standings.values()),
    )


def _choose_next(standings: list[Standing], assigned: list[Standing]) -> Standing | None:
    begun = [standing for standing in standings if standing.last and not standing.finished]
    if begun:
        return max(begun, key=lambda standing: standing.last.id if standing.last else 0)
    return next((standing for standing in assigned if not standing.started), None)


def _fits(lesson: Lesson, visitor: Visitor) -> bool:
    return lesson.track == "pupils" and (visitor.grade is None or visitor.grade in lesson.grades)
