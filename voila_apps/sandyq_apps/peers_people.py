"""From the Academy's sheets to members and pairs: who can learn from whom, which pairs go on, who has which role."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandyq_apps.kit.desk import Desk, Row
from sandyq_apps.peers_matching import Member


@dataclass(frozen=True)
class Duo:
    """A pair as it stands today."""

    id: int
    mentor: int
    learner: int
    topic: str
    slot: str
    since: str
    agreed: frozenset[int] = frozenset()
    """Who of the two has said yes."""
    ended_on: str | None = None
    meetings: int = 0

    @property
    def state(self) -> str:
        """``ended``, ``running`` or ``proposed``: not both have agreed yet."""
        if self.ended_on:
            return "ended"
        return "running" if {self.mentor, self.learner} <= self.agreed else "proposed"

    @property
    def people(self) -> tuple[int, int]:
        return self.mentor, self.learner

    def other(self, person: int) -> int:
        return self.learner if person == self.mentor else self.mentor


@dataclass(frozen=True)
class Balance:
    """How often somebody was and is each."""

    mentor: int = 0
    learner: int = 0
    mentor_before: int = 0
    learner_before: int = 0
    meetings: int = 0

    @property
    def word(self) -> str:
        """``both``, ``mentor``, ``learner`` or ``none``: the roles of now."""
        return {(True, True): "both", (True, False): "mentor", (False, True): "learner"}.get(
            (self.mentor > 0, self.learner > 0), "none"
        )


@dataclass(frozen=True)
class Task:
    """What a matching depends on."""

    members: tuple[Member, ...]
    farthest: float
    reach: frozenset[int] | None = field(default=None)


def read_pairs(desk: Desk) -> list[Duo]:
    """Return all pairs that may be seen, the newest first."""
    said: dict[tuple[int, str], list[Row]] = defaultdict(list)
    for reply in desk.rows("reply"):
        if reply.sheet == "pairing":
            said[reply.row_id, reply.kind].append(reply)
    duos = []
    for row in desk.rows("pairing"):
        ends = [reply.on for reply in said[row.id, "end"]]
        if row.until and row.until <= desk.today:
            ends.append(row.until)
        agreed = frozenset(reply.by for reply in said[row.id, "agree"])
        duos.append(
            Duo(
                row.id,
                row.mentor_id,
                row.learner_id,
                row.topic,
                row.slot,
                row.since,
                agreed,
                min(ends, default=None),
                len(said[row.id, "log"]),
            )
        )
    return sorted(duos, key=lambda duo: (duo.since, duo.id), reverse=True)


def read_members(desk: Desk, duos: Iterable[Duo]) -> list[Member]:
    """Return everybody who has a profile and offers or needs something."""
    going = [duo for duo in duos if duo.state != "ended"]
    mentors, learners = {duo.mentor for duo in going}, {duo.learner for duo in going}
    partners: dict[int, set[int]] = defaultdict(set)
    taken: dict[int, set[str]] = defaultdict(set)
    for duo in going:
        for person in duo.people:
            partners[person].add(duo.other(person))
            taken[person].add(duo.slot)
    topics: dict[tuple[int, str], set[str]] = defaultdict(set)
    for row in desk.rows("peer_need"):
        topics[row.by, row.kind].add(row.topic)
    places = {row.id: (row.latitude, row.longitude) for row in desk.rows("school_place")}
    members = []
    for profile in desk.rows("academy_profile"):
        peer = desk.find("peer", profile.by)
        offers, needs = frozenset(topics[profile.by, "offer"]), frozenset(topics[profile.by, "need"])
        if peer is None or not offers | needs:
            continue
        members.append(
            Member(
                peer.id,
                offers,
                needs,
                profile.subject,
                frozenset(profile.languages),
                frozenset(profile.slots),
                places.get(peer.place_id),
                peer.id in mentors or peer.mentors > 0,
                peer.id in learners or peer.learns > 0,
                frozenset(partners[peer.id]),
                frozenset(taken[peer.id]),
            )
        )
    return members


def count_roles(duos: Iterable[Duo]) -> dict[int, Balance]:
    """Return by person how often they are and were mentor and learner, and how many meetings their pairs had."""
    counts: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for duo in duos:
        if duo.ended_on and not duo.meetings:
            continue  # proposed and never begun
        for person, role in zip(duo.people, ("mentor", "learner"), strict=True):
            counts[person][f"{role}_before" if duo.ended_on else role] += 1
            counts[person]["meetings"] += duo.meetings
    return {person: Balance(**each) for person, each in counts.items()}


def is_complete(profile: Mapping[str, Any] | None, offers: Iterable[Any], needs: Iterable[Any]) -> bool:
    """Whether somebody can be matched: who they are, when they are free, one offer and one need."""
    return bool(
        profile
        and profile["slots"]
        and profile["languages"]
        and any(True for _ in offers)
        and any(True for _ in needs)
    )
