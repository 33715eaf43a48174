"""A new server in a real browser, by keyboard: the code, the school, the sign-in, people from a file, a pupil's PIN."""

import os
import re
from pathlib import Path

import pytest

from rehearsal import Demo, open_folder, visit, wait_for
from sandyq.settings import Settings
from sandyq_hub.roles import HubApi
from tour import find_barriers

PASSPHRASE = "бес сөз бір-біріне қатысы жоқ"
ROSTER = "Тегі;Аты;Сынып\nАхметова;Аружан;2Б\nСеріков;Айдос;7А\n"


@pytest.fixture(scope="module")
def demo():
    with open_folder() as folder:
        running = Demo(folder / "home", arguments=["--new"]).start()
        try:
            yield running
        finally:
            running.stop()


def look_at(visitor, name):
    """In each language nothing keeps anybody out; keep a picture where SANDYQ_PICTURES names a folder."""
    for language in ("ru", "en", "kk"):
        visitor.choose_language(language)
        assert find_barriers(visitor.page) == [], f"{name} in {language}"
        if folder := os.environ.get("SANDYQ_PICTURES"):
            path = Path(folder) / f"first-{language}-{name}.png"
            visitor.page.screenshot(path=path, full_page=True)


def test_from_an_empty_server_to_a_pupil_who_signs_in(demo, browser, tmp_path):
    code = re.search(r"[A-Z2-7]{4}(?:-[A-Z2-7]{4}){3}", demo.output)[0]
    with visit(browser, demo, language="kk") as operator:
        page = operator.page
        operator.go("/")
        page.wait_for_url("**/setup")
        look_at(operator, "code")
        page.locator("#code").focus()
        page.keyboard.type(code.lower())
        page.keyboard.press("Enter")
        page.wait_for_url("**/setup/school")
        look_at(operator, "school")
        page.locator("#school").focus()
        for word in ("Ақсу мектебі", "Ақсу ауданы", None, "Серікова", "Айгүл", PASSPHRASE):
            if word:
                page.keyboard.type(word)
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        login = page.locator("p:not(#advice) > .secret").inner_text()  # the form, too, has one: its example
        assert find_barriers(page) == []
        page.get_by_role("link", name="Кіру", exact=True).press("Enter")
        page.locator("input[name=username]").fill(login)
        page.locator("input[name=password]").fill(PASSPHRASE)
        page.keyboard.press("Enter")
        page.wait_for_url("**/school/roster")
        look_at(operator, "roster")
        (tmp_path / "list.csv").write_text(ROSTER, "utf-8")
        page.locator("#file").set_input_files(tmp_path / "list.csv")
        page.locator("form[enctype] button").press("Enter")
        page.get_by_text("Серіков Айдос").wait_for()
        assert find_barriers(page) == []
        page.locator("form[action*='/roster/'] button").press("Enter")
        page.locator(".login-cards article").first.wait_for()
        assert find_barriers(page) == []
        pin = page.locator(".login-cards article .secret").first.inner_text()
        assert operator.outside == []
    with visit(browser, demo, language="kk") as stranger:
        stranger.go("/services/portal/setup")
        assert stranger.page.locator("#code").count() == 0
    with visit(browser, demo, language="kk") as pupil:
        pupil.sign_in({"login": "aruzhan", "password": pin, "class": "2Б"})
        pupil.page.get_by_text("Аружан").first.wait_for()
    hub = HubApi(Settings.load(demo.home))
    wait_for(
        lambda: "aruzhan" in {login for group in hub.list_all("/groups") for login in group["users"]},
        "the hub",
    )
