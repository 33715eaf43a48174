"""Lessons' texts: what is checked, and where a problem is said to be."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from sheep_lesson import make_lesson, write_lesson

from sandyq.authoring.outline import find_difference, outline_code
from sandyq.authoring.problems import TextError
from sandyq_curriculum.agreement import check_agreement
from sandyq_curriculum.check import check_lesson, count_words
from sandyq_curriculum.commands import build, read_and_check
from sandyq_curriculum.lesson import Lesson, read_lesson

POLL = "%%poll id={}\nWhich?\n- [ ] a\n- [ ] b"


def test_a_lesson_is_read_with_names_tags_and_lines(tmp_path: Path) -> None:
    lesson = make_lesson(tmp_path)
    cells = [(cell.id, cell.kind, cell.tags) for cell in lesson.cells]
    assert cells == [
        ("scene", "text", ()),
        ("total", "question", ()),
        ("print", "code", ()),
        ("half", "question", ()),
        ("word", "question", ()),
        ("twice", "question", ()),
        ("rest", "question", ()),
        ("why", "question", ()),
        ("plan", "text", ("teachers",)),
    ]
    for cell in lesson.cells:
        assert lesson.lines[cell.line - 1] == cell.source.split("\n")[0]
    assert check_lesson(lesson) == []


HEADING = "## 2026-12-02: Read by a fluent reader, English: Dana, grade 3"
READ = "\nRead: all cells and the teacher's page.\nFound: a comma in `rest`, mended.\n"


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
        ("grades: [3, 4]", "grades: [true, 4]", "“grades” is “[True, 4]”"),
        ("grades: [3, 4]", "grades: []", "needs its grades"),
        ("grades: [3, 4]", "grades: [[3, 4]]", "“grades” is “[[3, 4]]”"),
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
        (
            "Ten sheep",
            "![a ram][1] Ten sheep\n\n[1]: ram.png\n",
            "“ram.png” must be written ![words](ram.png)",
        ),
        ("Ten sheep", "<img src=ram.png> Ten sheep", "“ram.png” must be written ![words](ram.png)"),
        (
            "Ten sheep",
            "[the yard](yard.csv) Ten sheep",
            "lesson.en.md:23: there is no file “yard.csv” beside",
        ),
        ("Ten sheep", "[out](../../catalogue.toml) Ten", "there is no file “../../catalogue.toml” beside"),
        ("Ten sheep", "[more](https://x.kz/sheep) Ten", "lesson.en.md:23: “https://x.kz/sheep” is outside"),
        ("Ten sheep", "See https://x.kz/sheep. Ten sheep", "“https://x.kz/sheep” is outside"),
        ("Ten sheep", '<a href="//x.kz">more</a> Ten sheep', "“//x.kz” is outside"),
        (
            "Ten sheep",
            "[next](lesson:goats) Ten",
            "there is no lesson “lesson:goats”. Lead to one of: lambs.",
        ),
        (
            'print("sheep", 5 + 5)',
            "%explore sheep.csv x=day",
            "lesson.en.md:34: there is no file “sheep.csv”",
        ),
        ("licence: BSD-3-Clause}", "license: BSD-3-Clause}", "lesson.en.md:16: source 1 lacks “licence”"),
        ("sources: [{", "sources: [sheep, {", "lesson.en.md:16: source 1 lacks “what”, “where”, “licence”"),
        (
            "sources: [{what: text, where: made up here, licence: BSD-3-Clause}]",
            "sources:\n    - {what: a, where: b, licence: c}\n    - {where: b, licence: c}",
            "lesson.en.md:18: source 2 lacks “what”",
        ),
        (
            "PISA maths.employ",
            "PISA maths.count",
            "lesson.en.md:13: the competence “PISA maths.count” is not",
        ),
        ("PISA maths.employ", "{DigComp: 4.1}", "the competence “{'DigComp': 4.1}” is not"),
        ("PISA maths.employ", "DigComp 4.9", "Use one of: DigComp 1.1, DigComp 1.2"),
        ("%%number id=rest answer=7\nThree go home.", POLL.format("rest"), "4 scored questions of 3 kinds"),
        (
            "%%short id=word\nWho keeps sheep?\n= shepherd",
            "%%number id=word answer=1\nQ",
            "of 2 kinds (choice, number)",
        ),
        (
            "%%open id=why\nWhy do we count them?\nrubric: A reason.",
            POLL.format("why"),
            "lesson.en.md:9: no open question",
        ),
        (
            "translation: source",
            "translation: reviewed",
            "“translation” is “reviewed”, but reviews/sheep.md has",
        ),
        *(
            (
                "Ten sheep",
                f"A yard.\n\n{text} Ten",
                f"lesson.en.md:25: “{what}” may not be in a lesson: it runs code",
            )
            for text, what in (
                ("<script>go()</script>", "<script"),
                ("<SCRIPT src='a.js'></SCRIPT>", "<script"),
                ("<!--><script>go()</script>-->", "<script"),
                ("<svg><style><script></style></svg>", "<script"),
                ("a <iframe srcdoc='x'></iframe>", "<iframe"),
                ("<object data='a.svg'></object>", "<object"),
                ("<b onclick='go()'>x</b>", "onclick="),
                ("<div><svg/onload=go()></div>", "onload="),
                ("<div onclick=go()", "onclick="),
                ("[x](javascript:go())", "javascript:go()"),
                ("<svg><image href='//x.kz/a.png'/></svg>", "//x.kz/a.png"),
                ("<img srcset='https://x.kz/a.png 2x'>", "https://x.kz/a.png"),
                ("<img src=https://x.kz/a.png>", "https://x.kz/a.png"),
                ("<p style='background: url(http://x.kz/a.png)'>x</p>", "url(http://x.kz/a.png"),
                ("<style>p { background: url('//x.kz/a.png') }</style>", "url('//x.kz/a.png"),
            )
        ),
        ('"id": "plan", "tags": ["teachers"]', '"id": "plan"', "nothing is for the teacher"),
        ("Ten sheep", "sheep " * 61, "lesson.en.md:21: 67 words without anything to do; at most 60"),
        ("How many?", "sheep " * 61, "lesson.en.md:21: 67 words without anything to do; at most 60"),
    ],
)
def test_a_problem_names_its_place_and_the_fix(tmp_path: Path, old: str, new: str, said: str) -> None:
    neighbour = tmp_path / "lessons" / "lambs" / "lesson.en.md"
    neighbour.parent.mkdir(parents=True)
    neighbour.write_text("")
    (problem,) = check_lesson(make_lesson(tmp_path, (old, new)))
    assert said in str(problem)
    assert not problem.warning


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "```{code-cell}\n:id: half",
            "```{code}\n:id: half",
            "en.md:39: Question “?”, line 3: “%%choice” stands in a",
        ),
        (
            "```{code-cell}\n:id: half",
            "```",
            "en.md:38: Question “?”, line 2: “%%choice” stands in a text, where",
        ),
        (
            "```{code-cell}\n:id: half\n",
            "",
            "en.md:37: Question “?”, line 1: “%%choice” stands in a text, where",
        ),
        ('"tags": ["teachers"]', '"tags": ["teacher"]', "this line cannot be read. Write it like: +++ {"),
        ('"tags": ["teachers"]', '"tag": ["teachers"]', "this line cannot be read. Write it like: +++ {"),
        ('+++ {"id": "plan"', '++ {"id": "plan"', "this line cannot be read. Write it like: +++ {"),
    ],
)
def test_no_slip_shows_pupils_the_key_or_the_teachers_page(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    with pytest.raises(TextError) as caught:
        make_lesson(tmp_path, (old, new))
    assert said in str(caught.value.problem)


@pytest.mark.parametrize("space", ["\u00a0", "\t", "  "])
def test_any_space_may_stand_in_a_questions_first_line(tmp_path: Path, space: str) -> None:
    line = f"%%number{space}id=total{space}answer=10{space}points=2"
    assert check_lesson(make_lesson(tmp_path, ("%%number id=total answer=10 points=2", line))) == []


def test_a_question_may_be_shown_as_an_example(tmp_path: Path) -> None:
    example = "```text\n%%choice id=half\nHalf of ten?\n- [x] five\n```\n\nTen sheep"
    assert check_lesson(make_lesson(tmp_path, ("Ten sheep", example))) == []


def test_code_that_is_only_shown_is_good(tmp_path: Path) -> None:
    text = "`<script>`, `onclick=`\n\n    <iframe>\n\n<p style='color: red'>if a > b</p> <svg fill='url(#a)'></svg>"
    assert check_lesson(make_lesson(tmp_path, ("Ten sheep", text))) == []


def test_a_reviewed_translation_has_its_readers_record(tmp_path: Path) -> None:
    lesson = make_lesson(tmp_path, ("translation: source", "translation: reviewed"))
    record = tmp_path / "reviews" / "sheep.md"
    record.parent.mkdir()
    record.write_text("## 2026-12-01: Read by a fluent reader, Russian: Olga, grade 3\n")
    (problem,) = check_lesson(lesson)
    assert "## 2026-12-01: Read by a fluent reader, English: a teacher of grade 3" in problem.message
    record.write_text("## 2026-12-02: Read by a fluent reader, English: Dana, grade 3\n" + READ)
    assert check_lesson(lesson) == []


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (f"{HEADING}\n{READ}## 2026-12-03: Something else\nRead: all.\nFound: nothing.\n", ""),
        (f"{HEADING}\n", "line 1, lacks a line “Read:”"),
        (f"# Review\n\n{HEADING}\nFound: nothing.\n", "line 3, lacks a line “Read:”"),
        (f"{HEADING}\nRead: all cells.\n", "add below that line for example: Found: nothing"),
        (f"{HEADING}\nRead: all cells.\nFound:  –\n", "lacks a line “Found:”"),
        (f"{HEADING}\nRead: all cells.\n## Later\nFound: nothing.\n", "lacks a line “Found:”"),
        (f"{HEADING}\nRead:\nFound: nothing.\n", "lacks a line “Read:”"),
        (f"{HEADING.replace('12-02', '13-02')}\n{READ}", "line 1: “2026-13-02” is no day"),
        (f"{HEADING.partition('Dana')[0]}–\n{READ}", "has no record of a fluent reader"),
        (f"{HEADING.partition('Dana')[0]}\n{READ}", "has no record of a fluent reader"),
    ],
)
def test_a_readers_record_says_who_when_what_and_what_was_found(
    tmp_path: Path, record: str, said: str
) -> None:
    lesson = make_lesson(tmp_path, ("translation: source", "translation: reviewed"))
    path = tmp_path / "reviews" / "sheep.md"
    path.parent.mkdir()
    path.write_text(record)
    problems = [str(problem) for problem in check_lesson(lesson)]
    assert bool(problems) == bool(said)
    assert said in "".join(problems)
    assert all("/lesson.en.md:15: " in problem for problem in problems)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "cp1251"])
def test_a_text_that_is_not_utf_8_is_named_with_the_way_out(tmp_path: Path, encoding: str) -> None:
    path = write_lesson(tmp_path, language="kk")
    path.write_bytes(path.read_text("utf-8").replace("Ten", "Он").encode(encoding))
    _, problems = read_and_check(path.parent)
    (told,) = (str(problem) for problem in problems if problem.path == path)
    assert "sheep/lesson.kk.md:1: бұл файл UTF-8 мәтіні емес" in told


def test_long_texts_for_adults_are_only_a_warning(tmp_path: Path) -> None:
    changes = (
        ("track: pupils", "track: teachers"),
        ("grades: [3, 4]", "grades: []"),
        ("Ten sheep", "word " * 95),
    )
    (problem,) = check_lesson(make_lesson(tmp_path, *changes))
    assert problem.warning
    assert "warning: 101 words" in str(problem)


def test_few_questions_are_an_error_for_pupils_only_and_writing_questions_needs_no_guide(
    tmp_path: Path,
) -> None:
    changes = (
        ("track: pupils", "track: teachers"),
        ("%%open id=why\nWhy do we count them?\nrubric: A reason.", POLL.format("why")),
        ('"tags": ["teachers"]', '"tags": []'),
    )
    told = check_lesson(make_lesson(tmp_path, *changes))
    assert [(problem.warning, "open question" in problem.message) for problem in told] == [
        (True, True),
        (False, False),
    ]
    path = tmp_path / "lessons" / "writing-questions" / "lesson.en.md"
    path.parent.mkdir()
    text = (tmp_path / "lessons" / "sheep" / "lesson.en.md").read_text()
    path.write_text(text.replace("slug: sheep", "slug: writing-questions"))
    assert [problem.warning for problem in check_lesson(read_lesson(path))] == [True]


def test_a_malformed_question_is_told_with_its_line_in_the_lessons_language(tmp_path: Path) -> None:
    write_lesson(tmp_path, ("answer=10", "answer=ten"), language="kk")
    _, problems = read_and_check(tmp_path / "lessons" / "sheep")
    assert "sheep/lesson.kk.md:27: «total» сұрағы, 1-жол: «answer» мәні – «ten»" in str(problems[0])


@pytest.mark.parametrize(
    ("begin", "line", "said"),
    [
        ("%number", 27, "«%number» – сұрақ емес. Бос орынсыз, кіші латын әріптерімен %%number деп жазыңыз."),
        ("%%nubmer", 27, "«%%nubmer» – сұрақ емес."),
        ("# sheep\n%%number", 28, "«%%number» ұяшықтың бірінші жолында тұруы керек."),
    ],
)
def test_what_is_nearly_a_question_is_told_as_one(tmp_path: Path, begin: str, line: int, said: str) -> None:
    """Not as code that differs from the other languages'."""
    write_lesson(tmp_path, ("%%number id=total", f"{begin} id=total"), language="kk")
    _, problems = read_and_check(tmp_path / "lessons" / "sheep")
    assert f"sheep/lesson.kk.md:{line}: " in str(problems[0])
    assert said in str(problems[0])


