"""Twenty constructed conflicts: who gets what is settled by hand, and the sentence says why, word for word."""

import ast
import importlib
from dataclasses import replace
from pathlib import Path

import pytest
from test_apps_allocation import value  # the slow way's sums

from sandyq.i18n import load_translations
from sandyq_apps.allocation import Child, Club, Task, Time, solve
from sandyq_apps.allocation_reasons import Outcome
from sandyq_apps.clubs_school import Breach
from sandyq_apps.clubs_words import GOAL_WORDS, KINDS, PARTS, SEXES, SHIFTS, TEACHING, ClubWords
from sandyq_apps.kit.desk import Row
from sandyq_apps.kit.speech import Speech

EARLY, MID, LATE = Time(0, "14:30", "15:45"), Time(0, "15:00", "16:00"), Time(0, "16:00", "17:15")
TUESDAY = Time(1, "14:30", "15:45")
NAMES = {1: "Chess", 2: "Drawing", 3: "Football"}


def child(number, *wishes, **about):
    return Child(number, **{"grade": 5, "language": "kk", "lot": number, "wishes": wishes} | about)


def club(number, capacity=9, **about):
    return Club(number, capacity, **about)


def crowd(first, count, *wishes, **about):
    return [child(number, *wishes, **about) for number in range(first, first + count)]


CONFLICTS = {
    "the grade is too low": (
        [club(1, grades=(7, 9))], [child(1, 1)], 1,
        {}, ["«Chess» is for the grades 7–9."],
    ),
    "the grade is too high": (
        [club(1, grades=(1, 1))], [child(1, 1)], 1,
        {}, ["«Chess» is for the grades 1."],
    ),
    "the club is held in the other language": (
        [club(1, language="ru")], [child(1, 1)], 1,
        {}, ["«Chess» is held in this language: Russian."],
    ),
    "the bus leaves too early": (
        [club(1, times=(LATE,))], [child(1, 1, leaves={0: "16:00"})], 1,
        {}, ["«Chess»: the bus leaves at 16:00, the club ends at 17:15 (Monday)."],
    ),
    "the bus leaves too early on the second day only": (
        [club(1, times=(EARLY, TUESDAY))], [child(1, 1, leaves={0: "17:30", 1: "15:00"})], 1,
        {}, ["«Chess»: the bus leaves at 15:00, the club ends at 15:45 (Tuesday)."],
    ),
    "no bus goes on that day": (
        [club(1, times=(TUESDAY,))], [child(1, 1, leaves={0: "17:30"})], 1,
        {}, ["«Chess»: on this day the bus does not go (Tuesday)."],
    ),
    "the child has lessons then": (
        [club(1, times=(replace(EARLY, shift=1),))], [child(1, 1, shift=2)], 1,
        {}, ["«Chess» meets Mo 14:30–15:45, when the child has lessons."],
    ),
    "it meets at the same time as the dearer club": (
        [club(1, times=(EARLY,)), club(2, times=(MID,))], [child(1, 1, 2)], 2,
        {1: (1,)}, ["«Drawing» meets Mo 15:00–16:00, at the same time as «Chess» (Mo 14:30–15:45)."],
    ),
    "it meets at the same time as a club the child is in": (
        [club(1, times=(EARLY,)), club(2, times=(MID,))], [child(1, 1, keeps=(2,))], 2,
        {}, ["«Chess» meets Mo 14:30–15:45, at the same time as «Drawing» (Mo 15:00–16:00)."],
    ),
    "one club is all that a child may have": (
        [club(1), club(2)], [child(1, 1, 2)], 1,
        {1: (1,)}, ["«Drawing»: the child has as many clubs as one may have."],
    ),
    "the child is in as many clubs as it may be": (
        [club(1), club(2)], [child(1, 1, keeps=(2,))], 1,
        {}, ["«Chess»: the child has as many clubs as one may have."],
    ),
    "too few wished for it": (
        [club(1, least=8)], crowd(1, 5, 1), 1,
        {}, ["«Chess» does not open: 5 of the 8 children it needs wished for it and could come."],
    ),
    "enough wished for it, but too few of them could come": (
        [club(1, least=2, grades=(7, 9))], [child(1, 1, grade=7), child(2, 1)], 1,
        {}, ["«Chess» does not open: 1 of the 2 children it needs wished for it and could come."],
    ),
    "it could open, but those who wished for it have what they wished more": (
        [club(1, least=2), club(2)], [child(1, 2, 1), child(2, 2, 1)], 1,
        {1: (2,), 2: (2,)}, ["«Chess»: the child has as many clubs as one may have."],
    ),
    "one too many, and the draw decided": (
        [club(1, 2)], [child(3, 1), *crowd(1, 2, 1)], 1,
        {1: (1,), 2: (1,)}, ["«Chess» is full: 2 places, 3 wished for it and could come. In it: 2 were drawn earlier."],
    ),
    "one too many, and priority decided": (
        [club(1, 1)], [child(1, 1), child(2, 1, priority=True)], 1,
        {2: (1,)}, ["«Chess» is full: 1 places, 2 wished for it and could come. In it: 1 with priority."],
    ),
    "others wished it more": (
        [club(1, 1), club(2, 1), club(3)], [child(1, 2, 1, 3), child(2, 1, 3), child(3, 2)], 1,
        None, None,
    ),
    "who is in it already stays": (
        [club(1, 1)], [child(1, 1), child(2, keeps=(1,))], 1,
        {}, ["«Chess» is full: 1 places, 1 wished for it and could come. In it: 1 was in it already."],
    ),
    "another child would have nothing": (
        [club(1, 1), club(2)], [child(1, 1, 2), child(2, 1, lot=5)], 1,
        {1: (2,), 2: (1,)},
        ["«Chess» is full: 1 places, 2 wished for it and could come. In it: 1 keeps the place because more wishes are met so."],  # noqa: E501
    ),
    "a lesser club would not open without the child": (
        [club(1, 5), club(2, least=2)], [child(1, 1, 2), child(2, 2)], 1,
        {1: (2,), 2: (2,)},
        ["«Chess»: there is a place, but without this child «Drawing» would have fewer than 2, so that it could not open."],  # noqa: E501
    ),
    "a third wish where the first two are full": (
        [club(1, 1), club(2, 1), club(3)], [child(9, 1, 2, 3), child(1, 1), child(2, 2)], 1,
        {9: (3,), 1: (1,), 2: (2,)},
        [
            "«Chess» is full: 1 places, 2 wished for it and could come. In it: 1 was drawn earlier.",
            "«Drawing» is full: 1 places, 2 wished for it and could come. In it: 1 wished it more.",
        ],
    ),
}  # fmt: skip


