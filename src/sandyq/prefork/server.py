"""The root of the tree: the only process that services speak to, and the only one with rights to give away.

It checks who asks for what, makes the folders that a child needs, passes the wish to the right nursery, and tells the
client how the child ends. It imports nothing but the standard library and never runs anybody's code.
"""

from __future__ import annotations

import json
import logging
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from contextlib import suppress
from functools import partial
from pathlib import Path

from sandyq.prefork import wire
from sandyq.prefork.children import Children
from sandyq.prefork.client import sockets_folder
from sandyq.prefork.loop import Loop
from sandyq.prefork.places import Places, open_group
from sandyq.prefork.quotas import Quotas
from sandyq.prefork.records import Client, Grant, Plan, Template
from sandyq.prefork.wishes import (
    Adopt,
    BadWish,
    Grow,
    Launch,
    Limits,
    Signal,
    Status,
    Wish,
    read_wish,
    write_wish,
)

TEMPLATE = "--template"
"""How this program is told to be a base template instead of a server."""
log = logging.getLogger("fork server")
ENDS_TOLD = 5
"""Of the ends of base templates the last ones are told: what was asked for meanwhile started the stock way."""
RETRY, LONGEST_RETRY = 1.0, 60.0
"""Seconds before a base template that died is made again; each time in a row twice as many."""
MOST_DOUBLINGS = 3
"""How often in a row the time to prepare a base template is doubled."""
MOST_LINES = 32
"""Connections that one child may have."""
GRACE = 6.0
"""Seconds that children have to end when the server is told to stop."""
LOOK = 2.0
"""Seconds between two looks whether our socket is still there."""


