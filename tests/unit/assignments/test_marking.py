"""What teachers mark and return, and what becomes of the points."""

from __future__ import annotations

import io
import json
import re
import zipfile
from base64 import b64encode
from datetime import date, datetime, time, timedelta

import pytest
from assignment_school import (
    GRADING,
    WORK,
    cell,
    give,
    grade,
    grader,
    hand_in,
    keep_mark,
    notebook,
    post,
    returned,
    write_packet,
)
from openpyxl import load_workbook
from portal_school import PREFIX, form_token

from sandyq.school.tables import (
    AcademicYear,
    CellMark,
    ClassGroup,
    Release,
)
from sandyq_portal.comments import COMMENTS, list_comments
from sandyq_portal.feedback import show_output, show_source
from sandyq_portal.pages import ZONE
from sandyq_portal.returned import clean_model, tell_failure


def test_an_assignment_goes_to_the_class_and_comes_back_marked(school, teacher, group, release):
    pupil = school.pupils(group)[0]
    browser, server = school.sign_in(pupil.login), school.notebook(pupil.login)
    assert "Бағалар" in browser.get(f"{PREFIX}/work").text
    assert f"/hub/user-redirect/sandyq/assignment/{release}" in browser.get(f"{PREFIX}/work/{release}").text
    with zipfile.ZipFile(io.BytesIO(server.get(f"{WORK}/{release}/files").content)) as archive:
        assert sorted(archive.namelist()) == ["prices.csv", "prices.ipynb"]
        assert "1 + 2 + 3" not in archive.read("prices.ipynb").decode()
    assert server.post(f"{WORK}/{release}/events", json={"verb": "opened"}).status_code == 204
    receipt = hand_in(school, pupil.login, release)
    assert receipt.status_code == 201
    assert re.fullmatch(r"[2-9A-Z]{6}", receipt.json()["code"])
    assert receipt.json()["code"] in browser.get(f"{PREFIX}/work/{release}").text
    grade(school)
    page = teacher.get(f"{PREFIX}/assignments/{release}").text
    assert "3 / 5" in page
    marking = teacher.get(f"{PREFIX}/assignments/{release}/marks").text
    assert "&lt;script&gt;alert(1)" in marking
    whole = teacher.get(f"{PREFIX}/assignments/{release}/marks?pupil={pupil.id}").text
    assert "<b>6</b>" in whole
    assert "onclick" not in whole
    assert "get_ipython" in whole
    assert whole.count("<code>exec</code>") == 1, "on the card of the code it stands in, in nobody's English"
    assert "finds names" not in whole
    assert keep_mark(teacher, release, pupil.id, "1,5", comment="Жақсы!").status_code == 303
    assert browser.get(f"{PREFIX}/work/{release}").text.count("Жақсы!") == 0, "not before it is returned"
    data = {"token": form_token(teacher.get(f"{PREFIX}/assignments/{release}").text)}
    teacher.post(f"{PREFIX}/assignments/{release}/return", data=data)
    seen = browser.get(f"{PREFIX}/work/{release}").text
    assert "4,5 / 5" in seen
    assert "Жақсы!" in seen
    assert "Because." in seen, "the model answer"
    assert "assert total" not in seen, "tests hold keys"
    feedback = server.get(f"{WORK}/{release}/feedback").json()
    assert feedback["score"] == 4.5
    assert "assert total" not in feedback["notebooks"][0]["html"]
    assert hand_in(school, pupil.login, release).status_code == 409, "it is marked"


