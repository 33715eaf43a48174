"""The Academy's rights: who sees and writes whose rows, in which school the rows stand, whose word they are."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from tests.unit.academy_world import PEOPLE, TODAY, build

from sandyq.school import journal
from sandyq.school.academy import tables
from sandyq.school.academy.checks import ALLOWED
from sandyq.school.academy.sheets import ACADEMY
from sandyq.school.academy.words import topics
from sandyq.school.database import Database, today
from sandyq.school.errors import NotAllowed, NotFound, SchoolError
from sandyq.school.kept import Change, Kept
from sandyq.school.law import notes
from sandyq.school.people import end_account, short_name
from sandyq.school.registry import SHEETS
from sandyq.school.tables import Person, PersonRole

EVIDENCE = {"task": "month:1", "on": "2026-11-01", "kind": "reflection", "text": "5-сынып өз сұрағын жазды"}

TOPICS = dict(zip(PEOPLE, topics(), strict=False))


@pytest.fixture
def world(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'school.sqlite'}")
    database.migrate()
    yield build(database)
    database.close()


def who_sees(world, sheet, row):
    return {login for login in PEOPLE if row in _ids(world, login, sheet)}


def _ids(world, login, sheet):
    try:
        return [each["id"] for each in world.read(login, sheet)]
    except NotAllowed:
        return []


def who_may(world, sheet, make):
    """Everybody who can write ``make(login)`` into a sheet."""
    may = set()
    for login in PEOPLE:
        try:
            world.change(login, sheet, make(login))
        except (NotAllowed, NotFound):
            continue
        may.add(login)
    return may


def test_every_table_of_the_academy_is_a_sheet_and_stands_in_the_journal_of_all():
    made = {
        each
        for each in vars(tables).values()
        if isinstance(each, type) and issubclass(each, Kept) and each is not Kept
    }
    assert {sheet.table for sheet in ACADEMY} == made
    assert all(sheet.everywhere and sheet.narrow for sheet in ACADEMY)
    assert {table for table, _ in ALLOWED} <= {sheet.name for sheet in ACADEMY}


def test_a_groups_rows_are_seen_by_who_has_to_do_with_it(world):
    seen = {"aigul", "dana", "saule", "gulnar", "head", "yerlan"}
    assert who_sees(world, "training_group", world.ids["group"]) == seen
    assert who_sees(world, "participant", world.ids["aigul"]) == seen
    assert who_sees(world, "training", world.ids["training"]) == set(PEOPLE) - {"pupil", "operator"}


def test_a_participants_row_stands_in_their_own_school(world):
    with world.database.reading() as session:
        row = session.get_one(tables.Participant, world.ids["dana"])
        assert row.school_id == world.people["dana"].school_id != world.people["saule"].school_id


def test_only_guides_make_groups_and_only_of_their_own(world):
    group = {
        "training_id": world.ids["training"],
        "name": "2",
        "starts_on": "2026-09-01",
        "ends_on": "2026-10-01",
    }

    def make(_login):
        return group | {"facilitator_id": world.people["kairat"].id, "coach_id": world.people["kairat"].id}

    assert who_may(world, "training_group", make) == {"kairat", "gulnar"}


def test_presence_exam_and_visit_are_for_who_guides_the_person(world):
    session_row = {
        "group_id": world.ids["group"], "module": "items", "on": "2026-09-12", "starts": "15:00", "minutes": 90,
    }  # fmt: skip
    dana = world.people["dana"].id

    def presence(_login):
        lesson = world.change("saule", "training_session", session_row)
        return {"session_id": lesson, "person_id": dana, "state": "present"}

    def exam(_login):
        return {
            "participant_id": world.ids["dana"],
            "person_id": dana,
            "on": "2026-10-19",
            "points": 7,
            "of": 10,
        }

    def visit(_login):
        return {"person_id": dana, "on": "2026-11-03", "kind": "visit", "saw": "…", "advice": "…"}

    for sheet, make in (("training_presence", presence), ("training_exam", exam), ("coach_visit", visit)):
        assert who_may(world, sheet, make) == {"saule", "gulnar"}, sheet
        row = world.read("saule", sheet)[0]["id"]
        expected = {"dana", "yerlan", "saule", "gulnar"}
        assert who_sees(world, sheet, row) == expected, sheet


def test_evidence_is_the_participants_own_word_and_their_guides_review_it(world):
    def make(login):
        return EVIDENCE | {"participant_id": world.ids["aigul"]}

    assert who_may(world, "evidence", make) == {"aigul"}
    row = world.read("aigul", "evidence")[0]["id"]
    assert who_sees(world, "evidence", row) == {"aigul", "head", "saule", "gulnar"}

    def review(_login):
        return {"sheet": "evidence", "row_id": row, "kind": "review", "text": "Жарайды", "on": "2026-11-05"}

    assert who_may(world, "reply", review) == {"saule", "gulnar"}
    reply = world.read("saule", "reply")[0]["id"]
    assert who_sees(world, "reply", reply) == {"aigul", "head", "saule", "gulnar"}


def test_who_has_left_the_group_shows_nothing_more_until_they_are_back(world):
    shown = EVIDENCE | {"participant_id": world.ids["aigul"]}
    row = world.change("aigul", "evidence", shown)
    with pytest.raises(journal.BadEdit, match="still to come"):
        world.change("saule", "participant", {"left_on": soon(1)}, world.ids["aigul"], 1)
    world.change("saule", "participant", {"left_on": "2026-11-05"}, world.ids["aigul"], 1)
    with pytest.raises(NotAllowed):
        world.change("aigul", "evidence", shown | {"task": "month:2"})
    with pytest.raises(NotAllowed):
        world.change("aigul", "evidence", {"text": "түзетілді"}, row, 1)
    world.change("saule", "participant", {"left_on": None}, world.ids["aigul"], 2)
    world.change("aigul", "evidence", {"text": "түзетілді"}, row, 1)


def test_nobody_changes_what_somebody_else_has_said(world):
    row = world.change("aigul", "evidence", EVIDENCE | {"participant_id": world.ids["aigul"]})
    with pytest.raises(NotAllowed):
        world.change("saule", "evidence", {"text": "басқаша"}, row, 1)
    world.change("aigul", "evidence", {"text": "түзетілді"}, row, 1)
    with pytest.raises(NotAllowed):
        world.change("head", "evidence", None, row, 2)
    world.change("gulnar", "evidence", None, row, 2)  # the district may take it away
    assert world.read("aigul", "evidence") == []


def test_a_pair_agrees_itself_and_keeps_its_log(world):
    pair = {
        "mentor_id": world.people["aigul"].id,
        "learner_id": world.people["dana"].id,
        "topic": "analysis",
        "since": "2026-11-01",
    }
    may = who_may(world, "pairing", lambda login: pair | {"topic": TOPICS[login]})
    assert may == {"saule", "gulnar"}  # Kairat guides neither
    row = world.read("aigul", "pairing")[0]["id"]
    assert who_sees(world, "pairing", row) == {"aigul", "dana", "head", "yerlan", "saule", "gulnar"}
    for kind in ("agree", "log"):
        said = {"sheet": "pairing", "row_id": row, "kind": kind, "text": "…", "on": "2026-11-02"}
        assert who_may(world, "reply", lambda _login, said=said: said) == {"aigul", "dana"}
    with pytest.raises(SchoolError, match="already"):
        world.change("aigul", "reply", said | {"kind": "agree"})


def put_together(world, mentor="aigul", learner="dana"):
    pair = {"topic": "analysis", "since": "2026-11-01"}
    return world.change(
        "saule",
        "pairing",
        pair | {"mentor_id": world.people[mentor].id, "learner_id": world.people[learner].id},
    )


def test_the_same_two_are_a_pair_once_until_one_of_them_ends_it(world):
    row = put_together(world)
    with pytest.raises(SchoolError, match="already"):
        put_together(world)
    end = {"sheet": "pairing", "row_id": row, "kind": "end", "text": "Үйрендік", "on": "2026-11-20"}
    with pytest.raises(NotAllowed):
        world.change("bolat", "reply", end)
    world.change("dana", "reply", end)
    assert put_together(world) != row


def peers_of(world, login):
    from sandyq.school.academy.pairs import list_peers

    with world.database.reading() as session:
        person = session.get_one(Person, world.people[login].id)
        return {row["name"].split()[0].lower(): row for row in list_peers(session, person, TODAY)}


def test_members_know_each_others_name_and_school_and_pupils_nothing(world):
    told = peers_of(world, "aigul")
    assert set(told) == set(PEOPLE) - {"pupil", "operator", "expert"}
    assert told["dana"]["school"] == "south"
    assert set(told["dana"]) == {
        "id", "name", "school_id", "school", "place_id", "roles", "open", "mentors", "learns",
    }  # fmt: skip
    assert {login for login, row in told.items() if row["open"]} == {"aigul"}
    assert peers_of(world, "pupil") == peers_of(world, "operator") == {}


def test_a_coach_is_told_that_somebody_is_in_a_pair_but_not_in_which(world):
    put_together(world)
    assert world.read("kairat", "pairing") == []
    assert peers_of(world, "kairat")["aigul"]["mentors"] == peers_of(world, "kairat")["dana"]["learns"] == 1
    assert peers_of(world, "bolat")["aigul"]["mentors"] == 0  # not his business
    assert peers_of(world, "saule")["aigul"]["mentors"] == 0  # she sees the pair itself


@pytest.mark.parametrize("minutes", [-30, 0, 24 * 60 + 1, 10**12])
def test_a_session_lasts_so_long_that_a_calendar_can_tell_it(world, minutes):
    meeting = {"group_id": world.ids["group"], "module": "items", "on": "2026-12-01", "starts": "15:00"}
    with pytest.raises(journal.BadEdit):
        world.change("saule", "training_session", meeting | {"minutes": minutes})
    world.change("saule", "training_session", meeting | {"minutes": 90})


def test_a_pair_is_of_adults_at_an_hour_of_the_week(world):
    aigul, dana, pupil = (world.people[login].id for login in ("aigul", "dana", "pupil"))
    pair = {"mentor_id": aigul, "learner_id": dana, "topic": "reading", "since": "2026-11-01"}
    for wrong in ({"slot": "abc"}, {"slot": "9-15"}, {"mentor_id": pupil}, {"learner_id": pupil}):
        with pytest.raises(journal.BadEdit):
            world.change("gulnar", "pairing", pair | wrong)
    world.change("gulnar", "pairing", pair | {"slot": "1-15"})


def test_where_a_school_stands_is_said_by_its_administration_once(world):
    place = {"latitude": 51.1, "longitude": 71.4}
    assert who_may(world, "school_place", lambda _login: place) == {"head", "yerlan", "gulnar"}
    with pytest.raises(SchoolError, match="already"):
        world.change("head", "school_place", place)
    row = peers_of(world, "dana")["aigul"]["place_id"]
    with pytest.raises(NotAllowed):
        world.change("yerlan", "school_place", {"latitude": 50.0}, row, 1)
    with pytest.raises(journal.BadEdit):
        world.change("head", "school_place", {"latitude": 171.4}, row, 1)
    world.change("head", "school_place", {"latitude": 50.0}, row, 1)


def test_a_profile_is_ones_own_and_there_is_one(world):
    profile = {"subject": "maths", "languages": ["kk"], "slots": ["0-15"]}
    world.change("aigul", "academy_profile", profile)
    with pytest.raises(SchoolError, match="already"):
        world.change("aigul", "academy_profile", profile)
    with pytest.raises(journal.BadEdit):
        world.change("bolat", "academy_profile", profile | {"slots": ["7-15"]})


def test_an_observed_teacher_alone_agrees_to_the_next_step(world):
    seen = {
        "person_id": world.people["dana"].id,
        "on": "2026-11-10",
        "lesson": "7А, алгебра",
        "focus": "Кім сөйлейді?",
        "seen": [{"minute": 5, "text": "Үш оқушы қол көтерді"}],
        "step": "Сұрақтан соң үш секунд күту",
    }
    with pytest.raises(NotAllowed):
        world.change("aigul", "observation", seen)  # of another school, in no pair with her
    put_together(world, "dana", "aigul")
    row = world.change("aigul", "observation", seen)
    own_school = seen | {"person_id": world.people["aigul"].id}
    may = who_may(world, "observation", lambda login: seen if login == "aigul" else own_school)
    assert may == {"aigul", "bolat", "head", "dana", "saule", "gulnar"}
    assert who_sees(world, "observation", row) == {"aigul", "dana", "head", "yerlan", "saule", "gulnar"}

    def agree(_login):
        return {"sheet": "observation", "row_id": row, "kind": "agree", "on": "2026-11-11"}

    assert who_may(world, "reply", agree) == {"dana"}
    with pytest.raises(SchoolError):
        world.change("dana", "observation", seen)  # oneself
    for strange in (
        {"seen": [{"min": 5, "text": "x"}]},
        {"seen": ["x"]},
        {"tally": {"x": "y"}},
    ):  # her page would not open any more
        with pytest.raises(journal.BadEdit):
            world.change("aigul", "observation", seen | strange)


def test_who_asked_an_expert_is_told_to_nobody(world):
    meeting = world.change(
        "gulnar", "expert_session", {"title": "Бағалау", "expert": "Қонақ", "on": "2026-12-01"}
    )
    question = world.change(
        "aigul", "expert_question", {"session_id": meeting, "text": "Қалай?"}, what="Айгүл сұрады"
    )
    (told,) = world.read("dana", "expert_question")
    assert told["text"] == "Қалай?"
    assert "by" not in told
    news = world.hear("dana", "expert_question")
    assert [row["row"]["id"] for row in news["rows"]] == [question]
    assert news["entries"] == []
    with world.database.reading() as session, pytest.raises(NotAllowed):
        person = session.get_one(Person, world.people["dana"].id)
        journal.history(session, person, SHEETS["expert_question"], question)
    vote = {"sheet": "expert_question", "row_id": question, "kind": "vote", "on": "2026-11-20"}
    assert who_may(world, "reply", lambda _login: vote) == set(PEOPLE) - {"aigul", "pupil", "operator"}
    answer = {
        "sheet": "expert_question",
        "row_id": question,
        "kind": "answer",
        "text": "Былай",
        "on": "2026-11-20",
    }
    assert who_may(world, "reply", lambda _login: answer) == {"expert", "saule", "kairat", "gulnar"}


def test_nobody_learns_who_asked_by_changing_what_they_have_not_seen(world):
    meeting = world.change("gulnar", "expert_session", {"title": "Бағалау", "expert": "Қонақ"})
    question = world.change("aigul", "expert_question", {"session_id": meeting, "text": "Қалай?"})
    for who in ("dana", "gulnar"):
        with pytest.raises(journal.Stale) as refusal:
            world.change(who, "expert_question", None, question, 7)
        assert short_name(world.people["aigul"]) not in str(refusal.value)


def test_only_coach_and_district_make_sessions_with_experts(world):
    meeting = {"title": "Бағалау", "expert": "Қонақ", "languages": ["kk"]}
    assert who_may(world, "expert_session", lambda _login: meeting) == {"saule", "kairat", "gulnar"}
    for wrong in ({"title": " "}, {"expert": ""}, {"languages": ["de"]}, {"code": "x"}):
        with pytest.raises(journal.BadEdit):
            world.change("saule", "expert_session", meeting | wrong)


def test_nobody_puts_their_word_into_somebody_elses_mouth(world):
    row = world.change("aigul", "peer_need", {"kind": "offer", "topic": "reading"})
    with pytest.raises(NotAllowed):
        world.change("aigul", "peer_need", {"by": world.people["dana"].id}, row, 1)


def test_a_draft_of_the_library_is_its_authors_and_what_is_offered_everybodys(world):
    body = {
        "kind": "item",
        "title": "Автобус",
        "language": "kk",
        "licence": "CC BY 4.0",
        "body": "%%choice id=bus",
    }
    row = world.change("aigul", "resource", body)
    assert who_sees(world, "resource", row) == {"aigul"}
    world.change("aigul", "resource", {"state": "offered"}, row, 1)
    assert who_sees(world, "resource", row) == set(PEOPLE) - {"pupil", "operator"}
    use = {
        "sheet": "resource",
        "row_id": row,
        "kind": "use",
        "on": "2026-11-20",
        "data": {"grade": 5, "pupils": 9},
    }
    assert who_may(world, "reply", lambda _login: use) == set(PEOPLE) - {"pupil", "operator"}


def test_a_ticket_goes_to_the_school_and_further_when_it_is_handed_on(world):
    def ask(login):
        return {"by": world.people[login].id, "text": "Ашылмайды", "page": "/lessons"}

    assert who_may(world, "ticket", ask) == set(PEOPLE)
    assert who_may(world, "ticket", lambda _login: ask("dana")) == {"dana"}
    (own,) = world.read("aigul", "ticket")
    assert who_sees(world, "ticket", own["id"]) == {"aigul", "head", "operator"}
    world.change("aigul", "ticket", {"level": "coach"}, own["id"], 1)
    assert who_sees(world, "ticket", own["id"]) == {"aigul", "head", "operator", "saule", "gulnar"}
    with pytest.raises(NotAllowed):
        world.change("bolat", "ticket", {"state": "closed"}, own["id"], 2)
    world.change("head", "ticket", {"state": "closed"}, own["id"], 2)
    answer = {
        "sheet": "ticket",
        "row_id": own["id"],
        "kind": "answer",
        "text": "Қайта ашыңыз",
        "on": "2026-11-21",
    }
    assert who_may(world, "reply", lambda _login: answer) == {"aigul", "head", "operator", "saule", "gulnar"}


def test_a_notice_to_all_schools_is_the_districts(world):
    notice = {"titles": {"kk": "Кездесу"}, "texts": {}, "since": "2026-11-01", "until": "2026-12-01"}
    assert who_may(world, "notice", lambda _login: notice) == {"head", "yerlan", "saule", "kairat", "gulnar"}
    assert who_may(world, "notice", lambda _login: notice | {"everywhere": True}) == {"gulnar"}
    readers = {"head": {"aigul", "bolat", "head"}, "yerlan": {"dana", "yerlan"}}
    office = {"saule", "kairat", "expert", "gulnar"}
    readers |= {"saule": office | {"aigul", "dana"}, "kairat": office}
    for writer, expected in readers.items():
        own = world.people[writer].id
        seen = {who for who in world.people if who not in ("pupil", "operator") and reads_of(world, who, own)}
        assert seen == expected | {"gulnar"}, writer


def leave(world, login, *, role=None):
    """End somebody's account, or, with ``role``, give them that one instead of theirs."""
    with world.database.session() as session:
        person = session.get_one(Person, world.people[login].id)
        if role is None:
            end_account(session, person)
        else:
            person.roles = [PersonRole(role=role)]


