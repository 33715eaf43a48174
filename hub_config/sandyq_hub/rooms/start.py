"""Start rooms with an environment of their own: no user's Jupyter files are read, no old folder is left behind."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from sandyq.settings import Settings

TEMPLATE_ROOT = Path(__file__).parent / "template"


def make_runtime_folder(settings: Settings) -> Path:
    """Return a new private folder for sockets and kernels' homes; remove the one a killed run left.

    It stands in the system's temporary folder: Unix socket paths may be 107 bytes long at most.
    """
    record = settings.home / "rooms.folder"
    if record.exists():
        _remove_ours(Path(record.read_text().strip()))
    folder = Path(tempfile.mkdtemp(prefix="sandyq-rooms-"))  # 0700
    record.parent.mkdir(parents=True, exist_ok=True)
    record.write_text(str(folder))
    return folder


def _remove_ours(folder: Path) -> None:
    named_by_us = folder.name.startswith("sandyq-rooms-") and not folder.is_symlink()
    if named_by_us and folder.is_dir() and folder.stat().st_uid == os.getuid():
        shutil.rmtree(folder, ignore_errors=True)


def use_own_jupyter_paths(folder: Path) -> None:
    """Point Jupyter at our template and away from everything in the user's home."""
    os.environ["JUPYTER_PATH"] = str(TEMPLATE_ROOT)
    for name in ("CONFIG", "DATA", "RUNTIME"):
        os.environ[f"JUPYTER_{name}_DIR"] = str(folder / "jupyter")
    os.environ["JUPYTER_NO_CONFIG"] = "1"


def main() -> None:
    """Serve rooms until SIGTERM; settings come from ``SANDYQ_*``, the hub's side from ``JUPYTERHUB_*``."""
    settings = Settings.from_environment()
    folder = make_runtime_folder(settings)
    use_own_jupyter_paths(folder)
    from sandyq_hub.rooms.app import Rooms  # reads the paths set above

    try:
        Rooms.launch_instance(settings=settings, runtime=folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
