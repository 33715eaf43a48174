"""The timetable's words, papers and calendar, and what it does to the sheets."""

import datetime as dt
import io
import os
import subprocess
import sys
from dataclasses import replace
from zoneinfo import ZoneInfo

import icalendar
import openpyxl
import pytest
from tests.unit.test_apps_timetable_solver import CONFLICTS, base

from sandyq.i18n import load_translations
from sandyq.launch.holidays import make_calendar
from sandyq.school.centre.checks import TIMETABLE_WISHES, check_timetable_wish
from sandyq.school.errors import Invalid
from sandyq_apps.kit.desk import Row
from sandyq_apps.kit.speech import Speech
from sandyq_apps.timetable import TABS
from sandyq_apps.timetable_choice import BY, ON_PAPER, Card, choose
from sandyq_apps.timetable_desk import changes, clock, minutes, read_wish, write_wish
from sandyq_apps.timetable_forms import read_form, show_form
from sandyq_apps.timetable_move import show_places
from sandyq_apps.timetable_papers import print_cards, write_calendar, write_workbook
from sandyq_apps.timetable_proposal import show_changes, show_conflict, show_proposal, show_start
from sandyq_apps.timetable_score import score
from sandyq_apps.timetable_seats import match_rows
from sandyq_apps.timetable_show import show_clashes, show_grid, show_wishes
from sandyq_apps.timetable_solver import solve
from sandyq_apps.timetable_week import Meeting, Wish, find_clashes, find_places
from sandyq_apps.timetable_words import KINDS, REMEDIES, ROOMS, Words

PEOPLE = {101: "Сапарова Айгерім", 102: "Досжанов Ерлан"}
QUARTERS = [
    {"starts": "2026-09-01", "ends": "2026-10-25"},
    {"starts": "2026-11-02", "ends": "2026-12-27"},
]
CALENDAR = make_calendar(["2026-09-01", "2026-09-02", "2026-09-03"], ["2026-12-16"])
"""The school begins three days later than the others, and works on a public holiday."""


def planned(**about):
    """The school of the solver's tests with its week kept in rows 1, 2, …"""
    school = base(**about)
    week = [replace(m, id=number) for number, m in enumerate(solve(school).week, 1)]
    return replace(school, week=week)


def words(school, language="en") -> Words:
    return Words(Speech(language), school, PEOPLE)


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_what_the_lists_say_is_translated(language):
    say = load_translations(language).gettext
    every = [
        *KINDS.values(),
        *ROOMS.values(),
        *REMEDIES.values(),
        *BY.values(),
        *ON_PAPER.values(),
        *TABS.values(),
    ]
    assert [text for text in every if say(text) == text] == []


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
@pytest.mark.parametrize("name", CONFLICTS)
def test_every_conflict_is_told_as_sentences_with_what_can_be_done(name, language):
    school, expected = CONFLICTS[name]
    told = words(school, language)
    for rule in expected:
        sentence, remedy = told.rule(rule), told.remedy(rule)
        assert sentence.endswith(".") and "{" not in sentence and "?" not in sentence
        assert remedy.endswith(".") and remedy != sentence
    page = show_conflict(told, solve(school))
    assert len(page[1]["lines"]) == len(expected)


def test_a_conflict_reads_as_people_would_say_it():
    school, expected = CONFLICTS["a teacher on one day whose club meets twice"]
    assert sorted(words(school).rule(rule) for rule in expected) == [
        "It must hold: Сапарова Айгерім: not on Tuesday, Wednesday, Thursday, Friday.",
        "‘Chess’ meets 2 times a week, on different days.",
    ]


