"""What the bar says: labels, due dates in plain words, receipts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from babel.dates import format_date, format_datetime

from sandyq.work import Assignment, BadFiles
from sandyq_hub.work.repair import UNREADABLE

Gettext = Callable[[str], str]


def make_labels(_: Gettext) -> dict[str, str]:
    """The bar's own words."""
    return {
        "bar": _("Assignment"),
        "check": _("Check my work"),
        "checking": _("Your work is being checked …"),
        "handIn": _("Hand in"),
        "handInAgain": _("Hand in again"),
        "handingIn": _("Your work is being handed in …"),
        "startOver": _("Start over"),
        "sure": _("Begin again? What you have now is kept in the folder “old”."),
        "yes": _("Yes, start over"),
        "no": _("No, go on"),
        "go": _("Show the cell"),
        "close": _("Close"),
        "help": _("Help"),
        "print": _("Print the receipt"),
        "failed": _("That did not work. Your work is saved here; try again in a minute."),
        "notSaved": _(
            "The notebook could not be saved, so nothing was sent. Try again; if it does not "
            "help, tell your teacher."
        ),
        "saved": _("Saved"),
        "unsaved": _("Not saved yet"),
        "saving": _("Saving …"),
    }


def describe_due(due: str | None, language: str, _: Gettext, now: datetime | None = None) -> str:
    """Return "by Friday, 18:00 · days left: 2"; nothing for an assignment without an end."""
    if not due:
        return ""
    end = datetime.fromisoformat(due)
    end = end.astimezone() if end.tzinfo is None else end
    now = (now or datetime.now(end.tzinfo)).astimezone(end.tzinfo)
    days = (end.date() - now.date()).days
    time = f"{end:%H:%M}"
    if end < now:
        day = format_datetime(end, "d MMMM, HH:mm", locale=language)
        return _("It was due on {day}").format(day=day)
    if days == 0:
        return _("Due today, {time}").format(time=time)
    if days == 1:
        return _("Due tomorrow, {time}").format(time=time)
    pattern = "EEEE" if days < 7 else "d MMMM"
    day = format_date(end.date(), pattern, locale=language)
    return _("Due: {day}, {time} · days left: {days}").format(day=day, time=time, days=days)


def describe_state(assignment: Assignment, _: Gettext) -> str:
    """Return what a pupil should know besides the due date."""
    return {
        "soon": _("It is not open yet: you cannot hand it in now."),
        "late": _("It is late, but you can still hand it in."),
        "closed": _("It is closed: you cannot hand it in any more."),
        "returned": _("Your teacher has given it back: see the results on your page."),
    }.get(str(assignment.notes.get("state")), "")


def describe_receipt(receipt: dict[str, Any], language: str, _: Gettext) -> str:
    at = datetime.fromisoformat(receipt["at"])
    return _("Handed in: number {number}, code {code}, {time}").format(
        number=receipt["number"],
        code=receipt["code"],
        time=format_datetime(at, "d MMMM yyyy, HH:mm", locale=language, tzinfo=at.tzinfo),
    )


def write_receipt(assignment: Assignment, login: str, language: str, _: Gettext) -> str:
    """Return all receipts of an assignment as text to print, the latest first."""
    lines = [_("Receipt"), "", str(assignment.notes["title"]), login, ""]
    return (
        "\n".join(
            lines + [describe_receipt(receipt, language, _) for receipt in reversed(assignment.receipts)]
        )
        + "\n"
    )


def describe_repaired(names: list[str], _: Gettext) -> str:
    if not names:
        return ""
    if UNREADABLE in names:
        return _(
            "This notebook could not be read, so it begins anew. What was left of the old one is "
            "in the folder “old”."
        )
    return _(
        "These cells of the assignment were missing or changed and are back: {cells}. What "
        "you wrote is untouched."
    ).format(cells=", ".join(names))


def describe_refusal(status: int, _: Gettext) -> str:
    """Return why a hand-in was not taken, by the portal's HTTP status."""
    return {
        403: _("It is not open yet: you cannot hand it in now."),
        409: _("It is closed: you cannot hand it in any more. Your work stays here; talk with your teacher."),
        413: _(
            "Your folder is too large to be handed in. Delete large files that do not belong to the assignment."
        ),
        507: _(
            "The disk of the school server is full, so your work is not handed in yet. It stays here; "
            "tell your teacher and press “Hand in” again later."
        ),
        422: _("A file in your folder cannot be handed in. Delete what does not belong to the assignment."),
    }.get(
        status,
        _("Your work was not taken. It stays here; tell your teacher the number {status}.").format(
            status=status
        ),
    )


def describe_bad_files(problem: BadFiles, _: Gettext) -> str:
    return {
        "name": _(
            "The file {name} cannot be handed in: its name is too long or strange. Give it a shorter one."
        ),
        "files": _(
            "More than 100 files are in the folder of this assignment. Delete those that do not belong to it."
        ),
        "bytes": _(
            "The files in the folder of this assignment are larger than 5 MB together, most of "
            "all {name}. Delete what does not belong to it."
        ),
        "empty": _("There is nothing to hand in: the folder of this assignment is empty."),
    }.get(problem.reason, _("The assignment's files cannot be read. Tell your teacher.")).format(
        name=problem.name
    )
