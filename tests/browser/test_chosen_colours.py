"""Somebody who needs it chooses all colours in the system's settings: what is chosen on a page is still seen."""

import pytest

from rehearsal import visit

LIVE = "body[data-link=live]"
LOOK = "(element) => { const { color, backgroundColor } = getComputedStyle(element); return color + backgroundColor; }"


@pytest.fixture
def look(browser, demo):
    """Open a page as somebody; give their page and how an element looks."""
    with visit(browser, demo) as visitor:
        visitor.page.emulate_media(forced_colors="active")

        def enter(account, path):
            visitor.sign_in(account)
            visitor.go(path)
            return visitor.page, lambda selector: visitor.page.locator(selector).first.evaluate(LOOK)

        yield enter


def test_in_an_app_and_on_the_portal(look, demo):
    page, see = look(demo.account("leader"), "/services/portal/")
    assert see(".languages [aria-pressed=true]") != see(".languages [aria-pressed=false]")
    assert see(".site-header [aria-current]") != see(".site-header nav a:not([aria-current])")
    page.goto(f"{demo.url}/services/rooms/app/attendance")
    page.locator(f"{LIVE} .mark").first.click()
    page.locator(".mark[aria-checked=true]").first.wait_for()
    assert see(".sa-tabs [aria-current]") != see(".sa-tabs :not([aria-current])")
    assert see(".sa-languages [aria-pressed=true]") != see(".sa-languages [aria-pressed=false]")
    assert see(".mark[aria-checked=true]") != see(".mark[aria-checked=false]")
    edge = "(element) => getComputedStyle(element).borderBottomColor"
    edges = [
        page.locator(tab).first.evaluate(edge)
        for tab in (".sa-tabs [aria-current]", ".sa-tabs :not([aria-current])")
    ]
    assert len(set(edges)) == 2, "transparent edges are drawn"


def test_in_a_lesson(look, demo):
    page, see = look(demo.account("pupil", "kk"), "/services/rooms/lesson/kk/passphrase")
    page.locator(f"{LIVE} .sq-card").first.click()
    page.locator(".sq-card[aria-pressed=true]").wait_for()
    assert see(".sq-card[aria-pressed=true]") != see(".sq-card[aria-pressed=false]")
