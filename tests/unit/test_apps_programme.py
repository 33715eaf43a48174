"""The programme's dashboard: its figures against the school's own for a district of 590, its report, who sees whom."""

import asyncio
import io
import sqlite3
from collections import defaultdict
from contextlib import closing
from datetime import timedelta

import openpyxl
import pytest
from tests.unit import academy_world

import district
from sandyq.school import people
from sandyq.school.academy import programme
from sandyq.school.academy.programme import list_standings
from sandyq.school.database import Database
from sandyq.school.registry import SHEETS
from sandyq_apps.kit.desk import Desk, Row
from sandyq_apps.kit.speech import Speech
from sandyq_apps.programme import TABS, ProgrammeDashboard
from sandyq_apps.programme_counts import COLUMNS, MARKS, Member, choose, count, count_by, list_silent
from sandyq_apps.programme_report import (
    HIDDEN,
    SHORT,
    TITLES,
    Names,
    build_report,
    build_workbook,
    render_report,
)

PLACES = {"programme": "programme", "school": "school_id", "community": "community_id"}


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    opened = Database(f"sqlite:///{tmp_path_factory.mktemp('district') / 'school.sqlite'}")
    opened.migrate()
    with opened.session() as session:
        district.build(session)
    yield opened
    opened.close()


def open_as(database, login, language="kk", on=district.TODAY):
    """The app as somebody sees it when it is loaded."""
    app = ProgrammeDashboard()
    app.speech = Speech(language)
    app.desk = Desk(None, app.sheets)
    app.desk.today = on.isoformat()
    app.desk.school = Row(name="Кабинет", year="2026/27")
    with database.reading() as session:
        person = people.find_person(session, login)
        app.desk.me = Row(id=person.id, login=login, name=person.full_name, roles=sorted(person.role_names))
        rows = {
            "standing": list_standings(session, person, on),
            "community": SHEETS["community"].rows(session, person),
        }
    app.desk._rows = {name: {each["id"]: Row(each) for each in some} for name, some in rows.items()}
    app.opened()
    return app


@pytest.fixture(scope="module")
def chief(database):
    return open_as(database, "district1")


def ask(database, login, on):
    with database.reading() as session:
        return programme.read_standings(session, people.find_person(session, login), on)


@pytest.mark.parametrize("back", [1, 4, 8])
def test_every_table_is_what_the_schools_own_standings_come_to(database, chief, back):
    day = chief._days[-back]
    standings = ask(database, "district1", day)
    month = len(chief._days) - back
    assert vars(count(chief._members, month)) == vars(programme.count(standings))
    for table, name in PLACES.items():
        groups = defaultdict(list)
        for each in standings:
            groups[getattr(each, name)].append(each)
        told = {group: vars(each) for group, each in count_by(chief._members, table, month).items()}
        assert told == {group: vars(programme.count(inside)) for group, inside in groups.items()}
    assert {each.name for each in list_silent(chief._members, month)} == {
        each.name for each in standings if each.silent
    }


