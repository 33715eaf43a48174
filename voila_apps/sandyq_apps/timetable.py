"""The timetable of clubs: the week by hand and by computer, wishes, what stands in the way, prints and calendars."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from sandyq_apps.kit import parts
from sandyq_apps.kit.app import App, File, Problem, act
from sandyq_apps.kit.desk import Change, add, alter, remove
from sandyq_apps.kit.parts import Part
from sandyq_apps.timetable_choice import BY, ON_PAPER, Choice, choose, show_choice
from sandyq_apps.timetable_desk import SHEETS, changes, chest_colours, read_calendar, read_school, write_wish
from sandyq_apps.timetable_forms import read_form, show_form, show_kinds
from sandyq_apps.timetable_move import show_meeting, show_places, show_rooms, show_unplaced
from sandyq_apps.timetable_papers import print_cards, write_calendar, write_workbook
from sandyq_apps.timetable_proposal import show_conflict, show_progress, show_proposal, show_start
from sandyq_apps.timetable_show import CHESTS, show_clashes, show_grid, show_wishes
from sandyq_apps.timetable_solver import Outcome, Watch, solve
from sandyq_apps.timetable_week import Meeting, School, Wish, find_clashes, find_places, is_grave
from sandyq_apps.timetable_words import Words

TABS: Final = {"week": "Week", "wishes": "Wishes", "compute": "Compute", "papers": "Print and files"}
LOOK: Final = 0.5
"""Seconds between two looks at how a computation goes."""


class Timetable(App):
    title = "Timetable"
    help = (
        "The week of all clubs: when and in which room each meets.\nWrite down what teachers and clubs wish, then let "
        "the computer propose a week without clashes. If there is none, it names the wishes that cannot all hold.\n"
        "Choose a meeting to move it by hand or to lock it: what is locked stays when the week is computed anew."
    )
    sheets = SHEETS
    start = {"tab": "week", "by": "all", "one": 0, "meeting": 0, "club": 0, "room": 0, "wish": 0, "kind": ""}  # noqa: RUF012

    def __init__(self) -> None:
        super().__init__()
        self.school = School((), (), ())
        self.watch: Watch | None = None
        self.stays = True
        self.outcome: Outcome | None = None
        self.based: School | None = None
        """What the outcome was computed from."""

    def opened(self) -> None:
        self.school = read_school(self.desk)

    @property
    def words(self) -> Words:
        return Words(self.speech, self.school, {row.id: row.name for row in self.desk.rows("staff")})

    def view(self) -> list[Part]:
        if missing := self._show_missing():
            return [missing]
        tabs = parts.tabs("open_tab", self.place["tab"], [(key, self._(text)) for key, text in TABS.items()])
        pages = {"wishes": self._show_wishes, "compute": self._show_compute, "papers": self._show_papers}
        return [tabs, *pages.get(self.place["tab"], self._show_week)()]

    def _show_missing(self) -> Part | None:
        for rows, title in (
            (self.school.clubs, self._("There are no clubs yet")),
            (self.school.rooms, self._("There are no rooms yet")),
            (self.school.slots, self._("There are no times yet")),
        ):
            if not rows:
                return parts.empty(
                    title,
                    self._(
                        "Add clubs, rooms and times in the app “Clubs and enrolment”. Then make the week here."
                    ),
                )
        return None

    @act
    def open_tab(self, values: dict[str, Any]) -> None:
        kinds = ON_PAPER if values["tab"] == "papers" else BY
        whose = {} if self.place["by"] in kinds else {"by": "all", "one": 0}
        self.place |= {"tab": values["tab"], "meeting": 0, "club": 0, "wish": 0, "kind": ""} | whose

    # the week

    def _show_week(self) -> list[Part]:
        school, words = self.school, self.words
        if not school.week and not self.place["club"]:
            return [
                parts.empty(
                    self._("The week is empty"),
                    self._("Let the computer propose a week. You can change it by hand afterwards."),
                    parts.button(self._("Compute"), "open_tab", {"tab": "compute"}, tone="primary"),
                ),
                *show_unplaced(self.words),
            ]
        clashes = find_clashes(school, school.week)
        bad = [
            m for each in clashes if is_grave(school, each) and each.rule[0] != "meets" for m in each.meetings
        ]
        if self.place["club"] in school.club_of:
            return self._show_one()
        choice = self._choose()
        grid = show_grid(
            words, choice.meetings, choice.title, chest_colours(self.desk), tells=choice.tells, clashing=bad
        )
        chests = sorted(self.desk.rows("chest"), key=lambda row: row.position)
        legend = " · ".join(f"{CHESTS[row.position - 1]} {self.speech.name(row.names)}" for row in chests)
        return [
            *show_clashes(words, clashes),
            *show_unplaced(self.words),
            show_choice(words, self.place, self._pupils()),
            grid,
            parts.text(legend, "quiet"),
        ]

    def _choose(self) -> Choice:
        return choose(self.words, self.place, self._pupils())

    def _pupils(self) -> list[Any]:
        return self.desk.rows("pupil")

    def _meeting(self) -> Meeting | None:
        return next((m for m in self.school.week if m.id == self.place["meeting"]), None)

    def _show_one(self) -> list[Part]:
        """A meeting that was chosen, and where it can go."""
        club, moved = self.school.club_of[self.place["club"]], self._meeting()
        places = find_places(self.school, club, moved, self.place["room"])
        colour = chest_colours(self.desk).get(club.chest, "")
        return [
            show_meeting(self.words, club, moved, colour),
            show_rooms(self.words, self.place["room"]),
            show_places(self.words, places, moved),
        ]

    @act
    def choose(self, values: dict[str, Any]) -> None:
        by = values["by"] or "all"
        self.place |= {"by": by, "one": values.get("one") or 0 if by == self.place["by"] else 0}

    @act
    def open_meeting(self, values: dict[str, Any]) -> None:
        self.place |= {"tab": "week", "meeting": values["meeting"], "club": values["club"], "room": 0}

    @act
    def choose_room(self, values: dict[str, Any]) -> None:
        self.place["room"] = values["room"] or 0

    @act
    def put(self, values: dict[str, Any]) -> Change:
        """Place the chosen meeting, whatever clashes: the leader has seen it."""
        moved, club = self._meeting(), self.school.club_of[self.place["club"]]
        slot = self.school.slot_of[values["slot"]]
        where = {"slot_id": slot.id, "room_id": values["room"]}
        told = self.speech.join(", ", self.words.when(slot), self.words.room(values["room"]))
        away = {"meeting": 0, "club": 0, "room": 0}
        if moved is None:
            if self.place["meeting"]:
                self.row("meeting", self.place["meeting"])
            made = add("meeting", -1, club_id=club.id, **where)
            return Change(self._("Placed: {club}, {when}", club=club.name, when=told), [made], place=away)
        row = self.row("meeting", moved.id)
        return Change(
            self._("Moved: {club}, {when}", club=club.name, when=told),
            [alter("meeting", row, **where)],
            place=away,
        )

    @act
    def lock(self, values: dict[str, Any]) -> Change:
        row = self.row("meeting", values["meeting"])
        name = self.words.club(row.club_id)
        self.outcome = None
        told = self._("Unlocked: {club}", club=name) if row.locked else self._("Locked: {club}", club=name)
        return Change(told, [alter("meeting", row, locked=not row.locked)])

    @act
    def take_out(self, values: dict[str, Any]) -> Change:
        row = self.row("meeting", values["meeting"])
        told = self._("Taken out of the week: {club}", club=self.words.club(row.club_id))
        return Change(told, [remove("meeting", row)], place={"meeting": 0, "club": 0})

    # wishes

    def _show_wishes(self) -> list[Part]:
        words = self.words
        if self.place["kind"]:
            return [show_form(words, Wish(0, self.place["kind"]), 0)]
        row = self.desk.find("timetable_wish", self.place["wish"])
        if row is not None and any(wish.id == row.id for wish in self.school.wishes):
            return [show_form(words, words.find_wish(row.id), row.version)]
        if not self.school.wishes:
            told = self._("Nobody has asked for anything yet. Add what teachers, clubs and rooms need.")
            return [parts.empty(self._("No wishes yet"), told), show_kinds(words)]
        return [show_wishes(words, self.school.week), show_kinds(words)]

    @act
    def new_wish(self, values: dict[str, Any]) -> None:
        self.place |= {"kind": values["kind"], "wish": 0}

    @act
    def open_wish(self, values: dict[str, Any]) -> None:
        self.place |= {"tab": "wishes", "wish": values["wish"], "kind": ""}

    @act
    def save_wish(self, values: dict[str, Any]) -> Change:
        wish = read_form(self.words, values)
        told, back = self.words.wish(wish), {"wish": 0, "kind": ""}
        if not wish.id:
            return Change(
                self._("Wish added: {wish}", wish=told),
                [add("timetable_wish", **write_wish(wish))],
                place=back,
            )
        row = self.row("timetable_wish", wish.id, values["version"])
        return Change(
            self._("Wish changed: {wish}", wish=told),
            [alter("timetable_wish", row, **write_wish(wish))],
            place=back,
        )

    @act
    def remove_wish(self, values: dict[str, Any]) -> Change:
        row = self.row("timetable_wish", values["wish"])
        told = self.words.wish(self.words.find_wish(row.id))
        return Change(self._("Wish removed: {wish}", wish=told), [remove("timetable_wish", row)])

    @act
    def soften(self, values: dict[str, Any]) -> Change:
        """Let a wish hold only if possible, and forget the conflict that it was part of."""
        row = self.row("timetable_wish", values["wish"])
        told = self.words.wish(self.words.find_wish(row.id))
        self.outcome = None
        return Change(
            self._("Only if possible: {wish}", wish=told), [alter("timetable_wish", row, must=False)]
        )

    # computing

    def _show_compute(self) -> list[Part]:
        if self.watch is not None:
            return show_progress(self.words, self.watch)
        if self.outcome is None:
            return [show_start(self.words, stays=self.stays)]
        again = parts.fold(self._("Compute once more"), show_start(self.words, stays=self.stays), key="again")
        if self.outcome.conflict:
            return [*show_conflict(self.words, self.outcome), again]
        if self.outcome.week is None:
            return [
                parts.notice(
                    self._("No week was found in this time, and it is not proven that there is none."), "warn"
                ),
                again,
            ]
        if self.based != self.school:
            return [
                parts.notice(
                    self._("Clubs, wishes or the week have changed since. Compute once more."), "warn"
                ),
                again,
            ]
        return [*show_proposal(self.words, self.outcome, self.outcome.week, chest_colours(self.desk)), again]

    @act
    def compute(self, values: dict[str, Any]) -> None:
        """Begin; the page stays alive, and shows the outcome when it is there."""
        if self.watch is None:
            self.stays = bool(values.get("stay", True))
            self.watch, self.outcome = Watch(), None
            self._start(self._compute(self.watch, self.school, stay=self.stays))

    async def _compute(self, watch: Watch, school: School, *, stay: bool) -> None:
        work = asyncio.ensure_future(asyncio.to_thread(solve, school, stay=stay, watch=watch))
        try:
            while not (await asyncio.wait([work], timeout=LOOK))[0]:
                self.show()
            self.outcome, self.based = work.result(), school
        finally:
            self.watch = None
            self.show()

    @act
    def cancel(self, _values: dict[str, Any]) -> None:
        if self.watch is not None:
            self.watch.cancel()

    @act
    def take_over(self, _values: dict[str, Any]) -> Change:
        """Keep the whole proposal as one change."""
        if self.outcome is None or self.outcome.week is None or self.based != self.school:
            raise Problem(self._("Clubs, wishes or the week have changed since. Compute once more."))
        edits = changes(self.desk, self.outcome.week)
        self.outcome = None
        if not edits:
            raise Problem(self._("This is the week that you have already."))
        told = self.speech.count(
            "Computed week taken over: {count} meeting changed",
            "Computed week taken over: {count} meetings changed",
            len(edits),
        )
        return Change(told, edits, place={"tab": "week", "by": "all", "one": 0}, whole=["meeting"])

    @act
    def discard(self, _values: dict[str, Any]) -> None:
        self.outcome = None

    # paper and files

    def _show_papers(self) -> list[Part]:
        if not self.school.week:
            return [
                parts.empty(
                    self._("The week is empty"),
                    self._("There is something to print once clubs are in the week."),
                )
            ]
        choice = self._choose()
        html = print_cards(self.words, choice.cards, choice.look, self.desk.school.name, self.desk.today)
        buttons = [
            parts.button(self._("Calendar (iCalendar)"), "calendar", {}),
            parts.button(self._("Spreadsheet (XLSX)"), "workbook", {}),
        ]
        shown = show_choice(self.words, self.place, self._pupils(), for_paper=True)
        if not choice.cards:
            return [
                shown,
                parts.text(self._("Choose whose week it is. Only children who are in a club have one.")),
            ]
        return [shown, parts.paper(choice.title, html, *buttons, landscape=choice.look != "slip")]

    @act
    def calendar(self, _values: dict[str, Any]) -> File:
        quarters = self.desk.school.quarters
        if not quarters:
            raise Problem(self._("The school has no school year yet: its quarters say when clubs meet."))
        choice = self._choose()
        days = read_calendar(self.desk)
        return write_calendar(self.words, choice.meetings, choice.title, quarters, days)

    @act
    def workbook(self, _values: dict[str, Any]) -> File:
        choice = self._choose()
        return write_workbook(self.words, choice.meetings, choice.title)
