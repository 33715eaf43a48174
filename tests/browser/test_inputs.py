"""What was chosen in plain widgets is there again when the kernel died and the page is opened anew with one click."""

from contextlib import contextmanager

import pytest
from tests.browser.stock_world import make_notebook

from rehearsal import wait_for

WIDGETS = """
import ipywidgets as w
from IPython.display import display

asked = [
    w.IntSlider(3, description="sweets"),
    w.FloatRangeSlider(value=(1, 2), max=5, step=0.5, description="span"),
    w.ToggleButtons(options=["slow", "fast"], description="speed"),
    w.ToggleButton(description="wild"),
    w.Checkbox(description="agreed"),
    w.Dropdown(options=[("one", 1), ("two", 2), ("three", 3)], description="number"),
    w.RadioButtons(options=["red", "green", "blue"], description="colour"),
    w.SelectMultiple(options=list("abcd"), description="letters"),
    w.Text(description="name"),
    w.Text(description="lazy", continuous_update=False),
    w.DatePicker(description="day"),
    w.TimePicker(description="hour"),
    w.ColorPicker(description="paint"),
    w.TagsInput(description="", placeholder="tags"),
    w.HBox([w.Label("beside"), w.IntText(1)]),
]
plain = [*asked[:-1], asked[-1].children[1]]
echo = w.Label("nothing").add_class("the-echo")
for each in plain:
    each.add_class(f"the-{each.description or each.__class__.__name__}")
    each.observe(lambda _: setattr(echo, "value", repr([each.value for each in plain])), "value")
secret = w.Password(description="secret").add_class("the-secret")
made = w.Label("made by Python")
files = w.FileUpload().add_class("the-files")
"""
SHOW = "display(echo, made, secret, *asked, files)"
MOVED = """
new = [w.IntSlider(9, description="new"), w.Checkbox(description="too"), w.Text(description="name here")]
for n, each in enumerate(new):
    each.add_class(f"the-new-{n}")
display(echo, *new, *reversed(asked), made, secret)
"""
TWICE = 'display(w.IntSlider(9, description="sweets"))'
OWN = """
import os

process = w.IntText(description="process")
other = w.IntText(description="other", layout={"width": "10rem"})
display(process.add_class("the-process"), other.add_class("the-other"))
process.value = other.value = os.getpid()
"""
HELD = """
import anywidget, traitlets
import ipywidgets as w
from IPython.display import display


class Counter(anywidget.AnyWidget):
    _esm = '''export default { render({ model, el }) {
        el.onclick = () => { model.set("count", model.get("count") + 1); model.save_changes(); };
        el.textContent = "count";
    } }'''
    count = traitlets.Int().tag(sync=True)


name, button, counter = w.Text(), w.Button(description="Greet"), Counter()
echo = w.Label("nothing")
button.on_click(lambda _: setattr(echo, "value", f"Hello, {name.value}."))
counter.observe(lambda _: setattr(echo, "value", f"counted to {counter.count}"), "count")
display(name.add_class("the-name"), button.add_class("the-button"), counter.add_class("the-counter"))
display(echo.add_class("the-echo"))
"""
IN_ONE_GO = """() => {
    const field = document.querySelector(".the-name input");
    for (const text of ["А", "Айж", "Айжан"]) {
        field.value = text;
        field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    document.querySelector(".the-button").click();
}"""
"""Faster than any kernel, as on a network that is away."""
CHOSEN = (
    "[4, (1.5, 2.0), 'fast', True, True, 3, 'blue', ('b', 'd'), 'Айжан', 'typed', datetime.date(2026, 12, 2), "
    "datetime.time(13, 45), '#00ff00', ['tea'], 7]"
)


class Inputs:
    """The page, used as a pupil does."""

    def __init__(self, tab):
        self.tab = tab

    def at(self, name, inner="input"):
        return self.tab.locator(f".the-{name}").last.locator(inner)

    def choose_all(self):
        self.at("sweets", ".noUi-handle").press("ArrowRight")
        self.at("span", ".noUi-handle").first.press("ArrowRight")
        self.at("speed", "button").nth(1).click()
        self.tab.locator(".the-wild").click()
        self.at("agreed").check()
        self.at("number", "select").select_option(label="three")
        self.at("colour").nth(2).check()
        self.at("letters", "select").select_option(label=["b", "d"])
        self.at("name").fill("Айжан")
        self.at("lazy").fill("typed")
        self.at("lazy").press("Enter")
        self.at("day").fill("2026-12-02")
        self.at("day").blur()
        self.at("hour").fill("13:45")
        self.at("hour").blur()
        self.at("paint", "input[type=text]").fill("#00ff00")
        self.at("paint", "input[type=text]").press("Tab")
        self.at("TagsInput").fill("tea")
        self.at("TagsInput").press("Enter")
        self.at("IntText").fill("7")
        self.at("IntText").press("Tab")
        self.at("secret").fill("not to be kept")
        if self.tab.locator(".the-files").count():
            self.choose_file()

    def choose_file(self):
        with self.tab.expect_file_chooser() as chooser:
            self.tab.locator(".the-files").click()
        chooser.value.set_files({"name": "a.txt", "mimeType": "text/plain", "buffer": b"abc"})
        self.tab.locator(".the-files").filter(has_text="(1)").wait_for()

    def echo(self, text):
        self.tab.locator(".the-echo").filter(has_text=text).wait_for(timeout=30_000)

    def reopen(self):
        """One click on the notice's button."""
        button = self.tab.locator("#sq-notice button")
        button.wait_for(timeout=60_000)
        with self.tab.expect_navigation():
            button.click()
        self.tab.locator("body.sq-drawn[data-link=live]").wait_for(timeout=60_000)


