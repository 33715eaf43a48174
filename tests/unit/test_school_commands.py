"""``people import``, as an operator sees it."""

import ast
import io
import re
import stat
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

import sandyq.layout
import sandyq.school
from sandyq.i18n import load_translations
from sandyq.school import sample
from sandyq.school.accounts import end_accounts, move_people, reset_secrets
from sandyq.school.commands import import_people
from sandyq.school.credentials import reset_secret, verify_secret
from sandyq.school.people import class_of_pupil, class_pupils, classes_of_teacher, find_person, wanted_groups
from sandyq.school.roster.columns import SYNONYMS
from sandyq.school.roster.problems import MESSAGES
from sandyq.school.tables import ClassGroup, Person, PersonRole, School
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


@pytest.mark.parametrize("heading", ["Имя Фамилия Отчество", "Аты Тегі Әкесінің аты"])
def test_a_heading_that_puts_the_given_name_first_is_believed(home, database, heading):
    run(home, f"{heading};Класс\nОлег Смирнов Петрович;7А\n", apply=True)
    with database.reading() as session:
        person = find_person(session, "oleg")
        assert (person.family_name, person.given_name, person.patronymic) == ("Смирнов", "Олег", "Петрович")


@pytest.mark.parametrize("heading", ["Name", "Student name", "Аты-жөні, тегі"])
def test_a_heading_that_does_not_tell_the_order_is_refused_with_one_that_does(home, heading):
    code, shown = run(home, f'"{heading}";Class\nOleg Smirnov;7А\n', apply=True)
    assert code == 1
    assert f"«{heading}»" in shown
    assert "«Фамилия Имя» или «Имя Фамилия»" in shown
    for mended in ("Имя Фамилия", "First name, last name"):
        assert "Новые: 1\n  Smirnov Oleg (7А)" in run(home, f'"{mended}";Class\nOleg Smirnov;7А\n')[1]


@pytest.mark.parametrize(
    ("row", "order"),
    [
        ("ФИО;Класс\nОлег Петрович Смирнов;7А\n", "фамилия, имя, отчество"),
        ("ФИО;Класс\nСерік Болат ұлы Айдос;7А\n", "фамилия, имя, отчество"),
        ("Имя Фамилия Отчество;Класс\nОлег Петрович Смирнов;7А\n", "имя, фамилия, отчество"),
    ],
)
def test_a_patronymic_in_another_names_place_is_refused(home, row, order):
    code, shown = run(home, row)
    assert code == 1
    assert "Строка 2" in shown
    assert f"Напишите по порядку: {order}" in shown


def test_a_name_beside_a_surname_is_the_given_name(home):
    assert "Smirnov Oleg (7А)" in run(home, "Name;Surname;Class\nOleg;Smirnov;7А\n")[1]


def test_known_names_the_other_way_round_are_no_new_pupil(home):
    run(home, "ФИО;Класс\nҚабдолла Назерке;7А\n", apply=True)
    code, shown = run(home, "ФИО;Класс\nНазерке Қабдолла;7А\n")
    assert code == 1
    assert "в другом порядке" in shown
    assert "Новые" not in shown


def test_a_teachers_names_the_other_way_round_are_no_new_teacher(home, database):
    with database.reading() as session:
        teacher = session.scalars(select(Person).join(PersonRole).where(PersonRole.role == "teacher")).first()
    row = f"{teacher.given_name} {teacher.family_name};учитель"
    code, shown = run(home, f"ФИО;Роль\n{row}\n")
    assert code == 1
    assert "в другом порядке" in shown


def test_one_pupil_in_both_orders_in_one_file_is_one(home):
    code, shown = run(home, "ФИО;Класс\nТестов Айдос;7А\nАйдос Тестов;7А\nАйдос Тестов;5Б\n")
    assert code == 1
    assert "Повторяет строку 2" in shown


def test_a_grade_alone_names_a_class_without_a_letter(home):
    code, shown = run(home, "ФИО;Параллель\nЖаңа Оқушы;10\n")
    assert code == 0
    assert "Жаңа Оқушы (10)" in shown


