"""The library's rules, known alike to school, portal and app: licences, acceptance, how works are credited."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sandyq.i18n import translator

SCHOOL_ONLY: Final = "school"
REVIEWERS: Final = 2
"""People who must accept an edition."""
VERDICTS: Final = ("yes", "changes", "no")
"""From the best to the worst."""


@dataclass(frozen=True)
class Licence:
    """What others may do with a work, by the conditions of Creative Commons; all are told when it is chosen."""

    key: str
    attribution: bool = True
    share_alike: bool = False
    non_commercial: bool = False
    no_derivatives: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it leaves the school in which it was written."""
        return self.key != SCHOOL_ONLY


LICENCES: Final = {
    each.key: each
    for each in (
        Licence("CC BY 4.0"),
        Licence("CC BY-SA 4.0", share_alike=True),
        Licence("CC BY-NC 4.0", non_commercial=True),
        Licence("CC BY-NC-SA 4.0", share_alike=True, non_commercial=True),
        Licence("CC BY-ND 4.0", no_derivatives=True),
        Licence("CC BY-NC-ND 4.0", non_commercial=True, no_derivatives=True),
        Licence("CC0 1.0", attribution=False),
        Licence(SCHOOL_ONLY),
    )
}


def may_become(parent: str, adaptation: str) -> bool:
    """Whether what was adapted from a work under one licence may stand under another.

    Creative Commons, FAQ, "adapter's licence chart" (https://creativecommons.org/faq): SA stays the very same licence,
    NC stays NC, ND is not adapted, attribution is never dropped. A work for one school stays in it; what is open is not
    closed again by an adaptation, which is the library's own rule.
    """
    old, new = LICENCES[parent], LICENCES[adaptation]
    if old.no_derivatives:
        return False
    if old.share_alike or not old.is_open or not new.is_open:
        return old == new
    return new.attribution >= old.attribution and new.non_commercial >= old.non_commercial


def list_licences_after(parent: str | None) -> list[str]:
    """Return the licences that a work may have, or, with ``parent``'s licence, that an adaptation of it may."""
    return [key for key in LICENCES if parent is None or may_become(parent, key)]


# acceptance


@dataclass(frozen=True)
class Review:
    """What one person says of one edition."""

    by: int
    edition: int
    verdict: str


@dataclass(frozen=True)
class Standing:
    """How an edition stands: who said what of it."""

    edition: int
    said: Mapping[int, str] = field(default_factory=dict)
    """Verdict by person."""

    @property
    def accepting(self) -> int:
        return sum(verdict == "yes" for verdict in self.said.values())

    @property
    def is_accepted(self) -> bool:
        """Two people accept it and nobody's no stands open."""
        return self.accepting >= REVIEWERS and "no" not in self.said.values()


def judge(edition: int, reviews: Iterable[Review]) -> Standing:
    """Return how an edition stands; what was said of others does not count, of one person's words the last do."""
    return Standing(edition, {each.by: each.verdict for each in reviews if each.edition == edition})


def find_verdict(criteria: Mapping[str, str]) -> str:
    """Return the verdict of somebody who judged by criteria: what is worst of them."""
    return max(criteria.values(), key=VERDICTS.index)


# credit


@dataclass(frozen=True)
class Work:
    """What a credit line names."""

    title: str
    author: str
    school: str
    licence: str
    edition: int = 1


def tell_licence(key: str, language: str) -> str:
    """Return the short name of a licence: ``CC BY 4.0``; of a work for one school the words for it."""
    return translator(language)("for our school only") if key == SCHOOL_ONLY else key


def tell_credit(works: Sequence[Work], language: str) -> str:
    """Return the line that names a work, its authors and licence, and whatever it was adapted from, the newest first.

    A work in the public domain (CC0) is credited, too: nobody must, colleagues do.
    """
    say = translator(language)
    first, *earlier = works
    told = say("“{title}”, edition {edition}. {author}, {school}. {licence}").format(
        title=first.title,
        edition=first.edition,
        author=first.author,
        school=first.school,
        licence=tell_licence(first.licence, language),
    )
    if not earlier:
        return told
    bases = "; ".join(
        say("“{title}” ({author}, {school}, {licence})").format(
            title=each.title,
            author=each.author,
            school=each.school,
            licence=tell_licence(each.licence, language),
        )
        for each in earlier
    )
    return f"{told}. {say('Adapted from: {works}').format(works=bases)}"
