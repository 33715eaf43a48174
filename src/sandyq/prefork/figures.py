"""Matplotlib looks for its user's folders and settings as it is imported: before the fork, the server's."""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path
from typing import Any


def forget_folders() -> str:
    """Have Matplotlib look for its folders anew when it needs them; return where one's settings stand, if anywhere."""
    configured = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    folder = os.environ.get("MPLCONFIGDIR") or f"{configured}/matplotlib"
    if matplotlib := sys.modules.get("matplotlib"):
        for find in (matplotlib.get_configdir, matplotlib.get_cachedir):
            variables = dict(zip(find.__code__.co_freevars, find.__closure__ or (), strict=True))
            if "called" in variables:  # else a notebook has put its own in its place
                variables["called"].cell_contents = False
    if style := sys.modules.get("matplotlib.style"):
        style.USER_LIBRARY_PATHS[:] = [f"{folder}/stylelib"]
    return folder


def read_settings() -> None:
    """Take up the ``matplotlibrc`` of where we stand, or of who we are, and their own styles, as an import would."""
    folder = forget_folders()
    matplotlib: Any = sys.modules.get("matplotlib")
    if matplotlib is None:
        return
    named = os.environ.get("MATPLOTLIBRC", "")
    places = ("matplotlibrc", named, f"{named}/matplotlibrc", f"{folder}/matplotlibrc")
    try:
        if any(map(os.path.isfile, places)):  # Matplotlib's own search makes folders
            _take_up(matplotlib)
        if (style := sys.modules.get("matplotlib.style")) and Path(folder, "stylelib").is_dir():
            style.reload_library()
    except Exception:  # a damaged file is no reason for a kernel not to start
        traceback.print_exc()


def _take_up(matplotlib: Any) -> None:
    """All but the backend, which Jupyter names."""
    found = matplotlib.rc_params_from_file(matplotlib.matplotlib_fname(), use_default_template=False)
    settings = {name: found[name] for name in found if name != "backend"}
    for kept in (matplotlib.rcParams, matplotlib.rcParamsOrig):
        kept.update(settings)
