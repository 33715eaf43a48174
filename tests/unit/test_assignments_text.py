"""From an assignment's text to a packet: what cells become, what pupils never get, what authors are told."""

from __future__ import annotations

import ast
import io
import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from sheep_assignment import write_assignment, write_text

from sandyq.authoring.problems import TextError
from sandyq.i18n import LOCALE, translator
from sandyq.work import walk
from sandyq_grading.build import draft_assignment, draft_import, find_cell
from sandyq_grading.commands import find_nbgrader, import_course
from sandyq_grading.packets import Packet, is_written, make_packet, read_rubric, write_packet
from sandyq_grading.questions import make_question_cells
from sandyq_grading.sources import read_source
from sandyq_widgets.parsing import parse_question


def draft(folder: Path, language: str = "kk") -> Packet:
    drafts, problems = draft_assignment(folder)
    assert problems == []
    return next(each.packet for each in drafts if each.packet.language == language)


def cells_of(packet: Packet, kind: str) -> dict[str, Any]:
    notebook = nbformat.reads(packet.files[f"{kind}/sheep.ipynb"].decode(), as_version=4)
    nbformat.validate(notebook)
    return {cell.id: cell for cell in notebook.cells}


def problems_of(folder: Path) -> list[str]:
    return [str(problem) for problem in draft_assignment(folder)[1]]


def test_a_packet_has_the_form_that_portal_and_grader_read(tmp_path: Path) -> None:
    packet = draft(write_assignment(tmp_path), "ru")
    said = json.loads(packet.files["assignment.json"])
    assert {key: said[key] for key in ("course", "name", "language", "kind", "points", "files")} == {
        "course": "farm",
        "name": "sheep",
        "language": "ru",
        "kind": "fa",
        "points": 8.0,
        "files": ["names.ru.csv", "sheep.csv"],
    }
    assert said["version"] == packet.version
    (notebook,) = said["notebooks"]
    assert [(cell["id"], cell["kind"], cell["points"]) for cell in notebook["cells"]] == [
        ("total-tests", "tests", 3.0),
        ("legs-tests", "tests", 2.0),
        ("why", "answer", 2.0),
        ("walk", "task", 1.0),
    ]
    assert notebook["cells"][0]["text"] == "How many sheep are in `sheep.csv`?"
    assert notebook["cells"][2]["rubric"] == [
        {"points": 1.0, "text": "a reason"},
        {"points": 1.0, "text": "an example"},
    ]
    assert notebook["cells"][3]["text"] == "Count the sheep of your street."
    assert packet.files["release/sheep.csv"] == packet.files["source/sheep.csv"] == b"dolly\nmolly\n"
    assert "release/names.ru.csv" not in draft(tmp_path / "courses/farm/sheep", "kk").files


def test_pupils_get_words_in_their_language_and_nothing_that_answers(tmp_path: Path) -> None:
    release = cells_of(draft(write_assignment(tmp_path), "ru"), "release")
    assert release["total"].source.startswith("# Здесь место для кода")
    assert release["why"].source == "Место для ответа. Чтобы писать, нужно дважды щёлкнуть здесь."
    assert release["legs"].source == "answer_legs = None  # вместо None здесь должен быть ответ"
    assert release["total-tests"].source == 'assert total > 0, "more than none"'
    assert "1. a sheep\n2. a hen\n3. a goat" in release["legs-text"].source
    everything = "\n".join(cell.source for cell in release.values())
    for secret in ("HIDDEN", "SOLUTION", "SCHEME", "[x]", "parse_question", "len(lines)", "a reason"):
        assert secret not in everything
    assert "sandyq" not in release["legs"].metadata


def test_cells_are_locked_and_marked_as_nbgrader_does(tmp_path: Path) -> None:
    packet = draft(write_assignment(tmp_path))
    source, release = cells_of(packet, "source"), cells_of(packet, "release")
    assert not release["total-tests"].metadata.editable and not release["read"].metadata.editable
    assert not release["total"].metadata.deletable and "editable" not in release["total"].metadata
    assert "nbgrader" not in release["ask"].metadata
    assert release["walk"].metadata.nbgrader.task and release["walk"].metadata.nbgrader.points == 1
    for name in ("total", "legs", "why", "read"):
        assert source[name].metadata.nbgrader.checksum == release[name].metadata.nbgrader.checksum
    hidden = source["total-tests"].metadata.nbgrader.checksum
    assert hidden != release["total-tests"].metadata.nbgrader.checksum


