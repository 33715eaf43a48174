"""The library as it stands on the desk: works with their state, family, uses and difficulty. No widgets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from sandyq.library import Work
from sandyq_apps.kit.desk import Desk, Row


@dataclass(frozen=True)
class Difficulty:
    """Of first answers in all lessons with the item."""

    answered: int = 0
    right: int | None = None
    lessons: int = 0

    @property
    def share(self) -> float | None:
        return None if self.right is None else self.right / self.answered


@dataclass(frozen=True)
class Shelf:
    """Everything of the library that a person may see."""

    desk: Desk
    works: dict[int, Row]
    standings: dict[int, Row]
    replies: dict[tuple[int, str], list[Row]]
    answers: dict[int, Difficulty]
    members: dict[int, Row] = field(repr=False)

    @classmethod
    def read(cls, desk: Desk) -> Shelf:
        said: dict[tuple[int, str], list[Row]] = defaultdict(list)
        for row in desk.rows("reply"):
            if row.sheet == "resource":
                said[row.row_id, row.kind].append(row)
        answers = {
            row.id: Difficulty(row.answered, row.right, row.lessons) for row in desk.rows("item_answers")
        }
        return cls(
            desk,
            {row.id: row for row in desk.rows("resource")},
            {row.id: row for row in desk.rows("shelf")},
            said,
            answers,
            {row.id: row for row in desk.rows("member")},
        )

    @property
    def me(self) -> int:
        return int(self.desk.me["id"])

    def name(self, person: int) -> str:
        found = self.members.get(person)
        return str(found.name) if found else "–"

    def school(self, person: int) -> str:
        found = self.members.get(person)
        return str(found.school) if found else "–"

    def author(self, work: Row) -> tuple[str, str]:
        """Return the author's name and school, also when they are there no more."""
        found = self.standings.get(work.id)
        return (str(found.author), str(found.author_school)) if found else ("–", "–")

    def state(self, work: Row) -> str:
        """``draft``, ``offered`` (it waits for reviewers), ``changes`` (somebody asks for them) or ``accepted``."""
        if work.state == "draft":
            return "draft"
        if self.is_accepted(work):
            return "accepted"
        asked = any(review.data["verdict"] != "yes" for review in self.reviews(work))
        return "changes" if asked and work.by == self.me else "offered"

    def is_accepted(self, work: Row) -> bool:
        found = self.standings.get(work.id)
        return bool(found and found.accepted)

    def count_reviews(self, work: Row) -> int:
        """How many have judged this edition, whatever they said."""
        found = self.standings.get(work.id)
        return int(found.reviews) if found else 0

    def may_review(self, work: Row) -> bool:
        found = self.standings.get(work.id)
        return bool(found and found.may_review)

    def reviews(self, work: Row, edition: int | None = None) -> list[Row]:
        """What one may know of an edition's reviews; None: of the one that stands now."""
        wanted = work.edition if edition is None else edition
        return [row for row in self.replies.get((work.id, "review"), ()) if row.data["edition"] == wanted]

    def own_review(self, work: Row) -> Row | None:
        return next((row for row in self.reviews(work) if row.by == self.me), None)

    def uses(self, work: Row) -> list[Row]:
        return sorted(self.replies.get((work.id, "use"), ()), key=lambda row: (row.on, row.id), reverse=True)

    def given_back(self, work: Row) -> list[Row]:
        return [row for row in self.replies.get((work.id, "give"), ()) if row.data["resource"] in self.works]

    def parents(self, work: Row) -> list[Row]:
        """What a work was adapted from, the nearest first, as far as one sees it."""
        found = []
        row = self.works.get(work.parent_id)
        while row is not None:
            found.append(row)
            row = self.works.get(row.parent_id)
        return found

    def adaptations(self, work: Row) -> list[Row]:
        return [row for row in self.works.values() if row.parent_id == work.id]

    def difficulty(self, work: Row) -> Difficulty:
        return self.answers.get(work.id, Difficulty())

    def credits(self, work: Row) -> list[Work]:
        """What its credit line names."""
        return [
            Work(each.title, *self.author(each), each.licence, each.edition)
            for each in (work, *self.parents(work))
        ]

    def queue(self) -> list[Row]:
        """What waits for the visitor's review, the longest first."""
        return [
            work
            for work in self.works.values()
            if self.may_review(work) and not self.is_accepted(work) and self.own_review(work) is None
        ]

    def own(self) -> list[Row]:
        return [work for work in self.works.values() if work.by == self.me]

    def list_uses(self) -> list[tuple[Row, Row]]:
        """Who uses what: (work, use), the newest first."""
        found = [(work, use) for work in self.works.values() for use in self.uses(work)]
        return sorted(found, key=lambda each: (each[1].on, each[1].id), reverse=True)


def count_use(uses: Iterable[Row]) -> tuple[int, int]:
    """Return in how many lessons or classes a work was used, and by how many people."""
    found = list(uses)
    return len(found), len({row.by for row in found})
