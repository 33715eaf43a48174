"""A lesson that was seen, for whoever reads of it: what was seen, the next step and its yes, the sheet to print."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sandyq_apps.kit import parts
from sandyq_apps.kit.app import Problem, act
from sandyq_apps.kit.desk import Change, Row, add, alter
from sandyq_apps.kit.papers import render
from sandyq_apps.kit.parts import Part
from sandyq_apps.peers_words import PeerWords, find_judgements

EMPTY_LINES: Final = 9
EMPTY_COUNTS: Final = 3


class ObservedPages(PeerWords):
    replies: Callable[[str, int, str], list[Row]]

    def _tell_state_of(self, row: Row) -> tuple[str, parts.Tone]:
        if not row.step:
            return self._("no next step yet"), ""
        if self.is_agreed(row):
            return self._("agreed by both"), "good"
        return self._("waits for the teacher's yes"), "warn"

    def is_agreed(self, row: Row) -> bool:
        """The teacher has said yes to the step as it stands now."""
        return any(reply.text == row.step for reply in self.replies("observation", row.id, "agree"))

    def _back_to_all(self) -> Part:
        return parts.row(
            parts.button(f"← {self._('All observations')}", "open_observation", {"observation": 0})
        )

    @act
    def open_observation(self, values: dict[str, Any]) -> None:
        self.place |= {"observation": values["observation"], "form": "", "paper": ""}

    @act
    def open_paper(self, values: dict[str, Any]) -> None:
        self.place["paper"] = values["paper"]

    def _list_seen(self, row: Row, *, own: bool) -> list[Part]:
        shown: list[Part] = []
        for number, each in self._sort_seen(row):
            line = parts.text(f"{self._('{minutes} min', minutes=each['minute'])} – {each['text']}")
            away = parts.button(
                self._("Remove"),
                "remove_seen",
                {"observation": row.id, "number": number},
                key=f"seen-{number}",
            )
            shown.append(parts.row(line, away) if own else line)
            words = find_judgements(each["text"]) if own else []
            if words:
                told = self._(
                    "«{words}» judges. What did you see or hear that makes you think so? You may leave it as it is.",
                    words="», «".join(words),
                )
                shown.append(parts.notice(told, "quiet"))
        return shown

    def _sort_seen(self, row: Row) -> list[tuple[int, dict[str, Any]]]:
        return sorted(enumerate(row.seen), key=lambda each: (each[1]["minute"], each[0]))

    # somebody else's

    def _show_others(self, row: Row) -> list[Part]:
        state, tone = self._tell_state_of(row)
        step = parts.text(row.step) if row.step else parts.text(state, "quiet")
        agree = parts.button(
            self._("I agree to this step"),
            "agree_step",
            {"observation": row.id, "step": row.step},
            tone="primary",
        )
        may_agree = row.person_id == self.own_id and row.step and not self.is_agreed(row)
        counts = [parts.text(f"{name}: {many}") for name, many in sorted(row.tally.items())]
        return [
            self._back_to_all(),
            parts.heading(row.lesson),
            parts.text(f"{self.person_and_school(row.person_id)} · {self.speech.date(row.on)}"),
            parts.text(f"{self._('Who watched')}: {self.person_and_school(row.by)}"),
            parts.card(self._("What to look at"), parts.text(row.focus), key="focus"),
            *([parts.card(self._("Tally"), *counts, key="tally")] if counts else []),
            parts.card(self._("What was seen and heard"), *self._list_seen(row, own=False), key="seen"),
            parts.card(
                self._("Next step"),
                step,
                *([parts.notice(state, tone)] if row.step else []),
                *([agree] if may_agree else []),
                key="step",
            ),
            parts.row(parts.button(self._("Sheet to print"), "open_paper", {"paper": "filled"})),
        ]

    @act
    def agree_step(self, values: dict[str, Any]) -> Change:
        """Say yes to the step that one saw; a yes to an older step is said anew."""
        row = self.row("observation", values["observation"])
        if row.step != values["step"]:
            raise Problem(self._("The step has been changed meanwhile. Read it again."))
        about = {"text": row.step, "on": self.desk.today}
        old = [reply for reply in self.replies("observation", row.id, "agree") if reply.by == self.own_id]
        edit = (
            alter("reply", old[0], **about)
            if old
            else add("reply", sheet="observation", row_id=row.id, kind="agree", **about)
        )
        return Change(self._("Agreed to the next step: {step}", step=row.step[:100]), [edit])

    def _paper(self, row: Row | None) -> str:
        seen = [each for _number, each in self._sort_seen(row)] if row else []
        return render(
            "peers/observation.html",
            _=self._,
            row=row,
            day=self.speech.date(row.on) if row else "",
            teacher=self.person_and_school(row.person_id) if row else "",
            observer=self.person_and_school(row.by) if row else "",
            seen=seen or ([{"minute": "", "text": ""}] * EMPTY_LINES if row is None else []),
            tally=sorted(row.tally.items()) if row else [("", "")] * EMPTY_COUNTS,
            is_agreed=bool(row and row.step and self.is_agreed(row)),
        )
