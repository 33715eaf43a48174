"""Balance of roles: who teaches and who learns, how often; to each of oneself, to guides of those whom they support."""

from __future__ import annotations

from typing import Final

from sandyq_apps.kit import parts
from sandyq_apps.kit.parts import Part
from sandyq_apps.peers_people import Balance, count_roles, read_pairs
from sandyq_apps.peers_words import LEARNERS, PeerWords

WORDS: Final = {
    "both": "mentor and learner",
    "mentor": "mentor only",
    "learner": "learner only",
    "none": "in no pair",
}
ADVICE: Final = {
    "both": "You teach and you learn: that is how it is meant.",
    "mentor": "You teach, and nobody teaches you yet. Look whether your needs and free hours leave room for it.",
    "learner": "You learn, and teach nobody yet. Add one more thing that you can offer: small ones count, too.",
    "none": "You are in no pair now. Look whether your offers, needs and free hours are right.",
}
TONES: Final[dict[str, parts.Tone]] = {"both": "good", "mentor": "", "learner": "", "none": "warn"}


class BalancePages(PeerWords):
    def show_balance(self) -> list[Part]:
        counts = count_roles(read_pairs(self.desk))
        own = self._show_own_balance(counts.get(self.own_id, Balance())) if self.is_learner else []
        return [*own, *self._show_all(counts)]

    def _show_own_balance(self, own: Balance) -> list[Part]:
        return [
            parts.figures(
                parts.figure(
                    self._("You teach"), self.speech.number(own.mentor), self._before(own.mentor_before)
                ),
                parts.figure(
                    self._("You learn"), self.speech.number(own.learner), self._before(own.learner_before)
                ),
                parts.figure(self._("Meetings written down"), self.speech.number(own.meetings)),
            ),
            parts.notice(self._(ADVICE[own.word]), TONES[own.word]),
        ]

    def _before(self, number: int) -> str:
        return self._("and {count} before", count=number) if number else ""

    def _show_all(self, counts: dict[int, Balance]) -> list[Part]:
        """Those whose record is open to the reader: a coach's groups, an administrator's school, the district's all."""
        people = [
            row
            for row in self.desk.rows("peer")
            if row.open and row.id != self.own_id and LEARNERS & set(row.roles)
        ]
        if not people:
            if self.is_learner:
                return []
            words = self._(
                "Put people into a training group of yours: then you see how their roles are balanced."
            )
            return [parts.empty(self._("Nobody is in your groups yet"), words)]
        lines = []
        for row in people:
            each = counts.get(row.id, Balance())
            lines.append(
                parts.line(
                    row.id,
                    name=row.name,
                    school=row.school,
                    roles=parts.cell(self._(WORDS[each.word]), tone=TONES[each.word]),
                    teaches=each.mentor,
                    learns=each.learner,
                    before=parts.cell(
                        f"{each.mentor_before} / {each.learner_before}",
                        sort=each.mentor_before + each.learner_before,
                    ),
                    meetings=each.meetings,
                )
            )
        columns = [
            parts.column("name", self._("Colleague")),
            parts.column("school", self._("School")),
            parts.column("roles", self._("Roles now")),
            parts.column("teaches", self._("Teaches"), "number"),
            parts.column("learns", self._("Learns"), "number"),
            parts.column("before", self._("Taught / learned before"), "number"),
            parts.column("meetings", self._("Meetings written down"), "number"),
        ]
        now = [counts.get(row.id, Balance()).word for row in people]
        figures = [
            parts.figure(
                self._(text).capitalize(),
                self.speech.number(now.count(key)),
                tone="good" if key == "both" else "",
            )
            for key, text in WORDS.items()
        ]
        return [
            parts.figures(*figures),
            parts.row(parts.print_button(self._("Print"))),
            parts.table(self._("Balance of roles"), columns, lines, search=self._("Search"), key="balance"),
        ]
