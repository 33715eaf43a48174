"""A fork server that is stopped, exhausted or pestered, and children that go at once: nobody is lost."""

import asyncio
import os
import signal
import subprocess
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import nbformat
import psutil
import pytest
from tests.prefork.forks_world import PLAIN, running_forks
from tests.prefork.test_kernel import printed, run, running_kernel
from tests.prefork.test_notebook import grow  # noqa: F401 # a fixture
from tests.prefork.test_server import launch, program

from rehearsal import wait_for
from sandyq.prefork.client import Child, Handle, Refused, ServerAway
from sandyq.prefork.processes import is_alive
from sandyq.prefork.provisioner import TEMPLATE
from sandyq.prefork.wishes import Grow, Launch, Limits
from sandyq_portal.server_health import _is_forking, _list_ends

SLEEP = "import time; time.sleep(600)"


@contextmanager
def stopped(process):
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


def find_nursery(forks, name):
    family = psutil.Process(forks.process.pid).children()
    return next(process for process in family if process.name() == f"fork:{name}")


@contextmanager
def exhausted(forks):
    """What the server has open it keeps; it gets nothing more."""
    process = psutil.Process(forks.process.pid)
    soft, hard = process.rlimit(psutil.RLIMIT_NOFILE)
    process.rlimit(psutil.RLIMIT_NOFILE, (3, hard))
    try:
        yield
    finally:
        process.rlimit(psutil.RLIMIT_NOFILE, (soft, hard))


def test_a_stopped_server_keeps_no_client_from_its_other_work(forks):
    """A blocking connection to one whose queue is full would stop a client's whole loop."""
    with stopped(forks.process), ExitStack() as stack, pytest.raises(ServerAway):
        for _ in range(1000):
            stack.callback(Handle(forks.address).close)
    wait_for(forks.is_ready, "an answer")


def test_a_socket_that_somebody_removed_is_there_again_and_nobody_is_lost(forks, tmp_path):
    child = launch(forks, program(SLEEP, tmp_path))
    Path(forks.address).unlink()
    wait_for(forks.is_ready, "the server to be found again", 30)
    child.signal(signal.SIGTERM)
    assert asyncio.run(child.wait()) == -signal.SIGTERM


def test_children_asked_for_while_the_server_is_stopped_come_when_it_goes_on(forks, tmp_path):
    async def scenario():
        launching = [
            asyncio.create_task(Child.launch(forks.address, program(SLEEP, tmp_path, tied=True)))
            for _ in range(20)
        ]
        with stopped(forks.process):
            for _ in range(5):  # the loop turns
                await asyncio.sleep(0)
            assert not any(task.done() for task in launching)
        return await asyncio.gather(*launching)

    children = asyncio.run(scenario())
    assert len({child.pid for child in children}) == 20
    assert [child.poll() for child in children] == [None] * 20
    for child in children:
        child.detach()
    wait_for(lambda: not any(is_alive(c.pid, c.started) for c in children), "what is tied to end")


