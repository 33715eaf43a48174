"""Certificates are issued by the server: to whom the conditions hold, by who leads the group, once, and for good."""

from datetime import date
from uuid import uuid4

import pytest
from alembic import command
from alembic.config import Config
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import inspect, select
from tests.unit.academy_world import PEOPLE, TODAY, build

from sandyq.courses import MONTHS
from sandyq.school import journal
from sandyq.school.academy import tables as t
from sandyq.school.academy.certificates import check
from sandyq.school.academy.issuing import Wish, find_key, issue
from sandyq.school.academy.members import list_members
from sandyq.school.academy.programme import read_standings
from sandyq.school.database import MIGRATIONS, Database
from sandyq.school.errors import Conflict, NotAllowed, SchoolError
from sandyq.school.tables import Person
from sandyq.settings import Settings

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
EVIDENCE = {"task": "practice:items", "on": "2026-10-05", "kind": "lesson", "text": "5-сыныпта өткіздім"}


@pytest.fixture
def world(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'school.sqlite'}")
    database.migrate()
    world = build(database)
    sessions = {
        "group_id": world.ids["group"], "module": "items", "on": "2026-09-12", "starts": "15:00", "minutes": 90,
    }  # fmt: skip
    world.ids["session"] = world.change("saule", "training_session", sessions)
    yield world
    database.close()


def come(world, login, state="present"):
    values = {"session_id": world.ids["session"], "person_id": world.people[login].id, "state": state}
    return world.change("saule", "training_presence", values)


def sit(world, login, points, on="2026-10-19"):
    person, participant = world.people[login].id, world.ids[login]
    values = {"participant_id": participant, "person_id": person, "on": on, "points": points, "of": 20}
    return world.change("saule", "training_exam", values)


def show(world, login, **values):
    return world.change(login, "evidence", EVIDENCE | {"participant_id": world.ids[login]} | values)


def review(world, evidence, accepted, who="saule"):
    values = {
        "sheet": "evidence", "row_id": evidence, "kind": "review", "text": "…", "on": "2026-10-06",
        "data": {"accepted": accepted},
    }  # fmt: skip
    return world.change(who, "reply", values)


def fulfil(world, *logins):
    for login in logins:
        come(world, login, "online")
        sit(world, login, 12)
        review(world, show(world, login), True)


def support(world, login, months=range(1, MONTHS + 1)):
    """Show something for months of the year after the course, and have it accepted."""
    for month in months:
        review(world, show(world, login, task=f"month:{month}"), True)


def give(world, who, *logins, uuid=None, kind="course", on=TODAY):
    participants = [world.ids[login] for login in logins]
    with world.database.session() as session:
        person = session.get_one(Person, world.people[who].id)
        entry = issue(session, person, Wish(uuid or uuid4(), participants, "Берілді", kind), KEY, on)
        return [note["after"] for note in entry.rows]


def test_who_fulfils_the_conditions_gets_what_others_can_check(world):
    fulfil(world, "aigul", "dana")
    rows = give(world, "saule", "aigul", "dana")
    assert [row["number"] for row in rows] == ["0001-2026", "0002-2026"]
    found = check(rows[1]["signed"], [KEY.public_key()])
    assert (found.name, found.course, found.number, found.on) == ("Dana Ә", "Сауаттылық", "0002-2026", TODAY)
    assert found.issuer == "office"
    with world.database.reading() as session:
        kept = session.scalar(select(t.Certificate).where(t.Certificate.number == "0002-2026"))
        assert kept.school_id == world.people["dana"].school_id


@pytest.mark.parametrize("lacking", ["sessions", "exam", "practice"])
def test_one_condition_that_is_missing_is_enough_to_refuse(world, lacking):
    come(world, "aigul", "absent" if lacking == "sessions" else "present")
    sit(world, "aigul", 11 if lacking == "exam" else 12)
    review(world, show(world, "aigul"), lacking != "practice")
    with pytest.raises(Conflict):
        give(world, "saule", "aigul")


def test_nobody_gets_one_when_somebody_among_them_must_not(world):
    fulfil(world, "aigul")
    with pytest.raises(Conflict, match="Dana"):
        give(world, "saule", "aigul", "dana")
    with world.database.reading() as session:
        assert session.scalars(select(t.Certificate)).all() == []


