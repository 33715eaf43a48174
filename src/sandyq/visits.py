"""Visit tokens: a room's kernel may speak to the portal for one person, in one lesson or app, for a day."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from itsdangerous import BadSignature, URLSafeTimedSerializer

from sandyq.settings import Settings, read_secret

MAX_AGE = 24 * 60 * 60
"""Seconds for which a token is good."""


@dataclass(frozen=True)
class Visit:
    login: str
    kind: str
    """``lesson`` or ``app``."""
    name: str
    """The lesson's slug or the app's name."""


def _serializer(settings: Settings) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(read_secret(settings, "visits"), salt="visit")


def sign_visit(settings: Settings, visit: Visit) -> str:
    return _serializer(settings).dumps(asdict(visit))


def read_visit(settings: Settings, token: str) -> Visit | None:
    """Return the visit a token stands for, or None when it was forged or is too old."""
    try:
        return Visit(**_serializer(settings).loads(token, max_age=MAX_AGE))
    except (BadSignature, TypeError):
        return None
