"""Paper sheets typed in: digits, Enter, the next sheet; who has answered already and which look alike is told."""

from __future__ import annotations

from typing import Any

from sandyq.surveys import PLACES, STEPS, Question, questions_for
from sandyq_apps.kit import parts
from sandyq_apps.kit.app import App, FieldProblem
from sandyq_apps.kit.desk import Change, Row, add, alter, remove
from sandyq_apps.kit.parts import Part
from sandyq_apps.survey_state import SEXES, State, asked_classes, look, pupils_of, tell


def view_typing(app: App, state: State) -> list[Part]:
    _ = app._
    if state.survey.state == "draft":
        return [parts.empty(_("Not yet"), _("Open the survey first; then sheets can be typed in."))]
    groups = _groups(app, state)
    choices = [(_key(group, grade), _name_group(app, group, grade)) for group, grade in groups]
    field = parts.field("group", _("Class of the sheets"), "choice", app.place["group"], choices=choices)
    chooser = parts.form("choose_group", [field], "", key="group", live=True)
    found = _chosen(app, state)
    if found is None:
        return [chooser, parts.text(_("Choose the class whose sheets lie before you."), "quiet")]
    group, grade = found
    questions = questions_for(state.questions, grade)
    sheets = _sheets(app, state, group, grade)
    return [
        chooser,
        *_warn_of_twins(app, sheets),
        _show_form(app, state, group, grade, questions, sheets),
        _show_sheets(app, state, questions, sheets),
    ]


def _groups(app: App, state: State) -> list[tuple[Row, int]]:
    return [(group, grade) for group in asked_classes(app, state.survey) for grade in group.grades]


def _key(group: Row, grade: int) -> str:
    return f"{group.id}-{grade}"


def _name_group(app: App, group: Row, grade: int) -> str:
    return group.name if len(group.grades) == 1 else f"{group.name} · {app._('grade {grade}', grade=grade)}"


def _chosen(app: App, state: State) -> tuple[Row, int] | None:
    return next((each for each in _groups(app, state) if _key(*each) == app.place["group"]), None)


def _pupils(app: App, state: State, group: Row, grade: int) -> list[Row]:
    return [
        pupil
        for pupil in pupils_of(app, state.survey)
        if pupil.class_id == group.id and (pupil.grade == grade or len(group.grades) == 1)
    ]


def _sheets(app: App, state: State, group: Row, grade: int) -> list[Row]:
    """Return the sheets typed in for a class, in the order of typing."""
    ids = {pupil.id for pupil in _pupils(app, state, group, grade)}
    return [
        row
        for row in state.rows
        if row.source == "paper"
        and (row.person_id in ids or (row.about.get("class_id"), row.about.get("grade")) == (group.id, grade))
    ]


def find_twins(sheets: list[Row]) -> dict[int, int]:
    """Return for each sheet without a name (its place, from 1) the earlier one that says the same."""
    return {
        place: earlier
        for place, sheet in enumerate(sheets, 1)
        for earlier, other in reversed(list(enumerate(sheets[: place - 1], 1)))
        if _are_alike(sheet, other)
    }


def _are_alike(sheet: Row, other: Row) -> bool:
    """The same answers, where no two names and no two sexes tell them apart."""
    if sheet.answers != other.answers or None not in (sheet.person_id, other.person_id):
        return False
    return sheet.person_id != other.person_id or sheet.about["sex"] == other.about["sex"]


def _warn_of_twins(app: App, sheets: list[Row]) -> list[Part]:
    pairs = ", ".join(f"{earlier} – {place}" for place, earlier in find_twins(sheets).items())
    words = app._(
        "These sheets say the same: {pairs}. If one was typed in twice, remove it below.", pairs=pairs
    )
    return [parts.notice(words, "warn")] if pairs else []