def test_the_newest_exam_and_the_newest_review_count(world):
    come(world, "aigul")
    sit(world, "aigul", 20)
    sit(world, "aigul", 3, on="2026-10-20")
    evidence = show(world, "aigul")
    review(world, evidence, True)
    with pytest.raises(Conflict, match="exam"):
        give(world, "saule", "aigul")
    sit(world, "aigul", 12, on="2026-10-21")
    review(world, evidence, False, "gulnar")
    with pytest.raises(Conflict, match="practice"):
        give(world, "saule", "aigul")


def test_only_who_leads_the_group_issues(world):
    fulfil(world, "aigul")
    for login in set(PEOPLE) - {"saule", "gulnar"}:
        with pytest.raises(NotAllowed):
            give(world, login, "aigul")
    assert len(give(world, "gulnar", "aigul")) == 1


def test_the_same_wish_again_gives_none_twice_and_another_one_is_refused(world):
    fulfil(world, "aigul")
    uuid = uuid4()
    assert give(world, "saule", "aigul", uuid=uuid) == give(world, "saule", "aigul", uuid=uuid)
    with pytest.raises(Conflict, match="already"):
        give(world, "saule", "aigul")


YEAR_OVER = date(2027, 7, 21)


def give_support(world, who, *logins, on=YEAR_OVER):
    return give(world, who, *logins, kind="support", on=on)


def test_nine_accepted_months_make_the_certificate_of_the_year_of_support(world):
    """Beside the course's, whichever comes first; both are numbered in one row."""
    support(world, "aigul")
    (row,) = give_support(world, "saule", "aigul")
    found = check(row["signed"], [KEY.public_key()])
    assert (row["kind"], row["number"], row["on"]) == ("support", "0001-2027", "2027-07-21")
    assert (found.name, found.course, found.number) == ("Aigul Ә", "Сауаттылық", "0001-2027")
    assert (found.months, found.hours, found.on) == (MONTHS, 0, YEAR_OVER)
    assert found.write() == row["signed"].rpartition("\n~")[0]
    with pytest.raises(Conflict, match="already"):
        give_support(world, "saule", "aigul")
    fulfil(world, "aigul")
    (course,) = give(world, "saule", "aigul", on=YEAR_OVER)
    assert (course["kind"], course["number"]) == ("course", "0002-2027")
    assert check(course["signed"], [KEY.public_key()]).months == 0
    with pytest.raises(Conflict, match="already"):
        give(world, "saule", "aigul", on=YEAR_OVER)


def change_afterwards(world):
    """As if the row had changed after its review; through the journal nobody can."""
    support(world, "aigul")
    with world.database.session() as session:
        session.scalar(select(t.Evidence).where(t.Evidence.task == "month:5")).version += 1
        for reply in session.scalars(select(t.Reply)):
            reply.data = {**reply.data, "version": 1}


def take_back(world):
    support(world, "aigul", [1, 2, 3, 4, 6, 7, 8, 9])
    evidence = show(world, "aigul", task="month:5")
    review(world, evidence, True)
    review(world, evidence, False, "gulnar")


SHORT = {
    "nothing shown": lambda world: support(world, "aigul", [1, 2, 3, 4, 6, 7, 8, 9]),
    "waits": lambda world: (
        support(world, "aigul", [1, 2, 3, 4, 6, 7, 8, 9]), show(world, "aigul", task="month:5"),
    ),
    "sent back": take_back,
    "changed": change_afterwards,
}  # fmt: skip


@pytest.mark.parametrize("why", SHORT)
def test_one_month_that_is_not_accepted_is_enough_to_refuse(world, why):
    SHORT[why](world)
    support(world, "dana")
    with pytest.raises(Conflict, match="Aigul") as refused:
        give_support(world, "saule", "dana", "aigul")
    assert refused.value.values["months"] == "5"
    with world.database.reading() as session:
        assert session.scalars(select(t.Certificate)).all() == []