class Server:
    """Clients on one side, templates on the other."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.listener = _open_listener(Path(plan.socket))
        self.loop = Loop()
        places = Places(plan.uids, plan.visitors, plan.homes, sockets_folder(plan.socket))
        self.children = Children(self.loop, places, plan.socket)
        self.quotas = Quotas(self.loop, lambda: self.children.list_living(nurseries=False))
        self.templates: dict[str, Template] = {}
        self._deaths: dict[str, int] = {}
        self._late: set[str] = set()
        """Base templates that were not prepared in time: nobody waits for another attempt."""
        self._ends: deque[float] = deque(maxlen=ENDS_TOLD)
        self._began = time.time()
        self._most_files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        self._stopping = False
        self.loop.watch(self.listener, self._accept)

    def serve(self) -> None:
        """Work until ``stop``; forks made on the way never come back here."""
        self.children.take_up()
        self.quotas.start()
        self._mind_address()
        for name in self.plan.templates:
            self._make_template(name)
        while not self._stopping:
            self._turn()
        self._end_children()

    def stop(self) -> None:
        self._stopping = True

    def _turn(self) -> None:
        self.loop.turn()
        self.children.reap_strangers()

    def _end_children(self) -> None:
        """Ask all children to end, wait, insist; nurseries last, for they pass the word on."""
        for signum, nurseries in ((signal.SIGTERM, False), (signal.SIGKILL, False), (signal.SIGKILL, True)):
            deadline = time.monotonic() + GRACE
            for child in self.children.list_living(nurseries):
                self.children.signal(child, signum, group=True)
            while self.children.list_living(nurseries) and time.monotonic() < deadline:
                self._turn()

    # Clients

    def _mind_address(self) -> None:
        """Listen anew when somebody has removed our socket: those who are in stay, others would not find us."""
        self.loop.after(LOOK, self._mind_address)
        if Path(self.plan.socket).exists():
            return
        with suppress(OSError):  # its folder is gone, too
            fresh = _open_listener(Path(self.plan.socket))
            self.loop.forget(self.listener)
            self.listener.close()
            self.listener = fresh
            self.loop.watch(fresh, self._accept)
            log.warning("The socket %s was gone; here is a new one.", self.plan.socket)

    def _accept(self) -> None:
        try:
            connection, _ = self.listener.accept()
        except OSError:  # gone again
            return
        if connection.fileno() > 3 * self._most_files // 4:  # the rest is for children of those who are in
            log.warning("Too many connections: another one is refused.")
            connection.close()
            return
        peer = wire.read_peer(connection)
        grant = self.children.find_grant(peer)
        if grant and grant.lines < MOST_LINES:
            self._welcome(connection, grant)
        elif peer.uid in self.plan.callers and not grant:
            self._welcome(connection, None)
        elif peer.uid in self.plan.watchers:
            self._welcome(connection, Grant(peer.uid, Limits(), {}))
        else:
            connection.close()

    def _welcome(self, connection: socket.socket, grant: Grant | None) -> None:
        client = Client(wire.Outbox(connection), grant)
        if grant:
            grant.lines += 1
        self.loop.watch(connection, lambda: self._hear(client), client.outbox)

    def _hear(self, client: Client) -> None:
        files: list[int] = []
        try:
            message, files = wire.receive(client.outbox.socket)
            if message is None:
                self._part(client)
            else:
                self._grant_wish(client, read_wish(message), files)
        except (ValueError, OSError) as problem:  # a BadWish, no JSON, a folder that cannot be made
            self._refuse(client, problem)
        except Exception:
            log.exception("A client is sent away:")
            self._part(client)
        finally:
            wire.close_files(files)

    def _refuse(self, client: Client, problem: Exception) -> None:
        try:
            self.loop.post(client.outbox, {"error": str(problem)[:1000]})
        except (ValueError, OSError):
            self._part(client)

    def _part(self, client: Client) -> None:
        """The client hung up: what is tied to it ends."""
        self.loop.forget(client.outbox.socket)
        client.outbox.close()
        if client.grant:
            client.grant.lines -= 1
        if client.template:
            self._release(client.template)
        if client.child:
            client.child.client = None
            if client.tied or client.child.watch < 0:  # of one not forked yet nobody else knows
                self.children.signal(client.child, signal.SIGKILL, group=True)

    def _grant_wish(self, client: Client, wish: Wish, files: list[int]) -> None:
        if client.grant and not isinstance(wish, Launch | Signal | Status | Adopt):
            raise BadWish("This connection may only launch children of its own.")
        if isinstance(wish, Launch | Grow) and self._count_files() > 7 * self._most_files // 8:
            raise BadWish("The fork server has no descriptor left. Close something first.")
        taken = client.template or (
            client.child and not (isinstance(wish, Adopt) and client.child.is_meant(wish))
        )
        if isinstance(wish, Launch | Grow | Adopt) and taken:
            raise BadWish("This connection has a child or a template already. Open another one.")
        match wish:
            case Launch():
                template = self._find_template(wish.template)
                if template is None:
                    raise BadWish(f"There is no template {wish.template!r}. Grow it first.")
                self.children.launch(client, wish, files, template)
            case Grow():
                self._grow(client, wish, files)
            case Adopt():
                self.children.adopt(client, wish)
            case Signal():
                if client.child:
                    self.children.signal(client.child, wish.number, wish.group)
            case Status():
                self.loop.post(client.outbox, self._describe(client))

    def _count_files(self) -> int:
        """Descriptors that are in use, or will be."""
        return _first_free() + self.children.count_unborn()

    def _describe(self, client: Client) -> wire.Message:
        own = client.grant.uid if client.grant and client.grant.allowed else None
        missing = {name: {"ready": False, "memory": 0, "grown": False} for name in self.plan.templates}
        templates = missing | {
            name: {"ready": template.ready, "memory": template.memory, "grown": bool(template.owner)}
            for name, template in self.templates.items()
        }
        return {
            "since": self._began,
            "isolated": bool(self.plan.uids),
            "children": len(self.children.list_living(nurseries=False)),
            "launched": self.children.launched,
            "templates": templates,
            "ended": list(self._ends),
            "disk": self.quotas.describe(own),
        }

    # Templates

    def _make_template(self, name: str) -> None:
        try:
            self._start_template(name)
        except OSError as problem:  # the machine has no process, no memory or no descriptor left
            self._make_again(name, f"could not be started: {problem}")

    def _make_again(self, name: str, why: str) -> None:
        self._ends.append(time.time())
        deaths = self._deaths[name] = self._deaths.get(name, 0) + 1
        pause = min(RETRY * 2 ** (deaths - 1), LONGEST_RETRY)
        log.warning("Template %s %s; it is made again in %s s.", name, why, pause)
        self.loop.after(pause, lambda: self._make_template(name))

    def _start_template(self, name: str) -> None:
        """Start a base template as a program of its own: it may be made again when we know people's secrets."""
        options = dict(self.plan.templates[name])
        work = {"name": name, "recipe": options.pop("recipe"), "options": options}
        ours, theirs = wire.make_pair()
        command = [sys.executable, "-m", "sandyq.prefork", TEMPLATE, json.dumps(work), str(theirs.fileno())]
        with theirs:
            process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
        process.returncode = 0  # it is ours to wait for, not subprocess's
        template = Template(name, wire.Outbox(ours), self.children.hold(process.pid), os.getuid())
        self._register(template)
        # Twice the time of the attempt before: where the machine is slow, not the preparation, one of them is enough.
        patience = self.plan.patience * 2 ** min(self._deaths.get(name, 0), MOST_DOUBLINGS)
        self.loop.after(patience, partial(self._hurry, template, patience))

    def _hurry(self, template: Template, patience: float) -> None:
        """End a base template whose preparation hangs: nothing else would."""
        if self.templates.get(template.name) is template and not template.ready:
            self._late.add(template.name)
            log.error("Template %s was not prepared within %.0f s.", template.name, patience)
            self.children.signal(template.process, signal.SIGKILL, group=True)

    def _find_template(self, name: str) -> Template | None:
        """A template from which there will be children: one that was late before must be ready."""
        template = self.templates.get(name)
        return None if template and name in self._late and not template.ready else template

    def _choose_author(self, wish: Grow) -> int:
        """As whom a template is prepared; BadWish for a uid that is not one of people's."""
        if not wish.author or not self.plan.author:
            return self.plan.author
        first, count = self.plan.uids
        if not first <= wish.author < first + count:
            raise BadWish(f"Grow.author has value {wish.author}. Expected one of {self.plan.uids}.")
        return wish.author

    def _grow(self, client: Client, wish: Grow, files: list[int]) -> None:
        parent = self._find_template(wish.parent)
        if parent is None or parent.owner or wish.name in self.templates:
            raise BadWish(f"Template {wish.name!r} cannot be grown from {wish.parent!r}.")
        if wish.recipe not in self.plan.recipes:
            raise BadWish(f"Recipe {wish.recipe!r} is not among those allowed: {self.plan.recipes}.")
        if len(files) != bool(wish.attached):
            raise BadWish(
                f"Grow.attached has value {wish.attached!r:.80}, and {len(files)} files came along."
            )
        ours, theirs = wire.make_pair()
        with theirs:
            author, places = self._choose_author(wish), self.children.places
            process = self.children.expect(parent, places.prepare_template(wish.limits))
            client.template = Template(wish.name, wire.Outbox(ours), process, author or os.getuid(), client)
            self._register(client.template)
            message = {"id": process.number, "author": author, "visitors": places.range_of(process.place)}
            group = open_group(process.place)
            try:
                self.loop.post(parent.outbox, write_wish(wish) | message, [theirs.fileno(), *files, *group])
            finally:
                wire.close_files(group)

    def _register(self, template: Template) -> None:
        self.templates[template.name] = template
        self.loop.watch(template.outbox.socket, lambda: self._heed(template), template.outbox)

    def _heed(self, template: Template) -> None:
        """What a nursery has to say: the code of a notebook may have said it, so a lie or nonsense ends the nursery."""
        files: list[int] = []
        try:
            message, files = wire.receive(template.outbox.socket)
            match message:
                case None:
                    self._lose(template)
                case {"forked": int(number)} if len(files) == 1:
                    self.children.greet(template, number, files[0])
                case {"unborn": int(number), "why": str(why)}:
                    self.children.give_up(template, number, why)
                case {"signalled": int(number)}:
                    self.children.confirm(template, number)
                case {"exit": int(number), "code": int(code)}:
                    self.children.bury(template, number, code)
                case {"ready": True, "memory": int()} | {"failed": True} | {"progress": True} if (
                    len(files) == 1
                ):
                    self._introduce(template, message, files)
                case _:
                    raise ValueError(f"It says {message!r:.80} with {len(files)} descriptors.")
        except Exception as problem:
            log.warning(
                "Template %s is ended. %s",
                template.name,
                problem,
                exc_info=not isinstance(problem, ValueError),
            )
            self.children.expel(template)
            self._lose(template)
        finally:
            wire.close_files(files)

    def _introduce(self, template: Template, message: wire.Message, files: list[int]) -> None:
        """A nursery is prepared, could not be, or is at a step that may take long."""
        template.ready, template.memory = "ready" in message, message.get("memory", 0)
        if template.owner:
            self.loop.post(template.owner.outbox, message, files)
        elif template.ready:
            self._deaths.pop(template.name, None)
            self._late.discard(template.name)
        elif "failed" in message:
            report = wire.read_attachment(os.dup(files[0]))
            log.error("Template %s cannot be prepared: %s", template.name, report.get("error", report))

    def _release(self, template: Template) -> None:
        """Nobody wants a template any more: it says what it still has to say, then it hangs up and ends."""
        template.owner = None
        del self.templates[template.name]
        with suppress(OSError):  # it hung up first
            template.outbox.socket.shutdown(socket.SHUT_WR)
        kill = partial(self.children.signal, template.process, signal.SIGKILL, group=True)
        self.loop.after(GRACE if template.ready else 0, kill)

    def _lose(self, template: Template) -> None:
        """A template ended."""
        self.loop.forget(template.outbox.socket)
        template.outbox.close()
        if self.templates.get(template.name) is template:
            del self.templates[template.name]
        self.children.orphan(template)
        if template.owner:
            template.owner.template = None
            self.loop.post(template.owner.outbox, {"error": f"Template {template.name!r} ended."})
        if template.name in self.plan.templates and not self._stopping:
            self._make_again(template.name, "ended")


def _open_listener(path: Path) -> socket.socket:
    """Listen on a fresh socket that everybody may knock at: who may come in, the server asks the kernel."""
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind(str(path))
    path.chmod(0o666)
    listener.listen(128)
    return listener


def _first_free() -> int:
    """The number that the next descriptor will get."""
    descriptor = os.dup(0)
    os.close(descriptor)
    return descriptor
