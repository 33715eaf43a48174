"""``people import``, as an operator sees it."""

import ast
import io
import stat
from datetime import date
from pathlib import Path

import pytest

import sandyq.school
from sandyq.i18n import load_translations
from sandyq.school import sample
from sandyq.school.commands import import_people
from sandyq.school.credentials import verify_secret
from sandyq.school.people import find_person
from sandyq.school.roster.columns import SYNONYMS
from sandyq.school.roster.problems import MESSAGES
from sandyq.settings import Settings

GOOD = "ФИО;Класс\nЖаңа Оқушы Болатұлы;7А\nЕкінші Ақерке;3А\n"
BAD = GOOD + "Бөтен Адам;12А\n"


@pytest.fixture
def home(database, tmp_path):
    """A home with the sample school, and its roster file."""
    with database.session() as session:
        sample.seed(session, date(2026, 11, 24))
    url = database.engine.url.render_as_string(hide_password=False)
    return Settings(home=tmp_path, language="ru", database=url)


def run(settings, text, *, apply=False, skip=False):
    path = settings.home / "roster.csv"
    path.write_text(text, encoding="utf-8")
    out = io.StringIO()
    code = import_people(settings, path, apply, skip, out)
    return code, out.getvalue()


def test_a_preview_shows_everything_and_changes_nothing(home, database):
    code, shown = run(home, GOOD)
    assert code == 0
    assert "Новые: 2" in shown
    assert "Жаңа Оқушы Болатұлы (7А)" in shown
    assert "никто не удаляется" in shown
    assert "--apply" in shown
    with database.reading() as session:
        assert find_person(session, "oqushy") is None
    assert not (home.home / "cards").exists()


def test_applying_adds_people_who_can_sign_in_with_their_cards(home, database):
    code, shown = run(home, GOOD, apply=True)
    assert code == 0
    (cards,) = (home.home / "cards").iterdir()
    assert str(cards) in shown
    assert stat.S_IMODE(cards.stat().st_mode) == 0o600
    page = cards.read_text(encoding="utf-8")
    pin = page.split("<dd>akerke</dd>" if "<dd>akerke</dd>" in page else "<dd>aqerke.e</dd>")[1]
    secret = pin.split("<dd")[1].split(">")[1].split("<")[0]
    with database.reading() as session:
        assert verify_secret(session, "aqerke.e", secret).full_name == "Екінші Ақерке"


def test_the_second_time_nothing_is_new_and_no_cards_are_written(home):
    run(home, GOOD, apply=True)
    code, shown = run(home, GOOD, apply=True)
    assert code == 0
    assert "Новые" not in shown
    assert "Без изменений: 2" in shown
    assert len(list((home.home / "cards").iterdir())) == 1


def test_a_bad_row_stops_everything_unless_it_is_skipped(home, database):
    code, shown = run(home, BAD, apply=True)
    assert code == 1
    assert "Строка 4, Класс «12А»: Такого класса нет." in shown
    with database.reading() as session:
        assert find_person(session, "oqushy") is None
    code, shown = run(home, BAD, apply=True, skip=True)
    assert code == 0
    with database.reading() as session:
        assert find_person(session, "oqushy") is not None


def test_a_file_that_cannot_be_read_gets_one_sentence(home):
    out = io.StringIO()
    assert import_people(home, Path("/nowhere/list.xlsx"), False, False, out) == 1
    assert "не читается" in out.getvalue()


def texts_of_the_package():
    """Every text of sandyq.school that people see."""
    calls = {"_", "SchoolError", "NotFound", "NotAllowed", "Conflict", "Invalid", "RosterError"}
    for path in Path(sandyq.school.__path__[0]).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in calls and node.args:
                yield from (n.value for n in ast.walk(node.args[0]) if isinstance(n, ast.Constant))
    yield from MESSAGES.values()
    yield from SYNONYMS


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_every_text_is_translated_with_the_same_gaps(language):
    translations = load_translations(language)
    for text in set(texts_of_the_package()):
        translated = translations.gettext(text)
        assert text == "ID" or translated != text, text
        gaps = [sorted(part.split("}")[0] for part in each.split("{")[1:]) for each in (text, translated)]
        assert gaps[0] == gaps[1], text
