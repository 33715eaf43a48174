"""The library's pages before the real portal: write by form, offer, judge, adapt, tell of a use; hostile texts."""

import io
from html.parser import HTMLParser

import openpyxl
import pytest
from tests.unit.app_parts import find
from tests.unit.library_school import ABOUT, ITEMS, Visit
from tests.unit.portal_school import School

from sandyq.school import people
from sandyq_apps.kit.app import FieldProblem
from sandyq_apps.kit.portal import Refused
from sandyq_apps.library_item import CELL, FORMS, read_cell, read_values, write_cell

HOSTILE = (
    "<script>alert(1)</script>\n\n<img src=x onerror=alert(1)> [x](javascript:alert(1)) ![y](//evil.kz/p.png)\n\n"
    "<iframe srcdoc='<script>'></iframe> <a href='//evil.kz'>"
)


@pytest.fixture
def school(tmp_path):
    return School(tmp_path)


def find_logins(school, role):
    return [each.login for each in school.accounts if each.role == role]


def find_teachers(school):
    """Return a teacher of each of two schools."""
    logins = find_logins(school, "teacher")
    with school.database.reading() as session:
        at = {login: people.find_person(session, login).school_id for login in logins}
    first = logins[0]
    return first, next(login for login in logins if at[login] != at[first])


@pytest.mark.parametrize("kind", FORMS)
def test_what_a_form_says_is_a_question_and_comes_back_into_the_form(kind):
    values = ITEMS[kind]
    cell = write_cell(kind, values).text
    spec = read_cell(cell)
    assert spec.kind == kind
    assert spec.judge(spec.solve()).share == 1
    own, read = read_values(cell)
    assert own == kind
    assert {name: read.get(name) for name in values} == values


def test_a_cell_that_a_form_cannot_hold_is_changed_as_a_cell():
    cell = "%%choice id=item points=1\nQ\n" + "\n".join(
        f"- [{'x' if n == 1 else ' '}] a{n}" for n in range(9)
    )
    assert read_values(cell)[0] == CELL
    assert read_values("%%sort id=item\nQ\n")[0] == CELL


@pytest.mark.parametrize(
    ("kind", "wrong", "field"),
    [
        ("choice", {"right": 5}, "right"),
        ("choice", {"option3": "7"}, "option3"),
        ("choice", {"text": "- [x] 5"}, "text"),
        ("choices", {"right": [1, 2, 3]}, "option3"),
        ("number", {"answer": "он екі"}, "answer"),
        ("number", {"tolerance": "көп"}, "tolerance"),
        ("number", {"wrong1": "12,4"}, "wrong1"),
        ("short", {"accepted": "*"}, "accepted"),
        ("order", {"steps": "Бір\nЕкі"}, "steps"),
        ("match", {"right2": ""}, "right2"),
        ("gaps", {"gaps": "Бос орын жоқ."}, "gaps"),
        ("gaps", {"gaps": "Күзде [[бидай жиналады."}, "gaps"),
    ],
)
@pytest.mark.parametrize("language", ["kk", "ru"])
def test_what_is_wrong_is_said_at_its_field_in_the_authors_language(school, kind, wrong, field, language):
    visit = Visit(school, find_logins(school, "teacher")[0], language)
    with pytest.raises(FieldProblem) as problem:
        visit.write_item(kind, **wrong)
    assert problem.value.field == field
    assert not any(word in str(problem.value) for word in ("Question", "answer is", "line"))


