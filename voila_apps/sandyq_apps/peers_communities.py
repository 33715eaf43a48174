"""Communities and their members: what everybody may know of each other; the district names the communities."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sandyq.i18n import LANGUAGE_NAMES
from sandyq_apps.kit import parts
from sandyq_apps.kit.app import Problem, Sending, act
from sandyq_apps.kit.desk import Change, Row, add, alter, remove
from sandyq_apps.kit.parts import Part
from sandyq_apps.peers_words import PeerWords

NEW = -1


class CommunityPages(PeerWords):
    def show_communities(self) -> list[Part]:
        return [*self._list_communities(), *self._show_place()]

    def _list_communities(self) -> list[Part]:
        rows = self.desk.rows("community")
        new = parts.button(self._("New community"), "open_community", {"community": NEW}, tone="primary")
        if self.place["community"] == NEW and self.is_district:
            return [parts.card(self._("New community"), self._form_community(None), key="new")]
        if not rows:
            words = self._(
                "The district gives the communities their names; then members choose one in “I offer, I need”."
            )
            return [parts.empty(self._("No community yet"), words, *([new] if self.is_district else []))]
        members = self._members()
        example = parts.notice(
            self._("The names of the communities are examples; the district can change them."), "quiet"
        )
        return [
            *([example] if any(row.example for row in rows) else []),
            *(self._show_community(row, members[row.id]) for row in rows),
            *([parts.row(new)] if self.is_district else []),
        ]

    def _members(self) -> dict[int, list[Row]]:
        members: dict[int, list[Row]] = defaultdict(list)
        for profile in self.desk.rows("academy_profile"):
            if profile.community_id and self.desk.find("peer", profile.by):
                members[profile.community_id].append(profile)
        return members

    def _show_community(self, row: Row, members: list[Row]) -> Part:
        name = self.speech.name(row.names)
        if self.place["community"] == row.id and self.is_district:
            return parts.card(name, self._form_community(row), key=f"community-{row.id}")
        count = self.speech.count("{count} member", "{count} members", len(members))
        buttons = [
            parts.button(self._("Rename"), "open_community", {"community": row.id}, key=f"rename-{row.id}")
        ]
        if not members:
            seen = {"id": row.id, "version": row.version}
            confirm = self._("Remove the community “{name}”?", name=name)
            buttons.append(
                parts.button(
                    self._("Remove"), "remove_community", seen, confirm=confirm, key=f"remove-{row.id}"
                )
            )
        return parts.fold(
            f"{name} · {count}",
            *([self._show_members(name, members)] if members else []),
            *([parts.row(*buttons)] if self.is_district else []),
            key=f"community-{row.id}",
        )

    def _show_members(self, name: str, members: list[Row]) -> Part:
        order = {row.id: place for place, row in enumerate(self.desk.rows("peer"))}
        lines = [
            parts.line(
                profile.by,
                name=self.person(profile.by),
                school=self.school_of(profile.by),
                subject=self.subject(profile.subject),
                offers=", ".join(self.topic(row.topic) for row in self.says(profile.by, "offer")),
                needs=", ".join(self.topic(row.topic) for row in self.says(profile.by, "need")),
            )
            for profile in sorted(members, key=lambda profile: order[profile.by])
        ]
        columns = [
            parts.column("name", self._("Colleague")),
            parts.column("school", self._("School")),
            parts.column("subject", self._("What they teach")),
            parts.column("offers", self._("Offers")),
            parts.column("needs", self._("Needs")),
        ]
        return parts.table(name, columns, lines, search=self._("Search") if len(lines) > 12 else "")

    def _form_community(self, row: Row | None) -> Part:
        fields = [
            parts.field(
                language,
                self._("Name in the language {language}", language=name),
                value=row.names.get(language, "") if row else "",
                needed=True,
                most=60,
            )
            for language, name in LANGUAGE_NAMES.items()
        ]
        return parts.form(
            "save_community",
            fields,
            self._("Save"),
            key=f"community-{row.id if row else 'new'}",
            values={"id": row.id if row else 0, "version": row.version if row else 0},
            cancel=parts.button(self._("Cancel"), "open_community", {"community": 0}),
            focus="kk",
        )

    # where the school stands

    def _show_place(self) -> list[Part]:
        """Its administration says it: from this the ways between schools are computed."""
        if "administrator" not in self.roles:
            return []
        own = self.desk.find("peer", self.own_id)
        row = self.desk.find("school_place", own.place_id) if own else None
        fields = [
            parts.field(
                name,
                label,
                "number",
                row[name] if row else None,
                least=-most,
                most=most,
                step=0.0001,
                needed=True,
            )
            for name, label, most in (
                ("latitude", self._("Latitude, degrees"), 90),
                ("longitude", self._("Longitude, degrees"), 180),
            )
        ]
        form = parts.form(
            "save_place",
            fields,
            self._("Save"),
            key="place",
            values={"id": row.id if row else 0, "version": row.version if row else 0},
        )
        words = self._(
            "Pairs are sought among schools that are not too far apart. Any map shows the two numbers, "
            "like 51.17 and 71.45."
        )
        return [
            parts.fold(
                self._("Where our school stands"),
                parts.text(words, "quiet"),
                form,
                opened=row is None,
                key="place",
            )
        ]

    @act
    def save_place(self, values: dict[str, Any]) -> Sending:
        """Keep it, and read anew whose school stands where."""
        about = {name: float(values[name]) for name in ("latitude", "longitude")}
        row = self.row("school_place", values["id"], values["version"]) if values["id"] else None
        edit = alter("school_place", row, **about) if row else add("school_place", **about)
        change = Change(self._("Where our school stands"), [edit])

        def write() -> str:
            at = self.desk.send(change)
            self.desk.load()
            return at

        return Sending(write)

    @act
    def open_community(self, values: dict[str, Any]) -> None:
        self.place["community"] = values["community"]

    @act
    def save_community(self, values: dict[str, Any]) -> Change:
        names = {language: values[language] for language in LANGUAGE_NAMES}
        about = {"names": names, "example": False}
        row = self.row("community", values["id"], values["version"]) if values["id"] else None
        edit = alter("community", row, **about) if row else add("community", **about)
        what = self._("Community: {name}", name=self.speech.name(names))
        return Change(what, [edit], {"community": 0})

    @act
    def remove_community(self, values: dict[str, Any]) -> Change:
        row = self.row("community", values["id"], values["version"])
        if self._members()[row.id]:
            raise Problem(self._("Somebody has chosen this community. It stays."))
        return Change(
            self._("Community removed: {name}", name=self.speech.name(row.names)), [remove("community", row)]
        )