@pytest.mark.parametrize(
    ("row", "shown"),
    [
        ("10;;", "Жаңа Оқушы (10)"),
        ("10 класс;А;", "Жаңа Оқушы (10А)"),
        ("10;АБ;", "Литера «АБ»"),
        ("12;;", "Параллель «12»"),
    ],
)
def test_grade_and_letter_make_the_class_or_are_named(home, row, shown):
    assert shown in run(home, f"ФИО;Параллель;Литера;Роль\nЖаңа Оқушы;{row}ученик\n")[1]


def test_an_empty_class_is_shown_as_empty_not_as_a_name(home):
    code, shown = run(home, "ФИО;Класс\nАйдар Ержан;\n")
    assert code == 1
    assert "Строка 2, Класс:" in shown


def test_everybody_who_is_missing_is_named(home, database, tmp_path, monkeypatch):
    _, shown = run(home, GOOD)
    with database.reading() as session:
        groups = session.scalars(select(ClassGroup).where(ClassGroup.name.in_(["3А", "7А"])))
        missing = [pupil.full_name for group in groups for pupil in class_pupils(session, group.id)]
    assert len(missing) > 20
    assert all(name in shown for name in missing)
    assert "./sandyq people leave" in shown
    monkeypatch.setattr(sandyq.layout, "PROJECT", tmp_path / "opt" / "sandyq" / "versions" / "0.1.0")
    _, shown = run(home, GOOD)
    assert ": sandyq people leave" in shown, "an installed server's program is in no folder of its operator's"


def test_who_leaves_cannot_sign_in_and_a_list_brings_them_back(home, database):
    with database.session() as session:
        person = find_person(session, "aruzhan")
        name, grade = person.full_name, class_of_pupil(session, person.id).name
        secret = reset_secret(session, person).text
    out = io.StringIO()
    assert end_accounts(home, ["aruzhan"], False, out) == 0
    assert name in out.getvalue()
    with database.reading() as session:
        assert verify_secret(session, "aruzhan", secret), "it was a preview"
    for _ in range(2):
        assert end_accounts(home, ["aruzhan"], True, io.StringIO()) == 0
    with database.reading() as session:
        assert verify_secret(session, "aruzhan", secret) is None
        assert class_of_pupil(session, person.id) is None
        assert "aruzhan" not in set().union(*wanted_groups(session).values())
    assert run(home, f"ФИО;Класс;Логин\n{name};{grade};aruzhan\n", apply=True)[0] == 0
    with database.reading() as session:
        assert verify_secret(session, "aruzhan", secret)
        assert class_of_pupil(session, person.id).name == grade


def test_a_move_is_previewed_then_made_and_what_cannot_be_is_refused(home, database):
    with database.reading() as session:
        login, other = session.execute(
            select(Person.login, School.name)
            .join(PersonRole)
            .join(School, School.id != Person.school_id)
            .where(PersonRole.role == "teacher", Person.left_at.is_(None))
        ).first()
    for to, who, why in (
        ("Жоқ мектеп", login, "Жоқ мектеп"),
        (other, "aruzhan", "aruzhan"),
        (other, "nobody", "nobody"),
    ):
        out = io.StringIO()
        refused = move_people(home, [login, who], to, True, out)
        assert refused == 1 and (why in out.getvalue() or "ученик" in out.getvalue()), out.getvalue()
    for apply in (False, True):
        out = io.StringIO()
        assert move_people(home, [login], other, apply, out) == 0
        assert f"→ {other}" in out.getvalue()
        with database.reading() as session:
            person = find_person(session, login)
            assert (session.get_one(School, person.school_id).name == other) == apply
            assert (classes_of_teacher(session, person.id) == []) or not apply
    out = io.StringIO()
    assert move_people(home, [login], other, True, out) == 1, "is there already"


def test_a_reset_gives_a_card_with_which_one_signs_in(home, database):
    out = io.StringIO()
    assert reset_secrets(home, ["aruzhan"], out) == 0
    (card,) = (home.home / "cards").iterdir()
    assert stat.S_IMODE(card.stat().st_mode) == 0o600
    secret = re.search(r"<dd(?: class=\"long\")?>([^<>]+)</dd></dl>", card.read_text(encoding="utf-8"))[1]
    with database.reading() as session:
        assert verify_secret(session, "aruzhan", secret)
    assert reset_secrets(home, ["nobody"], out) == 1
    assert "«nobody»" in out.getvalue()
