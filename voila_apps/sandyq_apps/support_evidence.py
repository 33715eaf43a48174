"""What a participant shows for a month: its forms, what the server knows already, how it looks."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from sandyq_apps.kit import parts
from sandyq_apps.kit.app import FieldProblem, act
from sandyq_apps.kit.desk import Change, Row, add, alter, remove
from sandyq_apps.kit.papers import render
from sandyq_apps.kit.parts import Part
from sandyq_apps.kit.portal import Refused
from sandyq_apps.support_data import SupportData
from sandyq_apps.support_months import Piece, read_month

KINDS: Final = {
    "lesson": "A lesson given",
    "items": "Items written",
    "results": "Pupils' results",
    "photo": "A photo",
    "reflection": "A reflection",
}
ASKED: Final = {
    "lesson": "What did the pupils do, and what came of it?",
    "items": "The items with their keys, or where they stand",
    "results": "What was measured, and what do the numbers tell you?",
    "photo": "What is to be seen?",
    "reflection": "What happened, why, and what will you do next?",
}
VERDICTS: Final = {
    "accepted": "Accepted by the coach",
    "waiting": "Waits for the coach",
    "returned": "Sent back: something is missing",
}
LONGEST: Final = 4000


class EvidencePages(SupportData):
    def shown_before(self) -> set[int]:
        """Return the lessons that stand in the visitor's record already: none is counted twice."""
        return {
            each.data["given"]
            for each in self.desk.rows("evidence")
            if each.by == self.desk.me.id and isinstance(each.data.get("given"), int)
        }

    def show_proposals(self, year: Row, month: int) -> list[Part]:
        """What the server knows of since the course ended, to be shown by one press and a sentence."""
        shown, ends = self.shown_before(), self.ends_on(year).isoformat()
        given = [
            each
            for each in self.desk.rows("given")
            if each.person_id == self.desk.me.id and each.answered and each.on > ends and each.id not in shown
        ]
        if not given:
            return []
        lines = [
            parts.line(
                each.id,
                day=parts.cell(self.speech.short_date(each.on), sort=each.on),
                lesson=self.name_lessons().get(each.lesson, each.lesson),
                group=each.group,
                answered=self._("{count} of {all}", count=each.answered, all=each.pupils),
                show=[
                    parts.button(
                        self._("Show this lesson"),
                        "open_place",
                        {"month": month, "kind": "lesson", "given": each.id},
                        key=f"given-{each.id}",
                    )
                ],
            )
            for each in given[:10]
        ]
        columns = [
            parts.column("day", self._("Given on")),
            parts.column("lesson", self._("Lesson"), wide=True),
            parts.column("group", self._("Class")),
            parts.column("answered", self._("Pupils who answered")),
            parts.column("show", ""),
        ]
        return [parts.table(self._("Lessons you gave since the course"), columns, lines, key="given")]

    def show_new(self, year: Row, month: int) -> list[Part]:
        """Buttons for each kind, the one that the month asks for first; the form of the one that was chosen."""
        kinds = self.themes_of(year)[month - 1].kinds
        order = [*kinds, *(each for each in KINDS if each not in kinds)]
        chosen = self.place["kind"]
        buttons = [
            parts.button(
                self._(KINDS[kind]),
                "open_place",
                {"month": month, "kind": kind},
                tone="primary" if kind == (chosen or kinds[0]) else "",
                key=f"new-{kind}",
            )
            for kind in order
        ]
        if not chosen:
            title = parts.heading(self._("Bring what happened"), 3)
            return [title, parts.row(*buttons), *self.show_proposals(year, month)]
        old = self.desk.find("evidence", self.place["evidence"])
        given = self.desk.find("given", self.place["given"])
        version = {"evidence": old.id, "version": old.version} if old else {}
        form = parts.form(
            "save_evidence",
            self._list_fields(chosen, old, given),
            self._("Send to the coach"),
            key=f"{year.id}-{month}-{chosen}-{old.id if old else 0}-{given.id if given else 0}",
            values={"participant": year.id, "month": month, "kind": chosen}
            | version
            | ({"given": given.id} if given else {}),
            cancel=parts.button(self._("Cancel"), "open_place", {"month": month}),
        )
        about = (
            [parts.text(f"{self.name_lessons().get(given.lesson, given.lesson)}, {given.group}")]
            if given
            else []
        )
        return [*([] if old else [parts.row(*buttons)]), *about, form]

    def _list_fields(self, kind: str, old: Row | None, given: Row | None) -> list[Part]:
        data = old.data if old else {}
        words = parts.field(
            "text",
            self._(ASKED[kind]),
            "area",
            old.text if old else None,
            most=LONGEST,
            needed=True,
            wide=True,
        )
        photo = parts.field(
            "photo",
            self._("Picture"),
            "file",
            choices=[("image/jpeg", ""), ("image/png", ""), ("image/webp", "")],
            help=self._(
                "The place and time that a camera notes are removed. No faces without the family's consent."
            ),
            wide=True,
        )
        group = parts.field("class", self._("Class"), value=data.get("class"), most=20, needed=True)
        match kind:
            case "lesson" if given or "given" in data:
                return [words, photo]
            case "lesson":
                day = data.get("date", self.desk.today)
                title = parts.field("title", self._("Lesson"), value=data.get("title"), most=200, needed=True)
                on = parts.field("date", self._("Given on"), "date", day, most=self.desk.today, needed=True)
                return [group, on, title, words, photo]
            case "items":
                return [
                    *self._offer_items(data),
                    self._ask_number("many", self._("How many items"), data, least=1),
                    words,
                    photo,
                ]
            case "results":
                numbers = [
                    self._ask_number("pupils", self._("Pupils"), data, least=1),
                    self._ask_number("before", self._("Managed it before"), data),
                    self._ask_number("after", self._("Managed it after"), data),
                ]
                return [group, *numbers, words]
            case "photo":
                return [photo, words]
        return [words]

    def _offer_items(self, data: dict[str, Any]) -> list[Part]:
        """Items that stand in the library under the visitor's name and were not shown yet."""
        kept = data.get("items", [])
        shown = {
            number
            for each in self.desk.rows("evidence")
            if each.by == self.desk.me.id
            for number in each.data.get("items", ())
        }
        items = [
            (each.id, each.title)
            for each in self.desk.rows("own_item")
            if each.id in kept or each.id not in shown
        ]
        if not items:
            return []
        label = self._("Of these in the library")
        return [parts.field("items", label, "choices", kept, choices=items, wide=True)]

    def _ask_number(self, name: str, label: str, data: dict[str, Any], least: int = 0) -> Part:
        return parts.field(name, label, "number", data.get(name), least=least, most=1000, needed=True)

    @act
    async def save_evidence(self, values: dict[str, Any]) -> Change:
        year = self.row("participant", values["participant"])
        old = self.row("evidence", values["evidence"], values["version"]) if "evidence" in values else None
        kind, month = values["kind"], values["month"]
        data = self._read_data(values, old)
        photo = await self._keep_photo() or (old.photo if old else "")
        if kind == "photo" and not photo:
            raise FieldProblem("photo", self._("Choose a picture."))
        fields = {"on": self.desk.today, "text": values["text"], "data": data, "photo": photo}
        if old:
            edit = alter("evidence", old, **fields)
        else:
            edit = add("evidence", participant_id=year.id, task=f"month:{month}", kind=kind, **fields)
        what = self._("Month {month}: {kind}", month=month, kind=self._(KINDS[kind]))
        return Change(what, [edit], {"kind": "", "evidence": 0, "given": 0})

    def _read_data(self, values: dict[str, Any], old: Row | None) -> dict[str, Any]:
        kept = {name: values[name] for name in ("class", "date", "title", "many") if values.get(name)}
        if given := self.desk.find("given", values.get("given")):
            return {"given": given.id, "class": given.group, "date": given.on, "slug": given.lesson}
        if chosen := values.get("items"):
            titles = {each.id: each.title for each in self.desk.rows("own_item")}
            kept |= {"items": chosen, "titles": [titles[each] for each in chosen if each in titles]}
        if old and "given" in old.data:
            return dict(old.data)
        if values["kind"] == "lesson" and values["date"] > self.desk.today:
            raise FieldProblem("date", self._("This day is still to come."))
        if values["kind"] == "results":
            for name in ("before", "after"):
                if values[name] > values["pupils"]:
                    raise FieldProblem(name, self._("That is more than there were pupils."))
            kept |= {name: values[name] for name in ("pupils", "before", "after")}
        return kept

    async def _keep_photo(self) -> str:
        """Send the chosen picture; return its name, empty when there is none."""
        content = self.files.get("photo")
        if not content:
            return ""
        ask = self.desk.portal.ask
        try:
            name = str((await asyncio.to_thread(ask, "PUT", "/centre/photos", None, content))["photo"])
        except Refused as refusal:
            raise FieldProblem("photo", str(refusal)) from None
        return name

    @act
    def remove_evidence(self, values: dict[str, Any]) -> Change:
        row = self.row("evidence", values["id"], values["version"])
        return Change(
            self._("Removed from month {month}", month=read_month(row.task)), [remove("evidence", row)]
        )

    # how it looks

    def list_facts(self, evidence: Row) -> list[str]:
        """What stands in the numbers of an evidence, and what the server counted itself."""
        data, facts = evidence.data, []
        if evidence.kind == "lesson":
            slug = data.get("slug", "")
            title = data.get("title") or self.name_lessons().get(slug, slug)
            day = self.speech.short_date(data["date"]) if data.get("date") else ""
            if known := [each for each in (data.get("class"), title, day) if each]:
                facts.append(", ".join(map(str, known)))
            if given := self.desk.find("given", data.get("given")):
                facts.append(
                    self._(
                        "Counted by the server: {count} of {all} pupils answered",
                        count=given.answered,
                        all=given.pupils,
                    )
                )
        if evidence.kind == "items" and data.get("many"):
            facts.append(self.speech.count("{count} item", "{count} items", data["many"]))
            facts += [f"– {title}" for title in data.get("titles", ())]
        if evidence.kind == "results" and "pupils" in data:
            told = self._(
                "Of {pupils} pupils {before} managed it before, {after} after",
                **{name: data.get(name, 0) for name in ("pupils", "before", "after")},
            )
            facts.append(f"{data['class']}: {told}" if data.get("class") else told)
        return facts

    def draw_evidence(self, evidence: Row, piece: Piece) -> str:
        review = piece.last
        return render(
            "support/piece.html",
            kind=self._(KINDS[evidence.kind]),
            day=self.speech.date(evidence.on),
            facts=self.list_facts(evidence),
            text=evidence.text,
            photo=self.photos.get(evidence.photo, ""),
            verdict=self._(VERDICTS[piece.verdict]),
            tone={"accepted": "#3b6d2a", "waiting": "#7a5600", "returned": "#b3261e"}[piece.verdict],
            said=f"{self.name_of(review.by)}, {self.speech.short_date(review.on)}: {review.text}"
            if review and review.text
            else "",
        )
