"""What the register says, in the visitor's language: labels, symbols, dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from sandyq.i18n import load_translations
from sandyq_apps.kit.portal import NotConnected, Refused, Unreachable

SCHOOL_TIME: Final = "Asia/Almaty"
"""The whole country keeps one time since March 2024."""

LABELS: Final = {
    "title": "Attendance register",
    "club": "Club",
    "date": "Date",
    "today": "Today",
    "marking_view": "Mark",
    "month_view": "Month sheet",
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
    "late": "not saved yet, trying again",
    "refused": "Not saved",
    "corrected": "corrected",
    "history": "who and when",
    "keys": "Keys: 1 – present, 2 – absent, 3 – absent with a reason, "
    "space – the chosen button, ↑ ↓ – another child.",
    "all_saved": "Everything is saved",
    "previous_month": "Previous month",
    "next_month": "Next month",
    "print": "Print",
    "download": "Download XLSX",
    "again": "Try again",
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
    "signature": "signature",
    "chest": "Chest",
    "first_mark": "first mark",
    "status": "Status",
    "by": "Who",
    "at": "When",
    "kind": "Row",
    "reason_added": "reason added",
}
NOTICES: Final = {
    "not_connected": "This page is open without a school server: nothing is loaded or saved. "
    "Open the register from the portal.",
    "unreachable": "The school server does not answer. Check the network and try again.",
    "no_clubs": "You lead no club yet. An administrator can make one and enrol the children.",
    "no_children": "No children are enrolled in this club on this date.",
    "expired": "Your visit has ended. Open the register from the portal again.",
}
_DATES: Final = {"kk": "y 'ж'. d MMMM, EEEE", "ru": "d MMMM y 'г'., EEEE", "en": "EEEE, d MMMM y"}
_MONTHS: Final = {"kk": "y 'ж'. LLLL", "ru": "LLLL y 'г'.", "en": "LLLL y"}


@dataclass(frozen=True)
class Words:
    """The words of one language: kk, ru or en."""

    language: str

    def labels(self) -> dict[str, str]:
        translate = load_translations(self.language).gettext
        return {key: translate(text) for key, text in LABELS.items()}

    def notice(self, key: str) -> str:
        return load_translations(self.language).gettext(NOTICES[key])

    def explain(self, problem: Exception) -> str:
        """Say what went wrong with the portal and what to do."""
        notice = name_notice(problem)
        return self.notice(notice) if notice else str(problem)

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
        return f"{self.local_time(at):%d.%m.%Y %H:%M}"

    def local_time(self, at: str) -> datetime:
        """Return a time of the server (ISO, with zone) by the school's clock; without a zone, for spreadsheets."""
        return (
            datetime.fromisoformat(at).astimezone(ZoneInfo(SCHOOL_TIME)).replace(tzinfo=None, microsecond=0)
        )

    def _format(self, day: str, pattern: str) -> str:
        from babel.dates import format_date

        return format_date(date.fromisoformat(day), pattern, locale=self.language)


def name_notice(problem: Exception) -> str | None:
    """Return which notice tells of a problem; None: the portal's own words do."""
    match problem:
        case NotConnected():
            return "not_connected"
        case Refused(status=401):
            return "expired"
        case Unreachable():
            return "unreachable"
    return None
