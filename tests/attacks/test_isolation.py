"""A whole server, run by root: what code in one pupil's notebook can do to others, to the parts and to the school."""

import asyncio
import json
import os
import re
import stat
import subprocess
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import psutil
import pytest

from messages import ask, execute, find_kernel, open_notebook, sign_in
from rehearsal import open_page, signed_in, wait_for
from sandyq.incidents import note_incident
from sandyq.prefork.child import LOG
from sandyq.school.database import Database
from sandyq.school.people import find_person
from sandyq.settings import Settings
from sandyq_hub.isolation import COUNT, NAMES, PEOPLE, VISITORS, first_number, hand_over, number_of_person
from sandyq_hub.supervisor import BEFORE_PEOPLE

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="giving uids away needs root")
BASE = first_number()
NUMBER = {name: BASE + place for place, name in enumerate(NAMES)}
OF_PEOPLE, OF_VISITORS = (range(BASE + first, BASE + first + COUNT) for first in (PEOPLE, VISITORS))
AUTOGROUP = Path("/proc/self/autogroup")
TRY_ALL = """
import json, os, socket
def connect(path):
    for kind in (socket.SOCK_STREAM, socket.SOCK_SEQPACKET):
        try:
            line = socket.socket(socket.AF_UNIX, kind)
            line.connect(path)
            line.sendall(b'{"do": "status"}')
            if line.recv(100):
                return
        except OSError as problem:
            last = problem
    raise last if "last" in dir() else ConnectionResetError("hung up")
DEEDS = {
    "list": os.listdir, "read": lambda path: open(path, "rb").read(1), "append": lambda path: open(path, "ab"),
    "make": lambda path: open(path + "/made", "w"), "signal": lambda pid: os.kill(pid, 0),
    "stop": lambda pid: os.kill(pid, 15), "connect": connect,
    "trace": lambda pid: open(f"/proc/{pid}/mem", "rb").read(1),
    "environment": lambda pid: open(f"/proc/{pid}/environ").read(),
    "descriptors": lambda pid: os.listdir(f"/proc/{pid}/fd"),
}
worked = []
for deed, target in json.loads(ATTEMPTS):
    try:
        DEEDS[deed](target)
        worked.append([deed, target])
    except OSError:
        pass
"""


@asynccontextmanager
async def working(demo, account, *, stays=False):
    """Sign in and open a notebook; its kernel ends afterwards or stays, but nobody may have more than a few."""
    async with httpx.AsyncClient(base_url=demo.url, follow_redirects=True, timeout=120) as client:
        await sign_in(client, account["login"], account["password"])
        way = await open_notebook(client, account["login"])
        async with way as socket:
            yield socket
        if not stays:
            server = f"/user/{account['login']}/"
            token = next(c.value for c in client.cookies.jar if (c.path, c.name) == (server, "_xsrf"))
            kernel = way.uri.split("/")[-2]
            ended = await client.delete(f"{server}api/kernels/{kernel}", headers={"X-XSRFToken": token})
            assert ended.status_code == 204, ended.text


def work_as(demo, account, code, expression, *, stays=False):
    """Run code in somebody's notebook; return an expression's value."""

    async def work():
        async with working(demo, account, stays=stays) as socket:
            return await execute(socket, code, expression)

    return asyncio.run(work())


def attack(demo, account, attempts):
    """Return those attempts (deed, target) that worked for somebody's notebook."""
    plain = [[deed, target if isinstance(target, int) else str(target)] for deed, target in attempts]
    return work_as(demo, account, f"ATTEMPTS = {json.dumps(plain)!r}\n{TRY_ALL}", "worked")


def uid_of(process):
    (uid,) = set(process.uids())
    return uid


def read_status(process):
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return {name: value.split() for name, _, value in (line.partition(":") for line in lines)}