def test_words_are_counted_in_running_text_only() -> None:
    pictures = '<svg a="b"><text>A</text></svg>\n<table><tr><td>x</td></tr></table>\n| a | b |'
    assert count_words(f"# Title\n\n```\nprint(x)\n```\n1. жеті-сегіз <b>сөз</b> 12,5 m³\n\n{pictures}") == 2


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("grades: [3, 4]", "grades: [3]", "“grades” is “[3]”, but “[3, 4]” in lesson.en.md"),
        ("answer=10", "answer=11", "points=2 (11, 0), but"),
        ("points=2", "points=1", "points=1 (10, 0), but"),
        ('"id": "scene"', '"id": "yard"', "“yard”, but text “scene”"),
        (
            "answer=20",
            "answer=20 tries=3",
            "lesson.en.md:54: “tries” is “3”, but “–” in lesson.en.md, line 54",
        ),
        ("5 + 5", "5 + 6", 'lesson.en.md:34: here stands code “print”: print("sheep", 5 + 6)'),
        ("%%short", "%%time", "code “word”: %%time id=word"),
        ('"tags": ["teachers"]', '"tags": []', "['teachers']"),
        ('+++ {"id": "plan", "tags": ["teachers"]}\n\nFor the teacher.', "", "8 cells, but 9"),
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


