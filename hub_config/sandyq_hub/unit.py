"""``python -m sandyq_hub.unit ACTION [PART]``: what an installed server's units run.

``run PART``: be that part. ``ready PART``: once it answers, do what is due then. ``hold``: keep the parts' ports.
``prepare``: before all parts. ``hourly``: what nobody waits for. ``note PART``: it ended by itself.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from sandyq.layout import find_own_layout
from sandyq.settings import Settings
from sandyq_hub.parts import PartFailed, does_answer, find_health, plan_part

POLL = 0.2
PATIENCE = 600.0
"""Seconds that a part may take until it answers, on the slowest machine."""


def main() -> None:
    _leave_link()
    os.umask(0o077)
    action, *parts = sys.argv[1:]
    layout = find_own_layout()
    settings = layout.read_settings() if layout else Settings.load(Path(os.environ["SANDYQ_HOME"]))
    try:
        ACTIONS[action](settings, *parts)
    except (OSError, ValueError, PartFailed) as error:
        sys.exit(f"sandyq: {error}")


def _leave_link() -> None:
    """Run from the version's own folder: what is imported later is of this version, wherever ``current`` leads then."""
    real = Path(sys.prefix).resolve()
    if real != Path(sys.prefix):
        program = str(real / "bin" / "python")
        os.execv(program, [program, "-m", "sandyq_hub.unit", *sys.argv[1:]])  # noqa: S606 # ourselves


def _run(settings: Settings, name: str) -> None:
    part = plan_part(settings, name)
    if name == "forks":
        _supervise(settings)
    else:
        os.execve(part.command[0], part.command, part.environment)  # noqa: S606 # our own program


def _supervise(settings: Settings) -> None:
    """Keep the fork server running, by the demo's own means: its group of processes outlives a fork server that dies.

    In its group stand people's, so systemd could not start a new one there.
    """
    from sandyq_hub.supervisor import Supervisor

    stopping: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _frame: stopping.append(received))
    supervisor = Supervisor(
        settings, print, lambda: None, lambda: None, parts=[plan_part(settings, "forks")], has_logs=False
    )
    try:
        supervisor.start(lambda: bool(stopping))
        tell_systemd()
        supervisor.watch(lambda: bool(stopping))
    finally:
        supervisor.stop()


def tell_systemd() -> None:
    """Say that we are ready, where systemd wants to know."""
    if address := os.environ.get("NOTIFY_SOCKET"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.sendto(b"READY=1", f"\0{address[1:]}" if address.startswith("@") else address)


def _hold(settings: Settings) -> None:
    from sandyq_hub.supervisor import hold_ports

    holders = hold_ports(settings, ("proxy", "hub", "portal", "rooms"))
    tell_systemd()
    print(f"{len(holders)} ports are held.", flush=True)  # noqa: T201 # the journal
    while True:
        signal.pause()


def _greet(settings: Settings, name: str) -> None:
    from sandyq_hub.roles import reconcile, restore_routes

    deadline = time.monotonic() + PATIENCE
    for each in dict.fromkeys((name, "hub")):
        while not does_answer(find_health(settings, each)):
            if time.monotonic() > deadline:
                raise PartFailed(f"The part '{each}' did not answer in {PATIENCE:.0f} s.")
            time.sleep(POLL)
    greetings: dict[str, Callable[[Settings], object]] = {"hub": reconcile, "proxy": restore_routes}
    greetings[name](settings)


def _prepare(settings: Settings) -> None:
    from sandyq_hub.install.upgrading import go_back, read_note
    from sandyq_hub.isolation import find_obstacle
    from sandyq_hub.preparing import keep_reserve, prepare

    keep_reserve(settings.home)
    layout = find_own_layout()
    if layout and read_note(layout):
        print("An upgrade was cut short: it is taken back.", flush=True)  # noqa: T201 # the journal
        version = go_back(layout, print, start=False)
        program = str(layout.python_of(version))
        os.execv(program, [program, "-m", "sandyq_hub.unit", "prepare"])  # noqa: S606 # the version before

    if obstacle := find_obstacle(settings.home, settings.content):
        raise PartFailed(f"Nobody can be isolated from anybody: {obstacle}")
    prepare(settings)


def _work_hourly(settings: Settings) -> None:
    from sandyq_hub.roles import reconcile
    from sandyq_hub.sweeping import sweep_erased

    sweep_erased(settings)
    reconcile(settings)


def _note(settings: Settings, name: str) -> None:
    from sandyq.incidents import note_incident

    if os.environ.get("SERVICE_RESULT", "success") != "success":
        with suppress(OSError):  # a full disk keeps nobody from working
            note_incident(settings, name)


ACTIONS: dict[str, Callable[..., None]] = {
    "run": _run,
    "ready": _greet,
    "hold": _hold,
    "prepare": _prepare,
    "hourly": _work_hourly,
    "note": _note,
}

if __name__ == "__main__":
    main()
