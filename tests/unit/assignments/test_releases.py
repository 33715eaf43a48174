"""Who gives what to whom, until when; courses, groups, substitutes, a teacher's own notebooks."""

from __future__ import annotations

import io
import json
import re
import shutil
import zipfile
from base64 import b64encode
from datetime import timedelta
from urllib.parse import quote

import pytest
from assignment_school import (
    GRADING,
    WORK,
    divide,
    give,
    grade,
    grader,
    hand_in,
    has,
    keep_mark,
    notebook,
    pack,
    send_own,
    send_own_and_try,
    set_due,
)
from portal_school import PREFIX, form_token
from sqlalchemy import select

from sandyq.school.database import now
from sandyq.school.people import classes_of_teacher, find_person
from sandyq.school.tables import (
    Assignment,
    ClassGroup,
    Course,
    CourseTeacher,
    Membership,
    PupilGroup,
    Release,
)
from sandyq_portal.pages import ZONE


def test_a_window_that_is_over_or_the_wrong_way_round_is_said_at_the_form(school, teacher, group):
    past = (now().astimezone(ZONE) - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    later, sooner = (
        (now().astimezone(ZONE) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M") for days in (2, 1)
    )
    odd = ({"due": "tomorrow"}, {"due": "9999-01-01T00:00"}, {"opens": "0001-01-01T00:00"})
    for wrong in ({"due": past}, {"opens": later, "due": sooner}, {"mode": "never"}, {"subject": " "}, *odd):
        assert give(teacher, group, **wrong).status_code == 422
    with school.database.reading() as session:
        assert session.query(Release).count() == 0


def test_what_was_typed_is_still_there_when_it_is_refused(school, teacher, group):
    pupil = school.pupils(group)[1]
    page = give(teacher, group, due="2020-01-01T10:00", mode="locked", subject="Физика", pupil=pupil.id).text
    assert 'value="2020-01-01T10:00"' in page and 'value="Физика"' in page
    assert 'value="locked" checked' in page and f'value="{pupil.id}" checked' in page


def test_a_class_gets_another_language_only_when_its_teacher_says_so(school, teacher, group):
    with school.database.session() as session:
        session.get_one(ClassGroup, group.id).language = "ru"
    told = give(teacher, group)
    assert told.status_code == 422
    assert "Русский" in told.text and "Қазақша" in told.text and 'name="anyway"' in told.text
    russian = school.settings.packets / "informatics-7" / "prices" / "ru"
    shutil.copytree(russian.with_name("kk"), russian)
    about = json.loads((russian / "assignment.json").read_text())
    (russian / "assignment.json").write_text(json.dumps(about | {"language": "ru", "title": "Цены"}))
    assert quote("informatics-7/prices/ru") in give(teacher, group).text, "the way to the one that fits"
    assert give(teacher, group, anyway="1").status_code == 303


def test_colleagues_get_assignments_from_each_other(school, teacher, group):
    """Peer to peer: who gives it does not get it; everybody else who teaches hands in and sees their own mark."""
    release = int(give(teacher, group, class_id=0).headers["location"].rpartition("/")[2])
    logins = [account.login for account in school.accounts if account.role == "teacher"]
    mine = school.login("teacher")
    other, third = [login for login in logins if login != mine][:2]
    assert school.notebook(mine).get(WORK).json() == {"work": []}
    assert [work["release"] for work in school.notebook(other).get(WORK).json()["work"]] == [release]
    assert "Бағалар" in school.sign_in(other).get(f"{PREFIX}/").text
    assert hand_in(school, other, release).status_code == 201
    for pupil in school.pupils(group)[:1]:
        assert school.notebook(pupil.login).get(WORK).json() == {"work": []}
        assert hand_in(school, pupil.login, release).status_code == 404
    grade(school)
    assert school.sign_in(third).get(f"{PREFIX}/assignments/{release}").status_code == 404
    assert school.sign_in(third).get(f"{PREFIX}/assignments/{release}/marks").status_code == 404
    with school.database.reading() as session:
        person = find_person(session, other)
    keep_mark(teacher, release, person.id, "2")
    page = teacher.get(f"{PREFIX}/assignments/{release}").text
    assert "Әріптестер" in page and person.full_name in page
    teacher.post(f"{PREFIX}/assignments/{release}/return", data={"token": form_token(page)})
    assert "5 / 5" in school.sign_in(other).get(f"{PREFIX}/work/{release}").text
    assert teacher.get(f"{PREFIX}/assignments/courses/1/marks").status_code == 404
    for login in (mine, school.login("administrator")):
        assert "<h3>*" not in school.sign_in(login).get(f"{PREFIX}/classes").text
        assert ">*<" not in school.sign_in(login).get(f"{PREFIX}/classes").text
    token = form_token(teacher.get(f"{PREFIX}/assignments").text)
    again = teacher.post(
        f"{PREFIX}/assignments",
        data={"token": token, "packet": "informatics-7/prices/kk", "class_id": 0, "subject": "Информатика",
              "pupil": person.id},
    )  # fmt: skip
    single = int(again.headers["location"].rpartition("/")[2])
    assert school.notebook(third).get(f"{WORK}/{single}/files").status_code == 404
    assert school.notebook(other).get(f"{WORK}/{single}/files").status_code == 200


def test_who_gives_colleagues_work_in_the_same_subject_does_not_see_others_marks(school, teacher, group):
    """The course of colleagues belongs to whoever began it; the next one gets a course that bears their name."""
    first = int(give(teacher, group, class_id=0).headers["location"].rpartition("/")[2])
    mine, other = (
        school.login("teacher"),
        next(a.login for a in school.accounts if a.role == "teacher" and a.login != school.login("teacher")),
    )
    colleague = school.sign_in(other)
    for _ in range(2):
        second = int(give(colleague, group, class_id=0).headers["location"].rpartition("/")[2])
    assert colleague.get(f"{PREFIX}/assignments/{first}").status_code == 404
    assert colleague.get(f"{PREFIX}/assignments/{second}").status_code == 200
    assert teacher.get(f"{PREFIX}/assignments/{second}").status_code == 404
    assert first in [work["release"] for work in school.notebook(other).get(WORK).json()["work"]]
    assert second in [work["release"] for work in school.notebook(mine).get(WORK).json()["work"]]
    with school.database.reading() as session:
        name = find_person(session, other).full_name
        courses = sorted(
            course.subject for course in session.scalars(select(Course)) if course.class_group.is_colleagues
        )
    assert courses == ["Информатика", f"Информатика · {name}"]


def test_course_work_for_teachers_is_offered_to_colleagues_first(school, teacher, group):
    path = school.settings.packets / "informatics-7" / "prices" / "kk" / "assignment.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"track": "teachers"}))
    page = teacher.get(f"{PREFIX}/assignments/new?packet={quote('informatics-7/prices/kk')}").text
    assert 'value="0" selected' in page


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("assignments/999", 404, "сіз оқытатын пәндікі емес"),
        ("assignments/new?packet=none", 404, "«none» тапсырмасы жоқ"),
        ("assignments/{release}/marks?pupil=999", 404, "тапсырмаған"),
        ("assignments/{release}/marks?cell=none", 404, "«none» сұрағы жоқ"),
        ("assignments/{release}/marks?pupil=abc", 422, "түзетіңіз"),
        ("assignments/{release}/extend?pupil=999", 404, "берілмеген"),
        ("assignments/courses/999/marks", 404, "Бұл пәнді сіз оқытпайсыз"),
        ("assignments/courses/1/marks?quarter=9", 422, "түзетіңіз"),
        ("assignments/courses/1/marks/export?form=csv&column=shoes", 422, "shoes"),
        ("a/ZZZZZZ", 404, "ZZZZZZ"),
    ],
)
def test_a_refusal_is_a_sentence_in_the_persons_language(teacher, release, path, status, words):
    told = teacher.get(f"{PREFIX}/{path.format(release=release)}")
    assert told.status_code == status
    assert words in told.text and "/services/portal/" in told.text


