"""A principal works through a management case: consequences, another try, experts, the group, the paper."""

import io
import re
from pathlib import Path
from uuid import uuid4

import pytest
from docx import Document
from tests.browser.keyboard import Keyboard, spoil

from rehearsal import visit, wait_for
from sandyq.school.database import Database
from sandyq.school.learning import record_event
from sandyq.school.people import find_person, list_adults
from sandyq.settings import PROJECT, Settings
from sandyq_curriculum.lesson import read_lesson
from tour import find_barriers

CASE = "workload"
GROUP = {"kk": "Топ", "ru": "Группа"}


@pytest.fixture(scope="module")
def group(demo):
    """Five adults have decided as the first expert does."""
    spec = read_decision("kk")
    database = Database(Settings.load(demo.home).database_url)
    with database.session() as session:
        away = {find_person(session, principal(demo, language)["login"]).id for language in GROUP}
        for person in [each for each in list_adults(session) if each not in away][:5]:
            record_event(
                session, person, str(uuid4()), "answered", CASE,
                question=spec.id, response=spec.solve(), score=6.0, max_score=6.0,
            )  # fmt: skip
    database.close()


def read_decision(language):
    lesson = read_lesson(PROJECT / f"curriculum/lessons/{CASE}/lesson.{language}.md")
    (spec,) = [spec for spec in lesson.questions if spec.kind == "decide"]
    return spec


def principal(demo, language):
    return demo.account("administrator", language)


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_a_principal_works_through_a_case(demo, browser, group, language):
    spec = read_decision(language)
    with visit(browser, demo, language=language) as visitor:
        visitor.sign_in(principal(demo, language))
        visitor.go(f"/services/rooms/lesson/{language}/{CASE}")
        page = visitor.page
        case = page.locator("[data-kind=decide]")
        case.wait_for()
        keyboard = Keyboard(page)
        keyboard.answer(spec, spoil(spec))
        rows = case.locator(".sq-follows table").first.locator("tbody tr")
        rows.first.wait_for()
        assert rows.count() == len(spec.measures)
        assert case.locator("[data-mark=wrong]").count() == len(broken(spec, spoil(spec)))
        assert case.locator(".sq-warning").count() == len(broken(spec, spoil(spec)))
        assert case.locator(".sq-compared").count() == 0
        keyboard.answer(spec, spec.solve())
        compared = case.locator(".sq-compared")
        compared.wait_for()
        assert case.locator(".sq-feedback").get_attribute("data-verdict") == "right"
        compared.locator("summary").click()
        compared.locator("th", has_text=GROUP[language]).wait_for()
        head = [text.strip() for text in compared.locator("thead th").all_inner_texts()]
        assert head[2:4] == [expert.name.split(",")[0] for expert in spec.experts]
        chosen = compared.locator("tbody tr").first.locator("td").last
        wait_for(
            lambda: re.fullmatch("Боташева – [67]", chosen.inner_text()),
            "the five and the principals to be counted",
        )
        for expert in spec.experts:
            assert compared.locator("h4", has_text=expert.name).is_visible()
        assert find_barriers(page) == []
        with page.expect_download() as download:
            case.locator(".sq-take").click()
        texts = read_paper(download.value)
        assert read_paper_words(spec, language) <= set(texts)
        page.reload()
        case.locator(".sq-compared").wait_for(state="attached")  # it is there again on any PC
        assert case.locator("select").first.input_value() == spec.experts[0].choice["m5"]
        see_on_paper(page, case, spec)
        assert visitor.outside == []


def see_on_paper(page, case, spec):
    """All of what was chosen and the experts' reasons, though the page has them closed; afterwards it is as it was."""
    start = next(field for field in spec.fields if field.name == "start")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert (
        case.locator(".sq-printed").last.inner_text()
        == start.find_option(spec.experts[0].choice["start"]).text
    )
    assert not case.locator("select").first.is_visible()
    for expert in spec.experts:
        assert case.locator("h4", has_text=expert.name).is_visible()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    assert case.locator("select").first.is_visible()
    assert not case.locator("h4").first.is_visible()


def broken(spec, response):
    follows = spec.follow(spec.read_choice(response))
    return [each.name for each in spec.measures if each.is_kept(follows[each.name]) is False]


def read_paper(download):
    document = Document(io.BytesIO(Path(download.path()).read_bytes()))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return [*(each.text for each in document.paragraphs), *cells]


def read_paper_words(spec, language):
    """Names that stand in the paper because they were chosen."""
    choice = spec.experts[0].choice
    return {field.find_option(choice[field.name]).paper for field in spec.fields if field.name != "start"}
