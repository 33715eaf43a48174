"""The planner's first page: what to do next, when the centre opens, how ready it is, "
"who holds what, the picture."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from sandyq.launch.plan import Late, Outlook
from sandyq_apps.kit import charts, parts
from sandyq_apps.kit.parts import Part
from sandyq_apps.kit.speech import Speech
from sandyq_apps.launch_data import read_template
from sandyq_apps.launch_state import State

MOST_NEXT: Final = 3
DONE, LATE, TIGHT, LOOSE = "#4b7f35", "#b3261e", "#b4532a", "#2f6db5"


def show_today(state: State, outlook: Outlook) -> list[Part]:
    say = state.speech
    return [
        _show_figures(state, outlook),
        *_show_next(state, outlook),
        *([_show_late(state, outlook)] if outlook.late else []),
        _show_holders(state, outlook),
        parts.heading(say("All steps in time")),
        _show_picture(state, outlook),
    ]


def _show_figures(state: State, outlook: Outlook) -> Part:
    say, opens, planned = state.speech, outlook.forecast.opens_on, outlook.plan.opens_on
    assert opens and planned  # noqa: S101 # there are steps
    is_open = bool(state.by_key[outlook.forecast.opening].done_on)
    note = say("as planned") if opens <= planned else say("planned: {date}", date=say.short_date(planned))
    return parts.figures(
        parts.figure(
            say("The centre has opened") if is_open else say("The centre can open"),
            say.date(opens),
            say.weekday(opens.weekday()) + ", " + note,
            "good" if opens <= planned else "warn",
        ),
        parts.figure(
            say("Ready so far"),
            say.percent(outlook.readiness),
            say(
                "{done} of {all} working days of what is needed to open is done",
                done=outlook.done_days,
                all=outlook.all_days,
            ),
        ),
        parts.figure(
            say("Late steps"),
            str(len(outlook.late)),
            say("of {all} steps", all=len(state.rows)),
            "danger" if outlook.late else "good",
        ),
    )


def _show_next(state: State, outlook: Outlook) -> list[Part]:
    say, keys = state.speech, outlook.ready[:MOST_NEXT]
    if not keys:
        return [parts.notice(say("All steps are done."), "good")]
    more = len(outlook.ready) - len(keys)
    also = [
        parts.text(
            say.count(
                "{count} more step can be begun: see Steps.",
                "{count} more steps can be begun: see Steps.",
                more,
            ),
            "quiet",
        )
    ]
    return [
        parts.heading(say("Do this next")),
        *(_show_step(state, outlook, key) for key in keys),
        *(also if more else []),
    ]


def _show_step(state: State, outlook: Outlook, key: str) -> Part:
    say, row, span = state.speech, state.by_key[key], outlook.forecast.spans[key]
    late = next((each for each in outlook.late if each.key == key), None)
    words = [
        parts.text(f"{state.who(key)} · {tell_dates(say, outlook.plan.spans[key].ends, span.ends)}"),
        parts.text(tell_slack(say, outlook, key, late), "danger" if late else ""),
    ]
    target = {"id": row.id, "version": row.version}
    begin = parts.button(say("Begun today"), "begin_step", target, key=f"begin-{row.id}")
    return parts.card(
        state.name(key),
        *words,
        parts.row(
            parts.button(say("Done today"), "finish_step", target, tone="primary", key=f"done-{row.id}"),
            *([] if row.begun_on else [begin]),
            *show_drafts(state, row.documents),
            parts.button(say("Open"), "open_step", {"step": row.id}, tone="quiet", key=f"open-{row.id}"),
        ),
        colour=_look_at(state, outlook, key, late)[0],
        key=f"next-{row.id}",
    )


def tell_dates(say: Speech, planned: date, expected: date) -> str:
    """Say when a step is to be done, and when it will be if that is another day."""
    due = say("due {date}", date=say.date(planned))
    return due if planned == expected else f"{due}, " + say("now expected {date}", date=say.date(expected))


def show_drafts(state: State, documents: list[str]) -> list[Part]:
    """Return a button for each draft of a step."""
    names = read_template().documents
    return [
        parts.button(
            state.speech("Draft: {name}", name=state.speech.name(names[key])),
            "open_document",
            {"document": key},
        )
        for key in documents
        if key in names
    ]


def tell_slack(say: Speech, outlook: Outlook, key: str, late: Late | None) -> str:
    """Say how much a step may slip, and how late it is."""
    slack = outlook.forecast.spans[key].slack
    if key not in outlook.forecast.needed:
        words = say("The opening does not wait for it.")
    elif slack == 0:
        words = say("It may not slip: the opening would, too.")
    else:
        words = say.count(
            "It may slip by {count} working day.", "It may slip by {count} working days.", slack
        )
    if late is None:
        return words
    return say.count("Late by {count} working day.", "Late by {count} working days.", late.days) + " " + words


def _show_late(state: State, outlook: Outlook) -> Part:
    say = state.speech
    lines = [
        parts.line(
            each.key,
            step=parts.cell(
                state.name(each.key), act="open_step", values={"step": state.by_key[each.key].id}
            ),
            planned=parts.cell(
                say.short_date(outlook.plan.spans[each.key].ends),
                sort=outlook.plan.spans[each.key].ends.isoformat(),
            ),
            days=each.days,
            holder=_tell_holders(state, each),
        )
        for each in outlook.late
    ]
    columns = [
        parts.column("step", say("Step"), wide=True),
        parts.column("planned", say("Was to be done")),
        parts.column("days", say("Working days late"), "number"),
        parts.column("holder", say("Who holds it"), wide=True),
    ]
    return parts.table(say("What is late today"), columns, lines, key="late")


def _tell_holders(state: State, late: Late) -> str:
    if late.held_by == (late.key,):
        return state.who(late.key)
    return "; ".join(
        state.speech("{who}: waits for «{step}»", who=state.who(key), step=state.name(key))
        for key in late.held_by
    )


def _show_holders(state: State, outlook: Outlook) -> Part:
    say = state.speech
    late = {key for each in outlook.late for key in each.held_by}
    held: dict[str, list[str]] = {}
    for key in outlook.ready:
        held.setdefault(state.by_key[key].responsible, []).append(key)
    lines = [
        parts.line(
            responsible or "-",
            who=state.tell_who(responsible),
            now="; ".join(state.name(key) for key in keys),
            until=_first_end(state, outlook, keys),
            late=parts.cell(say("holds what is late"), tone="danger") if late & set(keys) else "",
        )
        for responsible, keys in held.items()
    ]
    columns = [
        parts.column("who", say("Who")),
        parts.column("now", say("Holds now"), wide=True),
        parts.column("until", say("First date")),
        parts.column("late", say("Late steps")),
    ]
    return parts.table(
        say("Who holds what"), columns, lines, nothing=say("All steps are done."), key="holders"
    )


def _first_end(state: State, outlook: Outlook, keys: list[str]) -> Part:
    end = min(outlook.forecast.spans[key].ends for key in keys)
    return parts.cell(state.speech.short_date(end), sort=end.isoformat())


def _show_picture(state: State, outlook: Outlook) -> Part:
    say, spans = state.speech, outlook.forecast.spans
    late = {each.key: each for each in outlook.late}
    keys = sorted(spans, key=lambda key: (spans[key].begins, spans[key].ends))
    first = min(span.begins for span in spans.values())
    bars, lines = [], []
    for key in keys:
        row, span = state.by_key[key], spans[key]
        colour, sign, words = _look_at(state, outlook, key, late.get(key))
        start, days = (span.begins - first).days, (span.ends - span.begins).days + 1
        tells = f"{sign} {span.ends:%d.%m}".strip()
        bars.append(charts.Span(state.name(key), start, days, colour, 1.0 if row.done_on else 0.0, tells))
        lines.append(
            parts.line(
                key,
                step=state.name(key),
                begins=parts.cell(say.short_date(span.begins), sort=span.begins.isoformat()),
                ends=parts.cell(say.short_date(span.ends), sort=span.ends.isoformat()),
                state=words,
            )
        )
    today = (date.fromisoformat(state.desk.today) - first).days
    svg = charts.gantt(bars, _mark_months(first, max(span.ends for span in spans.values())), today)
    columns = [
        parts.column("step", say("Step"), wide=True),
        parts.column("begins", say("Step begins")),
        parts.column("ends", say("Step ends")),
        parts.column("state", say("State")),
    ]
    path = "; ".join(state.name(key) for key in outlook.forecast.critical if not state.by_key[key].done_on)
    words = say("✓ done · ! late · ● may not slip · the red line is today.")
    title = say(
        "Steps from {first} to {last}",
        first=say.date(first),
        last=say.date(max(s.ends for s in spans.values())),
    )
    table = parts.table(title, columns, lines, key="picture")
    if path:
        words += " " + say("May not slip: {path}", path=path)
    return parts.chart(title, svg, table, words)


def _look_at(state: State, outlook: Outlook, key: str, late: Late | None) -> tuple[str, str, str]:
    """Return colour, sign and words for a step."""
    say, slack = state.speech, outlook.forecast.spans[key].slack
    if state.by_key[key].done_on:
        return DONE, "✓", say("Step done")
    if late:
        return (
            LATE,
            "!",
            say.count("Late by {count} working day.", "Late by {count} working days.", late.days),
        )
    if key not in outlook.forecast.needed:
        return LOOSE, "", say("The opening does not wait for it.")
    if slack == 0:
        return TIGHT, "●", say("May not slip")
    return LOOSE, "", say.count("May slip by {count} day", "May slip by {count} days", slack)


def _mark_months(first: date, last: date) -> list[tuple[float, str]]:
    """Return the first day of the picture and of each month in it, with the dates' names."""
    marks: list[tuple[float, str]] = [(0, f"{first:%d.%m}")]
    day = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
    while day <= last:
        if (day - first).days > 10:
            marks.append(((day - first).days, f"{day:%d.%m}"))
        day = (day + timedelta(days=32)).replace(day=1)
    return marks
