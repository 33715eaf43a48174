"""Leader and teacher make an app from the notebook they are given; others open it, with its author's rights."""

import json
import re
from html import escape

import pytest
from tests.browser.keyboard import FRONT, wait_for_notebook
from tests.browser.test_own_assignments import photograph

from rehearsal import hear_kernel, visit
from sandyq.settings import Settings
from sandyq_hub.isolation import number_of_person
from tour import find_barriers

SAY = {
    "kk": {
        "make": "Қосымша жасау",
        "grade": "Сынып",
        "title": "Сыныпқа қандай үйірме бар?",
        "head": "Үйірме",
    },
    "ru": {
        "make": "Сделать приложение",
        "grade": "Класс",
        "title": "Какие кружки есть для класса?",
        "head": "Кружок",
    },
}
MAKERS = {"kk": "leader", "ru": "teacher"}
READERS = {"kk": "teacher", "ru": "administrator"}


@pytest.fixture(scope="module", params=["kk", "ru"])
def made(request, demo, browser):
    """The app, from the gallery to Lab, previewed and published; (author's login, its address, language)."""
    language, role = request.param, MAKERS[request.param]
    account = next(each for each in demo.accounts() if (each["role"], each["language"]) == (role, language))
    with visit(browser, demo) as office:
        office.sign_in(account)
        page, say = office.page, SAY[language]
        office.go("/services/portal/apps")
        assert find_barriers(page) == []
        answered = hear_kernel(page)
        page.get_by_role("link", name=say["make"]).click()
        page.wait_for_url("**/lab/tree/apps/*.ipynb", timeout=90_000)
        wait_for_notebook(page, answered)
        panel = run_all(page)
        photograph(page, f"make-app-{language}")
        panel.locator(".sq-preview").click()
        link = panel.locator(".sq-told a")
        link.wait_for(timeout=30_000)
        preview = link.get_attribute("href")
        assert re.search(r"/app/p\d+-", preview)
        with page.expect_popup() as opened:
            link.click()
        use(opened.value, language)
        opened.value.close()
        panel.get_by_label({"kk": "мұғалімдер", "ru": "учителя"}[language]).set_checked(
            READERS[language] == "teacher"
        )
        panel.get_by_label({"kk": "мектеп әкімшілігі", "ru": "администрация школы"}[language]).check()
        panel.locator(".sq-publish").click()
        panel.locator(".sq-told a[href*='/app/t']").wait_for(timeout=30_000)
        assert office.outside == []
        yield account["login"], panel.locator(".sq-told a").get_attribute("href"), preview, language


def run_all(page):
    """Run every cell of the notebook in front; return the author's buttons."""
    page.locator(f"{FRONT} .jp-CodeCell").nth(2).wait_for(timeout=60_000)
    page.locator(f"{FRONT} .jp-CodeCell .cm-content").first.click()
    for _ in range(page.locator(f"{FRONT} .jp-Cell").count()):
        page.keyboard.press("Shift+Enter")
    panel = page.locator(f"{FRONT} .sandyq-tool")
    panel.wait_for(timeout=60_000)
    page.locator(f"{FRONT} .jp-OutputArea table").first.wait_for(timeout=60_000)
    panel.scroll_into_view_if_needed()
    return panel


def use(page, language):
    """Choose another grade, and see its clubs."""
    say = SAY[language]
    table = page.locator("main table")
    table.wait_for(timeout=60_000)
    assert table.locator("th").first.inner_text() == say["head"]
    before = table.inner_text()
    page.get_by_label(say["grade"]).select_option("11")
    page.wait_for_function("before => document.querySelector('main table')?.innerText !== before", arg=before)
    assert find_barriers(page) == []


def test_a_colleague_finds_it_in_the_gallery_and_uses_it(demo, browser, made):
    _, address, preview, language = made
    reader = next(each for each in demo.accounts() if each["role"] == READERS[language])
    with visit(browser, demo) as visitor:
        visitor.sign_in(reader)
        visitor.go("/services/portal/apps")
        assert find_barriers(visitor.page) == []
        photograph(visitor.page, f"gallery-{language}")
        visitor.page.get_by_role("link", name=SAY[language]["title"]).click()
        assert visitor.page.url.endswith(address)
        use(visitor.page, language)
        photograph(visitor.page, f"own-app-{language}")
        assert visitor.outside == []
        assert visitor.page.goto(demo.url + preview).status == 403


def test_whom_it_is_not_for_does_not_open_it(demo, browser, made):
    with visit(browser, demo) as visitor:
        visitor.sign_in(demo.account("pupil", class_name="5Б"))
        assert visitor.page.goto(demo.url + made[1]).status == 403


def test_it_is_executed_as_its_author_and_lent_to_visitors_without_their_rights(demo, browser, made):
    settings = Settings.load(demo.home)
    if not settings.uid_base:
        pytest.skip("this server isolates nobody")
    _, address, _, language = made
    author = int(re.search(r"/t(\d+)-", address)[1])
    with visit(browser, demo) as visitor:
        visitor.sign_in(next(each for each in demo.accounts() if each["role"] == READERS[language]))
        visitor.go(address)
        use(visitor.page, language)
        templates = demo.forked(f"fork:t{author}-")
        assert {each.uids().real for each in templates} == {number_of_person(settings, author)}


EVIL = "export default { render() { document.title = 'taken over' } }"
MODEL = {"model_name": "AnyModel", "model_module": "anywidget", "model_module_version": "*"}
STATE = {"_view_module": "anywidget", "_view_name": "AnyView", "_esm": EVIL}
FORGED = json.dumps({"state": {"evil": {**MODEL, "state": STATE}}})
FRAME = (
    "<script src='/services/rooms/voila/static/voila.js'></script>"
    "<script>parent.document.title = 'taken over'</script>"
)


def test_what_an_app_shows_runs_nothing_in_its_readers_browser(demo, browser, made):
    """Neither as what the server wrote into the page, nor in a frame; and no page of the server's is framed."""
    _, address, _, language = made
    name = address.rpartition("/")[2]
    path = Settings.load(demo.home).own_apps / name / f"{name}.ipynb"
    saved = path.read_text("utf-8")
    notebook = json.loads(saved)
    text, code = notebook["cells"][0], notebook["cells"][1]
    forged = "".join(
        f"<pre id='{id}'>{escape(FORGED)}</pre>" for id in ("sq-states", "sq-states-null", "sq-page")
    )
    frame = escape(FRAME).replace("&lt;", "&#60;")
    frames = f"<iframe title='a' srcdoc='{frame}'></iframe><iframe title='b' src='/services/rooms/app/chests'></iframe>"
    shown = f"import ipywidgets\nipywidgets.HTML({frames!r})"
    notebook["cells"] += [
        text | {"id": "forged", "source": f"{forged}\n\n<div data-view='evil'>x</div>"},
        code | {"id": "frames", "source": shown, "metadata": {}},
    ]
    path.write_text(json.dumps(notebook), "utf-8")
    try:
        with visit(browser, demo) as visitor:
            visitor.sign_in(next(each for each in demo.accounts() if each["role"] == READERS[language]))
            visitor.go(address)
            page = visitor.page
            page.locator("[data-view=evil] .sq-failed").wait_for(timeout=60_000)
            page.locator(".widget-html iframe").nth(1).wait_for(state="attached", timeout=60_000)
            page.wait_for_load_state("networkidle")
            use(page, language)
            assert "taken over" not in page.title()
            assert not any("sq-room" in frame.content() for frame in page.frames[1:])
    finally:
        path.write_text(saved, "utf-8")