def test_a_release_may_go_to_single_pupils(school, teacher, group):
    one, other = school.pupils(group)[:2]
    release = int(give(teacher, group, pupil=one.id).headers["location"].rpartition("/")[2])
    assert school.notebook(one.login).get(f"{WORK}/{release}/files").status_code == 200
    assert school.notebook(other.login).get(f"{WORK}/{release}/files").status_code == 404
    code = re.search(
        r'class="big-number">([2-9A-Z]{6})<', teacher.get(f"{PREFIX}/assignments/{release}").text
    )[1]
    gone = school.sign_in(one.login).get(f"{PREFIX}/a/{code.lower()}")
    assert gone.headers["location"] == f"{PREFIX}/work/{release}"
    assert school.sign_in(other.login).get(f"{PREFIX}/a/{code}").status_code == 404


def test_a_release_goes_to_a_group_and_to_who_joins_it_while_it_is_open(school, teacher, group, halves):
    one, other = halves
    with school.database.reading() as session:
        first, _ = session.scalars(select(PupilGroup).order_by(PupilGroup.name))
    form = teacher.get(f"{PREFIX}/assignments/new?packet={quote('informatics-7/prices/kk')}").text
    assert f'name="group" value="{first.id}"' in form
    given = [int(give(teacher, group, group=first.id).headers["location"].rpartition("/")[2]) for _ in "ab"]
    over, still_open = given
    assert has(school, one, still_open) and not has(school, other, still_open)
    page = teacher.get(f"{PREFIX}/assignments/{still_open}").text
    assert "Ағылшын 1" in page and one.full_name in page and other.full_name not in page
    assert f"{still_open}/sheet" in page
    sheet = teacher.get(f"{PREFIX}/assignments/{still_open}/sheet").text
    assert re.search(rf'class="qr".*{PREFIX}/a/[A-Z0-9]+<', sheet, re.DOTALL)
    assert "Ағылшын" not in sheet and one.full_name not in sheet, "it hangs on a wall"
    assert "Ағылшын 1" in teacher.get(f"{PREFIX}/assignments").text
    assert "Ағылшын" not in school.sign_in(one.login).get(f"{PREFIX}/work/{still_open}").text
    set_due(school, over, "free", now() - timedelta(hours=1))
    assert (
        divide(teacher, group, "Ағылшын 1", [other.id], number=first.id, before=[one.id]).status_code == 303
    )
    assert has(school, other, still_open), "who joins gets what is open"
    assert not has(school, other, over), "but nothing that was due before"
    assert has(school, one, still_open) and has(school, one, over), "who leaves keeps what they were given"
    later = int(give(teacher, group, group=first.id).headers["location"].rpartition("/")[2])
    assert has(school, other, later) and not has(school, one, later)
    token = form_token(form)
    gone = teacher.post(f"{PREFIX}/classes/{group.id}/groups/{first.id}/dissolve", data={"token": token})
    assert gone.status_code == 303
    assert has(school, other, later) and not has(school, one, later), "it does not become the whole class's"


