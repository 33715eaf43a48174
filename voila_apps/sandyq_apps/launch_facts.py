"""The facts that the documents need: asked once, in both languages where a text would "
"be bent or translated."""

from __future__ import annotations

from typing import Final

from sandyq_apps.kit.desk import Row

NAMES: Final = {
    "school_kk": "School's full name in Kazakh",
    "school_ru": "School's full name in Russian",
    "centre_kk": "Centre's name in Kazakh, without quotation marks",
    "centre_ru": "Centre's name in Russian, without quotation marks",
    "place_kk": "Village, district and region in Kazakh",
    "place_ru": "Village, district and region in Russian",
    "assembly_kk": "Where children gather after a fire alarm, in Kazakh",
    "assembly_ru": "Where children gather after a fire alarm, in Russian",
    "phone": "Centre's telephone",
}
"""Labels of texts by key."""
PEOPLE: Final = ("director", "vice", "leader", "caretaker", "accountant", "medic")
"""Roles (see ``launch_steps.toml``) whose names the documents need; the plan shows them, too."""
PAPERS: Final = {
    "order_number": "Number of the order",
    "order_date": "Date of the order",
    "protocol_number": "Number of the council's minutes",
    "protocol_date": "Date of the council's minutes",
}
NUMBERS: Final = {
    "group_least": "Fewest children in a group",
    "group_most": "Most children in a group",
    "minutes": "Minutes of a meeting",
}
STAFF_ROLES: Final = {"director": "administrator", "leader": "leader"}
"""Which role on the server goes with one in the plan."""


def propose(staff: list[Row], school: Row) -> dict[str, str]:
    """Return what the server knows already: the school's name, and whoever alone has a role."""
    known = {f"school_{school.language}": school.name} if school else {}
    for role, server_role in STAFF_ROLES.items():
        names = [person.name for person in staff if server_role in person.roles]
        if len(names) == 1:
            known[role] = names[0]
    return known
