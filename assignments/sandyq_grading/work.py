"""A worker: asks the portal for jobs, one after another, and gives back what came of each."""

from __future__ import annotations

import io
import json
import logging
import math
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from sandyq_grading.grading import NoKernel, grade
from sandyq_grading.notebooks import JSON
from sandyq_grading.packing import BadPack, unpack
from sandyq_grading.preparing import prepare
from sandyq_grading.sandbox import Sandbox

log = logging.getLogger("grader")
IDLE, LONGEST_PAUSE = 1.0, 30.0
"""Seconds between two questions when there is nothing to do; the longest while the portal is away."""
MOST_WORKERS = 5
BETWEEN = 1.0
"""Seconds between two words about progress."""
CONFLICT, SERVER_ERROR = 409, 500
Sleep = Callable[[float], None]


def count_workers() -> int:
    """One more than processors: a fifth of the time each waits for what its kernel or the fork server does."""
    return min((os.cpu_count() or 1) + 1, MOST_WORKERS)


class JobOver(Exception):
    """A job was cancelled, or is somebody else's by now."""


class Worker:
    """Speaks with the portal at ``address`` (``…/api/grading``)."""

    def __init__(
        self, address: str, secret: str, name: str, sandbox: Sandbox, sleep: Sleep = time.sleep
    ) -> None:
        headers = {"Authorization": f"Bearer {secret}"}
        self.client = httpx.Client(base_url=address, headers=headers, timeout=30, trust_env=False)
        self.name, self.sandbox, self._sleep = name, sandbox, sleep
        self._away = 0

    def work(self) -> None:
        """Work for ever."""
        while True:
            if not self.do_next():
                self._sleep(min(IDLE * 2**self._away, LONGEST_PAUSE))

    def do_next(self) -> bool:
        """Do a job if there is one; False when there is none, or nobody to ask."""
        try:
            reply = self.client.post("/next", json={"worker": self.name})
            reply.raise_for_status()
            job = reply.json() if reply.status_code == httpx.codes.OK else None
        except (httpx.HTTPError, ValueError) as problem:
            self._away = min(self._away + 1, 10)
            log.warning("The portal gives no jobs; it is asked again. %s", problem)
            return False
        self._away = 0
        if not isinstance(job, dict) or "job" not in job:
            return False
        try:
            if job.get("kind") == "prepare":
                self._prepare(int(job["job"]), job["wish"])
            else:
                self._do(int(job["job"]))
        except JobOver as over:
            log.info("Job %s: %s", job["job"], over)
        return True

    def _do(self, number: int) -> None:
        began = time.monotonic()
        try:
            result = self._grade(number)
        except JobOver:
            raise
        except BadPack as problem:
            result = fail(str(problem))
        except NoKernel as problem:
            log.error("Job %s: %s", number, problem)
            result = fail(str(problem))
        except httpx.HTTPError as problem:
            result = fail(f"The files of the hand-in could not be fetched: {problem!s:.200}")
        except Exception as problem:  # whatever one hand-in makes go wrong, the next is graded
            log.exception("Job %s failed", number)
            result = fail(
                f"The grader could not do it ({type(problem).__name__}). Grade it again, or by hand."
            )
        result["seconds"] = round(time.monotonic() - began, 2)
        self._give_back(number, result)

    def _prepare(self, number: int, wish: JSON) -> None:
        """Make a packet of a teacher's own notebooks."""
        try:
            reply = self._ask("GET", f"/own/{number}/files")
            reply.raise_for_status()
            with tempfile.TemporaryDirectory(dir=self.sandbox.folder, prefix="job-") as name:
                unpack(io.BytesIO(reply.content), Path(name))
                result = prepare(Path(name), wish, self.sandbox)
        except (BadPack, NoKernel, httpx.HTTPError) as problem:
            result = {"status": "refused", "faults": [str(problem)], "files": {}}
        except Exception as problem:
            log.exception("The notebooks %s could not be prepared", number)
            result = {"status": "refused", "faults": [type(problem).__name__], "files": {}}
        if self._ask("POST", f"/own/{number}/result", write_json(result)).status_code == CONFLICT:
            raise JobOver("was over before its result came.")

    def _grade(self, number: int) -> JSON:
        reply = self._ask("GET", f"/jobs/{number}/files")
        if reply.status_code >= 400:
            reply.raise_for_status()
        with tempfile.TemporaryDirectory(dir=self.sandbox.folder, prefix="job-") as name:  # 0700
            folder = Path(name)
            for part in ("source", "submitted"):
                (folder / part).mkdir()
            unpack(io.BytesIO(reply.content), folder)
            return grade(folder / "source", folder / "submitted", self.sandbox, self._report_on(number))

    def _report_on(self, number: int) -> Callable[[int, int], None]:
        """Return what tells the portal how far a job is, at most once a second, and raises JobOver when it is over."""
        last = time.monotonic()

        def tell(done: int, of: int) -> None:
            nonlocal last
            if time.monotonic() - last < BETWEEN:
                return
            last = time.monotonic()
            try:
                reply = self.client.post(f"/jobs/{number}/progress", json={"done": done, "of": of}, timeout=5)
                over = reply.status_code == CONFLICT or (reply.is_success and reply.json().get("cancelled"))
            except (httpx.HTTPError, ValueError, AttributeError):  # the portal is away: it will be told later
                return
            if over:
                raise JobOver("was cancelled.")

        return tell

    def _give_back(self, number: int, result: JSON) -> None:
        try:
            content = write_json(result)
        except RecursionError:  # what one hand-in holds ends no worker
            content = write_json(fail("The notebook is nested too deeply. Grade it by hand."))
        reply = self._ask("POST", f"/jobs/{number}/result", content)
        if reply.status_code == CONFLICT:
            raise JobOver("was over before its result came.")
        if reply.is_success:
            return
        log.error("Job %s: the portal refuses its result: %s %.200s", number, reply.status_code, reply.text)
        refused = fail("The portal could not take the result.")
        self._ask("POST", f"/jobs/{number}/result", write_json(refused))

    def _ask(self, method: str, path: str, content: bytes | None = None) -> httpx.Response:
        """Ask until the portal answers; while it is away, after growing pauses."""
        headers = {"Content-Type": "application/json"} if content else {}
        for attempt in range(10**6):
            try:
                reply = self.client.request(method, path, content=content, headers=headers, timeout=120)
                if reply.status_code < SERVER_ERROR or attempt >= 5:
                    return reply
                problem: object = reply.status_code
            except httpx.HTTPError as away:
                problem = away
            log.warning("The portal does not take %s %s; again in a moment. %s", method, path, problem)
            self._sleep(min(2.0**attempt, LONGEST_PAUSE))
        raise JobOver("nobody answered.")


def fail(message: str) -> JSON:
    """A result that leaves the submission to its teacher."""
    return {"status": "failed", "seconds": 0.0, "message": message, "notebooks": [], "flags": []}


def write_json(value: JSON) -> bytes:
    """A result as JSON that every reader and database takes: no NaN, no half characters, no zero characters."""
    return json.dumps(_clean(value), ensure_ascii=False, allow_nan=False).encode()


def _clean(value: Any) -> Any:
    match value:
        case str():
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "\ufffd")
        case float() if not math.isfinite(value):
            return None
        case dict():
            return {_clean(str(key)): _clean(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_clean(inner) for inner in value]
        case _:
            return value
