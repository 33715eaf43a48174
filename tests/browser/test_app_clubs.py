"""Clubs and enrolment: from wishes to lists with the large school, in Kazakh and Russian."""

import re

import pytest
from playwright.sync_api import expect
from tests.browser.apps_world import open_app, read_rows, wait_for_row

WORDS = {
    "kk": {
        "wishes": "3. Тілектер", "give": "4. Орындарды бөлу", "compute": "Ұсынысты есептеу",
        "apply": "Орындарды осылай бөлу", "yes": "Иә", "proven": "Бұдан жақсы бөлу жоқ", "first": "1-тілегі орындалды",
        "order": "Бұйрық (қазақша)", "title": "БҰЙРЫҚ", "papers": "Осы сыныпқа қағаз парақтар",
    },
    "ru": {
        "wishes": "3. Пожелания", "give": "4. Распределение мест",
        "compute": "Рассчитать предложение",
        "apply": "Распределить так", "yes": "Да", "proven": "Лучшего распределения нет",
        "first": "Получили 1-е пожелание",
        "order": "Приказ на русском", "title": "ПРИКАЗ",
    },
}  # fmt: skip


def open_enrolments(demo):
    return {
        (row["person_id"], row["club_id"]) for row in read_rows(demo, "enrolment") if row["until"] is None
    }


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_places_are_given_by_wishes_and_taken_back(large_school, browser, language):
    say = WORDS[language]
    before = open_enrolments(large_school)
    with open_app(browser, large_school, "clubs", language) as app:
        app.press(say["give"])
        assert app.barriers() == []
        app.press(say["compute"])
        expect(app.app.get_by_text(re.compile(say["proven"]))).to_be_visible(timeout=120_000)
        assert app.barriers() == []
        told = app.app.locator(".sa-figure", has_text=say["first"]).locator("b").inner_text()
        app.press(say["apply"])
        app.app.get_by_role("alertdialog").get_by_role("button", name=say["yes"]).click()
        app.wait_saved()
        after = open_enrolments(large_school)
        wishes = {(row["person_id"], row["club_id"]): row["rank"] for row in read_rows(large_school, "wish")}
        wishing = {person for person, _club in wishes}
        firsts = {person for person, club in after if wishes.get((person, club)) == 1}
        assert int(told.replace("\xa0", "")) == len(firsts & wishing)
        assert after >= before
        for club in read_rows(large_school, "club"):
            assert sum(each == club["id"] for _person, each in after) <= club["capacity"]
        app.press(say["order"])
        expect(app.app.locator(".sa-paper")).to_contain_text(say["title"])
        assert app.print().startswith(b"%PDF")
        assert app.visitor.outside == []
        app.app.locator("[data-undo]").click()
        app.wait_saved()
        assert open_enrolments(large_school) == before


def test_a_wish_typed_as_a_number_is_kept_though_the_kernel_dies(large_school, browser):
    say = WORDS["kk"]
    with open_app(browser, large_school, "clubs") as app:
        app.press(say["wishes"])
        field = app.app.locator("td.sa-edit input").first
        field.wait_for()
        person = int(field.get_attribute("data-f").split(":")[0])
        mine = {row["club_id"] for row in read_rows(large_school, "wish") if row["person_id"] == person}
        club = next(
            row["id"]
            for row in read_rows(large_school, "club")
            if row["language"] == "" and row["grade_from"] == 1 and row["id"] not in mine
        )
        field.fill(str(club))
        field.press("Enter")
        app.wait_saved()
        app.kill_kernel()
        wait_for_row(large_school, "wish", person_id=person, club_id=club, rank=1)
        expect(app.app.locator("td.sa-edit input").first).to_have_value(re.compile(rf"^{club}\. "))
        app.app.locator("[data-undo]").click()
        app.wait_saved()
        app.press(say["papers"])
        head = app.app.locator(".sa-paper section").first.locator("th")
        head.first.wait_for()
        number, name, *_rest = head.evaluate_all("cells => cells.map((cell) => cell.offsetWidth)")
        assert number < name / 3
