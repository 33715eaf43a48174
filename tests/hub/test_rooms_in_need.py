"""Rooms while the parts that they need are away, slow or broken: a page that waits and tries again, never an error."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress

import httpx
import psutil
import pytest
from tests.hub.rooms_world import World, running_world, start_forks, wait_until, write_notebook

from rehearsal import is_alive

WORDS = {"kk": "Сәл күте тұрыңыз", "ru": "Одну минуту", "en": "One moment, please"}
THREADS = "import threading, time\nthreading.Thread(target=time.sleep, args=(600,), daemon=True).start()"
"""No template can be made of a notebook with this in a cell."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running_world(tmp_path_factory.mktemp("world"), "--VoilaExecutor.startup_timeout=5") as world:
        notebooks = world.folder / "notebooks" / "en"
        dies = ("code", "import os\nif 'SANDYQ_VISIT_TOKEN' in os.environ:\n    os._exit(1)", [])
        write_notebook(notebooks / "dies.ipynb", ("code", THREADS, []), dies, ("md", "AFTERWARDS", []))
        write_notebook(world.settings.published / "en" / "t7-own.ipynb", ("md", "OWN", []))
        yield world


def check_put_off(client: httpx.Client, address: str) -> None:
    """Does a page say, in each language, that it comes by itself, and nothing of why?"""
    for language, words in WORDS.items():
        client.cookies.set("sandyq-lang", language, path="/")
        page = client.get(address)
        assert page.status_code == 503, page.text[-2000:]
        seconds = int(page.headers["Retry-After"])
        assert f'<meta http-equiv="refresh" content="{seconds}">' in page.text
        assert words in page.text
        assert not {"Traceback", "Error", "Exception", "fork"} & set(page.text.split())


def test_while_the_portal_is_away_a_lesson_that_it_may_have_given_is_put_off(world: World) -> None:
    check_put_off(world.sign_in("aidos"), f"{world.room}/lesson/en/for-teachers")
    assert "The portal does not say for whom" in world.log


def test_a_kernel_that_dies_on_the_way_ends_the_page_with_our_words(world: World) -> None:
    page = world.sign_in("dana").get(f"{world.room}/lesson/en/dies")
    assert page.status_code == 200
    assert "sq-failed" in page.text
    assert "An exception occurred at the server" not in page.text


def test_while_no_kernel_can_be_forked_a_lesson_works_and_what_somebody_made_is_put_off(
    world: World,
) -> None:
    assert world.forks is not None
    world.forks.kill()
    world.forks.wait()
    try:
        pupil = world.sign_in("erlan")
        assert "data-view=" in pupil.get(f"{world.room}/lesson/en/bill").text, "the stock way"
        assert "not recognized" not in world.log, "a setting that is for forks alone"
        check_put_off(pupil, f"{world.room}/lesson/en/t7-own")
        assert "t7-own.ipynb cannot be shown just now: ServerAway" in world.log
    finally:
        start_forks(world)
    assert "OWN" in pupil.get(f"{world.room}/lesson/en/t7-own").text


def test_a_page_whose_kernel_does_not_answer_is_put_off(world: World) -> None:
    assert world.forks is not None
    assert world.rooms is not None
    world.forks.kill()
    world.forks.wait()
    over = threading.Event()
    rooms, silent = psutil.Process(world.rooms.pid), set[psutil.Process]()
    earlier = set(rooms.children())

    def silence() -> None:
        """Stop each kernel, which rooms start themselves now, before it can answer: it imports for a second."""
        while not over.wait(0.01):
            for process in set(rooms.children()) - earlier - silent:
                with suppress(psutil.NoSuchProcess):
                    if "ipykernel_launcher" in process.cmdline():
                        process.suspend()
                        silent.add(process)

    others = threading.Thread(target=silence)
    others.start()
    try:
        pupil = world.sign_in("erlan")
        check_put_off(pupil, f"{world.room}/lesson/en/bill")
        assert "bill.ipynb cannot be shown just now: LaunchFailed" in world.log
        wait_until(lambda: not any(map(is_alive, silent)), "their end")
    finally:
        over.set()
        others.join()
        start_forks(world)
    assert pupil.get(f"{world.room}/lesson/en/bill").status_code == 200


def find_end(world: World, stranger: httpx.Client, page: str) -> str:
    """The address to which the hub sends back somebody who has signed in for a page of rooms."""
    stranger.follow_redirects = False
    way = stranger.get(f"{world.room}{page}").headers["Location"]
    end = stranger.get(f"{world.url}{way}").headers["Location"]
    assert "oauth_callback" in end
    return end


def test_while_the_hub_is_away_pages_are_put_off_and_the_end_of_a_sign_in_tries_the_page(
    world: World,
) -> None:
    """Last in this file: the hub does not come back. Its proxy stays."""
    assert world.rooms is not None
    pupil = world.sign_in("aidos")
    assert pupil.get(f"{world.room}/lesson/en/bill").status_code == 200
    strangers = [world.sign_in(login) for login in ("dana", "erlan")]
    ends = [find_end(world, stranger, "/lesson/en/bill?review=1") for stranger in strangers]
    world.processes[0].kill()
    world.processes[0].wait()
    page = strangers[1].get(f"{world.url}{ends[1]}")
    assert page.status_code == 503
    assert 'content="10; url=/services/rooms/lesson/en/bill?review=1"' in page.text
    world.rooms.terminate()
    world.rooms.wait(20)
    world.start_rooms()  # it knows nobody any more
    check_put_off(pupil, f"{world.room}/lesson/en/bill")
    page = strangers[0].get(f"{world.url}{ends[0]}")
    assert page.status_code == 503
    assert 'content="10; url=/services/portal/"' in page.text, "nobody knows what it was for"
    kernel = pupil.get(f"{world.room}/api/kernels/{'0' * 8}-0000-0000-0000-{'0' * 12}")
    assert kernel.status_code == 503
    assert kernel.json() == {"message": "Service Unavailable"}
