"""What a resource of the library, and what is said of one, must be like."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from sandyq.frameworks import known_competences
from sandyq.i18n import LANGUAGES
from sandyq.item_bank import read_kind
from sandyq.library import LICENCES, VERDICTS, find_verdict, may_become
from sandyq.school.academy import reviewing
from sandyq.school.academy import tables as t
from sandyq.school.academy.words import criteria
from sandyq.school.errors import BadField, Conflict
from sandyq.school.shapes import has_shape
from sandyq.school.tables import Person

GRADES: Final = range(1, 12)
MOST_PUPILS: Final = 200
CONTENT: Final = ("title", "language", "licence", "grades", "competences", "body", "lesson")
"""What makes another edition when it changes."""


def check_resource(session: Session, row: t.Resource) -> None:
    _check_plain(row)
    before = {each.key: each.history.deleted[0] for each in inspect(row).attrs if each.history.deleted}
    _check_family(session, row, before)
    if row.id is None:
        if row.edition != 1:
            raise BadField("edition", "A new one begins with edition 1.")
        return
    _check_edition(session, row, before)


def _check_plain(row: t.Resource) -> None:
    if not row.title.strip():
        raise BadField("title", "Write a title.")
    if row.language not in LANGUAGES:
        raise BadField(
            "language", "'{value}' is none of {known}.", value=row.language, known=", ".join(LANGUAGES)
        )
    if row.licence not in LICENCES:
        raise BadField("licence", "Choose a licence from the list.")
    if not all(type(grade) is int and grade in GRADES for grade in row.grades):
        raise BadField("grades", "Choose grades from 1 to 11.")
    if not set(row.competences) <= known_competences().keys():
        raise BadField("competences", "Choose competences from the list.")
    if row.state == "offered" and not row.body.strip():
        raise BadField("body", "Write what is offered.")
    if row.kind == "item" and row.body.strip() and not read_kind(row.body):
        raise BadField("body", "An item is a question cell: its first line begins with %%.")


def _check_family(session: Session, row: t.Resource, before: dict[str, Any]) -> None:
    """Of what it was adapted from nothing changes, and its licence is kept."""
    if row.id is not None and ("parent_id" in before or "kind" in before):
        raise BadField("parent_id", "What it is and what it was adapted from stay as they are.")
    if row.parent_id is None or (row.id is not None and "licence" not in before):
        return
    parent = session.get_one(t.Resource, row.parent_id)
    author = session.get_one(Person, row.by)
    is_near = LICENCES[parent.licence].is_open or parent.school_id == author.school_id
    if parent.state != "offered" or not is_near:
        raise BadField("parent_id", "This cannot be adapted: it is not offered to you.")
    if not may_become(parent.licence, row.licence):
        raise BadField(
            "licence", "The licence {old} does not allow {new} for an adaptation.", old=parent.licence, new=row.licence
        )  # fmt: skip


def _check_edition(session: Session, row: t.Resource, before: dict[str, Any]) -> None:
    """What was offered changes by a new edition alone; what somebody relies on is not withdrawn."""
    old, was_offered = before.get("edition", row.edition), before.get("state", row.state) == "offered"
    changed = any(name in before for name in CONTENT)
    if row.edition < old:
        if _is_judged_since(session, row):
            raise Conflict(
                "Somebody has judged or used this edition or a newer one: write another one instead."
            )
    elif row.edition > old + 1:
        raise BadField("edition", "Editions follow each other: the next one is {next}.", next=old + 1)
    elif changed and row.edition == old and (was_offered or _is_judged_since(session, row)):
        raise BadField("edition", "What was offered is changed as a new edition.")
    if was_offered and row.state != "offered" and reviewing.is_relied_on(session, _as_before(row, old)):
        raise Conflict(
            "Colleagues use this already: it stays in the library. Ask the district if it must go."
        )


def _is_judged_since(session: Session, row: t.Resource) -> bool:
    """Whether something was said of this edition or of a later one: its words are no more to be changed under it."""
    said = select(t.Reply.data).where(
        t.Reply.sheet == "resource", t.Reply.row_id == row.id, t.Reply.gone.is_(False)
    )
    editions = (data.get("edition") for data in session.scalars(said))
    return any(type(edition) is int and edition >= row.edition for edition in editions)


def _as_before(row: t.Resource, edition: int) -> t.Resource:
    """A stand-in of the row for questions about its last edition; it is kept nowhere."""
    return t.Resource(id=row.id, by=row.by, edition=edition, state="offered")


# what is said of one


def check_library_reply(session: Session, row: t.Reply) -> None:
    """A review judges this edition by all criteria, once a person; a use says with whom; what is given back exists."""
    if row.sheet != "resource":
        return
    resource = session.get(t.Resource, row.row_id)
    if resource is None:
        return  # the guard says that it is not there
    match row.kind:
        case "review":
            _check_review(session, row, resource)
        case "use":
            _check_use(row)
        case "give":
            _check_given_back(session, row)


def _check_review(session: Session, row: t.Reply, resource: t.Resource) -> None:
    edition = row.data.get("edition")
    if type(edition) is not int or edition != resource.edition:
        raise Conflict("The author has written a new edition meanwhile. Read it and judge that one.")
    said = row.data.get("criteria", {})
    if (
        not has_shape(said, dict[str, str])
        or set(said) != set(criteria())
        or not set(said.values()) <= set(VERDICTS)
    ):
        raise BadField("data", "Judge each of the six criteria.")
    if row.data.get("verdict") != find_verdict(said):
        raise BadField("data", "The verdict is what the worst criterion says.")
    if row.data["verdict"] != "yes" and not row.text.strip():
        raise BadField("text", "Tell the author what is missing.")
    others = select(t.Reply).where(
        t.Reply.sheet == "resource",
        t.Reply.row_id == row.row_id,
        t.Reply.kind == "review",
        t.Reply.by == row.by,
        t.Reply.gone.is_(False),
    )
    if any(
        each.id != row.id and each.data.get("edition") == resource.edition for each in session.scalars(others)
    ):
        raise Conflict("You have judged this edition already. Change what you said.")


def _check_use(row: t.Reply) -> None:
    if "lesson" in row.data:
        raise BadField("data", "Which lessons an item stands in is noted when they are published.")
    if type(row.data.get("edition", 1)) is not int:
        raise BadField("data", "Write whole numbers.")
    if row.data.get("grade") not in GRADES:
        raise BadField("grade", "Choose grades from 1 to 11.")
    pupils = row.data.get("pupils")
    if type(pupils) is not int or not 1 <= pupils <= MOST_PUPILS:
        raise BadField("pupils", "Write a number from {least} to {most}.", least=1, most=MOST_PUPILS)


def _check_given_back(session: Session, row: t.Reply) -> None:
    made = row.data.get("resource")
    child = session.get(t.Resource, made) if isinstance(made, int) else None
    if (
        child is None
        or child.gone
        or child.by != row.by
        or child.parent_id != row.row_id
        or child.state != "offered"
    ):
        raise BadField("data", "Offer your adaptation first, then give it back.")
    others = select(t.Reply).where(
        t.Reply.sheet == "resource",
        t.Reply.row_id == row.row_id,
        t.Reply.kind == "give",
        t.Reply.by == row.by,
        t.Reply.gone.is_(False),
    )
    if any(each.id != row.id and each.data.get("resource") == made for each in session.scalars(others)):
        raise Conflict("You have said so already.")
