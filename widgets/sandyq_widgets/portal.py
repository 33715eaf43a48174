"""The portal's answers API, spoken with the standard library: one call, one result, no retries here."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from http.client import HTTPException
from typing import Any, Final
from urllib.error import HTTPError
from urllib.request import OpenerDirector, ProxyHandler, Request, build_opener

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
class KeptAnswer:
    response: str
    tries: int


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

    def post(self, answer: Answer) -> int:
        """Hand in an answer; return the receipt, given only once the answer is on the disk."""
        return int(self._call("POST", "answers", asdict(answer))["receipt"])

    def fetch(self) -> Record:
        """Return what is kept of the visitor in this lesson."""
        reply = self._call("GET", "answers")
        kept = reply["answers"]
        answers = {name: KeptAnswer(str(row["response"]), int(row["tries"])) for name, row in kept.items()}
        return Record(answers, bool(reply.get("review")))

    def fetch_spread(self, question: str, options: int) -> list[int]:
        """Return how many of the visitor's class chose each option of a poll; empty while too few have."""
        spread = self._call("GET", f"polls/{question}")["spread"]
        return [int(spread.get(str(number), 0)) for number in range(1, options + 1)] if spread else []

    def _call(self, method: str, path: str, content: object = None) -> Any:
        request = Request(  # noqa: S310 # the address is the server's own setting
            f"{self.address}/{path}",
            data=None if content is None else json.dumps(content).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
            method=method,
        )
        try:
            with _direct().open(request, timeout=TIMEOUT) as reply:
                return json.loads(reply.read())
        except HTTPError as error:
            final = 400 <= error.code < 500 and error.code not in _PASSING
            raise PortalError(f"{method} {path}: {error.code} {error.reason}", final=final) from error
        except (OSError, HTTPException, ValueError) as error:
            raise PortalError(f"{method} {path}: {error}", final=False) from error


def _direct() -> OpenerDirector:
    """Past any proxy of the school: the portal stands on this machine."""
    return build_opener(ProxyHandler({}))
