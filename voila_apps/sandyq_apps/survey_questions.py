"""The questions of a survey: from the bank, own ones, their order, their answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sandyq.i18n import LANGUAGE_NAMES
from sandyq.surveys import BANDS, LONGEST_TEXT, MOST_OPTIONS, Option, Question, read_questions
from sandyq_apps.kit import parts
from sandyq_apps.kit.app import App, FieldProblem, Problem
from sandyq_apps.kit.desk import Change, Row, alter
from sandyq_apps.kit.parts import Part
from sandyq_apps.survey_bank import bank_questions
from sandyq_apps.survey_state import KINDS, State, asked_classes, chests_in_order, tell, tell_band, tell_chest


def places_of_chests(app: App) -> dict[int, int]:
    """Return the chests' ids by their place, as the bank speaks of them."""
    return {chest.position: chest.id for chest in chests_in_order(app).values()}


def view_questions(app: App, state: State) -> list[Part]:
    _ = app.speech
    chosen = next((each for each in state.questions if each.id == app.place["question"]), None)
    if chosen and not state.is_locked:
        return _view_question(app, state, chosen)
    counts = " · ".join(
        f"{tell_band(app, band)}: {sum(band in each.bands for each in state.questions)}" for band in BANDS
    )
    return [
        *(
            [
                parts.notice(
                    _("There are answers already, so the questions stay as they are. Make a new survey.")
                )
            ]
            if state.is_locked
            else []
        ),
        *(
            []
            if state.questions
            else [
                parts.empty(_("No questions yet"), _("Add questions from the bank below, or write your own."))
            ]
        ),
        *(
            [parts.text(_("Questions for each age: {counts}", counts=counts), "quiet")]
            if state.questions
            else []
        ),
        *(_show_question(app, state, number, each) for number, each in enumerate(state.questions, 1)),
        *([] if state.is_locked else [_show_bank(app, state), _show_new(app)]),
    ]


def _show_question(app: App, state: State, number: int, question: Question) -> Part:
    _ = app.speech
    bands = ", ".join(tell_band(app, band) for band in question.bands)
    chests = [question.chest, *(option.chest for option in question.options)]
    names = [tell_chest(app, chest) for key, chest in state.chests.items() if key in chests]
    about = [_(KINDS[question.kind]), bands, *([", ".join(names)] if names else [])]
    options = " · ".join(f"{n} {tell(app, option.text)}" for n, option in enumerate(question.options, 1))
    missing = missing_languages(app, state, question)
    here = {"question": question.id}
    buttons = [
        parts.button("↑", "move_question", {**here, "by": -1}, key=f"up-{question.id}", off=number == 1),
        parts.button(
            "↓",
            "move_question",
            {**here, "by": 1},
            key=f"down-{question.id}",
            off=number == len(state.questions),
        ),
        parts.button(_("Change"), "open_question", here, key=f"open-{question.id}"),
        parts.button(_("Take out"), "remove_question", here, tone="danger", key=f"remove-{question.id}"),
    ]
    return parts.card(
        f"{number}. {tell(app, question.text)}",
        parts.text(" · ".join(about), "quiet"),
        *([parts.text(options)] if options else []),
        *(
            []
            if question.is_complete
            else [parts.text(_("Not complete: it needs its text and two answers."), "danger")]
        ),
        *([parts.text(_("No text in: {languages}", languages=missing), "danger")] if missing else []),
        *([] if state.is_locked else [parts.row(*buttons)]),
        key=f"question-{question.id}",
    )


def missing_languages(app: App, state: State, question: Question) -> str:
    """Return the languages of the classes asked in which a question has not all its texts."""
    needed = {each.language for each in asked_classes(app, state.survey)}
    texts = [question.text, *(option.text for option in question.options)]
    return ", ".join(
        name
        for language, name in LANGUAGE_NAMES.items()
        if language in needed and not all(text.get(language) for text in texts)
    )


