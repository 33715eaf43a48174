"""What a survey's answers say: demand among the children asked, and the clubs worth opening. No page, no server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

from sandyq.surveys import BANDS, Question, band_of, wanted_chests

SMALLEST: Final = 5
"""Fewer children than this are not shown to the outside."""


@dataclass(frozen=True)
class Child:
    """A child of the school, or the one behind a sheet without a name (``id`` None)."""

    id: int | None
    grade: int
    sex: str = ""
    language: str = ""
    village: str = ""
    shift: int = 0

    @property
    def band(self) -> str:
        return band_of(self.grade)


@dataclass(frozen=True)
class Reply:
    """A child and what was answered, by question."""

    child: Child
    answers: Mapping[str, Any]
    wants: frozenset[int]
    """Chests."""


@dataclass
class Group:
    """A part of the children asked; counts are children, never answers."""

    asked: int = 0
    answered: int = 0
    wants: Counter[int] = field(default_factory=Counter)
    """By chest."""

    @property
    def silent(self) -> int:
        """How many have not answered."""
        return max(self.asked - self.answered, 0)

    @property
    def extra(self) -> int:
        """More sheets than children: some child is counted twice."""
        return max(self.answered - self.asked, 0)

    def share(self, chest: int) -> float:
        return self.wants[chest] / self.asked if self.asked else 0.0


DIMENSIONS: Final[dict[str, Callable[[Child], str]]] = {
    "band": lambda child: child.band,
    "language": lambda child: child.language,
    "sex": lambda child: child.sex,
    "village": lambda child: child.village,
}


@dataclass(frozen=True)
class Demand:
    whole: Group
    parts: Mapping[str, Mapping[str, Group]]
    """By dimension, then by its value: ``parts["sex"]["f"]``."""


def read_replies(
    questions: Sequence[Question], asked: Mapping[int, Child], rows: Iterable[Mapping[str, Any]]
) -> list[Reply]:
    """Return the answers of children asked; of named children who are not (any more) none."""
    replies = []
    for row in rows:
        if row["person_id"] is None:
            about = row["about"]
            child = Child(None, about["grade"], about.get("sex", ""), about["language"])
        elif row["person_id"] in asked:
            child = asked[row["person_id"]]
        else:
            continue
        replies.append(Reply(child, row["answers"], wanted_chests(questions, row["answers"])))
    return replies


def count_demand(asked: Collection[Child], replies: Iterable[Reply]) -> Demand:
    """Count who wants which chest: of all children asked, and by each dimension."""
    whole, parts = Group(), {name: dict[str, Group]() for name in DIMENSIONS}

    def groups(child: Child) -> list[Group]:
        return [
            whole,
            *(parts[name].setdefault(key(child), Group()) for name, key in DIMENSIONS.items()),
        ]

    for child in asked:
        for group in groups(child):
            group.asked += 1
    for reply in replies:
        for group in groups(reply.child):
            group.answered += 1
            group.wants.update(reply.wants)
    return Demand(whole, parts)


@dataclass(frozen=True)
class Club:
    chest: int
    grade_from: int
    grade_to: int
    capacity: int


def places_for(clubs: Iterable[Club], chest: int, band: str) -> int:
    """Return the places that existing clubs of a chest have for an age band.

    A club for grades of two bands counts for each by its share of grades: 15 places for grades 3–6 are 7.5 for 1–4.
    The sum is rounded down.
    """
    first, last = BANDS[band]
    total = Fraction(0)
    for club in clubs:
        grades = range(club.grade_from, club.grade_to + 1)
        if club.chest == chest and grades:
            inside = sum(first <= grade <= last for grade in grades)
            total += Fraction(club.capacity * inside, len(grades))
    return int(total)


@dataclass(frozen=True)
class Advice:
    """A chest and an age band for which clubs are worth opening, and why."""

    chest: int
    band: str
    wanting: int
    places: int
    size: int
    groups: int
    languages: Mapping[str, int]
    """Who wants it, by language."""
    shifts: Mapping[int, int]
    topics: Sequence[tuple[Mapping[str, str], int]]
    """The answers most often given for this chest, and by how many children."""

    @property
    def unmet(self) -> int:
        return self.wanting - self.places


def advise(  # noqa: PLR0913, PLR0917 # what the formula speaks of
    questions: Sequence[Question],
    replies: Sequence[Reply],
    clubs: Sequence[Club],
    chests: Iterable[int],
    size: int,
    least: int,
) -> list[Advice]:
    """Return the clubs worth opening, the greatest want first.

    Unmet children (who want the chest, less the places of existing clubs) ÷ ``size`` of a group; a rest of at least
    ``least`` children is a group, too. Fewer than ``least`` are no club.
    """
    found = []
    for chest in chests:
        for band in BANDS:
            wanting = [reply for reply in replies if chest in reply.wants and reply.child.band == band]
            places = places_for(clubs, chest, band)
            groups = count_groups(len(wanting) - places, size, least)
            if groups:
                found.append(
                    Advice(
                        chest,
                        band,
                        len(wanting),
                        places,
                        size,
                        groups,
                        Counter(reply.child.language for reply in wanting),
                        Counter(reply.child.shift for reply in wanting),
                        _top_topics(questions, wanting, chest),
                    )
                )
    return sorted(found, key=lambda each: (-each.unmet, each.chest, each.band))


def count_groups(unmet: int, size: int, least: int) -> int:
    """Return how many groups of ``size`` children are full, and one more for a rest of at least ``least``."""
    full, rest = divmod(max(unmet, 0), size)
    return full + (rest >= least)


def _top_topics(
    questions: Sequence[Question], replies: Sequence[Reply], chest: int
) -> list[tuple[Mapping[str, str], int]]:
    named: Counter[tuple[int, int]] = Counter()
    for place, question in enumerate(questions):
        if question.kind != "several":
            continue
        for reply in replies:
            chosen = question.chosen(reply.answers.get(question.id, []))
            named.update((place, each) for each in chosen if question.options[each - 1].chest == chest)
    return [(questions[place].options[each - 1].text, count) for (place, each), count in named.most_common(2)]


def count_answers(question: Question, replies: Iterable[Reply]) -> Counter[Any]:
    """Return how many children said what: by option's number (of an order the dearest), step, or true and false."""
    said: Counter[Any] = Counter()
    for reply in replies:
        answer = reply.answers.get(question.id)
        if answer is not None:
            said.update(question.chosen(answer) if question.has_options else [answer])
    return said