LOOP = "total = 0\nfor price in prices:\n    total = price  # one\nprint(total)"


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        ("# one", "# бір", None),
        ("for", "\nfor", None),
        ("= price  ", "= price + 1  ", (2, 2)),
        ("print", "    print", (2, 3)),  # where the loop ends, and what is in it there
        ("for price", "more = 1\nfor price", (1, 1)),
        ("print(total)", "print(total)\nprint(7)", (3, 4)),
        ("print(total)", "print(total", (3, 3)),
    ],
)
def test_where_codes_begin_to_differ_is_found(old: str, new: str, lines: tuple[int, int] | None) -> None:
    assert find_difference(LOOP, LOOP.replace(old, new)) == lines


def test_settings_of_tools_agree_but_for_words_and_commas(tmp_path: Path) -> None:
    tool, question = 'print("sheep", 5 + 5)  # a remark', "answer=20"
    first = make_lesson(
        tmp_path / "a", (tool, "%explore a.en.csv x=day kind=bars"), (question, 'answer=2.5 unit="kWh"')
    )
    alike = ((tool, "%explore a.kk.csv x=күн kind=bars"), (question, 'answer=2,5 unit="кВт·сағ"'))
    assert check_agreement([first, make_lesson(tmp_path / "b", *alike)]) == []
    unlike = ((tool, "%explore a.kk.csv x=күн kind=line"), alike[1])
    (problem,) = check_agreement([first, make_lesson(tmp_path / "c", *unlike)])
    assert "lesson.en.md:34: “kind” is “line”, but “bars”" in str(problem)


