"""Matplotlib looks for its user's folders and settings as it is imported: before the fork, the server's."""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path
from typing import Any

FOLDER = "~/.config/matplotlib"
"""Whose home that is, Matplotlib finds out when it reads the styles."""


def forget_folders() -> None:
    """Have Matplotlib look for its folders anew in each fork that needs them.

    It is done before the fork: the pages that a fork writes are its own memory.
    """
    if matplotlib := sys.modules.get("matplotlib"):
        for find in (matplotlib.get_configdir, matplotlib.get_cachedir):
            variables = dict(zip(find.__code__.co_freevars, find.__closure__ or (), strict=True))
            if "called" in variables:  # else a notebook has put its own in its place
                variables["called"].cell_contents = False
    if style := sys.modules.get("matplotlib.style"):
        style.USER_LIBRARY_PATHS[:] = [f"{FOLDER}/stylelib"]


def read_settings() -> None:
    """Take up the ``matplotlibrc`` of where we stand, or of who we are, and their own styles, as an import would.

    Matplotlib is not touched when there are none, which is nearly always.
    """
    try:
        configured = os.environ.get("XDG_CONFIG_HOME", "")
        elsewhere = os.environ.get("MPLCONFIGDIR") or (configured and f"{configured}/matplotlib")
        folder = elsewhere or Path(FOLDER).expanduser()
        styles = Path(folder, "stylelib")
        named = os.environ.get("MATPLOTLIBRC", "")
        places = ("matplotlibrc", named, f"{named}/matplotlibrc", f"{folder}/matplotlibrc")
        if any(map(os.path.isfile, places)) and (matplotlib := sys.modules.get("matplotlib")):
            _take_up(matplotlib)  # Matplotlib's own search makes folders
        if (elsewhere or styles.is_dir()) and (style := sys.modules.get("matplotlib.style")):
            style.USER_LIBRARY_PATHS[:] = [str(styles)]
            style.reload_library()
    except Exception:  # a damaged file is no reason for a kernel not to start
        traceback.print_exc()


def _take_up(matplotlib: Any) -> None:
    """All but the backend, which Jupyter names."""
    found = matplotlib.rc_params_from_file(matplotlib.matplotlib_fname(), use_default_template=False)
    settings = {name: found[name] for name in found if name != "backend"}
    for kept in (matplotlib.rcParams, matplotlib.rcParamsOrig):
        kept.update(settings)
