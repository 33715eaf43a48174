"""The project's own rules: locks without addresses, conda in step, words in three languages, a complete help."""

import io
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib

import pytest
import yaml
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from sandyq.cli import build_parser
from sandyq.i18n import LANGUAGES, LOCALE, kazakh_key, translator, translator_for
from sandyq.settings import PROJECT

PYPROJECT = tomllib.loads((PROJECT / "pyproject.toml").read_text())
PACKAGES = PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]


@pytest.mark.skipif(os.geteuid() != 0, reason="about root, whose Python others may not run")
def test_root_is_given_a_python_that_others_may_run_before_one_of_its_own(tmp_path):
    tmp_path.chmod(0o700)
    closed = shutil.copy(os.path.realpath(sys.executable), tmp_path / "python3.11")
    bootstrap = (PROJECT / "sandyq").read_text()
    find = bootstrap[bootstrap.index("find_python() {") : bootstrap.index('case "$*"')]
    environment = os.environ | {"SANDYQ_PYTHON": str(closed)}

    def found(*words):
        command = ["sh", "-eu", "-c", f"{find}\nfind_python {' '.join(words)}"]
        return subprocess.run(
            command, check=False, env=environment, capture_output=True, text=True
        ).stdout.strip()

    assert found() not in ("", str(closed))
    assert found("any") == str(closed), "it builds lessons as well"


def normalise(requirement: str) -> str:
    return re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0].lower().replace("_", "-")


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-test.lock"])
def test_a_lock_pins_every_dependency_with_hashes_and_names_no_address(name):
    text = (PROJECT / name).read_text()
    assert not re.search(r"https?://|--index|--find-links", text)
    pins = re.split(r"\n(?=[a-z0-9])", text)
    assert all("--hash=sha256:" in pin for pin in pins if "==" in pin)
    pinned = {normalise(pin) for pin in pins}
    needed = [
        *PYPROJECT["project"]["dependencies"],
        *PYPROJECT["project"]["optional-dependencies"]["postgres"],
    ]
    assert {normalise(each) for each in needed} <= pinned


def test_the_npm_lock_names_no_address():
    lock = json.loads((PROJECT / "package-lock.json").read_text())
    assert [name for name, package in lock["packages"].items() if "resolved" in package] == []


def test_the_conda_environment_only_installs_python_node_and_this_project():
    environment = yaml.safe_load((PROJECT / "environment.yml").read_text())
    *conda, pip = environment["dependencies"]
    assert {normalise(each) for each in conda} == {"python", "nodejs", "pip"}
    assert PYPROJECT["project"]["requires-python"] in conda[0]
    extras = ",".join(sorted(PYPROJECT["project"]["optional-dependencies"], reverse=True))
    assert pip == {"pip": [f"-e .[{extras}]"]}


def test_nothing_downloaded_or_built_is_committed():
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=PROJECT, capture_output=True, text=True, check=True
    ).stdout
    assert not re.search(r"node_modules/|\.venv/|\.mo$|\.min\.(js|css)$", tracked, re.MULTILINE)


def words_in(package: str) -> set[str]:
    methods = [("**.py", "python"), ("**.html", "jinja2"), ("**.j2", "jinja2")]
    keywords = {"_": None, "gettext": None, "say": None}
    return {
        message
        for _file, _line, message, _comments, _context in extract_from_dir(
            PROJECT / package, methods, keywords=keywords
        )
        if isinstance(message, str)
    }


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
@pytest.mark.parametrize("package", PACKAGES)
def test_every_word_on_a_page_is_said_in_the_language(package, language):
    gettext = translator(language)
    assert {
        word for word in words_in(package) if word and gettext(word) == word and not word.isupper()
    } - SAME == set()


SAME = {"Sandyq"}
"""Said alike in all three languages."""


