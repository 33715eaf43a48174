"""Pages of what is kept of people: found, copied, consented, looked at, erased; and the change of the year."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import timedelta
from uuid import uuid4

import pytest
from portal_school import PREFIX, School, form_token
from sqlalchemy import select

from sandyq.school.centre.tables import PassportEntry, Survey, SurveyAnswer
from sandyq.school.database import today
from sandyq.school.law.notes import list_looks
from sandyq.school.law.tables import Consent, Erasure
from sandyq.school.people import find_person
from sandyq.school.tables import AcademicYear, Assignment, Course, CourseTeacher, Person, Release, Submission
from sandyq_hub.sweeping import sweep_erased
from sandyq_portal.handing_in import draft_path, executed_path, path_of

PEOPLE = f"{PREFIX}/school/people"


@pytest.fixture
def school(tmp_path):
    return School(tmp_path / "home")


@pytest.fixture
def office(school):
    """The administrator's browser."""
    return school.sign_in(school.login("administrator"))


@pytest.fixture
def pupil(school):
    return school.pupils(school.class_of(school.login("teacher")))[0]


def post(browser, address, **form):
    token = form_token(browser.get(f"{PREFIX}/").text)
    return browser.post(address, data={"token": token, **form})


def answer(school, pupil):
    body = {"uuid": str(uuid4()), "question": "mine", "response": "құпия сөзім", "score": None}
    school.kernel(pupil.login).post(f"{PREFIX}/api/answers", json=body).raise_for_status()


def test_people_are_found_by_the_beginning_of_a_name_or_login(office, pupil):
    for name in (
        pupil.family_name[:3],
        pupil.given_name.lower(),
        pupil.login[:4],
        f"{pupil.given_name} {pupil.family_name}",
    ):
        assert f"{PEOPLE}/{pupil.id}" in office.get(PEOPLE, params={"name": name}).text, name
    assert "Ондай адам табылмады" in office.get(PEOPLE, params={"name": "Жоқадам"}).text
    assert f"{PEOPLE}/" not in office.get(PEOPLE).text.split("<main")[1], "nobody is listed unasked"


def test_nobody_of_another_school_is_found(school, office):
    with school.database.session() as session:
        other = session.scalars(select(Person).where(Person.school_id != 1)).first()
    assert f"{PEOPLE}/{other.id}" not in office.get(PEOPLE, params={"name": other.family_name}).text
    for path in ("", "/copy"):
        assert office.get(f"{PEOPLE}/{other.id}{path}").status_code == 404
    for act in ("leave", "erase", "consents"):
        form = {"login": other.login, "kind": "data", "given_by": "x", "on": today().isoformat()}
        assert post(office, f"{PEOPLE}/{other.id}/{act}", **form).status_code in (404, 422)
    with school.database.reading() as session:
        assert session.get_one(Person, other.id).left_at is None


def test_the_record_says_what_is_kept_and_a_copy_holds_it(school, office, pupil):
    answer(school, pupil)
    page = office.get(f"{PEOPLE}/{pupil.id}").text
    assert "Сабақтағы жауаптар" in page
    copied = office.get(f"{PEOPLE}/{pupil.id}/copy")
    assert copied.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(copied.content)) as archive:
        record = json.loads(archive.read("record.json"))
    assert record["learning_event"][-1]["response"] == "құпия сөзім"
    assert "secret_hash" not in record["credential"][0]


def test_everybody_sees_their_own_and_who_looked(school, office, pupil):
    own = school.sign_in(pupil.login)
    assert "Соңғы бір жылда ешкім қараған жоқ" in own.get(f"{PREFIX}/record").text
    office.get(f"{PEOPLE}/{pupil.id}")
    office.get(f"{PEOPLE}/{pupil.id}/copy")
    teacher = school.sign_in(school.login("teacher"))
    group = school.class_of(school.login("teacher"))
    teacher.get(f"{PREFIX}/classes/{group.id}/lessons/passphrase")
    page = own.get(f"{PREFIX}/record").text
    for words in ("осы бет", "толық көшірме", "сабақтағы жауаптар"):
        assert words in page, words
    assert f"{PEOPLE}/{pupil.id}/erase" not in page
    assert own.get(f"{PREFIX}/record/copy").status_code == 200


