"""The planner's pages of facts and of documents, and the first one of all: when do you want to begin?"""

from __future__ import annotations

from datetime import date

from sandyq.i18n import LANGUAGE_NAMES
from sandyq.launch.holidays import read_holidays
from sandyq_apps.kit import parts
from sandyq_apps.kit.desk import Desk, Row
from sandyq_apps.kit.papers import render
from sandyq_apps.kit.parts import Part
from sandyq_apps.kit.speech import Speech
from sandyq_apps.launch_data import read_template
from sandyq_apps.launch_documents import LANGUAGES
from sandyq_apps.launch_facts import NAMES, NUMBERS, PAPERS, PEOPLE
from sandyq_apps.launch_state import State
from sandyq_apps.launch_steps import tell_source


def show_beginning(say: Speech, desk: Desk) -> list[Part]:
    count = say.count("{count} step", "{count} steps", len(read_template().steps))
    return [
        parts.empty(
            say("From today to the opening day"),
            say(
                "Say when you begin. You get a plan of {count} at once: who does what, until when, "
                "with drafts of the documents. You can change all of it.",
                count=count,
            ),
        ),
        parts.form(
            "make_plan",
            [parts.field("starts_on", say("The work begins on"), "date", desk.today, needed=True)],
            say("Make the plan"),
            key="beginning",
        ),
    ]


def show_facts(state: State) -> list[Part]:
    say, facts = state.speech, state.plan.facts
    people = read_template().roles
    return [
        parts.text(
            say("The documents take names and numbers from here. What is empty is a line to fill in by hand.")
        ),
        _card(
            state,
            "names",
            say("School and centre"),
            [
                parts.field(key, say(label), value=facts.get(key, ""), most=150, wide=key != "phone")
                for key, label in NAMES.items()
            ],
        ),
        _card(
            state,
            "people",
            say("People responsible"),
            [parts.field(key, say.name(people[key]), value=facts.get(key, ""), most=100) for key in PEOPLE],
        ),
        _card(
            state,
            "papers",
            say("Papers and numbers"),
            [
                *(
                    parts.field(
                        key,
                        say(label),
                        "date" if key.endswith("_date") else "text",
                        facts.get(key),
                        most=None if key.endswith("_date") else 30,
                    )
                    for key, label in PAPERS.items()
                ),
                *(
                    parts.field(key, say(label), "number", facts.get(key), least=1, most=200)
                    for key, label in NUMBERS.items()
                ),
            ],
        ),
        _show_calendar(state),
    ]


def _card(state: State, key: str, title: str, fields: list[Part]) -> Part:
    seen = {field["name"]: state.plan.facts.get(field["name"]) for field in fields}
    values = {"version": state.plan.version, "seen": seen}
    form = parts.form("save_facts", fields, state.speech("Save"), key=f"facts-{key}", values=values)
    return parts.card(title, form, key=f"card-{key}")


def _show_calendar(state: State) -> Part:
    say, plan, known = state.speech, state.plan, read_holidays()
    steps = [(row.key, state.name(row.key)) for row in state.rows]
    opening = state.outlook.forecast.opening if state.outlook else plan.facts.get("opening", "")
    seen = {"starts_on": plan.starts_on, "opening": plan.facts.get("opening")}
    when = parts.form(
        "save_when",
        [
            parts.field("starts_on", say("The work begins on"), "date", plan.starts_on, needed=True),
            parts.field(
                "opening",
                say("The step that is the opening day"),
                "choice",
                opening,
                choices=steps,
                needed=True,
            ),
        ],
        say("Save"),
        key="when",
        values={"version": plan.version, "seen": seen},
    )
    own = parts.form(
        "add_day",
        [
            parts.field("day", say("Which day"), "date", needed=True),
            parts.field(
                "works",
                say("What it is at your school"),
                "radio",
                False,
                choices=[(False, say("Day off")), (True, say("Working day"))],
                needed=True,
            ),
        ],
        say("Add the day"),
        key="day",
        values={"version": plan.version, "seen": {}},
    )
    days = [(day, say("Day off")) for day in plan.facts.get("days_off", [])]
    days += [(day, say("Working day")) for day in plan.facts.get("days_on", [])]
    rows = [
        parts.row(
            parts.text(f"{say.date(day)}: {kind}"),
            parts.button(say("Remove"), "drop_day", {"day": day, "version": plan.version}, key=f"day-{day}"),
        )
        for day, kind in sorted(days)
    ]
    until = say("Holidays are known until {date}. Later ones you add here.", date=say.date(known.known_until))
    return parts.card(
        say("Beginning, opening and days off"),
        when,
        parts.heading(say("Days that differ at your school"), 3),
        *rows,
        own,
        parts.fold(
            say("Holidays that are taken into account"),
            parts.text(until, "quiet"),
            _list_holidays(say),
            key="holidays",
        ),
        key="card-calendar",
    )