STEAL = """
import os, selectors, socket, threading, urllib.parse
OPTIONS = [(), (socket.SO_REUSEADDR,), (socket.SO_REUSEPORT,), (socket.SO_REUSEADDR, socket.SO_REUSEPORT)]
FORGED = b"HTTP/1.1 200 OK\\r\\nConnection: close\\r\\nContent-Length: 6\\r\\n\\r\\nFORGED"
def bind(port, options):
    line = socket.socket()
    for option in options:
        line.setsockopt(socket.SOL_SOCKET, option, 1)
    try:
        line.bind(("127.0.0.1", port))
    except OSError:
        line.close()
        return None
    return line
def read_listening():
    lines = [line.split() for line in open("/proc/net/tcp").read().splitlines()[1:]]
    return {int(line[1].partition(":")[2], 16) for line in lines if line[3] == "0A"}
def count_processes():
    count = 0
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            count += os.stat("/proc/" + pid).st_uid == VICTIM
        except OSError:
            pass
    return count
own = urllib.parse.urlparse(os.environ["JUPYTERHUB_SERVICE_URL"]).port
ports = range(max(own - 400, 1024), min(own + 400, 65536))
held = [line for line in (bind(port, (socket.SO_REUSEADDR,)) for port in ports) if line]
before, aims, tries, stop = read_listening() | {line.getsockname()[1] for line in held}, set(), 0, False
selector = selectors.DefaultSelector()
def take(line):
    try:
        line.listen()
        selector.register(line, selectors.EVENT_READ)
    except OSError:
        pass
def steal():
    global tries
    while not count_processes():
        pass
    for line in held:
        take(line)
    while not stop:
        aims.update(read_listening() - before)
        for port in aims:
            for options in OPTIONS:
                tries += 1
                if line := bind(port, options):
                    take(line)
        for key, _ in selector.select(0):
            caller, _ = key.fileobj.accept()
            caller.recv(65536)
            caller.sendall(FORGED)
            caller.close()
threading.Thread(target=steal, daemon=True).start()
"""


@pytest.mark.parametrize("meanwhile", ["the same hub", "another hub"])
def test_nobody_answers_at_anothers_address_whenever_they_try(demo, meanwhile):
    """While a server is started, while it works, and when it has ended and the hub has yet to hear of it."""
    accounts = [account for account in demo.accounts() if account["role"] == "pupil"]
    attacker, victim = accounts[-2:] if meanwhile == "the same hub" else accounts[-4:-2]
    database = Database(Settings.load(demo.home).database_url)
    with database.reading() as session:
        uid = number_of_person(Settings.load(demo.home), find_person(session, victim["login"]).id)
    database.close()
    seen = []

    async def look(client, until):
        """Ask for the victim's page until something is the case."""
        while True:
            page = await client.get(f"/user/{victim['login']}/api/status")
            seen.append(page.text)
            if await until(page):
                return

    async def scenario():
        options = {"base_url": demo.url, "follow_redirects": True, "timeout": 120}
        async with httpx.AsyncClient(**options) as theirs, httpx.AsyncClient(**options) as client:
            await sign_in(theirs, attacker["login"], attacker["password"])
            await sign_in(client, victim["login"], victim["password"])
            async with await open_notebook(theirs, attacker["login"]) as socket:

                async def is_open(page):
                    return "last_activity" in page.text or "FORGED" in page.text

                async def tried_again(_page):
                    return await execute(socket, "", "tries") > tries + 100

                assert await execute(socket, f"VICTIM = {uid}\n{STEAL}", "len(held)") > 300
                await client.get("/hub/spawn")
                await look(client, is_open)
                tries = await execute(socket, "", "tries")
                await look(client, tried_again)
                if meanwhile == "another hub":
                    await asyncio.to_thread(demo.kill, "hub")
                for process in demo.forked("person"):
                    if uid_of(process) == uid:
                        process.kill()
                tries = await execute(socket, "", "tries")
                await look(client, tried_again)
                await execute(socket, "stop = True")

    asyncio.run(scenario())
    assert not [page for page in seen if "FORGED" in page]
    assert any("last_activity" in page for page in seen)


@pytest.fixture(scope="module")
def pupils(demo):
    """Attacker and victim; the victim is at work."""
    attacker, victim = demo.account("pupil", "ru"), demo.account("pupil", "kk", "7А")
    work_as(demo, victim, "open('diary', 'w').write('x'); import os", "os.getuid()", stays=True)
    return attacker, victim


def test_every_part_works_under_a_number_of_its_own_and_cannot_get_more(demo):
    for name in ("proxy", "hub", "portal", "rooms", "grader"):
        status = read_status(demo.part(name))
        assert set(status["Uid"]) == set(status["Gid"]) == {str(NUMBER[name])}, name
        assert status["NoNewPrivs"] == ["1"], name
        assert status["CapEff"] == ["0" * 16], name
        groups = {"hub": {"school"}, "portal": {"school", "lessons"}, "rooms": {"lessons"}}.get(name, set())
        assert set(status["Groups"]) == {str(NUMBER[group]) for group in groups}, name