def test_a_work_without_points_is_looked_at_and_returned_and_nobody_reads_of_none_of_none(school, group):
    path = school.settings.packets / "informatics-7/prices/kk/assignment.json"
    about = json.loads(path.read_text())
    about["points"] = about["notebooks"][0]["points"] = 0.0
    about["notebooks"][0]["cells"] = []
    path.write_text(json.dumps(about))
    teacher, pupil = school.sign_in(school.login("teacher")), school.pupils(group)[0]
    release = int(give(teacher, group).headers["location"].rpartition("/")[2])
    assert hand_in(school, pupil.login, release).status_code == 201
    grade(school, has_points=False)
    page = f"{PREFIX}/assignments/{release}"
    assert teacher.get(f"{page}/marks").status_code == 200
    assert "total = 6" in teacher.get(f"{page}/marks?pupil={pupil.id}").text, "what was handed in"
    assert post(teacher, release, "return").status_code == 303
    browser = school.sign_in(pupil.login)
    read = [teacher.get(page), teacher.get(f"{page}/reports"), browser.get(f"{PREFIX}/work/{release}")]
    for shown in [*read, browser.get(f"{PREFIX}/work")]:
        assert not re.search(r"\b0 / 0\b", shown.text), shown.url
    assert pupil.full_name in read[1].text
    assert "0%" not in read[1].text


def test_a_returned_work_shows_its_pupil_nothing_that_ran_beside_hidden_tests(
    school, teacher, group, release
):
    """Whatever the grader's kernel put out may hold them, for the pupil's code shared it with them."""
    pupil = school.pupils(group)[0]
    mine = notebook("total = 6; print(In)")
    mine["cells"][1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "seen at home"}]
    mine["cells"][2]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "an old error"}]
    hand_in(school, pupil.login, release, **{"prices.ipynb": json.dumps(mine)})
    client = grader(school)
    job = client.post(f"{GRADING}/next", json={"worker": "test"}).json()["job"]
    executed = notebook("total = 6; print(In)")
    for at in (1, 2):
        leak = {"output_type": "stream", "name": "stdout", "text": "HIDDEN total == 6"}
        executed["cells"][at]["outputs"] = [leak]
    failures = [("AssertionError", "HIDDEN"), ("HIDDEN", ""), ("ValueError", "HIDDEN")]
    for kind, text in failures:
        cells = [
            {"id": "total-tests", "score": 0, "points": 3.0, "failure": {"kind": kind, "text": text}},
            {"id": "why", "score": 0, "points": 2.0},
        ]
        result = {"status": "graded", "notebooks": [{"name": "prices", "ipynb": executed, "cells": cells}]}
        assert client.post(f"{GRADING}/jobs/{job}/result", json=result).status_code == 204
        assert "HIDDEN" in teacher.get(f"{PREFIX}/assignments/{release}/marks?pupil={pupil.id}").text
        token = form_token(teacher.get(f"{PREFIX}/assignments/{release}").text)
        teacher.post(f"{PREFIX}/assignments/{release}/return", data={"token": token})
        seen = school.sign_in(pupil.login).get(f"{PREFIX}/work/{release}").text
        fetched = (
            school.notebook(pupil.login).get(f"{WORK}/{release}/feedback").json()["notebooks"][0]["html"]
        )
        assert "HIDDEN" not in seen + fetched
        assert "seen at home" in seen and "seen at home" in fetched
        assert "an old error" not in seen, "what the check had said at home is not what it says now"
        data = {"token": token, "pupil": pupil.id}
        teacher.post(f"{PREFIX}/assignments/{release}/take-back", data=data)
        teacher.post(f"{PREFIX}/assignments/{release}/regrade", data={"token": token})
        job = client.post(f"{GRADING}/next", json={"worker": "test"}).json()["job"]
    assert "ValueError" in seen


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("The sum is 6", "The sum is 6"),
        ("Now it is 7", "Now it is 7"),
        ("Now it is " + "assert total([1, 2, 3]) == 6 and total([]) == 0", ""),
        ("assert total == 6", ""),
    ],
)
def test_a_test_says_why_in_its_own_words_only(text, told):
    test = "assert total, 'The sum is 6'\nassert ok, f'Now it is {total}'"
    assert tell_failure({"kind": "AssertionError", "text": text}, test) == ("AssertionError", told)


