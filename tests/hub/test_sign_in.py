"""Signing in to a real hub: who gets in, who waits, in which language."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from rehearsal import post_sign_in, signed_in

ROLES = ("pupil", "teacher", "leader", "administrator", "operator")


@pytest.fixture
def stranger(demo):
    with httpx.Client(base_url=demo.url, follow_redirects=True, timeout=30) as client:
        yield client


@pytest.mark.parametrize("role", ROLES)
def test_everybody_lands_on_the_portal(demo, role):
    with signed_in(demo, demo.account(role)) as client:
        home = client.get("/")
        assert home.url.path == "/services/portal/"
        assert demo.account(role)["name"].split()[1] in home.text


def test_a_stranger_is_led_to_the_sign_in_page(stranger):
    assert stranger.get("/").url.path == "/hub/login"
    assert stranger.get("/services/portal/").url.path == "/hub/login"


def test_a_wrong_password_gets_a_sentence_in_the_language_of_the_page(demo, stranger):
    reply = post_sign_in(stranger, demo.account("teacher")["login"], "not it")
    assert reply.status_code == 403
    assert "Логин немесе құпиясөз дұрыс емес" in reply.text


def test_a_small_pupil_goes_from_class_to_name_to_pin(demo, stranger):
    pupil = next(a for a in demo.accounts() if a["role"] == "pupil" and a["password"].isdigit())
    page = stranger.get("/hub/login").text
    assert pupil["class"] in page
    assert pupil["login"] not in page
    class_link = next(
        part.split('"')[0]
        for part in page.split('href="')
        if "class=" in part.split('"')[0] and f">{pupil['class']}<" in part[:200]
    )
    names = stranger.get(class_link.replace("&amp;", "&")).text
    assert pupil["login"] in names
    assert pupil["password"] not in names


@pytest.mark.parametrize(("language", "word"), [("kk", "Кіру"), ("ru", "Войти"), ("en", "Sign in")])
def test_the_sign_in_page_speaks_three_languages(stranger, language, word):
    page = stranger.get(f"/hub/login?lang={language}").text
    assert f'<html lang="{language}"' in page
    assert word in page
    assert f'<html lang="{language}"' in stranger.get("/hub/login").text, "the choice is kept"


def test_guessing_soon_has_to_wait_and_the_page_says_how_long(demo, stranger):
    victim = [a for a in demo.accounts() if a["role"] == "pupil"][-1]
    replies = [post_sign_in(stranger, victim["login"], f"guess {number}") for number in range(12)]
    waiting = [reply for reply in replies if reply.status_code == 429]
    assert waiting
    assert "күтіп" in waiting[0].text


def test_nobody_is_an_administrator_of_the_hub(demo):
    for role in ROLES:
        with signed_in(demo, demo.account(role)) as client:
            assert client.get("/hub/admin").status_code == 403


def test_guesses_sent_at_the_same_moment_are_counted_one_by_one(demo):
    victim = [a for a in demo.accounts() if a["role"] == "pupil"][-2]

    def guess(number):
        with httpx.Client(base_url=demo.url, follow_redirects=True, timeout=60) as client:
            return post_sign_in(client, victim["login"], f"guess {number}").status_code

    with ThreadPoolExecutor(16) as crowd:
        codes = list(crowd.map(guess, range(16)))
    assert codes.count(403) <= 8
    assert codes.count(429) >= 8
