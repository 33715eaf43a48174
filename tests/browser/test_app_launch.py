"""The launch planner's story: a plan, a step done, a document, another list; in Kazakh and in Russian."""

import io
import tomllib
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import docx
import pytest
from playwright.sync_api import expect
from tests.browser.apps_world import open_app, read_rows

from sandyq.launch.holidays import FILE
from sandyq.school.database import today
from sandyq_apps.kit.speech import Speech

WORDS = {
    "kk": {
        "make": "Жоспар жасау",
        "tabs": ["Жоспар", "Қадамдар", "Деректер", "Құжаттар"],
        "done": "Бүгін орындалды",
        "note": "Ескертпе",
        "cancel": "Бас тарту",
        "principal": "Директор",
        "centre": "Орталықтың атауы, қазақша, тырнақшасыз",
        "save": "Сақтау",
        "show": "Көру",
        "other": "Басқа қадамдар тізімі",
        "read": "Файлды оқу",
        "replace": "Қадамдарды ауыстыру",
        "yes": "Иә",
        "order": "БҰЙРЫҚ",
        "days": "жұмыс күнінің саны емес",
        "add": "Қадам қосу",
    },
    "ru": {
        "make": "Составить план",
        "tabs": ["План", "Шаги", "Данные", "Документы"],
        "done": "Сделано сегодня",
        "note": "Примечание",
        "cancel": "Отмена",
        "principal": "Директор",
        "centre": "Название центра на русском, без кавычек",
        "save": "Сохранить",
        "show": "Показать",
        "other": "Другой список шагов",
        "read": "Прочитать файл",
        "replace": "Заменить шаги",
        "yes": "Да",
        "order": "ПРИКАЗ",
        "days": "не число рабочих дней",
        "add": "Добавить шаг",
    },
}
LIST = "№;Шаг;Рабочих дней;После шагов\n1;Тыңдау;{days};\n2;Ашылу;2;1\n"


@pytest.fixture(params=["kk", "ru"])
def planner(request, large_school, browser):
    """A leader's page with a plan, and the words of the language; the plan is made when there is none."""
    say = WORDS[request.param]
    with open_app(browser, large_school, "launch", request.param) as app:
        if not read_rows(large_school, "launch_plan"):
            assert app.barriers() == []
            app.press(say["make"])
            app.wait_saved()
        yield app, say, request.param
        assert app.visitor.outside == []


def go(app, say, number):
    app.app.locator(".sa-tabs").first.get_by_role("button", name=say["tabs"][number]).click()
    expect(app.app.locator(".sa-tabs").first.locator("[aria-current]")).to_have_text(say["tabs"][number])


def reckon(demo, today):
    """The opening day and the readiness, from the database: by walking back along every chain, day by day."""
    rows = {row["key"]: row for row in read_rows(demo, "launch_step")}
    (plan,) = read_rows(demo, "launch_plan")
    data = tomllib.loads(FILE.read_text("utf-8"))
    off = {day["on"] for day in data["day"]}

    def works(day):
        return day.weekday() < 5 and day not in off

    @cache
    def last_day(key):
        row = rows[key]
        if row["done_on"]:
            return date.fromisoformat(row["done_on"])
        day = max([today - timedelta(days=1), *map(last_day, row["after"])])
        for _ in range(row["days"]):
            day += timedelta(days=1)
            while not works(day):
                day += timedelta(days=1)
        return day

    def chain(key):
        return {key}.union(*map(chain, rows[key]["after"]))

    needed = [rows[key] for key in chain(plan["facts"]["opening"])]
    done = sum(row["days"] for row in needed if row["done_on"])
    return last_day(plan["facts"]["opening"]), round(100 * done / sum(row["days"] for row in needed))


def expect_figures(app, language):
    opens, readiness = reckon(app.demo, today())
    figures = app.app.locator(".sa-figure b")
    expect(figures.nth(0)).to_have_text(Speech(language).date(opens))
    expect(figures.nth(1)).to_have_text(f"{readiness} %")


def test_a_step_is_done_and_everything_moves(planner):
    app, say, language = planner
    expect_figures(app, language)
    assert app.barriers() == []
    before = {row["id"] for row in read_rows(app.demo, "launch_step") if row["done_on"]}
    app.press(say["done"])
    app.wait_saved()
    (done,) = [r for r in read_rows(app.demo, "launch_step") if r["done_on"] and r["id"] not in before]
    assert done["done_on"] == today().isoformat()
    expect_figures(app, language)
    assert reckon(app.demo, today())[1] > 0
    assert app.print().startswith(b"%PDF")


def test_what_is_saved_outlives_the_kernel_and_what_is_typed_comes_back(planner):
    app, say, language = planner
    go(app, say, 1)
    assert app.barriers() == []
    row = next(row for row in read_rows(app.demo, "launch_step") if not row["done_on"])
    days = app.app.locator(f"[data-f='{row['id']}:days']")
    days.fill(str(row["days"] + 1))
    days.press("Tab")
    app.wait_saved()
    app.app.get_by_role("button", name=row["names"][language], exact=True).click()
    app.app.get_by_label(say["note"]).fill(f"жартылай {language}")
    app.kill_kernel()
    expect(app.app.get_by_label(say["note"])).to_have_value(f"жартылай {language}")
    app.press(say["cancel"])
    expect(days).to_have_value(str(row["days"] + 1))
    assert find_row(app, row["id"])["days"] == row["days"] + 1
    app.app.locator("[data-undo]").click()
    app.wait_saved()
    assert find_row(app, row["id"])["days"] == row["days"]


def find_row(app, row_id):
    return next(row for row in read_rows(app.demo, "launch_step") if row["id"] == row_id)


