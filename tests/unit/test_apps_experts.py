"""Sessions with experts through the real portal: nobody learns who asked, a vote is one, answers stay and are found."""

import io
import json

import openpyxl
import pytest
from experts_world import Page, unpack, write_answers
from portal_school import PREFIX, School

from sandyq.school.people import find_person, short_name
from sandyq_apps.experts_data import Meeting, Question, find_alike, find_answers, read_meetings
from sandyq_apps.kit.app import FieldProblem, Problem
from sandyq_apps.kit.desk import Change
from sandyq_apps.kit.portal import Refused

ROLES = ("teacher", "leader", "administrator", "coach", "expert", "district")
SHEETS = "expert_session,expert_question,reply,own_question"
EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def school(tmp_path_factory):
    return School(tmp_path_factory.mktemp("experts"))


def logins(school, role):
    return [account.login for account in school.accounts if account.role == role]


def plan(coach, title="", **fields):
    title = title or f"Бағалау {len(coach.app.meetings)}"
    values = {"expert": "Лебедева Н. И.", "on": "2026-12-08", "languages": ["kk", "ru"], "materials": ""}
    coach.press("save_session", session=0, version=1, title=title, **(values | fields))
    return coach.meeting(title)


def ask(page, meeting, text):
    """Return the number of the question that this person has asked."""
    page.hear()
    before = {each.id for each in page.meeting(meeting.title).questions}
    page.press("save_question", session=meeting.id, text=text)
    return next(each.id for each in page.meeting(meeting.title).questions if each.id not in before)


@pytest.fixture
def coach(school):
    return Page(school, school.login("coach"))


@pytest.fixture
def teachers(school):
    return [Page(school, login) for login in logins(school, "teacher")[:3]]


# who asked


def test_nobody_is_told_who_asked(school, coach, teachers):
    """Neither by what the portal says, in whatever way it is asked, nor by what the app shows and hands out."""
    asker, text = teachers[0], "Төмен оқитын баланы қалай тартамын?"
    meeting = plan(coach)
    at = coach.app.desk.at
    question = ask(asker, meeting, text)
    with school.database.reading() as session:
        person = find_person(session, asker.login)
        names = {person.family_name, person.full_name, short_name(person), asker.login}
        number = person.id
    for role in ROLES:
        other = Page(school, logins(school, role)[-1])
        assert other.app.desk.me.id != number
        told = snoop(other.portal.client, question, at)
        told.append(json.dumps([other.app.view(), open_session(other, meeting)], ensure_ascii=False))
        told += look_at_papers(other, meeting)
        assert text in "".join(told)
        for each in told:
            assert not [name for name in names if name in each], (role, each)
        rows = json.loads(told[0])["sheets"]
        assert all("by" not in row and "school_id" not in row for row in rows["expert_question"])
        assert rows["own_question"] == []
    assert question in [row.id for row in asker.app.desk.rows("own_question")]


def snoop(client, question, at):
    """Return all that the portal says of questions, also when it is asked what one may not ask."""
    edit = {"sheet": "expert_question", "id": question, "values": {"text": "x"}}
    paths = (
        f"/centre?sheets={SHEETS}",
        f"/centre/changes?sheets={SHEETS}&after={at}",
        f"/centre/history?sheet=expert_question&row={question}",
    )
    told = [client.get(f"{PREFIX}/api{path}").text for path in paths]
    wrong = [edit | {"version": version} for version in (0, 1, 2)]
    wrong += [{"sheet": "expert_question", "id": question, "version": 9}]
    wrong += [edit | {"version": 1, "values": {"by": 1}}]
    for number, each in enumerate(wrong):
        body = {
            "uuid": f"00000000-0000-4000-8000-{id(client) % 10**11 + number:012d}",
            "what": "x",
            "edits": [each],
        }
        reply = client.post(f"{PREFIX}/api/centre/changes", json=body)
        assert reply.status_code in (403, 409, 422), reply.text
        told.append(reply.text)
    return told


def open_session(page, meeting):
    page.press("open_session", session=meeting.id)
    return page.app.view()


def look_at_papers(page, meeting):
    told = []
    for paper in ("answers", "meeting"):
        page.press("open_form", paper=paper)
        told.append(json.dumps(page.app.view(), ensure_ascii=False))
    bundle = page.press("save_bundle", session=meeting.id)
    told += [
        content.decode(errors="replace")
        for name, content in unpack(bundle.content).items()
        if "docx" not in name
    ]
    form = unpack(bundle.content)["answers.docx"]
    told += [content.decode(errors="replace") for content in unpack(form).values()]
    book = openpyxl.load_workbook(io.BytesIO(page.press("save_sheet", session=meeting.id).content))
    told.append(str([[cell.value for cell in row] for row in book.worksheets[0].rows]))
    return told


