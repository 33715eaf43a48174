"""A visitor's language: texts, dates, numbers, money."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from sandyq.i18n import Said, load_translations, say_in

SCHOOL_TIME: Final = "Asia/Almaty"
"""The whole country keeps one time since March 2024."""
FRAME: Final = {
    "help": "What is this for?",
    "home": "Home page",
    "page_help": "Help",
    "language": "Language",
    "saved": "Saved",
    "saved_at": "Saved at {time}",
    "working": "One moment…",
    "late": "Not saved yet, trying again",
    "problem": "Not saved",
    "undo": "Take back: {what}",
    "print": "Print",
    "again": "Try again",
    "yes": "Yes",
    "no": "No",
    "found": "{count} of {all} shown",
    "nothing_found": "Nothing fits. Search for something else.",
    "sort": "Sort by this column",
    "table": "The same as a table",
    "draft": "What you typed is here again. It is not saved yet.",
    "draft_kept": "You typed something here that is not saved yet.",
    "draft_go": "Show it",
    "draft_drop": "Not needed",
    "lost": "Somebody has removed what you were changing. What you had typed is not saved; copy it if you need it:",
    "needed": "Fill this in.",
    "number": "Write a number here.",
    "between": "Write a number from {least} to {most}.",
    "too_large": "The file is larger than {most} MB. Choose a smaller one.",
    "choose": "choose",
}
PROBLEMS: Final = {
    "not_connected": "This page is open without a school server: nothing is loaded or saved. "
    "Open the app from the portal.",
    "unreachable": "The school server does not answer. Check the network and try again.",
    "expired": "Your visit has ended. Open the app from the portal again.",
    "gone": "This is not there any more: somebody has removed it.",
    "broken": "Something broke in this app and was written down. What was said to be saved is safe. Try again; if it "
    "repeats, tell the operator.",
    "overtaken": "Somebody has changed this while you typed: now it is «{now}». Your «{typed}» is not kept; write it "
    "once more if you mean it.",
    "set_aside": "“{what}”: the server could not save this, though it was asked several times. What you typed stays in "
    "its place. Go on with your work, save this again later and tell the operator.",
    "others": "{who} at {time}: {what}",
}
TELLERS: Final = frozenset({"text", "count", "name", "join", "date", "weekday", "number", "money"})
"""What may stand in a sentence that is told again in another language: these methods of ``Speech``."""
ODD_FIELD: Final = re.compile(r"\{(?!\w+\})")
_DATES: Final = {"kk": "y 'ж'. d MMMM", "ru": "d MMMM y 'г'.", "en": "d MMMM y"}


@dataclass(frozen=True)
class Speech:
    """Call it with an English text to get it in ``language`` (kk, ru or en), filled in."""

    language: str

    def __call__(self, text: str, **values: Any) -> str:
        return say_in(self.language)(text, **values)

    def retell(self, entry: dict[str, Any]) -> str:
        """Return what an entry of the journal tells, in this language; as it was told where that cannot be."""
        try:
            return str(self._tell(entry["said"]))[:200] if entry["said"] else str(entry["what"])
        except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
            return str(entry["what"])  # of another version of this app

    def _tell(self, how: Any) -> Any:
        if not isinstance(how, list):
            return how
        teller, arguments, values = how
        if teller not in TELLERS:
            raise ValueError(f"{teller!r} tells nothing.")
        if teller in {"text", "count"} and any(map(ODD_FIELD.search, arguments[:2])):
            raise ValueError("Nothing of ours has such fields.")  # somebody else's kernel has sent it
        if teller in {"count", "number", "money"} and not isinstance(arguments[-1], int | float):
            raise ValueError("That is no number.")
        named = {name: self._tell(each) for name, each in values.items()}
        tell = self if teller == "text" else getattr(self, teller)
        return tell(*map(self._tell, arguments), **named)

    def join(self, between: str, *parts: str) -> str:
        """Return the parts that say something in one line."""
        return Said(between.join(filter(None, parts)), "join", between, *parts)

    def count(self, one: str, many: str, number: int, **values: Any) -> str:
        """Return the form that a number needs; both may name it as ``{count}``."""
        told = load_translations(self.language).ngettext(one, many, number)
        filled = told.format(count=self.number(number), **values)
        return Said(filled, "count", one, many, number, **values)

    def name(self, names: dict[str, str]) -> str:
        """Return the name in this language, else in another in which there is one."""
        told = names.get(self.language) or next((name for name in names.values() if name), "")
        return Said(told, "name", names)

    def date(self, day: dt.date | str) -> str:
        """``2026 ж. 24 қараша``."""
        return Said(self._format(day, _DATES[self.language]), "date", day)

    def short_date(self, day: dt.date | str) -> str:
        """``24.11.2026``."""
        return self._format(day, "dd.MM.y")

    def weekday(self, number: int, *, short: bool = False) -> str:
        """Return the name of a day of the week; 0 is Monday."""
        told = self._format(dt.date(2024, 1, 1 + number), "cccccc" if short else "cccc")
        return Said(told, "weekday", number, short=short)

    def clock(self, at: str) -> str:
        """Return a time of the server (ISO, with zone) by the school's clock: ``14:05``."""
        return f"{dt.datetime.fromisoformat(at).astimezone(ZoneInfo(SCHOOL_TIME)):%H:%M}"

    def number(self, value: float) -> str:
        """``1 234,5`` (in English ``1,234.5``)."""
        from babel.numbers import format_decimal

        return Said(format_decimal(value, locale=self.language), "number", value)

    def percent(self, share: float) -> str:
        """Return a share (0 … 1) as whole percents."""
        return f"{round(share * 100)} %"

    def money(self, tiyn: int) -> str:
        """Return an amount in tiyn as tenge: ``1 234,50 ₸``, without tiyn where there are none."""
        from decimal import Decimal

        from babel.numbers import format_decimal

        pattern = "#,##0.00" if tiyn % 100 else "#,##0"
        return Said(f"{format_decimal(Decimal(tiyn) / 100, pattern, locale=self.language)} ₸", "money", tiyn)

    def _format(self, day: dt.date | str, pattern: str) -> str:
        from babel.dates import format_date

        day = dt.date.fromisoformat(day) if isinstance(day, str) else day
        return format_date(day, pattern, locale=self.language)
