"""What browsers of spring 2021 cannot do is not in what they are sent: old PCs of schools have no newer ones."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from sandyq.settings import PROJECT
from sandyq_hub.parts import find_node

ROOMS = PROJECT / "hub_config" / "sandyq_hub" / "rooms"
FOLDERS = [
    ROOMS / "front",
    ROOMS.parent / "templates",
    PROJECT / "portal" / "sandyq_portal",
    PROJECT / "widgets" / "sandyq_widgets" / "static",
    PROJECT / "voila_apps" / "sandyq_apps",
]
OURS = sorted(path for folder in FOLDERS for path in folder.rglob("*") if path.suffix in {".js", ".css"})
NEWER = {
    ".js": r"""
        \.at\( | \.findLast(Index)?\( | \.to(Sorted|Reversed|Spliced)\( | \.group(By|ToMap)?\( | \.fromAsync\(
        | \.(union|intersection|difference|symmetricDifference|isSubsetOf|isSupersetOf|isDisjointFrom)\(
        | \bObject\.hasOwn\b | \bstructuredClone\( | \bAbortSignal\.(any|timeout)\b | \.throwIfAborted\(
        | \bPromise\.(withResolvers|try)\b | \bcrypto\.randomUUID\b | \bIntl\.Segmenter\b | \bscheduler\.
        | \.(isWellFormed|toWellFormed)\( | \.(showModal|showPopover|hidePopover|togglePopover|checkVisibility)\(
        | \bcause: | \.inert\b | \bstartViewTransition\( | \bsetHTML(Unsafe)?\( | \bIterator\. | :has\(
        """,
    ".css": r"""
        :has\( | @container\b | @layer\b | @scope\b | @starting-style\b | \bcolor-mix\( | \boklch\( | \blight-dark\(
        | \d(dvh|svh|lvh|dvw|cqw|cqi)\b | \btext-wrap\s*: | :user-valid
        | \binset-area\b | \bfield-sizing\b | \bsubgrid\b | (^|[;{])\s*(translate|rotate|scale)\s*:
        """,
}
"""What Chrome 90 or Firefox 90 has not, by the kind of file; MDN says since when."""


def find_newer(text: str, kind: str) -> list[str]:
    without_comments = re.sub(r"/\*.*?\*/|(?m:^\s*//.*$)", "", text, flags=re.DOTALL)
    return [found[0].strip() for found in re.finditer(NEWER[kind], without_comments, re.VERBOSE)]


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_our_scripts_and_styles_use_nothing_newer(path):
    assert find_newer(path.read_text(), path.suffix) == []


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (".js", "list.at(-1)"),
        (".js", "AbortSignal.any([a])"),
        (".css", "p:has(a) {}"),
        (".css", "a { scale: 2 }"),
    ],
)
def test_something_newer_would_be_found(kind, text):
    assert find_newer(text, kind)


def write_for(target, text):
    command = [PROJECT / "node_modules/.bin/esbuild", "--loader=js", f"--target={target}"]
    environment = os.environ | {"PATH": f"{Path(find_node()).parent}:{os.environ['PATH']}"}
    made = subprocess.run(command, input=text, env=environment, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    return made.stdout


def read_targets():
    """The browsers that the build translates for."""
    found = re.search(r"target: \[([^\]]+)\]", (ROOMS / "front" / "build.mjs").read_text())
    return ",".join(re.findall(r'"(\w+)"', found[1]))


@pytest.mark.parametrize("path", sorted((ROOMS / "built").glob("*.js")), ids=lambda path: path.name)
def test_the_build_is_translated_for_them(path):
    text = path.read_text()
    assert write_for(read_targets(), text) == write_for("esnext", text)


@pytest.mark.parametrize(
    "path", [p for p in OURS if p.suffix == ".js" and p.parent.name != "front"], ids=lambda path: path.name
)
def test_what_is_sent_as_it_is_written_needs_no_translation(path):
    """A ``?.`` is: one rare form of it, which we have not, is wrong in Chrome 90, and esbuild translates them all."""
    text = path.read_text()
    targets = read_targets().replace("chrome90", "chrome91")
    assert write_for(targets, text) == write_for("esnext", text)


def test_newer_syntax_would_be_translated():
    newer = "class A { static { a ||= 1; } }"
    assert write_for(read_targets(), newer) != write_for("esnext", newer)
