"""The same notebooks served three ways: forked rooms, rooms without a fork server, and the plain ``voila`` command."""

from __future__ import annotations

import difflib
import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import jupytext
import nbformat
from playwright.sync_api import BrowserContext, Page, Response, TimeoutError

from rehearsal import PATIENCE, Demo, answers, free_port, wait_for
from sandyq.settings import PROJECT
from sandyq_hub.rooms.start import TEMPLATE_ROOT

VOILA_CONFIG = Path(__file__).with_name("stock_voila.py")
READ_PAGE = Path(__file__).with_name("page_lines.js").read_text()
CELLS = "#sq-cells, #rendered_cells > div"
MAKE_ALIKE = r"""() => {
    for (const drawn of document.querySelectorAll("span:has(> .katex, > .katex-display)")) {
        drawn.replaceWith(drawn.querySelector("annotation").textContent);
    }
    const trees = document.querySelectorAll(".jp-RenderedJSON, [data-mime-type='application/json']");
    for (const json of trees) json.remove();
    for (const link of document.querySelectorAll(".jp-RenderedText > pre > a")) link.replaceWith(link.textContent);
    for (const picture of document.querySelectorAll("img:not([alt])")) picture.alt = "";
    document.querySelector(".the-report")?.remove();
    document.body.normalize();
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) texts.currentNode.data = texts.currentNode.data.replace(/\$+|\\[()[\]]/g, "");
}"""
UNNAME = """() => {
    for (const named of document.querySelectorAll("[data-named]")) named.removeAttribute(named.dataset.named);
    for (const header of document.querySelectorAll(".jupyter-widget-Collapse-header")) header.removeAttribute("role");
    for (const { style } of document.querySelectorAll(".jupyter-widget-tagsinput > .widget-text")) {
        if (style.display === "none") style.setProperty("display", "none", "important");
    }
}"""
"""Take away the names and fields for tags that ours has given; after the last change, else they are given again."""
DRAWN = """() => (document.body?.classList.contains("sq-drawn")
        || document.getElementById("rendered_cells") && !document.getElementById("loading"))
    && !document.querySelector("script[type='application/vnd.voila.cell-output+json']")
    && new Promise((quiet) => {
        let timer = setTimeout(quiet, 300, true);
        const watch = new MutationObserver(() => { clearTimeout(timer); timer = setTimeout(quiet, 300, true); });
        watch.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    })"""
"""Every output is drawn and nothing has changed for a moment."""
LOADED = "() => document.readyState === 'complete' && !document.getElementById('loading')"
BEGIN_REPORT = """import ipywidgets as _ipywidgets
_earlier = set(_ipywidgets.widgets.widget._instances)"""
"""A forked kernel has been rehearsed, with widgets of which no page knows."""
REPORT = Path(__file__).with_name("report_states.py").read_text()
END_KERNEL = """() => {
    const { baseUrl, kernelId } = JSON.parse(document.getElementById("jupyter-config-data").textContent);
    const form = new FormData();
    form.append("_xsrf", /_xsrf=([^;]*)/.exec(document.cookie)?.[1] ?? "");
    const address = `${baseUrl}voila/api/shutdown/${kernelId}`;
    return fetch(address, { method: "POST", body: form }).then((reply) => reply.status);
}"""
"""What Voilà's page asks when it is left."""
SPOKEN = [
    # Our icons say by themselves that they are decoration; Voilà's, of an older Font Awesome, are letters.
    (r" ?[\ue000-\uf8ff] ?", " "),
    (r'" ?([^"\n]*?) ?"', r'"\1"'),
    (r' ""', ""),
    (r"(?m)(?<=\S) +$", ""),
    (r"(?<=\S) {2,}", " "),
]
SETTLING = 60.0
"""Seconds after which what differs is a difference."""

NAMES = "|".join(
    [
        # Ids of kernels, widgets' models and blobs, new in each execution.
        r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])",
        # Our questions name their inputs by Math.random().
        r"\bsq-[0-9a-z]{6,20}\b(?=[-\" ])",
        # Where an object lies in memory, in Python's way to print one that has no other.
        r"(?<= at )0x[0-9a-f]+\b",
    ]
)
"""What is named anew in each page; who refers to whom must be the same, so each becomes its place in the order."""
PLACES = [
    # An accordion's headers are keys by keyboard in ours only.
    (r'(jupyter-widget-Collapse-header lm-Widget") role="button" tabindex="0"', r"\1"),
    # Each of the servers compared has a port of its own, which stands in the addresses of fonts and blobs.
    (r"127\.0\.0\.1:\d+", "HOST"),
    # Rooms put versions into scripts' addresses, so that browsers may keep them.
    (r"(/voila/(?:static|labextensions))-[0-9a-f]{12}\b", r"\1"),
]


