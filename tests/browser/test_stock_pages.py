"""A visitor's page from a fork shows what Voilà's own does when it executes the notebook for them alone."""

import nbformat
import pytest
from tests.browser.languages import choose_lessons
from tests.browser.stock_world import explain, make_notebook, read_same

from rehearsal import wait_for
from sandyq.settings import PROJECT

LESSONS = [
    PROJECT / f"curriculum/notebooks/{language}/{slug}.ipynb"
    for slug, language in choose_lessons(1)  # others than those that are completed, or in another language
]
APPS = [
    path
    for path in sorted((PROJECT / "voila_apps").glob("*.ipynb"))
    if "leader" in nbformat.read(path, as_version=4).metadata.sandyq.roles  # who opens them here
]
OUTPUTS = [
    ("# Outputs\n\n$x^2$, a table\n\n| a | b |\n|---|---|\n| 1 | 2 |", []),
    ("import sys, warnings\nprint('printed')\nprint('to stderr', file=sys.stderr)\nwarnings.warn('w')", []),
    ("print('\\x1b[31mred\\x1b[0m', '<b>&amp;</b>', 'a\\rb', '\\x1b[1;92;44mloud\\x1b[0m')\n6 * 7", []),
    ("print(_, Out, len(In))", []),
    (
        "from IPython.display import *\ndisplay(HTML('<b>bold</b>'), SVG('<svg width=\"9\"/>'), Latex('$y$'))",
        [],
    ),
    ("display({'text/latex': '$z$', 'image/svg+xml': '<svg/>', 'text/plain': 'one of them'}, raw=True)", []),
    ("display(Markdown('*text*'), JSON({'ә': 1}), Image(data=b'GIF89a', format='gif'))", []),
    ("import pandas\npandas.DataFrame({'a': [1, 2]})", []),
    ("import matplotlib.pyplot as plt\nplt.plot([1, 3, 2])\nplt.show()", []),
    ("shown = display('first', display_id='d')\nprint('gone')\nclear_output()\nprint('stays')", []),
    ("update_display('changed later', display_id='d')", []),
    ("print('not run')", ["skip-execution"]),
]
WIDGETS = [
    ("from ipywidgets import *\nfrom IPython.display import Markdown, display, HTML as Html", []),
    ("slider = IntSlider(3, description='Slide')\ntext = Text('words', layout=Layout(width='9em'))\nslider", []),
    ("choices = Dropdown(options=['a', 'b'], value='b')\nbox = Checkbox(True, description='yes')\n"
     "VBox([HBox([slider, text]), choices, box, SelectMultiple(options='abc', value=('a', 'c'))])", []),
    ("Tab([VBox([HBox([Label('deep'), Valid(True)])]), Accordion([Textarea('in'), FloatProgress(4)], "
     "titles=['one', 'two'])], titles=['x', 'y'])", []),
    ("Image(value=b'GIF89a', format='gif', width=20)", []),
    ("out = Output()\nwith out:\n    print('captured')\n    display(slider, Html('<i>i</i>'))\nout", []),
    ("maths = Output()\nwith maths:\n    display(Markdown(r'*so* $\\{a_1, b_1\\}$ and $a*b*c$, `$code*d*$`'))\n"
     "    display(Markdown(r'$$\\begin{pmatrix}1 & 2 \\\\ 3 & 4\\end{pmatrix}$$'))\nmaths", []),
    ("later = Output()\nlater.append_stdout('appended')\nlater.append_display_data(text)\nlater", []),
    ("late = Output()\nlate.append_stdout('\\x1b[31mred\\x1b[0m \\x1b[1;92;44mloud\\x1b[0m \\x1b[1;31mbold\\x1b[0m "
     "\\x1b[38;5;208mx\\x1b[0m "
     "<b> https://a.b/c\\n')\nlate", []),
    ("dots = Output()\nfor _ in range(3):\n    dots.append_stdout('.')\ndots", []),
    ("Text('<!-- begins a comment, <script> a script, and neither ends')", []),
    ("failing = Output()\nwith failing:\n    print('before')\nfailing.clear_output()\nfailing", []),
    ("interact(lambda n: print('n is', n), n=(0, 5))\nNone", []),
    ("slider.value = 8\ntext.value = 'changed'", []),
    ("slider.observe(lambda c: setattr(text, 'value', str(c.new)), 'value')", []),
    ("button = Button(description='Press')\n@button.on_click\ndef press(_):\n    slider.value -= 1\n"
     "    with out:\n        print('pressed')\n        display(Label('new'))\n"
     "        for n in (5, 15):\n            print(n, end='%\\r', flush=True)\nbutton", []),
    ("jslink((slider, 'value'), (FloatText(), 'value'))", []),
    ("own = HTML('<b>own</b>')\nown", ["per-visitor"]),
]  # fmt: skip
FORMULAS_TEXT = ("# Formulas\n\n$x^2$ and $$\\frac{1}{2}$$", [])
FORMULAS = (
    "from IPython.display import Latex, display\nfrom ipywidgets import HTMLMath, Label\n"
    "display(Latex('$y^3$'), Label('$z^4$'), HTMLMath('$w^5$'))",
    [],
)
MACROS = [
    ("# Macros\n\n$\\newcommand{\\R}{\\mathbb{R}}\\newcommand{\\half}[1]{\\frac{#1}{2}}$", []),
    ("# Later\n\n$x \\in \\R$ and $$\\half{y}$$", []),
    ("from IPython.display import Latex, display\ndisplay(Latex(r'$\\R + \\half{z}$'))", []),
    ("# Anew\n\n$\\newcommand{\\half}[1]{#1}\\half{w}$ and $\\half{v}$", []),
]
UNENDING = [
    ("from ipywidgets import *\nfrom IPython.display import display, HTML as Html", []),
    ("Html('<p>ends too often</p></div></div>')", []),
    ("Html('<p>goes on</p><!-- for ever')", []),
    ("Html('<textarea>the same')", []),
    ("Html('<table><tr><td><div>the same')", []),
    ("button, text = Button(description='Press'), Text('below')\n"
     "button.on_click(lambda _: setattr(text, 'value', 'pressed'))\ndisplay(button, text)", []),
]  # fmt: skip
FAILING = [
    ("print('before')", []),
    ("print('partly')\nraise ValueError('expected')", ["raises-exception"]),
    ("import sys\nprint('to stderr', file=sys.stderr)\nraise ValueError('own')", ["per-visitor"]),
    ("# After", []),
]


