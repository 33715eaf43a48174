"""What the server alone may delete: the folders of people who were erased; and what it need not know any longer."""

from __future__ import annotations

import re
from typing import Final

from sqlalchemy import select

from sandyq.prefork.trees import remove_tree
from sandyq.school.database import Database, now
from sandyq.school.law.notes import forget_old_notes
from sandyq.school.law.tables import Erasure
from sandyq.school.throttle import forget_old
from sandyq.settings import Settings

LOGIN: Final = re.compile(r"[a-z0-9][a-z0-9._-]*")


def sweep_erased(settings: Settings) -> list[str]:
    """Delete the folders of erased people; return whose. What could not be deleted is tried again the next time."""
    database = Database(settings.database_url)
    swept = []
    try:
        with database.reading() as session:
            waiting = list(session.scalars(select(Erasure.home).where(Erasure.home != "")))
        for login in waiting:
            home = settings.homes / login
            if LOGIN.fullmatch(login):
                remove_tree(home)
            if not home.exists():
                swept.append(login)
        with database.session() as session:
            forget_old_notes(session)
            forget_old(session, now())
            for erasure in session.scalars(select(Erasure).where(Erasure.home.in_(swept))):
                erasure.home = ""
        database.drop_traces()
    finally:
        database.close()
    return swept
