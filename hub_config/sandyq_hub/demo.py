"""``./sandyq demo``: a whole server with a sample school in one folder, on localhost."""

from __future__ import annotations

import csv
import errno
import fcntl
import os
import shutil
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sandyq.prefork.trees import remove_tree
from sandyq.school import sample
from sandyq.school.credentials import verify_secret
from sandyq.school.database import Database, today
from sandyq.school.first_run import is_set_up, write_code
from sandyq.settings import PROJECT, Settings, read_secret
from sandyq.tls.names import check_name
from sandyq.tls.serving import keep_valid
from sandyq.updates.content import find_live
from sandyq_hub.isolation import find_obstacle, find_unread, first_number, leave_closed_folder, number_of
from sandyq_hub.parts import PartFailed
from sandyq_hub.preparing import prepare
from sandyq_hub.roles import reconcile, restore_routes
from sandyq_hub.runtime import find_free_ports, make_runtime_folder
from sandyq_hub.supervisor import Supervisor
from sandyq_hub.sweeping import sweep_erased

ACCOUNTS = "demo-accounts.csv"
COLUMNS = ("login", "password", "role", "class", "language", "name")
CHANGED = "(changed)"
FREE_SPACE = 200 * 2**20
"""Bytes that a demo needs at the least."""


def run(home: Path, port: int, language: str, tls_name: str = "", *, new: bool = False) -> int:
    """Start, print the address and the accounts, run until Ctrl-C. OSError or ValueError say what is in the way.

    ``tls_name``: HTTPS under this name, and on the next port plain HTTP, which leads there. ``new``: without a school,
    as an installed server begins.
    """
    stopping: list[int] = []
    signal.signal(signal.SIGINT, lambda received, _frame: _interrupt(stopping, received))
    tls_name = check_name(tls_name) if tls_name else ""
    plain_port = port + 1 if tls_name else 0
    for each in (port, plain_port) if tls_name else (port,):
        _check_port(each)
    _prepare_home(home)
    with _only_one(home):
        proxy_api, hub, portal, rooms = find_free_ports(4)
        given = os.environ.get("SANDYQ_CONTENT", "")
        content = Path(given).resolve() if given else find_live(home)
        obstacle = _find_obstacle(home, content if given else PROJECT)
        runtime = make_runtime_folder(home / "forks.folder")
        runtime.chmod(0o700 if obstacle else 0o711)
        database = os.environ.get("SANDYQ_DATABASE", _database_of(home))
        settings = Settings(
            *(home, language, port, proxy_api, hub, portal, rooms, str(runtime / "server"), database),
            uid_base=0 if obstacle else first_number(),
            disk_quota=int(os.environ.get("SANDYQ_DISK_QUOTA", Settings.disk_quota)),
            content=content,
            tls_name=tls_name,
            plain_port=plain_port,
        )
        try:
            accounts = _open_school(settings, new=new)
            return 130 if stopping else _serve(settings, accounts, obstacle)
        finally:
            remove_tree(runtime)


def _find_obstacle(home: Path, content: Path) -> str:
    """Say why nobody is isolated; ValueError when that would make everybody root."""
    if os.geteuid() != 0:
        return find_obstacle(home, content)
    leave_closed_folder()
    if obstacle := find_obstacle(home, content):
        raise ValueError(
            f"Started by root, in whose place everybody would work: {obstacle}. "
            "Or start it as an ordinary user, with a folder of theirs: --home DIR"
        )
    return ""


def _database_of(home: Path) -> str:
    """Return where this folder's school was last: a server started again must not begin an empty one."""
    return Settings.load(home).database if (home / "server.json").exists() else ""


