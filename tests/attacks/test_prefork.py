"""As root the fork server gives each child a uid: what one child may not do to another, to its files, to the server."""

import asyncio
import contextlib
import json
import os
import stat
from dataclasses import replace
from functools import reduce
from pathlib import Path

import nbformat
import psutil
import pytest
from jupyter_client.manager import KernelManager
from tests.prefork.debugging import DebugSession
from tests.prefork.forks_world import PLAIN, running_forks
from tests.prefork.test_kernel import Specs

from rehearsal import wait_for
from sandyq.prefork.child import FIRST_TO_GO
from sandyq.prefork.client import SOCKET, Child, GrownTemplate, Refused, sockets_folder
from sandyq.prefork.processes import is_alive
from sandyq.prefork.wishes import Grow, Launch, Limits
from sandyq_hub.forks import TEMPLATE_LIMITS
from sandyq_hub.isolation import first_number

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="giving uids away needs root")
FIRST, COUNT = first_number() + 600, 100
"""Nobody else's: what such a number still runs is ended with its last child."""
AIDOS, DANA = FIRST + 1, FIRST + 2
CAP_SYS_RESOURCE = 24
VISITORS, AUTHOR = first_number() + 100_000, first_number() + 200_000
NO_LIMITS = Limits()
PYTHON = "/usr/bin/python3"
"""Other uids may run it, wherever the tests' own Python stands."""


@pytest.fixture(scope="module")
def forks():
    isolation = {"uids": [FIRST, COUNT], "visitors": [VISITORS, 10 * COUNT], "author": AUTHOR}
    with running_forks(
        {"plain": PLAIN, "kernel": {"recipe": "sandyq.prefork.kernel"}}, **isolation
    ) as running:
        yield running


def launch(forks, code, uid, *, argument="", log=None, env=None, **more) -> Child:
    environment = {"PATH": "/usr/bin:/bin"} | (env or {})
    wish = Launch("plain", [PYTHON, "-c", code, argument], environment, "/", uid=uid, **more)
    return asyncio.run(Child.launch(forks.address, wish, log))


@pytest.fixture
def run(forks, tmp_path):
    """Run code as somebody; return what it printed as JSON."""

    def do(code, uid=AIDOS, argument="", **more):
        path = tmp_path / f"out-{uid}"
        with path.open("wb") as out:
            child = launch(forks, code, uid, argument=argument, log=out.fileno(), **more)
            asyncio.run(child.wait())
        return json.loads(path.read_text())

    return do


def home_of(forks, name):
    return str(forks.folder / "homes" / name)


def test_a_child_is_nobody_but_itself_and_cannot_become_more(run):
    code = """
import json, os
status = dict(line.split(":", 1) for line in open("/proc/self/status").read().splitlines() if ":" in line)
tried = []
for attempt in (lambda: os.setuid(0), lambda: os.setgroups([0]), lambda: os.setgid(0)):
    try:
        attempt(); tried.append("worked")
    except PermissionError:
        tried.append("refused")
names = ("NoNewPrivs", "CapEff", "CapPrm", "CapAmb")
print(json.dumps([os.getresuid(), os.getresgid(), os.getgroups(), tried, [status[n].strip() for n in names]]))
"""
    uids, gids, groups, tried, (no_new, *capabilities) = run(code)
    assert uids == gids == [AIDOS] * 3
    assert groups == []
    assert tried == ["refused"] * 3
    assert no_new == "1"
    assert all(int(each, 16) == 0 for each in capabilities)


def test_a_home_is_closed_to_others(forks, run):
    write = "import json, os; open(os.path.join(os.getcwd(), 'diary'), 'w').write('x'); print('1')"
    home = home_of(forks, "aidos")
    assert run(write.replace("os.getcwd()", "__import__('sys').argv[1]"), argument=home, home=home) == 1
    path = Path(home)
    assert path.stat().st_uid == AIDOS
    assert stat.S_IMODE(path.stat().st_mode) == 0o700
    assert stat.S_IMODE((path / "diary").stat().st_mode) == 0o600
    read = """
import json, os, sys
home, told = sys.argv[1], []
for attempt in (lambda: os.listdir(home), lambda: open(home + "/diary").read(), lambda: open(home + "/new", "w"),
                lambda: os.rename(home, home + "2"), lambda: os.listdir(os.path.dirname(home))):
    try:
        attempt(); told.append("worked")
    except OSError:
        told.append("refused")
print(json.dumps(told))
"""
    assert run(read, DANA, argument=home) == ["refused"] * 5


