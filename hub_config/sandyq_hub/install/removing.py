"""``./sandyq uninstall``: the program goes; the school's data stay, unless somebody types the school's name."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlalchemy import select

from sandyq.configuration import read_configuration
from sandyq.layout import OPT, USB, Layout
from sandyq.school.database import Database
from sandyq.school.first_run import is_set_up
from sandyq.school.tables import School
from sandyq.tls.mdns import ANNOUNCED, AVAHI
from sandyq_hub.install.changes import Change, Gone, settle
from sandyq_hub.install.installing import Tell, is_running, list_our_units, run_program


def uninstall(layout: Layout, tell: Tell, ask: Callable[[str], str], *, with_data: bool = False) -> None:
    """Remove what ``install`` made. ValueError, and nothing is removed, when the typed name is not the school's."""
    backups = _find_backups(layout)
    if with_data:
        _confirm(layout, ask)
    if layout.is_live and is_running():
        run_program("systemctl", "stop", "sandyq.target", "sandyq-*.service")
    settle(_list_program(layout), tell)
    if layout.is_live:
        run_program("systemctl", "daemon-reload")
    if with_data:
        settle([Gone(layout.home), Gone(layout.configuration.parent)], tell)
    else:
        tell(f"The school's data stay in {layout.home}, its settings in {layout.configuration}.")
    tell(f"Backups stay in {backups}. Accounts stay too: files belong to them.")


def _find_backups(layout: Layout) -> str:
    """Say where they are; settings that cannot be read keep nobody from removing the program."""
    try:
        return str(layout.of(read_configuration(layout.configuration).backup.folder))
    except ValueError:
        return "the folder that school.toml, which cannot be read, names"


def _confirm(layout: Layout, ask: Callable[[str], str]) -> None:
    name = find_school(layout) or layout.home.name
    typed = ask(f"All data of the school will be deleted. Type its name – {name} – to do it: ")
    if typed.strip() != name:
        raise ValueError("That is not the school's name. Nothing was removed.")


def find_school(layout: Layout) -> str:
    """Return the name of the server's first school; empty: it is not set up."""
    settings = layout.read_settings()
    if not is_set_up(settings):
        return ""
    database = Database(settings.database_url)
    try:
        with database.reading() as session:
            return session.scalars(select(School.name).order_by(School.id)).first() or ""
    finally:
        database.close()


def _list_program(layout: Layout) -> Iterator[Change]:
    yield Gone(layout.units / "multi-user.target.wants" / "sandyq.target")
    yield from map(Gone, list_our_units(layout))
    for path in ("sysusers.d/sandyq.conf", "tmpfiles.d/sandyq.conf", "udev/rules.d/90-sandyq.rules"):
        yield Gone(layout.of(f"/etc/{path}"))
    yield Gone(layout.of(AVAHI / ANNOUNCED))
    yield Gone(layout.of("/etc/systemd/journald@sandyq.conf"))
    yield Gone(layout.of("/usr/local/bin/sandyq"))
    if (usb := layout.of(USB)).is_dir() and not any(usb.iterdir()):
        yield Gone(usb)
    yield Gone(layout.of(OPT))
