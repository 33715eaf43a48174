"""What to look at, as a widget: the club, the day, marking or the month's sheet."""

from __future__ import annotations

from pathlib import Path

import anywidget
import traitlets

STATIC = Path(__file__).parent / "static"


class SessionChoice(anywidget.AnyWidget):
    """Sends ``{"kind": "open", "club", "date"}`` and ``{"kind": "view", "view": "marking" | "month"}``."""

    _esm = STATIC / "choice.js"
    _css = STATIC / "choice.css"
    labels = traitlets.Dict().tag(sync=True)
    screen = traitlets.Dict().tag(sync=True)
