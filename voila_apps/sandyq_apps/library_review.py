"""Judging a work by six criteria: who may, the form, what reviewers said, what waits for one's word."""

from __future__ import annotations

from typing import Any

from sandyq.library import find_verdict
from sandyq.school.academy.words import criteria, reasons
from sandyq_apps.kit import parts
from sandyq_apps.kit.app import FieldProblem, act
from sandyq_apps.kit.desk import Change, Row, add, alter
from sandyq_apps.kit.papers import render
from sandyq_apps.kit.parts import Part
from sandyq_apps.library_words import RULE, VERDICTS, LibraryWords


class ReviewPages(LibraryWords):
    def show_queue(self) -> list[Part]:
        waiting = self.shelf.queue()
        rule = parts.fold(
            self._("How a work is accepted"), parts.text(self._(RULE)), self.show_criteria(), key="rule"
        )
        if not waiting:
            words = self._("When a colleague offers something that you may judge, it waits for you here.")
            return [parts.empty(self._("Nothing waits for your word"), words), rule]
        lines = [
            parts.line(
                work.id,
                title=self.title_of(work),
                kind=self.tell_kind(work.kind),
                author=self.tell_author(work),
                edition=work.edition,
                reviews=self.shelf.count_reviews(work),
            )
            for work in waiting
        ]
        columns = [
            parts.column("title", self._("Title"), wide=True),
            parts.column("kind", self._("Kind")),
            parts.column("author", self._("Author")),
            parts.column("edition", self._("Edition"), "number"),
            parts.column("reviews", self._("Reviews given"), "number"),
        ]
        return [parts.table(self._("Waits for your word"), columns, lines, key="queue"), rule]

    def show_criteria(self) -> Part:
        lines = [
            (self.tell_criterion(key), self.speech.name(why)) for key, why in reasons().items()
        ]  # fmt: skip
        return parts.markup(render("library/facts.html", facts=lines), key="criteria")

    # of one work

    def show_reviews(self, work: Row) -> list[Part]:
        if work.state == "draft":
            return []
        own, shown = self.shelf.own_review(work), self.shelf.reviews(work)
        hidden = self.shelf.count_reviews(work) - len(shown)
        said = [self._show_review(row) for row in shown]
        if not said and not hidden:
            said = [parts.text(self._("Nobody has judged this edition yet."), "quiet")]
        if hidden:
            words = self.speech.count(
                "{count} review is given; you see it when you have given yours, or when the work is accepted.",
                "{count} reviews are given; you see them when you have given yours, or when the work is accepted.",
                hidden,
            )
            said.append(parts.text(words, "quiet"))
        form: list[Part] = []
        if self.shelf.may_review(work):
            title = self._("Change my review") if own else self._("My review")
            ask = self._ask_review(work, own)
            form = [parts.fold(title, ask, key=f"review-{work.id}", opened=own is None)]
        rule = parts.fold(self._("How a work is accepted"), parts.text(self._(RULE)), key="rule")
        return [parts.card(self._("What reviewers say"), *said, *form, rule, key="reviews")]

    def _show_review(self, row: Row) -> Part:
        lines = [
            (self.tell_criterion(key), self._(VERDICTS[said]), said)
            for key, said in row.data["criteria"].items()
            if said != "yes"
        ]
        head = f"{self.tell_person(row.by)}, {self.speech.short_date(row.on)}: {self.tell_verdict(row)}"
        html = render(
            "library/review.html", head=head, lines=lines, text=row.text, verdict=row.data["verdict"]
        )
        return parts.markup(html, key=f"said-{row.id}-{row.version}")

    def _ask_review(self, work: Row, own: Row | None) -> Part:
        before = own.data["criteria"] if own else {}
        fields = [
            parts.field(
                key,
                self.tell_criterion(key),
                "radio",
                before.get(key),
                choices=[(verdict, self._(word)) for verdict, word in VERDICTS.items()],
                help=self.speech.name(reasons()[key]),
                needed=True,
            )
            for key in criteria()
        ]
        fields.append(
            parts.field(
                "text",
                self._("A word for the author"),
                "area",
                own.text if own else "",
                most=4000,
                help=self._("Needed unless all six are “yes”: what is missing and how to mend it."),
            )
        )
        values = {"work": work.id, "edition": work.edition}
        if own:
            values |= {"id": own.id, "version": own.version}
        return parts.form(
            "save_review",
            fields,
            self._("Give the review"),
            key=f"review-{work.id}-{work.edition}",
            values=values,
        )

    @act
    def save_review(self, values: dict[str, Any]) -> Change:
        work = self.row("resource", values["work"])
        said = {key: values[key] for key in criteria()}
        verdict = find_verdict(said)
        if verdict != "yes" and not values["text"].strip():
            raise FieldProblem("text", self._("Tell the author what is missing."))
        data = {"edition": values["edition"], "criteria": said, "verdict": verdict}
        what = self._("Judged: {title}", title=work.title)
        if "id" in values:
            own = self.row("reply", values["id"], values["version"])
            return Change(what, [alter("reply", own, text=values["text"], data=data, on=self.desk.today)])
        return Change(what, [add("reply", **self.reply(work, "review", values["text"], **data))])
