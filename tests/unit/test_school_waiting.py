"""What waits for whom: each is told of what only they can do, until it is done."""

from datetime import date, timedelta
from itertools import chain
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import delete, event, select
from tests.unit.academy_world import TODAY, build
from tests.unit.library_world import offer, review, write_anew

import district
from sandyq.school.academy import tables as t
from sandyq.school.academy.issuing import Wish, issue
from sandyq.school.academy.shelf import list_shelf
from sandyq.school.academy.waiting import Waits, count_waits
from sandyq.school.database import Database
from sandyq.school.kept import Kept
from sandyq.school.tables import Person

DAY = TODAY.isoformat()
KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))


@pytest.fixture
def world(database):
    return build(database)


def read(world, on=TODAY):
    """What waits, by login; who has nothing is left out."""
    with world.database.reading() as session:
        found = {
            login: count_waits(session, session.get_one(Person, each.id), on)
            for login, each in world.people.items()
        }
    return {login: waits for login, waits in found.items() if waits != Waits()}


def show(world, who, task, **values):
    shown = {
        "participant_id": world.ids[who],
        "task": task,
        "on": DAY,
        "kind": "reflection",
        "text": "Істедім",
    }
    return world.change(who, "evidence", shown | values)


def say(world, who, sheet, row, kind, *, text="", **data):
    word = {"sheet": sheet, "row_id": row, "kind": kind, "text": text, "data": data, "on": DAY}
    return world.change(who, "reply", word)


def test_practice_waits_for_who_leads_the_group_and_comes_back_to_who_showed_it(world):
    """The course ended on 20 October: the first month of support is over a month later."""
    late = {login: Waits(months_back=1) for login in ("aigul", "dana")}
    assert read(world) == late
    first = show(world, "aigul", "practice:items")
    assert read(world) == late | {"saule": Waits(practice=1)}
    say(world, "saule", "evidence", first, "review", text="Кілті жоқ", accepted=False)
    assert read(world) == late | {"aigul": Waits(months_back=1, practice_back=1)}
    second = show(world, "aigul", "practice:items")
    assert read(world) == late | {"saule": Waits(practice=1)}
    say(world, "saule", "evidence", second, "review", accepted=True)
    assert read(world) == late


def test_a_month_waits_for_the_coach_and_anew_when_it_was_changed(world):
    dana = {"dana": Waits(months_back=1)}
    month = show(world, "aigul", "month:1")
    assert read(world) == dana | {"saule": Waits(months=1)}
    say(world, "saule", "evidence", month, "review", text="Нәтижесі?", accepted=False, version=1)
    assert read(world) == dana | {"aigul": Waits(months_back=1)}
    world.change("aigul", "evidence", {"text": "Нәтижесі осы"}, month, 1)
    assert read(world) == dana | {"saule": Waits(months=1)}
    say(world, "saule", "evidence", month, "review", accepted=True, version=2)
    assert read(world) == dana


def test_months_are_told_until_the_next_course_year(world):
    assert read(world, TODAY + timedelta(300))["dana"] == Waits(months_back=9)
    assert read(world, TODAY + timedelta(400)) == {}
    world.change("saule", "participant", {"left_on": DAY}, world.ids["dana"], 1)
    assert "dana" not in read(world)


def test_a_pair_and_a_next_step_wait_for_each_ones_own_yes(world):
    late = {login: Waits(months_back=1) for login in ("aigul", "dana")}
    ids = {login: each.id for login, each in world.people.items()}
    pair = world.change(
        "saule",
        "pairing",
        {"mentor_id": ids["aigul"], "learner_id": ids["bolat"], "topic": "analysis", "since": DAY},
    )
    assert read(world)["bolat"] == Waits(pairs=1)
    say(world, "bolat", "pairing", pair, "agree")
    assert read(world) == late | {"aigul": Waits(months_back=1, pairs=1)}
    seen = {
        "person_id": ids["bolat"],
        "on": DAY,
        "lesson": "5А",
        "focus": "Сұрақтар",
        "seen": [{"minute": 1, "text": "Екі оқушы сұрақ қойды"}],
        "tally": {},
    }
    row = world.change("aigul", "observation", seen)
    assert "bolat" not in read(world)
    world.change("aigul", "observation", {"step": "Жұппен талқылау"}, row, 1)
    assert read(world)["bolat"] == Waits(steps=1)
    yes = say(world, "bolat", "observation", row, "agree", text="Жұппен талқылау")
    assert "bolat" not in read(world)
    world.change("aigul", "observation", {"step": "Топпен талқылау"}, row, 2)
    assert read(world)["bolat"] == Waits(steps=1)
    world.change("bolat", "reply", {"text": "Топпен талқылау"}, yes, 1)
    say(world, "bolat", "pairing", pair, "end", text="Уақыт жоқ")
    assert read(world) == late


