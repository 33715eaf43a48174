"""The fourth page: places given by wishes – computed, looked at, explained, then kept as one change."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandyq_apps.allocation import RANKS, solve
from sandyq_apps.allocation_reasons import Outcome
from sandyq_apps.chests import colour_of
from sandyq_apps.clubs_school import Lookup, Terms, make_task, read_terms, read_times
from sandyq_apps.clubs_words import ClubWords
from sandyq_apps.kit import charts, parts
from sandyq_apps.kit.app import Problem, act
from sandyq_apps.kit.desk import Change, Edit, add, alter, remove
from sandyq_apps.kit.parts import Part

if TYPE_CHECKING:
    from sandyq_apps.kit.app import App as Page
else:
    Page = object


@dataclass(frozen=True)
class Proposal:
    terms: Terms
    keep: bool
    outcome: Outcome


class AllocationPages(Page):
    proposal: Proposal | None = None
    applied: Proposal | None = None
    """The one that is being kept."""

    def opened(self) -> None:
        """A proposal that was kept has had its day."""
        if self.proposal is self.applied:
            self.proposal = None

    def show_allocation(self) -> list[Part]:
        say, look = self._, Lookup(self.desk)
        if not look.clubs or not look.wishes:
            return [
                parts.empty(
                    say("No wishes yet"),
                    say("First the clubs, then the children's wishes for them."),
                    parts.button(say("Wishes"), "open_tab", {"tab": "wishes"}, tone="primary"),
                )
            ]
        if self.proposal is None:
            return [self._show_terms(look), self._show_rules()]
        return self._show_proposal(self.proposal, look)

    def _show_terms(self, look: Lookup) -> Part:
        say, terms = self._, read_terms(self.desk)
        without = sum(club not in read_times(self.desk) for club in look.clubs)
        notes = []
        if without:
            notes.append(
                parts.notice(
                    self.speech.count(
                        "{count} club has no time in the timetable: bus, shift and "
                        "other clubs are not compared for it.",
                        "{count} clubs have no time in the timetable: bus, shift and "
                        "other clubs are not compared for them.",
                        without,
                    ),
                    "warn",
                )
            )
        wishing = len(look.wishes.keys() & look.pupils.keys())
        fields = [
            parts.field(
                "most",
                say("Clubs that one child may have"),
                "radio",
                terms.most,
                choices=[(number, str(number)) for number in RANKS],
            ),
            parts.field(
                "keep",
                say("Whoever is in a club stays in it"),
                "check",
                True,
                help=say("Otherwise all places are given anew; who is in a club may lose it."),
            ),
            parts.field(
                "seed",
                say("Word for the draw"),
                value=terms.seed,
                needed=True,
                most=40,
                help=say(
                    "The draw decides between equals. The same word gives the same draw, so anybody can repeat it."
                ),
            ),
        ]
        return parts.card(
            say("Give the places"),
            parts.text(
                self.speech.count("{count} child has wishes.", "{count} children have wishes.", wishing)
            ),
            *notes,
            parts.form("compute", fields, say("Compute a proposal"), key="compute"),
            parts.text(say("Nothing changes before you have looked at the proposal."), "quiet"),
        )

    def _show_rules(self) -> Part:
        say = self._
        return parts.fold(
            say("How the places are given"),
            *(
                parts.text(f"{number}. {rule}")
                for number, rule in enumerate(
                    (
                        say(
                            "As many children as possible get a club: nobody goes without so "
                            "that somebody else has two."
                        ),
                        say("If some must go without, it is not a child with priority."),
                        say(
                            "Then the wishes of children with priority, then of all: a first wish "
                            "counts 4, a second 2, a third 1. So nobody loses the first for the two others."
                        ),
                        say("Then as few children as possible have two clubs on one day."),
                        say("Among equals the draw decides."),
                    ),
                    1,
                )
            ),
            parts.text(
                say(
                    "Always kept: places, grades, language, shift, the bus, no two clubs at one time, the number of "
                    "clubs a child; and a club opens only with the children it needs."
                )
            ),
            key="rules",
        )

    @act
    async def compute(self, values: dict[str, Any]) -> None:
        stored = read_terms(self.desk)
        terms = Terms(values["most"] or 1, values["seed"], stored.is_open, stored.row)
        task = make_task(self.desk, terms, keep=values["keep"])
        plan = await asyncio.to_thread(solve, task)
        self.proposal = Proposal(terms, values["keep"], Outcome(task, plan))

    @act
    def discard(self, _values: dict[str, Any]) -> None:
        self.proposal = None

    # the proposal

    def _is_stale(self, proposal: Proposal) -> bool:
        return make_task(self.desk, proposal.terms, keep=proposal.keep) != proposal.outcome.task

    def _show_proposal(self, proposal: Proposal, look: Lookup) -> list[Part]:
        say, outcome = self._, proposal.outcome
        words = ClubWords(self.speech, look.clubs)
        back = parts.button(say("Discard the proposal"), "discard")
        if self._is_stale(proposal):
            return [
                parts.notice(
                    say("Children, clubs or wishes have changed since this was computed. Compute again."),
                    "warn",
                    back,
                )
            ]
        edits = self._make_edits(proposal)
        apply = parts.button(
            say("Give the places as proposed"),
            "apply",
            tone="primary",
            confirm=say("Give the places as proposed? You can take it back afterwards."),
        )
        return [
            parts.notice(words.quality(outcome.plan), "good" if outcome.plan.is_proven else "warn"),
            self._show_numbers_of(outcome),
            self._show_changes(edits),
            parts.row(apply, back, parts.print_button(say("Print"))),
            self._show_fill(outcome, look),
            self._show_children_of(outcome, look, words),
        ]

    def _show_numbers_of(self, outcome: Outcome) -> Part:
        say = self._
        wishing = [child for child in outcome.task.children if child.wishes]
        best = Counter(outcome.best_rank(child) for child in wishing)
        nothing = sum(not outcome.has[child.id] for child in wishing)
        elsewhere = best[0] - nothing
        items = [
            parts.figure(
                say("Got wish {rank}", rank=rank),
                self.speech.number(best[rank]),
                tone="good" if rank == 1 else "",
            )
            for rank in RANKS
        ]
        return parts.figures(
            parts.figure(say("Children with wishes"), self.speech.number(len(wishing))),
            *items,
            *(
                [parts.figure(say("Stay in another club"), self.speech.number(elsewhere))]
                if elsewhere
                else []
            ),
            parts.figure(
                say("No club at all"), self.speech.number(nothing), tone="danger" if nothing else "good"
            ),
        )

    def _show_changes(self, edits: list[Edit]) -> Part:
        count = Counter((edit.sheet, edit.values is None or "until" in edit.values) for edit in edits)
        say = self._
        return parts.text(
            say(
                "What changes: {new} enrolments are added, {ended} end, {waiting} entries stand on waiting lists.",
                new=count["enrolment", False],
                ended=count["enrolment", True],
                waiting=count["waiting", False],
            )
        )

    def _show_fill(self, outcome: Outcome, look: Lookup) -> Part:
        say = self._
        chests = {row.id: row for row in self.desk.rows("chest")}
        waiting = outcome.waiting()
        bars, lines = [], []
        for club in outcome.task.clubs:
            row, there = look.clubs[club.id], outcome.count[club.id]
            is_open = outcome.is_open(club)
            wished, queue = len(outcome.able[club.id]), len(waiting.get(club.id, ()))
            tells = f"{there} / {club.capacity}" if is_open else say("does not open")
            chest = chests.get(row.chest_id)
            bars.append(charts.Bar(row.name, (there,), tells, colour_of(chest) if chest else ""))
            lines.append(
                parts.line(
                    club.id,
                    name=row.name,
                    there=there,
                    places=club.capacity,
                    wished=wished,
                    queue=queue,
                    state="" if is_open else say("does not open"),
                )
            )
        columns = [
            parts.column("name", say("Club"), wide=True),
            parts.column("there", say("Children"), "number"),
            parts.column("places", say("Places"), "number"),
            parts.column("wished", say("Wished and could come"), "number"),
            parts.column("queue", say("Waiting"), "number"),
            parts.column("state", say("Does it open?")),
        ]
        closed = sum(bool(line["cells"]["state"]) for line in lines)
        told = (
            self.speech.count("{count} club does not open.", "{count} clubs do not open.", closed)
            if closed
            else ""
        )
        return parts.fold(
            say("How full each club is"),
            parts.chart(
                say("Children in each club"),
                charts.bars(bars),
                parts.table(say("How full each club is"), columns, lines, key="fill"),
                told,
            ),
            key="fill",
        )

    def _show_children_of(self, outcome: Outcome, look: Lookup, words: ClubWords) -> Part:
        say = self._
        lines = []
        for child in outcome.task.children:
            if not child.wishes:
                continue
            has = outcome.has[child.id]
            best = outcome.best_rank(child)
            got = "; ".join(self._tell_got(child.wishes, club, words) for club in has) or say("none")
            reasons = words.reasons(outcome.explain(child))
            lines.append(
                parts.line(
                    child.id,
                    name=look.name(child.id) + (f" · {say('priority')}" if child.priority else ""),
                    group=look.class_of(child.id),
                    got=parts.cell(got, sort=best or (0 if has else 9), tone="" if has else "danger"),
                    why=reasons,
                    lot=child.lot,
                )
            )
        columns = [
            parts.column("name", say("Child")),
            parts.column("group", say("Class")),
            parts.column("got", say("Gets")),
            parts.column("why", say("Why not the others"), wide=True),
            parts.column("lot", say("Draw"), "number"),
        ]
        return parts.table(
            say("Each child, and why"),
            columns,
            lines,
            search=say("Search by name, class or club"),
            key="outcome",
        )

    def _tell_got(self, wishes: tuple[int, ...], club: int, words: ClubWords) -> str:
        if club in wishes:
            return self._("{club} (wish {rank})", club=words.name(club), rank=wishes.index(club) + 1)
        return words.name(club)

    @act
    def apply(self, _values: dict[str, Any]) -> Change:
        proposal = self.proposal
        if proposal is None or self._is_stale(proposal):
            raise Problem(
                self._("Children, clubs or wishes have changed since this was computed. Compute again.")
            )
        self.applied = proposal
        edits = self._make_edits(proposal)
        served = sum(bool(clubs) for clubs in proposal.outcome.plan.given.values())
        what = self.speech.count("Places given to {count} child", "Places given to {count} children", served)
        return Change(what, edits, place={"tab": "lists"}, whole=["enrolment", "waiting"])

    def _make_edits(self, proposal: Proposal) -> list[Edit]:
        look, outcome, terms = Lookup(self.desk), proposal.outcome, proposal.terms
        edits = [
            alter("enrolment", row, until=max(self.desk.today, row.since))
            for row in look.open
            if row.person_id in outcome.has and row.club_id not in outcome.has[row.person_id]
        ]
        new = [
            (child.id, club)
            for child in outcome.task.children
            for club in outcome.plan.given.get(child.id, ())
            if not look.find_enrolment(child.id, club)
        ]
        edits += [
            add("enrolment", -number, person_id=person, club_id=club, since=self.desk.today, why="allocation")
            for number, (person, club) in enumerate(new, 1)
        ]
        edits += [remove("waiting", row) for row in self.desk.rows("waiting")]
        edits += [
            add("waiting", -1, club_id=club, person_id=child.id, number=number)
            for club, children in outcome.waiting().items()
            for number, child in enumerate(children, 1)
        ]
        if terms.row:
            edits.append(alter("intake", terms.row, most=terms.most, seed=terms.seed))
        else:
            edits.append(add("intake", most=terms.most, seed=terms.seed, is_open=terms.is_open))
        return edits