NOTICE = {"titles": {"kk": "Кездесу"}, "texts": {}, "since": "2026-11-01", "until": "2026-12-01"}


@pytest.mark.parametrize(
    ("writer", "heirs"),
    [("saule", {"kairat"}), ("head", {"second"}), ("gulnar", {"chief"})],
)
@pytest.mark.parametrize("gives_up", [None, "teacher"], ids=["leaves", "is a teacher now"])
def test_a_notice_goes_to_who_has_the_office_when_its_writer_has_not(world, writer, heirs, gives_up):
    with world.database.session() as session:
        for login, like, role in (("second", "head", "administrator"), ("chief", "gulnar", "district")):
            home = world.people[like].school_id
            world.people[login] = Person(
                school_id=home, login=login, family_name=login, given_name="Ә", language="kk",
                roles=[PersonRole(role=role)],
            )  # fmt: skip
            session.add(world.people[login])
    number = world.change(writer, "notice", NOTICE)
    everybody = [*PEOPLE, "second", "chief"]
    before = {who for who in everybody if may_write_again(world, who, number)}
    assert before == {writer}
    leave(world, writer, role=gives_up)
    after = {who for who in everybody if may_write_again(world, who, number)} - {writer}
    everywhere = {"gulnar", "chief"} - {writer} if gives_up else set()
    near = {"saule", "kairat"} - {writer} if gives_up and writer == "gulnar" else set()
    assert after == heirs | everywhere | near
    if gives_up:
        assert not may_write_again(world, writer, number)


