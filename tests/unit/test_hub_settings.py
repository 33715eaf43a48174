"""The hub's settings that must hold: nobody who is not let in by name, no settings of people's own, short cookies."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from jupyterhub import orm
from portal_school import PREFIX, School
from traitlets.config import PyFileConfigLoader

from sandyq.settings import PROJECT, Settings
from sandyq_hub.authenticator import SchoolAuthenticator
from sandyq_hub.spawner import PersonSpawner


@pytest.fixture
def hub(tmp_path, monkeypatch):
    for name, value in Settings(home=tmp_path).to_environment().items():
        monkeypatch.setenv(name, value)
    return PyFileConfigLoader("jupyterhub_config.py", str(PROJECT / "hub_config")).load_config()


def test_who_comes_in_is_the_schools_to_say(hub):
    assert hub.JupyterHub.authenticator_class is SchoolAuthenticator
    for section in ("Authenticator", "SchoolAuthenticator", "JupyterHub"):
        for name in (
            "allow_all",
            "allowed_users",
            "admin_users",
            "admin_groups",
            "admin_access",
            "load_groups",
        ):
            assert name not in hub.get(section, {}), f"{section}.{name} only ever adds"


def test_people_bring_no_settings_and_have_one_server(hub):
    assert hub.JupyterHub.spawner_class is PersonSpawner
    assert hub.Spawner.disable_user_config is True
    assert hub.JupyterHub.allow_named_servers is False


def test_a_cookie_is_good_for_a_school_day(hub):
    assert 0 < hub.JupyterHub.cookie_max_age_days <= 0.5
    assert 0 < hub.JupyterHub.token_expires_in_max_seconds <= 12 * 3600  # else one is made that never ends


def test_the_hub_does_not_wait_for_the_disk_at_each_small_change(hub, tmp_path):
    """With a slow disk, and 60 who come at once, everybody would wait for that."""
    given = hub.JupyterHub.db_kwargs["connect_args"]
    with closing(sqlite3.connect(tmp_path / "hub.sqlite", **given)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (1,), "NORMAL"


def test_of_whom_the_hub_forgets_nothing_stands_on_its_disk(hub, tmp_path):
    """Logins are names: neither the pages that SQLite freed nor its log keep an erased one, while the hub goes on."""
    path = tmp_path / "hub.sqlite"
    with closing(orm.new_session_factory(f"sqlite:///{path}", **hub.JupyterHub.db_kwargs)()) as session:
        session.add_all([orm.User(name="stays"), orm.User(name="aidos.erased")])
        session.commit()
        session.delete(orm.User.find(session, "aidos.erased"))
        session.commit()
        there = b"".join(each.read_bytes() for each in tmp_path.glob("hub.sqlite*"))
        assert b"stays" in there
        assert b"aidos.erased" not in there


def test_somebody_who_reads_meanwhile_only_puts_that_off(hub, tmp_path):
    """A backup, or a list that the hub itself has not read to its end."""
    path, given = tmp_path / "hub.sqlite", hub.JupyterHub.db_kwargs["connect_args"]
    log = tmp_path / "hub.sqlite-wal"
    with closing(sqlite3.connect(path, **given)) as ours, closing(sqlite3.connect(path)) as backup:
        ours.executescript("CREATE TABLE users (name); INSERT INTO users VALUES ('stays'), ('aidos.erased')")
        backup.execute("BEGIN").execute("SELECT * FROM users").fetchall()
        unread = ours.execute("SELECT name FROM users")
        next(unread)
        ours.execute("DELETE FROM users WHERE name = 'aidos.erased'")
        ours.has_traces = True
        ours.commit()
        assert log.stat().st_size
        unread.close()
        ours.commit()
        assert log.stat().st_size
        backup.rollback()
        ours.commit()
        assert not log.stat().st_size


def test_rights_are_the_narrowest(hub):
    scopes = {role["name"]: set(role["scopes"]) for role in hub.JupyterHub.load_roles}
    assert scopes["user"] == {"self", "access:services!service=portal", "access:services!service=rooms"}
    assert scopes["monitoring"] == {"read:metrics"}
    assert not [
        each for role in scopes.values() for each in role if each in ("admin-ui", "access:servers", "tokens")
    ]
    assert {
        role["name"] for role in hub.JupyterHub.load_roles if "users" in role or "groups" in role
    } == set()


def test_a_sign_in_is_bound_to_the_browser_that_began_it(tmp_path):
    """PKCE."""
    led = School(tmp_path).sign_in(None).get(f"{PREFIX}/").headers["location"]
    assert "code_challenge=" in led and "code_challenge_method=S256" in led