RAW = """
WITH member AS (
  SELECT p.id, p.person_id, n.school_id, c.community_id, g.id AS group_id, g.starts_on, g.ends_on, k.programme,
         k.pass_share
  FROM participant p JOIN training_group g ON g.id = p.group_id JOIN training k ON k.id = g.training_id
  JOIN person n ON n.id = p.person_id LEFT JOIN academy_profile c ON c."by" = n.id AND NOT c.gone
  WHERE NOT p.gone AND NOT g.gone AND g.starts_on <= :day AND (p.left_on IS NULL OR p.left_on > :day)
    AND (n.left_at IS NULL OR date(n.left_at, '+5 hours') > :day)
), came AS (
  SELECT s.group_id, r.person_id, count(DISTINCT s.id) AS many
  FROM training_session s JOIN training_presence r ON r.session_id = s.id
  WHERE NOT s.gone AND NOT r.gone AND s."on" <= :day AND r.state <> 'absent' GROUP BY 1, 2
), held AS (
  SELECT group_id, count(*) AS many FROM training_session WHERE NOT gone AND "on" <= :day GROUP BY 1
), given AS (
  SELECT a.assigned_by, date(a.assigned_at, '+5 hours') AS day, count(DISTINCT e.person_id) AS pupils
  FROM lesson_assignment a JOIN membership m ON m.class_id = a.class_id AND m.role = 'pupil'
  JOIN learning_event e ON e.person_id = m.person_id AND e.lesson = a.lesson AND e.at >= a.assigned_at
  WHERE e.verb = 'answered' AND date(e.at, '+5 hours') <= :day GROUP BY a.id
), sign AS (
  SELECT r.person_id, s."on" AS day FROM training_session s JOIN training_presence r ON r.session_id = s.id
  WHERE NOT s.gone AND NOT r.gone AND r.state <> 'absent'
  UNION ALL SELECT "by", "on" FROM evidence WHERE NOT gone
  UNION ALL SELECT "by", "on" FROM reply WHERE NOT gone AND sheet = 'pairing'
  UNION ALL SELECT assigned_by, date(assigned_at, '+5 hours') FROM lesson_assignment
  UNION ALL SELECT released_by, date(released_at, '+5 hours') FROM "release"
), summer (begins, ends) AS (
  VALUES ('2024-05-31', '2024-08-31'), ('2025-05-31', '2025-08-31'), ('2026-05-31', '2026-08-31'),
    ('2027-05-31', '2027-08-31')
), quiet AS (
  SELECT m.id, max(m.starts_on, coalesce((
    SELECT max(s.day) FROM sign s WHERE s.person_id = m.person_id AND s.day <= :day), '')) AS day FROM member m
), judged AS (
  SELECT m.person_id, m.programme, m.school_id, m.community_id,
    coalesce(h.many, 0) > 0 AND coalesce(c.many, 0) >= m.pass_share * h.many - 1e-6 AS attended,
    EXISTS (SELECT 1 FROM certificate z WHERE z.participant_id = m.id AND NOT z.gone AND z."on" <= :day) AS completed,
    CASE m.programme WHEN 'literacy' THEN EXISTS (
      SELECT 1 FROM given v WHERE v.assigned_by = m.person_id AND v.day >= m.starts_on AND v.pupils >= 5)
    ELSE EXISTS (
      SELECT 1 FROM evidence w JOIN reply r ON r.sheet = 'evidence' AND r.row_id = w.id
      WHERE w.participant_id = m.id AND w.task LIKE 'practice:%' AND r.kind = 'review' AND NOT w.gone AND NOT r.gone
        AND r."on" <= :day AND json_extract(r.data, '$.accepted') = 1) END AS applied,
    julianday(:day) - julianday(q.day) - (
      SELECT sum(max(0, julianday(min(:day, v.ends)) - julianday(max(q.day, v.begins)))) FROM summer v) > 45
      AND :day <= min(date(m.ends_on, '+9 months'), date(m.ends_on, 'start of month', '+10 months', '-1 day')) AS silent
  FROM member m JOIN quiet q ON q.id = m.id LEFT JOIN held h ON h.group_id = m.group_id
  LEFT JOIN came c ON c.group_id = m.group_id AND c.person_id = m.person_id
), person_in AS (
  SELECT {by} AS place, person_id, max(attended) AS attended, max(completed) AS completed, max(applied) AS applied,
    min(silent) AS silent FROM judged GROUP BY 1, 2
)
SELECT place, count(*), sum(attended), sum(completed), sum(applied), sum(silent) FROM person_in GROUP BY 1
"""
"""The figures as SQLite alone comes to them from the tables, by no line of the program's."""


@pytest.mark.parametrize("back", [1, 3, 7])
@pytest.mark.parametrize("by", ["programme", "school", "community", "all"])
def test_every_figure_shown_is_what_the_database_alone_comes_to(database, by, back):
    app = open_as(database, "district1")
    day = app._days[-back]
    app.place |= {"tab": "all" if by == "programme" else by, "day": day.isoformat()}
    column = "'all'" if by == "all" else PLACES[by]
    with closing(sqlite3.connect(database.engine.url.database)) as raw:
        expected = {
            str(row[0]): list(row[1:]) for row in raw.execute(RAW.format(by=column), {"day": day.isoformat()})
        }
    if by == "all":
        (figures,) = (part for part in app.view() if part["t"] == "figures")
        told = {"all": [int(each["value"]) for each in figures["items"]]}
    else:
        (table,) = (
            part for part in app.view() if part["t"] == "table" and part["caption"] == app._(TITLES[by])
        )
        told = {each["key"]: [each["cells"][name] for name in COLUMNS] for each in table["lines"]}
    assert told == expected != {}


def test_the_days_are_the_months_last_ones_and_today(chief):
    assert chief._days[-1] == district.TODAY
    assert all((day + timedelta(days=1)).day == 1 for day in chief._days[:-1])
    assert chief._days == sorted(set(chief._days))


def test_filters_are_what_they_say(chief):
    month = len(chief._days) - 1
    all_of_them = chief._members
    school = all_of_them[0].school
    by_hand = [each for each in all_of_them if each.school == school and each.programme == "literacy"]
    assert choose(all_of_them, "literacy", school) == by_hand != []
    assert choose(all_of_them, community=-1) == []
    assert count(choose(all_of_them, "management"), month).enrolled == district.ADMINISTRATORS


def member(person, letter, programme="literacy", school=1):
    return Member(person, f"P{person}", school, None, programme, "1", "C", "", letter)


