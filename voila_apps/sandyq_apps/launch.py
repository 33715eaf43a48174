"""The launch planner: from a list of steps and a start date to the centre's opening "
"day, with its documents."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from sandyq.i18n import LANGUAGE_NAMES
from sandyq.launch.plan import LONGEST_STEP, Step, find_faults
from sandyq.papers import to_docx
from sandyq.school.errors import SchoolError
from sandyq_apps.clubs_school import clubs_without_teacher
from sandyq_apps.kit import parts
from sandyq_apps.kit.app import App, FieldProblem, File, Problem, act
from sandyq_apps.kit.desk import Change, Edit, Row, add, alter, remove
from sandyq_apps.kit.papers import Workbook, name_file
from sandyq_apps.kit.parts import Part
from sandyq_apps.launch_data import read_template
from sandyq_apps.launch_facts import NUMBERS, propose
from sandyq_apps.launch_import import Listing, list_lines, read_steps
from sandyq_apps.launch_pages import is_far, show_beginning, show_document, show_documents, show_facts
from sandyq_apps.launch_state import State, read_state, read_step
from sandyq_apps.launch_steps import show_listing, show_steps
from sandyq_apps.launch_today import show_today


class Launch(App):
    title = "Launch planner"
    help = (
        "The way to the centre's opening day, step by step. Say when you begin; the planner "
        "says what to do next, "
        "what must not slip and when the centre can open.\nPress «Done today» when a step is "
        "done: all dates move "
        "with it. Drafts of the documents are filled in from your data."
    )
    sheets = (
        "launch_plan",
        "launch_step",
        "chest",
        "club",
        "room",
        "slot",
        "meeting",
        "enrolment",
        "staff",
        "pupil",
    )
    start = {"page": "today", "step": 0, "document": "", "paper": "", "club": 0}  # noqa: RUF012

    def __init__(self) -> None:
        super().__init__()
        self._listing: tuple[str, Listing] | None = None
        """A file that was read and not confirmed yet, with its name."""

    def view(self) -> list[Part]:
        state = read_state(self.desk, self.speech)
        if state is None:
            return show_beginning(self.speech, self.desk)
        pages = [
            ("today", "Launch plan"),
            ("steps", "Steps"),
            ("facts", "Facts"),
            ("documents", "Documents of the launch"),
        ]
        tabs = parts.tabs("choose_page", self.place["page"], [(key, self._(label)) for key, label in pages])
        return [tabs, *self._show_faults(state), *self._show_left(), *self._show_page(state)]

    def _show_page(self, state: State) -> list[Part]:
        match self.place:
            case {"page": "steps"} if self._listing:
                return show_listing(state, self._listing[1], self._listing[0])
            case {"page": "steps"}:
                return show_steps(state, self.place["step"])
            case {"page": "facts"}:
                return show_facts(state)
            case {"page": "documents", "document": str(name)} if name in read_template().documents:
                return show_document(state, name, self._paper_language, self.place["club"])
            case {"page": "documents"}:
                return show_documents(state, self._paper_language)
        return show_today(state, state.outlook) if state.outlook and state.rows else show_steps(state, 0)

    def _show_faults(self, state: State) -> list[Part]:
        return [
            parts.notice(
                self._(
                    "These steps wait for each other, so no dates can be computed: {steps}. Open one and "
                    "take the other out of «Only after these steps».",
                    steps=" → ".join(map(state.name, (*fault.keys, fault.keys[0]))),
                )
                if fault.kind == "cycle"
                else self._(
                    "The step «{step}» waits for «{missing}», which is not in the plan. Open it and save "
                    "it once: what is missing goes.",
                    step=state.name(fault.keys[0]),
                    missing=fault.keys[1],
                ),
                "danger" if fault.kind == "cycle" else "warn",
                parts.button(self._("Open"), "open_step", {"step": state.by_key[fault.keys[0]].id}),
            )
            for fault in state.faults
        ]

    def _show_left(self) -> list[Part]:
        """A club without a teacher cannot begin, whatever the steps say."""
        left = [club.name for club in clubs_without_teacher(self.desk)]
        words = self._(
            "The teacher of these clubs has left the school: {clubs}. Choose another one in «Clubs and enrolment»."
        )
        return [parts.notice(words.format(clubs=", ".join(left)), "warn")] if left else []

    @property
    def _state(self) -> State:
        state = read_state(self.desk, self.speech)
        if state is None:
            raise Problem(self._("There is no plan yet. Say first when you begin."))
        return state

    @property
    def _paper_language(self) -> str:
        return self.place["paper"] or ("ru" if self.speech.language == "ru" else "kk")

    # where the page is

    @act
    def choose_page(self, values: dict[str, Any]) -> None:
        self._listing = None
        self.place |= {"page": values["tab"], "step": 0, "document": ""}

    @act
    def open_step(self, values: dict[str, Any]) -> None:
        self.place |= {"page": "steps", "step": values["step"]}

    @act
    def open_document(self, values: dict[str, Any]) -> None:
        self.place |= {"page": "documents", "document": values["document"], "club": 0}

    @act
    def choose_paper_language(self, values: dict[str, Any]) -> None:
        self.place["paper"] = values["tab"]

    @act
    def choose_club(self, values: dict[str, Any]) -> None:
        self.place["club"] = values["club"] or 0

    # the plan

    @act
    def make_plan(self, values: dict[str, Any]) -> Change:
        template = read_template()
        starts_on = self._check_start(values["starts_on"])
        facts = propose(self.desk.rows("staff"), self.desk.school) | {"opening": template.opening}
        name = self._(self.title)
        plan = add("launch_plan", name=name, starts_on=starts_on, facts=facts)
        return Change(
            self._("Launch plan made"), [plan, *_add_steps(template.steps, -1)], place={"page": "today"}
        )

    def _check_start(self, day: str) -> str:
        if is_far(day, self.desk.today):
            raise FieldProblem("starts_on", self._("This is more than two years away. Check the year."))
        return day

    @act
    def save_when(self, values: dict[str, Any]) -> Change:
        plan = self._plan(values)
        starts_on = self._check_start(values["starts_on"])
        facts = plan.facts | {"opening": values["opening"]}
        what = self._("Beginning: {date}", date=self.speech.date(starts_on))
        return Change(what, [alter("launch_plan", plan, starts_on=starts_on, facts=facts)])

    @act
    def save_facts(self, values: dict[str, Any]) -> Change:
        plan = self._plan(values)
        new = {key: value for key, value in values.items() if key not in {"version", "seen"}}
        facts = plan.facts | new
        least, most = facts.get("group_least"), facts.get("group_most")
        if set(NUMBERS) <= set(new) and least and most and least > most:
            raise FieldProblem(
                "group_most", self._("It is less than the fewest. Write {least} or more.", least=least)
            )
        return Change(self._("Facts for the documents changed"), [alter("launch_plan", plan, facts=facts)])

    @act
    def add_day(self, values: dict[str, Any]) -> Change:
        kind, other = ("days_on", "days_off") if values["works"] else ("days_off", "days_on")
        facts = self._plan(values).facts
        day = values["day"]
        new = {
            kind: sorted({*facts.get(kind, []), day}),
            other: [each for each in facts.get(other, []) if each != day],
        }
        return self._keep_days(values, new, day)

    @act
    def drop_day(self, values: dict[str, Any]) -> Change:
        facts, day = self._plan(values).facts, values["day"]
        new = {
            kind: [each for each in facts.get(kind, []) if each != day] for kind in ("days_on", "days_off")
        }
        return self._keep_days(values, new, day)

    def _keep_days(self, values: dict[str, Any], new: dict[str, list[str]], day: str) -> Change:
        plan = self._plan(values)
        what = self._("Calendar changed: {date}", date=self.speech.date(day))
        return Change(what, [alter("launch_plan", plan, facts=plan.facts | new)])

    def _plan(self, values: dict[str, Any]) -> Row:
        """Return the plan to change: as the form saw it if what the form shows was changed meanwhile, else as it is.

        The plan is one row with several forms: saving one must not make the others stale.
        """
        plan = self._state.plan
        held = plan.facts | {"starts_on": plan.starts_on}
        seen = values.get("seen")
        if seen is not None and all(held.get(key) == value for key, value in seen.items()):
            return plan
        return self.row("launch_plan", plan.id, values["version"])

    # steps

    @act
    def finish_step(self, values: dict[str, Any]) -> Change:
        return self._date_step(values, "done_on", "Done: {name}")

    @act
    def begin_step(self, values: dict[str, Any]) -> Change:
        return self._date_step(values, "begun_on", "Begun: {name}")

    def _date_step(self, values: dict[str, Any], field: str, what: str) -> Change:
        row = self.row("launch_step", values["id"], values["version"])
        name = self.speech.name(row.names)
        return Change(self._(what, name=name), [alter("launch_step", row, **{field: self.desk.today})])

    @act
    def edit_step(self, values: dict[str, Any]) -> Change:
        row = self.row("launch_step", values["key"])
        name = self.speech.name(row.names)
        days = values["value"]
        if int(days) != days or not 1 <= days <= LONGEST_STEP:
            raise Problem(self._("Write a whole number of working days from 1 to {most}.", most=LONGEST_STEP))
        return Change(self._("Days changed: {name}", name=name), [alter("launch_step", row, days=int(days))])

    @act
    def save_step(self, values: dict[str, Any]) -> Change:
        state = self._state
        row = self.row("launch_step", values["id"], values["version"]) if "id" in values else None
        names = {language: values[language] for language in LANGUAGE_NAMES if values[language]}
        if not names:
            raise FieldProblem(self.speech.language, self._("Give the step a name."))
        key = row.key if row else _new_key(state.by_key)
        self._check_dates(values)
        self._check_after(state, key, values)
        fields = {
            name: values[name] for name in ("days", "after", "documents", "begun_on", "done_on", "note")
        }
        fields |= {"names": names, "responsible": values["responsible"] or ""}
        what = self._("Step saved: {name}", name=self.speech.name(names))
        edit = (
            alter("launch_step", row, **fields)
            if row
            else add("launch_step", plan_id=state.plan.id, key=key, **fields)
        )
        return Change(what, [edit], place={"step": 0})

    def _check_dates(self, values: dict[str, Any]) -> None:
        for field in ("begun_on", "done_on"):
            if values[field] and values[field] > self.desk.today:
                raise FieldProblem(
                    field, self._("This day is still to come. Write the day on which it really happened.")
                )
        if values["begun_on"] and values["done_on"] and values["done_on"] < values["begun_on"]:
            raise FieldProblem("done_on", self._("It is done before it is begun. Correct one of the dates."))

    def _check_after(self, state: State, key: str, values: dict[str, Any]) -> None:
        others = [read_step(row) for row in state.rows if row.key != key]
        changed = Step(key, values["days"], tuple(values["after"]))
        rounds = [
            fault for fault in find_faults([*others, changed]) if fault.kind == "cycle" and key in fault.keys
        ]
        if rounds:
            names = [
                values.get(self.speech.language, "") if each == key else state.name(each)
                for each in rounds[0].keys
            ]
            circle = " → ".join([*names, names[0]])
            raise FieldProblem(
                "after", self._("Then these steps wait for each other: {steps}. Take one out.", steps=circle)
            )

    @act
    def remove_step(self, values: dict[str, Any]) -> Change:
        """Remove a step; what waited for it waits for what it waited for."""
        state = self._state
        row = self.row("launch_step", values["id"], values["version"])
        edits = [remove("launch_step", row)]
        for each in state.rows:
            if row.key in each.after:
                after = dict.fromkeys(
                    key for old in each.after for key in (row.after if old == row.key else [old])
                )
                edits.append(alter("launch_step", each, after=list(after)))
        what = self._("Step removed: {name}", name=self.speech.name(row.names))
        return Change(what, edits, place={"step": 0})

    # another list

    @act
    def read_list(self, values: dict[str, Any]) -> None:
        try:
            listing = read_steps(self.files["file"], date.fromisoformat(self.desk.today))
        except SchoolError as error:
            raise FieldProblem("file", error.in_language(self.speech.language)) from None
        self._listing = (values["file"]["name"], listing)

    @act
    def drop_list(self, _values: dict[str, Any]) -> None:
        self._listing = None

    @act
    def replace_by_list(self, values: dict[str, Any]) -> Change:
        if self._listing is None:
            raise Problem(self._("Read the file again first."))
        file, listing = self._listing
        opening = self._state.plan.facts.get("opening", "")
        if all(step["key"] != opening for step in listing.steps):
            opening = ""
        change = self._replace(
            values, listing.steps, opening, self._("List of steps taken from «{file}»", file=file)
        )
        self._listing = None
        return change

    @act
    def replace_by_template(self, values: dict[str, Any]) -> Change:
        template = read_template()
        return self._replace(
            values, template.steps, template.opening, self._("Sandyq's list of steps taken again")
        )

    def _replace(
        self, values: dict[str, Any], steps: Iterable[dict[str, Any]], opening: str, what: str
    ) -> Change:
        state = self._state
        plan = self._plan(values)
        edits = [
            alter("launch_plan", plan, facts=plan.facts | {"opening": opening}),
            *(remove("launch_step", row) for row in state.rows),
            *_add_steps(steps, plan.id),
        ]
        return Change(what, edits, place={"step": 0})

    @act
    def download_steps(self, _values: dict[str, Any]) -> File:
        state = self._state
        head, lines = list_lines(state.rows, self.speech.language)
        book = Workbook()
        book.add_sheet(self._("Steps"), [], head, lines)
        return book.save(f"{self._(self.title)} {self.desk.today}")

    @act
    def download_document(self, values: dict[str, Any]) -> File:
        paper = self._state.documents(self._paper_language).make(values["document"], values.get("club", 0))
        return File(name_file(paper.title, "docx"), to_docx(paper, self.desk.school.name))


def _add_steps(steps: Iterable[dict[str, Any]], plan_id: int) -> list[Edit]:
    return [add("launch_step", -2 - number, plan_id=plan_id, **step) for number, step in enumerate(steps)]


def _new_key(taken: Iterable[str]) -> str:
    known = set(taken)
    return next(key for number in range(1, len(known) + 2) if (key := f"own-{number}") not in known)
