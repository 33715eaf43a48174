"""What the year of support is made of, read from the visitor's desk: years, evidence, reviews, visits, pictures."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING

from sandyq_apps.kit.desk import Row
from sandyq_apps.kit.portal import Refused, Unreachable
from sandyq_apps.support_months import (
    Piece,
    Theme,
    judge_all,
    month_at,
    read_month,
    read_review,
    read_themes,
)
from sandyq_apps.support_people import Line, Visit, is_silent_since, last_visit, next_visit

if TYPE_CHECKING:
    from sandyq_apps.kit.app import App as Page
else:
    Page = object


class SupportData(Page):
    photos: dict[str, str]
    """Read so far: a data URL by name."""
    titles: dict[str, dict[str, str]]
    """Of lessons, by language and slug."""

    def name_lessons(self) -> dict[str, str]:
        """Return lessons' titles in the language of the page; none while the portal does not answer."""
        language = self.speech.language
        if language not in self.titles:
            try:
                self.titles[language] = self.desk.portal.ask("GET", "/centre/lessons")
            except (Refused, Unreachable):
                return {}
        return self.titles[language]

    @property
    def day(self) -> date:
        return date.fromisoformat(self.desk.today)

    def own_years(self) -> list[Row]:
        """Return where the visitor takes part, the newest course last."""
        return [
            each
            for each in self.desk.rows("participant")
            if each.person_id == self.desk.me.id and each.left_on is None and self.group_of(each)
        ]

    def group_of(self, participant: Row) -> Row | None:
        return self.desk.find("training_group", participant.group_id)

    def ends_on(self, participant: Row) -> date:
        group = self.group_of(participant)
        return date.fromisoformat(group.ends_on) if group else self.day

    def course_of(self, participant: Row) -> Row | None:
        group = self.group_of(participant)
        return self.desk.find("training", group.training_id) if group else None

    def themes_of(self, participant: Row) -> tuple[Theme, ...]:
        course = self.course_of(participant)
        return read_themes()[course.programme if course else "literacy"]

    def name_of(self, person: int | None) -> str:
        """Return a member's name; what nobody knows any more is a dash."""
        if person == self.desk.me.id:
            return str(self.desk.me.name)
        row = self.desk.find("member", person)
        return str(row.name) if row else "–"

    def evidence_of(self, participant: Row) -> list[Row]:
        """Return what somebody has shown for the months, the oldest first."""
        return [
            each
            for each in self.desk.rows("evidence")
            if each.participant_id == participant.id and read_month(each.task)
        ]

    def pieces(self) -> dict[int, list[Piece]]:
        """Return by participant what was shown, with what was said of it."""
        reviews = defaultdict(list)
        for reply in self.desk.rows("reply"):
            if reply.sheet == "evidence" and reply.kind == "review":
                reviews[reply.row_id].append(read_review(reply))
        found = defaultdict(list)
        for each in self.desk.rows("evidence"):
            if month := read_month(each.task):
                on = date.fromisoformat(each.on)
                piece = Piece(each.id, each.version, month, on, tuple(reviews[each.id]))
                found[each.participant_id].append(piece)
        return found

    def visits(self) -> list[Visit]:
        return [
            Visit(
                each.person_id,
                date.fromisoformat(each.on),
                date.fromisoformat(each.next_on) if each.next_on else None,
            )
            for each in self.desk.rows("coach_visit")
        ]

    def may_guide(self, participant: Row) -> bool:
        """Whether the visitor reviews and visits this person, who has not left; the portal says so, too."""
        group = self.group_of(participant)
        leads = group is not None and self.desk.me.id in (group.coach_id, group.facilitator_id)
        is_guide = {"coach", "district"} & set(self.desk.me.roles)
        may = "district" in self.desk.me.roles or (leads and is_guide)
        return bool(may) and not participant.left_on and participant.person_id != self.desk.me.id

    def lines(self) -> list[Line]:
        """Return everybody else whose course is over and whose year the visitor may see."""
        pieces, visits, found = self.pieces(), defaultdict(list), []
        for each in self.visits():
            visits[each.person].append(each)
        for standing in self.desk.rows("standing"):
            participant = self.desk.find("participant", standing.id)
            if participant is None or participant.person_id == self.desk.me.id:
                continue
            group, ends = self.group_of(participant), self.ends_on(participant)
            if group is None or ends >= self.day or participant.left_on:
                continue
            own = pieces.get(participant.id, [])
            found.append(
                Line(
                    participant.id, standing.person_id, standing.name, standing.school, group.name, group.coach_id,
                    ends, judge_all(own, ends, self.day),
                    is_silent_since(standing, (each.on for each in own)),
                    last_visit(visits[standing.person_id], standing.person_id),
                    next_visit(visits[standing.person_id], standing.person_id),
                    month_at(ends, self.day) > len(self.themes_of(participant)),
                )
            )  # fmt: skip
        return found

    def queue(self) -> list[tuple[Piece, Row]]:
        """Return what waits for the visitor's review, the longest waiting first."""
        found = []
        for number, pieces in self.pieces().items():
            year = self.desk.find("participant", number)
            if year and self.may_guide(year):
                found += [
                    (piece, self.row("evidence", piece.id)) for piece in pieces if piece.verdict == "waiting"
                ]
        return sorted(found, key=lambda each: (each[0].on, each[0].id))

    # pictures

    async def fetch_photos(self) -> None:
        for name in self.missing_photos():
            await asyncio.to_thread(self.read_photo, name)

    def missing_photos(self) -> set[str]:
        """Return the pictures of whose year is open, or of what waits, that were not read yet."""
        if self.place["tab"] == "review":
            shown = [evidence for _, evidence in self.queue()]
        else:
            open_one = self.desk.find("participant", self.place["participant"])
            years = [open_one] if open_one else self.own_years()
            shown = [evidence for year in years for evidence in self.evidence_of(year)]
        return {each.photo for each in shown if each.photo} - self.photos.keys()

    def read_photo(self, name: str) -> None:
        """Keep a picture to show; one that is gone is left out."""
        with contextlib.suppress(Refused, Unreachable):
            self.photos[name] = self.desk.portal.ask("GET", f"/centre/photos/{name}")["url"]
