"""The few words in the header, by role."""

from __future__ import annotations

from collections.abc import Collection

PREFIX = "/services/portal"
_ENTRIES = (
    (f"{PREFIX}/", "Home page", frozenset({"pupil", "teacher", "leader", "administrator", "operator"})),
    (f"{PREFIX}/lessons", "Lessons", frozenset({"pupil", "teacher", "leader", "administrator"})),
    (f"{PREFIX}/work", "Assignments", frozenset({"pupil"})),
    (f"{PREFIX}/assignments", "Assignments", frozenset({"teacher"})),
    (f"{PREFIX}/classes", "Classes", frozenset({"teacher", "administrator"})),
    (f"{PREFIX}/apps", "Apps", frozenset({"leader", "administrator", "teacher"})),
    (f"{PREFIX}/school", "School", frozenset({"administrator", "operator"})),
)


def visitor_menu(roles: Collection[str]) -> list[tuple[str, str]]:
    """Return (address, English words) of the pages that these roles open."""
    return [(address, words) for address, words, allowed in _ENTRIES if allowed & set(roles)]