def test_a_release_goes_to_groups_and_single_pupils_of_the_class_alone(school, teacher, group, halves):
    one, other = halves
    with school.database.session() as session:
        first = session.scalars(select(PupilGroup).order_by(PupilGroup.name)).first()
        foreign = school.foreign_class(school.login("teacher"))
        strange = PupilGroup(class_id=foreign.id, name="X")
        session.add(strange)
        session.flush()
        strange_id, first_id = strange.id, first.id
    release = int(give(teacher, group, group=first_id, pupil=other.id).headers["location"].rpartition("/")[2])
    third = school.pupils(group)[3]
    assert has(school, one, release) and has(school, other, release) and not has(school, third, release)
    refused = give(teacher, group, group=strange_id)
    assert refused.status_code == 422 and "ондай топ жоқ" in refused.text
    divide(teacher, group, "Бос", [])
    with school.database.reading() as session:
        empty = session.scalars(select(PupilGroup).where(PupilGroup.name == "Бос")).one().id
    refused = give(teacher, group, group=empty)
    assert refused.status_code == 422 and "«Бос» тобында оқушы жоқ" in refused.text
    assert f'name="group" value="{empty}" checked' in refused.text


def test_two_teachers_at_one_group_do_not_undo_each_others_change(school, teacher, group, halves):
    one, other = halves
    with school.database.reading() as session:
        first = session.scalars(select(PupilGroup).order_by(PupilGroup.name)).first()
        before = sorted(member.person_id for member in first.members)
    divide(teacher, group, "Ағылшын 1", [*before, other.id], number=first.id, before=before)
    divide(
        teacher,
        group,
        "Күшті топ",
        [each for each in before if each != one.id],
        number=first.id,
        before=before,
    )
    with school.database.reading() as session:
        after = session.get_one(PupilGroup, first.id)
        assert after.name == "Күшті топ"
        assert {member.person_id for member in after.members} == {*before, other.id} - {one.id}


