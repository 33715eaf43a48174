"""Names and logins."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sandyq.school.names import clean_name, make_login, name_key, split_name

LOGIN = re.compile(r"[a-z][a-z0-9.-]{0,63}")


@pytest.mark.parametrize(
    ("family", "given_name", "login"),
    [
        ("Сейітов", "Айдос", "aidos"),
        ("Ғабиден", "Қуаныш", "quanysh"),
        ("Өтеген", "Үміт", "umit"),
        ("Шәріп", "Гүлнәз", "gulnaz"),
        ("Щукин", "Юрий", "yuri"),
        ("Соколова", "Дарья", "darya"),
        ("Һасанов", "Ыбырай", "ybyrai"),
    ],
)
def test_a_login_is_the_given_name_as_it_sounds(family, given_name, login):
    assert make_login(family, given_name, set()) == login


def test_namesakes_get_as_much_of_the_family_name_as_it_takes():
    taken = set()
    for family in ("Серіков", "Сейітов", "Серіков", "Серіков"):
        taken.add(make_login(family, "Айдос", taken))
    assert taken == {"aidos", "aidos.s", "aidos.se", "aidos.ser"}


def test_a_hundred_namesakes_all_get_a_login():
    taken = set()
    for _ in range(100):
        taken.add(make_login("Ли", "Ян", taken))
    assert len(taken) == 100
    assert all(LOGIN.fullmatch(login) for login in taken)


@given(family=st.text(max_size=200), given_name=st.text(max_size=200), number=st.integers(0, 3))
def test_any_name_gives_a_login_that_can_be_typed(family, given_name, number):
    taken = set()
    for _ in range(number + 1):
        login = make_login(family, given_name, taken)
        assert LOGIN.fullmatch(login)
        assert login not in taken
        assert len(login) <= 32
        taken.add(login)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  СЕЙІТОВ   айдос\u00a0 ", "Сейітов Айдос"),
        ("Сepiк", "Серiк".replace("i", "і")),  # Latin e, p and i among Cyrillic letters
        ("Smiтh", "Smiтh"),  # т has no Latin twin of its case: left for a person to mend
        ("АБДУЛ-азиз", "АБДУЛ-азиз"),
        ("иванова-петрова", "Иванова-Петрова"),
        ("БОЛАТ ҰЛЫ", "Болат ұлы"),
        ("Аи\u0306дос", "Айдос"),
    ],
)
def test_a_name_is_cleaned(text, cleaned):
    assert clean_name(text) == cleaned


def test_a_full_name_is_split_in_three():
    assert split_name("Серік Айдос Болат ұлы") == ("Серік", "Айдос", "Болат ұлы")
    assert split_name("Ким Вика") == ("Ким", "Вика", "")


@given(st.text(max_size=60))
@example("ß")
def test_cleaning_twice_is_cleaning_once(text):
    assert clean_name(clean_name(text)) == clean_name(text)


def test_spellings_of_one_name_have_one_key():
    assert name_key("СЕМЁНОВ", " Пётр") == name_key("Семенов", "Петр")
    assert name_key("Қали") != name_key("Кали")
