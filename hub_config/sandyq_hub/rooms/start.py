"""Start rooms with an environment of their own: no user's Jupyter files are read, no old folder is left behind."""

from __future__ import annotations

import os
from pathlib import Path

from sandyq.prefork.trees import remove_tree
from sandyq.settings import Settings
from sandyq_hub.runtime import make_runtime_folder

TEMPLATE_ROOT = Path(__file__).parent / "template"


def use_own_jupyter_paths(folder: Path) -> None:
    """Point Jupyter at our template and away from everything in the user's home."""
    os.environ["JUPYTER_PATH"] = str(TEMPLATE_ROOT)
    for name in ("CONFIG", "DATA", "RUNTIME"):
        os.environ[f"JUPYTER_{name}_DIR"] = str(folder / "jupyter")
    os.environ["JUPYTER_NO_CONFIG"] = "1"


def main() -> None:
    """Serve rooms until SIGTERM; settings come from ``SANDYQ_*``, the hub's side from ``JUPYTERHUB_*``."""
    settings = Settings.from_environment()
    folder = make_runtime_folder(settings.folder("rooms") / "runtime")
    use_own_jupyter_paths(folder)
    from sandyq_hub.rooms.app import Rooms  # reads the paths set above

    try:
        Rooms.launch_instance(settings=settings, runtime=folder)
    finally:
        remove_tree(folder)
