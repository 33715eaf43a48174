"""Doing what a plan says: in the caller's one transaction, everything or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from sqlalchemy.orm import Session

from sandyq.school.credentials import HashedSecret, hash_secret, issue_secret_for
from sandyq.school.errors import Conflict
from sandyq.school.names import make_login
from sandyq.school.roster.classes import ClassName
from sandyq.school.roster.entries import Entry
from sandyq.school.roster.plan import Match, Plan, new_grade
from sandyq.school.tables import ClassGroup, Credential, Membership, Person, PersonRole

Secrets = Mapping[tuple[str, int], HashedSecret]


@dataclass(frozen=True)
class NewPerson:
    """Somebody who was added, with the secret that is never shown again."""

    person: Person
    class_name: str
    kind: str
    secret: str


@dataclass
class Applied:
    new: list[NewPerson] = field(default_factory=list)
    moved: int = 0
    renamed: int = 0


class _Job(NamedTuple):
    session: Session
    plan: Plan
    on: date


def prepare_secrets(entries: Iterable[Entry]) -> dict[tuple[str, int], HashedSecret]:
    """Make and hash the secrets of new people beforehand: 600 take seconds, and nobody may write meanwhile."""
    people = list(entries)
    with ThreadPoolExecutor() as pool:
        return dict(zip((entry.place for entry in people), pool.map(_make_secret, people), strict=True))


def _make_secret(entry: Entry) -> HashedSecret:
    return hash_secret(issue_secret_for(entry.is_pupil, new_grade(entry)))


def apply_plan(
    session: Session, plan: Plan, on: date, skip_bad_rows: bool = False, secrets: Secrets | None = None
) -> Applied:
    """Add, move and rename; Conflict when rows have errors and ``skip_bad_rows`` is not set."""
    if plan.grave and not skip_bad_rows:
        raise Conflict(
            "{count} rows have errors, so nothing was changed. Correct them.", count=len(plan.grave)
        )
    _add_classes(session, plan)
    applied, job = Applied(), _Job(session, plan, on)
    for match in plan.matches:
        if match.changes:
            _change_person(job, match)
    applied.moved, applied.renamed = len(plan.moved), len(plan.renamed)
    for entry in plan.new:
        secret = (secrets or {}).get(entry.place) or _make_secret(entry)
        applied.new.append(_add_person(job, entry, secret))
    session.flush()
    return applied


def _add_classes(session: Session, plan: Plan) -> None:
    for group, language, said in plan.new_classes.values():
        made = ClassGroup(
            school_id=plan.census.school.id,
            year_id=plan.census.year.id,
            name=group.name,
            grades=_grades(group, said),
            language=language,
        )
        session.add(made)
        plan.census.classes[group.name] = made
    session.flush()


def _grades(group: ClassName, said: set[int]) -> list[int]:
    return sorted({*group.grades, *said})


def _change_person(job: _Job, match: Match) -> None:
    person, entry = match.person, match.entry
    person.family_name, person.given_name = entry.name.family, entry.name.given
    person.patronymic = entry.name.patronymic or person.patronymic
    person.external_id = person.external_id or entry.external_id or None
    person.grade = new_grade(entry, person)
    person.left_at = None
    if match.new_roles:
        person.roles = [PersonRole(role=role) for role in sorted(entry.roles)]
    if match.leaves:
        for membership in job.plan.census.memberships[person.id]:
            membership.until = job.on
    _join(job, entry, person, match.joins)


def _add_person(job: _Job, entry: Entry, secret: HashedSecret) -> NewPerson:
    person = _make_person(job.plan, entry)
    job.session.add(person)
    job.session.flush()
    job.plan.census.by_login[person.login] = person
    job.session.add(Credential(person_id=person.id, kind=secret.kind, secret_hash=secret.hash))
    _join(job, entry, person, [group.name for group in entry.classes])
    return NewPerson(person, entry.class_names, secret.kind, secret.text)


def _make_person(plan: Plan, entry: Entry) -> Person:
    group = plan.census.classes[entry.classes[0].name] if entry.classes else None
    taken = {
        *plan.census.by_login,
        *plan.census.going,
        *(other.login for other in plan.new if other is not entry),
    }
    return Person(
        school_id=plan.census.school.id,
        login=entry.login or make_login(entry.name.family, entry.name.given, taken),
        family_name=entry.name.family,
        given_name=entry.name.given,
        patronymic=entry.name.patronymic,
        language=entry.language or (group.language if group else plan.census.school.language),
        grade=new_grade(entry),
        external_id=entry.external_id or None,
        roles=[PersonRole(role=role) for role in sorted(entry.roles)],
    )


def _join(job: _Job, entry: Entry, person: Person, names: Iterable[str]) -> None:
    role = "pupil" if entry.is_pupil else "class_teacher" if entry.class_teacher else "teacher"
    for name in names:
        group = job.plan.census.classes[name]
        job.session.add(Membership(person_id=person.id, class_id=group.id, role=role, since=job.on))
