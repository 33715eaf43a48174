"""The launch planner's documents: the same content on the screen and in Word, blanks where nothing is known."""

import io
import re
from datetime import date
from html.parser import HTMLParser

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandyq.papers import Blank, Paper, guard, read_markup, to_docx
from sandyq_apps.kit.desk import Row
from sandyq_apps.kit.papers import render
from sandyq_apps.launch_data import read_template
from sandyq_apps.launch_documents import FOOT, LANGUAGES, Documents
from sandyq_apps.launch_facts import NAMES, NUMBERS, PAPERS, PEOPLE, propose

DOCUMENTS = list(read_template().documents)
EVERY = [(name, language) for name in DOCUMENTS for language in LANGUAGES]
FACTS = (
    {key: f"[{key}]" for key in (*NAMES, *PEOPLE)}
    | {key: date(2026, 12, 1).isoformat() if key.endswith("_date") else f"[{key}]" for key in PAPERS}
    | dict.fromkeys(NUMBERS, 77)
)


class Desk:
    """What a school's server knows: two clubs, one of them with a time, a room and two children."""

    today = "2026-11-24"
    school = Row(name="Ақбұлақ мектебі", language="kk", year="2026/27")

    def __init__(self, **sheets):
        self.sheets = sheets

    def rows(self, sheet):
        return [Row(row) for row in self.sheets.get(sheet, [])]


EMPTY = Desk()
EMPTY.school = Row(name="", language="kk", year="")
FULL = Desk(
    chest=[{"id": 1, "position": 1, "names": {"kk": "Өнер", "ru": "Искусство"}}],
    club=[
        {
            "id": 5,
            "chest_id": 1,
            "leader_id": 3,
            "name": "Домбыра | <b>",
            "grade_from": 5,
            "grade_to": 8,
            "capacity": 15,
            "meetings": 2,
        },
        {
            "id": 6,
            "chest_id": 1,
            "leader_id": 9,
            "name": "Шахмат",
            "grade_from": 1,
            "grade_to": 1,
            "capacity": 12,
            "meetings": 1,
        },
    ],
    room=[{"id": 2, "name": "12-кабинет"}],
    slot=[{"id": 7, "weekday": 0, "starts": "14:30", "ends": "15:45"}],
    meeting=[{"id": 1, "club_id": 5, "slot_id": 7, "room_id": 2}],
    staff=[{"id": 3, "name": "Әбенов Ерлан", "roles": ["teacher"]}],
    pupil=[
        {"id": 11, "name": "Ким Аяла", "class": "5А"},
        {"id": 12, "name": "Бекболат Мирас", "class": "6Б"},
    ],
    enrolment=[
        {"id": 1, "club_id": 5, "person_id": 11, "until": None},
        {"id": 2, "club_id": 5, "person_id": 12, "until": "2026-11-24"},
    ],
)


class Texts(HTMLParser):
    """The texts of a page, each block by itself."""

    def __init__(self, html):
        super().__init__()
        self.blocks, self.style = [""], False
        self.feed(html)

    def handle_starttag(self, tag, _attrs):
        self.style = tag == "style"
        if tag in {"p", "h2", "h3", "th", "td", "footer"}:
            self.blocks.append("")

    def handle_data(self, data):
        if not self.style:
            self.blocks[-1] += data


def squeeze(text):
    """Leave spaces and blanks out: a page draws blanks as spaces with a line, Word has them as low lines."""
    return re.sub(r"[\s_]+", "", text)


def words_of_html(paper):
    return [
        squeeze(block) for block in Texts(render("launch/paper.html", paper=paper)).blocks if squeeze(block)
    ]


def words_of_docx(paper):
    document = docx.Document(io.BytesIO(to_docx(paper, "Мектеп")))
    blocks = []
    for each in document.iter_inner_content():
        if isinstance(each, docx.table.Table):
            blocks += [cell.text for row in each.rows for cell in row.cells]
        else:
            blocks.append(each.text)
    blocks.append(document.sections[0].footer.paragraphs[0].text)
    return [squeeze(block) for block in blocks if squeeze(block)]


@pytest.mark.parametrize(("name", "language"), EVERY)
@pytest.mark.parametrize("desk", [EMPTY, FULL], ids=["empty", "full"])
def test_screen_and_word_say_the_same(name, language, desk):
    paper = Documents(desk, FACTS, {"opens": date(2027, 2, 1)}, language).make(name)
    assert words_of_html(paper) == words_of_docx(paper)
    assert words_of_html(paper)[-1] == squeeze(FOOT[language])


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_what_is_not_known_is_a_blank_and_never_none(name, language):
    paper = Documents(EMPTY, {}, {}, language).make(name)
    text = "".join(words_of_html(paper))
    assert "None" not in text and "{{" not in text and "Undefined" not in text
    assert paper.missing > 0 or name == "consent"
    content = docx.Document(io.BytesIO(to_docx(paper, "")))
    blanks = [run for line in content.paragraphs for run in line.runs if not run.text.strip(" \t\u00a0_")]
    assert any("_" in run.text for run in blanks)
    assert not any("\u00a0" in run.text for run in blanks), "at a line's end LibreOffice would not show them"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_fact_that_is_asked_stands_in_a_document(language):
    documents = Documents(FULL, FACTS, {}, language)
    text = " ".join(
        "".join(run.text for row in block.rows for cell in row for run in cell)
        for name in DOCUMENTS
        for block in documents.make(name, 5).blocks
    )
    asked = {*NAMES, *PEOPLE, "order_number", "protocol_number"}
    asked = {key for key in asked if not key.endswith({"kk": "_ru", "ru": "_kk"}[language])}
    assert [key for key in asked if f"[{key}]" not in text] == []
    assert "77" in text
    assert {"kk": "2026 жылғы 1 желтоқсан", "ru": "1 декабря 2026 года"}[language] in text


