"""How far a person is in a lesson: from their events and the lesson's questions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sandyq.school.tables import LearningEvent
from sandyq_portal.catalogue import Lesson, Question

RIGHT, WRONG, PARTLY, OPEN, NONE = "right", "wrong", "partly", "open", "none"

STATES = ("not started", "started", "answered", "finished", "mastered")
MASTERY = 0.8
"""Share of the points from which a lesson counts as mastered: the usual bar of mastery learning (Bloom, 1968)."""


@dataclass(frozen=True)
class CompetenceStanding:
    """One person in everything that a competence has lessons for."""

    code: str
    state: str
    """The furthest that they are in any of its lessons."""
    score: float
    points: float
    """What all those lessons that they began are worth together."""


@dataclass(frozen=True)
class Standing:
    """One person in one lesson."""

    lesson: Lesson
    answers: dict[str, LearningEvent]
    """The latest answer by question; only questions the lesson has."""
    last: LearningEvent | None
    mastery: LearningEvent | None
    """What mastered the lesson first: it stays on record, however later practice goes."""

    @property
    def started(self) -> bool:
        return self.last is not None

    @property
    def finished(self) -> bool:
        """Every question has an answer; a lesson without questions is finished once it was opened."""
        return self.started and len(self.answers) == len(self.lesson.questions)

    @property
    def mastered(self) -> bool:
        """Finished at least once with MASTERY of the points; without points, finished is enough."""
        return self.mastery is not None

    @property
    def state(self) -> str:
        """How far: one of STATES."""
        reached = (self.mastered, self.finished, bool(self.answers), self.started, True)
        return next(state for state, there in zip(reversed(STATES), reached, strict=True) if there)

    @property
    def share(self) -> float:
        """Questions answered, 0 to 1."""
        if not self.lesson.questions:
            return 1.0 if self.started else 0.0
        return len(self.answers) / len(self.lesson.questions)

    @property
    def score(self) -> float:
        return sum(answer.score or 0 for answer in self.answers.values())

    def judge(self, question: Question) -> str:
        """Return right, partly, wrong, open (a person must read it) or none (no answer yet)."""
        answer = self.answers.get(question.id)
        if answer is None:
            return NONE
        if not question.points or answer.score is None:
            return OPEN
        if answer.score >= question.points:
            return RIGHT
        return PARTLY if answer.score > 0 else WRONG


def stand(lesson: Lesson, events: Iterable[LearningEvent]) -> Standing:
    """Sum up one person's events in one lesson; events come oldest first."""
    known = {question.id for question in lesson.questions}
    answers: dict[str, LearningEvent] = {}
    last = mastery = None
    for event in events:
        last = event
        if event.verb == "answered" and event.question in known:
            answers[event.question] = event
        if mastery is None and len(answers) == len(lesson.questions) and _is_enough(lesson, answers):
            mastery = event
    return Standing(lesson, answers, last, mastery)


def _is_enough(lesson: Lesson, answers: dict[str, LearningEvent]) -> bool:
    return sum(answer.score or 0 for answer in answers.values()) >= MASTERY * lesson.points


def stand_by_competence(standings: Iterable[Standing]) -> list[CompetenceStanding]:
    """Sum up lessons by competence, in the order of their codes; what nobody began is left out."""
    by_code: dict[str, list[Standing]] = {}
    for standing in standings:
        for code in standing.lesson.competences if standing.started else ():
            by_code.setdefault(code, []).append(standing)
    return [
        CompetenceStanding(
            code,
            max((standing.state for standing in begun), key=STATES.index),
            sum(standing.score for standing in begun),
            sum(standing.lesson.points for standing in begun),
        )
        for code, begun in sorted(by_code.items())
    ]
