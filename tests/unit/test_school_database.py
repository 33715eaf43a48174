"""The school database: its schema, its transactions, its times."""

from datetime import UTC, datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select

from sandyq.school.academy import tables as academy_tables  # noqa: F401 # fill Base.metadata, with all below
from sandyq.school.centre import tables as centre_tables  # noqa: F401
from sandyq.school.database import Base, now
from sandyq.school.law import tables as law_tables  # noqa: F401
from sandyq.school.tables import LoginFailure, School


def test_the_migrations_make_exactly_the_tables_of_the_models(database):
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_migrating_twice_changes_nothing(database):
    database.migrate()
    with database.reading() as session:
        assert session.scalars(select(School)).all() == []


def test_an_error_takes_the_whole_session_back(database):
    with pytest.raises(RuntimeError), database.session() as session:
        session.add(School(name="half"))
        session.flush()
        raise RuntimeError
    with database.reading() as session:
        assert session.scalars(select(School)).all() == []


def test_a_reading_session_refuses_to_write(database):
    with pytest.raises(RuntimeError, match=r"Use Database\.session"), database.reading() as session:
        session.add(School(name="sneaked in"))
        session.flush()


def test_a_reader_does_not_wait_for_a_writer(database):
    with database.session() as writer:
        writer.add(School(name="being written"))
        writer.flush()
        with database.reading() as reader:
            assert reader.scalars(select(School)).all() == []


def test_times_come_back_in_utc_and_a_time_without_zone_is_refused(database):
    at = now()
    with database.session() as session:
        session.add(LoginFailure(key="k", failures=1, blocked_until=at))
    with database.reading() as session:
        found = session.get(LoginFailure, "k")
        assert found.blocked_until == at
        assert found.blocked_until.utcoffset() == datetime.now(UTC).utcoffset()
    with pytest.raises(Exception, match="has no zone"), database.session() as session:
        session.add(LoginFailure(key="naive", failures=1, blocked_until=datetime(2026, 9, 1)))
