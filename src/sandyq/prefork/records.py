"""What the fork server's root remembers: its plan, its clients, their children, the templates."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandyq.prefork.client import PATIENCE
from sandyq.prefork.places import Place
from sandyq.prefork.wire import Outbox
from sandyq.prefork.wishes import Adopt, Launch, Limits


@dataclass(frozen=True)
class Plan:
    """What the server is told at its start."""

    socket: str
    """Where it listens; children listen for their clients in the folder ``sockets`` beside it."""
    callers: list[int]
    """Uids that may connect."""
    templates: dict[str, dict[str, str]]
    """Name → its options; ``recipe`` names the module. Made at the start, made again when they die."""
    recipes: list[str]
    """Modules by which clients may grow templates of their own."""
    uids: list[int] = field(default_factory=list)
    """[first, count] of the uids that a launch may name; empty: nobody is isolated."""
    visitors: list[int] = field(default_factory=list)
    """[first, count] of the uids from which each scratch home gets one, a grown template's from its share."""
    author: int = 0
    """Uid as which grown templates do their work before the fork, in a user namespace with their own visitors alone."""
    watchers: list[int] = field(default_factory=list)
    """Uids that may connect and ask how the server is, no more."""
    homes: list[str] = field(default_factory=list)
    """Folders in which children's homes may be made."""
    patience: float = 2 * PATIENCE
    """Seconds that a base template may take to be prepared at first: as long as whoever asks for a child waits."""


@dataclass(eq=False)
class Grant:
    """A child's right to have children of its own uid, within its own limits."""

    uid: int
    limits: Limits
    allowed: dict[str, int]
    """Template → children at once."""
    lines: int = 0
    """Connections that it has."""


@dataclass(eq=False)
class Client:
    """One connection: a handle on at most one child or template."""

    outbox: Outbox
    grant: Grant | None = None
    """None: a service, which may do everything."""
    child: Child | None = None
    template: Template | None = None
    tied: bool = False


@dataclass(eq=False)
class Template:
    """A nursery, seen from the root: what it says is believed only as far as it can be checked."""

    name: str
    outbox: Outbox
    process: Child
    uid: int
    """As whom it works: those that execute notebooks, as the authors."""
    owner: Client | None = None
    """Who grew it and ends it by hanging up; nobody for base templates."""
    ready: bool = False
    memory: int = 0
    """Bytes that it shared with nobody when it was ready."""


@dataclass(eq=False)
class Child:
    """One process, until its end is told."""

    number: int
    launch: Launch | None
    """None: a nursery."""
    place: Place
    client: Client | None
    template: Template | None
    """Its parent, while that lives."""
    grant: Grant | None = None
    """By whose right it was launched, if not by a service's."""
    offers: Grant | None = None
    """What it may launch itself."""
    owner: tuple[int, int] = (0, 0)
    """Number and birth time of the process whose client asked for it: a tied child ends with it."""
    pid: int = 0
    started: int = 0
    watch: int = -1
    """Descriptor (pidfd) that tells of its end; -1 before it was forked."""

    def __post_init__(self) -> None:
        if self.launch and self.launch.grants:
            self.offers = Grant(self.launch.uid, self.launch.limits, self.launch.grants)

    def is_meant(self, wish: Adopt) -> bool:
        return (self.pid, self.started) == (wish.pid, wish.started)

    @property
    def nursery(self) -> bool:
        return self.launch is None
