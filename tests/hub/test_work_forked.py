"""A pupil's assignment in the hub's own, forked and isolated server."""

import os
import shutil
from urllib.parse import quote

import nbformat
from tests.hub.work_portal import SOLVED, make_release, pack

from rehearsal import signed_in, wait_for
from sandyq.work import Assignment, unpack

WORK = {"release": 99, "course": "c9", "name": "prices", "title": "Бағалар", "due": None, "state": "open"}
PATH = "assignments/c9-prices/prices.ipynb"


def test_check_runs_in_a_forked_kernel_of_the_pupils(demo):
    account = demo.account("pupil", "ru")
    home = demo.home / "people" / account["login"]
    with signed_in(demo, account) as client:
        client.get("/hub/spawn")
        base = f"/user/{quote(account['login'])}"
        wait_for(lambda: client.get(f"{base}/").url.path.startswith(base), "the pupil's server")
        bring(home)
        page = client.get(f"{base}/notebooks/{PATH}").text
        assert "@sandyq/assignment" in page
        assert (
            client.get(f"{base}/lab/extensions/@sandyq/assignment/static/remoteEntry.js").status_code == 200
        )
        state = client.get(f"{base}/sandyq/assignment", params={"path": PATH}).json()
        assert state["language"] == "ru" and state["title"] == "Бағалар"
        token = next(c.value for c in client.cookies.jar if (c.path, c.name) == (f"{base}/", "_xsrf"))
        told = client.post(
            f"{base}/sandyq/assignment/99/check", json={"path": PATH}, headers={"X-XSRFToken": token}
        ).json()
        assert [each["outcome"] for each in told["results"]] == ["right", "right", "empty"]
        assert client.get(f"{base}/sandyq/assignment/77").status_code in (404, 503)
        log = (home / ".output.log").read_text()
        assert "stock way" not in log, "the kernel was forked"


def bring(home):
    """As the pupil's server does, with the pupil's rights to it."""
    notebook = make_release()
    notebook.cells[2].source = SOLVED
    files = {"prices.ipynb": nbformat.writes(make_release())}
    assignment = Assignment.bring(home, WORK, unpack(pack(files)))
    (assignment.path / "prices.ipynb").write_text(nbformat.writes(notebook))
    owner = home.stat()
    for top, folders, names in os.walk(home / "assignments"):
        for name in [".", *folders, *names]:
            shutil.chown(os.path.join(top, name), owner.st_uid, owner.st_gid)  # noqa: PTH118
