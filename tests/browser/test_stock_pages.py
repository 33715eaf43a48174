"""A visitor's page from a fork is the page that Voilà makes when it executes the notebook for them alone."""

import difflib

import nbformat
import pytest
from tests.browser.stock_world import running_ways

from rehearsal import open_folder, visit
from sandyq.settings import PROJECT

LESSONS = sorted((PROJECT / "curriculum/notebooks").glob("*/*.ipynb"))
APPS = sorted((PROJECT / "voila_apps").glob("*.ipynb"))
OUTPUTS = [
    ("# Outputs\n\n$x^2$, a table\n\n| a | b |\n|---|---|\n| 1 | 2 |", []),
    ("import sys, warnings\nprint('printed')\nprint('to stderr', file=sys.stderr)\nwarnings.warn('w')", []),
    ("print('\\x1b[31mred\\x1b[0m', '<b>&amp;</b>', 'a\\rb')\n6 * 7", []),
    ("print(_, Out, len(In))", []),
    (
        "from IPython.display import *\ndisplay(HTML('<b>bold</b>'), SVG('<svg width=\"9\"/>'), Latex('$y$'))",
        [],
    ),
    ("display(Markdown('*text*'), JSON({'a': 1}), Image(data=b'GIF89a', format='gif'))", []),
    ("import pandas\npandas.DataFrame({'a': [1, 2]})", []),
    ("import matplotlib.pyplot as plt\nplt.plot([1, 3, 2])\nplt.show()", []),
    ("shown = display('first', display_id='d')\nprint('gone')\nclear_output()\nprint('stays')", []),
    ("update_display('changed later', display_id='d')", []),
    ("print('not run')", ["skip-execution"]),
]
WIDGETS = [
    ("from ipywidgets import *\nfrom IPython.display import display, HTML as Html", []),
    ("slider = IntSlider(3, description='Slide')\ntext = Text('words', layout=Layout(width='9em'))\nslider", []),
    ("choices = Dropdown(options=['a', 'b'], value='b')\nbox = Checkbox(True, description='yes')\n"
     "VBox([HBox([slider, text]), choices, box, SelectMultiple(options='abc', value=('a', 'c'))])", []),
    ("Tab([VBox([HBox([Label('deep'), Valid(True)])]), Accordion([Textarea('in'), FloatProgress(4)], "
     "titles=['one', 'two'])], titles=['x', 'y'])", []),
    ("Image(value=b'GIF89a', format='gif', width=20)", []),
    ("out = Output()\nwith out:\n    print('captured')\n    display(slider, Html('<i>i</i>'))\nout", []),
    ("later = Output()\nlater.append_stdout('appended')\nlater.append_display_data(text)\nlater", []),
    ("failing = Output()\nwith failing:\n    print('before')\nfailing.clear_output()\nfailing", []),
    ("interact(lambda n: print('n is', n), n=(0, 5))\nNone", []),
    ("slider.value = 8\ntext.value = 'changed'", []),
    ("slider.observe(lambda c: setattr(text, 'value', str(c.new)), 'value')", []),
    ("button = Button(description='Press')\n@button.on_click\ndef press(_):\n    slider.value -= 1\n"
     "    with out:\n        print('pressed')\n        display(Label('new'))\nbutton", []),
    ("jslink((slider, 'value'), (FloatText(), 'value'))", []),
    ("own = HTML('<b>own</b>')\nown", ["per-visitor"]),
]  # fmt: skip
FAILING = [
    ("print('before')", []),
    ("print('partly')\nraise ValueError('expected')", ["raises-exception"]),
    ("import sys\nprint('to stderr', file=sys.stderr)\nraise ValueError('own')", ["per-visitor"]),
    ("# After", []),
]
MADE = {"outputs": OUTPUTS, "widgets": WIDGETS, "failing": FAILING}


@pytest.fixture(scope="module")
def ways(demo):
    with open_folder() as folder, running_ways(demo, folder, MADE) as ways:  # the author's uid reads it, too
        yield ways


@pytest.fixture(scope="module")
def pupil(demo, browser):
    """A pupil who has answered some questions, of a class that gets no new passwords in other tests; signed in."""
    account = [a for a in demo.accounts() if a["class"] == "5Б" and a["role"] == "pupil"][-1]
    yield from sign_in(demo, browser, account)


@pytest.fixture(scope="module")
def leader(demo, browser):
    yield from sign_in(demo, browser, demo.account("leader"))


def sign_in(demo, browser, account):
    """The browser of somebody who has been to a room: its cookies are good for all rooms on this machine."""
    with visit(browser, demo) as visitor:
        visitor.sign_in(account)
        visitor.go("/services/rooms/nowhere")
        yield visitor.page.context, account["login"]


def assert_same(ours, stock):
    """Fail with what differs."""
    difference = difflib.unified_diff(stock, ours, "Voilà's own", "ours", n=1, lineterm="")
    assert ours == stock, "\n".join(difference)


def compare(ways, person, path, stock="voila"):
    """Open a page both ways, compare what is served and what is drawn, press each button; return the lines drawn."""
    context, login = person
    with ways.opened(context, path, login, "forked", stock) as (ours, theirs):
        assert "for each visitor anew" not in ways.log("forked"), "ours is a fork"
        assert_same(ours.html, theirs.html)
        lines = ours.read()
        assert_same(lines, theirs.read())
        for button in ours.tab.locator("button.jupyter-button").all_inner_texts():
            ours.press(button)
            theirs.press(button)
            assert_same(pressed := ours.read(), theirs.read())
            assert pressed != lines, f"{button} does nothing"
        return lines


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_our_lessons_look_as_voila_shows_them(ways, pupil, path):
    lines = compare(ways, pupil, f"lesson/{path.parent.name}/{path.stem}")
    questions = nbformat.read(path, as_version=4).metadata.sandyq.questions
    assert sum('"lm-Widget sandyq-question"' in line for line in lines) == len(questions)
    if path.stem == "passphrase":  # which the pupil's class has answered
        assert any(".checked=true" in line for line in lines), "earlier answers are there"


@pytest.mark.parametrize("path", APPS, ids=lambda path: path.stem)
def test_our_apps_look_as_voila_shows_them(ways, leader, path):
    lines = compare(ways, leader, f"app/{path.stem}")
    assert sum("sandyq-" in line for line in lines) > 1


@pytest.mark.parametrize("name", ["outputs", "widgets"])
def test_outputs_and_widgets_of_all_kinds_look_as_voila_shows_them(ways, pupil, name):
    compare(ways, pupil, f"lesson/{ways.demo.language}/{name}")


def test_cells_that_fail_look_as_rooms_show_them_without_forks(ways, pupil):
    compare(ways, pupil, f"lesson/{ways.demo.language}/failing", stock="stock")
