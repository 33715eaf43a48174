"""Kazakh in Arabic script is written from right to left: pages hold, and an arrow goes where it points."""

from contextlib import contextmanager

import pytest
from tests.browser.stock_world import make_notebook

from rehearsal import wait_for

TURN = """
const turn = () => { if (document.documentElement) document.documentElement.dir = "rtl"; };
new MutationObserver(turn).observe(document, { childList: true });
turn();
"""
TEXT = """# ءداستۇر

بۇل ساباقتا ءسوز وڭنان سولعا قاراي جازىلادى، ال ساندار سولدان وڭعا قاراي: 2026، 45 %.

سوندا $x^2 + 1$ بولادى.

- ءبىرىنشى
- ەكىنشى

| اتى | سانى |
|---|---|
| قوي | 12 |

> ءسوز باسى – ويدان
"""
WIDGETS = """
from ipywidgets import *
from IPython.display import HTML as Html, display

sweets = IntSlider(3, max=9, description="ءتاتتى").add_class("the-slider")
span = IntRangeSlider(value=(2, 5), max=9, description="ارالىق").add_class("the-range")
echo = Label().add_class("the-echo")
for each in (sweets, span):
    each.observe(lambda _: setattr(echo, "value", f"{sweets.value} {span.value}"), "value")
display(sweets, span, echo)
display(Text("ءسوز", description="اتىڭ"), Textarea("ءسوز"), Dropdown(options=["قوي", "جىلقى"], description="مال"))
display(Checkbox(True, description="كەلىستىم"), RadioButtons(options=["ءبىر", "ەكى"], description="تاڭدا"))
display(ToggleButtons(options=["جاي", "تەز"], description="قالاي"))
display(HBox([Button(description="باس"), FloatProgress(5, max=9)]))
display(TagsInput(value=["قوي"], allowed_tags=["قوي", "جىلقى"]), DatePicker(description="كۇن"))
display(ColorPicker(description="ءتۇس"))
display(Tab([Label("ءبىر"), Label("ەكى"), Label("ءۇش")], titles=["ءبىر", "ەكى", "ءۇش"]).add_class("the-tab"))
display(Accordion([Label("ىشىندە")], titles=["اش"]))
"""
BEYOND = """() => [...document.querySelectorAll("body *")].filter((each) => {
    const { left, right, width } = each.getBoundingClientRect();
    return width > 1 && !each.closest(".sq-skip, .katex-mathml") && (left < -1 || right > innerWidth + 1);
}).map((each) => each.outerHTML.slice(0, 200))"""
"""What reaches out of the window."""
BESIDE = """() => [...document.querySelectorAll(".noUi-handle")].filter((each) => {
    const { left, right } = each.getBoundingClientRect();
    const bar = each.closest(".slider-container").getBoundingClientRect();
    return left < bar.left || right > bar.right;
}).length"""
"""How many handles stand beside their sliders."""
GAP = """(label) => {
    const range = document.createRange();
    range.selectNodeContents(label.querySelector("span") || label.firstChild);
    const words = [...range.getClientRects()].filter((each) => each.width > 1);
    return label.querySelector("input").getBoundingClientRect().left - Math.max(...words.map((each) => each.right));
}"""
"""How far a box stands to the right of its text."""
PLACES = "all => all.map((each) => each.getBoundingClientRect().x)"


@contextmanager
def opened(ways, pupil, path, width):
    context, login = pupil
    tab = context.new_page()
    try:
        tab.set_viewport_size({"width": width, "height": 768})
        tab.add_init_script(TURN)
        tab.goto(ways.address("forked", path, login))
        tab.locator("body.sq-drawn[data-link=live]").wait_for(timeout=60_000)
        yield tab
    finally:
        tab.close()


def place(locator):
    return locator.bounding_box()["x"]


@pytest.fixture
def written(ways):
    """A page of texts and widgets in Arabic script."""
    return ways.write("right-to-left", make_notebook([(TEXT, []), (WIDGETS, [])]))


@pytest.mark.parametrize("width", [1024, 512])
def test_nothing_reaches_out_of_the_window_and_texts_begin_at_the_right(ways, pupil, written, width):
    for path in (written, "lesson/kk/steppe-robot", "lesson/kk/kazakh-typing"):
        with opened(ways, pupil, path, width) as tab:
            assert tab.evaluate(BEYOND) == []
            assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
            sides = tab.locator(".jp-RenderedMarkdown :is(p, li)").evaluate_all(
                "all => all.map((each) => getComputedStyle(each).textAlign)"
            )
            assert set(sides) <= {"start", "right"}


def test_an_arrow_key_moves_a_slider_and_a_tab_where_it_points(ways, pupil, written):
    with opened(ways, pupil, written, 1024) as tab:
        assert tab.evaluate(BESIDE) == 0
        handles = tab.locator(".noUi-handle")
        for number, known in enumerate(["4 (2, 5)", "4 (3, 5)", "4 (3, 6)"]):
            before = place(handles.nth(number))
            handles.nth(number).press("ArrowRight")
            tab.get_by_text(known, exact=True).wait_for()
            assert place(handles.nth(number)) > before
        tabs = tab.locator(".the-tab [role=tab]")
        xs = tabs.evaluate_all(PLACES)
        assert xs == sorted(xs, reverse=True), "they are read from the right"
        tabs.nth(0).focus()
        tab.keyboard.press("ArrowLeft")
        assert tabs.nth(1).evaluate("each => each === document.activeElement")
        tab.keyboard.press("ArrowRight")
        assert tabs.nth(0).evaluate("each => each === document.activeElement")


def test_numbers_and_formulas_keep_their_way_and_boxes_stand_beside_their_texts(ways, pupil, written):
    with opened(ways, pupil, written, 1024) as tab:
        base, power = (
            tab.locator(".katex-html .mord.mathnormal").first,
            tab.locator(".katex-html .msupsub").first,
        )
        power.wait_for()
        assert place(base) < place(power), "x²"
        for box in (".widget-radio-box label", ".widget-checkbox .widget-label-basic"):
            assert 2 < tab.locator(box).first.evaluate(GAP) < 20


def test_a_robot_goes_where_it_looks_and_keys_of_a_toolbar_follow_the_arrows(ways, pupil):
    with opened(ways, pupil, "lesson/kk/steppe-robot", 1024) as tab:
        question = tab.locator(".sandyq-question[data-name=first]")
        robot = question.locator(".sq-robot")
        assert robot.get_attribute("data-sign") == ">"
        before = place(robot)
        question.locator("[data-sign=F].sq-command").press("Enter")
        question.get_by_text("▶").press("Enter")
        wait_for(lambda: place(robot) > before, "the robot to go to the right, where it looks")
    with opened(ways, pupil, "lesson/kk/passphrase", 1024) as tab:
        keys = tab.locator(".sq-keys").first.locator("button")
        keys.first.focus()
        tab.keyboard.press("ArrowLeft")
        assert keys.nth(1).evaluate("each => each === document.activeElement")
        assert place(keys.nth(1)) < place(keys.nth(0))
