"""A day at a school over HTTP: an assignment is given, handed in and graded; a picture kept, a certificate issued."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable
from datetime import date, timedelta
from html import unescape
from typing import Any
from uuid import uuid4

import httpx
from PIL import Image

PORTAL = "/services/portal"
LESSON = "passphrase"
PACKET = "informatics-7/python-prices/kk"
SOLVED = "total = sum(prices)"
PATIENCE = 300.0
"""Seconds; for a slow machine, whoever knows it is one sets more."""


def find_in(page: str, pattern: str) -> str:
    found = re.search(pattern, page)
    words = re.sub(r"<[^>]*>|\s+", " ", page)
    assert found, f"{pattern} is not in the page: {words[:2000]}"
    return unescape(found[1])


def wait_for(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {PATIENCE:.0f} s in vain for: {what}")
        time.sleep(1)


def come_in(browser: httpx.Client, login: str, secret: str) -> None:
    """Sign in, as a browser without JavaScript does."""
    page = browser.get("/hub/login").text
    form = {
        "_xsrf": find_in(page, r'name="_xsrf" value="([^"]+)"'),
        "username": login,
        "password": secret,
    }
    browser.post("/hub/login", data=form).raise_for_status()


def open_server(browser: httpx.Client, login: str) -> str:
    """Open the own server; return its address."""
    place = f"/user/{login}/"

    def attempt() -> bool:
        page = browser.get(place)
        if page.is_server_error:  # the start failed, and the page offers another one
            browser.get("/hub/spawn")
        return page.url.path.startswith(place)

    browser.get("/hub/spawn")
    wait_for(attempt, f"{login}'s server")
    return place


def open_lesson(browser: httpx.Client) -> None:
    """Open a lesson, which shows what its kernel said."""
    pages: list[str] = []

    def attempt() -> bool:
        page = browser.get(f"/services/rooms/lesson/kk/{LESSON}")
        pages.append(page.text)
        return page.status_code != httpx.codes.SERVICE_UNAVAILABLE  # rooms are not up yet

    wait_for(attempt, "rooms")
    find_in(pages[-1], r'data-kernel="([^"]+)"')


def tell_token(browser: httpx.Client, place: str) -> dict[str, str]:
    token = next(each.value for each in browser.cookies.jar if (each.path, each.name) == (place, "_xsrf"))
    return {"X-XSRFToken": token or ""}


def spend(open_browser: Callable[..., httpx.Client], people: dict[str, Any]) -> None:
    """Do all that by the people of ``sample_school``; AssertionError or an error of HTTP's when something fails."""
    with open_browser(follow_redirects=True) as office, open_browser(follow_redirects=True) as desk:
        come_in(office, *people["teacher"])
        come_in(desk, *people["pupil"])
        release = give_assignment(office, people["class"])
        open_lesson(desk)
        assert hand_in(desk, open_server(desk, people["pupil"][0]), release)
        wait_until_graded(office, release)
    with open_browser(headers={"Authorization": f"Bearer {people['leader']}"}) as kernel:
        assert keep_picture(kernel)
    with open_browser(headers={"Authorization": f"Bearer {people['coach']}"}) as kernel:
        assert issue_certificate(kernel, people["participant"])


def give_assignment(teacher: httpx.Client, class_name: str) -> int:
    """Give an assignment to a class; return its number."""
    page = teacher.get(f"{PORTAL}/assignments/new", params={"packet": PACKET}).text
    form = {
        "token": find_in(page, r'name="token" value="([^"]+)"'),
        "packet": PACKET,
        "class_id": find_in(page, rf'<option value="(\d+)"[^>]*>\s*{class_name}'),
        "subject": "Информатика",
        "due": f"{date.today() + timedelta(days=7)}T18:00",
    }
    given = teacher.post(f"{PORTAL}/assignments", data=form).raise_for_status()
    return int(given.url.path.rpartition("/")[2])


def hand_in(pupil: httpx.Client, place: str, release: int) -> str:
    """Do an assignment in the own server, check it and hand it in; return the receipt."""
    opened = pupil.get(f"{place}sandyq/assignment/{release}").raise_for_status()
    path = opened.url.path.removeprefix(f"{place}notebooks/")
    file = f"{place}api/contents/{path}"
    notebook = pupil.get(file, params={"content": "1"}).raise_for_status().json()["content"]
    task = next(cell for cell in notebook["cells"] if "NotImplementedError" in cell["source"])
    task["source"] = SOLVED
    sent = {"type": "notebook", "format": "json", "content": notebook}
    pupil.put(file, json=sent, headers=tell_token(pupil, place)).raise_for_status()
    for what in ("check", "hand-in"):
        address = f"{place}sandyq/assignment/{release}/{what}"
        told = (
            pupil.post(address, json={"path": path}, headers=tell_token(pupil, place))
            .raise_for_status()
            .json()
        )
        assert not told.get("problem"), told
    return str(told["receipt"])


def wait_until_graded(teacher: httpx.Client, release: int) -> None:
    """Wait until the grader has proposed points: of 13 the task that was done is worth some."""

    def has_points() -> bool:
        page = teacher.get(f"{PORTAL}/assignments/{release}").raise_for_status().text
        return bool(re.search(r"[1-9]\d* / 13\b", re.sub(r"<[^>]*>|\s+", " ", page)))

    wait_for(has_points, "the grader")


def keep_picture(kernel: httpx.Client) -> str:
    """Keep a picture as an app's kernel does; return its name."""
    taken = io.BytesIO()
    Image.effect_noise((2000, 1500), 50).convert("RGB").save(taken, "JPEG", exif=Image.Exif())
    kept = kernel.put(f"{PORTAL}/api/centre/photos", content=taken.getvalue()).raise_for_status()
    return str(kept.json()["photo"])


def issue_certificate(kernel: httpx.Client, participant: int) -> str:
    """Issue a certificate as a guide's app does; return its number."""
    wish = {"uuid": str(uuid4()), "participants": [participant]}
    return str(kernel.post(f"{PORTAL}/api/certificates", json=wish).raise_for_status().json()["numbers"][0])
