"""Login cards."""

import re
from urllib.parse import quote

import segno

from sandyq.school.cards import Card, draw_code, render_cards, sign_in_address

ADDRESS = "http://school.local:8000"


def make_cards(number):
    return [Card(f"Ким Вика{n}", "5Б", f"vika{n}", "pin", f"{n:04}", "ru") for n in range(number)]


def test_there_are_ten_cards_a_sheet():
    page = render_cards("Мектеп", ADDRESS, make_cards(23))
    sheets = page.split('<section class="sheet">')[1:]
    assert [sheet.count("<article") for sheet in sheets] == [10, 10, 3]


def test_a_card_says_what_its_owner_needs_in_the_language_of_the_class():
    cards = [
        Card("Әбен Қуаныш", "7Ә", "quanysh", "password", "qoian-samal-tobe-47", "kk"),
        Card("Ким Вика", "3Б", "vika", "pin", "4831", "ru"),
    ]
    page = render_cards("Ауыл мектебі", ADDRESS, cards)
    russian, kazakh = page.split("<article")[1:]
    assert all(
        text in kazakh for text in ("Құпиясөз", "qoian-samal-tobe-47", "Сынып: 7Ә", "Ауыл мектебі", ADDRESS)
    )
    assert all(text in russian for text in ("ПИН-код", "4831", "Класс: 3Б", 'lang="ru"'))


def test_the_code_opens_the_sign_in_page_and_never_holds_the_secret():
    page = render_cards("Мектеп", ADDRESS, [Card("Ким Вика", "3Б", "vika", "pin", "4831", "ru")])
    expected = sign_in_address(ADDRESS, "vika")
    assert expected == f"{ADDRESS}/hub/login?username={quote('vika')}"
    assert draw_code(expected) in page
    assert page.count("4831") == 1
    assert (
        segno.make(expected, error="m").designator.split("-")[0] <= "5"
    )  # few enough modules for a cheap printer


def test_everything_is_escaped_and_nothing_is_loaded():
    evil = '<img src=x onerror="alert(1)">&'
    page = render_cards(evil, ADDRESS, [Card(evil, evil, evil, "password", evil, "kk")])
    assert "<img" not in page
    assert "&lt;img" in page
    assert not re.search(r"(src|href)=|@import|url\(", page.replace("src=x", ""))
    assert "default-src 'none'" in page
