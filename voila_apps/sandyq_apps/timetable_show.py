"""Parts of the timetable's pages: the week as a grid, what clashes in it, the wishes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from sandyq_apps.kit import parts
from sandyq_apps.kit.parts import Part
from sandyq_apps.timetable_desk import clock
from sandyq_apps.timetable_papers import tell
from sandyq_apps.timetable_week import Clash, Club, Meeting, Wish, breaks, is_grave
from sandyq_apps.timetable_words import Words

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
        return parts.button(
            label,
            act,
            values,
            colour=colours.get(club.chest, ""),
            tone="danger" if meeting in bad else "",
            off=not act,
        )

    def fill(day: int, time: tuple[int, int]) -> Sequence[Part] | str:
        here = [m for m in meetings if _time_of(words, m) == (day, *time)]
        return [draw(m) for m in sorted(here, key=lambda m: words.club(m.club))] or ""

    return draw_grid(words, caption, fill)


def _time_of(words: Words, meeting: Meeting) -> tuple[int, int, int]:
    slot = words.school.slot_of[meeting.slot]
    return slot.day, slot.starts, slot.ends


def draw_grid(words: Words, caption: str, fill: Callable[[int, tuple[int, int]], Any]) -> Part:
    days = words.school.days
    times = sorted({(slot.starts, slot.ends) for slot in words.school.slots})
    lines = [(f"{clock(time[0])}–\n{clock(time[1])}", [fill(day, time) for day in days]) for time in times]
    return parts.grid(caption, [words.say.weekday(day) for day in days], lines, key="week")


def show_clashes(words: Words, clashes: Sequence[Clash]) -> list[Part]:
    """What does not fit now: the grave in red, children who cannot come as a note."""
    say = words.say
    grave = [clash for clash in clashes if is_grave(words.school, clash)]
    minor = [clash for clash in clashes if not is_grave(words.school, clash)]
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
            key=f"clashes-{is_grave(words.school, clashes[0])}",
        )
    ]


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


def tell_place(words: Words, meeting: Meeting | None) -> str:
    if meeting is None:
        return "–"
    return f"{words.when(words.school.slot_of[meeting.slot])} · {words.room(meeting.room)}"