def test_another_childs_process_can_be_neither_read_nor_signalled(forks, run):
    victim = launch(forks, "import time; time.sleep(600)", AIDOS)
    code = """
import json, os, sys
pid, told = int(sys.argv[1]), []
for attempt in (lambda: os.kill(pid, 9), lambda: os.kill(pid, 0), lambda: open(f"/proc/{pid}/environ").read(),
                lambda: open(f"/proc/{pid}/mem", "rb").read(1), lambda: os.listdir(f"/proc/{pid}/fd")):
    try:
        attempt(); told.append("worked")
    except OSError:
        told.append("refused")
print(json.dumps(told))
"""
    assert run(code, DANA, argument=str(victim.pid)) == ["refused"] * 5
    assert is_alive(victim.pid, victim.started)
    victim.signal(9)


def test_the_servers_socket_hangs_up_on_a_child(forks, run):
    code = """
import json, socket, sys
line = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
try:
    line.connect(sys.argv[1])
    line.send(b'{"do": "status"}')
    answer = line.recv(100)
except OSError as problem:
    answer = b""
print(json.dumps(len(answer)))
"""
    assert run(code, argument=forks.address) == 0


@pytest.mark.parametrize("uid", [0, 1, FIRST - 1, FIRST + COUNT, os.getuid()])
def test_no_child_gets_a_uid_that_is_not_the_servers_to_give(forks, uid):
    with pytest.raises(Refused):
        launch(forks, "pass", uid)


@pytest.mark.parametrize(
    "home", ["/etc", "{homes}/../x", "{homes}/a/b", "{homes}/.", "{homes}/..", "{homes}"]
)
def test_no_folder_is_made_outside_the_homes(forks, home):
    with pytest.raises(Refused):
        launch(forks, "pass", AIDOS, home=home.format(homes=forks.folder / "homes"))


def test_a_link_in_place_of_a_home_is_not_followed(forks, tmp_path):
    home = Path(home_of(forks, "linked"))
    home.symlink_to(tmp_path)
    with pytest.raises(Refused):
        launch(forks, "pass", AIDOS, home=str(home))
    assert tmp_path.stat().st_uid == 0


def test_a_scratch_home_goes_with_all_that_its_uid_still_runs(forks):
    home = home_of(forks, "scratch")
    code = """
import os, sys, time
for _ in range(3):  # even what left its session and forgot its parent
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            open(f"{sys.argv[1]}/{os.getpid()}", "w").close()
            time.sleep(600)
        os._exit(0)
while len(os.listdir(sys.argv[1])) < 3:
    time.sleep(0.01)
"""
    child = launch(forks, code, FIRST + 7, argument=home, home=home, scratch=True)
    assert asyncio.run(child.wait()) == 0
    assert not Path(home).exists()
    assert [pid for pid in Path("/proc").glob("[0-9]*") if works_as(pid, FIRST + 7)] == []


def works_as(process: Path, uid: int) -> bool:
    """True for a process of a uid that is not dead and only waiting to be collected."""
    try:
        state = (process / "stat").read_text().rpartition(")")[2].split()[0]
        return process.stat().st_uid == uid and state not in "ZX"
    except OSError:
        return False


def test_a_fork_bomb_and_a_memory_bomb_stay_within_their_limits(run):
    code = """
import json, os, signal
children = []
try:
    for _ in range(500):
        pid = os.fork()
        if pid == 0:
            signal.pause()
        children.append(pid)
    forked = "no limit"
except OSError:
    forked = "limit"
for pid in children:
    os.kill(pid, 9); os.waitpid(pid, 0)
try:
    block = bytearray(200 * 2**20)
    memory = "no limit"
except MemoryError:
    memory = "limit"
print(json.dumps([forked, memory]))
"""
    limits = Limits(memory=100 * 2**20, processes=50, files=64, file_size=2**20)
    assert run(code, FIRST + 9, limits=limits) == ["limit", "limit"]


