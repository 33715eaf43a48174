"""Lessons are completed with the keyboard alone: all points with the key, fewer with wrong answers.

Every one, in every language, by ``./sandyq test --lessons``.
"""

from __future__ import annotations

import pytest
from tests.browser.keyboard import Keyboard, spoil
from tests.browser.languages import choose_lessons

from rehearsal import SCREEN, hear_kernel, visit, wait_for
from sandyq.i18n import LANGUAGES
from sandyq.school.database import Database
from sandyq.school.learning import answers_of
from sandyq.school.people import find_person
from sandyq.settings import PROJECT, Settings
from sandyq_curriculum.lesson import read_lesson
from tour import find_barriers

OPEN_ANSWER = "бір екі үш төрт бес алты жеті сегіз тоғыз он он бір он екі он үш он төрт он бес он алты"


def account_of(demo, lesson):
    """Somebody for whom it is, of a class that no other test gives new passwords; another for each language."""
    role, title = ("pupil", "2–4") if lesson.front["track"] == "pupils" else ("teacher", "")
    people = [a for a in demo.accounts() if a["role"] == role and title in a["class"]]
    return people[LANGUAGES.index(lesson.language) % len(people)]


def scores(demo, login, slug):
    database = Database(Settings.load(demo.home).database_url)
    try:
        with database.reading() as session:
            kept = answers_of(session, find_person(session, login).id, slug)
            return {name: answer.score or 0 for name, answer in kept.items()}
    finally:
        database.close()


@pytest.mark.parametrize(("slug", "language"), choose_lessons())
def test_a_lesson_is_completed_by_keyboard(demo, browser, slug, language):
    lesson = read_lesson(PROJECT / f"curriculum/lessons/{slug}/lesson.{language}.md")
    account = account_of(demo, lesson)
    scored = [spec for spec in lesson.questions if spec.points]
    with visit(browser, demo) as visitor:
        visitor.sign_in(account)
        keyboard = open_lesson(visitor, lesson)
        for spec in scored:
            keyboard.answer(spec, spoil(spec))
            wait_saved(visitor.page, spec.id)
        wrong = scores(demo, account["login"], slug)
        assert [spec.id for spec in scored if wrong.pop(spec.id) >= spec.points] == []
        assert wrong == {}
        for spec in lesson.questions:
            keyboard.answer(spec, spec.solve() or ("1)" if spec.kind == "poll" else OPEN_ANSWER))
            wait_saved(visitor.page, spec.id)
            if spec.points:
                verdict = visitor.page.locator(f'[data-name="{spec.id}"] .sq-feedback').get_attribute(
                    "data-verdict"
                )
                assert verdict == "right", spec.id
        assert scores(demo, account["login"], slug) == {spec.id: spec.points for spec in lesson.questions}
        if lesson.front["opens_in"] == "rooms":  # Notebook's own pages are not ours to judge
            assert find_barriers(visitor.page) == []
            visitor.page.set_viewport_size({"width": SCREEN["width"] // 2, "height": SCREEN["height"] // 2})
            assert visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "200 % zoom"
            assert find_barriers(visitor.page) == []
        assert visitor.outside == []


def open_lesson(visitor, lesson):
    """Open a lesson; one whose code pupils change opens in Notebook, where they run it cell by cell."""
    page, number = visitor.page, len(lesson.questions)
    if lesson.front["opens_in"] == "notebook":
        answered = hear_kernel(page)
        visitor.go(f"/hub/user-redirect/sandyq/lesson/{lesson.language}/{lesson.slug}")
        page.wait_for_url("**/notebooks/lessons/**", timeout=90_000)
        page.locator(".jp-Notebook .jp-CodeCell").first.wait_for(timeout=60_000)
        wait_for(answered, "the kernel to answer")
        keyboard = Keyboard(page)
        for number_of_cell in range(sum("teachers" not in cell.tags for cell in lesson.cells) - 1):
            run_cell(keyboard, number_of_cell)
        keyboard.press("Shift+Enter")
    else:
        visitor.go(f"/services/rooms/lesson/{lesson.language}/{lesson.slug}")
        keyboard = Keyboard(page)
    questions = page.locator(".sandyq-question[data-name]")
    wait_for(lambda: questions.count() == number, f"{number} questions of {lesson.slug}")
    return keyboard


def run_cell(keyboard, number):
    """Notebook goes on to the next cell; it takes keys only once it is all there."""
    active = keyboard.page.locator(".jp-Notebook .jp-Cell.jp-mod-active")

    def is_behind():
        if active.get_attribute("data-windowed-list-index") == str(number):
            active.evaluate("cell => document.activeElement === document.body && cell.focus()")
            keyboard.press("Shift+Enter")
        return active.get_attribute("data-windowed-list-index") == str(number + 1)

    wait_for(is_behind, f"cell {number} to be run")


def wait_saved(page, name):
    page.locator(f'[data-name="{name}"] .sq-saving[data-state=saved]').wait_for(timeout=30_000)
