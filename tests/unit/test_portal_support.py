"""What the portal tells the year of support's kernel: of whom, by whose right, in which language."""

import io
from datetime import date

import pytest
from PIL import Image
from sqlalchemy import select
from tests.unit.portal_school import PREFIX, School, write_notebook

from sandyq.school import people
from sandyq.school.academy import tables
from sandyq.school.academy.waiting import count_waits
from sandyq.school.database import today
from sandyq.school.tables import Person
from sandyq.visits import Visit, sign_visit

API = "/services/portal/api/centre"
LISTS = ("member", "standing", "given", "own_item")


@pytest.fixture
def school(tmp_path):
    return School(tmp_path)


def open_app(school, login):
    return school.kernel(login, "app", "support")


def find_logins(school):
    """Return the login of somebody whose course is over, and of their coach."""
    with school.database.reading() as session:
        query = select(tables.TrainingGroup).order_by(tables.TrainingGroup.ends_on)
        group = session.scalars(query).first()
        participants = select(tables.Participant.person_id).where(tables.Participant.group_id == group.id)
        person = session.get_one(Person, session.scalars(participants).first())
        return person.login, session.get_one(Person, group.coach_id).login


def read(client, *sheets):
    reply = client.get(API, params={"sheets": ",".join(sheets)})
    assert reply.status_code == 200, reply.text
    return reply.json()["sheets"]


def test_a_teacher_hears_of_their_own_standing_and_a_coach_of_their_peoples(school):
    teacher, coach = find_logins(school)
    own = read(open_app(school, teacher), *LISTS)["standing"]
    theirs = read(open_app(school, coach), *LISTS)["standing"]
    assert len({each["person_id"] for each in own}) == 1
    assert {each["id"] for each in own} < {each["id"] for each in theirs}


def test_the_home_page_leads_a_coach_to_what_waits_for_them_as_the_app_says(school):
    app = {"title": {"kk": "Қолдау"}, "icon": "footprints", "roles": ["teacher", "coach"]}
    write_notebook(school.settings.apps / "support.ipynb", app)
    teacher, coach = find_logins(school)
    with school.database.reading() as session:
        led = session.scalars(select(Person).where(Person.login == coach)).one()
        waiting = count_waits(session, led, today()).months
    page = school.sign_in(coach).get(f"{PREFIX}/").text
    link = 'href="/services/rooms/app/support">Қолдау айлары бойынша қаралмаған жұмыстар'
    assert waiting and f"{link}: {waiting}</a>" in page
    assert link not in school.sign_in(teacher).get(f"{PREFIX}/").text


def test_names_of_members_come_without_anything_to_reach_them_by(school):
    teacher, _ = find_logins(school)
    members = read(open_app(school, teacher), "member")["member"]
    assert {key for each in members for key in each} == {
        "id", "name", "school", "school_id", "roles", "community_id", "subject",
    }  # fmt: skip
    with school.database.reading() as session:
        pupils = set(session.scalars(select(Person.id).where(Person.grade.is_not(None))))
    assert not pupils & {each["id"] for each in members}


@pytest.mark.parametrize("sheet", LISTS)
def test_an_app_that_somebody_made_is_lent_none_of_it(school, sheet):
    teacher, _ = find_logins(school)
    token = sign_visit(school.settings, Visit(teacher, "app", "mine", own=True))
    app = school.kernel(teacher, "app", "support")
    app.headers["Authorization"] = f"Bearer {token}"
    assert app.get(API, params={"sheets": sheet}).status_code == 403


def test_a_pupil_is_told_nothing(school):
    app = open_app(school, school.login("pupil"))
    assert app.get(API, params={"sheets": "member"}).status_code == 403
    assert app.get(f"{API}/lessons").status_code == 403


def test_lessons_have_their_titles_in_the_language_of_the_page(school):
    teacher, _ = find_logins(school)
    app = open_app(school, teacher)
    kk, ru = (
        app.get(f"{API}/lessons", headers={"Accept-Language": language}).json() for language in ("kk", "ru")
    )
    assert kk and set(kk) == set(ru)
    assert kk != ru


def test_a_picture_of_an_evidence_opens_to_the_coach_and_to_no_colleague(school):
    teacher, coach = find_logins(school)
    school.settings.photos.mkdir(exist_ok=True)
    content = io.BytesIO()
    Image.new("RGB", (40, 30), "#4b7f35").save(content, "PNG")
    photo = open_app(school, teacher).put(f"{API}/photos", content=content.getvalue()).json()["photo"]
    assert open_app(school, teacher).get(f"{API}/photos/{photo}").status_code == 404  # nowhere yet
    with school.database.session() as session:
        person = people.find_person(session, teacher)
        year = session.scalars(
            select(tables.Participant).where(tables.Participant.person_id == person.id)
        ).first()
        session.add(
            tables.Evidence(
                school_id=person.school_id, by=person.id, participant_id=year.id, task="month:1",
                on=date(2026, 11, 1), kind="photo", photo=photo,
            )
        )  # fmt: skip
    for login in (teacher, coach):
        assert (
            open_app(school, login).get(f"{API}/photos/{photo}").json()["url"].startswith("data:image/jpeg")
        )
    colleague = next(
        each.login for each in school.accounts if each.role == "teacher" and each.login != teacher
    )
    assert open_app(school, colleague).get(f"{API}/photos/{photo}").status_code == 404
