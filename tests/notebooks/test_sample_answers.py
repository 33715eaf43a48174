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
