"""The examples in the published source packages of ipywidgets and anywidget, as notebooks.

Neither ships a notebook: ipywidgets has examples in its docstrings, anywidget in its docstrings and its README.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from textwrap import dedent

import nbformat
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

LITERAL = re.compile(r"::\n\s*((?:^[ ]+\S.*\n|^\s*\n)+)", re.MULTILINE)
"""A block of code in a docstring, as reStructuredText marks it."""
STEP = re.compile(r"^ *>>> (.*\n(?: *\.\.\..*\n)*)", re.MULTILINE)
FENCED = re.compile(r"```python\n(.*?)```", re.DOTALL)
PREFACE = "from ipywidgets import *\nfrom IPython.display import display"
SHOW_CLASSES = """
import anywidget
from IPython.display import display
for kind in [*globals().values()]:
    if isinstance(kind, type) and issubclass(kind, anywidget.AnyWidget) and kind is not anywidget.AnyWidget:
        display(kind())
"""
"""Examples of anywidget define widgets and leave it to their reader to show one."""


def find_examples(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield (where, cells) of each example below a folder."""
    for path in sorted(folder.rglob("*.py")):
        if "tests" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.Module)) and (
                text := ast.get_docstring(node)
            ):
                name = f"{path.stem} {getattr(node, 'name', '')}".strip()
                yield from read_docstring(name, text)
    for number, block in enumerate(FENCED.findall((folder / "README.md").read_text()), 1):
        yield f"README {number}", [block, SHOW_CLASSES]


def read_docstring(name: str, text: str) -> Iterator[tuple[str, list[str]]]:
    if steps := [
        re.sub(r"^ *\.\.\. ?", "", step, flags=re.MULTILINE) for step in STEP.findall(dedent(f"{text}\n"))
    ]:
        yield name, steps
    for number, block in enumerate(LITERAL.findall(f"{text}\n"), 1):
        if ">>>" not in block:
            yield f"{name} {number}", [dedent(block)]


def keep_what_runs(cells: list[str]) -> list[str]:
    """The cells before the first that fails: examples may use names that they do not make."""
    shell = InteractiveShell()
    with capture_output():
        shell.run_cell(PREFACE)
        return list(takewhile(lambda cell: shell.run_cell(cell).success, cells))


def make_notebook(examples: list[tuple[str, list[str]]]) -> nbformat.NotebookNode:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(PREFACE)])
    for name, cells in examples:
        notebook.cells.append(nbformat.v4.new_markdown_cell(f"## {name}"))
        notebook.cells += [nbformat.v4.new_code_cell(cell) for cell in cells]
    return notebook