def may_write_again(world, who, number):
    """Try to change a notice; afterwards it is as it was."""
    with world.database.session() as session:
        row, person = session.get_one(tables.Notice, number), session.get_one(Person, world.people[who].id)
        edit = journal.Edit("notice", number, row.version, {"important": True})
        try:
            journal.change(session, person, journal.Batch(uuid4(), "notices", "x", (edit,)))
        except NotAllowed:
            return False
        else:
            assert row.by == person.id, "it is the word of who changed it"
            return True
        finally:
            session.rollback()


def test_what_an_heir_has_taken_back_or_changed_is_undone_by_them_and_stays_theirs(world):
    number = world.change("saule", "notice", NOTICE)
    leave(world, "saule")
    with world.database.session() as session:
        heir = session.get_one(Person, world.people["kairat"].id)
        edit = journal.Edit("notice", number, 1, {"titles": {"kk": "Кездесу ертең"}})
        changed = journal.change(session, heir, journal.Batch(uuid4(), "notices", "x", (edit,)))
        journal.undo(session, heir, uuid4(), changed.id)
        row = session.get_one(tables.Notice, number)
        assert (row.titles, row.by) == (NOTICE["titles"], heir.id)
        gone = journal.change(
            session,
            heir,
            journal.Batch(uuid4(), "notices", "x", (journal.Edit("notice", number, row.version),)),
        )
        assert row.gone
        journal.undo(session, heir, uuid4(), gone.id)
        assert not row.gone


