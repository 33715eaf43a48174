"""``./sandyq tour FOLDER``: a screenshot of every page, for every role, in three languages."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from rehearsal import Demo, Visitor, open_browser, running_demo, visit
from sandyq.i18n import LANGUAGES
from sandyq_curriculum.commands import CURRICULUM, list_languages, read_catalogue
from sandyq_curriculum.lesson import read_lesson
from sheets import draw_sheets

QUESTION, REGISTER = ".sandyq-question", "[role=radiogroup]"


@dataclass
class Tour:
    """Walks as one visitor through one language; saves each page as ``<language>/<role>-<page>.png``."""

    folder: Path
    language: str
    role: str
    visitor: Visitor
    barriers: dict[str, list[str]] = field(default_factory=dict)
    """What axe finds serious or critical, by page."""

    def see(self, name: str, path: str | None = None, until: str = "main, .jp-Notebook") -> None:
        """Open a page (or stay on this one), wait until it is drawn, save and examine it."""
        if path:
            self.visitor.go(path)
        page = self.visitor.page
        page.locator(until).first.wait_for(timeout=60_000)
        folder = self.folder / self.language
        folder.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=folder / f"{self.role}-{name}.png", full_page=True)
        if serious := find_barriers(page):
            self.barriers[f"{self.language}/{self.role}-{name}"] = serious

    def links(self, part: str) -> list[str]:
        """Paths of the page's links that contain a part, each once."""
        found = self.visitor.page.locator(f"main a[href*='{part}']")
        return list(dict.fromkeys(found.evaluate_all("all => all.map(a => a.getAttribute('href'))")))


def find_barriers(page: Page) -> list[str]:
    """What axe finds serious or critical on a page."""
    found = Axe().run(page).response["violations"]
    return [_describe(each) for each in found if each["impact"] in ("serious", "critical")]


def _describe(violation: dict[str, Any]) -> str:
    places = "; ".join(str(node["target"]) for node in violation["nodes"][:3])
    return f"{violation['id']}: {violation['help']} – {places}"


def list_lessons(language: str, *tracks: str) -> list[str]:
    """The lessons of some tracks in a language that open in rooms, in the catalogue's order."""
    fronts = {
        slug: read_lesson(CURRICULUM / f"lessons/{slug}/lesson.kk.md").front
        for slug in read_catalogue()
        if language in list_languages(slug)
    }
    return [
        slug for slug, front in fronts.items() if front["track"] in tracks and front["opens_in"] == "rooms"
    ]


def walk_stranger(tour: Tour) -> None:
    tour.see("certificate", "/services/portal/certificate")
    tour.see("sign-in", "/hub/login")
    tour.visitor.page.locator(".choices a").first.click()
    tour.see("sign-in-names")
    tour.visitor.page.locator(".choices a").first.click()
    tour.see("sign-in-pin", until=".pin")


def see_lessons(tour: Tour, *tracks: str) -> None:
    for slug in list_lessons(tour.language, *tracks):
        tour.see(f"lesson-{slug}", f"/services/rooms/lesson/{tour.language}/{slug}", until=QUESTION)


def walk_pupil(tour: Tour) -> None:
    tour.see("home", "/services/portal/")
    see_lessons(tour, "pupils")
    tour.see("pair", "/services/portal/pair")
    tour.see("calendar", "/services/portal/calendar")
    tour.see("lessons", "/services/portal/lessons")
    tour.see("forbidden", "/services/rooms/app/attendance", until="h1")
    tour.see("work", "/services/portal/work")
    tour.see("not-found", "/services/portal/no-such-page")


def walk_teacher(tour: Tour) -> None:
    tour.see("home", "/services/portal/")
    tour.see("classes", "/services/portal/classes")
    class_path = tour.links("/classes/")[0]
    tour.see("class", class_path)
    tour.see("progress", tour.links("/lessons/")[0])
    tour.see("groups", f"{class_path}/groups")
    tour.visitor.go(class_path)
    page = tour.visitor.page
    page.locator("input[name=pupil]").last.check()
    page.locator("form[action$='/cards'] button").click()
    tour.see("cards-confirm")
    page.locator("form[action$='/cards'] button").click()
    tour.see("cards", until=".login-cards")
    tour.see("lessons", "/services/portal/lessons")
    tour.see("lessons-none", "/services/portal/lessons?q=zzz")
    tour.see("about-lesson", "/services/portal/lessons/passphrase")
    tour.see("assignments", "/services/portal/assignments")
    tour.see("assignments-new", "/services/portal/assignments/new")
    tour.see("assignment-give", tour.links("/assignments/new?packet=")[0])
    tour.see("coverage", "/services/portal/coverage")
    tour.see("calendar", "/services/portal/calendar")
    tour.see("calendar-list", "/services/portal/calendar?view=agenda")
    tour.see("notices", "/services/portal/notices")
    see_lessons(tour, "teachers", "leaders")


def walk_leader(tour: Tour) -> None:
    tour.see("home", "/services/portal/")
    tour.see("attendance", "/services/rooms/app/attendance", until=REGISTER)
    page = tour.visitor.page
    page.locator(".sa-tabs button").nth(1).click()
    tour.see("month", until=".sandyq-attendance table")


def walk_staff(tour: Tour) -> None:
    tour.see("home", "/services/portal/")
    for path in tour.links("/services/portal/"):
        tour.see(path.partition("?")[0].rstrip("/").rsplit("/", 1)[-1], path)


def walk_district(tour: Tour) -> None:
    tour.see("home", "/services/portal/")
    tour.see("moves", f"/services/portal/moves?name={tour.visitor.demo.account('teacher')['login']}")
    tour.see("move", tour.links("/services/portal/moves/")[0])


WALKS: dict[str, Callable[[Tour], None]] = {
    "stranger": walk_stranger,
    "pupil": walk_pupil,
    "teacher": walk_teacher,
    "leader": walk_leader,
    "administrator": walk_staff,
    "operator": walk_staff,
    "district": walk_district,
}


@dataclass
class Report:
    """What a tour found besides its pictures."""

    outside: list[str] = field(default_factory=list)
    """Addresses asked that are not this server's."""
    barriers: dict[str, list[str]] = field(default_factory=dict)


def run(folder: Path, browser: Browser, demo: Demo, language: str) -> Report:
    """Walk through every page as everybody, in one language."""
    report = Report()
    for role, walk in WALKS.items():
        with visit(browser, demo, language=language) as visitor:
            if role != "stranger":
                visitor.sign_in(demo.account(role))
                visitor.choose_language(language)
            tour = Tour(folder, language, role, visitor)
            walk(tour)
            report.outside += visitor.outside
            report.barriers |= tour.barriers
    return report


def main() -> None:
    parser = argparse.ArgumentParser(prog="sandyq tour", description=__doc__)
    parser.add_argument("folder", type=Path)
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--lessons", action="store_true", help="only lessons: every screen of each, on sheets")
    only.add_argument("--apps", action="store_true", help="only the pictures of the centre apps' guides")
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    if arguments.apps:
        from guides import draw_guides

        with open_browser() as browser:
            draw_guides(folder, browser)
        return
    with running_demo() as demo, open_browser() as browser:
        if arguments.lessons:
            draw_sheets(folder, browser, demo)
            return
        for language in LANGUAGES:
            report = run(folder, browser, demo, language)
            print(language, json.dumps(report.__dict__, ensure_ascii=False, indent=1), flush=True)


if __name__ == "__main__":
    main()
