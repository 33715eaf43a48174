"""``./sandyq tour FOLDER``: a screenshot of every page, for every role, in three languages."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable
from pathlib import Path

from rehearsal import Demo, Visitor, open_browser, visit
from sandyq.i18n import LANGUAGES

LESSONS = ("passphrase", "electricity-bill")
LIVE = ".sandyq-question"
"""A page of a room is drawn when one of these stands in it."""


class Tour:
    """Walks as one visitor and saves what it sees as ``<language>/<nn>-<role>-<page>.png``."""

    def __init__(self, folder: Path, language: str, role: str, visitor: Visitor) -> None:
        self.folder, self.role, self.visitor = folder / language, role, visitor
        self.folder.mkdir(parents=True, exist_ok=True)

    def shoot(self, name: str, path: str | None = None, until: str | None = None) -> None:
        if path:
            self.visitor.go(path)
        if until:
            self.visitor.page.locator(until).first.wait_for(timeout=60_000)
        self.visitor.page.screenshot(path=self.folder / f"{self.role}-{name}.png", full_page=True)
        print(f"{self.folder.name}: {self.role}-{name}", flush=True)


def links(visitor: Visitor, part: str) -> list[str]:
    """Paths of the page's links that contain a part, each once."""
    found = visitor.page.locator(f"main a[href*='{part}']").evaluate_all(
        "all => all.map(a => a.getAttribute('href'))"
    )
    return list(dict.fromkeys(found))


def tour_stranger(tour: Tour) -> None:
    tour.shoot("sign-in", "/hub/login")
    tour.visitor.page.locator(".choices a").first.click()
    tour.shoot("sign-in-names")
    tour.visitor.page.locator(".choices a").first.click()
    tour.shoot("sign-in-pin")


def tour_pupil(tour: Tour) -> None:
    tour.shoot("home", "/services/portal/")
    language = tour.folder.name
    for slug in LESSONS:
        tour.shoot(f"lesson-{slug}", f"/services/rooms/lesson/{language}/{slug}", until=LIVE)
    tour.shoot("forbidden", "/services/rooms/app/attendance")
    tour.shoot("not-found", "/services/portal/no-such-page")


def tour_teacher(tour: Tour) -> None:
    tour.shoot("home", "/services/portal/")
    for path in links(tour.visitor, "/classes/")[:1]:
        tour.shoot("class", path)
        for number, inner in enumerate(links(tour.visitor, "/lessons/")[:1]):
            tour.shoot(f"progress-{number}", inner)


def tour_leader(tour: Tour) -> None:
    tour.shoot("home", "/services/portal/")
    tour.shoot("attendance", "/services/rooms/app/attendance", until="[role=radiogroup]")


def tour_home(tour: Tour) -> None:
    tour.shoot("home", "/services/portal/")


ROLES: dict[str, Callable[[Tour], None]] = {
    "pupil": tour_pupil,
    "teacher": tour_teacher,
    "leader": tour_leader,
    "administrator": tour_home,
    "operator": tour_home,
}


def run(folder: Path, demo: Demo) -> dict[str, list[str]]:
    """Walk through everything; return outside addresses asked for, by language and role."""
    outside: dict[str, list[str]] = {}
    with open_browser() as browser:
        for language in LANGUAGES:
            with visit(browser, demo, language=language) as stranger:
                tour_stranger(Tour(folder, language, "stranger", stranger))
            for role, walk in ROLES.items():
                with visit(browser, demo, language=language) as visitor:
                    visitor.sign_in(demo.account(role))
                    visitor.go(f"/services/portal/?lang={language}")
                    walk(Tour(folder, language, role, visitor))
                    outside[f"{language}/{role}"] = visitor.outside
    return outside


def main() -> None:
    parser = argparse.ArgumentParser(prog="sandyq tour", description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder.resolve()
    with tempfile.TemporaryDirectory() as scratch:
        demo = Demo(Path(scratch) / "home").start()
        try:
            outside = run(folder, demo)
        finally:
            demo.stop()
    print(json.dumps({"outside": [address for found in outside.values() for address in found]}))


if __name__ == "__main__":
    main()
