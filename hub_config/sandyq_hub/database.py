"""The hub's own database: who is signed in, which servers run."""

from __future__ import annotations

import sqlite3
from typing import Any


class Connection(sqlite3.Connection):
    """Does not wait for the disk at each of the many small changes of a sign-in and a start.

    A class that comes at once makes many, and while the hub waits on a cheap disk, everybody does. A hub that is killed
    loses nothing. A power cut may take the latest changes, which name servers that it has ended; the accounts are the
    school database's, which waits for the disk.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL"):
            self.execute(f"PRAGMA {pragma}")