def test_the_same_text_gives_the_same_bytes_and_another_text_another_version(tmp_path: Path) -> None:
    folder = write_assignment(tmp_path)
    first, again = draft(folder), draft(folder)
    assert first == again
    (folder / "sheep.csv").write_text("dolly\nmolly\npolly\n")
    assert draft(folder).version != first.version


def test_a_written_packet_is_its_files_and_nothing_else(tmp_path: Path) -> None:
    packet = draft(write_assignment(tmp_path))
    assert not is_written(packet, tmp_path / "notebooks")
    write_packet(packet, tmp_path / "notebooks")
    extra = packet.folder(tmp_path / "notebooks") / "release" / "old.csv"
    extra.write_text("from an earlier version")
    assert not is_written(packet, tmp_path / "notebooks")
    write_packet(packet, tmp_path / "notebooks")
    assert is_written(packet, tmp_path / "notebooks") and not extra.exists()
    assert [path.name for path in packet.folder(tmp_path / "notebooks").parent.iterdir()] == ["kk"]


QUESTIONS = {
    "choice": ("id=q", "Which?\n- [ ] one\n- [x] two", {"2": 1, "1": 0}),
    "choices": (
        "id=q points=3",
        "Which?\n- [x] a\n- [x] b\n- [x] c\n- [ ] d",
        {"[1, 2, 3]": 3, "[1]": 1, "[4]": 0},
    ),
    "number": ("id=q answer=0,3", "How much?", {"0.1 + 0.2": 1, "3": 0, "0.3": 1}),
    "short": ("id=q points=2", "Who?\n= *shepherd*", {"'The Shepherd'": 2, "'nobody'": 0}),
}


def grade(code: str, answer: str) -> float:
    """Run a test cell with an answer and return what its last line gives."""
    space: dict[str, Any] = {"answer_q": eval(answer)}  # noqa: S307 # written above
    *body, last = ast.parse(code).body
    assert isinstance(last, ast.Expr)
    exec(compile(ast.Module(body, []), "tests", "exec"), space)  # noqa: S102 # what a kernel does
    return float(eval(compile(ast.Expression(last.value), "tests", "eval"), space))  # noqa: S307


@pytest.mark.parametrize("kind", QUESTIONS)
def test_a_question_is_judged_as_in_a_lesson_with_part_of_the_points(kind: str) -> None:
    header, body, answers = QUESTIONS[kind]
    spec = parse_question(kind, header, body)
    _text, right, tests, _stub = make_question_cells(spec, f"%%{kind} {header}\n{body}", "kk")
    assert {answer: grade(tests, answer) for answer in answers} == answers
    assert grade(tests, right.partition(" = ")[2]) == spec.points


