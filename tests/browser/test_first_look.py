"""What a page does before it can be used: it asks for little, and has the browser lay it out seldom."""

import pytest

from rehearsal import visit

LESSON = "/services/rooms/lesson/kk/passphrase"
WATCH = """
window.seen = { sockets: [], drawn: [] };
window.WebSocket = class extends WebSocket {
    constructor(...given) { super(...given); seen.sockets.push(document.querySelectorAll(".sandyq-question").length); }
};
addEventListener("DOMContentLoaded", () => new MutationObserver(() => {
    const drawn = document.querySelectorAll(".sandyq-question form").length;
    if (drawn !== seen.drawn[seen.drawn.length - 1]) seen.drawn.push(drawn);
}).observe(document.body, { subtree: true, childList: true }));
"""


@pytest.fixture(scope="module")
def look(demo, browser):
    """A lesson of eight questions, opened by somebody who never saw one."""
    with visit(browser, demo) as visitor:
        visitor.sign_in([a for a in demo.accounts() if a["class"] == "3А" and a["role"] == "pupil"][-3])
        page = visitor.page
        page.add_init_script(WATCH)
        tools = page.context.new_cdp_session(page)
        tools.send("Network.enable")
        tools.send("Performance.enable")
        asked = []
        tools.on("Network.requestWillBeSent", lambda event: asked.append(event["request"]["url"]))
        visitor.go("/services/rooms/nowhere")  # gives the rooms' cookie
        page.wait_for_load_state("networkidle")
        asked.clear()
        html = []
        page.on("response", lambda reply: html.append(reply) if reply.url.endswith(LESSON) else None)
        before = read_metrics(tools)
        visitor.go(LESSON)
        page.locator("body.sq-drawn[data-link=live]").wait_for(timeout=60_000)
        after = read_metrics(tools)
        yield {
            "asked": [address for address in asked if not address.startswith("data:")],
            "html": len(html[-1].body()),
            "layouts": after["LayoutCount"] - before["LayoutCount"],
            **page.evaluate("seen"),
            "questions": page.locator(".sandyq-question[data-name]").count(),
        }


def read_metrics(tools):
    return {each["name"]: each["value"] for each in tools.send("Performance.getMetrics")["metrics"]}


def test_the_page_brings_no_text_twice_and_no_module_of_ours(look):
    assert look["html"] < 100 * 1024
    assert not [address for address in look["asked"] if address.startswith("blob:")]


def test_little_is_asked_for(look):
    """The page, a style, two scripts, three fonts; with the link's socket it is one more."""
    assert len(look["asked"]) <= 7, look["asked"]


def test_the_link_is_opened_before_anything_is_drawn(look):
    assert look["sockets"] == [0]


def test_the_first_question_is_there_before_the_others(look):
    assert look["questions"] == 8, "and a tool"
    assert look["drawn"][0] < 8, "the browser had a turn between"
    assert look["drawn"][-1] == 8


def test_drawing_does_not_have_the_page_laid_out_again_and_again(look):
    """Once for the text, then for what was drawn between two turns of the browser; it was for each question."""
    assert look["layouts"] <= 6


def test_without_scripts_the_lesson_can_be_read_and_says_what_is_missing(demo, browser):
    with visit(browser, demo) as visitor:
        visitor.sign_in([a for a in demo.accounts() if a["class"] == "3А" and a["role"] == "pupil"][-3])
        state = visitor.page.context.storage_state()
    context = browser.new_context(java_script_enabled=False, storage_state=state)
    try:
        page = context.new_page()
        page.goto(demo.url + LESSON)
        assert page.locator("main p.sq-failed").is_visible()
        assert page.locator("main").inner_text().count("\n") > 20
    finally:
        context.close()
