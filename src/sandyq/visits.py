"""Visit tokens: a kernel may speak to the portal for one person, in one lesson or app, for a day."""

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
    partner: str = ""
    """Login of the pupil who sits at the same PC."""
    review: bool = False
    """The answers are only looked at, beside the right ones."""
    own: bool = False
    """The kernel may say anything, for the person wrote its code: answers from their own notebook are judged by the
    portal itself; an app that they made reads what they may read and changes nothing, whoever looks at it."""


PAIR_COOKIE = "sandyq-pair"
PAIR_NOTE = ".sandyq-pair"
"""In a person's home: the cookie, for their own notebook's kernel."""
PAIR_AGE = 2 * 45 * 60
"""Seconds for which two pupils stay a pair: two lessons."""


def _serializer(settings: Settings, salt: str = "visit") -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(read_secret(settings, "visits"), salt=salt)


def sign_visit(settings: Settings, visit: Visit) -> str:
    return _serializer(settings).dumps(asdict(visit))


def sign_pair(settings: Settings, login: str, partner: str) -> str:
    """Return the cookie by which a browser shows that ``partner`` has joined ``login`` with their own secret."""
    return _serializer(settings, "pair").dumps([login, partner])


def read_pair(settings: Settings, cookie: str | None, login: str) -> str:
    """Return the login of who has joined ``login`` at this PC; empty when nobody has, or not lately."""
    try:
        first, partner = _serializer(settings, "pair").loads(cookie or "", max_age=PAIR_AGE)
    except (BadSignature, TypeError, ValueError):
        return ""
    return str(partner) if first == login else ""


def read_visit(settings: Settings, token: str) -> Visit | None:
    """Return the visit a token stands for, or None when it was forged or is too old."""
    try:
        return Visit(**_serializer(settings).loads(token, max_age=MAX_AGE))
    except (BadSignature, TypeError):
        return None
