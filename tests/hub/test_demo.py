"""The demo as an operator meets it: what it prints, what is in its way, what it leaves behind."""

import asyncio
import io
import os
import signal
import socket
import subprocess
import sys

import psutil
import pytest

from messages import find_kernel
from rehearsal import Demo, answers, free_port, is_alive, signed_in, wait_for
from sandyq.prefork.client import Child, ServerAway, ask_status
from sandyq.prefork.wishes import Launch
from sandyq.school.accounts import end_accounts, reset_secrets
from sandyq.settings import Settings
from sandyq_hub.isolation import PEOPLE
from sandyq_hub.runtime import make_runtime_folder


def run_demo(*arguments, **options):
    command = [sys.executable, "-m", "sandyq.cli", "demo", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **options)


def assert_one_sentence(result, *words):
    """Nothing but one line on the error stream, naming the thing; exit code not zero; no traceback."""
    assert result.returncode != 0
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1, result.stderr
    for word in words:
        assert word in lines[0]


def test_a_taken_port_is_named_with_another_to_try(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert_one_sentence(
            run_demo("--home", tmp_path / "home", "--port", port),
            f"Port {port} is taken",
            f"--port {port + 1}",
        )


def test_a_port_that_cannot_exist_is_refused(tmp_path):
    assert_one_sentence(run_demo("--home", tmp_path / "home", "--port", 70000), "70000")


def test_a_folder_that_cannot_be_written_is_named():
    assert_one_sentence(run_demo("--home", "/proc/sandyq", "--port", 65000), "/proc/sandyq", "--home DIR")


def test_a_file_in_place_of_the_folder_is_named(tmp_path):
    (tmp_path / "home").write_text("")
    assert_one_sentence(run_demo("--home", tmp_path / "home", "--port", 65001), str(tmp_path / "home"))


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
def test_a_full_disk_is_named(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], check=False).returncode:
        pytest.skip("this machine lets nobody mount a small disk")
    try:
        (disk / "filler").write_bytes(b"x" * 60 * 1024)
        assert_one_sentence(
            run_demo("--home", disk / "home", "--port", 65002), str(disk / "home"), "--home DIR"
        )
    finally:
        subprocess.run(["umount", disk], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="about root")
def test_root_starts_nothing_in_which_everybody_would_be_root(tmp_path):
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o700)
    result = run_demo("--home", folder / "home", "--port", free_port())
    assert_one_sentence(result, "root", "chmod o+x", "--home DIR")
    assert not (folder / "home" / "server.json").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="without root nobody is isolated")