def _show_bank(app: App, state: State) -> Part:
    _ = app.speech
    taken = {question.id for question in state.questions}
    lines = [
        parts.line(
            each.id,
            text=tell(app, each.text),
            kind=_(KINDS[each.kind]),
            bands=", ".join(band.replace("-", "–") for band in each.bands),
            source=_("own") if each.source == "own" else each.source,
            add=[parts.button(_("Add"), "add_question", {"question": each.id}, key=f"add-{each.id}")],
        )
        for each in bank_questions(places_of_chests(app))
        if each.id not in taken
    ]
    columns = [
        parts.column("text", _("Question"), wide=True),
        parts.column("kind", _("How it is answered")),
        parts.column("bands", _("Grades")),
        parts.column("source", _("Source")),
        parts.column("add", ""),
    ]
    table = parts.table(
        _("The bank of questions"),
        columns,
        lines,
        search=_("Search a question"),
        nothing=_("All questions of the bank are in this survey."),
        key="bank",
    )
    return parts.fold(_("Add from the bank"), table, opened=not state.questions, key="bank")


def _show_new(app: App) -> Part:
    _ = app.speech
    fields = [
        parts.field("kind", _("How it is answered"), "choice", "several", choices=_kinds(app), needed=True),
        *_text_fields("text", _("Question"), {}),
        _bands_field(app, list(BANDS)),
    ]
    return parts.fold(
        _("Write an own question"),
        parts.form("new_question", fields, _("Add"), key=f"new-question-{app.place['survey']}"),
        key="own",
    )


def _kinds(app: App) -> list[tuple[str, str]]:
    return [(kind, app._(name)) for kind, name in KINDS.items()]


def _text_fields(name: str, label: str, texts: dict[str, str]) -> list[Part]:
    return [
        parts.field(
            f"{name}_{language}", f"{label}: {called}", value=texts.get(language, ""), most=LONGEST_TEXT
        )
        for language, called in LANGUAGE_NAMES.items()
    ]


def _bands_field(app: App, bands: Sequence[str]) -> Part:
    choices = [(band, tell_band(app, band)) for band in BANDS]
    return parts.field("bands", app._("Who is asked this"), "choices", list(bands), choices=choices)


def _view_question(app: App, state: State, question: Question) -> list[Part]:
    _ = app.speech
    fields = [*_text_fields("text", _("Question"), question.text), _bands_field(app, question.bands)]
    if question.kind == "scale":
        fields += _text_fields("low", _("What 1 means"), question.low)
        fields += _text_fields("high", _("What 5 means"), question.high)
    if question.kind in ("scale", "yesno"):
        fields.append(
            parts.field("chest", _("Chest"), "choice", question.chest, choices=_chest_choices(app, state))
        )
    form = parts.form(
        "save_question",
        fields,
        _("Save"),
        key=f"question-{state.survey.id}-{question.id}",
        values={"question": question.id, "version": state.survey.version},
        cancel=parts.button(_("Back to the questions"), "open_question", {"question": ""}),
    )
    return [
        parts.heading(f"{tell(app, question.text) or _('New question')} · {_(KINDS[question.kind])}"),
        *(_show_options(app, state, question) if question.has_options else []),
        form,
    ]


def _chest_choices(app: App, state: State) -> list[tuple[int | None, str]]:
    return [(key, tell_chest(app, chest)) for key, chest in state.chests.items()]


def _show_options(app: App, state: State, question: Question) -> list[Part]:
    _ = app.speech
    chests = [(None, "–"), *_chest_choices(app, state)]
    columns = [
        parts.column("number", _("No.")),
        *(parts.column(language, name, "edit") for language, name in LANGUAGE_NAMES.items()),
        parts.column("chest", _("Chest"), "edit-choice", choices=chests),
        parts.column("remove", ""),
    ]
    lines = [
        parts.line(
            index,
            number=str(index + 1),
            chest=option.chest,
            remove=[parts.button(_("Take out"), "remove_option", {"option": index}, key=f"option-{index}")],
            **{language: option.text.get(language, "") for language in LANGUAGE_NAMES},
        )
        for index, option in enumerate(question.options)
    ]
    more = parts.button(_("Add an answer"), "add_option", off=len(question.options) >= MOST_OPTIONS)
    return [
        parts.table(_("Answers to choose from"), columns, lines, edit="edit_option", key="options"),
        parts.row(more),
    ]


# acts


def _survey(app: App, version: int | None = None) -> tuple[Row, list[Question]]:
    survey = app.row("survey", app.place["survey"], version)
    return survey, read_questions(survey.questions)


