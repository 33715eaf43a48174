"""The frame of the centre's apps: its words, its pictures, its papers; each app's title and help in three languages."""

import asyncio
import importlib
import io
import json
import re
from itertools import pairwise
from pathlib import Path

import openpyxl
import pytest
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils import get_column_letter
from tests.unit.portal_school import School
from tests.unit.test_apps_closed_clubs import open_app

from sandyq.i18n import LOCALE, load_translations, recipe
from sandyq_apps.attendance import AttendanceRegister
from sandyq_apps.chests import Chests
from sandyq_apps.clubs import Clubs
from sandyq_apps.kit import charts, parts
from sandyq_apps.kit.app import App
from sandyq_apps.kit.desk import Change, Desk, alter
from sandyq_apps.kit.papers import Workbook, name_file
from sandyq_apps.kit.speech import FRAME, PROBLEMS, Speech
from sandyq_apps.passport import Passport

PACKAGE = Path(importlib.import_module("sandyq_apps").__file__).parent
for module in PACKAGE.glob("*.py"):
    importlib.import_module(f"sandyq_apps.{module.stem}")
APPS = sorted(App.__subclasses__(), key=lambda app: app.__name__)


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_the_frame_speaks_each_language(language):
    say = load_translations(language).gettext
    assert [text for text in (*FRAME.values(), *PROBLEMS.values()) if say(text) == text] == []


@pytest.mark.parametrize("language", ["kk", "ru"])
@pytest.mark.parametrize("app", APPS, ids=lambda app: app.__name__)
def test_an_app_has_its_title_and_its_help_in_each_language(app, language):
    say = load_translations(language).gettext
    assert app.help
    assert say(app.title) != app.title
    assert say(app.help) != app.help


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
@pytest.mark.parametrize("app", APPS, ids=lambda app: app.__name__)
def test_an_app_has_a_title_and_says_that_it_is_coming_before_anything_was_loaded(app, language, monkeypatch):
    """A page brings this along; its kernel has still to ask the portal."""
    monkeypatch.setenv("SANDYQ_LANGUAGE", language)
    say, made = load_translations(language).gettext, app()
    assert (made.frame["title"], made.frame["help"]) == (say(app.title), say(app.help))
    assert made.frame["who"] == ""
    assert [part["text"] for part in made.body] == [say("One moment…")]


@pytest.mark.parametrize(
    "path", sorted(LOCALE.glob("*/LC_MESSAGES/apps_*.po")), ids=lambda p: f"{p.parts[-3]}-{p.stem}"
)
def test_no_other_catalogue_says_a_word_of_an_app_differently(path):
    """All catalogues are one at run time: whoever needs a word in another sense writes a longer text."""
    translations = load_translations(path.parts[-3])
    for message in read_po(io.BytesIO(path.read_bytes())):
        if message.id and isinstance(message.id, str):
            assert translations.gettext(message.id) == message.string, message.id


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
@pytest.mark.parametrize("kind", [AttendanceRegister, Passport])
def test_where_clubs_are_missing_the_app_that_makes_them_is_named(kind, language):
    app = kind()
    app.speech = Speech(language)
    app.desk = Desk(None, kind.sheets)
    app.desk._rows = {name: {} for name in kind.sheets}
    assert app.speech(Clubs.title) in str(app.view())


def test_money_and_numbers_are_told_as_people_write_them():
    assert Speech("kk").money(123450).replace("\xa0", " ") == "1 234,50 ₸"
    assert Speech("ru").money(123400).replace("\xa0", " ") == "1 234 ₸"
    assert Speech("en").money(-50) == "-0.50 ₸"
    assert Speech("ru").clock("2026-11-24T09:05:00+00:00") == "14:05"
    assert Speech("ru").weekday(0) == "понедельник"


@given(st.integers(-(10**15), 10**15))
def test_money_loses_no_tiyn(tiyn):
    told = Speech("en").money(tiyn).removesuffix(" ₸").replace(",", "")
    whole, _, rest = told.lstrip("-").partition(".")
    assert (-1 if told.startswith("-") else 1) * (int(whole) * 100 + int(rest or 0)) == tiyn


