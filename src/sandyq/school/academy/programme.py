"""Where each member of the programme stands: enrolled, attended, completed, applied, silent. Few queries, however many.

- *attended*: present or online in at least the course's share of the sessions held so far;
- *completed*: has the course's certificate;
- *applied*, in the literacy programme: since the course began, at least ``FEWEST_PUPILS`` pupils, or all of a smaller
  class, answered in one lesson or handed in one assignment that this person gave to their class; in the
  management programme: a guide has accepted a practice task;
- *silent*: no sign of life for ``SILENCE`` days, though the course has begun and its support is not over: no session
  attended, no evidence, no word in a pair, no lesson or assignment given. Days of teachers' summer do not count, nor
  those before somebody joined.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from sandyq.courses import MONTHS, TINY, add_months
from sandyq.school.academy.facts import Enrolment, Facts, read_facts
from sandyq.school.tables import Person

SILENCE: Final = 45
SUMMER: Final = ((5, 31), (8, 31))
"""The day before teachers' holidays, and their last: nobody is silent for that."""
MARKS: Final = ("attended", "completed", "applied", "silent")
"""The bits of a month's mark, from the lowest."""
NOT_IN: Final = "-"


@dataclass(frozen=True)
class Standing:
    """One participant on a day."""

    participant_id: int
    person_id: int
    name: str
    school_id: int
    school: str
    community_id: int | None
    programme: str
    group_id: int
    sessions: int
    """Held so far."""
    attended_sessions: int
    attended: bool
    completed: bool
    applied: bool
    last_sign: str
    """ISO date; empty: none."""
    quiet_since: date
    """The last sign, or when they began if that was later."""
    silent: bool


def read_standings(session: Session, viewer: Person, on: date) -> list[Standing]:
    """Return the standing on a day of everybody in a viewer's circle whose course has begun."""
    return judge(read_facts(session, viewer, on), on)


def judge(facts: Facts, on: date) -> list[Standing]:
    """Return the standings on a day, which is none after that up to which the facts were read."""
    return [
        _judge(facts, each, on)
        for each in facts.enrolments
        if max(_begin(facts, each), each.came_on) <= on and (each.left_on is None or each.left_on > on)
    ]


def _begin(facts: Facts, who: Enrolment) -> date:
    """Return since when somebody takes part; who was at a session before they were put into the group, since then."""
    came = facts.attended.get((who.group_id, who.person_id), [])
    return max(who.starts_on, min([who.joined_on, *came[:1]]))


def count_quiet_days(since: date, on: date) -> int:
    """Return the days after one up to another, without those of the summer."""
    before, last = SUMMER
    return (on - since).days - sum(
        max(0, (min(on, date(year, *last)) - max(since, date(year, *before))).days)
        for year in range(since.year, on.year + 1)
    )


def _judge(facts: Facts, who: Enrolment, on: date) -> Standing:
    sessions = bisect_right(facts.held.get(who.group_id, ()), on)
    present = bisect_right(facts.attended.get((who.group_id, who.person_id), ()), on)
    signs = facts.signs.get(who.person_id, ())
    heard = bisect_right(signs, on)
    sign = signs[heard - 1] if heard else None
    if who.programme == "literacy":
        given = facts.taught.get(who.person_id, ())
        applied = any(at >= who.starts_on and worked <= on for at, worked in given)
    else:
        applied = _is_by(facts.accepted.get(who.participant_id), on)
    began = _begin(facts, who)
    since = max(began, sign or began)
    return Standing(
        who.participant_id, who.person_id, who.name, who.school_id, who.school, who.community_id,
        who.programme, who.group_id, sessions, present,
        attended=sessions > 0 and present >= who.share * sessions - TINY,
        completed=_is_by(facts.certified.get(who.participant_id), on),
        applied=applied,
        last_sign=sign.isoformat() if sign else "",
        quiet_since=since,
        silent=count_quiet_days(since, on) > SILENCE and on <= add_months(who.ends_on, MONTHS),
    )  # fmt: skip


def _is_by(day: date | None, on: date) -> bool:
    return day is not None and day <= on


# What the programme's app gets: a row a participant, a letter a month


def _find_days(facts: Facts, on: date) -> list[date]:
    """Return the months' ends since the first course began, and a day in the running one."""
    if not facts.enrolments:
        return []
    month = min(each.starts_on for each in facts.enrolments).replace(day=1)
    days = []
    while (month := (month + timedelta(31)).replace(day=1)) <= on:
        days.append(month - timedelta(1))
    return [*days, on]


def list_standings(session: Session, viewer: Person, on: date) -> list[dict[str, Any]]:
    """Return everybody in a viewer's circle whose course has begun, and how they stood at the end of each month.

    ``months`` has a letter for each month since the programme began, the last one for the day itself: a hexadecimal
    number of the bits of ``MARKS``, or ``-`` for who was not in. So a page of six hundred people needs no more rows.
    Who has moved has a row for each school, with the months there.
    """
    facts = read_facts(session, viewer, on)
    days = _find_days(facts, on)
    marks: dict[tuple[int, int], list[str]] = {}
    last: dict[tuple[int, int], Standing] = {}
    for place, day in enumerate(days):
        for each in judge(facts, day):
            key = each.participant_id, each.school_id
            own = marks.setdefault(key, [NOT_IN] * len(days))
            own[place] = _mark(each)
            last[key] = each
    rows = {(each.participant_id, each.school_id): each for each in facts.enrolments}
    return [
        {
            "id": each.row_id, "person_id": each.person_id, "name": each.name, "school_id": each.school_id,
            "school": each.school, "community_id": each.community_id, "programme": each.programme,
            "group": each.group, "coach": each.coach, "last_sign": last[key].last_sign,
            "quiet_since": last[key].quiet_since.isoformat(),
            "silent": marks[key][-1] != NOT_IN and last[key].silent,
            "months": "".join(marks[key]),
        }
        for key, each in rows.items()
        if key in marks
    ]  # fmt: skip


def _mark(standing: Standing) -> str:
    return f"{sum(getattr(standing, name) << place for place, name in enumerate(MARKS)):x}"


@dataclass(frozen=True)
class Figures:
    """How many of some people: the programme's table."""

    enrolled: int
    attended: int
    completed: int
    applied: int
    silent: int


def count(standings: Iterable[Standing]) -> Figures:
    """Count people, not enrolments: who is in two groups counts once, by what is true in any."""
    people: dict[int, list[Standing]] = {}
    for each in standings:
        people.setdefault(each.person_id, []).append(each)
    return Figures(
        enrolled=len(people),
        attended=sum(any(each.attended for each in theirs) for theirs in people.values()),
        completed=sum(any(each.completed for each in theirs) for theirs in people.values()),
        applied=sum(any(each.applied for each in theirs) for theirs in people.values()),
        silent=sum(all(each.silent for each in theirs) for theirs in people.values()),
    )