@pytest.mark.skipif(
    not AUTOGROUP.exists(), reason="this Linux does not share the processor out between sessions"
)
def test_every_part_weighs_more_than_a_person_who_cannot_change_that(demo, pupils):
    for name in ("proxy", "hub", "portal", "rooms", "grader"):
        share = Path(f"/proc/{demo.part(name).pid}/autogroup").read_text().rsplit(maxsplit=1)[-1]
        assert int(share) == BEFORE_PEOPLE, name
    code = """
def try_it():
    try:
        open("/proc/self/autogroup", "w").write("-1")
    except OSError:
        pass
    return open("/proc/self/autogroup").read().split()[-1]
"""
    assert work_as(demo, pupils[0], code, "try_it()") == "0"


def test_every_person_works_under_a_number_of_their_own(demo, pupils):
    code = """
import os
status = dict(line.split(":", 1) for line in open("/proc/self/status").read().splitlines())
umask = os.umask(0); os.umask(umask)
told = [os.getresuid(), os.getresgid(), os.getgroups(), status["NoNewPrivs"].strip(), status["CapEff"].strip(), umask]
"""
    numbers = set()
    for pupil in pupils:
        uids, gids, groups, no_more, capabilities, umask = work_as(demo, pupil, code, "told")
        assert len({*uids, *gids}) == 1
        assert uids[0] in OF_PEOPLE
        assert (groups, no_more, capabilities, umask) == ([], "1", "0" * 16, 0o077)
        assert (demo.home / "people" / pupil["login"]).stat().st_uid == uids[0]
        numbers.add(uids[0])
    assert len(numbers) == 2


def test_a_pupil_reaches_nothing_of_anothers(demo, pupils):
    attacker, victim = pupils
    home = demo.home / "people" / victim["login"]
    uid = home.stat().st_uid
    theirs = [p.pid for name in ("person", "kernel") for p in demo.forked(name) if uid_of(p) == uid]
    assert len(theirs) >= 2
    sockets = [path for path in runtime(demo).glob("sockets/*") if path.stat().st_uid == uid]
    files = [file for folder in sockets for file in folder.iterdir()]
    assert any(stat.S_ISSOCK(file.stat().st_mode) for file in files)
    assert any(file.suffix == ".json" for file in files)
    attempts = [
        *((deed, home) for deed in ("list", "make")),
        *((deed, home / "diary") for deed in ("read", "append")),
        *(
            (deed, pid)
            for pid in theirs
            for deed in ("signal", "stop", "trace", "environment", "descriptors")
        ),
        *((deed, folder) for folder in sockets for deed in ("list", "make")),
        *((deed, file) for file in files for deed in ("read", "append", "connect")),
        ("list", home.parent),
    ]
    assert attack(demo, attacker, attempts) == []
    own = [("read", home / "diary"), ("list", home), *(("signal", pid) for pid in theirs)]
    assert len(attack(demo, victim, own)) == len(own), "the attempts are real ones"


def test_a_pupil_reaches_nothing_of_the_server(demo, pupils):
    attacker, _ = pupils
    note_incident(Settings.load(demo.home), "grader")
    kept = [path for path in demo.home.rglob("*") if path.is_relative_to(demo.home / "people") is False]
    assert {"school.sqlite", "hub.sqlite", "visits", "demo-accounts.csv", "incidents.json"} <= {
        path.name for path in kept
    }
    project, shown = Path(__file__).parents[2], [demo.home / "content", demo.home / "content/live"]
    parts = [
        demo.process.pid,
        *(demo.part(name).pid for name in ("forks", "proxy", "hub", "portal", "rooms", "grader")),
    ]
    attempts = [
        *((deed, path) for path in kept if path.is_file() for deed in ("read", "append")),
        *(("list", path) for path in [demo.home, *kept] if path.is_dir() and path not in shown),
        *(("make", path) for path in [demo.home, *kept] if path.is_dir()),
        *((deed, project / name) for name in ("curriculum", "hub_config", ".venv") for deed in ("make",)),
        *((deed, pid) for pid in parts for deed in ("signal", "stop", "trace", "environment", "descriptors")),
        ("connect", runtime(demo) / "server"),
        ("list", runtime(demo)),
        *(("list", project / "assignments" / name) for name in ("courses", "notebooks", "reviews")),
        *(("list", project / ".git") for _ in range((project / ".git").is_dir())),
        *(("read", path) for path in (project / "assignments").glob("notebooks/*/*/*/source/*.ipynb")),
    ]
    assert attack(demo, attacker, attempts) == []


