"""Rooms behind a real hub: lessons and apps open for whom they should, and kernels come and go."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import httpx
import psutil
import pytest
from tests.hub.rooms_world import (
    SECRET_CODE,
    Page,
    World,
    answering_portal,
    running_world,
    wait_until,
    write_notebook,
)

from messages import find_kernel
from sandyq_hub.rooms.kernels import RoomKernels, RoomsFull
from sandyq_hub.runtime import make_runtime_folder

GLOBE = """
import ipywidgets, traitlets

class Globe(ipywidgets.DOMWidget):
    _model_module = traitlets.Unicode("jupyter-globe").tag(sync=True)

box, draw = ipywidgets.VBox(), ipywidgets.Button(description="Draw")
draw.on_click(lambda _: setattr(box, "children", [Globe()]))
ipywidgets.VBox([draw, box])
"""
CHROMIUM = Path("/usr/bin/chromium")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running_world(tmp_path_factory.mktemp("world")) as world:
        yield world


def test_a_pupil_opens_a_lesson_in_each_language_without_code_or_teachers_cells(world: World) -> None:
    pupil = world.sign_in("aidos")
    for language, title in (("kk", "Электр шоты"), ("ru", "Счёт за свет"), ("en", "The electricity bill")):
        page = pupil.get(f"{world.room}/lesson/{language}/bill")
        assert page.status_code == 200
        assert f'<html lang="{language}"' in page.text
        assert page.text.count(title) >= 2, "as title and in the text"
        assert "data-view=" in page.text
        for hidden in (SECRET_CODE, "ANSWERS: 42", "TEACHERS-OUTPUT"):
            assert hidden not in page.text
        others = {"kk", "ru", "en"} - {language}
        assert all(f"/services/rooms/lesson/{other}/bill" in page.text for other in others)


@pytest.mark.parametrize("login", ["saule", "admin"])
def test_teachers_and_administrators_see_the_teachers_cells(world: World, login: str) -> None:
    page = world.sign_in(login).get(f"{world.room}/lesson/en/bill").text
    assert "ANSWERS: 42" in page
    assert "TEACHERS-OUTPUT" in page
    assert SECRET_CODE not in page


@pytest.mark.parametrize(
    ("login", "status"), [("marat", 200), ("admin", 200), ("aidos", 403), ("saule", 403)]
)
def test_apps_open_for_leaders_and_administrators_only(world: World, login: str, status: int) -> None:
    assert world.sign_in(login).get(f"{world.room}/app/register").status_code == status


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("kk", "Бұл бет сізге арналмаған"),
        ("ru", "Нет доступа к этой странице"),
        ("en", "This page is not for you"),
    ],
)
def test_a_refusal_speaks_the_persons_language(world: World, language: str, words: str) -> None:
    pupil = world.sign_in("aidos")
    pupil.cookies.set("sandyq-lang", language, path="/")
    page = pupil.get(f"{world.room}/app/register")
    assert words in page.text
    assert "/services/portal/" in page.text


@pytest.mark.parametrize(
    ("track", "language", "words"),
    [
        ("teachers", "kk", "Бұл сабақ мұғалімдерге арналған"),
        ("teachers", "ru", "Этот урок – для учителей"),
        ("teachers", "en", "This lesson is for teachers"),
        ("leaders", "en", "This lesson is for school leaders"),
        ("adults", "en", "This lesson is for adults"),
    ],
)
def test_a_lesson_for_adults_tells_pupils_whom_it_is_for_and_opens_for_adults(
    world: World, track: str, language: str, words: str
) -> None:
    pupil = world.sign_in("aidos")
    pupil.cookies.set("sandyq-lang", language, path="/")
    with answering_portal(world.settings):
        page = pupil.get(f"{world.room}/lesson/en/for-{track}")
    assert page.status_code == 403
    assert words in page.text
    assert "/services/portal/" in page.text
    assert "GROWN-UPS" not in page.text
    for login in ("saule", "marat", "admin"):
        assert "GROWN-UPS" in world.sign_in(login).get(f"{world.room}/lesson/en/for-{track}").text


@pytest.mark.parametrize("path", ["lesson/en/nothing", "lesson/de/bill", "lesson/en/linked", "nonsense"])
def test_an_unknown_address_gets_a_friendly_page(world: World, path: str) -> None:
    page = world.sign_in("aidos").get(f"{world.room}/{path}")
    assert page.status_code == 404
    assert "Мұндай бет жоқ" in page.text
    asked = urlencode({"page": f"/services/rooms/{path}", "error": 404}).replace("&", "&amp;")
    assert f'"/services/portal/help?{asked}">Көмек сұрау' in page.text


def test_a_lesson_that_fails_tells_its_author_the_cell_and_a_visitor_nothing_of_it(world: World) -> None:
    address = f"{world.room}/lesson/en/broken"
    for reply in (world.sign_in("aidos").get(address), world.sign_in("dana").get(address)):
        assert reply.status_code == 500
        assert "INNER" not in reply.text
    author = world.sign_in("saule").get(address).text
    assert "1" in author
    assert "RuntimeError: INNER DETAILS" in author
    assert "raise RuntimeError" in author
    assert "INNER DETAILS" in world.log, "the operator is told"


@pytest.mark.parametrize(("front", "earlier"), [("sandyq", 200), ("stock", 503)])
def test_a_lesson_whose_kernels_end_as_they_start_tells_its_author_so(
    world: World, front: str, earlier: int
) -> None:
    """The second in a row: a page that came without a kernel, or waited to be tried again, would come so for ever."""
    file = world.folder / "notebooks" / "en" / f"stillborn-{front}.ipynb"
    write_notebook(file, ("code", "import os\nos.urandom = None", []), front_end=front)
    address = f"{world.room}/lesson/en/{file.stem}"
    teacher, before = world.sign_in("saule"), world.log.count("before it could be spoken to")
    assert teacher.get(address).status_code == earlier
    wait_until(lambda: world.log.count("before it could be spoken to") > before, "its end")
    if front == "sandyq":
        assert teacher.get(address).status_code == earlier
        wait_until(lambda: "stillborn-sandyq.ipynb: cell –" in world.log, "its end")
    page = teacher.get(address)
    assert page.status_code == 500
    assert "os.urandom" in page.text
    assert "refresh" not in page.text


def test_a_visitors_own_cell_that_fails_is_a_quiet_notice_in_the_lesson(world: World) -> None:
    pupil = world.sign_in("aidos")
    text = pupil.get(f"{world.room}/lesson/en/stumbles").text
    assert "AFTERWARDS" in text
    with Page(world, pupil, find_kernel(text)) as page:
        error = page.wait_for('"error"')
    assert (error["parent"], error["content"]) == ("cell-0", {}), "that there was one, and where"
    assert "STUMBLE" not in text
    assert "STUMBLE DETAILS" in world.log, "the operator is told"


def test_a_notebook_that_needs_voilas_front_end_gets_it_and_its_author_is_told(world: World) -> None:
    address = f"{world.room}/lesson/en/stock"
    pupil, teacher = (world.sign_in(login).get(address).text for login in ("aidos", "saule"))
    assert "voila.js" in pupil
    assert "another front end" not in pupil
    assert "another front end: its metadata ask for it" in teacher
    assert "stock.ipynb is shown with Voilà's own front end" in world.log, "the operator is told"


def test_a_library_that_only_a_later_click_would_show_is_found_before_the_page_is_drawn(world: World) -> None:
    write_notebook(world.folder / "notebooks" / "en" / "globe.ipynb", ("code", GLOBE, []))
    address = f"{world.room}/lesson/en/globe"
    pupil, teacher = (world.sign_in(login).get(address).text for login in ("aidos", "saule"))
    assert "voila.js" in pupil
    assert "another front end: it uses jupyter-globe" in teacher


@pytest.mark.parametrize("wishes", [("?front=stock", "", "?front=stock"), ("", "?front=stock", "")])
def test_one_reader_with_voilas_front_end_changes_nothing_for_the_next(
    world: World, wishes: tuple[str, ...]
) -> None:
    """What is kept of a page that is the same for all is kept for the front end that was asked for."""
    name = f"same-for-all-{len(wishes[0])}"
    write_notebook(world.folder / "notebooks" / "en" / f"{name}.ipynb", ("md", "READ ME", []))
    reader = world.sign_in("saule")
    pages = [reader.get(f"{world.room}/lesson/en/{name}{wish}").text for wish in wishes]
    assert all("READ ME" in page for page in pages)
    assert ["voila.js" in page for page in pages] == [bool(wish) for wish in wishes]
    assert ['id="sq-cells"' in page for page in pages] == [not wish for wish in wishes]


def test_a_third_room_closes_the_persons_first(world: World) -> None:
    dana, saule = world.sign_in("dana"), world.sign_in("saule")
    others = find_kernel(saule.get(f"{world.room}/lesson/en/bill").text)
    first, second, third = (find_kernel(dana.get(f"{world.room}/lesson/kk/bill").text) for _ in range(3))
    headers = {"X-XSRFToken": dana.cookies.get("_xsrf", path="/services/rooms/") or ""}
    states = [dana.get(f"{world.room}/api/kernels/{one}", headers=headers) for one in (first, second, third)]
    assert [state.status_code for state in states] == [404, 200, 200]
    assert saule.get(f"{world.room}/api/kernels/{others}").status_code == 200


def test_a_page_that_closes_ends_its_kernel(world: World) -> None:
    erlan = world.sign_in("erlan")
    kernel = find_kernel(erlan.get(f"{world.room}/lesson/kk/bill").text)
    address = f"{world.room}/voila/api/shutdown/{kernel}"
    token = erlan.cookies.get("_xsrf", path="/services/rooms/")
    assert erlan.post(address).status_code == 403, "not without the token"
    assert erlan.post(address, data={"_xsrf": token}).status_code == 204
    assert erlan.get(f"{world.room}/api/kernels/{kernel}").status_code == 404


def test_a_browser_keeps_the_files_of_a_page_beyond_the_summer_holidays(world: World) -> None:
    client = world.sign_in("aidos")
    page = client.get(f"{world.room}/lesson/en/bill").text
    (script,) = re.findall(r'<script type="module" src="([^"]+)"', page)
    kept = client.get(f"{world.url}{script}").headers["Cache-Control"]
    assert "immutable" in kept
    assert int(re.search(r"max-age=(\d+)", kept)[1]) >= 180 * 24 * 60 * 60


def test_health_answers_without_sign_in(world: World) -> None:
    assert httpx.get(f"{world.room}/health").text == "ok"


def test_places_are_given_until_the_cap_and_again_when_one_is_free(tmp_path: Path) -> None:
    async def scenario() -> None:
        kernels = RoomKernels(homes=str(tmp_path), cap=3)
        first = await kernels.reserve("a")
        await kernels.reserve("a")
        await kernels.reserve("b")
        with pytest.raises(RoomsFull):
            await kernels.reserve("c")
        await kernels.reserve("a")  # takes the place of their own first
        assert not kernels.belongs_to(first, "a")
        await kernels.close_room(next(iter(kernels.owners)))
        assert kernels.belongs_to(await kernels.reserve("c"), "c")

    asyncio.run(scenario())


def test_the_folder_of_a_killed_run_is_removed_at_the_next_start(tmp_path: Path) -> None:
    record = tmp_path / "home" / "rooms.folder"
    left = make_runtime_folder(record)
    (left / "socket").touch()
    new = make_runtime_folder(record)
    assert not left.exists()
    assert new.stat().st_mode & 0o777 == 0o700
    new.rmdir()


@pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed: apt-get install chromium")
def test_in_a_browser_widgets_live_nothing_comes_from_outside_and_leaving_ends_the_kernel(
    world: World,
) -> None:
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as play, play.chromium.launch(executable_path=CHROMIUM, args=flags) as browser:
        page = browser.new_page(viewport={"width": 1024, "height": 768})
        asked: list[str] = []
        page.context.on("request", lambda request: asked.append(request.url))
        page.goto(f"{world.url}/hub/login?next=/services/rooms/lesson/ru/bill")
        page.fill("#username_input", "erlan")
        page.fill("#password_input", "-")
        page.click("#login_submit")
        page.click("#sq-cells button")
        page.wait_for_selector("text=it was pressed")
        page.set_viewport_size({"width": 1024, "height": 300})
        whole, cells = (
            "document.documentElement.scrollHeight",
            "document.querySelector('#sq-content').scrollHeight",
        )
        assert page.evaluate(whole) > page.evaluate(cells) > 300, "the page scrolls and prints as one"
        kernel = find_kernel(page.content())
        os.kill(world.rooms.pid, signal.SIGSTOP)
        page.click("#sq-cells button")
        page.wait_for_selector("#sq-notice:visible")
        os.kill(world.rooms.pid, signal.SIGCONT)
        page.goto(f"{world.room}/health")
        wait_until(lambda: f"Kernel shutdown: {kernel}" in world.log, "the left page's kernel to end")
        outside = [url for url in asked if not url.startswith((f"{world.url}/", "data:", "blob:"))]
        assert outside == []
        assert len(asked) > 5, "the requests were really recorded"


@pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed: apt-get install chromium")
def test_a_page_whose_kernel_was_taken_says_so(world: World) -> None:
    from playwright.sync_api import sync_playwright

    with (
        sync_playwright() as play,
        play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"]) as browser,
    ):
        page = browser.new_context().new_page()
        page.goto(f"{world.url}/hub/login?next=/services/rooms/lesson/ru/bill")
        page.fill("#username_input", "erlan")
        page.fill("#password_input", "-")
        page.click("#login_submit")
        page.wait_for_selector("#sq-cells button")
        for _ in range(2):
            page.context.new_page().goto(f"{world.room}/lesson/ru/bill")
        page.wait_for_selector("#sq-notice button:visible")
        assert page.evaluate("document.body.dataset.link") == "ended"


def test_when_all_places_are_taken_the_page_tries_again_and_ended_rooms_leave_no_kernel(world: World) -> None:
    """Last in this file: it restarts rooms."""
    assert world.rooms is not None
    aidos, dana = world.sign_in("aidos"), world.sign_in("dana")
    assert aidos.get(f"{world.room}/lesson/kk/bill").status_code == 200
    kernels = wait_until(world.kernels, "the visitor's kernel")
    world.rooms.terminate()
    world.rooms.wait(20)
    wait_until(lambda: not any(alive(kernel) for kernel in kernels), "kernels to end after SIGTERM", 20)

    world.start_rooms("--RoomKernels.cap=1")
    assert aidos.get(f"{world.room}/lesson/kk/bill").status_code == 200, "signed in as before"
    full = dana.get(f"{world.room}/lesson/kk/bill")
    assert full.status_code == 503, full.text[-2000:]
    assert int(full.headers["Retry-After"]) > 0
    assert 'http-equiv="refresh"' in full.text
    assert "Бос орын жоқ" in full.text

    kernels = wait_until(world.kernels, "the visitor's kernel")
    os.kill(world.rooms.pid, signal.SIGKILL)
    world.rooms.wait(20)
    wait_until(lambda: not any(alive(kernel) for kernel in kernels), "kernels to end after SIGKILL", 20)


def alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
