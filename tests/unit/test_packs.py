"""Notebook's and Lab's words in Kazakh and Russian: whole, still asked for, small on the wire."""

import gzip
import json
import re
import sys
from functools import lru_cache
from pathlib import Path

import notebook
import pytest
from babel.messages.pofile import read_po
from jupyterlab_server.translation_utils import get_language_pack, get_language_packs

from sandyq.i18n import LANGUAGES
from sandyq.settings import PROJECT
from sandyq_hub import packs

SHARE = Path(sys.prefix) / "share/jupyter"
CATALOGUES = sorted(packs.FOLDER.glob("*/*.po"))
OTHER_WORD = re.compile("блокнот|ноутбук", re.IGNORECASE)
"""Russian for a notebook in Jupyter's pack; with us, as in all that we say, it is «тетрадь»."""
OF_A_KIND = re.compile(
    "(Save|Delete|Duplicate|New View for|Reload|Revert|Rename|.* (?:revert|reload) the|No checkpoints .*) ?%1.*"
)
"""In place of %1 Lab says "Notebook" or "File", in English: we say it without."""
TEXT = r"(\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')"


def data_of(locale):
    reply = json.loads(gzip.decompress(packs.pack(locale)))
    assert reply["message"] == ""
    return reply["data"]


def read(path):
    with path.open("rb") as source:
        return [message for message in read_po(source) if message.id]


def listed(text):
    return [text] if isinstance(text, str) else list(text)


@lru_cache
def read_scripts():
    """All scripts of Lab, Notebook and their extensions."""
    folders = (SHARE / "lab/static", SHARE / "labextensions", Path(notebook.__file__).parent / "static")
    return "".join(path.read_text("utf-8") for folder in folders for path in sorted(folder.rglob("*.js")))


@lru_cache
def read_asked():
    """What scripts ask to be translated: the first text after ``__(``, ``_n(``, and the second after ``_p(``."""
    asked = re.findall(rf"\._(?:_|n)\(\s*{TEXT}", read_scripts())
    asked += re.findall(rf"\._p\(\s*{TEXT},\s*{TEXT}", read_scripts())
    return {unescape(each) if isinstance(each, str) else "\4".join(map(unescape, each)) for each in asked}


def unescape(text):
    signs = {"n": "\n", "t": "\t"}
    return re.sub(r"\\(u[0-9a-f]{4}|x[0-9a-f]{2}|.)", lambda found: decode(found[1], signs), text[1:-1])


def decode(escape, signs):
    return chr(int(escape[1:], 16)) if len(escape) > 1 else signs.get(escape, escape)


@lru_cache
def read_schemas():
    """Titles of settings and of menus."""
    schemas = [json.loads(path.read_text("utf-8")) for path in SHARE.glob("lab*/**/schemas/**/*.json")]
    titles = {f"schema\4{schema['title']}" for schema in schemas if "title" in schema}
    return titles | {
        f"menu\4{label}" for schema in schemas for label in find_labels(schema.get("jupyter.lab.menus"))
    }


def find_labels(menus):
    if isinstance(menus, dict) and menus.get("label"):
        yield menus["label"]
    for inner in menus.values() if isinstance(menus, dict) else menus if isinstance(menus, list) else ():
        yield from find_labels(inner)


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_catalogue_is_whole_and_says_what_is_asked_for(path):
    said = packs.list_words(read(path))
    assert sorted(set(said) - read_asked() - read_schemas()) == []
    for message in read(path):
        forms = listed(message.string)
        assert all(forms), message.id
        known = set(re.findall(r"%\d", " ".join(listed(message.id))))
        assert all(set(re.findall(r"%\d", form)) <= known for form in forms), message.id
        ends = [re.findall(r"^\s*|\s*$", text) for text in (listed(message.id)[0], *forms)]
        assert all(end == ends[0] for end in ends), message.id


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_you_is_small_within_a_sentence(path):
    texts = [form for message in read(path) for form in listed(message.string)]
    assert [text for text in texts if re.search(r"[^.!?…\n] *(Сіз|Вы|Вас|Вам|Ваш)\w*\b", text)] == []


def test_in_kazakh_all_menus_and_what_menus_offer_is_kazakh():
    words = data_of("kk_KZ")["jupyterlab"]
    menus = {label for label in read_schemas() if label.startswith("menu\4")}
    assert sorted(label for label in menus if label not in words) == []
    for english in (
        "Restart Kernel?",
        "Restart",
        "Save",
        "Rename File",
        "Delete",
        "Interrupt Kernel",
        "Busy",
    ):
        assert re.search("[а-яәіңғүұқөһ]", words[english][0]), english


def test_in_russian_our_words_stand_where_jupyters_pack_has_none_or_another_word_for_a_notebook():
    theirs, _ = get_language_pack("ru_RU")
    words = data_of("ru_RU")
    for path in packs.FOLDER.glob("ru_RU/*.po"):
        other = {key: said for key, said in theirs[path.stem].items() if key in packs.list_words(read(path))}
        reasons = {key: OTHER_WORD.search(said[0]) or OF_A_KIND.fullmatch(key) for key, said in other.items()}
        assert [key for key, reason in reasons.items() if not reason] == []
        said = {key: forms for key, forms in words[path.stem].items() if key in read_asked()}
        assert [key for key, forms in said.items() if OTHER_WORD.search(forms[0])] == []
    assert [
        key for key, forms in words["jupyterlab"].items() if OF_A_KIND.fullmatch(key) and "%1" in forms[0]
    ] == []
    assert words["jupyterlab"]["menu\4File"] == ["Файл"]
    assert words["jupyterlab"]["Go to cell…"] == ["Перейти к ячейке…"]


def test_a_programming_language_keeps_its_name_also_one_that_is_a_word():
    names = set(re.findall(r'displayName:\w+\.__\("([^"]+)"\),(?:alias:\[[^]]*\],)?mime:', read_scripts()))
    assert {"Go", "Julia", "R"} <= names
    assert names & {message.id for path in CATALOGUES for message in read(path)} == set()


@pytest.mark.parametrize(("language", "locale"), [("kk", "kk_KZ"), ("ru", "ru_RU")])
@pytest.mark.parametrize("slug", ["python-prices", "village-weather"])
def test_lessons_name_the_menu_as_the_pupils_notebook_shows_it(slug, language, locale):
    words = data_of(locale)["jupyterlab"]
    run, run_all = words["menu\4Run"][0], words["Run All Cells"][0]
    lesson = (PROJECT / f"curriculum/lessons/{slug}/lesson.{language}.md").read_text("utf-8")
    assert lesson.count(f"{run} → {run_all}") == 2 and "Run All" not in lesson


def test_settings_are_titled_in_the_language_too():
    kazakh, russian = packs.Bundle("jupyterlab", "kk_KZ"), packs.Bundle("jupyterlab", "ru_RU")
    assert kazakh.pgettext("schema", "Table of Contents") == "Мазмұны"
    assert russian.pgettext("menu", "Split Tab") == "Разделить вкладку", "ours"
    assert russian.pgettext("menu", "File") == "Файл", "theirs"


@pytest.mark.parametrize("locale", packs.TRANSLATED)
def test_a_page_gets_its_words_in_few_bytes(locale):
    assert len(packs.pack(locale)) < 35_000
    assert not [key for words in data_of(locale).values() for key in words if key.startswith("settings\4")]


def test_each_language_can_be_chosen_in_labs_menu():
    assert set(packs.LOCALES) == set(LANGUAGES)
    installed, message = get_language_packs()
    assert message == ""
    assert set(packs.LOCALES.values()) <= installed.keys()