def test_the_year_is_not_over_before_its_last_month_has_begun(world):
    support(world, "aigul")
    with pytest.raises(Conflict) as refused:
        give_support(world, "saule", "aigul", on=date(2027, 5, 20))
    assert refused.value.values["months"] == "8, 9"
    with pytest.raises(Conflict):
        give_support(world, "saule", "aigul", on=date(2027, 6, 20))
    assert len(give_support(world, "saule", "aigul", on=date(2027, 6, 21))) == 1


def test_a_months_word_is_none_for_the_course_nor_the_course_for_the_year(world):
    support(world, "aigul")
    fulfil(world, "dana")
    with pytest.raises(Conflict):
        give(world, "saule", "aigul")
    with pytest.raises(Conflict):
        give_support(world, "saule", "dana")


def test_only_who_leads_the_group_issues_for_the_year(world):
    """Neither the participant, nor their school's administration, another school's, another coach."""
    support(world, "aigul")
    for login in set(PEOPLE) - {"saule", "gulnar"}:
        with pytest.raises(NotAllowed):
            give_support(world, login, "aigul")
    (row,) = give_support(world, "gulnar", "aigul")
    sees = {login for login in set(PEOPLE) - {"pupil", "operator"} if world.read(login, "certificate")}
    assert sees == {"aigul", "head", "saule", "gulnar"}
    for login in PEOPLE:
        with pytest.raises(SchoolError):
            world.change(login, "certificate", {"kind": "course"}, row["id"], 1)


def test_completed_is_who_has_the_courses_certificate(world):
    def completed():
        with world.database.reading() as session:
            saule = session.get_one(Person, world.people["saule"].id)
            standings = read_standings(session, saule, YEAR_OVER)
            return {each.name.split()[0] for each in standings if each.completed}

    support(world, "aigul")
    give_support(world, "saule", "aigul")
    assert completed() == set()
    fulfil(world, "aigul")
    give(world, "saule", "aigul", on=YEAR_OVER)
    assert completed() == {"Aigul"}


def test_a_certificate_from_before_there_were_two_kinds_is_the_courses_and_holds(world):
    fulfil(world, "aigul")
    (row,) = give(world, "saule", "aigul")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with world.database.engine.connect() as connection, connection.begin():
        config.attributes["connection"] = connection
        command.downgrade(config, "0011")
        assert "kind" not in {each["name"] for each in inspect(connection).get_columns("certificate")}
    world.database.migrate()
    (kept,) = world.read("aigul", "certificate")
    assert kept == {name: value for name, value in row.items() if name in kept}
    assert kept["kind"] == "course"
    assert check(kept["signed"], [KEY.public_key()]).name == "Aigul Ә"


def test_nobody_writes_certificates_otherwise_nor_takes_them_back(world):
    fulfil(world, "aigul")
    (row,) = give(world, "saule", "aigul")
    forged = {
        "participant_id": world.ids["dana"], "person_id": world.people["dana"].id, "number": "9",
        "signed": "x", "on": "2026-11-01",
    }  # fmt: skip
    for login in PEOPLE:
        for values, number, version in (
            (forged, -1, 0),
            ({"number": "7"}, row["id"], 1),
            (None, row["id"], 1),
        ):
            with pytest.raises(SchoolError):
                world.change(login, "certificate", values, number, version)
    with world.database.session() as session:
        saule = session.get_one(Person, world.people["saule"].id)
        entry = journal.last_own(session, saule, "certificate")
        with pytest.raises(NotAllowed):
            journal.undo(session, saule, uuid4(), entry.id)


def test_a_coach_of_another_group_and_a_teacher_of_another_school_see_nothing_of_it(world):
    fulfil(world, "aigul")
    give(world, "saule", "aigul")
    own = world.people["aigul"].id
    for sheet in ("training_presence", "training_exam", "certificate"):
        assert [row["person_id"] for row in world.read("aigul", sheet)] == [own]
        for login in ("dana", "bolat", "kairat", "yerlan", "expert"):
            assert [row for row in world.read(login, sheet) if row["person_id"] == own] == [], (login, sheet)
    for login in ("dana", "bolat", "kairat", "yerlan", "expert"):
        assert world.read(login, "evidence") == []
        assert world.read(login, "reply") == []
    assert world.read("kairat", "training_session") == world.read("kairat", "participant") == []


