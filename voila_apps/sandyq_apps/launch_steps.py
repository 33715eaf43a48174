"""The planner's page of steps: the table, the form of one step, another list from a spreadsheet."""

from __future__ import annotations

from typing import Any, Final

from sandyq.i18n import LANGUAGE_NAMES
from sandyq.launch.plan import LONGEST_STEP
from sandyq_apps.kit import parts
from sandyq_apps.kit.desk import Row
from sandyq_apps.kit.parts import Part
from sandyq_apps.kit.speech import Speech
from sandyq_apps.launch_data import read_template
from sandyq_apps.launch_import import COLUMNS, MESSAGES, Listing, Problem
from sandyq_apps.launch_state import State

NEW: Final = -1
"""``place["step"]`` while a step is added."""
KNOWN: Final = {
    "S": "Published source: {source}",
    "K": "General knowledge: check it at your school. {source}",
}


def show_steps(state: State, open_step: int) -> list[Part]:
    say = state.speech
    chosen = next((row for row in state.rows if row.id == open_step), None)
    if chosen or open_step == NEW:
        return [_show_form(state, chosen)]  # alone: it would be out of sight above a long table
    add = parts.button(say("Add a step"), "open_step", {"step": NEW}, tone="primary")
    return [parts.row(add), _show_table(state), _show_other_list(state)]


def _show_table(state: State) -> Part:
    say = state.speech
    columns = [
        parts.column("number", "№", "number"),
        parts.column("step", say("Step"), wide=True),
        parts.column("who", say("Responsible for the step")),
        parts.column("days", say("Working days"), "edit-number"),
        parts.column("begins", say("Step begins")),
        parts.column("ends", say("Step ends")),
        parts.column("slack", say("May slip"), "number"),
        parts.column("done", say("Step done")),
    ]
    lines = [_show_line(state, number, row) for number, row in enumerate(state.rows, 1)]
    return parts.table(
        say("Steps"),
        columns,
        lines,
        search=say("Search"),
        nothing=say("There are no steps. Add one."),
        edit="edit_step",
        key="steps",
    )


def _show_line(state: State, number: int, row: Row) -> Part:
    say, target = state.speech, {"id": row.id, "version": row.version}
    span = state.outlook.forecast.spans[row.key] if state.outlook else None
    late = {each.key for each in state.outlook.late} if state.outlook else set()
    done = [parts.button("✓\u00a0" + say("Step done"), "finish_step", target, key=f"row-done-{row.id}")]
    cells = {
        "number": number,
        "step": parts.cell(state.name(row.key), act="open_step", values={"step": row.id}),
        "who": say.name(read_template().roles.get(row.responsible, {"": row.responsible})),
        "days": row.days,
        "done": parts.cell(f"✓ {say.short_date(row.done_on)}", tone="good") if row.done_on else done,
    }
    if span:
        tone: parts.Tone = "danger" if row.key in late else ""
        begun = " ✓" if row.begun_on else ""
        cells["begins"] = parts.cell(say.short_date(span.begins) + begun, sort=span.begins.isoformat())
        ends = say.short_date(span.ends) + ("\u00a0!" if tone else "")
        cells["ends"] = parts.cell(
            ends, sort=span.ends.isoformat(), tone=tone, title=say("Late steps") if tone else ""
        )
        cells["slack"] = "" if row.done_on else span.slack
    return parts.line(row.id, **cells)


def list_people(state: State) -> list[tuple[str, str]]:
    """Return who can be responsible: roles, staff, and whoever is written in a step already."""
    roles = [(key, state.speech.name(names)) for key, names in read_template().roles.items()]
    others = {person.name for person in state.desk.rows("staff")} | {row.responsible for row in state.rows}
    known = {key for key, _ in roles} | {""}
    return [("", "–"), *roles, *((name, name) for name in sorted(others - known))]


def _show_form(state: State, row: Row | None) -> Part:
    say, template = state.speech, read_template()
    names = row.names if row else {}
    others = [(each.key, state.name(each.key)) for each in state.rows if row is None or each.id != row.id]
    documents = [(key, say.name(name)) for key, name in template.documents.items()]
    fields = [
        *(
            parts.field(
                language,
                say("Name in the language {language}", language=told),
                value=names.get(language, ""),
                most=120,
                wide=True,
            )
            for language, told in LANGUAGE_NAMES.items()
        ),
        parts.field(
            "days",
            say("Working days"),
            "number",
            row.days if row else 1,
            needed=True,
            least=1,
            most=LONGEST_STEP,
        ),
        parts.field(
            "responsible",
            say("Responsible for the step"),
            "choice",
            row.responsible if row else "",
            choices=list_people(state),
        ),
        parts.field(
            "begun_on", say("Begun on"), "date", row.begun_on if row else None, most=state.desk.today
        ),
        parts.field("done_on", say("Done on"), "date", row.done_on if row else None, most=state.desk.today),
        parts.field(
            "after", say("Only after these steps"), "choices", list(row.after) if row else [], choices=others
        ),
        parts.field(
            "documents",
            say("Documents of the launch"),
            "choices",
            list(row.documents) if row else [],
            choices=documents,
        ),
        parts.field("note", say("Note on the step"), "area", row.note if row else "", most=500),
    ]
    form = parts.form(
        "save_step",
        fields,
        say("Save"),
        key=f"step-{row.id if row else 'new'}",
        values={"id": row.id, "version": row.version} if row else {},
        cancel=parts.button(say("Cancel"), "open_step", {"step": 0}),
    )
    if row is None:
        return parts.card(say("New step"), form, key="step-form")
    remove = parts.button(
        say("Remove this step"),
        "remove_step",
        {"id": row.id, "version": row.version},
        tone="danger",
        confirm=say("Remove the step «{name}»? You can take it back.", name=state.name(row.key)),
    )
    source = [parts.text(tell_source(say, row.source), "quiet")] if row.source else []
    return parts.card(state.name(row.key), *source, form, parts.row(remove), key="step-form")


