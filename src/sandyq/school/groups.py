"""Groups of a class's pupils, to which assignments can go.

Who joins a group gets what went to it and is not due yet; who leaves one, or whose group is dissolved, keeps what they
were given.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from sandyq.i18n import kazakh_key
from sandyq.school.database import now
from sandyq.school.errors import Conflict, Invalid, NotFound
from sandyq.school.people import class_pupils
from sandyq.school.tables import Person, PupilGroup, PupilGroupMember, ReleaseTarget

LONGEST_NAME: Final = 40


def groups_of_class(session: Session, class_id: int) -> list[tuple[PupilGroup, list[Person]]]:
    """Return a class's groups, each with those of its pupils who are in the class today."""
    pupils = class_pupils(session, class_id)
    groups = session.scalars(select(PupilGroup).where(PupilGroup.class_id == class_id))
    return [
        (group, [pupil for pupil in pupils if pupil.id in _ids(group)])
        for group in sorted(groups, key=lambda group: kazakh_key(group.name))
    ]


def _ids(group: PupilGroup) -> set[int]:
    return {member.person_id for member in group.members}


def find_pupil_group(session: Session, class_id: int, group_id: int) -> PupilGroup:
    """Return a group of a class; NotFound for any other."""
    group = session.get(PupilGroup, group_id)
    if group is None or group.class_id != class_id:
        raise NotFound("This class has no such group.")
    return group


def make_group(session: Session, class_id: int, name: str, pupils: Collection[int]) -> PupilGroup:
    """Divide some pupils of a class off, under a name; Invalid or Conflict as for ``change_group``."""
    group = PupilGroup(class_id=class_id, name=_check_name(session, class_id, name))
    session.add(group)
    session.flush()
    change_group(session, group, name, joining=pupils)
    return group


def change_group(
    session: Session,
    group: PupilGroup,
    name: str,
    joining: Collection[int] = (),
    leaving: Collection[int] = (),
) -> None:
    """Rename a group, let pupils in and out.

    Invalid for an empty or too long name and for somebody of another class, Conflict for a name that is taken.
    """
    group.name = _check_name(session, group.class_id, name, group.id)
    if strangers := set(joining) - {pupil.id for pupil in class_pupils(session, group.class_id)}:
        raise Invalid("Persons {people} are not pupils of this class.", people=sorted(strangers))
    group.members = [member for member in group.members if member.person_id not in set(leaving)]
    for person_id in sorted(set(joining) - _ids(group)):
        group.members.append(PupilGroupMember(person_id=person_id))
        _give_what_is_open(group, person_id)
    session.flush()


def _check_name(session: Session, class_id: int, name: str, own: int | None = None) -> str:
    name = " ".join(name.split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise Invalid(
            "The group's name is '{name}'. Write 1 to {most} letters.", name=name, most=LONGEST_NAME
        )
    others = session.scalars(select(PupilGroup).where(PupilGroup.class_id == class_id, PupilGroup.id != own))
    if name.casefold() in {other.name.casefold() for other in others}:
        raise Conflict("The class has a group '{name}' already. Give another name.", name=name)
    return name


def _give_what_is_open(group: PupilGroup, person_id: int) -> None:
    for release in group.releases:
        is_open = release.withdrawn_at is None and (release.due_at is None or release.due_at > now())
        if is_open and person_id not in {target.person_id for target in release.targets}:
            release.targets.append(ReleaseTarget(person_id=person_id))


def carry_groups(session: Session, before: int, after: int) -> None:
    """Give a class of the new year the groups of the one that it was, with those of its pupils who go on."""
    for group, members in groups_of_class(session, before):
        if going_on := [pupil.id for pupil in members if pupil.left_at is None]:
            made = PupilGroup(class_id=after, name=group.name)
            made.members = [PupilGroupMember(person_id=pupil) for pupil in going_on]
            session.add(made)


def dissolve_group(session: Session, group: PupilGroup) -> None:
    """Let a group be no more; what went to it stays with those who have it."""
    session.delete(group)
    session.flush()