def test_a_coach_marks_and_examines_in_their_own_groups_only(world):
    """Also somebody who is in a group of theirs, too."""
    group = {
        "training_id": world.ids["training"], "name": "K", "starts_on": "2026-09-01", "ends_on": "2026-10-01",
        "facilitator_id": world.people["kairat"].id, "coach_id": world.people["kairat"].id,
    }  # fmt: skip
    other = world.change("kairat", "training_group", group)
    person = world.people["aigul"].id
    world.change("kairat", "participant", {"group_id": other, "person_id": person})
    presence = {"session_id": world.ids["session"], "person_id": person, "state": "present"}
    exam = {
        "participant_id": world.ids["aigul"],
        "person_id": person,
        "on": "2026-10-01",
        "points": 20,
        "of": 20,
    }
    for sheet, values in (("training_presence", presence), ("training_exam", exam)):
        with pytest.raises(NotAllowed):
            world.change("kairat", sheet, values)


def test_what_makes_no_sense_is_refused(world):
    group = {
        "training_id": world.ids["training"], "name": "X", "starts_on": "2026-09-01", "ends_on": "2026-10-01",
    }  # fmt: skip
    wrong = [
        ("participant", {"group_id": world.ids["group"], "person_id": world.people["pupil"].id}),
        ("training_presence", {"session_id": world.ids["session"], "person_id": world.people["bolat"].id, "state": "present"}),  # noqa: E501
        ("training_group", group | {"facilitator_id": world.people["saule"].id, "coach_id": world.people["pupil"].id}),
        ("training_exam", {"participant_id": world.ids["aigul"], "person_id": world.people["dana"].id, "on": "2026-10-01", "points": 1, "of": 2}),  # noqa: E501
        ("training", {"programme": "literacy", "names": {"kk": "Б"}, "modules": []}),
        ("training", {"programme": "literacy", "names": {"kk": "Б"}, "modules": [{"key": "a"}, {"key": "a"}]}),
    ]  # fmt: skip
    for sheet, values in wrong:
        with pytest.raises(SchoolError) as refused:
            world.change("saule", sheet, values)
        assert not isinstance(refused.value, NotAllowed), sheet
    come(world, "aigul")
    with pytest.raises(Conflict):
        come(world, "aigul", "absent")
    with pytest.raises(SchoolError, match="no task"):
        world.change(
            "aigul", "evidence", EVIDENCE | {"participant_id": world.ids["aigul"], "task": "practice:other"}
        )


def test_what_is_in_use_stays(world):
    evidence = show(world, "aigul")
    come(world, "aigul")
    uses = (
        ("participant", world.ids["aigul"]),
        ("training_session", world.ids["session"]),
        ("training_group", world.ids["group"]),
        ("training", world.ids["training"]),
    )
    for sheet, row in uses:
        with pytest.raises(Conflict):
            world.change("gulnar", sheet, None, row, 1)
    with pytest.raises(SchoolError, match="planned"):
        world.change("gulnar", "training", {"modules": [{"key": "new"}]}, world.ids["training"], 1)
    assert [row["id"] for row in world.read("aigul", "evidence")] == [evidence]


def test_the_key_is_made_once_and_for_the_server_alone(tmp_path):
    settings = Settings(home=tmp_path)
    assert find_key(settings).public_key() == find_key(settings).public_key()
    assert (tmp_path / "secrets" / "certificates").stat().st_mode & 0o777 == 0o600
    assert find_key(Settings(home=tmp_path / "other")).public_key() != find_key(settings).public_key()


def test_members_know_of_each_other_names_and_schools_and_nothing_else(world):
    with world.database.reading() as session:
        aigul = session.get_one(Person, world.people["aigul"].id)
        found = list_members(session, aigul, TODAY)
        pupil = session.get_one(Person, world.people["pupil"].id)
        assert list_members(session, pupil, TODAY) == []
    ids = {world.people[login].id for login in set(PEOPLE) - {"pupil", "operator"}}
    assert {each["id"] for each in found} == ids
    assert set(found[0]) == {"id", "name", "school", "school_id", "roles", "subject", "community_id"}
