"""A club that is deleted was there all the same: for figures of past days, passports and the budget."""

from uuid import uuid4

import pytest
from tests.unit.app_parts import find
from tests.unit.portal_school import PREFIX, School

from sandyq.school import people
from sandyq.school.centre import register
from sandyq.school.centre.register import Mark
from sandyq.school.database import today
from sandyq.school.people import end_account
from sandyq.school.tables import Person
from sandyq_apps import budget_overview, budget_plan
from sandyq_apps.api import AttendancePortal
from sandyq_apps.attendance_trail import list_trail
from sandyq_apps.budget import Budget
from sandyq_apps.clubs import Clubs
from sandyq_apps.coverage import CoverageDashboard
from sandyq_apps.kit.desk import Change, Desk, add
from sandyq_apps.kit.portal import Refused
from sandyq_apps.launch import Launch
from sandyq_apps.passport import Passport


class Line:
    """An app's way to the portal, without a network."""

    language = ""

    def __init__(self, school, name, role="leader"):
        self.kernel = school.kernel(school.login(role), "app", name)

    def ask(self, method, path, body=None, content=None):
        reply = self.kernel.request(method, f"{PREFIX}/api{path}", json=body, content=content)
        if reply.status_code >= 400:
            raise Refused(reply.status_code, reply.text)
        return reply.json()


@pytest.fixture
def school(tmp_path):
    """The sample school; all children of its largest club came today."""
    school = School(tmp_path)
    with school.database.session() as session:
        leader = people.find_person(session, school.login("leader"))
        registers = register.read_registers(session, register.clubs_of(session, leader), today(), today())
        school.club = max(registers, key=lambda each: len(each["children"]))["club"]
        club = register.find_club(session, leader, school.club["id"])
        (read,) = register.read_registers(session, [club], today(), today())
        school.children = [child["id"] for child in read["children"]]
        for child in school.children:
            mark = Mark(str(uuid4()), today(), child, "present")
            register.record_attendance(session, club, mark, leader, on=today())
    return school


def open_app(school, kind, name, role="leader"):
    app = kind()
    app.desk = Desk(Line(school, name, role), app.sheets)
    app.desk.load()
    app.opened()
    return app


def delete_club(school):
    app = open_app(school, Clubs, "clubs")
    club = app.desk.find("club", school.club["id"])
    app.desk.send(app.delete_club({"id": club.id, "version": club.version}))
    assert app.desk.find("club", club.id) is None


def test_the_figures_of_a_term_stay_when_a_club_is_deleted(school):
    app = open_app(school, CoverageDashboard, "coverage")
    before = app._cover(app._term)
    assert before.total.came >= len(school.children) > 0
    delete_club(school)
    app.desk.hear()
    app.opened()
    for later in (app, open_app(school, CoverageDashboard, "coverage")):
        assert later._cover(later._term) == before


def test_a_passport_tells_of_a_club_that_was_deleted(school):
    app = open_app(school, Passport, "passport")
    child = app.desk.find("passport_child", school.children[0])
    delete_club(school)
    app.desk.hear()
    app.opened()
    for later in (app, open_app(school, Passport, "passport")):
        (table,) = find(later._show_clubs(child), "table")
        assert school.club["name"] in [line["cells"]["club"]["text"] for line in table["lines"]]
        assert school.club["name"] in later._family_sheet(child)


def test_a_passport_names_who_wrote_a_page_after_they_have_left_the_school(school):
    app = open_app(school, Passport, "passport")
    child = app.desk.find("passport_child", school.children[0])
    chest = app.desk.rows("chest")[0].id
    page = {
        "person_id": child.id,
        "chest_id": chest,
        "kind": "evidence",
        "on": app.desk.today,
        "text": "Іздейді.",
    }
    app.desk.send(Change("…", [add("passport_entry", **page)]))
    author = app.desk.me.name
    with school.database.session() as session:
        end_account(session, people.find_person(session, school.login("leader")))
    other = open_app(school, Passport, "passport", "administrator")
    assert author in other._family_sheet(child)


def test_a_budget_still_names_the_club_for_which_money_was_planned(school):
    app = open_app(school, Budget, "budget")
    values = {
        "name": "Бояу",
        "kind": "things",
        "club": school.club["id"],
        "unit": "500",
        "quantity": 1,
        "id": 0,
    }
    app.desk.send(app.save_line(values))
    delete_club(school)
    app.desk.hear()
    app.opened()
    for later in (app, open_app(school, Budget, "budget")):
        later.desk.hear()
        row = next(row for row in later.desk.rows("budget_line") if row.name == "Бояу")
        lines = {line["key"]: line["cells"] for line in find(budget_plan.view(later), "table")[-1]["lines"]}
        assert lines[row.id]["club"] == school.club["name"]
        costs = {
            line["key"]: line["cells"] for line in find(budget_overview.view(later), "table")[-1]["lines"]
        }
        assert costs[school.club["id"]]["own"]["sort"] >= 50000
        later.desk.send(later.save_line(values | {"id": row.id, "version": row.version}))
        assert later.desk.find("budget_line", row.id).club_id == school.club["id"]


class RegisterLine(Line, AttendancePortal):
    """The same for the attendance register."""


def test_the_register_of_a_deleted_club_still_opens_and_says_what_it_is(school):
    portal = RegisterLine(school, "attendance")
    before = portal.read_month(school.club["id"], today().isoformat()[:7])
    delete_club(school)
    clubs, filled = portal.list_clubs()
    assert [club.id for club in clubs if club.is_deleted] == [clubs[-1].id] == [school.club["id"]]
    assert school.club["id"] not in filled
    after = portal.read_month(school.club["id"], today().isoformat()[:7])
    assert (after.rows, after.dates) == (before.rows, before.dates)
    assert {entry.child.id for entry in list_trail(after)} == set(school.children)


def test_a_club_whose_teacher_has_left_says_so_in_the_list_and_in_the_plan(school):
    launch = open_app(school, Launch, "launch")
    launch.desk.send(launch.make_plan({"starts_on": today().isoformat()}))
    clubs = open_app(school, Clubs, "clubs")
    club = next(each for each in clubs.desk.rows("club") if each.leader_id != clubs.desk.me["id"])
    assert not tell_left(clubs, club.name)
    with school.database.session() as session:
        end_account(session, session.get_one(Person, club.leader_id))
    for app in (open_app(school, Clubs, "clubs"), open_app(school, Launch, "launch")):
        assert tell_left(app, club.name)
    (table,) = [
        each for each in find(open_app(school, Clubs, "clubs").view(), "table") if each["key"] == "clubs"
    ]
    (line,) = [each for each in table["lines"] if each["key"] == club.id]
    assert "мектептен кеткен" in str(line["cells"]["teacher"])


def tell_left(app, name):
    return [
        each
        for each in find(app.view(), "notice")
        if "мектептен кеткен" in each["text"] and name in each["text"]
    ]
