"""What all pages of the peers' app say: people, topics, subjects, hours; and which words judge."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sandyq.school.academy.words import topics
from sandyq_apps.kit.desk import Row

if TYPE_CHECKING:
    from sandyq_apps.kit.app import App as Page
else:
    Page = object

LEARNERS: Final = frozenset({"teacher", "leader", "administrator"})
GUIDES: Final = frozenset({"coach", "district"})
LANGUAGES: Final = {"kk": "Қазақша", "ru": "Русский"}


@cache
def _read() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("peers_words.toml").read_text("utf-8"))


def subjects() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = _read()["subjects"]
    return found


def find_judgements(text: str) -> list[str]:
    """Return the words of a note that judge, in whichever of the three languages, each once, as they are written."""
    stems = [stem for language in _read()["judging"].values() for stem in language]
    found = re.findall(rf"\b(?:{'|'.join(stems)})\w*", text, re.IGNORECASE)
    return list(dict.fromkeys(word.lower() for word in found))


class PeerWords(Page):
    """Who asks, and how things are called in their language."""

    _by_person: tuple[dict[int, Row], dict[tuple[int, str], list[Row]]] | None = None

    @property
    def own_id(self) -> int:
        return int(self.desk.me["id"])

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(self.desk.me["roles"])

    @property
    def is_learner(self) -> bool:
        return bool(self.roles & LEARNERS)

    @property
    def is_guide(self) -> bool:
        return bool(self.roles & GUIDES)

    @property
    def is_district(self) -> bool:
        return "district" in self.roles

    def person(self, person_id: int | None) -> str:
        found = self.desk.find("peer", person_id)
        return str(found.name) if found else "–"

    def school_of(self, person_id: int | None) -> str:
        found = self.desk.find("peer", person_id)
        return str(found.school) if found else ""

    def person_and_school(self, person_id: int | None) -> str:
        return ", ".join(filter(None, (self.person(person_id), self.school_of(person_id))))

    def stands_at(self, person_id: int) -> tuple[float, float] | None:
        """Return where somebody's school stands, in degrees."""
        peer = self.desk.find("peer", person_id)
        found = self.desk.find("school_place", peer.place_id) if peer else None
        return (found.latitude, found.longitude) if found else None

    def way(self, one: int, other: int, kilometres: float | None) -> str:
        """``the same school`` or ``12 km``; nothing where it is not known."""
        places = [self.desk.find("peer", each) for each in (one, other)]
        if all(places) and len({each.school_id for each in places if each}) == 1:
            return self._("the same school")
        return (
            "" if kilometres is None else self._("{number} km", number=self.speech.number(round(kilometres)))
        )

    def topic(self, key: str) -> str:
        return self.speech.name(topics().get(key, {})) or key

    def topic_choices(self) -> list[tuple[str, str]]:
        return [(key, self.topic(key)) for key in topics()]

    def subject(self, key: str) -> str:
        return self.speech.name(subjects().get(key, {})) or key

    def subject_choices(self) -> list[tuple[str, str]]:
        return [(key, self.subject(key)) for key in subjects()]

    def community(self, community_id: int | None) -> str:
        found = self.desk.find("community", community_id)
        return self.speech.name(found.names) if found else ""

    def hour(self, slot: str) -> str:
        """``0-15`` → ``дүйсенбі, 15:00``."""
        day, _, hour = slot.partition("-")
        return f"{self.speech.weekday(int(day))}, {int(hour):02}:00" if hour else "–"

    def profile(self, person_id: int) -> Row | None:
        return self._sort_by_person()[0].get(person_id)

    def says(self, person_id: int, kind: str) -> list[Row]:
        """What somebody offers (``offer``) or needs."""
        return self._sort_by_person()[1].get((person_id, kind), [])

    def opened(self) -> None:
        self._by_person = None

    def _sort_by_person(self) -> tuple[dict[int, Row], dict[tuple[int, str], list[Row]]]:
        """Profiles and what was said, by person: once for each state of the desk, for there are hundreds of people."""
        if self._by_person is None:
            said: dict[tuple[int, str], list[Row]] = {}
            for row in self.desk.rows("peer_need"):
                said.setdefault((row.by, row.kind), []).append(row)
            self._by_person = {row.by: row for row in self.desk.rows("academy_profile")}, said
        return self._by_person
