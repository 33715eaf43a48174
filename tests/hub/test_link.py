"""The server's end of the link between a page and its kernel: who may go on, who is told that it is over."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import psutil
import pytest
from jupyter_client.session import Session
from tests.hub.rooms_world import Page, World, running_world, wait_until, write_notebook
from websockets.exceptions import ConnectionClosed

from messages import find_kernel
from sandyq.prefork.client import ServerAway
from sandyq_hub.rooms.kernels import RoomKernels
from sandyq_hub.rooms.link import MOST_KEPT, MOST_ON_ITS_WAY, MOST_WAITING, BadMessage, Frame, Link, unpack

PRESSES = """
import ipywidgets
button, label = ipywidgets.Button(), ipywidgets.HTML("pressed 0 times")
presses = []
def press(_button):
    presses.append(1)
    label.value = f"pressed {len(presses)} times"
button.on_click(press)
ipywidgets.VBox([button, label])
"""
TELL_COMM = "print('BUTTON' + button.comm.comm_id)"
FLOODS = 80
FLOOD = f"""
from IPython.display import HTML, display
for _ in range({FLOODS}):
    display(HTML("x" * 2**20))
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running_world(tmp_path_factory.mktemp("world")) as world:
        notebooks = world.folder / "notebooks" / "en"
        write_notebook(
            notebooks / "presses.ipynb", ("code", PRESSES, []), ("code", TELL_COMM, ["per-visitor"])
        )
        write_notebook(notebooks / "flood.ipynb", ("md", "# Flood", []), ("code", FLOOD, ["per-visitor"]))
        yield world


def open_lesson(world: World, login: str, lesson: str = "presses") -> tuple[httpx.Client, str]:
    client = world.sign_in(login)
    return client, find_kernel(client.get(f"{world.room}/lesson/en/{lesson}").text)


def find_button(page: Page) -> str:
    said: str = page.wait_for("BUTTON")["content"]["text"]
    return said.strip().removeprefix("BUTTON")


def press(page: Page, button: str, number: int | None = None) -> None:
    data = {"method": "custom", "content": {"event": "click"}}
    page.send("comm_msg", {"comm_id": button, "data": data}, number)


def wait_until_closed(page: Page) -> int:
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            page.socket.recv(timeout=20)
    return closed.value.rcvd.code if closed.value.rcvd else 1006


def is_gone(world: World, client: httpx.Client, kernel: str) -> bool:
    return client.get(f"{world.room}/api/kernels/{kernel}").status_code == 404


def test_whatever_a_page_says_is_answered(world: World) -> None:
    client, kernel = open_lesson(world, "aidos")
    with Page(world, client, kernel) as page:
        button = find_button(page)
        press(page, button)
        page.wait_for("pressed 1 times")
        page.wait_for('"idle"')
        page.socket.send(json.dumps({"have": page.seen}))
        while "n" in (reply := json.loads(page.socket.recv(timeout=20))):
            pass
        assert reply == {"have": 1}


def test_a_second_connection_takes_over_and_what_both_say_is_heard_once(world: World) -> None:
    client, kernel = open_lesson(world, "aidos")
    with Page(world, client, kernel) as first:
        button = find_button(first)
        press(first, button)
        first.wait_for("pressed 1 times")
        with Page(world, client, kernel, seen=first.seen) as second:
            wait_until_closed(first)
            press(second, button, number=1)  # it does not know that the first one was heard
            press(second, button, number=2)
            press(second, button, number=3)
            while (last := second.receive())["type"] != "idle" or last["parent"] != f"{kernel}-3":
                pass
            heard = json.dumps(second.heard)
            assert "pressed 3 times" in heard
            assert "pressed 4 times" not in heard
            assert not [one for one in second.heard if "pressed 1 times" in json.dumps(one)], "seen before"
            numbers = [one["n"] for one in second.heard]
            assert numbers == list(range(first.seen + 1, second.seen + 1))


