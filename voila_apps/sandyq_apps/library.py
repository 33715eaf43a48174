"""The Academy's library and item bank: find, write, judge, adapt, put into lessons; how hard items were."""

from __future__ import annotations

from typing import Any

from sandyq_apps.kit import parts
from sandyq_apps.kit.app import App, act
from sandyq_apps.kit.parts import Part
from sandyq_apps.library_data import Shelf
from sandyq_apps.library_find import FILTERS
from sandyq_apps.library_papers import PaperPages
from sandyq_apps.library_write import NEWEST, WritePages


class Library(PaperPages, WritePages, App):
    title = "Library"
    help = (
        "Lesson plans, worksheets and items with a key that colleagues of all schools wrote: take them, change them, "
        "give them back.\nTwo reviewers judge each by six criteria before it is called accepted. An accepted item goes "
        "into a lesson of yours; when pupils have answered, you see here how hard it was.\nWrite under “Mine”: a draft "
        "is yours alone until you offer it. Your name and school stand beside what you offer, also where others use it."
    )
    sheets = ("resource", "reply", "member", "shelf", "item_answers")
    start = {
        "tab": "",
        "work": 0,
        "form": "",
        "kind": "",
        "parent": 0,
        "paper": "",
        "set_aside": [],
    } | FILTERS

    def __init__(self) -> None:
        super().__init__()
        self.shelf: Shelf
        self.forget()

    def opened(self) -> None:
        """Others' reviews appear when one's own is given; numbers and states follow from rows of others: read anew."""
        if self._is_read:
            self.read_again()
        self._is_read = True
        self.titles = self.read_titles()
        self.shelf = Shelf.read(self.desk)
        self.read_analysis()

    def view(self) -> list[Part]:
        if self.place["paper"]:
            return self.show_paper()
        if self.place["form"]:
            return self.show_form()
        if self.place["work"] == NEWEST:
            self.place["work"] = max((work.id for work in self.shelf.own()), default=0)
        work = self.shelf.works.get(self.place["work"])
        if work is not None:
            return self.show_work(work)
        pages = {
            "find": self.show_find,
            "mine": self.show_mine,
            "review": self.show_queue,
            "uses": self.show_uses,
        }
        tab = self.place["tab"] if self.place["tab"] in pages else "find"
        waiting = len(self.shelf.queue())
        names = [
            ("find", self._("Find")),
            ("mine", self._("Mine")),
            ("review", self._("To judge: {count}", count=waiting)),
            *([("uses", self._("Who uses what"))] if self.is_guide else []),
        ]
        return [parts.tabs("open_tab", tab, names), *pages[tab]()]

    @act
    def open_tab(self, values: dict[str, Any]) -> None:
        kept = {key: self.place[key] for key in (*FILTERS, "set_aside", "language") if key in self.place}
        self.place = {**self.start, **kept, "tab": values["tab"]}
