"""Each type of widget, and what anywidget can do: after the same tour pages show and kernels know the same."""

import re
from pathlib import Path

import ipywidgets
import pytest
from ipywidgets.widgets import widget as registry
from tests.browser.stock_world import explain, make_notebook, read_notebook, read_same

from tour import find_barriers

NOTEBOOKS = Path(__file__).parent / "notebooks"
ABSTRACT = {"_Media"}
"""Registered, but there is nothing to show of it."""
FILES = {"one.txt": "бір".encode(), "two.bin": bytes(range(256)) * 400}
PLAIN = """
from anywidget.experimental import dataclass

@dataclass(esm="export default { render({ model, el }) { el.textContent = `plain ${model.get('word')}`; } }")
class Plain:
    word: str = "object"

Plain()
"""
UNDRAWN = """
from ipywidgets import Text
undrawn = Text()
undrawn._view_name = "NoSuchView"
undrawn
"""
LATE = """
from ipywidgets import Button, Text, VBox

late, draw = VBox(), Button(description="Draw")
late.add_class("the-late")


@draw.on_click
def add(_):
    undrawn = Text()
    undrawn._view_name = "NoSuchView"
    late.children = [undrawn]


VBox([draw, late])
"""
COUNTER_STYLE = """() => {
    const button = document.body.appendChild(Object.assign(document.createElement("b"), { className: "counter" }));
    return [getComputedStyle(button).color];
}"""


class Tourist:
    """Does the same on both pages and compares what they show."""

    def __init__(self, ours, theirs):
        self.both = (ours, theirs)
        self.lines = read_same(ours, theirs)

    def at(self, name, inner=""):
        """Locators of one widget, or of what is in it, on both pages, each brought to the front before."""
        for page in self.both:
            page.tab.bring_to_front()
            yield page.tab.locator(f".the-{name} {inner}".strip()).first

    def keys(self, name, inner, *keys):
        for place in self.at(name, inner):
            place.focus()
            for key in keys:
                place.page.keyboard.press(key)
        self.look()

    def type(self, name, inner, text, end="Tab"):
        for place in self.at(name, inner):
            place.fill("")
            place.press_sequentially(text)
            place.press(end)
        self.look()

    def tag(self, name, text):
        for place in self.at(name):
            place.dispatch_event("click")
            place.page.keyboard.type(text)
            place.page.keyboard.press("Enter")
        self.look()

    def click(self, name, inner=""):
        for place in self.at(name, inner):
            place.click()
        self.look()

    def fill(self, name, inner, value):
        for place in self.at(name, inner):
            place.fill(value)
            place.blur()
        self.look()

    def choose(self, name, *labels):
        for place in self.at(name, "select"):
            place.select_option(label=list(labels))
        self.look()

    def press(self, name, inner=""):
        """As click, but there is nothing to be seen of it."""
        for place in self.at(name, inner):
            place.click()

    def look(self):
        """Something has changed, on both pages the same."""
        self.lines = read_same(*self.both, since=self.lines)

    def compare_kernels(self):
        ours, theirs = (page.report() for page in self.both)
        assert not (difference := explain(ours, theirs)), difference
        return ours


@pytest.fixture
def tour(ways, pupil):
    """Open one of our notebooks both ways."""
    opened = []

    def open_both(name):
        context, login = pupil
        path = ways.write(name.replace("_", "-"), read_notebook(NOTEBOOKS / f"{name}.py"))
        opened.append(ways.opened(context, path, login, "forked", "voila"))
        return Tourist(*opened[0].__enter__())

    yield open_both
    if opened:
        opened[0].__exit__(None, None, None)


def find_types():
    """The names of all widgets that there are: the registered ones, and what is built of them."""
    registered = {kind.__name__ for _, kind in registry._registry.items()}
    built = {
        name
        for name, kind in vars(ipywidgets).items()
        if isinstance(kind, type) and issubclass(kind, ipywidgets.Box) and name[0].isupper()
    }
    return (registered | built) - ABSTRACT


