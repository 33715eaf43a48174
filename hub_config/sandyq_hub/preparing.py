"""What must be so before the parts start: the newest schema, lessons to show, folders and secrets in their hands."""

from __future__ import annotations

from sqlalchemy import select

from sandyq.school.database import Database
from sandyq.school.tables import Person
from sandyq.settings import Settings
from sandyq.updates.content import find_live, open_content
from sandyq_hub.isolation import give_homes, hand_over
from sandyq_hub.sweeping import sweep_erased


def prepare(settings: Settings) -> None:
    """Make a server's folder ready; done anew at each start, it changes only what is not so yet."""
    database = Database(settings.database_url)
    try:
        database.migrate()
        with database.reading() as session:
            ids = dict(session.execute(select(Person.login, Person.id)).tuples().all())
    finally:
        database.close()
    if settings.content == find_live(settings.home):
        open_content(settings.home)
    sweep_erased(settings)
    hand_over(settings)
    give_homes(settings, ids)