def test_who_is_no_coach_any_more_has_no_rights_of_one_and_their_visits_are_read_on(world):
    visit = {"person_id": world.people["aigul"].id, "on": "2026-11-05", "kind": "visit", "saw": "5-сынып"}
    number = world.change("saule", "coach_visit", visit)
    evidence = world.change("aigul", "evidence", {"participant_id": world.ids["aigul"], **EVIDENCE})
    leave(world, "saule", role="teacher")
    for sheet in ("participant", "training_group", "evidence", "training_session"):
        assert not _ids(world, "saule", sheet), sheet
    assert who_sees(world, "coach_visit", number) == {"aigul", "head", "gulnar"}
    review = {"sheet": "evidence", "row_id": evidence, "kind": "review", "on": "2026-11-02"}
    observation = {
        "person_id": world.people["aigul"].id,
        "on": "2026-11-05",
        "lesson": "5А",
        "focus": "Сұрақ",
    }
    for sheet, values in (("coach_visit", visit), ("reply", review), ("observation", observation)):
        with pytest.raises(NotAllowed):
            world.change("saule", sheet, values)


def test_a_coach_whose_group_has_another_coach_takes_no_visit_of_it_away_any_more(world):
    visit = {"person_id": world.people["aigul"].id, "on": "2026-11-05", "kind": "visit", "saw": "5-сынып"}
    number = world.change("saule", "coach_visit", visit)
    kairat = world.people["kairat"].id
    world.change(
        "gulnar", "training_group", {"coach_id": kairat, "facilitator_id": kairat}, world.ids["group"], 1
    )
    assert who_sees(world, "coach_visit", number) == {"aigul", "head", "gulnar", "kairat"}
    with pytest.raises(NotAllowed):
        world.change("saule", "coach_visit", {"saw": "басқа"}, number, 1)
    with world.database.session() as session:
        entry = session.scalars(select(Change).order_by(Change.id)).all()
        own = next(each for each in entry if each.rows[0]["sheet"] == "coach_visit")
        with pytest.raises(SchoolError):
            journal.undo(session, session.get_one(Person, world.people["saule"].id), uuid4(), own.id)