def test_a_closed_folder_for_temporary_files_is_left_for_one_in_which_all_meet(place, tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    demo = Demo(place / "home", environment={"TMPDIR": str(closed)}).start()
    try:
        with signed_in(demo, demo.account("pupil", "kk", "7А")) as client:
            page = client.get("/services/rooms/lesson/kk/electricity-bill").raise_for_status().text
            kernel = f"/services/rooms/api/kernels/{find_kernel(page)}"
            wait_for(lambda: client.get(kernel).json()["execution_state"] == "idle", "the visitor's kernel")
        assert "stock way" not in (demo.home / "log" / "rooms.log").read_text()
    finally:
        demo.stop()


def test_help_answers_within_the_time_of_a_blink_of_imports():
    """Not a timing: the command line may import nothing heavy to print its help."""
    code = "import sys; from sandyq import cli; cli.build_parser().format_help(); print(*sorted(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"sqlalchemy", "jupyterhub", "fastapi", "babel", "tornado", "IPython"} & set(loaded)


def test_ctrl_c_leaves_no_process_and_no_open_port_behind(place):
    demo = Demo(place / "home").start()
    family = psutil.Process(demo.process.pid).children(recursive=True)
    assert {demo.part(name).pid for name in ("forks", "proxy", "hub", "portal", "rooms", "grader")} <= {
        child.pid for child in family
    }
    demo.stop()
    assert demo.process.returncode == 0
    assert not [child for child in family if is_alive(child)]
    assert not answers(demo.url + "/hub/health")


def test_ctrl_c_ends_also_what_a_killed_fork_server_left_behind(place):
    """A person's server, and a program that left its session and forgot its parent."""
    demo = Demo(place / "home").start()
    settings = Settings.load(demo.home)
    uid = settings.uid_base and settings.uid_base + PEOPLE + 900
    code = ["/bin/sh", "-c", "setsid sleep 600 & exec sleep 600"]
    launch = Launch("plain", code, {"PATH": os.defpath}, "/", uid=uid)
    child = asyncio.run(Child.launch(settings.fork_socket, launch))
    first = demo.part("forks")
    wait_for(lambda: [p.name() for p in first.children(recursive=True)].count("sleep") == 2, "both")
    family = [p for p in first.children(recursive=True) if p.name() == "sleep"]
    first.kill()
    wait_for(lambda: answers_at(settings.fork_socket), "the next fork server")
    assert child.poll() is None
    demo.stop()
    assert not [process for process in family if is_alive(process)]


def answers_at(address):
    try:
        return asyncio.run(ask_status(address))["templates"]["plain"]["ready"]
    except ServerAway:
        return False


def test_a_killed_supervisor_takes_its_parts_along(place):
    demo = Demo(place / "home").start()
    family = psutil.Process(demo.process.pid).children(recursive=True)
    demo.process.kill()
    demo.process.wait()
    wait_for(lambda: not [child for child in family if is_alive(child)], "the parts to end", 60)


def test_accounts_are_written_for_their_owner_only_and_stay_the_same_at_the_next_start(place):
    demo = Demo(place / "home").start()
    before = demo.accounts()
    demo.stop()
    path = demo.home / "demo-accounts.csv"
    assert path.stat().st_mode & 0o077 == 0
    assert path.read_text().splitlines()[0] == "login,password,role,class,language,name"
    assert demo.start().accounts() == before
    for row in before[:3]:
        assert row["login"] in demo.output or row["role"] == "pupil"
    demo.stop()


def test_a_second_server_on_the_same_folder_is_refused(demo):
    assert_one_sentence(run_demo("--home", demo.home, "--port", 65003), "already runs", str(demo.home))


def test_folders_nested_without_end_are_gone_at_the_next_start(tmp_path):
    left = make_runtime_folder(tmp_path / "folder")
    nest = "import os\nfor _ in range(3000):\n    os.mkdir('x')\n    os.chdir('x')"
    subprocess.run([sys.executable, "-c", nest], cwd=left, check=True)
    make_runtime_folder(tmp_path / "folder").rmdir()
    assert not left.exists()


def test_ctrl_c_while_the_school_is_made_ends_with_a_sentence(place):
    home = place / "home"
    command = [sys.executable, "-m", "sandyq.cli", "demo", "--home", str(home), "--port", str(free_port())]
    demo = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wait_for((home / "school" / "school.sqlite").exists, "the school to be begun")
    demo.send_signal(signal.SIGINT)
    _, errors = demo.communicate(timeout=60)
    assert "Traceback" not in errors
    assert demo.returncode in (0, 130)


def test_what_a_server_keeps_is_private_and_what_it_cannot_read_is_told(ordinary_demo, place):
    """Root, who started it here before, closed lessons to others: it came up without any, and without a word."""
    demo, notebooks = ordinary_demo, place / "content" / "curriculum" / "notebooks" / "kk"
    notebooks.mkdir(parents=True)
    (notebooks / "bill.ipynb").touch(mode=0)
    demo.environment = {"SANDYQ_CONTENT": str(place / "content")}
    demo.home.chmod(0o755)
    demo.start()
    try:
        kept = [path for path in demo.home.rglob("*") if path.is_file()]
        assert {"school.sqlite", "hub.sqlite"} <= {path.name for path in kept}
        assert [str(path) for path in kept if path.stat().st_mode & 0o077] == []
        assert f"cannot be shown, as {notebooks / 'bill.ipynb'}" in demo.output
        assert f"sudo chown -R {demo.uid or os.getuid()} {place / 'content'}\n" in demo.output
    finally:
        demo.stop()


def test_secrets_that_are_good_no_more_are_not_shown_at_the_next_start(place):
    demo = Demo(place / "home").start()
    teacher, leaver = demo.account("teacher"), demo.account("administrator")
    demo.stop()
    settings = Settings.load(demo.home)
    assert reset_secrets(settings, [teacher["login"]], io.StringIO()) == 0
    assert end_accounts(settings, [leaver["login"]], True, io.StringIO()) == 0
    demo.start()
    demo.stop()
    assert teacher["password"] not in demo.output
    assert leaver["password"] not in demo.output
    assert demo.output.count("(changed)") == 2


def test_a_server_started_again_without_the_address_finds_its_database(ordinary_demo):
    demo = ordinary_demo
    demo.environment = {"SANDYQ_DATABASE": f"sqlite:///{demo.home / 'elsewhere.sqlite'}"}
    demo.start()
    demo.stop()
    before = demo.accounts()
    demo.environment = {}
    demo.start()
    demo.stop()
    assert demo.accounts() == before
    assert "(changed)" not in demo.output
    assert not (demo.home / "school" / "school.sqlite").exists()


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("postgresql+psycopg://sandyq:hidden@127.0.0.1:1/sandyq", "127.0.0.1:1"),
        ("mysql://sandyq:hidden@127.0.0.1:1/sandyq", "postgresql+psycopg://"),
        ("nonsense", "postgresql+psycopg://"),
    ],
)
def test_a_database_that_is_not_there_is_named_without_its_password(place, address, said):
    environment = os.environ | {"SANDYQ_DATABASE": address}
    result = run_demo("--home", place / "home", "--port", free_port(), env=environment)
    assert_one_sentence(result, "SANDYQ_DATABASE", said)
    assert "hidden" not in result.stderr
    assert not (place / "home" / "server.json").exists()
