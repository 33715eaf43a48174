"""A script in an output never runs in our front end, whether its notebook was executed for all or for this visitor."""

import pytest
from tests.browser.stock_world import make_notebook

from rehearsal import wait_for

SCRIPTS = """
from IPython.display import HTML, Javascript, display
from ipywidgets import Button, Output

said = "console.log('ran' + location.search)"
frame = f"<iframe srcdoc='<script>parent.{said}</script>'></iframe>"
scripts = HTML(f'<p>drawn</p><script>{said}</script><img src="data:," onerror="{said}">{frame}')
script = Javascript(said)
"""
FOR_ALL = [(SCRIPTS, [])]
THREAD = "import threading, time\nthreading.Thread(target=time.sleep, args=(600,), daemon=True).start()"
FOR_ONE = [(THREAD, []), *FOR_ALL]
"""It leaves a thread behind, so nobody can fork it: the page is sent as its cells are executed."""
WAYS = [(FOR_ALL, ["per-visitor"]), (FOR_ONE, [])]
BY_BUTTON = """
out, button = Output(), Button(description="Show")


@button.on_click
def show(_):
    with out:
        display(scripts)


display(button, out)
"""
REMEMBER_REFUSED = """
window.refused = [];
addEventListener("securitypolicyviolation", ({ violatedDirective }) => refused.push(violatedDirective));
"""


@pytest.fixture
def heard(pupil):
    """What the scripts of all pages say that are opened meanwhile."""
    said = []

    def hear(message):
        if message.text.startswith("ran"):
            said.append(message.text)

    pupil[0].on("console", hear)
    yield said
    pupil[0].remove_listener("console", hear)


@pytest.mark.parametrize(
    "cells",
    [[*before, (f"display({what})", tags)] for before, tags in WAYS for what in ("scripts", "script")],
    ids=["all-html", "all-javascript", "one-html", "one-javascript"],
)
def test_a_page_with_scripts_is_opened_again_with_voilas_front_end_and_runs_none_before(
    ways, pupil, heard, cells
):
    context, login = pupil
    path = ways.write("scripts", make_notebook(cells))
    tab = context.new_page()
    try:
        tab.goto(ways.address("forked", path, login), wait_until="commit")
        tab.wait_for_url("**?front=stock", timeout=90_000)  # where our front end sends it
        wait_for(lambda: tab.evaluate("document.title") and heard, "Voilà's front end to run them")
    finally:
        tab.close()
    assert set(heard) == {"ran?front=stock"}


@pytest.mark.parametrize(("name", "before"), [("all", FOR_ALL), ("one", FOR_ONE)])
def test_scripts_that_come_while_somebody_works_there_are_not_run(ways, pupil, heard, name, before):
    context, login = pupil
    path = ways.write(f"late-scripts-for-{name}", make_notebook([*before, (BY_BUTTON, [])]))
    with ways.opened(context, path, login, "forked") as (ours,):
        ours.tab.locator("body.sq-drawn[data-link=live]").wait_for(timeout=60_000)
        ours.tab.evaluate(REMEMBER_REFUSED)
        ours.press("Show")
        ours.tab.get_by_text("drawn").wait_for()
        wait_for(lambda: ours.tab.evaluate("refused.length"), "the policy to refuse one")
        assert "front=stock" not in ours.tab.url
        assert all(each.startswith("script-src") for each in ours.tab.evaluate("refused"))
    assert heard == []


LABELS = """
from ipywidgets import Label

told, gone = Label("not told"), Label("not gone")
display(told, gone)
"""
TELL = """
print("said", flush=True)
told.value = "told"
gone.close()
"""


def test_what_a_kernel_says_to_widgets_whose_script_is_on_its_way_is_heard(ways, pupil):
    context, login = pupil
    path = ways.write("late-controls", make_notebook([(LABELS, []), (TELL, ["per-visitor"])]))
    tab, held = context.new_page(), []
    try:
        tab.route("**/static/controls-*.js", lambda route: held.append(route))  # noqa: PLW0108 # it wants a function
        tab.goto(ways.address("forked", path, login), wait_until="commit")
        tab.get_by_text("said", exact=True).wait_for(timeout=60_000)  # ten seconds later the page listens
        for each in held:
            each.continue_()
        tab.get_by_text("told", exact=True).wait_for(timeout=60_000)
        tab.locator("body.sq-drawn").wait_for(timeout=60_000)
        assert not tab.get_by_text("not told").or_(tab.get_by_text("not gone")).count()
    finally:
        tab.close()
    assert held
