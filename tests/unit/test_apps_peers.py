"""Peer to peer on a real database: who sees what, matching to pairs, agreement, observation, Lesson Study, balance."""

import asyncio
from random import Random

import pytest
from tests.unit.academy_world import TODAY, World, build

import district
from sandyq.school import journal
from sandyq.school.academy import tables as t
from sandyq.school.academy.pairs import list_peers
from sandyq.school.academy.words import topics
from sandyq.school.errors import Conflict, NotAllowed, SchoolError
from sandyq.school.journal import Batch, Edit
from sandyq.school.registry import find_sheet
from sandyq.school.tables import Person
from sandyq_apps.kit.app import FieldProblem, Problem
from sandyq_apps.kit.desk import Desk, Row
from sandyq_apps.kit.speech import Speech
from sandyq_apps.peers import TABS, Peers
from sandyq_apps.peers_people import Balance, Duo, count_roles, is_complete
from sandyq_apps.peers_words import find_judgements

SAID = {
    "aigul": ("reading", "computers", "maths", ["0-15", "2-15"]),
    "dana": ("computers", "reading", "maths", ["0-15"]),
    "bolat": ("families", "reading", "history", ["4-9"]),
}
"""Of each teacher: what they offer and need, what they teach, when they are free."""


class Visit:
    """The app as somebody has it open, on a desk that reads and writes the real database."""

    def __init__(self, world, login):
        self.world, self.login = world, login
        self.app = Peers()
        self.app.desk = Desk(None, Peers.sheets)
        self.app.desk.today = TODAY.isoformat()
        self.read()

    def read(self):
        desk = self.app.desk
        with self.world.database.reading() as session:
            person = session.get_one(Person, self.world.people[self.login].id)
            desk.me = Row(
                id=person.id, login=self.login, language=person.language, roles=sorted(person.role_names)
            )
            rows = {name: find_sheet(name, person).rows(session, person) for name in Peers.sheets[1:]}
            rows["peer"] = list_peers(session, person, TODAY)
        desk._rows = {name: {each["id"]: Row(each) for each in some} for name, some in rows.items()}
        self.app.opened()

    def keep(self, change):
        edits = tuple(Edit(each.sheet, each.id, each.version, each.values) for each in change.edits)
        with self.world.database.session() as session:
            person = session.get_one(Person, self.world.people[self.login].id)
            journal.change(session, person, Batch(change.uuid, "peers", change.what[:200], edits))
        self.app.place |= change.place
        self.read()

    def page(self, tab="", **place):
        self.app.open_tab({"tab": tab})
        self.app.place |= place
        return str(self.app.view())

    def find_pairs(self, farthest=60):
        async def look():
            self.app.find_pairs({"farthest": farthest})
            await asyncio.gather(*self.app._tasks)

        asyncio.run(look())
        return self.app.proposal


@pytest.fixture
def world(database):
    return build(database)


@pytest.fixture
def matched(world):
    """Three teachers have said what they offer and need; Saule has put two of two schools together."""
    for login, (offer, need, subject, slots) in SAID.items():
        world.change(login, "academy_profile", {"subject": subject, "languages": ["kk"], "slots": slots})
        world.change(login, "peer_need", {"kind": "offer", "topic": offer})
        world.change(login, "peer_need", {"kind": "need", "topic": need})
    coach = Visit(world, "saule")
    coach.find_pairs()
    coach.keep(coach.app.propose_pairs({}))
    return world


def pair_of(world, login):
    return Visit(world, login).app.desk.rows("pairing")[0]


def agree(world, *logins):
    for login in logins:
        visit = Visit(world, login)
        visit.keep(visit.app.agree_pair({"pair": visit.app.desk.rows("pairing")[0].id}))


# every page, for everybody


@pytest.mark.parametrize("kind", ["world", "matched"])
def test_every_page_is_drawn_for_every_role_before_and_after(request, kind):
    """Each login is another role; where nothing is yet and where there are pairs."""
    world = request.getfixturevalue(kind)
    for login in ("aigul", "dana", "bolat", "head", "saule", "kairat", "gulnar"):
        visit = Visit(world, login)
        for language in ("kk", "ru", "en"):
            visit.app.speech = Speech(language)
            for tab in TABS:
                assert len(visit.page(tab)) > 100


