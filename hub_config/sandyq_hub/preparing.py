"""What must be so before the parts start: the newest schema, lessons to show, folders in their hands, a certificate."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

from sqlalchemy import select

from sandyq.school.database import Database
from sandyq.school.tables import Person
from sandyq.settings import Settings
from sandyq.tls.serving import keep_valid
from sandyq.updates.content import find_live, open_content
from sandyq_hub.isolation import give_homes, hand_over, number_of
from sandyq_hub.sweeping import sweep_erased

RESERVE = 64 * 2**20
"""Bytes that are kept back: enough for the parts to start and for somebody to sign in and delete."""


def prepare(settings: Settings) -> None:
    """Make a server's folder ready; done anew at each start, it changes only what is not so yet."""
    database = Database(settings.database_url)
    try:
        database.migrate()
        with database.reading() as session:
            ids = {row.login: row.id for row in session.execute(select(Person.login, Person.id))}
    finally:
        database.close()
    if settings.content == find_live(settings.home):
        open_content(settings.home)
    sweep_erased(settings)
    hand_over(settings)
    give_homes(settings, ids)
    if settings.tls_name:
        _certify(settings)


def keep_reserve(home: Path) -> None:
    """Keep room back on the disk, and give it up at a start for which there is too little: else none would succeed."""
    reserve = home / "reserve"
    free = shutil.disk_usage(home).free
    if free < RESERVE // 4:
        reserve.unlink(missing_ok=True)
    elif free > 8 * RESERVE and not reserve.exists():
        with suppress(OSError), reserve.open("wb") as file:  # a file system that cannot: as it was
            os.posix_fallocate(file.fileno(), 0, RESERVE)


def _certify(settings: Settings) -> None:
    """A server that has a certificate opens, also where a new one cannot be made: the health page tells why."""
    try:
        keep_valid(settings, number_of(settings, "proxy"))
    except ValueError as error:
        if not (settings.folder("tls") / "server.pem").exists():
            raise
        print(f"The certificate is as it was: {error}", flush=True)  # noqa: T201 # the journal
