"""A year of support after a course: each month something tried in class and shown; a coach who answers and visits."""

from __future__ import annotations

from typing import Any, Final

from sandyq_apps.kit import parts
from sandyq_apps.kit.app import App, act
from sandyq_apps.kit.parts import Part
from sandyq_apps.support_papers import PaperPages

PLACE: Final[dict[str, Any]] = {
    "tab": "",
    "participant": 0,
    "month": 0,
    "kind": "",
    "evidence": 0,
    "given": 0,
    "log": False,
    "print": "",
}


class Support(PaperPages, App):
    title = "A year of support"
    help = (
        "After a course the work goes on for nine months: each month one small thing is tried in class and shown here; "
        "the coach accepts it or says what is missing, visits and advises.\n"
        "Begin with this month: read what it asks for and bring what really happened. What you write stands under your "
        "name; your coach, your school's administration and the district can read it."
    )
    sheets = (
        "participant", "training_group", "training", "evidence", "reply", "coach_visit", "observation",
        "certificate", "member", "standing", "given", "own_item",
    )  # fmt: skip
    start = PLACE

    def __init__(self) -> None:
        super().__init__()
        self.photos: dict[str, str] = {}
        """Read so far: a data URL by name."""
        self.titles: dict[str, dict[str, str]] = {}
        """Of lessons, by language and slug."""

    def opened(self) -> None:
        self.name_lessons()
        for name in self.missing_photos():
            self.read_photo(name)

    # the page

    def view(self) -> list[Part]:
        tabs = self._list_tabs()
        if not tabs:
            return [
                parts.empty(
                    self._("You are in no course of the Academy yet"),
                    self._(
                        "The year of support begins when a course ends. Ask your school's administration or the "
                        "district's methodologist which group you can join."
                    ),
                )
            ]
        if self.place["print"]:
            return self.show_paper()
        chosen = self.place["tab"] if self.place["tab"] in dict(tabs) else tabs[0][0]
        bar = [parts.tabs("open_tab", chosen, tabs)] if len(tabs) > 1 else []
        show = {
            "year": self.show_own_year,
            "people": self.show_people,
            "review": self.show_queue,
            "visits": self.show_visits,
        }
        return [*bar, *show[chosen]()]

    def _list_tabs(self) -> list[tuple[str, str]]:
        roles, tabs = set(self.desk.me.roles), []
        if {"coach", "district", "administrator"} & roles:
            tabs.append(("people", self._("People")))
        if {"coach", "district"} & roles:
            tabs.append(("review", self._("To review: {count}", count=len(self.queue()))))
        if {"coach", "district", "administrator"} & roles:
            tabs.append(("visits", self._("Visits")))
        if self.own_years():
            tabs.insert(0, ("year", self._("My year")))
        return tabs

    @act
    async def open_tab(self, values: dict[str, Any]) -> None:
        self.place |= {**PLACE, "tab": values["tab"]}
        await self.fetch_photos()

    @act
    async def open_place(self, values: dict[str, Any]) -> None:
        """Go somewhere in the app; a form that is not named is closed."""
        self.place |= {"kind": "", "evidence": 0, "given": 0, "log": False, "print": ""} | values
        await self.fetch_photos()