def test_a_notebook_is_not_blamed_for_a_server_that_was_stopped(grow, forks, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.setattr("sandyq.prefork.client.ANSWER", 1.0)
    with ExitStack() as stack:

        def grow_and_stop():
            wait_for((tmp_path / "here").exists, "the cell to begin")
            stack.enter_context(stopped(forks.process))

        async def scenario():
            stopping = asyncio.to_thread(grow_and_stop)
            growing = asyncio.to_thread(
                grow, ("open('here', 'w')\nimport time; time.sleep(600)", []), patience=5
            )
            return (await asyncio.gather(stopping, growing, return_exceptions=True))[1]

        assert type(asyncio.run(scenario())) is ServerAway


def test_a_notebook_that_could_not_begin_is_not_blamed_either(grow, forks):  # noqa: F811
    with stopped(find_nursery(forks, TEMPLATE)), pytest.raises(ServerAway):
        grow(("x = 1", []), patience=1)


def test_a_kernel_that_ends_at_once_is_started_the_stock_way(as_client, tmp_path, caplog):
    few = Launch(
        TEMPLATE, [], {}, "", limits=Limits(files=6)
    )  # the stock way, as our own child, has no limits
    with caplog.at_level("WARNING"), running_kernel(as_client.folder, tmp_path, fork=few) as client:
        assert printed(run(client, "print(1 + 1)")[1]) == "2\n"
    assert "before it could be spoken to" in caplog.text


def test_a_kernel_of_a_template_that_is_gone_is_none_of_another(as_client, tmp_path):
    """Neither its widgets nor its variables would be there."""
    gone = Launch("gone", [], {}, "")
    with pytest.raises(Refused), running_kernel(as_client.folder, tmp_path, fork=gone):
        pass


def test_an_end_is_told_and_a_base_template_made_again_after_descriptors_had_run_out(tmp_path):
    with running_forks({"plain": PLAIN}) as forks:
        home = forks.folder / "homes" / "visit"
        child = launch(forks, program(SLEEP, tmp_path, home=str(home), scratch=True))
        nursery = find_nursery(forks, "plain")
        log = forks.folder / "log"
        with exhausted(forks):
            child.signal(signal.SIGKILL)
            wait_for(lambda: "Nobody can sweep" in log.read_text(), "its end to be noticed")
            nursery.kill()
            wait_for(lambda: "could not be started" in log.read_text(), "its end to be noticed, too")
        assert asyncio.run(asyncio.wait_for(child.wait(), 60)) == -signal.SIGKILL
        assert not home.exists()
        wait_for(forks.is_ready, "the template")
        assert asyncio.run(launch(forks, program("pass", tmp_path)).wait()) == 0


def test_the_operators_page_counts_base_templates_that_are_missing_and_no_lesson_that_is_being_executed(
    tmp_path,
):
    with running_forks({"plain": PLAIN, "kernel": {"recipe": "sandyq.prefork.kernel"}}) as forks:
        assert _is_forking(forks.address)
        options = {"folder": str(tmp_path), "without": "", "environment": "{}"}
        wish = Grow("lesson", "kernel", "sandyq.prefork.notebook", options, attached="notebook")
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(SLEEP)])
        lesson = Handle(forks.address)
        lesson.send_with(wish, nbformat.writes(notebook))
        wait_for(lambda: forks.status()["templates"].get("lesson"), "the lesson to begin")
        assert _is_forking(forks.address)
        lesson.close()
        find_nursery(forks, "kernel").kill()
        wait_for(lambda: not _is_forking(forks.address), "the page to notice")
        wait_for(forks.is_ready, "the template")
        assert _is_forking(forks.address)
        assert [each.part for each in _list_ends(forks.address)] == ["forks"], "it is told afterwards, too"


def test_a_template_whose_preparation_hangs_is_ended_and_told_and_nobody_waits_for_the_next_attempt(
    tmp_path, monkeypatch
):
    recipe = "import os\ndef prepare(*_):\n    while os.path.exists({!r}): pass\ndef run(_): return 7\n"
    (tmp_path / "hanging.py").write_text(recipe.format(str(tmp_path / "hang")))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    with running_forks({"plain": PLAIN, "slow": {"recipe": "hanging"}}, patience=5) as forks:
        log = forks.folder / "log"
        (tmp_path / "hang").touch()
        find_nursery(forks, "slow").kill()
        for seconds in (10, 20):  # each attempt has twice the time of the one before
            wait_for(lambda word=f"within {seconds} s": word in log.read_text(), "the word")
        root = psutil.Process(forks.process.pid)
        wait_for(lambda: "fork:slow" in [each.name() for each in root.children()], "the next attempt")
        wish = Launch("slow", [], {}, str(tmp_path))
        with pytest.raises(Refused, match="no template"):
            launch(forks, wish)
        assert asyncio.run(launch(forks, program("pass", tmp_path)).wait()) == 0
        (tmp_path / "hang").unlink()
        wait_for(forks.is_ready, "the template")
        assert asyncio.run(launch(forks, wish).wait()) == 7


