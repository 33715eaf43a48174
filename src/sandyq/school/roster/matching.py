"""Whom a row means: by ID, else by login, else by name and class; when in doubt a problem, never a guess."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from sandyq.school.names import name_key
from sandyq.school.roster.census import Census
from sandyq.school.roster.entries import Entry
from sandyq.school.roster.problems import Problem
from sandyq.school.tables import Person


class Doubt(Exception):
    """Nobody can say whom a row means."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


@dataclass(frozen=True)
class Surroundings:
    """What the rest of the file says."""

    namesakes: Counter[str]
    """Rows by family and given name."""
    claimed: frozenset[int]
    """People whom some row means by login or ID; a row with another login or ID does not mean them."""


def look_around(people: Iterable[Entry], census: Census) -> Surroundings:
    everybody = list(people)
    claimed = frozenset(person.id for entry in everybody if (person := _find_claimed(entry, census)))
    return Surroundings(Counter(short_key(entry) for entry in everybody), claimed)


def _find_claimed(entry: Entry, census: Census) -> Person | None:
    try:
        return _match_by_keys(entry, census)
    except Doubt:
        return None


def _match_by_keys(entry: Entry, census: Census) -> Person | None:
    return _match_by_id(entry, census) or _match_by_login(entry, census)


def short_key(entry: Entry) -> str:
    return name_key(entry.name.family, entry.name.given)


def find_match(entry: Entry, census: Census, around: Surroundings) -> tuple[Person | None, list[Problem]]:
    """Return the person a row means (None: a new one) and warnings; Doubt when it could be somebody else."""
    keyed = _match_by_keys(entry, census)
    if keyed:
        return keyed, []
    person, warnings = _match_by_name(entry, census, around)
    if person:
        _check_keys(entry, person, census)
    return person, warnings


def _match_by_id(entry: Entry, census: Census) -> Person | None:
    person = census.by_id.get(entry.external_id) if entry.external_id else None
    if person is None:
        return None
    if not _shares_name(entry, person):
        raise Doubt(entry.problem("id taken", "ID", entry.external_id, person=census.describe(person)))
    if entry.login and entry.login != person.login:
        raise Doubt(entry.problem("other login", "Login", entry.login, person=census.describe(person)))
    return _same_kind(entry, person, census)


def _match_by_login(entry: Entry, census: Census) -> Person | None:
    if entry.login in census.going:
        raise Doubt(entry.problem("login going", "Login", entry.login))
    person = census.by_login.get(entry.login) if entry.login else None
    if person is None:
        return None
    if person not in census.people or not _shares_name(entry, person):
        raise Doubt(entry.problem("login taken", "Login", entry.login, person=census.describe(person)))
    if entry.external_id and person.external_id:
        raise Doubt(entry.problem("other id", "ID", entry.external_id, person=census.describe(person)))
    return _same_kind(entry, person, census)


def _same_kind(entry: Entry, person: Person, census: Census) -> Person:
    if entry.is_pupil != ("pupil" in person.role_names):
        raise Doubt(
            entry.problem("pupil and staff", "Role", person=census.describe(person), login=person.login)
        )
    return person


def _shares_name(entry: Entry, person: Person) -> bool:
    """Say whether family or given name is the same: a marriage changes one, a shifted column both."""
    return name_key(entry.name.family) == name_key(person.family_name) or name_key(
        entry.name.given
    ) == name_key(person.given_name)


def _match_by_name(entry: Entry, census: Census, around: Surroundings) -> tuple[Person | None, list[Problem]]:
    everybody = [
        person
        for person in census.by_name.get(short_key(entry), [])
        if not (person.id in around.claimed and (entry.login or entry.external_id))
        and entry.is_pupil == ("pupil" in person.role_names)
        and _patronymics_agree(entry, person)
    ]
    candidates = [person for person in everybody if person.left_at is None]
    if not everybody:
        _check_order(entry, census)
    if not entry.is_pupil:
        return _only_one(entry, candidates or everybody, census), []
    here = [person for person in candidates if census.is_in(person, entry.classes[0].name)]
    if here:
        return _only_one(entry, here, census), []
    if candidates:
        return _match_elsewhere(entry, candidates, census, around)
    return _only_one(entry, everybody, census), []


def _patronymics_agree(entry: Entry, person: Person) -> bool:
    mine, theirs = name_key(entry.name.patronymic), name_key(person.patronymic)
    return not mine or not theirs or mine == theirs


def _only_one(entry: Entry, people: list[Person], census: Census) -> Person | None:
    if len(people) > 1:
        raise Doubt(entry.problem("ambiguous", people=census.describe_all(people)))
    if people and people[0].left_at is not None and not entry.login:
        raise Doubt(entry.problem("has left", person=census.describe(people[0])))
    return people[0] if people and people[0].left_at is None else None


def _match_elsewhere(
    entry: Entry, people: list[Person], census: Census, around: Surroundings
) -> tuple[Person | None, list[Problem]]:
    """The name is known in another class: a move when three parts agree, only one has them, the grade follows."""
    if entry.login or (entry.external_id and all(person.external_id for person in people)):
        return None, []  # with a login or ID of their own, this is another person
    person = people[0]
    full = entry.name.patronymic and name_key(entry.name.patronymic) == name_key(person.patronymic)
    if len(people) > 1 or around.namesakes[short_key(entry)] > 1 or not full or not _follows(entry, person):
        raise Doubt(entry.problem("elsewhere", person=census.describe_all(people)))
    return person, [entry.problem("moved by name", person=census.describe(person))]


def _check_order(entry: Entry, census: Census) -> None:
    """The same two names the other way round, in the same class or among the staff, are hardly somebody else."""
    here = [
        person
        for person in census.by_name.get(name_key(entry.name.given, entry.name.family), [])
        if person.left_at is None
        and entry.is_pupil == ("pupil" in person.role_names)
        and _patronymics_agree(entry, person)
        and not (entry.is_pupil and not census.is_in(person, entry.classes[0].name))
    ]
    if here and not entry.login and not entry.external_id:
        raise Doubt(entry.problem("swapped", person=census.describe_all(here)))


def _follows(entry: Entry, person: Person) -> bool:
    if person.grade is None:
        return False
    low, high = entry.classes[0].grades[0], entry.classes[0].grades[-1]
    return low <= person.grade <= high or low <= person.grade + 1 <= high


def _check_keys(entry: Entry, person: Person, census: Census) -> None:
    """A row found by name must not contradict the person's own login or ID."""
    if entry.login and entry.login != person.login:
        raise Doubt(entry.problem("other login", "Login", entry.login, person=census.describe(person)))
    if entry.external_id and person.external_id and entry.external_id != person.external_id:
        raise Doubt(entry.problem("other id", "ID", entry.external_id, person=census.describe(person)))