def _show_form(  # noqa: PLR0913, PLR0917 # what a sheet is of
    app: App, state: State, group: Row, grade: int, questions: list[Question], sheets: list[Row]
) -> Part:
    _ = app._
    sheet = next((each for each in sheets if each.id == app.place["sheet"]), None)
    given = sheet.answers if sheet else {}
    fields = [
        parts.field(
            "person",
            _("Name on the sheet"),
            "choice",
            sheet.person_id if sheet else _next_child(app, state, group, grade),
            choices=_names(app, state, group, grade),
            help=_("Leave empty when there is none."),
        ),
        parts.field(
            "sex",
            _("No name: girl or boy"),
            "choice",
            sheet.about.get("sex") if sheet else None,
            choices=[("f", _("girl")), ("m", _("boy"))],
        ),
        *(
            parts.field(
                question.id,
                f"{number}. {tell(app, question.text)}",
                value=write_digits(question, given.get(question.id)),
                help=_explain(app, question),
                most=200,
            )
            for number, question in enumerate(questions, 1)
        ),
    ]
    person = fields[0]["value"]
    number = sheets.index(sheet) + 1 if sheet else len(sheets) + 1
    form = parts.form(
        "keep_sheet",
        fields,
        _("Save the sheet (Enter)"),
        key=f"sheet-{state.survey.id}-{app.place['group']}-{sheet.id if sheet else f'new-{number}'}",
        values={"sheet": sheet.id if sheet else 0, "version": sheet.version if sheet else 0},
        cancel=parts.button(_("Cancel"), "open_sheet", {"sheet": 0}) if sheet else None,
        focus=questions[0].id if person else "person",
    )
    return parts.card(_("Sheet {number}", number=number), form, key="typing")


def _next_child(app: App, state: State, group: Row, grade: int) -> int | None:
    """Return the next child in the list who has not answered, after the one whose sheet was typed in last."""
    pupils = _pupils(app, state, group, grade)
    last = next((index for index, pupil in enumerate(pupils) if pupil.id == app.place["last"]), None)
    answered = {row.person_id for row in state.rows}
    rest = pupils[last + 1 :] if last is not None else []
    return next((pupil.id for pupil in rest if pupil.id not in answered), None)


def _names(app: App, state: State, group: Row, grade: int) -> list[tuple[int, str]]:
    answered = {row.person_id for row in state.rows}
    return [
        (pupil.id, f"{number}. {pupil.name}{' ✓' if pupil.id in answered else ''}")
        for number, pupil in enumerate(_pupils(app, state, group, grade), 1)
    ]


def _explain(app: App, question: Question) -> str:
    _ = app._
    match question.kind:
        case "several":
            return _("Numbers in a row, such as 135.")
        case "rank":
            return _("Up to three numbers in order, such as 312.")
        case "scale":
            return _("One digit, 1 to 5.")
        case "yesno":
            return _("1 yes, 2 no.")
    return ""


def _show_sheets(app: App, state: State, questions: list[Question], sheets: list[Row]) -> Part:
    _ = app._
    names = {pupil.id: pupil.name for pupil in pupils_of(app, state.survey)}
    twins = find_twins(sheets)
    lines = []
    for number, sheet in enumerate(sheets, 1):
        sex = app._(SEXES[sheet.about.get("sex", "")])
        who = names.get(sheet.person_id, "") or _("without a name, {sex}", sex=sex)
        alike = (
            parts.cell(_("like sheet {number}", number=twins[number]), tone="warn") if number in twins else ""
        )
        lines.append(
            parts.line(
                sheet.id,
                number=number,
                who=who,
                answers=" · ".join(
                    write_digits(each, sheet.answers.get(each.id)) or "–" for each in questions
                ),
                alike=alike,
                acts=[
                    parts.button(_("Change"), "open_sheet", {"sheet": sheet.id}, key=f"change-{sheet.id}"),
                    parts.button(
                        _("Remove"),
                        "remove_sheet",
                        {"sheet": sheet.id},
                        tone="danger",
                        key=f"remove-{sheet.id}",
                        confirm=_("Remove sheet {number} ({who})?", number=number, who=who),
                    ),
                ],
            )
        )
    columns = [
        parts.column("number", _("Sheet"), "number"),
        parts.column("who", _("Who")),
        parts.column("answers", _("Answers"), wide=True),
        parts.column("alike", ""),
        parts.column("acts", ""),
    ]
    return parts.table(
        _("Sheets typed in"), columns, lines[::-1], nothing=_("No sheet of this class yet."), key="sheets"
    )


def write_digits(question: Question, answer: Any) -> str:
    """Return an answer as it is typed in."""
    if answer is None:
        return ""
    if question.kind == "yesno":
        return "1" if answer else "2"
    return "".join(map(str, answer)) if isinstance(answer, list) else str(answer)


