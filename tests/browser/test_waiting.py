"""The bell rings: the waiting page says how many are before one, and goes on by itself."""

import signal
from contextlib import ExitStack

from rehearsal import signed_in, visit, wait_for
from sandyq_hub.spawner import LINE
from sandyq_portal.assets import STATIC, THEME, VENDOR


def test_the_waiting_page_says_ones_place_and_goes_on_by_itself(browser, demo):
    people = demo.home / "people"  # whoever has been here may have their server still and need not wait
    pupils = [a for a in demo.accounts() if a["role"] == "pupil" and not (people / a["login"]).exists()]
    first, last = pupils[: LINE.size + 2], pupils[LINE.size + 2]
    nursery = wait_for(
        lambda: next(iter(demo.forked("fork:person")), None),
        "a nursery",
    )
    with ExitStack() as stack:
        nursery.send_signal(signal.SIGSTOP)  # nobody is served, so the line stands still
        stack.callback(nursery.send_signal, signal.SIGCONT)
        for pupil in first:
            stack.enter_context(signed_in(demo, pupil)).get("/hub/spawn")
        visitor = stack.enter_context(visit(browser, demo))
        visitor.sign_in(last)
        visitor.go("/hub/user-redirect/sandyq/lesson/kk/python-prices")
        place = visitor.page.locator("[data-progress]")
        wait_for(lambda: "2" in place.text_content(), "one's place")
        assert place.is_visible()
        assert visitor.page.title() != "Sandyq", "it says what the page is"
        nursery.send_signal(signal.SIGCONT)
        visitor.page.wait_for_url(f"**/user/{last['login']}/notebooks/lessons/python-prices/**")


def test_the_waiting_pages_sentence_stays_in_its_card_on_a_phone(browser):
    """Pico keeps what is busy in one line."""
    styles = "".join(
        f"<style>{path.read_text()}</style>"
        for path in (VENDOR["vendor/pico.min.css"], THEME, STATIC / "sandyq.css")
    )
    words = "Это займёт несколько секунд. Страница откроется сама."
    card = f'<main><article class="card sign-in"><p aria-busy="true">{words}</p></article></main>'
    page = browser.new_page(viewport={"width": 360, "height": 640})
    page.set_content(f"<!doctype html><html>{styles}<body>{card}</body></html>")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.locator("p").evaluate("one => one.scrollWidth <= one.clientWidth")
    page.close()