def test_a_question_is_its_askers_to_mend_and_to_take_away_until_it_is_closed(coach, teachers):
    asker, other, _ = teachers
    meeting = plan(coach)
    question = ask(asker, meeting, "Қалай тексереміз?")
    other.hear()
    with pytest.raises(Refused):
        other.press("save_wording", question=question, version=1, text="Басқаша")
    asker.press("save_wording", question=question, version=1, text="Үй тапсырмасын қалай тексереміз?")
    coach.hear()
    coach.press("switch_session", session=meeting.id)
    asker.hear()
    with pytest.raises(Refused, match="аяқталды"):
        asker.press("save_wording", question=question, version=2, text="Кеш қалдым")
    with pytest.raises(Refused, match="аяқталды"):
        other.press("save_question", session=meeting.id, text="Мен де кеш қалдым")


def test_the_same_question_is_not_asked_twice(coach, teachers):
    meeting = plan(coach)
    ask(teachers[0], meeting, "Қалай тексереміз?")
    teachers[1].hear()
    with pytest.raises(FieldProblem):
        teachers[1].press("save_question", session=meeting.id, text="қалай  ТЕКСЕРЕМІЗ?")


# votes


def test_a_person_has_one_vote_and_takes_it_back_by_a_second_press(coach, teachers):
    asker, one, two = teachers
    meeting = plan(coach)
    first, second = ask(asker, meeting, "Біріншісі қандай?"), ask(asker, meeting, "Екіншісі қандай?")
    for voter in (one, two):
        voter.hear()
        voter.press("vote", question=second)
    coach.hear()
    assert [(each.id, each.votes) for each in coach.meeting(meeting.title).questions] == [
        (second, 2),
        (first, 0),
    ]
    one.press("vote", question=second)
    coach.hear()
    assert coach.meeting(meeting.title).questions[0].votes == 1
    with pytest.raises(Refused):
        asker.press("vote", question=first)  # one's own
    voted = {
        "sheet": "expert_question",
        "row_id": second,
        "kind": "vote",
        "text": "",
        "data": {},
        "on": "2026-11-20",
    }
    body = {
        "uuid": "00000000-0000-4000-8000-000000000001",
        "what": "x",
        "edits": [{"sheet": "reply", "id": -1, "values": voted}],
    }
    assert two.portal.client.post(f"{PREFIX}/api/centre/changes", json=body).status_code == 409
    coach.press("switch_session", session=meeting.id)
    one.hear()
    with pytest.raises(Refused, match="аяқталды"):
        one.press("vote", question=second)


# who may what


@pytest.mark.parametrize("role", ROLES)
def test_coach_and_district_make_sessions_and_the_expert_answers_with_them(school, coach, teachers, role):
    meeting = plan(coach)
    question = ask(teachers[0], meeting, "Қалай тексереміз?")
    page = Page(school, logins(school, role)[-1])
    shown = json.dumps([page.app.view(), open_session(page, meeting)])
    may_plan, may_answer = role in ("coach", "district"), role in ("coach", "district", "expert")
    for act in ("switch_session", "save_bundle"):
        assert (f'"{act}"' in shown) is may_plan
    assert ('"bring_answers"' in shown) is may_answer
    if may_plan:
        plan(page, "Тағы біреуі")
        page.press("switch_session", session=meeting.id)
    else:
        with pytest.raises(Refused):
            plan(page, "Тағы біреуі")
        with pytest.raises(Refused):
            page.press("switch_session", session=meeting.id)
    file = write_answers([(question, "Қалай тексереміз?", "", "Былай")], meeting.code)
    if may_answer:
        page.press("save_answer", question=question, text="Былай")
        assert page.bring(file)["new"] == 1
    else:
        with pytest.raises(Problem):
            page.press("save_answer", question=question, text="Былай")
        with pytest.raises(Refused):
            page.bring(file)
        assert page.press("open_tab", tab="answers") is None


def test_a_session_with_questions_is_closed_and_not_removed(coach, teachers):
    meeting = plan(coach)
    ask(teachers[0], meeting, "Қалай?")
    coach.hear()
    with pytest.raises(Refused, match="сұрақ қойылған"):
        coach.press("remove_session", session=meeting.id)


def test_what_an_expert_has_answered_is_neither_reworded_nor_removed_by_who_asked(school, coach, teachers):
    meeting = plan(coach)
    question = ask(teachers[0], meeting, "Қалай?")
    district = Page(school, logins(school, "district")[0])
    coach.hear()
    coach.press("save_answer", question=question, text="Былай")
    version = teachers[0].app.row("expert_question", question).version
    for act, values in (("save_wording", {"text": "Неге?", "version": version}), ("remove_question", {})):
        with pytest.raises(Refused, match="жауап берілген"):
            teachers[0].press(act, question=question, **values)
    teachers[0].hear()
    assert f'"remove-{question}"' not in json.dumps(open_session(teachers[0], meeting))
    assert [each.id for each in teachers[0].meeting(meeting.title).questions] == [question]
    district.hear()
    district.press("remove_question", question=question)
    district.hear()
    assert not district.meeting(meeting.title).questions