def test_a_model_answer_has_no_lines_for_nbgrader():
    scheme = "=== BEGIN MARK SCHEME ===\n- 1: a reason\n=== END MARK SCHEME ==="
    text = f"### BEGIN SOLUTION\nBecause.\n### END SOLUTION\n\n{scheme}"
    assert clean_model({"source": text}) == "Because."


@pytest.mark.parametrize("media", ["image/png", "image/jpeg", "image/gif", "image/webp"])
def test_pictures_are_shown_as_such_whatever_their_format(media):
    data = {media: b64encode(b"picture").decode() + "\n", "text/plain": "<Image object>"}
    shown = show_output({"output_type": "display_data", "data": data})
    assert f"src='data:{media};base64,{b64encode(b'picture').decode()}'" in shown
    junk = show_output({"output_type": "display_data", "data": data | {media: "'><script>"}})
    assert "<script>" not in junk and "src='data" not in junk


def test_what_was_added_below_a_task_is_shown_with_it(school, teacher, group):
    """The last of a notebook's cells, too, and up to the next question only."""
    about = school.settings.packets / "informatics-7" / "prices" / "kk" / "assignment.json"
    told = json.loads(about.read_text())
    tasks = [{"id": name, "kind": "task", "points": 2.0, "text": name} for name in ("draw", "count")]
    tasks[0]["rubric"] = [{"points": 2.0, "text": "axes have names"}]
    told["notebooks"][0]["cells"] += tasks
    about.write_text(json.dumps(told))
    release = int(give(teacher, group).headers["location"].rpartition("/")[2])
    made = notebook()
    scheme = "=== BEGIN MARK SCHEME ===\n- 2: axes have names\n=== END MARK SCHEME ==="
    for name in ("draw", "count"):
        made["cells"] += [
            cell(name, f"Task {name}\n\n{scheme}", "markdown", task=True, locked=True),
            {"cell_type": "markdown", "metadata": {}, "source": f"I did {name}"},
        ]
    pupil = school.pupils(group)[0]
    hand_in(school, pupil.login, release, **{"prices.ipynb": json.dumps(made)})
    pages = {
        name: teacher.get(f"{PREFIX}/assignments/{release}/marks?cell=prices/{name}").text
        for name in ("why", "draw", "count")
    }
    assert {name: "I did count" in page for name, page in pages.items()} == {
        "why": False,
        "draw": False,
        "count": True,
    }
    assert "Task draw" in pages["draw"] and "I did draw" in pages["draw"] and "I did draw" not in pages["why"]
    assert [page.count("axes have names") for page in pages.values()] == [0, 1, 1], "a rubric tells it once"
    assert not any("MARK SCHEME" in page for page in pages.values())


def test_a_picture_pasted_into_an_answer_stands_where_it_was_put():
    png = b64encode(b"picture").decode()
    pasted = {"my sheet.png": {"image/png": png}, "page.html": {"text/html": "<script>"}}
    text = "Before ![my **sheet**](attachment:my%20sheet.png) after ![x](attachment:page.html) ![y](https://a.b/c.png)"
    shown = show_source({"cell_type": "markdown", "source": text, "attachments": pasted})
    picture = f"<img class='output' alt='my **sheet**' src='data:image/png;base64,{png}'>"
    assert shown.count("<img") == 1 and f"Before {picture} after" in shown
    strange = [[1], {"my sheet.png": 7}, {"my sheet.png": {"image/png": "\ue0000\ue001"}}, None]
    for attachments in strange:
        assert "<img" not in show_source(
            {"cell_type": "markdown", "source": f"\ue0000\ue001{text}", "attachments": attachments}
        )


