"""A class at work on its lessons: what teachers see at a glance and live."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from sandyq.school.learning import assigned_lessons
from sandyq.school.people import class_pupils
from sandyq.school.tables import ClassGroup, LearningEvent, Person
from sandyq_portal.catalogue import Catalogue, Lesson, Question
from sandyq_portal.identity import Visitor
from sandyq_portal.reading import Events, classes_taught, read_events
from sandyq_portal.standing import OPEN, PARTLY, RIGHT, WRONG, Standing, stand


@dataclass(frozen=True)
class LessonProgress:
    """A class in one lesson."""

    lesson: Lesson
    due: date | None
    rows: list[tuple[Person, Standing]]

    @property
    def started(self) -> int:
        return sum(standing.started for _person, standing in self.rows)

    @property
    def finished(self) -> int:
        return sum(standing.finished for _person, standing in self.rows)

    @property
    def share(self) -> float:
        """Pupils who finished, 0 to 1."""
        return self.finished / len(self.rows) if self.rows else 0.0


@dataclass(frozen=True)
class QuestionSummary:
    """How a class did on one scored question; the latest answer of each pupil counts."""

    question: Question
    right: int
    wrong: int
    """Partly right answers count here: the class has something to talk about."""

    @property
    def answered(self) -> int:
        return self.right + self.wrong

    @property
    def difficulty(self) -> float:
        """Share of those who answered and are not right, 0 to 1."""
        return self.wrong / self.answered if self.answered else 0.0


@dataclass(frozen=True)
class OpenAnswer:
    person: Person
    event: LearningEvent

    @property
    def text(self) -> str:
        """What was written; other shapes than text are shown as they came."""
        response = self.event.response
        return response if isinstance(response, str) else json.dumps(response, ensure_ascii=False)


def describe_classes(
    session: Session, visitor: Visitor, catalogue: Catalogue
) -> list[tuple[ClassGroup, int, list[LessonProgress]]]:
    """Return each of a teacher's classes with its number of pupils and its assigned lessons."""
    found = []
    for group in classes_taught(session, visitor):
        pupils = class_pupils(session, group.id)
        found.append((group, len(pupils), list_progress(session, group, pupils, catalogue)))
    return found


def list_progress(
    session: Session, group: ClassGroup, pupils: list[Person], catalogue: Catalogue
) -> list[LessonProgress]:
    """Return the assigned lessons of a class, each with everybody's standing."""
    events = read_events(session, [pupil.id for pupil in pupils])
    found = []
    for item in assigned_lessons(session, group.id):
        lesson = catalogue.lesson(item.lesson, group.language)
        if lesson:
            found.append(build_progress(lesson, item.due_on, pupils, events))
    return found


def build_progress(lesson: Lesson, due: date | None, pupils: list[Person], events: Events) -> LessonProgress:
    rows = [
        (pupil, stand(lesson, [event for event in events[pupil.id] if event.lesson == lesson.slug]))
        for pupil in pupils
    ]
    return LessonProgress(lesson, due, rows)


def rank_questions(progress: LessonProgress) -> list[QuestionSummary]:
    """Return the scored questions, the hardest first; those nobody answered come last."""
    summaries = []
    for question in progress.lesson.questions:
        verdicts = [standing.judge(question) for _person, standing in progress.rows]
        right, wrong = verdicts.count(RIGHT), verdicts.count(WRONG) + verdicts.count(PARTLY)
        if question.points:
            summaries.append(QuestionSummary(question, right, wrong))
    return sorted(summaries, key=lambda summary: (-summary.difficulty, -summary.answered))


def list_spreads(progress: LessonProgress) -> list[tuple[Question, list[tuple[str, int]]]]:
    """Return polls with how often each option was chosen, the most frequent first."""
    found = []
    for question in progress.lesson.questions:
        kept = (standing.answers.get(question.id) for _person, standing in progress.rows)
        counts = Counter(str(event.response) for event in kept if event)
        if question.kind == "poll" and counts:
            options = [
                (answer.partition(") ")[2] or answer, number) for answer, number in counts.most_common()
            ]
            found.append((question, options))
    return found


def list_open_answers(progress: LessonProgress) -> list[tuple[Question, list[OpenAnswer]]]:
    """Return what pupils wrote, question by question."""
    found = []
    for question in progress.lesson.questions:
        if question.kind != "open":
            continue  # a poll is told as a spread
        answers = [
            OpenAnswer(person, standing.answers[question.id])
            for person, standing in progress.rows
            if standing.judge(question) == OPEN
        ]
        if answers:
            found.append((question, answers))
    return found