def test_every_wish_survives_its_row_and_its_form():
    school = base()
    for wish in (
        Wish(1, "not_days", person=101, days=(0, 1), must=True),
        Wish(2, "not_slots", room=2, slots=(1, 2)),
        Wish(3, "after", club=2, time=870),
        Wish(4, "before", person=102, time=945),
        Wish(5, "most_a_day", person=101, most=1),
        Wish(6, "few_days", person=101, most=2),
        Wish(7, "same_day", club=1, other=2),
        Wish(8, "in_a_row", club=2, other=3),
        Wish(9, "bus", must=True),
        Wish(10, "shift", club=1),
    ):
        told = words(replace(school, wishes=[wish]))
        assert read_wish(Row(write_wish(wish), id=wish.id)) == wish
        form = show_form(told, wish, 3)["parts"][0]
        values = {field["name"]: field["value"] for field in form["fields"]} | form["values"]
        assert read_form(told, values) == wish
        assert told.wish(wish)


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_all_that_clashes_is_told_in_a_language(language):
    school = base(wishes=[Wish(1, "not_days", person=102, days=(0,), must=True)])
    week = [
        Meeting(1, 3, 1, id=1),
        Meeting(1, 4, 1, id=2),
        Meeting(2, 3, 1, id=3),
        Meeting(2, 7, 2, id=5),
        Meeting(3, 3, 1, id=4),
        Meeting(1, 8, 2, id=6),
    ]
    told = words(replace(school, week=week), language)
    clashes = find_clashes(school, week)
    kinds = {clash.rule[0] for clash in clashes}
    assert {"room", "teacher", "children", "days", "place", "shift", "meets", "wish"} <= kinds
    assert all("{" not in told.clash(clash) for clash in clashes)
    assert show_clashes(told, clashes) and show_places(
        told, find_places(told.school, school.clubs[0], week[0]), week[0]
    )


def test_pages_are_drawn_of_a_week():
    school = planned(wishes=[Wish(1, "bus"), Wish(2, "not_days", club=1, days=(0, 1, 2, 3, 4))])
    told = words(school)
    grid = show_grid(told, school.week, "Week", {})
    assert sum(len(cell) for _, cells in grid["lines"] for cell in cells if cell) == 4
    assert [line["cells"]["state"]["tone"] for line in show_wishes(told, school.week)["lines"]] == [
        "good",
        "warn",
    ]
    assert show_start(told, stays=True)["parts"]
    moved = [replace(school.week[0], slot=19), *school.week[1:]]
    assert len(show_changes(told, school.week, moved)["lines"]) == 1
    outcome = solve(school)
    assert show_proposal(told, outcome, outcome.week, {})


def test_the_score_of_a_week_counts_what_is_in_it():
    school = planned()
    counted = score(school, [Meeting(1, 1, 1), Meeting(3, 4, 1), Meeting(2, 4, 2)])
    assert (counted.held, counted.wanted) == (3, 4)
    assert counted.in_lessons == 3, (
        "both children of Chess learn in the morning, the one of Songs in the afternoon"
    )
    assert counted.miss_bus == 1
    assert counted.gaps == 960 - 615


class Shelf:
    """A desk whose rows are at hand."""

    def __init__(self, week):
        self.kept = {
            m.id: Row(id=m.id, version=1, club_id=m.club, slot_id=m.slot, room_id=m.room, locked=m.locked)
            for m in week
        }

    def rows(self, _sheet):
        return list(self.kept.values())

    def find(self, _sheet, row_id):
        return self.kept.get(row_id)


def test_a_new_week_changes_only_the_rows_that_differ():
    week = [Meeting(1, 3, 1, True, 11), Meeting(2, 4, 2, False, 12), Meeting(3, 5, 1, False, 13)]
    edits = changes(Shelf(week), [week[0], replace(week[1], slot=8), Meeting(4, 9, 1)])
    assert [(edit.id, edit.values and edit.values["slot_id"]) for edit in edits] == [
        (13, None),
        (12, 8),
        (-3, 9),
    ]


def test_rows_stay_with_the_meeting_that_is_most_alike():
    week = [Meeting(1, 3, 1, True, 11), Meeting(1, 7, 1, False, 12)]
    assert match_rows([(1, 7, 2), (1, 3, 1), (1, 11, 1)], week) == [
        Meeting(1, 3, 1, True, 11),
        Meeting(1, 7, 2, False, 12),
        Meeting(1, 11, 1),
    ]


def test_a_calendar_has_every_meeting_of_the_quarters_and_none_in_the_holidays():
    school = planned()
    file = write_calendar(words(school), school.week, "Клуб", QUARTERS, CALENDAR)
    calendar = icalendar.Calendar.from_ical(file.content)
    events = calendar.walk("VEVENT")
    assert len(events) == len(school.week) * 2
    assert len({str(event["uid"]) for event in events}) == len(events)
    assert [str(zone["tzid"]) for zone in calendar.walk("VTIMEZONE")] == ["Asia/Almaty"]
    held = {day for event in events for day in occurrences(event)}
    expected = {
        (day, clock(slot.starts))
        for quarter in QUARTERS
        for day in every_day(quarter)
        for slot in (school.slot_of[m.slot] for m in school.week)
        if day.weekday() == slot.day and not CALENDAR.is_holiday(day)
    }
    assert held == expected