def test_gaps_that_are_numbers_agree(tmp_path: Path) -> None:
    old = "%%short id=word\nWho keeps sheep?\n= shepherd"
    body = "%%gaps id=word\nFill in.\nIt grew by [[{}]] % in [[{}]].\nhint: Look."
    first = make_lesson(tmp_path / "a", (old, body.format("25|25 %", "May")))
    same = make_lesson(tmp_path / "b", (old, body.format("25,0", "мамыр")))
    assert check_agreement([first, same]) == []
    (problem,) = check_agreement([first, make_lesson(tmp_path / "c", (old, body.format("26", "May")))])
    assert "1: 26" in str(problem) and "1: 25" in str(problem)


def test_tables_have_the_same_numbers_in_all_languages(tmp_path: Path) -> None:
    def make(name: str, table: str) -> Lesson:
        lesson = make_lesson(tmp_path / name, ('print("sheep", 5 + 5)  # a remark', "%explore a.csv"))
        (lesson.folder / "a.csv").write_text(table, "utf-8")
        return lesson

    first = make("a", "day,kWh\nMonday,2.5\nFriday,3\n")
    assert check_agreement([first, make("b", 'күн,кВт·сағ\nдүйсенбі,"2,5"\nжұма,3\n')]) == []
    (problem,) = check_agreement([first, make("c", "day,kWh\nMonday,2.5\nFriday,4\n")])
    assert "lesson.en.md:34: “a.csv” and “a.csv” have other numbers in their lines 3" in str(problem)
    (problem,) = check_agreement([first, make("d", "day,kWh\nMonday,2.5\n")])
    assert "lines 3" in str(problem)