def test_one_pupils_work_is_returned_before_the_others(school, teacher, group, release):
    """By the button in that pupil's row."""
    first, second = school.pupils(group)[:2]
    for pupil in (first, second):
        hand_in(school, pupil.login, release)
        grade(school)
        keep_mark(teacher, release, pupil.id, "2")
    page = teacher.get(f"{PREFIX}/assignments/{release}").text
    row = next(row for row in page.split("<tr>") if first.full_name in row)
    form = re.search(r'<form[^>]*action="([^"]*/return)">(.*?)</form>', row, re.DOTALL)
    data = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[2]))
    assert teacher.post(form[1], data=data).status_code == 303
    feedback = f"{WORK}/{release}/feedback"
    codes = [school.notebook(pupil.login).get(feedback).status_code for pupil in (first, second)]
    assert codes == [200, 404]


def test_two_teachers_at_one_answer_do_not_overwrite_each_other(school, teacher, group, release):
    pupil = school.pupils(group)[0]
    hand_in(school, pupil.login, release)
    grade(school)
    assert keep_mark(teacher, release, pupil.id, "1", comment="Жақсы!").status_code == 303
    second = keep_mark(teacher, release, pupil.id, "2")
    assert second.status_code == 200, "a page that says why"
    kept = second.text.partition('class="notice">')[2].partition("</p>")[0]
    assert "<strong>1</strong> Жақсы!" in kept, "nobody replaces what they never saw"
    with school.database.reading() as session:
        assert [mark.given for mark in session.query(CellMark) if mark.cell == "why"] == [1.0]
    assert keep_mark(teacher, release, pupil.id, "2", seen=1).status_code == 303
    assert keep_mark(teacher, release, pupil.id, "3", seen=2).status_code == 200, "of two points at most"


def test_what_a_teacher_has_written_is_offered_again_to_that_teacher(school, teacher, group, release):
    pupils = school.pupils(group)[:3]
    for pupil, comment in zip(pupils, ("Бірлігі?", "Жақсы!", "Жақсы!"), strict=True):
        hand_in(school, pupil.login, release)
        grade(school)
        keep_mark(teacher, release, pupil.id, "1", comment=comment)

    def offered(visitor):
        page = visitor.get(f"{PREFIX}/assignments/{release}/marks").text
        return re.findall(r'<option value="([^"]*)"', page.partition('<datalist id="comments">')[2])

    ours = [each["kk"] for each in COMMENTS]
    assert offered(teacher) == ["Жақсы!", "Бірлігі?", *ours]
    keep_mark(teacher, release, pupils[0].id, "1", comment=ours[0], seen=1)
    assert offered(teacher) == ["Жақсы!", ours[0], *ours[1:]], "a corrected one is gone, none stands twice"
    with school.database.reading() as session:
        assert list_comments(session, pupils[0].id, "kk") == ours, "nobody is offered somebody else's"


def test_grading_again_keeps_what_the_teacher_gave(school, teacher, group, release):
    pupil = school.pupils(group)[0]
    hand_in(school, pupil.login, release)
    grade(school)
    keep_mark(teacher, release, pupil.id, "2", comment="good")
    hand_in(school, pupil.login, release, **{"prices.ipynb": json.dumps(notebook("total = 7"))})
    grade(school, score=0.0)
    with school.database.reading() as session:
        marks = {mark.cell: mark for mark in session.query(CellMark)}
        assert (marks["why"].given, marks["why"].comment) == (2.0, "good")
        assert marks["total-tests"].proposed == 0.0


