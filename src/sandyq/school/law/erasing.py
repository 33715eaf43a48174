"""Erasure: of a person who has left nothing remains by which they could be known; the school's sums stay right."""

from __future__ import annotations

from datetime import timedelta
from secrets import token_hex
from typing import Any, Final

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from sandyq.school.academy.tables import Evidence, ExpertSession, Reply
from sandyq.school.centre.tables import PassportEntry
from sandyq.school.database import Base, now
from sandyq.school.errors import Conflict
from sandyq.school.kept import Change
from sandyq.school.law.copying import find_columns, personal_tables
from sandyq.school.law.tables import Erasure
from sandyq.school.people import sort_people
from sandyq.school.tables import Person, Submission

KEPT_FOR: Final = timedelta(days=3 * 365)
"""After somebody has left: then the school is asked to erase."""
GONE: Final = "–"
BLANK: Final[dict[str, dict[str, Any]]] = {
    "attendance": {"reason": ""},
    "cell_mark": {"comment": ""},
    "enrolment": {"why": ""},
    "erasure": {},
    "expert_question": {},
    "extension": {},
    "learning_event": {"response": None, "partner_id": None},
    "lesson_study": {"question": GONE, "pupils": [], "rounds": []},
    "membership": {},
    "observation": {"lesson": GONE, "focus": GONE, "seen": [], "step": ""},
    "pairing": {},
    "participant": {"why": ""},
    "release_target": {},
    "resource": {},
    "returned": {},
    "submission": {"result": None},
    "survey_answer": {"person_id": None},
    "training_exam": {},
    "training_presence": {},
    "course_teacher": {},
}
"""Tables whose rows stay, for sums and for others, with what is said there put away. All other rows are deleted."""


def erase(session: Session, person: Person, by: Person) -> list[str]:
    """Erase a person who has left; return the pictures (SHA-256) that nothing speaks of any more.

    Files handed in are the caller's to delete (``submissions_of_erased``), for they stand outside the database.
    Conflict for somebody who is still at the school.
    """
    if person.left_at is None:
        raise Conflict("{name} is still at the school. End the account first.", name=person.full_name)
    photos = _photos(session, person)
    _erase_journal(session, person)
    for table, columns in reversed(list(personal_tables())):
        if table.name == Person.__tablename__:
            continue
        mine = or_(*(table.columns[name] == person.id for name in columns))
        blank = BLANK.get(table.name)
        if blank is None:
            about = select(table.columns.id).where(mine) if "id" in table.columns else None
            if about is not None:
                session.execute(delete(Reply).where(Reply.sheet == table.name, Reply.row_id.in_(about)))
            session.execute(delete(table).where(mine))
        elif blank:
            session.execute(update(table).where(mine).values(blank))
    session.execute(
        update(Base.metadata.tables["learning_event"])
        .where(Base.metadata.tables["learning_event"].columns.partner_id == person.id)
        .values(partner_id=None)
    )
    session.execute(  # typed, not chosen from the list of people
        update(ExpertSession)
        .where(ExpertSession.school_id == person.school_id, ExpertSession.expert.in_(_names_of(person)))
        .values(expert=GONE)
    )
    session.expire_all()
    session.add(Erasure(person_id=person.id, erased_by=by.id, home=person.login))
    person.login = f"gone-{person.id}-{token_hex(4)}"
    person.family_name, person.given_name, person.patronymic = GONE, "", ""
    person.external_id = None
    session.flush()
    return [photo for photo in photos if not _is_used(session, photo)]


def _names_of(person: Person) -> set[str]:
    """A person's name as people write it."""
    family, given = person.family_name, person.given_name
    return {f"{family} {given}", f"{given} {family}", f"{family} {given} {person.patronymic}".strip()}


def submissions_of(session: Session, person: Person) -> list[Submission]:
    """Return what somebody handed in: their files are to be deleted when the erasure is done."""
    return list(session.scalars(select(Submission).where(Submission.person_id == person.id)))


def _photos(session: Session, person: Person) -> set[str]:
    mine = select(PassportEntry.photo).where(PassportEntry.person_id == person.id)
    shown = select(Evidence.photo).where(Evidence.by == person.id)
    return {photo for query in (mine, shown) for photo in session.scalars(query) if photo}


def _is_used(session: Session, photo: str) -> bool:
    tables = (PassportEntry, Evidence)
    return any(session.scalar(select(table.id).where(table.photo == photo).limit(1)) for table in tables)


def _erase_journal(session: Session, person: Person) -> None:
    """Take what is said of the person out of the journal; that something was changed, when and by whom, stays."""
    columns = {table.name: find_columns(table) for table, _ in personal_tables()}
    for entry in session.scalars(select(Change)):
        rows = [_blank_note(note, columns.get(note.get("sheet", ""), []), person.id) for note in entry.rows]
        if rows != entry.rows:
            entry.rows, entry.what = rows, GONE


def _blank_note(note: dict[str, Any], columns: list[str], person: int) -> dict[str, Any]:
    states = [note[name] for name in ("before", "after") if note.get(name)]
    if any(state.get(column) == person for state in states for column in columns):
        return {"sheet": note["sheet"], "id": note["id"], "before": None, "after": {"gone": True}}
    return note


def list_overdue(session: Session, school_id: int) -> list[Person]:
    """Return those who left longer ago than data is kept and are not erased yet."""
    erased = select(Erasure.person_id)
    overdue = (Person.left_at < now() - KEPT_FOR) & Person.id.not_in(erased)
    return sort_people(session.scalars(select(Person).where(Person.school_id == school_id, overdue)))
