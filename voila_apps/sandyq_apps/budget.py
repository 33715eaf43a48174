"""The centre's budget: what is planned, what a child costs, what would change it, what was really paid."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any, Final

from sandyq_apps.budget_sums import (
    EACH_CHILD,
    EXPENSES,
    INCOMES,
    ClubSums,
    Line,
    WhatIf,
    break_even,
    change_lines,
    count_clubs,
    price_of_hour,
    read_tenge,
    read_thousandths,
)
from sandyq_apps.kit import parts
from sandyq_apps.kit.app import App, FieldProblem, File, Problem, act
from sandyq_apps.kit.charts import COLOURS, Bar, bars
from sandyq_apps.kit.desk import Change, Row, add, alter, remove
from sandyq_apps.kit.papers import Workbook
from sandyq_apps.kit.parts import Part

KINDS: Final = {
    "pay": "Pay, by hours",
    "things": "Consumables and equipment",
    "things_child": "Consumables for each child",
    "other": "Other expenses",
    "grant": "Grant or budget money",
    "income_child": "Income for each child",
}
TABS: Final = ("overview", "plan", "fact", "whatif")
FULL_LOAD: Final = 18
"""Hours a week of a full rate: general knowledge, not checked; the form lets one change it."""


class Budget(App):
    title = "Budget"
    help = (
        "Write down what the centre's year costs and brings in: pay by hours, consumables, grants. The app counts what "
        "a child costs, from what size a group pays for itself, and how the year really goes.\n"
        "Begin with the plan: one line after the other. All amounts are in tenge."
    )
    sheets = ("budget_line", "spending", "club", "chest", "enrolment")
    start = {"tab": "overview", "line": 0, "kind": "pay", "club": 0, "what_if": {}}  # noqa: RUF012

    # what there is

    @property
    def year(self) -> int:
        """The school year's first calendar year."""
        day = self.desk.today
        return int(day[:4]) if day[5:] >= "07" else int(day[:4]) - 1

    def children(self) -> dict[int, int]:
        """By club, how many children are in it today."""
        today = self.desk.today
        inside = Counter(
            each.club_id
            for each in self.desk.rows("enrolment")
            if each.since <= today and (each.until is None or each.until > today)
        )
        return {club.id: inside[club.id] for club in self.desk.rows("club")}

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
        row = self.desk.find("club", club)
        return str(row.name) if row else self._("The whole centre")

    def total(self, line: Line, children: dict[int, int]) -> int:
        return line.total(sum(children.values()) if line.club is None else children.get(line.club, 0))

    # the page

    def view(self) -> list[Part]:
        if not self.lines() and self.place["tab"] != "plan":
            return [self._show_tabs(), self._show_empty()]
        return [self._show_tabs(), *getattr(self, f"_view_{self.place['tab']}")()]

    def _show_tabs(self) -> Part:
        labels = (self._("Overview"), self._("Plan"), self._("Paid and received"), self._("What if"))
        return parts.tabs("open_tab", self.place["tab"], zip(TABS, labels, strict=True))

    def _show_empty(self) -> Part:
        return parts.empty(
            self._("No budget for {year} yet", year=self._name_year()),
            self._("Write the first line of the plan: for example the pay of one club's teacher."),
            parts.button(self._("Begin the plan"), "open_tab", {"tab": "plan"}, tone="primary"),
            *self._offer_last_year(),
        )

    def _offer_last_year(self) -> list[Part]:
        if not any(row.year == self.year - 1 for row in self.desk.rows("budget_line")):
            return []
        return [parts.button(self._("Take over last year's plan"), "copy_year")]

    def _name_year(self) -> str:
        return f"{self.year}/{(self.year + 1) % 100:02}"

    def _view_overview(self) -> list[Part]:
        lines, children, money = self.lines(), self.children(), self.speech.money
        sums = count_clubs(lines, children)
        planned = {
            kinds: sum(self.total(x, children) for x in lines if x.kind in kinds)
            for kinds in (EXPENSES, INCOMES)
        }
        balance = planned[INCOMES] - planned[EXPENSES]
        everybody = sum(children.values())
        return [
            parts.figures(
                parts.figure(self._("Expenses planned"), money(planned[EXPENSES])),
                parts.figure(self._("Income planned"), money(planned[INCOMES])),
                parts.figure(
                    self._("Balance"),
                    money(balance),
                    self._("is enough") if balance >= 0 else self._("is missing"),
                    "good" if balance >= 0 else "danger",
                ),
                parts.figure(
                    self._("A place costs a year"),
                    money(round(planned[EXPENSES] / everybody)) if everybody else "–",
                    self.speech.count("{count} place taken", "{count} places taken", everybody),
                ),
            ),
            self._chart_clubs(sums),
            self._table_clubs(sums, lines),
            parts.row(parts.print_button(self._("Print")), parts.button(self._("Download XLSX"), "download")),
        ]

    def _chart_clubs(self, sums: list[ClubSums]) -> Part:
        dear = sorted(
            (each for each in sums if each.cost_a_child is not None), key=lambda s: -(s.cost_a_child or 0)
        )[:15]
        items = [
            Bar(
                self.club_name(each.club),
                [each.cost_a_child or 0],
                self.speech.money(each.cost_a_child or 0),
                self._colour(each.club),
            )
            for each in dear
        ]
        data = parts.table(
            self._("Cost a child a year, by club"),
            [parts.column("club", self._("Club")), parts.column("cost", self._("Cost a child"), "number")],
            [
                parts.line(
                    each.club, club=self.club_name(each.club), cost=self._money_cell(each.cost_a_child or 0)
                )
                for each in dear
            ],
            key="chart-clubs",
        )
        return parts.chart(self._("Cost a child a year, by club (the dearest fifteen)"), bars(items), data)

    def _colour(self, club: int) -> str:
        row = self.desk.find("club", club)
        chest = self.desk.find("chest", row.chest_id) if row else None
        return str(chest.colour or COLOURS[(chest.position - 1) % 5]) if chest else COLOURS[0]

    def _money_cell(self, tiyn: int, tone: parts.Tone = "") -> Part:
        return parts.cell(self.speech.money(tiyn), sort=tiyn, tone=tone)

    def _table_clubs(self, sums: list[ClubSums], lines: list[Line]) -> Part:
        columns = [
            parts.column("club", self._("Club"), wide=True),
            parts.column("children", self._("Children"), "number"),
            parts.column("own", self._("Own expenses"), "number"),
            parts.column("shared", self._("Share of the common ones"), "number"),
            parts.column("a_child", self._("Cost a child"), "number"),
            parts.column("income", self._("Income"), "number"),
            parts.column("even", self._("Pays for itself from"), "number"),
        ]
        return parts.table(
            self._("Clubs"),
            columns,
            [
                parts.line(
                    each.club,
                    club=self.club_name(each.club),
                    children=each.children,
                    own=self._money_cell(each.own),
                    shared=self._money_cell(each.shared),
                    a_child="–" if each.cost_a_child is None else self._money_cell(each.cost_a_child),
                    income=self._money_cell(each.income),
                    even=self._tell_break_even(lines, each.club),
                )
                for each in sums
            ],
            search=self._("Search"),
        )

    def _tell_break_even(self, lines: list[Line], club: int) -> Part:
        if not any(line.club == club and line.kind in INCOMES for line in lines):
            return parts.cell(self._("no income of its own"), sort=10**6, tone="quiet")
        size = break_even(lines, club)
        if size is None:
            return parts.cell(self._("never"), sort=10**5, tone="danger")
        return parts.cell(self.speech.count("{count} child", "{count} children", size), sort=size)

    # the plan

    def _view_plan(self) -> list[Part]:
        children = self.children()
        lines = self.lines()
        table = parts.table(
            self._("Plan for {year}", year=self._name_year()),
            [
                parts.column("name", self._("What"), wide=True),
                parts.column("kind", self._("Kind")),
                parts.column("club", self._("Club")),
                parts.column("unit", self._("Price of one"), "number"),
                parts.column("quantity", self._("How many"), "number"),
                parts.column("total", self._("A year"), "number"),
                parts.column("acts", ""),
            ],
            [self._show_line(line, children) for line in lines],
            search=self._("Search") if len(lines) > 8 else "",
            nothing=self._("No line yet. Write the first one above."),
        )
        return [self._show_form(), *([] if lines else self._offer_last_year()), table]

    def _show_line(self, line: Line, children: dict[int, int]) -> Part:
        row = self.desk.find("budget_line", line.id)
        version = row.version if row else 0
        return parts.line(
            line.id,
            name=line.name,
            kind=self.speech(KINDS[line.kind]),
            club=self.club_name(line.club),
            unit=self._money_cell(line.unit),
            quantity=parts.cell(self.speech.number(line.quantity / 1000), sort=line.quantity),
            total=self._money_cell(self.total(line, children)),
            acts=[
                parts.button(self._("Change"), "open_line", {"line": line.id}),
                parts.button(
                    self._("Remove"),
                    "remove_line",
                    {"id": line.id, "version": version},
                    tone="danger",
                    confirm=self._("Remove “{name}” from the plan?", name=line.name),
                ),
            ],
        )

    def _show_form(self) -> Part:
        row = self.desk.find("budget_line", self.place["line"])
        kind = row.kind if row else self.place["kind"]
        choose = parts.form(
            "choose_kind",
            [
                parts.field(
                    "kind",
                    self._("Kind"),
                    "choice",
                    kind,
                    choices=[(key, self.speech(text)) for key, text in KINDS.items()],
                    needed=True,
                )
            ],
            "",
            key="kind",
            live=True,
        )
        form = parts.form(
            "save_line",
            [*self._fields(kind, row)],
            self._("Save the line") if row else self._("Add to the plan"),
            key=f"line-{row.id}" if row else f"new-{kind}",
            values={"kind": kind, "id": row.id if row else 0, "version": row.version if row else 0},
            cancel=parts.button(self._("Cancel"), "open_line", {"line": 0}) if row else None,
        )
        title = self._("Change: {name}", name=row.name) if row else self._("A new line")
        return parts.card(title, *([] if row else [choose]), form, key="line-form")

    def _fields(self, kind: str, row: Row | None) -> list[Part]:
        clubs = sorted(self.desk.rows("club"), key=lambda club: str(club.name))
        unit = self._write_tenge(row.unit_tiyn) if row else ""
        quantity = row.quantity_milli / 1000 if row else None
        fields = [
            parts.field("name", self._("What"), value=row.name if row else "", needed=True, most=100),
            parts.field(
                "club",
                self._("Club"),
                "choice",
                row.club_id if row else None,
                choices=[(club.id, club.name) for club in clubs],
                help=self._("Empty: for the whole centre."),
            ),
        ]
        if kind == "pay":
            return [
                *fields,
                parts.field(
                    "unit",
                    self._("Price of an hour, tenge"),
                    value=unit,
                    help=self._("Or leave it empty and give the monthly rate below."),
                ),
                parts.field(
                    "quantity",
                    self._("Hours a year"),
                    "number",
                    quantity,
                    step=0.5,
                    least=0,
                    most=100000,
                    help=self._("Hours a week × weeks of the year, for example 4 × 34 = 136."),
                    needed=True,
                ),
                parts.field("rate", self._("Monthly pay of a full rate, tenge"), value=""),
                parts.field(
                    "load",
                    self._("Hours a week of a full rate"),
                    "number",
                    FULL_LOAD,
                    step=0.5,
                    least=1,
                    most=60,
                    help=self._("18 is usual; check with your accountant."),
                ),
            ]
        each = kind in EACH_CHILD
        return [
            *fields,
            parts.field(
                "unit",
                self._("For each child, tenge") if each else self._("Price of one, tenge"),
                value=unit,
                needed=True,
            ),
            parts.field(
                "quantity",
                self._("How many for each child") if each else self._("How many"),
                "number",
                1 if quantity is None else quantity,
                step=0.5,
                least=0,
                most=1000000,
                needed=True,
            ),
        ]

    def _write_tenge(self, tiyn: int) -> str:
        return f"{tiyn // 100},{tiyn % 100:02}" if tiyn % 100 else str(tiyn // 100)

    @act
    def open_tab(self, values: dict[str, Any]) -> None:
        self.place |= {"tab": values["tab"], "line": 0}

    @act
    def open_line(self, values: dict[str, Any]) -> None:
        self.place["line"] = values["line"]

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
        if values["id"]:
            row = self.row("budget_line", values["id"], values["version"])
            edits = [alter("budget_line", row, **fields)]
            return Change(self._("Budget line changed: {name}", name=values["name"]), edits, {"line": 0})
        what = self._("Budget line added: {name}", name=values["name"])
        return Change(what, [add("budget_line", **fields)])

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
        return Change(self._("Budget line removed: {name}", name=row.name), [remove("budget_line", row)])

    @act
    def copy_year(self, _values: dict[str, Any]) -> Change:
        old = [row for row in self.desk.rows("budget_line") if row.year == self.year - 1]
        copied = ("name", "kind", "club_id", "unit_tiyn", "quantity_milli")
        there = {club.id for club in self.desk.rows("club")}
        edits = [
            add("budget_line", -place, year=self.year, **{field: row[field] for field in copied})
            for place, row in enumerate(old, 1)
            if row.club_id is None or row.club_id in there
        ]
        return Change(self._("Last year's plan taken over"), edits, {"tab": "plan"})

    # what was paid

    def _view_fact(self) -> list[Part]:
        children, spent = self.children(), self.spent()
        lines = self.lines()
        form = parts.form(
            "save_spending",
            [
                parts.field(
                    "line",
                    self._("Line of the plan"),
                    "choice",
                    needed=True,
                    choices=[(line.id, f"{line.name} – {self.club_name(line.club)}") for line in lines],
                ),
                parts.field("on", self._("Day"), "date", self.desk.today, needed=True),
                parts.field("amount", self._("Amount, tenge"), needed=True),
                parts.field("note", self._("Note"), most=200),
            ],
            self._("Write it down"),
            key="spending",
        )
        return [
            parts.card(self._("Something was paid or received"), form, key="spending-form"),
            self._chart_kinds(lines, children, spent),
            self._table_fact(lines, children, spent),
            self._table_spendings(),
            parts.row(parts.print_button(self._("Print")), parts.button(self._("Download XLSX"), "download")),
        ]

    def _chart_kinds(self, lines: list[Line], children: dict[int, int], spent: dict[int, int]) -> Part:
        items, data = [], []
        for kind, text in KINDS.items():
            own = [line for line in lines if line.kind == kind]
            plan, fact = sum(self.total(line, children) for line in own), sum(spent[line.id] for line in own)
            if not own:
                continue
            name = self.speech(text)
            items += [
                Bar(f"{name}: {self._('plan')}", [plan], self.speech.money(plan), "#9aa5a9"),
                Bar(f"{name}: {self._('fact')}", [fact], self.speech.money(fact), "#0b6e6e"),
            ]
            data.append(parts.line(kind, kind=name, plan=self._money_cell(plan), fact=self._money_cell(fact)))
        columns = [
            parts.column("kind", self._("Kind")),
            parts.column("plan", self._("plan"), "number"),
            parts.column("fact", self._("fact"), "number"),
        ]
        title = self._("Plan against fact, by kind")
        return parts.chart(title, bars(items), parts.table(title, columns, data, key="chart-kinds"))

    def _table_fact(self, lines: list[Line], children: dict[int, int], spent: dict[int, int]) -> Part:
        rows = []
        for line in lines:
            plan, fact = self.total(line, children), spent[line.id]
            over = line.kind in EXPENSES and fact > plan
            rows.append(
                parts.line(
                    line.id,
                    name=line.name,
                    club=self.club_name(line.club),
                    plan=self._money_cell(plan),
                    fact=self._money_cell(fact),
                    left=self._money_cell(plan - fact, "danger" if over else ""),
                    share=parts.cell(
                        self.speech.percent(fact / plan) if plan else "–", sort=fact / plan if plan else 0
                    ),
                )
            )
        columns = [
            parts.column("name", self._("What"), wide=True),
            parts.column("club", self._("Club")),
            parts.column("plan", self._("plan"), "number"),
            parts.column("fact", self._("fact"), "number"),
            parts.column("left", self._("left"), "number"),
            parts.column("share", "%", "number"),
        ]
        return parts.table(self._("Plan against fact, by line"), columns, rows)

    def _table_spendings(self) -> Part:
        names = {line.id: line.name for line in self.lines()}
        rows = [
            parts.line(
                each.id,
                on=parts.cell(self.speech.short_date(each.on), sort=each.on),
                name=names[each.line_id],
                amount=self._money_cell(each.amount_tiyn),
                note=each.note,
                acts=[
                    parts.button(
                        self._("Remove"),
                        "remove_spending",
                        {"id": each.id, "version": each.version},
                        tone="danger",
                        confirm=self._(
                            "Remove this entry of {amount}?", amount=self.speech.money(each.amount_tiyn)
                        ),
                    )
                ],
            )
            for each in sorted(self.desk.rows("spending"), key=lambda row: row.on, reverse=True)
            if each.line_id in names
        ]
        columns = [
            parts.column("on", self._("Day")),
            parts.column("name", self._("What"), wide=True),
            parts.column("amount", self._("Amount"), "number"),
            parts.column("note", self._("Note")),
            parts.column("acts", ""),
        ]
        nothing = self._("Nothing was paid or received yet.")
        return parts.table(self._("Entries"), columns, rows, nothing=nothing)

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
        what = self._("Entry removed: {amount}", amount=self.speech.money(row.amount_tiyn))
        return Change(what, [remove("spending", row)])

    # what if

    def _view_whatif(self) -> list[Part]:
        children = self.children()
        lines = self.lines()
        clubs = [club for club in self.desk.rows("club") if any(line.club == club.id for line in lines)]
        if not clubs:
            return [
                parts.notice(
                    self._(
                        "Give at least one line of the plan to a club: then its group can be tried out here."
                    ),
                    "warn",
                )
            ]
        club = next((each for each in clubs if each.id == self.place["club"]), clubs[0])
        count = children[club.id]
        what_if = WhatIf(**({"children": count} | self.place["what_if"]))
        sliders = parts.form(
            "try_out",
            [
                parts.field(
                    "club",
                    self._("Club"),
                    "choice",
                    club.id,
                    choices=[(each.id, each.name) for each in clubs],
                    needed=True,
                ),
                parts.field("children", self._("Children"), "range", what_if.children, least=1, most=30),
                parts.field(
                    "price",
                    self._("Price of an hour, % of the plan"),
                    "range",
                    what_if.price,
                    least=50,
                    most=200,
                    step=5,
                ),
                parts.field(
                    "hours", self._("Hours, % of the plan"), "range", what_if.hours, least=0, most=200, step=5
                ),
                parts.field(
                    "things",
                    self._("Price of consumables, % of the plan"),
                    "range",
                    what_if.things,
                    least=0,
                    most=200,
                    step=5,
                ),
            ],
            "",
            key="what-if",
            values={"shown": club.id},
            live=True,
        )
        return [
            parts.text(self._("Move the sliders. Nothing here is kept.")),
            sliders,
            *self._show_effect(club, lines, children, what_if),
            parts.button(self._("As planned"), "reset_what_if"),
        ]

    def _show_effect(
        self, club: Row, lines: list[Line], children: dict[int, int], what_if: WhatIf
    ) -> list[Part]:
        now = next(each for each in count_clubs(lines, children) if each.club == club.id)
        changed = change_lines(lines, what_if)
        tried = children | {club.id: what_if.children or 0}
        then = next(each for each in count_clubs(changed, tried) if each.club == club.id)
        money = self.speech.money
        size = break_even(changed, club.id)
        before = self._("as planned: {amount}")
        return [
            parts.figures(
                parts.figure(
                    self._("The club costs a year"), money(then.cost), before.format(amount=money(now.cost))
                ),
                parts.figure(
                    self._("Cost a child"),
                    money(then.cost_a_child or 0),
                    before.format(amount=money(now.cost_a_child) if now.cost_a_child is not None else "–"),
                ),
                parts.figure(
                    self._("Income less cost"),
                    money(then.balance),
                    before.format(amount=money(now.balance)),
                    "good" if then.balance >= 0 else "danger",
                ),
                parts.figure(
                    self._("Pays for itself from"),
                    self._("never")
                    if size is None
                    else self.speech.count("{count} child", "{count} children", size),
                    self._("counted on its own expenses and income"),
                ),
            )
        ]

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
        title = f"{self.desk.school.name} · {self._('Budget')} {self._name_year()}"
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
