"""What an nbgrader course's own ``nbgrader_config.py`` says of its notebooks: other marks, a header, a footer.

The file is a program; only values that are written out in it are read, nothing of it runs. All that comes after the
import knows nbgrader's usual marks alone, so a course's own are exchanged for them.
"""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import nbformat
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.preprocessors import ClearHiddenTests, ClearMarkScheme, ClearSolutions, InstantiateTests

from sandyq.authoring.problems import N_
from sandyq_grading.packets import PacketError

CONFIG: Final = "nbgrader_config.py"
USUAL: Final[dict[str, str]] = {
    f"{step.__name__}.{name}": trait.default_value
    for step in (ClearSolutions, ClearHiddenTests, ClearMarkScheme, InstantiateTests)
    for name, trait in step.class_traits().items()
    if name.endswith(("_delimeter", "_delimiter"))
}
"""nbgrader's own marks, by the name under which a course may set others."""
AROUND: Final = ("IncludeHeaderFooter.header", "IncludeHeaderFooter.footer")
UNREADABLE: Final = N_(
    "{setting} in nbgrader_config.py is not written out. Write its value there, in quotes."
)
NO_CONFIG: Final = N_("nbgrader_config.py cannot be read: {reason}. Mend it.")
NO_NOTEBOOK: Final = N_(
    "{setting} in nbgrader_config.py is no notebook: {path}. Mend the path or the notebook."
)


@dataclass(frozen=True)
class Course:
    """A course's folder and what its configuration says."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)

    def settle(self, name: str, notebook: Any) -> Any:
        """Return a source notebook with header and footer and nbgrader's usual marks.

        Raises :class:`PacketError` for a header or footer that is no notebook.
        """
        header, footer = (self._read_around(name, setting) for setting in AROUND)
        notebook.cells = [*header, *notebook.cells, *footer]
        marks = {own: USUAL[each] for each, own in self.settings.items() if each in USUAL and own}
        if marks:
            found = re.compile("|".join(map(re.escape, sorted(marks, key=len, reverse=True))))
            for cell in notebook.cells:
                cell.source = found.sub(lambda own: marks[own[0]], cell.source)
        return notebook

    def _read_around(self, name: str, setting: str) -> list[Any]:
        path = self.settings.get(setting)
        if not path:
            return []
        try:
            notebook = nbformat.read(self.folder / path, as_version=4)
            return list(MetadataValidator().upgrade_notebook_metadata(notebook).cells)
        except Exception as problem:  # whatever a reader stumbles over
            raise PacketError(name, "", NO_NOTEBOOK, setting=setting, path=path) from problem


def read_course(folder: Path, notebook: str) -> Course:
    """Return the course in a folder; :class:`PacketError`, naming ``notebook``, where its settings cannot be read."""
    path = folder / CONFIG
    if not path.is_file():
        return Course(folder)
    try:
        tree = ast.parse(path.read_text("utf-8"))
    except (SyntaxError, ValueError) as problem:
        raise PacketError(notebook, "", NO_CONFIG, reason=str(problem)) from None
    settings: dict[str, str] = {}
    for setting, value in _list_settings(tree):
        if not isinstance(value, ast.Constant) or not isinstance(value.value, str):
            raise PacketError(notebook, "", UNREADABLE, setting=setting)
        settings[setting] = value.value
    return Course(folder, settings)


def _list_settings(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    """Yield ``c.Class.name = value`` for what matters here, wherever it stands."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign):
            continue
        for target in node.targets:
            name = ast.unparse(target).partition(".")[2]
            if name in USUAL or name in AROUND:
                yield name, node.value
