"""Peer to peer: everybody teaches something and learns something – profile, pairs, observation, Lesson Study."""

from __future__ import annotations

from typing import Any

from sandyq_apps.kit import parts
from sandyq_apps.kit.app import App, act
from sandyq_apps.kit.parts import Part
from sandyq_apps.peers_balance import BalancePages
from sandyq_apps.peers_communities import CommunityPages
from sandyq_apps.peers_observation import ObservationPages
from sandyq_apps.peers_pairs import PairPages
from sandyq_apps.peers_people import is_complete
from sandyq_apps.peers_profile import ProfilePages
from sandyq_apps.peers_proposal import ProposalPages
from sandyq_apps.peers_study import StudyPages

TABS = {
    "profile": "I offer, I need",
    "matching": "Making pairs",
    "pairs": "Pairs",
    "observation": "Seeing a lesson",
    "study": "Lesson Study cycle",
    "balance": "Balance of roles",
    "communities": "Communities",
}


class Peers(
    ProfilePages,
    ProposalPages,
    PairPages,
    ObservationPages,
    StudyPages,
    BalancePages,
    CommunityPages,
    App,
):
    title = "Peer to peer"
    help = (
        "Equals learn from equals: everybody is a mentor of one colleague and a learner of another.\n"
        "Say what you offer and what you need, and when you are free. Your coach puts pairs together, the two agree, "
        "meet, see each other's lessons and write down one next step.\n"
        "Other members see your name, school, community, subject, offers and needs. What a pair writes is seen by the "
        "two, their coach, their school's administration and the district."
    )
    sheets = (
        *("peer", "community", "school_place", "academy_profile", "peer_need", "pairing"),
        *("observation", "lesson_study", "reply"),
    )
    start = {  # noqa: RUF012
        "tab": "",
        "pair": 0,
        "form": "",
        "observation": 0,
        "study": 0,
        "paper": "",
        "farthest": 60,
        "community": 0,
    }

    def view(self) -> list[Part]:
        pages = {
            "profile": self.show_profile,
            "matching": self.show_matching,
            "pairs": self.show_pairs,
            "observation": self.show_observations,
            "study": self.show_studies,
            "balance": self.show_balance,
            "communities": self.show_communities,
        }
        names = self._list_tabs()
        tab = self.place["tab"] if self.place["tab"] in names else self._choose_first(names)
        return [parts.tabs("open_tab", tab, [(key, self._(TABS[key])) for key in names]), *pages[tab]()]

    def _list_tabs(self) -> list[str]:
        hidden = set()
        if not self.is_learner:
            hidden.add("profile")
        if not self.is_guide:
            hidden.add("matching")
        return [key for key in TABS if key not in hidden]

    def _choose_first(self, names: list[str]) -> str:
        """Whoever has not said what they offer and need begins there; all others with the pairs."""
        offers, needs = self.says(self.own_id, "offer"), self.says(self.own_id, "need")
        if "profile" in names and not is_complete(self.profile(self.own_id), offers, needs):
            return "profile"
        return "pairs" if self.is_learner else "matching"

    @act
    def open_tab(self, values: dict[str, Any]) -> None:
        self.leave_matching()
        kept: dict[str, Any] = {key: self.place[key] for key in ("farthest", "language") if key in self.place}
        self.place = {**self.start, **kept, "tab": values["tab"]}