def test_who_has_said_nothing_begins_with_what_they_offer_and_need(world):
    visit = Visit(world, "aigul")
    shown = visit.app.view()
    assert shown[0]["at"] == "profile"
    assert shown[1]["t"] == "empty"
    assert [key["key"] for key in shown[0]["items"]] == [key for key in TABS if key != "matching"]
    assert Visit(world, "saule").app.view()[0]["at"] == "matching"


def test_a_profile_an_offer_and_a_need_are_saved_and_the_page_goes_on_to_pairs(world):
    visit = Visit(world, "aigul")
    none = {f"day{day}": [] for day in range(6)}
    about = {"id": 0, "version": 0, "community": None, "subject": "maths", "languages": ["kk"]}
    with pytest.raises(FieldProblem):
        visit.app.save_about(about | none)
    visit.keep(visit.app.save_about(about | none | {"day2": ["2-15", "2-16"]}))
    offer = {"kind": "offer", "topic": "reading", "subject": None, "note": "5–7-сыныпта"}
    visit.keep(visit.app.save_said(offer))
    for twice in (offer, offer | {"kind": "need"}):
        with pytest.raises(FieldProblem):
            visit.app.save_said(twice)
    assert "жетіспейді" in visit.page("profile")
    visit.keep(visit.app.save_said(offer | {"kind": "need", "topic": "computers"}))
    assert visit.app.profile(visit.app.own_id).slots == ["2-15", "2-16"]
    visit.app.place["tab"] = ""
    assert visit.app.view()[0]["at"] == "pairs"


# matching


def test_a_coach_matches_two_of_two_schools_and_each_sees_the_other(matched):
    row = pair_of(matched, "aigul")
    people = {matched.people[login].id for login in ("aigul", "dana")}
    assert {row.mentor_id, row.learner_id} == people
    shown = Visit(matched, "dana").page("pairs")
    assert "Aigul" in shown and "north" in shown and "15:00" in shown


def test_nobody_pays_back_so_the_third_is_told_why_there_is_no_mentor(matched):
    coach = Visit(matched, "gulnar")
    found = coach.find_pairs()
    assert found.matching.pairs == ()
    assert set(found.matching.unserved.values()) <= {"taken", "slot", "topic"}
    assert matched.people["bolat"].id in found.matching.unserved
    shown = coach.page("matching")
    assert "Bolat" in shown


def test_a_coach_makes_no_pair_of_two_whom_they_do_not_guide(matched):
    found = Visit(matched, "kairat").find_pairs()
    assert (found.matching.pairs, found.matching.unserved) == ((), {})


def test_a_pair_that_goes_on_stays_and_one_that_was_ended_may_be_made_again(matched):
    before = pair_of(matched, "dana")
    for login in ("saule", "gulnar"):
        made = {(pair.mentor, pair.learner) for pair in Visit(matched, login).find_pairs().matching.pairs}
        assert (before.mentor_id, before.learner_id) not in made
        assert (before.learner_id, before.mentor_id) not in made
    visit = Visit(matched, "dana")
    visit.keep(visit.app.end_own({"pair": before.id, "why": "Уақытым өзгерді"}))
    coach = Visit(matched, "saule")
    assert len(coach.find_pairs().matching.pairs) == 1
    assert "Уақытым өзгерді" in Visit(matched, "aigul").page("pairs", pair=before.id)


def test_a_proposal_that_was_overtaken_cannot_be_kept(matched):
    coach = Visit(matched, "saule")
    coach.keep(coach.app.end_pair({"pair": pair_of(matched, "aigul").id}))
    coach.find_pairs()
    matched.change("bolat", "peer_need", {"kind": "offer", "topic": "safety"})
    coach.read()
    with pytest.raises(Problem):
        coach.app.propose_pairs({})
    assert "қайта есептеңіз" in coach.page("matching").lower()