def test_a_consent_is_written_down_and_withdrawn(school, office, pupil):
    form = {"kind": "photos", "given_by": "Әбенов Ерлан", "on": today().isoformat()}
    assert post(office, f"{PEOPLE}/{pupil.id}/consents", **form).status_code == 303
    assert "Әбенов Ерлан" in office.get(f"{PEOPLE}/{pupil.id}").text
    assert post(office, f"{PEOPLE}/{pupil.id}/consents", **form).status_code == 409
    with school.database.reading() as session:
        number = session.scalars(select(Consent.id)).one()
    assert post(office, f"{PEOPLE}/{pupil.id}/consents/{number}/withdraw").status_code == 303
    assert "қайтарып алынды" in office.get(f"{PEOPLE}/{pupil.id}").text


def test_erasure_wants_the_login_and_takes_all_with_it(school, office, pupil):
    answer(school, pupil)
    home = school.settings.homes / pupil.login
    home.mkdir(parents=True)
    (home / "work.ipynb").write_text("{}")
    erasing = f"{PEOPLE}/{pupil.id}/erase"
    assert "мектепте" in post(office, erasing, login=pupil.login).text
    assert post(office, f"{PEOPLE}/{pupil.id}/leave").status_code == 303
    slip = post(office, erasing, login="somebody")
    assert slip.status_code == 409
    assert "Логин сәйкес келмейді" in slip.text
    assert post(office, erasing, login=f" {pupil.login.upper()} ").status_code == 303
    assert office.get(f"{PEOPLE}/{pupil.id}").status_code == 404
    assert home.exists(), "the portal may not delete it"
    assert sweep_erased(school.settings) == [pupil.login]
    assert not home.exists()
    with school.database.reading() as session:
        assert find_person(session, pupil.login) is None
        assert session.get_one(Erasure, pupil.id).home == ""
    stored = f"{pupil.login}{pupil.family_name}{pupil.given_name}".encode()  # as a row has them
    files = list(school.settings.folder("school").glob("school.sqlite*"))
    assert files and [path.name for path in files if stored in path.read_bytes()] == []
    assert sweep_erased(school.settings) == []


@pytest.mark.parametrize(
    ("address", "what"),
    [
        ("classes/{group}/lessons/passphrase/export", "answers"),
        ("classes/{group}/lessons/passphrase/live", "answers"),
        ("assignments/{release}/draft?pupil={pupil}", "work"),
        ("assignments/courses/{course}/marks", "marks"),
        ("assignments/courses/{course}/marks/export?form=csv", "marks"),
    ],
)
def test_who_takes_data_away_or_looks_over_a_shoulder_is_written_down(school, pupil, address, what):
    login = school.login("teacher")
    course, release = hand_out(school)
    numbers = {"group": school.class_of(login).id, "course": course, "release": release, "pupil": pupil.id}
    reply = school.sign_in(login).get(f"{PREFIX}/{address.format(**numbers)}")
    assert reply.status_code == 200, reply.text
    with school.database.reading() as session:
        assert [look.what for look in list_looks(session, pupil)] == [what]


@pytest.mark.parametrize(
    "address", ["clubs/attendance?since={day}&until={day}", "centre?sheets=child,enrolment"]
)
def test_who_opens_lists_and_registers_of_the_centre_is_written_down(school, address):
    leader = school.kernel(school.login("leader"), "app", "attendance")
    for _ in range(2):
        told = leader.get(f"{PREFIX}/api/{address.format(day=today())}").json()
    registers, sheets = told.get("registers", []), told.get("sheets", {})
    shown = {child["id"] for register in registers for child in register["children"]}
    shown |= {row["person_id"] for rows in sheets.values() for row in rows}
    assert shown
    with school.database.reading() as session:
        for number in shown:
            looks = list_looks(session, session.get_one(Person, number))
            assert [look.what for look in looks] == ["centre"]


