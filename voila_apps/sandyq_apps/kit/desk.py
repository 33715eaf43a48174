"""The school's sheets on a leader's desk: a copy that is kept up to date, and the way to change them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from sandyq.i18n import Said, recipe
from sandyq_apps.kit.portal import Portal, Refused


class Row(dict[str, Any]):
    """A row of a sheet; its fields are attributes, too: ``club.name``."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"The row has no field '{name}', but {', '.join(self)}.") from None


@dataclass(frozen=True)
class Edit:
    """A wish for one row; make them with ``add``, ``alter`` and ``remove``."""

    sheet: str
    id: int
    version: int = 0
    values: dict[str, Any] | None = None


def add(sheet: str, new: int = -1, /, **values: Any) -> Edit:
    """A new row. ``new`` (-1, -2, …) is how other edits of the same change may name it."""
    return Edit(sheet, new, 0, values)


def alter(sheet: str, row: Row, /, **values: Any) -> Edit:
    """Other values for some fields of a row."""
    return Edit(sheet, row["id"], row["version"], values)


def remove(sheet: str, row: Row, /) -> Edit:
    return Edit(sheet, row["id"], row["version"])


@dataclass(frozen=True)
class Change:
    """What is to be kept: a sentence for people ("Club added: Chess") and the rows."""

    what: str
    """As the app's speech says it: then others read it in their language."""
    edits: Sequence[Edit]
    place: dict[str, Any] = field(default_factory=dict)
    """Where the page goes once it is kept; a form that is refused stays open."""
    whole: Sequence[str] = ()
    """Sheets that it makes anew from what is on the desk: refused when somebody else has changed them meanwhile."""
    uuid: UUID = field(default_factory=uuid4)


@dataclass(frozen=True)
class News:
    """What somebody else has done: ``Айгерім С.``, the entry of the journal (``Speech.retell``), an ISO time."""

    by: str
    entry: dict[str, Any]
    at: str


class Desk:
    """Blocking: call its methods in a thread where a page must stay alive."""

    def __init__(self, portal: Portal, sheets: Iterable[str]) -> None:
        self.portal = portal
        self.names = tuple(sheets)
        self.at = 0
        self.school: Row = Row()
        self.me: Row = Row()
        self.today = ""
        self.undo: Row | None = None
        """The last own change that can be taken back: ``number``, ``what``, ``said``."""
        self._undo_at = 0
        """Where the journal stood when the portal told it."""
        self._rows: dict[str, dict[int, Row]] = {}

    def load(self) -> None:
        """Read everything anew."""
        answer = self.portal.ask("GET", f"/centre?{urlencode({'sheets': ','.join(self.names)})}")
        self.at, self.today = answer["at"], answer["today"]
        self.school, self.me = Row(answer["school"]), Row(answer["me"])
        self._rows = {name: {row["id"]: Row(row) for row in rows} for name, rows in answer["sheets"].items()}
        self._note_undo(answer, self.at)

    def read_again(self, *sheets: str) -> None:
        """Read what nobody hears of: lists that are no sheets."""
        answer = self.portal.ask("GET", f"/centre?{urlencode({'sheets': ','.join(sheets)})}")
        self._rows |= {name: {row["id"]: Row(row) for row in rows} for name, rows in answer["sheets"].items()}

    def rows(self, sheet: str) -> list[Row]:
        """Return the rows of a sheet in the order in which they were made (people: by name)."""
        return list(self._rows[sheet].values())

    def find(self, sheet: str, row_id: Any) -> Row | None:
        return self._rows[sheet].get(row_id) if isinstance(row_id, int) else None

    def send(self, change: Change) -> str:
        """Make a change; return when it was kept. Raises Unreachable, or Refused after taking over newer rows."""
        edits = [
            {"sheet": each.sheet, "id": each.id, "version": each.version, "values": each.values}
            for each in change.edits
        ]
        body = {
            "uuid": str(change.uuid),
            "what": change.what[:200],
            "said": recipe(change.what) if isinstance(change.what, Said) else None,
            "edits": edits,
            "seen": self.at,
            "whole": list(change.whole),
        }
        return self._post("/centre/changes", body)

    def take_back(self, uuid: UUID | None = None) -> str:
        """Take the last own change back."""
        number = self.undo["number"] if self.undo else 0
        return self._post("/centre/undo", {"uuid": str(uuid or uuid4()), "number": number})

    def find_receipt(self, uuid: UUID) -> str:
        """Return when a change was kept that nobody heard of, because a kernel died; empty when it was not."""
        return str(self.portal.ask("GET", f"/centre/receipts/{uuid}")["at"])

    def _post(self, path: str, body: dict[str, Any]) -> str:
        try:
            receipt = self.portal.ask("POST", path, body)
        except Refused as refusal:
            self._take_over(refusal.body.get("rows", ()))
            raise
        self._take_over(receipt["rows"])
        self._note_undo(receipt, receipt["number"])
        return str(receipt["at"])

    def hear(self) -> list[News]:
        """Take over what others have changed since; return what they did."""
        asked = urlencode({"sheets": ",".join(self.names), "after": self.at})
        answer = self.portal.ask("GET", f"/centre/changes?{asked}")
        self.at = answer["at"]
        self._take_over(answer["rows"])
        self._note_undo(answer, self.at)
        return [
            News(entry["by"], entry, entry["at"])
            for entry in answer["entries"]
            if entry["by_id"] != self.me["id"]
        ]

    def history(self, sheet: str, row: Row) -> list[Row]:
        """Return who changed a row when: ``by``, ``at``, ``what``, ``before``, ``after``."""
        asked = urlencode({"sheet": sheet, "row": row["id"]})
        return [Row(entry) for entry in self.portal.ask("GET", f"/centre/history?{asked}")["entries"]]

    def _take_over(self, rows: Iterable[dict[str, Any]]) -> None:
        for each in rows:
            kept, row = self._rows.get(each["sheet"]), Row(each["row"])
            if kept is None or kept.get(row["id"], {"version": 0})["version"] > row["version"]:
                continue
            if row.get("gone"):
                kept.pop(row["id"], None)
            else:
                kept[row["id"]] = row

    def _note_undo(self, answer: dict[str, Any], number: int) -> None:
        """Heed an answer unless it is older than one heeded: a look for news may be slower than a change beside it."""
        if number >= self._undo_at:
            self._undo_at = number
            self.undo = Row(answer["undo"]) if answer["undo"] else None
