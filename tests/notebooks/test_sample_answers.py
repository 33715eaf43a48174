"""The sample school's pupils answer what the lessons really ask, and score what the lessons really give."""

import pytest

from sandyq.school.sample_data import ANSWERS
from sandyq.settings import PROJECT
from sandyq_curriculum.lesson import read_lesson
from sandyq_widgets.assessment import assess


def questions(lesson, language):
    return {
        spec.id: spec
        for spec in read_lesson(PROJECT / f"curriculum/lessons/{lesson}/lesson.{language}.md").questions
    }


@pytest.mark.parametrize("lesson", ANSWERS)
def test_they_answer_in_the_order_of_the_lesson(lesson):
    assert list(ANSWERS[lesson]) == list(questions(lesson, "kk"))


@pytest.mark.parametrize(
    ("lesson", "name"), [(lesson, name) for lesson in ANSWERS for name in ANSWERS[lesson]]
)
def test_their_scores_are_those_that_checking_gives(lesson, name):
    right, wrong, points = ANSWERS[lesson][name]
    for language, response in (right if isinstance(right, dict) else {"kk": right}).items():
        spec = questions(lesson, language)[name]
        assert assess(spec, response, 0).score == points
        assert [assess(spec, each, 0).score for each in wrong] == [0] * len(wrong)


@pytest.mark.parametrize(
    ("lesson", "name", "language", "right", "wrong"),
    [
        (
            "scam-message",
            "code",
            "kk",
            ["ешкімге айтпаймыз", "Ешкимге!"],
            ["банкке", "банктен басқа ешкімге"],
        ),
        ("scam-message", "code", "ru", ["Никому не говорим.", "никому, ни банку"], ["никому, кроме банка"]),
        ("scam-message", "code", "en", ["nobody, not the bank", "tell no one"], ["nobody but the bank"]),
        ("village-weather", "calm", "ru", ["'wind'", "weather.sort_values('wind').head(4)"], ["'snow'"]),
        ("electricity-bill", "growth", "ru", ["1) 25\n2) 2\n3) январь 2026 года"], []),
    ],
)
def test_what_a_child_would_write_is_judged_by_what_it_means(lesson, name, language, right, wrong):
    spec = questions(lesson, language)[name]
    assert [assess(spec, each, 0).score for each in right] == [spec.points] * len(right)
    assert [assess(spec, each, 0).score for each in wrong] == [0] * len(wrong)
