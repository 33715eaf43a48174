"""A pupil's assignment in their own server: start, check, hand in, start over, damage, and the portal away."""

import asyncio
import io
import json
import shutil
import zipfile
from pathlib import Path

import nbformat
import pytest
from jupyter_client.ioloop import AsyncIOLoopKernelManager
from tests.hub.work_portal import (
    PARTLY,
    SOLVED,
    STUB,
    TEST,
    WorkPortal,
    make_release,
    pack,
    running_server,
)
from traitlets.config import Config

from rehearsal import wait_for
from sandyq.i18n import LANGUAGES
from sandyq_hub.forks import KERNELS_OF_ONE_PERSON
from sandyq_hub.work.check import run_notebook
from sandyq_hub.work.explain import DIED, Failure

FOLDER = "assignments/c1-python-prices"


@pytest.fixture
def portal():
    running = WorkPortal().start()
    running.release(4)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """One server for all tests that leave its portal where it is; each begins with an empty home."""
    portal = WorkPortal().start()
    home = tmp_path_factory.mktemp("h")
    with running_server(home, portal) as server:
        yield portal, server
    portal.stop()


@pytest.fixture
def pupil(shared):
    portal, server = shared
    for name in ("work", "files", "hand_ins", "events", "received", "feedback", "refuse"):
        getattr(portal, name).clear()
    portal.release(4)
    shutil.rmtree(server.home / "assignments", ignore_errors=True)
    with server.client() as client:
        client.portal, client.home = portal, server.home
        client.file = server.home / FOLDER / "prices.ipynb"
        yield client


def start(client, release=4):
    return client.get(f"/sandyq/assignment/{release}")


def press(client, what, release=4):
    reply = client.post(f"/sandyq/assignment/{release}/{what}", json={"path": f"{FOLDER}/prices.ipynb"})
    log = client.file.parents[2] / ".server.log"
    assert reply.status_code == 200, f"{reply.text}\n{log.read_text()[-4000:]}"
    return reply.json()


def edit(client, change):
    notebook = json.loads(client.file.read_text("utf-8"))
    change(notebook["cells"])
    client.file.write_text(json.dumps(notebook), "utf-8")


def solve(client, source=SOLVED):
    edit(client, lambda cells: cells[2].update(source=source))


def open_notebook(client):
    reply = client.get(f"/api/contents/{FOLDER}/prices.ipynb")
    assert reply.status_code == 200, reply.text
    return reply.json()["content"]["cells"]


def state(client):
    return client.get("/sandyq/assignment", params={"path": f"{FOLDER}/prices.ipynb"}).json()


def test_start_brings_the_files_and_opens_the_notebook(pupil):
    reply = start(pupil)
    assert (reply.status_code, reply.headers["Location"]) == (302, f"/notebooks/{FOLDER}/prices.ipynb")
    assert {p.name for p in pupil.file.parent.iterdir()} == {
        "prices.ipynb",
        "prices.csv",
        ".sandyq.json",
        ".sandyq-release",
    }
    assert pupil.portal.events == [(4, "opened", "")]


def test_starting_again_leaves_the_pupils_work(pupil):
    start(pupil)
    solve(pupil)
    (pupil.file.parent / "prices.csv").write_text("mine")
    start(pupil)
    assert SOLVED in [cell["source"] for cell in open_notebook(pupil)]
    assert (pupil.file.parent / "prices.csv").read_text() == "mine"


@pytest.mark.parametrize(("state", "code"), [("soon", 403), ("closed", 403)])
def test_what_is_not_open_says_so(pupil, state, code):
    pupil.portal.release(4, state=state)
    reply = start(pupil)
    assert reply.status_code == code
    assert 'lang="kk"' in reply.text and "/services/portal/" in reply.text
    assert not (pupil.home / "assignments").exists()


def test_what_is_locked_is_not_opened_though_it_was_brought_before(pupil):
    start(pupil)
    solve(pupil)
    pupil.portal.release(4, state="closed")
    reply = start(pupil)
    assert reply.status_code == 403 and "/services/portal/" in reply.text
    assert "sum(prices)" in pupil.file.read_text("utf-8"), "nothing is lost"
    pupil.portal.release(4)
    assert start(pupil).status_code == 302


