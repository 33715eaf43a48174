"""Building lessons: without a network, only what changed, with translations watched over, for authors at work."""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sheep_lesson import make_lesson, write_curriculum, write_lesson

from rehearsal import wait_for
from sandyq.authoring import offline
from sandyq.authoring.offline import find_isolation
from sandyq.authoring.problems import Problem, TextError
from sandyq.i18n import LANGUAGES
from sandyq.settings import PROJECT
from sandyq_curriculum import commands
from sandyq_curriculum.build import build_lesson, make_notebook
from sandyq_curriculum.execution import execute_notebook
from sandyq_curriculum.freshness import Notes, hash_sources
from sandyq_curriculum.lesson import Lesson, read_lesson

PRINT = 'print("sheep", 5 + 5)  # a remark'


def run(folder: Path, *, check: bool = False) -> tuple[int, str]:
    out = io.StringIO()
    return commands.build(check, [], out, folder), out.getvalue()


def confirm(folder: Path, language: str | None = None) -> str:
    out = io.StringIO()
    assert commands.confirm("sheep", language, out, folder) == 0
    return out.getvalue()


def change(path: Path, old: str, new: str) -> None:
    """Edit a file and hide it: time stays as it was, and so does size when the words are as long."""
    stat, text = path.stat(), path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_curriculum(tmp_path_factory.mktemp("built"))
    assert run(folder)[0] == 0
    confirm(folder)
    assert run(folder) == (0, "".join(f"{language}/sheep: up to date\n" for language in LANGUAGES))
    return folder


@pytest.fixture
def copy(built: Path, tmp_path: Path) -> Path:
    """The built lesson in a folder of the test's own, noted as good there."""
    subprocess.run(["cp", "-a", f"{built}/.", tmp_path], check=True)
    assert run(tmp_path, check=True) == (0, "")
    return tmp_path


def notebook(folder: Path) -> Path:
    return folder / "notebooks" / "en" / "sheep.ipynb"


def text_of(folder: Path, language: str = "en") -> Path:
    return folder / "lessons" / "sheep" / f"lesson.{language}.md"


def test_a_notebook_holds_what_was_printed_and_what_teachers_want_to_know(built: Path) -> None:
    made = json.loads(notebook(built).read_text())
    printed = [
        output["text"] for cell in made["cells"] for output in cell.get("outputs", []) if "text" in output
    ]
    assert printed == [["sheep 10\n"]]
    questions = {question["id"]: question for question in made["metadata"]["sandyq"]["questions"]}
    assert questions["half"]["answer"] == "five"
    assert (questions["total"]["stem"], questions["total"]["hint"]) == ("How many?", "Count them.")
    assert questions["why"]["rubric"] == "A reason."
    assert "answer" not in questions["why"]


