"""Magics in a real shell, and words in every language."""

from __future__ import annotations

import ast
import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

import sandyq.authoring
import sandyq_curriculum
import sandyq_widgets
from sandyq.i18n import LOCALE
from sandyq_hub.notebooks import NEW_LESSON, mark_notebook, read_beginning
from sandyq_widgets import labels
from sandyq_widgets.assets import STATIC, read_module
from sandyq_widgets.author import Author, list_names, read_cells, read_files, read_mark, read_pictures
from sandyq_widgets.notebook import (
    PlainCell,
    embed_pictures,
    find_pictures,
    find_tables,
    make_pupils_notebook,
    write_notebook,
)
from sandyq_widgets.questions import WIDGETS


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[InteractiveShell]:
    monkeypatch.chdir(tmp_path)  # and back: magics go into a lesson's folder
    monkeypatch.delenv("SANDYQ_LANGUAGE", raising=False)
    shell = InteractiveShell()
    sandyq_widgets.load_ipython_extension(shell)
    yield shell
    labels.set_lesson("kk")


def test_a_question_cell_gives_a_widget_in_the_lessons_language(shell: InteractiveShell) -> None:
    shell.run_cell("%lesson none ru")
    question = shell.run_cell("%%number id=n answer=10\nСколько?").result
    assert repr(question) == "Number(n)"
    assert question.labels["check"] == "Проверить"


