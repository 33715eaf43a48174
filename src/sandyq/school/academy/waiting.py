"""What of the Academy waits for a person's own hand: home pages say so, for nobody opens each app every day to look."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, ScalarSelect, Select, String, and_, cast, false, func, not_, or_, select
from sqlalchemy.orm import Session, defer

from sandyq.courses import (
    MONTHS,
    TINY,
    Records,
    add_months,
    is_to_show,
    list_open_months,
    measure,
    tell_state,
)
from sandyq.school.academy import tables as t
from sandyq.school.academy.pairs import going_on
from sandyq.school.academy.reviewing import is_accepted, may_review, narrow_resources, read_standings
from sandyq.school.academy.rights import led_groups
from sandyq.school.tables import ADULTS, Person

AFTER: Final = 12
"""Months after a course in which what is missing is told: the year of support and the summer."""
NEWS: Final = timedelta(13)
"""After its day: how long something new is told."""


@dataclass(frozen=True)
class Waits:
    """How many of each there are."""

    practice: int = 0
    """Shown by people of one's groups, looked at by nobody."""
    months: int = 0
    """So for months of support; what was changed since it was read waits anew."""
    practice_back: int = 0
    """One's own, with something missing."""
    months_back: int = 0
    """One's own months that are over with nothing shown, or were sent back."""
    pairs: int = 0
    """To which one has not agreed."""
    steps: int = 0
    """Next steps after observed lessons, to which one has not agreed."""
    judged: int = 0
    """Works of one's own for which a reviewer asks for changes."""
    judging: int = 0
    """Works of others that one may judge and has not."""
    answers: int = 0
    """Experts' new answers to questions of one's own."""
    questions: int = 0
    """To experts, answered by nobody: for who is one."""
    to_issue: int = 0
    """Certificates of courses, to people of one's groups who have done all that they ask for."""
    years: int = 0
    """So of the year of support."""
    certificates: int = 0
    """One's own new ones."""


def count_waits(session: Session, person: Person, on: date) -> Waits:
    """Return what waits for a person on a day; for pupils and operators nothing does."""
    if not ADULTS & person.role_names:
        return Waits()
    judged, judging = _count_works(session, person)
    return Waits(
        **_count_shown(session, person),
        **_count_own(session, person, on),
        **_count_ready(session, person, on),
        pairs=_count(session, _unagreed_pairs(person, on)),
        steps=_count(session, _unagreed_steps(person)),
        judged=judged,
        judging=judging,
        answers=_count(session, _new_answers(person, on)),
        questions=_count(session, _open_questions()) if "expert" in person.role_names else 0,
        certificates=_count(session, _new_certificates(person, on)),
    )


def _count(session: Session, query: Select[Any]) -> int:
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0


def _said(sheet: str, kind: str, row: Any) -> ColumnElement[bool]:
    """Replies of a kind to a row."""
    return and_(t.Reply.sheet == sheet, t.Reply.kind == kind, t.Reply.row_id == row, t.Reply.gone.is_(False))


def _last_review() -> ScalarSelect[int]:
    said = _said("evidence", "review", t.Evidence.id)
    return select(func.max(t.Reply.id)).where(said).correlate(t.Evidence).scalar_subquery()


def _shown(*columns: Any) -> Select[Any]:
    """Return evidence of those who are in a group, with the newest review."""
    return (
        select(*columns)
        .select_from(t.Evidence)
        .join(t.Participant, t.Participant.id == t.Evidence.participant_id)
        .join(t.TrainingGroup, t.TrainingGroup.id == t.Participant.group_id)
        .outerjoin(t.Reply, t.Reply.id == _last_review())
        .where(t.Evidence.gone.is_(False), t.Participant.takes_part, t.TrainingGroup.gone.is_(False))
    )


def _count_shown(session: Session, person: Person) -> dict[str, int]:
    """Of people in groups that a person leads."""
    practice, month = t.Evidence.task.startswith("practice:"), t.Evidence.task.startswith("month:")
    is_changed = t.Reply.data["version"].as_string() != cast(t.Evidence.version, String)
    waits = or_(and_(practice, t.Reply.id.is_(None)), and_(month, or_(t.Reply.id.is_(None), is_changed)))
    query = _shown(month, func.count()).where(t.Evidence.by != person.id, waits)
    query = query.where(t.Participant.group_id.in_(led_groups(person))).group_by(month)
    found = {bool(is_month): many for is_month, many in session.execute(query)}
    return {"practice": found.get(False, 0), "months": found.get(True, 0)}


