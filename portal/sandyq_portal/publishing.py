"""A teacher's own lesson: what came from their notebook, checked, and written where rooms find it."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, count
from pathlib import Path
from typing import Final

from sandyq.authoring.front import SCREEN_MINUTES, TOO_LONG
from sandyq.durable import make_folder, write_durably
from sandyq.school.alphabets import transliterate
from sandyq.school.kept import GONE
from sandyq.school.tables import ClassGroup
from sandyq.settings import Settings
from sandyq_portal.borrowed import Source, write_credits
from sandyq_portal.identity import Visitor
from sandyq_widgets.errors import QuestionError
from sandyq_widgets.kinds import KINDS
from sandyq_widgets.kinds.base import Spec
from sandyq_widgets.notebook import (
    PlainCell,
    describe_question,
    embed_pictures,
    find_pictures,
    find_tables,
    frame,
    write_notebook,
)
from sandyq_widgets.parsing import read_question
from sandyq_widgets.units import bind_units

MOST_CELLS: Final = 200
MOST_LETTERS: Final = 500_000
MOST_OF_PICTURES: Final = 3_000_000
"""Characters of base64: old PCs get them with the page."""
HEADING: Final = re.compile(r"^# +(.+)$", re.MULTILINE)
_PASTED: Final = re.compile(rf"^ *%%?(?:{'|'.join(KINDS)})\b.*", re.MULTILINE)
LONGEST_NAME: Final = 40
"""Characters of a name, before a number is put behind it."""
PANEL: Final = "%author"
"""The cell with the author's own buttons, which pupils do not need."""


@dataclass(frozen=True)
class Trouble:
    """What keeps a notebook from being published: in which cell (from 1; 0: in all), and what to do."""

    cell: int
    message: str


@dataclass(frozen=True)
class Draft:
    """A notebook on its way to a class."""

    name: str
    """The notebook file's name without its ending: published again, it takes the place of what was there."""
    cells: tuple[PlainCell, ...]
    minutes: int
    files: dict[str, str]
    """Tables of data that its cells show, by name."""
    mark: str = ""
    """What tells it from others also when it is renamed; empty: nothing does."""
    names: frozenset[str] = frozenset()
    """How the author's notebooks are called now."""


@dataclass(frozen=True)
class Checked:
    title: str
    questions: tuple[Spec, ...]
    troubles: tuple[Trouble, ...]


def check_draft(draft: Draft, gettext: Callable[[str], str]) -> Checked:
    """Find the title and the questions, and everything that keeps the notebook from being a lesson."""
    troubles: list[Trouble] = []
    questions: dict[str, Spec] = {}
    title = ""
    for number, cell in enumerate(draft.cells, start=1):
        if not cell.is_code:
            title = title or find_title(cell)
            troubles += check_text(number, cell, gettext)
            continue
        if trouble := check_code(cell.source, gettext):
            troubles.append(Trouble(number, trouble))
            continue
        try:
            spec = read_question(cell.source)
        except QuestionError as error:
            troubles.append(Trouble(number, error.tell(gettext)))
            continue
        for _, name in find_tables(cell.source):
            if name not in draft.files:
                message = gettext(
                    "There is no file “{name}” beside the lesson. Put it there or mend the name."
                )
                troubles.append(Trouble(number, message.format(name=name)))
        if spec is None:
            continue
        if spec.id in questions:
            message = gettext("another question in this notebook has this name. Give it a name of its own.")
            troubles.append(Trouble(number, f"{spec.id}: {message}"))
        questions[spec.id] = spec
    if not title:
        troubles.append(
            Trouble(0, gettext("The lesson has no title. Write it in a text cell, after # and a space."))
        )
    if not questions and not troubles:
        troubles.append(
            Trouble(0, gettext("The lesson has no question yet. Add a cell with, for example, %%choice."))
        )
    if is_too_large(draft.cells):
        troubles.append(Trouble(0, gettext("The notebook is too large for one lesson. Divide it into two.")))
    return Checked(title, tuple(questions.values()), tuple(troubles))


