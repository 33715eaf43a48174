"""The first job of each: a teacher assigns and watches, a leader marks fifteen children by keyboard."""

import re
from io import BytesIO

import pytest
from openpyxl import load_workbook

from rehearsal import hear_kernel, visit, wait_for


def test_a_teacher_assigns_a_lesson_in_three_clicks_and_the_pupils_have_it(demo, browser):
    with visit(browser, demo) as staff_room, visit(browser, demo) as computer_room:
        staff_room.sign_in(demo.account("teacher", class_name="3А"))
        page = staff_room.page
        page.get_by_role("link", name="3А", exact=True).click()
        lesson = page.locator("#assign tbody tr").first
        title = lesson.locator("th").inner_text().splitlines()[0]
        lesson.locator("button").click()  # the home page was the first click, the class the second
        page.locator(".cards h3", has_text=title).wait_for()
        computer_room.sign_in(demo.account("pupil", class_name="3А"))
        computer_room.page.locator("main", has_text=title).wait_for()


def test_sixteen_cards_print_on_two_sheets_with_the_address_in_words(demo, browser):
    with visit(browser, demo) as staff_room:
        staff_room.sign_in(next(a for a in demo.accounts() if a["role"] == "teacher" and "7А" in a["class"]))
        page = staff_room.page
        page.get_by_role("link", name="7А", exact=True).click()
        for box in page.locator("input[name=pupil]").all()[:16]:
            box.check()
        page.locator("form[action$='/cards'] button").click()
        page.locator("form[action$='/cards'] button").click()
        page.locator(".login-cards").first.wait_for()
        assert page.locator(".login-cards article", has_text=demo.url).count() == 16
        assert len(re.findall(rb"/Type\s*/Page\b(?!s)", page.pdf())) == 2


def test_a_pupils_notebooks_have_no_teachers_tools_and_ask_for_nothing_that_is_not_there(demo, browser):
    with visit(browser, demo) as computer_room:
        computer_room.sign_in(demo.account("pupil", "ru"))
        page, failed = computer_room.page, []
        page.on("response", lambda reply: failed.append(reply.url) if reply.status >= 400 else None)
        computer_room.go("/hub/spawn")
        page.locator(".jp-FileBrowser, .jp-DirListing").first.wait_for(timeout=60_000)
        assert "nbgrader" not in page.locator("body").inner_text().lower()
        assert failed == []
        assert computer_room.outside == []


def test_a_teachers_lab_neither_offers_nor_asks_for_news(demo, browser):
    with visit(browser, demo) as staff_room:
        staff_room.sign_in(demo.account("teacher"))
        asked = []
        staff_room.page.on("request", lambda request: asked.append(request.url))
        staff_room.go("/hub/spawn")
        staff_room.page.locator(".jp-Launcher, .jp-DirListing").first.wait_for(timeout=60_000)
        staff_room.page.wait_for_load_state("networkidle")
        assert not [url for url in asked if "/lab/api/news" in url or "/lab/api/update" in url]
        assert staff_room.page.locator(".jp-toastContainer, .Toastify__toast").count() == 0


def test_notebook_and_its_questions_are_kazakh_for_a_kazakh_pupil(demo, browser):
    with visit(browser, demo) as computer_room:
        computer_room.sign_in(demo.account("pupil", "kk"))
        page = computer_room.page
        answered = hear_kernel(page)
        computer_room.go("/hub/user-redirect/sandyq/lesson/kk/python-prices")
        page.locator(".jp-Notebook .jp-CodeCell").first.wait_for(timeout=90_000)
        menus = page.locator(".lm-MenuBar-itemLabel")
        wait_for(lambda: menus.count() >= 6, "the menus")
        assert menus.all_inner_texts()[:5] == ["Файл", "Өңдеу", "Көрініс", "Іске қосу", "Ядро"]
        assert page.locator("html").get_attribute("lang") == "kk-KZ"
        wait_for(answered, "the kernel to answer")  # without one it asks for another
        page.locator(".lm-MenuBar-item", has_text="Ядро").click()
        page.locator(".lm-Menu-itemLabel").get_by_text("Ядроны қайта іске қосу…", exact=True).click()
        question = page.locator(".jp-Dialog")
        question.get_by_text("Ядро қайта іске қосылсын ба?", exact=True).wait_for()
        buttons = question.locator(".jp-Dialog-buttonLabel")
        assert buttons.all_inner_texts() == ["Бас тарту", "Қайта іске қосу"]
        buttons.first.click()
        question.wait_for(state="detached")