@pytest.mark.parametrize("address", ["changes?sheets=enrolment&after=0", "history?sheet=enrolment&row={row}"])
def test_who_hears_of_a_change_or_reads_of_earlier_ones_is_written_down(school, address):
    """A page that stays open over night is told of changes only."""
    leader = school.kernel(school.login("leader"), "app", "clubs")
    row = leader.get(f"{PREFIX}/api/centre?sheets=enrolment").json()["sheets"]["enrolment"][0]
    edit = {"sheet": "enrolment", "id": row["id"], "version": row["version"]}
    body = {"uuid": str(uuid4()), "what": "…", "edits": [edit | {"values": {"why": "–"}}]}
    sent = leader.post(f"{PREFIX}/api/centre/changes", json=body)
    assert sent.status_code == 200, sent.text
    other = school.kernel(school.login("administrator"), "app", "clubs")
    assert other.get(f"{PREFIX}/api/centre/{address.format(row=row['id'])}").status_code == 200
    with school.database.reading() as session:
        looks = list_looks(session, session.get_one(Person, row["person_id"]))
    assert [look.what for look in looks] == ["centre", "centre"]


def hand_out(school):
    """Give a work to the teacher's class; return the course's number and the release's."""
    with school.database.session() as session:
        leader = find_person(session, school.login("teacher"))
        course = Course(class_id=school.class_of(school.login("teacher")).id, subject="x")
        session.add(course)
        session.flush()
        session.add(CourseTeacher(course_id=course.id, person_id=leader.id, since=today()))
        given = Assignment(
            course_id=course.id, name="a", version=1, about={"title": "a", "notebooks": []}, made_by=leader.id
        )
        session.add(given)
        session.flush()
        release = Release(assignment_id=given.id, code="c", mode="open", released_by=leader.id)
        session.add(release)
        session.flush()
        return course.id, release.id


def leave_files(school, pupil):
    """Leave all that the portal keeps as files: work handed in, executed, unfinished, a picture; return the paths."""
    _, release = hand_out(school)
    with school.database.session() as session:
        submission = Submission(
            release_id=release, person_id=pupil.id, sha256="a" * 64, code="c", size=1, late=False
        )
        session.add(submission)
        session.add(
            PassportEntry(
                school_id=pupil.school_id,
                person_id=pupil.id,
                by=pupil.id,
                kind="work",
                on=today(),
                photo="b" * 64,
            )
        )
        session.flush()
        paths = [
            path_of(school.settings, release, pupil.id, "a" * 64),
            executed_path(school.settings, submission, "work"),
            draft_path(school.settings, release + 1, pupil.id),
            school.settings.photos / f"{'b' * 64}.jpg",
        ]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    return paths


def test_a_copy_holds_works_and_pictures_and_erasure_leaves_no_file(school, office, pupil):
    paths = leave_files(school, pupil)
    others = [path.with_name(path.name.replace(str(pupil.id), f"{pupil.id}0", 1)) for path in paths[:3:2]]
    for path in others:
        path.write_bytes(b"x")
    copied = office.get(f"{PEOPLE}/{pupil.id}/copy")
    with zipfile.ZipFile(io.BytesIO(copied.content)) as archive:
        folders = {name.split("/")[0] for name in archive.namelist()}
    assert folders == {"record.json", "handed-in", "unfinished", "pictures"}
    post(office, f"{PEOPLE}/{pupil.id}/leave")
    assert post(office, f"{PEOPLE}/{pupil.id}/erase", login=pupil.login).status_code == 303
    assert [path for path in paths if path.exists()] == []
    assert all(path.exists() for path in others), "somebody else's"


