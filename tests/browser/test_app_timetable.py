"""The timetable of clubs with 40 clubs, 12 rooms and 600 children: computed, changed by hand, explained, printed."""

import io
from time import monotonic

import icalendar
import openpyxl
import pytest
from playwright.sync_api import expect
from tests.browser.apps_world import open_app, read_rows, wait_for_row
from tests.unit.timetable_world import check

from rehearsal import wait_for
from sandyq.school.sample_data import QUARTERS
from sandyq_apps.timetable_week import Club, Meeting, Room, School, Slot

WORDS = {
    "kk": {
        "week": "Апта",
        "wishes": "Тілектер",
        "compute": "Кестені құру",
        "papers": "Басып шығару және файлдар",
        "take": "Осы кестені қабылдау",
        "proven": "дәлелденді",
        "lock": "Бекіту",
        "here": "Осында",
        "kind": "Кейбір күндері болмайды",
        "who": "Кім немесе не",
        "must": "Міндетті",
        "save": "Сақтау",
        "days": ("дүйсенбі", "сейсенбі", "сәрсенбі", "бейсенбі", "жұма"),
        "conflict": "Бірге сақтала алмайтын жағдайлар",
        "soften": "Мүмкін болса",
        "calendar": "Күнтізбе (iCalendar)",
        "sheet": "Электрондық кесте (XLSX)",
        "whose": "Кімнің кестесі",
        "doors": "Кабинет есігіне",
        "anyway": "Сонда да қою",
        "yes": "Иә",
        "wrong": "қайшылық",
    },
    "ru": {
        "week": "Неделя",
        "wishes": "Пожелания",
        "compute": "Составить",
        "papers": "Печать и файлы",
        "take": "Принять эту неделю",
        "proven": "Доказано",
        "lock": "Закрепить",
        "here": "Сюда",
        "kind": "Не в некоторые дни",
        "who": "Кто или что",
        "must": "Обязательно",
        "save": "Сохранить",
        "days": ("понедельник", "вторник", "среда", "четверг", "пятница"),
        "conflict": "Что невыполнимо вместе",
        "soften": "По возможности",
        "calendar": "Календарь (iCalendar)",
        "sheet": "Таблица (XLSX)",
        "whose": "Чья неделя",
        "doors": "На двери кабинетов",
        "anyway": "Всё равно сюда",
        "yes": "Да",
        "wrong": "наклад",
    },
}


def read_week(demo) -> School:
    """The school as its database holds it, read without the app."""
    children = {}
    for row in read_rows(demo, "enrolment"):
        if row["until"] is None:
            children.setdefault(row["club_id"], set()).add(row["person_id"])

    def at(clock):
        return int(clock[:2]) * 60 + int(clock[3:])

    return School(
        [
            Slot(r["id"], r["weekday"], at(r["starts"]), at(r["ends"]), r["shift"])
            for r in read_rows(demo, "slot")
        ],
        [Room(r["id"], r["name"], r["seats"], r["kind"]) for r in read_rows(demo, "room")],
        [
            Club(
                r["id"],
                r["name"],
                r["leader_id"],
                r["meetings"],
                r["capacity"],
                r["room_kind"],
                r["room_id"],
                frozenset(children.get(r["id"], ())),
            )
            for r in read_rows(demo, "club")
        ],
        {r["person_id"]: r["shift"] for r in read_rows(demo, "child")},
        week=[
            Meeting(r["club_id"], r["slot_id"], r["room_id"], r["locked"], r["id"])
            for r in read_rows(demo, "meeting")
        ],
    )


def compute_week(app, say) -> None:
    app.press(say["compute"])
    app.app.locator("form button[type=submit]").click()
    app.app.get_by_role("button", name=say["take"]).wait_for(timeout=60_000)


def take_all_back(app, demo) -> None:
    """Take one's own changes back until the week and the wishes are as they were: empty."""

    def kept() -> list[dict]:
        return read_rows(demo, "meeting") + read_rows(demo, "timetable_wish")

    while before := kept():
        app.wait_idle()
        app.app.locator("[data-undo]").click()
        wait_for(lambda before=before: kept() != before, "the change is taken back", 30)
        app.wait_saved()


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_a_week_is_computed_changed_by_hand_printed_and_taken_back(large_school, browser, language):
    say = WORDS[language]
    with open_app(browser, large_school, "timetable", language) as app:
        begun = monotonic()
        compute_week(app, say)
        assert monotonic() - begun < 30, (
            "on a machine that does other things, too; the unit tests tell the seconds"
        )
        expect(app.app.locator(".sa-notice.good")).to_contain_text(say["proven"])
        assert read_rows(large_school, "meeting") == [], "a proposal is only a proposal"
        app.press(say["take"])
        app.wait_saved()
        school = read_week(large_school)
        assert len(school.week) == sum(club.meetings for club in school.clubs)
        assert check(school, list(school.week)) == []
        assert app.barriers() == []
        change_by_hand(app, large_school, say, school)
        check_papers(app, say, school)
        app.press(say["week"])
        take_all_back(app, large_school)
        assert app.visitor.outside == []


