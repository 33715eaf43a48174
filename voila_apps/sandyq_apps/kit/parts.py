"""Parts of a page, as plain data that ``static/kit.js`` draws. Texts are shown as texts; only ``markup`` is HTML.

A part is a dictionary with its kind under ``t``. A button, a form or a cell names the method of the app that it calls
(``act``) and the values that it hands over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

Part = dict[str, Any]
Tone = Literal["", "primary", "good", "warn", "danger", "quiet", "news"]
Values = Mapping[str, Any]


def heading(text: str, level: int = 2) -> Part:
    return {"t": "heading", "text": text, "level": level}


def text(words: str, tone: Tone = "") -> Part:
    return {"t": "text", "text": words, "tone": tone}


def notice(words: str, tone: Tone = "", *buttons: Part) -> Part:
    """A framed sentence; warn and danger are read out at once."""
    return {"t": "notice", "text": words, "tone": tone, "parts": list(buttons)}


def empty(title: str, words: str, *buttons: Part) -> Part:
    """What stands where nothing is yet: what to do first."""
    return {"t": "empty", "title": title, "text": words, "parts": list(buttons)}


def figure(label: str, value: str, note: str = "", tone: Tone = "") -> Part:
    return {"label": label, "value": value, "note": note, "tone": tone}


def figures(*items: Part) -> Part:
    """A few large numbers with what they mean (``figure``)."""
    return {"t": "figures", "items": list(items)}


def button(  # noqa: PLR0913 # what a button can be
    label: str,
    act: str,
    values: Values | None = None,
    *,
    tone: Tone = "",
    confirm: str = "",
    key: str = "",
    off: bool = False,
    colour: str = "",
) -> Part:
    """``confirm``: a question asked first. ``key``: a name if several buttons of a page look the same. ``colour``: a
    chest's; ``off``: it cannot be pressed now."""
    return {
        "t": "button", "label": label, "act": act, "values": dict(values or {}), "tone": tone,
        "confirm": confirm, "key": key, "off": off, "colour": colour,
    }  # fmt: skip


def link(label: str, address: str, *, tone: Tone = "", key: str = "") -> Part:
    """Go to another page of this server: ``address`` begins with ``/``."""
    if not address.startswith("/") or address.startswith("//"):
        raise ValueError(f"{address!r} is no page of this server.")
    return {"t": "link", "label": label, "address": address, "tone": tone, "key": key}


def widget(made: Any, key: str = "") -> Part:
    """A widget of ours in its place on the page: a question of a lesson. Close it when it is shown no more."""
    return {"t": "widget", "id": made.model_id, "key": key}


def print_button(label: str) -> Part:
    """Print the sheet (``paper``) that is shown, or the page."""
    return {"t": "print", "label": label}


def row(*parts: Part) -> Part:
    """Parts beside each other, where there is room."""
    return {"t": "row", "parts": list(parts)}


def card(title: str, *parts: Part, colour: str = "", key: str = "") -> Part:
    return {"t": "card", "title": title, "parts": list(parts), "colour": colour, "key": key}


def fold(title: str, *parts: Part, opened: bool = False, key: str = "") -> Part:
    """Parts behind a title that opens."""
    return {"t": "fold", "title": title, "parts": list(parts), "open": opened, "key": key or title}


def tabs(act: str, chosen: str, items: Iterable[tuple[str, str]]) -> Part:
    """One of several views: (key, label). Choosing one calls ``act`` with ``{"tab": key}``."""
    return {
        "t": "tabs",
        "act": act,
        "at": chosen,
        "items": [{"key": key, "label": label} for key, label in items],
    }


def field(  # noqa: PLR0913 # what a field can be
    name: str,
    label: str,
    kind: str = "text",
    value: Any = None,
    *,
    choices: Iterable[tuple[Any, str]] = (),
    help: str = "",
    needed: bool = False,
    least: Any = None,
    most: Any = None,
    step: Any = None,
    wide: bool = False,
) -> Part:
    """An input of a form.

    ``kind`` and what its value is: text, area (str) · number (int, or float with a ``step``) · range (number) · date
    (ISO) · time (``14:30``) · colour · choice (one of the keys of ``choices``; short lists as radio buttons with
    ``kind="radio"``) · choices (list of keys) · check (bool) · file (``{"name", "size"}`` and its bytes). ``most`` of a
    text is its longest length.
    """
    return {
        "name": name, "label": label, "kind": kind, "value": value, "choices": [list(each) for each in choices],
        "help": help, "needed": needed, "min": least, "max": most, "step": step, "wide": wide,
    }  # fmt: skip


