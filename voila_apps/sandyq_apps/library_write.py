"""Writing for the library: one's own works, a form for each kind, offering, a new edition, adapting a colleague's."""

from __future__ import annotations

from typing import Any, Final

from sandyq.i18n import LANGUAGE_NAMES
from sandyq.item_bank import read_kind
from sandyq.library import list_licences_after
from sandyq_apps.kit import parts
from sandyq_apps.kit.app import FieldProblem, Problem, act
from sandyq_apps.kit.desk import Change, Row, add, alter, remove
from sandyq_apps.kit.parts import Part
from sandyq_apps.library_data import count_use
from sandyq_apps.library_item import CELL, FORMS, Cell, read_cell, read_values, tell_problem, write_cell
from sandyq_apps.library_item_form import ITEM_KINDS, ItemForms
from sandyq_apps.library_words import KINDS
from sandyq_widgets.errors import QuestionError

NEWEST: Final = -1
"""The place after a new one was saved, whose number only the portal knew."""
CONTENT: Final = ("title", "language", "licence", "grades", "competences", "body", "lesson")
LONGEST: Final = 45_000


class WritePages(ItemForms):
    titles: dict[str, str]
    """Of lessons, by slug."""

    def show_mine(self) -> list[Part]:
        own = sorted(self.shelf.own(), key=lambda work: -work.id)
        if not own:
            words = self._(
                "Begin with one item: choose its kind, fill in the form, try it, offer it. Two colleagues judge it, "
                "and others can ask it in their lessons, with your name beside it."
            )
            return [
                parts.empty(self._("You have written nothing for the library yet"), words, self._ask_kind())
            ]
        lines = [
            parts.line(
                work.id,
                title=self.title_of(work),
                kind=self.tell_kind(work.kind),
                edition=work.edition,
                state=self.cell_of_state(work),
                uses=count_use(self.shelf.uses(work))[0],
                back=len(self.shelf.given_back(work)) or None,
            )
            for work in own
        ]
        columns = [
            parts.column("title", self._("Title"), wide=True),
            parts.column("kind", self._("Kind")),
            parts.column("edition", self._("Edition"), "number"),
            parts.column("state", self._("State")),
            parts.column("uses", self._("Used"), "number"),
            parts.column("back", self._("Given back"), "number"),
        ]
        return [
            parts.card(self._("Write something new"), self._ask_kind(), key="new"),
            parts.table(self._("My works"), columns, lines, key="mine"),
        ]

    def _ask_kind(self) -> Part:
        buttons = [
            parts.button(
                self.tell_kind(kind),
                "begin_new",
                {"kind": kind},
                tone="primary" if kind == "item" else "",
                key=f"new-{kind}",
            )
            for kind in KINDS
        ]
        return parts.row(*buttons)

    @act
    def begin_new(self, values: dict[str, Any]) -> None:
        form = "kind" if values["kind"] == "item" else "new"
        self.place |= {"form": form, "kind": values["kind"], "parent": 0, "work": 0}

    @act
    def begin_item(self, values: dict[str, Any]) -> None:
        self.place |= {"form": f"item-{values['kind']}", "kind": "item"}

    @act
    def begin_form(self, values: dict[str, Any]) -> None:
        work = self.row("resource", values["work"])
        self.place |= {"form": self._choose_form(work), "kind": work.kind, "work": work.id, "parent": 0}

    @act
    def adapt(self, values: dict[str, Any]) -> None:
        """Begin a copy of a colleague's work."""
        work = self.row("resource", values["parent"])
        self.place |= {"form": self._choose_form(work), "kind": work.kind, "work": 0, "parent": work.id}

    def _choose_form(self, work: Row) -> str:
        return f"item-{read_values(work.body)[0]}" if work.kind == "item" else "new"

    @act
    def write_as_cell(self, _values: dict[str, Any]) -> None:
        self.place["form"] = f"item-{CELL}"

    @act
    def close_form(self, _values: dict[str, Any]) -> None:
        self.place |= {"form": "", "kind": "", "parent": 0}

    # the form

    def show_form(self) -> list[Part]:
        back = parts.row(parts.button(f"← {self._('Back')}", "close_form"))
        if self.place["form"] == "kind":
            return [back, *self._show_item_kinds()]
        old, parent = (self.shelf.works.get(self.place[name]) for name in ("work", "parent"))
        from_row = old or parent
        item_kind = self.place["form"].partition("-")[2]
        title = self._(ITEM_KINDS[item_kind]) if item_kind else self.tell_kind(self.place["kind"])
        fields = [
            self._ask_title(old, parent),
            *(self.ask_item(item_kind, from_row) if item_kind else [self._ask_body(from_row)]),
            *self._ask_about(from_row, parent or (self.shelf.works.get(old.parent_id) if old else None)),
        ]
        values = {"item": item_kind, "id": old.id if old else 0, "version": old.version if old else 0}
        form = parts.form(
            "save_work",
            fields,
            self._("Save and look at it"),
            key=f"work-{old.id if old else 'new'}-{parent.id if parent else 0}-{self.place['form']}",
            values=values | {"parent": parent.id if parent else 0, "kind": self.place["kind"]},
            cancel=parts.button(self._("Cancel"), "close_form"),
            focus="" if from_row else "title",
        )
        return [back, parts.heading(title), *self._warn(old, parent), *self._offer_cell(item_kind, old), form]

    def _show_item_kinds(self) -> list[Part]:
        words = self._("What should the pupil do? You write no code: the form asks for all that is needed.")
        buttons = [
            parts.button(self._(ITEM_KINDS[kind]), "begin_item", {"kind": kind}, key=f"kind-{kind}")
            for kind in FORMS
        ]
        paste = parts.button(
            self._(ITEM_KINDS[CELL]), "begin_item", {"kind": CELL}, tone="quiet", key="kind-cell"
        )
        return [
            parts.heading(self._("What kind of item?")),
            parts.text(words),
            parts.row(*buttons),
            parts.row(paste),
        ]

    def _warn(self, old: Row | None, parent: Row | None) -> list[Part]:
        if parent:
            credit = self._("This is a copy that you change. The first author is named: {credit}", credit=self.tell_credit(parent))  # fmt: skip # noqa: E501
            return [parts.notice(credit, "quiet")]
        if old and self._is_closed(old):
            words = self._(
                "What you save is edition {number}: it is judged anew. "
                "What was said of edition {before} stays with it.",
                number=old.edition + 1,
                before=old.edition,
            )
            return [parts.notice(words, "warn")]
        return []

    def _offer_cell(self, item_kind: str, old: Row | None) -> list[Part]:
        """A form cannot say everything that a cell can."""
        if not item_kind or item_kind == CELL or old is None:
            return []
        return [parts.row(parts.button(self._("Change it as a cell instead"), "write_as_cell", tone="quiet"))]

    def _ask_title(self, old: Row | None, parent: Row | None) -> Part:
        value = (old or parent or Row(title="")).title
        return parts.field(
            "title",
            self._("Title"),
            value=value,
            needed=True,
            most=200,
            wide=True,
            help=self._("By which a colleague finds it: what it is about, not “test 1”."),
        )

    def _ask_body(self, work: Row | None) -> Part:
        return parts.field(
            "body",
            self._("Text"),
            "area",
            work.body if work else "",
            needed=True,
            most=LONGEST,
            help=self._(
                "An empty line begins a paragraph; “- ” a list; “## ” a heading; **bold**. Give aim, time, steps, "
                "answers: a colleague who cannot ask you must be able to teach it."
            ),
        )

    def _ask_about(self, work: Row | None, parent: Row | None) -> list[Part]:
        language = work.language if work else self.speech.language
        allowed = list_licences_after(parent.licence if parent else None)
        licence = work.licence if work and work.licence in allowed else allowed[0]
        lessons = sorted(self.titles.items(), key=lambda each: each[1])
        return [
            parts.field(
                "language",
                self._("Language"),
                "choice",
                language,
                choices=list(LANGUAGE_NAMES.items()),
                needed=True,
            ),
            parts.field(
                "grades",
                self._("Grades"),
                "choices",
                work.grades if work else [],
                choices=[(each, str(each)) for each in range(1, 12)],
                needed=True,
            ),
            *[
                parts.field(
                    f"competence{number}",
                    self._("Competence") if number == 1 else self._("Another competence"),
                    "choice",
                    work.competences[number - 1] if work and len(work.competences) >= number else None,
                    choices=self.list_competences(),
                    needed=number == 1,
                )
                for number in (1, 2, 3)
            ],
            parts.field(
                "lesson",
                self._("Belongs to the lesson"),
                "choice",
                (work.lesson or None) if work else None,
                choices=lessons,
            ),
            parts.field(
                "licence",
                self._("What may others do with it?"),
                "radio",
                licence,
                choices=self.list_licences(allowed),
                needed=True,
                help=self._(
                    "What you once offered under a licence stays so for whoever took it. Take texts and pictures of "
                    "others only where their licence allows it, and name them."
                ),
            ),
        ]

    # keeping

    @act
    def save_work(self, values: dict[str, Any]) -> Change | None:
        cell = self._write_body(values)
        fields = {
            "title": values["title"],
            "language": values["language"],
            "licence": values["licence"],
            "grades": values["grades"],
            "competences": list(
                dict.fromkeys(code for number in (1, 2, 3) if (code := values[f"competence{number}"]))
            ),
            "body": cell,
            "lesson": values["lesson"] or "",
        }
        where = {"form": "", "kind": "", "parent": 0, "tab": "mine"}
        if not values["id"]:
            own = {"kind": values["kind"], "state": "draft", "parent_id": values["parent"] or None}
            what = self._("Written: {title}", title=values["title"])
            return Change(what, [add("resource", **fields, **own)], where | {"work": NEWEST})
        old = self.row("resource", values["id"], values["version"])
        if all(old[name] == fields[name] for name in CONTENT):
            self.place |= where
            return None
        what = self._("Changed: {title}", title=values["title"])
        if self._is_closed(old):
            fields["edition"] = old.edition + 1
        return Change(what, [alter("resource", old, **fields)], where | {"work": old.id})

    def _is_closed(self, work: Row) -> bool:
        """Whether a change makes a new edition: the work is offered, or was judged before it was withdrawn."""
        said = (*self.shelf.reviews(work), *self.shelf.uses(work))
        return work.state == "offered" or any(row.data.get("edition") == work.edition for row in said)

    def _write_body(self, values: dict[str, Any]) -> str:
        """Return the text; of an item a cell that lessons can read, else FieldProblem at the field that is wrong."""
        if not values["item"]:
            return str(values["body"])
        self.check_form(values["item"], values)
        cell = write_cell(values["item"], values)
        try:
            spec = read_cell(cell.text)
        except QuestionError as error:
            raise self._tell_where(values["item"], cell, error) from None
        if spec is None:
            kind = read_kind(cell.text) or cell.text[:20]
            words = self._("“{found}” is no question for the bank. It begins with one of: {known}", found=kind, known=", ".join(f"%%{each}" for each in FORMS))  # fmt: skip # noqa: E501
            raise FieldProblem(CELL, words)
        return cell.text

    def _tell_where(self, item_kind: str, cell: Cell, error: QuestionError) -> FieldProblem:
        """Of a cell line and remedy, as in the lesson builder; in a form the remedy at its field."""
        if item_kind == CELL:
            return FieldProblem(CELL, error.tell(self.speech))
        return FieldProblem(cell.find_field(error), tell_problem(error.tell_problem(self.speech)))

    @act
    def offer(self, values: dict[str, Any]) -> Change:
        work = self.row("resource", values["id"], values["version"])
        what = self._("Offered: {title}", title=work.title)
        return Change(what, [alter("resource", work, state="offered")])

    @act
    def withdraw(self, values: dict[str, Any]) -> Change:
        work = self.row("resource", values["id"], values["version"])
        return Change(
            self._("Withdrawn: {title}", title=work.title), [alter("resource", work, state="draft")]
        )

    @act
    def remove_work(self, values: dict[str, Any]) -> Change:
        work = self.row("resource", values["id"], values["version"])
        if work.state != "draft":
            raise Problem(self._("Withdraw it first."))
        what = self._("Removed: {title}", title=work.title)
        return Change(what, [remove("resource", work)], {"work": 0, "tab": "mine"})