def read_rights() -> int:
    """Our own effective capabilities."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1], 16) for line in lines if line.startswith("CapEff:"))


def test_memory_that_is_called_shared_is_limited_too(run):
    code = """
import json, mmap
told, blocks = [], []
for size in (50, 400):  # MB
    try:
        blocks.append(mmap.mmap(-1, size * 2**20))
        told.append("no limit")
    except (MemoryError, OSError):
        told.append("limit")
print(json.dumps(told))
"""
    assert run(code, FIRST + 9, limits=Limits(memory=100 * 2**20)) == ["no limit", "limit"]


IPC = """
import ctypes, json
libc = ctypes.CDLL(None)
made = {
    "segment": libc.shmget(0, 4096, 0o1600), "queue": libc.msgget(0, 0o1600), "semaphore": libc.semget(0, 1, 0o1600)
}
print(json.dumps([name for name, number in made.items() if number >= 0]))
"""


def test_nobody_makes_memory_that_no_limit_counts_and_that_outlives_them(forks, run):
    """What a visitor left in it, the next one of that number could read."""
    assert run(IPC) == []
    template = grow(forks, "leaves-memory", IPC)
    notebook = nbformat.reads(template.report["notebook"], as_version=4)
    assert notebook.cells[0].outputs[0].text == "[]\n"
    template.close()


def test_when_memory_runs_out_linux_ends_a_child_before_the_server_and_the_child_cannot_change_that(
    forks, run
):
    code = """
import json
told = [int(open("/proc/self/oom_score_adj").read())]
try:
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write("0")
    told.append("worked")
except OSError:
    told.append("refused")
print(json.dumps(told))
"""
    server = int(Path(f"/proc/{forks.process.pid}/oom_score_adj").read_text())
    may_bind = bool(read_rights() >> CAP_SYS_RESOURCE & 1)  # some virtual machines' root has no such right
    assert run(code, FIRST + 9) == [FIRST_TO_GO, "refused" if may_bind else "worked"]
    assert server < FIRST_TO_GO


def test_a_childs_sockets_folder_opens_to_it_and_its_client_only(forks, run):
    listen = """
import os, socket, sys, time
line = socket.socket(socket.AF_UNIX)
line.bind(sys.argv[1] + "/k")
line.listen()
time.sleep(600)
"""
    folder = sockets_folder(forks.address) / "meeting"
    child = launch(forks, listen, AIDOS, argument=str(folder), sockets="meeting")
    wait_for((folder / "k").exists, "the child to listen")
    assert folder.stat().st_uid == AIDOS
    assert folder.stat().st_gid == os.getgid()
    assert (folder / "k").stat().st_gid == os.getgid()
    assert stat.S_IMODE((folder / "k").stat().st_mode) == 0o770, (
        "the client's group may speak, others may not"
    )
    enter = """
import json, os, socket, sys
told = []
for attempt in (lambda: os.listdir(sys.argv[1]), lambda: socket.socket(socket.AF_UNIX).connect(sys.argv[1] + "/k")):
    try:
        attempt(); told.append("worked")
    except OSError:
        told.append("refused")
print(json.dumps(told))
"""
    assert run(enter, DANA, argument=str(folder)) == ["refused"] * 2
    child.signal(9)
    wait_for(lambda: not folder.exists(), "the folder to go")


def test_folders_in_folders_without_end_are_removed_and_harm_nobody(forks):
    """More of them than Python would remove by itself, in the home and where the child's client meets it."""
    home, meeting = home_of(forks, "deep"), sockets_folder(forks.address) / "deep"
    code = """
import os, sys
for folder in sys.argv[1].split(":"):
    os.chdir(folder)
    for _ in range(3000):
        os.mkdir("d")
        os.chdir("d")
    os.chmod(".", 0)
"""
    places = {"home": home, "scratch": True, "sockets": meeting.name}
    child = launch(forks, code, FIRST + 8, argument=f"{home}:{meeting}", **places)
    assert asyncio.run(child.wait()) == 0
    assert not Path(home).exists()
    assert not meeting.exists()
    assert forks.is_ready()


