"""Six hundred people in every form of file: each mess is named, and nobody wrong is touched."""

from dataclasses import replace
from datetime import date

import pytest
from messy_roster import (
    CLASSES,
    KAZAKH,
    RUSSIAN,
    YEAR_START,
    Mess,
    as_csv,
    as_oneroster,
    as_xlsx,
    make_mess,
)
from sqlalchemy import select

from sandyq.school.errors import Conflict
from sandyq.school.people import lasts
from sandyq.school.roster.apply import apply_plan
from sandyq.school.roster.load import load_roster
from sandyq.school.roster.plan import make_plan
from sandyq.school.tables import AcademicYear, ClassGroup, Membership, Person, PersonRole, School

TODAY = date(2026, 11, 24)
FORMS = {
    "csv-cp1251": (RUSSIAN, "\x07", lambda mess: as_csv(mess, "cp1251", ",")),
    "csv-kz1048-tab": (KAZAKH, "\x07", lambda mess: as_csv(mess, "kz1048", "\t")),
    "csv-utf8-bom": (KAZAKH, "\u202e", lambda mess: as_csv(mess, "utf-8-sig", ";")),
    "xlsx": (KAZAKH, "\u202e", as_xlsx),
}


def add_school(session, mess: Mess, with_ids: bool) -> None:
    school = School(name="Ауыл мектебі", language="kk")
    session.add(school)
    session.flush()
    year = AcademicYear(
        school_id=school.id, name="2026/27", quarters=[{"starts": "2026-09-01", "ends": "2027-05-25"}]
    )
    session.add(year)
    session.flush()
    groups = {
        name: ClassGroup(
            school_id=school.id, year_id=year.id, name=name, grades=[int(name[:-1])], language="kk"
        )
        for name in CLASSES
    }
    session.add_all(groups.values())
    for pupil in mess.known:
        person = Person(
            school_id=school.id,
            login=pupil.login,
            family_name=pupil.family,
            given_name=pupil.given,
            patronymic=pupil.patronymic,
            grade=pupil.grade,
            external_id=pupil.id if with_ids else None,
            roles=[PersonRole(role="pupil")],
            memberships=[Membership(class_group=groups[pupil.class_name], role="pupil", since=YEAR_START)],
        )
        session.add(person)


def snapshot(session):
    """Return everybody by login: names, class, grade."""
    query = (
        select(Person, ClassGroup.name).join(Membership, Membership.person_id == Person.id).join(ClassGroup)
    )
    rows = session.execute(query.where(lasts(TODAY)))
    return {p.login: (p.family_name, p.given_name, p.patronymic, name, p.grade) for p, name in rows}


def check_everything(database, mess: Mess, path, first_row: int) -> None:
    entries = load_roster(path)
    with database.session() as session:
        before = snapshot(session)
        plan = make_plan(session, entries, TODAY)
        found = sorted((problem.row - first_row, problem.code) for problem in plan.grave)
        assert found == sorted((index, code) for index, (code, _shown) in mess.errors.items())
        for problem in plan.grave:
            described = problem.describe("ru")
            assert f"Строка {problem.row}" in described
            assert mess.errors[problem.row - first_row][1] in described
        with pytest.raises(Conflict):
            apply_plan(session, plan, TODAY)
        assert snapshot(session) == before
        applied = apply_plan(session, plan, TODAY, skip_bad_rows=True)
        after = snapshot(session)
    check_changes(mess, before, after)
    assert {new.person.full_name for new in applied.new} == {f"{p.family} {p.given}" for p in mess.new}
    with database.session() as session:
        again = make_plan(session, entries, TODAY)
        assert (again.new, again.moved, again.renamed) == ([], [], [])
        assert all(not match.changes for match in again.matches)
        apply_plan(session, again, TODAY, skip_bad_rows=True)
        assert snapshot(session) == after


def check_changes(mess: Mess, before, after) -> None:
    """Nobody is gone; whoever changed was to change, and into what the file says."""
    assert set(before) <= set(after)
    changed = {login: after[login] for login in before if after[login] != before[login]}
    expected = {find_login(mess, pupil): pupil for pupil in mess.moved + mess.renamed}
    assert set(changed) == set(expected)
    for login, pupil in expected.items():
        assert changed[login] == (*pupil.key, pupil.grade)
    created = {after[login][:4] for login in set(after) - set(before)}
    assert created == {pupil.key for pupil in mess.new}


def find_login(mess: Mess, pupil) -> str:
    if pupil.login:
        return pupil.login
    return next(known.login for known in mess.known if known.key[:2] == pupil.key[:2])


@pytest.mark.parametrize("form", FORMS)
def test_every_mess_is_named_and_nobody_wrong_is_created_moved_or_renamed(database, tmp_path, form):
    names, hidden, write = FORMS[form]
    mess = make_mess(names, hidden)
    content, first_row = write(mess)
    path = tmp_path / ("roster.xlsx" if form == "xlsx" else "roster.csv")
    path.write_bytes(content)
    with database.session() as session:
        add_school(session, mess, with_ids=False)
    check_everything(database, mess, path, first_row)


def test_every_mess_of_a_oneroster_export_is_named_too(database, tmp_path):
    mess = make_mess(KAZAKH, "\u202e")
    mess.errors[55] = "other login", "p100"
    mess.errors[57] = mess.errors[58] = "same id", "id-58"  # with IDs, both of two equal rows are refused
    mess.errors[59] = mess.errors[565] = "several classes", mess.rows[59].class_name
    mess.moved.append(mess.change(60, patronymic=mess.known[60].patronymic))  # the ID says who it is
    del mess.errors[60]
    mess.change(52, class_name="")
    content, first_row = as_oneroster(mess)
    path = tmp_path / "oneroster.zip"
    path.write_bytes(content)
    with database.session() as session:
        add_school(session, mess, with_ids=True)
    check_everything(database, mess, path, first_row)


def test_a_clean_file_imported_into_an_empty_school_gives_everybody_an_account(database, tmp_path):
    mess = make_mess(KAZAKH, "")
    mess.rows = [replace(pupil, login="") for pupil in mess.known[:60]]
    path = tmp_path / "roster.csv"
    path.write_bytes(as_csv(mess, "utf-8", ";")[0])
    mess.known = []
    with database.session() as session:
        add_school(session, mess, with_ids=False)
        applied = apply_plan(session, make_plan(session, load_roster(path), TODAY), TODAY)
    assert len(applied.new) == 60
    assert len({new.person.login for new in applied.new}) == 60
    assert {new.kind for new in applied.new if new.person.grade <= 4} == {"pin"}
    assert {new.kind for new in applied.new if new.person.grade > 4} == {"password"}