def test_whoever_leaves_the_page_hears_no_more_of_the_computation(matched):
    coach = Visit(matched, "saule")

    async def leave():
        coach.app.find_pairs({"farthest": 60})
        assert coach.app.run
        coach.app.open_tab({"tab": "balance"})
        await asyncio.gather(*coach.app._tasks)

    asyncio.run(leave())
    assert coach.app.proposal is None
    assert coach.app.run == 0


# a pair


def test_a_pair_goes_on_when_both_have_agreed_and_keeps_its_log(matched):
    agree(matched, "aigul")
    visit = Visit(matched, "dana")
    row = visit.app.desk.rows("pairing")[0]
    assert "Келісімі күтіледі: Dana Ә" in visit.page("pairs")
    agree(matched, "dana")
    visit.read()
    entry = {"pair": row.id, "on": "2026-11-20", "did": "Кестені бірге оқыдық", "next": "5А-да байқаймын"}
    visit.keep(visit.app.save_log(entry))
    shown = Visit(matched, "aigul").page("pairs", pair=row.id)
    assert "Кестені бірге оқыдық" in shown and "5А-да байқаймын" in shown and "Жалғасуда" in shown


def test_a_third_teacher_sees_nothing_of_a_pair(matched):
    agree(matched, "aigul", "dana")
    row = pair_of(matched, "aigul")
    third = Visit(matched, "bolat")
    assert third.app.desk.rows("pairing") == third.app.desk.rows("reply") == []
    assert Visit(matched, "kairat").app.desk.rows("pairing") == []
    with pytest.raises(Problem):
        third.app.agree_pair({"pair": row.id})
    said = {"sheet": "pairing", "row_id": row.id, "text": "…", "on": "2026-11-20"}
    for kind in ("agree", "log", "end"):
        with pytest.raises(NotAllowed):
            matched.change("bolat", "reply", said | {"kind": kind})


def test_each_sees_their_own_balance_and_a_coach_those_of_their_groups(matched):
    agree(matched, "aigul", "dana")
    row = pair_of(matched, "aigul")
    mentor = "aigul" if row.mentor_id == matched.people["aigul"].id else "dana"
    assert "Үйретіп жүрсіз" in Visit(matched, mentor).page("balance")
    assert "Dana" not in Visit(matched, "bolat").page("balance")
    shown = Visit(matched, "saule").page("balance")
    assert "Aigul" in shown and "Dana" in shown and "Bolat" not in shown
    assert "Bolat" in Visit(matched, "gulnar").page("balance")


# seeing a lesson


def observe(matched):
    visit = Visit(matched, "aigul")
    about = {
        "id": 0, "version": 0, "person": matched.people["dana"].id, "on": "2026-11-24", "lesson": "7А, алгебра",
        "focus": "Кім сөйлейді?", "counts": "Оқушы сұрады\nБір сөзбен жауап",
    }  # fmt: skip
    visit.keep(visit.app.save_observation(about))
    visit.app.open_tab({"tab": "observation"})
    visit.app.place["observation"] = -1
    visit.app.view()
    return visit, visit.app.place["observation"]


def seen_row(visit, row_id):
    return visit.app.row("observation", row_id)


def test_evidence_comes_before_a_step_and_the_teacher_agrees_to_the_step_as_it_stands(matched):
    visit, row_id = observe(matched)
    begun = {"id": row_id, "version": seen_row(visit, row_id).version, "step_was": ""}
    step = begun | {"step": "Сұрақтан соң үш секунд күту"}
    with pytest.raises(FieldProblem):
        visit.app.save_step(step)
    visit.keep(visit.app.save_seen({"observation": row_id, "minute": 7, "text": "Үш оқушы қол көтерді"}))
    visit.keep(visit.app.save_step(step))  # the same form: what was noted since stands in nobody's way
    with pytest.raises(Conflict):
        visit.keep(visit.app.save_step(begun | {"step": "Басқа бетте жазылған"}))
    teacher = Visit(matched, "dana")
    assert "Үш оқушы қол көтерді" in teacher.page("observation", observation=row_id)
    teacher.keep(teacher.app.agree_step({"observation": row_id, "step": step["step"]}))
    visit.read()
    assert visit.app.is_agreed(seen_row(visit, row_id))
    visit.keep(
        visit.app.save_step(
            {
                "id": row_id,
                "version": seen_row(visit, row_id).version,
                "step_was": step["step"],
                "step": "Басқа",
            }
        )
    )
    assert not visit.app.is_agreed(seen_row(visit, row_id))  # the yes was to another step
    teacher.read()
    with pytest.raises(Problem):
        teacher.app.agree_step({"observation": row_id, "step": step["step"]})
    teacher.keep(teacher.app.agree_step({"observation": row_id, "step": "Басқа"}))
    assert teacher.app.is_agreed(seen_row(teacher, row_id))