def test_a_work_waits_for_whom_the_library_lets_judge_and_comes_back_to_its_author(world):
    def tell():
        told = read(world)
        with world.database.reading() as session:
            for login, each in world.people.items():
                person, waits = session.get_one(Person, each.id), told.get(login, Waits())
                said = set(session.scalars(select(t.Reply.row_id).where(t.Reply.by == each.id)))
                asked = [
                    row for row in list_shelf(session, person, TODAY)
                    if row["may_review"] and not row["accepted"] and row["id"] not in said
                ]  # fmt: skip
                assert waits.judging == len(asked), login
        return {login: each.judging for login, each in told.items() if each.judging}, {
            login: each.judged for login, each in told.items() if each.judged
        }

    row = offer(world, "bolat")
    reviewers = {"dana", "yerlan", "saule", "kairat", "expert", "gulnar"}
    assert tell() == (dict.fromkeys(reviewers, 1), {})
    review(world, "dana", row, verdict="changes")
    assert tell() == (dict.fromkeys(reviewers - {"dana"}, 1), {"bolat": 1})
    write_anew(world, "bolat", row, title="Екі автобус")
    told = read(world)
    assert (told["dana"].judging, "bolat" in told) == (1, False), "a new edition is to be judged anew"
    for who in ("dana", "saule"):
        review(world, who, row, edition=2)
    assert not list(chain(*(({each.judging, each.judged} - {0}) for each in read(world).values())))


def test_an_experts_answer_is_told_to_who_asked_for_two_weeks(world):
    meeting = world.change("saule", "expert_session", {"title": "Оқу", "expert": "Н. Ахметова", "on": None})
    asked = world.change("bolat", "expert_question", {"session_id": meeting, "text": "Неден бастаймын?"})
    assert "bolat" not in read(world)
    assert read(world)["expert"] == Waits(questions=1)
    say(world, "expert", "expert_question", asked, "answer", text="Оқудан")
    assert read(world)["bolat"] == Waits(answers=1)
    assert "expert" not in read(world)
    assert "bolat" not in read(world, TODAY + timedelta(14))


def test_certificates_wait_for_who_may_issue_them(world):
    """Both: the course's when it is passed, the year's when its nine months are accepted; no more once issued."""
    over = date(2027, 7, 21)

    def tell(on=over):
        waits = read(world, on).get("saule", Waits())
        return waits.to_issue, waits.years

    def give(kind):
        with world.database.session() as session:
            wish = Wish(uuid4(), [world.ids["aigul"]], "Берілді", kind)
            issue(session, session.get_one(Person, world.people["saule"].id), wish, KEY, over)

    aigul = {"person_id": world.people["aigul"].id}
    meeting = {"group_id": world.ids["group"], "module": "items", "on": DAY, "starts": "15:00", "minutes": 90}
    session = world.change("saule", "training_session", meeting)
    world.change("saule", "training_presence", aigul | {"session_id": session, "state": "present"})
    exam = {"participant_id": world.ids["aigul"], "on": DAY, "points": 12, "of": 20}
    world.change("saule", "training_exam", aigul | exam)
    assert tell() == (0, 0)
    for task in ("practice:items", *(f"month:{month}" for month in range(1, 10))):
        assert tell() == (int(task != "practice:items"), 0)
        say(world, "saule", "evidence", show(world, "aigul", task), "review", accepted=True, version=1)
    assert (tell(), tell(over - timedelta(31)), read(world, over).get("kairat")) == ((1, 1), (1, 0), None)
    give("course")
    assert tell() == (0, 1)
    give("support")
    assert tell() == (0, 0)


def test_who_leads_a_whole_district_loads_only_those_whose_certificate_is_near(tmp_path):
    """The rules are asked about who has shown all; hundreds under way, or with the certificate, are not loaded."""
    database = Database(f"sqlite:///{tmp_path / 'school.sqlite'}")
    database.migrate()
    loaded, asked = [], []

    def note(target, _context):
        loaded.append(target)

    def ask(*found):
        asked.append(found[2])

    with database.session() as session:
        made = district.build(session)
        chief, group = made.chief, made.groups[0]
        for each in made.groups:
            each.facilitator_id = chief.id
        people = session.scalars(select(t.Participant)).all()
        for each in people:
            session.add(t.TrainingExam(**_about(each), on=district.TODAY, points=18, of=20))
        near = next(each for each in people if each.group_id == group.id)
        session.execute(delete(t.Certificate).where(t.Certificate.participant_id == near.id))
        session.execute(delete(t.Evidence).where(t.Evidence.participant_id == near.id))
        shown = [
            t.Evidence(
                school_id=near.school_id, participant_id=near.id, by=near.person_id, kind="items",
                task=f"practice:{module}", on=district.TODAY,
            )
            for module in district.MODULES
        ]  # fmt: skip
        session.add_all(shown)
        session.execute(delete(t.TrainingPresence).where(t.TrainingPresence.person_id == near.person_id))
        meetings = session.scalars(select(t.TrainingSession).where(t.TrainingSession.group_id == group.id))
        session.add_all(
            t.TrainingPresence(
                school_id=near.school_id, person_id=near.person_id, session_id=each.id, state="online"
            )
            for each in meetings
        )
        session.flush()
        session.add_all(
            t.Reply(
                school_id=chief.school_id, by=chief.id, sheet="evidence", row_id=each.id, kind="review",
                data={"accepted": True}, on=district.TODAY,
            )
            for each in shown
        )  # fmt: skip
        number = chief.id
    with database.reading() as session:
        person = session.get_one(Person, number)
        event.listen(Kept, "load", note, propagate=True)
        event.listen(database.engine, "before_cursor_execute", ask)
        try:
            waits = count_waits(session, person, district.TODAY)
        finally:
            event.remove(Kept, "load", note)
            event.remove(database.engine, "before_cursor_execute", ask)
    database.close()
    assert (waits.to_issue, waits.years) == (1, 0)
    assert len(loaded) < 40, len(loaded)
    assert len(asked) <= 25, len(asked)


def _about(participant):
    return {
        "school_id": participant.school_id,
        "participant_id": participant.id,
        "person_id": participant.person_id,
    }