def test_the_visitors_language_goes_before_the_lessons(
    shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.run_cell("%lesson none ru")
    monkeypatch.setenv("SANDYQ_LANGUAGE", "kk")
    assert shell.run_cell("%%number id=n answer=10\nҚанша?").result.labels["check"] == "Тексеру"


@pytest.mark.parametrize("space", ["\u00a0", "\t", "  "])
def test_any_space_may_stand_in_a_questions_first_line(shell: InteractiveShell, space: str) -> None:
    cell = f"{space}%%number{space}id=n{space}answer=10\nQ"
    assert repr(shell.run_cell(cell).result) == "Number(n)"
    front = {"slug": "lesson", "language": "kk", "questions": []}
    lesson = write_notebook([PlainCell("n", cell, is_code=True)], front)
    assert make_pupils_notebook(lesson)["cells"][0]["source"] == "%ask lesson kk n"


def test_a_malformed_question_is_told_without_a_traceback(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.run_cell("%lesson none kk")
    assert not shell.run_cell("%%choice id=a\nСұрақ\n- [ ] бір\n- [ ] екі").success
    told = capsys.readouterr().out
    assert "«a» сұрағы, 4-жол:" in told
    assert "Traceback" not in told


def test_two_questions_may_not_share_a_name_but_a_cell_may_run_again(shell: InteractiveShell) -> None:
    cell = "%%number id=n answer=10\nQ"
    assert shell.run_cell(cell).success
    assert shell.run_cell(cell).success
    assert not shell.run_cell("%%number id=n answer=11\nQ").success


def _find_messages(package: Path) -> set[str]:
    """Return every text given to ``N_`` or ``gettext`` in a package."""
    calls = (
        node
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("N_", "gettext")
    )
    return {call.args[0].value for call in calls if isinstance(call.args[0], ast.Constant)}  # type: ignore[misc]


@pytest.mark.parametrize("language", ["kk", "ru"])
@pytest.mark.parametrize("package", [sandyq_widgets, sandyq_curriculum, sandyq.authoring])
def test_every_word_is_translated(package: object, language: str) -> None:
    from babel.messages.pofile import read_po

    name = package.__name__  # type: ignore[attr-defined]
    with (LOCALE / language / "LC_MESSAGES" / f"{name.removeprefix('sandyq.')}.po").open("rb") as source:
        catalogue = read_po(source)
    messages = _find_messages(Path(package.__file__).parent)  # type: ignore[attr-defined]
    assert messages
    assert messages == {message.id for message in catalogue if message.id and message.string}


def test_a_widgets_javascript_is_small_and_whole() -> None:
    for path in STATIC.glob("*.js"):
        assert path.stat().st_size <= 10_240, path.name
    for name in (*WIDGETS, "meter", "explore"):
        module = read_module(name)
        assert "import " not in module and module.count("export ") == 1
        assert len(gzip.compress(module.encode())) <= 10_240


def test_a_small_childs_lesson_is_larger(shell: InteractiveShell) -> None:
    shell.run_cell("%lesson none kk young")
    assert shell.run_cell("%%number id=n answer=10\nҚанша?").result.labels["size"] == "young"


def test_a_malformed_question_names_its_cell(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.run_cell("%lesson none en", store_history=True)
    shell.run_cell("%%choice id=a\nQ\n- [ ] one\n- [ ] two", store_history=True)
    assert "Cell [2]. Question “a”, line 4:" in capsys.readouterr().out


@pytest.mark.parametrize("begin", ["%%Choice", "%% choice", "%choice", "%%сhоice", "%%chioce", "\n%%chooce"])
def test_a_kind_that_is_spelt_otherwise_is_told_with_the_right_one(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str], begin: str
) -> None:
    shell.run_cell("%lesson none ru")
    assert not shell.run_cell(f"{begin} id=a\nQ\n- [x] one\n- [ ] two", store_history=True).success
    told = capsys.readouterr().out
    assert f"Ячейка [1]. Вопрос «?», строка 1: «{begin.strip()}» – не вопрос. Напишите %%choice" in told
    assert "Traceback" not in told


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("Сұрақ 1\n%%choice id=a\nQ\n- [x] one\n- [ ] two", "2-жол: «%%choice» ұяшықтың бірінші жолында"),
        ("# сұрақ\n\n  %%open id=a\nQ", "3-жол: «%%open» ұяшықтың бірінші жолында"),
        ("%%open id=a", "«a» сұрағы, 2-жол: сұрақтың мәтіні жоқ"),
        ("%%таңдау id=a\nQ", "«%%таңдау» – сұрақ емес. Ұяшық мыналардың бірінен басталады: %%choice"),
        ("%explor bills.csv", "«%explor» түсініксіз. Бір жолға, бір % белгісімен %explore деп жазыңыз."),
        ("%%explore bills.csv\n", "«%%explore» түсініксіз. Бір жолға, бір % белгісімен %explore"),
        ("%metr", "«%metr» түсініксіз. Бір жолға, бір % белгісімен %meter"),
        ("% metre", "«% metre» түсініксіз. Бір жолға, бір % белгісімен %meter"),
        ("%%author", "%author деп жазыңыз"),
        ("%explore none.csv", "«none.csv» файлы жоқ"),
        ("%lesson none", "%lesson командасына атау мен тіл керек"),
    ],
)
def test_what_ipython_would_say_in_english_is_told_in_the_authors_language(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str], cell: str, words: str
) -> None:
    shell.run_cell("%lesson none kk")
    assert not shell.run_cell(cell, store_history=True).success
    told = capsys.readouterr().out
    assert words in told
    assert "Error" not in told


def test_spaces_before_a_question_do_no_harm(shell: InteractiveShell) -> None:
    assert repr(shell.run_cell("  %%choice id=a\nQ\n- [x] one\n- [ ] two").result) == "Choice(a)"


@pytest.mark.parametrize(
    "cell", ["%%time\n1", "%time 1", "%pwd", "%%matplotlib\n1", "number = 1", "%memit 1"]
)
def test_what_is_no_question_is_left_alone(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str], cell: str
) -> None:
    shell.run_cell(cell)
    told = capsys.readouterr().out
    assert "сұрақ емес" not in told and "түсініксіз" not in told


