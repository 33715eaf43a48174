"""How far a person is in a lesson: from their events and the lesson's questions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sandyq.school.tables import LearningEvent
from sandyq_portal.catalogue import Lesson, Question

RIGHT, WRONG, PARTLY, OPEN, NONE = "right", "wrong", "partly", "open", "none"


@dataclass(frozen=True)
class Standing:
    """One person in one lesson."""

    lesson: Lesson
    answers: dict[str, LearningEvent]
    """The latest answer by question; only questions the lesson has."""
    last: LearningEvent | None

    @property
    def started(self) -> bool:
        return self.last is not None

    @property
    def finished(self) -> bool:
        """Every question has an answer; a lesson without questions is finished once it was opened."""
        return self.started and len(self.answers) == len(self.lesson.questions)

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
    last = None
    for event in events:
        last = event
        if event.verb == "answered" and event.question in known:
            answers[event.question] = event
    return Standing(lesson, answers, last)
