"""Rows of one file that cannot both be right."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from sandyq.school.names import name_key
from sandyq.school.roster.census import Census
from sandyq.school.roster.entries import Entry
from sandyq.school.roster.problems import Problem


def find_duplicates(people: Iterable[Entry], census: Census) -> Iterator[tuple[Entry, Problem]]:
    """Give the rows that must not be imported, each with the reason.

    Of a repeated row the first stays; of one name in two classes neither, for nobody can say which is right –
    unless both are known to the database, or have logins or IDs that tell them apart.
    """
    everybody = list(people)
    same_keys = [
        *_shared(everybody, lambda entry: entry.external_id, "same id", "ID"),
        *_shared(everybody, lambda entry: entry.login, "same login", "Login"),
    ]
    yield from same_keys
    refused = {entry.place for entry, _problem in same_keys}
    rest = [entry for entry in everybody if entry.place not in refused]
    for namesakes in (*_groups(rest, _named), *_groups(rest, _named_either_way)):
        yield from _compare(namesakes, census)


def _named(entry: Entry) -> str:
    return f"{entry.is_pupil} {name_key(entry.name.family, entry.name.given)}"


def _named_either_way(entry: Entry) -> str:
    """Of one class only: elsewhere the same two words in the other order are often somebody else."""
    words = " ".join(sorted(map(name_key, entry.name[:2])))
    return f"{entry.is_pupil} {entry.class_names} {words}"


def _groups(people: list[Entry], key: Callable[[Entry], str]) -> Iterator[list[Entry]]:
    groups: dict[str, list[Entry]] = defaultdict(list)
    for entry in people:
        if key(entry):
            groups[key(entry)].append(entry)
    return (group for group in groups.values() if len(group) > 1)


def _shared(
    people: list[Entry], key: Callable[[Entry], str], code: str, column: str
) -> Iterator[tuple[Entry, Problem]]:
    for group in _groups(people, key):
        for entry in group:
            other = next(each for each in group if each is not entry)
            yield entry, entry.problem(code, column, key(entry), other=other.row)


def _compare(namesakes: list[Entry], census: Census) -> Iterator[tuple[Entry, Problem]]:
    for place, entry in enumerate(namesakes):
        for other in namesakes[:place]:
            if not _may_be_one(entry, other):
                continue
            if entry.class_names == other.class_names:
                yield entry, entry.problem("repeated", other=other.row)
                break
            if not (_is_known(entry, census) and _is_known(other, census)):
                yield entry, entry.problem("two classes", other=other.row, elsewhere=other.class_names or "–")
                yield other, other.problem("two classes", other=entry.row, elsewhere=entry.class_names or "–")


def _may_be_one(one: Entry, other: Entry) -> bool:
    """Say whether nothing in two rows tells the people apart."""
    pairs = [
        (one.external_id, other.external_id),
        (one.login, other.login),
        (name_key(one.name.patronymic), name_key(other.name.patronymic)),
    ]
    return all(not mine or not theirs or mine == theirs for mine, theirs in pairs)


def _is_known(entry: Entry, census: Census) -> bool:
    """Say whether the database has somebody of this name in this class."""
    return any(
        census.is_in(person, group.name) and person.left_at is None
        for person in census.by_name[name_key(entry.name.family, entry.name.given)]
        for group in entry.classes
    )