def tell_source(say: Speech, source: str) -> str:
    """Say what a step rests on; what is only general knowledge says so."""
    mark, rest = (source[1], source[3:].strip()) if source[:1] == "[" and source[2:3] == "]" else ("", source)
    return say(KNOWN[mark], source=rest).strip() if mark in KNOWN else say("Source: {source}", source=rest)


def _show_other_list(state: State) -> Part:
    say = state.speech
    kinds = [(".xlsx", ""), (".csv", "")]
    return parts.fold(
        say("Another list of steps"),
        parts.text(
            say(
                "Download the list, change it in a spreadsheet and bring it back; or bring the list "
                "of your district. You see it before it replaces anything."
            )
        ),
        parts.row(parts.button(say("Download the list of steps"), "download_steps")),
        parts.form(
            "read_list",
            [
                parts.field(
                    "file", say("Your list of steps (XLSX or CSV)"), "file", choices=kinds, needed=True
                )
            ],
            say("Read the list of steps"),
            key="list",
        ),
        parts.row(
            parts.button(
                say("Take Sandyq's list again"),
                "replace_by_template",
                {"version": state.plan.version},
                tone="danger",
                confirm=say.count(
                    "Replace {count} step by Sandyq's list? Dates of what is done go with it. You can take it back.",
                    "Replace all {count} steps by Sandyq's list? Dates of what is done go with them. You can take it "
                    "back.",
                    len(state.rows),
                ),
            )
        ),
        key="other-list",
    )


def show_listing(state: State, listing: Listing, file: str) -> list[Part]:
    """Return what a file says, before it replaces anything."""
    say = state.speech
    back = parts.button(say("Cancel"), "drop_list")
    grave = [problem for problem in listing.problems if problem.grave]
    light = [problem for problem in listing.problems if not problem.grave]
    shown = [_show_problems(say, file, grave, "danger")] if grave else []
    shown += [_show_problems(say, file, light, "warn")] if light else []
    if not listing.usable:
        again = say("Correct it in the spreadsheet and read the file again. Nothing was changed.")
        return [*shown, parts.text(again), parts.row(back)]
    count = say.count("{count} step", "{count} steps", len(listing.steps))
    question = say(
        "Replace {old} by {new}? You can take it back.",
        old=say.count("{count} step", "{count} steps", len(state.rows)),
        new=count,
    )
    return [
        parts.heading(say("This stands in «{file}»: {count}", file=file, count=count)),
        *shown,
        parts.text(say("Nothing is replaced yet. Look at the list, then confirm.")),
        parts.row(
            parts.button(
                say("Replace the steps"),
                "replace_by_list",
                {"version": state.plan.version},
                tone="primary",
                confirm=question,
            ),
            back,
        ),
        _show_preview(state, listing),
    ]


def _show_problems(say: Speech, file: str, problems: list[Problem], tone: parts.Tone) -> Part:
    title = (
        say("What must be corrected in «{file}»", file=file)
        if tone == "danger"
        else say("What is left out of «{file}»", file=file)
    )
    lines = [
        parts.line(number, what=parts.cell(tell_problem(say, each), tone=tone))
        for number, each in enumerate(problems)
    ]
    return parts.table(title, [parts.column("what", say("Row and what to do"), wide=True)], lines)


def tell_problem(say: Speech, problem: Problem) -> str:
    """Return ``Row 14: There is no …``."""
    told = say(MESSAGES[problem.code], **problem.values) if problem.values else say(MESSAGES[problem.code])
    return f"{say('Row {row}', row=problem.row)}: {told}" if problem.row else told


def _show_preview(state: State, listing: Listing) -> Part:
    say = state.speech
    language = say.language
    names: dict[str, Any] = {step["key"]: say.name(step["names"]) for step in listing.steps}
    columns = [parts.column(key, COLUMNS[key][language]) for key in ("key", "days", "responsible", "after")]
    columns.insert(1, parts.column("step", say("Step"), wide=True))
    columns.append(parts.column("done", say("Step done")))
    lines = [
        parts.line(
            step["key"],
            key=step["key"],
            step=names[step["key"]],
            days=step["days"],
            responsible=state.tell_who(step["responsible"]),
            after="; ".join(step["after"]),
            done=say.short_date(step["done_on"]) if step["done_on"] else "",
        )
        for step in listing.steps
    ]
    return parts.table(say("The new list"), columns, lines, key="preview")