def test_an_unknown_release_and_bad_files_write_nothing(pupil):
    assert start(pupil, 99).status_code == 404
    for name in ("../out.txt", "/etc/x", ".hidden", "a/../../b", "a" * 101, ".sandyq.json"):
        pupil.portal.files[4] = pack({"prices.ipynb": "{}", name: "x"})
        assert start(pupil).status_code == 502, name
    pupil.portal.files[4] = b"no zip"
    assert start(pupil).status_code == 502
    assert not (pupil.home / "assignments").exists()


def test_the_bar_speaks_the_persons_language(pupil):
    start(pupil)
    said = set()
    for language in LANGUAGES:
        pupil.cookies.clear()
        pupil.cookies.set("sandyq-lang", language)
        told = state(pupil)
        assert told["language"] == language
        assert told["title"] == "Бағалар мен қосынды"
        said.add(told["labels"]["handIn"] + told["due"])
    assert len(said) == 3


def test_other_notebooks_have_no_bar(pupil):
    for path in ("x.ipynb", "../x.ipynb", f"{FOLDER}/../../x.ipynb"):
        assert pupil.get("/sandyq/assignment", params={"path": path}).status_code == 204


def outcomes(told):
    return [(result["name"], result["outcome"]) for result in told["results"]]


def test_check_tells_right_partly_and_wrong(pupil):
    start(pupil)
    solve(pupil)
    told = press(pupil, "check")
    assert outcomes(told) == [("total-tests", "right"), ("total-more", "right"), ("why", "empty")]
    solve(pupil, "def total(prices):\n    return sum(prices[:1])\n")
    told = press(pupil, "check")
    assert outcomes(told)[:2] == [("total-tests", "wrong"), ("total-more", "right")]
    assert told["results"][0]["text"] == "total([1, 2]) 3 болуы керек."
    assert told["results"][0]["cell"] == "cell-3" and told["results"][0]["title"] == "Қосынды (1)"
    solve(pupil, "def total(prices):\n    return 5\n")
    assert outcomes(press(pupil, "check"))[1] == ("total-more", "partly")


SPEAKING = """score = 0
if total([]) == 0:
    score += 1
else:
    print(f"total([]): 0 күтілді, {total([])} шықты.")
score"""


def test_right_work_is_called_right_though_a_hidden_part_gives_points_and_checks_say_what_they_print(pupil):
    notebook = make_release()
    notebook.cells[4].update(source=SPEAKING)
    notebook.cells[4].metadata["sandyq"] = {"hidden": True}
    pupil.portal.files[4] = pack({"prices.ipynb": nbformat.writes(notebook)})
    start(pupil)
    solve(pupil)
    told = press(pupil, "check")
    assert outcomes(told)[:2] == [("total-tests", "right"), ("total-more", "right")]
    assert told["results"][1]["text"].startswith("Әзірге 3 ұпайдың 1 ұпайы бар")
    assert told["more"], "the teacher checks more"
    solve(pupil, "def total(prices):\n    return 5\n")
    told = press(pupil, "check")
    assert outcomes(told)[1] == ("total-more", "wrong")
    assert told["results"][1]["text"] == "total([]): 0 күтілді, 5 шықты."
    solve(pupil, "import sys\ndef total(prices):\n    print(1, file=sys.stderr)\n    return sum(prices)\n")
    assert "ескерту" in press(pupil, "check")["results"][1]["text"], "a warning takes all points"


def test_the_same_error_again_is_stuck(pupil):
    start(pupil)
    solve(pupil, "def total(prices):\n    return summe(prices)\n")
    for _ in range(2):
        told = press(pupil, "check")
    verbs = [verb for _release, verb, _detail in pupil.portal.events]
    assert verbs == ["opened", "ran", "stuck"]
    assert "NameError" in pupil.portal.events[-1][2]
    first = told["results"][0]
    assert "summe" in first["text"] and first["cell"] == "cell-2", "the pupil's own line is shown"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def total(prices)\n    return 1", "1-жол"),
        ("def total(prices):\nreturn 1", "2-жол"),
        ("рrices = 1\nprices", "кирилл"),
        ("сost = 1\ncost", "кирилл"),
        ("1 / 0", "нөлге"),
        ("{}['баға']", "баға"),
        ("[][3]", "0"),
        ("import numpi", "numpi"),
        ("open('joq.csv')", "joq.csv"),
        ("1 + 'a'", "мәтін"),
        ("input()", "input()"),
        ("import os\nos._exit(1)", "Python"),
    ],
)
def test_errors_are_explained(pupil, source, said):
    start(pupil)
    solve(pupil, source)
    results = press(pupil, "check")["results"]
    stopped = next(result for result in results if result["outcome"] == "stopped")
    assert said in stopped["text"], stopped