def read_events(file):
    return icalendar.Calendar.from_ical(file.content).walk("VEVENT")


def every_day(quarter):
    first, last = dt.date.fromisoformat(quarter["starts"]), dt.date.fromisoformat(quarter["ends"])
    return [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]


def occurrences(event):
    start, rule = event["dtstart"].dt, event["rrule"]
    assert start.tzinfo.key == "Asia/Almaty" and rule["FREQ"] == ["WEEKLY"]
    until = rule["UNTIL"][0].astimezone(ZoneInfo("Asia/Almaty"))
    off = {each.dt for each in event["exdate"].dts} if "exdate" in event else set()
    while start <= until:
        if start not in off:
            yield start.date(), f"{start:%H:%M}"
        start += dt.timedelta(days=7)


def test_a_calendar_taken_in_again_has_the_same_entries():
    school = planned()
    one, two = (
        {str(event["uid"]) for event in read_events(write_calendar(words(school), week, "x", QUARTERS, CALENDAR))}
        for week in (school.week, [replace(school.week[0], slot=19), *school.week[1:]])
    )  # fmt: skip
    assert one == two


def test_a_week_kept_for_another_year_does_not_take_the_last_ones_place_in_calendars():
    school = planned()
    next_year = [{end: day.replace("2026", "2027") for end, day in quarter.items()} for quarter in QUARTERS]
    one, two = (
        {str(event["uid"]) for event in read_events(write_calendar(words(school), school.week, "x", year, CALENDAR))}
        for year in (QUARTERS, next_year)
    )  # fmt: skip
    assert not one & two


def test_a_spreadsheet_has_the_whole_week_twice():
    school = planned()
    book = openpyxl.load_workbook(io.BytesIO(write_workbook(words(school), school.week, "Week").content))
    lines = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows(min_row=3)]
    assert sorted(line[3] for line in lines) == ["Chess", "Chess", "Robots", "Songs"]
    grid = [
        cell.value for row in book.worksheets[1].iter_rows(min_row=3, min_col=3) for cell in row if cell.value
    ]
    assert sorted(grid) == ["Chess", "Chess", "Robots", "Songs"]


def test_papers_escape_names_and_leave_empty_times_out():
    school = planned()
    evil = replace(school, clubs=[replace(school.clubs[0], name="<b>x</b>"), *school.clubs[1:]])
    told = words(evil)
    html = print_cards(told, [Card("<i>", "", evil.week, "both")], "page", "School", "2026-11-24")
    assert "<b>x" not in html and "<i>" not in html and "&lt;b&gt;x" in html
    assert html.count('scope="row"') == len({school.slot_of[m.slot].starts for m in school.week})


def test_a_child_and_a_class_have_cards_of_what_they_are_in():
    school = planned()
    pupils = [
        Row(id=2, name="Ә Б", class_id=7, **{"class": "5А"}),
        Row(id=99, name="В Г", class_id=7, **{"class": "5А"}),
    ]
    alone = choose(words(school), {"by": "child", "one": 2}, pupils)
    assert sorted(m.club for m in alone.meetings) == [1, 1, 2]
    assert [card.title for card in choose(words(school), {"by": "class", "one": 7}, pupils).cards] == ["Ә Б"]
    rooms = choose(words(school), {"by": "room", "one": 0}, pupils)
    assert [card.title for card in rooms.cards] == ["One", "Two"]


def test_times_of_day_are_read_and_written():
    assert [clock(minutes(each)) for each in ("00:00", "09:05", "23:59")] == ["00:00", "09:05", "23:59"]


def test_nothing_is_started_and_nothing_heavy_loaded_before_a_week_is_computed():
    """A template kernel holds the app and is forked: it may have no threads."""
    code = (
        "import os, sys; from sandyq_apps.timetable import Timetable; Timetable();"
        "print(len(os.listdir('/proc/self/task')), 'ortools' in sys.modules, 'icalendar' in sys.modules)"
    )
    told = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )
    assert told.stdout.split() == ["1", "False", "False"]


def test_the_school_keeps_the_wishes_that_the_app_knows_and_no_others():
    assert set(KINDS) == TIMETABLE_WISHES
    check_timetable_wish(None, Row(kind="bus"))
    with pytest.raises(Invalid):
        check_timetable_wish(None, Row(kind="on_the_moon"))