def test_a_pasted_cell_is_judged_as_in_the_lesson_builder_with_line_and_remedy(school):
    visit = Visit(school, find_logins(school, "teacher")[0])
    visit.act("begin_item", kind=CELL)
    (form,) = find(visit.app.view(), "form")
    filled = ABOUT | form["values"] | {CELL: "%%choice id=bus\nQ\n- [ ] a\n- [ ] b"}
    with pytest.raises(FieldProblem, match="«bus» сұрағы, 4-жол"):
        visit.act("save_work", **filled)
    for foreign in ("print(1)", "%%decide id=x\nQ", "%%poll id=x\nQ\n- [ ] a\n- [ ] b"):
        with pytest.raises(FieldProblem):
            visit.act("save_work", **(filled | {CELL: foreign}))


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_an_item_goes_from_a_form_through_two_reviewers_to_everybody(school, language):
    (first, other), coach = find_teachers(school), find_logins(school, "coach")[0]
    author = Visit(school, first, language)
    number = author.write_item()
    assert "widget" in {part["t"] for part in find(author.app.view(), "card") for part in part["parts"]}
    assert number not in Visit(school, other).app.shelf.works
    author.offer(number)
    colleague = Visit(school, other, language)
    assert number in [work.id for work in colleague.app.shelf.queue()]
    colleague.open(number)
    colleague.judge(number)
    guide = Visit(school, coach, language)
    guide.open(number)
    assert find(guide.app.view(), "markup") and colleague.app.shelf.name(colleague.app.shelf.me) not in str(
        guide.app.show_reviews(guide.work(number))
    )
    with pytest.raises(FieldProblem) as problem:
        guide.judge(number, "changes")
    assert problem.value.field == "text"
    guide.judge(number)
    assert colleague.app.shelf.name(colleague.app.shelf.me) in str(guide.app.show_reviews(guide.work(number)))
    reader = Visit(school, find_logins(school, "leader")[0], language)
    assert reader.app.shelf.is_accepted(reader.work(number))
    assert reader.app.place["tab"] == "" and "Автобус кестесі" in reader.show()
    with pytest.raises(Refused):
        Visit(school, first).judge(number)


def test_a_changed_item_is_a_new_edition_and_the_old_one_can_be_read(school):
    first, other = find_teachers(school)
    author = Visit(school, first)
    number = author.write_item(title="Жоба")
    work = author.work(number)
    author.act("begin_form", work=number)
    (form,) = find(author.app.view(), "form")
    filled = {field["name"]: field["value"] for field in form["fields"]} | form["values"]
    author.act("save_work", **(filled | {"title": "Бірінші"}))
    author.offer(number)
    Visit(school, other).judge(number, "no", "Кілті қате")
    author = Visit(school, first)
    work = author.work(number)
    again = filled | {"id": number, "version": work.version, "title": "Екінші", "right": 1}
    author.act("save_work", **again)
    assert (author.work(number).edition, author.app.shelf.count_reviews(author.work(number))) == (2, 0)
    assert (
        author.act("save_work", **(again | {"version": author.work(number).version})) is None
    )  # nothing has changed
    author.open(number)
    author.act("read_editions", work=number)
    shown = author.show()
    assert "Бірінші" in shown and "Екінші" in shown and "Жоба" not in shown
    with pytest.raises(Refused):  # whoever reads the journal past the page gets no draft, either
        Visit(school, find_logins(school, "pupil")[0])
    reader = Visit(school, other)
    drafts = [
        entry for entry in reader.app.desk.history("resource", reader.work(number)) if "Жоба" in str(entry)
    ]
    assert drafts == []


def test_an_adaptation_names_both_and_is_given_back(school):
    first, other = find_teachers(school)
    author = Visit(school, first)
    number = author.write_item()
    author.offer(number)
    colleague = Visit(school, other)
    colleague.act("adapt", parent=number)
    (form,) = find(colleague.app.view(), "form")
    licences = next(field for field in form["fields"] if field["name"] == "licence")
    assert [key for key, _ in licences["choices"]] == ["CC BY-SA 4.0"]
    filled = {field["name"]: field["value"] for field in form["fields"]} | form["values"]
    colleague.act("save_work", **(filled | {"title": "Пойыз кестесі"}))
    child = max(work.id for work in colleague.app.shelf.own())
    credit = colleague.app.tell_credit(colleague.work(child))
    for person in (author, colleague):
        assert person.app.shelf.name(person.app.shelf.me) in credit
    colleague.offer(child)
    colleague.open(child)
    colleague.act("give_back", work=child, text="Пойызға ауыстырдым")
    author = Visit(school, first)
    assert "Пойызға ауыстырдым" in author.open(number) and "Пойыз кестесі" in author.show()
    with pytest.raises(Refused):
        author.judge(child)


def test_a_use_is_told_and_stands_in_the_table_and_on_paper(school):
    first, other = find_teachers(school)
    author = Visit(school, first)
    number = author.write_item()
    author.offer(number)
    colleague = Visit(school, other)
    colleague.open(number)
    colleague.act("save_use", work=number, grade=5, pupils=12, text="=1+1", on=colleague.app.desk.today)
    chief = Visit(school, find_logins(school, "district")[0])
    chief.act("open_tab", tab="uses")
    name = colleague.app.shelf.name(colleague.app.shelf.me)
    assert name in chief.show()
    chief.act("open_paper", paper="uses")
    (paper,) = find(chief.app.view(), "paper")
    assert name in paper["html"]
    assert "uses" not in str(Visit(school, other).app.view()[0])  # the table is for those who guide
    sheet = openpyxl.load_workbook(io.BytesIO(chief.act("save_catalogue").content)).worksheets[0]
    assert "Автобус кестесі" in [row[0].value for row in sheet.iter_rows(min_row=3)]
    with pytest.raises(Refused):  # the author leaves nobody in the lurch
        work = author.work(number)
        author.act("withdraw", id=work.id, version=work.version)


