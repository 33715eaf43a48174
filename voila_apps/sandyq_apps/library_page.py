"""One work of the library: what it is, an item to be tried, how hard it was, who uses it, where it comes from."""

from __future__ import annotations

from typing import Any

from sandyq.item_bank import FEWEST
from sandyq.library import LICENCES, list_licences_after
from sandyq_apps.kit import parts
from sandyq_apps.kit.app import act
from sandyq_apps.kit.desk import Change, Row, add
from sandyq_apps.kit.papers import render
from sandyq_apps.kit.parts import Part
from sandyq_apps.kit.portal import Refused, Unreachable
from sandyq_apps.library_find import FindPages
from sandyq_apps.library_item import read_cell
from sandyq_apps.library_review import ReviewPages
from sandyq_apps.library_uses import UsePages
from sandyq_widgets import labels
from sandyq_widgets.errors import QuestionError
from sandyq_widgets.kinds.base import Spec
from sandyq_widgets.markdown import render_block
from sandyq_widgets.question import Question
from sandyq_widgets.questions import WIDGETS


class WorkPages(FindPages, ReviewPages, UsePages):
    """``forget`` before anything is read; ``read_again`` for what follows from others' rows."""

    def forget(self) -> None:
        self._is_read = False
        self.titles: dict[str, str] = {}
        """Of lessons, by slug."""
        self._titles: dict[str, dict[str, str]] = {}
        self._trial: tuple[tuple[int, str], Question] | None = None
        self._analysis: dict[str, Any] = {}
        self._editions: tuple[tuple[int, int], list[Row]] | None = None

    def read_again(self) -> None:
        """Read what no change tells of: reviews that may be seen now, states, numbers."""
        try:
            self.desk.load()
        except (Unreachable, Refused):
            return  # it is read with the next change

    def read_titles(self) -> dict[str, str]:
        """Return the lessons' titles, asked once for each language."""
        language = self.speech.language
        if language not in self._titles:
            try:
                self._titles[language] = dict(self.desk.portal.ask("GET", "/centre/lessons"))
            except (Unreachable, Refused):
                return {}
        return self._titles[language]

    def read_analysis(self) -> None:
        """Read what the answers tell of the item that is looked at."""
        work = self.shelf.works.get(self.place["work"])
        self._analysis = {}
        if work is None or work.kind != "item" or not self.shelf.difficulty(work).answered:
            return
        try:
            self._analysis = dict(self.desk.portal.ask("GET", f"/centre/items/{work.id}"))
        except (Unreachable, Refused):
            return

    @act
    def open_work(self, values: dict[str, Any]) -> None:
        self.place |= {"work": values["work"], "form": "", "paper": "", "parent": 0, "kind": ""}
        self.read_analysis()

    def show_work(self, work: Row) -> list[Part]:
        return [
            parts.row(
                parts.button(f"← {self._('Library')}", "open_work", {"work": 0}),
                parts.button(self._("Print"), "open_paper", {"paper": "work"}),
                *self._list_acts(work),
            ),
            parts.heading(work.title),
            parts.text(self.tell_state(work), self._tone(work)),
            parts.text(self.tell_credit(work), "quiet"),
            *self._show_news(work),
            self._show_body(work),
            *([self.show_difficulty(work)] if work.kind == "item" else []),
            parts.fold(self._("About it"), *self._show_facts(work), opened=True, key="facts"),
            *self.show_reviews(work),
            *self.show_use(work),
            *self._show_family(work),
            *self._show_editions(work),
        ]

    def _tone(self, work: Row) -> parts.Tone:
        return "good" if self.shelf.is_accepted(work) else "quiet"

    def _list_acts(self, work: Row) -> list[Part]:
        acts: list[Part] = []
        mine = work.by == self.shelf.me
        may_go = self.shelf.is_accepted(work) or (mine and work.state == "offered")
        if work.kind == "item" and self.is_teacher and may_go:
            new = self._("Put it into a new lesson")
            acts.append(parts.link(new, self.address_of_lesson([work]), tone="primary", key="into-lesson"))
            is_aside = work.id in self.place["set_aside"]
            label = self._("Put it back") if is_aside else self._("Set it aside for a lesson")
            acts.append(parts.button(label, "set_aside", {"work": work.id, "take": not is_aside}))
        if mine:
            acts += self._list_own_acts(work)
        elif work.state == "offered" and list_licences_after(work.licence):
            acts.append(parts.button(self._("Adapt it"), "adapt", {"parent": work.id}))
        return acts

    def _list_own_acts(self, work: Row) -> list[Part]:
        values = {"id": work.id, "version": work.version}
        edit = parts.button(self._("Change"), "begin_form", {"work": work.id})
        if work.state == "draft":
            question = self._("Remove the draft “{title}”?", title=work.title)
            return [
                parts.button(
                    self._("Offer it to colleagues"),
                    "offer",
                    values,
                    tone="primary",
                    confirm=self._(
                        "Offer “{title}”? Your name and school stand beside it.", title=work.title
                    ),
                ),
                edit,
                parts.button(self._("Remove"), "remove_work", values, tone="danger", confirm=question),
            ]
        return [edit, parts.button(self._("Withdraw it"), "withdraw", values)]

    # what it is

    def _show_body(self, work: Row) -> Part:
        if work.kind != "item":
            return parts.markup(
                render("library/body.html", html=render_block(work.body)), key=f"body-{work.id}"
            )
        found = self._read_item(work)
        if not isinstance(found, Spec):
            return parts.notice(f"{found}\n\n{work.body}", "warn")
        try_it = parts.text(self._("Try it as a pupil would: nothing is kept."), "quiet")
        shown = parts.widget(self._find_trial(work, found), key=f"trial-{work.id}")
        text = parts.fold(
            self._("The cell, to copy into a lesson of your own"), parts.markup(
                render("library/cell.html", text=work.body)), key="cell",
        )  # fmt: skip
        return parts.card(self._("The item"), try_it, shown, text, key="item")

    def _read_item(self, work: Row) -> Spec | str:
        """Return the question, or what is wrong with it."""
        try:
            spec = read_cell(work.body)
        except QuestionError as error:
            return error.tell(self.speech)
        return spec or self._("This is no question that the bank can hold.")

    def _find_trial(self, work: Row, spec: Spec) -> Question:
        """Return the question to be tried, the same one while its text is the same."""
        key = (work.id, work.body)
        if self._trial is None or self._trial[0] != key:
            if self._trial is not None:
                self._trial[1].close()
            labels.set_lesson(work.language)
            made = WIDGETS[spec.kind](spec)
            made.is_trial = True
            self._trial = key, made
        return self._trial[1]

    def _show_facts(self, work: Row) -> list[Part]:
        facts = [
            (self._("Kind"), self.tell_kind(work.kind)),
            (self._("Author"), self.tell_author(work)),
            (self._("Language"), self.tell_language(work.language)),
            (self._("Grades"), self.tell_grades(work.grades)),
            (self._("Competences"), "; ".join(map(self.tell_competence, work.competences)) or "–"),
            (self._("Edition"), str(work.edition)),
            (self._("Licence"), self.tell_licence(work.licence)),
            *(
                [(self._("Belongs to the lesson"), self.titles.get(work.lesson, work.lesson))]
                if work.lesson
                else []
            ),
        ]
        table = parts.markup(render("library/facts.html", facts=facts), key=f"facts-{work.id}")
        if work.lesson not in self.titles:
            return [table]
        return [
            table,
            parts.row(parts.link(self._("Look at the lesson"), f"/services/portal/lessons/{work.lesson}")),
        ]

    # how hard it was

    def show_difficulty(self, work: Row) -> Part:
        difficulty, told = self.shelf.difficulty(work), self._analysis
        title = self._("How hard it was")
        if difficulty.right is None:
            words = self._(
                "From {fewest} first answers on you see here what share was right at once. So far: {count}.",
                fewest=FEWEST,
                count=difficulty.answered,
            )
            return parts.card(title, parts.text(words, "quiet"), key="difficulty")
        items = [
            parts.figure(
                self._("Right at once"),
                self.speech.percent(difficulty.share or 0),
                self._(
                    "with 95 % certainty {span}",
                    span=self.tell_share(difficulty).partition("(")[2].rstrip(")"),
                ),
            ),
            parts.figure(self._("Pupils who answered"), str(difficulty.answered)),
            parts.figure(self._("Lessons with it"), str(difficulty.lessons)),
        ]
        return parts.card(
            title,
            parts.figures(*items),
            *self._show_discrimination(told),
            *self._show_wrong(told),
            parts.text(
                self._("First answers of pupils in all lessons with this item; of two at one computer, one."),
                "quiet",
            ),
            key="difficulty",
        )

    def _show_discrimination(self, told: dict[str, Any]) -> list[Part]:
        value = told.get("discrimination")
        if value is None:
            return [
                parts.text(
                    self._("Whether it tells strong pupils from weak ones shows when more have answered."),
                    "quiet",
                )
            ]
        strong, weak = (self.speech.percent(told[name]) for name in ("strong", "weak"))
        words = self._(
            "It goes with the rest of the lesson by {value} (from −1 to 1; 0.2 and more is good): of the better half "
            "{strong} were right at once, of the weaker half {weak}.",
            value=self.speech.number(round(value, 2)),
            strong=strong,
            weak=weak,
        )
        doubt = self._(
            "Less than nothing: weak pupils do better than strong ones. Look whether the key is right."
        )
        return [parts.text(words), *([parts.notice(doubt, "warn")] if value < 0 else [])]

    def _show_wrong(self, told: dict[str, Any]) -> list[Part]:
        lines = [
            parts.line(number, answer=each["answer"], count=each["count"])
            for number, each in enumerate(told.get("wrong", ()))
        ]
        columns = [
            parts.column("answer", self._("Wrong first answer"), wide=True),
            parts.column("count", self._("Pupils"), "number"),
        ]
        return (
            [parts.table(self._("The most frequent wrong answers"), columns, lines, key="wrong")]
            if lines
            else []
        )

    # family, editions

    def _show_news(self, work: Row) -> list[Part]:
        """What the author should know: who has adapted the work and gives it back."""
        if work.by != self.shelf.me:
            return []
        told = []
        for reply in self.shelf.given_back(work):
            child = self.shelf.works[reply.data["resource"]]
            words = self._("{who} has adapted this and gives it back: {words}", who=self.tell_person(reply.by), words=reply.text)  # fmt: skip # noqa: E501
            button = parts.button(child.title, "open_work", {"work": child.id}, key=f"back-{reply.id}")
            told.append(parts.notice(words, "good", button))
        return told

    def _show_family(self, work: Row) -> list[Part]:
        parents, children = self.shelf.parents(work), self.shelf.adaptations(work)
        shown: list[Part] = []
        if parents:
            shown.append(parts.text(self._("Adapted from")))
            shown += [self._link_to(each) for each in parents]
            shown += self._ask_to_give_back(work, parents[0])
        if children:
            shown.append(parts.text(self._("Adaptations by colleagues")))
            shown += [self._link_to(each) for each in children]
        if not shown and LICENCES[work.licence].no_derivatives:
            shown.append(parts.text(self._("Its licence does not allow adaptations."), "quiet"))
        return [parts.card(self._("Its family"), *shown, key="family")] if shown else []

    def _link_to(self, work: Row) -> Part:
        label = f"{work.title} · {self.tell_author(work)} · {self.tell_state(work)}"
        return parts.button(label, "open_work", {"work": work.id}, tone="quiet", key=f"to-{work.id}")

    def _ask_to_give_back(self, work: Row, parent: Row) -> list[Part]:
        told = any(row.data["resource"] == work.id for row in self.shelf.given_back(parent))
        if work.by != self.shelf.me or parent.by == self.shelf.me or work.state != "offered":
            return []
        if told:
            return [parts.text(self._("The author of the first one has been told."), "good")]
        field = parts.field("text", self._("What you changed and why"), "area", needed=True, most=1000)
        form = parts.form(
            "give_back", [field], self._("Give it back"), key=f"give-{work.id}", values={"work": work.id}
        )
        return [form]

    @act
    def give_back(self, values: dict[str, Any]) -> Change:
        work = self.row("resource", values["work"])
        parent = self.row("resource", work.parent_id)
        said = self.reply(parent, "give", values["text"], resource=work.id)
        return Change(self._("Given back: {title}", title=work.title), [add("reply", **said)])

    def _show_editions(self, work: Row) -> list[Part]:
        if work.edition == 1 or work.state == "draft":
            return []
        if self._editions is None or self._editions[0] != (work.id, work.edition):
            show = parts.button(self._("Show the earlier editions"), "read_editions", {"work": work.id})
            return [parts.row(show)]
        return [
            parts.heading(self._("Editions"), 3),
            *(self._show_edition(work, row) for row in self._editions[1]),
        ]

    def _show_edition(self, work: Row, row: Row) -> Part:
        said = self._tell_reviews(work, row.edition) or self._("Nobody judged it.")
        body = "library/cell.html" if row.kind == "item" else "library/body.html"
        values = {"text": row.body} if row.kind == "item" else {"html": render_block(row.body)}
        title = self._("Edition {number}, {day}: {title}", number=row.edition, day=self.speech.short_date(row.on), title=row.title)  # fmt: skip # noqa: E501
        key = f"edition-{row.edition}"
        return parts.fold(title, parts.text(said), parts.markup(render(body, **values), key=key), key=key)

    def _tell_reviews(self, work: Row, edition: int) -> str:
        return "; ".join(
            f"{self.shelf.name(row.by)}: {self.tell_verdict(row)}"
            for row in self.shelf.reviews(work, edition)
        )

    @act
    def read_editions(self, values: dict[str, Any]) -> None:
        """Read what was offered before; a draft's earlier texts are nobody's business."""
        work = self.row("resource", values["work"])
        found: dict[int, Row] = {}
        for entry in self.desk.history("resource", work):
            after = entry.after
            if after.get("state") == "offered":
                found[after["edition"]] = Row(after | {"on": entry.at[:10]})
        self._editions = (work.id, work.edition), [found[each] for each in sorted(found, reverse=True)]