def test_quick_presses_are_all_counted(matched):
    visit, row_id = observe(matched)

    def send(change):
        visit.keep(change)
        return "2026-11-26T10:00:00+00:00"

    visit.app.desk.send = send
    presses = [visit.app.count({"observation": row_id, "name": "Оқушы сұрады"}) for _ in range(3)]
    for press in presses:  # all three were pressed before the first one was kept
        press.write()
    assert seen_row(visit, row_id).tally == {"Оқушы сұрады": 3, "Бір сөзбен жауап": 0}


def test_a_third_teacher_sees_no_observation_and_the_sheet_has_all_of_it(matched):
    visit, row_id = observe(matched)
    visit.keep(visit.app.save_seen({"observation": row_id, "minute": 7, "text": "<b>Қол көтерді</b>"}))
    assert Visit(matched, "bolat").app.desk.rows("observation") == []
    shown = visit.page("observation", observation=row_id, paper="filled")
    assert "&lt;b&gt;Қол көтерді" in shown and "Кім сөйлейді?" in shown and "Dana" in shown
    assert shown.count("<tr") < visit.page("observation", paper="empty").count("<tr")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Жақсы сабақ, балалар белсенді болды", ["жақсы", "белсенді"]),
        ("Интересное начало, но темп слабый", ["интересное", "слабый"]),
        ("Үш оқушы қол көтерді, мұғалім төрт секунд күтті", []),
        ("Учитель спросил: «Почему?» Ответили двое", []),
        ("Activity 3: pupils read aloud", []),
    ],
)
def test_words_that_judge_are_found_and_what_was_seen_is_not(text, words):
    assert find_judgements(text) == words


# Lesson Study


def test_a_team_plans_sees_learns_and_plans_anew(matched):
    visit = Visit(matched, "aigul")
    dana = matched.people["dana"].id
    study = {"id": 0, "version": 0, "question": "Неге үндемейді?", "members": [dana]}
    study |= {f"pupil{letter}": f"{letter} туралы" for letter in "ABC"}
    with pytest.raises(FieldProblem):
        visit.app.save_study(study | {"members": []})
    visit.keep(visit.app.save_study(study))
    other = Visit(matched, "dana")
    row = other.app.desk.rows("lesson_study")[0]
    plan = {"on": "2026-11-20", "teacher": dana, "plan": "Жұппен оқу"}
    plan |= {f"expected{letter}": f"{letter} сұрайды" for letter in "ABC"}
    other.keep(other.app.save_before(plan | {"id": row.id, "version": row.version, "round": 0}))
    row = other.app.desk.rows("lesson_study")[0]
    assert "next" not in [part.get("key") for part in other.app._show_study(row)]  # first what was learned
    seen = {f"seen{letter}": f"{letter} үндемеді" for letter in "ABC"} | {"learned": "Үлгі керек"}
    other.keep(other.app.save_after(seen | {"id": row.id, "version": row.version, "round": 0}))
    visit.read()
    row = visit.app.desk.rows("lesson_study")[0]
    visit.keep(
        visit.app.save_before(plan | {"id": row.id, "version": row.version, "round": 1, "plan": "Үлгімен"})
    )
    row = visit.app.desk.rows("lesson_study")[0]
    assert [each["plan"] for each in row.rounds] == ["Жұппен оқу", "Үлгімен"]
    assert row.pupils[0]["rounds"] == [
        {"expected": "A сұрайды", "seen": "A үндемеді"}, {"expected": "A сұрайды"},
    ]  # fmt: skip
    shown = visit.page("study", study=row.id, paper="study")
    assert "Үлгі керек" in shown and "C үндемеді" in shown
    assert "Атының орнына әріп жазылады" in visit.page("study", study=row.id, paper="")
    assert Visit(matched, "bolat").app.desk.rows("lesson_study") == []


