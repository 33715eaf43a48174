"""What importing a file would do: shown first, applied only when asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy.orm import Session

from sandyq.school.people import sort_people
from sandyq.school.roster.census import Census, take_census
from sandyq.school.roster.classes import ClassName
from sandyq.school.roster.duplicates import find_duplicates
from sandyq.school.roster.entries import Entries, Entry
from sandyq.school.roster.matching import Doubt, Surroundings, find_match, look_around, short_key
from sandyq.school.roster.problems import Problem
from sandyq.school.tables import Person


@dataclass(frozen=True)
class Match:
    """A row, the person it means, and what it changes about them."""

    entry: Entry
    person: Person
    leaves: tuple[str, ...] = ()
    """Classes that a pupil moves from."""
    joins: tuple[str, ...] = ()
    new_name: bool = False
    new_roles: bool = False
    new_details: bool = False
    """Grade, or an ID that was not known."""
    returns: bool = False

    @property
    def changes(self) -> bool:
        return any((self.joins, self.new_name, self.new_roles, self.new_details, self.returns))


@dataclass
class Plan:
    census: Census
    new: list[Entry] = field(default_factory=list)
    matches: list[Match] = field(default_factory=list)
    new_classes: dict[str, tuple[ClassName, str, set[int]]] = field(default_factory=dict)
    """By name: the class, its language, the grades its pupils are said to be in."""
    missing: list[Person] = field(default_factory=list)
    """At the school, in a class of the file, but not in the file. Nobody is ever removed."""
    problems: list[Problem] = field(default_factory=list)

    @property
    def grave(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.grave]

    @property
    def moved(self) -> list[Match]:
        return [match for match in self.matches if match.joins]

    @property
    def renamed(self) -> list[Match]:
        return [match for match in self.matches if match.new_name]

    @property
    def unchanged(self) -> int:
        return sum(not match.changes for match in self.matches)


def make_plan(session: Session, entries: Entries, on: date) -> Plan:
    """Compare a file with the database; nothing is changed."""
    plan = Plan(take_census(session, on), problems=list(entries.problems))
    refused = _refuse_duplicates(plan, entries)
    around = look_around(entries.people, plan.census)
    for entry in entries.people:
        if entry.place not in refused:
            _match_entry(plan, entry, around)
    _refuse_twice_matched(plan)
    _plan_classes(plan)
    _find_missing(plan, entries)
    plan.problems.sort(key=lambda problem: (problem.sheet, problem.row))
    return plan


def _refuse_duplicates(plan: Plan, entries: Entries) -> set[tuple[str, int]]:
    refused = set()
    for entry, problem in find_duplicates(entries.people, plan.census):
        refused.add(entry.place)
        if problem not in plan.problems:
            plan.problems.append(problem)
    return refused


def _match_entry(plan: Plan, entry: Entry, around: Surroundings) -> None:
    try:
        person, warnings = find_match(entry, plan.census, around)
    except Doubt as doubt:
        plan.problems.append(doubt.problem)
        return
    plan.problems += warnings
    if person is None:
        plan.new.append(entry)
    else:
        plan.matches.append(_compare(entry, person, plan.census))


def _compare(entry: Entry, person: Person, census: Census) -> Match:
    joins = tuple(group.name for group in entry.classes if not census.is_in(person, group.name))
    known = person.family_name, person.given_name, person.patronymic
    said = entry.name.family, entry.name.given, entry.name.patronymic or person.patronymic
    grade = new_grade(entry, person)
    return Match(
        entry,
        person,
        leaves=tuple(census.classes_of(person)) if joins and entry.is_pupil else (),
        joins=joins,
        new_name=known != said,
        new_roles=not entry.roles <= person.role_names,
        new_details=grade != person.grade or bool(entry.external_id and not person.external_id),
        returns=person.left_at is not None,
    )


def new_grade(entry: Entry, person: Person | None = None) -> int | None:
    """Return a pupil's grade: the one said, the class's only one, the one so far when it fits, else its lowest."""
    if not entry.is_pupil:
        return None
    grades = entry.classes[0].grades
    if entry.grade is not None or len(grades) == 1:
        return entry.grade or grades[0]
    if person and person.grade and grades[0] <= person.grade <= grades[-1]:
        return person.grade
    return grades[0]


def _refuse_twice_matched(plan: Plan) -> None:
    """Two rows that mean one person: neither is believed."""
    counts = Counter(match.person.id for match in plan.matches)
    for match in [match for match in plan.matches if counts[match.person.id] > 1]:
        other = next(m for m in plan.matches if m.person is match.person and m is not match)
        described = plan.census.describe(match.person)
        plan.problems.append(match.entry.problem("same person", other=other.entry.row, person=described))
    plan.matches = [match for match in plan.matches if counts[match.person.id] == 1]


def _plan_classes(plan: Plan) -> None:
    for entry in [*plan.new, *(match.entry for match in plan.matches)]:
        for group in entry.classes:
            if group.name not in plan.census.classes:
                _plan_class(plan, entry, group)
        if entry.is_pupil and entry.grade is None and len(entry.classes[0].grades) > 1 and entry in plan.new:
            plan.problems.append(entry.problem("no grade", "Grade", "", grade=entry.classes[0].grades[0]))


def _plan_class(plan: Plan, entry: Entry, group: ClassName) -> None:
    if group.name not in plan.new_classes:
        language = entry.language or plan.census.school.language
        plan.new_classes[group.name] = (group, language, set())
        warning = entry.problem("new class", "Class", group.name, class_name=group.name, language=language)
        plan.problems.append(warning)
    if entry.grade is not None:
        plan.new_classes[group.name][2].add(entry.grade)


def _find_missing(plan: Plan, entries: Entries) -> None:
    """Those the file should have: pupils of its classes, and the staff when it has any staff."""
    classes = {group.name for entry in entries.people for group in entry.classes if entry.is_pupil}
    staff = any(not entry.is_pupil for entry in entries.people)
    found = {match.person.id for match in plan.matches} | set(_doubted(plan, entries))
    plan.missing = sort_people(
        person
        for person in plan.census.people
        if person.left_at is None
        and person.id not in found
        and (
            any(plan.census.is_in(person, name) for name in classes)
            if "pupil" in person.role_names
            else staff
        )
    )


def _doubted(plan: Plan, entries: Entries) -> Iterator[int]:
    """People whose name stands in the file, though in a row with a problem: not missing."""
    for entry in entries.people:
        yield from (person.id for person in plan.census.by_name.get(short_key(entry), []))