def test_a_groups_name_and_pupils_are_looked_at_and_what_was_typed_stays(school, teacher, group, halves):
    one, _ = halves
    place = f"{PREFIX}/classes/{group.id}/groups"
    for name, word in (
        (" ", "1-ден 40 әріпке дейін"),
        ("а" * 41, "1-ден 40 әріпке дейін"),
        ("ағылшын  1", "деген топ бар"),
    ):
        refused = divide(teacher, group, name, [one.id])
        assert refused.status_code == 422 and word in refused.text
        assert f'value="{one.id}" checked' in refused.text.rpartition("<section")[2]
    stranger = school.pupils(school.foreign_class(school.login("teacher")))[0]
    assert divide(teacher, group, "Жаңа", [stranger.id]).status_code == 422
    assert "Жаңа</h2>" not in teacher.get(place).text
    with school.database.reading() as session:
        second = session.scalars(select(PupilGroup).order_by(PupilGroup.name.desc())).first()
    refused = divide(teacher, group, "Ағылшын 1", [], number=second.id)
    assert refused.status_code == 422 and "деген топ бар" in refused.text


def test_groups_are_for_the_teachers_of_the_class_and_no_others(school, teacher, group, halves):
    place = f"{PREFIX}/classes/{group.id}/groups"
    with school.database.reading() as session:
        first = session.scalars(select(PupilGroup)).first()
        teaching = {
            membership.person.login
            for membership in session.scalars(select(Membership).where(Membership.class_id == group.id))
            if membership.role != "pupil"
        }
    other = school.sign_in(
        next(a.login for a in school.accounts if a.role == "teacher" and a.login not in teaching)
    )
    data = {"token": form_token(other.get(f"{PREFIX}/").text), "name": "Бөгде", "pupil": []}
    assert other.get(place).status_code == 404
    for path in (place, f"{place}/{first.id}", f"{place}/{first.id}/dissolve"):
        assert other.post(path, data=data).status_code == 404
    assert "ондай топ жоқ" in divide(teacher, group, "Басқа", [], number=999).text
    assert "Бөгде" not in teacher.get(place).text


def test_a_colleague_may_stand_in_for_some_days(school, teacher, group, release):
    other = next(
        account.login
        for account in school.accounts
        if account.role == "teacher" and account.login != school.login("teacher")
    )
    page = teacher.get(f"{PREFIX}/assignments/{release}").text
    assert f'<option value="{other}">' in page, "nobody knows colleagues' logins by heart"
    assert f'<option value="{school.login("teacher")}">' not in page
    last = (now() + timedelta(days=5)).date().isoformat()
    data = {"token": form_token(page), "login": other, "until": last}
    assert teacher.post(f"{PREFIX}/assignments/{release}/teachers", data=data).status_code == 303
    seen = school.sign_in(other).get(f"{PREFIX}/assignments/{release}")
    assert seen.status_code == 200
    assert "/teachers" in page and 'name="login"' not in seen.text, "who stands in adds nobody"


def test_a_teachers_own_notebooks_are_tried_and_then_given_like_any(school, teacher, group):
    made = json.dumps(notebook("total = 1 + 2 + 3"))
    assert send_own(school, teacher, "Менің жұмысым", {"prices.ipynb": made, "a.csv": "1"}).status_code == 303
    client = grader(school)
    job = client.post(f"{GRADING}/next", json={"worker": "w"}).json()
    assert (job["kind"], job["wish"]["language"]) == ("prepare", "kk")
    with zipfile.ZipFile(io.BytesIO(client.get(f"{GRADING}/own/{job['job']}/files").content)) as archive:
        assert sorted(archive.namelist()) == ["a.csv", "prices.ipynb"]
    refused = {"status": "refused", "faults": ["prices: total-tests fails"], "files": {}}
    assert client.post(f"{GRADING}/own/{job['job']}/result", json=refused).status_code == 204
    assert "total-tests fails" in teacher.get(f"{PREFIX}/assignments/new").text
    send_own(school, teacher, "Менің жұмысым", {"prices.ipynb": made})
    job = client.post(f"{GRADING}/next", json={"worker": "w"}).json()
    about = json.loads((school.settings.packets / "informatics-7/prices/kk/assignment.json").read_text())
    about |= {"course": "own", "name": job["wish"]["name"], "title": job["wish"]["title"]}
    files = {"assignment.json": json.dumps(about), "source/prices.ipynb": made, "release/prices.ipynb": made}
    files = {name: b64encode(text.encode()).decode() for name, text in files.items()}
    bad = {"status": "ready", "faults": [], "files": files | {"source/../../x": ""}}
    assert client.post(f"{GRADING}/own/{job['job']}/result", json=bad).status_code == 422
    ready = {"status": "ready", "faults": [], "files": files}
    assert client.post(f"{GRADING}/own/{job['job']}/result", json=ready).status_code == 204
    page = teacher.get(f"{PREFIX}/assignments/new").text
    assert "total-tests fails" not in page, "sent again, it takes the earlier one's place"
    key = f"own/{job['wish']['name']}/kk"
    assert quote(key) in page
    gone = give(teacher, group, packet=key)
    assert gone.status_code == 303, gone.text
    other = next(
        account.login
        for account in school.accounts
        if account.role == "teacher" and account.login != school.login("teacher")
    )
    assert school.sign_in(other).get(f"{PREFIX}/assignments/new?packet={quote(key)}").status_code == 404


