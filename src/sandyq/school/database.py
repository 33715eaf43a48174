"""The school database: SQLite in WAL mode by default, PostgreSQL by URL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, DateTime, Engine, MetaData, TypeDecorator, create_engine, event
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session

MIGRATIONS = Path(__file__).parent / "migrations"
ZONE = ZoneInfo("Asia/Almaty")
"""One time zone in all of Kazakhstan since March 2024."""
BUSY_TIMEOUT = 10.0
"""Seconds to wait for another writer before giving up."""


class UtcDateTime(TypeDecorator[datetime]):
    """Aware datetimes, stored as UTC (SQLite forgets time zones)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Any) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError(f"The time {value.isoformat()} has no zone. Use datetime.now(UTC).")
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, _dialect: Any) -> datetime | None:
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


class Base(DeclarativeBase):
    """Base of all tables of the school database."""

    type_annotation_map = {datetime: UtcDateTime}  # noqa: RUF012 # SQLAlchemy's own convention
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The date in Kazakhstan."""
    return datetime.now(ZONE).date()


def begin_of(on: date) -> datetime:
    """Return the first moment of a day in Kazakhstan."""
    return datetime.combine(on, time.min, ZONE)


def end_of(on: date) -> datetime:
    """Return the first moment after a day in Kazakhstan."""
    return begin_of(on + timedelta(days=1))


def open_engine(url: str) -> Engine:
    """Open the database behind a SQLAlchemy URL; SQLite gets the settings that survive a power cut."""
    if not url.startswith("sqlite"):
        return _open_server(url)
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT})
    if engine.url.database:
        Path(engine.url.database).parent.mkdir(mode=0o700, exist_ok=True)

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        # IMMEDIATE: two writers queue up at the start instead of failing half-way; readers wait for nobody
        reading = connection.get_execution_options().get("sandyq_reading", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def _open_server(url: str) -> Engine:
    try:
        return create_engine(url, pool_pre_ping=True)
    except (ArgumentError, ImportError) as error:
        raise ValueError(
            f"SANDYQ_DATABASE is no address that can be used ({error}). "
            "Give one such as postgresql+psycopg://USER:PASSWORD@HOST/DATABASE"
        ) from None


def _refuse_change(session: Session, *_: Any) -> None:
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("This session only reads. Use Database.session() to change something.")


class Database:
    """The open school database: ``with database.session() as session`` is one transaction."""

    def __init__(self, url: str) -> None:
        self.engine = open_engine(url)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Give a session; commit (durably) at the end, roll back on an error."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session that only reads, so that it never waits for a writer; RuntimeError on a change."""
        with Session(self.engine, expire_on_commit=False) as session:
            event.listen(session, "before_flush", _refuse_change)
            session.connection(execution_options={"sandyq_reading": True})
            yield session

    def migrate(self) -> None:
        """Bring the schema to the newest version."""
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        with self._reach() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    @contextmanager
    def _reach(self) -> Iterator[Connection]:
        """Give a connection in a transaction; ValueError, without the password, when the database is not there."""
        try:
            connection = self.engine.connect()
        except OperationalError as error:
            why = str(error.orig).strip().splitlines()[0]
            raise ValueError(
                f"The database {self.engine.url!r} cannot be opened ({why}). Start it, or correct SANDYQ_DATABASE."
            ) from None
        with connection, connection.begin():
            yield connection

    def drop_traces(self) -> None:
        """Empty SQLite's write-ahead log: what was deleted stands there, readable. Not while somebody reads long."""
        if self.engine.dialect.name == "sqlite":
            connection = self.engine.raw_connection()
            try:
                for pragma in ("busy_timeout=1000", "wal_checkpoint(TRUNCATE)"):  # writers wait as long
                    connection.cursor().execute(f"PRAGMA {pragma}")
            finally:
                connection.invalidate()

    def close(self) -> None:
        self.engine.dispose()