def test_what_was_returned_stays_as_it_was_confirmed_when_it_is_graded_again(school, teacher, group, release):
    pupil = school.pupils(group)[0]
    hand_in(school, pupil.login, release)
    grade(school)
    keep_mark(teacher, release, pupil.id, "2")
    post(teacher, release, "return")
    pages = [f"{PREFIX}/work/{release}", f"{PREFIX}/work/{release}/report"]
    before = [school.sign_in(pupil.login).get(page).text.count("3 / 3") for page in pages]
    post(teacher, release, "regrade")
    grade(school, score=0.0, failure={"kind": "AssertionError", "text": ""})
    assert [school.sign_in(pupil.login).get(page).text.count("3 / 3") for page in pages] == before
    assert "Тексеруден өтпеді" not in school.sign_in(pupil.login).get(pages[0]).text, "that is not confirmed"
    page = teacher.get(f"{PREFIX}/assignments/{release}").text
    assert "5 / 5" in page and "ұпайы басқа" in page, "the teacher is told"
    post(teacher, release, "take-back", pupil=pupil.id)
    page = teacher.get(f"{PREFIX}/assignments/{release}").text
    assert "2 / 5" in page and "ұпайы басқа" not in page
    post(teacher, release, "return")
    assert "Тексеруден өтпеді" in school.sign_in(pupil.login).get(pages[0]).text


def test_a_new_answer_is_looked_at_again_and_keeps_its_points_until_then(school, teacher, group, release):
    pupil = school.pupils(group)[0]
    hand_in(school, pupil.login, release)
    grade(school)
    keep_mark(teacher, release, pupil.id, "2")
    hand_in(school, pupil.login, release, **{"prices.ipynb": json.dumps(notebook("total = 6", "other"))})
    grade(school)
    page = teacher.get(f"{PREFIX}/assignments/{release}").text
    assert "5 / 5" in page
    assert "бағалау керек" in page
    data = {"token": form_token(page)}
    teacher.post(f"{PREFIX}/assignments/{release}/return", data=data)
    assert school.notebook(pupil.login).get(f"{WORK}/{release}/feedback").status_code == 404
    keep_mark(teacher, release, pupil.id, "1", seen=1)
    teacher.post(f"{PREFIX}/assignments/{release}/return", data=data)
    assert school.notebook(pupil.login).get(f"{WORK}/{release}/feedback").json()["score"] == 4.0
    assert keep_mark(teacher, release, pupil.id, "0", seen=2).status_code == 200, "it is returned"
    assert school.notebook(pupil.login).get(f"{WORK}/{release}/feedback").json()["score"] == 4.0


def test_a_new_answer_that_is_marked_before_it_is_graded_is_not_to_be_marked_again(
    school, teacher, group, release
):
    pupil = school.pupils(group)[0]
    hand_in(school, pupil.login, release)
    grade(school)
    keep_mark(teacher, release, pupil.id, "2")
    hand_in(school, pupil.login, release, **{"prices.ipynb": json.dumps(notebook("total = 6", "other"))})
    page = teacher.get(f"{PREFIX}/assignments/{release}/marks?cell=prices/why").text
    assert "other" in page
    work = re.search(r'name="work" value="(\d+)"', page)[1]
    assert keep_mark(teacher, release, pupil.id, "1", seen=1, work=work).status_code == 303
    grade(school)
    post(teacher, release, "return")
    assert school.notebook(pupil.login).get(f"{WORK}/{release}/feedback").json()["score"] == 4.0


def test_a_hand_in_whose_grading_was_stopped_is_nobodys_zero_and_can_be_marked_by_hand(
    school, teacher, group, release
):
    pupil, page = school.pupils(group)[0], f"{PREFIX}/assignments/{release}"
    hand_in(school, pupil.login, release)
    assert "– / 5" in teacher.get(page).text, "it waits to be graded"
    post(teacher, release, "cancel")
    shown = teacher.get(page).text
    assert "– / 5" in shown and "0 / 5" not in shown
    assert "Бағалау керек: 1" in teacher.get(f"{PREFIX}/assignments").text
    assert "Әзірге ештеңе тексерілген жоқ" in teacher.get(f"{page}/items").text
    marking = teacher.get(f"{page}/marks").text
    assert marking.count('<span class="chip warn">1</span>') == 2, "of each question one is to be marked"
    post(teacher, release, "return")
    assert school.notebook(pupil.login).get(f"{WORK}/{release}/feedback").status_code == 404
    work = re.search(r'name="work" value="(\d+)"', marking)[1]
    assert keep_mark(teacher, release, pupil.id, "3", cell="total-tests", work=work).status_code == 303
    assert "3 / 5" in teacher.get(page).text
    assert keep_mark(teacher, release, pupil.id, "1", work=work).status_code == 303
    assert "тоқтатылды" not in teacher.get(page).text, "it is marked"
    assert "Тексерілген жұмыстар: 1" in teacher.get(f"{page}/items").text
    post(teacher, release, "return")
    assert school.notebook(pupil.login).get(f"{WORK}/{release}/feedback").json()["score"] == 4.0


