"""Secrets: issued, stored, checked."""

import time

import pytest
from sqlalchemy import select

from sandyq.school import credentials
from sandyq.school.credentials import (
    is_weak_pin,
    issue_secret,
    make_pin,
    reset_secret,
    set_secret,
    verify_secret,
)
from sandyq.school.database import now
from sandyq.school.errors import Invalid
from sandyq.school.tables import Credential, Person, PersonRole, School


@pytest.fixture
def person(database):
    """Add somebody with a role and a grade; give the login."""

    def add(role, grade=None):
        with database.session() as session:
            school = session.scalar(select(School)) or School(name="Мектеп")
            session.add(school)
            session.flush()
            login = f"{role}{grade or ''}"
            roles = [PersonRole(role=role)]
            names = {"family_name": "Серік", "given_name": "Айдос", "grade": grade, "roles": roles}
            session.add(Person(school_id=school.id, login=login, **names))
        return login

    return add


def find(session, login):
    return session.scalars(select(Person).where(Person.login == login)).one()


@pytest.mark.parametrize(
    ("who", "kind", "shortest"),
    [
        (("pupil", 1), "pin", 4),
        (("pupil", 4), "pin", 4),
        (("pupil", 5), "password", 12),
        (("teacher",), "password", 15),
    ],
)
def test_everybody_gets_a_secret_of_their_kind_and_signs_in_with_it(database, person, who, kind, shortest):
    login = person(*who)
    with database.session() as session:
        secret = reset_secret(session, find(session, login))
    assert secret.kind == kind
    assert len(secret.text) >= shortest
    with database.reading() as session:
        assert verify_secret(session, login.upper() + " ", f" {secret.text} ").login == login
        assert verify_secret(session, login, secret.text + "x") is None
        assert secret.text not in session.scalars(select(Credential.secret_hash)).one()


def test_a_new_secret_ends_the_old_one(database, person):
    login = person("teacher")
    with database.session() as session:
        old = reset_secret(session, find(session, login))
        new = reset_secret(session, find(session, login))
        assert verify_secret(session, login, old.text) is None
        assert verify_secret(session, login, new.text)


def test_whoever_has_left_cannot_sign_in(database, person):
    login = person("pupil", 7)
    with database.session() as session:
        secret = reset_secret(session, find(session, login))
        find(session, login).left_at = now()
    with database.reading() as session:
        assert verify_secret(session, login, secret.text) is None


def test_a_pin_typed_in_the_kazakh_layout_is_understood(database, person):
    login = person("pupil", 2)
    with database.session() as session:
        set_secret(session, find(session, login), "2850", "pin")
        assert verify_secret(session, login, "әүғқ")
        assert verify_secret(session, login, "ӘҮҒҚ")


def test_adults_have_no_pins_and_no_short_passwords(database, person):
    login = person("administrator")
    with database.session() as session:
        for secret, kind in (("4831", "pin"), ("fourteen-chars", "password"), ("x" * 201, "password")):
            with pytest.raises(Invalid):
                set_secret(session, find(session, login), secret, kind)


def test_pins_that_anybody_would_try_are_not_issued():
    assert all(map(is_weak_pin, ("0000", "1122", "1234", "9876", "2014", "1212", "1999")))
    assert not any(is_weak_pin(make_pin()) for _ in range(500))


def test_passphrases_are_easy_to_type_and_differ():
    adult = Person(roles=[PersonRole(role="teacher")])
    phrases = {issue_secret(adult).text for _ in range(50)}
    assert len(phrases) == 50
    assert all(phrase.isascii() and phrase == phrase.lower() for phrase in phrases)


def test_the_hash_is_argon2id_as_agreed():
    assert credentials.HASHER.hash("x").startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_an_unknown_login_takes_as_long_as_a_wrong_secret(database, person):
    login = person("teacher")
    with database.session() as session:
        reset_secret(session, find(session, login))
    with database.reading() as session:

        def fastest(name):
            times = []
            for _ in range(5):
                begin = time.process_time()
                verify_secret(session, name, "wrong")
                times.append(time.process_time() - begin)
            return min(times)

        verify_secret(session, "nobody", "wrong")
        assert fastest("nobody") > fastest(login) / 2
