"""What clients may ask of the fork server: checked here, so that everything behind it can rely on its form."""

from __future__ import annotations

import signal
from dataclasses import dataclass, field, fields
from typing import Any, get_args, get_type_hints

from sandyq.prefork.wire import Message


@dataclass(frozen=True)
class Limits:
    """What one process may use; 0 is "as much as the server itself"."""

    memory: int = 0
    """Bytes on top of what it shares with the template it was forked from."""
    processes: int = 0
    """Processes and threads of its uid together (only where people are isolated)."""
    files: int = 0
    """Open descriptors."""
    file_size: int = 0
    """Bytes of the largest file it may write."""
    nice: int = 0
    """How far it steps back when the processor is wanted by others: 0 to 19."""
    disk: int = 0
    """Bytes that its uid may hold on the disk, in its home and where everybody may write (only where people are
    isolated); looked at now and then (``quotas``)."""


@dataclass(frozen=True)
class Launch:
    """Fork a child from a template."""

    template: str
    argv: list[str]
    env: dict[str, str]
    """The child's whole environment."""
    cwd: str
    files: list[str] = field(default_factory=list)
    """What the descriptors along with the message are: ``log`` (the child's output, else ``child.LOG``), ``ready``
    (``child.READY``) and ``listener`` (``child.LISTENER``)."""
    uid: int = 0
    """Whose the child is (gid likewise); 0: the server's own, where people are not isolated."""
    payload: str = ""
    """What the recipe's ``run`` is to know besides."""
    tied: bool = False
    """End the child when the client hangs up."""
    home: str = ""
    """A folder under one of the server's roots, made for the child if it is missing."""
    scratch: bool = False
    """``home`` is new for this child and goes away with it, and so does every process of its uid."""
    sockets: str = ""
    """Name of a folder under the server's ``sockets`` folder in which the child may listen for its client."""
    grants: dict[str, int] = field(default_factory=dict)
    """Template → how many children of its own uid the child may have at once through its own connection."""
    limits: Limits = field(default_factory=Limits)
    offline: bool = False
    """No network, not even this machine's own: sockets in the file system only. Refused where Linux refuses it."""


@dataclass(frozen=True)
class Grow:
    """Fork a template of its own from a template: ``recipe`` prepares it with ``options``."""

    name: str
    parent: str
    recipe: str
    options: dict[str, str]
    author: int = 0
    """As whose uid it is prepared; 0: as that of all authors."""
    limits: Limits = field(default_factory=Limits)
    """What its preparation may use; its children get theirs within these."""
    attached: str = ""
    """The option that is not named here but stands in the file along with the message (``wire.write_attachment``)."""


@dataclass(frozen=True)
class Signal:
    """Send a signal to this connection's child, and to its process group when ``group`` is set."""

    number: int
    group: bool = False

    def __post_init__(self) -> None:
        if self.number not in signal.valid_signals():
            raise BadWish(f"Signal.number has value {self.number}. Expected the number of a signal.")


@dataclass(frozen=True)
class Adopt:
    """Take up the child that an earlier connection had: by number *and* birth time, so never somebody else's."""

    pid: int
    started: int
    """Field 22 of ``/proc/<pid>/stat``: clock ticks since the machine's start."""
    tied: bool = False


@dataclass(frozen=True)
class Status:
    """Ask how the server is."""


KINDS: dict[str, type] = {
    "launch": Launch,
    "grow": Grow,
    "signal": Signal,
    "adopt": Adopt,
    "status": Status,
}
Wish = Launch | Grow | Signal | Adopt | Status


class BadWish(ValueError):
    """A message that is no wish; says which field and what it should be."""


def read_wish(message: Message) -> Wish:
    """Return the wish in a message; raise BadWish for anything malformed."""
    content = dict(message)
    kind = KINDS.get(str(content.pop("do", "")))
    if kind is None:
        raise BadWish(f"Unknown request {message.get('do')!r:.80}; known are: {', '.join(KINDS)}.")
    if isinstance(content.get("limits"), dict):
        content["limits"] = _build(Limits, content["limits"])
    wish: Wish = _build(kind, content)
    return wish


def write_wish(wish: Wish) -> Message:
    """The opposite of ``read_wish``."""
    kind = next(name for name, cls in KINDS.items() if cls is type(wish))
    return {"do": kind} | {item.name: _plain(getattr(wish, item.name)) for item in fields(wish)}


def _plain(value: object) -> object:
    return vars(value) if isinstance(value, Limits) else value


def _build(kind: type, content: dict[str, Any]) -> Any:
    hints = get_type_hints(kind)
    for name, value in content.items():
        if name not in hints or not _fits(value, hints[name]):
            raise BadWish(f"{kind.__name__}.{name} has value {value!r:.80}. Expected {hints.get(name)}.")
    try:
        return kind(**content)
    except TypeError as problem:
        raise BadWish(str(problem)) from None


def _fits(value: object, hint: Any) -> bool:
    """True when ``value`` is of the type; containers are looked into one level deep."""
    inner = get_args(hint)
    if isinstance(value, dict) and len(inner) == 2:
        return all(_fits(k, inner[0]) and _fits(v, inner[1]) for k, v in value.items())
    if isinstance(value, list) and inner:
        return all(_fits(item, inner[0]) for item in value)
    if isinstance(value, bool) or hint is bool:
        return isinstance(value, bool) and hint is bool
    return not inner and isinstance(value, hint)
