"""The fork server keeps its word: children's ends are told, signals reach only them, a killed server loses nobody."""

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from tests.prefork.forks_world import PLAIN, Forks, running_forks

from rehearsal import wait_for
from sandyq import prefork
from sandyq.prefork import cgroups, wire
from sandyq.prefork.client import SOCKET, Child, Handle, LaunchFailed, Refused, ServerAway
from sandyq.prefork.loop import Loop
from sandyq.prefork.processes import is_alive
from sandyq.prefork.wishes import Launch, Limits


def program(code: str, folder, **more) -> Launch:
    return Launch("plain", [sys.executable, "-c", code], {"PATH": os.environ["PATH"]}, str(folder), **more)


def launch(forks, wish: Launch, log: int | None = None) -> Child:
    return asyncio.run(Child.launch(forks.address, wish, log))


@pytest.mark.parametrize(("code", "told"), [("pass", 0), ("raise SystemExit(7)", 7)])
def test_an_exit_code_is_told(forks, tmp_path, code, told):
    child = launch(forks, program(code, tmp_path))
    assert asyncio.run(child.wait()) == told


def test_where_all_have_one_uid_their_number_of_processes_has_no_limit(forks, tmp_path):
    """Linux would count those of whoever started the server, a browser's threads too: nothing could begin."""
    code = "import resource, sys; sys.exit(resource.getrlimit(resource.RLIMIT_NPROC)[0] == 5)"
    child = launch(forks, program(code, tmp_path, limits=Limits(processes=5)))
    assert asyncio.run(child.wait()) == 0


def test_an_end_by_a_signal_is_told_as_popen_tells_it(forks, tmp_path):
    child = launch(forks, program("import time; time.sleep(600)", tmp_path))
    assert child.poll() is None
    child.signal(signal.SIGTERM)
    assert asyncio.run(child.wait()) == -signal.SIGTERM
    child.signal(signal.SIGKILL)  # to nobody: it has ended, and its number may be somebody else's


def test_everybody_who_waits_for_an_end_hears_of_it_even_when_another_asked_first(forks, tmp_path):
    child = launch(forks, program("import time; time.sleep(600)", tmp_path))

    async def scenario():
        waiting = [asyncio.create_task(child.wait()) for _ in range(3)]
        await asyncio.sleep(0)
        child.signal(signal.SIGKILL)
        while child.poll() is None:  # takes the news off the line before those who wait can
            pass
        return await asyncio.wait_for(asyncio.gather(*waiting), 60)

    assert asyncio.run(scenario()) == [-signal.SIGKILL] * 3


@pytest.fixture
def stuck(forks, tmp_path):
    """A launch whose child never gets ready: its own startup file sleeps."""
    startup = tmp_path / "profile_default/startup/sleep.py"
    startup.parent.mkdir(parents=True)
    startup.write_text("import time; time.sleep(600)")
    environment = {"PATH": os.environ["PATH"], "IPYTHONDIR": str(tmp_path)}
    yield Launch("kernel", ["-f", str(tmp_path / "connection.json")], environment, str(tmp_path))
    wait_for(lambda: str(tmp_path) not in where_all_are(), "the child to be killed")


def where_all_are():
    """The working folders of all processes."""
    return [process.info["cwd"] for process in psutil.process_iter(["cwd"])]


def test_a_child_that_does_not_get_ready_is_given_up_and_killed(forks, stuck):
    with pytest.raises(LaunchFailed):
        asyncio.run(Child.launch(forks.address, stuck, patience=3))


def test_a_child_whose_caller_gives_up_is_killed(forks, stuck):
    async def scenario():
        launching = asyncio.create_task(Child.launch(forks.address, stuck))
        await asyncio.to_thread(wait_for, lambda: stuck.cwd in where_all_are(), "the fork")
        launching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await launching

    asyncio.run(scenario())


def test_a_child_serves_the_socket_it_was_given_and_says_itself_when(forks, tmp_path):
    code = """
import os, socket
line = socket.socket(fileno=int(os.environ["SANDYQ_FORK_LISTENER"]))
os.write(int(os.environ["SANDYQ_FORK_READY"]), b"1") if WORKS else os._exit(3)
line.accept()[0].sendall(b"served")
"""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        def start(works):
            wish = program(code.replace("WORKS", str(works)), tmp_path)
            return asyncio.run(Child.launch(forks.address, wish, listener=listener.fileno()))

        assert start(works=False).poll() == 3, "it is known at once"
        assert start(works=True).poll() is None
        with socket.create_connection(listener.getsockname()) as caller:
            assert caller.recv(100) == b"served"


