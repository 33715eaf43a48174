"""What an Output widget shows no longer is at an end: its scripts have cleaned up and hear nothing any more."""

import pytest
from tests.browser.stock_world import make_notebook

from rehearsal import wait_for

TICKING = '''
import anywidget, traitlets
from ipywidgets import Button, HBox, IntSlider, Output, VBox
from IPython.display import display


class Ticking(anywidget.AnyWidget):
    _esm = """
    const counts = (window.counts = { begun: 0, ended: 0, heard: 0 });
    export default {
      render({ model, el }) {
        counts.begun++;
        model.on("change:count", () => { counts.heard++; });
        return () => { counts.ended++; };
      },
    };
    """
    count = traitlets.Int(0).tag(sync=True)


ticking, slider, out, inner = Ticking(), IntSlider(), Output(), Output()
again, count, empty = Button(description="Again"), Button(description="Count"), Button(description="Empty")
with inner:
    display(ticking)


@again.on_click
def show(_):
    out.clear_output()
    with out:
        display(ticking, HBox([slider]), VBox([inner]))


@count.on_click
def tick(_):
    ticking.count += 1


@empty.on_click
def end(_):
    out.clear_output()


display(HBox([again, count, empty]), out)
'''


def test_what_is_shown_no_longer_has_ended(ways, pupil):
    context, login = pupil
    path = ways.write("ending-outputs", make_notebook([(TICKING, [])]))
    with ways.opened(context, path, login, "forked") as (page,):
        page.tab.locator("body.sq-drawn[data-link=live]").wait_for(timeout=60_000)

        def wait_for_counts(**wanted):
            def agree():
                counts = page.tab.evaluate("window.counts || {}")
                return all(counts.get(name) == number for name, number in wanted.items())

            wait_for(agree, f"{wanted}")

        for times in (1, 2, 3):  # each shows it twice: by itself, and in an Output in a box
            page.press("Again")
            wait_for_counts(begun=2 * times, ended=2 * (times - 1))
        page.press("Count")
        wait_for_counts(heard=2)
        page.press("Empty")
        wait_for_counts(begun=6, ended=6)
        page.press("Count")
        page.tab.wait_for_timeout(500)
        wait_for_counts(heard=2)


SLOW = '''
import anywidget, traitlets
from ipywidgets import Button, HBox, IntSlider, Label, Output, Tab
from IPython.display import display


class Slow(anywidget.AnyWidget):
    _esm = """
    export default async () => {
      await new Promise((resolve) => { window.release = resolve; });
      return { render({ el }) { el.classList.add("the-slow"); } };
    };
    """


class Watch(anywidget.AnyWidget):
    _esm = """
    export default {
      render({ model }) {
        window.countHeld = async () => {
          const models = await Promise.all(Object.values(model.widget_manager._models));
          const held = (each) => [...Object.keys(each.views || {}), ...(each._events["msg:custom"] || [])].length;
          return models.reduce((sum, each) => sum + held(each), 0);
        };
      },
    };
    """


slider, out, done = IntSlider(), Output(), Label("-")
show, end, empty = (Button(description=each) for each in ("Show", "End", "Empty"))


@show.on_click
def begin(_):
    global slow, box, tab
    slow = Slow()
    box, tab = HBox([slow, slider]), Tab([slow, slider])
    with out:
        display(%s)


@end.on_click
def stop(_):
    %s
    done.value = "ended"


@empty.on_click
def take_all(_):
    out.clear_output()
    done.value = "emptied"


display(Watch(), HBox([show, end, empty]), done, out)
'''
MOMENTS = [
    *((shown, end) for shown in ("slow", "box", "tab") for end in ("out.clear_output()", "slow.close()")),
    ("box", "box.children = []"),
    ("tab", "tab.children = [slider]"),
]


@pytest.mark.parametrize(("shown", "end"), MOMENTS, ids=[" ".join(each) for each in MOMENTS])
def test_what_ends_while_it_is_being_made_neither_appears_nor_is_held(ways, pupil, shown, end):
    context, login = pupil
    path = ways.write("ending-early", make_notebook([(SLOW % (shown, end), [])]))
    errors = []
    with ways.opened(context, path, login, "forked") as (page,):
        page.tab.on("pageerror", lambda error: errors.append(error))  # noqa: PLW0108 # it wants a function
        page.tab.locator("body.sq-drawn[data-link=live]").wait_for(timeout=60_000)
        held = page.tab.evaluate("countHeld()")
        page.press("Show")
        wait_for(lambda: page.tab.evaluate("'release' in window"), "the widget to be in the making")
        page.press("End")
        page.tab.get_by_text("ended").wait_for()
        page.tab.evaluate("() => { release(); return new Promise((done) => setTimeout(done)); }")
        assert page.tab.locator(".the-slow").count() == 0
        page.press("Empty")
        page.tab.get_by_text("emptied").wait_for()
        wait_for(lambda: page.tab.evaluate("countHeld()") == held, "what was held to be let go")
    assert errors == []


def test_what_is_shown_again_and_again_is_held_once(ways, pupil):
    context, login = pupil
    path = ways.write("shown-again", make_notebook([(SLOW % ("slider, HBox([slider])", "pass"), [])]))
    with ways.opened(context, path, login, "forked") as (page,):
        page.tab.locator("body.sq-drawn[data-link=live]").wait_for(timeout=60_000)
        held = page.tab.evaluate("countHeld()")
        for _ in range(3):
            page.press("Show")
            page.tab.locator(".widget-slider").nth(1).wait_for()
            page.press("Empty")
            page.tab.locator(".widget-slider").first.wait_for(state="detached")
        wait_for(lambda: page.tab.evaluate("countHeld()") == held, "what was held to be let go")
