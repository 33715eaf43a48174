"""Guessing is slowed down; owners are not kept out."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from sandyq.school.database import Database
from sandyq.school.tables import LoginFailure
from sandyq.school.throttle import forget_old, record_failure, record_success, seconds_to_wait

START = datetime(2026, 9, 1, 9, tzinfo=UTC)


class Guesser:
    """Somebody who tries as fast as the throttle lets them."""

    def __init__(self, session, login, address, at=START):
        self.session, self.login, self.address, self.at = session, login, address, at

    def guess(self):
        self.at += timedelta(seconds=seconds_to_wait(self.session, self.login, self.address, self.at))
        record_failure(self.session, self.login, self.address, self.at)


def test_three_mistakes_cost_nothing_and_then_the_wait_grows_to_thirty_seconds(database):
    with database.session() as session:
        waits = []
        guesser = Guesser(session, "aidos", "10.0.0.5")
        for _ in range(10):
            guesser.guess()
            waits.append(seconds_to_wait(session, "aidos", "10.0.0.5", guesser.at))
    assert waits == [0, 0, 1, 2, 4, 8, 16, 30, 30, 30]


def test_waits_survive_a_restart(database):
    with database.session() as session:
        for _ in range(9):
            record_failure(session, "aidos", "10.0.0.5", START)
    url = database.engine.url.render_as_string(hide_password=False)
    database.close()
    reopened = Database(url)
    with reopened.reading() as session:
        assert seconds_to_wait(session, "aidos", "10.0.0.5", START) == 30
    reopened.close()


def test_an_attack_from_elsewhere_does_not_keep_the_owner_out(database):
    with database.session() as session:
        attacker = Guesser(session, "aidos", "10.0.0.66")
        for _ in range(200):
            attacker.guess()
            assert seconds_to_wait(session, "aidos", "10.0.0.5", attacker.at) == 0


def test_an_attack_from_everywhere_does_not_keep_the_owner_out_of_their_own_pc(database):
    with database.session() as session:
        record_success(session, "aidos", "10.0.0.5", START)
        at = START
        for machine in range(100):
            for _ in range(5):
                record_failure(session, "aidos", f"10.0.1.{machine}", at)
        assert seconds_to_wait(session, "aidos", "10.0.0.5", at) == 0
        assert 0 < seconds_to_wait(session, "aidos", "10.0.0.7", at) <= 30


def test_guesses_in_a_row_from_many_addresses_are_limited(database):
    with database.session() as session:
        allowed = 0
        for machine in range(250):
            for _ in range(3):
                if seconds_to_wait(session, "aidos", f"10.0.1.{machine}", START) == 0:
                    record_failure(session, "aidos", f"10.0.1.{machine}", START)
                    allowed += 1
    assert allowed <= 100


def test_one_address_guessing_at_many_accounts_is_limited(database):
    with database.session() as session:
        allowed = 0
        for number in range(500):
            if seconds_to_wait(session, f"pupil{number}", "10.0.0.66", START) == 0:
                record_failure(session, f"pupil{number}", "10.0.0.66", START)
                allowed += 1
    assert allowed <= 100


def test_a_class_of_mistyping_children_behind_one_address_is_not_blocked(database):
    with database.session() as session:
        at = START
        for child in range(20):
            for _ in range(3):
                at += timedelta(seconds=1)
                assert seconds_to_wait(session, f"pupil{child}", "10.0.0.1", at) == 0
                if _ < 2:
                    record_failure(session, f"pupil{child}", "10.0.0.1", at)
            record_success(session, f"pupil{child}", "10.0.0.1", at)


def test_success_forgets_the_mistakes_and_so_does_an_hour(database):
    with database.session() as session:
        for _ in range(9):
            record_failure(session, "aidos", "a", START)
            record_failure(session, "dana", "b", START)
        record_success(session, "aidos", "a", START)
        assert seconds_to_wait(session, "aidos", "a", START) == 0
        later = START + timedelta(hours=2)
        record_failure(session, "dana", "b", later)
        assert seconds_to_wait(session, "dana", "b", later) == 0


def test_a_clock_set_back_does_not_lock_anybody_out_for_long(database):
    with database.session() as session:
        for _ in range(9):
            record_failure(session, "aidos", "a", START)
        assert seconds_to_wait(session, "aidos", "a", START - timedelta(days=365)) <= 30


def test_an_endless_login_is_counted_without_an_error(database):
    with database.session() as session:
        record_failure(session, "x" * 10_000, "y" * 10_000, START)
        assert seconds_to_wait(session, "x" * 10_000, "y" * 10_000, START) == 0


def test_what_was_typed_is_not_kept_longer_than_it_counts(database):
    """A password typed in the login's place, too; where owners have signed in stays known."""
    with database.session() as session:
        record_success(session, "aidos", "10.0.0.5", START)
        for _ in range(9):
            record_failure(session, "құпия сөзім", "10.0.0.5", START)
        forget_old(session, START + timedelta(minutes=59))
        assert seconds_to_wait(session, "құпия сөзім", "10.0.0.5", START) == 30
        forget_old(session, START + timedelta(hours=2))
        assert list(session.scalars(select(LoginFailure.key))) == ["account:aidos|10.0.0.5"]