def test_a_child_sees_its_own_environment_and_nothing_open(forks, tmp_path):
    code = "import os, json; print(json.dumps([dict(os.environ), os.getcwd(), len(os.listdir('/proc/self/fd'))]))"
    with (tmp_path / "out").open("wb") as out:
        wish = program(code, tmp_path)
        child = launch(forks, Launch(**(vars(wish) | {"env": {"ONLY": "this"}})), out.fileno())
        asyncio.run(child.wait())
    environment, cwd, count = json.loads((tmp_path / "out").read_text())
    environment.pop("LC_CTYPE", None)  # Python sets it for itself
    assert environment == {"ONLY": "this"}
    assert cwd == str(tmp_path)
    assert count == 4, "standard input, output, error, and the listing itself"


def test_a_tied_child_ends_with_its_client_and_another_does_not(forks, tmp_path):
    tied = launch(forks, program("import time; time.sleep(600)", tmp_path, tied=True))
    free = launch(forks, program("import time; time.sleep(600)", tmp_path))
    tied.detach()
    free.detach()
    wait_for(lambda: not is_alive(tied.pid, tied.started), "the tied child to end")
    assert is_alive(free.pid, free.started)
    again = Child.recall(forks.address, free.pid, free.started)
    again.signal(signal.SIGKILL)
    assert asyncio.run(again.wait()) == -signal.SIGKILL


def test_a_child_is_not_found_under_another_birth_time(forks, tmp_path):
    child = launch(forks, program("import time; time.sleep(600)", tmp_path))
    stranger = Child.recall(forks.address, child.pid, child.started + 1)
    wait_for(lambda: stranger.poll() is not None, "the answer that there is no such child")
    stranger.signal(signal.SIGKILL)
    assert is_alive(child.pid, child.started)
    child.signal(signal.SIGKILL)


def test_children_outlive_a_killed_server_and_are_taken_up_by_the_next(tmp_path):
    with running_forks({"plain": PLAIN}) as forks:
        child = launch(forks, program("import time; time.sleep(600)", tmp_path))
        forks.process.kill()
        forks.process.wait()
        with pytest.raises(ServerAway):
            Handle(forks.address)
        assert child.poll() is None, "it lives, though nobody serves"
        forks.start()
        assert child.poll() is None
        child.signal(signal.SIGTERM)
        wait_for(lambda: child.poll() is not None, "the child to end by the new server's signal")


def test_what_a_killed_server_did_not_live_to_launch_never_begins_and_can_be_asked_for_again(tmp_path):
    with running_forks({"plain": PLAIN}) as forks, ThreadPoolExecutor() as others:
        home, nursery = forks.folder / "homes" / "again", psutil.Process(find_template(forks))
        wish = program("print('ran')", tmp_path, home=str(home), scratch=True, sockets=home.name)
        nursery.suspend()
        heard, log = os.pipe()
        with os.fdopen(heard) as told:
            first = others.submit(launch, forks, wish, log)
            wait_for(home.exists, "its home")
            forks.status()  # the one thread of the server's is done with the wish
            forks.process.kill()
            forks.process.wait()
            assert isinstance(first.exception(), ServerAway)
            os.close(log)
            nursery.resume()  # it has the wish still
            assert told.read() == "", "nobody waits for it any more"
        forks.start()
        again = launch(forks, wish)
        assert asyncio.run(again.wait()) == 0
        assert not home.exists()
        assert len(list((forks.folder / "journal").iterdir())) == 1, "the template's note alone"


def test_children_outlive_their_template_which_is_made_again(tmp_path):
    with running_forks({"plain": PLAIN}) as forks:
        child = launch(forks, program("import time; time.sleep(600)", tmp_path))
        os.kill(find_template(forks), signal.SIGKILL)
        wait_for(lambda: not forks.is_ready(), "the template to be missed")
        assert child.poll() is None
        wait_for(forks.is_ready, "the template to be made again")
        child.signal(signal.SIGTERM)
        assert asyncio.run(child.wait()) == -signal.SIGTERM, "the root became its parent"