def read_digits(question: Question, typed: str) -> Any:
    """Return what digits from a sheet mean; None for nothing, ValueError when they mean nothing."""
    typed = typed.strip()
    if not typed:
        return None
    if question.kind == "text":
        return typed
    digits = [int(each) for each in typed if each.isdecimal()]
    if any(not each.isdecimal() and each not in " ,.;-" for each in typed):
        raise ValueError(typed)
    match question.kind:
        case "several":
            answer: Any = sorted(set(digits))
        case "rank":
            answer = digits
        case "scale":
            answer = digits[0] if len(digits) == 1 else None
        case _:
            answer = {1: True, 2: False}.get(digits[0]) if len(digits) == 1 else None
    if answer is None or not question.takes(answer):
        raise ValueError(typed)
    return answer


# acts


def choose_group(app: App, values: dict[str, Any]) -> None:
    app.place |= {"group": values["group"], "sheet": 0, "last": 0}


def open_sheet(app: App, values: dict[str, Any]) -> None:
    app.place["sheet"] = values["sheet"]


def keep_sheet(app: App, values: dict[str, Any]) -> Change:
    state = look(app, app.row("survey", app.place["survey"]))
    found = _chosen(app, state)
    if found is None:
        raise FieldProblem("person", app._("Choose the class whose sheets lie before you."))
    group, grade = found
    answers = _read_answers(app, questions_for(state.questions, grade), values)
    person = values["person"]
    _check_person(app, state, person, values)
    about = (
        {}
        if person
        else {"grade": grade, "class_id": group.id, "sex": values["sex"], "language": group.language}
    )
    fields = {"person_id": person, "about": about, "answers": answers, "source": "paper"}
    what = app._("Sheet typed in: {name}, {group}", name=state.survey.name, group=group.name)
    place = {"sheet": 0, "last": person or 0}
    if values["sheet"]:
        sheet = app.row("survey_answer", values["sheet"], values["version"])
        return Change(what, [alter("survey_answer", sheet, **fields)], place=place)
    return Change(what, [add("survey_answer", survey_id=state.survey.id, **fields)], place=place)


def _read_answers(app: App, questions: list[Question], values: dict[str, Any]) -> dict[str, Any]:
    answers = {}
    for question in questions:
        try:
            answer = read_digits(question, values[question.id])
        except ValueError:
            raise FieldProblem(question.id, _say_wrong(app, question)) from None
        if answer is not None:
            answers[question.id] = answer
    if not answers:
        raise FieldProblem(questions[0].id, app._("An empty sheet is not kept: type in one answer at least."))
    return answers


def _say_wrong(app: App, question: Question) -> str:
    _ = app._
    match question.kind:
        case "several":
            return _("Type numbers from 1 to {most}.", most=len(question.options))
        case "rank":
            return _(
                "Type up to {places} different numbers from 1 to {most}.",
                places=PLACES,
                most=len(question.options),
            )
        case "scale":
            return _("Type one number from 1 to {most}.", most=STEPS)
    return _("Type 1 for yes or 2 for no.")


def _check_person(app: App, state: State, person: int | None, values: dict[str, Any]) -> None:
    _ = app._
    if person is None:
        if values["sex"] is None:
            raise FieldProblem("sex", _("Choose a name, or say whether it is a girl or a boy."))
        return
    before = next((row for row in state.rows if row.person_id == person and row.id != values["sheet"]), None)
    if before is not None:
        how = {"screen": _("on a computer"), "paper": _("on paper")}[before.source]
        raise FieldProblem("person", _("This child has answered already, {how}.", how=how))


def remove_sheet(app: App, values: dict[str, Any]) -> Change:
    sheet = app.row("survey_answer", values["sheet"])
    everybody = pupils_of(app, app.row("survey", sheet.survey_id))
    pupil = next((each for each in everybody if each.id == sheet.person_id), None)
    sex = app._(SEXES[sheet.about.get("sex", "")])
    who = pupil.name if pupil else app._("without a name, {sex}", sex=sex)
    return Change(
        app._("Sheet removed: {who}", who=who), [remove("survey_answer", sheet)], place={"sheet": 0}
    )