HOSTILE = """
import json, os
def attempt(deed, *what):
    try:
        deed(*what)
        return "worked"
    except OSError:
        return "refused"
status = dict(line.split(":", 1) for line in open("/proc/self/status").read().splitlines() if ":" in line)
told = {
    "shadow": attempt(open, "/etc/shadow"), "parent": attempt(os.kill, os.getppid(), 0), "init": attempt(os.kill, 1, 0),
    "person": attempt(os.setresuid, PERSON, PERSON, PERSON), "write": attempt(open, "/etc/made-by-a-lesson", "w"),
    "memory": attempt(open, f"/proc/{os.getppid()}/mem", "rb"), "groups": os.getgroups(),
}
print(json.dumps(told))
"""


def grow(forks, name, code, limits=NO_LIMITS) -> GrownTemplate:
    """Make a template of a notebook with one cell."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    environment = json.dumps({"PATH": os.environ["PATH"]})
    options = {"folder": str(forks.folder), "without": "", "environment": environment}
    wish = Grow(name, "kernel", "sandyq.prefork.notebook", options, 0, limits, "notebook")
    return asyncio.run(GrownTemplate.grow(forks.address, wish, nbformat.writes(notebook)))


def list_nurseries(forks, name):
    nurseries = []
    for process in psutil.Process(forks.process.pid).children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):  # it has ended since it was listed
            if process.name() == f"fork:{name}"[:15] and process.status() != "zombie":
                nurseries.append(process)
    return nurseries


def test_a_notebook_that_is_executed_for_all_has_no_rights_but_over_its_visitors(forks):
    template = grow(forks, "hostile", HOSTILE.replace("PERSON", str(AIDOS)))
    notebook = nbformat.reads(template.report["notebook"], as_version=4)
    told = json.loads(notebook.cells[0].outputs[0].text)
    assert told.pop("groups") == []
    assert set(told.values()) == {"refused"}, told
    (nursery,) = list_nurseries(forks, "hostile")
    assert set(nursery.uids()) == set(nursery.gids()) == {AUTHOR}
    template.close()


FORKS = """
import os, signal
made = []
try:
    for _ in range(500):
        if (pid := os.fork()) == 0:
            signal.pause()
        made.append(pid)
    print("no limit")
except OSError:
    print("limit")
for pid in made:
    os.kill(pid, 9)
    os.waitpid(pid, 0)
"""


def test_a_fork_bomb_in_a_notebook_that_is_executed_for_all_stays_within_its_limits(forks):
    """Teachers and leaders write them, too."""
    template = grow(forks, "many", FORKS, TEMPLATE_LIMITS)
    notebook = nbformat.reads(template.report["notebook"], as_version=4)
    assert notebook.cells[0].outputs[0].text == "limit\n"
    visit_to(forks, template.name).detach()
    template.close()


def test_a_nursery_that_may_have_no_more_processes_says_so_and_lives(forks):
    template = grow(forks, "crowded", "x = 1")
    (nursery,) = list_nurseries(forks, "crowded")
    most = nursery.rlimit(psutil.RLIMIT_NPROC)
    nursery.rlimit(psutil.RLIMIT_NPROC, (1, most[1]))
    with pytest.raises(Refused, match="could not be forked"):
        visit_to(forks, template.name)
    nursery.rlimit(psutil.RLIMIT_NPROC, most)
    visit_to(forks, template.name).detach()
    template.close()


TRESPASS = """
import json, os
def attempt(deed, *what):
    if (pid := os.fork()) == 0:
        try:
            os.setresgid(UID, UID, UID)
            os.setresuid(UID, UID, UID)
            deed(*what)
            os._exit(0)
        except OSError:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
print(json.dumps({"list": attempt(os.listdir, HOME), "signal": attempt(os.kill, PID, 0)}))
"""


def visit_to(forks, name) -> Child:
    """Open somebody's visit: to a lesson that is a template, or to one that is executed for each."""
    wish = Launch(
        name, [PYTHON, "-c", "import time; time.sleep(600)"], {"PATH": "/usr/bin:/bin"}, "/", tied=True
    )
    return asyncio.run(
        Child.launch(forks.address, replace(wish, home=home_of(forks, f"of-{name}"), scratch=True))
    )


