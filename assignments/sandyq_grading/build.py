"""From an assignment's folder to its packets: read, checked, made, tried, written only when they changed."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sandyq.authoring.problems import N_, Problem, TextError, make_problem, word_problem
from sandyq.i18n import LANGUAGES
from sandyq_grading.autotests import TEMPLATES, evaluate_offline, write_tests
from sandyq_grading.checks import check_agreement, check_sources_of, choose_front
from sandyq_grading.courses import read_course
from sandyq_grading.packets import Packet, PacketError, make_packet, read_files
from sandyq_grading.sources import Source, find_languages, find_sources, make_notebook, read_source
from sandyq_grading.validation import Fault, find_faults, read_notebooks

NOTES: Final = ".build-notes.json"
"""In the folder of packets, not committed: the versions that were tried and found good."""
_OF_A_LANGUAGE: Final = re.compile(rf"\.({'|'.join(LANGUAGES)})\.\w+$")


@dataclass(frozen=True)
class Draft:
    """A packet and what it was made from."""

    packet: Packet
    notebooks: Mapping[str, Any]
    beside: Mapping[str, bytes]
    texts: Mapping[str, Path]
    """The file of each notebook, to name it when it is at fault."""

    def find_problems(self) -> list[Problem]:
        """Try it; what is wrong, with the line of the cell."""
        return [self._word(fault) for fault in find_faults(self.notebooks, self.beside, self.packet.language)]

    def _word(self, fault: Fault) -> Problem:
        return word_fault(
            self.texts[fault.notebook], fault.cell, fault.message, fault.values, self.packet.language
        )


def word_fault(path: Path, cell: str, message: str, values: Mapping[str, object], language: str) -> Problem:
    return word_problem(path, find_cell(path, cell), message, {**values, "cell": cell}, language)


def find_cell(path: Path, cell: str) -> int:
    """Return the line of a text or notebook on which a cell's name stands; 1 when it cannot be found."""
    lines = path.read_text("utf-8").splitlines() if cell else []
    for name in (cell, re.sub("-(text|tests)$", "", cell)):  # a question's cells are named for it
        mark = re.compile(rf'(:id: |"(grade_)?id": *"){re.escape(name)}("|$)')
        for number, line in enumerate(lines, 1):
            if mark.search(line):
                return number
    return 1


def read_assignment(folder: Path) -> tuple[dict[str, list[Source]], list[Problem]]:
    """Read an assignment in all its languages and return all its problems; nothing when it cannot be read."""
    read: dict[str, list[Source]] = {}
    problems: list[Problem] = []
    for language in find_languages(folder):
        try:
            read[language] = [read_source(path) for path in find_sources(folder, language)]
        except TextError as error:
            problems.append(error.problem)
    if problems or not read:
        return {}, problems
    problems += [problem for sources in read.values() for problem in check_sources_of(sources)]
    first, *others = read.values()
    problems += [problem for other in others for problem in check_agreement(first, other)]
    return read, [*problems, *_check_languages(read)]


def _check_languages(read: Mapping[str, list[Source]]) -> Iterable[Problem]:
    """Kazakh and Russian pupils get the same; exactly one language was written first."""
    fronts = [choose_front(sources) for sources in read.values()]
    for language in ("kk", "ru"):
        if language not in read:
            message = N_("the assignment is missing in the language “{language_code}”. Write it.")
            yield make_problem(fronts[0].path, 1, message, language_code=language)
    if sum(front.front.get("translation") == "source" for front in fronts) != 1:
        message = N_("exactly one language must say “translation: source”. Write “draft” in the others.")
        yield make_problem(fronts[0].path, fronts[0].find_line("translation"), message)


def draft_assignment(folder: Path) -> tuple[list[Draft], list[Problem]]:
    """Make the packets of ``<course>/<name>`` in all languages, or say what hinders."""
    read, problems = read_assignment(folder)
    if any(not problem.warning for problem in problems):
        return [], problems
    drafts: list[Draft] = []
    for language, sources in read.items():
        texts = {source.name: source.path for source in sources}
        place, beside = (folder.parent.name, folder.name, language), _read_beside(folder, language)
        try:
            notebooks = {
                source.name: write_tests(source.name, make_notebook(source), evaluate_offline(beside))
                for source in sources
            }
            drafts.append(_draft(place, notebooks, beside, choose_front(sources).front, texts))
        except PacketError as error:
            path = texts[error.notebook]
            problems.append(word_fault(path, error.cell, error.message, error.values, language))
    return drafts, problems


def _draft(
    place: tuple[str, str, str],
    notebooks: Mapping[str, Any],
    beside: Mapping[str, bytes],
    front: Mapping[str, Any],
    texts: Mapping[str, Path],
) -> Draft:
    return Draft(make_packet(place, notebooks, beside, front), notebooks, beside, texts)


def _read_beside(folder: Path, language: str) -> dict[str, bytes]:
    """Data files of all languages and of this one (``milk.kk.csv``)."""
    found = read_files(folder)
    kept = {name: _OF_A_LANGUAGE.search(name) for name in found if not name.endswith(".md")}
    return {name: found[name] for name, own in kept.items() if own is None or own[1] == language}


def draft_import(folder: Path, course: str, language: str) -> Draft:
    """Make a packet of a folder with nbgrader source notebooks, as it is and as its course's configuration has it.

    What the first notebook says of the assignment under ``metadata.sandyq`` is taken over. Raises
    :class:`PacketError` when nbgrader cannot take a notebook.
    """
    of_course = folder.parent.parent / TEMPLATES
    templates = of_course.read_text("utf-8") if of_course.is_file() else ""

    def settle(name: str, notebook: Any) -> Any:
        return read_course(folder.parent.parent, name).settle(name, notebook)

    notebooks, beside = read_notebooks(folder, templates=templates, settle=settle)
    front: Mapping[str, Any] = next(
        (each.metadata["sandyq"] for each in notebooks.values() if "sandyq" in each.metadata), {}
    )
    texts = {name: folder / f"{name}.ipynb" for name in notebooks}
    return _draft((course, folder.name, language), notebooks, beside, front, texts)


def try_drafts(drafts: list[Draft], notebooks: Path) -> list[list[Problem]]:
    """Try all that were not found good before, some at once; return the problems of each."""
    notes = notebooks / NOTES
    good = set[str]()
    with suppress(OSError, ValueError):
        good = set(json.loads(notes.read_text("utf-8")))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = list(
            pool.map(lambda draft: [] if draft.packet.version in good else draft.find_problems(), drafts)
        )
    good |= {draft.packet.version for draft, problems in zip(drafts, found, strict=True) if not problems}
    with suppress(OSError):  # somebody else's folder: it is tried anew each time
        notes.parent.mkdir(parents=True, exist_ok=True)
        notes.write_text(json.dumps(sorted(good), indent=1), "utf-8")
    return found
