"""An assignment's whole way in a real browser: given, started, handed in, graded, marked, returned, seen."""

import os
import re
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

import psutil
import pytest
from sqlalchemy import select

from rehearsal import is_alive, running_demo, visit, wait_for
from sandyq.school.database import Database
from sandyq.school.tables import GradingJob
from sandyq.settings import Settings
from tour import find_barriers

PARTS = ("proxy", "hub", "portal", "rooms", "grader", "forks")
WORDS = {
    "kk": {
        "title": "Ауыл дүкенінің есебі",
        "check": "Жұмысымды тексеру",
        "hand_in": "Тапсыру",
        "class": "7А",
    },
    "ru": {
        "title": "Расчёты в сельском магазине",
        "check": "Проверить мою работу",
        "hand_in": "Сдать",
        "class": "5Б",
    },
}
COMMENT = "Жақсы ой! / Хорошая мысль!"


@pytest.fixture(scope="module")
def demo():
    """A server of its own: its parts are killed."""
    with running_demo() as running:
        yield running


class Way:
    """One language's way, step by step, with what was acknowledged."""

    def __init__(self, demo, language, deadly):
        self.demo, self.language, self.deadly, self.words = demo, language, deadly, WORDS[language]

    def survive(self):
        """Kill each part of the server, one after the other."""
        for name in PARTS if self.deadly else ():
            self.demo.kill(name)

    def end(self, name):
        """Kill the pupil's own ``person``, which is their server, or ``kernel``."""
        if self.deadly:
            victims = wait_for(lambda: self._find(name), f"a {name}")
            for victim in victims:
                victim.kill()
            wait_for(lambda: not any(map(is_alive, victims)), "its end")

    def _find(self, name):
        """Also what an earlier fork server has left behind."""
        found = []
        for each in psutil.Process(self.demo.process.pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                found += [each] if each.name().startswith(name) and is_alive(each) else []
        return found

    def end_workers(self):
        """Kill the workers while one of them grades."""
        if self.deadly:
            wait_for(lambda: find_job(self.demo).state == "running", "the grading to begin")
            kill_workers(self.demo)
            assert find_job(self.demo).state == "running", "nobody gave it back"

    def look_at(self, page, name):
        """Nothing of a page of ours keeps anybody out; keep a picture where SANDYQ_PICTURES names a folder."""
        assert find_barriers(page) == [], name
        self.photograph(page, name)

    def photograph(self, page, name):
        if folder := os.environ.get("SANDYQ_PICTURES"):
            page.screenshot(path=Path(folder) / f"way-{self.language}-{name}.png", full_page=True)


@pytest.fixture(params=[("kk", True), ("ru", False)], ids=["kk, each part killed after each step", "ru"])
def way(request, demo):
    return Way(demo, *request.param)


def test_an_assignment_goes_its_whole_way_and_nothing_acknowledged_is_lost(way, demo, browser):
    teachers = [a for a in demo.accounts() if (a["role"], a["language"]) == ("teacher", way.language)]
    teacher = next(account for account in teachers if way.words["class"] in account["class"])
    pupil = demo.account("pupil", way.language, way.words["class"])
    with visit(browser, demo) as office, visit(browser, demo) as desk:
        office.sign_in(teacher)
        desk.sign_in(pupil)
        release = give(way, office)
        way.survive()
        start(way, desk, release)
        way.survive()
        work(way, desk)
        way.end("person")
        start_again(way, desk, release)
        code = hand_in(way, desk)
        way.end_workers()
        way.survive()
        marked = wait_until_graded(office, release, pupil)
        assert marked == "2"
        way.survive()
        mark(way, office, release)
        way.survive()
        give_back(way, office, release)
        way.survive()
        see(way, desk, release, code)
        assert office.outside == desk.outside == []


def test_a_hand_in_over_which_each_grader_is_killed_is_left_to_the_teacher(demo, browser):
    """A loop without end keeps the worker busy until it is killed; at the fourth look the job is given up."""
    way = Way(demo, "ru", deadly=False)
    teachers = [a for a in demo.accounts() if (a["role"], a["language"]) == ("teacher", "ru")]
    teacher = next(account for account in teachers if way.words["class"] in account["class"])
    pupils = [a for a in demo.accounts() if a["role"] == "pupil" and a["class"] == way.words["class"]]
    pupil = pupils[2]
    with visit(browser, demo) as office, visit(browser, demo) as desk:
        office.sign_in(teacher)
        desk.sign_in(pupil)
        release = give(way, office)
        desk.go(f"/services/portal/work/{release}")
        desk.page.locator("a.button.big").click()
        desk.page.locator(".sandyq-bar").wait_for(timeout=120_000)
        write(desk.page, "while True: pass")
        hand_in(way, desk)
        for attempt in (1, 2, 3):
            job = wait_for(lambda n=attempt: is_begun(demo, n), f"attempt {attempt}")
            assert job.state == "running"
            kill_workers(demo)
        job = wait_for(lambda: (found := find_job(demo)).state != "running" and found, "the end")
        assert (job.state, job.attempts) == ("failed", 3)
        office.go(f"/services/portal/assignments/{release}")
        row = office.page.locator("tr", has_text=pupil["name"])
        assert "несколько раз обрывалась" in row.inner_text()
        way.look_at(office.page, "9-given-up")
        row.locator("button[id^=again-]").click()
        wait_for(lambda: find_job(demo).id > job.id, "another try")


def is_begun(demo, attempt):
    job = find_job(demo)
    return job if job.attempts == attempt else None


def test_a_class_is_divided_by_keyboard_and_a_group_alone_gets_an_assignment(demo, browser):
    """In Russian, for the other test's work is in the way in Kazakh."""
    way = Way(demo, "ru", deadly=False)
    teachers = [a for a in demo.accounts() if (a["role"], a["language"]) == ("teacher", "ru")]
    teacher = next(account for account in teachers if way.words["class"] in account["class"])
    with visit(browser, demo) as office, visit(browser, demo) as desk:
        office.sign_in(teacher)
        page = office.page
        office.go("/services/portal/classes")
        page.locator("a.card", has_text=way.words["class"]).click()
        page.locator("a[href$='/groups']").press("Enter")
        page.locator("input[name=name]").press_sequentially("Английский 1")
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        chosen = page.locator("input:checked").locator("xpath=..").inner_text().strip()
        page.locator("input[name=name]").press("Enter")
        page.locator("h2", has_text="Английский 1").wait_for()
        page.locator("summary").first.press("Enter")
        way.look_at(page, "9-groups")
        page.emulate_media(media="print")
        assert page.locator("ol.people").inner_text().strip() == chosen
        assert not page.locator("form:visible").count(), "names alone are printed"
        way.photograph(page, "9-groups-printed")
        page.emulate_media(media="screen")
        release = give(way, office, "Английский 1")
        pupils = [a for a in demo.accounts() if a["class"] == way.words["class"] and a["role"] == "pupil"]
        for pupil in pupils[:2]:
            desk.page.context.clear_cookies()
            desk.sign_in(pupil)
            desk.go(f"/services/portal/work/{release}")
            has_it = desk.page.locator("a.button.big").count() == 1
            assert has_it == (pupil["name"] == chosen), pupil["name"]


def give(way, office, group=""):
    office.go("/services/portal/assignments")
    page = office.page
    page.locator("a.button[href$='/assignments/new']").click()
    page.locator("a.card", has_text=way.words["title"]).click()
    option = page.locator("select[name=class_id] option", has_text=way.words["class"])
    page.locator("select[name=class_id]").select_option(option.get_attribute("value"))
    if group:
        page.locator("summary").press("Enter")
        way.look_at(page, "1-to-give")
        assert page.locator("fieldset[data-class]:visible legend").all_inner_texts() == [way.words["class"]]
        page.get_by_label(group).press("Space")
    page.locator("input[name=due]").fill(f"{date.today() + timedelta(days=7)}T18:00")
    page.locator("button.big").click()
    page.locator(".qr-code svg").wait_for()
    way.look_at(page, "1-given")
    page.locator("a[id^=extend-]").first.focus()
    swap = "htmx.ajax('GET', live.getAttribute('hx-get').split('?')[0], {target: live, swap: 'outerHTML'})"
    page.evaluate(f"async () => {{ const live = document.querySelector('#live'); await {swap}; }}")
    page.locator("a[id^=extend-]:focus").wait_for()  # whoever tabs through the list stays where they are
    return int(page.url.rpartition("/")[2])


def start(way, desk, release):
    desk.go("/services/portal/work")
    page = desk.page
    page.locator("a.card", has_text=way.words["title"]).click()
    way.look_at(page, "2-to-do")
    page.locator("a.button.big").click()
    page.wait_for_url("**/notebooks/assignments/**", timeout=120_000)
    page.add_locator_handler(  # Jupyter tells that a kernel has died and is started anew
        page.locator(".jp-Dialog"), lambda told: told.locator(".jp-mod-accept").click()
    )
    page.locator(".sandyq-bar").wait_for(timeout=60_000)
    page.locator(".jp-CodeCell", has_text="prices = [").first.wait_for(timeout=60_000)


def work(way, desk):
    """Solve the first task; wrong first, so that the check says something."""
    page = desk.page
    page.reload()  # the server may have been away
    page.locator(".sandyq-bar").wait_for(timeout=60_000)
    write(page, "total = sum(prices)")
    way.end("kernel")
    press(page, way.words["check"])
    page.locator(".sandyq-result.sandyq-right").first.wait_for(timeout=120_000)
    way.photograph(page, "3-checked")


def write(page, code):
    """Put an answer into the first place for one."""
    cell = page.locator(".jp-CodeCell", has_text="NotImplementedError").first
    cell.locator(".cm-content").click(timeout=60_000)
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(code)


def start_again(way, desk, release):
    """What was written and checked is there, whatever ended since."""
    desk.go(f"/services/portal/work/{release}")
    desk.page.locator("a.button.big").click()
    desk.page.wait_for_url("**/notebooks/assignments/**", timeout=120_000)
    desk.page.locator(".sandyq-bar").wait_for(timeout=60_000)
    desk.page.locator(".jp-CodeCell", has_text="total = sum(prices)").first.wait_for(timeout=60_000)


def find_job(demo):
    """The newest of the grader's queue."""
    database = Database(Settings.load(demo.home).database_url)
    with database.reading() as session:
        job = session.scalars(select(GradingJob).order_by(GradingJob.id.desc())).first()
    database.close()
    return job


def kill_workers(demo):
    for worker in demo.part("grader").children():
        worker.kill()


def press(page, words):
    page.locator(".sandyq-tools").get_by_role("button", name=words, exact=True).click()


def hand_in(way, desk):
    press(desk.page, way.words["hand_in"])
    receipt = desk.page.locator(".sandyq-receipt", has_text=re.compile(r"[2-9A-Z]{6}"))
    receipt.wait_for(timeout=60_000)
    way.photograph(desk.page, "4-receipt")
    return re.search(r"\b[2-9A-HJ-NP-Z]{6}\b", receipt.inner_text())[0]


def wait_until_graded(office, release, pupil):
    """Return the points of the pupil's row once the grader has proposed all: an answer nobody touched is worth 0."""

    def points():
        office.go(f"/services/portal/assignments/{release}")
        row = office.page.locator("tr", has_text=pupil["name"]).locator("td.number").inner_text()
        found = re.match(r"(\d+) / 13", row)
        state = (
            office.page.locator("tr", has_text=pupil["name"]).locator(".chip").first.get_attribute("class")
        )
        return found[1] if found and "action" in state else None

    return wait_for(points, "the grader", 180)


def mark(way, office, release):
    page = office.page
    office.go(f"/services/portal/assignments/{release}/marks?cell=prices/why")
    way.look_at(page, "5-to-mark")
    page.locator("[data-points]").first.check()
    card = page.locator("article.mark").first
    assert card.locator("input[name=points]").input_value() == "1", "the rubric's ticks add up"
    card.locator("input[name=comment]").fill(COMMENT)
    card.locator("input[name=comment]").press("Enter")
    page.locator("article.mark [role=status] .icon").first.wait_for()
    way.photograph(page, "5-marked")


def give_back(way, office, release):
    office.go(f"/services/portal/assignments/{release}")
    office.page.locator("#live-return").click()
    office.page.locator(".chip.good").first.wait_for()
    way.photograph(office.page, "6-returned")


def see(way, desk, release, code):
    desk.go(f"/services/portal/work/{release}")
    page = desk.page
    assert page.locator(".big-number").first.inner_text() == "3 / 13"
    assert COMMENT in page.locator("main").inner_text()
    assert code in page.locator("main").inner_text()
    assert page.locator("details").count() >= 1, "a model answer"
    way.look_at(page, "7-seen")
    page.locator("a[href$='/report']").click()
    assert COMMENT in page.locator("article.report").inner_text()
    way.look_at(page, "8-for-parents")
    sheets = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", sheets)) == 1, "one sheet of paper"