@contextmanager
def opened(ways, pupil, path):
    """Yield the page and what kills its kernel."""
    context, login = pupil

    def kernels():
        return set(ways.demo.forked()) - set(ways.demo.forked("fork:"))

    before = kernels()

    def find_new():
        """The one that stays: others come and go, as a template is made."""
        new = kernels() - before
        return new if len(new) == 1 else None

    with ways.opened(context, path, login, "forked") as (ours,):
        ours.tab.locator("body.sq-drawn[data-link=live]").wait_for(timeout=60_000)
        (kernel,) = wait_for(find_new, "the page's kernel")
        yield Inputs(ours.tab), kernel.kill


def test_what_was_chosen_is_there_again_and_the_kernel_knows_it(ways, pupil):
    path = ways.write("inputs", make_notebook([(WIDGETS, []), (SHOW, [])]))
    with opened(ways, pupil, path) as (page, kill):
        page.choose_all()
        page.echo(CHOSEN)
        kill()
        page.reopen()
        page.echo(CHOSEN)
        assert page.at("sweets", ".widget-readout").inner_text() == "4"
        assert page.at("speed", "button").nth(1).evaluate("each => each.classList.contains('mod-active')")
        assert page.at("colour").nth(2).is_checked()
        assert page.at("secret").input_value() == "", "passwords are kept nowhere"
        words = page.tab.locator(".the-files + .sq-failed")
        words.wait_for()
        page.choose_file()
        words.wait_for(state="detached")


@pytest.mark.parametrize(
    "makes", [[], ["per-visitor"]], ids=["made for all", "made by the visitor's own cell"]
)
def test_what_was_chosen_in_what_the_visitors_own_cells_show_is_there_again(ways, pupil, makes):
    path = ways.write("inputs-own", make_notebook([(WIDGETS, makes), (SHOW, ["per-visitor"])]))
    with opened(ways, pupil, path) as (page, kill):
        page.choose_all()
        page.echo(CHOSEN)
        kill()
        page.reopen()
        page.echo(CHOSEN)
        assert page.at("secret").input_value() == "", "passwords are kept nowhere"


def test_what_the_visitors_own_cell_set_itself_is_the_new_kernels(ways, pupil):
    path = ways.write("inputs-set", make_notebook([(WIDGETS, []), (OWN, ["per-visitor"])]))
    with opened(ways, pupil, path) as (page, kill):
        wait_for(lambda: page.at("other").input_value() not in ("", "0"), "what the cell set last")
        earlier = page.at("process").input_value()
        page.at("other").fill("7")
        page.at("other").press("Tab")
        kill()
        page.reopen()
        wait_for(lambda: page.at("other").input_value() == "7", "what was typed")
        wait_for(lambda: page.at("process").input_value() not in ("", "0"), "what the cell set")
        assert page.at("process").input_value() != earlier


def test_what_is_chosen_after_the_kernel_died_is_there_too(ways, pupil):
    path = ways.write("inputs", make_notebook([(WIDGETS, []), (SHOW, [])]))
    with opened(ways, pupil, path) as (page, kill):
        kill()
        page.choose_all()
        page.reopen()
        page.echo(CHOSEN)
        assert page.at("secret").input_value() == "", "nor among what was not sent"


def test_widgets_that_moved_meanwhile_are_found_by_what_stands_beside_them(ways, pupil):
    path = ways.write("inputs-moved", make_notebook([(WIDGETS, []), (SHOW, [])]))
    with opened(ways, pupil, path) as (page, kill):
        page.choose_all()
        page.echo(CHOSEN)
        ways.write("inputs-moved", make_notebook([(WIDGETS, []), (MOVED, [])]))
        kill()
        page.reopen()
        page.echo(CHOSEN)
        assert page.at("new-0", ".widget-readout").inner_text() == "9"
        assert not page.at("new-1").is_checked()
        assert page.at("new-2").input_value() == ""


def test_one_of_two_that_look_alike_is_left_alone(ways, pupil):
    path = ways.write("inputs-twice", make_notebook([(WIDGETS, []), (SHOW, [])]))
    with opened(ways, pupil, path) as (page, kill):
        page.choose_all()
        page.echo(CHOSEN)
        ways.write("inputs-twice", make_notebook([(WIDGETS, []), (TWICE, []), (SHOW, [])]))
        kill()
        page.reopen()
        page.echo(CHOSEN.replace("[4,", "[3,", 1))


def test_a_press_comes_after_what_was_typed_before_it(ways, pupil):
    """ipywidgets holds back what is typed while the kernel has not done with the first letter."""
    path = ways.write("held", make_notebook([(HELD, [])]))
    with opened(ways, pupil, path) as (page, _):
        page.tab.evaluate(IN_ONE_GO)
        page.echo("Hello, ")
        assert page.tab.locator(".the-echo").inner_text() == "Hello, Айжан."


def test_what_somebodys_own_widget_holds_back_comes_to_the_new_kernel(ways, pupil):
    path = ways.write("held", make_notebook([(HELD, [])]))
    with opened(ways, pupil, path) as (page, kill):
        kill()
        for _ in range(3):
            page.tab.locator(".the-counter").click()
        page.reopen()
        page.echo("counted to 3")
