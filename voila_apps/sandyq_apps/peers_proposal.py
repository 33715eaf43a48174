"""Making pairs: computed in the background, looked at, explained, then proposed to the people as one change."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Any, Final

from sandyq_apps.kit import parts
from sandyq_apps.kit.app import Problem, act
from sandyq_apps.kit.desk import Change, add
from sandyq_apps.kit.parts import Part
from sandyq_apps.peers_matching import Matching, Pair, match
from sandyq_apps.peers_people import Task, is_complete, read_members, read_pairs
from sandyq_apps.peers_words import LEARNERS, PeerWords

log = logging.getLogger(__name__)
REASONS: Final = {
    "topic": "Nobody offers what they need. Ask colleagues of other schools, or an expert.",
    "language": "Whoever offers it works in another language.",
    "slot": "Whoever offers it is free at other hours. One more free hour on either side helps.",
    "far": "Whoever offers it is farther away than you allow.",
    "taken": "Whoever offers it is the mentor of somebody else already, or one of the two has another pair at the hour "
    "they share.",
}


SMALLEST_GAP: Final = 0.01
"""That is told: a smaller one would be 0 %."""


@dataclass(frozen=True)
class Proposal:
    task: Task
    matching: Matching


class ProposalPages(PeerWords):
    proposal: Proposal | None = None
    applied: Proposal | None = None
    """The one that is being kept."""
    run = 0
    """Of the computation that the page waits for; 0: of none."""
    failed = False
    _runs = 0

    def opened(self) -> None:
        """A proposal that was kept has had its day."""
        super().opened()
        if self.proposal is self.applied:
            self.proposal = None

    def read_task(self) -> Task:
        """Return what a matching depends on: a coach makes pairs in which one at least is of theirs."""
        members = tuple(read_members(self.desk, read_pairs(self.desk)))
        reach = (
            None
            if self.is_district
            else frozenset(row.id for row in self.desk.rows("peer") if row.open and row.id != self.own_id)
        )
        return Task(members, float(self.place["farthest"]), reach)

    def show_matching(self) -> list[Part]:
        if self.run:
            words = self._(
                "Looking for the best pairs. With several hundred people it takes up to half a minute; you can go on."
            )
            return [parts.notice(words, "", parts.button(self._("Stop looking"), "stop_matching"))]
        if self.proposal:
            return self._show_proposal(self.proposal)
        task = self.read_task()
        failed = [
            parts.notice(
                self._("The pairs could not be computed. Try again; if it repeats, tell the operator."),
                "danger",
            )
        ]
        if not task.members:
            return [
                parts.empty(
                    self._("Nobody has said yet what they offer or need"),
                    self._(
                        "Ask the teachers to open this app and to fill in “I offer, I need”: pairs are made from that."
                    ),
                )
            ]
        return [
            *(failed if self.failed else []),
            self._show_start(task),
            self._show_rules(),
            *self._show_silent(),
        ]

    def _show_start(self, task: Task) -> Part:
        own = [member for member in task.members if task.reach is None or member.id in task.reach]
        wanting = sum(bool(member.needs) and not member.is_learner for member in own)
        free = sum(bool(member.offers) and not member.is_mentor for member in task.members)
        farthest = parts.field(
            "farthest",
            self._("Largest way between two schools, km"),
            "number",
            self.place["farthest"],
            least=1,
            most=2000,
            needed=True,
            help=self._("As the crow flies. If the two meet over the network, choose a large number."),
        )
        return parts.card(
            self._("Find pairs"),
            parts.figures(
                parts.figure(self._("Look for a mentor"), self.speech.number(wanting)),
                parts.figure(self._("Could be mentors"), self.speech.number(free)),
            ),
            parts.form("find_pairs", [farthest], self._("Find pairs"), key="matching"),
            parts.text(
                self._("Pairs that go on stay as they are. Nothing is kept before you have looked at it."),
                "quiet",
            ),
            key="start",
        )

    def _show_rules(self) -> Part:
        rules = (
            self._(
                "The mentor offers what the learner needs; both have a language and a free hour in common and are not "
                "too far apart."
            ),
            self._(
                "Nobody has two mentors or two learners at once, and nobody pays back: if A teaches B, B teaches "
                "somebody else."
            ),
            self._(
                "Pairs meet each week: nobody is in two pairs at the same hour. Who has one free hour has one role."
            ),
            self._(
                "As many as possible find a mentor; then as many as possible are both mentor and learner."
            ),
            self._(
                "Then pairs fit as well as possible: the same subject, several topics in common, a short way."
            ),
        )
        return parts.fold(
            self._("How pairs are made"),
            *(parts.text(f"{number}. {rule}") for number, rule in enumerate(rules, 1)),
            key="rules",
        )

    def _show_silent(self) -> list[Part]:
        """Who of those whom one guides cannot be matched yet."""
        silent = [
            row
            for row in self.desk.rows("peer")
            if row.open and LEARNERS & set(row.roles) and row.id != self.own_id
            if not is_complete(self.profile(row.id), self.says(row.id, "offer"), self.says(row.id, "need"))
        ]
        if not silent:
            return []
        lines = [parts.line(row.id, name=row.name, school=row.school) for row in silent]
        columns = [parts.column("name", self._("Colleague")), parts.column("school", self._("School"))]
        title = self.speech.count(
            "{count} colleague has not yet said all that a pair needs",
            "{count} colleagues have not yet said all that a pair needs",
            len(silent),
        )
        return [
            parts.fold(
                title, parts.table(title, columns, lines, search=self._("Search"), key="silent"), key="silent"
            )
        ]

    # computing

    @act
    def find_pairs(self, values: dict[str, Any]) -> None:
        """Begin; the page stays alive and shows the proposal when it is there."""
        self.place["farthest"] = values["farthest"]
        ProposalPages._runs += 1
        self.run, self.failed = ProposalPages._runs, False
        self._start(self._find(self.run, self.read_task()))

    async def _find(self, run: int, task: Task) -> None:
        try:
            found = await asyncio.to_thread(match, task.members, task.farthest, reach=task.reach)
        except Exception:
            log.exception("no pairs for %s members", len(task.members))
            found = None
        if run != self.run:
            return  # somebody has gone on to something else
        self.run = 0
        self.proposal, self.failed = (Proposal(task, found), False) if found else (None, True)
        self.show()

    def leave_matching(self) -> None:
        self.run = 0

    @act
    def stop_matching(self, _values: dict[str, Any]) -> None:
        self.leave_matching()

    @act
    def discard_pairs(self, _values: dict[str, Any]) -> None:
        self.proposal = None

    # the proposal

    def _show_proposal(self, proposal: Proposal) -> list[Part]:
        back = parts.button(self._("Discard the proposal"), "discard_pairs")
        found = proposal.matching
        if self.read_task() != proposal.task:
            words = self._("Offers, needs or pairs have changed since this was computed. Compute again.")
            return [parts.notice(words, "warn", back)]
        if not found.pairs:
            words = self._("No new pair is possible now. Below stands what each one lacks.")
            return [parts.notice(words, "warn", back), *self._show_unserved(found)]
        apply = parts.button(
            self._("Propose these pairs"),
            "propose_pairs",
            tone="primary",
            confirm=self.speech.count(
                "Propose {count} pair to the two? You can take it back afterwards.",
                "Propose {count} pairs to the people? You can take it back afterwards.",
                len(found.pairs),
            ),
        )
        return [
            self._tell_quality(found),
            self._show_figures(proposal),
            parts.row(apply, back, parts.print_button(self._("Print"))),
            self._show_proposed(found),
            *self._show_unserved(found),
        ]

    def _tell_quality(self, found: Matching) -> Part:
        if found.is_optimal:
            return parts.notice(self._("It is proven that no better pairs are possible."), "good")
        words = self._(
            "These are the best pairs found in the time there was; others could be up to {gap} better.",
            gap=self.speech.percent(max(found.gap, SMALLEST_GAP)),
        )
        return parts.notice(words, "warn")

    def _show_figures(self, proposal: Proposal) -> Part:
        found = proposal.matching
        mentors = {pair.mentor for pair in found.pairs} | {
            each.id for each in proposal.task.members if each.is_mentor
        }
        learners = {pair.learner for pair in found.pairs} | {
            each.id for each in proposal.task.members if each.is_learner
        }
        return parts.figures(
            parts.figure(self._("New pairs"), self.speech.number(len(found.pairs)), tone="good"),
            parts.figure(self._("Mentor and learner at once"), self.speech.number(len(mentors & learners))),
            parts.figure(
                self._("Without a mentor"),
                self.speech.number(len(found.unserved)),
                tone="warn" if found.unserved else "",
            ),
        )

    def _show_proposed(self, found: Matching) -> Part:
        lines = [self._line_of(pair) for pair in found.pairs]
        columns = [
            parts.column("mentor", self._("Teaches")),
            parts.column("learner", self._("Learns")),
            parts.column("topic", self._("Topic of the exchange")),
            parts.column("hour", self._("Hour of the week")),
            parts.column("way", self._("Way"), "number"),
            parts.column("fit", self._("How well it fits, of 100"), "number"),
        ]
        return parts.table(self._("Proposed pairs"), columns, lines, search=self._("Search"), key="proposed")

    def _line_of(self, pair: Pair) -> Part:
        return parts.line(
            f"{pair.mentor}-{pair.learner}",
            mentor=self.person_and_school(pair.mentor),
            learner=self.person_and_school(pair.learner),
            topic=self.topic(pair.topic),
            hour=parts.cell(self.hour(pair.slot), sort=pair.slot),
            way=parts.cell(
                self.way(pair.mentor, pair.learner, pair.kilometres) or "–", sort=pair.kilometres or 0
            ),
            fit=pair.fit,
        )

    def _show_unserved(self, found: Matching) -> list[Part]:
        if not found.unserved:
            return []
        lines = [
            parts.line(
                person,
                name=self.person_and_school(person),
                needs=", ".join(self.topic(row.topic) for row in self.says(person, "need")),
                why=self._(REASONS[reason]),
            )
            for person, reason in found.unserved.items()
        ]
        columns = [
            parts.column("name", self._("Colleague")),
            parts.column("needs", self._("Wants to learn")),
            parts.column("why", self._("Why there is no mentor"), wide=True),
        ]
        return [parts.table(self._("Who has no mentor, and why"), columns, lines, key="unserved")]

    @act
    def propose_pairs(self, _values: dict[str, Any]) -> Change:
        proposal = self.proposal
        if proposal is None or self.read_task() != proposal.task:
            raise Problem(
                self._("Offers, needs or pairs have changed since this was computed. Compute again.")
            )
        self.applied = proposal
        edits = [
            add(
                "pairing",
                -number,
                mentor_id=pair.mentor,
                learner_id=pair.learner,
                topic=pair.topic,
                slot=pair.slot,
                since=self.desk.today,
            )
            for number, pair in enumerate(proposal.matching.pairs, 1)
        ]
        what = self.speech.count("{count} new pair proposed", "{count} new pairs proposed", len(edits))
        return Change(what, edits, {"tab": "pairs"}, whole=("pairing",))