def reads_of(world, who, writer):
    return [row for row in world.read(who, "notice") if row["by"] == writer]


def test_members_of_a_lesson_study_write_it_together(world):
    study = {
        "by": world.people["aigul"].id,
        "members": [world.people["aigul"].id, world.people["dana"].id],
        "question": "?",
    }
    row = world.change("aigul", "lesson_study", study)
    world.change("dana", "lesson_study", {"question": "Неге үндемейді?"}, row, 1)
    with pytest.raises(NotAllowed):
        world.change("bolat", "lesson_study", {"question": "…"}, row, 2)
    assert who_sees(world, "lesson_study", row) == {"aigul", "dana", "head", "saule", "gulnar"}


ROUND = {"on": "2026-12-01", "plan": "", "learned": ""}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("members", [{}]),
        ("members", ["1"]),
        ("members", [99999]),
        ("rounds", ["x"]),
        ("rounds", [ROUND]),
        ("rounds", [ROUND | {"on": "2026-11-2x", "teacher": "aigul"}]),
        ("rounds", [{"on": "2026-12-01", "teacher": "aigul"}]),
        ("pupils", ["A"]),
        ("pupils", [{"letter": "A", "about": "", "rounds": [1]}]),
        ("pupils", [{"letter": "A", "about": 1, "rounds": []}]),
    ],
)
def test_a_strange_lesson_study_is_not_kept(world, field, value):
    """Its team's home pages, and everybody's right to observe, are read from it."""
    team = [world.people["aigul"].id, world.people["gulnar"].id]
    study = {"by": team[0], "members": team, "question": "?"}
    row = world.change("aigul", "lesson_study", study)
    for each in value if field == "rounds" else ():
        if isinstance(each, dict) and each.get("teacher"):
            value = [each | {"teacher": world.people[each["teacher"]].id}]
    with pytest.raises(journal.BadEdit):
        world.change("aigul", "lesson_study", {field: value}, row, 1)
    whole = {
        "rounds": [ROUND | {"teacher": team[1]}],
        "pupils": [{"letter": "A", "about": "", "rounds": [{"seen": "x"}, {}]}],
    }
    world.change("aigul", "lesson_study", whole, row, 1)