def test_a_space_behind_the_front_matter_does_no_harm(tmp_path: Path) -> None:
    path = write_lesson(tmp_path)
    path.write_text("--- \n".join(path.read_text().rsplit("---\n", 1)))
    assert read_lesson(path).find_item("sources", 0) > 1


@pytest.mark.parametrize("title", ["Sheep: ten", "[Sheep", '"Sheep', "@Sheep"])
def test_front_matter_that_cannot_be_read_is_told_with_its_line_and_the_fix(
    tmp_path: Path, title: str
) -> None:
    path = write_lesson(tmp_path, ("title: Sheep", f"title: {title}"))
    with pytest.raises(TextError, match=r"lesson\.en\.md:7: this cannot be read\. Put a text with a colon"):
        read_lesson(path)


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ('+++ {"id": "plan", ', "+++ {id: plan, ", 0, 'Write it like: +++ {"id": "plan"'),
        ('"tags": ["teachers"]', '"tags": "teachers"', 0, 'Write it like: +++ {"id": "plan"'),
        ('"tags": ["teachers"]', '"tags": [5]', 0, 'Write it like: +++ {"id": "plan"'),
        ('+++ {"id": "plan", "tags": ["teachers"]}', "+++ plan", 0, 'Write it like: +++ {"id": "plan"'),
        ("  title: Sheep", "  title:", 0, "“title:” is empty"),
        ("  minutes: 20", "  title: Goats", 0, "“title:” stands twice. Keep one."),
        (":id: half\n", ":id: third\n", 1, "the cell is named “third”, its question “half”."),
        (":id: half\n", ":id: [half\n", -1, "Code cell"),
        ("  title: Sheep", "  title: &all [*all]", 0, "this cannot be read. Put a text with a colon"),
        ("  title: Sheep", "  title: 2026-13-41", 0, "this cannot be read. Put a text with a colon"),
        ("  title: Sheep", "  title: Sheep\a", 0, "a sign that nobody sees (U+0007)"),
    ],
)
def test_what_is_no_notebook_is_told_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, said: str
) -> None:
    path = write_lesson(tmp_path, (old, new))
    place = next(n for n, text in enumerate(path.read_text().split("\n"), 1) if new.strip() in text) + line
    with pytest.raises(TextError) as caught:
        read_lesson(path)
    assert f"lesson.en.md:{place}: " in str(caught.value)
    assert said in str(caught.value)


def test_a_lesson_missing_in_a_language_or_unknown_is_said(tmp_path: Path) -> None:
    write_lesson(tmp_path)
    (tmp_path / "catalogue.toml").write_text('[[lesson]]\nslug = "sheep"\n')
    told = io.StringIO()
    (tmp_path / "lessons" / "sheep" / "lesson.ru.md").mkdir()
    assert build(False, [], told, tmp_path) == 1
    assert "sheep/lesson.ru.md:1: здесь нет файла, который можно прочитать" in told.getvalue()
    assert "sheep/lesson.kk.md:1: сабақтың осы тілдегі мәтіні жоқ" in told.getvalue()
    with pytest.raises(ValueError, match="There is no lesson 'goats'"):
        build(False, ["goats"], told, tmp_path)


def test_a_lesson_that_pupils_open_in_their_own_notebooks_has_no_links(tmp_path: Path) -> None:
    changes = (("opens_in: rooms", "opens_in: notebook"), ("Ten sheep", "[day](day.csv) Ten"))
    (problem,) = check_lesson(make_lesson(tmp_path, *changes))
    assert "lesson.en.md:23: pupils open this lesson in their own notebooks" in str(problem)


def test_links_to_another_lesson_and_to_a_file_beside_the_text_are_good(tmp_path: Path) -> None:
    neighbour = tmp_path / "lessons" / "lambs" / "lesson.en.md"
    neighbour.parent.mkdir(parents=True)
    neighbour.write_text("")
    path = write_lesson(
        tmp_path,
        ("Ten sheep", '[lambs](lesson:lambs) [day](<қой.csv>) <a href="қой.csv">x</a> Ten'),
        ('print("sheep", 5 + 5)', '%explore "қой.csv"'),
    )
    (path.parent / "қой.csv").write_text("day,sheep\n1,10\n")
    told = [str(problem) for problem in check_lesson(read_lesson(path))]
    assert told == []
