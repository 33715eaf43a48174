"""Clubs and enrolment: clubs, children, wishes, places given by wishes, lists."""

from __future__ import annotations

from typing import Any

from sandyq_apps.clubs_allocation import AllocationPages
from sandyq_apps.clubs_children import ChildPages
from sandyq_apps.clubs_list import ClubPages
from sandyq_apps.clubs_lists import ListPages
from sandyq_apps.clubs_school import LISTS, SHEETS
from sandyq_apps.clubs_things import ThingPages
from sandyq_apps.clubs_wishes import WishPages
from sandyq_apps.kit import parts
from sandyq_apps.kit.app import App, act
from sandyq_apps.kit.parts import Part

TABS = {
    "clubs": "Clubs",
    "children": "Children",
    "wishes": "Wishes",
    "allocation": "Give the places",
    "lists": "Lists",
}


class Clubs(ClubPages, ThingPages, ChildPages, WishPages, AllocationPages, ListPages, App):
    title = "Clubs and enrolment"
    help = (
        "From clubs to lists in five steps: enter the clubs; see that sex, village and bus of the children are right; "
        "collect their wishes; give the places; print the lists.\nThe places are computed and shown first: nothing "
        "changes before you say so, and you can take it back."
    )
    sheets = (*SHEETS, *LISTS)
    start = {  # noqa: RUF012
        "tab": "clubs",
        "club": 0,
        "paste": False,
        "group": 0,
        "sheets": False,
        "list": 0,
        "ask": {},
        "paper": "",
    }

    def view(self) -> list[Part]:
        pages = {
            "clubs": self.show_clubs,
            "children": self.show_children,
            "wishes": self.show_wishes,
            "allocation": self.show_allocation,
            "lists": self.show_lists,
        }
        tab = self.place["tab"] if self.place["tab"] in pages else "clubs"
        items = [(key, f"{number}. {self._(text)}") for number, (key, text) in enumerate(TABS.items(), 1)]
        return [parts.tabs("open_tab", tab, items), *pages[tab]()]

    @act
    def open_tab(self, values: dict[str, Any]) -> None:
        kept: dict[str, Any] = {
            key: self.place[key] for key in ("group", "list", "language") if key in self.place
        }
        self.place = {**self.start, **kept, "tab": values["tab"]}