def test_a_template_that_is_made_again_knows_nobodys_secrets(tmp_path):
    """The server knows them all by then; a child of the template could read its own memory from end to end."""
    secret = f"secret-{os.urandom(8).hex()}"
    with running_forks({"plain": PLAIN}) as forks:
        wish = program("import time; time.sleep(600)", tmp_path)
        child = launch(forks, replace(wish, env=wish.env | {"TOKEN": secret}))
        assert knows(forks.process.pid, secret), "the server has it, or this test could not fail"
        os.kill(find_template(forks), signal.SIGKILL)
        wait_for(lambda: not forks.is_ready(), "the template to be missed")
        wait_for(forks.is_ready, "the template to be made again")
        assert not knows(find_template(forks), secret)
        child.signal(signal.SIGTERM)


def find_template(forks):
    family = subprocess.run(
        ["ps", "-o", "pid=,comm=", "--ppid", str(forks.process.pid)],
        capture_output=True,
        check=True,
        text=True,
    ).stdout.split()
    return int(family[family.index("fork:plain") - 1])


def knows(pid, text):
    """Does a text stand anywhere in a process's memory?"""
    spans = [line.split() for line in Path(f"/proc/{pid}/maps").read_text().splitlines()]
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for span, rights, *_ in spans:
            if "r" not in rights or "w" not in rights:
                continue
            start, end = (int(number, 16) for number in span.split("-"))
            memory.seek(start)
            if text.encode() in memory.read(end - start):
                return True
    return False


def test_a_stopped_server_leaves_nobody_behind(tmp_path):
    with running_forks({"plain": PLAIN}) as forks:
        child = launch(forks, program("import time; time.sleep(600)", tmp_path))
    assert not is_alive(child.pid, child.started)


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"do": "dance"},
        {"do": "launch", "template": "plain"},
        {"do": "launch", "template": "nothing", "argv": [], "env": {}, "cwd": "/"},
        {"do": "launch", "template": "plain", "argv": "ls", "env": {}, "cwd": "/"},
        {"do": "launch", "template": "plain", "argv": [], "env": {}, "cwd": "/", "uid": 1},
        {"do": "launch", "template": "plain", "argv": [], "env": {}, "cwd": "/", "home": "/etc/x"},
        {"do": "launch", "template": "plain", "argv": [], "env": {}, "cwd": "/", "sockets": "../x"},
        {"do": "launch", "template": "plain", "argv": [], "env": {}, "cwd": "/", "files": ["log"]},
        {"do": "grow", "name": "x", "parent": "plain", "recipe": "os", "options": {}},
        {"do": "signal", "number": 2**40},
        {"do": "\x01" * 25_000},
    ],
)
def test_a_malformed_wish_is_refused_in_words_and_harms_nobody(forks, message):
    handle = Handle(forks.address)
    wire.send(handle.socket, message)
    with pytest.raises(Refused):
        asyncio.run(handle.receive())
    handle.close()
    assert forks.is_ready()


@pytest.mark.parametrize("packet", [b"\xff\x00nonsense", b"[" * 100_000, b"1"])
def test_bytes_that_are_no_message_are_refused(forks, packet):
    handle = Handle(forks.address)
    handle.socket.send(packet)
    with pytest.raises(Refused):
        asyncio.run(handle.receive())
    assert forks.is_ready()


def test_a_child_may_have_as_many_children_as_it_was_granted(forks, tmp_path):
    code = """
import asyncio, json, os, sys
from sandyq.prefork.client import Child, Refused, find_server
from sandyq.prefork.wishes import Launch
async def main():
    wish = Launch("plain", [sys.executable, "-c", "import time; time.sleep(600)"], {}, "/")
    kept = [await Child.launch(find_server(), wish) for _ in range(2)]
    for more in (wish, Launch("kernel", [], {}, "/"), Launch("plain", [], {}, "/", home="/x")):
        try:
            await Child.launch(find_server(), more)
        except Refused as refusal:
            print("refused:", refusal)
    kept[0].signal(9)
    await kept[0].wait()
    await Child.launch(find_server(), wish)
    print("again")
asyncio.run(main())
"""
    with (tmp_path / "out").open("wb") as out:
        wish = program(code, tmp_path, grants={"plain": 2})
        child = launch(forks, wish, out.fileno())
        assert asyncio.run(child.wait()) == 0
    lines = (tmp_path / "out").read_text().splitlines()
    assert [line.split(":")[0] for line in lines] == ["refused"] * 3 + ["again"]


