"""The rota's story: four computers for a class, and for five classes in a week; the cards for the door."""

import pytest
from playwright.sync_api import expect
from tests.browser.apps_world import AppPage, open_app, wait_for_row

from rehearsal import visit

WORDS = {
    "kk": {
        "one": "Бір сыныптағы кезек",
        "computers": "Жұмыс істейтін компьютерлер",
        "make": "Кезек жасау",
        "open": "Ашу",
        "week": "Сыныптардың апталық кезегі",
        "back": "Барлық кезектерге оралу",
        "minutes": "11 мин",
        "edges": "Компьютерсіз өтетін минуттар",
        "problem": "тым аз уақыт",
        "name": "Кезектің атауы",
    },
    "ru": {
        "one": "Очередь в одном классе",
        "computers": "Работающих компьютеров",
        "make": "Составить очередь",
        "open": "Открыть",
        "week": "Классы на неделю",
        "back": "Ко всем очередям",
        "minutes": "11 мин",
        "edges": "Минут без компьютеров",
        "problem": "слишком мало времени",
        "name": "Название очереди",
    },
}


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_four_computers_for_a_class_and_for_a_week(large_school, browser, language):
    say, group = WORDS[language], {"kk": "3А", "ru": "3Ә"}[language]
    pupils = [each for each in list_pupils(large_school) if each["class"] == group]
    with open_app(browser, large_school, "rota", language) as app:
        app.press(say["one"])
        app.page.locator("select[name=class]").select_option(label=group)
        app.fill(say["computers"], "4")
        app.fill(say["edges"], "40")
        app.press(say["make"])
        expect(app.app.locator(".sa-wrong")).to_contain_text(say["problem"])
        app.fill(say["edges"], "10")
        app.press(say["make"])
        rota = wait_for_row(large_school, "rota", name=group)
        app.wait_saved()
        app.app.locator("section", has_text=group).get_by_role("button", name=say["open"]).first.click()
        card = app.app.locator(".sa-paper")
        expect(card.locator("ol li").first).to_be_visible()
        # twenty children, four computers for two: three groups; 35 minutes make turns of eleven
        assert len(pupils) == 20
        expect(app.app.locator(".sa-figures")).to_contain_text("7 + 7 + 6")
        expect(app.app.locator(".sa-figures")).to_contain_text(say["minutes"])
        seated = " + ".join(card.locator("ol li").all_inner_texts()).split(" + ")
        assert sorted(seated) == sorted(each["name"] for each in pupils)
        assert app.barriers() == []
        app.kill_kernel()
        expect(app.app.locator(".sa-paper ol li").first).to_be_visible()
        assert app.print().startswith(b"%PDF")
        app.app.get_by_role("button", name=say["back"]).first.click()
        app.press(say["week"])
        app.page.locator("input[name=computers]").fill("4")
        app.fill(say["name"], f"Апта {language}")
        for each in ("1А", "2А", "5А", "7А", "9А"):
            app.app.get_by_label(each, exact=True).check()
        for day in (0, 2, 4):
            for lesson in (0, 2):
                app.page.locator(f"input[name=day{day}]").nth(lesson).check()
        app.press(say["make"])
        wait_for_row(large_school, "rota", name=f"Апта {language}")
        app.wait_saved()
        app.app.locator("section", has_text=f"Апта {language}").get_by_role(
            "button", name=say["open"]
        ).first.click()
        cells = app.app.locator(".sa-paper tbody td")
        expect(cells.first).to_be_visible()
        given = [text for text in cells.all_inner_texts() if text.strip("– ")]
        assert sorted(map(given.count, set(given))) == [1, 1, 1, 1, 2]  # six lessons, five classes
        assert app.barriers() == []
        assert app.visitor.outside == []
        assert rota["about"]["computers"] == 4


def list_pupils(demo):
    from sandyq.school import people
    from sandyq.school.centre.roster import list_pupils as read
    from sandyq.school.database import Database, today
    from sandyq.settings import Settings

    database = Database(Settings(home=demo.home).database_url)
    with database.reading() as session:
        found = read(session, people.find_person(session, "leader1"), today())
    database.close()
    return found


def test_a_pupil_opens_no_app(demo, browser):
    with visit(browser, demo) as visitor:
        visitor.sign_in(demo.account("pupil"))
        reply = visitor.page.goto(f"{demo.url}/services/rooms/app/rota")
        assert reply.status == 403


def test_a_teacher_opens_the_rota_but_not_the_budget(demo, browser):
    with visit(browser, demo) as visitor:
        visitor.sign_in(demo.account("teacher", language="kk"))
        AppPage(visitor, "rota").open()
        assert visitor.page.goto(f"{demo.url}/services/rooms/app/budget").status == 403
