"""Peer to peer: a teacher gives course work to colleagues; one does it on their own server and sees their mark."""

import os
import re
from pathlib import Path

import pytest

from rehearsal import visit, wait_for
from tour import find_barriers

WORDS = {
    "kk": ("Сыныбыңыздың тест сұрақтарын талдаңыз", "Жұмысымды тексеру", "Тапсыру", "кодыңызды жазыңыз"),
    "ru": ("Разберите тест своего класса", "Проверить мою работу", "Сдать", "Эта часть ещё не написана"),
}
"""Its title, buttons of the bar, and how an adult is spoken to."""
COMMENT = "Жақсы ой! / Хорошая мысль!"


class Peer:
    """Two who teach here: one gives and marks, the other works; a third has nothing to do with it."""

    def __init__(self, office, desk, name, language):
        self.office, self.desk, self.name, self.language = office, desk, name, language
        self.title, self.check, self.hand_in, self.told = WORDS[language]

    def photograph(self, page, name):
        """Keep a picture where somebody wants to look: SANDYQ_PICTURES names the folder."""
        if folder := os.environ.get("SANDYQ_PICTURES"):
            page.screenshot(path=Path(folder) / f"peer-{self.language}-{name}.png", full_page=True)


@pytest.fixture(params=WORDS)
def peer(request, demo, browser):
    """The giver speaks the other language: a colleague reads all in their own."""
    teachers = [account for account in demo.accounts() if account["role"] == "teacher"]
    worker = next(each for each in teachers if each["language"] == request.param)
    giver = next(each for each in teachers if each["language"] != request.param)
    with visit(browser, demo) as office, visit(browser, demo) as desk:
        office.sign_in(giver)
        desk.sign_in(worker)
        yield Peer(office, desk, worker["name"], request.param)
        assert office.outside == desk.outside == []


def test_a_colleague_does_course_work_on_their_own_server_and_sees_their_mark(peer):
    release = give(peer)
    open_notebook(peer, release)
    work(peer)
    code = hand_in(peer)
    assert wait_until_graded(peer, release) == "2"
    mark_and_return(peer, release)
    see(peer, release, code)


def give(peer):
    peer.office.go("/services/portal/assignments/new")
    page = peer.office.page
    page.locator("a.card", has_text=peer.title).click()
    assert page.locator("select[name=class_id]").input_value() == "0", "course work is for colleagues first"
    page.locator("button.big").click()
    page.locator(".qr-code svg").wait_for()
    peer.photograph(page, "1-given")
    page.locator("tr", has_text=peer.name).wait_for()
    return int(page.url.rpartition("/")[2])


def open_notebook(peer, release):
    """It stands on the teacher's first page, and opens in their own Notebook, not among pupils'."""
    peer.desk.go("/services/portal/")
    page = peer.desk.page
    page.locator("section[aria-labelledby=work-heading]").get_by_role("link").filter(
        has_text=peer.title
    ).click()
    page.wait_for_url(f"**/work/{release}")
    assert find_barriers(page) == []
    peer.photograph(page, "2-to-do")
    page.locator("a.button.big").click()
    page.wait_for_url("**/notebooks/assignments/**", timeout=120_000)
    page.locator(".sandyq-bar", has_text=peer.title).wait_for(timeout=60_000)
    assert page.locator(".sandyq-own").count() == 0, "it is not their own to give out"


def write(page, cell, text):
    cell.locator(".cm-content").click(timeout=60_000)
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)


def work(peer):
    """Solve the first task; wrong first, so that the check says something."""
    page = peer.desk.page
    cell = page.locator(".jp-CodeCell", has_text="NotImplementedError").first
    write(page, cell, "share = right.sum()")
    press(page, peer.check)
    page.locator(".sandyq-result.sandyq-wrong").first.wait_for(timeout=120_000)
    told = page.locator(".sandyq-bar, .sandyq-results").first.inner_text()
    assert peer.told in told and "мұғалім" not in told.lower() and "учител" not in told.lower()
    peer.photograph(page, "3-wrong")
    write(page, page.locator(".jp-CodeCell", has_text="share = right.sum()").first, "share = right.mean()")
    press(page, peer.check)
    page.locator(".sandyq-result.sandyq-right").first.wait_for(timeout=120_000)
    peer.photograph(page, "3-right")


def press(page, words):
    page.locator(".sandyq-tools").get_by_role("button", name=words, exact=True).click()


def hand_in(peer):
    page = peer.desk.page
    press(page, peer.hand_in)
    receipt = page.locator(".sandyq-receipt", has_text=re.compile(r"[2-9A-Z]{6}"))
    receipt.wait_for(timeout=60_000)
    peer.photograph(page, "4-receipt")
    return re.search(r"\b[2-9A-HJ-NP-Z]{6}\b", receipt.inner_text())[0]


def wait_until_graded(peer, release):
    """Return the points of the colleague's row once the grader has proposed them."""

    def points():
        peer.office.go(f"/services/portal/assignments/{release}")
        row = peer.office.page.locator("tr", has_text=peer.name)
        found = re.match(r"(\d+) / \d+", row.locator("td.number").inner_text())
        return found[1] if found and "warn" in row.locator(".chip").first.get_attribute("class") else None

    return wait_for(points, "the grader", 180)


def mark_and_return(peer, release):
    """By person: all open questions of the colleague's stand on one page."""
    page = peer.office.page
    page.locator("tr", has_text=peer.name).locator("a[id^=look-]").click()
    cards = page.locator("article.mark", has=page.locator("[data-points]"))
    assert cards.count() == 2
    for card in cards.all():
        card.locator("[data-points]").first.check()
        card.locator("input[name=comment]").fill(COMMENT)
        card.locator("input[name=comment]").press("Enter")
        card.locator("[role=status] .icon").first.wait_for()
    assert page.locator(".marking nav h2").last.inner_text() in ("По коллегам", "Әріптес бойынша")
    peer.photograph(page, "5-marked")
    peer.office.go(f"/services/portal/assignments/{release}")
    page.locator("#live-return").click()
    page.locator(".chip.good").first.wait_for()
    peer.photograph(page, "6-returned")


def see(peer, release, code):
    peer.desk.go(f"/services/portal/work/{release}")
    page = peer.desk.page
    shown = page.locator("main").inner_text()
    assert re.match(r"4 / \d+", page.locator(".big-number").first.inner_text()), "two by machine, two by hand"
    assert COMMENT in shown and code in shown
    assert page.locator("a[href$='/report']").count() == 0, "no parents are told of a teacher's mark"
    assert find_barriers(page) == []
    peer.photograph(page, "7-seen")
