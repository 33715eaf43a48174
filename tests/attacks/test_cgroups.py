"""Where the host has handed control groups to a service, as systemd's ``Delegate=yes`` does, limits hold for a child's
processes together.

These tests take what a machine with cgroup v2 lets root have; elsewhere they say so and are skipped.
"""

import asyncio
import json
import os
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.prefork.forks_world import PLAIN, running_forks

from rehearsal import wait_for
from sandyq.prefork.cgroups import LEAF, MARKS, NEEDED, TOP
from sandyq.prefork.client import Child, GrownTemplate
from sandyq.prefork.wishes import Grow, Launch, Limits
from sandyq_hub.isolation import first_number

UID = first_number() + 801
MB = 2**20
PYTHON = "/usr/bin/python3"


def read_words(path: Path) -> set[str]:
    try:
        return set(path.read_text().split())
    except OSError:
        return set()


pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or not read_words(TOP / "cgroup.subtree_control") >= NEEDED,
    reason="root on a machine with cgroup v2 (memory, pids) is needed",
)


@contextmanager
def service(marked: bool):
    """A group as systemd makes one for a service, in which this process stands meanwhile."""
    before = next(
        line for line in Path("/proc/self/cgroup").read_text().splitlines() if line.startswith("0::")
    )
    group = TOP / f"sandyq-test-{os.getpid()}"
    group.mkdir()
    if marked:
        os.setxattr(group, MARKS[0], b"1")
    (group / "cgroup.procs").write_text(str(os.getpid()))
    try:
        yield group
    finally:
        (TOP / before.removeprefix("0::/") / "cgroup.procs").write_text(str(os.getpid()))
        for folder in (*group.glob("uid-*/"), *group.glob("*/"), group):
            if folder.exists():
                folder.rmdir()


@contextmanager
def running(marked: bool = True):
    with service(marked) as group, running_forks({"plain": PLAIN}, uids=[UID, 10]) as forks:
        yield group, forks


def launch(forks, code: str, log: Path, uid: int = UID, template: str = "plain", **limits: int) -> Child:
    with log.open("wb") as out:
        wish = Launch(
            template, [PYTHON, "-c", code], {"PATH": "/usr/bin:/bin"}, "/", uid=uid, limits=Limits(**limits)
        )
        return asyncio.run(Child.launch(forks.address, wish, out.fileno()))


def list_children(group: Path) -> list[Path]:
    return list(group.glob("uid-*/child-*/"))


def test_a_bomb_of_many_processes_that_share_memory_stays_within_its_limits_and_all_of_it_goes(tmp_path):
    code = """
import os, signal
children = []
for _ in range(8):
    waiting, told = os.pipe()
    children.append(os.fork())
    if children[-1] == 0:
        os.setsid()
        block = bytearray(b"x") * (40 * 2**20)
        os.write(told, b"x")
        signal.pause()
    os.close(told)
    os.read(waiting, 1)  # it is full, or was killed
print(sum(os.waitpid(child, os.WNOHANG) == (0, 0) for child in children))
"""
    with running() as (group, forks):
        out = tmp_path / "out"
        child = launch(forks, code, out, memory=100 * MB, processes=50)
        made = list_children(group)
        assert [(one / "memory.max").read_text().strip() for one in made] == [str(100 * MB)]
        assert [(one / "pids.max").read_text().strip() for one in made] == ["50"]
        assert asyncio.run(child.wait()) == 0
        assert 1 <= int(out.read_text()) <= 2, "not more of them fit into 100 MB"
        wait_for(lambda: not list_children(group), "the group to go with all that stood in it")
        assert forks.is_ready()


def test_the_server_and_what_stood_beside_it_step_down_and_the_next_server_finds_the_groups(tmp_path):
    with running() as (group, forks):
        assert not (group / "cgroup.procs").read_text()
        assert str(os.getpid()) in (group / LEAF / "cgroup.procs").read_text().split()
        for number in range(2):
            child = launch(forks, "import time; time.sleep(600)", tmp_path / "out", memory=100 * MB)
            assert len(made := list_children(group)) == number + 1
            assert any(str(child.pid) in (one / "cgroup.procs").read_text().split() for one in made)
            forks.process.kill()
            forks.process.wait()
            forks.start()
        forks.stop()
        assert not list_children(group)
        forks.start()


def test_a_folder_that_nobody_handed_over_is_left_alone(tmp_path):
    with running(marked=False) as (group, forks):
        child = launch(forks, "import json; print(json.dumps('works'))", tmp_path / "out", memory=100 * MB)
        asyncio.run(child.wait())
        assert json.loads((tmp_path / "out").read_text()) == "works"
        assert not list(group.glob("*/"))


def test_the_machines_own_top_is_left_alone(tmp_path):
    """Where no systemd is, all stand in it, and groups beneath may well have limits."""
    if (TOP / "cgroup.type").exists():
        pytest.skip("a container's top is its own")
    with service(marked=False):
        (TOP / "cgroup.procs").write_text(str(os.getpid()))
        with running_forks({"plain": PLAIN}, uids=[UID, 10]) as forks:
            child = launch(forks, "import time; time.sleep(600)", tmp_path / "out", memory=100 * MB)
            assert Path(f"/proc/{child.pid}/cgroup").read_text().splitlines()[-1] == "0::/"
            assert not list_children(TOP)
            child.signal(9)