def normalise(text: str) -> list[str]:
    """Lines of a page without what differs between any two openings of it."""
    for pattern, place in PLACES:
        text = re.sub(pattern, place, text)
    seen: dict[str, str] = {}
    return re.sub(NAMES, lambda name: seen.setdefault(name[0], f"#{len(seen) + 1}"), text).splitlines()


def explain(ours: list[str], theirs: list[str]) -> str:
    """What differs."""
    return "\n".join(difflib.unified_diff(theirs, ours, "Voilà's own", "ours", n=2, lineterm=""))


@dataclass
class Opened:
    """One page in one tab."""

    tab: Page
    reply: Response

    @property
    def html(self) -> list[str]:
        """As it was served; to be asked before the page goes elsewhere."""
        return normalise(self.reply.text())

    def read(self, whole: bool = False) -> list[str]:
        """What its cells show, or the ``whole`` page; a tab that is not in front draws later."""
        self.tab.bring_to_front()
        self._wait(DRAWN)
        return normalise("\n".join(self.tab.evaluate(READ_PAGE, whole)))

    def _wait(self, condition: str, about: object = None) -> None:
        """Wait by the clock, not by frames, which a tab that is not in front does not draw."""
        try:
            self.tab.wait_for_function(condition, arg=about, timeout=PATIENCE * 1000, polling=100)
        except TimeoutError as problem:
            shown = self.tab.locator("body").inner_text()[-1000:]
            raise AssertionError(f"{self.tab.url} still shows:\n{shown}") from problem

    def press(self, name: str) -> None:
        self.tab.bring_to_front()
        self.tab.locator("button.jupyter-button", has_text=name).first.click()

    def report(self) -> list[str]:
        """What the kernel knows of all widgets, after all that was done before."""
        self.tab.bring_to_front()
        before = self.tab.locator(".the-report").inner_text()
        self.tab.locator(".the-reporter").click()
        self._wait("before => document.querySelector('.the-report').innerText !== before", before)
        _, states = json.loads(self.tab.locator(".the-report").inner_text())
        return normalise(
            "\n".join(
                line
                for name, state in states
                for line in (
                    name,
                    *(f" {key}: {json.dumps(state[key], sort_keys=True)}" for key in sorted(state)),
                )
            )
        )

    def listen(self) -> list[str]:
        """The page's cells as a screen reader has them; formulas become texts, so this is the last that is asked."""
        self.tab.evaluate(MAKE_ALIKE)
        self._wait(DRAWN)
        self.tab.evaluate(UNNAME)
        tree = self.tab.locator(CELLS).aria_snapshot()
        for pattern, place in SPOKEN:
            tree = re.sub(pattern, place, tree)
        return normalise(tree)


def read_same(ours: Opened, theirs: Opened, since: list[str] | None = None, whole: bool = False) -> list[str]:
    """Wait until two pages are the same, and other than ``since``; return their lines or fail with what differs."""
    end = None
    while True:
        one, other = ours.read(whole), theirs.read(whole)
        end = end or time.monotonic() + SETTLING  # from the moment at which both are drawn
        if one == other and one != since:
            return one
        if time.monotonic() > end:
            raise AssertionError(explain(one, other) or "nothing happens")


@dataclass
class Ways:
    """The three servers: ``forked``, ``stock``, ``voila``."""

    demo: Demo
    folder: Path
    urls: dict[str, str]

    def log(self, way: str) -> str:
        return (self.folder / f"{way}.log").read_text()

    def address(self, way: str, path: str, login: str) -> str:
        kind, *language, name = path.split("/")
        if way != "voila":
            return f"{self.urls[way]}/{path}"
        folder = "/".join(["notebooks", *language]) if kind == "lesson" else "apps"
        query = urlencode({"login": login, "kind": kind, "language": (*language, self.demo.language)[0]})
        return f"{self.urls[way]}/voila/render/{folder}/{name}.ipynb?{query}"

    def write(self, name: str, notebook: nbformat.NotebookNode) -> str:
        """Add a lesson in the demo's language; return its path."""
        nbformat.write(notebook, self.folder / "notebooks" / self.demo.language / f"{name}.ipynb")
        return f"lesson/{self.demo.language}/{name}"

    @contextmanager
    def opened(self, context: BrowserContext, path: str, login: str, *ways: str) -> Iterator[list[Opened]]:
        """Open a page in several ways at once."""
        tabs = [context.new_page() for _ in ways]
        try:
            replies = [
                tab.goto(self.address(way, path, login), wait_until="commit")
                for way, tab in zip(ways, tabs, strict=True)
            ]
            logs = [self.log(way)[-3000:] for way in ways]
            assert all(reply.ok for reply in replies), [
                (reply.url, reply.status, log)
                for reply, log in zip(replies, logs, strict=True)
                if not reply.ok
            ]
            if "voila" in ways:
                place = ways.index("voila")
                replies[place] = reload_until_loaded(tabs[place], replies[place])
            yield [Opened(tab, reply) for tab, reply in zip(tabs, replies, strict=True)]
            if "voila" in ways:
                tab = tabs[ways.index("voila")]
                assert tab.evaluate(END_KERNEL) == 204, "with fifty kernels the plain command stands still"
        finally:  # a page that is left open keeps connections of the few that a browser makes to one server
            for tab in tabs:
                tab.close()


