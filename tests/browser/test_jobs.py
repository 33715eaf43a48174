"""The first job of each: a teacher assigns and watches, a leader marks fifteen children by keyboard."""

from io import BytesIO

import pytest
from openpyxl import load_workbook

from rehearsal import visit, wait_for


def test_a_teacher_assigns_in_three_clicks_and_sees_an_answer_come_in(demo, browser):
    teacher = demo.account("teacher", class_name="2–4")
    pupil = next(a for a in demo.accounts() if a["class"] == "2–4" and a["role"] == "pupil")
    with visit(browser, demo) as staff_room, visit(browser, demo) as computer_room:
        staff_room.sign_in(teacher)
        staff_room.page.locator("main a[href*='/classes/']").first.click()
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
