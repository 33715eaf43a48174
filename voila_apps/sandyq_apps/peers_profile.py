"""What a member says of themselves: community, subject, languages, free hours; at least one offer and one need."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from sandyq_apps.kit import parts
from sandyq_apps.kit.app import FieldProblem, act
from sandyq_apps.kit.desk import Change, Row, add, alter, remove
from sandyq_apps.kit.parts import Part
from sandyq_apps.peers_words import LANGUAGES, PeerWords

DAYS: Final = 6
HOURS: Final = range(8, 19)
KINDS: Final = {"offer": "I can offer", "need": "I want to learn"}


class ProfilePages(PeerWords):
    def show_profile(self) -> list[Part]:
        profile = self.profile(self.own_id)
        said = {kind: self.says(self.own_id, kind) for kind in KINDS}
        return [
            *self._say_what_is_missing(profile, said),
            *(self._show_said(kind, rows) for kind, rows in said.items()),
            self._show_about(profile),
        ]

    def _say_what_is_missing(self, profile: Row | None, said: dict[str, list[Row]]) -> list[Part]:
        if not profile and not any(said.values()):
            words = self._(
                "Everybody can teach a colleague something, and everybody has something to learn. Begin with one topic "
                "of each and the hours at which you are free: then your coach can find a pair for you."
            )
            return [parts.empty(self._("What do you offer, and what do you need?"), words)]
        missing = [
            words
            for is_missing, words in (
                (not said["offer"], self._("one thing that you can offer")),
                (not said["need"], self._("one thing that you want to learn")),
                (not (profile and profile.slots), self._("the hours at which you are free")),
            )
            if is_missing
        ]
        if not missing:
            return []
        return [
            parts.notice(self._("For a pair this is still missing: {what}.", what=", ".join(missing)), "warn")
        ]

    # offers and needs

    def _show_said(self, kind: str, rows: list[Row]) -> Part:
        title = self._(KINDS[kind])
        if self.place["form"] == kind:
            return parts.card(title, *map(self._show_one, rows), self._form_said(kind, rows), key=kind)
        label = self._("Add what I offer") if kind == "offer" else self._("Add what I need")
        new = parts.button(
            label, "open_said", {"kind": kind}, tone="" if rows else "primary", key=f"new-{kind}"
        )
        return parts.card(title, *map(self._show_one, rows), parts.row(new), key=kind)

    def _show_one(self, row: Row) -> Part:
        others = self._count_others(row)
        words = " · ".join(filter(None, (self.topic(row.topic), self.subject(row.subject), row.note)))
        return parts.row(
            parts.text(words),
            parts.text(others, "quiet"),
            parts.button(
                self._("Remove"),
                "remove_said",
                {"id": row.id, "version": row.version},
                key=f"remove-{row.id}",
            ),
        )

    def _count_others(self, row: Row) -> str:
        """How many colleagues have the other side of it."""
        wanted = "need" if row.kind == "offer" else "offer"
        found = Counter(
            each.topic
            for each in self.desk.rows("peer_need")
            if each.kind == wanted and each.by != self.own_id
        )
        if row.kind == "offer":
            return self.speech.count(
                "{count} colleague needs it", "{count} colleagues need it", found[row.topic]
            )
        return self.speech.count(
            "{count} colleague offers it", "{count} colleagues offer it", found[row.topic]
        )

    def _form_said(self, kind: str, rows: list[Row]) -> Part:
        taken = {row.topic for row in rows}
        topics = [(key, words) for key, words in self.topic_choices() if key not in taken]
        fields = [
            parts.field("topic", self._("Topic of the exchange"), "choice", choices=topics, needed=True),
            parts.field(
                "subject",
                self._("For which school subject"),
                "choice",
                choices=self.subject_choices(),
                help=self._("Leave it empty if it is of use in every subject."),
            ),
            parts.field(
                "note",
                self._("In your own words"),
                "area",
                most=500,
                help=self._("For example: what you have tried, in which grades, what came of it.")
                if kind == "offer"
                else self._("For example: what you would like to see or try in your class."),
            ),
        ]
        return parts.form(
            "save_said",
            fields,
            self._("Save"),
            key=f"said-{kind}",
            values={"kind": kind},
            cancel=parts.button(self._("Cancel"), "open_said", {"kind": ""}),
            focus="topic",
        )

    @act
    def open_said(self, values: dict[str, Any]) -> None:
        self.place["form"] = values["kind"]

    @act
    def save_said(self, values: dict[str, Any]) -> Change:
        kind, topic = values["kind"], values["topic"]
        if any(row.topic == topic for row in self.says(self.own_id, kind)):
            raise FieldProblem("topic", self._("You have said this already."))
        other = "need" if kind == "offer" else "offer"
        if any(row.topic == topic for row in self.says(self.own_id, other)):
            raise FieldProblem(
                "topic", self._("This topic stands on your other list. Choose one of the two.")
            )
        text = "New offer: {topic}" if kind == "offer" else "New need: {topic}"
        new = add("peer_need", kind=kind, topic=topic, subject=values["subject"] or "", note=values["note"])
        return Change(self._(text, topic=self.topic(topic)), [new], {"form": ""})

    @act
    def remove_said(self, values: dict[str, Any]) -> Change:
        row = self.row("peer_need", values["id"], values["version"])
        return Change(self._("No longer: {topic}", topic=self.topic(row.topic)), [remove("peer_need", row)])

    # about oneself

    def _show_about(self, profile: Row | None) -> Part:
        if profile and self.place["form"] != "about":
            return self._tell_about(profile)
        communities = [(row.id, self.speech.name(row.names)) for row in self.desk.rows("community")]
        slots = profile.slots if profile else []
        languages = profile.languages if profile else [str(self.desk.me["language"])]
        fields = [
            parts.field(
                "community",
                self._("Community"),
                "choice",
                profile.community_id if profile else None,
                choices=communities,
            ),
            parts.field(
                "subject",
                self._("What I teach"),
                "choice",
                profile.subject if profile else None,
                choices=self.subject_choices(),
            ),
            parts.field(
                "languages",
                self._("Languages in which I can work"),
                "choices",
                languages,
                choices=LANGUAGES.items(),
                needed=True,
            ),
            *(self._field_day(day, slots) for day in range(DAYS)),
        ]
        form = parts.form(
            "save_about",
            fields,
            self._("Save"),
            key="about",
            values={"id": profile.id if profile else 0, "version": profile.version if profile else 0},
            cancel=parts.button(self._("Cancel"), "open_said", {"kind": ""}) if profile else None,
        )
        return parts.card(
            self._("About me and my free hours"),
            parts.text(
                self._(
                    "Tick the hours of an ordinary week at which you could meet a colleague: 15 is from 15:00 to 16:00."
                ),
                "quiet",
            ),
            form,
            key="about",
        )

    def _field_day(self, day: int, slots: list[str]) -> Part:
        hours = [(f"{day}-{hour}", str(hour)) for hour in HOURS]
        return parts.field(
            f"day{day}",
            self.speech.weekday(day).capitalize(),
            "choices",
            [slot for slot in slots if slot.startswith(f"{day}-")],
            choices=hours,
        )

    def _tell_about(self, profile: Row) -> Part:
        free = sorted(profile.slots, key=lambda slot: tuple(map(int, slot.split("-"))))
        days = sorted({int(slot.split("-")[0]) for slot in free})
        grid = parts.grid(
            self._("My free hours"),
            [self.speech.weekday(day, short=True) for day in days],
            [(self._("free"), [self._tell_day(free, day) for day in days])],
            key="free",
        )
        languages = ", ".join(LANGUAGES.get(each, each) for each in profile.languages)
        return parts.card(
            self._("About me and my free hours"),
            parts.text(
                " · ".join(
                    filter(
                        None, (self.community(profile.community_id), self.subject(profile.subject), languages)
                    )
                )
            ),
            *([grid] if free else []),
            parts.row(
                parts.button(
                    self._("Change this"),
                    "open_said",
                    {"kind": "about"},
                    tone="" if free else "primary",
                    key="change-about",
                )
            ),
            key="about",
        )

    def _tell_day(self, free: list[str], day: int) -> Part:
        hours = [f"{int(slot.split('-')[1])}:00" for slot in free if slot.startswith(f"{day}-")]
        return parts.cell("\n".join(hours), tone="good")

    @act
    def save_about(self, values: dict[str, Any]) -> Change:
        offered = {f"{day}-{hour}" for day in range(DAYS) for hour in HOURS}
        profile = self.row("academy_profile", values["id"], values["version"]) if values["id"] else None
        slots = [slot for slot in (profile.slots if profile else []) if slot not in offered]
        slots += [slot for day in range(DAYS) for slot in values[f"day{day}"]]
        if not slots:
            raise FieldProblem("day0", self._("Tick at least one hour of the week."))
        about = {
            "community_id": values["community"],
            "subject": values["subject"] or "",
            "languages": values["languages"],
            "slots": slots,
        }
        edit = alter("academy_profile", profile, **about) if profile else add("academy_profile", **about)
        return Change(self._("About me and my free hours"), [edit], {"form": ""})
