"""Telling the server's keeper that people have changed: accounts and groups of the hub follow the school's."""

from __future__ import annotations

from sandyq.school.database import now
from sandyq.settings import PEOPLE_CHANGED, Settings


def tell_people_changed(settings: Settings) -> None:
    """Write the file at which the supervisor, or a unit of systemd, looks."""
    path = settings.folder("portal") / PEOPLE_CHANGED
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.write_text(now().isoformat())
