"""Courses: modules in an order, what to do before and after each, what it takes to complete."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from sandyq.i18n import LANGUAGE_NAMES
from sandyq_apps.kit import parts
from sandyq_apps.kit.app import FieldProblem, act
from sandyq_apps.kit.desk import Change, Row, add, alter, remove
from sandyq_apps.kit.parts import Part
from sandyq_apps.training_book import Book

if TYPE_CHECKING:
    from sandyq_apps.kit.app import App as Page
else:
    Page = object

PROGRAMMES: Final = {"literacy": "For teachers: literacy", "management": "For administrators: management"}
KEY: Final = re.compile(r"[a-z0-9-]{1,40}")


class CoursePages(Page):
    book: Book

    def view_courses(self) -> list[Part]:
        course = self.desk.find("training", self.place["course"])
        if self.place["new"] == "course":
            return [parts.card(self._("A new course"), self._form_course(None), key="new-course")]
        if course:
            return self._view_course(course)
        new = parts.button(self._("Make a course"), "begin_group", {"new": "course"}, tone="primary")
        courses = self.desk.rows("training")
        if not courses:
            words = self._("A course is a path of modules; each has a lesson, a session and a practice task.")
            return [parts.empty(self._("No course yet"), words, new)]
        return [parts.row(new), *(self._card_course(each) for each in courses)]

    def _card_course(self, course: Row) -> Part:
        modules = self.speech.count("{count} module", "{count} modules", len(course.modules))
        hours = self._("{hours} hours", hours=sum(int(each.get("hours") or 0) for each in course.modules))
        return parts.card(
            self.speech.name(course.names),
            parts.text(f"{self.speech(PROGRAMMES[course.programme])} · {modules} · {hours}", "quiet"),
            parts.button(self._("Open"), "open_course", {"course": course.id}, key=f"course-{course.id}"),
            key=f"course-card-{course.id}",
        )

    @act
    def open_course(self, values: dict[str, Any]) -> None:
        self.place |= {"course": values["course"], "module": "", "new": ""}

    def _form_course(self, course: Row | None) -> Part:
        fields = [
            parts.field(
                "programme",
                self._("For whom"),
                "radio",
                course.programme if course else "literacy",
                choices=[(key, self.speech(words)) for key, words in PROGRAMMES.items()],
                needed=True,
            ),
            *self._names("name", self._("Name in the language {language}"), course.names if course else {}),
            parts.field(
                "share",
                self._("Needed of sessions and exam, percent"),
                "number",
                round(course.pass_share * 100) if course else 60,
                least=1,
                most=100,
                needed=True,
            ),
        ]
        if course is None:
            choices = [(key, self.speech.name(each["names"])) for key, each in self._pool().items()]
            fields.append(
                parts.field(
                    "modules",
                    self._("Modules"),
                    "choices",
                    choices=choices,
                    help=self._("Their order is set afterwards; modules of your own are added there, too."),
                )
            )
        return parts.form(
            "save_course",
            fields,
            self._("Save"),
            key=f"course-{course.id if course else 'new'}",
            values={"id": course.id if course else 0, "version": course.version if course else 0},
            cancel=None if course else parts.button(self._("Cancel"), "begin_group", {"new": ""}),
        )

    def _names(
        self, key: str, label: str, names: dict[str, str], kind: str = "text", most: int = 200
    ) -> list[Part]:
        return [
            parts.field(
                f"{key}_{language}",
                label.format(language=name),
                kind,
                names.get(language, ""),
                needed=key == "name" and language != "en",
                most=most,
            )
            for language, name in LANGUAGE_NAMES.items()
        ]

    def _pool(self) -> dict[str, dict[str, Any]]:
        """Return all modules of all courses by key."""
        return {each["key"]: each for course in self.desk.rows("training") for each in course.modules}

    @act
    def save_course(self, values: dict[str, Any]) -> Change:
        names = {language: values[f"name_{language}"] for language in LANGUAGE_NAMES}
        fields: dict[str, Any] = {
            "programme": values["programme"],
            "names": names,
            "pass_share": values["share"] / 100,
        }
        what = self._("Course saved: {name}", name=self.speech.name(names))
        if values["id"]:
            row = self.row("training", values["id"], values["version"])
            return Change(what, [alter("training", row, **fields)])
        if not values["modules"]:
            raise FieldProblem("modules", self._("Choose at least one module; others can be added later."))
        modules = [each for key, each in self._pool().items() if key in values["modules"]]
        return Change(what, [add("training", modules=modules, **fields)], {"new": ""})

    # one course

    def _view_course(self, course: Row) -> list[Part]:
        groups = [each for each in self.desk.rows("training_group") if each.training_id == course.id]
        drop = parts.button(
            self._("Remove the course"),
            "remove_course",
            {"id": course.id, "version": course.version},
            tone="danger",
            confirm=self._("Remove the course “{name}”?", name=self.speech.name(course.names)),
        )
        return [
            parts.button(f"← {self._('All courses')}", "open_course", {"course": 0}),
            parts.heading(self.speech.name(course.names)),
            self._table_modules(course),
            *self._edit_module(course),
            parts.fold(self._("Name and conditions"), self._form_course(course), key="about"),
            *([] if groups else [parts.row(drop)]),
        ]

    def _table_modules(self, course: Row) -> Part:
        lines = []
        for number, each in enumerate(course.modules, start=1):
            values = {"id": course.id, "version": course.version, "module": each["key"]}
            name = self.speech.name(each["names"])
            lines.append(
                parts.line(
                    each["key"],
                    number=number,
                    name=parts.cell(name, act="open_module", values={"module": each["key"]}),
                    hours=int(each.get("hours") or 0),
                    acts=[
                        parts.button(
                            self._("Up"), "move_module", values, off=number == 1, key=f"up-{each['key']}"
                        ),
                        parts.button(
                            self._("Take out"),
                            "drop_module",
                            values,
                            off=len(course.modules) == 1,
                            confirm=self._("Take “{name}” out of the course?", name=name),
                            key=f"drop-{each['key']}",
                        ),
                    ],
                )
            )
        columns = [
            parts.column("number", "№", "number"),
            parts.column("name", self._("Module"), wide=True),
            parts.column("hours", self._("Hours"), "number"),
            parts.column("acts", ""),
        ]
        return parts.table(self._("Modules"), columns, lines, key=f"modules-{course.id}")

    def _edit_module(self, course: Row) -> list[Part]:
        module = next((each for each in course.modules if each["key"] == self.place["module"]), None)
        if module:
            name = self.speech.name(module["names"])
            return [parts.card(name, self._form_module(course, module), key="module")]
        inside = {each["key"] for each in course.modules}
        others = [
            (key, self.speech.name(each["names"])) for key, each in self._pool().items() if key not in inside
        ]
        values = {"id": course.id, "version": course.version}
        known = parts.form(
            "add_module",
            [parts.field("module", self._("Module"), "choice", choices=others, needed=True)],
            self._("Add"),
            key=f"add-module-{course.id}",
            values=values,
        )
        return [
            *([parts.fold(self._("Add a module of another course"), known, key="known")] if others else []),
            parts.fold(self._("Write a module of your own"), self._form_module(course, None), key="own"),
        ]

    def _form_module(self, course: Row, module: dict[str, Any] | None) -> Part:
        about = module or {}
        fields = [
            *self._names("name", self._("Name in the language {language}"), about.get("names") or {}),
            parts.field(
                "lesson",
                self._("Lesson: the last word of its address"),
                value=about.get("lesson", ""),
                needed=True,
                most=40,
                help=self._("Such as item-analysis."),
            ),
            parts.field(
                "hours", self._("Hours"), "number", about.get("hours", 4), least=1, most=200, needed=True
            ),
            *self._names(
                "before",
                self._("Task before the session ({language})"),
                about.get("before") or {},
                "area",
                1000,
            ),
            *self._names(
                "practice", self._("Practice task ({language})"), about.get("practice") or {}, "area", 1000
            ),
        ]
        return parts.form(
            "save_module",
            fields,
            self._("Save"),
            key=f"module-{course.id}-{about.get('key', 'new')}",
            values={"id": course.id, "version": course.version, "key": about.get("key", "")},
            cancel=parts.button(self._("Cancel"), "open_module", {"module": ""}) if module else None,
        )

    @act
    def open_module(self, values: dict[str, Any]) -> None:
        self.place["module"] = values["module"]

    @act
    def save_module(self, values: dict[str, Any]) -> Change:
        course = self.row("training", values["id"], values["version"])
        if not KEY.fullmatch(values["lesson"]):
            raise FieldProblem("lesson", self._("Small Latin letters, digits and dashes only."))
        key = values["key"] or values["lesson"]
        if not values["key"] and any(each["key"] == key for each in course.modules):
            raise FieldProblem("lesson", self._("This module is in the course already."))
        fresh: dict[str, Any] = {"key": key, "lesson": values["lesson"], "hours": values["hours"]}
        for part in ("name", "before", "practice"):
            texts = {language: values[f"{part}_{language}"] for language in LANGUAGE_NAMES}
            fresh["names" if part == "name" else part] = texts
        modules = [fresh if each["key"] == key else each for each in course.modules]
        if not values["key"]:
            modules.append(fresh)
        return self._keep_modules(course, modules)

    def _keep_modules(self, course: Row, modules: list[dict[str, Any]]) -> Change:
        what = self._("Modules changed: {name}", name=self.speech.name(course.names))
        return Change(what, [alter("training", course, modules=modules)], {"module": ""})

    @act
    def add_module(self, values: dict[str, Any]) -> Change:
        course = self.row("training", values["id"], values["version"])
        return self._keep_modules(course, [*course.modules, self._pool()[values["module"]]])

    @act
    def move_module(self, values: dict[str, Any]) -> Change:
        course = self.row("training", values["id"], values["version"])
        modules = list(course.modules)
        place = next(place for place, each in enumerate(modules) if each["key"] == values["module"])
        modules.insert(max(place - 1, 0), modules.pop(place))
        return self._keep_modules(course, modules)

    @act
    def drop_module(self, values: dict[str, Any]) -> Change:
        course = self.row("training", values["id"], values["version"])
        return self._keep_modules(
            course, [each for each in course.modules if each["key"] != values["module"]]
        )

    @act
    def remove_course(self, values: dict[str, Any]) -> Change:
        row = self.row("training", values["id"], values["version"])
        what = self._("Course removed: {name}", name=self.speech.name(row.names))
        return Change(what, [remove("training", row)], {"course": 0})
