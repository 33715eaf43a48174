"""The interest survey's sums, against other ways to get them; its bank, its digits, its words."""

import re
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandyq.i18n import LANGUAGES, load_translations
from sandyq.icons import draw_icon
from sandyq.surveys import BANDS, Question, band_of, read_questions, wanted_chests
from sandyq_apps import survey, survey_results, survey_state
from sandyq_apps.kit.desk import Row
from sandyq_apps.survey_bank import bank_questions, read_bank
from sandyq_apps.survey_counts import (
    Child,
    Club,
    Reply,
    advise,
    count_demand,
    count_groups,
    places_for,
    read_replies,
)
from sandyq_apps.survey_paper import ROOM, count_lines
from sandyq_apps.survey_typing import find_twins, read_digits, write_digits

CHESTS = {place: place * 10 for place in range(1, 6)}
BANK = bank_questions(CHESTS)
IDS = list(CHESTS.values())


def answers_to(question):
    n = len(question.options)
    return {
        "several": st.lists(st.integers(1, max(n, 1)), min_size=1, max_size=9, unique=True).map(sorted),
        "rank": st.lists(st.integers(1, max(n, 1)), min_size=1, max_size=3, unique=True),
        "scale": st.integers(1, 5),
        "yesno": st.booleans(),
        "text": st.sampled_from(["шахмат", "фото"]),
    }[question.kind]


def test_the_bank_is_whole_in_three_languages_with_sources_and_a_ready_set_for_each_age():
    for entry in read_bank():
        texts = [entry["text"], *(option["text"] for option in entry.get("options", ()))]
        texts += [entry[end] for end in ("low", "high") if entry["kind"] == "scale"]
        assert all(set(text) == set(LANGUAGES) and all(text.values()) for text in texts), entry["id"]
        assert entry["source"]
        chests = [entry.get("chest"), *(option["chest"] for option in entry.get("options", ()))]
        assert set(chests) <= {None, 1, 2, 3, 4, 5}
        assert all(draw_icon(option["icon"]) for option in entry.get("options", ()))
    ready = bank_questions(CHESTS, ready=True)
    for band in BANDS:
        asked = [question for question in ready if band in question.bands]
        wanted = {option.chest for question in asked for option in question.options}
        assert wanted == set(IDS)
        assert count_lines(asked) <= ROOM
    assert len({question.id for question in BANK}) == len(BANK)
    assert all(question.is_complete for question in BANK)


def test_a_question_is_kept_and_read_the_same():
    assert read_questions(question.keep() for question in BANK) == BANK


@pytest.mark.parametrize(
    "broken",
    [
        {"id": "a", "kind": "guess", "text": {}},
        {"id": "../a", "kind": "text", "text": {}},
        {"id": "a", "kind": "text", "text": "x"},
        {"id": "a", "kind": "several", "text": {}, "options": [{"text": {}, "icon": "../../x"}]},
        {"id": "a", "kind": "several", "text": {}, "options": [{"text": {}}] * 10},
        {"id": "a", "kind": "scale", "text": {}, "chest": "1"},
        {"id": "a", "kind": "scale", "text": {}, "bands": ["1-3"]},
        {"id": "a", "kind": "text", "text": {}, "surprise": 1},
    ],
)
def test_what_is_no_question_is_refused(broken):
    with pytest.raises(ValueError, match=r"(?i)question"):
        Question.read(broken)


@given(st.data())
def test_digits_say_again_what_was_answered(data):
    question = data.draw(st.sampled_from(BANK))
    answer = data.draw(answers_to(question))
    assert question.takes(answer)
    assert read_digits(question, write_digits(question, answer)) == answer


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("several", "1x"),
        ("several", "0"),
        ("several", "-"),
        ("rank", "11"),
        ("rank", "1234"),
        ("scale", "6"),
        ("scale", "12"),
        ("yesno", "3"),
        ("yesno", "12"),
    ],
)
def test_digits_that_mean_nothing_are_refused(kind, typed):
    question = next(each for each in BANK if each.kind == kind)
    with pytest.raises(ValueError, match=re.escape(typed)):
        read_digits(question, typed)


def test_digits_may_stand_apart():
    question = next(each for each in BANK if each.kind == "several")
    assert read_digits(question, " 3, 1 3 ") == [1, 3]
    assert read_digits(question, "  ") is None


def test_each_kind_of_answer_speaks_for_its_chests():
    several, rank = (next(each for each in BANK if each.kind == kind) for kind in ("several", "rank"))
    assert several.wants([1, 9]) == {10, 50}
    assert rank.wants([5, 1, 3]) == {50, 10}
    scale = next(each for each in BANK if each.id == "scale-arts")
    assert [scale.wants(step) for step in (3, 4, 5)] == [set(), {20}, {20}]
    yes = next(each for each in BANK if each.id == "young-stage")
    assert (yes.wants(True), yes.wants(False)) == ({50}, set())
    assert next(each for each in BANK if each.kind == "text").wants("домбыра") == set()


children = st.builds(
    Child,
    id=st.none(),
    grade=st.integers(1, 11),
    sex=st.sampled_from(["f", "m", ""]),
    language=st.sampled_from(["kk", "ru"]),
    village=st.sampled_from(["Ақбұлақ", "Көктөбе", ""]),
    shift=st.integers(1, 2),
)


