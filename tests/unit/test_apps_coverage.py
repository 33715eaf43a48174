"""Coverage: figures against plain SQL on the large school; who counts when; what goes to the district."""

import io
import re
from datetime import date

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from attendance_world import mark_clubs
from large_school import build
from sandyq.school import people
from sandyq.school.centre.register import count_presence
from sandyq.school.centre.roster import list_pupils
from sandyq.school.registry import SHEETS
from sandyq_apps.coverage_counts import DIMENSIONS, Coverage, Enrolled, Pupil, Term, cover, list_terms
from sandyq_apps.coverage_report import HIDDEN, build_report, build_workbook, render_report
from sandyq_apps.kit.speech import Speech

TODAY = date(2026, 11, 24)
TERM = Term(2, "2026-11-02", "2026-12-27")
NEWEST = """
    WITH newest AS (
        SELECT s.club_id, a.person_id, a.status FROM attendance a JOIN club_session s ON s.id = a.session_id
        WHERE s.held_on BETWEEN '2026-11-02' AND '2026-12-27' AND NOT EXISTS (
            SELECT 1 FROM attendance b WHERE b.session_id = a.session_id AND b.person_id = a.person_id AND b.id > a.id)
    ), enrolled AS (
        SELECT e.person_id, c.chest_id, e.club_id FROM enrolment e JOIN club c ON c.id = e.club_id
        WHERE NOT e.gone AND e.since <= '2026-12-27' AND (e.until IS NULL OR e.until > '2026-11-02')
    ), came AS (
        SELECT e.person_id, e.chest_id FROM enrolled e
        JOIN newest n ON n.club_id = e.club_id AND n.person_id = e.person_id WHERE n.status = 'present'
    )
"""


@pytest.fixture
def large(database):
    """The large school with marks, and its coverage as the app computes it."""
    with database.session() as session:
        build(session, TODAY)
        mark_clubs(session, date(2026, 9, 16), TODAY)
    with database.reading() as session:
        leader = people.find_person(session, "leader1")
        known = {row["person_id"]: row for row in SHEETS["child"].rows(session, leader)}
        pupils = [
            Pupil(
                each["id"], each["name"], each["class"], each["grade"], each["language"],
                known[each["id"]]["sex"], known[each["id"]]["village"],
            )
            for each in list_pupils(session, leader, TODAY)
        ]  # fmt: skip
        enrolments = [
            Enrolled(row["club_id"], row["person_id"], row["since"], row["until"])
            for row in SHEETS["enrolment"].rows(session, leader)
        ]
        chest_of = {row["id"]: row["chest_id"] for row in SHEETS["club"].rows(session, leader)}
        presence = count_presence(session, leader.school_id, date(2026, 11, 2), date(2026, 12, 27))
        coverage = cover(pupils, enrolments, presence, chest_of, TERM)
        yield session, coverage


def test_the_large_schools_figures_are_what_plain_sql_says(large):
    session, coverage = large

    def ask(query: str) -> list[tuple]:
        return [tuple(row) for row in session.execute(text(NEWEST + query))]

    total = coverage.total
    assert ask("SELECT count(DISTINCT person_id) FROM enrolled") == [(total.enrolled,)]
    assert ask("SELECT count(DISTINCT person_id) FROM came") == [(total.came,)]
    assert ask("SELECT count(*) FROM membership WHERE role = 'pupil'") == [(total.pupils,)] == [(600,)]
    assert ask("SELECT count(*) FROM enrolled") == [(coverage.places,)]
    assert total.enrolled < coverage.places, "some are in two clubs"
    assert 0 < total.never < total.enrolled
    by_chest = [(chest, c.enrolled, c.came) for chest in range(1, 6) if (c := coverage.count_chest(chest))]
    assert by_chest == ask(
        "SELECT e.chest_id, count(DISTINCT e.person_id), count(DISTINCT k.person_id) FROM enrolled e "
        "LEFT JOIN came k ON k.person_id = e.person_id AND k.chest_id = e.chest_id GROUP BY 1 ORDER BY 1"
    )
    columns = {"grade": "p.grade", "sex": "c.sex", "village": "c.village", "language": "p.language"}
    for name, column in columns.items():
        found = {group: (c.pupils, c.enrolled, c.came) for group, c in coverage.count_by(DIMENSIONS[name])}
        query = (
            f"SELECT {column}, count(*), count(e.person_id), count(k.person_id) FROM person p "  # noqa: S608
            "JOIN child c ON c.person_id = p.id "
            "LEFT JOIN (SELECT DISTINCT person_id FROM enrolled) e ON e.person_id = p.id "
            "LEFT JOIN (SELECT DISTINCT person_id FROM came) k ON k.person_id = p.id GROUP BY 1"
        )
        assert found == {group: tuple(rest) for group, *rest in ask(query)}
    nothing = ask(
        "SELECT c.person_id FROM child c WHERE c.person_id NOT IN (SELECT person_id FROM enrolled) ORDER BY 1"
    )
    assert sorted(pupil.id for pupil in coverage.list_nothing()) == [id for (id,) in nothing]