def check_minutes(minutes: int, group: ClassGroup, gettext: Callable[[str], str]) -> Iterator[Trouble]:
    """Tell of more minutes than the youngest of a class may be at a screen."""
    limit = find_limit(group)
    if limit and minutes > limit:
        message = gettext(TOO_LONG).format(value=minutes, grade=min(group.grades), limit=limit)
        yield Trouble(0, message)


def find_limit(group: ClassGroup) -> int | None:
    """Return the minutes that a class may be at a screen without a break; None where there is no rule."""
    return SCREEN_MINUTES.get(min(group.grades, default=0))


def check_text(number: int, cell: PlainCell, gettext: Callable[[str], str]) -> Iterator[Trouble]:
    """Tell of a question that no code cell asks, and of pictures that pupils would not see."""
    if pasted := _PASTED.search(cell.source):
        message = gettext("“{found}” stands in a text cell. Make it a code cell, and it becomes a question.")
        yield Trouble(number, message.format(found=pasted[0]))
    for name in find_missing_pictures(cell):
        message = gettext(
            "There is no picture “{name}” beside the lesson. "
            "Put it there as PNG or JPEG, or paste it into the cell."
        )
        yield Trouble(number, message.format(name=name))


def find_missing_pictures(cell: PlainCell) -> list[str]:
    """Return the pictures of a text that neither came along nor stand in the text itself."""
    came = {f"attachment:{name}" for name, forms in cell.attachments.items() if forms}
    return [name for name in find_pictures(cell.source) if name not in came and not name.startswith("data:")]


def find_title(cell: PlainCell) -> str:
    """Return the first heading of a text cell; empty when it has none."""
    found = None if cell.is_code else HEADING.search(cell.source)
    return found[1].strip() if found else ""


def check_code(source: str, gettext: Callable[[str], str]) -> str:
    """Say what keeps a code cell from being run at all; empty when nothing does."""
    lines = [line for line in source.split("\n") if line.strip() and not line.strip().startswith("#")]
    first = lines[0].strip() if lines else ""
    known = {f"%%{kind}" for kind in KINDS} | {"%explore", "%meter", PANEL}
    begins = source.lstrip().startswith(first)
    word = first.split()[0] if first else ""
    if word in known and begins:
        return ""
    pasted = _PASTED.search(source)
    if pasted and source[: pasted.start()].strip():
        message = gettext(
            "“{found}” is to be the first line of its cell. Put what stands above it into a text cell."
        )
        return message.format(found=pasted[0].split()[0])
    if first.startswith("%"):
        message = gettext(
            "“{found}” is no question that Sandyq knows here. A cell begins with one of: {known}"
        )
        return message.format(found=word, known=", ".join(sorted(known - {PANEL})))
    return check_syntax(source, gettext)


def check_syntax(source: str, gettext: Callable[[str], str]) -> str:
    """Say what keeps Python from reading a cell; empty when nothing does."""
    try:
        ast.parse(
            "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in source.split("\n"))
        )
    except (SyntaxError, ValueError) as error:
        return gettext(
            "This code cannot be run: {error}. If it is text, make the cell a text cell (Markdown)."
        ).format(error=error)
    return ""


def is_too_large(cells: tuple[PlainCell, ...]) -> bool:
    pictures = (form for cell in cells for forms in cell.attachments.values() for form in forms.values())
    return (
        len(cells) > MOST_CELLS
        or sum(len(cell.source) for cell in cells) > MOST_LETTERS
        or sum(map(len, pictures)) > MOST_OF_PICTURES
    )


def name_notebook(author: Visitor, notebook: str, letter: str = "t", default: str = "lesson") -> str:
    """Return the slug of somebody's notebook: ``t12-zhauyn``; nobody else's begins with their number."""
    latin = "".join(sign if sign.isascii() else transliterate(sign) or "-" for sign in notebook.lower())
    name = re.sub(r"[^a-z0-9]+", "-", latin).strip("-")[:LONGEST_NAME].strip("-")
    return f"{letter}{author.id}-{name or default}"


