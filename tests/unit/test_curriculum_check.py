"""Lessons' texts: what is checked, and where a problem is said to be."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from sandyq_curriculum.agreement import check_agreement, outline_code
from sandyq_curriculum.check import check_lesson, count_words
from sandyq_curriculum.commands import build, read_and_check
from sandyq_curriculum.lesson import Lesson, read_lesson

LESSON = """---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {name: python3, display_name: Python 3}
sandyq:
  slug: sheep
  title: Sheep
  summary: Count sheep.
  track: pupils
  subject: maths
  grades: [3, 4]
  minutes: 20
  competences: [PISA quantity]
  opens_in: rooms
  translation: source
  sources: [{what: text, where: made up here, licence: BSD-3-Clause}]
---

+++ {"id": "scene"}

# Sheep

Ten sheep stand in the yard.

```{code-cell}
:id: total
%%number id=total answer=10 points=2
How many?
hint: Count them.
```

```{code-cell}
:id: print
print("sheep", 5 + 5)  # a remark
```

+++ {"id": "plan", "tags": ["teachers"]}

For the teacher.
"""


def write_lesson(folder: Path, *changes: tuple[str, str], language: str = "en") -> Path:
    text = LESSON
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = folder / "lessons" / "sheep" / f"lesson.{language}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def make_lesson(folder: Path, *changes: tuple[str, str], language: str = "en") -> Lesson:
    return read_lesson(write_lesson(folder, *changes, language=language))


def test_a_lesson_is_read_with_names_tags_and_lines(tmp_path: Path) -> None:
    lesson = make_lesson(tmp_path)
    cells = [(cell.id, cell.kind, cell.tags) for cell in lesson.cells]
    assert cells == [
        ("scene", "text", ()),
        ("total", "question", ()),
        ("print", "code", ()),
        ("plan", "text", ("teachers",)),
    ]
    for cell in lesson.cells:
        assert lesson.lines[cell.line - 1] == cell.source.split("\n")[0]
    assert check_lesson(lesson) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  title: Sheep\n", "", "the front matter lacks “title:”"),
        (
            "minutes: 20",
            "minutes: 21",
            "sheep/lesson.en.md:12: 21 minutes are too many: the limit of grade 3 is 20",
        ),
        ("minutes: 20", "minutes: many", "“minutes” is “many”"),
        ("grades: [3, 4]", "grades: [12]", "“grades” is “[12]”"),
        ("grades: [3, 4]", "grades: []", "needs its grades"),
        ("track: pupils", "track: parents", "lesson.en.md:9: “track” is “parents”"),
        ("translation: source", "translation: perfect", "source, draft, reviewed"),
        ("slug: sheep", "slug: goats", "the folder is “sheep”"),
        (
            "sources: [{what: text, where: made up here, licence: BSD-3-Clause}]",
            "sources: []",
            "“sources” is “[]”",
        ),
        ("  minutes: 20", "  minutes: 20\n  colour: red", "“colour:” is not known"),
        (":id: print\n", ":id: scene\n", "lesson.en.md:34: the name “scene” is taken by the cell on line 21"),
        ("Ten sheep", "![a ram](ram.png) Ten sheep", "there is no picture “ram.png”"),
        (
            "Ten sheep",
            "![a ram](https://x.kz/ram.png) Ten sheep",
            "there is no picture “https://x.kz/ram.png”",
        ),
        ("Ten sheep", "sheep " * 61, "lesson.en.md:21: 65 words without anything to do; at most 60"),
    ],
)
def test_a_problem_names_its_place_and_the_fix(tmp_path: Path, old: str, new: str, said: str) -> None:
    (problem,) = check_lesson(make_lesson(tmp_path, (old, new)))
    assert said in str(problem)
    assert not problem.warning


def test_long_texts_for_adults_are_only_a_warning(tmp_path: Path) -> None:
    changes = (
        ("track: pupils", "track: teachers"),
        ("grades: [3, 4]", "grades: []"),
        ("Ten sheep", "word " * 95),
    )
    (problem,) = check_lesson(make_lesson(tmp_path, *changes))
    assert problem.warning


def test_a_malformed_question_is_told_with_its_line_in_the_lessons_language(tmp_path: Path) -> None:
    write_lesson(tmp_path, ("answer=10", "answer=ten"), language="kk")
    _, problems = read_and_check(tmp_path / "lessons" / "sheep")
    assert "sheep/lesson.kk.md:27: «total» сұрағы, 1-жол: «answer» мәні – «ten»" in str(problems[0])


def test_words_are_counted_in_running_text_only() -> None:
    pictures = '<svg a="b"><text>A</text></svg>\n<table><tr><td>x</td></tr></table>\n| a | b |'
    assert count_words(f"# Title\n\n1. жеті-сегіз <b>сөз</b> 12,5 m³\n\n{pictures}") == 2


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("grades: [3, 4]", "grades: [3]", "“grades” is “[3]”, but “[3, 4]” in lesson.en.md"),
        ("answer=10", "answer=11", "points=2 (11, 0), but"),
        ("points=2", "points=1", "points=1 (10, 0), but"),
        ('"id": "scene"', '"id": "yard"', "“yard”, but text “scene”"),
        ("5 + 5", "5 + 6", "code “print”"),
        ('"tags": ["teachers"]', '"tags": []', "['teachers']"),
        ('+++ {"id": "plan", "tags": ["teachers"]}\n\nFor the teacher.', "", "3 cells, but 4"),
    ],
)
def test_languages_must_agree(tmp_path: Path, old: str, new: str, said: str) -> None:
    first, other = make_lesson(tmp_path / "a"), make_lesson(tmp_path / "b", (old, new))
    (problem,) = check_agreement([first, other])
    assert said in str(problem)


def test_words_strings_and_remarks_may_differ(tmp_path: Path) -> None:
    changes = (("How many?", "Қанша?"), ('"sheep"', '"қой"'), ("# a remark", "# ескерту"), ("Count", "Сана"))
    assert check_agreement([make_lesson(tmp_path), make_lesson(tmp_path, *changes, language="kk")]) == []
    assert outline_code('f"{a} sheep"') == outline_code('f"{a} қой"') != outline_code('f"{b} қой"')


def test_a_lesson_missing_in_a_language_or_unknown_is_said(tmp_path: Path) -> None:
    write_lesson(tmp_path)
    (tmp_path / "catalogue.toml").write_text('[[lesson]]\nslug = "sheep"\n')
    told = io.StringIO()
    assert build(False, [], told, tmp_path) == 1
    assert "sheep/lesson.kk.md:1: сабақтың осы тілдегі мәтіні жоқ" in told.getvalue()
    with pytest.raises(ValueError, match="There is no lesson 'goats'"):
        build(False, ["goats"], told, tmp_path)