def test_limits_hold_also_where_a_persons_group_was_not_made_to_its_end(tmp_path):
    """The server was killed in between."""
    with running() as (group, forks):
        (group / f"uid-{UID}").mkdir()
        child = launch(forks, "import time; time.sleep(600)", tmp_path / "out", memory=100 * MB)
        (made,) = list_children(group)
        for folder in (made.parent, made):
            assert (folder / "memory.max").read_text().strip() == str(100 * MB)
        child.signal(9)
        wait_for(lambda: not list(group.glob("uid-*/")), "the groups to go")


def test_no_way_into_its_group_is_left_open_in_a_child(tmp_path):
    """What it wrote there would move others."""
    code = """
import json, os
files = [f"/proc/self/fd/{number}" for number in os.listdir("/proc/self/fd")]
print(json.dumps([os.readlink(file) for file in files if os.path.exists(file)]))
"""
    with running() as (_, forks):
        child = launch(forks, code, tmp_path / "out", memory=100 * MB)
        asyncio.run(child.wait())
        opened = json.loads((tmp_path / "out").read_text())
        assert opened
        assert not [path for path in opened if "cgroup" in path]


def test_all_that_one_uid_runs_has_one_share_of_memory(tmp_path):
    """However many kernels somebody opens."""
    code = "block = bytearray(b'x') * (60 * 2**20)\nprint('full', flush=True)\nimport time; time.sleep(600)"
    with running() as (group, forks):
        first = launch(forks, code, tmp_path / "first", memory=100 * MB)
        wait_for(lambda: "full" in (tmp_path / "first").read_text(), "the first to be full")
        second = launch(forks, code, tmp_path / "second", memory=100 * MB)
        wait_for(lambda: first.poll() == -9 or second.poll() == -9, "one of them to be ended")
        (own,) = group.glob("uid-*/")
        assert (own / "memory.max").read_text().strip() == str(100 * MB)
        other = launch(forks, code, tmp_path / "other", uid=UID + 1, memory=100 * MB)
        wait_for(lambda: "full" in (tmp_path / "other").read_text(), "another's to be full")
        for child in (first, second, other):
            child.signal(9)
        wait_for(lambda: not list(group.glob("uid-*/")), "the groups to go")


def test_a_notebook_that_is_executed_for_all_has_a_group_and_what_it_leaves_goes_with_it(tmp_path):
    plan = {"templates": {"plain": PLAIN}, "recipes": [PLAIN["recipe"]], "visitors": [UID + 110_000, 1000]}
    with service(marked=True) as group, running_forks(uids=[UID, 10], **plan) as forks:
        wish = Grow("lesson", "plain", PLAIN["recipe"], {}, limits=Limits(memory=100 * MB, processes=50))
        template = asyncio.run(GrownTemplate.grow(forks.address, wish))
        (made,) = group.glob("child-*/")
        assert (made / "memory.max").read_text().strip() == str(100 * MB)
        assert (made / "pids.max").read_text().strip() == "50"
        assert (made / "cgroup.procs").read_text().split(), "it stands there"
        child = launch(forks, "import time; time.sleep(600)", tmp_path / "out", template="lesson")
        wait_for(lambda: list_children(group), "the child to have a group of its own")
        wait_for(lambda: is_in(child, *list_children(group)), "the child to stand there")
        with subprocess.Popen(["sleep", "600"]) as left:
            (made / "cgroup.procs").write_text(str(left.pid))
            template.close()
            assert left.wait(120) == -9
        wait_for(lambda: not made.exists(), "its group to go")
        assert child.poll() is None, "visitors stay"
        child.signal(9)


def is_in(child: Child, group: Path) -> bool:
    return str(child.pid) in (group / "cgroup.procs").read_text().split()


def test_many_processes_have_no_more_of_the_processor_than_one_of_somebody_else(tmp_path):
    spin = "import os\nfor _ in range({}):\n    if not os.fork():\n        os.setsid()\n        break\nwhile True: pass"
    with running() as (group, forks):
        if "cpu" not in read_words(TOP / "cgroup.subtree_control"):
            pytest.skip("this machine does not share out its processor by groups")
        cores = os.cpu_count() or 1
        bomb = launch(forks, spin.format(16 * cores), tmp_path / "bomb", processes=16 * cores + 5)
        others = [
            launch(forks, spin.format(0), tmp_path / f"{n}", uid=UID + 1 + n, processes=50)
            for n in range(cores)
        ]
        uids = [UID + 1 + number for number in range(cores)]
        wait_for(lambda: min(read_usage(group, uid) for uid in uids) > 500_000, "all to be at work")
        before = {uid: read_usage(group, uid) for uid in (UID, *uids)}
        wait_for(lambda: read_usage(group, UID) > before[UID] + 2_000_000, "the bomb to have had two seconds")
        used = [read_usage(group, uid) - before[uid] for uid in uids]
        for child in (bomb, *others):
            child.signal(9, group=True)
        # The bomb had its two seconds, of all cores together; each of the others is one process on one core.
        assert min(used) > 2_000_000 / 3, used


def read_usage(group: Path, uid: int) -> int:
    """Microseconds of the processor that a uid has had."""
    try:
        lines = (group / f"uid-{uid}" / "cpu.stat").read_text().splitlines()
    except FileNotFoundError:
        return 0
    return int(dict(line.split() for line in lines)["usage_usec"])