def test_a_pupil_reads_no_lessons_keys_but_its_data(demo, pupils):
    lessons = publish_lesson(demo)
    curriculum = Path(__file__).parents[2] / "curriculum"
    closed = [
        *curriculum.glob("lessons/*/lesson.*.md"),
        *curriculum.glob("notebooks/*/*.ipynb"),
        *curriculum.glob("reviews/*.md"),
        *lessons,
    ]
    assert len(closed) > 80
    assert attack(demo, pupils[0], [("read", path) for path in closed]) == []
    data = [("read", path) for path in curriculum.glob("lessons/*/*.csv")]
    assert len(data) >= 3 and len(attack(demo, pupils[0], data)) == len(data)


def publish_lesson(demo):
    """A teacher's own lesson, published to their class and opened by a pupil of it; return its notebook."""
    teacher = demo.account("teacher", class_name="3А")
    question = "%%choice id=first\nQ\n- [x] yes\n- [ ] no"
    cells = [{"source": "# Title", "is_code": False}, {"source": question, "is_code": True}]
    code = f"""
from sandyq_widgets.portal import PersonPortal
portal = PersonPortal.find()
(group, *_) = portal.list_classes()
told = portal.send_lesson({{"name": "closed", "cells": {cells!r}, "class_id": group["id"]}})
"""
    address = work_as(demo, teacher, code, "told['address']")
    with signed_in(demo, demo.account("pupil", class_name="3А")) as client:
        enter(client, address)
    return list((demo.home / "published").rglob("*.ipynb"))


def test_nobody_holds_a_log_of_the_servers_or_of_anothers(demo, pupils):
    with signed_in(demo, pupils[0]) as client:
        enter(client, "/services/rooms/lesson/kk/passphrase")
    lesson = lesson_nursery(demo)  # its author's code ran in it
    people = [*demo.forked("person"), *demo.forked("kernel"), lesson, *lesson.children()]
    assert len(people) >= 4
    files = [(process, *file) for process in people for file in read_writable(process)]
    assert [(process, path) for process, path, owner in files if owner != uid_of(process)] == []
    log = demo.home / "people" / pupils[1]["login"] / LOG
    assert "Jupyter" in log.read_text(), "there is one, of their own"