def test_a_kernel_that_ended_is_not_taken_for_a_loop_without_end():
    """Jupyter's watch, every three seconds, starts it again: sometimes before the check has seen that it ended."""

    async def check(notebook):
        manager = AsyncIOLoopKernelManager(config=Config({"KernelRestarter": {"time_to_dead": 0.05}}))
        await manager.start_kernel()
        try:
            return await run_notebook(notebook, manager)
        finally:
            await manager.shutdown_kernel(now=True)

    cell = nbformat.v4.new_code_cell("import os\nos._exit(1)")
    assert asyncio.run(check(nbformat.v4.new_notebook(cells=[cell]))) == Failure(DIED)


def test_an_endless_loop_ends_the_check(pupil):
    start(pupil)
    solve(pupil, "while True:\n    try:\n        pass\n    except KeyboardInterrupt:\n        pass")
    told = press(pupil, "check")
    assert outcomes(told)[:3] == [("total", "stopped"), ("total-tests", "skipped"), ("total-more", "skipped")]
    assert "30" in told["results"][0]["text"]
    assert pupil.get("/api/kernels").json() == []


def test_hand_in_gives_a_receipt_and_sends_only_what_belongs(pupil):
    start(pupil)
    solve(pupil)
    folder = pupil.file.parent
    (folder / "link.txt").symlink_to("/etc/passwd")
    (folder / "old").mkdir()
    (folder / "old" / "earlier.ipynb").write_text("{}")
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / ".ipynb_checkpoints" / "prices.ipynb").write_text("{}")
    told = press(pupil, "hand-in")
    assert told["problem"] == "" and "K7-P0M" in told["receipt"]
    with zipfile.ZipFile(io.BytesIO(pupil.portal.received[0])) as archive:
        assert sorted(archive.namelist()) == ["prices.csv", "prices.ipynb"]
        sent = json.loads(archive.read("prices.ipynb"))
    assert SOLVED in [cell["source"] for cell in sent["cells"]]
    assert "K7-P1M" in press(pupil, "hand-in")["receipt"]
    assert [each["code"] for each in json.loads((folder / ".sandyq.json").read_text())["receipts"]] == [
        "K7-P0M",
        "K7-P1M",
    ]
    page = pupil.get("/sandyq/assignment/4/receipt").text
    assert page.index("K7-P1M") < page.index("K7-P0M")


def test_a_receipt_that_was_lost_on_its_way_is_there_when_the_bar_is_opened_again(pupil):
    start(pupil)
    press(pupil, "hand-in")
    notes = pupil.file.parent / ".sandyq.json"
    notes.write_text(json.dumps(json.loads(notes.read_text()) | {"receipts": []}))
    assert "K7-P0M" in state(pupil)["receipt"]


def test_more_time_that_was_given_meanwhile_is_told_with_the_receipt(pupil):
    start(pupil)
    before = press(pupil, "hand-in")["due"]
    pupil.portal.release(4, days=3)
    assert press(pupil, "hand-in")["due"] != before


def test_what_cannot_be_handed_in_says_why(pupil):
    start(pupil)
    (pupil.file.parent / "film.bin").write_bytes(b"0" * (5 * 2**20))
    assert "film.bin" in press(pupil, "hand-in")["problem"]
    (pupil.file.parent / "film.bin").unlink()
    for number in range(100):
        (pupil.file.parent / f"{number}.txt").touch()
    assert "100" in press(pupil, "hand-in")["problem"]
    for number in range(100):
        (pupil.file.parent / f"{number}.txt").unlink()
    for status in (409, 413, 422, 418):
        pupil.portal.refuse["POST submissions"] = status
        told = press(pupil, "hand-in")
        assert told["problem"] and not told["receipt"]
    assert pupil.portal.received == []


