"""The portal's attendance API as a room's kernel sees it."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

from sandyq.i18n import kazakh_key
from sandyq_apps.kit.portal import Portal
from sandyq_apps.register import Child, Club, Month, Row


@dataclass(frozen=True)
class Mark:
    """A mark to be stored; the same ``uuid`` sent twice is stored once."""

    uuid: str
    club: int
    date: str
    child: int
    status: str
    reason: str = ""


@dataclass
class AttendancePortal(Portal):
    """The attendance register's part of the API."""

    def list_clubs(self) -> tuple[list[Club], list[int]]:
        """Return the visitor's clubs, and the ids of those that have children today."""
        answer = self.ask("GET", "/clubs")
        return [_read_club(club) for club in answer["clubs"]], answer["filled"]

    def read_month(self, club: int, month: str, after: int = 0) -> Month:
        """Return a club's month with every row ever written, or with those newer than the row ``after``."""
        asked = urlencode({"month": month, "after": after})
        return _read_register(self.ask("GET", f"/clubs/{club}/attendance?{asked}"), month)

    def read_all(self, month: str) -> list[Month]:
        """Return a month of all the visitor's clubs."""
        last = monthrange(int(month[:4]), int(month[5:]))[1]
        asked = urlencode({"since": f"{month}-01", "until": f"{month}-{last}"})
        answer = self.ask("GET", f"/clubs/attendance?{asked}")
        return [_read_register(register, month) for register in answer["registers"]]

    def send_mark(self, mark: Mark) -> Row:
        """Store a mark; return the row as the server keeps it."""
        body = {name: value for name, value in asdict(mark).items() if name != "club"}
        return _read_row(self.ask("POST", f"/clubs/{mark.club}/attendance", body))


def _read_club(club: dict[str, Any]) -> Club:
    return Club(club["id"], club["name"], club["chest"], club["leader"], club["leader_id"], club["deleted"])


def _read_row(row: dict[str, Any]) -> Row:
    return Row(
        row["status"], row["reason"] or "", row["by"], row["at"], row["number"], row["uuid"], row["by_id"]
    )


def _read_register(answer: dict[str, Any], month: str) -> Month:
    children = (
        Child(child["id"], child["name"], child["class"] or "", tuple(map(tuple, child["spans"])))
        for child in answer["children"]
    )
    register = Month(
        club=_read_club(answer["club"]),
        month=month,
        children=tuple(sorted(children, key=lambda child: kazakh_key(child.name))),
        dates=tuple(sorted(answer["sessions"])),
    )
    for row in answer["rows"]:
        register.add(row["date"], row["child"], _read_row(row))
    register.heard = register.last_number
    return register