def form(  # noqa: PLR0913
    act: str,
    fields: Sequence[Part],
    submit: str,
    *,
    key: str,
    values: Values | None = None,
    cancel: Part | None = None,
    live: bool = False,
    focus: str = "",
    watch: str = "",
) -> Part:
    """Fields that are handed over together, with ``values``, to ``act``. What is typed survives a refresh.

    ``key`` names what is edited (``club-7``), so that a draft comes back to the same thing. ``live``: handed over at
    each change, without a button: for filters and sliders, which keep nothing. ``focus``: the field into which one
    types at once where the form appears (a new ``key``). ``watch``: an act that is told what is typed, while one types.
    """
    return {
        "t": "form", "act": act, "fields": list(fields), "submit": submit, "key": key,
        "values": dict(values or {}), "cancel": cancel, "live": live, "focus": focus, "watch": watch,
    }  # fmt: skip


def column(
    key: str, title: str, kind: str = "text", *, wide: bool = False, choices: Iterable[tuple[Any, str]] = ()
) -> Part:
    """``kind``: text, number (to the right), or edited in place: edit, edit-number, edit-choice, edit-check."""
    return {
        "key": key,
        "title": title,
        "kind": kind,
        "wide": wide,
        "choices": [list(each) for each in choices],
    }


def cell(words: str, *, tone: Tone = "", sort: Any = None, colour: str = "", title: str = "", act: str = "", values: Values | None = None) -> Part:  # fmt: skip # noqa: E501, PLR0913
    """A cell of a table that is more than its text: coloured, sorted by something else, or a link to an ``act``."""
    return {"text": words, "tone": tone, "sort": sort, "colour": colour, "title": title, "act": act, "values": dict(values or {})}  # fmt: skip # noqa: E501


def line(key: Any, /, **cells: Any) -> Part:
    """A row of a table: by column a text, a number, a ``cell``, or a list of buttons."""
    return {"key": key, "cells": cells}


def table(  # noqa: PLR0913
    caption: str,
    columns: Sequence[Part],
    lines: Sequence[Part],
    *,
    search: str = "",
    nothing: str = "",
    edit: str = "",
    sums: Part | None = None,
    key: str = "",
) -> Part:
    """Sorted and (with ``search``, the field's label) searched in the page. Edits in place call ``edit`` with
    ``{"key": line, "field": column, "value", "was"}``. ``sums``: a last line."""
    return {
        "t": "table", "caption": caption, "columns": list(columns), "lines": list(lines), "search": search,
        "nothing": nothing, "edit": edit, "sums": sums, "key": key or caption,
    }  # fmt: skip


def find_cell(body: Any, edit: str, key: Any, column: str) -> Part | None:
    """Return what stands in a cell that calls ``edit``: its ``value``, and the ``names`` of its choices."""
    if isinstance(body, dict) and body.get("t") == "table":
        if body["edit"] != edit:
            return None
        cells: Part = next((line["cells"] for line in body["lines"] if line["key"] == key), {})
        names: Part = next((dict(each["choices"]) for each in body["columns"] if each["key"] == column), {})
        return {"value": cells[column], "names": names} if column in cells else None
    inside = body.values() if isinstance(body, dict) else body if isinstance(body, list) else ()
    found = (find_cell(each, edit, key, column) for each in inside)
    return next((cell for cell in found if cell), None)


def grid(caption: str, columns: Sequence[str], lines: Sequence[tuple[str, Sequence[Part | str]]], key: str = "") -> Part:  # fmt: skip # noqa: E501
    """A timetable or a register: a head for each line and column; each cell a text or a ``cell``."""
    return {"t": "grid", "caption": caption, "columns": list(columns), "lines": [list(each) for each in lines], "key": key or caption}  # fmt: skip # noqa: E501


def chart(title: str, svg: str, data: Part, words: str = "") -> Part:
    """A picture (from ``charts``) with its table for those who cannot see it; ``words`` say what it shows."""
    return {"t": "chart", "title": title, "svg": svg, "table": data, "text": words}


def progress(label: str, value: int, most: int) -> Part:
    return {"t": "progress", "label": label, "value": value, "max": most}


def markup(html: str, key: str = "") -> Part:
    """HTML made by a template of ours, with everything from people escaped."""
    return {"t": "markup", "html": html, "key": key}


def paper(title: str, html: str, *buttons: Part, landscape: bool = False) -> Part:
    """A sheet to print, from ``papers.render``: shown as on paper, printed alone."""
    return {"t": "paper", "title": title, "html": html, "parts": list(buttons), "landscape": landscape}