@pytest.mark.parametrize("kind", ["plan", "sheet", "lesson"])
def test_hostile_texts_run_nowhere(school, kind):
    first, other = find_teachers(school)
    author = Visit(school, first)
    author.act("begin_new", kind=kind)
    (form,) = find(author.app.view(), "form")
    filled = {field["name"]: field["value"] for field in form["fields"]} | ABOUT | form["values"]
    author.act("save_work", **(filled | {"title": HOSTILE[:190], "body": HOSTILE}))
    number = max(work.id for work in author.app.shelf.own())
    author.offer(number)
    reader = Visit(school, other)
    reader.open(number)
    reader.judge(number, "no", HOSTILE)
    reader.act("save_use", work=number, grade=5, pupils=1, text=HOSTILE, on=reader.app.desk.today)
    page = reader.app.view()
    reader.act("open_paper", paper="work")
    html = [part["html"] for part in (*find(page, "markup"), *find(reader.app.view(), "paper"))]
    assert html
    reader = Tags()
    for each in html:
        reader.feed(each)
    assert reader.found <= HARMLESS
    assert {name for name, _ in reader.attributes} <= {"style", "scope", "class"}


class Tags(HTMLParser):
    """What a browser would find in HTML."""

    def __init__(self):
        super().__init__()
        self.found, self.attributes = set(), []

    def handle_starttag(self, tag, attrs):
        self.found.add(tag)
        self.attributes += attrs


HARMLESS = {
    "div", "p", "br", "b", "strong", "em", "code", "pre", "ul", "ol", "li", "h1", "h2", "h3", "table", "thead", "tbody",
    "tr", "th", "td", "article", "section", "header", "footer", "span", "hr", "blockquote",
}  # fmt: skip


def test_a_hostile_item_is_shown_as_words(school):
    author = Visit(school, find_logins(school, "teacher")[0])
    number = author.write_item("short", text=HOSTILE, accepted="<b>бидай</b>", reason=HOSTILE)
    spec = read_cell(author.work(number).body)
    trial = author.app._find_trial(author.work(number), spec)
    assert "<script" not in trial.text and "<img" not in trial.text and "<a " not in trial.text
    assert trial.is_trial
    trial.check("қате")
    assert trial.saving == "preview"


def test_found_is_what_suits_words_without_kazakh_tails_and_filters(school):
    author = Visit(school, find_logins(school, "teacher")[0])
    for title, licence in (("Құпиясөз ережесі", "CC0 1.0"), ("Автобус", "CC BY 4.0")):
        author.offer(author.write_item(title=title, licence=licence))
    own = {work.id for work in author.app.shelf.own()}
    names = ("q", "only_kind", "only_language", "grade", "competence", "only_accepted")
    wish = {name: author.app.place[name] for name in names}
    for change, count in (
        ({}, 2),
        ({"q": "купиясоз"}, 1),
        ({"q": "reading.locate"}, 0),
        ({"q": "ақпаратты табу"}, 2),
        ({"grade": 5}, 2),
        ({"grade": 9}, 0),
        ({"only_kind": "plan"}, 0),
        ({"only_language": "ru"}, 0),
        ({"competence": "PISA reading.locate"}, 2),
        ({"only_accepted": True}, 0),
    ):
        author.act("filter", **(wish | change))
        assert len([work for work in author.app.list_found() if work.id in own]) == count, change


def test_the_key_is_printed_on_a_sheet_of_its_own(school):
    author = Visit(school, find_logins(school, "teacher")[0])
    number = author.write_item()
    author.open(number)
    author.act("open_paper", paper="work")
    (paper,) = find(author.app.view(), "paper")
    sheet, _, key = paper["html"].partition("break-before: page")
    assert "7-автобус 7:40" in key and "7-автобус 7:40" not in sheet and "Кестеде 7:40" not in sheet
    assert "CC BY-SA" in sheet and author.app.shelf.name(author.app.shelf.me) in sheet