def test_only_teachers_get_the_key(shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch) -> None:
    cell = "%%choice id=a\nQ\n- [x] one\n- [ ] two"
    assert shell.run_cell(cell).result.key == ""
    monkeypatch.setenv("SANDYQ_AUDIENCE", "teachers")
    assert "one" in shell.run_cell(cell).result.key


def test_a_table_of_data_is_read_with_its_numbers(shell: InteractiveShell, tmp_path: Path) -> None:
    (tmp_path / "bills.csv").write_text("month,kWh\nJan,1 234,5\n".replace("1 234,5", '"1 234,5"'), "utf-8")
    table = shell.run_cell("%explore bills.csv").result
    assert table.data["rows"] == [["Jan", 1234.5]]
    assert (table.data["x"], table.data["y"]) == ("month", "kWh")


@pytest.mark.parametrize(
    "text",
    [
        "ай;кВт·сағ\r\nмамыр;1 234,5\r\n",
        "ай\tкВт·сағ\nмамыр\t1 234,5\n",
        '"ай","кВт·сағ"\n"мамыр","1 234,5"\n',
    ],
)
def test_a_table_is_read_whichever_sign_divides_it(
    shell: InteractiveShell, tmp_path: Path, text: str
) -> None:
    """Excel with Kazakh or Russian settings writes semicolons, for the comma is in the numbers."""
    (tmp_path / "bills.csv").write_bytes(text.encode("utf-8-sig"))
    table = shell.run_cell("%explore bills.csv").result
    assert table.data["columns"] == ["ай", "кВт·сағ"]
    assert table.data["rows"] == [["мамыр", 1234.5]]


def test_a_comma_in_a_columns_name_divides_no_table(shell: InteractiveShell, tmp_path: Path) -> None:
    (tmp_path / "bills.csv").write_text("Ток, кВт·сағ;Ай\n12,5;мамыр\n13,5;маусым\n", "utf-8")
    assert shell.run_cell("%explore bills.csv").result.data["rows"] == [[12.5, "мамыр"], [13.5, "маусым"]]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("none.csv", "no file “none.csv”"),
        ("bills.csv y=month", "“month” is not known"),
        ("bills.csv z=1", "“z” is not known"),
        ("odd.csv", "line 3"),
        ("empty.csv", "“empty.csv” is no table"),
        ("windows.csv", "“windows.csv” is no table"),
        ('"bills.csv', "is not known"),
    ],
)
def test_a_table_that_cannot_be_shown_says_why(
    shell: InteractiveShell, tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, words: str
) -> None:
    (tmp_path / "bills.csv").write_text("month,kWh\nJan,1\n", "utf-8")
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "windows.csv").write_bytes("ай,кВт\nмамыр,1\n".encode("cp1251"))
    (tmp_path / "odd.csv").write_text("month,kWh\nJan,1\nFeb\n", "utf-8")
    shell.run_cell("%lesson none en")
    assert not shell.run_cell(f"%explore {line}").success
    assert words in capsys.readouterr().out


def test_what_is_typed_into_the_meter_has_no_way_to_the_kernel(shell: InteractiveShell) -> None:
    meter = shell.run_cell("%meter").result
    assert {name for name in meter.keys if not name.startswith("_")} <= {
        "labels",
        "layout",
        "tooltip",
        "tabbable",
        "comm",
    }


def test_the_tables_that_a_cell_shows_are_found_with_their_lines() -> None:
    source = "# %explore no.csv\n%explore bills.csv x=month\n  %explore 'my bills.csv'\n%explore \"open.csv x"
    assert find_tables(source) == [(1, "bills.csv"), (2, "my bills.csv"), (3, '"open.csv')]


