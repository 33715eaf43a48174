"""A teacher's own notebooks: made into a packet and tried in the sandbox before anybody gets them."""

from __future__ import annotations

import json
import tempfile
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, Final

from sandyq.authoring.problems import N_
from sandyq.i18n import translator
from sandyq_grading.autotests import Evaluate
from sandyq_grading.grading import Tick, grade
from sandyq_grading.kernel import KernelGone
from sandyq_grading.notebooks import JSON
from sandyq_grading.packets import PacketError, make_packet
from sandyq_grading.sandbox import Sandbox
from sandyq_grading.validation import EARNS_LESS, FAILS, describe_empty, read_notebooks

NO_NOTEBOOK: Final = N_("“{notebook}” is no notebook that can be read. Save it in Lab and send it again.")
NOTHING_GRADED: Final = N_(
    "no cell gives points. In Lab open “Create Assignment” on the right and mark tests and answers."
)


def prepare(uploaded: Path, wish: JSON, sandbox: Sandbox, tick: Tick = lambda _done, _of: None) -> JSON:
    """Return the body of ``POST …/own/<id>/result``: a packet's files, or what hinders in the author's language.

    ``uploaded``: nbgrader source notebooks and the files beside them; ``wish``: name, language, title, kind, minutes.
    Raises NoKernel where none starts.
    """
    say = translator(wish["language"])
    try:
        with sandbox.pack(uploaded, uploaded) as box:
            notebooks, beside = read_notebooks(uploaded, _evaluate_in(sandbox, box))
        packet = make_packet(("own", wish["name"], wish["language"]), notebooks, beside, wish)
    except PacketError as error:
        return _refuse(f"{error.notebook}: {say(error.message).format(cell=error.cell, **error.values)}")
    except Exception:  # nbformat's readers raise whatever they stumble over
        names = ", ".join(sorted(path.name for path in uploaded.glob("*.ipynb")))
        return _refuse(say(NO_NOTEBOOK).format(notebook=names))
    with tempfile.TemporaryDirectory(dir=sandbox.folder, prefix="own-") as name:
        folder = Path(name)
        for file, content in packet.files.items():
            path = folder / PurePosixPath(file)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        solved = grade(folder / "source", folder / "source", sandbox, tick)
        empty = grade(folder / "source", folder / "release", sandbox, tick)
    faults = [
        f"{notebook}: {say(message).format(**values)}"
        for notebook, message, values in _find_faults(solved, empty)
    ]
    if not any(each["cells"] for each in solved["notebooks"]):
        faults.append(say(NOTHING_GRADED))
    if faults:
        return _refuse(*faults)
    files = {file: b64encode(content).decode() for file, content in packet.files.items()}
    return {"status": "ready", "faults": [], "files": files}


def _evaluate_in(sandbox: Sandbox, box: Path) -> Evaluate:
    def evaluate(expression: str) -> str:
        try:
            with sandbox.open(box, lambda: None) as kernel:
                return kernel.evaluate(expression)
        except KernelGone as problem:
            return json.dumps({"cell": 0, "reason": str(problem)})

    return evaluate


def _refuse(*faults: str) -> JSON:
    return {"status": "refused", "faults": list(faults), "files": {}}


def _find_faults(solved: JSON, empty: JSON) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for notebook in solved["notebooks"]:
        for cell in notebook.get("cells", ()):
            if cell["score"] is not None and cell["score"] < cell["points"]:
                failure = cell.get("failure") or {}
                reason = f"{failure.get('kind')}: {failure.get('text')}".rstrip(".") if failure else ""
                values = {"cell": cell["id"], "reason": reason, "score": f"{cell['score']:g}"}
                yield (
                    notebook["name"],
                    FAILS if reason else EARNS_LESS,
                    values | {"points": f"{cell['points']:g}"},
                )
    for notebook in empty["notebooks"]:
        for cell in notebook.get("cells", ()):
            told = describe_empty(cell["score"] or 0.0, cell["points"]) if cell["points"] else None
            if told:
                message, values = told
                yield notebook["name"], message, {"cell": cell["id"], **values}