def choose_name(
    first: str, file: str, known: Iterable[Path], mark: str = "", names: Collection[str] = ()
) -> str:
    """Return the name under which a file was published before, else a free one, ``first`` if that is.

    ``known``: the author's published notebooks. Files that read alike in Latin letters are published both.
    One of another name was this one when it bore its ``mark`` and is none of the ``names`` that there still are.
    """
    origins = {path.stem: _find_origin(path) for path in known}
    files = {name: of for name, (of, _) in origins.items()}
    if before := [name for name, of in files.items() if of == file]:
        return min(before)
    renamed = [name for name, (of, its) in origins.items() if mark and its == mark and of not in names]
    if renamed:
        return min(renamed)
    possible = chain([first], (f"{first[: LONGEST_NAME - len(str(n))]}-{n}" for n in count(2)))
    return next(name for name in possible if not files.get(name))


def _find_origin(path: Path) -> tuple[str, str]:
    """Return of which file a notebook was published, and that one's mark; empty when it does not say."""
    told = json.loads(path.read_text("utf-8"))["metadata"]["sandyq"]
    return str(told.get("file", "")), str(told.get("mark", ""))


def publish(  # noqa: PLR0913, PLR0917 # what a lesson is made of
    settings: Settings,
    author: Visitor,
    draft: Draft,
    checked: Checked,
    group: ClassGroup,
    sources: Iterable[Source] = (),
) -> str:
    """Write the lesson durably, in the class's language, with its credits, and return its slug."""
    language, grades = group.language, group.grades
    known = settings.published.glob(f"*/t{author.id}-*.ipynb")  # of all languages: a name means one lesson
    slug = choose_name(name_notebook(author, draft.name), draft.name, known, draft.mark, draft.names)
    taken = tuple(sources)
    cells = [embed_pictures(_bind(cell)) for cell in draft.cells if not cell.source.strip().startswith(PANEL)]
    cells += write_credits(taken, language)
    front = {
        "slug": slug,
        "title": checked.title[:200],
        "summary": "",
        "track": "pupils",
        "subject": "",
        "grades": grades,
        "minutes": draft.minutes,
        "competences": [],
        "opens_in": "rooms",
        "language": language,
        "author": author.id,
        "file": draft.name,
        "mark": draft.mark,
        "author_name": author.name,
        "questions": [describe_question(spec) for spec in checked.questions],
        "sources": [each.describe(language) for each in taken],
    }
    notebook = write_notebook(frame(slug, language, cells, young=bool(grades) and min(grades) <= 4), front)
    folder = settings.published / language
    for name, text in draft.files.items():
        write_for_rooms(folder / f"{slug}.files" / name, text, 0o644)
    write_for_rooms(folder / f"{slug}.ipynb", json.dumps(notebook, ensure_ascii=False, indent=1), 0o640)
    return slug


def _bind(cell: PlainCell) -> PlainCell:
    """As the builder does with our own lessons: no line of a text ends between a number and its unit."""
    return cell if cell.is_code else replace(cell, source=bind_units(cell.source))


def forget_author(settings: Settings, person: int) -> None:
    """Published lessons stay with the classes that have them, without the name of who made them."""
    for path in settings.published.glob(f"*/t{person}-*.ipynb"):
        notebook = json.loads(path.read_text("utf-8"))
        notebook["metadata"]["sandyq"]["author_name"] = GONE
        write_for_rooms(path, json.dumps(notebook, ensure_ascii=False, indent=1), 0o640)


def write_for_rooms(path: Path, text: str, mode: int) -> None:
    """Data is read by those who know its name, the notebook with its keys by the folder's group: portal and rooms."""
    for folder in (path.parent.parent, path.parent):
        make_folder(folder)
        folder.chmod(0o2711)
    write_durably(path, text.encode(), mode)