def test_pictures_escape_what_people_wrote():
    evil = "<script>alert(1)</script>"
    pictures = [
        charts.bars([charts.Bar(evil, (1, 2), evil)], mark=2),
        charts.lines([evil], {evil: [1]}),
        charts.gantt([charts.Span(evil, 0, 3, "#123456", 0.5, evil)], [(0, evil)], today=1),
    ]
    assert all("<script" not in picture for picture in pictures)
    assert charts.bars([]) and charts.lines([], {}) and charts.gantt([], [])


def test_a_spreadsheet_runs_no_formula_that_somebody_is_called():
    book = Workbook()
    book.add_sheet("a/b", ["Title"], ["Name", "Sum"], [["=1+1", 5], ["\x07bell\uffff", 7]])
    file = book.save("x?.1")
    sheet = openpyxl.load_workbook(io.BytesIO(file.content)).worksheets[0]
    assert file.name == "x .1.xlsx"
    assert (sheet["A3"].value, sheet["A3"].data_type) == ("=1+1", "s")
    assert sheet["B4"].value == 7


def test_a_printed_spreadsheet_is_as_wide_as_its_table():
    """A sentence that goes on to the right makes the page as wide as itself, and all letters too small to read."""
    rule, book = "Мұнда бестен аз адам туралы дерек жоқ. " * 12, Workbook()
    book.add_sheet(
        "a", [rule, "Короткое"], ["Школа", "Число"], [["A" * 55, 12], ["Б " * 70, "*"]], foot=[rule]
    )
    sheet = openpyxl.load_workbook(io.BytesIO(book.save("x").content)).worksheets[0]
    width = {letter: each.width for letter, each in sheet.column_dimensions.items()}
    merged = {each.start_cell.row: each for each in sheet.merged_cells.ranges}
    assert set(merged) == {1, 6}, "sentences that are wider than the table, and no others"
    for row in sheet.iter_rows():
        for cell in row:
            last = merged[cell.row].max_col if cell.row in merged else cell.column
            room = sum(width.get(get_column_letter(column), 8) for column in range(cell.column, last + 1))
            lines = -(-len(str(cell.value or "")) // room)
            assert lines <= 1 or cell.alignment.wrap_text
            assert lines <= 1 or sheet.row_dimensions[cell.row].height >= 15 * lines, "nothing is cut off"
    assert {row for row in sheet.row_dimensions if sheet.row_dimensions[row].height} == {1, 5, 6}, (
        "what fits is one line"
    )
    assert [sheet.cell(row, 2).alignment.horizontal for row in (3, 4, 5)] == ["right"] * 3
    assert {sheet["A2"].font.name, sheet["A4"].font.name} == {"Calibri"}


def test_a_file_has_a_name_that_every_system_takes():
    assert name_file('a<b>:"/\\|?*c', "docx") == "a b c.docx"
    assert name_file("...", "ics") == "sandyq.ics"


def test_parts_are_plain_data():
    import json

    page = [
        parts.table(
            "T", [parts.column("a", "A")], [parts.line(1, a=parts.cell("x", act="open", values={"id": 1}))]
        ),
        parts.form("save", [parts.field("a", "A", choices=[(1, "one")])], "Save", key="k"),
    ]
    assert json.loads(json.dumps(page)) == page


def test_names_of_lines_that_end_together_stand_below_each_other():
    picture = charts.lines(["1", "2"], {"one": [40, 47], "two": [47, 47], "three": [46, 46]})
    heights = sorted(
        float(re.search(rf'y="([\d.]+)"[^>]*>{name}<', picture)[1]) for name in ("one", "two", "three")
    )
    assert all(lower - upper >= charts.NAME_HEIGHT for upper, lower in pairwise(heights))


def test_names_of_lines_that_end_at_nothing_stand_above_the_words_below():
    picture = charts.lines(["june", "july"], {name: [1, 0] for name in ("one", "two", "three")})
    names = [float(re.search(rf'y="([\d.]+)"[^>]*>{name}<', picture)[1]) for name in ("one", "two", "three")]
    below = float(re.search(r'y="([\d.]+)"[^>]*>july<', picture)[1])
    assert max(names) <= below - charts.NAME_HEIGHT
    assert len(set(names)) == len(names)


def test_lines_and_parts_of_bars_are_told_apart_without_colours():
    drawn = charts.lines(["a", "b"], {name: [1, 2] for name in "pqrs"})
    dashes = [re.search(r'stroke-dasharray="([^"]+)"', path) for path in re.findall(r"<path[^>]+>", drawn)]
    own = [found[1] if found else "" for found in dashes[-4:]]
    assert len(set(own)) == 4
    plain, hatched = (
        charts.bars([charts.Bar("x", (3, 2), "")]),
        charts.bars([charts.Bar("x", (3, 2), "")], hatched=True),
    )
    assert "stroke-opacity" not in plain
    assert hatched.count("stroke-opacity") == 1, "only the second part is"
    points = [tuple(map(float, each)) for each in re.findall(r"[ML]([\d.]+) ([\d.]+)", re.search(r'd="(M[^"]+L[^"]+)"', hatched)[1])]  # fmt: skip # noqa: E501
    boxes = [tuple(map(float, each)) for each in re.findall(r'x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="(\d+)"', hatched)]  # fmt: skip # noqa: E501
    left, top, width, height = boxes[1]
    assert all(left - 0.1 <= x <= left + width + 0.1 and top <= y <= top + height for x, y in points)


def test_what_was_done_is_said_in_the_language_of_whoever_reads_it(tmp_path):
    school = School(tmp_path)
    one, two = (open_app(school, Chests, "chests", role) for role in ("leader", "administrator"))
    names = {"kk": "Өнер", "ru": "Искусство", "en": "Arts"}
    row = one.desk.rows("chest")[0]
    told = one._("Chest changed: {name}", name=one.speech.name(names))
    one.desk.send(Change(told, (alter("chest", row, names=names),)))
    one._speak("ru")
    one.show()
    assert one.frame["undo"] == "Сундук изменён: Искусство"
    two._speak("en")
    asyncio.run(two.hear())
    assert "Chest changed: Arts" in str(two.body[0])
    two._speak("ru")
    two.show()
    assert "Сундук изменён: Искусство" in str(two.body[0]), "and again when they change it"
    one.desk.send(Change("Бір сөз", (alter("chest", one.desk.rows("chest")[0], colour="#112233"),)))
    one.show()
    assert one.frame["undo"] == "Бір сөз", "what is no text of ours stays as it is"


def test_each_part_of_what_was_done_is_said_anew():
    kk, ru = Speech("kk"), Speech("ru")

    def say(say):
        day = say.join(", ", say.weekday(0), "14:30", "")
        told = say("Written down: {amount}, {name}", amount=say.money(123450), name=day)
        counted = say.count("Club deleted: {name} ({count} child)", "Club deleted: {name} ({count} children)", 1200, name="{Y}")  # fmt: skip # noqa: E501
        return told, counted, say("Beginning: {date}", date=say.date("2026-09-01"))

    for mine, theirs in zip(say(kk), say(ru), strict=True):
        kept = json.loads(json.dumps(recipe(mine)))
        assert ru.retell({"said": kept, "what": str(mine)}) == theirs != mine


@pytest.mark.parametrize(
    "said",
    [
        ["text", ["{x.__class__}"], {"x": "1"}],
        ["count", ["{count:>9999999999}", "{count:>9999999999}", 2], {}],
        ["count", ["{count}", "{count!r:>9999999999}", 2], {}],
        ["money", ["1e999999999"], {}],
        ["__class__", [], {}],
        ["language", [], {}],
        ["retell", [{}], {}],
        ["text", [5], {}],
        ["weekday", ["x"], {}],
        ["name", ["x"], {}],
        ["text"],
        [],
    ],
)
def test_what_somebody_elses_kernel_says_does_nothing(said):
    assert Speech("ru").retell({"said": said or [1], "what": "–"}) == "–"


def test_a_slow_look_for_news_does_not_offer_an_older_change_to_take_back(tmp_path):
    """It was answered before a change that was made beside it, and came after the change's receipt."""
    desk = open_app(School(tmp_path), Chests, "chests").desk
    ask = desk.portal.ask

    def paint(colour):
        desk.send(Change(colour, (alter("chest", desk.rows("chest")[0], colour=colour),)))

    def ask_slowly(*asked):
        answer = ask(*asked)
        desk.portal.ask = ask
        paint("#2f6db5")
        return answer

    paint("#0b6e6e")
    desk.portal.ask = ask_slowly
    desk.hear()
    assert desk.undo["what"] == "#2f6db5"
    desk.take_back()
    assert desk.undo["what"] == "#0b6e6e"
    desk.hear()
    assert desk.undo["what"] == "#0b6e6e"