def test_a_course_is_not_left_to_a_substitute_alone(school, teacher, group, release):
    """After their last day nobody would see the pupils' work."""
    login = school.login("teacher")
    other = next(each.login for each in school.accounts if each.role == "teacher" and each.login != login)
    page = teacher.get(f"{PREFIX}/assignments/{release}")
    address = f"{PREFIX}/assignments/{release}/teachers"
    last = (now() + timedelta(days=5)).date().isoformat()
    data = {"token": form_token(page.text), "login": other, "until": last}
    assert teacher.post(address, data=data).status_code == 303
    with school.database.reading() as session:
        mine, theirs = (find_person(session, each).id for each in (login, other))
    leaving = {"token": form_token(page.text), "person": mine}
    assert teacher.post(f"{address}/remove", data=leaving).status_code == 409
    assert teacher.post(f"{address}/remove", data=leaving | {"person": theirs}).status_code == 303
    assert teacher.post(address, data={"token": form_token(page.text), "login": other}).status_code == 303
    assert teacher.post(f"{address}/remove", data=leaving).status_code == 303, "somebody stays for good"


def test_who_no_longer_teaches_a_course_changes_none_of_its_assignments(school, teacher, group, release):
    """A substitute's own notebook, sent again after their last day, would have all graded by other tests."""
    other = next(
        each.login
        for each in school.accounts
        if each.role == "teacher" and each.login != school.login("teacher")
    )
    page = teacher.get(f"{PREFIX}/assignments/{release}")
    last = now().astimezone(ZONE).date().isoformat()
    data = {"token": form_token(page.text), "login": other, "until": last}
    assert teacher.post(f"{PREFIX}/assignments/{release}/teachers", data=data).status_code == 303
    substitute = school.sign_in(other)
    key = send_own_and_try(school, substitute, "total = 1 + 2 + 3", "1")
    assert give(substitute, group, packet=key, anyway="true").status_code == 303
    send_own_and_try(school, substitute, "total = 2 + 4", "2")

    def find_version():
        with school.database.reading() as session:
            return session.scalars(select(Assignment.version).order_by(Assignment.id.desc())).first()

    assert find_version() == 2, "as long as they teach it"
    with school.database.session() as session:
        for each in session.query(CourseTeacher).filter(CourseTeacher.until.is_not(None)):
            each.since, each.until = each.since - timedelta(days=7), each.until - timedelta(days=1)
    send_own_and_try(school, substitute, "total = 5 + 1", "3")
    assert find_version() == 2


def test_a_notebook_comes_straight_from_lab_and_its_author_alone_hears_of_it(school, teacher):
    login = school.login("teacher")
    lab, files = school.notebook(login), pack({"own.ipynb": json.dumps(notebook("total = 1 + 2 + 3"))})
    wish = {"title": "Менің жұмысым", "kind": "sor", "minutes": "30", "language": "ru"}
    sent = lab.post(f"{PREFIX}/api/own", params=wish, content=files)
    assert sent.status_code == 201, sent.text
    place = f"{PREFIX}/api/own/{sent.json()['own']}"
    assert lab.get(place).json() == {"state": "waiting", "faults": [], "address": ""}
    job = grader(school).post(f"{GRADING}/next", json={"worker": "w"}).json()
    assert job["wish"] == wish | {"minutes": 30, "name": job["wish"]["name"]}
    refused = {"status": "refused", "faults": ["x: tests fail"], "files": {}}
    grader(school).post(f"{GRADING}/own/{job['job']}/result", json=refused)
    assert lab.get(place).json()["faults"] == ["x: tests fail"]
    other = next(a.login for a in school.accounts if a.role == "teacher" and a.login != login)
    assert school.notebook(other).get(place).status_code == 404
    pupil = school.notebook(school.login("pupil"))
    assert pupil.post(f"{PREFIX}/api/own", params=wish, content=files).status_code == 403
    for wrong in ({"title": " "}, {"minutes": "0"}, {"kind": "exam"}, {"language": "de"}):
        assert lab.post(f"{PREFIX}/api/own", params=wish | wrong, content=files).status_code == 422
    assert "жоқ" in lab.post(f"{PREFIX}/api/own", params=wish, content=pack({"a.txt": "x"})).json()["detail"]


