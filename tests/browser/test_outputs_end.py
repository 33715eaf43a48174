"""What an Output widget shows no longer is at an end: its scripts have cleaned up and hear nothing any more."""

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
