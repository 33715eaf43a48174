"""How hard the library's items were, from pupils' first answers in all lessons with them. Numbers, never names."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from sandyq.item_bank import FEWEST, read_kind, take_print
from sandyq.school.academy import reviewing
from sandyq.school.academy import tables as t
from sandyq.school.items import FEW, correlate
from sandyq.school.tables import ADULTS, LearningEvent, Person, PersonRole

WORDED: Final = frozenset({"choice", "choices"})
"""Kinds whose answers are the author's words; others are the pupils' own and told when several wrote the same."""
SEVERAL: Final = 5
MOST_WRONG: Final = 5
"""How many wrong answers are told."""


@dataclass(frozen=True)
class Use:
    """A question of a lesson that is an item, between two numbers of the sequence of answers."""

    lesson: str
    question: str
    since: int
    until: int | None

    def holds(self, event: LearningEvent) -> bool:
        return event.id > self.since and (self.until is None or event.id <= self.until)


def list_answers(session: Session, person: Person, _on: date) -> list[dict[str, Any]]:
    """Return of each item that a person sees and that stands in lessons how many answered it, and how many right.

    Below ``FEWEST`` answers ``right`` is None.
    """
    if not ADULTS & person.role_names:
        return []
    uses = _read_uses(session, _find_items(session, person))
    events = _read_events(session, (use for each in uses.values() for use in each))
    told = []
    for item, theirs in uses.items():
        first = _take_first(theirs, events)
        told.append(
            {
                "id": item,
                "answered": len(first),
                "right": sum(map(_is_right, first)) if len(first) >= FEWEST else None,
                "lessons": len({use.lesson for use in theirs}),
            }
        )
    return told


def analyse(session: Session, person: Person, item_id: int) -> dict[str, Any] | None:
    """Return what pupils' answers tell of an item; None when a person sees no such item.

    ``discrimination`` is the correlation of right or wrong at the first try (1 or 0) with the share of points in the
    rest of the lesson: the point-biserial, corrected for the item itself. None below ``FEW`` pupils. ``strong`` and
    ``weak``: right at once among the better and the weaker half. ``wrong``: the most frequent wrong first answers.
    """
    items = [each for each in _find_items(session, person) if each.id == item_id]
    if not items or not ADULTS & person.role_names:
        return None
    uses = _read_uses(session, items).get(item_id, [])
    first = _take_first(uses, _read_events(session, uses))
    told: dict[str, Any] = {"id": item_id, "answered": len(first), "right": None, "wrong": []}
    told |= {
        "lessons": len({use.lesson for use in uses}),
        "discrimination": None,
        "strong": None,
        "weak": None,
    }
    if len(first) < FEWEST:
        return told
    told |= {"right": sum(map(_is_right, first)), "wrong": _list_wrong(first, read_kind(items[0].body))}
    rest = _read_rest(session, uses, first)
    if len(rest) >= FEW:
        told["discrimination"] = correlate([right for right, _ in rest], [share for _, share in rest])
        told |= _compare_halves(rest)
    return told


def _find_items(session: Session, person: Person) -> list[t.Resource]:
    seen = select(t.Resource).where(
        t.Resource.kind == "item", t.Resource.gone.is_(False), reviewing.narrow_resources(session, person)
    )
    return list(session.scalars(seen.order_by(t.Resource.id)))


def _read_uses(session: Session, items: Iterable[t.Resource]) -> dict[int, list[Use]]:
    """Return where items stand as they are asked now; a question that was changed since is another one."""
    prints = {each.id: take_print(each.body) for each in items}
    found: dict[int, list[Use]] = {}
    query = select(t.Reply.row_id, t.Reply.data).where(
        t.Reply.sheet == "resource",
        t.Reply.kind == "use",
        t.Reply.gone.is_(False),
        t.Reply.row_id.in_(prints),
    )
    for item, data in session.execute(query.order_by(t.Reply.id)):
        if "lesson" in data and data["print"] == prints[item]:
            use = Use(data["lesson"], data["question"], data["since"], data["until"])
            found.setdefault(item, []).append(use)
    return found


Events = dict[tuple[str, str], list[LearningEvent]]


def _read_events(session: Session, uses: Iterable[Use]) -> Events:
    """Return pupils' scored answers to these questions, the first ones first; two at one PC answered once."""
    asked = {(use.lesson, use.question) for use in uses}
    found: Events = defaultdict(list)
    query = _select_answers({lesson for lesson, _ in asked}).where(
        LearningEvent.question.in_({question for _, question in asked})
    )
    for event in session.scalars(query):
        if (place := (event.lesson, str(event.question))) in asked:
            found[place].append(event)
    return found


def _select_answers(lessons: Iterable[str]) -> Any:
    pupils = select(PersonRole.person_id).where(PersonRole.role == "pupil")
    return (
        select(LearningEvent)
        .where(
            LearningEvent.verb == "answered",
            LearningEvent.lesson.in_(list(lessons)),
            LearningEvent.max_score > 0,
            LearningEvent.person_id.in_(pupils),
            or_(LearningEvent.partner_id.is_(None), LearningEvent.person_id < LearningEvent.partner_id),
        )
        .order_by(LearningEvent.id)
    )


def _take_first(uses: Iterable[Use], events: Events) -> list[LearningEvent]:
    """Return each pupil's first answer, over all lessons."""
    answers = [
        event for use in uses for event in events.get((use.lesson, use.question), ()) if use.holds(event)
    ]
    first: dict[int, LearningEvent] = {}
    for event in sorted(answers, key=lambda each: each.id):
        first.setdefault(event.person_id, event)
    return list(first.values())


def _is_right(event: LearningEvent) -> bool:
    return event.score == event.max_score


def _list_wrong(first: Iterable[LearningEvent], kind: str) -> list[dict[str, Any]]:
    counted = Counter(str(event.response) for event in first if not _is_right(event))
    least = 1 if kind in WORDED else SEVERAL
    ranked = sorted(counted.items(), key=lambda each: (-each[1], each[0]))
    return [{"answer": answer, "count": count} for answer, count in ranked if count >= least][:MOST_WRONG]


def _read_rest(
    session: Session, uses: Iterable[Use], first: Iterable[LearningEvent]
) -> list[tuple[float, float]]:
    """Return of each pupil whether the item was right at once (1 or 0) and their share of points in the lesson's rest.

    Where a lesson asks nothing else there is no rest, and its pupils are left out.
    """
    asked = {(use.lesson, use.question) for use in uses}
    points: dict[str, dict[str, float]] = defaultdict(dict)
    had: dict[tuple[str, int], dict[str, float]] = defaultdict(dict)
    for event in session.scalars(_select_answers({lesson for lesson, _ in asked})):
        question = str(event.question)
        if (event.lesson, question) not in asked:
            points[event.lesson][question] = event.max_score
            had[event.lesson, event.person_id].setdefault(question, event.score or 0.0)
    rest = []
    for event in first:
        if most := sum(points[event.lesson].values()):
            mine = sum(had[event.lesson, event.person_id].values())
            rest.append((float(_is_right(event)), min(mine / most, 1.0)))
    return rest


def _compare_halves(rest: list[tuple[float, float]]) -> dict[str, float]:
    """Return the shares of right first answers in the better and in the weaker half, the middle one left out."""
    ranked = sorted(rest, key=lambda each: each[1])
    half = len(ranked) // 2
    weak, strong = ranked[:half], ranked[-half:]
    return {
        "strong": sum(right for right, _ in strong) / half,
        "weak": sum(right for right, _ in weak) / half,
    }