def test_what_is_no_notebook_is_refused_at_the_form(school, teacher):
    assert send_own(school, teacher, "Жұмыс", {"a.txt": "x"}).status_code == 422
    assert send_own(school, teacher, " ", {"a.ipynb": "{}"}).status_code == 422


def test_a_substitute_stays_one_and_adds_nobody(school, teacher, group, release):
    other = next(
        account.login
        for account in school.accounts
        if account.role == "teacher" and account.login != school.login("teacher")
    )
    page = teacher.get(f"{PREFIX}/assignments/{release}")
    address = f"{PREFIX}/assignments/{release}/teachers"
    last = now().astimezone(ZONE).date().isoformat()
    data = {"token": form_token(page.text), "login": other, "until": last}
    assert teacher.post(address, data=data).status_code == 303
    assert teacher.post(address, data=data | {"until": "garbage"}).status_code == 422
    substitute = school.sign_in(other)
    token = form_token(substitute.get(f"{PREFIX}/assignments/{release}").text)
    assert substitute.post(address, data={"token": token, "login": other}).status_code == 403
    assert give(substitute, group, subject="информатика").status_code == 303
    with school.database.reading() as session:
        assert session.query(Course).count() == 1
        ends = {each.person_id: each.until for each in session.query(CourseTeacher)}
        assert sum(end is None for end in ends.values()) == 1
    person = next(iter(set(ends) - {each for each, end in ends.items() if end is None}))
    teacher.post(f"{address}/remove", data={"token": form_token(page.text), "person": person})
    assert substitute.get(f"{PREFIX}/assignments/{release}").status_code == 404


def test_a_substitutes_week_ends_whatever_they_began_in_it(school, teacher, group, release):
    """Who teaches the class in no other way begins no course of their own, for that would let them stay."""
    with school.database.reading() as session:
        logins = [each.login for each in school.accounts if each.role == "teacher"]
        other = next(
            login
            for login in logins
            if group.id
            not in {each.id for each in classes_of_teacher(session, find_person(session, login).id)}
        )
    page = teacher.get(f"{PREFIX}/assignments/{release}")
    last = now().astimezone(ZONE).date().isoformat()
    data = {"token": form_token(page.text), "login": other, "until": last}
    assert teacher.post(f"{PREFIX}/assignments/{release}/teachers", data=data).status_code == 303
    substitute = school.sign_in(other)
    refused = give(substitute, group, subject="Музыка")
    assert refused.status_code == 422 and re.search("алмастырып|замещаете", refused.text)
    assert give(substitute, group).status_code == 303, "the course that they stand in for"
    with school.database.session() as session:
        for each in session.query(CourseTeacher).filter(CourseTeacher.until.is_not(None)):
            each.since, each.until = each.since - timedelta(days=7), each.until - timedelta(days=1)
    assert give(substitute, group).status_code == 422
    assert substitute.get(f"{PREFIX}/assignments/{release}/marks").status_code == 404
    assert teacher.get(f"{PREFIX}/assignments/{release}").status_code == 200


def test_the_same_title_in_another_language_is_another_assignment(school, teacher, group):
    made = json.dumps(notebook("total = 1 + 2 + 3"))
    names = set()
    for language in ("kk", "ru"):
        page = teacher.get(f"{PREFIX}/assignments/new")
        data = {"token": form_token(page.text), "title": "Сынақ", "language": language}
        teacher.post(f"{PREFIX}/assignments/own", data=data, files=[("files", ("a.ipynb", made))])
        names.add(grader(school).post(f"{GRADING}/next", json={"worker": language}).json()["wish"]["name"])
    assert len(names) == 2