def test_with_the_portal_away_nothing_is_lost_and_a_click_tries_again(tmp_path, portal):
    with running_server(tmp_path, portal) as server, server.client() as client:
        client.file = tmp_path / FOLDER / "prices.ipynb"
        start(client)
        solve(client)
        port = portal.server.server_address[1]
        portal.stop()
        assert start(client).status_code == 302, "what is here is opened"
        assert client.get("/sandyq/assignment/5").status_code == 503
        assert outcomes(press(client, "check"))[0] == ("total-tests", "right")
        told = press(client, "hand-in")
        assert told["problem"] and not told["receipt"]
        portal.start(port)
        told = press(client, "hand-in")
        assert not told["problem"] and "K7-P0M" in told["receipt"]


def test_start_over_keeps_the_old_work(pupil):
    start(pupil)
    solve(pupil)
    assert press(pupil, "start-over")["reload"]
    assert STUB in [cell["source"] for cell in open_notebook(pupil)]
    kept = list((pupil.file.parent / "old").iterdir())
    assert len(kept) == 1 and "sum(prices)" in kept[0].read_text()
    told = press(pupil, "check")
    assert outcomes(told)[0] == ("total-tests", "wrong") and "жазылмаған" in told["results"][0]["text"]


def test_who_checks_again_what_is_not_written_yet_is_not_stuck(pupil):
    start(pupil)
    for _ in range(2):
        press(pupil, "check")
    assert pupil.portal.events[1:] == [(4, "ran", ""), (4, "ran", "")]


def test_a_check_for_which_too_many_notebooks_run_says_what_to_do(pupil):
    """It is a kernel more; in a minute it would not be there either."""
    start(pupil)
    made = [pupil.post("/api/kernels", json={"name": "python3"}) for _ in range(KERNELS_OF_ONE_PERSON)]
    told = press(pupil, "check")
    for reply in made:
        assert pupil.delete(f"/api/kernels/{reply.json()['id']}").status_code == 204
    assert str(KERNELS_OF_ONE_PERSON) in told["problem"] and "дәптер" in told["problem"]
    assert "results" not in told


def delete(cells):
    del cells[3]


def double(cells):
    cells.insert(4, json.loads(json.dumps(cells[3])) | {"id": "copy"})


def change(cells):
    cells[3]["source"] = "assert True"


def retype(cells):
    cells[3] = {
        "cell_type": "code",
        "id": "new",
        "metadata": {},
        "source": TEST,
        "outputs": [],
        "execution_count": None,
    }


def turn(cells):
    cells[3] = {"cell_type": "markdown", "id": "cell-3", "metadata": cells[3]["metadata"], "source": TEST}


def move(cells):
    cells.insert(0, cells.pop(3))


@pytest.mark.parametrize("damage", [delete, double, change, retype, turn, move])
def test_a_damaged_notebook_is_whole_again_when_it_is_opened(pupil, damage):
    start(pupil)
    solve(pupil)
    edit(pupil, damage)
    cells = open_notebook(pupil)
    marked = [cell for cell in cells if "nbgrader" in cell["metadata"]]
    assert [cell["metadata"]["nbgrader"]["grade_id"] for cell in marked] == [
        "intro",
        "total",
        "total-tests",
        "total-more",
        "why",
    ]
    assert [cell["source"] for cell in marked[1:4]] == [SOLVED, TEST, PARTLY]
    assert all(cell["cell_type"] == "code" for cell in marked[1:4])
    assert "total-tests" in state(pupil)["repaired"]
    assert state(pupil)["repaired"] == "", "it is told once"
    assert outcomes(press(pupil, "check"))[:2] == [("total-tests", "right"), ("total-more", "right")]
    assert len(list((pupil.file.parent / "old").iterdir())) == 1


def test_lost_places_for_answers_come_back_and_copies_keep_what_was_written(pupil):
    start(pupil)
    edit(pupil, lambda cells: cells.pop(2))
    assert STUB in [cell["source"] for cell in open_notebook(pupil)]
    solve(pupil, STUB)
    edit(
        pupil, lambda cells: cells.insert(3, json.loads(json.dumps(cells[2])) | {"source": SOLVED, "id": "c"})
    )
    cells = open_notebook(pupil)
    own = {cell["metadata"].get("nbgrader", {}).get("grade_id"): cell["source"] for cell in cells}
    assert own["total"] == SOLVED and STUB in [cell["source"] for cell in cells]


