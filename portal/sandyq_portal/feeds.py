"""Calendars for calendar programs: who may fetch one without signing in, and how often."""

from __future__ import annotations

import hmac
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from hashlib import sha256
from threading import Lock
from time import monotonic
from typing import Final

from fastapi import HTTPException, Request

from sandyq.school.calendar.addresses import find_owner
from sandyq.settings import Settings, read_secret
from sandyq_portal.access import Rule
from sandyq_portal.identity import Visitor, describe_visitor

SUFFIX: Final = ".ics"
FETCHES, WRONG_TRIES, PERIOD = 60, 30, 3600.0
"""Of one calendar, and of addresses that lead nowhere from one machine, in how many seconds."""
MOST_KEYS: Final = 10_000


@dataclass
class Quota:
    """How often something may be done by each: a sliding window, kept in memory."""

    most: int
    seconds: float
    _times: OrderedDict[str, deque[float]] = field(default_factory=OrderedDict)
    _turn: Lock = field(default_factory=Lock)
    """Requests are answered by several threads."""

    def take(self, key: str, at: float) -> float:
        """Count once; return how many seconds there are to wait, 0 when it may be done."""
        with self._turn:
            if (left := self._look(key, at)) > 0:
                return left
            self._times.setdefault(key, deque()).append(at)
            self._times.move_to_end(key)
            if len(self._times) > MOST_KEYS:
                self._times.popitem(last=False)
            return 0.0

    def look(self, key: str, at: float) -> float:
        """Return how many seconds there are to wait, without counting."""
        with self._turn:
            return self._look(key, at)

    def _look(self, key: str, at: float) -> float:
        times = self._times.get(key, deque())
        while times and times[0] <= at - self.seconds:
            times.popleft()
        return times[0] + self.seconds - at if len(times) >= self.most else 0.0


@dataclass
class Limits:
    """Of one running portal."""

    fetches: Quota = field(default_factory=lambda: Quota(FETCHES, PERIOD))
    """By person."""
    tries: Quota = field(default_factory=lambda: Quota(WRONG_TRIES, PERIOD))
    """By machine."""


class CalendarTokens(Rule):
    """A calendar program with the secret address of one person's calendar: read only, and not too often."""

    def __call__(self, request: Request, token: str) -> Visitor:
        limits: Limits = request.app.state.feed_limits
        machine, at = request.client.host if request.client else "", monotonic()
        _check_wait(limits.tries.look(machine, at))
        key = read_key(request.app.state.settings)
        with request.app.state.database.reading() as session:
            person = find_owner(session, key, token.removesuffix(SUFFIX))
            visitor = describe_visitor(person) if person else None
        if visitor is None:
            limits.tries.take(machine, at)
            raise HTTPException(403, "no calendar is at this address")
        _check_wait(limits.fetches.take(str(visitor.id), at))
        request.state.visitor = visitor
        return visitor


def _check_wait(seconds: float) -> None:
    if seconds > 0:
        raise HTTPException(429, "too often", headers={"Retry-After": str(int(seconds) + 1)})


def read_key(settings: Settings) -> bytes:
    return bytes.fromhex(read_secret(settings, "calendars"))


def name_server(settings: Settings) -> str:
    """Return a name that is this server's alone and tells nothing about it."""
    return f"{hmac.new(read_key(settings), b'server', sha256).hexdigest()[:16]}.sandyq"