def test_what_notebook_asks_and_tells_without_a_translator_is_kazakh_too(demo, browser):
    pupil = demo.account("pupil", "kk")
    with visit(browser, demo) as computer_room:
        computer_room.sign_in(pupil)
        page = computer_room.page
        computer_room.go("/hub/user-redirect/sandyq/lesson/kk/village-weather")
        page.locator(".jp-Notebook .jp-CodeCell").first.wait_for(timeout=90_000)
        page.locator(".lm-MenuBar-item", has_text="Файл").click()
        page.locator(".lm-Menu-itemLabel").get_by_text("Атын өзгерту…", exact=True).click()
        question = page.locator(".jp-Dialog")
        question.get_by_text("Файлдың атын өзгерту", exact=True).wait_for()
        question.locator(".jp-Dialog-button", has_text="Бас тарту").click()
        question.wait_for(state="detached")
        computer_room.go(f"/user/{pupil['login']}/tree")
        changed = page.locator(".jp-DirListing-itemModified").first
        ago = re.compile(r"қазір|\d+ (секунд|минут|сағат) бұрын")
        wait_for(lambda: ago.fullmatch(changed.inner_text()), "a time in Kazakh")


def test_lab_is_russian_for_a_russian_teacher(demo, browser):
    with visit(browser, demo) as staff_room:
        staff_room.sign_in(demo.account("teacher", "ru"))
        staff_room.go("/hub/spawn")
        menus = staff_room.page.locator(".lm-MenuBar-itemLabel")
        menus.first.wait_for(timeout=90_000)
        wait_for(lambda: menus.count() >= 8, "the menus")
        assert {"Файл", "Выполнить", "Ядро", "Справка"} <= set(menus.all_inner_texts())
        assert staff_room.page.locator("html").get_attribute("lang") == "ru-RU"


def test_an_app_speaks_the_language_of_whoever_signs_in_at_a_fresh_pc(demo, browser):
    leader = demo.account("administrator", "ru")
    with visit(browser, demo) as office:
        office.go("/services/rooms/app/attendance")
        office.page.locator("input[name=username]").fill(leader["login"])
        office.page.locator("input[name=password]").fill(leader["password"])
        office.page.keyboard.press("Enter")
        office.page.locator("html[lang=ru] [role=radiogroup]").first.wait_for(timeout=60_000)


def test_a_teacher_watches_an_answer_come_in(demo, browser):
    teacher = demo.account("teacher", class_name="2–4")
    pupil = next(a for a in demo.accounts() if a["class"] == "2–4" and a["role"] == "pupil")
    with visit(browser, demo) as staff_room, visit(browser, demo) as computer_room:
        staff_room.sign_in(teacher)
        staff_room.page.get_by_role("link", name="2–4", exact=True).click()
        staff_room.page.locator("main a[href*='/passphrase']").first.click()
        grid = staff_room.page.locator("main table").first
        grid.wait_for()
        computer_room.sign_in(pupil)
        computer_room.page.locator(".continue a, .continue button").first.click()
        question = computer_room.page.locator(".sandyq-question:has(input[type=radio])").first
        question.wait_for(timeout=60_000)
        right_before = staff_room.page.locator(".state.right").count()
        question.locator("input[type=radio]").nth(1).check()
        question.get_by_role("button").first.click()
        wait_for(
            lambda: staff_room.page.locator(".state.right").count() > right_before,
            "the answer on the teacher's page",
            10,
        )


def test_a_leader_marks_fifteen_children_with_fifteen_keys_and_takes_the_month_home(demo, browser):
    with visit(browser, demo) as office:
        office.sign_in(demo.account("leader"))
        office.go("/services/rooms/app/attendance")
        page = office.page
        page.locator("[role=radiogroup]").first.wait_for(timeout=60_000)
        page.locator("select").first.select_option(label="Робототехника")
        wait_for(lambda: page.locator("[role=radiogroup]").count() == 15, "fifteen children")
        page.locator("[role=radiogroup] [role=radio], [role=radiogroup] input").first.focus()
        for key in ["1"] * 13 + ["2", "3"]:
            page.keyboard.press(f"Digit{key}")
        chosen = "[role=radiogroup] [aria-checked=true], [role=radiogroup] input:checked"
        wait_for(lambda: page.locator(chosen).count() == 15, "fifteen marks")
        wait_for(lambda: "15 / 15" in page.locator("main, body").first.inner_text(), "the counter")
        assert office.outside == []


@pytest.mark.parametrize("role", ["pupil", "leader"])
def test_a_page_of_another_role_is_a_clear_refusal(demo, browser, role):
    with visit(browser, demo) as visitor:
        visitor.sign_in(demo.account(role))
        reply = visitor.page.goto(f"{demo.url}/services/portal/classes")
        assert reply.status == 403
        assert visitor.page.locator("h1").inner_text()
        reply = visitor.page.goto(f"{demo.url}/services/rooms/app/attendance")
        assert reply.status == (403 if role == "pupil" else 200)


def test_a_register_downloads_as_a_spreadsheet(demo, browser):
    with visit(browser, demo) as office:
        office.sign_in(demo.account("leader"))
        office.go("/services/rooms/app/attendance")
        page = office.page
        page.locator("[role=radiogroup]").first.wait_for(timeout=60_000)
        page.get_by_role("button", name="Айлық табель").click()
        with page.expect_download() as download:
            page.get_by_role("button", name="XLSX").click()
        book = load_workbook(BytesIO(download.value.path().read_bytes()))
        assert len(book.sheetnames) == 2
