"""The interest survey: what children want, asked on computers or paper, and the clubs worth opening."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from sandyq_apps import survey_classes, survey_paper, survey_questions, survey_results, survey_typing
from sandyq_apps.kit import parts
from sandyq_apps.kit.app import App, act
from sandyq_apps.kit.desk import Change, Row, add, remove
from sandyq_apps.kit.parts import Part
from sandyq_apps.kit.portal import Refused, Unreachable
from sandyq_apps.survey_bank import bank_questions
from sandyq_apps.survey_state import asked_children, look

VIEWS = {
    "questions": survey_questions.view_questions,
    "classes": survey_classes.view_classes,
    "paper": survey_paper.view_paper,
    "typing": survey_typing.view_typing,
    "results": survey_results.view_results,
}
STATES = {
    "draft": "Draft: the children do not see it yet.",
    "open": "Open: the children can answer.",
    "closed": "Closed: nobody can answer any more.",
}


class InterestSurvey(App):
    title = "Interest survey"
    help = (
        "Find out what the children want before you open clubs.\n1. Make a survey: a ready one is there for each age. "
        "2. Choose the classes and open it. 3. Children answer on computers, or on paper that you type in. "
        "4. See the demand, and which clubs are worth opening."
    )
    sheets = ("chest", "club", "survey", "survey_answer", "survey_roster", "child", "pupil", "class")
    start = {  # noqa: RUF012
        "survey": 0,
        "tab": "questions",
        "question": "",
        "group": None,
        "sheet": 0,
        "last": 0,
        "band": "1-4",
        "tongue": "",
        "size": 15,
        "least": 8,
        "print": "",
    }

    def __init__(self) -> None:
        super().__init__()
        self._asked_for: set[tuple[int, int]] = set()
        """Closed surveys, with their versions, whose rosters were asked for since the page was opened."""

    def opened(self) -> None:
        rows = self.desk.rows("survey")
        closed = {(survey.id, survey.version) for survey in rows if survey.state == "closed"}
        known = {(kept.id, kept.version) for kept in self.desk.rows("survey_roster")}
        if closed - known - self._asked_for:
            with suppress(Unreachable, Refused):  # it is asked for again
                self.desk.read_again("survey_roster")
                self._asked_for |= closed

    def view(self) -> list[Part]:
        survey = self.desk.find("survey", self.place["survey"])
        return self._view_list() if survey is None else self._view_survey(survey)

    def _view_list(self) -> list[Part]:
        surveys = sorted(self.desk.rows("survey"), key=lambda survey: -survey.id)
        fields = [
            parts.field("name", self._("Name of the survey"), needed=True, most=100),
            parts.field(
                "ready",
                self._("Begin with"),
                "radio",
                value=True,
                choices=[(True, self._("ready questions for each age")), (False, self._("no questions"))],
            ),
        ]
        form = parts.form("make_survey", fields, self._("Make the survey"), key="new-survey")
        if not surveys:
            first = self._(
                "Give it a name below. The questions are ready; you can change them before it opens."
            )
            return [parts.empty(self._("No survey yet"), first), parts.card(self._("A new survey"), form)]
        return [
            *(self._show_survey(survey) for survey in surveys),
            parts.fold(self._("A new survey"), form, key="new"),
        ]

    def _show_survey(self, survey: Row) -> Part:
        asked = len(asked_children(self, survey))
        answered = sum(row.survey_id == survey.id for row in self.desk.rows("survey_answer"))
        here = {"survey": survey.id}
        question = self.speech.count(
            "Remove the survey «{name}» with {count} answer sheet?",
            "Remove the survey «{name}» with {count} answer sheets?",
            answered,
            name=survey.name,
        )
        drop = parts.button(
            self._("Remove"), "remove_survey", here, tone="danger", confirm=question, key=f"drop-{survey.id}"
        )
        return parts.card(
            survey.name,
            parts.text(self._(STATES[survey.state])),
            parts.progress(self._("Answered"), answered, asked),
            parts.row(
                parts.button(self._("Show"), "open_survey", here, tone="primary", key=f"open-{survey.id}"),
                *([] if survey.state == "open" else [drop]),
            ),
            key=f"survey-{survey.id}",
        )

    def _view_survey(self, survey: Row) -> list[Part]:
        state = look(self, survey)
        tabs = {
            "questions": self._("Questions"),
            "classes": self._("Who is asked"),
            "paper": self._("Preview and paper"),
            "typing": self._("Type in sheets"),
            "results": self._("Result"),
        }
        return [
            parts.row(parts.button(self._("All surveys"), "open_survey", {"survey": 0}, tone="quiet")),
            parts.heading(survey.name),
            survey_classes.view_state(self, state),
            parts.tabs("choose_tab", self.place["tab"], tabs.items()),
            *VIEWS[self.place["tab"]](self, state),
        ]

    @act
    def open_survey(self, values: dict[str, Any]) -> None:
        self.place |= {**self.start, "survey": values["survey"]}
        survey = self.desk.find("survey", values["survey"])
        if survey and survey.state != "draft":
            self.place["tab"] = "classes" if survey.state == "open" else "results"

    @act
    def choose_tab(self, values: dict[str, Any]) -> None:
        self.place |= {"tab": values["tab"], "question": "", "sheet": 0, "print": ""}

    @act
    def make_survey(self, values: dict[str, Any]) -> Change:
        chests = survey_questions.places_of_chests(self)
        questions = bank_questions(chests, ready=True) if values["ready"] else []
        edit = add(
            "survey",
            name=values["name"],
            questions=[each.keep() for each in questions],
            state="draft",
            class_ids=[],
        )
        return Change(self._("Survey made: {name}", name=values["name"]), [edit])

    @act
    def remove_survey(self, values: dict[str, Any]) -> Change:
        survey = self.row("survey", values["survey"])
        answered = sum(row.survey_id == survey.id for row in self.desk.rows("survey_answer"))
        what = self.speech.count(
            "Survey removed: {name} ({count} answer sheet)",
            "Survey removed: {name} ({count} answer sheets)",
            answered,
            name=survey.name,
        )
        return Change(what, [remove("survey", survey)])

    open_question = act(survey_questions.open_question)
    add_question = act(survey_questions.add_question)
    new_question = act(survey_questions.new_question)
    save_question = act(survey_questions.save_question)
    move_question = act(survey_questions.move_question)
    remove_question = act(survey_questions.remove_question)
    add_option = act(survey_questions.add_option)
    remove_option = act(survey_questions.remove_option)
    edit_option = act(survey_questions.edit_option)
    save_classes = act(survey_classes.save_classes)
    ask_all = act(survey_classes.ask_all)
    set_state = act(survey_classes.set_state)
    choose_paper = act(survey_paper.choose_paper)
    choose_group = act(survey_typing.choose_group)
    open_sheet = act(survey_typing.open_sheet)
    keep_sheet = act(survey_typing.keep_sheet)
    remove_sheet = act(survey_typing.remove_sheet)
    set_advice = act(survey_results.set_advice)
    open_print = act(survey_results.open_print)
    save_workbook = act(survey_results.save_workbook)
