"""Notices and the calendar: a coach writes, a teacher reads and puts away, prints a month, takes it into a program."""

import os
import re
from pathlib import Path

import httpx
import icalendar
import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from rehearsal import visit
from sandyq.school.academy import tables as t
from sandyq.school.database import Database
from sandyq.school.people import find_person
from sandyq.settings import Settings
from tour import find_barriers

PORTAL = "/services/portal"
TITLES = {
    writer: {"kk": f"Ашық сабақ бейсенбіде ({writer})", "ru": f"Открытый урок в четверг ({writer})"}
    for writer in ("kk", "ru")
}
"""Of two coaches' notices, in both languages: in some tests' wake a teacher is told both."""
WORDS = {
    "kk": {
        "write": "Хабарландыру жазу",
        "first": "Алдымен қарап шығу",
        "tell": "Жариялау",
        "away": "Оқыдым, жинап қою",
        "address": "Күнтізбеме мекенжай жасау",
        "end": "Бұл мекенжайды жабу",
    },
    "ru": {
        "write": "Написать объявление",
        "first": "Сначала посмотреть",
        "tell": "Опубликовать",
        "away": "Прочитано, убрать",
        "address": "Создать адрес моего календаря",
        "end": "Закрыть этот адрес",
    },
}


def find_teacher(demo, coach, language):
    """Return the account of a teacher who reads a language, of a coach's groups."""
    database = Database(Settings(home=demo.home).database_url)
    with database.reading() as session:
        led = find_person(session, coach["login"]).id
        members = (
            select(t.Participant.person_id)
            .join(t.TrainingGroup, t.TrainingGroup.id == t.Participant.group_id)
            .where(t.TrainingGroup.coach_id == led)
        )
        people = set(session.scalars(members))
        found = [
            account
            for account in demo.accounts()
            if account["role"] == "teacher"
            and account["language"] == language
            and find_person(session, account["login"]).id in people
        ]
    database.close()
    return found[0]


class Desk:
    """One person's browser."""

    def __init__(self, visitor, language, role):
        self.visitor, self.page, self.language, self.role = visitor, visitor.page, language, role

    def see(self, name, path=None):
        """Open a page, examine it, and keep a picture where somebody wants to look (SANDYQ_PICTURES)."""
        if path is not None:
            self.visitor.go(f"{PORTAL}{path}")
        self.page.locator("main").wait_for()
        if folder := os.environ.get("SANDYQ_PICTURES"):
            self.page.screenshot(
                path=Path(folder) / f"calendar-{self.language}-{self.role}-{name}.png", full_page=True
            )
        assert find_barriers(self.page) == [], name
        return self.page

    def press(self, words):
        self.page.get_by_role("button", name=words).first.click()


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_a_notice_is_told_read_and_put_away_and_a_month_goes_into_a_program(demo, browser, language):
    coach = demo.account("coach", language)
    teacher = find_teacher(demo, coach, language)
    with visit(browser, demo, language=language) as visitor:
        visitor.sign_in(coach)
        write(Desk(visitor, language, "coach"), WORDS[language])
    with visit(browser, demo, language=language) as visitor:
        visitor.sign_in(teacher)
        desk = Desk(visitor, language, "teacher")
        read(desk, WORDS[language])
        look_at_month(desk)
        subscribe(demo, desk, WORDS[language])
        assert visitor.outside == []
    with visit(browser, demo, language=language) as visitor:
        visitor.sign_in(demo.account("pupil", language))
        look_as_pupil(Desk(visitor, language, "pupil"))


def write(desk, say):
    page = desk.see("home", "/")
    page.get_by_role("link", name=say["write"]).first.click()
    for language, title in TITLES[desk.language].items():
        page.fill(f"#title-{language}", title)
    page.fill(f"#text-{desk.language}", "15:00. /services/portal/calendar")
    page.locator("input[name=important]").check()
    desk.press(say["first"])
    expect(page.locator("#preview article")).to_have_count(2)
    expect(page.locator("#preview article").first).to_contain_text(TITLES[desk.language]["kk"])
    expect(page.locator("#preview a").first).to_have_attribute("href", "/services/portal/calendar")
    desk.see("preview")
    page.fill(f"#title-{desk.language}", " ")
    other = next(each for each in TITLES if each != desk.language)
    page.fill(f"#title-{other}", "")
    desk.press(say["tell"])
    expect(page.locator("#titles-problem")).to_be_visible()
    desk.see("refused")
    for language, title in TITLES[desk.language].items():
        page.fill(f"#title-{language}", title)
    desk.press(say["tell"])
    page.locator(".notice.good").wait_for()
    desk.see("written")


def read(desk, say):
    page = desk.see("home", "/")
    card = page.locator(".told-card", has_text=TITLES[desk.language][desk.language])
    expect(card).to_have_count(1)
    expect(page.locator(".told-card").first).to_contain_text(TITLES[desk.language][desk.language])
    card.get_by_role("button", name=say["away"]).press("Enter")
    expect(page.locator(".told-card", has_text=TITLES[desk.language][desk.language])).to_have_count(0)
    desk.visitor.go(f"{PORTAL}/")
    expect(page.locator(".coming .entries li").first).to_be_visible()
    expect(page.locator(".told-card", has_text=TITLES[desk.language][desk.language])).to_have_count(0)
    expect(desk.see("notices", "/notices").locator("main")).to_contain_text(
        TITLES[desk.language][desk.language]
    )


def look_at_month(desk):
    page = desk.see("month", "/calendar")
    later = page.locator("a[rel=next]")
    seen = page.locator(".month li").count()
    later.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**month=**")
    seen += page.locator(".month li").count()
    assert seen > 0
    paper = page.pdf(prefer_css_page_size=True)
    if folder := os.environ.get("SANDYQ_PICTURES"):
        (Path(folder) / f"calendar-{desk.language}-month.pdf").write_bytes(paper)
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1
    wide, high = map(float, re.search(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", paper).groups())
    assert wide > high and round(wide) == 842
    desk.see("agenda", "/calendar?view=agenda")


def subscribe(demo, desk, say):
    page = desk.page
    with page.expect_download() as taken:
        page.locator("a[href$='/calendar/download']").click()
    events = icalendar.Calendar.from_ical(Path(taken.value.path()).read_bytes()).walk("VEVENT")
    assert events and all(event["SUMMARY"].params["LANGUAGE"] == desk.language for event in events)
    desk.press(say["address"])
    address = page.locator("#address").input_value()
    desk.see("address")
    fetched = httpx.get(address)
    assert {str(event["UID"]) for event in icalendar.Calendar.from_ical(fetched.content).walk("VEVENT")} == {
        str(event["UID"]) for event in events
    }
    desk.press(say["end"])
    page.locator("#address").wait_for(state="detached")
    assert httpx.get(address).status_code == 403


def look_as_pupil(desk):
    page = desk.see("home", "/")
    expect(page.locator("#coming-heading")).to_be_visible()
    expect(page.locator("main")).not_to_contain_text(TITLES[desk.language][desk.language])
    for view in ("month", "agenda"):
        page = desk.see(view, f"/calendar?view={view}")
        kinds = page.locator(".month li").evaluate_all("all => all.map(each => each.className)")
        assert set(kinds) <= {"kind-work", "kind-lesson", "kind-club"}
    assert page.locator("form[action$='/calendar/address']").count() == 0
