"""Who leaves the school leaves its clubs: no place is taken, no mark is made, nobody's name is a number in an order."""

import io
from uuid import uuid4

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import select
from tests.unit.portal_school import PREFIX, School, form_token

from sandyq.school import journal, people
from sandyq.school.accounts import end_accounts
from sandyq.school.centre import register
from sandyq.school.centre.tables import Club, Enrolment, Waiting
from sandyq.school.database import MIGRATIONS, today
from sandyq.school.errors import Invalid
from sandyq.school.tables import Person

CLUBS = f"{PREFIX}/api/centre"


def by_page(school, pupil):
    administrator = school.sign_in(school.login("administrator"))
    token = form_token(administrator.get(f"{PREFIX}/").text)
    left = administrator.post(f"{PREFIX}/school/people/{pupil.id}/leave", data={"token": token})
    assert left.status_code == 303


def by_command(school, pupil):
    assert end_accounts(school.settings, [pupil.login], True, io.StringIO()) == 0


@pytest.fixture
def school(tmp_path):
    """The sample school; one of its pupils is in a club, and waits for another."""
    school = School(tmp_path)
    with school.database.session() as session:
        enrolled = session.scalars(select(Enrolment).order_by(Enrolment.id)).first()
        school.pupil = session.get_one(Person, enrolled.person_id)
        school.clubs = set(
            session.scalars(select(Enrolment.club_id).where(Enrolment.person_id == school.pupil.id))
        )
        other = session.scalars(select(Club).where(Club.id.not_in(school.clubs))).first()
        session.add(Waiting(school_id=other.school_id, club_id=other.id, person_id=school.pupil.id, number=1))
    return school


@pytest.mark.parametrize("leave", [by_page, by_command])
def test_a_pupil_who_leaves_the_school_is_in_no_club_any_more(school, leave):
    kernel = school.kernel(school.login("leader"), "app", "clubs")
    at = kernel.get(CLUBS, params={"sheets": "enrolment,waiting"}).json()["at"]
    leave(school, school.pupil)
    leave(school, school.pupil)
    heard = kernel.get(f"{CLUBS}/changes", params={"sheets": "enrolment,waiting", "after": at}).json()
    ended = {
        row["row"]["club_id"]: row["row"]["until"] for row in heard["rows"] if row["sheet"] == "enrolment"
    }
    assert ended == dict.fromkeys(school.clubs, today().isoformat())
    assert [row["row"]["gone"] for row in heard["rows"] if row["sheet"] == "waiting"] == [True]
    (entry,) = heard["entries"]
    assert school.pupil.full_name in entry["what"]
    with school.database.session() as session:
        leader = people.find_person(session, school.login("leader"))
        club = register.find_club(session, leader, min(school.clubs))
        mark = register.Mark(str(uuid4()), today(), school.pupil.id, "present")
        with pytest.raises(Invalid, match="not enrolled"):
            register.record_attendance(session, club, mark, leader, on=today())
        assert journal.newest(session, leader.school_id) == at + 1


def test_who_had_left_before_leaving_ended_places_loses_them_when_the_school_is_brought_up_to_date(school):
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with school.database.session() as session:
        for each in (session.get_one(Person, school.pupil.id), *session.scalars(select(Person).limit(1))):
            people.end_account(session, each)
        there = session.scalars(select(Enrolment).where(Enrolment.person_id != school.pupil.id)).all()
        before = {row.id: (row.version, row.until) for row in there if row.person.left_at is None}
        mine = {row.id: row.version for row in _places(session, school.pupil)}
    with school.database.engine.connect() as connection, connection.begin():
        config.attributes["connection"] = connection
        command.downgrade(config, "0012")
    school.database.migrate()
    with school.database.reading() as session:
        assert {row.id: (row.version, row.until) for row in _places(session, school.pupil)} == {
            number: (version + 1, today()) for number, version in mine.items()
        }
        (wait,) = session.scalars(select(Waiting).where(Waiting.person_id == school.pupil.id))
        assert (wait.gone, wait.version) == (True, 2)
        others = {row.id: (row.version, row.until) for row in session.scalars(select(Enrolment))}
        assert before.items() <= others.items()


def _places(session, pupil):
    return session.scalars(select(Enrolment).where(Enrolment.person_id == pupil.id)).all()
