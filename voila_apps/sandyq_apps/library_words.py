"""What all pages of the library say alike: kinds, languages, licences, competences, states, people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sandyq.frameworks import known_competences, read_frameworks
from sandyq.i18n import LANGUAGE_NAMES
from sandyq.item_bank import measure_interval
from sandyq.library import LICENCES, SCHOOL_ONLY, tell_credit
from sandyq.school.academy.words import criteria
from sandyq_apps.kit import parts
from sandyq_apps.kit.desk import Row
from sandyq_apps.kit.parts import Part
from sandyq_apps.library_data import Difficulty, Shelf

if TYPE_CHECKING:
    from sandyq_apps.kit.app import App as Page
else:
    Page = object

KINDS: Final = {
    "item": "Item with a key",
    "sheet": "Worksheet",
    "plan": "Lesson plan",
    "lesson": "Lesson description",
}
STATES: Final = {
    "draft": "draft: only you see it",
    "offered": "waits for reviewers",
    "changes": "reviewers ask for changes",
    "accepted": "accepted",
}
TONES: Final[dict[str, parts.Tone]] = {
    "draft": "quiet",
    "offered": "warn",
    "changes": "warn",
    "accepted": "good",
}
LICENCE_NAMES: Final = {
    "CC BY 4.0": "Take, change, pass on, also for money: the author is named (CC BY)",
    "CC BY-SA 4.0": "Take, change, pass on: what comes of it stays as open (CC BY-SA)",
    "CC BY-NC 4.0": "Take, change, pass on, but not for money (CC BY-NC)",
    "CC BY-NC-SA 4.0": "Take, change, pass on, not for money: what comes of it stays as open (CC BY-NC-SA)",
    "CC BY-ND 4.0": "Pass on as it is, change nothing (CC BY-ND)",
    "CC BY-NC-ND 4.0": "Pass on as it is, not for money (CC BY-NC-ND)",
    "CC0 1.0": "Whatever one likes, without any condition (CC0)",
    SCHOOL_ONLY: "Only in the author's own school; reviewers see it, too",
}
VERDICTS: Final = {"yes": "Yes", "changes": "With changes", "no": "No"}
RULE: Final = (
    "Two people accept an edition, and nobody's “no” stands open: then it is accepted. Coaches, experts and the "
    "district may judge anything; teachers and heads what comes from another school, or from another community of "
    "their own. Nobody judges what they wrote, or what was adapted from it. Until you have given your review you do "
    "not see others'."
)


class LibraryWords(Page):
    """Who asks, and how things are called in their language."""

    shelf: Shelf

    @property
    def is_teacher(self) -> bool:
        return "teacher" in self.desk.me["roles"]

    @property
    def is_guide(self) -> bool:
        return bool({"coach", "district", "administrator"} & set(self.desk.me["roles"]))

    def tell_kind(self, kind: str) -> str:
        return self._(KINDS[kind])

    def tell_language(self, code: str) -> str:
        return LANGUAGE_NAMES[code]

    def tell_licence(self, key: str) -> str:
        return self._(LICENCE_NAMES[key])

    def tell_grades(self, grades: list[int]) -> str:
        """``5–7, 9``."""
        spans: list[list[int]] = []
        for grade in sorted(grades):
            if spans and spans[-1][1] == grade - 1:
                spans[-1][1] = grade
            else:
                spans.append([grade, grade])
        return ", ".join(f"{low}" if low == high else f"{low}–{high}" for low, high in spans) or "–"

    def tell_competence(self, code: str) -> str:
        known = known_competences().get(code)
        return f"{code.partition(' ')[0]} {known.tell(self.speech.language)}" if known else code

    def list_competences(self, among: set[str] | None = None) -> list[tuple[str, str]]:
        """Choices: all, or those that some work names."""
        return [
            (each.code, self.tell_competence(each.code))
            for framework in read_frameworks().values()
            for each in framework.competences
            if among is None or each.code in among
        ]

    def list_licences(self, keys: list[str] | None = None) -> list[tuple[str, str]]:
        return [(key, self.tell_licence(key)) for key in (keys or LICENCES)]

    def tell_person(self, person: int) -> str:
        return f"{self.shelf.name(person)}, {self.shelf.school(person)}"

    def tell_author(self, work: Row) -> str:
        return ", ".join(self.shelf.author(work))

    def tell_state(self, work: Row) -> str:
        state = self.shelf.state(work)
        if state == "offered" and (many := self.shelf.count_reviews(work)):
            return self.speech.count(
                "waits for reviewers: {count} has judged", "waits for reviewers: {count} have judged", many
            )
        return self._(STATES[state])

    def cell_of_state(self, work: Row) -> Part:
        return parts.cell(self.tell_state(work), tone=TONES[self.shelf.state(work)])

    def tell_credit(self, work: Row) -> str:
        return tell_credit(self.shelf.credits(work), self.speech.language)

    def tell_criterion(self, key: str) -> str:
        return self.speech.name(criteria()[key])

    def tell_verdict(self, row: Row) -> str:
        verdict = row.data["verdict"]
        return self._(VERDICTS[verdict]).lower()

    def tell_share(self, difficulty: Difficulty) -> str:
        """``64 % (49–77 %)``, or why there is none yet."""
        if difficulty.right is None or difficulty.share is None:
            return ""
        low, high = measure_interval(difficulty.right, difficulty.answered)
        return f"{self.speech.percent(difficulty.share)} ({round(low * 100)}–{round(high * 100)} %)"

    def title_of(self, work: Row, **values: Any) -> Part:
        """A cell that opens a work."""
        return parts.cell(work.title, act="open_work", values={"work": work.id} | values)

    def reply(self, work: Row, kind: str, text: str, **data: Any) -> dict[str, Any]:
        """The values of what the visitor says of a work."""
        return {
            "sheet": "resource",
            "row_id": work.id,
            "kind": kind,
            "text": text,
            "data": data,
            "on": self.desk.today,
        }