def reload_until_loaded(tab: Page, reply: Response) -> Response:
    """Return the reply that brought a page of the plain command which has loaded.

    On a busy machine one with many widgets may still say that it is loading after two minutes. It is what ours is
    compared with, so it is loaded anew, as somebody at a PC would do; ours gets no second try.
    """
    for _ in range(2):
        try:
            tab.bring_to_front()
            tab.wait_for_function(LOADED, timeout=PATIENCE * 1000, polling=100)
            break
        except TimeoutError:
            reply = tab.reload(wait_until="commit")
    return reply


def make_notebook(cells: list[tuple[str, list[str]]], **about: object) -> nbformat.NotebookNode:
    """``cells``: (source, tags); a source that starts with a hash sign is a text."""
    notebook = nbformat.v4.new_notebook(metadata={"sandyq": about})
    for source, tags in cells:
        new = nbformat.v4.new_markdown_cell if source.startswith("#") else nbformat.v4.new_code_cell
        notebook.cells.append(new(source, metadata={"tags": tags}))
    return notebook


def read_notebook(path: Path) -> nbformat.NotebookNode:
    """Read cells as Jupytext writes them; add one that tells what the kernel knows of all widgets."""
    notebook = jupytext.reads(path.read_text(), "py:percent")
    return add_report(notebook)


def add_report(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """A last cell: a button that shows what the kernel knows of all widgets, in the order in which they were made."""
    notebook.cells.insert(0, nbformat.v4.new_code_cell(BEGIN_REPORT))
    notebook.cells.append(nbformat.v4.new_code_cell(REPORT))
    return notebook


def start_way(way: str, folder: Path, demo: Demo) -> tuple[subprocess.Popen, str]:
    """Start one server for the notebooks in ``folder``, in the name of the demo's rooms."""
    home, port = folder / way, free_port()
    home.mkdir()
    (home / "secrets").symlink_to(demo.home / "secrets")  # who signed in at the demo is signed in here
    environment = demo.part("rooms").environ() | {"SANDYQ_HOME": str(home), "SANDYQ_ROOMS_PORT": str(port)}
    if way != "forked":
        environment |= {
            "SANDYQ_FORK_SOCKET": "",
            "SANDYQ_UID_BASE": "0",
        }  # isolated rooms start nothing themselves
    command = [sys.executable, "-m", "sandyq_hub.rooms"]
    command += [f"--Rooms.{kind}_dir={folder / kind}" for kind in ("notebooks", "apps")]
    if way == "voila":
        shutil.copy(VOILA_CONFIG, home / "voila.py")
        environment |= {"JUPYTER_PATH": str(TEMPLATE_ROOT), "JUPYTER_CONFIG_DIR": str(home)}
        command = [str(Path(sys.executable).with_name("voila")), f"--port={port}"]
    with (folder / f"{way}.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=log)
    return process, f"http://127.0.0.1:{port}/services/rooms"


@contextmanager
def running_ways(demo: Demo, folder: Path) -> Iterator[Ways]:
    """Serve our notebooks and those that are written later."""
    shutil.copytree(PROJECT / "curriculum/notebooks", folder / "notebooks")
    shutil.copytree(PROJECT / "voila_apps", folder / "apps", ignore=shutil.ignore_patterns("sandyq_apps"))
    started = {way: start_way(way, folder, demo) for way in ("forked", "stock", "voila")}
    try:
        for way, (_, url) in started.items():
            asset = f"{url}/voila/static/voila.js" if way == "voila" else f"{url}/health"
            wait_for(lambda asset=asset: answers(asset), f"{way} to answer")
        yield Ways(demo, folder, {way: url for way, (_, url) in started.items()})
    finally:
        for process, _ in started.values():
            process.terminate()
        for process, _ in started.values():
            process.wait(20)
