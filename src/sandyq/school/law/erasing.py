"""Erasure: of a person who has left nothing remains by which they could be known; the school's sums stay right."""

from __future__ import annotations

import json
from datetime import timedelta
from secrets import token_hex
from typing import Any, Final

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from sandyq.school.academy.tables import Evidence, ExpertSession, Reply
from sandyq.school.centre.tables import LaunchPlan, LaunchStep, PassportEntry
from sandyq.school.database import Base, now
from sandyq.school.errors import Conflict
from sandyq.school.kept import GONE, Change
from sandyq.school.law.copying import find_columns, personal_tables
from sandyq.school.law.tables import Erasure
from sandyq.school.people import sort_people
from sandyq.school.tables import Person, Submission
from sandyq.school.throttle import forget_account

KEPT_FOR: Final = timedelta(days=3 * 365)
"""After somebody has left: then the school is asked to erase."""
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
    photos = photos_of(session, person)
    forget_account(session, person.login)
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
    _erase_words(session, person)
    session.expire_all()
    session.add(Erasure(person_id=person.id, erased_by=by.id, home=person.login))
    person.login = f"gone-{person.id}-{token_hex(4)}"
    person.family_name, person.given_name, person.patronymic = GONE, "", ""
    person.external_id = None
    session.flush()
    return [photo for photo in photos if not _is_used(session, photo)]


def _erase_words(session: Session, person: Person) -> None:
    """Take a name away where it stands as a word, not as a number; the Academy's guests are of any school."""
    names, school = _names_of(person), person.school_id
    session.execute(update(ExpertSession).where(ExpertSession.expert.in_(names)).values(expert=GONE))
    named = (LaunchStep.school_id == school, LaunchStep.responsible.in_(names))
    session.execute(update(LaunchStep).where(*named).values(responsible=""))
    for plan in session.scalars(select(LaunchPlan).where(LaunchPlan.school_id == school)):
        plan.facts = {key: "" if str(value) in names else value for key, value in plan.facts.items()}
    session.flush()


def _names_of(person: Person) -> set[str]:
    """A person's name as people write it."""
    family, given = person.family_name, person.given_name
    return {f"{family} {given}", f"{given} {family}", f"{family} {given} {person.patronymic}".strip()}


def submissions_of(session: Session, person: Person) -> list[Submission]:
    """Return what somebody handed in: their files are to be deleted when the erasure is done."""
    return list(session.scalars(select(Submission).where(Submission.person_id == person.id)))


def photos_of(session: Session, person: Person) -> set[str]:
    """Return the names of the pictures in somebody's passport and among what they showed of a course."""
    mine = select(PassportEntry.photo).where(PassportEntry.person_id == person.id)
    shown = select(Evidence.photo).where(Evidence.by == person.id)
    return {photo for query in (mine, shown) for photo in session.scalars(query) if photo}


def _is_used(session: Session, photo: str) -> bool:
    tables = (PassportEntry, Evidence)
    return any(session.scalar(select(table.id).where(table.photo == photo).limit(1)) for table in tables)


def _erase_journal(session: Session, person: Person) -> None:
    """Take what is said of the person out of the journal; that something was changed, when and by whom, stays."""
    columns = {table.name: find_columns(table) for table, _ in personal_tables()}
    names, worded = _names_of(person), _find_worded(session, person.school_id)
    for entry in session.scalars(select(Change)):
        rows = [
            _blank(note)
            if _is_about(note, columns.get(note["sheet"], []), person.id)
            or ((note["sheet"], note["id"]) in worded and _names(note, names))
            else note
            for note in entry.rows
        ]
        if rows != entry.rows:
            entry.rows, entry.what, entry.said = rows, GONE, None


def _find_worded(session: Session, school: int) -> set[tuple[str, int]]:
    """Return the rows, with their sheets, that may name a person of a school by words."""
    return {("expert_session", number) for number in session.scalars(select(ExpertSession.id))} | {
        (table.__tablename__, number)
        for table in (LaunchPlan, LaunchStep)
        for number in session.scalars(select(table.id).where(table.school_id == school))
    }


def _states_of(note: dict[str, Any]) -> list[dict[str, Any]]:
    return [note[name] for name in ("before", "after") if note.get(name)]


def _is_about(note: dict[str, Any], columns: list[str], person: int) -> bool:
    return any(state.get(column) == person for state in _states_of(note) for column in columns)


def _names(note: dict[str, Any], names: set[str]) -> bool:
    words = json.dumps(_states_of(note), ensure_ascii=False)
    return any(json.dumps(name, ensure_ascii=False)[1:-1] in words for name in names)


def _blank(note: dict[str, Any]) -> dict[str, Any]:
    return {"sheet": note["sheet"], "id": note["id"], "before": None, "after": {"gone": True}}


def list_overdue(session: Session, school_id: int) -> list[Person]:
    """Return those who left longer ago than data is kept and are not erased yet."""
    erased = select(Erasure.person_id)
    overdue = (Person.left_at < now() - KEPT_FOR) & Person.id.not_in(erased)
    return sort_people(session.scalars(select(Person).where(Person.school_id == school_id, overdue)))