@pytest.mark.parametrize(
    ("kind", "answer"), [("choice", "3"), ("choices", "2"), ("number", "(1, 5)"), ("short", "' '")]
)
def test_an_answer_that_cannot_be_read_is_told_in_the_pupils_language(kind: str, answer: str) -> None:
    header, body, _ = QUESTIONS[kind]
    _text, _right, tests, _stub = make_question_cells(
        parse_question(kind, header, body), f"%%{kind} {header}\n{body}", "kk"
    )
    with pytest.raises(AssertionError, match=r"Жауап .* ал қазір"):
        grade(tests, answer)


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        (
            ":grade: tests 3",
            ":grade: tests",
            37,
            "“grade: tests”: the points are wrong. Write it like: tests 3",
        ),
        (":grade: solution", ":grade: task 2", 31, "Use one of: given, solution, tests 3, answer 3."),
        ('{"id": "why", "grade": "answer 2"}', '{"grade": "answer 2"}', 58, "needs a name"),
        (":id: total\n", ":id: Total\n", 31, "the name “Total” is not one"),
        ("%%choices id=legs points=2", "%%order id=legs", 45, "%%order is no question of an assignment"),
        ("- [x] a goat", "- [x] a sheep", 49, "Question “legs”, line 5"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, told: str
) -> None:
    path = write_text(tmp_path, "en", (old, new))
    with pytest.raises(TextError) as caught:
        read_source(path)
    assert caught.value.problem.line == line
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("- 1: an example", "- 2: an example"), "баллов в рубрике: 3, а у ячейки: 2"),
        (("  minutes: 20", "  minutes: 40"), "предел для 7-го класса"),
        (("  kind: fa", "  kind: exam"), "«kind» – это «exam»"),
        (("  title: Sheep\n", ""), "«title:»"),
        ((":grade: tests 3", ":grade: tests 2"), "sheep.ru.md:37: здесь стоит code «total-tests» tests 2.0"),
        (("assert total == 2", "assert total == 3"), "sheep.ru.md:37: код «total-tests» не такой"),
        (("- [ ] a hen", "- [x] a hen"), "sheep.ru.md"),
        ((":id: read", ":id: ask"), "имя «ask» уже занято ячейкой в строке 20"),
        (("### END HIDDEN TESTS\n", ""), "nbgrader не принимает ячейку «total-tests»"),
        (("translation: draft", "translation: source"), "exactly one language"),
    ],
)  # fmt: skip
def test_a_text_that_does_not_agree_or_add_up_is_told_with_the_fix(
    tmp_path: Path, change: tuple[str, str], told: str
) -> None:
    problems = problems_of(write_assignment(tmp_path, change))
    expected = translator("kk")(
        "exactly one language must say “translation: source”. Write “draft” in the others."
    )
    told = expected if told == "exactly one language" else told
    shown = "\n".join(problems).replace("“", "«").replace("”", "»")
    assert told in shown, problems


def test_a_missing_language_is_told(tmp_path: Path) -> None:
    folder = write_assignment(tmp_path)
    (folder / "sheep.ru.md").unlink()
    assert problems_of(folder) == [
        "farm/sheep/sheep.kk.md:1: тапсырманың «ru» тіліндегі мәтіні жоқ. Оны жазыңыз."
    ]


def test_several_notebooks_are_one_assignment_with_one_front_matter(tmp_path: Path) -> None:
    folder = write_assignment(tmp_path)
    for language in ("kk", "ru"):
        (folder / f"extra.{language}.md").write_text(
            "---\nsandyq: {}\n---\n\n```{code-cell}\n:id: more\n:grade: answer 1\n"
            "# === BEGIN MARK SCHEME ===\n# - 1: runs\n# === END MARK SCHEME ===\nmore = 1\n```\n",
            "utf-8",
        )
    said = json.loads(draft(folder).files["assignment.json"])
    assert [(each["name"], each["points"]) for each in said["notebooks"]] == [("extra", 1.0), ("sheep", 8.0)]
    assert (said["points"], said["title"]) == (9.0, "Sheep")


def test_points_in_a_rubric_may_have_a_comma() -> None:
    scheme = "x\n=== BEGIN MARK SCHEME ===\n* 0,5: half\nwords\n=== END MARK SCHEME ==="
    assert read_rubric(scheme) == [{"points": 0.5, "text": "half"}]
    assert read_rubric("no scheme") == []


def test_other_languages_and_large_files_are_refused_with_the_reason() -> None:
    notebook = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"language": "R", "name": "ir", "display_name": "R"}}
    )
    with pytest.raises(ValueError, match="the notebook is in R; only Python runs here"):
        make_packet(("c", "n", "en"), {"nb": notebook}, {}, {})
    with pytest.raises(ValueError, match=r"have 4\.1 MB; at most 4 MB"):
        make_packet(("c", "n", "en"), {"nb": nbformat.v4.new_notebook()}, {"big.csv": b"1" * 4_100_000}, {})


def test_a_notebook_of_an_older_nbgrader_is_taken_as_it_is(tmp_path: Path) -> None:
    old = {
        "schema_version": 1,
        "grade_id": "a",
        "grade": True,
        "solution": False,
        "locked": True,
        "points": 2,
    }
    cell = {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {"nbgrader": old},
        "outputs": [],
        "source": "x",
    }
    (tmp_path / "nb.ipynb").write_text(
        json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 0})
    )
    said = json.loads(draft_import(tmp_path, "c", "en").packet.files["assignment.json"])
    assert [(each["id"], each["points"]) for each in said["notebooks"][0]["cells"]] == [("a", 2.0)]


