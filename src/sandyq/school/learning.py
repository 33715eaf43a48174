"""Lessons given to classes, and what pupils did in them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from sandyq.school.errors import Conflict, Invalid, NotFound
from sandyq.school.people import class_pupils
from sandyq.school.tables import LearningEvent, LessonAssignment, Person

VERBS = ("launched", "answered")


@dataclass(frozen=True)
class Answer:
    """The latest answer to a question, and how the first one scored."""

    response: Any
    score: float | None
    max_score: float | None
    tries: int
    first_score: float | None

    @property
    def right_at_once(self) -> bool:
        return self.max_score is not None and self.first_score == self.max_score

    @property
    def wrong(self) -> bool:
        """Scored, and not in full."""
        return self.max_score is not None and (self.score or 0) < self.max_score


@dataclass(frozen=True)
class PupilProgress:
    person: Person
    state: str
    """``not started``, ``started`` or ``finished`` (every question answered)."""
    answers: dict[str, Answer]

    @property
    def answered(self) -> int:
        return len(self.answers)

    @property
    def score(self) -> float:
        return sum(answer.score or 0 for answer in self.answers.values())


@dataclass(frozen=True)
class QuestionProgress:
    question: str
    answered: int
    """Pupils who answered."""
    right_at_once: int
    wrong: int

    @property
    def share_wrong(self) -> float:
        """Of those who answered, 0 to 1; the latest answer counts."""
        return self.wrong / self.answered if self.answered else 0.0


@dataclass(frozen=True)
class LessonProgress:
    pupils: list[PupilProgress]
    questions: list[QuestionProgress]


def assign_lesson(
    session: Session, class_id: int, lesson: str, by: int, due_on: date | None = None
) -> LessonAssignment:
    """Give a lesson to a class; when it has it already, only the due date changes."""
    found = _find_assignment(session, class_id, lesson)
    if found is None:
        found = LessonAssignment(class_id=class_id, lesson=lesson, assigned_by=by)
        session.add(found)
    found.due_on = due_on
    session.flush()
    return found


def withdraw_lesson(session: Session, class_id: int, lesson: str) -> None:
    """Take a lesson back, keeping the answers; NotFound when the class does not have it."""
    found = _find_assignment(session, class_id, lesson)
    if found is None:
        raise NotFound("Lesson '{lesson}' is not assigned to this class.", lesson=lesson)
    session.delete(found)
    session.flush()


def assigned_lessons(session: Session, class_id: int) -> list[LessonAssignment]:
    """Return a class's lessons, the nearest due date first, those without one last."""
    found = session.scalars(select(LessonAssignment).where(LessonAssignment.class_id == class_id))
    return sorted(found, key=lambda each: (each.due_on or date.max, each.id))


def _find_assignment(session: Session, class_id: int, lesson: str) -> LessonAssignment | None:
    return session.scalar(
        select(LessonAssignment).where(
            LessonAssignment.class_id == class_id, LessonAssignment.lesson == lesson
        )
    )


def record_event(  # noqa: PLR0913 # a statement has this many parts
    session: Session,
    person_id: int,
    uuid: str,
    verb: str,
    lesson: str,
    *,
    question: str | None = None,
    response: Any = None,
    score: float | None = None,
    max_score: float | None = None,
    partner_id: int | None = None,
) -> tuple[LearningEvent, bool]:
    """Store a statement once, however often it is sent; return it and whether it is new.

    Conflict when the uuid is another statement's; Invalid for a verb outside VERBS. Durable when the session ends.
    """
    if verb not in VERBS:
        raise Invalid("Verb '{verb}' is not known. Use one of: {verbs}.", verb=verb, verbs=", ".join(VERBS))
    event = LearningEvent(
        uuid=uuid,
        person_id=person_id,
        verb=verb,
        lesson=lesson,
        question=question,
        response=response,
        score=score,
        max_score=max_score,
        partner_id=partner_id,
    )
    known = find_event(session, uuid)
    if known is None:
        try:
            with session.begin_nested():
                session.add(event)
            return event, True
        except IntegrityError:  # the same statement came twice at once
            known = find_event(session, uuid)
            if known is None:
                raise
    _check_same(known, event)
    return known, False


def share_event(session: Session, event: LearningEvent, partner_id: int) -> None:
    """Store an event of one pupil's for their partner at the same PC, too, once; both rows name the other."""
    record_event(
        session,
        partner_id,
        str(uuid5(UUID(event.uuid), f"partner {partner_id}")),
        event.verb,
        event.lesson,
        question=event.question,
        response=event.response,
        score=event.score,
        max_score=event.max_score,
        partner_id=event.person_id,
    )


