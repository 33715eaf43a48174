"""``./sandyq install``: bring the machine to what this version wants; run again, it changes nothing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from sandyq.configuration import TEMPLATE, Configuration, read_configuration
from sandyq.layout import CURRENT, HOME, RUNTIME, Layout
from sandyq.settings import PROJECT, Settings
from sandyq.tls.mdns import ANNOUNCED, AVAHI, announce, is_told
from sandyq.updates.content import find_live
from sandyq_hub.install.changes import Change, File, Folder, Gone, Link, Step, settle
from sandyq_hub.install.program import (
    copy_program,
    find_version,
    is_complete,
    open_program,
    set_up_packages,
)
from sandyq_hub.install.units import (
    render_accounts,
    render_folders,
    render_journal,
    render_plugged,
    render_units,
)
from sandyq_hub.isolation import NAMES, first_number

PACKAGES: Final = {
    "avahi-daemon": "usr/sbin/avahi-daemon",
    "python3-venv": "usr/lib/python3*/ensurepip/__init__.py",
    "restic": "usr/bin/restic",
    "systemd": "usr/bin/systemd-sysusers",
}
"""Debian's packages and by what we see that they are there."""
PORTS: Final = {"proxy_api_port": 8001, "hub_port": 8081, "portal_port": 8082, "rooms_port": 8083}
OURS: Final = ("sandyq*.service", "sandyq*.target", "sandyq*.timer", "sandyq*.path", "media-sandyq.mount")
Tell = Callable[[str], None]


def install(layout: Layout, tell: Tell, *, dry_run: bool = False, start: bool = True) -> int:
    """Install this program, or put right what is not as it should be; return how much was changed."""
    configuration = read_configuration(layout.configuration)
    version, current = find_version(PROJECT), layout.find_current()
    if current and current != version:
        raise ValueError(f"Version {current} is installed, this is {version}. To bring it: ./sandyq upgrade")
    count = settle(list_preparations(layout, version), tell, dry_run=dry_run)
    count += settle_machine(layout, configuration, tell, dry_run=dry_run)
    count += settle([*list_switch(layout, version)], tell, dry_run=dry_run)
    if layout.is_live and start:
        count += settle(_list_start(), tell, dry_run=dry_run)
    return count


def list_preparations(layout: Layout, version: str) -> Iterator[Change]:
    """What may be done while another version is at work: its program beside it."""
    yield from _list_packages(layout)
    yield Folder(layout.versions)
    yield Step(
        f"program {version} → {layout.versions / version}",
        lambda: is_complete(layout, version),
        lambda: _bring(layout, version),
    )


def _bring(layout: Layout, version: str) -> None:
    copy_program(layout, PROJECT, version)
    set_up_packages(layout, version)


def _list_packages(layout: Layout) -> Iterator[Change]:
    """Into a folder without a Debian nothing is installed: whoever makes the image does it."""
    if not layout.of("/etc/debian_version").exists():
        return
    missing = [name for name, sign in PACKAGES.items() if not any(layout.root.glob(sign))]
    inside = [] if layout.root == Path("/") else ["chroot", str(layout.root)]
    command = [*inside, "apt-get", "install", "-y", "-q", "--no-install-recommends", *missing]
    if missing:
        update = [*inside, "apt-get", "update", "-q"]
        yield Step(f"Debian's packages: {', '.join(missing)}", lambda: False, lambda: _fetch(command, update))


def _fetch(command: list[str], update: list[str]) -> None:
    try:
        run_program(*command)
    except ValueError:  # what apt knows of Debian's archive may be of another month
        run_program(*update)
        run_program(*command)


def settle_machine(layout: Layout, configuration: Configuration, tell: Tell, *, dry_run: bool = False) -> int:
    """Files, folders, accounts and units as this version wants them."""
    count = settle(_list_files(layout, configuration), tell, dry_run=dry_run)
    units = settle(_list_units(layout, configuration), tell, dry_run=dry_run)
    told = settle(list_announcement(layout, configuration), tell, dry_run=dry_run)
    logs = settle([_plan_journal(layout, configuration)], tell, dry_run=dry_run)
    if layout.is_live and not dry_run:
        for command in list_reloads(told=told, units=units, logs=logs):
            run_program(*command)
    return count + units + told + logs


def _plan_journal(layout: Layout, configuration: Configuration) -> Change:
    return File(layout.of("/etc/systemd/journald@sandyq.conf"), render_journal(configuration))


def list_reloads(*, told: int, units: int, logs: int) -> Iterator[tuple[str, ...]]:
    """Give the commands by which what was changed holds at once, not from the machine's next start on."""
    if told:
        yield "systemctl", "try-restart", "avahi-daemon"
    if units:
        yield "systemctl", "daemon-reload"
        yield "udevadm", "control", "--reload"
    if logs:  # it reads its bounds when it starts; systemd keeps what it listens to meanwhile
        yield "systemctl", "try-restart", "systemd-journald@sandyq.service"