def _keep(survey: Row, questions: Sequence[Question], what: str, **place: Any) -> Change:
    kept = [question.keep() for question in questions]
    return Change(what, [alter("survey", survey, questions=kept)], place=place)


def _index(app: App, questions: Sequence[Question], key: str) -> int:
    """Return where a question stands; Problem when somebody has taken it out meanwhile."""
    found = next((index for index, each in enumerate(questions) if each.id == key), None)
    if found is None:
        raise Problem(app._("This is not there any more: somebody has removed it."))
    return found


def open_question(app: App, values: dict[str, Any]) -> None:
    app.place["question"] = values["question"]


def add_question(app: App, values: dict[str, Any]) -> Change:
    survey, questions = _survey(app)
    added = next(each for each in bank_questions(places_of_chests(app)) if each.id == values["question"])
    what = app._("Question added: {question}", question=tell(app, added.text))
    return _keep(survey, [*(each for each in questions if each.id != added.id), added], what)


def new_question(app: App, values: dict[str, Any]) -> Change:
    survey, questions = _survey(app)
    taken = {each.id for each in questions}
    key = next(f"own-{number}" for number in range(1, 1000) if f"own-{number}" not in taken)
    made = Question(key, values["kind"], _read_texts(app, values, "text"), _read_bands(app, values))
    what = app._("Question added: {question}", question=tell(app, made.text))
    return _keep(survey, [*questions, made], what, question=key)


def save_question(app: App, values: dict[str, Any]) -> Change:
    survey, questions = _survey(app, values["version"])
    index = _index(app, questions, values["question"])
    old = questions[index]
    questions[index] = replace(
        old,
        text=_read_texts(app, values, "text"),
        bands=_read_bands(app, values),
        chest=values.get("chest", old.chest),
        low=_texts(values, "low") or old.low,
        high=_texts(values, "high") or old.high,
    )
    what = app._("Question changed: {question}", question=tell(app, questions[index].text))
    return _keep(survey, questions, what, question="")


def _texts(values: dict[str, Any], name: str) -> dict[str, str]:
    return {
        language: values[f"{name}_{language}"]
        for language in LANGUAGE_NAMES
        if values.get(f"{name}_{language}")
    }


def _read_texts(app: App, values: dict[str, Any], name: str) -> dict[str, str]:
    texts = _texts(values, name)
    if not texts:
        raise FieldProblem(f"{name}_kk", app._("Write the question in one language at least."))
    return texts


def _read_bands(app: App, values: dict[str, Any]) -> tuple[str, ...]:
    if not values["bands"]:
        raise FieldProblem("bands", app._("Choose one age at least."))
    return tuple(values["bands"])


def move_question(app: App, values: dict[str, Any]) -> Change:
    survey, questions = _survey(app)
    index = _index(app, questions, values["question"])
    moved = questions.pop(index)
    questions.insert(max(index + values["by"], 0), moved)
    return _keep(survey, questions, app._("Question moved: {question}", question=tell(app, moved.text)))


def remove_question(app: App, values: dict[str, Any]) -> Change:
    survey, questions = _survey(app)
    gone = questions.pop(_index(app, questions, values["question"]))
    return _keep(survey, questions, app._("Question taken out: {question}", question=tell(app, gone.text)))


def _change_options(app: App, change: Any) -> Change:
    survey, questions = _survey(app)
    index = _index(app, questions, app.place["question"])
    options = list(questions[index].options)
    change(options)
    questions[index] = replace(questions[index], options=tuple(options))
    what = app._("Answers changed: {question}", question=tell(app, questions[index].text))
    return _keep(survey, questions, what)


def add_option(app: App, _values: dict[str, Any]) -> Change:
    return _change_options(app, lambda options: options.append(Option({})))


def remove_option(app: App, values: dict[str, Any]) -> Change:
    return _change_options(app, lambda options: options.pop(values["option"]))


def edit_option(app: App, values: dict[str, Any]) -> Change:
    def change(options: list[Option]) -> None:
        old = options[values["key"]]
        if values["field"] == "chest":
            options[values["key"]] = replace(old, chest=values["value"])
        else:
            text = {**old.text, values["field"]: values["value"][:LONGEST_TEXT]}
            options[values["key"]] = replace(old, text=text)

    return _change_options(app, change)
