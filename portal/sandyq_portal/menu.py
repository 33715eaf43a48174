"""The few words in the header, by role."""

from __future__ import annotations

from collections.abc import Collection

from sandyq.school.tables import ROLES

PREFIX = "/services/portal"
_ENTRIES = (
    (f"{PREFIX}/", "Home page", frozenset(ROLES)),
    (f"{PREFIX}/lessons", "Lessons", frozenset(ROLES) - {"operator"}),
    (f"{PREFIX}/work", "Assignments", frozenset({"pupil"})),
    (f"{PREFIX}/assignments", "Assignments", frozenset({"teacher"})),
    (f"{PREFIX}/classes", "Classes", frozenset({"teacher", "administrator"})),
    (f"{PREFIX}/apps", "Apps", frozenset(ROLES) - {"pupil", "operator"}),
    (f"{PREFIX}/calendar", "Calendar", frozenset(ROLES)),
    (f"{PREFIX}/school", "School", frozenset({"administrator", "operator"})),
)


def visitor_menu(roles: Collection[str]) -> list[tuple[str, str]]:
    """Return (address, English words) of the pages that these roles open."""
    return [(address, words) for address, words, allowed in _ENTRIES if allowed & set(roles)]


def name_page(path: str) -> str:
    """Return what a page is called in the menu, in English; empty: it is not there."""
    places = {address.rstrip("/"): words for address, words, _ in _ENTRIES}
    return places.get(path.partition("?")[0].partition("#")[0].rstrip("/"), "")
