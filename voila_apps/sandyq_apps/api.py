"""The portal's attendance API as a room's kernel sees it: stdlib only, nothing opened at import."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

from sandyq.i18n import kazakh_key
from sandyq_apps.register import Cell, Child, Club, Month, Row

TIMEOUT = 10.0
"""Seconds to wait for an answer of the portal, which stands on the same server."""


class NotConnected(Exception):
    """This page has no portal behind it: a build, a test or a preview."""


class Unreachable(Exception):
    """No answer, or one that may change when asked again (5xx)."""


class Refused(Exception):
    """The portal said no (4xx); asking again will not help."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


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
class Portal:
    url: str
    token: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Portal:
        """Raise NotConnected naming the missing variable."""
        for name in ("SANDYQ_API_URL", "SANDYQ_VISIT_TOKEN"):
            if not environment.get(name):
                raise NotConnected(f"{name} is not set. Open the app from the portal's gallery.")
        return cls(environment["SANDYQ_API_URL"].rstrip("/"), environment["SANDYQ_VISIT_TOKEN"])

    def list_clubs(self) -> tuple[list[Club], str]:
        """Return the visitor's clubs and today's date at the school."""
        answer = self._ask("GET", "/clubs")
        return [_read_club(club) for club in answer["clubs"]], answer["today"]

    def read_month(self, club: int, month: str) -> Month:
        """Return a club's month with the whole history of every corrected cell."""
        answer = self._ask("GET", f"/clubs/{club}/attendance?{urlencode({'month': month})}")
        rows = {(mark["date"], mark["child"]): self._read_rows(club, mark) for mark in answer["marks"]}
        return _read_month(answer, rows)

    def send_mark(self, mark: Mark) -> Row:
        """Store a mark; return the row as the server keeps it."""
        body = {name: value for name, value in asdict(mark).items() if name != "club"}
        receipt = self._ask("POST", f"/clubs/{mark.club}/attendance", body)
        return Row(mark.status, mark.reason, receipt["by"], receipt["at"])

    def _read_rows(self, club: int, mark: dict[str, Any]) -> tuple[Row, ...]:
        if not mark["corrections"]:
            return (_read_row(mark),)
        where = urlencode({"date": mark["date"], "child": mark["child"]})
        rows = self._ask("GET", f"/clubs/{club}/attendance/history?{where}")["rows"]
        return tuple(sorted(map(_read_row, rows), key=lambda row: row.at))

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        data = None if body is None else json.dumps(body).encode()
        request = Request(self.url + path, data, headers, method=method)  # noqa: S310 # our own portal
        try:
            with build_opener(ProxyHandler({})).open(request, timeout=TIMEOUT) as response:
                return json.load(response)
        except HTTPError as error:
            raise _explain(error) from error
        except (OSError, HTTPException, ValueError) as error:
            raise Unreachable(f"{method} {path}: {error}") from error


def _explain(error: HTTPError) -> Exception:
    with error:
        text = error.read().decode(errors="replace")
    if error.code >= 500:
        return Unreachable(f"{error.code} {error.reason}")
    try:
        return Refused(error.code, str(json.loads(text)["detail"]))
    except (ValueError, KeyError, TypeError):
        return Refused(error.code, f"{error.code} {error.reason}")


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