def test_two_sessions_never_share_a_code(coach):
    codes = {plan(coach, title).code for title in ("Бір", "Екі", "Үш")}
    assert len(codes) == 3
    stolen = plan(coach, "Төрт")
    row = coach.app.desk.find("expert_session", stolen.id)
    from sandyq_apps.kit.desk import alter

    with pytest.raises(Refused):
        coach.app.desk.send(Change("x", [alter("expert_session", row, code=coach.meeting("Бір").code)]))


# answers that come as a file


def test_answers_come_in_the_experts_name_with_who_has_brought_them(coach, teachers):
    meeting = plan(coach)
    question = ask(teachers[0], meeting, "Қалай тексереміз?")
    file = [(question, "Қалай тексереміз?", "2026-12-07T10:00:00.000Z", f"Жұппен {EVIL}")]
    assert coach.bring(write_answers(file, meeting.code)) == {
        "all": 1,
        "new": 1,
        "changed": 0,
        "cleared": 0,
        "known": 0,
    }
    (reply,) = [row for row in coach.app.desk.rows("reply") if (row.kind, row.row_id) == ("answer", question)]
    assert reply.by == coach.app.desk.me.id
    assert reply.data["expert"] == "Лебедева Н. И."
    teachers[1].hear()
    shown = str(open_session(teachers[1], meeting))
    name = teachers[1].app.name_of(reply.by)
    assert f"Лебедева Н. И. · 07.12.2026 · файлмен әкелген: {name}" in shown
    assert {"t": "text", "text": f"Жұппен {EVIL}", "tone": ""} in flatten(teachers[1].app.view())
    teachers[1].press("open_form", paper="answers")
    (paper,) = [each for each in flatten(teachers[1].app.view()) if each.get("t") == "paper"]
    assert EVIL not in paper["html"] and "&lt;img" in paper["html"]


def flatten(parts):
    found = []
    for part in parts:
        if isinstance(part, dict):
            found.append(part)
            found += flatten(part.get("parts", ()))
    return found


def test_a_file_is_kept_once_by_whomever_it_is_brought_and_can_be_taken_back(school, coach, teachers):
    meeting = plan(coach)
    question = ask(teachers[0], meeting, "Қалай тексереміз?")
    gone = (question + 100, "Жоғалған сұрақ туралы", "2026-12-07T10:00:00.000Z", "Жоғалмайтын жауап")
    file = write_answers(
        [(question, "Қалай тексереміз?", "2026-12-07T10:00:00.000Z", "Жұппен"), gone], meeting.code
    )
    assert coach.bring(file)["new"] == 1
    assert "Жоғалмайтын жауап" in str(coach.app.view())  # nothing that the expert wrote is lost
    again = Page(school, school.login("district"))
    assert again.bring(file) == {"all": 2, "new": 0, "changed": 0, "cleared": 0, "known": 1}
    assert len(again.meeting(meeting.title).questions[0].answers) == 1
    newer = write_answers(
        [(question, "Қалай тексереміз?", "2026-12-09T10:00:00.000Z", "Үштен")], meeting.code
    )
    assert again.bring(newer) == {"all": 1, "new": 0, "changed": 1, "cleared": 0, "known": 0}
    ((last, before),) = again.meeting(meeting.title).questions[0].newest()
    assert (last.text, [each.text for each in before]) == ("Үштен", ["Жұппен"])
    emptied = write_answers([(question, "Қалай тексереміз?", "2026-12-10T10:00:00.000Z", "")], meeting.code)
    assert again.bring(emptied) == {"all": 1, "new": 0, "changed": 0, "cleared": 1, "known": 0}
    shown = str(again.app.view())
    assert "енді көрсетілмейді: 1" in shown and "Үштен" not in shown and "Жұппен" not in shown
    assert again.bring(newer)["known"] == 1
    for _ in range(2):
        again.app.desk.take_back()
        again.app.opened()
    assert again.meeting(meeting.title).questions[0].newest()[0][0].text == "Жұппен"
    assert again.bring(newer)["changed"] == 1


def test_two_who_bring_the_same_file_at_once_keep_it_once(school, coach, teachers):
    meeting = plan(coach)
    question = ask(teachers[0], meeting, "Қалай тексереміз?")
    answer = {
        "sheet": "expert_question", "row_id": question, "kind": "answer", "text": "Жұппен", "on": "2026-11-20",
        "data": {"expert": "Л.", "key": "0" * 16},
    }  # fmt: skip
    statuses = []
    for number, login in enumerate((school.login("coach"), school.login("district"))):
        edits = [{"sheet": "reply", "id": -1, "values": answer}]
        body = {"uuid": f"00000000-0000-4000-8000-00000000000{number}", "what": "x", "edits": edits}
        client = school.kernel(login, "app", "experts")
        statuses.append(client.post(f"{PREFIX}/api/centre/changes", json=body).status_code)
    assert statuses == [200, 409]


