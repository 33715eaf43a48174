"""Lessons given, answers kept once, progress seen."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from sandyq.school import people
from sandyq.school.errors import Conflict, Invalid, NotFound
from sandyq.school.learning import (
    answers_of,
    assign_lesson,
    assigned_lessons,
    lesson_progress,
    record_event,
    withdraw_lesson,
)
from sandyq.school.tables import ClassGroup, LearningEvent, Person

QUESTIONS = ["guess", "codes", "advice"]


@pytest.fixture
def session(sample_database):
    """A session on the sample school without answers; nothing of it is kept."""
    with Session(sample_database.engine, expire_on_commit=False) as opened:
        for each in opened.scalars(select(LearningEvent)):
            opened.delete(each)
        opened.flush()
        yield opened


@pytest.fixture
def group(session):
    return session.scalars(select(ClassGroup).where(ClassGroup.name == "5Б")).one()


@pytest.fixture
def pupils(session, group):
    return people.class_pupils(session, group.id)


def answer(session, pupil, question, score, most=1):
    return record_event(
        session, pupil.id, str(uuid4()), "answered", "passphrase",
        question=question, response=f"said {score}", score=score, max_score=most,
    )  # fmt: skip


def test_the_same_statement_sent_again_is_stored_once(session, pupils):
    sent = (session, pupils[0].id, "u-1", "answered", "passphrase")
    first, created = record_event(*sent, question="guess", response=["a", 1], score=1, max_score=1)
    again, created_again = record_event(*sent, question="guess", response=["a", 1], score=1, max_score=1)
    assert (created, created_again) == (True, False)
    assert first.id == again.id
    assert session.scalar(select(func.count()).select_from(LearningEvent)) == 1


def test_a_uuid_of_somebody_else_or_of_another_question_is_refused(session, pupils):
    record_event(session, pupils[0].id, "u-1", "answered", "passphrase", question="guess")
    with pytest.raises(Conflict, match="u-1"):
        record_event(session, pupils[1].id, "u-1", "answered", "passphrase", question="guess")
    with pytest.raises(Conflict):
        record_event(session, pupils[0].id, "u-1", "answered", "passphrase", question="codes")


def test_an_unknown_verb_is_refused(session, pupils):
    with pytest.raises(Invalid, match="'guessed'"):
        record_event(session, pupils[0].id, "u-1", "guessed", "passphrase")


def test_the_latest_answer_counts_and_the_first_score_is_kept(session, pupils):
    for score in (0, 0, 1):
        answer(session, pupils[0], "guess", score)
    answer(session, pupils[0], "advice", None, None)
    found = answers_of(session, pupils[0].id, "passphrase")
    assert (found["guess"].response, found["guess"].tries) == ("said 1", 3)
    assert (found["guess"].score, found["guess"].first_score) == (1, 0)
    assert found["advice"].score is None
    assert answers_of(session, pupils[1].id, "passphrase") == {}
    assert answers_of(session, pupils[0].id, "electricity-bill") == {}


def test_progress_says_who_started_who_finished_and_what_was_hard(session, group, pupils):
    record_event(session, pupils[0].id, "u-0", "launched", "passphrase")
    for question, score in (("guess", 1), ("codes", 0), ("codes", 1)):
        answer(session, pupils[1], question, score)
    answer(session, pupils[1], "advice", None, None)
    answer(session, pupils[2], "guess", 0)
    answer(session, pupils[2], "an old question", 1)
    progress = lesson_progress(session, group.id, "passphrase", QUESTIONS)
    assert [row.person for row in progress.pupils] == pupils
    assert [row.state for row in progress.pupils[:4]] == ["started", "finished", "started", "not started"]
    assert [(row.answered, row.score) for row in progress.pupils[:3]] == [(0, 0), (3, 2), (1, 0)]
    guess, codes, advice = progress.questions
    assert (guess.answered, guess.right_at_once, guess.wrong, guess.share_wrong) == (2, 1, 1, 0.5)
    assert (codes.answered, codes.right_at_once, codes.wrong) == (1, 0, 0)
    assert (advice.answered, advice.wrong) == (1, 0)


def test_progress_of_a_class_takes_a_few_queries_however_much_it_answered(
    session, group, pupils, sample_database
):
    for pupil in pupils:
        for question in QUESTIONS:
            answer(session, pupil, question, 1)
    session.flush()
    asked = []
    event.listen(sample_database.engine, "before_cursor_execute", lambda *a: asked.append(a[2]))
    lesson_progress(session, group.id, "passphrase", QUESTIONS)
    assert len(asked) <= 4, asked


def test_a_lesson_is_assigned_once_and_can_be_withdrawn(session, group):
    teacher = session.scalars(select(Person).where(Person.login == "elena")).one()
    for lesson in assigned_lessons(session, group.id):
        withdraw_lesson(session, group.id, lesson.lesson)
    assign_lesson(session, group.id, "later", teacher.id)
    assign_lesson(session, group.id, "sooner", teacher.id, date(2026, 12, 1))
    assign_lesson(session, group.id, "sooner", teacher.id, date(2026, 12, 2))
    assert [(each.lesson, each.due_on) for each in assigned_lessons(session, group.id)] == [
        ("sooner", date(2026, 12, 2)),
        ("later", None),
    ]
    withdraw_lesson(session, group.id, "sooner")
    with pytest.raises(NotFound, match="'sooner'"):
        withdraw_lesson(session, group.id, "sooner")


def test_the_same_statement_sent_twice_at_once_is_stored_once(sample_database):
    with sample_database.reading() as reading:
        pupil = reading.scalars(select(Person.id)).first()
    uuid = str(uuid4())

    def send(_number):
        with sample_database.session() as opened:
            return record_event(opened, pupil, uuid, "launched", "at-once")[0].id

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(send, range(8)))) == 1
