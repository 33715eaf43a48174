"""A small lesson that is right in every way, and ways to spoil it."""

from __future__ import annotations

from pathlib import Path

from sandyq.i18n import LANGUAGES
from sandyq_curriculum.lesson import Lesson, read_lesson

SOURCE = "en"
LESSON = """---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {name: python3, display_name: Python 3}
sandyq:
  slug: sheep
  title: Sheep
  summary: Count sheep.
  track: pupils
  subject: maths
  grades: [3, 4]
  minutes: 20
  competences: [PISA maths.employ]
  opens_in: rooms
  translation: TRANSLATION
  sources: [{what: text, where: made up here, licence: BSD-3-Clause}]
---

+++ {"id": "scene"}

# Sheep

Ten sheep stand in the yard.

```{code-cell}
:id: total
%%number id=total answer=10 points=2
How many?
hint: Count them.
```

```{code-cell}
:id: print
print("sheep", 5 + 5)  # a remark
```

```{code-cell}
:id: half
%%choice id=half
Half of ten?
- [ ] four
- [x] five
```

```{code-cell}
:id: word
%%short id=word
Who keeps sheep?
= shepherd
```

```{code-cell}
:id: twice
%%number id=twice answer=20
Twice ten?
```

```{code-cell}
:id: rest
%%number id=rest answer=7
Three go home.
```

```{code-cell}
:id: why
%%open id=why
Why do we count them?
rubric: A reason.
```

+++ {"id": "plan", "tags": ["teachers"]}

For the teacher.
"""


def write_lesson(folder: Path, *changes: tuple[str, str], language: str = "en") -> Path:
    text = LESSON.replace("TRANSLATION", "source" if language == SOURCE else "draft")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = folder / "lessons" / "sheep" / f"lesson.{language}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def make_lesson(folder: Path, *changes: tuple[str, str], language: str = "en") -> Lesson:
    return read_lesson(write_lesson(folder, *changes, language=language))


def write_curriculum(folder: Path) -> Path:
    """Write the lesson in all languages and a catalogue with it alone."""
    for language in LANGUAGES:
        write_lesson(folder, language=language)
    (folder / "catalogue.toml").write_text('[[lesson]]\nslug = "sheep"\n')
    return folder
