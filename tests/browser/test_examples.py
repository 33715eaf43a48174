"""The published examples of ipywidgets and anywidget, shown and used with our front end and with Voilà's.

anywidget's are fetched by ``./sandyq test --published`` only: pip makes its package ready for some minutes.
"""

import os

import pytest
from tests.browser.published_examples import find_examples, keep_what_runs, make_notebook
from tests.browser.stock_world import add_report, explain, read_same
from tests.published.sources import NoPackages, download, unpack

PUBLISHED = "SANDYQ_PUBLISHED"
ONLY_PUBLISHED = pytest.mark.skipif(PUBLISHED not in os.environ, reason="part of ./sandyq test --published")
TEXTS = "input[type=text]:visible, input[type=number]:visible, textarea:visible"
CELLS = "#sq-cells, #rendered_cells"


@pytest.fixture
def examples(tmp_path):
    """Fetch a package's source; return its examples that run, by name."""

    def fetch(package):
        try:
            download(tmp_path, [package])
        except NoPackages as problem:
            pytest.skip(f"no package index: {problem}")
        (archive,) = tmp_path.glob(f"{package}-*.tar.gz")
        unpack(archive, tmp_path / package, lambda name: name.endswith((".py", ".ipynb", "README.md")))
        assert not list((tmp_path / package).rglob("*.ipynb")), "there are notebooks now: compare them"
        found = [(name, keep_what_runs(cells)) for name, cells in find_examples(tmp_path / package)]
        return [(name, cells) for name, cells in found if cells]

    return fetch


def use_everything(tab):
    """Move each slider, write into each text, press each button of a page's examples but those that ask for a file."""
    tab.bring_to_front()
    cells = tab.locator(CELLS)
    for handle in cells.locator(".noUi-handle:visible").all():
        handle.press("ArrowRight")
    for text in cells.locator(TEXTS).all():
        text.fill("3")
        text.press("Tab")
    for button in cells.locator("button:visible:not(.the-reporter, .widget-upload)").all():
        button.click()


@pytest.mark.parametrize(
    ("package", "least"), [("ipywidgets", 9), pytest.param("anywidget", 2, marks=ONLY_PUBLISHED)]
)
def test_published_examples_are_shown_and_behave_as_in_voila(ways, pupil, examples, package, least):
    context, login = pupil
    found = examples(package)
    assert len(found) >= least, found
    path = ways.write(f"examples-of-{package}", add_report(make_notebook(found)))
    with ways.opened(context, path, login, "forked", "voila") as (ours, theirs):
        lines = read_same(ours, theirs)
        use_everything(ours.tab)
        use_everything(theirs.tab)
        read_same(ours, theirs, since=lines)
        assert not (difference := explain(ours.report(), theirs.report())), difference