@st.composite
def schools(draw):
    asked = [
        Child(number, child.grade, child.sex, child.language, child.village, child.shift)
        for number, child in enumerate(draw(st.lists(children, max_size=40)))
    ]
    who = draw(st.sets(st.integers(0, max(len(asked) - 1, 0)))) if asked else set()
    replies = [Reply(asked[number], {}, draw(st.frozensets(st.sampled_from(IDS)))) for number in sorted(who)]
    return asked, replies


@given(schools())
def test_each_dimension_counts_every_child_once(school):
    asked, replies = school
    demand = count_demand(asked, replies)
    assert (demand.whole.asked, demand.whole.answered) == (len(asked), len(replies))
    for groups in demand.parts.values():
        assert sum(group.asked for group in groups.values()) == len(asked)
        assert sum(group.silent for group in groups.values()) == demand.whole.silent
        for chest in IDS:
            assert sum(group.wants[chest] for group in groups.values()) == demand.whole.wants[chest]
    girls = demand.parts["sex"].get("f")
    if girls:
        assert girls.wants[10] == len([r for r in replies if r.child.sex == "f" and 10 in r.wants])
        assert girls.share(10) == girls.wants[10] / len([child for child in asked if child.sex == "f"])


clubs = st.builds(
    lambda chest, low, span, capacity: Club(chest, low, min(low + span, 11), capacity),
    st.sampled_from(IDS),
    st.integers(1, 11),
    st.integers(0, 10),
    st.integers(0, 30),
)


@given(st.lists(clubs, max_size=12), st.sampled_from(IDS))
def test_places_are_shared_by_grades_and_none_is_made_up(found, chest):
    by_grade = Counter()
    for club in found:
        if club.chest == chest:
            for grade in range(club.grade_from, club.grade_to + 1):
                by_grade[grade] += club.capacity / (club.grade_to - club.grade_from + 1)
    for band, (first, last) in BANDS.items():
        want = sum(by_grade[grade] for grade in range(first, last + 1))
        assert abs(places_for(found, chest, band) - want) < 1 + 1e-6
    total = sum(places_for(found, chest, band) for band in BANDS)
    assert total <= sum(club.capacity for club in found if club.chest == chest)


@given(st.integers(-50, 400), st.integers(1, 30), st.integers(1, 30))
def test_groups_are_full_but_for_one_that_is_large_enough(unmet, size, least):
    least, groups, left = min(least, size), 0, unmet
    while left >= size:
        groups, left = groups + 1, left - size
    assert count_groups(unmet, size, least) == groups + (1 if left >= least else 0)


@given(schools(), st.lists(clubs, max_size=6))
def test_advice_is_given_where_children_have_no_place_the_greatest_want_first(school, found):
    _asked, replies = school
    advice = advise(BANK, replies, found, IDS, 5, 3)
    assert all(a.unmet >= b.unmet for a, b in pairwise(advice))
    told = {(each.chest, each.band): each for each in advice}
    for chest in IDS:
        for band in BANDS:
            want = sum(chest in r.wants and band_of(r.child.grade) == band for r in replies)
            unmet = want - places_for(found, chest, band)
            assert ((chest, band) in told) == (unmet >= 3)
            if (chest, band) in told:
                assert (told[chest, band].wanting, told[chest, band].unmet) == (want, unmet)
                assert sum(told[chest, band].languages.values()) == want


def test_answers_of_children_who_are_not_asked_any_more_do_not_count():
    asked = {1: Child(1, 3, "f", "kk")}
    rows = [
        {"person_id": 1, "answers": {"young-likes": [1]}, "about": {}},
        {"person_id": 2, "answers": {"young-likes": [1]}, "about": {}},
        {
            "person_id": None,
            "answers": {"young-likes": [9]},
            "about": {"grade": 2, "language": "ru", "sex": "m"},
        },
    ]
    replies = read_replies(BANK, asked, rows)
    assert [(reply.child.id, reply.child.language, reply.wants) for reply in replies] == [
        (1, "kk", {10}),
        (None, "ru", {50}),
    ]
    assert wanted_chests(BANK, {}) == frozenset()


def sheet(person, sex, *chosen):
    return Row(person_id=person, about={} if person else {"sex": sex}, answers={"q": list(chosen)})


def test_sheets_that_look_alike_are_found_and_two_named_children_are_not():
    sheets = [sheet(None, "f", 1), sheet(None, "m", 1), sheet(None, "f", 1), sheet(7, "", 2), sheet(8, "", 2), sheet(None, "m", 2)]  # fmt: skip # noqa: E501
    assert find_twins(sheets) == {3: 1, 6: 4}


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_words_in_lists_are_said_in_each_language(language):
    say = load_translations(language).gettext
    words = [
        *survey_state.KINDS.values(),
        *survey_state.SEXES.values(),
        *survey.STATES.values(),
        *survey_results.DIMENSION_NAMES.values(),
        survey_results.FORMULA,
        survey_results.WANTING,
    ]
    assert [word for word in words if say(word) == word] == []