def test_nothing_is_missing_when_all_facts_are_known():
    """What is still blank then is for the hand of whoever signs."""
    for language in LANGUAGES:
        full = Documents(
            FULL,
            FACTS,
            dict.fromkeys([step["key"] for step in read_template().steps] + ["opens"], date(2027, 1, 5)),
            language,
        )
        assert [name for name in DOCUMENTS if full.make(name, 5).missing] == []


def test_a_journal_has_the_clubs_children_of_today():
    paper = Documents(FULL, {}, {}, "kk").make("journal", 5)
    text = " ".join(words_of_html(paper))
    assert "КимАяла" in text and "Бекболат" not in text  # who left today is no longer in
    assert "Домбыра|<b>" in text
    assert "дүйсенбі14:30–15:45,12-кабинет" in text
    assert "ӘбеновЕрлан" in text


def test_a_timetable_has_the_meetings_in_their_order():
    rows = next(b for b in Documents(FULL, {}, {}, "ru").make("timetable").blocks if b.kind == "table").rows
    assert [run.text for cell in rows[1] for run in cell] == [
        "понедельник", "14:30–15:45", "Домбыра | <b>", "5–8", "Әбенов Ерлан", "12-кабинет",
    ]  # fmt: skip


def test_the_markup_counts_points_through_and_parts_anew():
    blocks = read_markup("= T\n# one\n- a;\n- b.\n+ C\n# two\n- c.\n| x | y |\n|  | 1 |\n~ R | N\nplain ___")
    told = ["".join(run.text for run in block.text) for block in blocks]
    assert told[:7] == ["T", "1. one", "1) a;", "2) b.", "C", "2. two", "1) c."]
    assert [block.kind for block in blocks[7:]] == ["table", "sign", "text"]
    assert len(blocks[7].rows) == 2 and blocks[7].rows[1][0] == ()
    assert blocks[9].text[1].blank == 3


@given(st.text(max_size=40))
def test_what_people_write_stays_their_text(text):
    paper = Paper("T", "kk", read_markup(f"{guard(text)}\n| {guard(text)} | {guard(text)} |\n| a | b |"), "F")
    clean = " ".join(text.split())
    kinds = [block.kind for block in paper.blocks]
    assert kinds in (["text", "table"], ["table"])  # an empty text is no line
    for row in (paper.blocks[-1].rows[0],):
        assert len(row) == 2
        assert all(
            "".join(run.text for run in cell) == re.sub("[\u2060\u2063]", "", clean).strip() for cell in row
        )
    assert read_markup(guard(Blank("____")))[0].text[0].missing


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_word_file_breaks_no_childs_name(language):
    """A journal has eleven columns: of equal width none would hold a name."""
    child = {"id": 13, "name": "Сәрсенбайұлы Мұхамедәли", "class": "10А"}
    inside = {"id": 3, "club_id": 5, "person_id": 13, "until": None}
    desk = Desk(**FULL.sheets | {"pupil": [child], "enrolment": [inside]})
    journal = Documents(desk, FACTS, {}, language).make("journal", 5)
    tables = docx.Document(io.BytesIO(to_docx(journal, ""))).tables
    number, name, group, *days = (cell.width.mm for cell in tables[0].rows[1].cells)
    assert name > 35 and group > 18 and number < 12
    assert all(day > 9 for day in days)
    for table in tables:
        assert sum(cell.width.mm for cell in table.rows[0].cells) == pytest.approx(170, abs=1)
    topics = [cell.width.mm for cell in tables[1].rows[0].cells]
    assert min(topics) > 50, "what is filled in by hand has room"


def test_a_name_that_ends_with_a_full_stop_ends_its_sentence():
    said = [read_markup(f"# Басшы: {guard(name)}.")[0].text for name in ("Әбенов Е. М.", "Әбенов Ерлан")]
    assert ["".join(run.text for run in text) for text in said] == [
        "1. Басшы: Әбенов Е. М.",
        "1. Басшы: Әбенов Ерлан.",
    ]


def test_the_server_proposes_what_it_knows():
    staff = [
        Row(name="А", roles=["leader"]),
        Row(name="Б", roles=["teacher"]),
        Row(name="В", roles=["leader"]),
    ]
    assert propose(staff, Row(name="Мектеп", language="ru")) == {"school_ru": "Мектеп"}
    assert propose(staff[:2], Row(name="Мектеп", language="kk")) == {"school_kk": "Мектеп", "leader": "А"}