def test_what_a_killed_rehearsal_left_goes_with_the_next_one(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    hang = tmp_path / "hang"
    warm_up = f"import os\nwhile os.path.exists({str(hang)!r}): pass"
    with running_forks({"kernel": {"recipe": "sandyq.prefork.kernel", "warm_up": warm_up}}) as forks:
        hang.touch()
        find_nursery(forks, "kernel").kill()
        (left,) = wait_for(lambda: list(tmp_path.glob("fork-*/k-1")), "the rehearsal")
        find_nursery(forks, "kernel").kill()
        hang.unlink()
        wait_for(forks.is_ready, "the template")
        assert not left.exists()


def test_children_that_are_not_forked_yet_count_among_the_descriptors(tmp_path):
    """Each will be held by one; were there none, the server would take its nursery for a liar and end all of it."""
    with running_forks({"plain": PLAIN}, files=64) as forks:
        nursery = find_nursery(forks, "plain")

        async def scenario():
            with stopped(nursery):
                launching = [
                    asyncio.create_task(Child.launch(forks.address, program(SLEEP, tmp_path, tied=True)))
                    for _ in range(40)
                ]
                await asyncio.wait(launching, return_when=asyncio.FIRST_COMPLETED)  # one that is refused
            return await asyncio.gather(*launching, return_exceptions=True)

        outcome = asyncio.run(scenario())
        children = [one for one in outcome if isinstance(one, Child)]
        assert len(children) > 10
        assert {type(one) for one in outcome} <= {Child, Refused, ServerAway}
        assert nursery.is_running()
        assert [child.poll() for child in children] == [None] * len(children)


def test_those_who_say_nothing_or_nonsense_keep_nobody_else_waiting(forks, tmp_path):
    with ExitStack() as stack:
        for number in range(100):
            handle = Handle(forks.address)
            stack.callback(handle.close)
            if number % 2:
                handle.socket.send(b'{"do": "launch", "template": "pl')
        assert asyncio.run(launch(forks, program("pass", tmp_path)).wait()) == 0


def test_five_hundred_children_leave_no_descriptor_and_no_process(tmp_path):
    async def live_shortly(number, address):
        wish = Launch("plain", ["/bin/sleep", "600"], {}, str(tmp_path), tied=bool(number % 3))
        child = await Child.launch(address, wish)
        if number % 3 == 1:
            child.detach()
        else:
            child.signal(signal.SIGKILL)
            await child.wait()
            child.detach()

    async def scenario(address):
        for number in range(0, 500, 10):
            await asyncio.gather(*(live_shortly(number + one, address) for one in range(10)))

    with running_forks({"plain": PLAIN}) as forks:  # no other test's connections end meanwhile
        server = psutil.Process(forks.process.pid)

        def count():
            family = server.children(recursive=True)
            with suppress(psutil.NoSuchProcess):
                return [server.num_fds(), len(family), sum(each.num_fds() for each in family)]

        before, ours = wait_for(count, "a count"), psutil.Process().num_fds()
        asyncio.run(scenario(forks.address))
        assert psutil.Process().num_fds() <= ours
        wait_for(
            lambda: (now := count()) and all(a <= b for a, b in zip(now, before, strict=True)),
            f"no more than {before}",
        )


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
def test_on_a_full_disk_a_child_is_refused_in_words_and_served_when_there_is_room(tmp_path):
    with running_forks({"plain": PLAIN}) as forks, ExitStack() as stack:
        homes = forks.folder / "homes"
        subprocess.run(["mount", "-t", "tmpfs", "-o", "nr_inodes=2", "none", homes], check=True)
        stack.callback(subprocess.run, ["umount", homes], check=True)
        (homes / "filler").touch()
        wish = program("pass", tmp_path, home=str(homes / "visit"), scratch=True)
        with pytest.raises(Refused, match="No space left on device"):
            launch(forks, wish)
        (homes / "filler").unlink()
        assert asyncio.run(launch(forks, wish).wait()) == 0
