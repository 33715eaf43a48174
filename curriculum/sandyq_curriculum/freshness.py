"""What was found good stays good until a byte of it changes: then nothing is read, parsed or executed again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from sandyq.i18n import LANGUAGES
from sandyq.settings import PROJECT

NOTES: Final = ".build-notes.json"
"""Beside ``catalogue.toml``, not committed; without it everything is checked once more."""
_CODE: Final = (
    "curriculum/sandyq_curriculum/**/*.py",
    "widgets/sandyq_widgets/**/*.*",
    "src/sandyq/*.*",
    "src/sandyq/authoring/*.py",
    "src/sandyq/locale/*/LC_MESSAGES/*.po",
    "requirements.lock",
)
"""What reads, checks and draws lessons."""


@dataclass
class Notes:
    """Of each lesson that had no errors: what it was made from, its notebooks, and what there was to warn of."""

    curriculum: Path
    lessons: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def read(cls, curriculum: Path) -> Notes:
        with suppress(OSError, ValueError):
            return cls(curriculum, dict(json.loads((curriculum / NOTES).read_text("utf-8"))))
        return cls(curriculum)

    def recall(self, slug: str, sources: str) -> list[str] | None:
        """Return the warnings of a lesson that is as it was noted; None when anything about it has changed.

        ``sources``: what ``hash_sources`` gives now.
        """
        noted = self.lessons.get(slug)
        if noted is None or noted["sources"] != sources:
            return None
        return (
            list(noted["warnings"]) if noted["notebooks"] == hash_notebooks(self.curriculum, slug) else None
        )

    def keep(self, slug: str, sources: str, warnings: Iterable[str]) -> None:
        """Note a good lesson; ``sources``: what ``hash_sources`` gave before and after they were read."""
        notebooks = hash_notebooks(self.curriculum, slug)
        self.lessons[slug] = {"sources": sources, "notebooks": notebooks, "warnings": list(warnings)}
        self._write()

    def _write(self) -> None:
        draft = self.curriculum / f"{NOTES}.draft"
        with suppress(OSError):  # somebody else's folder: it is checked anew each time
            draft.write_text(json.dumps(self.lessons, ensure_ascii=False, indent=1), "utf-8")
            draft.replace(self.curriculum / NOTES)


def hash_sources(curriculum: Path, slug: str) -> str:
    """Hash all that a lesson's checks and notebooks depend on."""
    folder = curriculum / "lessons" / slug
    others = ",".join(sorted(path.name for path in folder.parent.glob("*/")))  # links lead to them
    record = curriculum / "reviews" / f"{slug}.md"
    return _hash([*sorted(folder.rglob("*")), record], f"{hash_code()}\n{others}")


def hash_notebooks(curriculum: Path, slug: str) -> str:
    return _hash(curriculum / "notebooks" / language / f"{slug}.ipynb" for language in LANGUAGES)


@lru_cache
def hash_code() -> str:
    paths = sorted(path for pattern in _CODE for path in PROJECT.glob(pattern))
    return _hash(path for path in paths if path.suffix != ".pyc")


def _hash(paths: Iterable[Path], first: str = "") -> str:
    digest = hashlib.sha256(first.encode())
    for path in paths:
        if path.is_file():
            digest.update(f"\n{path}\n".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