def change_by_hand(app, demo, say, school) -> None:
    """With the keyboard alone: a meeting is locked, moved to a place that is offered, and to one that clashes."""
    button = app.app.locator(".sa-grid button").first
    button.focus()
    app.page.keyboard.press("Enter")
    lock = app.app.get_by_role("button", name=say["lock"], exact=True)
    lock.focus()
    app.page.keyboard.press("Enter")
    app.wait_saved()
    locked = wait_for_row(demo, "meeting", locked=True)
    assert app.barriers() == []
    place = app.app.locator(".sa-grid").get_by_role("button", name=say["here"]).first
    place.focus()
    app.page.keyboard.press("Enter")
    moved = wait_for_row(demo, "meeting", id=locked["id"], version=locked["version"] + 1)
    assert (moved["slot_id"], moved["room_id"]) != (locked["slot_id"], locked["room_id"])
    now = read_week(demo)
    assert [w for w in check(now, list(now.week)) if "twice" in w or "fit" in w] == []
    app.app.locator(".sa-grid button").first.click()
    app.app.get_by_role("button", name=say["anyway"]).first.click()
    app.app.get_by_role("alertdialog").get_by_role("button", name=say["yes"]).click()
    app.wait_saved()
    expect(app.app.locator(".sa-notice.danger").first).to_contain_text(say["wrong"])
    expect(app.app.locator(".sa-grid button.danger").first).to_contain_text("⚠")


def check_papers(app, say, school) -> None:
    app.press(say["papers"])
    assert app.barriers() == []
    assert app.print().startswith(b"%PDF")
    content = download(app, say["calendar"])
    events = icalendar.Calendar.from_ical(content).walk("VEVENT")
    assert len(events) == len(school.week) * len(QUARTERS)
    book = openpyxl.load_workbook(io.BytesIO(download(app, say["sheet"])))
    assert book.worksheets[0].max_row == len(school.week) + 2
    app.app.get_by_label(say["whose"]).select_option(label=say["doors"])
    expect(app.app.locator(".sa-paper section")).to_have_count(len(school.rooms))


def download(app, name) -> bytes:
    with app.page.expect_download() as waiting:
        app.press(name)
    return waiting.value.path().read_bytes()


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_a_wish_that_cannot_hold_is_named_and_mended(large_school, browser, language):
    say = WORDS[language]
    with open_app(browser, large_school, "timetable", language) as app:
        app.press(say["wishes"])
        app.press(say["kind"])
        app.app.get_by_label(say["who"]).select_option(index=1)
        teacher = app.app.get_by_label(say["who"]).evaluate("each => each.selectedOptions[0].textContent")
        for day in say["days"]:
            app.app.get_by_label(day).check()
        app.app.get_by_label(say["must"]).check()
        app.kill_kernel()
        for day in say["days"]:
            expect(app.app.get_by_label(day)).to_be_checked()
        app.press(say["save"])
        app.wait_saved()
        wish = read_rows(large_school, "timetable_wish")[-1]
        assert (wish["about"], wish["must"]) == ({"days": [0, 1, 2, 3, 4]}, True)
        app.press(say["compute"])
        app.app.locator("form button[type=submit]").click()
        expect(app.app.get_by_text(say["conflict"])).to_be_visible(timeout=60_000)
        rows = app.app.locator(".sa-table tbody tr")
        expect(rows).to_have_count(2)
        expect(rows.first).to_contain_text(teacher)
        assert app.barriers() == []
        rows.first.get_by_role("button", name=say["soften"]).click()
        app.wait_saved()
        wait_for_row(large_school, "timetable_wish", id=wish["id"], must=False)
        compute_week(app, say)
        take_all_back(app, large_school)


def test_what_was_taken_over_is_there_after_the_kernel_died_and_a_proposal_is_not(large_school, browser):
    say = WORDS["kk"]
    with open_app(browser, large_school, "timetable") as app:
        compute_week(app, say)
        app.kill_kernel()
        assert read_rows(large_school, "meeting") == []
        compute_week(app, say)
        app.press(say["take"])
        app.wait_saved()
        kept = read_rows(large_school, "meeting")
        app.kill_kernel()
        expect(app.app.locator(".sa-grid button")).to_have_count(len(kept))
        assert read_rows(large_school, "meeting") == kept
        take_all_back(app, large_school)
