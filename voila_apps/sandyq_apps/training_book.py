"""What the courses' app looks up: groups, people, sessions, marks, evidence, by what they belong to."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import Any, Final

from sandyq.courses import Progress, Records, measure, read_verdicts
from sandyq_apps.kit.desk import Desk, Row

GUIDES: Final = frozenset({"coach", "district"})
LEARNERS: Final = frozenset({"teacher", "leader", "administrator"})
FOUND: Final = 20
"""People who are shown for what was searched."""


class Book:
    """The rows on a desk, sorted out; made anew when they change."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.roles = frozenset(desk.me.roles)
        self.participants: dict[int, list[Row]] = defaultdict(list)
        """By group, in the order of names."""
        for each in sorted(desk.rows("participant"), key=lambda row: self._places.get(row.person_id, 0)):
            self.participants[each.group_id].append(each)
        self.sessions: dict[int, list[Row]] = defaultdict(list)
        """By group, in the order of days."""
        for each in sorted(desk.rows("training_session"), key=lambda row: (row.on, row.starts, row.id)):
            self.sessions[each.group_id].append(each)
        self.presence = {(each.session_id, each.person_id): each for each in desk.rows("training_presence")}
        self.evidence: dict[int, list[Row]] = defaultdict(list)
        """By participant, in the order in which it came."""
        for each in desk.rows("evidence"):
            self.evidence[each.participant_id].append(each)
        self.exams: dict[int, list[Row]] = defaultdict(list)
        for each in sorted(desk.rows("training_exam"), key=lambda row: (row.on, row.id)):
            self.exams[each.participant_id].append(each)
        self.certificates = {
            each.participant_id: each for each in desk.rows("certificate") if each.kind == "course"
        }
        self.verdicts: dict[int, Row] = read_verdicts(desk.rows("reply"))
        self._presences: dict[int, list[Row]] = defaultdict(list)
        for each in desk.rows("training_presence"):
            self._presences[each.person_id].append(each)

    @cached_property
    def _places(self) -> dict[int, int]:
        return {each.id: place for place, each in enumerate(self.desk.rows("member"))}

    # who is who

    @property
    def is_guide(self) -> bool:
        return bool(GUIDES & self.roles)

    def name(self, person: int) -> str:
        member = self.desk.find("member", person)
        return str(member.name) if member else "–"

    def school(self, person: int) -> str:
        member = self.desk.find("member", person)
        return str(member.school) if member else ""

    def guides(self) -> list[Row]:
        return [each for each in self.desk.rows("member") if GUIDES & set(each.roles)]

    def search(self, query: str, group: int) -> list[Row]:
        """Return people who may join a group and whose name, school or subject has all words of a query."""
        inside = {each.person_id for each in self.participants[group]}
        words = query.casefold().split()
        found = (
            each
            for each in self.desk.rows("member")
            if each.id not in inside
            and LEARNERS & set(each.roles)
            and all(word in f"{each.name} {each.school} {each.subject}".casefold() for word in words)
        )
        return [each for each, _ in zip(found, range(FOUND), strict=False)]

    # groups

    def training(self, group: Row) -> Row:
        found = self.desk.find("training", group.training_id)
        return found or Row(id=0, programme="", names={}, modules=[], pass_share=1.0)

    def leads(self, group: Row) -> bool:
        own = self.desk.me.id in (group.facilitator_id, group.coach_id) and "coach" in self.roles
        return own or "district" in self.roles

    def led(self) -> list[Row]:
        """Return the groups that the visitor leads, the newest first."""
        groups = [each for each in self.desk.rows("training_group") if self.leads(each)]
        return sorted(groups, key=lambda each: (each.starts_on, each.id), reverse=True)

    def own(self) -> list[Row]:
        """Return the visitor's own places in groups, the newest first."""
        found = [
            each
            for each in self.desk.rows("participant")
            if each.person_id == self.desk.me.id and self.desk.find("training_group", each.group_id)
        ]
        return sorted(found, key=lambda each: each.id, reverse=True)

    def present_people(self, group: int) -> list[Row]:
        """Return those who have not left."""
        return [each for each in self.participants[group] if not each.left_on]

    # how far they are

    def progress(self, participant: Row) -> Progress:
        group = self.desk.find("training_group", participant.group_id)
        assert group is not None  # noqa: S101 # whoever sees a participant sees the group
        evidence = self.evidence[participant.id]
        records = Records(
            self.sessions[participant.group_id],
            self._presences[participant.person_id],
            self.exams[participant.id],
            evidence,
            [self.verdicts[each.id] for each in evidence if each.id in self.verdicts],
        )
        return measure(participant, self.training(group), records)

    def is_ready(self, participant: Row) -> bool:
        """Whether a certificate may be issued now."""
        return participant.id not in self.certificates and not self.progress(participant).missing

    def waiting(self) -> list[tuple[Row, Row]]:
        """Return practice that nobody has looked at, with whose it is, in the groups that one leads, oldest first."""
        found = [
            (participant, each)
            for group in self.led()
            for participant in self.present_people(group.id)
            for each in self.evidence[participant.id]
            if each.task.startswith("practice:") and each.id not in self.verdicts
        ]
        return sorted(found, key=lambda pair: (pair[1].on, pair[1].id))

    def module(self, participant: Row, task: str) -> dict[str, Any]:
        """Return the module of a task."""
        group = self.desk.find("training_group", participant.group_id)
        key = task.partition(":")[2]
        modules = self.training(group).modules if group else []
        return next((each for each in modules if each["key"] == key), {"key": key, "names": {}})
