"""The ability passport's story: a work with its picture, the child's own words, a sheet for the family."""

import io

import pytest
from PIL import Image
from playwright.sync_api import expect
from tests.browser.apps_world import open_app, read_rows, wait_for_row

WORDS = {
    "kk": {
        "work": "Жұмысы",
        "title": "Атауы",
        "text": "Бұл не, қалай жасалды?",
        "chest": "Сандық",
        "put": "Қосу",
        "words": "Баланың өз сөзі",
        "own": "Баланың өз сөзімен",
        "sheet": "Отбасына арналған парақ",
        "search": "Іздеу",
        "add": "Паспортқа қосу",
    },
    "ru": {
        "work": "Работа",
        "title": "Название",
        "text": "Что это и как сделано?",
        "chest": "Сундук",
        "put": "Добавить",
        "words": "Слова самого ребёнка",
        "own": "Словами самого ребёнка",
        "sheet": "Лист для семьи",
        "search": "Поиск",
        "add": "Добавить в паспорт",
    },
}


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_a_childs_pages_are_kept_shown_and_printed(large_school, browser, language):
    say = WORDS[language]
    enrolled = read_rows(large_school, "enrolment")[{"kk": 5, "ru": 9}[language]]
    picture = io.BytesIO()
    Image.new("RGB", (1600, 1200), "#4b7f35").save(picture, "JPEG")
    with open_app(browser, large_school, "passport", language) as app:
        rows = app.app.locator("tbody tr")
        expect(rows.first).to_be_visible()
        covered = {row["person_id"] for row in read_rows(large_school, "enrolment")}
        expect(rows).to_have_count(len(covered))
        assert app.barriers() == []
        app.app.locator(f"button.sa-link[data-f*='\"child\":{enrolled['person_id']}}}']").click()
        app.app.get_by_role("button", name=say["work"], exact=True).first.click()
        app.app.locator("input[name=title]").fill("Ағаш робот")
        app.app.locator("textarea[name=text]").fill("Өзі құрастырды\n<script>alert(1)</script>")
        app.app.locator("select[name=chest]").select_option(index=1)
        app.app.locator("input[name=photo]").set_input_files(
            {"name": "robot.jpg", "mimeType": "image/jpeg", "buffer": picture.getvalue()}
        )
        app.app.locator("form").get_by_role("button", name=say["put"], exact=True).click()
        page = wait_for_row(
            large_school, "passport_entry", person_id=enrolled["person_id"], title="Ағаш робот"
        )
        app.wait_saved()
        assert len(page["photo"]) == 64
        app.kill_kernel()
        expect(app.app.get_by_text("Ағаш робот").first).to_be_visible()
        expect(app.app.get_by_text("<script>alert(1)</script>").first).to_be_visible()
        assert app.app.locator("script").count() == 0
        app.app.get_by_role("button", name=say["words"], exact=True).first.click()
        app.app.locator("textarea[name=text]").fill("Маған жасаған ұнады")
        app.app.locator("form").get_by_role("button", name=say["put"], exact=True).click()
        wait_for_row(large_school, "passport_entry", person_id=enrolled["person_id"], kind="words")
        app.wait_saved()
        assert app.barriers() == []
        app.press(say["sheet"])
        sheet = app.app.locator(".sa-paper")
        expect(sheet.locator("img")).to_be_visible()
        assert sheet.locator("img").evaluate("picture => picture.naturalWidth") == 1200
        app.page.reload()
        expect(sheet.locator("img")).to_be_visible()
        expect(sheet).to_contain_text("Маған жасаған ұнады")
        assert app.print().startswith(b"%PDF")
        assert app.barriers() == []
        assert app.visitor.outside == []