def use_numbers(pages):
    pages.keys("int-slider", ".noUi-handle", "ArrowRight", "ArrowRight", "PageUp")
    pages.keys("standing-slider", ".noUi-handle", "ArrowUp")
    pages.keys("float-slider", ".noUi-handle", "ArrowLeft", "End")
    pages.keys("log-slider", ".noUi-handle", "ArrowRight")
    pages.keys("int-range", ".noUi-handle-lower", "ArrowRight")
    pages.keys("float-range", ".noUi-handle-upper", "ArrowUp", "ArrowUp")
    pages.type("int-slider", ".widget-readout", "5", "Enter")
    pages.type("int-text", "input", "12")
    pages.keys("int-text", "input", "ArrowUp")
    pages.type("bounded-int", "input", "99")
    pages.type("float-text", "input", "2.75")
    pages.type("bounded-float", "input", "-3")


def choose(pages):
    pages.click("checkbox", "input")
    pages.click("plain-checkbox", "input")
    pages.click("toggle")
    pages.click("button")
    pages.choose("dropdown", "three")
    pages.click("radio", "label >> nth=3")
    pages.click("lying-radio", "label >> nth=2")
    pages.choose("select", "e")
    pages.choose("multiple", "b", "d")
    pages.keys("selection-slider", ".noUi-handle", "ArrowRight")
    pages.keys("selection-range", ".noUi-handle-upper", "ArrowRight")
    pages.click("toggle-buttons", "button >> nth=1")
    pages.type("combobox", "input", "John")


def write(pages):
    pages.type("text", "input", "жаңа сөз")
    pages.type("lazy-text", "input", "sent", "Enter")
    pages.type("textarea", "textarea", "three")
    pages.type("password", "input", "hidden")
    pages.tag("tags", "tea")
    pages.tag("free-tags", "one")
    pages.click("tags", ".jupyter-widget-tag i")
    pages.tag("colours", "navy")
    pages.tag("ints", "42")
    pages.tag("floats", "1.125")


def give_days_and_files(pages, folder):
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    pages.fill("date", "input", "2026-12-02")
    pages.fill("time", "input", "13:45")
    pages.fill("datetime", "input", "2027-01-02T03:04")
    pages.fill("naive-datetime", "input", "2027-01-02T03:04")
    pages.fill("colour", "input[type=color]", "#ff8800")
    pages.type("colour", "input[type=text]", "#00ff00")
    for place in pages.at("upload"):
        with place.page.expect_file_chooser() as chooser:
            place.click()
        chooser.value.set_files([folder / name for name in FILES])
    pages.look()


def open_boxes_and_follow_links(pages):
    pages.click("tab", ".lm-TabBar-tab >> nth=2")
    pages.click("accordion", ".lm-AccordionPanel-title, .jupyter-widget-Collapse-header")
    pages.type("which", "input", "1")
    pages.keys("js-source", ".noUi-handle", "ArrowRight")
    pages.click("unlink")
    pages.keys("js-source", ".noUi-handle", "ArrowRight")
    pages.type("left", "input", "both")
    pages.click("talk")
    pages.click("talk")
    pages.click("wipe")


def use_functions(pages):
    pages.keys("interact", ".noUi-handle", "ArrowRight")
    pages.choose("interact", "b")
    pages.click("manual", "button")
    pages.keys("stars", ".noUi-handle", "ArrowRight")
    pages.choose("interactive", "y")
    pages.click("change")
    pages.click("change")
    pages.click("play", "button >> nth=0")


FIND_CLOSED = """() => {
  const fields = [...document.querySelectorAll(".jupyter-widgets :is(input[type=text], input[type=number], textarea)")];
  const isOpen = (field) => !field.disabled && (field.offsetParent || field.closest(".jupyter-widget-tagsinput"));
  return fields.filter(isOpen).flatMap((field) => {
    field.focus();
    const isMarked = document.activeElement === field && getComputedStyle(field).outlineStyle === "solid";
    const labels = [...field.labels].map((each) => each.textContent);
    const names = [field.getAttribute("aria-label"), field.placeholder.replace("\\u200b", ""), ...labels];
    field.blur();
    return isMarked && names.some((each) => each?.trim()) ? [] : [field.outerHTML];
  });
}"""
"""Fields that have no name, to which no key leads, or of which one does not see that one is there."""