def test_a_notebook_that_is_executed_for_all_cannot_become_a_visitor_of_another(forks):
    """Else a teacher's lesson could take the principal's token out of an app that is open meanwhile."""
    victim = visit_to(forks, "plain")
    home = Path(home_of(forks, "of-plain"))
    values = {"UID": home.stat().st_uid, "HOME": repr(str(home)), "PID": victim.pid}
    code = reduce(lambda text, each: text.replace(each, str(values[each])), values, TRESPASS)
    template = grow(forks, "trespasser", code)
    notebook = nbformat.reads(template.report["notebook"], as_version=4)
    assert json.loads(notebook.cells[0].outputs[0].text) == {"list": False, "signal": False}
    template.close()
    victim.signal(9)


SAYS = """
import gc, os, signal, socket
from sandyq.prefork import wire
from sandyq.prefork.nursery import Nursery
from sandyq.prefork.processes import read_birth
(nursery,) = [each for each in gc.get_objects() if type(each) is Nursery]
root = nursery.control
"""
NONSENSE = [
    'root.send(b"no JSON")',
    'root.send(b"[" * 100_000)',
    'wire.send(root, {"forked": 1})',
    'wire.send(root, {"forked": 1}, [0])',
    'wire.send(root, {"forked": "x", "pid": 1, "started": 1}, [os.pidfd_open(os.getpid())])',
    'wire.send(root, {"exit": 1})',
    'wire.send(root, {"exit": 1, "code": []})',
    'wire.send(root, {"ready": True})',
    'wire.send(root, {"ready": True, "memory": "much"}, [0])',
    'wire.send(root, {"ready": True, "memory": 1}, [0])',
    'wire.send(root, {"failed": True}, [os.pipe()[0]])',
    "wire.send(root, {})",
]


@pytest.mark.parametrize("deed", NONSENSE)
def test_a_notebook_that_speaks_for_its_nursery_ends_itself_alone(forks, deed):
    victim = launch(forks, "import time; time.sleep(600)", AIDOS)
    with pytest.raises(Refused):
        grow(forks, "speaker", f"{SAYS}\n{deed}\nsignal.pause()")
    wait_for(lambda: not list_nurseries(forks, "speaker"), "the nursery to end")
    assert forks.is_ready()
    assert victim.poll() is None
    victim.signal(9)


LIES = """
def lie(self, message, files, poll):
    pid, told = PROCESS, TOLD
    wire.send(root, {"forked": message["id"], "pid": pid, "started": read_birth(pid)}, [os.pidfd_open(pid)])
    if told:
        wire.send(root, {"exit": message["id"], "code": 0})
def start():
    if (pid := os.fork()) == 0:
        signal.pause()
    return pid
Nursery._obey = lie
"""


def test_a_nursery_that_calls_others_its_children_harms_none_of_them(forks):
    """The root would kill, when the visitor leaves, what it was told is the visitor's."""
    victim = launch(forks, "import time; time.sleep(600)", AIDOS)
    others = [victim.pid, os.getpid(), forks.process.pid, list_nurseries(forks, "kernel")[0].pid]
    for number, pid in enumerate(others):
        name = f"liar{number}"
        template = grow(forks, name, SAYS + LIES.replace("PROCESS", str(pid)).replace("TOLD", "False"))
        visit = Launch(name, [], {}, "/", home=home_of(forks, name), scratch=True, tied=True)
        with pytest.raises(Refused):
            asyncio.run(Child.launch(forks.address, visit))
        wait_for(lambda name=name: not list_nurseries(forks, name), "the nursery to end")
        assert not template.lives
    assert victim.poll() is None
    assert psutil.pid_exists(others[-1])
    assert forks.is_ready()
    victim.signal(9)


def test_a_nursery_that_calls_a_living_child_dead_loses_it(forks):
    code = SAYS + LIES.replace("PROCESS", "start()").replace("TOLD", "True")
    template = grow(forks, "hider", code)
    visit = Launch("hider", [], {}, "/", home=home_of(forks, "hider"), scratch=True)
    child = asyncio.run(Child.launch(forks.address, visit))
    asyncio.run(child.wait())  # killed, or gone by itself because its nursery was
    assert not template.lives
    wait_for(lambda: not list_nurseries(forks, "hider"), "the nursery and what it hid to end")
    assert forks.is_ready()


