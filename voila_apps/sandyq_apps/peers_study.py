"""Lesson Study: a team's question, three case pupils without names, a lesson planned, seen, and planned anew."""

from __future__ import annotations

from typing import Any, Final

from sandyq_apps.kit import parts
from sandyq_apps.kit.app import FieldProblem, act
from sandyq_apps.kit.desk import Change, Row, add, alter, remove
from sandyq_apps.kit.papers import render
from sandyq_apps.kit.parts import Part
from sandyq_apps.peers_observation import NEWEST
from sandyq_apps.peers_words import LEARNERS, PeerWords

LETTERS: Final = ("A", "B", "C")


class StudyPages(PeerWords):
    def show_studies(self) -> list[Part]:
        if self.place["form"] == "study":
            return [
                self._back_to_studies(),
                parts.card(self._("A new study"), self._form_study(None), key="study"),
            ]
        if self.place["study"] == NEWEST:
            own = (study.id for study in self.desk.rows("lesson_study") if study.by == self.own_id)
            self.place["study"] = max(own, default=0)
        study = self.desk.find("lesson_study", self.place["study"])
        if study is None:
            return self._list_studies()
        if self.place["paper"]:
            back = parts.button(f"← {study.question}", "open_study", {"study": study.id})
            return [parts.row(back), parts.paper(self._("Lesson Study cycle"), self._paper_of_study(study))]
        return self._show_study(study)

    def _back_to_studies(self) -> Part:
        return parts.row(parts.button(f"← {self._('All studies')}", "open_study", {"study": 0}))

    def _list_studies(self) -> list[Part]:
        new = (
            [parts.button(self._("Begin a study"), "begin_study", tone="primary")] if self.is_learner else []
        )
        studies = self.desk.rows("lesson_study")
        if not studies:
            words = self._(
                "Two or three colleagues ask one question about their pupils' learning, plan a lesson together, watch "
                "three pupils in it, and plan it anew from what they saw."
            )
            return [parts.empty(self._("No study yet"), words, *new)]
        cards = [
            parts.card(
                study.question,
                parts.text(", ".join(self.person(each) for each in study.members)),
                parts.text(
                    " · ".join(
                        (
                            self.speech.count("{count} round", "{count} rounds", len(study.rounds)),
                            self._tell_study(study),
                        )
                    ),
                    "quiet",
                ),
                parts.button(
                    self._("Open the study"), "open_study", {"study": study.id}, key=f"open-{study.id}"
                ),
                key=f"study-{study.id}",
            )
            for study in reversed(studies)
        ]
        return [*([parts.row(*new)] if new else []), *cards]

    def _tell_study(self, study: Row) -> str:
        return self._("study closed") if study.state == "closed" else self._("goes on")

    @act
    def begin_study(self, _values: dict[str, Any]) -> None:
        self.place |= {"form": "study", "study": 0, "paper": ""}

    @act
    def open_study(self, values: dict[str, Any]) -> None:
        self.place |= {"study": values["study"], "form": "", "paper": ""}

    @act
    def print_study(self, _values: dict[str, Any]) -> None:
        self.place["paper"] = "study"

    def _tell_names(self) -> str:
        return self._(
            "Letters, not names: who A, B and C are stands on the team's own paper. A pupil is named here only when "
            "the school has recorded the parents' consent to the Lesson Study (School → People and their data)."
        )

    def may_write(self, study: Row) -> bool:
        return self.is_learner and (self.own_id == study.by or self.own_id in study.members)

    # question, team, pupils

    def _form_study(self, study: Row | None) -> Part:
        about = {pupil["letter"]: pupil["about"] for pupil in study.pupils} if study else {}
        others = self.colleagues(*(study.members if study else ()))
        learners = {row.id for row in self.desk.rows("peer") if LEARNERS & set(row.roles)}
        fields = [
            parts.field(
                "question",
                self._("Our question about learning"),
                "area",
                study.question if study else "",
                needed=True,
                most=500,
                help=self._("For example: what helps pupils who read slowly to find the main thought?"),
            ),
            parts.field(
                "members",
                self._("Who studies with me"),
                "choices",
                study.members if study else [],
                choices=[each for each in others if each[0] in learners],
                needed=True,
            ),
            *(
                parts.field(
                    f"pupil{letter}",
                    self._("Case pupil {letter}: how they learn, without the name", letter=letter),
                    "area",
                    about.get(letter, ""),
                    needed=True,
                    most=500,
                    help=self._tell_names() if letter == LETTERS[0] else "",
                )
                for letter in LETTERS
            ),
        ]
        return parts.form(
            "save_study",
            fields,
            self._("Save"),
            key=f"study-{study.id if study else 'new'}",
            values={"id": study.id if study else 0, "version": study.version if study else 0},
            focus="" if study else "question",
        )

    @act
    def save_study(self, values: dict[str, Any]) -> Change:
        study = self.row("lesson_study", values["id"], values["version"]) if values["id"] else None
        founder = study.by if study else self.own_id
        members = list(dict.fromkeys([founder, *((study and [self.own_id]) or []), *values["members"]]))
        if len(members) < 2:
            raise FieldProblem("members", self._("Choose at least one colleague."))
        rounds = {pupil["letter"]: pupil["rounds"] for pupil in study.pupils} if study else {}
        pupils = [
            {"letter": letter, "about": values[f"pupil{letter}"], "rounds": rounds.get(letter, [])}
            for letter in LETTERS
        ]
        about = {"question": values["question"], "members": members, "pupils": pupils}
        what = self._("Lesson Study kept: {question}", question=values["question"][:120])
        if study:
            return Change(what, [alter("lesson_study", study, **about)])
        return Change(what, [add("lesson_study", by=self.own_id, **about)], {"form": "", "study": NEWEST})

    # one study

    def _show_study(self, study: Row) -> list[Part]:
        may = self.may_write(study)
        is_open = study.state == "open"
        return [
            self._back_to_studies(),
            parts.heading(study.question),
            parts.text(
                f"{self._('The team')}: " + "; ".join(self.person_and_school(each) for each in study.members)
            ),
            parts.card(
                self._("Three case pupils"),
                *(parts.text(f"{pupil['letter']} – {pupil['about']}") for pupil in study.pupils),
                parts.text(self._tell_names(), "quiet"),
                key="pupils",
            ),
            *(self._show_round(study, number, may=may and is_open) for number in range(len(study.rounds))),
            *([self._show_next(study)] if may and is_open else []),
            parts.row(
                parts.button(self._("Sheet to print"), "print_study"),
                *(self._close_buttons(study) if may else []),
            ),
            *(
                [parts.fold(self._("Change question, team, pupils"), self._form_study(study), key="about")]
                if may and is_open
                else []
            ),
        ]

    def _close_buttons(self, study: Row) -> list[Part]:
        seen = {"id": study.id, "version": study.version}
        if study.state == "closed":
            return [parts.button(self._("Open it again"), "close_study", {**seen, "state": "open"})]
        buttons = [parts.button(self._("Close the study"), "close_study", {**seen, "state": "closed"})]
        if not study.rounds:
            confirm = self._("Remove the study “{question}”?", question=study.question)
            buttons.append(
                parts.button(self._("Remove the study"), "remove_study", seen, tone="danger", confirm=confirm)
            )
        return buttons

    @act
    def close_study(self, values: dict[str, Any]) -> Change:
        study = self.row("lesson_study", values["id"], values["version"])
        what = self._("Lesson Study kept: {question}", question=study.question[:120])
        return Change(what, [alter("lesson_study", study, state=values["state"])])

    @act
    def remove_study(self, values: dict[str, Any]) -> Change:
        study = self.row("lesson_study", values["id"], values["version"])
        what = self._("Study removed: {question}", question=study.question[:120])
        return Change(what, [remove("lesson_study", study)], {"study": 0})

    # rounds

    def _said_of(self, pupil: dict[str, Any], number: int, what: str) -> str:
        rounds = pupil["rounds"]
        return str(rounds[number].get(what, "")) if number < len(rounds) else ""

    def _title_round(self, study: Row, number: int) -> str:
        on = study.rounds[number]["on"]
        return self._("Round {number}: {day}", number=number + 1, day=self.speech.date(on))

    def _show_round(self, study: Row, number: int, *, may: bool) -> Part:
        each = study.rounds[number]
        lines = [
            parts.line(
                pupil["letter"],
                letter=pupil["letter"],
                expected=self._said_of(pupil, number, "expected"),
                seen=self._said_of(pupil, number, "seen"),
            )
            for pupil in study.pupils
        ]
        columns = [
            parts.column("letter", self._("Case pupil")),
            parts.column("expected", self._("What we expect")),
            parts.column("seen", self._("What we saw")),
        ]
        title = self._title_round(study, number)
        is_last = number == len(study.rounds) - 1
        learned = (
            [parts.notice(f"{self._('What we learned')}: {each['learned']}", "good")]
            if each["learned"]
            else []
        )
        after = self._form_after(study, number)
        edit = parts.fold(
            self._("Change what we planned"), self._form_before(study, number), key=f"before-{number}"
        )
        forms = [
            after
            if not learned
            else parts.fold(self._("Change what we saw and learned"), after, key=f"after-{number}"),
            edit,
        ]
        return parts.card(
            title,
            parts.text(f"{self.person(each['teacher'])}. {each['plan']}"),
            parts.table(self._("The three pupils in the lesson"), columns, lines, key=f"round-{number}"),
            *learned,
            *(forms if may and is_last else []),
            key=f"round-{number}",
        )

    def _show_next(self, study: Row) -> Part:
        """The next lesson can be planned when something was learned from the last one."""
        if study.rounds and not study.rounds[-1]["learned"]:
            return parts.text(
                self._("The next round opens when you have written down what you learned."), "quiet"
            )
        title = self._("Plan the lesson anew") if study.rounds else self._("Plan the first lesson")
        return parts.card(title, self._form_before(study, len(study.rounds)), key="next")

    def _form_before(self, study: Row, number: int) -> Part:
        each = (
            study.rounds[number]
            if number < len(study.rounds)
            else {"on": self.desk.today, "teacher": None, "plan": ""}
        )
        team = [(member, self.person(member)) for member in study.members]
        fields = [
            parts.field("on", self._("Day of the lesson"), "date", each["on"], needed=True),
            parts.field(
                "teacher", self._("Who teaches it"), "choice", each["teacher"], choices=team, needed=True
            ),
            parts.field(
                "plan", self._("How we plan the lesson"), "area", each["plan"], most=3000, needed=True
            ),
            *(
                parts.field(
                    f"expected{pupil['letter']}",
                    self._("What we expect of pupil {letter}", letter=pupil["letter"]),
                    "area",
                    self._said_of(pupil, number, "expected"),
                    most=1000,
                    needed=True,
                )
                for pupil in study.pupils
            ),
        ]
        return parts.form(
            "save_before",
            fields,
            self._("Save the plan"),
            key=f"before-{study.id}-{number}",
            values=self._at(study, number),
        )

    def _form_after(self, study: Row, number: int) -> Part:
        fields = [
            *(
                parts.field(
                    f"seen{pupil['letter']}",
                    self._("What we saw of pupil {letter}", letter=pupil["letter"]),
                    "area",
                    self._said_of(pupil, number, "seen"),
                    most=1000,
                    needed=True,
                )
                for pupil in study.pupils
            ),
            parts.field(
                "learned",
                self._("What we learned"),
                "area",
                study.rounds[number]["learned"],
                most=2000,
                needed=True,
            ),
        ]
        return parts.form(
            "save_after",
            fields,
            self._("Save what we saw"),
            key=f"after-{study.id}-{number}",
            values=self._at(study, number),
        )

    def _at(self, study: Row, number: int) -> dict[str, Any]:
        return {"id": study.id, "version": study.version, "round": number}

    @act
    def save_before(self, values: dict[str, Any]) -> Change:
        study, number = self.row("lesson_study", values["id"], values["version"]), values["round"]
        old = study.rounds[number] if number < len(study.rounds) else {"learned": ""}
        new = old | {name: values[name] for name in ("on", "teacher", "plan")}
        return self._keep_round(
            study,
            number,
            new,
            {"expected": {pupil["letter"]: values[f"expected{pupil['letter']}"] for pupil in study.pupils}},
        )

    @act
    def save_after(self, values: dict[str, Any]) -> Change:
        study, number = self.row("lesson_study", values["id"], values["version"]), values["round"]
        new = study.rounds[number] | {"learned": values["learned"]}
        return self._keep_round(
            study,
            number,
            new,
            {"seen": {pupil["letter"]: values[f"seen{pupil['letter']}"] for pupil in study.pupils}},
        )

    def _keep_round(
        self, study: Row, number: int, new: dict[str, Any], said: dict[str, dict[str, str]]
    ) -> Change:
        rounds = [*study.rounds[:number], new, *study.rounds[number + 1 :]]
        pupils = []
        for pupil in study.pupils:
            own = [*pupil["rounds"], *({} for _ in range(number + 1 - len(pupil["rounds"])))]
            own[number] = own[number] | {what: texts[pupil["letter"]] for what, texts in said.items()}
            pupils.append(pupil | {"rounds": own})
        what = self._("Lesson Study kept: {question}", question=study.question[:120])
        return Change(what, [alter("lesson_study", study, rounds=rounds, pupils=pupils)])

    def _paper_of_study(self, study: Row) -> str:
        rounds = [
            {
                "title": self._title_round(study, number),
                "teacher": self.person(each["teacher"]),
                "plan": each["plan"],
                "learned": each["learned"],
                "pupils": [
                    (
                        pupil["letter"],
                        self._said_of(pupil, number, "expected"),
                        self._said_of(pupil, number, "seen"),
                    )
                    for pupil in study.pupils
                ],
            }
            for number, each in enumerate(study.rounds)
        ]
        members = [self.person_and_school(each) for each in study.members]
        return render(
            "peers/study.html", _=self._, study=study, members=members, pupils=study.pupils, rounds=rounds
        )