@pytest.mark.parametrize(
    "data", [{"expert": 1}, {"expert": "x" * 201}, {"other": "x"}, {"key": ["x"]}, {"asked": "x" * 1001}]
)
def test_an_answer_holds_nothing_but_what_belongs_to_it(coach, teachers, data):
    meeting = plan(coach)
    question = ask(teachers[0], meeting, "Қалай?")
    with pytest.raises(Refused):
        coach.app.desk.send(Change("x", [coach.app.reply(question, "answer", "Былай", data=data)]))


def test_a_file_that_cannot_be_taken_changes_nothing_and_says_why(coach):
    plan(coach)
    coach.hear()
    before = coach.app.desk.at
    for content in (b"?", write_answers([], "f" * 16)):
        with pytest.raises(FieldProblem, match="Ештеңе сақталған жоқ"):
            coach.bring(content)
    coach.hear()
    assert coach.app.desk.at == before


def test_what_an_expert_says_online_is_their_own_word(school, coach, teachers):
    meeting = plan(coach)
    question = ask(teachers[0], meeting, "Қалай тексереміз?")
    expert = Page(school, school.login("expert"))
    expert.press("save_answer", question=question, text="Бір-бірін тексерсін")
    coach.hear()
    coach.press("save_answer", question=question, text="Дәптермен", dictated=True)
    teachers[1].hear()
    shown = str(open_session(teachers[1], meeting))
    assert f"{expert.app.desk.me.name} · " in shown
    assert "Лебедева Н. И. · " in shown and "жазып алған" in shown


# what is alike, what is found

MEETINGS = read_meetings(
    [
        {
            "id": number, "title": title, "expert": "Л.", "code": "", "on": on, "materials": "",
            "languages": [], "state": state, "version": 1,
        }
        for number, title, on, state in (
            (1, "Екі сынып", "2026-10-01", "closed"),
            (2, "Чтение", "2026-11-01", "closed"),
            (3, "Алдағы", None, "gathering"),
        )
    ],
    [
        {"id": 1, "session_id": 1, "text": "Екінші топқа не тапсырамын?"},
        {"id": 2, "session_id": 2, "text": "Что делать, если ребёнок читает медленно?"},
        {"id": 3, "session_id": 2, "text": "Жауапсыз сұрақ"},
    ],
    [
        {
            "id": number, "sheet": "expert_question", "row_id": row, "kind": "answer", "text": text, "by": 5,
            "on": "2026-11-02", "data": {},
        }
        for number, row, text in ((1, 1, "Үш деңгейлі карточка беріңіз"), (2, 2, "Читайте парами вслух"))
    ],
    me=5,
    own=(),
)  # fmt: skip


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("карточка", [1]),
        ("УШ ДЕНГЕЙЛИ", [1]),  # typed without Kazakh letters
        ("ребенок парами", [2]),
        ("екі сынып", [1]),  # a session's title
        ("жауапсыз", []),
        ("", [2, 1]),
        ("ешқашан", []),
    ],
)
def test_answers_of_all_sessions_are_found_by_folded_words(query, found):
    assert [each.question.id for each in find_answers(query, MEETINGS)] == found


def test_sessions_to_come_stand_before_those_that_are_over_the_newest_of_these_first():
    assert [each.id for each in MEETINGS] == [3, 2, 1]


@pytest.mark.parametrize(
    ("written", "alike"),
    [
        ("Менің екінші тобым бос отыр", [1]),
        ("екинши топпен не истеймин", [1]),
        ("Как помочь тем, кто медленно читает", [2]),
        ("Қалай?", []),
        ("Робот құрастыру", []),
        ("", []),
    ],
)
def test_who_writes_a_question_is_shown_those_like_it(written, alike):
    questions = [
        Question(1, "Біріктірілген сыныпта екінші топ бос отырмас үшін не істейсіз?"),
        Question(2, "Как задавать вопросы к тексту тем, кто читает медленно?"),
    ]
    assert [each.id for each in find_alike(written, questions)] == alike


def test_a_question_like_it_is_offered_for_a_vote_while_one_writes(coach, teachers):
    meeting = plan(coach)
    ask(teachers[0], meeting, "Екінші топ бос отырмас үшін не істейсіз?")
    page = teachers[1]
    page.hear()
    open_session(page, meeting)
    page.press("watch_question", session=meeting.id, text="екінші топпен не істейміз")
    assert "'alike-" in str(page.app.view())
    assert Meeting(1, "x", "y", "z").answered == 0
