"""The lines of the plan: a form and a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sandyq_apps.budget_sums import EACH_CHILD, Line
from sandyq_apps.closed_clubs import CLOSED
from sandyq_apps.kit import parts
from sandyq_apps.kit.desk import Row
from sandyq_apps.kit.parts import Part

if TYPE_CHECKING:
    from sandyq_apps.budget import Budget

KINDS: Final = {
    "pay": "Pay, by hours",
    "things": "Consumables and equipment",
    "things_child": "Consumables for each child",
    "other": "Other expenses",
    "grant": "Grant or budget money",
    "income_child": "Income for each child",
}
FULL_LOAD: Final = 18
"""Hours a week of a full rate: general knowledge, not checked; the form lets one change it."""


def view(app: Budget) -> list[Part]:
    children = app.children()
    lines = app.lines()
    table = parts.table(
        app._("Plan for {year}", year=app.name_year()),
        [
            parts.column("name", app._("What"), wide=True),
            parts.column("kind", app._("Kind")),
            parts.column("club", app._("Club")),
            parts.column("unit", app._("Price of one"), "number"),
            parts.column("quantity", app._("How many"), "number"),
            parts.column("total", app._("A year"), "number"),
            parts.column("acts", ""),
        ],
        [_show_line(app, line, children) for line in lines],
        search=app._("Search") if len(lines) > 8 else "",
        nothing=app._("No line yet. Write the first one above."),
    )
    return [_show_form(app), *([] if lines else app.offer_last_year()), table]


def _show_line(app: Budget, line: Line, children: dict[int, int]) -> Part:
    row = app.desk.find("budget_line", line.id)
    version = row.version if row else 0
    return parts.line(
        line.id,
        name=line.name,
        kind=app.speech(KINDS[line.kind]),
        club=app.club_name(line.club),
        unit=app.money_cell(line.unit),
        quantity=parts.cell(app.speech.number(line.quantity / 1000), sort=line.quantity),
        total=app.money_cell(app.total(line, children)),
        acts=[
            parts.button(app._("Change"), "open_line", {"line": line.id}),
            parts.button(
                app._("Remove"),
                "remove_line",
                {"id": line.id, "version": version},
                tone="danger",
                confirm=app._("Remove “{name}” from the plan?", name=line.name),
            ),
        ],
    )


def _show_form(app: Budget) -> Part:
    row = app.desk.find("budget_line", app.place["line"])
    removed = Row(app.place["was"]) if app.place["line"] and not row and app.place["was"] else None
    if removed:
        return _show_removed(app, removed)
    kind = row.kind if row else app.place["kind"]
    choose = parts.form(
        "choose_kind",
        [
            parts.field(
                "kind",
                app._("Kind"),
                "choice",
                kind,
                choices=[(key, app.speech(text)) for key, text in KINDS.items()],
                needed=True,
            )
        ],
        "",
        key="kind",
        live=True,
    )
    form = parts.form(
        "save_line",
        [*_fields(app, kind, row)],
        app._("Save the line") if row else app._("Add to the plan"),
        key=f"line-{row.id}" if row else f"new-{kind}",
        values={"kind": kind, "id": row.id if row else 0, "version": row.version if row else 0},
        cancel=parts.button(app._("Cancel"), "open_line", {"line": 0}) if row else None,
    )
    title = app._("Change: {name}", name=row.name) if row else app._("A new line")
    return parts.card(title, *([] if row else [choose]), form, key="line-form")


def _show_removed(app: Budget, removed: Row) -> Part:
    """A colleague has removed the line that is being changed: the form stays as it is, and can be added again."""
    form = parts.form(
        "save_line",
        _fields(app, removed.kind, removed),
        app._("Add to the plan"),
        key=f"line-{app.place['line']}",
        values={"kind": removed.kind, "id": 0, "version": 0},
        cancel=parts.button(app._("Cancel"), "open_line", {"line": 0}),
    )
    words = app._(
        "“{name}” was removed from the plan while it was open here. What stands below is kept nowhere: "
        "add it to the plan again, or cancel.",
        name=removed.name,
    )
    return parts.card(
        app._("Removed: {name}", name=removed.name), parts.notice(words, "warn"), form, key="line-form"
    )


def _fields(app: Budget, kind: str, row: Row | None) -> list[Part]:
    own = [club for club in app.desk.rows(CLOSED) if row and club.id == row.club_id]
    clubs = sorted([*app.desk.rows("club"), *own], key=lambda club: str(club.name))
    unit = _write_tenge(row.unit_tiyn) if row else ""
    quantity = row.quantity_milli / 1000 if row else None
    fields = [
        parts.field("name", app._("What"), value=row.name if row else "", needed=True, most=100),
        parts.field(
            "club",
            app._("Club"),
            "choice",
            row.club_id if row else None,
            choices=[(club.id, club.name) for club in clubs],
            help=app._("Empty: for the whole centre."),
        ),
    ]
    if kind == "pay":
        return [
            *fields,
            parts.field(
                "unit",
                app._("Price of an hour, tenge"),
                value=unit,
                help=app._("Or leave it empty and give the monthly rate below."),
            ),
            parts.field(
                "quantity",
                app._("Hours a year"),
                "number",
                quantity,
                step=0.5,
                least=0,
                most=100000,
                help=app._("Hours a week × weeks of the year, for example 4 × 34 = 136."),
                needed=True,
            ),
            parts.field("rate", app._("Monthly pay of a full rate, tenge"), value=""),
            parts.field(
                "load",
                app._("Hours a week of a full rate"),
                "number",
                FULL_LOAD,
                step=0.5,
                least=1,
                most=60,
                help=app._("18 is usual; check with your accountant."),
            ),
        ]
    each = kind in EACH_CHILD
    return [
        *fields,
        parts.field(
            "unit",
            app._("For each child, tenge") if each else app._("Price of one, tenge"),
            value=unit,
            needed=True,
        ),
        parts.field(
            "quantity",
            app._("How many for each child") if each else app._("How many"),
            "number",
            1 if quantity is None else quantity,
            step=0.5,
            least=0,
            most=1000000,
            needed=True,
        ),
    ]


def _write_tenge(tiyn: int) -> str:
    return f"{tiyn // 100},{tiyn % 100:02}" if tiyn % 100 else str(tiyn // 100)