# communities


def test_the_district_names_communities_and_a_coach_does_not(matched):
    chief = Visit(matched, "gulnar")
    names = {"id": 0, "version": 0, "kk": "Оқу", "ru": "Чтение", "en": "Reading"}
    chief.keep(chief.app.save_community(names))
    row = chief.app.desk.rows("community")[0]
    chief.keep(chief.app.save_community(names | {"id": row.id, "version": row.version, "kk": "Оқу мен жазу"}))
    coach = Visit(matched, "saule")
    assert "Оқу мен жазу" in coach.page("communities")
    with pytest.raises(SchoolError):
        coach.keep(coach.app.save_community(names))
    assert "save_community" not in coach.page("communities", community=-1)


def test_an_administrator_says_where_the_school_stands_and_the_way_is_told(matched):
    for login, latitude in (("head", 51.1), ("yerlan", 51.3)):
        visit = Visit(matched, login)
        assert "save_place" in visit.page("communities")
        saved = visit.app.save_place({"id": 0, "version": 0, "latitude": latitude, "longitude": 71.4})
        visit.app.desk.send = visit.keep
        visit.app.desk.load = visit.read
        saved.write()
    visit = Visit(matched, "aigul")
    assert "22 км" in visit.page("pairs")
    assert "save_place" not in visit.page("communities")


# what is counted


def test_roles_are_counted_now_and_before_and_a_pair_never_begun_is_not():
    begun = Duo(1, 7, 8, "a", "0-15", "2026-09-01", frozenset({7, 8}), meetings=2)
    over = Duo(2, 8, 9, "a", "0-15", "2026-09-01", frozenset({8, 9}), "2026-10-01", 3)
    refused = Duo(3, 7, 9, "a", "0-15", "2026-09-01", frozenset(), "2026-09-02")
    counts = count_roles([begun, over, refused])
    assert counts == {
        7: Balance(mentor=1, meetings=2),
        8: Balance(learner=1, mentor_before=1, meetings=5),
        9: Balance(learner_before=1, meetings=3),
    }
    assert [counts[person].word for person in (7, 8, 9)] == ["mentor", "learner", "none"]
    assert [duo.state for duo in (begun, over)] == ["running", "ended"]


@pytest.mark.parametrize(
    ("profile", "offers", "needs", "complete"),
    [
        ({"slots": ["0-15"], "languages": ["kk"]}, [1], [1], True),
        ({"slots": [], "languages": ["kk"]}, [1], [1], False),
        ({"slots": ["0-15"], "languages": ["kk"]}, [], [1], False),
        (None, [1], [1], False),
    ],
)
def test_one_offer_one_need_and_a_free_hour_make_a_profile_complete(profile, offers, needs, complete):
    assert is_complete(profile, offers, needs) is complete


def test_the_page_matches_a_district_of_five_hundred_and_keeps_the_pairs_as_one_change(database):
    chance, keys = Random(8), sorted(topics())  # noqa: S311 # invented needs
    with database.session() as session:
        made = district.build(session)
        for person in made.teachers:
            own = {"school_id": person.school_id, "by": person.id}
            for kind, topic in zip(("offer", "need"), chance.sample(keys, 2), strict=True):
                session.add(t.PeerNeed(**own, kind=kind, topic=topic))
        session.flush()
        session.refresh(made.chief)
        session.expunge_all()
    chief = Visit(World(database, {"chief": made.chief}), "chief")
    found = chief.find_pairs().matching
    assert found.gap < 0.01
    assert len(found.pairs) > 350
    assert len(found.pairs) + len(found.unserved) == district.TEACHERS
    chief.keep(chief.app.propose_pairs({}))
    assert len(chief.app.desk.rows("pairing")) == len(found.pairs)
    assert len(chief.page("pairs")) > 10_000
