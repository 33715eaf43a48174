"""The sentences of clubs and enrolment: why a child has no place, what a change breaks, how good a plan is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sandyq_apps.allocation import Obstacle, Plan, Stage, Time
from sandyq_apps.allocation_reasons import Filling, Reason
from sandyq_apps.clubs_school import Breach
from sandyq_apps.kit.desk import Row
from sandyq_apps.kit.speech import Speech

KINDS: Final = {
    "": "any room",
    "computers": "computer room",
    "gym": "gym",
    "workshop": "workshop",
    "music": "music room",
}
TEACHING: Final = {"": "both languages", "kk": "Kazakh", "ru": "Russian", "en": "English"}
SEXES: Final = {"": "–", "f": "girl", "m": "boy"}
SHIFTS: Final = {0: "for all", 1: "for shift 1", 2: "for shift 2"}
PARTS: Final = {
    "kept": ("{count} was in it already", "{count} were in it already"),
    "priority": ("{count} with priority", "{count} with priority"),
    "dearer": ("{count} wished it more", "{count} wished it more"),
    "drawn": ("{count} was drawn earlier", "{count} were drawn earlier"),
    "others": (
        "{count} keeps the place because more wishes are met so",
        "{count} keep their places because more wishes are met so",
    ),
}
GOAL_WORDS: Final = {
    "served": "how many children get a club",
    "first_served": "how many children with priority get a club",
    "first_points": "the wishes of children with priority",
    "points": "the wishes of all",
    "long_days": "two clubs on one day",
    "lots": "the draw among equals",
}


class ClubWords:
    """Says things of clubs in one language; ``name`` gives a club's name."""

    def __init__(self, speech: Speech, clubs: dict[int, Row]) -> None:
        self.speech, self.clubs = speech, clubs

    def name(self, club: int) -> str:
        return f"«{self.clubs[club].name}»" if club in self.clubs else f"№ {club}"

    def when(self, time: Time) -> str:
        return f"{self.speech.weekday(time.weekday, short=True)} {time.starts}–{time.ends}"

    def grades(self, club: Row) -> str:
        if club.grade_from == club.grade_to:
            return str(club.grade_from)
        return f"{club.grade_from}–{club.grade_to}"

    def reason(self, reason: Reason) -> str:  # noqa: PLR0911 # a kind each
        """Say why a wish was not met."""
        say, club = self.speech, self.name(reason.club)
        match reason.kind:
            case "obstacle" if reason.obstacle:
                return self.obstacle(reason.club, reason.obstacle)
            case "clash" if reason.times:
                return self.clash(reason.club, reason.other, reason.times)
            case "limit":
                return say("{club}: the child has as many clubs as one may have.", club=club)
            case "closed":
                return self._closed(club, reason)
            case "full" if reason.filled:
                return self._full(club, reason.filled)
            case "needed":
                return say(
                    "{club}: there is a place, but without this child {other} would have fewer than {least}, so that "
                    "it could not open.",
                    club=club,
                    other=self.name(reason.other),
                    least=reason.least,
                )
        return say("{club}: the time for computing was over before this was settled.", club=club)

    def _closed(self, club: str, reason: Reason) -> str:
        say = self.speech
        if reason.able < reason.least:
            return say(
                "{club} does not open: {able} of the {least} children it needs wished for it and could come.",
                club=club,
                able=reason.able,
                least=reason.least,
            )
        return say(
            "{club} does not open, for more wishes are met so: it needs {least} children; {able} wished for it and "
            "could come, and {placed} of these have a club.",
            club=club,
            able=reason.able,
            least=reason.least,
            placed=reason.placed,
        )

    def _full(self, club: str, filled: Filling) -> str:
        say = self.speech
        groups = [(name, getattr(filled, name)) for name in PARTS]
        parts = "; ".join(say.count(*PARTS[name], number) for name, number in groups if number)
        return say(
            "{club} is full: {places} places, {wished} wished for it and could come. In it: {parts}.",
            club=club,
            places=filled.places,
            wished=filled.wished,
            parts=parts,
        )

    def reasons(self, reasons: list[Reason]) -> str:
        """Say all of them; those who only say that the child has clubs enough are one sentence."""
        enough = ", ".join(self.name(reason.club) for reason in reasons if reason.kind == "limit")
        told = [self.reason(reason) for reason in reasons if reason.kind != "limit"]
        say = self.speech
        if enough:
            told.append(say("{club}: the child has as many clubs as one may have.", club=enough))
        return " ".join(told)

    def obstacle(self, club_id: int, obstacle: Obstacle) -> str:
        say, club, row = self.speech, self.name(club_id), self.clubs[club_id]
        match obstacle.kind:
            case "grade":
                return say("{club} is for the grades {grades}.", club=club, grades=self.grades(row))
            case "language":
                return say(
                    "{club} is held in this language: {language}.",
                    club=club,
                    language=say(TEACHING[row.language]),
                )
            case "shift" if obstacle.time:
                return say(
                    "{club} meets {time}, when the child has lessons.",
                    club=club,
                    time=self.when(obstacle.time),
                )
            case "bus" if obstacle.time and obstacle.leaves:
                return say(
                    "{club}: the bus leaves at {leaves}, the club ends at {ends} ({day}).",
                    club=club,
                    leaves=obstacle.leaves,
                    ends=obstacle.time.ends,
                    day=say.weekday(obstacle.time.weekday),
                )
        day = say.weekday(obstacle.time.weekday) if obstacle.time else ""
        return say("{club}: on this day the bus does not go ({day}).", club=club, day=day)

    def clash(self, club: int, other: int, times: tuple[Time, Time]) -> str:
        say = self.speech
        return say(
            "{club} meets {time}, at the same time as {other} ({other_time}).",
            club=self.name(club),
            other=self.name(other),
            time=self.when(times[0]),
            other_time=self.when(times[1]),
        )

    def breach(self, breach: Breach) -> str:
        """Say what a change by hand would break."""
        say, club = self.speech, self.name(breach.club)
        if breach.obstacle:
            return self.obstacle(breach.club, breach.obstacle)
        if breach.times:
            return self.clash(breach.club, breach.other, breach.times)
        if breach.kind == "full":
            return say("{club} is full: {places} places.", club=club, places=breach.number)
        if breach.kind == "limit":
            return say("A child may be in {most} clubs at most.", most=breach.number)
        return say("The child is in {club} already.", club=club)

    def quality(self, plan: Plan) -> str:
        """Say how good a plan is: proven, or how far it may be from the best."""
        say = self.speech
        open_ends = [stage for stage in plan.stages if not stage.is_proven]
        if plan.is_proven:
            return say("This is the best plan there is; that is proven.")
        gaps = "; ".join(map(self._gap, open_ends))
        return say(
            "The time was over: this plan is allowed, but a better one may exist ({gaps}). Compute again when the "
            "server has less to do.",
            gaps=gaps or say("not all was compared"),
        )

    def _gap(self, stage: Stage) -> str:
        say = self.speech
        return say(
            "{goal}: {value} reached, at most {bound} possible",
            goal=say(GOAL_WORDS[stage.goal]),
            value=abs(stage.value),
            bound=abs(stage.bound),
        )


def choices(say: Callable[[str], str], words: dict[str, str]) -> list[tuple[str, str]]:
    return [(key, say(text) if text != "–" else "–") for key, text in words.items()]