@pytest.mark.parametrize(
    "path", sorted(LOCALE.glob("*/LC_MESSAGES/*.po")), ids=lambda path: f"{path.parts[-3]}-{path.stem}"
)
def test_a_catalogue_is_whole_and_keeps_the_placeholders(path):
    catalogue = read_po(io.BytesIO(path.read_bytes()))
    for message in catalogue:
        if message.id and isinstance(message.id, str):
            assert message.string, message.id
            assert sorted(re.findall(r"{\w+}", message.id)) == sorted(re.findall(r"{\w+}", message.string)), (
                message.id
            )
    plurals = [message for message in catalogue if message.id and not isinstance(message.id, str)]
    assert not plurals or '\n"Plural-Forms: ' in path.read_text(), "else gettext counts as in English"
    assert [message.id for message in plurals if not all(message.string)] == []


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_what_several_catalogues_say_they_say_alike(language):
    """All are one at run time: where two differ, one of them is said on the other's pages."""
    said: dict[tuple[str, str], set[str]] = {}
    for path in LOCALE.glob(f"{language}/LC_MESSAGES/*.po"):
        for message in read_po(io.BytesIO(path.read_bytes())):
            if message.id:
                said.setdefault((message.context or "", str(message.id)), set()).add(str(message.string))
    assert {key: words for key, words in said.items() if len(words) > 1} == {}


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_adults_are_not_spoken_to_as_children(language):
    """What is said otherwise to them is still said at all, and never sends a teacher to their teacher."""
    catalogue = read_po(io.BytesIO((LOCALE / language / "LC_MESSAGES" / "sandyq_work.po").read_bytes()))
    said = {message.id: message.string for message in catalogue if message.context == "adult"}
    assert said and said.keys() <= {message.id for message in catalogue if not message.context}
    adult, child = translator_for(language, "teachers"), translator(language)
    work = [message.id for message in catalogue if message.id]
    assert {text: adult(text) for text in said} == said
    assert [adult(text) for text in work if re.search(r"учител[юьея]\b|[Мм]ұғалімің", adult(text))] == []
    assert adult("Print the receipt") == child("Print the receipt")
    assert [
        text for text in work if re.search(r"(көр|айт|сұра|бас|жаз|тер|қара|жой|бер)\.$", adult(text))
    ] == []


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_a_full_folder_is_told_in_words_for_children_and_adults(language):
    """It stands on everybody's page, between sentences that say «сен» and «ты» to a pupil, «сіз» and «вы» to others."""
    path = LOCALE / language / "LC_MESSAGES" / "sandyq_portal.po"
    told = [
        message.string
        for message in read_po(io.BytesIO(path.read_bytes()))
        if str(message.id).startswith("Your folder is ")
    ]
    assert len(told) == 2
    assert [text for text in told if re.search(r"\b[Вв]аш|\b[Тт]во[йя]\b|йте\b|ите\b|ңыз|ңіз", text)] == []


@pytest.mark.parametrize("path", sorted(LOCALE.glob("ru/LC_MESSAGES/*.po")), ids=lambda path: path.stem)
def test_russian_writes_you_small_within_a_sentence(path):
    texts = [
        message.string
        for message in read_po(io.BytesIO(path.read_bytes()))
        if isinstance(message.string, str)
    ]
    assert [text for text in texts if re.search(r"[^.!?…] +(Вы|Вас|Вам|Вами|Ваш\w*)\b", text)] == []


def test_kazakh_lessons_write_you_small_within_a_sentence():
    texts = [
        *PROJECT.glob("curriculum/lessons/*/lesson.kk.md"),
        *PROJECT.glob("assignments/courses/*/*/*.kk.md"),
    ]
    within = re.compile(r"(?:[\w,;)]|\w\*\*|\S –) +(?:\*\*)?Сіз\w*")
    assert {
        path.parent.name: found for path in texts if (found := within.findall(path.read_text("utf-8")))
    } == {}
    assert len(texts) > 25


def test_kazakh_letters_sort_in_their_own_order():
    assert sorted(["Бота", "Әлия", "Арай", "Ғани", "Гүл", "Қанат", "Кәмила", "Іңкәр", "Ылди"], key=kazakh_key) == [
        "Арай", "Әлия", "Бота", "Гүл", "Ғани", "Кәмила", "Қанат", "Ылди", "Іңкәр",
    ]  # fmt: skip


def commands(parser, path=()):
    for action in parser._subparsers._group_actions if parser._subparsers else []:
        for name, inner in action.choices.items():
            yield (*path, name), inner, {each.dest: each.help for each in action._choices_actions}[name]
            yield from commands(inner, (*path, name))


README = (PROJECT / "README.md").read_text()
EVERY = [pytest.param(*each, id=" ".join(each[0])) for each in commands(build_parser())]


@pytest.mark.parametrize(("path", "parser", "text"), EVERY)
def test_every_command_and_option_has_help_and_stands_in_the_readme(path, parser, text):
    assert text
    assert all(action.help for action in parser._actions if action.dest != "action")
    assert re.search(rf"^ {{4}}\./sandyq {' '.join(path)} ", README, re.MULTILINE), "no example to copy"


@pytest.mark.parametrize(("path", "parser", "text"), EVERY)
def test_every_option_stands_in_the_readme_with_its_command(path, parser, text):
    options = {
        option for action in parser._actions for option in action.option_strings if option.startswith("--")
    }
    described = "\n".join(line for line in README.splitlines() if f"./sandyq {' '.join(path)} " in line)
    shared = re.findall(rf"^The parts of .*`{path[0]}`.* take `--.*$", README, re.MULTILINE)
    assert described
    said = set(re.findall(r"--[a-z-]+", "\n".join([described, *shared])))
    assert options - {"--help"} <= said


def test_help_without_an_environment_needs_only_python():
    code = "import sys; sys.path.insert(0, 'src'); from sandyq.cli import main; main(['--help'])"
    result = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert "demo" in result.stdout, result.stderr


def test_every_app_stands_in_the_list_of_guides_and_has_its_pictures():
    listed = (PROJECT / "docs" / "apps.md").read_text("utf-8")
    for name in ["own", *(path.stem for path in (PROJECT / "voila_apps").glob("*.ipynb"))]:
        assert f"(apps/{name}.md)" in listed, name
        guide = (PROJECT / "docs" / "apps" / f"{name}.md").read_text("utf-8")
        for language in LANGUAGES:
            assert f"({name}.{language}.png)" in guide, name
            assert (PROJECT / "docs" / "apps" / f"{name}.{language}.png").is_file()