def test_scratch_homes_are_for_visitors_each_under_a_uid_of_its_own(forks, run):
    code = "import json, os; print(json.dumps([os.getuid(), os.stat(os.environ['HOME']).st_uid]))"
    seen = set()
    for name in ("first", "second"):
        home = home_of(forks, name)
        uid, owner = run(code, 0, home=home, scratch=True, env={"HOME": home})
        assert uid == owner
        assert uid in range(VISITORS, VISITORS + 10 * COUNT)
        seen.add(uid)
    assert len(seen) == 2


KEYS = """
import ctypes, json, platform, sys
add, ask = {"x86_64": (248, 250), "aarch64": (217, 219)}[platform.machine()]
syscall = ctypes.CDLL(None).syscall
if sys.argv[1] == "write":
    kept = syscall(add, b"user", b"note", b"my diary", 8, -4)
    syscall(ask, 5, kept, 0x3f3f0000)  # whoever has its number may read it
else:
    kept = syscall(ask, 10, -4, b"user", b"note", 0)
print(json.dumps(kept > 0))
"""
"""Writes a note into the keyring of a uid, or looks for one."""


def test_the_next_visitor_of_a_number_finds_nothing_in_its_keyring(tmp_path):
    isolation = {"uids": [FIRST, COUNT], "visitors": [VISITORS + 50 * COUNT, 1]}
    with running_forks({"plain": PLAIN}, **isolation) as forks:

        def visit(deed):
            with (tmp_path / deed).open("wb") as out:
                child = launch(
                    forks, KEYS, 0, argument=deed, log=out.fileno(), home=home_of(forks, deed), scratch=True
                )
                asyncio.run(child.wait())
            return json.loads((tmp_path / deed).read_text())

        if not visit("write"):
            pytest.skip("this machine gives nobody a keyring")
        assert not visit("read")


LISTEN = """
import json, os, socket, sys
victim, told = int(sys.argv[1]), []
def lines(name):
    return [line.split() for line in open(f"/proc/net/{name}").read().splitlines()[1:]]
for name in ("tcp", "tcp6", "udp", "udp6"):
    told += [[name, line[1]] for line in lines(name) if int(line[7]) == victim]
for pid in filter(str.isdigit, os.listdir("/proc")):
    try:
        if os.stat(f"/proc/{pid}").st_uid == victim:
            told.append(["process", open(f"/proc/{pid}/cmdline").read().replace(chr(0), " ")])
    except OSError:
        pass
for entry in os.scandir("/tmp"):
    if entry.stat(follow_symlinks=False).st_uid == victim:
        for attempt in (os.listdir, lambda path: open(path + "/made", "w"), os.rmdir):
            try:
                told.append(["folder", attempt(entry.path)])
            except OSError:
                pass
print(json.dumps(told))
"""
"""All that somebody else sees of a uid: sockets with an address, processes, folders that let them in."""


def test_a_debugger_shows_nobody_else_a_way_in(forks, run, monkeypatch):
    """Before it begins, while code waits at a breakpoint, and after: one process, no address."""
    monkeypatch.setenv(SOCKET, forks.address)
    name = "debugging"
    wish = Launch("kernel", [], {}, "/", uid=FIRST + 50, home=home_of(forks, name), sockets=name)
    manager = KernelManager(kernel_spec_manager=Specs(), transport="ipc")
    manager.start_kernel(cwd="/", env={"PATH": "/usr/bin:/bin", "HOME": wish.home}, fork=wish)
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        before = run(LISTEN, DANA, argument=str(wish.uid))
        assert [kind for kind, _ in before] == ["process"]
        session = DebugSession(client)
        session.start()
        assert run(LISTEN, DANA, argument=str(wish.uid)) == before
        session.stop_at("secret = 1\nshown = secret", 2)
        thread, (frame, *_) = session.wait_for_stop()
        assert run(LISTEN, DANA, argument=str(wish.uid)) == before
        assert session.read_variables(frame)["secret"] == "1"
        session.tell("continue", threadId=thread)
        assert client.get_shell_msg(timeout=30)["content"]["status"] == "ok"
        session.tell("disconnect", restart=False, terminateDebuggee=False)
        assert run(LISTEN, DANA, argument=str(wish.uid)) == before
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
