"""The portal's attendance API as a room's kernel sees it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

from sandyq.i18n import kazakh_key
from sandyq_apps.kit.portal import Portal
from sandyq_apps.register import Cell, Child, Club, Month, Row


@dataclass(frozen=True)
class Mark:
    """A mark to be stored; the same ``uuid`` sent twice is stored once."""

    uuid: str
    club: int
    date: str
    child: int
    status: str
    reason: str = ""


@dataclass(frozen=True)
class AttendancePortal(Portal):
    """The attendance register's part of the API."""

    def list_clubs(self) -> tuple[list[Club], str]:
        """Return the visitor's clubs and today's date at the school."""
        answer = self.ask("GET", "/clubs")
        return [_read_club(club) for club in answer["clubs"]], answer["today"]

    def read_month(self, club: int, month: str) -> Month:
        """Return a club's month with the whole history of every corrected cell."""
        answer = self.ask("GET", f"/clubs/{club}/attendance?{urlencode({'month': month})}")
        rows = {(mark["date"], mark["child"]): self._read_rows(club, mark) for mark in answer["marks"]}
        return _read_month(answer, rows)

    def send_mark(self, mark: Mark) -> Row:
        """Store a mark; return the row as the server keeps it."""
        body = {name: value for name, value in asdict(mark).items() if name != "club"}
        receipt = self.ask("POST", f"/clubs/{mark.club}/attendance", body)
        return Row(mark.status, mark.reason, receipt["by"], receipt["at"])

    def _read_rows(self, club: int, mark: dict[str, Any]) -> tuple[Row, ...]:
        if not mark["corrections"]:
            return (_read_row(mark),)
        where = urlencode({"date": mark["date"], "child": mark["child"]})
        rows = self.ask("GET", f"/clubs/{club}/attendance/history?{where}")["rows"]
        return tuple(sorted(map(_read_row, rows), key=lambda row: row.at))


def _read_club(club: dict[str, Any]) -> Club:
    return Club(club["id"], club["name"], club.get("chest", ""), club.get("leader", ""))


def _read_row(row: dict[str, Any]) -> Row:
    return Row(row["status"], row["reason"] or "", row["by"], row["at"])


def _read_month(answer: dict[str, Any], rows: dict[Cell, tuple[Row, ...]]) -> Month:
    children = (Child(child["id"], child["name"], child["class"] or "") for child in answer["children"])
    return Month(
        club=_read_club(answer["club"]),
        month=answer["month"],
        children=tuple(sorted(children, key=lambda child: kazakh_key(child.name))),
        dates=tuple(sorted(session["date"] for session in answer["sessions"])),
        rows=rows,
    )
