"""The library: who may judge what, who sees which review, what stays because others rely on it."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, Select, String, and_, cast, func, or_, select
from sqlalchemy.orm import Session, aliased

from sandyq.library import REVIEWERS, SCHOOL_ONLY, Review, Standing, judge
from sandyq.school.academy import tables as t
from sandyq.school.academy.experts import check_unanswered
from sandyq.school.errors import Conflict
from sandyq.school.tables import Person

WIDE: Final = frozenset({"coach", "expert", "district"})
"""They belong to no school's staff and may judge whatever they did not write."""
TEACHING: Final = frozenset({"teacher", "leader", "administrator"})


def narrow_resources(_session: Session, person: Person) -> ColumnElement[bool]:
    """What is offered is everybody's to see, or its school's and the reviewers'; a draft its author's."""
    offered = t.Resource.state == "offered"
    if not WIDE & person.role_names:
        near = or_(t.Resource.licence != SCHOOL_ONLY, t.Resource.school_id == person.school_id)
        offered = and_(offered, near)
    return or_(offered, t.Resource.by == person.id)


def shows_version(person: Person, version: dict[str, Any]) -> bool:
    """What a resource was before it was offered stays its author's; a removed one has no version."""
    return version.get("state") == "offered" or version.get("by") == person.id


def find_writers(session: Session, resource: t.Resource) -> set[int]:
    """Return who wrote a resource: its author, and those of whatever it was adapted from."""
    writers = {resource.by}
    parent = resource.parent_id
    while parent is not None:
        row = session.get_one(t.Resource, parent)
        writers.add(row.by)
        parent = row.parent_id
    return writers


def may_review(session: Session, person: Person, resource: t.Resource) -> bool:
    """Whether somebody may judge a resource that they see.

    Nobody who wrote it or what it was adapted from; coaches, experts and the district any; teachers and heads what
    comes from another school, or from another community of their own one.
    """
    if resource.state != "offered" or person.id in find_writers(session, resource):
        return False
    if WIDE & person.role_names:
        return True
    if not TEACHING & person.role_names:
        return False
    if session.get_one(Person, resource.by).school_id != person.school_id:
        return True
    own, theirs = (_find_community(session, each) for each in (person.id, resource.by))
    return own is not None and theirs is not None and own != theirs


def _find_community(session: Session, person: int) -> int | None:
    found = select(t.AcademyProfile.community_id).where(
        t.AcademyProfile.by == person, t.AcademyProfile.gone.is_(False)
    )
    return session.scalar(found)


def may_say_review(session: Session, person: Person, resource: t.Resource, row: t.Reply) -> bool:
    """Also of the edition that stands now: what was said of an earlier one stays as it was said."""
    return may_review(session, person, resource) and row.data.get("edition") == resource.edition


def may_use(_session: Session, _person: Person, resource: t.Resource) -> bool:
    return resource.state == "offered"


def gives_back(session: Session, person: Person, resource: t.Resource) -> bool:
    """Whether somebody has adapted a resource and offered what came of it."""
    made = select(t.Resource.id).where(
        t.Resource.parent_id == resource.id,
        t.Resource.by == person.id,
        t.Resource.state == "offered",
        t.Resource.gone.is_(False),
    )
    return session.scalar(made.limit(1)) is not None


# who sees which review


def narrow_reviews(person: Person) -> ColumnElement[bool]:
    """Replies that are no review of a resource, and of those that are: one's own, those of one's resource, of an
    edition that one has judged oneself, and of one that is accepted."""
    own = select(t.Resource.id).where(t.Resource.by == person.id)
    mine, mine_said = _reviews_of_now()
    judged = mine.where(mine_said.by == person.id)
    row = t.Reply.row_id
    return or_(
        t.Reply.sheet != "resource",
        t.Reply.kind != "review",
        t.Reply.by == person.id,
        row.in_(own),
        row.in_(judged),
        is_accepted(row),
    )


def is_accepted(resource: Any) -> ColumnElement[bool]:
    """Whether the edition that stands now is accepted, of a column that holds a resource's number."""
    yes, yes_said = _reviews_of_now()
    no, no_said = _reviews_of_now()
    accepted = (
        yes.where(yes_said.data["verdict"].as_string() == "yes")
        .group_by(yes_said.row_id)
        .having(func.count(yes_said.by.distinct()) >= REVIEWERS)
    )
    refused = no.where(no_said.data["verdict"].as_string() == "no")
    return and_(resource.in_(accepted), resource.not_in(refused))


def _reviews_of_now() -> tuple[Select[Any], Any]:
    """Return the resources that have a review of the edition that stands now, and that review.

    As texts, for replies to other sheets may hold anything under the same name, which cannot be made a number.
    """
    said, of = aliased(t.Reply), aliased(t.Resource)
    found = (
        select(said.row_id)
        .join(of, of.id == said.row_id)
        .where(
            said.sheet == "resource",
            said.kind == "review",
            said.gone.is_(False),
            said.data["edition"].as_string() == cast(of.edition, String),
        )
    )
    return found, said


def read_standings(session: Session, resources: dict[int, int]) -> dict[int, Standing]:
    """Return how each resource's edition (by id) stands, whoever asks."""
    said: dict[int, list[Review]] = {number: [] for number in resources}
    query = select(t.Reply).where(
        t.Reply.sheet == "resource",
        t.Reply.kind == "review",
        t.Reply.gone.is_(False),
        t.Reply.row_id.in_(said),
    )
    for row in session.scalars(query.order_by(t.Reply.id)):
        said[row.row_id].append(Review(row.by, row.data.get("edition", 0), row.data.get("verdict", "")))
    return {number: judge(edition, said[number]) for number, edition in resources.items()}


# what stays


def is_relied_on(session: Session, resource: t.Resource) -> bool:
    """Whether others have used a resource, adapted it, or accepted its edition."""
    used = select(t.Reply.id).where(
        t.Reply.sheet == "resource",
        t.Reply.row_id == resource.id,
        t.Reply.kind != "review",
        t.Reply.gone.is_(False),
        t.Reply.by != resource.by,
    )
    adapted = select(t.Resource.id).where(t.Resource.parent_id == resource.id, t.Resource.gone.is_(False))
    if any(session.scalar(query.limit(1)) is not None for query in (used, adapted)):
        return True
    return read_standings(session, {resource.id: resource.edition})[resource.id].is_accepted


def check_removal(session: Session, sheet: str, row_id: int, by: int) -> None:
    """Conflict when an author takes away what others rely on, an asker what an expert has answered, or a reviewer what
    was said of an earlier edition."""
    if sheet == "expert_question" and session.get_one(t.ExpertQuestion, row_id).by == by:
        check_unanswered(session, row_id)
    if sheet == "resource":
        resource = session.get_one(t.Resource, row_id)
        if resource.by == by and resource.state == "offered" and is_relied_on(session, resource):
            raise Conflict(
                "Colleagues use this already: it stays in the library. Ask the district if it must go."
            )
    if sheet == "reply":
        reply = session.get_one(t.Reply, row_id)
        if reply.sheet != "resource" or reply.kind != "review" or reply.by != by:
            return
        if reply.data.get("edition") != session.get_one(t.Resource, reply.row_id).edition:
            raise Conflict("This edition is closed: what was said of it stays with it.")
