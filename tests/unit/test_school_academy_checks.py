"""What the Academy's programming interface refuses, by its field and in words; nothing is kept of it."""

from datetime import timedelta

import pytest
from tests.unit.academy_world import build
from tests.unit.portal_school import PREFIX, School

from sandyq.school import journal, people
from sandyq.school.database import Database, today
from sandyq.school.errors import Conflict, NotAllowed

ON = today().isoformat()


@pytest.fixture
def world(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'school.sqlite'}")
    database.migrate()
    yield build(database)
    database.close()


@pytest.mark.parametrize(
    ("login", "sheet", "row", "field"),
    [
        ("aigul", "peer_need", {"kind": "need", "topic": "astrology"}, "topic"),
        (
            "saule",
            "pairing",
            {"mentor_id": "aigul", "learner_id": "dana", "topic": "x", "since": ON},
            "topic",
        ),
        ("aigul", "academy_profile", {"languages": ["de"]}, "languages"),
        ("aigul", "academy_profile", {"languages": [{}]}, "languages"),
        ("saule", "expert_session", {"title": "x", "expert": "x", "languages": [[]]}, "languages"),
        ("aigul", "observation", {"tally": {"+": -1}}, "tally"),
        ("aigul", "observation", {"seen": [{"minute": -5, "text": "x"}]}, "seen"),
        ("aigul", "observation", {"seen": [{"minute": True, "text": "x"}]}, "seen"),
        ("aigul", "observation", {"on": "1990-01-01"}, "on"),
        (
            "saule",
            "coach_visit",
            {"person_id": "aigul", "on": "1990-01-01", "kind": "visit", "saw": "x"},
            "on",
        ),
        ("gulnar", "training_group", {"starts_on": "1900-01-01"}, "starts_on"),
        ("gulnar", "training_group", {"ends_on": "2100-01-01"}, "ends_on"),
        ("gulnar", "community", {"names": {}}, "names"),
        ("gulnar", "community", {"names": {"kk": " "}}, "names"),
        ("gulnar", "community", {"names": []}, "names"),
        ("gulnar", "community", {"names": {"kk": 5}}, "names"),
        ("gulnar", "training", {"names": {}}, "names"),
        ("gulnar", "training", {"names": {"kk": 5}}, "names"),
        ("gulnar", "training", {"modules": [{"key": []}]}, "modules"),
        ("gulnar", "training", {"modules": [{"key": "a", "lesson": "a"}]}, "modules"),
        ("gulnar", "training", {"modules": [{"key": "a", "lesson": "a", "names": {"kk": 5}}]}, "modules"),
        (
            "gulnar",
            "training",
            {"modules": [{"key": "a", "lesson": "a", "names": {}, "hours": "x"}]},
            "modules",
        ),
        ("gulnar", "notice", {"roles": [{}]}, "roles"),
        ("gulnar", "notice", {"roles": {}}, "roles"),
        ("gulnar", "notice", {"titles": []}, "titles"),
        ("gulnar", "notice", {"titles": {"kk": "\ud83d"}}, "titles"),
        ("gulnar", "notice", {"texts": [[]]}, "texts"),
        ("gulnar", "notice", {"on": "9999-12-31"}, "on"),
        ("gulnar", "notice", {"since": "9999-12-30", "until": "9999-12-31"}, "since"),
        ("aigul", "resource", {"competences": [{}]}, "competences"),
        ("aigul", "lesson_study", {"members": [10**30]}, "members"),
        ("aigul", "evidence", {"data": []}, "data"),
        ("aigul", "evidence", {"data": {"pupils": float("nan")}}, "data"),
    ],
)
def test_what_nobody_means_is_refused_with_its_field(world, login, sheet, row, field):
    row = complete(world, sheet, row)
    before = len(world.read(login, sheet))
    with pytest.raises(journal.BadEdit) as problem:
        world.change(login, sheet, row)
    assert problem.value.field == field
    assert problem.value.in_language("ru") != str(problem.value)
    assert len(world.read(login, sheet)) == before


