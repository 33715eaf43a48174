"""The computer room's rota: groups and turns of a class, a week of several classes, a card for the door."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sandyq.authoring.front import SCREEN_MINUTES
from sandyq.rotas import DAYS, LESSONS_A_DAY, LIMITS, SHORTEST_TURN, is_rota
from sandyq_apps.kit import parts
from sandyq_apps.kit.app import App, FieldProblem, act
from sandyq_apps.kit.desk import Change, Row, add, alter, remove
from sandyq_apps.kit.papers import render
from sandyq_apps.kit.parts import Part
from sandyq_apps.rota_plan import Lesson, Rota, Week, plan_lesson, plan_week, seat

STARTS: Final = "08:30"
BROKEN: Final = (
    "This rota cannot be shown: something in it is missing or wrong. Open it and fill in its form."
)


def _within(name: str) -> dict[str, Any]:
    return dict(zip(("least", "most"), LIMITS[name], strict=True))


def _about(rota: Row | None) -> dict[str, Any]:
    """Return what a rota says; nothing when there is none, or one that was kept before it was checked."""
    return dict(rota.about) if rota and is_rota(rota.about) else {}


def minute(start: str, after: int) -> str:
    """Return the clock time so many minutes after ``08:30``."""
    hours, minutes = start.split(":")
    total = int(hours) * 60 + int(minutes) + after
    return f"{total // 60 % 24:02}:{total % 60:02}"


class ComputerRota(App):
    title = "Computer room rota"
    help = (
        "Too few computers for a class, or several classes for a few computers: the app makes groups with equal turns, "
        "within the screen time that the grade may have, and a card for the door.\n"
        "For one class: say how many computers work. For a week: say which classes share them and at which lessons."
    )
    sheets = ("rota", "pupil", "class")
    start = {"rota": 0, "new": "", "lesson": 0}  # noqa: RUF012

    def view(self) -> list[Part]:
        rota = self.desk.find("rota", self.place["rota"])
        if rota and not is_rota(rota.about):
            return self._view_broken(rota)
        if rota and rota.about["mode"] == "class":
            return self._view_class(rota)
        if rota:
            return self._view_week(rota)
        if self.place["new"]:
            return [self._form_class(None) if self.place["new"] == "class" else self._form_week(None)]
        return self._view_list()

    # all rotas

    def _view_list(self) -> list[Part]:
        new = parts.row(
            parts.button(self._("Turns in one class"), "begin", {"new": "class"}, tone="primary"),
            parts.button(self._("Classes of a week"), "begin", {"new": "week"}, tone="primary"),
        )
        rotas = self.desk.rows("rota")
        if not rotas:
            words = self._(
                "Choose what is scarce: computers within one lesson, or lessons for several classes."
            )
            return [parts.empty(self._("No rota yet"), words, new)]
        return [new, *(self._show_card(rota) for rota in rotas)]

    def _show_card(self, rota: Row) -> Part:
        return parts.card(
            rota.name,
            parts.text(self._describe(rota), "quiet"),
            parts.row(
                parts.button(self._("Open"), "open_rota", {"rota": rota.id}, key=f"open-{rota.id}"),
                parts.button(
                    self._("Remove"),
                    "remove_rota",
                    {"id": rota.id, "version": rota.version},
                    tone="danger",
                    confirm=self._("Remove the rota “{name}”?", name=rota.name),
                ),
            ),
            key=f"rota-{rota.id}",
        )

    def _describe(self, rota: Row) -> str:
        if not is_rota(rota.about):
            return self._(BROKEN)
        computers = self.speech.count("{count} computer", "{count} computers", rota.about["computers"])
        if rota.about["mode"] == "week":
            names = ", ".join(self._class_name(each["class"]) for each in rota.about["classes"])
            return f"{computers} · {names}"
        return f"{computers} · {self._class_name(rota.about['class'])}"

    def _class_name(self, class_id: int) -> str:
        group = self.desk.find("class", class_id)
        return str(group.name) if group else self._("a class of an earlier year")

    def _children(self, class_id: int) -> list[str]:
        return [str(pupil.name) for pupil in self.desk.rows("pupil") if pupil.class_id == class_id]

    def _grade(self, class_id: int) -> int:
        """Return the lowest grade of a class: its limit holds for all."""
        group = self.desk.find("class", class_id)
        return int(min(group.grades)) if group and group.grades else 1

    @act
    def begin(self, values: dict[str, Any]) -> None:
        self.place |= {"new": values["new"], "rota": 0}

    @act
    def open_rota(self, values: dict[str, Any]) -> None:
        self.place |= {"rota": values["rota"], "new": "", "lesson": 0}

    @act
    def remove_rota(self, values: dict[str, Any]) -> Change:
        row = self.row("rota", values["id"], values["version"])
        what = self._("Rota removed: {name}", name=row.name)
        return Change(what, [remove("rota", row)], {"rota": 0, "new": ""})

    # one class

    def _form_class(self, rota: Row | None) -> Part:
        about = _about(rota)
        groups = [(group.id, group.name) for group in self.desk.rows("class")]
        fields = [
            parts.field("class", self._("Class"), "choice", about.get("class"), choices=groups, needed=True),
            parts.field(
                "computers",
                self._("Computers that work"),
                "number",
                about.get("computers"),
                **_within("computers"),
                needed=True,
            ),
            parts.field(
                "start", self._("The lesson begins at"), "time", about.get("start", STARTS), needed=True
            ),
            parts.field(
                "minutes",
                self._("Minutes of the lesson"),
                "number",
                about.get("minutes", 45),
                **_within("minutes"),
                needed=True,
            ),
            parts.field(
                "edges",
                self._("Minutes without computers"),
                "number",
                about.get("edges", 10),
                **_within("edges"),
                help=self._("To begin and to end the lesson together."),
                needed=True,
            ),
            parts.field("pairs", self._("Two at one computer"), "check", about.get("pairs", True)),
        ]
        return self._card_form("save_class", fields, rota)

    def _card_form(self, act_name: str, fields: list[Part], rota: Row | None) -> Part:
        form = parts.form(
            act_name,
            fields,
            self._("Make the rota"),
            key=f"{act_name}-{rota.id if rota else 'new'}",
            values={"id": rota.id if rota else 0, "version": rota.version if rota else 0},
            cancel=None if rota else parts.button(self._("Back to all rotas"), "open_rota", {"rota": 0}),
        )
        return parts.card(self._("Computers and time"), form, key="form")

    @act
    def save_class(self, values: dict[str, Any]) -> Change:
        about = {
            "mode": "class",
            **{name: values[name] for name in ("class", "computers", "start", "minutes", "edges", "pairs")},
        }
        if not self._children(values["class"]):
            raise FieldProblem("class", self._("Nobody is in this class. Choose another one."))
        self._plan(about)
        return self._keep_rota(values, self._class_name(values["class"]), about)

    def _keep_rota(self, values: dict[str, Any], name: str, about: dict[str, Any]) -> Change:
        what = self._("Rota made: {name}", name=name)
        if values["id"]:
            row = self.row("rota", values["id"], values["version"])
            return Change(what, [alter("rota", row, name=name, about=about)])
        return Change(what, [add("rota", name=name, about=about)], {"new": ""})

    def _plan(self, about: dict[str, Any], number: int = 0) -> Rota:
        """Return the rota of one class; FieldProblem for too little time."""
        lesson = Lesson(
            len(self._children(about["class"])) or 1,
            about["computers"],
            self._grade(about["class"]),
            about["minutes"],
            about["edges"],
            about["pairs"],
        )
        try:
            return plan_lesson(lesson, number)
        except ValueError:
            problem = self._(
                "Too little time is left at the computers. Leave at least {minutes} minutes.",
                minutes=SHORTEST_TURN,
            )
            raise FieldProblem("edges", problem) from None

    def _view_class(self, rota: Row) -> list[Part]:
        if not self._children(rota.about["class"]):
            return self._view_nobody(
                rota, self._("Nobody is in this class. Choose another one."), self._form_class
            )
        plan = self._plan(rota.about, self.place["lesson"])
        limit = SCREEN_MINUTES[self._grade(rota.about["class"])]
        return [
            parts.button(f"← {self._('Back to all rotas')}", "open_rota", {"rota": 0}),
            parts.heading(rota.name),
            parts.figures(
                parts.figure(self._("Groups"), str(len(plan.sizes)), " + ".join(map(str, plan.sizes))),
                parts.figure(
                    self._("A turn lasts"),
                    self._("{minutes} min", minutes=plan.minutes),
                    self._("the grade may have {minutes} min without a break", minutes=limit),
                ),
                parts.figure(
                    self._("Everybody has had a turn after"),
                    self.speech.count("{count} lesson", "{count} lessons", plan.lessons),
                ),
            ),
            *self._choose_lesson(plan),
            parts.paper(rota.name, self._card(rota, plan)),
            parts.fold(self._("Change computers and time"), self._form_class(rota)),
        ]

    def _view_broken(self, rota: Row) -> list[Part]:
        """A row that was kept before rotas were checked: what is wrong, and the form that mends it."""
        mode = rota.about.get("mode") if isinstance(rota.about, dict) else None
        form = self._form_week if mode == "week" else self._form_class
        return self._view_nobody(rota, self._(BROKEN), form)

    def _view_nobody(self, rota: Row, words: str, form: Callable[[Row | None], Part]) -> list[Part]:
        """What stands for a rota whose classes ended with their year: no card for the door, but the form."""
        return [
            parts.button(f"← {self._('Back to all rotas')}", "open_rota", {"rota": 0}),
            parts.heading(rota.name),
            parts.notice(words, "warn"),
            form(rota),
        ]

    def _choose_lesson(self, plan: Rota) -> list[Part]:
        if plan.lessons == 1:
            return []
        names = [
            (str(number), self._("Lesson {number}", number=number + 1)) for number in range(plan.lessons)
        ]
        return [
            parts.text(self._("One lesson is too short for all groups: the others come in the next one.")),
            parts.tabs("choose_lesson", str(self.place["lesson"]), names),
        ]

    @act
    def choose_lesson(self, values: dict[str, Any]) -> None:
        self.place["lesson"] = int(values["tab"])

    def _card(self, rota: Row, plan: Rota) -> str:
        """The card for the door: when each group comes, and who sits where."""
        about = rota.about
        seats = seat(self._children(about["class"]), plan.sizes, about["computers"])
        turns = [
            {
                "from": minute(about["start"], turn.start),
                "to": minute(about["start"], turn.end),
                "swap": minute(about["start"], turn.swap) if turn.swap is not None else "",
                "group": turn.group + 1,
            }
            for turn in plan.turns
        ]
        return render(
            "rota/card.html", _=self._, name=rota.name, school=self.desk.school.name, turns=turns, seats=seats
        )

    # a week

    def _form_week(self, rota: Row | None) -> Part:
        about = _about(rota)
        groups = [(group.id, group.name) for group in self.desk.rows("class")]
        lessons = [(number, str(number)) for number in range(1, LESSONS_A_DAY + 1)]
        fields = [
            parts.field(
                "name",
                self._("Name of the rota"),
                value=rota.name if rota else self._("Computer room"),
                needed=True,
                most=100,
            ),
            parts.field(
                "computers",
                self._("Computers that work"),
                "number",
                about.get("computers"),
                **_within("computers"),
                needed=True,
            ),
            parts.field(
                "classes",
                self._("Classes that share them"),
                "choices",
                [each["class"] for each in about.get("classes", [])],
                choices=groups,
                needed=True,
            ),
            *(
                parts.field(
                    f"day{day}",
                    f"{self.speech.weekday(day).capitalize()}: {self._('lessons at which the computers are free')}",
                    "choices",
                    [lesson for on, lesson in about.get("free", []) if on == day],
                    choices=lessons,
                )
                for day in range(DAYS)
            ),
            parts.field(
                "a_day",
                self._("At most so many lessons a class and day"),
                "number",
                about.get("a_day", 1),
                **_within("a_day"),
                needed=True,
            ),
        ]
        return self._card_form("save_week", fields, rota)

    @act
    def save_week(self, values: dict[str, Any]) -> Change:
        free = [[day, lesson] for day in range(DAYS) for lesson in sorted(values[f"day{day}"])]
        if not free:
            raise FieldProblem("day0", self._("Choose at least one lesson of the week."))
        old = _about(self.desk.find("rota", values["id"]))
        cannot = {each["class"]: each["cannot"] for each in old.get("classes", [])}
        about = {
            "mode": "week",
            "computers": values["computers"],
            "free": free,
            "a_day": values["a_day"],
            "classes": [{"class": each, "cannot": cannot.get(each, [])} for each in values["classes"]],
        }
        return self._keep_rota(values, values["name"], about)

    def _view_week(self, rota: Row) -> list[Part]:
        about = rota.about
        free = [(day, lesson) for day, lesson in about["free"]]
        can = {
            each["class"]: frozenset(free) - {(day, lesson) for day, lesson in each["cannot"]}
            for each in about["classes"]
            if self.desk.find("class", each["class"])
        }
        gone = self._(
            "Classes of an earlier year get no lessons any more. Choose this year's classes in the form."
        )
        if not can:
            return self._view_nobody(rota, gone, self._form_week)
        week = plan_week(free, can, about["a_day"])
        return [
            parts.button(f"← {self._('Back to all rotas')}", "open_rota", {"rota": 0}),
            parts.heading(rota.name),
            *([parts.notice(gone, "warn")] if len(can) < len(about["classes"]) else []),
            self._show_turns(rota, week),
            parts.paper(rota.name, self._week_card(rota, week)),
            self._show_cannot(rota, free),
            parts.fold(self._("Change computers and time"), self._form_week(rota)),
        ]

    def _show_turns(self, rota: Row, week: Week) -> Part:
        lines = []
        for class_id, turns in week.turns.items():
            children = len(self._children(class_id))
            seats = rota.about["computers"] * 2
            groups = -(-children // seats) if children else 0
            lines.append(
                parts.line(
                    class_id,
                    name=self._class_name(class_id),
                    turns=parts.cell(str(turns), sort=turns, tone="danger" if not turns else ""),
                    children=children,
                    groups=self._("all at once, in pairs")
                    if groups <= 1
                    else self._("{count} groups in turns", count=groups),
                    limit=self._("{minutes} min", minutes=SCREEN_MINUTES[self._grade(class_id)]),
                )
            )
        columns = [
            parts.column("name", self._("Class")),
            parts.column("turns", self._("Lessons a week"), "number"),
            parts.column("children", self._("Children"), "number"),
            parts.column("groups", self._("At the computers")),
            parts.column("limit", self._("Screen time without a break"), "number"),
        ]
        return parts.table(self._("What each class gets"), columns, lines)

    def _show_cannot(self, rota: Row, free: list[tuple[int, int]]) -> Part:
        choices = [
            ([day, lesson], f"{self.speech.weekday(day, short=True)} {lesson}") for day, lesson in free
        ]
        forms = [
            parts.form(
                "save_cannot",
                [
                    parts.field(
                        "cannot",
                        self._class_name(each["class"]),
                        "choices",
                        each["cannot"],
                        choices=choices,
                        wide=True,
                    )
                ],
                self._("Save"),
                key=f"cannot-{rota.id}-{each['class']}",
                values={"id": rota.id, "version": rota.version, "class": each["class"]},
            )
            for each in rota.about["classes"]
            if self.desk.find("class", each["class"])
        ]
        return parts.fold(self._("When a class cannot come"), *forms)

    @act
    def save_cannot(self, values: dict[str, Any]) -> Change:
        row = self.row("rota", values["id"], values["version"])
        classes = [
            each | {"cannot": values["cannot"]} if each["class"] == values["class"] else each
            for each in row.about["classes"]
        ]
        what = self._("When {name} cannot come", name=self._class_name(values["class"]))
        return Change(what, [alter("rota", row, about=row.about | {"classes": classes})])

    def _week_card(self, rota: Row, week: Week) -> str:
        days = [self.speech.weekday(day) for day in range(DAYS)]
        lessons = sorted({lesson for _, lesson in rota.about["free"]})
        free = {(day, lesson) for day, lesson in rota.about["free"]}
        rows = [
            (
                lesson,
                [
                    self._class_name(week.given[day, lesson])
                    if (day, lesson) in week.given
                    else ("" if (day, lesson) in free else "–")
                    for day in range(DAYS)
                ],
            )
            for lesson in lessons
        ]
        return render(
            "rota/week.html", _=self._, name=rota.name, school=self.desk.school.name, days=days, rows=rows
        )