def _check_port(port: int) -> None:
    if not 0 < port < 65536:
        raise ValueError(f"Port {port} does not exist. Give one from 1 to 65535, such as --port 8000.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno == errno.EACCES:
                raise ValueError(
                    f"Port {port} is not open to ordinary users. Give a port above 1023: --port 8000"
                ) from None
            raise ValueError(
                f"Port {port} is taken by another program. Give another one: --port {port + 1}"
            ) from None


def _prepare_home(home: Path) -> None:
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = home / ".writable"
        probe.write_bytes(b"x" * 4096)
        probe.unlink()
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise ValueError(
                f"The disk with {home} is full. Free some space or give another folder: --home DIR"
            ) from None
        raise ValueError(
            f"{home} cannot be written ({error.strerror}). Give another folder: --home DIR"
        ) from None
    if (free := shutil.disk_usage(home).free) < FREE_SPACE:
        raise ValueError(
            f"Only {free // 2**20} MB are free on the disk with {home}; {FREE_SPACE // 2**20} MB are needed. "
            "Free some space or give another folder: --home DIR"
        )


@contextmanager
def _only_one(home: Path) -> Iterator[None]:
    """Hold the folder: two servers on one database would fight."""
    with (home / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ValueError(
                f"A server already runs in {home}. Stop it, or give another folder: --home DIR"
            ) from None
        yield


def _open_school(settings: Settings, *, new: bool) -> list[dict[str, str]]:
    """Bring the database up to date; on the first start make the sample school and write down its accounts."""
    database = Database(settings.database_url)
    database.migrate()
    settings.save()
    path = settings.home / ACCOUNTS
    with database.session() as session:
        made = [] if new else sample.seed(session, today())
        rows = [
            dict(zip(COLUMNS, (a.login, a.secret, a.role, a.class_name, a.language, a.name), strict=True))
            for a in made
        ]
        if rows:
            _write_accounts(path, rows)
    database.close()
    prepare(settings)
    return rows or _read_accounts(path)


def _write_accounts(path: Path, rows: Sequence[dict[str, str]]) -> None:
    with os.fdopen(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8", newline=""
    ) as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)


def _read_accounts(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _interrupt(stopping: list[int], received: int) -> None:
    """Ctrl-C before there is a server: noted, too, for where Python swallows the exception (in a weak reference)."""
    stopping.append(received)
    raise KeyboardInterrupt


def _serve(settings: Settings, accounts: Sequence[dict[str, str]], obstacle: str) -> int:
    stopping: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda received, _frame: stopping.append(received))
    supervisor = Supervisor(
        settings,
        say=_say,
        on_hub_ready=lambda: _ask_hub(reconcile, settings),
        on_proxy_ready=lambda: _ask_hub(restore_routes, settings),
        on_hour=lambda: _ask_hub(sweep_erased, settings),
        on_minute=lambda: _renew(settings),
    )
    _say("starting proxy, hub, portal and rooms …")
    try:
        supervisor.start(stopping=lambda: bool(stopping))
        if not stopping:
            _greet(settings, accounts, obstacle)
        supervisor.watch(stopping=lambda: bool(stopping))
    except PartFailed as error:
        print(f"sandyq: {error}", file=sys.stderr)
        return 1
    finally:
        _say("stopping …")
        supervisor.stop()
    return 0


def _ask_hub(job: Callable[[Settings], object], settings: Settings) -> None:
    try:
        job(settings)
    except (
        OSError,
        ValueError,
    ) as error:  # it went away again, or something else answers there: all others go on
        _say(f"the hub did not do '{job.__name__}': {error}")


def _renew(settings: Settings) -> None:
    """A certificate that ends, or a new address: the proxy takes the next one by itself."""
    if not settings.tls_name:
        return
    try:
        if why := keep_valid(settings, number_of(settings, "proxy")):
            _say(f"the certificate was renewed: {why}")
    except (OSError, ValueError) as error:
        _say(f"the certificate was not renewed: {error}")


def _greet(settings: Settings, accounts: Sequence[dict[str, str]], obstacle: str) -> None:
    chosen = [row for row in accounts if row["role"] != "pupil"] + _first_pupils(accounts, 2)
    shown = _mark_changed(settings, chosen)
    print(f"\n  Sandyq is open: {settings.address}/   (Ctrl-C closes it)\n")
    if settings.tls_name:
        print(f"  A browser that warns: {settings.trust_address(settings.tls_name)} says what to do.\n")
    widths = [max((len(row[column]) for row in shown), default=0) for column in COLUMNS]
    for row in [dict(zip(COLUMNS, COLUMNS, strict=True)), *shown] if shown else []:
        print(
            "  "
            + "  ".join(
                row[column].ljust(width) for column, width in zip(COLUMNS, widths, strict=True)
            ).rstrip()
        )
    if accounts:
        print(f"\n  All {len(accounts)} accounts, as first issued: {settings.home / ACCOUNTS}")
    elif not is_set_up(settings):
        print(f"  It has no school yet. The code to set it up: {write_code(read_secret(settings, 'setup'))}")
    content = settings.content.resolve()
    if closed := find_unread(content):
        print(f"  What root closed to others cannot be shown, as {closed}.")
        print(f"  Start it as root again, or take it over: sudo chown -R {os.getuid()} {content}")
    if obstacle:
        print(f"  Nobody is isolated from anybody here ({obstacle}).")
        print("  Use it to look around, not for a real class.\n", flush=True)
    else:
        print("  Everybody works under a number (uid) of their own, closed to all others.\n", flush=True)


def _mark_changed(settings: Settings, rows: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """Try each secret: one that was changed since, or whose owner has left, is no longer shown."""
    database = Database(settings.database_url)
    with database.reading() as session:
        good = [verify_secret(session, row["login"], row["password"]) for row in rows]
    database.close()
    return [row if person else row | {"password": CHANGED} for row, person in zip(rows, good, strict=True)]


def _first_pupils(accounts: Sequence[dict[str, str]], count: int) -> list[dict[str, str]]:
    classes = dict.fromkeys(row["class"] for row in accounts if row["role"] == "pupil")
    return [
        row
        for name in classes
        for row in [r for r in accounts if r["class"] == name and r["role"] == "pupil"][:count]
    ]


def _say(text: str) -> None:
    print(f"sandyq: {text}", flush=True)
