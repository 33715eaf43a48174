"""Every page, as everybody: nothing from outside hosts, no serious barrier, a picture saved."""

import io

import pytest
from PIL import Image
from tests.browser.languages import choose_languages

import sheets
import tour
from rehearsal import visit
from sandyq_curriculum.commands import CURRICULUM
from sandyq_curriculum.lesson import read_lesson


@pytest.mark.parametrize("language", choose_languages())
def test_every_page_stays_inside_and_has_no_serious_barrier(demo, browser, tmp_path, language):
    report = tour.run(tmp_path, browser, demo, language)
    assert report.outside == []
    assert report.barriers == {}
    assert len(list(tmp_path.glob("*/*.png"))) >= 18


def test_a_notebooks_picture_ends_with_its_last_cell(demo, browser):
    lesson = read_lesson(CURRICULUM / "lessons/python-prices/lesson.kk.md")
    with visit(browser, demo) as visitor:
        visitor.sign_in(demo.account("pupil"))
        sheets.open_lesson(visitor, lesson)
        picture = Image.open(io.BytesIO(sheets.take_picture(visitor.page))).convert("L")
    assert picture.height < sheets.TALLEST
    end = picture.crop((0, picture.height - 10 * sheets.BELOW, picture.width, picture.height))
    assert len(end.getcolors()) > 16, "there is writing on the last inches"
