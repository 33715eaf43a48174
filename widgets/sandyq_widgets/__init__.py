"""Widgets of the lessons: questions that are checked in the kernel and kept by the portal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandyq_widgets.answers import restore

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["load_ipython_extension", "restore"]


def load_ipython_extension(shell: InteractiveShell) -> None:
    """``%load_ext sandyq_widgets``."""
    from sandyq_widgets.magics import load_ipython_extension as load

    load(shell)
