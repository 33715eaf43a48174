"""nbgrader's own commands and its Assignment List, unchanged, against the portal's API."""

import io
import json
import subprocess
import sys
import zipfile

import pytest
from tests.hub.work_portal import SOLVED, WorkPortal, make_environment, running_server

FOLDER = "assignments/c1-python-prices"


@pytest.fixture
def portal():
    running = WorkPortal().start()
    running.release(4)
    running.release(5, name="herd", course="c2", state="soon")
    yield running
    running.stop()


@pytest.fixture
def nbgrader(portal, tmp_path):
    """``nbgrader(words…)`` in the person's home, as in their server; returns the process."""

    def run(*words, language="en"):
        return subprocess.run(
            [sys.executable, "-m", "nbgrader", *words],
            cwd=tmp_path,
            env=make_environment(tmp_path, portal, language),
            capture_output=True,
            text=True,
            check=False,
        )

    run.home = tmp_path
    return run


def test_list_fetch_and_submit(nbgrader, portal):
    listed = nbgrader("list")
    assert "c1 python-prices" in listed.stderr and "herd" not in listed.stderr, listed.stderr
    fetched = nbgrader("fetch_assignment", "python-prices", "--course=c1")
    assert fetched.returncode == 0, fetched.stderr
    file = nbgrader.home / FOLDER / "prices.ipynb"
    notebook = json.loads(file.read_text())
    notebook["cells"][2]["source"] = SOLVED
    file.write_text(json.dumps(notebook))
    nbgrader("fetch_assignment", "python-prices")
    assert "sum(prices)" in file.read_text(), "never over one's own work"
    handed = nbgrader("submit", "python-prices", "--student=somebody-else")
    assert handed.returncode == 0 and "K7-P0M" in handed.stderr, handed.stderr
    with zipfile.ZipFile(io.BytesIO(portal.received[0])) as archive:
        assert sorted(archive.namelist()) == ["prices.csv", "prices.ipynb"]
    kept = json.loads((nbgrader.home / FOLDER / ".sandyq.json").read_text())
    assert kept["receipts"][0]["code"] == "K7-P0M", "the bar shows it, too"
    for how in ("--cached", "--inbound"):
        assert "K7-P0M" in nbgrader("list", how).stderr
    assert "python-prices" in nbgrader("list", "--json").stdout


@pytest.mark.parametrize("named", ["python-prices/", f"{FOLDER}/", f"./{FOLDER}", "{home}/" + FOLDER])
def test_an_assignment_is_handed_in_by_its_folder_too(nbgrader, portal, named):
    """As nbgrader's own takes it: whoever completes the name by the Tab key writes a path."""
    nbgrader("fetch_assignment", "python-prices")
    handed = nbgrader("submit", named.format(home=nbgrader.home))
    assert handed.returncode == 0 and "K7-P0M" in handed.stderr, handed.stderr
    assert len(portal.received) == 1


def test_feedback_is_fetched_once_it_is_there(nbgrader, portal):
    nbgrader("fetch_assignment", "python-prices")
    nbgrader("submit", "python-prices")
    assert nbgrader("fetch_feedback", "python-prices").returncode == 1
    page = {"name": "prices", "html": "<p>Жарайсың!</p>"}
    portal.feedback[4] = {"released": True, "score": 5, "points": 7, "notebooks": [page]}
    assert nbgrader("fetch_feedback", "python-prices").returncode == 0
    found = list((nbgrader.home / FOLDER / "feedback").glob("*/prices.html"))
    assert [each.read_text() for each in found] == ["<p>Жарайсың!</p>"]
    nbgrader("submit", "python-prices")
    with zipfile.ZipFile(io.BytesIO(portal.received[-1])) as archive:
        assert sorted(archive.namelist()) == ["prices.csv", "prices.ipynb"]


def test_an_assignment_that_was_given_twice_keeps_what_was_handed_in_before(nbgrader, portal):
    nbgrader("fetch_assignment", "python-prices")
    nbgrader("submit", "python-prices")
    page = {"name": "prices", "html": "<p>Жарайсың!</p>"}
    portal.feedback[4] = {"released": True, "score": 5, "points": 7, "notebooks": [page]}
    portal.release(6)
    (listed,) = json.loads(nbgrader("list", "--inbound", "--json").stdout)
    assert [each["code"] for each in listed["submissions"]] == ["K7-P0M"]
    assert nbgrader("fetch_feedback", "python-prices").returncode == 0
    assert list((nbgrader.home / FOLDER / "feedback").glob("*/prices.html"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["fetch_assignment", "nowhere"], "nowhere"),
        (["fetch_assignment", "herd"], "ашылатыны"),
        (["submit", "python-prices"], "fetch_assignment"),
        (["list", "--remove"], "сынып бетінде"),
        (["collect", "python-prices", "--course=c1"], "/services/portal/"),
        (["release_assignment", "python-prices", "--course=c1"], "/services/portal/"),
        (["release_feedback", "python-prices", "--course=c1"], "/services/portal/"),
    ],
)
def test_what_cannot_be_done_says_where_it_is(nbgrader, words, said):
    refused = nbgrader(*words, language="kk")
    assert refused.returncode != 0
    assert said in refused.stderr, refused.stderr


def test_closed_and_away_are_told(nbgrader, portal):
    nbgrader("fetch_assignment", "python-prices")
    portal.work[4]["state"] = "closed"
    assert "closed" in nbgrader("submit", "python-prices").stderr
    portal.stop()
    away = nbgrader("submit", "python-prices")
    assert away.returncode == 1 and "Nothing is lost" in away.stderr
    portal.start()


def test_nbgraders_assignment_list(portal, tmp_path):
    with running_server(tmp_path, portal) as server, server.client() as client:
        listed = client.get("/assignments", params={"course_id": "c1"}).json()
        assert listed["success"], listed
        assert [(each["assignment_id"], each["status"]) for each in listed["value"]] == [
            ("python-prices", "released")
        ]
        assert client.get("/courses").json() == {"success": True, "value": ["c1"]}
        which = {"course_id": "c1", "assignment_id": "python-prices"}
        fetched = client.post("/assignments/fetch", json=which).json()["value"][0]
        assert (fetched["status"], fetched["path"]) == ("fetched", FOLDER)
        assert [each["path"] for each in fetched["notebooks"]] == [f"{FOLDER}/prices.ipynb"]
        handed = client.post("/assignments/submit", json=which).json()
        assert handed["success"], handed
        submitted = next(each for each in handed["value"] if each["status"] == "submitted")
        assert submitted["submissions"][0]["code"] == "K7-P0M"
        assert len(portal.received) == 1
        page = {"name": "prices", "html": "<p>!</p>"}
        portal.feedback[4] = {"released": True, "score": 5, "points": 7, "notebooks": [page]}
        given = client.post("/assignments/fetch_feedback", json=which).json()["value"]
        submission = next(each for each in given if each["status"] == "submitted")["submissions"][0]
        assert submission["has_local_feedback"]
        assert submission["local_feedback_path"].startswith(f"{FOLDER}/feedback/")
