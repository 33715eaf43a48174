"""What the year costs and brings in, by club."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandyq_apps.budget_sums import (
    EXPENSES,
    INCOMES,
    MOST_CHILDREN,
    ClubSums,
    Line,
    break_even,
    count_clubs,
    divide,
)
from sandyq_apps.chests import colour_of
from sandyq_apps.kit import parts
from sandyq_apps.kit.charts import COLOURS, Bar, bars
from sandyq_apps.kit.parts import Part

if TYPE_CHECKING:
    from sandyq_apps.budget import Budget


def view(app: Budget) -> list[Part]:
    lines, children, money = app.lines(), app.children(), app.speech.money
    sums = count_clubs(lines, children)
    planned = {
        kinds: sum(app.total(x, children) for x in lines if x.kind in kinds) for kinds in (EXPENSES, INCOMES)
    }
    balance = planned[INCOMES] - planned[EXPENSES]
    everybody = sum(children.values())
    return [
        parts.figures(
            parts.figure(app._("Expenses planned"), money(planned[EXPENSES])),
            parts.figure(app._("Income planned"), money(planned[INCOMES])),
            parts.figure(
                app._("Balance"),
                money(balance),
                app._("is enough") if balance >= 0 else app._("is missing"),
                "good" if balance >= 0 else "danger",
            ),
            parts.figure(
                app._("A place costs a year"),
                money(divide(planned[EXPENSES], everybody)) if everybody else "–",
                app.speech.count("{count} place taken", "{count} places taken", everybody),
            ),
        ),
        _chart_clubs(app, sums),
        _table_clubs(app, sums, lines),
        parts.row(parts.print_button(app._("Print")), parts.button(app._("Download XLSX"), "download")),
    ]


def _chart_clubs(app: Budget, sums: list[ClubSums]) -> Part:
    dear = sorted(
        (each for each in sums if each.cost_a_child is not None), key=lambda s: -(s.cost_a_child or 0)
    )[:15]
    items = [
        Bar(
            app.club_name(each.club),
            [each.cost_a_child or 0],
            app.speech.money(each.cost_a_child or 0),
            _colour(app, each.club),
        )
        for each in dear
    ]
    data = parts.table(
        app._("Cost a child a year, by club"),
        [parts.column("club", app._("Club")), parts.column("cost", app._("Cost a child"), "number")],
        [
            parts.line(each.club, club=app.club_name(each.club), cost=app.money_cell(each.cost_a_child or 0))
            for each in dear
        ],
        key="chart-clubs",
    )
    return parts.chart(app._("Cost a child a year, by club (the dearest fifteen)"), bars(items), data)


def _colour(app: Budget, club: int) -> str:
    row = app.desk.find("club", club)
    chest = app.desk.find("chest", row.chest_id) if row else None
    return colour_of(chest) if chest else COLOURS[0]


def _table_clubs(app: Budget, sums: list[ClubSums], lines: list[Line]) -> Part:
    columns = [
        parts.column("club", app._("Club"), wide=True),
        parts.column("children", app._("Children"), "number"),
        parts.column("own", app._("Own expenses"), "number"),
        parts.column("shared", app._("Share of the common ones"), "number"),
        parts.column("a_child", app._("Cost a child"), "number"),
        parts.column("income", app._("Income"), "number"),
        parts.column("even", app._("Pays for itself from"), "number"),
    ]
    return parts.table(
        app._("Clubs"),
        columns,
        [
            parts.line(
                each.club,
                club=app.club_name(each.club),
                children=each.children,
                own=app.money_cell(each.own),
                shared=app.money_cell(each.shared),
                a_child="–" if each.cost_a_child is None else app.money_cell(each.cost_a_child),
                income=app.money_cell(each.income),
                even=_tell_break_even(app, lines, each.club),
            )
            for each in sums
        ],
        search=app._("Search"),
    )


def _tell_break_even(app: Budget, lines: list[Line], club: int) -> Part:
    if not any(line.club == club and line.kind in INCOMES for line in lines):
        return parts.cell(app._("no income of its own"), sort=10**6, tone="quiet")
    groups = break_even(lines, club)
    tone: parts.Tone = "" if groups else "danger"
    return parts.cell(tell_groups(app, groups), sort=groups[0] if groups else 10**5, tone=tone)


def tell_groups(app: Budget, groups: tuple[int, int] | None) -> str:
    """Say which groups pay for themselves."""
    if groups is None:
        return app._("never")
    least, most = groups
    if most == MOST_CHILDREN:
        return app.speech.count("{count} child", "{count} children", least)
    return app.speech.count(
        "{least} to {count} child, no more", "{least} to {count} children, no more", most, least=least
    )
