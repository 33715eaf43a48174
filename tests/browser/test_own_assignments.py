"""A teacher makes an assignment in Lab, sends it from the bar above it, mends what the trial says and gives it out."""

import os
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from tests.browser.keyboard import FRONT

from rehearsal import visit, wait_for
from tour import find_barriers

FOLDER = "own-assignments"
BAR = f"{FRONT} .sandyq-own"


@pytest.fixture(params=["kk", "ru"])
def office(request, demo, browser):
    account = next(
        each for each in demo.accounts() if (each["role"], each["language"]) == ("teacher", request.param)
    )
    with visit(browser, demo) as office:
        office.sign_in(account)
        office.language = request.param
        yield office


def photograph(page, name):
    """Keep a picture where somebody wants to look: SANDYQ_PICTURES names the folder."""
    if folder := os.environ.get("SANDYQ_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def write(page, number, text):
    page.locator(f"{FRONT} .jp-CodeCell").nth(number).locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)


def send(page):
    page.locator(f"{BAR} button").click()
    told = page.locator(f"{BAR} .sandyq-told[data-kind=good], {BAR} .sandyq-told[data-kind=problem]")
    told.first.wait_for(timeout=180_000)
    return told.first


def test_from_lab_straight_to_the_class(office):
    page = office.page
    office.go("/services/portal/assignments/new")
    page.locator("a[href$='/new-assignment']").click()
    page.wait_for_url(f"**/lab/tree/{FOLDER}/*.ipynb", timeout=90_000)
    page.locator(BAR).wait_for(timeout=60_000)
    page.locator(f"{FRONT} .jp-CodeCell").nth(1).wait_for()
    solution = "def add(a, b):\n    ### BEGIN SOLUTION\n    return a {} b\n    ### END SOLUTION"
    write(page, 0, solution.format("-"))
    told = send(page)
    assert told.get_attribute("data-kind") == "problem"
    assert "add-tests" in told.inner_text() and "AssertionError" in told.inner_text()
    write(page, 0, solution.format("+"))
    title = page.locator(f"{BAR} input").first
    title.fill(f"Сынақ {office.language}")
    found = Axe().run(page, context=BAR)
    assert found.violations_count == 0, found.generate_report()
    assert page.locator(BAR).evaluate("bar => bar.scrollWidth <= bar.clientWidth")
    photograph(page, f"own-{office.language}")
    told = send(page)
    assert told.get_attribute("data-kind") == "good", told.inner_text()
    photograph(page, f"own-ready-{office.language}")
    with page.expect_popup() as opened:
        told.locator("a").click()
    form = opened.value
    form.locator("h1", has_text=f"Сынақ {office.language}").wait_for()
    assert find_barriers(form) == []
    form.locator("input[name=subject]").fill("Информатика")
    form.locator("button.big").click()
    form.locator(".qr-code svg").wait_for()
    assert office.outside == []


def test_a_notebook_without_marks_has_no_bar_until_it_gets_some(office):
    page = office.page
    office.go("/hub/user-redirect/sandyq/new-lesson")
    page.wait_for_url("**/lab/tree/lessons/*.ipynb", timeout=90_000)
    lesson = page.locator(FRONT, has_text="%author")  # Lab shows that of the last time for a moment
    lesson.locator(".jp-CodeCell").first.wait_for(timeout=60_000)
    assert lesson.locator(".sandyq-own").count() == 0
    name = page.url.rpartition("/")[2]
    mark = """async (name) => {
        const base = document.location.pathname.split("/lab/")[0];
        const token = /(?:^|; )_xsrf=([^;]*)/.exec(document.cookie)[1];
        const place = `${base}/api/contents/lessons/${name}`;
        const headers = { "X-XSRFToken": token };
        const { content } = await (await fetch(place, { headers })).json();
        const marks = { grade_id: "t", grade: true, solution: true, locked: false, task: false, points: 1 };
        content.cells[1].metadata.nbgrader = { ...marks, schema_version: 3 };
        const body = JSON.stringify({ type: "notebook", format: "json", content });
        const reply = await fetch(place, { method: "PUT", body, headers });
        return reply.status;
    }"""
    assert page.evaluate(mark, name) == 200
    page.reload()
    page.locator(BAR).wait_for(timeout=60_000)
    wait_for(lambda: page.locator(BAR).evaluate("bar => bar.offsetHeight > 0"), "the bar to be seen")
