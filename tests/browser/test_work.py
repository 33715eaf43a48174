"""The bar over a pupil's notebook in a browser: start, check, go to the cell, hand in, start over; by keyboard, too."""

import json
import os
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from tests.hub.work_portal import SOLVED, WorkPortal, running_server

from rehearsal import SCREEN, hear_kernel, wait_for

FOLDER = "assignments/c1-python-prices"


@pytest.fixture
def portal():
    running = WorkPortal().start()
    running.release(4)
    yield running
    running.stop()


@pytest.fixture(params=["kk", "ru"])
def desk(request, browser, portal, tmp_path):
    """A pupil's page with the assignment open in Notebook 7."""
    with running_server(tmp_path, portal, request.param) as server:
        context = browser.new_context(viewport=SCREEN)
        context.add_cookies([{"name": "sandyq-lang", "value": request.param, "url": server.url}])
        page = context.new_page()
        page.outside = []
        page.on(
            "request", lambda asked: page.outside.append(asked.url) if server.url not in asked.url else None
        )
        page.home, page.language, page.server = tmp_path, request.param, server
        answered = hear_kernel(page)
        page.goto(f"{server.url}/sandyq/assignment/4?token={server.token}")
        page.locator(".sandyq-bar").wait_for(timeout=60_000)
        page.locator(".jp-Cell").nth(2).wait_for()
        wait_for(answered, "the kernel to answer")
        yield page
        context.close()


def photograph(page, name):
    """Keep a picture where somebody wants to look: SANDYQ_PICTURES names the folder."""
    if folder := os.environ.get("SANDYQ_PICTURES"):
        page.screenshot(path=Path(folder) / f"work-{page.language}-{name}.png")


def press(page, kk, ru):
    page.get_by_role("toolbar").filter(has=page.locator(".sandyq-first")).get_by_role(
        "button", name=kk if page.language == "kk" else ru, exact=True
    ).click()


def write(page, text):
    page.locator(".jp-CodeCell").first.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)


def test_a_pupil_checks_hands_in_and_starts_over(desk, portal):
    page = desk
    assert page.url.endswith(f"/notebooks/{FOLDER}/prices.ipynb")
    bar = page.locator(".sandyq-bar")
    assert "Бағалар мен қосынды" in bar.inner_text()
    help_ = bar.get_by_role("link", name="Көмек" if page.language == "kk" else "Помощь", exact=True)
    asked = parse_qs(urlsplit(help_.get_attribute("href")).query)
    assert asked == {"page": [urlsplit(page.url).path]}, "what a helper needs to know"
    photograph(page, "1-open")

    write(page, "def total(prices):\n    return sum(рrices)\n")
    press(page, "Жұмысымды тексеру", "Проверить мою работу")
    results = page.locator(".sandyq-result")
    results.first.wait_for(timeout=60_000)
    assert "рrices" in results.first.inner_text()
    photograph(page, "2-wrong")
    results.first.get_by_role("button").click()
    assert wait_for(
        lambda: page.locator(".jp-Cell").nth(2).get_attribute("class").count("jp-mod-active"), "the cell"
    )

    write(page, SOLVED)
    press(page, "Жұмысымды тексеру", "Проверить мою работу")
    page.locator(".sandyq-result.sandyq-right").nth(1).wait_for(timeout=60_000)
    photograph(page, "3-right")

    press(page, "Тапсыру", "Сдать")
    page.locator(".sandyq-receipt", has_text="K7-P0M").wait_for(timeout=30_000)
    photograph(page, "4-receipt")
    assert len(portal.received) == 1
    page.reload()
    page.locator(".sandyq-receipt", has_text="K7-P0M").wait_for(timeout=60_000)

    press(page, "Басынан бастау", "Начать заново")
    photograph(page, "5-sure")
    page.locator(".sandyq-told button").first.click()
    page.locator(".jp-CodeCell", has_text="YOUR CODE HERE").wait_for(timeout=30_000)
    assert len(list((page.home / FOLDER / "old").iterdir())) == 1
    page.locator(".sandyq-tools [aria-disabled]").first.wait_for(state="detached")  # the kernel is new, too
    assert page.outside == []


@pytest.mark.parametrize("desk", ["en"], indirect=True)
def test_saves_repair_and_a_portal_that_is_away(desk, portal):
    page = desk
    file = page.home / FOLDER / "prices.ipynb"
    inode = file.stat().st_ino
    write(page, SOLVED)
    page.keyboard.press("Control+s")
    wait_for(lambda: "sum(prices)" in file.read_text(), "the save")
    assert file.stat().st_ino != inode, "written beside and put in place"
    notebook = json.loads(file.read_text())
    del notebook["cells"][3]
    file.write_text(json.dumps(notebook))
    page.reload()
    told = page.locator(".sandyq-told", has_text="total-tests")
    told.wait_for(timeout=60_000)
    photograph(page, "6-repaired")
    assert page.locator(".jp-CodeCell", has_text="assert total").count() == 1
    portal.stop()
    page.get_by_role("button", name="Hand in", exact=True).click()
    page.locator(".sandyq-told[data-kind=problem]").wait_for(timeout=30_000)
    photograph(page, "7-away")
    portal.start(portal.server.server_address[1])


@pytest.mark.parametrize("desk", ["ru"], indirect=True)
def test_an_assignment_keeps_its_name_and_a_copy_leads_back_to_it(desk):
    """A pupil writes their name where the file's stands, then saves under another one."""
    page = desk
    page.locator("#jp-title, .jp-title").first.click()
    dialog = page.locator(".jp-Dialog")
    dialog.locator("input").fill("Айдар.ipynb")
    page.keyboard.press("Enter")
    dialog.filter(has_text="твоё задание сдаётся").get_by_role("button").click()
    folder = page.home / FOLDER
    assert [each.name for each in folder.glob("*.ipynb")] == ["prices.ipynb"]
    (folder / "Айдар.ipynb").write_bytes((folder / "prices.ipynb").read_bytes())
    page.goto(f"{page.server.url}/notebooks/{FOLDER}/Айдар.ipynb")
    told = page.locator(".sandyq-told", has_text="Это копия")
    told.wait_for(timeout=60_000)
    photograph(page, "8-copy")
    assert page.locator(".sandyq-tools").count() == 0, "nothing to hand in here"
    told.get_by_role("link").click()
    page.locator(".sandyq-tools").wait_for(timeout=60_000)
    assert page.url.endswith(f"/notebooks/{FOLDER}/prices.ipynb")


def test_the_bar_is_in_lab_too_and_axe_finds_nothing(desk):
    page = desk
    page.goto(f"{page.server.url}/lab/tree/{FOLDER}/prices.ipynb")
    bar = page.locator(".sandyq-bar")
    bar.wait_for(timeout=60_000)
    press(page, "Жұмысымды тексеру", "Проверить мою работу")
    page.locator(".sandyq-result").first.wait_for(timeout=60_000)
    photograph(page, "8-lab")
    found = Axe().run(page, context=".sandyq-bar")
    assert found.violations_count == 0, found.generate_report()
    assert bar.evaluate("bar => bar.scrollWidth <= bar.clientWidth")


def test_the_bar_works_by_keyboard(desk):
    page = desk
    check = page.locator(".sandyq-tools button").first
    check.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.closest('.sandyq-told') !== null"), (
        "the safe answer has the focus"
    )
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.closest('.sandyq-tools') !== null")
    assert page.locator(".sandyq-told").inner_text() == ""
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.locator(".sandyq-result").first.wait_for(timeout=60_000)
