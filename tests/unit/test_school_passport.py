"""Ability passports: who may open which, who may change what, what becomes of a picture."""

import io
import struct
from uuid import uuid4

import pytest
from PIL import Image
from sqlalchemy import select
from tests.unit.portal_school import School

from sandyq.school import journal, people
from sandyq.school.centre.passport import list_open_children, open_children
from sandyq.school.centre.tables import Club, Enrolment
from sandyq.school.database import today
from sandyq.school.errors import NotAllowed
from sandyq.school.journal import Batch, Edit
from sandyq.school.tables import Membership, Person

API = "/services/portal/api/centre"


@pytest.fixture
def school(tmp_path):
    return School(tmp_path)


def login_of(school, name):
    return next(account.login for account in school.accounts if account.name.startswith(name))


def take_picture(size=(2000, 1500), camera=True, kind="JPEG"):
    file = io.BytesIO()
    exif = Image.Exif()
    if camera:
        exif[0x010F] = "Camera of a phone"
        exif.get_ifd(0x8825)[2] = (51.0, 10.0, 0.0)  # where it was taken
    Image.new("RGB", size, "#4b7f35").save(file, kind, exif=exif)
    return file.getvalue()


def test_a_passport_opens_to_whoever_teaches_the_child_and_to_the_class_teacher(school):
    with school.database.reading() as session:
        teacher = people.find_person(session, login_of(school, "Байғали"))  # class teacher of 7А, teaches 3А
        opened = set(session.scalars(open_children(teacher, today())))
        classes = {
            member.class_group.name
            for member in session.scalars(select(Membership).where(Membership.person_id.in_(opened)))
        }
        assert classes == {"7А"}
        leader = people.find_person(session, school.login("leader"))
        enrolled = set(session.scalars(select(Enrolment.person_id)))
        assert {child["id"] for child in list_open_children(session, leader, today())} == enrolled
        administrator = people.find_person(session, school.login("administrator"))
        assert len(list_open_children(session, administrator, today())) == 60
        pupil = people.find_person(session, school.login("pupil"))
        assert list_open_children(session, pupil, today()) == []


def test_a_teacher_sees_the_children_of_an_own_club_and_no_other_entry(school):
    teacher = login_of(school, "Қалиева")
    with school.database.session() as session:
        person = people.find_person(session, teacher)
        club = session.scalars(select(Club).where(Club.leader_id == person.id)).one()
        child = session.scalars(select(Person).where(Person.grade == 7)).first()
        session.add(Enrolment(school_id=person.school_id, club_id=club.id, person_id=child.id, since=today()))
        stranger = session.scalars(select(Person).where(Person.grade == 5)).first()
        administrator = people.find_person(session, school.login("administrator"))
        for each in (child, stranger):
            journal.change(session, administrator, Batch(uuid4(), "passport", "x", (write(each.id),)))
    seen = (
        school.kernel(teacher, "app", "passport")
        .get(API, params={"sheets": "passport_child,passport_entry"})
        .json()["sheets"]
    )
    assert child.id in {each["id"] for each in seen["passport_child"]}
    assert [each["person_id"] for each in seen["passport_entry"]] == [child.id]


def write(child, **values):
    fields = {"person_id": child, "kind": "evidence", "on": "2026-11-20", "text": "Көмектесті", "by": 1}
    return Edit("passport_entry", -1, 0, fields | values)


def test_what_is_written_stands_under_the_writers_name_and_stays_theirs(school):
    with school.database.session() as session:
        leader = people.find_person(session, school.login("leader"))
        administrator = people.find_person(session, school.login("administrator"))
        child = session.scalars(select(Enrolment.person_id)).first()
        entry = journal.change(session, leader, Batch(uuid4(), "passport", "x", (write(child),)))
        row = entry.rows[0]["after"]
        assert row["by"] == leader.id
        other = Edit("passport_entry", row["id"], 1, {"text": "басқаша"})
        with pytest.raises(NotAllowed, match="somebody else"):
            journal.change(session, administrator, Batch(uuid4(), "passport", "x", (other,)))
        removal = Edit("passport_entry", row["id"], 1)
        journal.change(session, administrator, Batch(uuid4(), "passport", "x", (removal,)))


def test_nobody_writes_into_a_passport_that_is_closed_to_them(school):
    teacher = login_of(school, "Литвинова")
    with school.database.session() as session:
        person = people.find_person(session, teacher)
        stranger = session.scalars(select(Person).where(Person.grade == 3)).first()
        with pytest.raises(NotAllowed):
            journal.change(session, person, Batch(uuid4(), "passport", "x", (write(stranger.id),)))


