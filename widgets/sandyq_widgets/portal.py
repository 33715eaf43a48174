"""The portal's answers API, spoken with the standard library: one call, one result, no retries here."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any, Final, Self
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import OpenerDirector, ProxyHandler, Request, build_opener
from uuid import uuid4

from sandyq.visits import PAIR_NOTE

TIMEOUT: Final = 10.0
"""Seconds one call may take."""
_PASSING: Final = (408, 429)
"""4xx codes that mean "later", not "no"."""


@dataclass(frozen=True)
class Answer:
    """One answer on its way; the same ``uuid`` however often it is sent."""

    uuid: str
    question: str
    response: str
    score: float | None
    max_score: float | None


@dataclass(frozen=True)
class Press:
    """A response on its way to be judged by the portal."""

    uuid: str
    question: str
    response: str
    language: str
    """In which the question was asked."""


@dataclass(frozen=True)
class KeptAnswer:
    response: str
    tries: int
    score: float | None = None
    max_score: float | None = None
    presses: tuple[str, ...] = ()
    """The UUIDs of all answers to this question."""


@dataclass(frozen=True)
class Record:
    """What the portal has of a visitor in one lesson."""

    answers: dict[str, KeptAnswer]
    """The latest, by question."""
    is_review: bool
    """The answers are only looked at, beside the right ones."""


class PortalError(Exception):
    """The portal did not do what was asked."""

    def __init__(self, message: str, *, final: bool) -> None:
        super().__init__(message)
        self.final = final
        """Asking again would not help."""


class Portal:
    def __init__(self, address: str, token: str) -> None:
        self.address, self.token = address.rstrip("/"), token

    def post(self, answer: Answer | Press) -> dict[str, Any]:
        """Hand in an answer, or have a response judged; the reply is given only once it is on the disk.

        It is ``{receipt, tries}`` or ``{tries, outcome, problem}``.
        """
        if isinstance(answer, Press):
            return dict(self._call("POST", "judgements", asdict(answer) | {"pair": read_pair_note()}))
        return dict(self._call("POST", "answers", asdict(answer)))

    def fetch_question(self, name: str, language: str) -> dict[str, Any]:
        """Return ``{question, key, tries, outcome}``: what may be known of it, and how this person stands."""
        query = urlencode({"language": language, "pair": read_pair_note()})
        return dict(self._call("GET", f"judgements/{quote(name, safe='')}?{query}"))

    def fetch(self) -> Record:
        """Return what is kept of the visitor in this lesson."""
        reply = self._call("GET", "answers")
        answers = {name: _read_kept(row) for name, row in reply["answers"].items()}
        return Record(answers, bool(reply.get("review")))

    def fetch_spread(self, question: str, options: int) -> list[int]:
        """Return how many of the visitor's class chose each option of a poll; empty while too few have."""
        spread = self._call("GET", f"polls/{question}")["spread"]
        return [int(spread.get(str(number), 0)) for number in range(1, options + 1)] if spread else []

    def fetch_decisions(self, question: str) -> dict[str, dict[str, int]]:
        """Return how many have decided what, by field; empty while they are too few."""
        return dict(self._call("GET", f"polls/{quote(question, safe='')}")["spread"])

    def _call(self, method: str, path: str, content: object = None) -> Any:
        return call(f"{self.address}/{path}", f"Bearer {self.token}", method, content)


def read_pair_note() -> str:
    """By what the person's server has noted who sits beside them at this PC; empty when nobody does."""
    try:
        return (Path.home() / PAIR_NOTE).read_text("ascii")
    except (OSError, ValueError):
        return ""


def _read_kept(row: dict[str, Any]) -> KeptAnswer:
    presses = tuple(row.get("presses", ()))
    return KeptAnswer(
        str(row["response"]), int(row["tries"]), row.get("score"), row.get("max_score"), presses
    )


class PersonPortal:
    """The portal for a kernel in somebody's own notebook, which the hub vouches for."""

    def __init__(self, address: str, token: str) -> None:
        self.address, self.token = address.rstrip("/"), token

    @classmethod
    def find(cls) -> Self | None:
        """Return it where this kernel belongs to a server of the school's; else None."""
        address, token = os.environ.get("SANDYQ_API_URL"), os.environ.get("JUPYTERHUB_API_TOKEN")
        return cls(address, token) if address and token else None

    def open_visit(self, lesson: str) -> Portal:
        """Begin to work on a lesson; return the portal as a room's kernel has it, but that it judges."""
        opening = {"lesson": lesson, "uuid": str(uuid4()), "pair": read_pair_note()}
        return Portal(self.address, str(self._call("POST", "visits", opening)["token"]))

    def fetch_notebook(self, language: str, lesson: str, *, whole: bool = False) -> dict[str, Any]:
        """Return a lesson's notebook as pupils get it, or, for who may change it, with its keys."""
        return dict(self._call("GET", f"notebooks/{language}/{lesson}" + ("/whole" if whole else "")))

    def fetch_items(self, numbers: str) -> list[dict[str, str]]:
        """Return items of the library (``12,15``) as cells for a lesson: ``{source, credit}`` each."""
        return list(self._call("GET", f"items?ids={quote(numbers)}")["items"])

    def list_classes(self) -> list[dict[str, Any]]:
        """Return the teacher's classes."""
        return list(self._call("GET", "classes")["classes"])

    def send_lesson(self, lesson: dict[str, Any]) -> dict[str, Any]:
        """Have a teacher's lesson looked over or published; return what came of it."""
        return dict(self._call("POST", "published", lesson))

    def send_app(self, app: dict[str, Any]) -> dict[str, Any]:
        """Have somebody's app put where they can look at it, or into the gallery; return what came of it."""
        return dict(self._call("POST", "own-apps", app))

    def open_app(self) -> str:
        """Return the token with which this notebook reads the school's data as an app of its author does."""
        return str(self._call("POST", "own-apps/visit")["token"])

    def _call(self, method: str, path: str, content: object = None) -> Any:
        return call(f"{self.address}/{path}", f"token {self.token}", method, content)


def call(address: str, authorization: str, method: str, content: object = None) -> Any:
    """Make one call and return the reply's JSON; PortalError when it was not given."""
    request = Request(  # noqa: S310 # the address is the server's own setting
        address,
        data=None if content is None else json.dumps(content).encode(),
        headers={"Authorization": authorization, "Content-Type": "application/json"},
        method=method,
    )
    try:
        with _direct().open(request, timeout=TIMEOUT) as reply:
            return json.loads(reply.read())
    except HTTPError as error:
        final = 400 <= error.code < 500 and error.code not in _PASSING
        raise PortalError(f"{method} {address}: {error.code} {error.reason}", final=final) from error
    except (OSError, HTTPException, ValueError) as error:
        raise PortalError(f"{method} {address}: {error}", final=False) from error


def _direct() -> OpenerDirector:
    """Past any proxy of the school: the portal stands on this machine."""
    return build_opener(ProxyHandler({}))