def _list_holidays(say: Speech) -> Part:
    columns = [
        parts.column("on", say("Which day")),
        parts.column("name", say("Holiday")),
        parts.column("source", say("Where it is from"), wide=True),
    ]
    lines = [
        parts.line(
            day.on.isoformat(),
            on=parts.cell(say.short_date(day.on), sort=day.on.isoformat()),
            name=say.name(day.names),
            source=tell_source(say, day.source),
        )
        for day in read_holidays().days
    ]
    return parts.table(say("Holidays"), columns, lines, key="holidays-table")


def show_documents(state: State, language: str) -> list[Part]:
    say = state.speech
    documents = state.documents(language)
    steps = {key: state.name(row.key) for row in reversed(state.rows) for key in row.documents}
    columns = [
        parts.column("name", say("Draft of a document"), wide=True),
        parts.column("step", say("Needed for")),
        parts.column("blanks", say("Still empty"), "number"),
        parts.column("acts", ""),
    ]
    lines = [
        parts.line(
            key,
            name=say.name(names),
            step=steps.get(key, ""),
            blanks=documents.make(key).missing,
            acts=[
                parts.button(say("Show the draft"), "open_document", {"document": key}, key=f"show-{key}"),
                parts.button("Word", "download_document", {"document": key}, key=f"word-{key}"),
            ],
        )
        for key, names in read_template().documents.items()
    ]
    return [
        _choose_language(language),
        parts.text(
            say(
                "Drafts, filled in from your data. Nothing here is law: the school checks each one "
                "before it is signed."
            )
        ),
        parts.table(say("Drafts of documents"), columns, lines, key="documents"),
        parts.row(parts.button(say("Fill in the facts"), "choose_page", {"tab": "facts"})),
    ]


def _choose_language(language: str) -> Part:
    return parts.tabs("choose_paper_language", language, [(each, LANGUAGE_NAMES[each]) for each in LANGUAGES])


def show_document(state: State, name: str, language: str, club: int) -> list[Part]:
    say = state.speech
    paper = state.documents(language).make(name, club)
    choice = parts.form(
        "choose_club",
        [parts.field("club", say("Club"), "choice", club or None, choices=_list_clubs(state))],
        "",
        key="paper-club",
        live=True,
    )
    return [
        parts.row(parts.button(say("All documents"), "open_document", {"document": ""})),
        _choose_language(language),
        *([choice] if name == "journal" else []),
        parts.paper(
            paper.title,
            render("launch/paper.html", paper=paper),
            parts.button("Word", "download_document", {"document": name, "club": club}),
        ),
    ]


def _list_clubs(state: State) -> list[tuple[int, str]]:
    clubs: list[Row] = state.desk.rows("club")
    return [(club.id, club.name) for club in sorted(clubs, key=lambda club: str(club.name))]


def is_far(day: str, today: str) -> bool:
    """Say whether a plan would begin more than two years from today: a slip of the hand."""
    return abs((date.fromisoformat(day) - date.fromisoformat(today)).days) > 730