def test_points_of_an_earlier_hand_in_are_not_those_of_one_that_was_not_graded(
    school, teacher, group, release
):
    pupil, page = school.pupils(group)[0], f"{PREFIX}/assignments/{release}"
    hand_in(school, pupil.login, release)
    grade(school)
    keep_mark(teacher, release, pupil.id, "2")
    hand_in(school, pupil.login, release, **{"prices.ipynb": json.dumps(notebook("total = 0", "other"))})
    post(teacher, release, "cancel")
    shown = teacher.get(page).text
    assert "– / 5" in shown and "5 / 5" not in shown
    assert "Әзірге ештеңе тексерілген жоқ" in teacher.get(f"{page}/items").text
    marking = teacher.get(f"{page}/marks?pupil={pupil.id}").text
    assert "ұсынып отыр" not in marking, "what the grader proposed was for another answer"
    assert marking.count("Бұл жұмыс әлі тексерілген жоқ") == 2
    assert "Сіз ұпай қойғаннан кейін" in marking, "the teacher's own points, too"
    work = re.search(r'name="work" value="(\d+)"', marking)[1]
    keep_mark(teacher, release, pupil.id, "", comment="Түсіндір", cell="total-tests", work=work)
    keep_mark(teacher, release, pupil.id, "1", seen=1, work=work)
    assert "1 / 5" in teacher.get(page).text
    post(teacher, release, "return")
    feedback = school.notebook(pupil.login).get(f"{WORK}/{release}/feedback")
    assert feedback.status_code == 404, "nobody has said what the tests are worth"


def test_what_was_ticked_in_a_rubric_is_kept_with_the_mark(school, teacher, group, release):
    pupil = school.pupils(group)[0]
    hand_in(school, pupil.login, release)
    grade(school)
    ticked = re.compile(r"name=\"ticked\" value=\"0\"[^>]* checked")
    place = f"{PREFIX}/assignments/{release}/marks?pupil={pupil.id}"
    assert not ticked.search(teacher.get(place).text)
    assert keep_mark(teacher, release, pupil.id, "1", ticked=0).status_code == 303
    assert ticked.search(teacher.get(place).text)
    refused = keep_mark(teacher, release, pupil.id, "99", seen=1)
    assert not ticked.search(refused.text), "as it was typed"
    assert ticked.search(teacher.get(place).text)
    assert keep_mark(teacher, release, pupil.id, "0", seen=1).status_code == 303
    assert not ticked.search(teacher.get(place).text)


def test_points_for_an_answer_are_not_kept_for_one_that_came_while_it_was_read(
    school, teacher, group, release
):
    pupil = school.pupils(group)[0]
    hand_in(school, pupil.login, release)
    grade(school)
    page = teacher.get(f"{PREFIX}/assignments/{release}/marks?pupil={pupil.id}").text
    work = re.search(r'name="work" value="(\d+)"', page)[1]
    hand_in(
        school, pupil.login, release, **{"prices.ipynb": json.dumps(notebook("total = 6", "other words"))}
    )
    grade(school)
    refused = keep_mark(teacher, release, pupil.id, "2", comment="Thought over!", work=work)
    assert "Жаңа жауапты" in refused.text and "other words" in refused.text, "what is there now"
    assert "Thought over!" in refused.text, "nothing is typed twice"
    work = re.search(r'name="work" value="(\d+)"', refused.text)[1]
    assert keep_mark(teacher, release, pupil.id, "1", work=work).status_code == 303


