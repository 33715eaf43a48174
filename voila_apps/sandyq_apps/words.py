"""What the register says, in the visitor's language: labels, symbols, dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from sandyq.i18n import load_translations
from sandyq_apps.kit.speech import SCHOOL_TIME

LABELS: Final = {
    "title": "Attendance register",
    "club": "Club",
    "present": "Present",
    "absent": "Absent",
    "excused": "Absent with a reason",
    "reason": "Reason",
    "illness": "illness",
    "family": "family reasons",
    "event": "school event",
    "marked": "Marked: {done} of {all}",
    "rest": "Mark all the rest present",
    "rest_done": "Marked present: {count}. Saving in a few seconds.",
    "undo": "Undo",
    "save_now": "Save now",
    "soon": "will be saved",
    "saving": "saving…",
    "saved": "saved",
    "failed": "Not saved",
    "corrected": "corrected",
    "history": "who and when",
    "keys": "Keys: 1 – present, 2 – absent, 3 – absent with a reason, "
    "space – the chosen button, ↑ ↓ – another child.",
    "grid_keys": "Keys: 1 – present, 2 – absent, 3 – absent with a reason: the next child follows by itself. "
    "Arrows – another place.",
    "choose_cell": "Choose a place in the table and press 1, 2 or 3.",
    "not_in": "not in the club on this day",
    "not_marked": "not marked",
    "all_saved": "Everything is saved",
    "number": "No.",
    "child": "Child",
    "class": "Class",
    "total_present": "Came",
    "total_absent": "Did not come",
    "total_excused": "With a reason",
    "percent": "%",
    "came": "Came, children",
    "unique": "Different children who came at least once: {count} of {all}",
    "sessions": "Sessions: {count}",
    "corrections": "Corrections",
    "no_corrections": "No corrections.",
    "no_sessions": "No sessions were held in this month.",
    "leader": "Leader",
    "checked": "Checked by",
    "typed_by": "Typed in by",
    "signature": "signature",
    "chest": "Chest",
    "date": "Date",
    "status": "Status",
    "by": "Who",
    "at": "When",
    "kind": "Row",
    "first_mark": "first mark",
    "reason_added": "reason added",
    "blank_how": "Write the day above the column; in the places:",
}
_DATES: Final = {"kk": "y 'ж'. d MMMM, EEEE", "ru": "d MMMM y 'г'., EEEE", "en": "EEEE, d MMMM y"}
_MONTHS: Final = {"kk": "y 'ж'. LLLL", "ru": "LLLL y 'г'.", "en": "LLLL y"}


def local_time(at: str) -> datetime:
    """Return a time of the server (ISO, with zone) by the school's clock; without a zone, for spreadsheets."""
    return datetime.fromisoformat(at).astimezone(ZoneInfo(SCHOOL_TIME)).replace(tzinfo=None, microsecond=0)


def local_day(at: str) -> str:
    """Return the day (ISO) of a time of the server by the school's clock."""
    return local_time(at).date().isoformat()


@dataclass(frozen=True)
class Words:
    """The words of one language: kk, ru or en."""

    language: str

    def labels(self) -> dict[str, str]:
        translate = load_translations(self.language).gettext
        signs = {f"sign_{status}": sign for status, sign in self.symbols().items()}
        return {key: translate(text) for key, text in LABELS.items()} | signs

    def symbols(self) -> dict[str, str]:
        """Return the sheet's sign of each status, as paper registers have it."""
        translate = load_translations(self.language).pgettext
        return {
            "present": "+",
            "absent": translate("register symbol", "A"),
            "excused": translate("register symbol", "R"),
        }

    def date(self, day: str) -> str:
        return self._format(day, _DATES[self.language])

    def short_date(self, day: str) -> str:
        return self._format(day, "dd.MM")

    def weekday(self, day: str) -> str:
        return self._format(day, "EEEEEE")

    def month(self, month: str) -> str:
        text = self._format(f"{month}-01", _MONTHS[self.language])
        return text.lower() if self.language == "kk" else text

    def moment(self, at: str) -> str:
        """Return a time of the server (ISO, with zone) as the school's clock shows it."""
        return f"{local_time(at):%d.%m.%Y %H:%M}"

    def _format(self, day: str, pattern: str) -> str:
        from babel.dates import format_date

        return format_date(date.fromisoformat(day), pattern, locale=self.language)
