"""As root the fork server sees what each uid holds of the disk, and ends what writes on beyond its share."""

import asyncio
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from portal_school import PREFIX, School
from tests.prefork.forks_world import PLAIN, running_forks

from rehearsal import wait_for
from sandyq.prefork.client import Child
from sandyq.prefork.places import is_owned
from sandyq.prefork.processes import is_alive
from sandyq.prefork.quotas import Share, end_all_but, list_processes, measure
from sandyq.prefork.wishes import Launch, Limits
from sandyq.settings import Settings
from sandyq_hub.isolation import first_number
from sandyq_portal.disk_shares import DiskShares

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="giving uids away needs root")
FIRST = first_number() + 500
AIDOS, DANA, DINA = FIRST + 1, FIRST + 2, FIRST + 3
MB = 2**20
PYTHON = sys.executable


class Homes(Settings):
    """People's folders where the tests' fork server makes them."""

    @property
    def homes(self):
        return self.home / "homes"


WAIT = "import time\nwhile True: time.sleep(60)\n"
WRITE = "while True: f.write(bytes(2**20)); f.flush()"
BOMBS = {
    "many files": "n = 0\nwhile True:\n    open(f'{n}', 'wb').write(bytes(2**20)); n += 1",
    "a file without a name, by one who left": "if os.fork(): os._exit(0)\nos.setsid()\nif os.fork(): os._exit(0)\n"
    f"f = open('x', 'wb')\nos.unlink('x')\n{WRITE}",
    "where everybody may write": f"f = open(f'/var/tmp/bomb-{{os.getuid()}}', 'wb')\n{WRITE}",
}


@pytest.fixture(scope="module")
def forks():
    with running_forks({"plain": PLAIN}, uids=[FIRST, 10]) as running:
        yield running


def launch(forks, uid, code, *, disk=200 * MB, name="", env=None, **more):
    home = str(forks.folder / "homes" / (name or f"person-{uid}"))
    wish = Launch(
        "plain", [PYTHON, "-c", f"import os\nos.chdir({home!r})\n{code}"], {"PATH": "/usr/bin:/bin"} | (env or {}), "/",
        uid=uid, home=home, limits=Limits(disk=disk, file_size=2000 * MB), **more,
    )  # fmt: skip
    return asyncio.run(Child.launch(forks.address, wish))


@pytest.mark.parametrize("name", BOMBS)
def test_a_disk_bomb_is_ended_and_nobody_else_nor_ones_own_server(forks, name):
    server = launch(forks, AIDOS, WAIT, grants={"plain": 1})
    neighbour = launch(forks, DANA, "open('diary', 'wb').write(bytes(50 * 2**20))\n" + WAIT)
    bomb = launch(forks, AIDOS, BOMBS[name])
    try:
        wait_for(lambda: list_processes({AIDOS}) == [server.pid], "the bomb's end")
        asyncio.run(bomb.wait())
        assert is_alive(server.pid, server.started) and is_alive(neighbour.pid, neighbour.started)
        assert "is ended" in (forks.folder / "log").read_text().rpartition(f"person-{AIDOS}")[2]
        if name == "many files":  # they stay, and are told; the others' went with what held them
            (full,) = wait_for(lambda: forks.status()["disk"], "it to be told")
            assert full["home"].endswith(f"person-{AIDOS}") and full["allowed"] == 200 * MB
        left = Path(f"/var/tmp/bomb-{AIDOS}")  # noqa: S108 # what only passes is not kept
        wait_for(lambda: not left.exists(), "what was left to go")
    finally:
        server.signal(9)
        neighbour.signal(9)
        for child in (server, neighbour):
            asyncio.run(child.wait())
        for file in (forks.folder / "homes" / f"person-{AIDOS}").iterdir():
            file.unlink()


def test_what_stands_beyond_the_share_and_does_not_grow_is_let_be(forks):
    """Else nobody could start what they need to delete something; it may have grown while nobody looked."""
    home = forks.folder / "homes" / f"person-{DINA}"
    home.mkdir()
    os.chown(home, DINA, DINA)

    def work(disk, held):
        """Start something that only stands there, wait until what it holds is known; return what it is told."""
        child = launch(forks, DINA, WAIT, disk=disk * MB)
        try:
            wait_for(
                lambda: [
                    each
                    for each in forks.status()["disk"]
                    if each["home"] == str(home) and each["used"] > held * MB and each["allowed"] == disk * MB
                ],
                "the sweep",
            )
            assert is_alive(child.pid, child.started)
            return (forks.folder / "log").read_text()
        finally:
            child.signal(9)
            asyncio.run(child.wait())

    for held, disk in ((9, 10), (30, 20)):
        (home / f"old-{held}").write_bytes(bytes(held * MB))
        os.chown(home / f"old-{held}", DINA, DINA)
        assert f"person-{DINA} holds" not in work(disk, held)