def test_a_page_that_lacks_what_another_has_confirmed_is_refused_and_the_other_goes_on(world: World) -> None:
    client, kernel = open_lesson(world, "aidos")
    with Page(world, client, kernel) as page:
        button = find_button(page)
        page.socket.send(json.dumps({"have": page.seen}))
        press(page, button)
        page.wait_for("pressed 1 times")
        with Page(world, client, kernel) as copy:
            assert wait_until_closed(copy) == 1008
        press(page, button)
        page.wait_for("pressed 2 times")


def test_a_kernel_that_dies_ends_the_visit_and_confirms_nothing_any_more(world: World) -> None:
    client, kernel = open_lesson(world, "dana")
    with Page(world, client, kernel) as page:
        button = find_button(page)
        kernels = world.kernels()
        for process in kernels:
            process.kill()
        psutil.wait_procs(kernels, 10)
        press(page, button)
        wait_until_closed(page)
        assert page.have == 0
    wait_until(lambda: is_gone(world, client, kernel), "its place to be given back", 20)


def test_a_page_hears_of_its_kernels_death_without_saying_anything(world: World) -> None:
    client, kernel = open_lesson(world, "dana")
    with Page(world, client, kernel) as page:
        find_button(page)
        for process in world.kernels():
            process.kill()
        wait_until_closed(page)
        assert is_gone(world, client, kernel)


def test_a_notebook_that_floods_its_page_waits_for_it(world: World) -> None:
    """It says several times what is kept for the page, which for a while confirms nothing."""
    client, kernel = open_lesson(world, "erlan", "flood")
    with Page(world, client, kernel) as page:
        with pytest.raises(TimeoutError):
            while page.receive(3):
                pass
        assert len(page.heard) * 2**20 < MOST_ON_ITS_WAY + 4 * 2**20, "the rest waits in the kernel"
        while sum(message["type"] == "display_data" for message in page.heard) < FLOODS:
            page.socket.send(json.dumps({"have": page.seen}))
            page.receive()
    assert "does not keep up" not in world.log


def test_small_messages_are_not_kept_without_end_either() -> None:
    """An endless loop's, while the network is cut; a visit whose page never comes back must look idle to be closed."""

    async def scenario() -> None:
        link, kernel = Link("k", lambda: None), Kernel()
        link._manager = link._iopub = kernel
        kernel.provisioner = SimpleNamespace(child=SimpleNamespace(poll=lambda: None))
        kernel.execution_state = "busy"
        for _ in range(MOST_WAITING + 1):
            assert kernel.is_heard
            link._tell_page("stream", None, b"{}", b"{}", [])
        assert (kernel.is_heard, kernel.execution_state) == (False, "idle")
        link.hear_page(json.dumps({"have": 1}))
        assert not kernel.is_heard
        link.hear_page(json.dumps({"have": MOST_WAITING}))
        assert (kernel.is_heard, kernel.execution_state) == (True, "busy")

    asyncio.run(scenario())