def test_every_type_of_widget_behaves_as_in_voila(tour, tmp_path):
    pages = tour("every_widget")
    ours, theirs = pages.both
    assert find_barriers(ours.tab) == []
    assert ours.tab.evaluate(FIND_CLOSED) == []
    use_numbers(pages)
    choose(pages)
    write(pages)
    give_days_and_files(pages, tmp_path)
    pages.compare_kernels()
    open_boxes_and_follow_links(pages)
    use_functions(pages)
    known = set(pages.compare_kernels())
    assert known >= find_types(), f"{find_types() - known} are missing in notebooks/every_widget.py"
    assert find_barriers(ours.tab) == []
    assert not (difference := explain(ours.listen(), theirs.listen())), difference


def test_a_failing_callback_is_named_and_not_shown(tour):
    """The one thing that Voilà shows and we do not: what Python says of an error, with lines of code."""
    pages = tour("every_widget")
    pages.press("fail")
    ours, theirs = (page.tab.locator(".the-appended") for page in pages.both)
    pages.both[1].tab.bring_to_front()
    theirs.get_by_text("of the callback").first.wait_for()
    pages.both[0].tab.bring_to_front()
    ours.locator(".sq-failed").wait_for()
    assert "before" in ours.inner_text()
    assert "callback" not in ours.inner_text()
    difference = explain(*(page.report() for page in pages.both)).splitlines()
    changed = [line for line in difference[2:] if line[0] in "+-"]
    assert [line[:10] for line in changed] == ["- outputs:", "+ outputs:"], changed


def test_a_widget_that_cannot_be_drawn_says_so(ways, pupil):
    context, login = pupil
    cells = [(UNDRAWN, []), ("Text('after')", [])]
    path = ways.write("undrawn", make_notebook(cells))
    with ways.opened(context, path, login, "forked") as (ours,):  # perhaps Voilà's front end knows it
        ours.tab.wait_for_url("**front=stock")
        ours.tab.locator("#rendered_cells input").last.wait_for()
        ours.tab.locator("#rendered_cells .sq-failed").click()
        assert "script" not in ours.tab.locator("#rendered_cells").inner_text(), (
            "in the page's language, no code"
        )
    with ways.opened(context, f"{path}?front=ours", login, "forked") as (ours,):
        ours.tab.locator("[data-cell='0'] .sq-failed").wait_for()
        ours.tab.locator("[data-cell='1'] input").wait_for()


def test_what_somebody_works_at_is_opened_with_voilas_front_end_when_they_want_it(ways, pupil):
    """A widget that ours does not know comes into a box when its reader has pressed something."""
    context, login = pupil
    path = ways.write("late-undrawn", make_notebook([(LATE, [])]))
    with ways.opened(context, path, login, "forked") as (ours,):
        ours.tab.locator("body.sq-drawn[data-link=live]").wait_for(timeout=60_000)
        ours.press("Draw")
        ours.tab.locator(".the-late .sq-failed").wait_for()
        assert "javascript" not in ours.tab.locator(".the-late").inner_text().lower()
        assert "front=stock" not in ours.tab.url
        ours.tab.locator("#sq-beyond button").click()
        ours.tab.wait_for_url("**front=stock")


def test_a_plain_object_with_a_module_is_shown(ways, pupil):
    """anywidget's dataclasses are no widgets to ipywidgets; Voilà goes on saying that it loads them."""
    context, login = pupil
    path = ways.write("plain", make_notebook([(PLAIN, [])]))
    with ways.opened(context, path, login, "forked") as (ours,):
        ours.tab.get_by_text("plain object").wait_for()


def test_what_anywidget_can_do_it_can_in_both(tour):
    pages = tour("anywidgets")
    for button in ("count", "off", "many", "send", "plain", "set", "invoke", "abort"):
        for page in pages.both:
            page.tab.bring_to_front()
            page.tab.locator("#sq-cells, #rendered_cells").get_by_role(
                "button", name=re.compile(f"^{button}")
            ).first.click()
        pages.look()
    pages.compare_kernels()
    pages.keys("holder", ".noUi-handle", "ArrowRight")
    for step in ("count", "tell", "renew", "hold", "end"):
        pages.click(step)
        pages.compare_kernels()
    styles, ends = (
        [page.tab.evaluate(what) for page in pages.both] for what in (COUNTER_STYLE, "() => window.ended")
    )
    assert styles == [["rgb(4, 5, 6)"], ["rgb(4, 5, 6)"]]
    assert ends[0] == ends[1]
