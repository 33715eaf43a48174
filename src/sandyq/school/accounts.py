"""What an operator does with single accounts: end them, give them a new secret."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TextIO

from sqlalchemy.orm import Session

from sandyq.i18n import translator
from sandyq.school.cards import Card
from sandyq.school.commands import print_lines, write_cards
from sandyq.school.credentials import reset_secret
from sandyq.school.database import Database
from sandyq.school.errors import NotFound, SchoolError
from sandyq.school.leaving import leave_school
from sandyq.school.moves import check_move, find_school, move_person
from sandyq.school.people import class_of_pupil, find_person
from sandyq.school.tables import Person, School
from sandyq.settings import Settings


def end_accounts(settings: Settings, logins: Sequence[str], apply: bool, out: TextIO) -> int:
    """Show whose accounts would end; with ``apply`` end them. Return 1 when a login is not known."""
    _ = translator(settings.language)

    def end(session: Session, people: list[Person]) -> list[str]:
        lines = [f"  {person.full_name} ({person.login})" for person in people]
        if not apply:
            return [*lines, _("This was a preview; nothing was changed. To do it, add --apply.")]
        for person in people:
            leave_school(session, person)
        done = _("Accounts ended: {count}. A list in which they stand with these logins brings them back.")
        return [*lines, done.format(count=len(people))]

    return _do(settings, logins, end, out)


def move_people(settings: Settings, logins: Sequence[str], to: str, apply: bool, out: TextIO) -> int:
    """Show who would move to which school; with ``apply`` let them. Return 1 for an unknown login or school."""
    _ = translator(settings.language)

    def move(session: Session, people: list[Person]) -> list[str]:
        school = find_school(session, to)
        lines = []
        for person in people:
            old = session.get_one(School, person.school_id).name
            check_move(person, school)
            lines.append(f"  {person.full_name} ({person.login}): {old} → {school.name}")
        if not apply:
            return [*lines, _("This was a preview; nothing was changed. To do it, add --apply.")]
        for person in people:
            move_person(session, person, school)
        done = _(
            "People moved: {count}. Their Academy record went along; give them classes in the new school's list."
        )
        return [*lines, done.format(count=len(people))]

    return _do(settings, logins, move, out)


def reset_secrets(settings: Settings, logins: Sequence[str], out: TextIO) -> int:
    """Give people new secrets and write their login cards. Return 1 when a login is not known or has left."""
    _ = translator(settings.language)

    def reset(session: Session, people: list[Person]) -> list[str]:
        if gone := next((person for person in people if person.left_at), None):
            raise NotFound("{login} has left the school. Import the person again first.", login=gone.login)
        cards = [_make_card(session, person) for person in people]
        school = session.get_one(School, people[0].school_id)
        path = write_cards(settings, school.name, cards)  # before the commit: no new secret without its card
        return [
            _("Login cards to print: {path}").format(path=path),
            _("Their passwords are shown nowhere else. Print the cards, then delete the file."),
        ]

    return _do(settings, logins, reset, out)


def _make_card(session: Session, person: Person) -> Card:
    group = class_of_pupil(session, person.id)
    secret = reset_secret(session, person)
    class_name = group.name if group else ""
    return Card(person.full_name, class_name, person.login, secret.kind, secret.text, person.language)


def _do(
    settings: Settings,
    logins: Sequence[str],
    job: Callable[[Session, list[Person]], list[str]],
    out: TextIO,
) -> int:
    """Do a job with people in one transaction; say in the operator's language what came of it."""
    database = Database(settings.database_url)
    try:
        database.migrate()
        with database.session() as session:
            lines = job(session, [_find(session, login) for login in logins])
    except SchoolError as error:
        print_lines(out, error.in_language(settings.language))
        return 1
    finally:
        database.close()
    print_lines(out, *lines)
    return 0


def _find(session: Session, login: str) -> Person:
    person = find_person(session, login)
    if person is None:
        raise NotFound("Nobody has the login '{login}'. Check it in the class list.", login=login)
    return person
