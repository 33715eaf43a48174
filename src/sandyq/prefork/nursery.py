"""A prepared process that is forked: it prepares itself once, then forks a child at each word of the root.

It has one thread, one socket (to the root) and a descriptor per child. When the root hangs up, it ends; its children
live on.
"""

from __future__ import annotations

import gc
import importlib
import os
import select
import signal
import socket
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn, Protocol

from sandyq.prefork import wire
from sandyq.prefork.child import become, limit, step_behind
from sandyq.prefork.namespace import enter_namespace, leave_ipc
from sandyq.prefork.processes import read_birth, read_private_memory, rename
from sandyq.prefork.randomness import Generators
from sandyq.prefork.settling import settle
from sandyq.prefork.wishes import Grow, Launch, Limits, read_wish

Tell = Callable[[object], None]


class Recipe(Protocol):
    """A module that knows what to prepare before the fork and what a child does after it."""

    def prepare(self, options: dict[str, str], tell: Tell) -> object:
        """Import, warm up, execute; return what the one who asked for the template should know (JSON).

        ``tell`` names the step that begins (JSON): who asked waits for each step only so long, then ends all this.
        """

    def run(self, launch: Launch) -> int:
        """Be the child until its end; return the exit code."""


class PreparationFailed(Exception):
    """A recipe cannot be prepared for a reason that its author should see; ``report`` is JSON."""

    def __init__(self, report: object) -> None:
        super().__init__(str(report))
        self.report = report


@dataclass(frozen=True)
class Work:
    """What a nursery is to prepare; with ``author``, as that uid and with rights over ``visitors`` only."""

    name: str
    recipe: str
    options: dict[str, str]
    author: int = 0
    visitors: Sequence[int] = ()
    """[first, count]: its own, and no other nursery's"""
    limits: Limits = field(default_factory=Limits)


@dataclass
class Forked:
    """In a new process: what it is to become."""

    wish: Launch | Grow
    files: list[int]
    author: int = 0
    visitors: list[int] = field(default_factory=list)


class Nursery:
    """The loop of a prepared process."""

    def __init__(self, control: socket.socket, recipe: Recipe, generators: Generators) -> None:
        self.control = control
        self.recipe = recipe
        self.children: dict[int, tuple[int, int]] = {}
        """Descriptor that tells of the child's end → (the root's number for it, pid)."""
        self.generators = generators
        self.fillers: list[object] = []

    def prepare(self, work: Work) -> bool:
        """Prepare and tell the root; False when the recipe failed (the root was told why)."""
        gc.disable()  # fewer holes in the memory that children share
        try:
            if work.author:
                _let_log_go()
                step_behind()
                leave_ipc()
                enter_namespace(work.author, work.visitors)
            limit(work.limits, of_own_uid=bool(work.author))
            report = self.recipe.prepare(work.options, lambda step: self._say({"progress": True}, step))
        except PreparationFailed as failure:
            self._say({"failed": True}, failure.report)
            return False
        except BaseException:
            self._say({"failed": True}, {"error": traceback.format_exc()})
            return False
        self.fillers = settle()
        self.generators = self.generators.find()
        gc.freeze()
        self._say({"ready": True, "memory": read_private_memory()}, report)
        return True

    def serve(self) -> Forked | None:
        """Work until the root hangs up (None); in a child, return what it is to become."""
        poll = select.poll()
        poll.register(self.control, select.POLLIN)
        while True:
            for descriptor, _ in poll.poll():
                if descriptor != self.control.fileno():
                    poll.unregister(descriptor)
                    self._bury(descriptor)
                    continue
                message, files = wire.receive(self.control)
                if message is None:
                    return None
                forked = self._obey(message, files, poll)
                if forked:
                    return forked

    def _obey(self, message: wire.Message, files: list[int], poll: select.poll) -> Forked | None:
        number = message.pop("id")
        if "signal" in message:
            self._signal(number, message["signal"], message["group"])
            wire.send(self.control, {"signalled": number})
            return None
        author, visitors = message.pop("author", 0), message.pop("visitors", [])
        wish = read_wish(message)
        if not isinstance(wish, Launch | Grow):
            raise TypeError(f"A nursery cannot do {message!r:.80}.")
        try:
            pid = os.fork()
        except OSError as problem:  # the machine, or whose rights these are, has no process or memory left
            wire.send(self.control, {"unborn": number, "why": str(problem)})
            wire.close_files(files)
            return None
        if pid == 0:
            return Forked(wish, files, author, visitors)
        wire.close_files(files)
        watch = os.pidfd_open(pid)
        self.children[watch] = (number, pid)
        poll.register(watch, select.POLLIN)
        wire.send(self.control, {"forked": number, "pid": pid, "started": read_birth(pid)}, [watch])
        return None

    def _signal(self, number: int, signum: int, group: bool) -> None:
        """Only this process waits for the child, so its number cannot be somebody else's yet."""
        for child, pid in self.children.values():
            if child == number:
                try:
                    (os.killpg if group else os.kill)(pid, signum)
                except OSError:  # ended just now, or not yet a group of its own
                    os.kill(pid, signum)

    def _bury(self, watch: int) -> None:
        number, pid = self.children.pop(watch)
        os.close(watch)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        wire.send(self.control, {"exit": number, "code": code})

    def _say(self, message: wire.Message, report: object) -> None:
        file = wire.write_attachment(report)
        wire.send(self.control, message, [file])
        os.close(file)


def _let_log_go() -> None:
    """Somebody's code is about to run: what must be known of it is reported, and our log is not for it."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    for target in (1, 2):
        os.dup2(nothing, target)
    os.close(nothing)


def load_recipe(module: str) -> Recipe:
    recipe: Any = importlib.import_module(module)
    return recipe  # type: ignore[no-any-return] # a module, whose functions are the protocol's methods


def run_nursery(work: Work, control: socket.socket, generators: Generators) -> NoReturn:
    """Be a prepared process until the root hangs up, or the child that was forked from it; never return.

    ``generators``: those of the process that this one was forked from.
    """
    code = 1
    try:
        os.setsid()  # what it starts can be ended with it
        rename(f"fork:{work.name}")
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        nursery = Nursery(control, load_recipe(work.recipe), generators)
        forked = nursery.serve() if nursery.prepare(work) else None
        code = _be(forked, nursery) if forked else 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def _be(forked: Forked, nursery: Nursery) -> int:
    nursery.control.close()
    for watch in nursery.children:
        os.close(watch)
    wish = forked.wish
    if isinstance(wish, Grow):
        control, *others = forked.files
        options = dict(wish.options)
        if wish.attached:
            options[wish.attached] = str(wire.read_attachment(others.pop(0)))
        for group in others:  # where there are some
            os.write(group, b"0")
            os.close(group)
        work = Work(wish.name, wish.recipe, options, forked.author, forked.visitors, wish.limits)
        run_nursery(work, socket.socket(fileno=control), nursery.generators)
    rename(wish.template)
    become(wish, dict(zip(wish.files, forked.files, strict=True)), nursery.generators)
    return nursery.recipe.run(wish)
