"""What the command line does with what people learnt."""

from __future__ import annotations

from typing import TextIO

from sqlalchemy import select

from sandyq.school.database import Database
from sandyq.school.tables import LearningEvent, Person
from sandyq.settings import Settings
from sandyq_portal.catalogue import Catalogue
from sandyq_portal.statements import Exporter


def export_learning(settings: Settings, form: str, out: TextIO) -> int:
    """Write all events of the school as ``xapi`` (JSON lines) or ``csv``; return 0."""
    database = Database(settings.database_url)
    try:
        database.migrate()
        with database.reading() as session:
            exporter = Exporter(Catalogue(settings), settings.address, session.scalars(select(Person)))
            events = session.scalars(
                select(LearningEvent).order_by(LearningEvent.id).execution_options(yield_per=500)
            )
            write = exporter.write_statements if form == "xapi" else exporter.write_table
            write(events, out)
    finally:
        database.close()
    return 0
