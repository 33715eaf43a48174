"""``./sandyq assignments``: packets from texts, and from any nbgrader course."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final, TextIO

from sandyq.authoring.problems import Problem
from sandyq.settings import PROJECT
from sandyq_grading.build import Draft, draft_assignment, draft_import, try_drafts, word_fault
from sandyq_grading.packets import PacketError, is_written, write_packet

ASSIGNMENTS: Final = PROJECT / "assignments"


def list_assignments(assignments: Path = ASSIGNMENTS) -> list[str]:
    """Return ``course/name`` of every assignment that is written as text."""
    folders = sorted({path.parent for path in (assignments / "courses").glob("*/*/*.md")})
    return [f"{folder.parent.name}/{folder.name}" for folder in folders]


def build(check: bool, names: list[str], out: TextIO, assignments: Path = ASSIGNMENTS) -> int:
    """Build the packets of the assignments named (all by default); with ``check`` only tell what is old.

    Returns 0, or 1 when one has problems or, with ``check``, a packet is out of date.
    """
    results = [draft_assignment(assignments / "courses" / name) for name in _choose(assignments, names)]
    problems = [problem for _, found in results for problem in found]
    drafts = [draft for made, _ in results for draft in made]
    _tell(problems, out)
    settled = _compare(drafts, assignments, out) if check else _settle(drafts, assignments / "notebooks", out)
    return 0 if settled and all(problem.warning for problem in problems) else 1


def _choose(assignments: Path, names: list[str]) -> list[str]:
    known = list_assignments(assignments)
    for name in names:
        if name not in known:
            raise ValueError(f"There is no assignment {name!r}. Use one of: {', '.join(known)}.")
    return names or known


def _tell(problems: Iterable[Problem], out: TextIO) -> None:
    for problem in problems:
        print(problem, file=out)


def _compare(drafts: list[Draft], assignments: Path, out: TextIO) -> bool:
    old = [draft.packet for draft in drafts if not is_written(draft.packet, assignments / "notebooks")]
    for packet in old:
        name = f"{packet.course}/{packet.name}"
        print(f"{name}/{packet.language}: out of date. Run ./sandyq assignments build {name}", file=out)
    return not old


def _settle(drafts: list[Draft], notebooks: Path, out: TextIO) -> bool:
    """Try and write packets; return whether all are good."""
    found = try_drafts(drafts, notebooks)
    for draft, problems in zip(drafts, found, strict=True):
        _tell(problems, out)
        if not problems:
            packet = draft.packet
            current = is_written(packet, notebooks)
            if not current:
                write_packet(packet, notebooks)
            state = "up to date" if current else "built"
            print(f"{packet.course}/{packet.name}/{packet.language}: {state}", file=out)
    return not any(found)


def import_course(
    folder: Path, course: str, language: str, out: TextIO, notebooks: Path = ASSIGNMENTS / "notebooks"
) -> int:
    """Make packets of an nbgrader course, its ``source`` folder or one assignment; 1 when one has problems."""
    drafts: list[Draft] = []
    failed = False
    for assignment in find_nbgrader(folder):
        try:
            drafts.append(draft_import(assignment, course, language))
        except PacketError as error:
            failed = True
            path = assignment / f"{error.notebook}.ipynb"
            _tell([word_fault(path, error.cell, error.message, error.values, language)], out)
    settled = _settle(drafts, notebooks, out)
    return 0 if settled and not failed else 1


def find_nbgrader(folder: Path) -> list[Path]:
    """Return the folders of nbgrader source notebooks; ValueError when there are none."""
    inner = folder / "source" if (folder / "source").is_dir() else folder
    found = sorted({path.parent for path in inner.glob("*/*.ipynb")}) or (
        [inner] if any(inner.glob("*.ipynb")) else []
    )
    if not found:
        raise ValueError(
            f"{folder} holds no nbgrader source notebooks. "
            "Give the course's folder (with source/ in it) or an assignment's."
        )
    return found
