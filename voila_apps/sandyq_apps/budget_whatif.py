"""What would change if a group were larger, an hour dearer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandyq_apps.budget_overview import tell_groups
from sandyq_apps.budget_sums import Line, WhatIf, break_even, change_lines, count_clubs
from sandyq_apps.kit import parts
from sandyq_apps.kit.desk import Row
from sandyq_apps.kit.parts import Part

if TYPE_CHECKING:
    from sandyq_apps.budget import Budget


def view(app: Budget) -> list[Part]:
    children = app.children()
    lines = app.lines()
    clubs = [club for club in app.desk.rows("club") if any(line.club == club.id for line in lines)]
    if not clubs:
        return [
            parts.notice(
                app._("Give at least one line of the plan to a club: then its group can be tried out here."),
                "warn",
            )
        ]
    club = next((each for each in clubs if each.id == app.place["club"]), clubs[0])
    count = children[club.id]
    what_if = WhatIf(**({"children": count} | app.place["what_if"]))
    sliders = parts.form(
        "try_out",
        [
            parts.field(
                "club",
                app._("Club"),
                "choice",
                club.id,
                choices=[(each.id, each.name) for each in clubs],
                needed=True,
            ),
            parts.field(
                "children",
                app._("Children"),
                "range",
                what_if.children,
                least=min(1, count),
                most=max(30, 2 * count),
            ),
            parts.field(
                "price",
                app._("Price of an hour, % of the plan"),
                "range",
                what_if.price,
                least=50,
                most=200,
                step=5,
            ),
            parts.field(
                "hours", app._("Hours, % of the plan"), "range", what_if.hours, least=0, most=200, step=5
            ),
            parts.field(
                "things",
                app._("Price of consumables, % of the plan"),
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
        parts.text(app._("Move the sliders. Nothing here is kept.")),
        sliders,
        *_show_effect(app, club, lines, children, what_if),
        parts.button(app._("As planned"), "reset_what_if"),
    ]


def _show_effect(
    app: Budget, club: Row, lines: list[Line], children: dict[int, int], what_if: WhatIf
) -> list[Part]:
    now = next(each for each in count_clubs(lines, children) if each.club == club.id)
    changed = change_lines(lines, what_if)
    tried = children | {club.id: what_if.children or 0}
    then = next(each for each in count_clubs(changed, tried) if each.club == club.id)
    money = app.speech.money
    before = app._("as planned: {amount}")
    return [
        parts.figures(
            parts.figure(
                app._("The club costs a year"), money(then.cost), before.format(amount=money(now.cost))
            ),
            parts.figure(
                app._("Cost a child"),
                money(then.cost_a_child) if then.cost_a_child is not None else "–",
                before.format(amount=money(now.cost_a_child) if now.cost_a_child is not None else "–"),
            ),
            parts.figure(
                app._("Income less cost"),
                money(then.balance),
                before.format(amount=money(now.balance)),
                "good" if then.balance >= 0 else "danger",
            ),
            parts.figure(
                app._("Pays for itself from"),
                tell_groups(app, break_even(changed, club.id)),
                app._("counted on its own expenses and income"),
            ),
        )
    ]