def test_the_report_of_the_large_school_prints_no_small_number(large):
    _session, coverage = large
    report = build_report({TERM: coverage}, TERM, range(1, 6))
    about = {
        "school": "<b>Мектеп</b>", "year": "2026/27", "term": "2", "on": "x", "today": "y",
        "chests": {n: f"Сандық {n}" for n in range(1, 6)},
    }  # fmt: skip
    html = render_report(Speech("kk"), report, about)
    assert "<b>Мектеп</b>" not in html
    assert not re.findall(r"<td>[1-4]</td>", html)
    hidden = html.count(f"<td>{HIDDEN}</td>")
    file = build_workbook(Speech("ru"), report, about)
    book = openpyxl.load_workbook(io.BytesIO(file.content))
    values = [cell.value for sheet in book for row in sheet.iter_rows(min_row=2, min_col=2) for cell in row]
    assert not [value for value in values if value in (1, 2, 3, 4)]
    assert values.count(HIDDEN) == hidden, "the spreadsheet hides what the sheet hides"
    assert coverage.total.pupils in values


PUPILS = list(zip("fmmffmmffmmm", "BAABABABABAA", (int(n) for n in "202022222222"), strict=True))
"""Sex, village, and what they did in the first term: in nothing (0), never came (1), came (2)."""


@example(PUPILS, [int(n) for n in "120012122222"])
@given(
    st.lists(
        st.tuples(st.sampled_from("fm"), st.sampled_from("AB"), st.integers(0, 2)), min_size=6, max_size=12
    ),
    st.lists(st.integers(0, 2), min_size=12, max_size=12),
)
@settings(max_examples=8)
def test_the_reports_of_two_terms_tell_the_same_of_the_same(children, states):
    """What the one hides and the other shows could be put together."""
    pupils = tuple(
        Pupil(id, "x", "1А", 1, "kk", sex, village) for id, (sex, village, _) in enumerate(children)
    )

    def cover_states(states: list[int]) -> Coverage:
        """Return a term, all of it in the clubs of one chest."""
        in_clubs = {
            least: {id: frozenset([1]) for id in range(len(pupils)) if states[id] >= least}
            for least in (1, 2)
        }
        return Coverage(pupils, in_clubs[1], in_clubs[2], 0)

    first = Term(1, "2026-09-01", "2026-10-25")
    coverages = {first: cover_states([state for *_, state in children]), TERM: cover_states(states)}
    one, other = (build_report(coverages, term, [1]) for term in coverages)
    assert other.trend[first] == one.total
    assert one.trend[TERM] == other.total
    for name in DIMENSIONS:
        told = [[line.numbers["pupils"] for line in report.tables[name]] for report in (one, other)]
        assert told[0] == told[1]


DAYS = st.sampled_from(["2026-10-01", "2026-11-02", "2026-11-20", "2026-12-27", "2026-12-28", "2027-01-15"])


@given(
    st.lists(st.tuples(st.integers(1, 3), st.integers(1, 5), DAYS, st.none() | DAYS), max_size=12),
    st.lists(st.tuples(st.integers(1, 3), st.integers(1, 6), st.just(3), st.integers(0, 3)), max_size=12),
)
def test_children_are_counted_once_and_only_who_came_is_covered(enrolments, presence):
    pupils = [Pupil(number, f"Бала {number}", "5А", 5, "kk") for number in range(1, 5)]
    coverage = cover(pupils, [Enrolled(*each) for each in enrolments], presence, {1: 10, 2: 10, 3: 20}, TERM)
    in_term = {
        (club, child)
        for club, child, since, until in enrolments
        if any(
            since <= day and (until is None or day < until)
            for day in (
                "2026-11-02",
                "2026-11-20",
                "2026-12-27",
            )  # one day of each stretch between the days drawn
        )
    }
    enrolled = {child for _, child in in_term if child <= 4}
    came = {child for club, child, _, times in presence if times and (club, child) in in_term and child <= 4}
    total = coverage.total
    assert (total.pupils, total.enrolled, total.came) == (4, len(enrolled), len(came))
    assert total.nothing + total.never + total.came == 4
    assert {pupil.id for pupil in coverage.list_nothing()} == {1, 2, 3, 4} - enrolled
    assert {pupil.id for pupil in coverage.list_never()} == enrolled - came
    assert sum(count.enrolled for _, count in coverage.count_by(lambda pupil: pupil.id)) == total.enrolled


def test_the_terms_that_have_begun_are_told():
    quarters = [
        {"starts": "2026-09-01", "ends": "2026-10-25"},
        {"starts": "2026-11-02", "ends": "2026-12-27"},
        {"starts": "2027-01-08", "ends": "2027-03-19"},
    ]
    assert [term.number for term in list_terms(quarters, "2026-11-02")] == [1, 2]
    assert [term.number for term in list_terms(quarters, "2026-08-01")] == [1]
    assert list_terms([], "2026-11-02") == []


def test_what_nobody_told_of_a_child_stands_last():
    pupils = tuple(Pupil(number, "", "", 5, "kk", sex) for number, sex in enumerate(("", "m", "f", "m"), 1))
    groups = Coverage(pupils, {}, {}, 0).count_by(DIMENSIONS["sex"])
    assert [(group, count.pupils) for group, count in groups] == [("f", 1), ("m", 2), ("", 1)]