def test_a_notebook_that_is_none_any_more_begins_anew(pupil):
    start(pupil)
    pupil.file.write_text("")
    assert STUB in [cell["source"] for cell in open_notebook(pupil)]
    assert state(pupil)["repaired"]


def test_an_unharmed_notebook_is_left_alone(pupil):
    start(pupil)
    solve(pupil)
    edit(
        pupil,
        lambda cells: cells.insert(3, {"cell_type": "markdown", "id": "n", "metadata": {}, "source": "note"}),
    )
    before = Path(pupil.file).read_bytes()
    open_notebook(pupil)
    assert Path(pupil.file).read_bytes() == before
    nbformat.validate(nbformat.read(pupil.file, as_version=4))


def test_an_error_of_a_cell_that_was_run_is_told_at_the_next_save(pupil):
    start(pupil)
    model = pupil.get(f"/api/contents/{FOLDER}/prices.ipynb").json()
    error = {"output_type": "error", "ename": "NameError", "evalue": "x", "traceback": []}
    model["content"]["cells"][2] |= {"execution_count": 1, "outputs": [error]}
    sent = {"type": "notebook", "format": "json", "content": model["content"]}
    assert pupil.put(f"/api/contents/{FOLDER}/prices.ipynb", json=sent).status_code == 200
    wait_for(lambda: (4, "ran", "total: NameError: x") in pupil.portal.events, "the error to be told")


def test_a_checkpoint_comes_back_durably(pupil):
    start(pupil)
    made = pupil.post(f"/api/contents/{FOLDER}/prices.ipynb/checkpoints").json()
    solve(pupil)
    inode = pupil.file.stat().st_ino
    reply = pupil.post(f"/api/contents/{FOLDER}/prices.ipynb/checkpoints/{made['id']}")
    assert reply.status_code == 204
    assert "sum(prices)" not in pupil.file.read_text() and pupil.file.stat().st_ino != inode
    assert not list(pupil.file.parent.glob(".draft*"))


@pytest.mark.parametrize("place", [f"{FOLDER}/prices.ipynb", FOLDER, "assignments"])
def test_what_an_assignment_is_found_by_keeps_its_name(pupil, place):
    start(pupil)
    solve(pupil)
    reply = pupil.patch(f"/api/contents/{place}", json={"path": "assignments/mine.ipynb"})
    assert (reply.status_code, "тапсырмаң осы атаумен" in reply.json()["message"]) == (403, True), reply.text
    start(pupil)
    assert "sum(prices)" in pupil.file.read_text("utf-8"), "the work is where it was"


def test_other_files_beside_an_assignment_may_be_renamed(pupil):
    start(pupil)
    pupil.put(f"/api/contents/{FOLDER}/notes.txt", json={"type": "file", "format": "text", "content": "a"})
    reply = pupil.patch(f"/api/contents/{FOLDER}/notes.txt", json={"path": f"{FOLDER}/mine.txt"})
    assert (reply.status_code, (pupil.file.parent / "mine.txt").read_text()) == (200, "a")


@pytest.mark.parametrize("copy", ["mine.ipynb", "old/prices.2026-09-01.ipynb"])
def test_a_copy_says_that_it_is_not_handed_in_and_where_the_assignment_is(pupil, copy):
    start(pupil)
    (pupil.file.parent / "old").mkdir()
    shutil.copy(pupil.file, pupil.file.parent / copy)
    told = pupil.get("/sandyq/assignment", params={"path": f"{FOLDER}/{copy}"}).json()
    assert told["address"].endswith(f"/notebooks/{FOLDER}/prices.ipynb")
    assert "prices" in told["elsewhere"] and "көшірме" in told["elsewhere"]


def test_a_notebook_of_ones_own_beside_an_assignment_has_no_bar(pupil):
    start(pupil)
    own = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1")])
    (pupil.file.parent / "mine.ipynb").write_text(nbformat.writes(own))
    reply = pupil.get("/sandyq/assignment", params={"path": f"{FOLDER}/mine.ipynb"})
    assert reply.status_code == 204