def test_an_unchanged_lesson_is_not_even_read(copy: Path) -> None:
    assert run(copy) == (0, "sheep: up to date\n")
    code = (
        "import sys; from pathlib import Path; from sandyq_curriculum.commands import build;"
        f"build(False, [], sys.stdout, Path({str(copy)!r}));"
        "print(sorted({'jupytext', 'nbformat', 'IPython', 'yaml'} & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told == "sheep: up to date\n[]\n"


@pytest.mark.parametrize(
    ("find", "old", "new"),
    [
        (text_of, "Ten sheep", "Six sheep"),
        (notebook, "How many?", "How much?"),
        (notebook, "sheep 10", "sheep 11"),
        (notebook, '"answer": "five"', '"answer": "four"'),
        (notebook, '"cells": [', '"cells": <<<'),
    ],
)
def test_an_edited_text_notebook_or_output_is_noticed_and_built_anew(
    copy: Path, find: Callable[[Path], Path], old: str, new: str
) -> None:
    change(find(copy), old, new)
    code, told = run(copy, check=True)
    assert (code, "notebooks/en/sheep.ipynb: out of date. Run ./sandyq build sheep\n" in told) == (1, True)
    code, told = run(copy)
    assert (code, "en/sheep: built" in told, "kk/sheep: up to date" in told) == (0, True, True)
    assert run(copy, check=True)[0] == 0


def test_a_new_file_beside_the_text_and_another_lesson_are_noticed(copy: Path) -> None:
    (text_of(copy).parent / "yard.csv").write_text("a,b\n1,2\n")
    assert run(copy, check=True)[1].count("out of date") == len(LANGUAGES)
    assert run(copy)[0] == 0
    (copy / "lessons" / "lambs").mkdir()
    assert Notes.read(copy).recall("sheep", hash_sources(copy, "sheep")) is None


def test_what_is_saved_while_a_lesson_is_built_is_built_next_time(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def save_and_read(folder: Path) -> tuple[list[Lesson], list[Problem]]:
        change(text_of(copy), "Ten sheep", "Six sheep")
        return read_and_check(folder)

    read_and_check = commands.read_and_check
    (copy / ".build-notes.json").unlink()
    with monkeypatch.context() as patch:
        patch.setattr(commands, "read_and_check", save_and_read)
        assert "en/sheep: built" in run(copy)[1]
    change(text_of(copy), "Six sheep", "Ten sheep")  # what was hashed at first is there again
    assert "en/sheep: built" in run(copy)[1]


def test_spoiled_notes_only_cost_another_look(copy: Path) -> None:
    (copy / ".build-notes.json").write_text("{")
    assert run(copy)[1].count("up to date") == len(LANGUAGES)
    assert run(copy) == (0, "sheep: up to date\n")


def test_warnings_are_told_again_for_an_unchanged_lesson(tmp_path: Path) -> None:
    write_curriculum(tmp_path)
    first, again = run(tmp_path), run(tmp_path)
    warning = "lessons/sheep/translations.toml:1: ескерту: бірде-бір аударма (kk, ru) расталмаған."
    assert first[1].startswith(warning)
    assert again[1].startswith(warning)
    assert again[0] == 0


@pytest.fixture
def listener() -> Iterator[int]:
    """Port of a server on this machine that takes any connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.skipif(not find_isolation(), reason="this machine gives no program an empty network")
def test_a_cell_that_opens_a_connection_fails_the_build_with_its_file_and_line(
    tmp_path: Path, listener: int
) -> None:
    cell = f"import socket\nsocket.create_connection(('127.0.0.1', {listener}), timeout=5).close()"
    exec(cell)  # noqa: S102 # outside of the build somebody is there
    write_curriculum(tmp_path)
    write_lesson(tmp_path, (PRINT, cell))
    for language in ("kk", "ru"):
        write_lesson(tmp_path, (PRINT, cell), language=language)
    code, told = run(tmp_path)
    assert code == 1
    assert "lessons/sheep/lesson.en.md:34: the cell “print” fails. Mend its code; it has no network" in told
    assert not notebook(tmp_path).exists()


def test_where_no_empty_network_is_to_be_had_the_build_says_so_and_proxies_lead_nowhere(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offline, "_WAYS", ())
    find_isolation.cache_clear()
    change(
        text_of(copy), PRINT, "import os\nprint(os.environ['HTTPS_PROXY'], os.environ['no_proxy'] or 'all')"
    )
    for language in ("kk", "ru"):
        change(
            text_of(copy, language),
            PRINT,
            "import os\nprint(os.environ['HTTPS_PROXY'], os.environ['no_proxy'] or 'all')",
        )
    code, told = run(copy)
    monkeypatch.undo()
    find_isolation.cache_clear()
    assert code == 0
    assert told.count("gives no program an empty network") == 1
    assert "http://127.0.0.1:9 all" in notebook(copy).read_text()


@pytest.mark.parametrize("cell", ["import os; os._exit(3)", "while True: pass"])
def test_a_cell_that_ends_its_kernel_or_never_ends_is_named(tmp_path: Path, cell: str) -> None:
    lesson = make_lesson(tmp_path, (PRINT, cell))
    with pytest.raises(TextError, match=r"lesson\.en\.md:34: the cell “print” fails"):
        execute_notebook(lesson, make_notebook(lesson), timeout=3)


def test_what_a_cell_writes_beside_itself_does_not_stay_in_the_lessons_folder(tmp_path: Path) -> None:
    """Of a lesson of the curriculum, too: ``%lesson`` goes to its folder."""
    cell = "from pathlib import Path\nPath('mark').touch()\nPath.cwd().name"
    path = write_lesson(tmp_path, (PRINT, cell))
    folder = path.parent.rename(tmp_path / "lessons" / "two-posts")
    lesson = read_lesson(folder / path.name)
    made = make_notebook(lesson)
    execute_notebook(lesson, made)
    (shown,) = (cell.outputs for cell in made.cells if cell.id == "print")
    assert "two-posts" in shown[0]["data"]["text/plain"]
    assert [file.name for file in folder.iterdir()] == ["lesson.en.md"]
    assert not (PROJECT / "curriculum" / "lessons" / "two-posts" / "mark").exists()


@pytest.mark.parametrize(
    ("shown", "what"),
    [
        ("HTML('<p onclick=\"go()\">x</p>')", "onclick="),
        ("Javascript('alert(1)')", "application/javascript"),
        ("SVG('<svg><image href=\"https://x.kz/a.png\"/></svg>')", "https://x.kz/a.png"),
        ("Markdown('<iframe></iframe>')", "<iframe"),
    ],
)
def test_what_a_cell_shows_brings_no_code_and_nothing_from_outside(
    tmp_path: Path, shown: str, what: str
) -> None:
    lesson = make_lesson(tmp_path, (PRINT, f"from IPython.display import *\n{shown}"))
    target = tmp_path / "sheep.ipynb"
    with pytest.raises(TextError, match=r"lesson\.en\.md:34: “.*” may not be in a lesson") as told:
        build_lesson(lesson, target)
    assert f"“{what}”" in str(told.value)
    assert not target.exists()


def test_files_as_windows_saves_them_are_read_and_built_the_same(copy: Path) -> None:
    text = text_of(copy).read_bytes()
    before = make_notebook(read_lesson(text_of(copy))).cells
    text_of(copy).write_bytes(b"\xef\xbb\xbf" + text.replace(b"\n", b"\r\n"))
    assert [cell.source for cell in make_notebook(read_lesson(text_of(copy))).cells] == [
        cell.source for cell in before
    ]
    assert run(copy)[0] == 0


def test_a_link_leads_to_the_neighbour_and_a_file_travels_within_the_text(tmp_path: Path) -> None:
    path = write_lesson(
        tmp_path, ("Ten sheep", "[lambs](lesson:lambs), [a day](day.csv) and <a href='day.csv'>b</a> Ten")
    )
    (path.parent / "day.csv").write_text("a\n")
    source = make_notebook(read_lesson(path)).cells[1].source
    assert "[lambs](lambs), " in source
    assert '<a href="data:text/csv;base64,YQo=" download="day.csv">a day</a>' in source
    assert '<a href="data:text/csv;base64,YQo=" download="day.csv">b</a>' in source


def test_a_number_stays_with_its_unit_in_texts_and_nowhere_else(tmp_path: Path) -> None:
    path = write_lesson(
        tmp_path, ("Ten sheep", "`3 km` 150 tenge"), ("How many?", "5 kg?"), (PRINT, 'print("5 kg")')
    )
    cells = {cell.id: cell.source for cell in make_notebook(read_lesson(path)).cells}
    assert "`3 km` 150\u00a0tenge" in cells["scene"]
    assert "5 kg?" in cells["total"]
    assert cells["print"] == 'print("5 kg")'


def test_pictures_whose_names_end_alike_travel_each_under_its_own(tmp_path: Path) -> None:
    path = write_lesson(
        tmp_path, ("Ten sheep", "![a](map.png) ![b](big-map.png) <img src='map.png' alt='c'> Ten")
    )
    for name in ("map.png", "big-map.png"):
        (path.parent / name).write_bytes(name.encode())
    cell = make_notebook(read_lesson(path)).cells[1]
    assert (
        "![a](attachment:map.png) ![b](attachment:big-map.png) <img src='attachment:map.png'" in cell.source
    )
    assert set(cell.attachments) == {"map.png", "big-map.png"}


def test_a_confirmed_translation_is_stale_where_the_source_changed(copy: Path) -> None:
    change(text_of(copy), "Ten sheep stand", "Ten sheep lie")
    change(text_of(copy), "title: Sheep", "title: Ewes")
    told = run(copy, check=True)[1].splitlines()
    assert (
        "lessons/sheep/lesson.ru.md:21: предупреждение: в lesson.en.md изменилась «scene», строка 21. "
        "Сравните, исправьте перевод и запустите: ./sandyq build --translated sheep ru"
    ) in told
    assert any(
        line.startswith("lessons/sheep/lesson.ru.md:7: предупреждение: в lesson.en.md изменилась «front")
        for line in told
    )
    assert sum("изменилась" in line for line in told) == 2
    assert sum("өзгерген" in line for line in told) == 2
    assert confirm(copy, "ru") == "sheep/translations.toml: ru confirmed. Commit the file.\n"
    told = run(copy)[1].splitlines()
    assert (sum("изменилась" in line for line in told), sum("өзгерген" in line for line in told)) == (0, 2)


def test_cells_that_came_and_went_since_a_translation_was_confirmed_are_told(copy: Path) -> None:
    for language in LANGUAGES:
        change(text_of(copy, language), ":id: print\n", ":id: show\n")
    told = run(copy)[1]
    assert "lesson.ru.md:34: предупреждение: в lesson.en.md появилась «show», строка 34." in told
    assert "lesson.ru.md:1: предупреждение: из lesson.en.md удалена «print»." in told


def test_a_language_nobody_confirmed_is_told_in_one_line(copy: Path) -> None:
    (copy / "lessons" / "sheep" / "translations.toml").unlink()
    confirm(copy, "kk")
    told = run(copy)[1].splitlines()
    assert [line for line in told if "translated" in line] == [
        "lessons/sheep/lesson.ru.md:1: предупреждение: этот перевод не подтверждён. Сравните с lesson.en.md и "
        "запустите: ./sandyq build --translated sheep ru"
    ]


def test_confirming_a_translation_makes_no_notebook_old(copy: Path) -> None:
    change(text_of(copy), "Ten sheep", "Six sheep")
    assert run(copy)[0] == 0
    confirm(copy)
    assert run(copy, check=True) == (0, "")


def test_only_a_translation_of_a_sound_lesson_with_one_source_can_be_confirmed(copy: Path) -> None:
    with pytest.raises(ValueError, match=r"'en' is no translation of 'sheep'\. Use one of: kk, ru"):
        commands.confirm("sheep", "en", io.StringIO(), copy)
    change(text_of(copy, "ru"), "translation: draft", "translation: source")
    out = io.StringIO()
    assert commands.confirm("sheep", None, out, copy) == 1
    assert "lesson.kk.md:15: дәл бір тілде «translation: source» болуы керек" in out.getvalue()


WATCH = """
import sys
from pathlib import Path
from sandyq_curriculum.commands import watch
try:
    watch([], sys.stdout, Path(sys.argv[1]))
except KeyboardInterrupt:
    print("ended", flush=True)
"""


class Watcher:
    """``--watch`` over a curriculum, and what it has said so far."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "watch.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", WATCH, str(folder)], stdout=log, stderr=subprocess.STDOUT
            )

    def hear(self, words: str, times: int = 1) -> None:
        def is_said() -> bool:
            said = self.log.read_text().count(words) >= times
            assert said or self.process.poll() is None, self.log.read_text()
            return said

        wait_for(is_said, f"{words!r} in {self.log}", 30)

    def end(self) -> str:
        self.process.send_signal(signal.SIGINT)
        self.process.wait(15)
        return self.log.read_text()


@pytest.fixture
def watcher(copy: Path) -> Iterator[Watcher]:
    watching = Watcher(copy)
    yield watching
    watching.process.kill()
    watching.process.wait()


def test_watching_builds_what_is_saved_survives_broken_text_and_ends_on_ctrl_c(
    copy: Path, watcher: Watcher
) -> None:
    watcher.hear("sheep: up to date")
    text, catalogue = text_of(copy).read_text(), (copy / "catalogue.toml").read_text()
    text_of(copy).write_text(text.replace("answer=10", "answer=ten"))
    watcher.hear("lesson.en.md:27: Question “total”, line 1: “answer” is “ten”")
    text_of(copy).write_bytes(b"\xff\xfe")
    watcher.hear("lesson.en.md:1: this file is not UTF-8 text")
    (copy / "catalogue.toml").write_text("[[lesson")
    watcher.hear("catalogue.toml:1: ")
    (copy / "catalogue.toml").write_text(catalogue + "\n[[lesson]]\n")  # saved before its name is written
    watcher.hear("catalogue.toml:4: ")
    (copy / "catalogue.toml").write_text(catalogue)
    text_of(copy).write_text(text.replace("Ten sheep", "Six sheep"))
    watcher.hear("en/sheep: built")
    told = watcher.end()
    assert told.endswith("ended\n")
    assert told.count("catalogue.toml:1: ") == 1


@pytest.mark.parametrize(
    ("catalogue", "line"),
    [
        ("", 1),
        ("lesson = 5", 1),
        ('lesson = "sheep"', 1),
        ('[[lesson]]\nslug = "sheep"\n\n[[lesson]]\nslug = "sheep"\n', 4),
        ('[[lesson]]\nslug = "sheep"\n[[lesson]]\nslug = 5\n', 3),
        ('[[lesson]]\nslug = "sheep"\nslug = "goat"\n', 3),
        ('[[lesson]]\nslugs = "sheep"\n', 1),
    ],
)
def test_a_catalogue_that_is_no_list_of_lessons_is_told_with_its_line(
    tmp_path: Path, catalogue: str, line: int
) -> None:
    folder = write_curriculum(tmp_path)
    (folder / "catalogue.toml").write_text(catalogue)
    with pytest.raises(TextError) as told:
        run(folder)
    assert f"catalogue.toml:{line}: " in str(told.value)
    assert 'slug = "passphrase"' in str(told.value)


def test_ctrl_c_ends_watching_while_a_cell_runs(copy: Path, watcher: Watcher) -> None:
    watcher.hear("sheep: up to date")
    sign = copy / "sleeping"
    for language in LANGUAGES:
        change(
            text_of(copy, language), PRINT, f"import time\nopen({str(sign)!r}, 'w').close()\ntime.sleep(60)"
        )
        text_of(copy, language).touch()
    wait_for(sign.exists, "the cell to run", 30)
    started = time.monotonic()
    assert watcher.end().endswith("ended\n")
    assert time.monotonic() - started < 10