def test_what_is_pasted_or_kept_has_numbers_as_spreadsheets_here_read_them(school, teacher, group, release):
    returned(school, teacher, group, release, 1.07)
    export = f"{PREFIX}/assignments/courses/1/marks/export?column=fa&column=mark&form="
    for form, divider in (("tsv", "\t"), ("csv", ";")):
        rows = [line.split(divider) for line in teacher.get(export + form).text.splitlines()]
        assert ["61,4", "3"] in rows, "61.4 would be no number, or a day; a comma would not divide"


def test_points_may_be_typed_with_the_kazakh_layout(school, teacher, group, release):
    """It has no digits: its number row types other letters."""
    pupil = school.pupils(group)[0]
    hand_in(school, pupil.login, release)
    grade(school)
    for seen, (typed, kept) in enumerate([("ә", 2.0), ('"', 1.0), ('",ғ', 1.5), ("1.5", 1.5), ("Қ", 0.0)]):
        assert keep_mark(teacher, release, pupil.id, typed, seen=seen).status_code == 303, typed
        with school.database.reading() as session:
            assert [mark.given for mark in session.query(CellMark) if mark.cell == "why"] == [kept]
    assert keep_mark(teacher, release, pupil.id, "екі", seen=5).status_code == 200, "a page that says why"


def test_parents_get_a_sheet_of_what_was_returned_and_of_nothing_else(school, teacher, group, release):
    other = school.pupils(group)[1]
    hand_in(school, other.login, release)
    assert school.sign_in(other.login).get(f"{PREFIX}/work/{release}/report").status_code == 404
    grade(school)
    pupil = returned(school, teacher, group, release, 2.0)
    sheet = school.sign_in(pupil.login).get(f"{PREFIX}/work/{release}/report").text
    assert pupil.full_name in sheet and "4 / 5" in sheet and "80%" in sheet
    assert "Count the sum." in sheet and "2 / 3" in sheet
    assert school.sign_in(other.login).get(f"{PREFIX}/work/{release}/report").status_code == 404
    sheets = teacher.get(f"{PREFIX}/assignments/{release}/reports").text
    assert sheets.count('class="report"') == 1 and other.full_name not in sheets
    assert school.sign_in(pupil.login).get(f"{PREFIX}/assignments/{release}/reports").status_code == 403


def test_questions_under_one_heading_are_told_apart_where_they_are_marked_and_reported(
    school, teacher, group, release
):
    with school.database.session() as session:
        assignment = session.get_one(Release, release).assignment
        (book,) = assignment.about["notebooks"]
        alike = [each | {"text": "Sheep"} for each in book["cells"]]
        assignment.about = assignment.about | {"notebooks": [book | {"cells": alike}]}
    pupil = returned(school, teacher, group, release, 2.0)
    pages = [f"marks?pupil={pupil.id}", "reports", "items"]
    told = [teacher.get(f"{PREFIX}/assignments/{release}/{page}").text for page in pages]
    assert [min(page.count(f"Sheep ({number})") for number in (1, 2)) > 0 for page in told] == [True] * 3
    assert told[0].count("Sheep (2)") == 2, "in the list and on the card"