def list_announcement(layout: Layout, configuration: Configuration) -> Iterator[Change]:
    """A name that no name server knows is told by Avahi."""
    server, folder = configuration.server, layout.of(AVAHI)
    if server.tls_name:
        yield Step(
            f"Avahi tells the network the name {server.tls_name}",
            lambda: is_told(server.tls_name, server.port, folder),
            lambda: announce(server.tls_name, server.port, folder),
        )
    elif (folder / ANNOUNCED).exists():
        yield Gone(folder / ANNOUNCED)


def _list_files(layout: Layout, configuration: Configuration) -> Iterator[Change]:
    if not layout.configuration.exists():
        yield File(layout.configuration, TEMPLATE)
    base = find_base(layout)
    accounts = layout.of("/etc/sysusers.d/sandyq.conf")
    yield File(accounts, render_accounts(base))
    yield Step(
        "accounts of the parts",
        lambda: _has_accounts(layout, base),
        lambda: run_program("systemd-sysusers", f"--root={layout.root}", accounts.name),
    )
    yield Folder(layout.home, 0o711)
    yield Folder(layout.of(RUNTIME), 0o711)
    if not layout.of(configuration.backup.folder).is_dir():
        yield Folder(layout.of(configuration.backup.folder), 0o700)
    yield File(layout.home / "server.json", _render_settings(configuration, base))


def find_base(layout: Layout) -> int:
    """Return the first of the server's numbers: what is on its disk belongs to them, so they stay."""
    try:
        return Settings.load(layout.home).uid_base
    except ValueError:
        return first_number()


def _render_settings(configuration: Configuration, base: int) -> str:
    server = configuration.server
    settings = Settings(
        HOME,
        server.language,
        server.port,
        tls_name=server.tls_name,
        plain_port=server.plain_port if server.tls_name else 0,
        hsts_days=server.hsts_days,
        disk_quota=configuration.people.folder_megabytes,
        fork_socket=str(RUNTIME / "server"),
        uid_base=base,
        content=find_live(HOME),
        listen="0.0.0.0",  # noqa: S104 # a server for the school's network
    )
    return json.dumps(replace(settings, **PORTS).to_environment(), indent=1)  # type: ignore[arg-type] # all are ports


def _has_accounts(layout: Layout, base: int) -> bool:
    """All of them, with the numbers they should have; ValueError where a number or a name is somebody else's."""
    wanted = {f"sandyq-{name}": base + index for index, name in enumerate(NAMES)}
    try:
        lines = layout.of("/etc/group").read_text("utf-8").splitlines()
    except FileNotFoundError:
        return False
    found = {name: int(number) for name, _, number, *_ in (line.split(":") for line in lines if line)}
    for name, number in found.items():
        if (name in wanted and wanted[name] != number) or (number in wanted.values() and name not in wanted):
            raise ValueError(
                f"/etc/group: the group {name} has the number {number}; Sandyq needs {base} to {base + len(NAMES)}. "
                "Give other numbers: SANDYQ_UID_BASE=… ./sandyq install"
            )
    return wanted.keys() <= found.keys()


def _list_units(layout: Layout, configuration: Configuration) -> Iterator[Change]:
    yield File(layout.of("/etc/tmpfiles.d/sandyq.conf"), render_folders())
    rule = layout.of("/etc/udev/rules.d/90-sandyq.rules")
    yield File(rule, render_plugged(configuration.backup.usb)) if configuration.backup.usb else Gone(rule)
    wanted = dict(render_units(configuration))
    for name, text in wanted.items():
        yield File(layout.units / name, text)
    for path in list_our_units(layout):
        if path.name not in wanted:
            yield Gone(path)


def list_our_units(layout: Layout) -> list[Path]:
    return sorted(path for pattern in OURS for path in layout.units.glob(pattern))


def list_switch(layout: Layout, version: str) -> Iterator[Change]:
    """From now on this version is the one at work."""
    yield Step(
        f"version {version} is open to its parts",
        lambda: _is_open(layout, version),
        lambda: open_program(layout, version),
    )
    yield link_to(layout, version)
    yield Link(layout.of("/usr/local/bin/sandyq"), str(CURRENT / "sandyq"))
    yield Link(layout.units / "multi-user.target.wants" / "sandyq.target", "../sandyq.target")


def _is_open(layout: Layout, version: str) -> bool:
    folder = layout.versions / version
    return folder.is_dir() and bool(folder.stat().st_mode & 0o001)


def link_to(layout: Layout, version: str) -> Link:
    """The link that says which version is at work."""
    return Link(layout.current, f"versions/{version}")


def _list_start() -> Iterator[Change]:
    yield Step(
        "sandyq.target is started", is_running, lambda: run_program("systemctl", "start", "sandyq.target")
    )


def is_running() -> bool:
    command = ["systemctl", "is-active", "--quiet", "sandyq.target"]
    return subprocess.run(command, check=False).returncode == 0


def run_program(*command: str) -> None:
    """Run a program of Debian's; ValueError with its last words."""
    if shutil.which(command[0]) is None:
        raise ValueError(f"The program {command[0]} is not installed. On Debian: apt install systemd")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        words = (done.stderr or done.stdout).strip().splitlines()
        raise ValueError(f"{' '.join(command)} failed: {words[-1] if words else done.returncode}")