def test_a_picture_is_kept_small_and_without_where_it_was_taken(school):
    app = school.kernel(school.login("leader"), "app", "passport")
    school.settings.photos.mkdir(exist_ok=True)
    photo = app.put(f"{API}/photos", content=take_picture()).json()["photo"]
    kept = (school.settings.photos / f"{photo}.jpg").read_bytes()
    with Image.open(io.BytesIO(kept)) as picture:
        assert picture.size == (1200, 900)
        assert not picture.getexif()
    assert b"Camera" not in kept
    assert app.get(f"{API}/photos/{photo}").status_code == 404  # in nobody's passport yet
    with school.database.session() as session:
        leader = people.find_person(session, school.login("leader"))
        child = session.scalars(select(Enrolment.person_id)).first()
        journal.change(
            session, leader, Batch(uuid4(), "passport", "x", (write(child, kind="work", photo=photo),))
        )
    assert app.get(f"{API}/photos/{photo}").json()["url"].startswith("data:image/jpeg;base64,")
    stranger = school.kernel(login_of(school, "Литвинова"), "app", "passport")
    assert stranger.get(f"{API}/photos/{photo}").status_code == 404  # of another class


@pytest.mark.parametrize("kind", [2, 7])  # of a value: text, bytes
def test_a_picture_of_a_camera_that_notes_strange_things_is_kept_upright(school, kind):
    app = school.kernel(school.login("leader"), "app", "passport")
    school.settings.photos.mkdir(exist_ok=True)
    notes = struct.pack("<HHIIHHI4s", 0x0112, 3, 1, 6, 0x011A, kind, 4, b"abc\0")
    file = io.BytesIO()
    exif = b"Exif\0\0II*\0\x08\0\0\0\2\0" + notes + bytes(4)
    Image.new("RGB", (60, 40)).save(file, "JPEG", exif=exif)  # held sideways; a resolution that is no number
    reply = app.put(f"{API}/photos", content=file.getvalue())
    assert reply.status_code == 200, reply.text
    with Image.open(school.settings.photos / f"{reply.json()['photo']}.jpg") as kept:
        assert kept.size == (40, 60)


@pytest.mark.parametrize(("mode", "ink"), [("RGBA", (0, 0, 0, 255)), ("LA", (0, 255)), ("P", 1)])
def test_a_drawing_without_a_background_stands_on_white(school, mode, ink):
    app = school.kernel(school.login("leader"), "app", "passport")
    school.settings.photos.mkdir(exist_ok=True)
    drawing, file = Image.new(mode, (60, 40)), io.BytesIO()  # drawing programs leave the empty ones black
    if mode == "P":
        drawing.putpalette([0, 0, 0, 0, 0, 0])
    drawing.paste(ink, (0, 0, 24, 40))
    drawing.save(file, "PNG", **({"transparency": 0} if mode == "P" else {}))
    photo = app.put(f"{API}/photos", content=file.getvalue()).json()["photo"]
    with Image.open(school.settings.photos / f"{photo}.jpg") as kept:
        assert min(kept.getpixel((50, 20))) > 250
        assert max(kept.getpixel((8, 20))) < 5


@pytest.mark.parametrize(
    "content",
    [b"", b"no picture", take_picture()[:300], b"<svg xmlns='http://www.w3.org/2000/svg'/>"],
    ids=["empty", "text", "cut", "svg"],
)
def test_what_is_no_picture_is_refused_in_words(school, content):
    app = school.kernel(school.login("leader"), "app", "passport")
    reply = app.put(f"{API}/photos", content=content)
    assert reply.status_code == 422
    assert "JPEG" in reply.json()["detail"]


def test_a_picture_that_unfolds_to_gigabytes_is_refused(school):
    bomb = io.BytesIO()
    Image.new("1", (12000, 12000)).save(bomb, "PNG")
    reply = school.kernel(school.login("leader"), "app", "passport").put(
        f"{API}/photos", content=bomb.getvalue()
    )
    assert reply.status_code == 422
    assert list(school.settings.photos.glob("*")) == []


def test_a_pupil_reaches_nothing_of_it(school):
    pupil = school.kernel(school.login("pupil"), "app", "passport")
    assert pupil.get(API, params={"sheets": "passport_entry"}).status_code == 403
    assert pupil.put(f"{API}/photos", content=take_picture()).status_code == 403
