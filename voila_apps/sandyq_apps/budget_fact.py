"""What was really paid and received, against the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandyq_apps.budget_plan import KINDS
from sandyq_apps.budget_sums import EXPENSES, Line
from sandyq_apps.kit import parts
from sandyq_apps.kit.charts import Bar, bars
from sandyq_apps.kit.parts import Part

if TYPE_CHECKING:
    from sandyq_apps.budget import Budget


def view(app: Budget) -> list[Part]:
    children, spent = app.children(), app.spent()
    lines = app.lines()
    form = parts.form(
        "save_spending",
        [
            parts.field(
                "line",
                app._("Line of the plan"),
                "choice",
                needed=True,
                choices=[(line.id, f"{line.name} – {app.club_name(line.club)}") for line in lines],
            ),
            parts.field("on", app._("Day"), "date", app.desk.today, needed=True),
            parts.field("amount", app._("Amount, tenge"), needed=True),
            parts.field("note", app._("Note"), most=200),
        ],
        app._("Write it down"),
        key="spending",
    )
    return [
        parts.card(app._("Something was paid or received"), form, key="spending-form"),
        _chart_kinds(app, lines, children, spent),
        _table_fact(app, lines, children, spent),
        _table_spendings(app),
        parts.row(parts.print_button(app._("Print")), parts.button(app._("Download XLSX"), "download")),
    ]


def _chart_kinds(app: Budget, lines: list[Line], children: dict[int, int], spent: dict[int, int]) -> Part:
    items, data = [], []
    for kind, text in KINDS.items():
        own = [line for line in lines if line.kind == kind]
        plan, fact = sum(app.total(line, children) for line in own), sum(spent[line.id] for line in own)
        if not own:
            continue
        name = app.speech(text)
        items += [
            Bar(f"{name}: {app._('plan')}", [plan], app.speech.money(plan), "#9aa5a9"),
            Bar(f"{name}: {app._('fact')}", [fact], app.speech.money(fact), "#0b6e6e"),
        ]
        data.append(parts.line(kind, kind=name, plan=app.money_cell(plan), fact=app.money_cell(fact)))
    columns = [
        parts.column("kind", app._("Kind")),
        parts.column("plan", app._("plan"), "number"),
        parts.column("fact", app._("fact"), "number"),
    ]
    title = app._("Plan against fact, by kind")
    return parts.chart(title, bars(items), parts.table(title, columns, data, key="chart-kinds"))


def _table_fact(app: Budget, lines: list[Line], children: dict[int, int], spent: dict[int, int]) -> Part:
    rows = []
    for line in lines:
        plan, fact = app.total(line, children), spent[line.id]
        over = line.kind in EXPENSES and fact > plan
        rows.append(
            parts.line(
                line.id,
                name=line.name,
                club=app.club_name(line.club),
                plan=app.money_cell(plan),
                fact=app.money_cell(fact),
                left=app.money_cell(plan - fact, "danger" if over else ""),
                share=parts.cell(
                    app.speech.percent(fact / plan) if plan else "–", sort=fact / plan if plan else 0
                ),
            )
        )
    columns = [
        parts.column("name", app._("What"), wide=True),
        parts.column("club", app._("Club")),
        parts.column("plan", app._("plan"), "number"),
        parts.column("fact", app._("fact"), "number"),
        parts.column("left", app._("left"), "number"),
        parts.column("share", "%", "number"),
    ]
    return parts.table(app._("Plan against fact, by line"), columns, rows)


def _table_spendings(app: Budget) -> Part:
    names = {line.id: line.name for line in app.lines()}
    rows = [
        parts.line(
            each.id,
            on=parts.cell(app.speech.short_date(each.on), sort=each.on),
            name=names[each.line_id],
            amount=app.money_cell(each.amount_tiyn),
            note=each.note,
            acts=[
                parts.button(
                    app._("Remove"),
                    "remove_spending",
                    {"id": each.id, "version": each.version},
                    tone="danger",
                    confirm=app._(
                        "Remove this entry: {name}, {amount}, {day}?",
                        name=names[each.line_id],
                        amount=app.speech.money(each.amount_tiyn),
                        day=app.speech.short_date(each.on),
                    ),
                )
            ],
        )
        for each in sorted(app.desk.rows("spending"), key=lambda row: row.on, reverse=True)
        if each.line_id in names
    ]
    columns = [
        parts.column("on", app._("Day")),
        parts.column("name", app._("What"), wide=True),
        parts.column("amount", app._("Amount"), "number"),
        parts.column("note", app._("Note")),
        parts.column("acts", ""),
    ]
    nothing = app._("Nothing was paid or received yet.")
    return parts.table(app._("Entries"), columns, rows, nothing=nothing)
