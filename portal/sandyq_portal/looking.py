"""Writing down who looks at whose data, without making those who look again wait for a writer."""

from __future__ import annotations

from collections.abc import Collection

from sandyq.school.database import Database
from sandyq.school.law.notes import find_unnoted, note_access
from sandyq.school.tables import Person
from sandyq_portal.identity import Visitor


def note_look(database: Database, visitor: Visitor | Person, people: Collection[int], what: str) -> None:
    with database.reading() as session:
        new = find_unnoted(session, visitor.id, people, what)
    if new:
        with database.session() as session:
            note_access(session, visitor.id, new, what)
