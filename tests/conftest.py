"""What several suites share: one running server and one browser a test session."""

import os
import re
import sys
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import settings
from sqlalchemy import create_engine, make_url, text

from rehearsal import CHROMIUM, Demo, has_browser, open_browser, open_folder, running_demo

NOBODY = 65534
OUR_FRAME = re.compile(r"(tests|src)/\S+\.py:\d+: ")
sys.path.insert(0, str(Path(__file__).parent / "unit"))  # what several of a suite's files share
settings.register_profile("patient", settings.default, deadline=None)  # a busy machine is no failure
settings.load_profile("patient")


def pytest_runtest_logreport(report):
    """Tell ``sandyq.checks`` where each failure happened and how its error begins."""
    if report.failed and (file := os.environ.get("SANDYQ_FAILURES")):
        with Path(file).open("a") as failures:
            told = [line[:200] for line in report.longreprtext.splitlines()]
            ours = [line for line in told if OUR_FRAME.match(line)]
            error = [line for line in told if line.startswith("E ")] or told[-15:]
            failures.write("\n".join([f"sandyq: {report.nodeid} ({report.when}):", *ours, *error[:20], ""]))


@pytest.fixture(scope="session")
def demo():
    """A whole server with the sample school, started once for all tests that only use it; as root, isolated."""
    with running_demo() as running:
        yield running


@pytest.fixture
def place():
    """A folder that others may pass through, for demos that root may start."""
    with open_folder() as folder:
        yield folder


@pytest.fixture
def ordinary_demo(place):
    """A demo of an ordinary user's, not started yet: it isolates nobody."""
    home = place / "home"
    home.mkdir(mode=0o700)
    if os.geteuid() != 0:
        return Demo(home)
    os.chown(home, NOBODY, NOBODY)
    return Demo(home, uid=NOBODY)


@pytest.fixture(scope="session")
def browser():
    """Debian's Chromium; without it the browser tests say so and are skipped."""
    if not has_browser():
        pytest.skip(f"no browser at {CHROMIUM}: apt install chromium")
    with open_browser() as opened:
        yield opened


@pytest.fixture
def database(tmp_path):
    """A migrated school database: SQLite, or a schema of its own on the PostgreSQL of ``SANDYQ_TEST_POSTGRES``."""
    with _school_database(tmp_path) as opened:
        yield opened


@pytest.fixture(scope="session")
def sample_database(tmp_path_factory):
    """A database with the sample school as of 24 November 2026; tests roll back what they change."""
    from sandyq.school import sample

    with _school_database(tmp_path_factory.mktemp("sample")) as opened:
        with opened.session() as session:
            sample.seed(session, date(2026, 11, 24))
        yield opened


@pytest.fixture
def session(sample_database):
    """A session in the sample school whose changes are rolled back; what fails in it can be tried again."""
    from sqlalchemy.orm import Session

    with sample_database.engine.connect() as connection, connection.begin() as whole:
        with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as opened:
            yield opened
        whole.rollback()


@pytest.fixture
def leader(session):
    """The leader of the sample school's centre."""
    from sandyq.school.people import find_person

    return find_person(session, "lazzat")


@contextmanager
def _school_database(folder):
    from sandyq.school.database import Database

    with _database_url(folder) as url:
        opened = Database(url)
        opened.migrate()
        yield opened
        opened.close()


@contextmanager
def _database_url(folder):
    server = os.environ.get("SANDYQ_TEST_POSTGRES")
    if not server:
        yield f"sqlite:///{folder / 'school.sqlite'}"
        return
    schema = f"test_{uuid4().hex}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
        url = make_url(server).update_query_dict({"options": f"-csearch_path={schema}"})
        yield url.render_as_string(hide_password=False)
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    engine.dispose()
