"""A school's backup onto a machine where the server was just installed: one command to a blank machine."""

from __future__ import annotations

import shutil
from pathlib import Path

from sandyq.backup import restore_backup
from sandyq.layout import RUNTIME, Layout
from sandyq.school.first_run import is_set_up
from sandyq_hub.install.installing import Tell, is_running, run_program


def restore(layout: Layout, place: Path, key: str, tell: Tell) -> str:
    """Bring the newest backup; return of when it is. ValueError where a school is set up: nothing is replaced."""
    if is_set_up(layout.read_settings()):
        raise ValueError(
            f"A school is set up in {layout.home}; nothing is replaced. To do it all the same: "
            "sandyq uninstall --with-data, then ./sandyq install and this command again."
        )
    home, draft, old = (
        layout.home,
        layout.home.with_name("sandyq-restored"),
        layout.home.with_name("sandyq-old"),
    )
    for rest in (draft, old):  # of a time that was cut short
        shutil.rmtree(rest, ignore_errors=True)
    manifest = restore_backup(place, draft, key)
    shutil.copy2(home / "server.json", draft / "server.json")  # of this machine
    (draft / RUNTIME.name).mkdir()
    for folder in (draft, draft / RUNTIME.name):
        folder.chmod(0o711)
    was_running = layout.is_live and is_running()
    if was_running:
        run_program("systemctl", "stop", "sandyq.target", "sandyq-*.service")
    home.rename(old)
    draft.rename(home)
    if was_running:
        tell("The server is started with the school's data.")
        run_program("systemctl", "start", "sandyq.target")
    shutil.rmtree(old)
    return str(manifest["at"])