@pytest.mark.parametrize(
    "text",
    ["Pupil Әлия баяу оқиды", "Әлияның досы. Әлия Pupilдің дәптері", "алия pupilға көмектесеміз"],
)
@pytest.mark.parametrize("field", ["question", "pupils", "rounds"])
def test_a_case_pupil_is_a_letter_until_the_parents_consent_is_recorded(world, field, text):
    team = [world.people["aigul"].id, world.people["gulnar"].id]
    with world.database.session() as session:
        session.get_one(Person, world.people["pupil"].id).given_name = "Әлия"
    study = {"by": team[0], "members": team, "question": "?", "rounds": [], "pupils": []}
    row = world.change("aigul", "lesson_study", study)
    named = {
        "question": text,
        "pupils": [{"letter": "A", "about": "", "rounds": [{"seen": text}]}],
        "rounds": [ROUND | {"teacher": team[1], "learned": text}],
    }
    world.change("aigul", "lesson_study", {"question": "Неге Әлия? A оқушысы. Pupils"}, row, 1)
    with pytest.raises(journal.BadEdit, match="Pupil Әлия"):
        world.change("aigul", "lesson_study", {field: named[field]}, row, 2)
    with world.database.session() as session:
        pupil, head = (session.get_one(Person, world.people[login].id) for login in ("pupil", "head"))
        consent = notes.add_consent(session, pupil, "data", "Анасы", TODAY, head)
    with pytest.raises(journal.BadEdit):  # another purpose
        world.change("aigul", "lesson_study", {field: named[field]}, row, 2)
    with world.database.session() as session:
        consent = notes.add_consent(session, session.get_one(Person, pupil.id), "study", "Анасы", TODAY, head)
    world.change("aigul", "lesson_study", {field: named[field]}, row, 2)
    with world.database.session() as session:
        notes.withdraw_consent(session, session.get_one(Person, pupil.id), consent.id)
    with pytest.raises(journal.BadEdit):
        world.change("aigul", "lesson_study", {"state": "closed"}, row, 3)


