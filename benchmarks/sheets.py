"""``./sandyq tour FOLDER --lessons``: every screen of every lesson in each language, in columns on sheets."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page

from rehearsal import SCREEN, Demo, Visitor, hear_kernel, visit, wait_for
from sandyq_curriculum.commands import CURRICULUM, list_languages, read_catalogue
from sandyq_curriculum.lesson import Lesson, read_lesson

COLUMNS, COLUMN = 3, 2600
"""Columns of a sheet, and how much of a page, in pixels, stands in one."""
WIDTH = 1568
"""Of a sheet, in pixels."""
RUN_MENU = 3
"""Its place: each person's Notebook calls it otherwise."""
BELOW = 40
"""Pixels that are shown below a notebook's last cell."""
TALLEST = 16_000
"""Notebook draws only the cells that are on the screen, so the screen is made as tall as the notebook, up to this."""


def draw_sheets(folder: Path, browser: Browser, demo: Demo) -> None:
    """Save ``<slug>.<language>-<n>.png`` for each lesson as pupils, or teachers, first see it."""
    folder.mkdir(parents=True, exist_ok=True)
    for slug in read_catalogue():
        for language in list_languages(slug):
            lesson = read_lesson(CURRICULUM / f"lessons/{slug}/lesson.{language}.md")
            role = "pupil" if lesson.front["track"] == "pupils" else "teacher"
            with visit(browser, demo) as visitor:
                visitor.sign_in(demo.account(role))
                open_lesson(visitor, lesson)
                number = save_columns(take_picture(visitor.page), folder, f"{slug}.{language}")
            print(f"{slug}.{language}: {number}", flush=True)


def open_lesson(visitor: Visitor, lesson: Lesson) -> None:
    """Open a lesson and wait until all its questions are drawn."""
    page, questions = visitor.page, visitor.page.locator(".sandyq-question[data-name]")
    if lesson.front["opens_in"] == "notebook":
        answered = hear_kernel(page)
        visitor.go(f"/hub/user-redirect/sandyq/lesson/{lesson.language}/{lesson.slug}")
        run_all_cells(page, answered)
    else:
        visitor.go(f"/services/rooms/lesson/{lesson.language}/{lesson.slug}")
    wait_for(lambda: questions.count() == len(lesson.questions), f"the questions of {lesson.slug}")
    page.wait_for_load_state("networkidle")


def run_all_cells(page: Page, answered: Callable[[], bool]) -> None:
    page.wait_for_url("**/notebooks/lessons/**", timeout=90_000)
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for(timeout=60_000)
    wait_for(answered, "the kernel to answer")
    page.set_viewport_size({"width": SCREEN["width"], "height": TALLEST})
    page.locator(".lm-MenuBar-item").nth(RUN_MENU).click()
    page.locator("[data-command='runmenu:run-all']").click()


def take_picture(page: Page) -> bytes:
    """Return a page's picture; a notebook ends with its last cell, however tall the screen was made for it."""
    last = page.locator(".jp-Notebook .jp-Cell").last
    if not last.count():
        return page.screenshot(full_page=True)
    box = last.bounding_box()
    assert box, "the last cell is drawn"
    end = min(TALLEST, box["y"] + box["height"] + BELOW)
    return page.screenshot(clip={"x": 0, "y": 0, "width": SCREEN["width"], "height": end})


def save_columns(picture: bytes, folder: Path, name: str) -> int:
    """Cut a page's picture into columns and save them, some on a sheet; return how many sheets there are."""
    page = Image.open(io.BytesIO(picture)).convert("RGB")
    tops = range(0, page.height, COLUMN)
    for number, first in enumerate(range(0, len(tops), COLUMNS), start=1):
        sheet = Image.new("RGB", (COLUMNS * page.width, COLUMN), "gray")
        for place, top in enumerate(tops[first : first + COLUMNS]):
            column = page.crop((0, top, page.width, min(page.height, top + COLUMN)))
            sheet.paste(column, (place * page.width, 0))
        sheet.resize((WIDTH, WIDTH * sheet.height // sheet.width)).save(folder / f"{name}-{number}.png")
    return number