def record_together(  # noqa: PLR0913, PLR0917 # a statement has this many parts
    session: Session,
    takers: Sequence[int],
    together: Sequence[int],
    uuid: str,
    verb: str,
    lesson: str,
    **told: Any,
) -> tuple[LearningEvent, bool]:
    """Store what was done at one PC for each of ``takers``, once; who sat ``together`` there is named in each row."""
    first, *others = takers
    partner = next((person for person in together if person != first), None)
    event, new = record_event(session, first, uuid, verb, lesson, partner_id=partner, **told)
    for other in others:
        share_event(session, event, other)
    return event, new


def count_poll(session: Session, people: Sequence[int], lesson: str, question: str) -> Counter[str]:
    """Count people's latest answers to a poll by what stands before ``)``: the option's number."""
    theirs = LearningEvent.person_id.in_(people) & (LearningEvent.question == question)
    kept = _read_answers(session, lesson, theirs)
    return Counter(str(answer.response).partition(")")[0] for _, _, answer in kept)


def count_decisions(
    session: Session, people: Sequence[int], lesson: str, question: str
) -> dict[str, Counter[str]]:
    """Count people's latest decisions, by field: each line of an answer begins ``field=value)``."""
    theirs = LearningEvent.person_id.in_(people) & (LearningEvent.question == question)
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for _, _, answer in _read_answers(session, lesson, theirs):
        for line in str(answer.response).split("\n"):
            field, equals, value = line.partition(")")[0].partition("=")
            if equals:
                counted[field][value] += 1
    return dict(counted)


def find_event(session: Session, uuid: str) -> LearningEvent | None:
    return session.scalar(select(LearningEvent).where(LearningEvent.uuid == uuid))


def count_tries(
    session: Session, person_id: int, lesson: str, question: str, before: LearningEvent | None = None
) -> int:
    """Return how often a person has answered a question, or had before a kept answer."""
    theirs = select(func.count()).where(
        LearningEvent.person_id == person_id,
        LearningEvent.lesson == lesson,
        LearningEvent.verb == "answered",
        LearningEvent.question == question,
    )
    return session.scalar(theirs.where(LearningEvent.id < before.id) if before else theirs) or 0


def _check_same(known: LearningEvent, sent: LearningEvent) -> None:
    if any(
        getattr(known, name) != getattr(sent, name) for name in ("person_id", "verb", "lesson", "question")
    ):
        raise Conflict("The uuid {uuid} belongs to another statement. Send a new one.", uuid=sent.uuid)


def answers_of(session: Session, person_id: int, lesson: str) -> dict[str, Answer]:
    """Return a person's answers in a lesson, by question."""
    asked = _read_answers(session, lesson, LearningEvent.person_id == person_id)
    return {question: answer for _person, question, answer in asked}


def lesson_progress(session: Session, class_id: int, lesson: str, questions: Sequence[str]) -> LessonProgress:
    """Return where each pupil of a class stands in a lesson with these questions, and how each question went.

    Three queries, however many pupils and answers.
    """
    pupils = class_pupils(session, class_id)
    theirs = LearningEvent.person_id.in_([pupil.id for pupil in pupils])
    answers: dict[int, dict[str, Answer]] = defaultdict(dict)
    for person, question, answer in _read_answers(session, lesson, theirs):
        if question in questions:
            answers[person][question] = answer
    began = select(LearningEvent.person_id).where(LearningEvent.lesson == lesson, theirs).distinct()
    started = set(session.scalars(began))
    rows = [
        PupilProgress(pupil, _state(pupil.id in started, answers[pupil.id], questions), answers[pupil.id])
        for pupil in pupils
    ]
    return LessonProgress(rows, [_summarise(question, rows) for question in questions])


def _state(started: bool, answers: dict[str, Answer], questions: Sequence[str]) -> str:
    if questions and len(answers) == len(set(questions)):
        return "finished"
    return "started" if started else "not started"


def _summarise(question: str, rows: list[PupilProgress]) -> QuestionProgress:
    given = [row.answers[question] for row in rows if question in row.answers]
    return QuestionProgress(
        question, len(given), sum(each.right_at_once for each in given), sum(each.wrong for each in given)
    )


def _read_answers(
    session: Session, lesson: str, whose: ColumnElement[bool]
) -> Iterator[tuple[int, str, Answer]]:
    """Give each person's answer to each question: one row of the database each."""
    tries = (
        select(
            func.min(LearningEvent.id).label("first"),
            func.max(LearningEvent.id).label("last"),
            func.count().label("number"),
        )
        .where(LearningEvent.lesson == lesson, LearningEvent.verb == "answered", whose)
        .where(LearningEvent.question.is_not(None))
        .group_by(LearningEvent.person_id, LearningEvent.question)
        .subquery()
    )
    first, last = aliased(LearningEvent), aliased(LearningEvent)
    query = (
        select(last, tries.c.number, first.score)
        .join(tries, tries.c.last == last.id)
        .join(first, first.id == tries.c.first)
    )
    for event, number, first_score in session.execute(query):
        yield (
            event.person_id,
            event.question,
            Answer(event.response, event.score, event.max_score, number, first_score),
        )