def _count_own(session: Session, person: Person, on: date) -> dict[str, int]:
    """Of what a person shows."""
    courses = session.execute(
        select(t.Participant.id, t.TrainingGroup.ends_on)
        .join(t.TrainingGroup, t.TrainingGroup.id == t.Participant.group_id)
        .where(t.Participant.person_id == person.id, t.Participant.takes_part)
        .where(t.TrainingGroup.gone.is_(False))
    ).all()
    lasting = {number: ends_on for number, ends_on in courses if on <= add_months(ends_on, AFTER)}
    shown: dict[int, list[t.Evidence]] = defaultdict(list)
    reviews: dict[int, t.Reply] = {}
    for evidence, review in session.execute(
        _shown(t.Evidence, t.Reply).where(t.Participant.id.in_(lasting), t.Evidence.by == person.id)
    ):
        shown[evidence.participant_id].append(evidence)
        if review is not None:
            reviews[evidence.id] = review
    practice = months = 0
    for number, ends_on in lasting.items():
        tasks = {each.task for each in shown[number] if each.task.startswith("practice:")}
        practice += sum(tell_state(task, shown[number], reviews) == "missing" for task in tasks)
        months += sum(
            _is_missing(month, ends_on, shown[number], reviews, on) for month in range(1, MONTHS + 1)
        )
    return {"practice_back": practice, "months_back": months}


def _is_missing(
    month: int, ends_on: date, shown: list[t.Evidence], reviews: dict[int, t.Reply], on: date
) -> bool:
    """Whether nothing of a month is accepted or waits, though it was sent back or the month is over."""
    is_over = add_months(ends_on, month) < on
    is_shown = any(each.task == f"month:{month}" for each in shown)
    return (is_shown or is_over) and is_to_show(month, shown, reviews)


def _count_ready(session: Session, person: Person, on: date) -> dict[str, int]:
    """Certificates that a person may issue now by the rules of ``issuing``; nobody issues their own.

    Those rules are asked about whoever has shown all tasks alone: who leads a district's groups leads hundreds.
    """
    groups = session.execute(
        select(t.TrainingGroup.id, t.TrainingGroup.ends_on, t.Training)
        .join(t.Training, t.Training.id == t.TrainingGroup.training_id)
        .where(t.TrainingGroup.id.in_(led_groups(person)))
    ).all()
    if not groups:
        return {}
    is_passed = t.TrainingExam.points >= t.Training.pass_share * t.TrainingExam.of - TINY
    passed = select(t.TrainingExam.id).where(_of_participant(t.TrainingExam), is_passed)
    trainings = {each.id: each for *_, each in groups}
    is_practised = [
        and_(t.Training.id == each.id, _tasks("practice") >= len({module["key"] for module in each.modules}))
        for each in trainings.values()
    ]
    over = [number for number, ends_on, _ in groups if add_months(ends_on, MONTHS - 1) < on]
    course = session.execute(
        _without(person, "course").where(passed.exists(), or_(false(), *is_practised))
    ).all()
    year = session.execute(
        _without(person, "support").where(t.TrainingGroup.id.in_(over), _tasks("month") >= MONTHS)
    ).all()
    evidence: dict[int, list[t.Evidence]] = defaultdict(list)
    reviews: dict[int, list[t.Reply]] = defaultdict(list)
    for shown, review in session.execute(
        _shown(t.Evidence, t.Reply).where(t.Participant.id.in_({each.id for each, *_ in (*course, *year)}))
    ):
        evidence[shown.participant_id].append(shown)
        if review is not None:
            reviews[shown.participant_id].append(review)
    exams = _rows(session, t.TrainingExam, "participant_id", {each.id for each, *_ in course})
    meetings = _rows(session, t.TrainingSession, "group_id", {each.group_id for each, *_ in course})
    came = _rows(session, t.TrainingPresence, "person_id", {each.person_id for each, *_ in course})
    to_issue = sum(
        not measure(
            each, training, Records(meetings, came, exams, evidence[each.id], reviews[each.id])
        ).missing
        for each, training, _ in course
    )
    years = sum(
        not list_open_months(ends_on, evidence[each.id], reviews[each.id], on) for each, _, ends_on in year
    )
    return {"to_issue": to_issue, "years": years}


