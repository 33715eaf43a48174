"""The centre's budget: what is planned, what a child costs, what would change it, what was really paid."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any, Final

from sandyq_apps import budget_fact, budget_overview, budget_plan, budget_whatif
from sandyq_apps.budget_plan import KINDS
from sandyq_apps.budget_sums import (
    Line,
    count_clubs,
    price_of_hour,
    read_tenge,
    read_thousandths,
)
from sandyq_apps.closed_clubs import CLOSED, hear_of_closed, read_clubs
from sandyq_apps.kit import parts
from sandyq_apps.kit.app import App, FieldProblem, File, Problem, act
from sandyq_apps.kit.desk import Change, add, alter, remove
from sandyq_apps.kit.papers import Workbook
from sandyq_apps.kit.parts import Part

TABS: Final = {
    "overview": budget_overview.view,
    "plan": budget_plan.view,
    "fact": budget_fact.view,
    "whatif": budget_whatif.view,
}
COPIED: Final = ("name", "kind", "club_id", "unit_tiyn", "quantity_milli")
"""What a line of the plan says."""


class Budget(App):
    title = "Budget"
    help = (
        "Write down what the centre's year costs and brings in: pay by hours, consumables, grants. The app counts what "
        "a child costs, from what size a group pays for itself, and how the year really goes.\n"
        "Begin with the plan: one line after the other. All amounts are in tenge."
    )
    sheets = ("budget_line", "spending", "club", CLOSED, "chest", "enrolment")
    start = {"tab": "overview", "line": 0, "was": {}, "kind": "pay", "club": 0, "what_if": {}}  # noqa: RUF012

    # what there is

    @property
    def year(self) -> int:
        """The school year's first calendar year."""
        day = self.desk.today
        return int(day[:4]) if day[5:] >= "07" else int(day[:4]) - 1

    def children(self) -> dict[int, int]:
        """By club, how many children are in it today; also by one that was deleted, if the plan speaks of it."""
        today = self.desk.today
        inside = Counter(
            each.club_id
            for each in self.desk.rows("enrolment")
            if each.since <= today and (each.until is None or each.until > today)
        )
        planned = {line.club for line in self.lines()}
        open_clubs = [club.id for club in self.desk.rows("club")]
        closed = [club.id for club in self.desk.rows(CLOSED) if club.id in planned - {*open_clubs}]
        return {club: inside[club] for club in (*open_clubs, *closed)}

    def lines(self) -> list[Line]:
        return [
            Line(row.id, row.club_id, row.kind, row.name, row.unit_tiyn, row.quantity_milli)
            for row in self.desk.rows("budget_line")
            if row.year == self.year
        ]

    def spent(self) -> dict[int, int]:
        """By line, what was paid or received so far, in tiyn."""
        sums: dict[int, int] = defaultdict(int)
        for each in self.desk.rows("spending"):
            sums[each.line_id] += each.amount_tiyn
        return sums

    def club_name(self, club: int | None) -> str:
        row = read_clubs(self.desk).get(club) if club else None
        return str(row.name) if row else self._("The whole centre")

    def total(self, line: Line, children: dict[int, int]) -> int:
        return line.total(sum(children.values()) if line.club is None else children.get(line.club, 0))

    # the page

    def view(self) -> list[Part]:
        if not self.lines() and self.place["tab"] != "plan":
            return [self._show_tabs(), self._show_empty()]
        return [self._show_tabs(), *TABS[self.place["tab"]](self)]

    def _show_tabs(self) -> Part:
        labels = (self._("Overview"), self._("Plan"), self._("Paid and received"), self._("What if"))
        return parts.tabs("open_tab", self.place["tab"], zip(TABS, labels, strict=True))

    def _show_empty(self) -> Part:
        return parts.empty(
            self._("No budget for {year} yet", year=self.name_year()),
            self._("Write the first line of the plan: for example the pay of one club's teacher."),
            parts.button(self._("Begin the plan"), "open_tab", {"tab": "plan"}, tone="primary"),
            *self.offer_last_year(),
        )

    def offer_last_year(self) -> list[Part]:
        if not any(row.year == self.year - 1 for row in self.desk.rows("budget_line")):
            return []
        return [parts.button(self._("Take over last year's plan"), "copy_year")]

    def name_year(self) -> str:
        return f"{self.year}/{(self.year + 1) % 100:02}"

    def money_cell(self, tiyn: int, tone: parts.Tone = "") -> Part:
        return parts.cell(self.speech.money(tiyn), sort=tiyn, tone=tone)

    # the plan

    def opened(self) -> None:
        """Remember the line whose form is open, should a colleague remove it."""
        hear_of_closed(self.desk, "budget_line")
        if row := self.desk.find("budget_line", self.place["line"]):
            self.place["was"] = {name: row[name] for name in COPIED}

    @act
    def open_tab(self, values: dict[str, Any]) -> None:
        self.place |= {"tab": values["tab"], "line": 0}

    @act
    def open_line(self, values: dict[str, Any]) -> None:
        self.place |= {"line": values["line"], "was": {}}
        self.opened()

    @act
    def choose_kind(self, values: dict[str, Any]) -> None:
        self.place["kind"] = values["kind"] or "pay"

    @act
    def save_line(self, values: dict[str, Any]) -> Change:
        fields = {
            "name": values["name"],
            "kind": values["kind"],
            "club_id": values["club"],
            "unit_tiyn": self._read_unit(values),
            "quantity_milli": read_thousandths(values["quantity"]),
            "year": self.year,
        }
        is_removed = bool(self.place["was"]) and self.desk.find("budget_line", values["id"]) is None
        if values["id"] and not is_removed:
            row = self.row("budget_line", values["id"], values["version"])
            if fields["club_id"] == row.club_id:
                del fields["club_id"]  # it may have been deleted
            edits = [alter("budget_line", row, **fields)]
            return Change(self._("Budget line changed: {name}", name=values["name"]), edits, {"line": 0})
        what = self._("Budget line added: {name}", name=values["name"])
        return Change(what, [add("budget_line", **fields)], {"line": 0})

    def _read_unit(self, values: dict[str, Any]) -> int:
        """Return the price in tiyn: the one given, or what follows from a monthly rate."""
        if values["kind"] == "pay" and not values["unit"] and values["rate"]:
            monthly = self.read_money("rate", values["rate"])
            return price_of_hour(monthly * 2, int(values["load"] * 2))  # halves of hours are whole
        return self.read_money("unit", values["unit"])

    def read_money(self, name: str, text: str) -> int:
        """Return tiyn; FieldProblem for what is no amount."""
        tiyn = read_tenge(text)
        if tiyn is None:
            raise FieldProblem(name, self._("Write an amount in tenge, for example 1 250,50."))
        return tiyn

    @act
    def remove_line(self, values: dict[str, Any]) -> Change:
        row = self.row("budget_line", values["id"], values["version"])
        if any(each.line_id == row.id for each in self.desk.rows("spending")):
            raise Problem(self._("Money was paid or received on this line. Remove these entries first."))
        place = {"line": 0} if row.id == self.place["line"] else {}
        what = self._("Budget line removed: {name}", name=row.name)
        return Change(what, [remove("budget_line", row)], place)

    @act
    def copy_year(self, _values: dict[str, Any]) -> Change:
        old = [row for row in self.desk.rows("budget_line") if row.year == self.year - 1]
        there = {club.id for club in self.desk.rows("club")}
        edits = [
            add("budget_line", -place, year=self.year, **{field: row[field] for field in COPIED})
            for place, row in enumerate(old, 1)
            if row.club_id is None or row.club_id in there
        ]
        return Change(self._("Last year's plan taken over"), edits, {"tab": "plan"}, ["budget_line"])

    # what was paid

    @act
    def save_spending(self, values: dict[str, Any]) -> Change:
        line = self.row("budget_line", values["line"])
        amount = self.read_money("amount", values["amount"])
        note = add("spending", line_id=line.id, on=values["on"], amount_tiyn=amount, note=values["note"])
        what = self._("Written down: {amount}, {name}", amount=self.speech.money(amount), name=line.name)
        return Change(what, [note])

    @act
    def remove_spending(self, values: dict[str, Any]) -> Change:
        row = self.row("spending", values["id"], values["version"])
        line = self.desk.find("budget_line", row.line_id)
        amount, name = self.speech.money(row.amount_tiyn), line.name if line else "–"
        what = self._("Entry removed: {amount}, {name}", amount=amount, name=name)
        return Change(what, [remove("spending", row)])

    # what if

    @act
    def try_out(self, values: dict[str, Any]) -> None:
        if values["club"] != values["shown"]:
            self.place |= {"club": values["club"], "what_if": {}}
            return
        self.place |= {"club": values["club"]}
        self.place["what_if"] = {name: int(values[name]) for name in ("children", "price", "hours", "things")}

    @act
    def reset_what_if(self, _values: dict[str, Any]) -> None:
        self.place["what_if"] = {}

    # files

    @act
    def download(self, _values: dict[str, Any]) -> File:
        book = Workbook()
        children, spent = self.children(), self.spent()
        lines = self.lines()
        title = f"{self.desk.school.name} · {self._('Budget')} {self.name_year()}"
        plan_head = [
            self._("What"),
            self._("Kind"),
            self._("Club"),
            self._("Price of one"),
            self._("How many"),
            self._("plan"),
            self._("fact"),
        ]
        book.add_sheet(
            self._("Plan"),
            [title],
            plan_head,
            [
                [
                    line.name,
                    self.speech(KINDS[line.kind]),
                    self.club_name(line.club),
                    tenge(line.unit),
                    line.quantity / 1000,
                    tenge(self.total(line, children)),
                    tenge(spent[line.id]),
                ]
                for line in lines
            ],
        )
        head = [
            self._("Club"),
            self._("Children"),
            self._("Own expenses"),
            self._("Share of the common ones"),
            self._("Cost a child"),
            self._("Income"),
        ]
        book.add_sheet(
            self._("Clubs"),
            [title],
            head,
            [
                [
                    self.club_name(each.club),
                    each.children,
                    tenge(each.own),
                    tenge(each.shared),
                    None if each.cost_a_child is None else tenge(each.cost_a_child),
                    tenge(each.income),
                ]
                for each in count_clubs(lines, children)
            ],
        )
        return book.save(title)


def tenge(tiyn: int) -> Any:
    """Return an amount for a spreadsheet: an exact decimal number."""
    from decimal import Decimal

    return Decimal(tiyn) / 100
