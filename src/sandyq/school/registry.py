"""All sheets by name: what apps may read and change."""

from __future__ import annotations

from typing import Final

from sandyq.school.academy.sheets import ACADEMY
from sandyq.school.centre.sheets import CENTRE
from sandyq.school.errors import NotAllowed, NotFound
from sandyq.school.sheets import Sheet
from sandyq.school.tables import Person

SHEETS: Final = {sheet.name: sheet for sheet in (*CENTRE, *ACADEMY)}


def find_sheet(name: str, person: Person, *, to_write: bool = False) -> Sheet:
    """Return a sheet that a person may read or change; NotFound or NotAllowed otherwise."""
    sheet = SHEETS.get(name)
    if sheet is None:
        raise NotFound("There is no sheet '{name}'.", name=name)
    allowed = sheet.writers | (sheet.removers if sheet.signed else set()) if to_write else sheet.readers
    if not person.role_names & allowed:
        raise NotAllowed("'{name}' is not for your role.", name=name)
    return sheet