def read_writable(process):
    """(path, owner) of each file, in a folder or without a name, into which a process can write."""
    found = []
    for entry in Path(f"/proc/{process.pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            about = (entry.parent.with_name("fdinfo") / entry.name).read_text()
            mode = int(re.search(r"flags:\s+(\d+)", about)[1], 8) & os.O_ACCMODE
            if mode != os.O_RDONLY and stat.S_ISREG(entry.stat().st_mode):
                found.append((str(entry.readlink()), entry.stat().st_uid))
    return found


def lesson_nursery(demo):
    return demo.forked("fork:passphrase")[0]


def test_what_a_pupils_environment_knows_is_their_own(demo, pupils):
    secrets = [path.read_text() for path in (demo.home / "secrets").iterdir()]
    environment = work_as(demo, pupils[0], "import os", "dict(os.environ)")
    assert [name for name, value in environment.items() if any(secret in value for secret in secrets)] == []
    assert "SANDYQ_DATABASE" not in environment


def test_a_pupils_debugger_begins_and_has_no_address(demo, pupils):
    account = pupils[0]

    async def begin():
        async with working(demo, account) as socket:
            pid = await execute(socket, "import os", "os.getpid()")
            for number, command in enumerate(("initialize", "attach"), 1):
                asked = {"type": "request", "seq": number, "command": command}
                asked["arguments"] = {"adapterID": "test"}
                reply = await ask(socket, "debug_request", asked, "control")
                assert reply["success"], reply
            return psutil.Process(pid).net_connections()

    assert asyncio.run(begin()) == []


def test_visitors_of_a_lesson_work_under_fresh_numbers_and_its_author_has_no_rights(demo, pupils):
    for pupil in pupils:
        with signed_in(demo, pupil) as client:
            enter(client, "/services/rooms/lesson/kk/passphrase")
    lesson = lesson_nursery(demo)
    assert uid_of(lesson) == NUMBER["authors"]
    visitors = lesson.children()
    numbers = {uid_of(each) for each in visitors}
    assert len(numbers) == len(visitors) >= 2
    assert numbers <= set(OF_VISITORS)
    pids = [each.pid for each in (lesson, *visitors)]
    homes = list((runtime(demo) / "visitors").iterdir())
    assert len(homes) >= 2
    attempts = [
        *((deed, pid) for pid in pids for deed in ("signal", "stop", "trace", "environment", "descriptors")),
        *((deed, home) for home in homes for deed in ("list", "make")),
    ]
    assert attack(demo, pupils[0], attempts) == []
    assert all(psutil.pid_exists(pid) for pid in pids)


def test_a_visitors_home_and_processes_go_with_the_visit(demo, pupils):
    with signed_in(demo, pupils[0]) as client:
        kernel = enter(client, "/services/rooms/lesson/kk/passphrase")
        home = runtime(demo) / "visitors" / kernel
        uid = home.stat().st_uid
        assert uid in OF_VISITORS
        left = Path("/tmp") / f"left-by-{uid}"  # noqa: S108 # where everybody may write is what it is about
        left.write_text("x")
        os.chown(left, uid, uid)
        token = client.cookies.get("_xsrf", path="/services/rooms/", domain="127.0.0.1")
        client.post(
            f"/services/rooms/voila/api/shutdown/{kernel}", headers={"X-XSRFToken": token}
        ).raise_for_status()
        wait_for(lambda: not home.exists() and not left.exists(), "what the visitor left to go")
        assert [p for p in psutil.process_iter() if uid in p.uids()] == []


def test_a_visitor_whose_kernel_cannot_be_forked_works_under_a_fresh_number_all_the_same(demo, pupils):
    demo.keep_away("kernel")
    with signed_in(demo, pupils[0]) as client:
        page = open_page(client, "/services/rooms/lesson/ru/electricity-bill").text
    assert page.count("data-view=") > 3
    assert "The kernel starts the stock way, slowly" in (demo.home / "log" / "rooms.log").read_text()
    stock = [
        p
        for p in psutil.process_iter(["cmdline"])  # None for one that has just ended
        if "ipykernel_launcher" in (p.info["cmdline"] or []) and uid_of(p) in OF_VISITORS
    ]
    assert stock


def enter(client, path):
    """Open a lesson or an app, wait for its kernel and return the kernel's id."""
    kernel = find_kernel(open_page(client, path).text)
    address = f"/services/rooms/api/kernels/{kernel}"
    wait_for(lambda: client.get(address).json()["execution_state"] == "idle", "the visitor's kernel")
    return kernel


def runtime(demo):
    return Path((demo.home / "forks.folder").read_text())


TAKE_PORTS = """
import socket, sys, time
ends, taken = time.time() + 300, []
print("trying", flush=True)
while time.time() < ends and not taken:
    for port in map(int, sys.argv[1:]):
        for shares in (0, 1):
            mine = socket.socket()
            mine.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            mine.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, shares)
            try:
                mine.bind(("127.0.0.1", port))
                mine.listen()
                taken.append(port)
            except OSError:
                mine.close()
print("took", taken, flush=True)
"""


def test_nobody_takes_a_parts_port_while_the_part_is_away(demo):
    """A pupil who answers in the hub's place would be told passwords."""
    settings = Settings.load(demo.home)
    ports = [
        settings.port,
        settings.proxy_api_port,
        settings.hub_port,
        settings.portal_port,
        settings.rooms_port,
    ]
    somebody = BASE + PEOPLE + 77
    thief = subprocess.Popen(
        ["/usr/bin/python3", "-c", TAKE_PORTS, *map(str, ports)],
        user=somebody, group=somebody, extra_groups=[], cwd="/", stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert thief.stdout.readline() == "trying\n"
        for part in ("proxy", "hub", "portal", "rooms"):
            demo.kill(part)
        assert thief.poll() is None
    finally:
        thief.kill()
        thief.wait()
    assert thief.stdout.read() == ""


def test_a_part_that_was_taken_over_gets_nothing_of_roots_by_a_link_at_the_next_start(tmp_path):
    settings = Settings(tmp_path / "home", uid_base=BASE)
    settings.home.mkdir()
    hand_over(settings)
    secret, folder = tmp_path / "secret", settings.folder("school")
    secret.write_text("root's")
    secret.chmod(0o600)
    (folder / "school.sqlite").touch()
    (folder / "link").symlink_to(secret)
    (folder / "links").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe")
    hand_over(settings)
    assert (secret.stat().st_mode & 0o777, secret.stat().st_gid) == (0o600, 0)
    assert tmp_path.stat().st_gid == 0
    shared = (folder / "school.sqlite").stat()
    assert (shared.st_mode & 0o777, shared.st_gid) == (0o660, NUMBER["school"])