def test_who_is_in_two_groups_counts_once_and_is_silent_only_in_both():
    both = [member(1, "1"), member(1, "a", "management"), member(2, "8"), member(3, "-")]
    total = count(both, 0)
    assert [getattr(total, name) for name in COLUMNS] == [2, 1, 1, 0, 1]
    assert count_by(both, "programme", 0)["management"].silent == 1
    assert [each.person for each in list_silent(both, 0)] == [2]


@pytest.mark.parametrize(("login", "language"), [("district1", "kk"), ("coach2", "ru"), ("head0", "en")])
def test_every_tab_is_drawn_in_each_language(database, login, language):
    async def draw():
        app = open_as(database, login, language)
        for tab in TABS:
            app.place["tab"] = tab
            app.show()
            assert "danger" not in str(app.body), tab
            while app._tasks:
                await asyncio.gather(*app._tasks)
        assert app.body[-2]["t"] == "paper", app.body
        return app

    app = asyncio.run(draw())
    assert app.frame["title"] == {"kk": "Бағдарлама", "ru": "Программа", "en": "Programme"}[language]


def list_named(app):
    """Whom the page of the silent names."""
    app.place["tab"] = "silent"
    tables = [part for part in app.view() if part["t"] == "table"]
    return {each["key"] for table in tables for each in table["lines"]}


def test_the_silent_are_named_to_who_may_see_them(database):
    silent = {each.person_id for each in ask(database, "district1", district.TODAY) if each.silent}
    assert list_named(open_as(database, "district1")) == silent
    for login in ("head0", "coach2", "teacher3"):
        circle = {each.person_id for each in ask(database, login, district.TODAY)}
        assert list_named(open_as(database, login)) == silent & circle != silent


def test_a_coach_sees_their_groups_and_a_head_their_school(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'school.sqlite'}")
    database.migrate()
    academy_world.build(database)

    def see(login):
        return [each.name for each in open_as(database, login)._members]

    assert see("gulnar") == see("saule") == ["Aigul Ә", "Dana Ә"]
    assert see("head") == ["Aigul Ә"]
    assert see("yerlan") == ["Dana Ә"]
    assert see("kairat") == see("expert") == see("pupil") == see("operator") == []
    app = open_as(database, "kairat")
    assert [part["t"] for part in app.view()] == ["empty"]
    app = open_as(database, "gulnar")
    assert build_report(app._members, app._days, len(app._days) - 1) is None, "two people are too few"
    database.close()


def list_told(book):
    return [cell.value for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]


@pytest.mark.parametrize("login", ["district1", "coach2", "head0"])
def test_the_page_for_outside_tells_of_no_few_people(database, login):
    app = open_as(database, login, "ru")
    month = len(app._days) - 1
    report = build_report(app._members, app._days, month)
    exact = {table: count_by(app._members, table, month) for table in PLACES}
    lines = [line for table in report.tables.values() for line in table]
    lines += [report.total, *(line for _, line in report.trend)]
    for line in lines:
        size = line.numbers["enrolled"]
        for mark in MARKS:
            number = line.numbers[mark]
            assert number is None or not 0 < number < 5, line
            assert None in (number, size) or not 0 < size - number < 5, line
    sizes = [line.numbers["enrolled"] for line in report.tables["programme"]]
    assert None not in sizes or set(sizes) == {None}, "one of two is what the other leaves of all"
    for table, counts in exact.items():
        for line in report.tables[table]:
            if line.group in counts:
                told = {name: value for name, value in line.numbers.items() if value is not None}
                assert told == {name: getattr(counts[line.group], name) for name in told}
    names = Names("Кабинет", district.TODAY.isoformat(), app._name_in)
    book = openpyxl.load_workbook(io.BytesIO(build_workbook(app.speech, report, names).content))
    assert len(book.sheetnames) == 6
    numbers = [value for value in list_told(book) if isinstance(value, int)]
    assert not {1, 2, 3, 4} & set(numbers)
    assert not [each for member in app._members for each in list_told(book) if each == member.name]
    html = render_report(app.speech, report, names)
    assert HIDDEN in html
    assert "меньше пяти" in html
    assert not any(member.name in html for member in app._members)


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_heads_of_the_sheets_narrow_columns_are_broken_where_words_may_be(language):
    """A column holds seven letters; browsers know no syllables of either language."""
    heads = [Speech(language)(head) for head in SHORT]
    assert [piece for head in heads for piece in head.replace("\xad", " ").split() if len(piece) > 7] == []


def test_the_same_page_whatever_is_chosen_above(database):
    """So that no page of one school can be subtracted from that of all."""

    async def make(**chosen):
        app = open_as(database, "district1")
        app.place |= {"tab": "report", **chosen}
        app.show()
        await asyncio.gather(*app._tasks)
        return next(part for part in app.body if part["t"] == "paper")["html"]

    assert asyncio.run(make()) == asyncio.run(make(programme="literacy", school=2, community=1))
