"""Who leaves the school leaves its clubs: no place is taken, no mark is made, nobody's name is a number in an order."""

import io
from uuid import uuid4

import pytest
from sqlalchemy import select
from tests.unit.portal_school import PREFIX, School, form_token

from sandyq.school import journal, people
from sandyq.school.accounts import end_accounts
from sandyq.school.centre import register
from sandyq.school.centre.tables import Club, Enrolment, Waiting
from sandyq.school.database import today
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