NOTEBOOK = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
GRADED = {
    "grade": True,
    "solution": False,
    "locked": True,
    "task": False,
    "grade_id": "a",
    "schema_version": 3,
}
ENDLESS = {"cell_type": "code", "execution_count": None, "id": "a", "outputs": [], "source": ""} | {
    "metadata": {"nbgrader": GRADED | {"points": float("nan")}}
}


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.ipynb", b"", "cannot be read as a notebook"),
        ("binary.ipynb", b"\xff\xfe\x00", "cannot be read as a notebook"),
        ("list.ipynb", b"[]", "cannot be read as a notebook"),
        ("nan.ipynb", json.dumps(NOTEBOOK | {"cells": [ENDLESS]}).encode(), "does not take the cell"),
        ("key.txt", None, "is a link"),
        ("work.ipynb", None, "is a link"),
    ],
)
def test_what_cannot_be_imported_is_told_by_its_file(tmp_path, name, content, words):
    """A link would give a class what the operator alone may read; nbgrader's NaN would make all sums NaN."""
    course, secret = tmp_path / "course", tmp_path / "secret"
    course.mkdir()
    secret.write_text("a key")
    (course / "good.ipynb").write_text(json.dumps(NOTEBOOK))
    path = course / name
    path.symlink_to(secret) if content is None else path.write_bytes(content)
    told = io.StringIO()
    assert import_course(course, "c", "en", told, tmp_path / "made") == 1
    assert words in told.getvalue() and (content is None or name in told.getvalue()), told.getvalue()
    assert not list((tmp_path / "made").rglob("*.txt"))


def test_a_notebook_with_the_mark_of_its_coding_is_one(tmp_path):
    (tmp_path / "a.ipynb").write_bytes(b"\xef\xbb\xbf" + json.dumps(NOTEBOOK).encode())
    assert "source/a.ipynb" in draft_import(tmp_path, "c", "en").packet.files


def test_what_python_leaves_beside_an_imported_module_goes_to_nobody(tmp_path):
    """The grader would accuse each pupil who ran the notebook: nobody can read what is compiled."""
    (tmp_path / "a.ipynb").write_text(json.dumps(NOTEBOOK))
    (tmp_path / "helper.py").write_text("")
    compiled = tmp_path / "__pycache__" / "helper.cpython-311.pyc"
    compiled.parent.mkdir()
    compiled.write_bytes(b"of some other Python")
    files = draft_import(tmp_path, "c", "en").packet.files
    assert "source/helper.py" in files and not [name for name in files if name.endswith(".pyc")]
    assert [name for name, _ in walk(tmp_path)] == ["a.ipynb", "helper.py"]  # of a pupil's folder


def test_a_folder_without_notebooks_is_no_course(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds no nbgrader source notebooks"):
        find_nbgrader(tmp_path)


def test_the_line_of_a_cell_is_found_in_texts_and_notebooks(tmp_path: Path) -> None:
    path = write_text(tmp_path, "kk")
    assert [find_cell(path, name) for name in ("total-tests", "total", "legs-tests", "why", "none")] == [
        35,
        29,
        44,
        56,
        1,
    ]
    notebook = tmp_path / "a.ipynb"
    notebook.write_text('{\n  "grade_id": "squares",\n  "id": "x"\n}')
    assert (find_cell(notebook, "squares"), find_cell(notebook, "x")) == (2, 3)


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_every_word_for_authors_and_pupils_is_translated(language: str) -> None:
    from babel.messages.pofile import read_po

    import sandyq_grading

    folder = Path(sandyq_grading.__file__).parent
    names = (
        "sources",
        "questions",
        "packets",
        "validation",
        "checks",
        "build",
        "commands",
        "courses",
        "preparing",
        "autotests",
    )
    calls = (
        node
        for name in names
        for node in ast.walk(ast.parse((folder / f"{name}.py").read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "N_"
    )
    messages = {call.args[0].value for call in calls if isinstance(call.args[0], ast.Constant)}
    with (LOCALE / language / "LC_MESSAGES" / "assignments.po").open("rb") as file:
        assert messages == {message.id for message in read_po(file) if message.id and message.string}
