"""The parts of the timetable's pages: the week, places for a meeting, wishes, the computation and its proposal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from sandyq_apps.kit import parts
from sandyq_apps.kit.parts import Part
from sandyq_apps.timetable_desk import clock
from sandyq_apps.timetable_papers import tell
from sandyq_apps.timetable_score import Score
from sandyq_apps.timetable_solver import Outcome
from sandyq_apps.timetable_week import Clash, Club, Group, Meeting, Place, Wish, breaks
from sandyq_apps.timetable_words import SEVERE, Words

CHESTS: Final = "①②③④⑤⑥⑦⑧⑨"
"""So that a chest is known without its colour, too."""
MOST_CLASHES: Final = 4
"""Told at once; the others behind a title."""


def mark(club: Club) -> str:
    return CHESTS[club.chest - 1] if 0 < club.chest <= len(CHESTS) else "○"


def show_grid(  # noqa: PLR0913
    words: Words,
    meetings: Sequence[Meeting],
    caption: str,
    colours: dict[int, str],
    *,
    tells: str = "room",
    clashing: Iterable[Meeting] = (),
    act: str = "open_meeting",
) -> Part:
    """A week, days across and times down; each meeting is a button."""
    bad = set(clashing)

    def draw(meeting: Meeting) -> Part:
        club = words.school.club_of[meeting.club]
        lock = " 🔒" if meeting.locked else ""
        wrong = "⚠ " if meeting in bad else ""
        label = f"{wrong}{mark(club)} {club.name}{lock}\n{tell(words, meeting, tells)}"
        values = {"meeting": meeting.id, "club": club.id}
        tone = "danger" if meeting in bad else ""
        return parts.button(label, act, values, colour=colours.get(club.chest, ""), tone=tone, off=not act)

    def fill(day: int, time: tuple[int, int]) -> Sequence[Part] | str:
        here = [m for m in meetings if _time_of(words, m) == (day, *time)]
        return [draw(m) for m in sorted(here, key=lambda m: words.club(m.club))] or ""

    return _grid(words, caption, fill)


def _time_of(words: Words, meeting: Meeting) -> tuple[int, int, int]:
    slot = words.school.slot_of[meeting.slot]
    return slot.day, slot.starts, slot.ends


def _grid(words: Words, caption: str, fill: Callable[[int, tuple[int, int]], Any]) -> Part:
    days = words.school.days
    times = sorted({(slot.starts, slot.ends) for slot in words.school.slots})
    lines = [(f"{clock(time[0])}–\n{clock(time[1])}", [fill(day, time) for day in days]) for time in times]
    return parts.grid(caption, [words.say.weekday(day) for day in days], lines, key="week")


def show_clashes(words: Words, clashes: Sequence[Clash]) -> list[Part]:
    """What does not fit now: the grave in red, children who cannot come as a note."""
    say = words.say
    grave = [clash for clash in clashes if clash.rule[0] in SEVERE]
    minor = [clash for clash in clashes if clash.rule[0] not in SEVERE]
    shown: list[Part] = []
    if grave:
        title = say.count(
            "{count} thing does not fit in this week", "{count} things do not fit in this week", len(grave)
        )
        first = "\n".join(f"• {words.clash(clash)}" for clash in grave[:MOST_CLASHES])
        shown.append(parts.notice(f"{title}\n{first}", "danger"))
        shown += _fold_clashes(words, say("All that does not fit"), grave[MOST_CLASHES:])
    count = sum(clash.count for clash in minor)
    title = say.count(
        "{count} child cannot come to a meeting (lessons or bus)",
        "{count} times a child cannot come (lessons or bus)",
        count,
    )
    return shown + _fold_clashes(words, title, minor)


def _fold_clashes(words: Words, title: str, clashes: Sequence[Clash]) -> list[Part]:
    if not clashes:
        return []
    return [
        parts.fold(
            title,
            parts.text("\n".join(f"• {words.clash(clash)}" for clash in clashes)),
            key=f"clashes-{clashes[0].rule[0] in SEVERE}",
        )
    ]


def show_places(words: Words, places: Sequence[Place], moved: Meeting | None) -> Part:
    """Where a meeting can go; what would not fit is told, and can be done all the same."""
    say = words.say
    by_time = {(p.slot.day, p.slot.starts, p.slot.ends): p for p in places}

    def fill(day: int, time: tuple[int, int]) -> Any:
        place = by_time.get((day, *time))
        if place is None:
            return ""
        values = {"slot": place.slot.id, "room": place.room.id}
        if moved and place.slot.id == moved.slot and place.room.id == moved.room:
            return [parts.text(say("It is here now: {room}", room=place.room.name), "quiet")]
        grave = [clash for clash in place.clashes if clash.rule[0] in SEVERE]
        why = "\n".join(words.clash(clash, timed=False) for clash in place.clashes)
        notes = [parts.text(why, "quiet")] if why else []
        if grave:
            question = say("{why}\nPut it here all the same?", why=why)
            return [*notes, parts.button(say("All the same"), "put", values, confirm=question)]
        return [parts.button(say("Here: {room}", room=place.room.name), "put", values, tone="good"), *notes]

    return _grid(words, say("Where it can be"), fill)


def show_figures(words: Words, before: Score | None, after: Score) -> Part:
    """What a week is worth, with what it was."""
    say = words.say

    def figure(label: str, value: int, was: int | None, unit: str = "{value}") -> Part:
        note = "" if was is None or was == value else say("now {value}", value=say.number(was))
        return parts.figure(label, unit.format(value=say.number(value)), note)

    old = before or after
    return parts.figures(
        figure(say("Meetings placed"), after.held, old.held, f"{{value}} / {after.wanted}"),
        *(
            [figure(say("Wishes fulfilled"), after.fulfilled, old.fulfilled, f"{{value}} / {after.wishes}")]
            if after.wishes
            else []
        ),
        figure(say("Children in lessons then"), after.in_lessons, old.in_lessons),
        figure(say("Children who miss the bus"), after.miss_bus, old.miss_bus),
        figure(say("Teachers’ idle hours"), round(after.gaps / 60), round(old.gaps / 60)),
    )


def show_wishes(words: Words, week: Sequence[Meeting]) -> Part:
    say = words.say

    def state(wish: Wish) -> Part:
        if not week:
            return parts.cell("–")
        if breaks(words.school, wish, week):
            return parts.cell(f"✗ {say('not fulfilled')}", tone="danger" if wish.must else "warn")
        return parts.cell(f"✓ {say('fulfilled')}", tone="good")

    lines = [
        parts.line(
            wish.id,
            wish=words.wish(wish),
            must=say("It must hold") if wish.must else say("If possible"),
            state=state(wish),
            acts=[
                parts.button(say("Change"), "open_wish", {"wish": wish.id}, key=f"wish-{wish.id}"),
                parts.button(say("Remove"), "remove_wish", {"wish": wish.id}, key=f"remove-{wish.id}"),
            ],
        )
        for wish in words.school.wishes
    ]
    columns = [
        parts.column("wish", say("Wish"), wide=True),
        parts.column("must", say("How much")),
        parts.column("state", say("In this week")),
        parts.column("acts", ""),
    ]
    return parts.table(
        say("Wishes for the week"), columns, lines, search=say("Search") if len(lines) > 10 else ""
    )


def show_conflict(words: Words, outcome: Outcome) -> list[Part]:
    """Why there is no week: the rules that cannot all hold, and what can be done about each."""
    say = words.say
    told = (
        say(
            "There is no week in which all of this holds. Change one of these things: without any one of them it works."
        )
        if outcome.is_minimal
        else say("There is no week in which all of this holds. Perhaps not all of these things are to blame.")
    )
    lines = [
        parts.line(number, rule=words.rule(rule), remedy=words.remedy(rule), acts=_mend(words, rule))
        for number, rule in enumerate(_sort_rules(outcome.conflict))
    ]
    columns = [
        parts.column("rule", say("What cannot hold together"), wide=True),
        parts.column("remedy", say("What can be done")),
        parts.column("acts", ""),
    ]
    return [parts.notice(told, "warn"), parts.table(say("The conflict"), columns, lines)]


def _sort_rules(rules: Iterable[Group]) -> list[Group]:
    """Wishes and locks first: they are the easiest to change."""
    order = ("wish", "lock", "meets", "teacher", "children", "shift", "place", "room")
    return sorted(rules, key=lambda rule: (order.index(str(rule[0])), rule[1:]))


def _mend(words: Words, rule: Group) -> list[Part]:
    say = words.say
    match rule:
        case ("wish", int(wish)):
            return [
                parts.button(say("If possible"), "soften", {"wish": wish}, key=f"soften-{wish}"),
                parts.button(say("Change"), "open_wish", {"wish": wish}, key=f"mend-{wish}"),
            ]
        case ("lock", int(club), int(slot), int(room)):
            meeting = next(m for m in words.school.week if (m.club, *m.at) == (club, slot, room))
            return [parts.button(say("Unlock"), "lock", {"meeting": meeting.id}, key=f"unlock-{meeting.id}")]
    return []


def show_changes(words: Words, before: Sequence[Meeting], after: Sequence[Meeting]) -> Part:
    """Meetings that are new, moved, or no longer there."""
    say, old = words.say, {m.id: m for m in before}
    lines = []
    for meeting in after:
        was = old.pop(meeting.id, None)
        if was is None or was.at != meeting.at:
            lines.append(
                parts.line(
                    len(lines),
                    club=words.club(meeting.club),
                    was=_place(words, was),
                    will=_place(words, meeting),
                )
            )
    lines += [
        parts.line(-m.id, club=words.club(m.club), was=_place(words, m), will="–") for m in old.values()
    ]
    columns = [
        parts.column("club", say("Club")),
        parts.column("was", say("Now")),
        parts.column("will", say("Then")),
    ]
    return parts.table(say("What changes"), columns, lines, nothing=say("Nothing changes."))


def _place(words: Words, meeting: Meeting | None) -> str:
    if meeting is None:
        return "–"
    return f"{words.when(words.school.slot_of[meeting.slot])} · {words.room(meeting.room)}"