def compare(ways, person, path, stock="voila"):
    """Open a page both ways, compare what is shown, press each button, compare again; return the lines drawn."""
    context, login = person
    with ways.opened(context, path, login, "forked", stock) as (ours, theirs):
        assert "for each visitor anew" not in ways.log("forked"), "ours is a fork"
        lines = now = read_same(ours, theirs)
        for button in ours.tab.locator("button.jupyter-button").all_inner_texts():
            ours.press(button)
            theirs.press(button)
            now = read_same(ours, theirs, since=now)
        assert not (difference := explain(ours.listen(), theirs.listen())), difference
        return lines


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_our_lessons_show_what_voila_shows(ways, pupil, leader, path):
    about = nbformat.read(path, as_version=4).metadata.sandyq
    reader = pupil if about.track == "pupils" else leader  # adults' lessons are closed to pupils
    lines = compare(ways, reader, f"lesson/{path.parent.name}/{path.stem}")
    assert sum('"lm-Widget sandyq-question"' in line for line in lines) == len(about.questions)
    if path.stem == "passphrase":  # which the pupil's class has answered
        assert any(".checked=true" in line for line in lines), "earlier answers are there"


@pytest.mark.parametrize("path", APPS, ids=lambda path: path.stem)
def test_our_apps_show_what_voila_shows(ways, leader, path):
    lines = compare(ways, leader, f"app/{path.stem}")
    assert any("sandyq-app" in line for line in lines)


@pytest.mark.parametrize(("name", "cells"), [("outputs", OUTPUTS), ("widgets", WIDGETS)])
def test_outputs_and_widgets_of_all_kinds_are_shown_as_voila_shows_them(ways, pupil, name, cells):
    compare(ways, pupil, ways.write(name, make_notebook(cells)))


def test_html_that_ends_too_often_or_never_leaves_what_is_below_it_alone(ways, pupil):
    compare(ways, pupil, ways.write("unending", make_notebook(UNENDING)))


def test_a_text_with_an_end_too_many_leaves_what_is_below_it_alone(ways, pupil):
    context, login = pupil
    cells = [("# Text\n\n</div>\n\n</div>\n\n</div>\n\nafter", []), *UNENDING[:1], *UNENDING[-1:]]
    with ways.opened(context, ways.write("stray", make_notebook(cells)), login, "forked") as (ours,):
        ours.tab.locator("#sq-cells [data-cell='2'] input").wait_for()
        assert ours.tab.locator("#sq-cells [data-cell='0']").inner_text().endswith("after")


def test_cells_that_fail_look_as_rooms_show_them_without_forks(ways, pupil):
    compare(ways, pupil, ways.write("failing", make_notebook(FAILING)), stock="stock")


def test_a_stock_page_is_the_page_of_voila(ways, pupil):
    """With Voilà's front end all is the same: what is served, and every element of the page."""
    context, login = pupil
    path = ways.write("stock-page", make_notebook([*OUTPUTS, *WIDGETS], front_end="stock"))
    with ways.opened(context, path, login, "forked", "voila") as (ours, theirs):
        assert not (difference := explain(ours.html, theirs.html)), difference
        lines = read_same(ours, theirs, whole=True)
        ours.press("Press")
        theirs.press("Press")
        read_same(ours, theirs, since=lines, whole=True)


def test_what_a_formula_defines_is_known_in_later_cells(ways, pupil):
    context, login = pupil
    path = ways.write("macros", make_notebook(MACROS))
    with ways.opened(context, path, login, "forked") as (ours,):
        drawn = ours.tab.locator(".katex-mathml semantics > mrow")
        wait_for(lambda: drawn.count() == 6, "the formulas")
        assert drawn.all_text_contents() == ["", "x∈R", "y2", "R+z2", "w", "v"]
    with ways.opened(context, f"{path}?front=stock", login, "forked") as (theirs,):
        drawn = theirs.tab.locator("mjx-container")
        wait_for(lambda: drawn.count() == 6, "Voilà's formulas")
        assert theirs.tab.locator("mjx-merror").count() == 0


def test_formulas_are_drawn_by_voilas_front_end_too_with_what_this_server_has(ways, pupil):
    context, login = pupil
    path = ways.write("formulas", make_notebook([FORMULAS_TEXT, FORMULAS], front_end="stock"))
    asked, failed = [], []
    context.on("request", lambda request: asked.append(request.url))
    context.on("requestfailed", lambda request: failed.append(request.url))
    with ways.opened(context, path, login, "forked") as (ours,):
        drawn = ours.tab.locator("mjx-container")
        wait_for(lambda: drawn.count() == 5, "the formulas")
        assert "$" not in ours.tab.locator("#rendered_cells").inner_text()
        wait_for(lambda: any(url.endswith(".woff") for url in asked), "MathJax's letters")
        assert ours.tab.evaluate("document.fonts.ready.then(() => document.fonts.check('1em MJXTEX-I'))")
    assert not failed
    assert not [url for url in asked if not url.startswith(("http://127.0.0.1", "data:", "blob:"))]