def test_what_an_erased_teacher_published_stays_without_the_name(school, office):
    login = school.login("teacher")
    with school.database.reading() as session:
        teacher = find_person(session, login)
    lesson = school.settings.published / "kk" / f"t{teacher.id}-lesson.ipynb"
    lesson.parent.mkdir(parents=True)
    about = {"slug": "x", "author": teacher.id, "author_name": teacher.full_name}
    lesson.write_text(json.dumps({"cells": [], "metadata": {"sandyq": about}}))
    apps = [school.settings.own_apps / f"{name}-x" for name in (f"t{teacher.id}", f"p{teacher.id}", "t0")]
    for app in apps:
        app.mkdir(parents=True)
    post(office, f"{PEOPLE}/{teacher.id}/leave")
    assert post(office, f"{PEOPLE}/{teacher.id}/erase", login=login).status_code == 303
    assert json.loads(lesson.read_text())["metadata"]["sandyq"] == about | {"author_name": "–"}
    assert [app.exists() for app in apps] == [False, False, True], "nobody may open a leaver's apps"


def test_the_sweep_stays_in_its_folder(school, pupil, tmp_path):
    (tmp_path / "home" / "precious").mkdir()
    with school.database.session() as session:
        session.add(Erasure(person_id=pupil.id, erased_by=pupil.id, home="../precious"))
    sweep_erased(school.settings)
    assert (tmp_path / "home" / "precious").exists()


def test_nobody_shuts_themselves_out(school, office):
    login = school.login("administrator")
    with school.database.reading() as session:
        number = find_person(session, login).id
    assert post(office, f"{PEOPLE}/{number}/leave").status_code == 409
    assert office.get(f"{PREFIX}/").status_code == 200


def test_the_year_is_changed_by_the_page_with_what_was_corrected(school, office):
    page = office.get(f"{PREFIX}/school/year").text
    assert 'value="4А"' in page
    form = read_form(page)
    wrong = post(office, f"{PREFIX}/school/year", **(form | {"quarter-2-begins": form["quarter-1-begins"]}))
    assert wrong.status_code == 422
    assert wrong.text.count('aria-invalid="true"') == 1
    name = next(field for field, value in form.items() if value == "4А")
    with school.database.session() as session:
        keep = {"school_id": session.scalars(select(AcademicYear.school_id)).one()}
        session.add(asked := Survey(**keep, name="Өткен жыл", questions=[], state="open", class_ids=[]))
        session.flush()
        session.add(SurveyAnswer(**keep, survey_id=asked.id, answers={"a": 1}, source="paper", about={}))
    begun = post(office, f"{PREFIX}/school/year", **(form | {name: "4Ә"}))
    assert begun.status_code == 303, begun.text
    with school.database.session() as session:
        asked = session.scalars(select(Survey).where(Survey.name == "Өткен жыл")).one()
        assert len(asked.class_ids) == 4, "it asks nobody of the new year"
    page = office.get(begun.headers["location"]).text
    assert "көшкені – 60" in page
    assert "4Ә" in page
    assert "жылды сол күннен бастап дайындауға болады" in page
    assert read_form(f'{page}action="/services/portal/school/year"') == {}, (
        "a second press would empty all classes"
    )
    assert post(office, f"{PREFIX}/school/year", **form).status_code in (409, 422)


@pytest.mark.parametrize(("days", "warns"), [(0, True), (-1, False)])
def test_while_the_year_lasts_the_page_says_that_leavers_are_shut_out_at_once(school, office, days, warns):
    with school.database.session() as session:
        year = session.scalars(select(AcademicYear)).one()
        ends = today() + timedelta(days=days)
        spans = [
            (ends - timedelta(days=40 * left), ends - timedelta(days=40 * left - 30)) for left in (4, 3, 2)
        ]
        spans.append((ends - timedelta(days=30), ends))
        year.quarters = [{"starts": str(first), "ends": str(last)} for first, last in spans]
    page = office.get(f"{PREFIX}/school/year").text
    assert 'name="quarter-1-begins"' in page
    assert ("батырма басылған сәттен" in page) == warns


def read_form(page):

    fields = re.findall(
        r'<input[^>]* name="([^"]+)"[^>]* value="([^"]*)"',
        page.split('action="/services/portal/school/year"')[1],
    )
    return {name: value for name, value in fields if name not in ("token", "back")}
