"""A lesson's questions with their keys, read from its notebook: the portal judges where a kernel may not know them."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from sandyq_portal.catalogue import Catalogue, read_stamp
from sandyq_widgets.errors import QuestionError
from sandyq_widgets.kinds.base import Spec
from sandyq_widgets.parsing import read_question


def find_spec(catalogue: Catalogue, slug: str, language: str, question: str) -> Spec | None:
    """Return a question of a lesson in the wished language, else in any it exists in; None where there is none."""
    lesson = catalogue.lesson(slug, language)
    if lesson is None:
        return None
    path = catalogue.path(lesson)
    return _read_specs(path, read_stamp(path)).get(question)


@lru_cache(maxsize=200)
def _read_specs(path: Path, _stamp: tuple[int, int]) -> dict[str, Spec]:
    cells = json.loads(path.read_text("utf-8"))["cells"]
    sources = ("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    return {spec.id: spec for source in sources if (spec := _read_spec(source))}


def _read_spec(source: str) -> Spec | None:
    try:
        return read_question(source)
    except QuestionError:  # its page says so to whoever reads it
        return None