def test_a_kernel_that_cannot_wait_ends_its_own_visit() -> None:
    """One that was started the stock way: ZeroMQ leaves out what nobody fetches."""

    async def scenario() -> None:
        ended: list[str] = []
        link = Link("k", lambda: ended.append("k"))
        link._manager = Kernel()
        link._tell_page("stream", None, b'"%s"' % (b"x" * (MOST_KEPT // 2)), b"{}", [])
        assert not ended
        link._tell_page("stream", None, b'"%s"' % (b"x" * MOST_KEPT), b"{}", [])
        assert ended == ["k"]

    asyncio.run(scenario())


class Listening:
    """A page's connection that keeps what it is sent."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def send(self, frame: Frame) -> None:
        self.heard.append(frame if isinstance(frame, str) else bytes(frame).decode(errors="replace"))

    def close(self) -> None:
        """It stays."""


def test_a_page_that_came_before_its_kernel_keeps_it(tmp_path: Path) -> None:
    """Jupyter counts only connections to kernels that it has."""

    async def scenario() -> None:
        kernels = RoomKernels(homes=str(tmp_path), cap=1, cull_idle_timeout=1)
        mine = await kernels.reserve("a")
        link, page = kernels.make_link(mine), Listening()
        link.join(page, 0)
        closed: list[str] = []
        kernels._kernels[mine] = SimpleNamespace(
            execution_state="idle",
            last_activity=datetime.now(UTC) - timedelta(hours=1),
            kernel_name="python3",
            kernel_spec=SimpleNamespace(metadata={}),
        )
        kernels._kernel_connections[mine] = 0

        async def shutdown_kernel(kernel_id: str, **_: Any) -> None:
            closed.append(kernel_id)

        kernels.shutdown_kernel = shutdown_kernel
        await kernels.cull_kernel_if_idle(mine)
        assert not await kernels._close_abandoned()
        assert closed == []
        link.leave(page)
        await kernels.cull_kernel_if_idle(mine)
        assert closed == [mine]

    asyncio.run(scenario())


class Kernel:
    """A kernel's manager and both its streams, to see what comes to it."""

    def __init__(self) -> None:
        self.session = Session(key=b"k")
        self.heard: list[str] = []
        self.execution_state = "idle"
        self.provisioner: Any = None
        self.is_heard = True

    def connect_iopub(self) -> Kernel:
        return self

    connect_shell = connect_iopub

    def on_recv(self, _hear: object) -> None:
        """It says nothing."""
        self.is_heard = True

    def stop_on_recv(self) -> None:
        self.is_heard = False

    def send_multipart(self, frames: list[bytes], **_: Any) -> None:
        self.heard.append(b"".join(frames).decode())

    def closed(self) -> bool:
        return True


@pytest.mark.parametrize("comes", [True, False])
def test_what_waits_for_a_kernel_reaches_it_though_the_page_is_left(tmp_path: Path, comes: bool) -> None:
    """It was confirmed, so the page brings it nowhere else."""

    async def scenario() -> None:
        kernels = RoomKernels(homes=str(tmp_path))
        mine = await kernels.reserve("a")
        link, page, kernel = kernels.make_link(mine), Listening(), Kernel()
        link.join(page, 0)
        link.hear_page(json.dumps({"n": 1, "type": "comm_msg", "content": {"answer": "42"}}))
        assert json.loads(page.heard[-1]) == {"have": 1}
        link.leave(page)
        leaving = asyncio.create_task(kernels.leave_room(mine))
        await asyncio.sleep(0)
        assert mine in kernels.owners, "else the kernel that is on its way is ended"
        if not comes:
            await kernels.close_room(mine)
        else:
            kernels._kernels[mine] = kernel

            async def shutdown_kernel(kernel_id: str, **_: Any) -> None:
                del kernels._kernels[kernel_id]

            kernels.shutdown_kernel = shutdown_kernel
            link._welcome.set_result(None)
            await link.open(kernel)
        await leaving
        assert [text for text in kernel.heard if "42" in text] == kernel.heard
        assert len(kernel.heard) == comes
        assert mine not in kernels.owners and mine not in kernels

    asyncio.run(scenario())


def test_what_waits_for_a_kernel_that_does_not_come_is_limited(tmp_path: Path) -> None:
    async def scenario() -> None:
        link = RoomKernels(homes=str(tmp_path)).make_link("k")
        for number in (1, 2):
            link.hear_page(
                json.dumps({"n": number, "type": "comm_msg", "content": {"a": "x" * (MOST_KEPT // 2)}})
            )
        with pytest.raises(BadMessage):
            link.hear_page(json.dumps({"n": 3, "type": "comm_msg", "content": {}}))

    asyncio.run(scenario())


@pytest.mark.parametrize("half", ["\\ud83d", "\\ude00"])
def test_half_an_emoji_of_a_page_ends_no_visit(half: str) -> None:
    """Whoever rubs out an emoji sends one; nobody could pass it on, and the page would send it again and again."""
    content = '{"a": "қой HALF \\ud83d\\udc11", "b": "\\\\ud83d"}'.replace("HALF", half)
    message, _ = unpack(f'{{"n": 1, "type": "comm_msg", "content": {content}}}')
    assert message["content"] == {"a": "қой \N{REPLACEMENT CHARACTER} 🐑", "b": "\\ud83d"}


OWN_CODE = "export default { render() { document.title = 'taken over' } }"


@pytest.mark.parametrize(
    "data",
    [
        {"state": {"_esm": OWN_CODE}},
        {"state": {"_esm": None}, "buffer_paths": []},
        {"state": {}, "buffer_paths": [["_esm"]]},
        {"method": "update_states", "states": {"w": {"state": {"_esm": OWN_CODE}}}},
        {"method": "update_states", "states": {"w": {"state": {}, "buffer_paths": [["_esm"]]}}},
    ],
)
@pytest.mark.parametrize("escaped", [False, True])
def test_a_teachers_lesson_brings_no_code_of_its_own_into_pupils_browsers(
    tmp_path: Path, data: dict[str, Any], escaped: bool
) -> None:
    """Neither as a text nor as bytes, nor with a name that only a reader of JSON understands."""

    async def scenario() -> None:
        link, page = RoomKernels(homes=str(tmp_path)).make_link("k", frozenset({"ours"})), Listening()
        link._manager = SimpleNamespace(session=Session(key=b"k"))
        link.join(page, 0)
        for told in (data, {"state": {"_esm": "ours"}}):
            message = link._manager.session.msg("comm_open", {"comm_id": "w", "data": told})
            frames = link._manager.session.serialize(message)
            if escaped:
                frames[-1] = frames[-1].replace(b"_esm", b"\\u005fesm")
                frames[-5] = link._manager.session.sign(frames[-4:])
            link._hear_kernel(frames)
        (arrived,) = [text for text in page.heard if "comm_open" in text]
        assert "ours" in arrived

    asyncio.run(scenario())


def test_what_somebody_made_for_others_to_look_at_cannot_go_on_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cell that does not end is interrupted, and its kernel does not outlive its page: nothing is to be kept."""
    monkeypatch.setattr("sandyq_hub.rooms.link.LONGEST_CELL", 0.01)

    async def scenario() -> None:
        link = RoomKernels(homes=str(tmp_path)).make_link("k", frozenset(), reads_only=True)
        interrupted: list[str] = []

        async def interrupt_kernel() -> None:
            interrupted.append("cell-0")
            link._replies["cell-0"].set_result(None)

        link._manager = SimpleNamespace(interrupt_kernel=interrupt_kernel, execution_state="busy")
        link._send = lambda *_: None
        await asyncio.wait_for(link._run("cell-0", "while True: pass"), 10)
        assert interrupted == ["cell-0"]
        await asyncio.wait_for(link.drain(), 0.2)

    asyncio.run(scenario())


def test_what_keeps_a_kernel_busy_when_its_page_was_left_is_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A loop without end would hold its memory for minutes, and an answer that waits behind it would be lost."""
    monkeypatch.setattr("sandyq_hub.rooms.link.LONGEST_WORK", 0.0)
    monkeypatch.setattr("sandyq_hub.rooms.link.LONGEST_LEAVE", 10.0)
    monkeypatch.setattr("sandyq_hub.rooms.link.QUIET", 0.04)

    async def scenario() -> None:
        link, kernel = RoomKernels(homes=str(tmp_path)).make_link("k"), Kernel()
        link._manager = kernel
        interrupted: list[str] = []

        async def interrupt_kernel() -> None:
            interrupted.append(kernel.execution_state)
            if len(interrupted) == 1:
                raise ServerAway("It comes back.")
            kernel.execution_state = "idle"

        kernel.interrupt_kernel = interrupt_kernel  # type: ignore[attr-defined]
        kernel.execution_state = "busy"
        await asyncio.wait_for(link.drain(), 5)
        assert interrupted == ["busy", "busy"], "and not once it has done"

    asyncio.run(scenario())