def test_a_terms_marks_are_shown_with_their_rule_and_leave_as_tables(school, teacher, group, release):
    pupil = returned(school, teacher, group, release, 2.0)
    course = f"{PREFIX}/assignments/courses/1/marks"
    page = teacher.get(course).text
    assert "25 % ҚБ + 25 % БЖБ + 50 % ТЖБ" in page
    assert "<strong>4</strong>" in page, "4 of 5 points are 80 %"
    tsv = teacher.get(f"{course}/export?form=tsv&column=name&column=mark&column=fa")
    first = next(line for line in tsv.text.split("\r\n") if line.startswith(pupil.full_name))
    assert first == f"{pupil.full_name}\t4\t80"
    sheet = load_workbook(io.BytesIO(teacher.get(f"{course}/export?form=xlsx").content)).active
    assert [pupil.full_name, pupil.login, 80, None, None, 80, 4] in [list(row) for row in sheet.values]
    assert teacher.get(f"{course}/export?form=csv&rule=none").status_code == 404
    other = next(
        account.login
        for account in school.accounts
        if account.role == "teacher" and account.login != school.login("teacher")
    )
    assert school.sign_in(other).get(course).status_code == 404
    with school.database.session() as session:
        year = session.get_one(AcademicYear, session.get_one(ClassGroup, group.id).year_id)
        holiday = date.fromisoformat(year.quarters[0]["ends"]) + timedelta(days=1)
        session.get_one(Release, release).released_at = datetime.combine(holiday, time(), ZONE)
    pages = [teacher.get(f"{course}?quarter={number}").text for number in (1, 2)]
    assert ["<strong>4</strong>" in page for page in pages] == [False, True], (
        "the first quarter has its marks"
    )


def test_the_questions_of_an_assignment_are_analysed(school, teacher, group, release):
    returned(school, teacher, group, release, 1.0)
    page = teacher.get(f"{PREFIX}/assignments/{release}/items").text
    assert "33%" in page
    assert page.count("Count the sum.") == 2, "its row and the list of what to teach again"


def test_wrong_answers_for_which_no_test_stops_are_counted_too(school, teacher, group, release):
    """A question's test gives part of the points by a number: nothing fails."""
    written = ["total = 5  # менің жауабым", "total = 5", "total = 6", "total = len('<b>')"]
    for pupil, total in zip(school.pupils(group), written, strict=False):
        hand_in(school, pupil.login, release, **{"prices.ipynb": json.dumps(notebook(total))})
        grade(school, 3.0 if total == "total = 6" else 1.0)
    page = teacher.get(f"{PREFIX}/assignments/{release}/items").text
    assert "<small>total = 5 (2)</small>" in page
    assert "total = 6" not in page, "it is right"
    assert "len(" not in page, "it is more than an answer"


def test_what_is_not_marked_yet_is_no_question_to_teach_again(school, teacher, group, release):
    for pupil in school.pupils(group)[:2]:
        hand_in(school, pupil.login, release)
        grade(school)
    address = f"{PREFIX}/assignments/{release}/items"
    page = teacher.get(address).text
    assert "әлі бағаланбаған" in page and "0%" not in page.replace("100%", ""), "nobody has looked at it"
    keep_mark(teacher, release, school.pupils(group)[0].id, "2")
    assert "0%" not in teacher.get(address).text.replace("100%", ""), (
        "one of the two is marked, with all points"
    )


def test_a_question_that_a_change_makes_worth_less_is_looked_at_again(school, teacher, group, release):
    pupil = school.pupils(group)[0]
    hand_in(school, pupil.login, release)
    grade(school)
    keep_mark(teacher, release, pupil.id, "2")
    write_packet(school.settings, version="2")
    about = school.settings.packets / "informatics-7" / "prices" / "kk" / "assignment.json"
    changed = json.loads(about.read_text())
    changed["notebooks"][0]["cells"][1]["points"] = 1.0
    about.write_text(json.dumps(changed))
    assert give(teacher, group).status_code == 303
    grader(school).post(f"{GRADING}/next", json={"worker": "test"})
    post(teacher, release, "return")
    feedback = f"{WORK}/{release}/feedback"
    assert school.notebook(pupil.login).get(feedback).status_code == 404, (
        "5 of 4 points are returned to nobody"
    )
    assert "тапсырма өзгерді" in teacher.get(f"{PREFIX}/assignments/{release}/marks?pupil={pupil.id}").text
    assert keep_mark(teacher, release, pupil.id, "1", seen=1).status_code == 303
