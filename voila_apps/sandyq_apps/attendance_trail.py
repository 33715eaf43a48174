"""Every row of a month's register in the order of days and children: the audit trail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sandyq_apps.register import Child, Month, Row, name_kinds


@dataclass(frozen=True)
class Entry:
    date: str
    child: Child
    row: Row
    kind: str
    """``first_mark``, ``corrected`` or ``reason_added``."""


def list_trail(month: Month) -> Iterator[Entry]:
    """Also the rows about children who are no longer enrolled: nothing that was written disappears."""
    children = {child.id: child for child in month.children}
    order = {child.id: number for number, child in enumerate(month.children)}
    for (date, child), rows in sorted(
        month.rows.items(), key=lambda item: (item[0][0], order.get(item[0][1], len(order)), item[0][1])
    ):
        who = children.get(child) or Child(child, f"№ {child}", "")
        for row, kind in zip(rows, name_kinds(rows), strict=True):
            yield Entry(date, who, row, kind)