def _without(person: Person, kind: str) -> Select[t.Participant, t.Training, date]:
    """Return others in the groups that a person leads, who have no certificate of a kind."""
    given = select(t.Certificate.id).where(_of_participant(t.Certificate), t.Certificate.kind == kind)
    return (
        select(t.Participant, t.Training, t.TrainingGroup.ends_on)
        .join(t.TrainingGroup, t.TrainingGroup.id == t.Participant.group_id)
        .join(t.Training, t.Training.id == t.TrainingGroup.training_id)
        .where(t.Participant.group_id.in_(led_groups(person)), t.Participant.person_id != person.id)
        .where(t.Participant.takes_part, ~given.exists())
    )


def _of_participant(table: Any) -> ColumnElement[bool]:
    return and_(table.participant_id == t.Participant.id, table.gone.is_(False))


def _tasks(kind: str) -> ScalarSelect[int]:
    """Return for how many tasks of a kind a participant has shown something."""
    shown = select(func.count(t.Evidence.task.distinct())).where(_of_participant(t.Evidence))
    return shown.where(t.Evidence.task.startswith(f"{kind}:")).correlate(t.Participant).scalar_subquery()


def _rows(session: Session, table: Any, column: str, values: Collection[int]) -> Sequence[Any]:
    return session.scalars(
        select(table).where(getattr(table, column).in_(values), table.gone.is_(False))
    ).all()


def _unagreed_pairs(person: Person, on: date) -> Select[Any]:
    said = select(t.Reply.id).where(_said("pairing", "agree", t.Pairing.id), t.Reply.by == person.id)
    own = or_(t.Pairing.mentor_id == person.id, t.Pairing.learner_id == person.id)
    return going_on(on).where(own, ~said.exists())


def _unagreed_steps(person: Person) -> Select[Any]:
    """A yes is to the step as it stands now."""
    said = _said("observation", "agree", t.Observation.id)
    agreed = select(t.Reply.id).where(said, t.Reply.text == t.Observation.step)
    return select(t.Observation.id).where(
        t.Observation.person_id == person.id,
        t.Observation.gone.is_(False),
        t.Observation.step != "",
        ~agreed.exists(),
    )


def _count_works(session: Session, person: Person) -> tuple[int, int]:
    """Return how many own works are to be changed, and how many of others' are to be judged."""
    offered = select(t.Resource).where(t.Resource.gone.is_(False), t.Resource.state == "offered")
    open_still = offered.where(narrow_resources(session, person), not_(is_accepted(t.Resource.id)))
    works = session.scalars(open_still.options(defer(t.Resource.body))).all()
    said = {
        number: standing.said
        for number, standing in read_standings(session, {each.id: each.edition for each in works}).items()
    }
    judged = sum(each.by == person.id and bool(set(said[each.id].values()) - {"yes"}) for each in works)
    others = [each for each in works if person.id not in said[each.id]]
    return judged, sum(may_review(session, person, each) for each in others)


def _new_answers(person: Person, on: date) -> Select[Any]:
    said = _said("expert_question", "answer", t.ExpertQuestion.id)
    new = select(t.Reply.id).where(said, t.Reply.on >= on - NEWS, t.Reply.by != person.id)
    return select(t.ExpertQuestion.id).where(
        t.ExpertQuestion.by == person.id, t.ExpertQuestion.gone.is_(False), new.exists()
    )


def _open_questions() -> Select[Any]:
    said = _said("expert_question", "answer", t.ExpertQuestion.id)
    return (
        select(t.ExpertQuestion.id)
        .join(t.ExpertSession, t.ExpertSession.id == t.ExpertQuestion.session_id)
        .where(t.ExpertQuestion.gone.is_(False), t.ExpertSession.gone.is_(False))
        .where(~select(t.Reply.id).where(said).exists())
    )


def _new_certificates(person: Person, on: date) -> Select[Any]:
    return select(t.Certificate.id).where(
        t.Certificate.person_id == person.id, t.Certificate.gone.is_(False), t.Certificate.on >= on - NEWS
    )