def test_sheets_of_school_and_academy_are_not_changed_at_once(world):
    from uuid import uuid4

    from sandyq.school.journal import Batch, Edit

    edits = (
        Edit(
            "notice",
            -1,
            0,
            {"titles": {"kk": "х"}, "texts": {}, "since": "2026-11-01", "until": "2026-12-01"},
        ),
        Edit("room", -2, 0, {"name": "1", "seats": 10}),
    )
    with world.database.session() as session, pytest.raises(SchoolError, match="at once"):
        journal.change(
            session, session.get_one(Person, world.people["head"].id), Batch(uuid4(), "x", "x", edits)
        )


def test_others_hear_of_what_they_may_see_alone(world):
    before = world.hear("saule", "evidence")["at"]
    world.change("aigul", "evidence", EVIDENCE | {"participant_id": world.ids["aigul"]}, what="Айғақ")
    assert [entry["what"] for entry in world.hear("saule", "evidence", after=before)["entries"]] == ["Айғақ"]
    assert world.hear("dana", "evidence", after=before)["rows"] == []
    assert world.hear("dana", "evidence", after=before)["entries"] == []


@pytest.mark.parametrize(
    ("sheet", "wrong"),
    [
        ("evidence", {"task": "month:10"}),
        ("evidence", {"kind": "song"}),
        ("evidence", {"text": ""}),
        ("ticket", {"level": "president"}),
    ],
)
def test_what_does_not_fit_is_refused_with_its_field(world, sheet, wrong):
    good = {
        "evidence": EVIDENCE | {"participant_id": world.ids["aigul"]},
        "ticket": {"by": world.people["aigul"].id, "text": "x"},
    }[sheet]
    with pytest.raises(journal.BadEdit) as problem:
        world.change("aigul", sheet, good | wrong)
    assert problem.value.field in wrong


def soon(days):
    return (today() + timedelta(days=days)).isoformat()


@pytest.mark.parametrize(
    "change",
    [{"mentor_id": "bolat"}, {"learner_id": "bolat"}, {"topic": "reading"}],
    ids=["mentor", "learner", "topic"],
)
def test_a_yes_to_a_pair_is_not_turned_into_one_to_another(world, change):
    row = put_together(world)
    change = {name: getattr(world.people.get(value), "id", value) for name, value in change.items()}
    world.change("saule", "pairing", change, row, 1)  # nobody has answered yet
    back = {"mentor_id": world.people["aigul"].id, "learner_id": world.people["dana"].id, "topic": "analysis"}
    world.change("saule", "pairing", back, row, 2)
    world.change("dana", "reply", {"sheet": "pairing", "row_id": row, "kind": "agree", "on": soon(0)})
    with pytest.raises(SchoolError, match="answered already"):
        world.change("saule", "pairing", change, row, 3)
    world.change("saule", "pairing", {"slot": "1-15", "until": soon(0)}, row, 3)


def test_what_was_asked_for_help_stays_the_askers(world):
    row = world.change("aigul", "ticket", {"by": world.people["aigul"].id, "text": "Ашылмайды"})
    for change in ({"text": "Бәрі жақсы"}, {"by": world.people["bolat"].id}, {"page": "/x"}):
        with pytest.raises(SchoolError, match="stays as it is"):
            world.change("head", "ticket", change, row, 1)
    world.change("head", "ticket", {"text": "Ашылмайды", "state": "closed"}, row, 1)
    assert world.read("aigul", "ticket")[0]["text"] == "Ашылмайды"


def test_an_answer_for_help_says_something(world):
    row = world.change("aigul", "ticket", {"by": world.people["aigul"].id, "text": "Ашылмайды"})
    answer = {"sheet": "ticket", "row_id": row, "kind": "answer", "on": soon(0)}
    with pytest.raises(journal.BadEdit, match="answer"):
        world.change("head", "reply", answer | {"text": " "})
    world.change("head", "reply", answer | {"text": "Қайта ашыңыз"})


TOO_EARLY = [
    (
        "evidence",
        {"task": "practice:items", "kind": "reflection", "text": "х"},
        "2026-09-09",
        "2026-09-10",
    ),
    ("evidence", {"task": "month:1", "kind": "reflection", "text": "х"}, "2026-09-09", "2026-09-10"),
    ("coach_visit", {"kind": "call", "saw": "х"}, "", "2026-09-01"),
    ("training_exam", {"points": 1, "of": 2}, "2026-09-09", "2026-09-10"),
    ("observation", {"lesson": "5А", "focus": "х", "tally": {"questions": 2}}, "", "2026-09-01"),
    (
        "observation",
        {"lesson": "5А", "focus": "х", "seen": [{"minute": 1, "text": "х"}]},
        "",
        "2026-09-01",
    ),
]
"""What happened: a day before it may be, and the first on which it may."""