def test_names_links_and_holes_are_not_counted_twice(tmp_path):
    (tmp_path / "a").write_bytes(bytes(4 * MB))
    (tmp_path / "b").hardlink_to(tmp_path / "a")
    (tmp_path / "link").symlink_to("/")
    with (tmp_path / "hole").open("wb") as file:
        file.truncate(2**40)
    deep = tmp_path
    for _ in range(5):
        deep = deep / ("d" * 200)
        deep.mkdir()
    (deep / "c").write_bytes(bytes(MB))
    for path in [tmp_path, *tmp_path.rglob("*")]:
        os.chown(path, AIDOS, AIDOS, follow_symlinks=False)
    assert 5 * MB <= measure([str(tmp_path)], {AIDOS})[AIDOS] < 6 * MB


@pytest.mark.parametrize("name", [rb"\xff\xfe", rb"\rUid:\t0", rb") Z \nUid:\t0"])
def test_a_process_hides_behind_no_name(name):
    """Else its owner could go on filling the disk, or keep anybody from being looked at."""
    code = f"import ctypes\nctypes.CDLL(None).prctl(15, b'{name.decode()}', 0, 0, 0)"
    program = [PYTHON, "-c", f"{code}\nprint(flush=True)\n{WAIT}"]
    with subprocess.Popen(program, stdout=subprocess.PIPE, user=AIDOS, group=AIDOS) as process:
        try:
            process.stdout.readline()
            assert list_processes({AIDOS}) == [process.pid]
            end_all_but(AIDOS, set())
            assert process.wait(10) == -signal.SIGKILL
        finally:
            process.kill()


def test_what_goes_while_it_is_looked_at_is_nobodys(tmp_path):
    """Else nothing at all would be counted, or removed before the next visitor has the number."""
    (tmp_path / "passing").touch()
    (entry,) = os.scandir(tmp_path)
    Path(entry).unlink()
    assert not is_owned(entry, 0)


def test_a_share_tells_what_it_is():
    assert Share("/home/a", 10, 3).describe() == {"home": "/home/a", "used": 3, "allowed": 10}


def test_the_person_their_teacher_and_the_operator_are_told_before_the_wall(forks, tmp_path):
    school = School(tmp_path)
    login = school.login("pupil")
    pages = {
        login: ("", "Қалта толуға жақын|Папка почти заполнена"),
        school.login("operator"): ("school/health", login),
    }
    home = forks.folder / "homes" / login
    home.mkdir()
    (home / "films").write_bytes(bytes(45 * MB))
    for path in (home, home / "films"):
        os.chown(path, AIDOS, AIDOS)
    school.app.state.disk_shares = DiskShares(Homes(forks.folder, fork_socket=forks.address))
    child = launch(forks, AIDOS, WAIT, disk=50 * MB, name=login)
    try:
        wait_for(lambda: login in school.app.state.disk_shares._ask(), "the sweep")
        for who, (path, told) in pages.items():
            page = school.sign_in(who).get(f"{PREFIX}/{path}").raise_for_status().text
            assert re.search(told, page), page
    finally:
        child.signal(9)


SAVE = """
import asyncio, sys
sys.path[:0] = {path!r}
from tornado.web import HTTPError
from sandyq_hub.saving import DurableFiles
files, file = DurableFiles(root_dir={home!r}), dict(type="file", format="text", content="x" * 1000)
while True:
    try:
        asyncio.run(files.save(file, "note.txt"))
    except HTTPError as refused:
        open({home!r} + "/told", "w").write(f"{{refused.status_code}} {{refused.log_message}}")
        break
"""


def test_nothing_more_is_saved_in_a_folder_that_is_more_than_full(forks):
    """By the person's own server, which goes on: one must be able to delete something."""
    home = forks.folder / "homes" / "full"
    home.mkdir()
    (home / "films").write_bytes(bytes(65 * MB))
    for path in (home, home / "films"):
        os.chown(path, DANA, DANA)
    code = SAVE.format(path=[path for path in sys.path if path], home=str(home))
    env = {"SANDYQ_PERSON_LANGUAGE": "kk", "HOME": str(home)}
    server = launch(forks, DANA, code, disk=50 * MB, name="full", grants={"plain": 1}, env=env)
    asyncio.run(server.wait())
    assert (home / "told").exists(), (home / ".output.log").read_text()
    assert (
        "507 Сақталмады: қалтаң толды (65 МБ алынған, рұқсат етілгені – 50 МБ)."
        in (home / "told").read_text()
    )


def test_what_a_person_left_running_ends_with_their_last_child(forks):
    leave = (
        "if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        import time; time.sleep(600)\n"
    )
    code = f"{leave}    os._exit(0)\nos.wait()"
    first = launch(forks, DANA, WAIT, grants={"plain": 1})
    second = launch(forks, DANA, code)
    asyncio.run(second.wait())
    assert len(list_processes({DANA})) == 2, "the server, and what the other left"
    first.signal(9)
    asyncio.run(first.wait())
    wait_for(lambda: not list_processes({DANA}), "what was killed to be gone")