def test_a_teachers_data_travels_only_from_beside_the_notebook(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("a,b\n1,2\n", "utf-8")
    (tmp_path / "lessons").mkdir()
    (tmp_path / "lessons" / "rain.csv").write_text("a,b\n3,4\n", "utf-8")
    tables = {"rain.csv", "../data.csv", "none.csv"}
    assert read_files(tmp_path / "lessons", tables) == {"rain.csv": "a,b\n3,4\n"}


def test_a_table_that_is_no_utf_8_is_named_where_a_lesson_is_looked_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its notebook is in order: to save that once more would not help."""
    (tmp_path / "windows.csv").write_bytes("ай,кВт\nмамыр,1\n".encode("cp1251"))
    cell = {"cell_type": "code", "source": "%explore windows.csv"}
    (tmp_path / "my-lesson.ipynb").write_text(json.dumps({"cells": [cell]}))
    monkeypatch.setenv("JPY_SESSION_NAME", str(tmp_path / "my-lesson.ipynb"))
    monkeypatch.setenv("SANDYQ_API_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "nobody's")
    monkeypatch.setenv("SANDYQ_LANGUAGE", "en")
    panel = Author()
    panel._receive(panel, {"type": "check"}, [])
    assert panel.told["problem"].startswith("“windows.csv” is no table. Save it as CSV UTF-8")


def test_pictures_are_found_however_phones_name_them(tmp_path: Path) -> None:
    names = ("WhatsApp Image 1.jpeg", "қой (1).png", "my sheet.png", "a.png")
    for name in names:
        (tmp_path / name).write_bytes(name.encode())
    shown = (
        "<WhatsApp Image 1.jpeg>",
        "%D2%9B%D0%BE%D0%B9%20(1).png",
        "attachment:my%20sheet.png",
        "./a.png",
    )
    text = "# T\n" + " ".join(f"![x]({name})" for name in shown) + ' <img width="9" src="a.png">'
    cell = {"attachments": {"my sheet.png": {"image/png": "iVBO"}}}
    read = read_pictures(tmp_path, text, cell)
    assert find_pictures(read["source"]) == [f"attachment:{name}" for name in read["attachments"]] + [
        "attachment:a.png"
    ]
    assert "attachment" not in MarkdownWithMath(
        renderer=IPythonRenderer(escape=False, attachments=read["attachments"])
    ).render(embed_pictures(PlainCell("a", read["source"], False, (), read["attachments"])).source)
    assert list(read["attachments"]) == ["WhatsApp-Image-1.jpeg", "-1-.png", "my-sheet.png", "a.png"]


def test_a_notebook_is_known_by_the_cell_with_its_buttons_and_new_ones_differ(tmp_path: Path) -> None:
    begun = [mark_notebook(read_beginning(NEW_LESSON, language)) for language in ("kk", "ru", "ru")]
    marks = set()
    for number, notebook in enumerate(begun):
        path = tmp_path / f"{number}.ipynb"
        path.write_text(json.dumps(notebook), "utf-8")
        marks.add(read_mark(path))
    assert len(marks - {""}) == len(begun)
    path.write_text(json.dumps(read_beginning(NEW_LESSON, "kk")), "utf-8")  # begun before: all have the same
    assert not read_mark(path)
    assert sorted(list_names(tmp_path)) == ["0", "1", "2"]


def test_pictures_pasted_into_a_text_or_beside_the_notebook_go_along(tmp_path: Path) -> None:
    pasted = {"a.png": {"image/png": "iVBO\nRw0K"}, "b.html": {"text/html": "x"}}
    text = "# T\n![a](attachment:a.png) ![beside](ram.png) ![elsewhere](../ram.png) ![none](none.png)"
    cell = {"cell_type": "markdown", "metadata": {}, "source": text, "attachments": pasted}
    (tmp_path / "ram.png").write_bytes(b"ram")
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps({"cells": [cell]}), "utf-8")
    (read,) = read_cells(path)
    assert read["source"] == text.replace("(ram.png", "(attachment:ram.png")
    assert {name: forms for name, forms in read["attachments"].items() if forms} == {
        "a.png": {"image/png": "iVBORw0K"},
        "ram.png": {"image/png": "cmFt"},
    }
