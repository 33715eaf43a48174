"""New lessons come to a server at work: nobody's part is started again, and keys stay closed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from updates_world import World

from rehearsal import open_folder, running_demo, signed_in
from sandyq.settings import PROJECT
from sandyq.updates.client import find_fingerprint, open_source
from sandyq_hub.isolation import PEOPLE


@pytest.fixture(scope="module")
def server():
    with running_demo() as demo:
        yield demo


@pytest.fixture(scope="module")
def world():
    """The project's own lessons, and one more."""
    with open_folder() as folder:
        world = World(folder)
        for name in ("curriculum/lessons", "curriculum/notebooks", "assignments/notebooks"):
            (world.checkout / name).parent.mkdir(parents=True, exist_ok=True)
            subprocess.run(["cp", "-r", PROJECT / name, world.checkout / name], check=True)
        notebook = json.loads((PROJECT / "curriculum/notebooks/kk/passphrase.ipynb").read_text())
        notebook["metadata"]["sandyq"] |= {"slug": "yurt", "title": "Киіз үйдің құпиясы"}
        world.write("curriculum/notebooks/kk/yurt.ipynb", json.dumps(notebook))
        world.make()
        yield world


@pytest.fixture
def stick(world):
    return world.stick


def run(*arguments):
    command = [sys.executable, "-m", "sandyq.cli", "update", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_new_lesson_is_in_the_catalogue_and_opens_without_a_restart(server, stick):
    refused = run("--from", stick, "--home", server.home)
    told = find_fingerprint(open_source(str(stick)))
    assert refused.returncode == 1
    assert told in refused.stderr
    parts = {name: server.part(name).pid for name in ("hub", "portal", "rooms")}
    with signed_in(server, server.account("teacher")) as client:
        assert "Киіз үйдің құпиясы" not in client.get("/services/portal/lessons?language=kk").text
        done = run("--from", stick, "--home", server.home, "--trust", told)
        assert done.returncode == 0, done.stderr
        assert "No part was started again" in done.stdout
        assert "Киіз үйдің құпиясы" in client.get("/services/portal/lessons?language=kk").text
        page = client.get("/services/rooms/lesson/kk/yurt").raise_for_status()
        assert "Киіз үйдің құпиясы" in page.text
        version = (server.home / "content" / "live").readlink().name
        with signed_in(server, server.account("operator")) as operator:
            assert version in operator.get("/services/portal/school/health").raise_for_status().text
        back = run("--back", "--home", server.home)
        assert back.returncode == 0, back.stderr
        assert "Киіз үйдің құпиясы" not in client.get("/services/portal/lessons?language=kk").text
        assert run("--from", stick, "--home", server.home).returncode == 0
    assert {name: server.part(name).pid for name in parts} == parts


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can isolate people from each other")
def test_keys_of_new_lessons_are_closed_to_pupils(server, stick):
    assert run("--from", stick, "--home", server.home).returncode == 0
    live = server.home / "content" / "live"
    somebody = int(os.environ.get("SANDYQ_UID_BASE", "1900000000")) + PEOPLE + 1

    def may_read(path: Path) -> bool:
        done = subprocess.run(
            ["cat", path], user=somebody, group=somebody, extra_groups=[], capture_output=True, check=False
        )
        return done.returncode == 0

    assert not may_read(live / "curriculum/notebooks/kk/yurt.ipynb")
    assert not may_read(live / "curriculum/lessons/passphrase/lesson.kk.md")
    assert not any(may_read(path) for path in (live / "assignments").rglob("*.ipynb"))
    assert may_read(live / "curriculum/lessons/village-weather/weather.csv")
    assert not may_read(server.home / "updates" / "root.json")


def test_lessons_that_the_pages_cannot_show_are_taken_back(server, world):
    assert run("--from", world.stick, "--home", server.home).returncode == 0
    name = "curriculum/notebooks/kk/yurt.ipynb"
    notebook = json.loads((world.checkout / name).read_text())
    notebook["metadata"]["sandyq"]["subject"] = "astrology"
    world.write(name, json.dumps(notebook))
    world.commit(2)
    world.release()
    done = run("--from", world.stick, "--home", server.home)
    assert done.returncode == 1
    assert "The lessons from before are back" in done.stderr
    with signed_in(server, server.account("teacher")) as client:
        assert (
            "Киіз үйдің құпиясы" in client.get("/services/portal/lessons?language=kk").raise_for_status().text
        )