@pytest.mark.parametrize(("sheet", "values", "early", "first"), TOO_EARLY)
def test_what_happened_has_a_day_that_has_come_and_is_of_its_course(world, sheet, values, early, first):
    who = "aigul" if sheet == "evidence" else "saule"
    links = {"participant_id": world.ids["aigul"], "person_id": world.people["aigul"].id}
    known = values | {name: value for name, value in links.items() if name in SHEETS[sheet].fields}
    for day in filter(None, (soon(1), early)):
        with pytest.raises(journal.BadEdit) as refused:
            world.change(who, sheet, known | {"on": day})
        assert refused.value.field == "on"
    row = world.change(who, sheet, known | {"on": first})
    world.change(who, sheet, known | {"on": soon(0)}, row, 1)


def test_a_lesson_to_come_may_be_agreed_on_and_is_seen_on_its_day(world):
    plan = {"person_id": world.people["bolat"].id, "on": soon(3), "lesson": "5А", "focus": "Сұрақтар"}
    row = world.change("aigul", "observation", plan | {"tally": {"Сұрақ": 0}})
    seen = {"seen": [{"minute": 1, "text": "Екі оқушы сұрақ қойды"}]}
    for early in (seen, {"tally": {"Сұрақ": 1}}):
        with pytest.raises(journal.BadEdit, match="to come"):
            world.change("aigul", "observation", early, row, 1)
    world.change("aigul", "observation", seen | {"on": soon(0)}, row, 1)


def test_a_next_step_rests_on_what_was_seen_or_counted(world):
    """Evidence first: the page says so, and the interface, too; nor is it taken away from under a step."""
    about = {"person_id": world.people["bolat"].id, "on": "2026-11-02", "lesson": "5А", "focus": "Сұрақтар"}
    step = {"step": "Үш секунд күту"}
    for nothing in ({}, {"tally": {"Сұрақ": 0}}):
        with pytest.raises(journal.BadEdit, match="Evidence first"):
            world.change("aigul", "observation", about | nothing | step)
    row = world.change("aigul", "observation", about | {"tally": {"Сұрақ": 3}} | step)
    with pytest.raises(journal.BadEdit, match="Evidence first"):
        world.change("aigul", "observation", {"tally": {"Сұрақ": 0}}, row, 1)
    seen = [{"minute": 1, "text": "Екі оқушы сұрақ қойды"}]
    world.change("aigul", "observation", {"tally": {}, "seen": seen}, row, 1)


@pytest.mark.parametrize("day", ["2026-09-09", soon(2), "ертең", 5])
def test_a_lesson_that_is_shown_was_given_since_the_course_began(world, day):
    shown = {
        "task": "month:1",
        "on": soon(0),
        "kind": "lesson",
        "text": "х",
        "participant_id": world.ids["aigul"],
    }
    with pytest.raises(journal.BadEdit) as refused:
        world.change("aigul", "evidence", shown | {"data": {"class": "5А", "date": day}})
    assert refused.value.field == "date"
    world.change("aigul", "evidence", shown | {"data": {"class": "5А", "date": "2026-09-10"}})


def test_the_task_before_a_session_may_be_done_before_the_course(world):
    shown = {"task": "before:items", "on": "2026-09-01", "kind": "reflection", "text": "х"}
    world.change("aigul", "evidence", shown | {"participant_id": world.ids["aigul"]})


def test_what_was_kept_before_its_course_was_moved_can_still_be_mended(world):
    row = world.change("aigul", "evidence", EVIDENCE | {"participant_id": world.ids["aigul"]})
    world.change(
        "saule", "training_group", {"starts_on": soon(9), "ends_on": soon(30)}, world.ids["group"], 1
    )
    world.change("aigul", "evidence", {"text": "түзетілді"}, row, 1)


def test_a_session_is_of_its_group_and_presence_of_a_day_that_has_come(world):
    meeting = {"group_id": world.ids["group"], "module": "items", "starts": "15:00", "minutes": 90}
    with pytest.raises(journal.BadEdit, match="begins later"):
        world.change("saule", "training_session", meeting | {"on": "2026-09-09"})
    row = world.change("saule", "training_session", meeting | {"on": soon(1)})
    mark = {"session_id": row, "person_id": world.people["aigul"].id, "state": "present"}
    with pytest.raises(journal.BadEdit, match="to come"):
        world.change("saule", "training_presence", mark)
    world.change("saule", "training_session", {"on": soon(0)}, row, 1)
    world.change("saule", "training_presence", mark)


def test_a_meeting_is_written_down_after_it_and_a_pair_ends_after_it_began(world):
    row = put_together(world)
    log = {"sheet": "pairing", "row_id": row, "kind": "log", "text": "Тапсырма жаздық", "on": "2026-11-02"}
    for wrong in ({"on": soon(1)}, {"text": " "}):
        with pytest.raises(journal.BadEdit):
            world.change("dana", "reply", log | wrong)
    world.change("dana", "reply", log)
    with pytest.raises(journal.BadEdit, match="before the beginning"):
        world.change("saule", "pairing", {"until": "2026-10-31"}, row, 1)