def test_a_fact_told_once_stands_in_the_documents(planner):
    app, say, language = planner
    go(app, say, 2)
    assert app.barriers() == []
    app.app.get_by_label(say["principal"], exact=True).fill(f"Әбенов {language}")
    app.app.get_by_label(say["centre"]).fill(f"Таңшолпан {language}")
    app.press(say["save"])
    app.wait_saved()
    app.app.get_by_role("button", name=say["save"]).nth(1).click()  # a form beside it is not stale by that
    app.wait_saved()
    assert read_rows(app.demo, "launch_plan")[0]["facts"]["director"] == f"Әбенов {language}"
    go(app, say, 3)
    assert app.barriers() == []
    expect(app.app.get_by_role("button", name=say["show"])).to_have_count(8)
    app.press(say["show"])
    expect(app.app.locator(".sa-paper h2")).to_contain_text(say["order"])
    expect(app.app.locator(".sa-paper")).to_contain_text(f"«Таңшолпан {language}»")
    assert app.barriers() == []
    with app.page.expect_download() as download:
        app.press("Word")
    word = docx.Document(io.BytesIO(Path(download.value.path()).read_bytes()))
    assert any(f"«Таңшолпан {language}»" in line.text for line in word.paragraphs)
    assert download.value.suggested_filename.endswith(".docx")
    assert app.print().startswith(b"%PDF")


def test_another_list_is_shown_before_it_replaces_anything(planner):
    app, say, _language = planner
    go(app, say, 1)
    before = read_rows(app.demo, "launch_step")
    send_list(app, say, LIST.format(days="көп"))
    expect(app.app.locator("td.danger")).to_contain_text(f": «көп» – {say['days']}")
    assert app.barriers() == []
    app.press(say["cancel"])
    send_list(app, say, LIST.format(days=3))
    expect(app.app.get_by_role("cell", name="Тыңдау")).to_be_visible()
    assert app.barriers() == []
    assert read_rows(app.demo, "launch_step") == before
    app.press(say["replace"])
    app.press(say["yes"])
    app.wait_saved()
    assert [row["names"] for row in read_rows(app.demo, "launch_step")] == [{"ru": "Тыңдау"}, {"ru": "Ашылу"}]
    app.app.locator("[data-undo]").click()
    expect(app.app.get_by_role("button", name=say["add"])).to_be_visible()
    app.wait_saved()
    expect(app.app.locator(".sa-table tbody tr")).to_have_count(len(before))
    names = [row["names"] for row in read_rows(app.demo, "launch_step")]
    assert names == [row["names"] for row in before]


def send_list(app, say, text):
    """Hand over a file as an old office saves it: Windows-1251 with the Kazakh letters, semicolons."""
    app.app.get_by_text(say["other"]).click()
    file = {"name": "план.csv", "mimeType": "text/csv", "buffer": text.encode("kz1048")}
    app.app.locator("input[type=file]").set_input_files(file)
    app.press(say["read"])


def test_what_two_leaders_type_into_a_table_meets_openly(planner, browser):
    """A colleague's change draws the table anew under one's hands: no half word is kept, nothing overwritten unseen."""
    app, say, language = planner
    other_language = "ru" if language == "kk" else "kk"
    with open_app(browser, app.demo, "launch", other_language) as other:
        go(app, say, 1)
        go(other, WORDS[other_language], 1)
        mine, beside = read_rows(app.demo, "launch_step")[:2]
        cell = app.app.locator(f"[data-f='{mine['id']}:days']")
        cell.press("Control+a")
        app.page.keyboard.type("2")
        set_days(other, beside, beside["days"] + 20)
        shown = app.app.locator(f"[data-f='{beside['id']}:days']")
        expect(shown).to_have_value(str(beside["days"] + 20), timeout=15_000)
        assert find_row(app, mine["id"])["days"] == mine["days"]
        app.page.keyboard.type("3")
        app.page.keyboard.press("Enter")
        app.wait_saved()
        assert find_row(app, mine["id"])["days"] == 23
        expect(other.app.locator(f"[data-f='{mine['id']}:days']")).to_have_value("23", timeout=15_000)
        cell.press("Control+a")
        app.page.keyboard.type("4")
        set_days(other, mine, 50)
        expect(app.app.locator(".sa-body .sa-notice").first).to_contain_text(
            mine["names"][language], timeout=15_000
        )
        app.page.keyboard.type("5")
        app.page.keyboard.press("Enter")
        expect(app.app.locator(".sa-alarm")).to_contain_text("«50»")
        expect(app.app.locator(".sa-alarm")).to_contain_text("«45»")
        expect(cell).to_have_value("50")
        assert find_row(app, mine["id"])["days"] == 50
        cell.fill("45")
        cell.press("Enter")
        app.wait_saved()
        assert find_row(app, mine["id"])["days"] == 45


def test_paper_shows_what_stands_in_fields_as_words_and_nothing_to_press(planner):
    app, say, _language = planner
    go(app, say, 1)
    cell = app.app.locator("td.sa-edit").first
    days = cell.locator("input").input_value()
    app.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    app.page.emulate_media(media="print")
    expect(cell.locator("input")).to_be_hidden()
    assert cell.evaluate("(cell) => getComputedStyle(cell, '::after').content") == f'"{days}"'
    expect(app.app.get_by_text(say["other"])).to_be_hidden()  # a closed fold has nothing for paper
    app.page.emulate_media(media="screen")
    app.page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    expect(cell.locator("input")).to_be_visible()
    expect(app.app.locator("[data-words]")).to_have_count(0)


def set_days(app, row, days):
    cell = app.app.locator(f"[data-f='{row['id']}:days']")
    cell.fill(str(days))
    cell.press("Tab")
    app.wait_saved()