def complete(world, sheet, row):
    """Return a row with the people's numbers and with what is right in all others."""
    if sheet == "observation":
        row = {"person_id": "bolat", "on": ON, "lesson": "5А", "focus": "x"} | row
    if sheet == "training_group":
        training = world.change("gulnar", "training", COURSE)
        later = (today() + timedelta(days=90)).isoformat()
        guides = {"facilitator_id": "saule", "coach_id": "saule"}
        row = {"training_id": training, "name": "x", "starts_on": ON, "ends_on": later, **guides} | row
    if sheet == "training":
        row = COURSE | row
    if sheet == "notice":
        row = {"titles": {"kk": "x"}, "texts": {}, "roles": [], "since": ON, "until": ON} | row
    if sheet == "resource":
        row = {"kind": "plan", "title": "x", "language": "kk", "licence": "CC BY 4.0", "body": "x"} | row
    if sheet == "lesson_study":
        row = {"by": "aigul", "question": "x"} | row
    if sheet == "evidence":
        task = {
            "participant_id": world.ids["aigul"],
            "task": "month:1",
            "on": ON,
            "kind": "lesson",
            "text": "x",
        }
        row = task | row
    ids = {each: world.people[each].id for each in world.people}
    return {name: ids.get(value, value) if isinstance(value, str) else value for name, value in row.items()}


MODULE = {"key": "a", "lesson": "a", "names": {"kk": "x"}}
COURSE = {"programme": "literacy", "names": {"kk": "x"}, "modules": [MODULE]}


def test_the_same_need_is_said_once_for_each_subject(world):
    need = {"kind": "need", "topic": "code"}
    world.change("aigul", "peer_need", need)
    with pytest.raises(Conflict):
        world.change("aigul", "peer_need", need)
    world.change("aigul", "peer_need", need | {"subject": "physics"})
    world.change("bolat", "peer_need", need)
    assert len(world.read("aigul", "peer_need")) == 3


def test_a_pupil_asks_the_school_which_hands_the_question_on(world):
    question = {"by": world.people["pupil"].id, "text": "?"}
    for level in ("coach", "district"):
        with pytest.raises(NotAllowed, match="school answers first"):
            world.change("pupil", "ticket", question | {"level": level})
    row = world.change("pupil", "ticket", question)
    with pytest.raises(NotAllowed):
        world.change("pupil", "ticket", {"level": "district"}, row, 1)
    world.change("head", "ticket", {"level": "district"}, row, 1)
    world.change("pupil", "ticket", {"state": "closed"}, row, 2)


@pytest.mark.parametrize("photo", ["0" * 64, "../../x", "x"])
def test_a_picture_that_is_not_there_is_refused(tmp_path, photo):
    school = School(tmp_path)
    kernel = school.kernel(school.login("leader"), "app", "passport")
    with school.database.reading() as session:
        leader = people.find_person(session, school.login("leader")).id
    values = {"person_id": leader, "photo": photo}
    edits = [{"sheet": "passport_entry", "id": -1, "version": 0, "values": values}]
    sent = {"uuid": "6f9619ff-8b86-4011-b42d-00c04fc964ff", "what": "x", "edits": edits}
    reply = kernel.post(f"{PREFIX}/api/centre/changes", json=sent)
    assert (reply.status_code, reply.json().get("field")) == (422, "photo")


def test_what_could_be_shown_to_nobody_is_refused_in_words_and_not_sent_again_for_ever(tmp_path):
    school = School(tmp_path)
    kernel = school.kernel(school.login("leader"), "app", "launch")
    sent = (
        '{"uuid": "6f9619ff-8b86-4011-b42d-00c04fc964ff", "what": "x", "edits": [{"sheet": "launch_plan", "id": -1,'
        ' "version": 0, "values": {"name": "x", "starts_on": "2026-11-28", "facts": FACTS}}]}'
    )
    for facts in ('{"x": "\\ud83d"}', '{"x": NaN}', '{"x": ["\\u0000"]}', "[]", '{"x": "Ә😀"}'):
        content = sent.replace("FACTS", facts).encode()
        headers = {"content-type": "application/json"}
        reply = kernel.post(f"{PREFIX}/api/centre/changes", content=content, headers=headers)
        is_good = "😀" in facts
        assert reply.status_code == (200 if is_good else 422), (facts, reply.text)
        assert is_good or reply.json()["field"] == "facts"
    rows = kernel.get(f"{PREFIX}/api/centre?sheets=launch_plan").json()["sheets"]["launch_plan"]
    assert rows[-1]["facts"] == {"x": "Ә😀"}
