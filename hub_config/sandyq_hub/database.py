"""The hub's own database: who is signed in, which servers run."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from typing import Any

from jupyterhub import orm
from sqlalchemy import event


class Connection(sqlite3.Connection):
    """Does not wait for the disk at each of the many small changes of a sign-in and a start.

    A class that comes at once makes many, and while the hub waits on a cheap disk, everybody does. A hub that is killed
    loses nothing. A power cut may take the latest changes, which name servers that it has ended; the accounts are the
    school database's, which waits for the disk.

    What it deleted of somebody, whose login is a name, stands nowhere on the disk any longer: neither in freed pages
    nor in the write-ahead log, which else keeps it until it is long enough.
    """

    has_traces = False
    """Somebody was deleted since the log was emptied."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "secure_delete=ON"):
            self.execute(f"PRAGMA {pragma}")

    def commit(self) -> None:
        super().commit()
        if self.has_traces:
            self._empty_log()

    def _empty_log(self) -> None:
        """Or leave it to the next commit, where somebody reads just now: the hub waits for nobody."""
        (patience,) = self.execute("PRAGMA busy_timeout").fetchone()
        self.execute("PRAGMA busy_timeout=0")
        with suppress(sqlite3.OperationalError):  # what the hub itself has not read to its end
            self.has_traces = bool(self.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0])
        self.execute(f"PRAGMA busy_timeout={patience}")


@event.listens_for(orm.User, "after_delete")
def _note_traces(_mapper: Any, connection: Any, _user: orm.User) -> None:
    connection.connection.dbapi_connection.has_traces = True
