"""The launch planner's dates: against every path through small plans, and a calendar walked day by day."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandyq.i18n import LANGUAGES
from sandyq.launch.holidays import make_calendar, read_holidays
from sandyq.launch.plan import (
    Calendar,
    Fault,
    Late,
    Step,
    choose_opening,
    find_faults,
    find_holders,
    look,
    make_schedule,
)
from sandyq_apps.kit.speech import Speech
from sandyq_apps.launch_data import read_template
from sandyq_apps.launch_state import read_step
from sandyq_apps.launch_today import tell_dates

MONDAY = date(2026, 11, 23)


@st.composite
def plans(draw):
    """Up to eight steps, each waiting for some before it, in a mixed order."""
    days = draw(st.lists(st.integers(1, 9), min_size=1, max_size=8))
    steps = []
    for number, length in enumerate(days):
        after = draw(st.sets(st.integers(0, number - 1))) if number else set()
        steps.append(Step(f"s{number}", length, tuple(f"s{each}" for each in sorted(after))))
    return draw(st.permutations(steps))


@st.composite
def calendars(draw):
    weekend = draw(st.sampled_from([frozenset({5, 6}), frozenset({6}), frozenset()]))
    off = draw(st.frozensets(st.dates(MONDAY, MONDAY + timedelta(days=60)), max_size=12))
    return Calendar(weekend, off)


def list_paths(steps):
    """Every chain of steps that wait for each other, from any step that waits for nothing to any end."""
    by_key = {step.key: step for step in steps}

    def chains_to(key):
        before = by_key[key].after
        return [[*chain, key] for each in before for chain in chains_to(each)] or [[key]]

    return [chain for key in by_key for chain in chains_to(key)]


def walk(calendar, start, days):
    """The day on which the ``days``-th working day from ``start`` on falls."""
    day = start - timedelta(days=1)
    while days:
        day += timedelta(days=1)
        days -= calendar.is_working(day)
    return day


@given(plans(), calendars())
def test_the_opening_is_the_longest_of_all_paths(steps, calendar):
    by_key = {step.key: step for step in steps}
    opening = steps[-1].key
    lengths = [sum(by_key[key].days for key in path) for path in list_paths(steps) if path[-1] == opening]
    schedule = make_schedule(steps, MONDAY, calendar, opening)
    assert schedule.opens_on == walk(calendar, MONDAY, max(lengths))


@given(plans(), calendars())
def test_every_step_begins_and_ends_where_its_longest_path_says(steps, calendar):
    by_key = {step.key: step for step in steps}
    schedule = make_schedule(steps, MONDAY, calendar, steps[0].key)
    for step in steps:
        whole = max(
            sum(by_key[key].days for key in path) for path in list_paths(steps) if path[-1] == step.key
        )
        assert schedule.spans[step.key].ends == walk(calendar, MONDAY, whole)
        assert schedule.spans[step.key].begins == walk(calendar, MONDAY, whole - step.days + 1)


@given(plans(), st.data())
def test_a_step_may_slip_by_its_slack_and_not_by_a_day_more(steps, data):
    """Found by lengthening the step and computing anew; the passes themselves are not asked."""
    calendar = Calendar()
    opening = choose_opening(steps, "")
    schedule = make_schedule(steps, MONDAY, calendar, opening)
    key = data.draw(st.sampled_from(sorted(schedule.needed)))
    slack = schedule.spans[key].slack

    def opens_with(more):
        longer = [Step(each.key, each.days + more * (each.key == key), each.after) for each in steps]
        return make_schedule(longer, MONDAY, calendar, opening).opens_on

    assert opens_with(slack) == schedule.opens_on or slack == 0
    assert opens_with(slack + 1) > schedule.opens_on


@given(plans())
def test_the_steps_that_may_not_slip_hold_a_whole_longest_path(steps):
    by_key = {step.key: step for step in steps}
    opening = steps[0].key
    paths = [path for path in list_paths(steps) if path[-1] == opening]
    longest = max(sum(by_key[key].days for key in path) for path in paths)
    tight = {key for path in paths if sum(by_key[each].days for each in path) == longest for key in path}
    assert set(make_schedule(steps, MONDAY, Calendar(), opening).critical) == tight


@given(plans(), st.integers(0, 30), st.data())
def test_a_forecast_never_lies_before_today_nor_before_what_it_waits_for(steps, days, data):
    today = MONDAY + timedelta(days=days)
    done = data.draw(st.sets(st.sampled_from([step.key for step in steps])))
    steps = [Step(s.key, s.days, s.after, done=MONDAY if s.key in done else None) for s in steps]
    outlook = look(steps, MONDAY, Calendar(), steps[0].key, today)
    for step in steps:
        span = outlook.forecast.spans[step.key]
        if step.done:
            assert span.ends == step.done
        else:
            assert span.begins >= today
            assert all(outlook.forecast.spans[key].ends < span.begins for key in step.after)
            assert span.slack >= 0
    assert 0 <= outlook.readiness <= 1
    assert outlook.done_days == sum(s.days for s in steps if s.done and s.key in outlook.forecast.needed)


def test_done_and_begun_days_move_the_plan():
    steps = [Step("a", 2), Step("b", 3, ("a",)), Step("c", 1, ("b",))]
    wednesday = date(2026, 11, 25)
    as_planned = look(steps, MONDAY, Calendar(), "c", MONDAY)
    assert as_planned.forecast.opens_on == date(2026, 11, 30)
    early = [Step("a", 2, done=MONDAY), *steps[1:]]
    assert look(early, MONDAY, Calendar(), "c", date(2026, 11, 24)).forecast.opens_on == date(2026, 11, 27)
    nothing_done = look(steps, MONDAY, Calendar(), "c", wednesday)
    assert nothing_done.forecast.opens_on == date(2026, 12, 2)
    begun = [Step("a", 2, begun=MONDAY), *steps[1:]]
    assert look(begun, MONDAY, Calendar(), "c", wednesday).forecast.opens_on == date(2026, 12, 1)


@pytest.mark.parametrize("days", range(-2, 1))
def test_what_is_done_on_a_day_off_on_which_all_begins_holds_up_nothing(days):
    start = MONDAY + timedelta(days=days)  # Saturday, Sunday, Monday
    steps = [Step("a", 2, done=start), Step("b", 1, ("a",))]
    spans = make_schedule(steps, start, Calendar(), "b", today=start).spans
    assert spans["b"].begins == (MONDAY if days else MONDAY + timedelta(days=1))


def test_what_is_late_is_told_with_who_holds_it():
    steps = [Step("a", 1), Step("b", 1, ("a",)), Step("c", 1), Step("d", 9)]
    outlook = look(steps, MONDAY, Calendar(), "b", date(2026, 11, 30))
    assert outlook.late == [Late("a", 5, ("a",)), Late("c", 5, ("c",)), Late("b", 4, ("a",))]
    assert outlook.ready == ["a", "d", "c"]  # the opening needs a; d is the longest of the rest
    weekend = look(steps, date(2026, 11, 27), Calendar(), "b", date(2026, 11, 29))
    assert weekend.late == []  # Friday's step is not late on Sunday


def test_a_day_that_has_passed_is_not_told_as_the_day_that_is_expected():
    say, planned = Speech("ru"), date(2026, 11, 20)
    assert tell_dates(say, planned, planned) == "срок: 20 ноября 2026 г."
    told = tell_dates(say, planned, date(2026, 12, 4))
    assert told == "срок: 20 ноября 2026 г., теперь ожидается 4 декабря 2026 г."


def test_readiness_counts_the_days_of_what_the_opening_needs():
    steps = [Step("a", 3, done=MONDAY), Step("b", 1, ("a",)), Step("later", 90, ("b",), done=MONDAY)]
    outlook = look(steps, MONDAY, Calendar(), "b", MONDAY)
    assert (outlook.done_days, outlook.all_days, outlook.readiness) == (3, 4, 0.75)


def test_a_circle_and_an_unknown_name_are_found():
    steps = [Step("a", 1, ("c",)), Step("b", 1, ("a",)), Step("c", 1, ("b", "nowhere")), Step("d", 1)]
    faults = find_faults(steps)
    assert Fault("unknown", ("c", "nowhere")) in faults
    (circle,) = [fault for fault in faults if fault.kind == "cycle"]
    assert sorted(circle.keys) == ["a", "b", "c"]
    by_key = {step.key: step for step in steps}
    for key, following in zip(circle.keys, (*circle.keys[1:], circle.keys[0]), strict=True):
        assert following in by_key[key].after
    assert find_faults([Step("a", 1, ("a",))]) == [Fault("cycle", ("a",))]


def test_the_calendar_knows_kazakhstans_holidays():
    calendar = make_calendar(["2026-12-31"], ["2026-12-05"])
    off = [date(2026, 12, 16), date(2026, 10, 26), date(2027, 3, 15), date(2027, 3, 24), date(2026, 12, 31)]
    assert [calendar.is_working(day) for day in off] == [False] * len(off)
    assert calendar.is_working(date(2026, 8, 31))  # Constitution Day has moved to March
    assert calendar.is_working(date(2026, 12, 5))  # the school's own working Saturday
    assert calendar.count(date(2026, 12, 30), date(2027, 1, 8)) == 3  # 5, 6 and 8 January


def test_the_data_files_are_whole():
    template = read_template()
    rows = [type("Row", (), {"begun_on": None, "done_on": None, **step}) for step in template.steps]
    steps = [read_step(row) for row in rows]
    assert 25 <= len(steps) <= 32
    assert find_faults(steps) == []
    assert choose_opening(steps, template.opening) == template.opening
    for step in template.steps:
        assert set(step["names"]) == set(LANGUAGES)
        assert step["responsible"] in template.roles
        assert set(step["documents"]) <= set(template.documents)
        assert step["source"] == "[K]" or step["source"].startswith("[S] ")
        assert len(step["source"]) <= 200 and len(step["key"]) <= 40
    assert {document for step in template.steps for document in step["documents"]} == set(template.documents)
    for holiday in read_holidays().days:
        assert set(holiday.names) == set(LANGUAGES)
        assert holiday.source[:3] in {"[S]", "[K]"}
        assert holiday.on.year in {2026, 2027}


def test_all_but_the_opening_and_what_follows_is_needed_to_open():
    template = read_template()
    steps = [Step(step["key"], step["days"], tuple(step["after"])) for step in template.steps]
    schedule = make_schedule(steps, MONDAY, make_calendar([], []), template.opening)
    assert {step.key for step in steps} - schedule.needed == {"first_month"}
    assert schedule.opens_on and schedule.opens_on > date(2027, 1, 1)


@pytest.mark.parametrize("today", [None, MONDAY])
def test_a_plan_without_steps_has_no_opening(today):
    assert make_schedule([], MONDAY, Calendar(), "", today).opens_on is None


class Looked(dict):
    """Steps by key, which are looked up a thousand times at most."""

    looks = 0

    def __getitem__(self, key):
        self.looks += 1
        assert self.looks <= 1000
        return super().__getitem__(key)


def test_who_holds_a_step_is_found_at_once_however_many_paths_lead_to_it():
    """Twenty phases of three tasks, each after all three of the phase before: three thousand million paths."""
    tasks = [
        Step(f"{phase}.{task}", 2, tuple(f"{phase - 1}.{each}" for each in range(3)) if phase else ())
        for phase in range(20)
        for task in range(3)
    ]
    by_key = Looked({step.key: step for step in tasks})
    assert find_holders("19.1", by_key) == ("0.0", "0.1", "0.2")
