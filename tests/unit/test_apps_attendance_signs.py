"""Signs in the registers: what was put there is found, honest registers are seldom suspected."""

import calendar
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit import app_parts

from sandyq_apps.attendance import AttendanceRegister
from sandyq_apps.attendance_signs import SIGNS, find_signs
from sandyq_apps.register import Child, Club, Month, Row

BY_KEY = {sign.key: sign for sign in SIGNS}
QUARTERS = [{"starts": "2026-09-01", "ends": "2026-10-25"}, {"starts": "2026-11-02", "ends": "2026-12-27"}]
TUESDAYS = ["2026-11-03", "2026-11-10", "2026-11-17", "2026-11-24"]
STATUSES = st.sampled_from(("present", "absent", "excused"))


def mark(date: str, status: str, *, number: int = 0, days_later: int = 0, by: int = 3) -> Row:
    at = f"{date_after(date, days_later)}T11:00:00+00:00"
    return Row(status, "", f"Мұғалім {by}", at, number, f"u-{number}", by)


def date_after(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def register(marks: list[list[str]], dates: list[str] = TUESDAYS, **about: int) -> Month:
    """A month of a club; a line of ``marks`` is a child, a column a session."""
    children = tuple(Child(number, f"Бала {number}", "5А") for number in range(1, len(marks) + 1))
    month = Month(Club(7, "Домбыра", leader_id=3), "2026-11", children, ())
    for child, line in zip(children, marks, strict=True):
        for day, status in zip(dates, line, strict=True):
            if status:
                month.add(day, child.id, mark(day, status, number=month.last_number + 1, **about))
    return month


def find(month: Month) -> dict[str, list]:
    return {sign.key: findings for sign, findings in find_signs([month], QUARTERS).items()}


HONEST = [["absent", "present", "present", "present"], *[["present"] * 4 for _ in range(13)]]


def test_an_ordinary_month_shows_no_sign():
    assert find(register(HONEST)) == {}


def test_children_who_always_miss_the_same_days_are_found_by_name():
    pattern = ["present", "absent", "excused", "present"]
    (finding,) = find(register([*HONEST, pattern, pattern, pattern]))["twins"]
    assert finding.who == ("Бала 15", "Бала 16", "Бала 17")
    assert finding.dates == ("2026-11-10", "2026-11-17")
    assert "twins" not in find(register([*HONEST, pattern, pattern]))
    gone = ["absent"] * 4
    assert "twins" not in find(register([*HONEST, gone, gone, gone])), "who never came is not of one mind"


def test_a_month_without_an_absence_is_found_if_it_is_large_enough():
    (finding,) = find(register([["present"] * 4] * 15))["full"]
    assert finding.dates == tuple(TUESDAYS)
    assert "full" not in find(register([["present"] * 4] * 14)), "56 marks"
    assert "full" not in find(register([["present"] * 3] * 30, TUESDAYS[:3]))


def test_a_month_in_which_each_session_is_like_the_other_is_found():
    gone = ["absent", "absent", "excused", "absent"]
    month = register([gone, *[["present"] * 4] * 14])
    (finding,) = find(month)["same"]
    assert (finding.who, finding.dates) == (("Бала 1",), tuple(TUESDAYS))
    assert "full" not in find(month)
    assert "same" not in find(register([gone, *[["present"] * 4] * 13])), "56 marks"
    assert "same" not in find(register([gone, *HONEST, HONEST[0]])), "somebody came once and once not"
    assert "same" not in find(register([["absent"] * 4] * 15)), "nobody comes: nothing is padded"
    assert "same" not in find(register([["present"] * 4] * 15)), "that is a full month"


def test_marks_written_weeks_later_are_found_but_a_late_correction_is_not_lateness():
    (finding,) = find(register(HONEST, days_later=14))["late"]
    assert finding.dates == tuple(TUESDAYS)
    assert "late" not in find(register(HONEST, days_later=13))
    month = register(HONEST)
    month.add("2026-11-03", 1, mark("2026-11-03", "excused", number=999, days_later=30))
    assert find(month) == {}


def test_sessions_marked_by_others_than_the_teacher_are_found():
    (finding,) = find(register(HONEST, by=8))["other_hand"]
    assert (finding.who, finding.dates) == (("Мұғалім 8",), tuple(TUESDAYS))
    helped = register(HONEST, by=8)
    for day in TUESDAYS[:3]:
        rows = helped.rows[day, 1]
        helped.rows[day, 1] = tuple(replace(row, by_id=3) for row in rows)
    assert "other_hand" not in find(helped), "one strange session may be a substitute"


def test_absences_that_became_presences_on_another_day_are_found():
    month = register([["absent"] * 3 + ["present"], *HONEST])
    for number, day in enumerate(TUESDAYS[:3], 900):
        month.add(day, 1, mark(day, "present", number=number, days_later=9))
    (finding,) = find(month)["turned"]
    assert finding.who == ("Бала 1",)
    at_once = register([["absent"] * 3 + ["present"], *HONEST])
    for number, day in enumerate(TUESDAYS[:3], 900):
        at_once.add(day, 1, mark(day, "present", number=number))
    assert "turned" not in find(at_once), "a wrong key put right on the same day"


def test_sundays_and_holidays_are_found():
    (finding,) = find(register([["present"] * 2, ["absent"] * 2], ["2026-11-01", "2026-11-08"]))["free_days"]
    assert finding.dates == ("2026-11-01", "2026-11-08")
    assert find_signs([register(HONEST)], []) == {}, "without a school year only Sundays are free"


@given(st.lists(st.lists(STATUSES, min_size=4, max_size=4), max_size=20), st.randoms(use_true_random=False))
def test_the_order_of_the_children_changes_no_sign(marks, chance):
    month = register(marks)
    before = {key: [(set(f.who), f.dates) for f in found] for key, found in find(month).items()}
    children = list(month.children)
    chance.shuffle(children)
    month.children = tuple(children)
    after = {key: [(set(f.who), f.dates) for f in found] for key, found in find(month).items()}
    assert {key: sorted(map(str, map(sorted_finding, each))) for key, each in before.items()} == {
        key: sorted(map(str, map(sorted_finding, each))) for key, each in after.items()
    }


def sorted_finding(finding):
    who, dates = finding
    return sorted(who), dates


@given(
    st.lists(
        st.lists(st.sampled_from(("present", "absent", "excused", "")), min_size=4, max_size=4), max_size=20
    )
)
def test_a_sign_is_told_exactly_when_its_rule_says(marks):
    """Recomputed from the table of marks alone, by counting lines and columns."""
    found = find(register(marks))
    limits = BY_KEY["twins"].limits
    patterns = Counter(
        tuple(n for n, status in enumerate(line) if status in ("absent", "excused"))
        for line in marks
        if "present" in line
    )
    alike = {days: many for days, many in patterns.items() if len(days) >= limits["days"]}
    assert ("twins" in found) == any(many >= limits["children"] for many in alike.values())
    limits = BY_KEY["full"].limits
    told = [status for line in marks for status in line if status]
    held = sum(any(line[n] for line in marks) for n in range(4))
    is_full = set(told) == {"present"} and len(told) >= limits["marks"] and held >= limits["sessions"]
    assert ("full" in found) == is_full
    came = [{status == "present" for status in line if status} for line in marks]
    is_same = all(len(each) <= 1 for each in came) and {True} in came and {False} in came
    large = len(told) >= limits["marks"] and held >= limits["sessions"]
    assert ("same" in found) == (is_same and large)
    assert set(found) <= {"twins", "full", "same"}


def invent_month(chance: Random, number: int, share: float) -> Month:
    """An honest month: some fall ill for days on end, a ``share`` is absent now and then, brothers come together."""
    days = [date(2026, 11, day) for day in range(1, calendar.monthrange(2026, 11)[1] + 1)]
    weekdays = chance.sample(range(5), chance.choice((1, 2)))
    dates = [day for day in days if day.weekday() in weekdays and day.isoformat() >= "2026-11-02"]
    count = chance.randint(8, 15)
    lines: list[list[str]] = []
    for child in range(count):
        if child and chance.random() < 0.06:
            lines.append(list(lines[-1]))
            continue
        ill_from, ill_days = (
            chance.randint(1, 30),
            chance.choice((0, 0, 0, 0, 4, 7) if share > 0.01 else (0,)),
        )
        lines.append(
            [
                "excused"
                if ill_from <= day.day < ill_from + ill_days
                else "absent"
                if chance.random() < share
                else "present"
                for day in dates
            ]
        )
    month = register(lines, [day.isoformat() for day in dates])
    month.club = Club(number, f"Үйірме {number}", leader_id=3)
    return month


@pytest.mark.parametrize("share", [0.05, 0.1, 0.01])
def test_honest_registers_are_seldom_suspected(share):
    """How many of 1,000 honest months of clubs show a sign is written down: a change of a limit is seen here."""
    chance = Random(11)  # noqa: S311 # invented data
    found = find_signs([invent_month(chance, number, share) for number in range(1000)], QUARTERS)
    told = {sign.key: len({finding.club.id for finding in findings}) for sign, findings in found.items()}
    assert told == FALSE_ALARMS[share]


FALSE_ALARMS = {0.05: {"twins": 19}, 0.1: {"twins": 27}, 0.01: {"full": 263}}
"""By the share of absences: of 1,000 honest months, those that show a sign. The guide tells them. Where only one in a
hundred is ever absent and nobody is ill, a full month is ordinary, and the rule says so to whoever reads it."""


@pytest.mark.parametrize("sign", SIGNS, ids=lambda sign: sign.key)
def test_a_rule_names_its_limits(sign):
    assert sign.rule.format(**sign.limits) != sign.rule or not sign.limits


@pytest.mark.parametrize(("marked", "tones"), [(0, ["warn"]), (1, ["warn", "good"]), (2, ["good"])])
def test_a_club_whose_register_nobody_kept_is_named_and_no_month_without_marks_is_called_fine(marked, tones):
    kept = register(HONEST)
    empty = replace(kept, club=Club(8, "Шахмат"), dates=(), rows={})
    app = AttendanceRegister()
    app.desk = SimpleNamespace(school={"quarters": QUARTERS})
    app._all = [kept] * marked + [empty] * (2 - marked)
    notices = app_parts.find(app._show_signs(None), "notice")
    assert [each["tone"] for each in notices] == tones
    assert ("Шахмат" in notices[0]["text"]) == (marked < 2)
