"""Events in words: what each is called in the reader's language and where it leads."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Final

from sqlalchemy.orm import Session

from sandyq.i18n import LANGUAGES, translator
from sandyq.school.calendar.event import AS_WRITTEN, Event
from sandyq.school.calendar.events import Known, events_of
from sandyq.school.tables import Person
from sandyq_portal.catalogue import Catalogue
from sandyq_portal.menu import PREFIX

SOON: Final = timedelta(days=13)
"""After today: what the home page shows."""
MOST_SOON: Final = 8
ICONS: Final = {
    "work": "file-pen", "lesson": "book-open", "work_due": "file-check", "lesson_due": "book-open", "club": "puzzle",
    "clubs": "puzzle", "launch": "rocket", "session": "graduation-cap", "milestone": "flag", "visit": "footprints",
    "visited": "footprints", "observing": "eye", "observed": "eye", "pair": "users",
    "expert": "message-circle-question-mark", "study": "search", "notice": "megaphone",
}  # fmt: skip
APPS: Final = {
    "club": "attendance", "clubs": "timetable", "launch": "launch", "session": "training", "milestone": "support",
    "visit": "support", "visited": "support", "observing": "peers", "observed": "peers", "pair": "peers",
    "study": "peers", "expert": "experts",
}  # fmt: skip
"""Where an event leads, for those who may open the app."""


@dataclass(frozen=True)
class Entry:
    """An event as its reader sees it."""

    event: Event
    title: str
    note: str
    address: str
    """Path of its page; empty: it has none."""

    @property
    def on(self) -> date:
        return self.event.on

    @property
    def time(self) -> str:
        """Return when it is, ``15:00–16:30``; empty: the whole day."""
        if not self.event.starts or not self.event.minutes:
            return self.event.starts
        ends = int(self.event.starts[:2]) * 60 + int(self.event.starts[3:]) + self.event.minutes
        return f"{self.event.starts}–{ends // 60 % 24:02}:{ends % 60:02}"

    @property
    def icon(self) -> str:
        return ICONS[self.event.kind]


@dataclass(frozen=True)
class Speaker:
    """Says events in a person's language."""

    language: str
    catalogue: Catalogue
    roles: frozenset[str]

    def tell(self, event: Event) -> Entry | None:
        """Return an event in words; None for a lesson that is no more."""
        if event.kind in ("lesson", "lesson_due"):
            lesson = self.catalogue.lesson(event.names[AS_WRITTEN], self.language)
            if lesson is None:
                return None
            told = {"name": lesson.title, "group": event.group}
            address = lesson.address
            if event.kind == "lesson_due":
                address = f"{PREFIX}/classes/{event.number}/lessons/{lesson.slug}"
            return Entry(event, self._titles[event.kind] % told, "", address)
        words: dict[str, Any] = {
            "name": choose_words(event.names, self.language)[0], "who": event.who, "group": event.group,
            "number": event.number,
        }  # fmt: skip
        title = self._titles["work_due_colleagues" if self._is_for_colleagues(event) else event.kind] % words
        return Entry(event, title, self._note(event), self._find_address(event))

    @staticmethod
    def _is_for_colleagues(event: Event) -> bool:
        return event.kind == "work_due" and not event.group

    def _note(self, event: Event) -> str:
        parts = [event.where, event.group if event.kind == "session" else ""]
        if event.kind == "milestone":
            parts = [choose_words(event.names, self.language)[0]]
        return " · ".join(filter(None, parts))

    def _find_address(self, event: Event) -> str:
        match event.kind:
            case "work":
                return f"{PREFIX}/work/{event.number}"
            case "work_due":
                return f"{PREFIX}/assignments/{event.number}"
            case "notice":
                return f"{PREFIX}/notices#notice-{event.number}"
        return self._apps.get(APPS.get(event.kind, ""), "")

    @cached_property
    def _apps(self) -> dict[str, str]:
        return {app.name: app.address for app in self.catalogue.apps(self.roles)}

    @cached_property
    def _titles(self) -> dict[str, str]:
        _ = translator(self.language)
        return {
            "work": _("Hand in: %(name)s"),
            "lesson": _("Finish the lesson: %(name)s"),
            "work_due": _("%(group)s hands in: %(name)s"),
            "work_due_colleagues": _("Colleagues hand in: %(name)s"),
            "lesson_due": _("%(group)s finishes the lesson: %(name)s"),
            "club": _("Club: %(name)s"),
            "clubs": _("Clubs: %(name)s"),
            "launch": _("Launch step, last day: %(name)s"),
            "session": _("Course session: %(name)s"),
            "milestone": _("Support, month %(number)s: show what you did"),
            "visit": _("Visit or call: %(who)s"),
            "visited": _("Your coach comes or calls: %(who)s"),
            "observing": _("You observe a lesson: %(who)s"),
            "observed": _("Your lesson is observed by: %(who)s"),
            "pair": _("Pair meeting: %(who)s (%(name)s)"),
            "expert": _("Expert %(who)s: %(name)s"),
            "study": _("Lesson Study: %(name)s"),
            "notice": "%(name)s",
        }


def choose_words(words: Mapping[str, str], language: str) -> tuple[str, str]:
    """Return a text in a language, else in another that it has, and which that is: empty when it is as wished."""
    if AS_WRITTEN in words:
        return words[AS_WRITTEN], ""
    for choice in (language, *LANGUAGES):
        if (text := words.get(choice, "")).strip():
            return text, "" if choice == language else choice
    return "", ""


def list_entries(
    session: Session, speaker: Speaker, person: Person, since: date, until: date, **wishes: Any
) -> list[Entry]:
    """Return a person's events between two days in words, in order."""
    told = (speaker.tell(event) for event in events_of(session, person, since, until, **wishes))
    return [entry for entry in told if entry is not None]


def list_soon(  # noqa: PLR0913, PLR0917 # whose, from when on, and what the page knows already
    session: Session,
    speaker: Speaker,
    person: Person,
    on: date,
    known: Known,
    finished: Collection[str] = (),
) -> tuple[list[Entry], int]:
    """Return what is coming within two weeks, the nearest first, and how much of it there was no room for.

    A day's clubs, for who leads them all, are one line; lessons that a pupil has ``finished`` (slugs) are none.
    """
    entries = [
        entry
        for entry in list_entries(session, speaker, person, on, on + SOON, known=known)
        if entry.event.kind != "lesson" or entry.event.names[AS_WRITTEN] not in finished
    ]
    entries = _join_clubs(entries, speaker, on + timedelta(6))
    return entries[:MOST_SOON], max(0, len(entries) - MOST_SOON)


def _join_clubs(entries: list[Entry], speaker: Speaker, last: date) -> list[Entry]:
    """Make one line of a day's clubs, and none of those after this week: they come every week."""
    joined: list[Entry] = []
    places: dict[date, int] = {}
    for entry in entries:
        if entry.event.kind not in ("club", "clubs"):
            joined.append(entry)
        elif entry.on > last:
            continue
        elif entry.event.kind == "club" or entry.on not in places:
            places[entry.on] = len(joined)
            joined.append(entry)
        else:
            before = joined[places[entry.on]].event
            names = f"{before.names[AS_WRITTEN]}, {entry.event.names[AS_WRITTEN]}"
            told = speaker.tell(replace(before, names={AS_WRITTEN: names}, minutes=0))
            if told is not None:
                joined[places[entry.on]] = told
    return joined
