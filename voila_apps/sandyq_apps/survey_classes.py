"""Who is asked, and how far the answering has come."""

from __future__ import annotations

from typing import Any

from sandyq.surveys import BANDS, band_of
from sandyq_apps.kit import parts
from sandyq_apps.kit.app import App, FieldProblem, Problem
from sandyq_apps.kit.desk import Change, alter
from sandyq_apps.kit.parts import Part
from sandyq_apps.survey_state import State, asked_classes, pupils_of, tell_band


def view_classes(app: App, state: State) -> list[Part]:
    _ = app._
    classes = [(each.id, each.name) for each in app.desk.rows("class")]
    chosen = state.survey.class_ids or [key for key, _name in classes]
    fields = [parts.field("class_ids", _("Classes that are asked"), "choices", chosen, choices=classes)]
    form = parts.form(
        "save_classes",
        fields,
        _("Save"),
        key=f"classes-{state.survey.id}",
        values={"version": state.survey.version},
    )
    every = parts.button(_("Ask all classes"), "ask_all", {"version": state.survey.version})
    return [
        parts.text(_("{count} children are asked.", count=app.speech.number(len(state.asked)))),
        *([_show_progress(app, state)] if state.survey.state != "draft" else []),
        parts.fold(
            _("Change the classes"),
            parts.row(every),
            form,
            opened=state.survey.state == "draft",
            key="classes",
        ),
    ]


def _show_progress(app: App, state: State) -> Part:
    _ = app._
    answered = {reply.child.id for reply in state.replies}
    nameless = [row.about.get("class_id") for row in state.rows if row.person_id is None]
    everybody, lines = pupils_of(app, state.survey), []
    for group in asked_classes(app, state.survey):
        pupils = [pupil for pupil in everybody if pupil.class_id == group.id]
        named = sum(pupil.id in answered for pupil in pupils)
        without = nameless.count(group.id)
        missing = [pupil.name for pupil in pupils if pupil.id not in answered]
        lines.append(
            parts.line(
                group.id,
                group=group.name,
                asked=len(pupils),
                answered=named + without,
                missing=max(len(missing) - without, 0),
                names=_shorten(missing) if named and not without else "",
            )
        )
    columns = [
        parts.column("group", _("Class")),
        parts.column("asked", _("Asked"), "number"),
        parts.column("answered", _("Answered"), "number"),
        parts.column("missing", _("Not answered"), "number"),
        parts.column("names", _("Who is missing"), wide=True),
    ]
    return parts.table(_("How far the classes are"), columns, lines, key="progress")


def _shorten(names: list[str], most: int = 4) -> str:
    return ", ".join(names[:most]) + (f" … +{len(names) - most}" if len(names) > most else "")


def save_classes(app: App, values: dict[str, Any]) -> Change:
    survey = app.row("survey", app.place["survey"], values["version"])
    if not values["class_ids"]:
        raise FieldProblem("class_ids", app._("Choose one class at least."))
    is_all = len(values["class_ids"]) == len(app.desk.rows("class"))
    chosen = [] if is_all else values["class_ids"]
    return Change(
        app._("Classes chosen: {name}", name=survey.name), [alter("survey", survey, class_ids=chosen)]
    )


def ask_all(app: App, values: dict[str, Any]) -> Change:
    survey = app.row("survey", app.place["survey"], values["version"])
    return Change(app._("Classes chosen: {name}", name=survey.name), [alter("survey", survey, class_ids=[])])


def view_state(app: App, state: State) -> Part:
    """Say where the survey stands and offer the next step."""
    _ = app._
    version = {"version": state.survey.version}
    match state.survey.state:
        case "draft":
            button = parts.button(
                _("Open for the children"),
                "set_state",
                {**version, "state": "open"},
                tone="primary",
                off=not state.questions,
            )
            return parts.notice(_("Draft: the children do not see it yet."), "warn", button)
        case "open" if state.survey.class_ids and not state.asked:
            button = parts.button(_("Close the survey"), "set_state", {**version, "state": "closed"})
            words = _(
                "Nobody is in the classes of this survey any more, so it asks nobody. "
                "Close it and make a new survey for this year."
            )
            return parts.notice(words, "warn", button)
        case "open":
            words = _(
                "Open: {done} of {all} have answered. The children find it on their home page.",
                done=app.speech.number(state.demand.whole.answered),
                all=app.speech.number(state.demand.whole.asked),
            )
            button = parts.button(_("Close the survey"), "set_state", {**version, "state": "closed"})
            return parts.notice(words, "good", button)
    button = parts.button(_("Open it again"), "set_state", {**version, "state": "open"})
    words = _(
        "Closed: {done} of {all} have answered.",
        done=app.speech.number(state.demand.whole.answered),
        all=app.speech.number(state.demand.whole.asked),
    )
    return parts.notice(words, "", button)


def set_state(app: App, values: dict[str, Any]) -> Change:
    survey = app.row("survey", app.place["survey"], values["version"])
    asked = {band_of(grade) for group in asked_classes(app, survey) for grade in group.grades}
    have = {band for question in survey.questions for band in question["bands"]}
    nothing = [tell_band(app, band) for band in BANDS if band in asked - have]
    if values["state"] == "open" and nothing:
        raise Problem(
            app._(
                "There is no question for {bands}. Add one, or do not ask those classes.",
                bands=", ".join(nothing),
            )
        )
    place = {"tab": "classes"} if values["state"] == "open" else {"tab": "results"}
    opens = values["state"] == "open"
    said = "Survey opened: {name}" if opens else "Survey closed: {name}"
    edit = alter("survey", survey, state=values["state"])
    return Change(app._(said, name=survey.name), [edit], place=place)
