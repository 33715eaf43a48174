"""Computing a week: the start, how it goes on, the proposal with what it changes, or why there is none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sandyq_apps.kit import parts
from sandyq_apps.kit.parts import Part
from sandyq_apps.timetable_score import Score, score
from sandyq_apps.timetable_show import show_clashes, show_grid, tell_place
from sandyq_apps.timetable_solver import Outcome, Watch
from sandyq_apps.timetable_week import Group, Meeting, find_clashes
from sandyq_apps.timetable_words import Words


def show_start(words: Words, *, stays: bool) -> Part:
    say = words.say
    locked = sum(m.locked for m in words.school.week)
    ways = [
        (True, say("Change as little as possible")),
        (False, say("Look for the best week anew")),
    ]
    fields = (
        [parts.field("stay", say("The week that is there"), "radio", stays, choices=ways)]
        if words.school.week
        else []
    )
    return parts.card(
        say("Compute the week"),
        parts.text(
            say(
                "It holds without fail: one club at a time in a room, a teacher and a child; rooms that fit; "
                "no club while all its children have lessons; meetings of a club on different days; what is "
                "locked; wishes that must hold."
            )
        ),
        parts.text(
            say(
                "Then the week is the better, the more wishes it fulfils, the fewer children have lessons "
                "or miss the bus, the fewer hours teachers and children wait, and the more evenly the days are filled."
            )
        ),
        *(
            [
                parts.text(
                    say.count(
                        "{count} meeting is locked and stays.",
                        "{count} meetings are locked and stay.",
                        locked,
                    )
                )
            ]
            if locked
            else []
        ),
        parts.form("compute", fields, say("Compute"), key="compute"),
        key="compute",
    )


def show_progress(words: Words, watch: Watch) -> list[Part]:
    say = words.say
    if watch.stage == "conflict":
        told = say("There is no such week. Looking for what stands in the way…")
    elif watch.points is None:
        told = say("Looking for a first week…")
    else:
        told = say.count(
            "{count} week found, looking for a better one…",
            "{count} weeks found, each better than the last; looking for a better one…",
            watch.weeks,
        )
    return [parts.notice(told, "", parts.button(say("Stop"), "cancel", {}))]


def show_proposal(
    words: Words, outcome: Outcome, week: tuple[Meeting, ...], colours: dict[int, str]
) -> list[Part]:
    say, old = words.say, words.school
    taken = say.number(round(outcome.seconds, 1))
    if outcome.is_best:
        told = parts.notice(
            say(
                "Found in {seconds} s: nobody and no room is in two places at once. "
                "It is proven that no week is better.",
                seconds=taken,
            ),
            "good",
        )
    else:
        gap = say.percent((outcome.points - outcome.least) / max(outcome.points, 1))
        told = parts.notice(
            say(
                "Found in {seconds} s: nobody and no room is in two places at once. "
                "It may not be the best: another could have up to {gap} fewer points against it.",
                seconds=taken,
                gap=gap,
            ),
            "good",
        )
    before = score(old, old.week) if old.week else None
    acts = [
        parts.button(say("Take this week over"), "take_over", {}, tone="primary"),
        parts.button(say("Discard"), "discard", {}),
    ]
    return [
        told,
        show_figures(words, before, score(old, week)),
        *_warn_of_absent(words, score(old, week)),
        *show_clashes(words, find_clashes(old, week)),
        parts.row(*acts),
        *([show_changes(words, old.week, week)] if old.week else []),
        show_grid(words, week, say("The proposed week"), colours, act=""),
    ]


def _warn_of_absent(words: Words, after: Score) -> list[Part]:
    """A week in which nothing clashes need not suit every child."""
    if not after.in_lessons + after.miss_bus:
        return []
    told = words.say(
        "Not every child can come each time: a club with children of both shifts, or with a bus that leaves early, "
        "cannot suit all of them. Each child and each meeting counts once."
    )
    return [parts.notice(told, "warn")]


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
        figure(say("Cannot come: lessons"), after.in_lessons, old.in_lessons),
        figure(say("Cannot come: bus"), after.miss_bus, old.miss_bus),
        figure(say("Teachers’ idle hours"), round(after.gaps / 60), round(old.gaps / 60)),
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
    if outcome.is_smallest:
        told += " " + say("It is the smallest set of things that are in each other’s way.")
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
    lines: list[Part] = []
    for meeting in after:
        was = old.pop(meeting.id, None)
        if was is None or was.at != meeting.at:
            lines.append(
                parts.line(
                    len(lines),
                    club=words.club(meeting.club),
                    was=tell_place(words, was),
                    will=tell_place(words, meeting),
                )
            )
    lines += [
        parts.line(-m.id, club=words.club(m.club), was=tell_place(words, m), will="–") for m in old.values()
    ]
    columns = [
        parts.column("club", say("Club")),
        parts.column("was", say("Now")),
        parts.column("will", say("Then")),
    ]
    return parts.table(say("What changes"), columns, lines, nothing=say("Nothing changes."))
