"""A small assignment that is right in every way, and ways to spoil it."""

from __future__ import annotations

from pathlib import Path

ASSIGNMENT = """---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {name: python3, display_name: Python 3, language: python}
sandyq:
  title: Sheep
  summary: Count sheep.
  kind: fa
  subject: informatics
  track: pupils
  grades: [7]
  minutes: 20
  translation: TRANSLATION
  sources: [{what: text, where: made up here, licence: CC BY 4.0}]
  licence: CC BY 4.0
---

+++ {"id": "ask"}

How many sheep are in `sheep.csv`?

```{code-cell}
:id: read
:grade: given
lines = open("sheep.csv").read().split()
```

```{code-cell}
:id: total
:grade: solution
total = len(lines)
```

```{code-cell}
:id: total-tests
:grade: tests 3
assert total > 0, "more than none"
### BEGIN HIDDEN TESTS
assert total == 2
### END HIDDEN TESTS
```

```{code-cell}
:id: legs
%%choices id=legs points=2
What has four legs?
- [x] a sheep
- [ ] a hen | two
- [x] a goat
```

+++ {"id": "why-text"}

Why do we count them?

+++ {"id": "why", "grade": "answer 2"}

None must be lost.

=== BEGIN MARK SCHEME ===
- 1: a reason
- 1: an example
=== END MARK SCHEME ===

+++ {"id": "walk", "grade": "task 1"}

Count the sheep of your street.

=== BEGIN MARK SCHEME ===
- 1: a number
=== END MARK SCHEME ===
"""


def write_text(folder: Path, language: str, *changes: tuple[str, str]) -> Path:
    """Write the assignment in a language; kk is its source."""
    text = ASSIGNMENT.replace("TRANSLATION", "source" if language == "kk" else "draft")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"sheep.{language}.md"
    path.write_text(text, "utf-8")
    return path


def write_assignment(assignments: Path, *changes: tuple[str, str]) -> Path:
    """Write ``courses/farm/sheep`` in Kazakh and Russian, the latter changed; return its folder."""
    folder = assignments / "courses" / "farm" / "sheep"
    write_text(folder, "kk")
    write_text(folder, "ru", *changes)
    (folder / "sheep.csv").write_text("dolly\nmolly\n")
    (folder / "names.ru.csv").write_text("Долли\n")
    return folder