def test_a_server_that_runs_out_of_descriptors_refuses_and_lives(tmp_path):
    with running_forks({"plain": PLAIN}, files=64) as forks:
        kept = []
        with pytest.raises((Refused, ServerAway)):
            while len(kept) < 64:
                kept.append(launch(forks, program("import time; time.sleep(600)", tmp_path, tied=True)))
        assert len(kept) > 10
        handles = [Handle(forks.address) for _ in range(100)]
        for handle in handles:
            handle.close()
        kept.pop().detach()
        wait_for(forks.is_ready, "an answer")
        assert all(child.poll() is None for child in kept)


def test_a_server_takes_all_descriptors_that_the_machine_allows(forks):
    soft, hard = psutil.Process(forks.process.pid).rlimit(psutil.RLIMIT_NOFILE)
    assert soft == hard


MASTER = """
import asyncio, os, sys, time
from pathlib import Path
from sandyq.prefork.client import Child, find_server
from sandyq.prefork.wishes import Launch
wish = Launch("plain", [sys.executable, "-c", "import time; time.sleep(600)"], {}, "/", tied=True)
first = asyncio.run(Child.launch(find_server(), wish))
Path("first").write_text(f"{first.pid} {first.started}")
while not Path("go on").exists():
    time.sleep(0.01)
living = first.poll()
second = asyncio.run(Child.launch(find_server(), wish))
first.signal(9)
asyncio.run(first.wait())
Path("second").write_text(f"{living} {second.pid} {second.started}")
time.sleep(600)
"""
"""A child with a child, which asks after it and has another one when it is told to."""


def read(path):
    wait_for(lambda: path.exists() and path.read_text(), path.name)
    return [None if word == "None" else int(word) for word in path.read_text().split()]


def test_a_child_of_a_killed_server_may_have_children_at_the_next_as_many_as_before(tmp_path):
    with running_forks({"plain": PLAIN}) as forks:
        master = launch(forks, program(MASTER, tmp_path, grants={"plain": 2}))
        first = read(tmp_path / "first")
        forks.process.kill()
        forks.process.wait()
        forks.start()
        (tmp_path / "go on").touch()
        living, *second = read(tmp_path / "second")
        assert living is None, "the first one lived and was found again"
        assert not is_alive(*first), "it was signalled through the new server"
        assert is_alive(*second)
        master.signal(signal.SIGKILL)
        wait_for(lambda: not is_alive(*second), "what is tied to it to end with it")


def test_what_is_tied_to_somebody_who_ended_while_nobody_served_ends_too(tmp_path):
    with running_forks({"plain": PLAIN}) as forks:
        master = launch(forks, program(MASTER, tmp_path, grants={"plain": 2}))
        first = read(tmp_path / "first")
        forks.process.kill()
        forks.process.wait()
        os.kill(master.pid, signal.SIGKILL)
        forks.start()
        wait_for(lambda: not is_alive(*first), "its end")


GONE = """
import asyncio, sys
from sandyq.prefork.client import Child
from sandyq.prefork.wishes import Launch
wish = Launch("plain", [sys.executable, "-c", "import time; time.sleep(600)"], {}, "/", tied=True)
child = asyncio.run(Child.launch(sys.argv[1], wish))
if sys.argv[2:]:
    child.untie()
print(child.pid, child.started)
"""
"""One that leaves a tied child behind; with another word it unties it before."""


def test_a_child_that_is_untied_outlives_its_owner_also_at_the_next_server(tmp_path):
    def begin(*words):
        command = [sys.executable, "-c", GONE, forks.address, *words]
        return [int(word) for word in subprocess.run(command, capture_output=True, check=True).stdout.split()]

    with running_forks({"plain": PLAIN}) as forks:
        kept, tied = begin("untie"), begin()
        wait_for(lambda: not is_alive(*tied), "what stayed tied to end")
        assert is_alive(*kept)
        forks.process.kill()
        forks.process.wait()
        forks.start()
        assert asyncio.run(launch(forks, program("pass", tmp_path)).wait()) == 0
        again = Child.recall(forks.address, *kept)
        assert again.poll() is None
        again.signal(signal.SIGKILL)
        asyncio.run(again.wait())
        assert not is_alive(*kept)


