"""The large school behind a running server, and a leader's page of an app: for the browser tests of the apps."""

from __future__ import annotations

from contextlib import contextmanager, suppress

import psutil
from playwright.sync_api import Locator, expect

from large_school import PASSWORD
from rehearsal import Demo, Visitor, visit, wait_for
from sandyq.school.database import Database
from sandyq.settings import Settings
from tour import find_barriers

HELP = {"kk": "Көмек", "ru": "Помощь", "en": "Help"}


class AppPage:
    """A leader's page of one app."""

    def __init__(self, visitor: Visitor, name: str) -> None:
        self.visitor, self.page, self.demo, self.name = visitor, visitor.page, visitor.demo, name

    def open(self) -> AppPage:
        """Open the app and wait until it can be worked with."""
        self.visitor.go(f"/services/rooms/app/{self.name}")
        return self.wait()

    def wait(self) -> AppPage:
        self.page.locator("body[data-link=live] .sandyq-app .sa-languages").wait_for(timeout=60_000)
        return self

    def speak(self, language: str) -> None:
        """Choose the app's language, which the bar above it speaks then, too."""
        button = self.app.locator(f".sa-languages button[data-language={language}]")
        button.click()
        expect(button).to_have_attribute("aria-pressed", "true")
        expect(self.page.locator(".sq-bar .sq-help")).to_have_text(HELP[language])
        expect(self.page.locator(".sq-bar .sq-title")).to_have_text(
            self.app.locator(".sa-head h1").inner_text()
        )

    @property
    def app(self) -> Locator:
        return self.page.locator(".sandyq-app")

    def press(self, name: str) -> None:
        self.app.get_by_role("button", name=name, exact=True).first.click()

    def fill(self, label: str, value: str) -> None:
        self.app.get_by_label(label).first.fill(value)

    def wait_saved(self) -> None:
        """Wait until all that was done is said to be saved."""
        expect(self.app.locator(".sa-state")).to_have_class("sa-state sa-state-saved", timeout=30_000)

    def wait_idle(self) -> None:
        """Wait until nothing is on its way: the words above the page, and the buttons beside them, stand still."""
        expect(self.app.locator(".sa-state")).not_to_have_class("sa-state sa-state-saving", timeout=30_000)

    def kill_kernel(self) -> None:
        """End the kernel behind this page and open the page anew, as it offers."""
        kernels = set(self.demo.forked()) - set(self.demo.forked("fork:"))
        for kernel in kernels:
            with suppress(psutil.NoSuchProcess):  # that of a page before this one, which was just ending
                kernel.kill()
        button = self.page.locator("#sq-notice button")
        button.wait_for(timeout=30_000)
        button.click()
        self.wait()

    def barriers(self) -> list[str]:
        return find_barriers(self.page)

    def print(self) -> bytes:
        """Return what the printer would get."""
        return self.page.pdf(format="A4", prefer_css_page_size=True)


@contextmanager
def open_app(browser, demo: Demo, name: str, language: str = "kk", account: dict[str, str] | None = None):
    """The page of an app, opened by the large school's leader who reads this language (``ru``: the second one), or by
    the holder of an account, who chooses it in the app."""
    login = "leader2" if language == "ru" else "leader1"
    with visit(browser, demo, language=language) as visitor:
        visitor.sign_in(account or {"login": login, "password": PASSWORD, "class": ""})
        app = AppPage(visitor, name).open()
        if account:
            app.speak(language)
        yield app


def read_rows(demo: Demo, sheet: str, login: str = "leader1") -> list[dict]:
    """Return what the school's database holds of a sheet, as the apps see it for somebody."""
    from sandyq.school import people
    from sandyq.school.registry import SHEETS

    database = Database(Settings(home=demo.home).database_url)
    with database.reading() as session:
        rows = SHEETS[sheet].rows(session, people.find_person(session, login))
    database.close()
    return rows


def wait_for_row(demo: Demo, sheet: str, login: str = "leader1", **values: object) -> dict:
    """Wait until the database has a row with these values that somebody sees."""

    def look() -> dict | None:
        rows = read_rows(demo, sheet, login)
        return next((row for row in rows if all(row[name] == value for name, value in values.items())), None)

    return wait_for(look, f"a row of {sheet} with {values}", 30)