def words(clubs, language="en"):
    rows = {
        each.id: Row(
            name=NAMES[each.id], grade_from=each.grades[0], grade_to=each.grades[1], language=each.language
        )
        for each in clubs
    }
    return ClubWords(Speech(language), rows)


@pytest.mark.parametrize("name", CONFLICTS)
def test_a_conflict_is_settled_and_explained(name):
    clubs, children, most, given, told = CONFLICTS[name]
    task = Task(tuple(clubs), tuple(children), most)
    plan = solve(task)
    assert plan.is_proven
    assert tuple(stage.value for stage in plan.stages) == value(task, plan.given)
    if given is not None:
        assert plan.given == given
        outcome = Outcome(task, plan)
        assert [words(clubs).reason(reason) for reason in outcome.explain(children[0])] == told


def test_others_who_wished_it_more_are_named():
    clubs, children, most, *_ = CONFLICTS["others wished it more"]
    children = [children[0], children[1], child(3, 2, lot=0)]
    outcome = Outcome(task := Task(tuple(clubs), tuple(children), most), solve(task))
    assert outcome.plan.given == {1: (3,), 2: (1,), 3: (2,)}
    assert [words(clubs).reason(reason) for reason in outcome.explain(children[0])] == [
        "«Drawing» is full: 1 places, 2 wished for it and could come. In it: 1 was drawn earlier.",
        "«Chess» is full: 1 places, 2 wished for it and could come. In it: 1 wished it more.",
    ]


@pytest.mark.parametrize("language", ["kk", "ru"])
@pytest.mark.parametrize("name", CONFLICTS)
def test_each_conflict_is_explained_in_each_language(name, language):
    clubs, children, most, *_ = CONFLICTS[name]
    outcome = Outcome(task := Task(tuple(clubs), tuple(children), most), solve(task))
    for reason in outcome.explain(children[0]):
        told = words(clubs, language).reason(reason)
        assert NAMES[reason.club] in told
        assert told != words(clubs).reason(reason)
        assert "{" not in told


def test_a_breach_says_what_a_change_by_hand_breaks():
    say = words([club(1), club(2)])
    assert say.breach(Breach("full", 1, number=15)) == "«Chess» is full: 15 places."
    assert say.breach(Breach("limit", 1, number=2)) == "A child may be in 2 clubs at most."
    assert say.breach(Breach("already", 2)) == "The child is in «Drawing» already."
    assert "at the same time as «Drawing»" in say.breach(Breach("clash", 1, other=2, times=(EARLY, MID)))


# ---- words that are no literals where they are said


def texts_of_the_app():
    """All English texts in dictionaries, and in calls that no extractor of gettext finds."""
    import sandyq_apps.clubs_children as pages
    import sandyq_apps.clubs_import as importing
    import sandyq_apps.clubs_lists as lists
    from sandyq_apps import clubs

    dictionaries = (
        KINDS,
        TEACHING,
        SEXES,
        SHIFTS,
        GOAL_WORDS,
        clubs.TABS,
        pages.TITLES,
        importing.PROBLEMS,
        lists.WHYS,
    )
    texts = {text for words in dictionaries for text in words.values()} - {"–"}
    folder = Path(importlib.import_module("sandyq_apps").__file__).parent
    for path in folder.glob("clubs*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                if name in ("speech", "say", "_"):
                    texts.add(node.args[0].value)
    return texts


def plurals_of_the_app():
    folder = Path(importlib.import_module("sandyq_apps").__file__).parent
    pairs = set(PARTS.values())
    for path in folder.glob("clubs*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "attr", "") == "count"
                and len(node.args) == 3
            ):
                one, many = node.args[:2]
                if isinstance(one, ast.Constant):
                    pairs.add((one.value, many.value))
    return pairs


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_every_text_of_the_app_is_said_in_the_language(language):
    translations = load_translations(language)
    assert {text for text in texts_of_the_app() if translations.gettext(text) == text} == set()
    pairs = plurals_of_the_app()
    assert len(pairs) > 10
    assert {pair for pair in pairs if translations.ngettext(*pair, 5) in pair} == set()