def test_the_next_server_cleans_up_after_children_of_the_last(tmp_path):
    with running_forks({"plain": PLAIN}) as forks:
        homes = [forks.folder / "homes" / name for name in ("ends-now", "ends-later")]
        folders = [forks.folder / "sockets" / home.name for home in homes]
        code = "import time; time.sleep(600)"
        now, later = (
            launch(forks, program(code, tmp_path, home=str(home), scratch=True, sockets=home.name))
            for home in homes
        )
        forks.process.kill()
        forks.process.wait()
        os.kill(now.pid, signal.SIGKILL)
        forks.start()
        wait_for(lambda: not homes[0].exists() and not folders[0].exists(), "the first one's to go")
        assert homes[1].exists()
        assert folders[1].exists()
        later.signal(signal.SIGKILL)
        wait_for(lambda: not homes[1].exists() and not folders[1].exists(), "the second one's to go")


def test_a_server_that_stops_ends_also_the_children_of_the_last(tmp_path):
    with running_forks({"plain": PLAIN}) as forks:
        child = launch(forks, program("import time; time.sleep(600)", tmp_path))
        forks.process.kill()
        forks.process.wait()
        forks.start()
    assert not is_alive(child.pid, child.started)


def test_an_event_of_what_was_forgotten_never_reaches_whoever_got_its_number():
    loop, heard = Loop(), []
    pairs = [socket.socketpair() for _ in range(2)]
    third = socket.socketpair()

    def hear(number):
        """Both have news in one turn: whoever is first closes the other and gives its number to the third."""
        heard.append(number)
        other = pairs[1 - number][0]
        loop.forget(other)
        descriptor = other.fileno()
        os.dup2(third[0].fileno(), descriptor)
        loop.watch(descriptor, lambda: heard.append("third"))

    for number, (ours, theirs) in enumerate(pairs):
        loop.watch(ours, lambda number=number: hear(number))
        theirs.send(b"x")
    loop.turn()
    assert heard in ([0], [1])
    pairs[heard[0]][0].recv(1)
    third[1].send(b"x")
    loop.turn()
    assert heard[1:] == ["third"]


ALONE = """
from jupyter_client.manager import start_new_kernel
import sandyq.prefork

manager, client = start_new_kernel(kernel_name="python3")
reply = client.execute_interactive("6 * 7", timeout=60, output_hook=print)
print(sandyq.prefork.__file__, reply["content"]["status"], manager.provisioner.child is not None)
client.stop_channels()
manager.shutdown_kernel()
"""


def test_it_works_by_itself_as_its_documentation_says(tmp_path):
    """A copy of the package, in which nothing else of this project can be found."""
    shutil.copytree(Path(prefork.__file__).parent, tmp_path / "alone" / "sandyq" / "prefork")
    (tmp_path / "alone" / "sandyq" / "__init__.py").touch()
    plan = json.loads(re.search(r"sandyq.prefork '({.*?})'", prefork.__doc__, re.DOTALL)[1])
    with tempfile.TemporaryDirectory(prefix="fk-") as folder:
        plan |= {"socket": f"{folder}/server", "callers": [os.getuid()]}
        environment = os.environ | {
            "PYTHONPATH": str(tmp_path / "alone"),
            SOCKET: plan["socket"],
            "JUPYTER_DEFAULT_PROVISIONER_NAME": "sandyq-fork",
        }
        forks = Forks(Path(folder), plan)
        with subprocess.Popen(
            [sys.executable, "-m", "sandyq.prefork", json.dumps(plan)], env=environment
        ) as server:
            try:
                wait_for(forks.is_ready, "the template")
                said = subprocess.run(
                    [sys.executable, "-c", ALONE],
                    env=environment,
                    check=True,
                    capture_output=True,
                    text=True,
                    timeout=120,
                )
            finally:
                server.terminate()
    assert said.stdout.splitlines()[-1] == f"{tmp_path}/alone/sandyq/prefork/__init__.py ok True"


def test_a_containers_own_tree_is_ours_wherever_in_it_the_server_stands(tmp_path):
    """A start that got only half way leaves it, and all that stood at the top, one step beneath."""
    for name, text in {"controllers": "cpu memory pids", "type": "domain"}.items():
        (tmp_path / f"cgroup.{name}").write_text(text)
    assert cgroups._is_handed_over(tmp_path, tmp_path)
    assert not cgroups._is_handed_over(tmp_path, tmp_path.parent), "somebody else's, as it has no mark"
