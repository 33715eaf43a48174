"""The pages of rooms: a lesson, an app; and the kernel's own small API."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from copy import deepcopy
from dataclasses import replace
from hashlib import sha256
from html import escape
from pathlib import Path
from secrets import token_hex, token_urlsafe
from typing import Any, TypeVar

import nbformat
from jupyter_server.base.handlers import APIHandler, JupyterHandler
from jupyter_server.services.kernels.handlers import KernelHandler
from tornado.iostream import StreamClosedError
from tornado.log import app_log
from tornado.web import HTTPError
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from sandyq.i18n import LANGUAGE_NAMES, translator
from sandyq.prefork.client import Refused, ServerAway
from sandyq.school.tables import ADULTS
from sandyq.visits import PAIR_COOKIE, Visit, read_pair
from sandyq_hub.forks import KERNEL
from sandyq_hub.isolation import number_of_person
from sandyq_hub.rooms.environment import build_environment, describe_audience
from sandyq_hub.rooms.front_end import (
    BY_PAGE,
    UNPREPARED,
    FrontEnd,
    Reason,
    explain_stock,
    find_modules,
    is_whole,
    lighten,
)
from sandyq_hub.rooms.guard import Guard, content_policy
from sandyq_hub.rooms.kernels import RoomsFull, go_on
from sandyq_hub.rooms.link import BadMessage, Frame, Link, RoomLeft
from sandyq_hub.rooms.pages import (
    AUTHORS_FAILURE,
    NOT_FOR_PUPILS,
    PLACES_TAKEN,
    Failure,
    make_words,
    say_failed,
)
from sandyq_hub.rooms.places import (
    APP_ROLES,
    OWN_APP,
    PUPILS,
    READERS_OF_TEACHERS_CELLS,
    Room,
    find_app,
    find_lesson,
    find_own_app,
    find_published,
    read_roles,
    read_room,
    read_title,
    read_track,
)
from sandyq_hub.rooms.portal import PortalAway, announce_launch, find_author, is_assigned
from sandyq_hub.rooms.renderer import NONCE, ExecutedRenderer, RoomRenderer
from sandyq_hub.rooms.templates import Key, RoomBroken, Template, Templates
from sandyq_hub.rooms.visit import find_visitor_cells, run_visitor_cells
from sandyq_widgets.assets import list_modules

R = TypeVar("R", bound=RoomRenderer)

LIGHT, STOCK = "sandyq", "sandyq-stock"
"""The templates: our own front end, and Voilà's."""
READER_COOKIE = "sandyq-reader"
"""Tells a page's scripts one reader from another: what somebody typed comes back to nobody else at the same PC."""


def check_published(room: Room, template: Template | None) -> None:
    """A teacher's own lesson brings browsers no code: it would run with the rights of whoever reads it.

    Raises RoomBroken for a lesson that would, and for one that nobody could look at before it is shown.
    """
    reason = explain_stock(template.notebook) if template else UNPREPARED
    if template and reason is None and (own := find_modules(template.notebook) - list_modules()):
        reason = Reason("it uses {what}", f"{len(own)} × anywidget")
    if reason:
        error = translator(room.language)(reason.text).format(what=reason.what)
        raise RoomBroken(room.path, {"cell": "–", "source": "", "error": error})


class RoomPage(Guard, JupyterHandler):
    """Reads a notebook, starts the visitor's kernel, streams the page."""

    @property
    def templates(self) -> Templates:
        return self.settings["templates"]

    async def find_room(self, **names: str) -> Room | None:
        raise NotImplementedError

    async def find_refusal(self, _room: Room) -> Failure | None:
        """Return what is said to somebody whom the room is not for."""
        return None

    async def get(self, **names: str) -> None:
        try:
            room = await self.find_room(**names)
            refusal = await self.find_refusal(room) if room else None
        except PortalAway as problem:
            self.log.warning("The portal does not say for whom %s is: %s", self.request.path, problem)
            raise HTTPError(503) from None
        if room is None:
            raise HTTPError(404)
        if refusal:
            self.set_status(403)
            self.finish(self.render_failure(refusal))
            return
        kernel_id = ""
        try:
            kernel_id = await self.kernels.reserve(self.person.username)
            await self._show(room, kernel_id)
        except Exception as problem:
            go_on(self.kernels.close_room(kernel_id))
            await self._explain(room, problem)

    async def _explain(self, room: Room, problem: Exception) -> None:
        """What cannot be shown just now is tried again by its page; its cause is in the log."""
        match problem:
            case StreamClosedError() | RoomLeft():  # they went away before it was ready
                return
            case RoomBroken():
                self._show_broken(problem, is_own=room.login == self.person.username)
            case RoomsFull():
                self.failure = PLACES_TAKEN
                raise HTTPError(503)
            case ServerAway() | Refused() | OSError() if not self._headers_written:
                self.log.error(
                    "%s cannot be shown just now: %s: %s", room.path, type(problem).__name__, problem
                )
                raise HTTPError(503)
            case _:
                await self._fail(room)

    async def _show(self, room: Room, kernel_id: str) -> None:
        self.xsrf_token  # noqa: B018 # sets the cookie that the page's scripts send back
        reader = sha256(self.person.username.encode()).hexdigest()[:16]
        self.set_cookie(READER_COOKIE, reader, path=self.base_url, samesite="Strict")
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        template = await self._find_template(room)
        with ExitStack() as held:
            if template:
                held.enter_context(template.hold())
            await self._open(room, kernel_id, template, held)

    async def _open(self, room: Room, kernel_id: str, template: Template | None, held: ExitStack) -> None:
        visit = self._make_visit(room)
        environment = build_environment(
            self.settings_of_school,
            visit,
            self.person.name,
            self.kernels.make_home(kernel_id),
            describe_audience(room.language, self._is_teacher),
        )
        notebook = template.notebook if template else read_room(room, self._is_teacher)
        if room.author:
            check_published(room, template)
        elif reason := explain_stock(notebook) or self._hear_wish():
            await self._show_stock(room, template, kernel_id, environment, reason)
            self._announce(room)
            return
        link = self.kernels.make_link(
            kernel_id, list_modules() if room.author else None, reads_only=bool(room.login)
        )
        if template:
            if LIGHT not in template.pages:
                renderer = await self._prepare_renderer(ExecutedRenderer, room, notebook)
                template.pages[LIGHT] = await renderer.render()
            self.finish(self._fill(template.pages[LIGHT], room, kernel_id))
            go_on(self._enliven(room, template, link, environment, held.pop_all()))
        else:
            start = self.kernels.start_room(kernel_id, room.path.parent, environment, KERNEL)
            renderer = await self._prepare_renderer(RoomRenderer, room, notebook)
            await self._stream(renderer, kernel_id, start)
            await link.open(self.kernels.get_kernel(kernel_id))
            link.ask_states()
            self._announce(room)

    def _announce(self, room: Room) -> None:
        """Only when the page is live: who else opens the lesson in the same moment waits for nothing less urgent."""
        if room.kind == "lesson":
            go_on(announce_launch(self.settings_of_school, self._make_visit(room)))

    async def _find_template(self, room: Room) -> Template | None:
        """None: the notebook is executed for this visitor anew. ServerAway, Refused: it cannot be shown just now."""
        try:
            return await self.templates.get(self._make_key(room))
        except (ServerAway, Refused) as problem:
            nobody_else_may = self.kernels.isolated and isinstance(problem, ServerAway)
            if room.author or nobody_else_may:  # what somebody made is not shown before it was looked at
                raise
            self.log.warning("%s is executed for each visitor anew, slowly: %s", room.path, problem)
            return None

    def _fill(self, page: list[str], room: Room, kernel_id: str) -> str:
        """Return the visitor's copy of a page; where somebody made it, with a policy that lets only our script run."""
        text = kernel_id.join(page)
        if not room.author:
            return text
        nonce = token_urlsafe(16)
        self.set_header("Content-Security-Policy", content_policy(self.request.host, nonce=nonce))
        return text.replace(NONCE, nonce)

    def _hear_wish(self) -> Reason | None:
        """A page that met what it cannot show has itself opened again."""
        return BY_PAGE if self.get_query_argument("front", "") == "stock" else None

    def _make_key(self, room: Room) -> Key:
        """What somebody made is executed as that person."""
        author = number_of_person(self.settings_of_school, room.author) if room.author else 0
        return Key(room.path, room.language, self._is_teacher, author)

    def _make_visit(self, room: Room) -> Visit:
        """Who it is, in what; whoever sits beside them; and whether they only look at their answers again.

        What somebody made never speaks for who looks at it: an app does so for its author.
        """
        if room.login:
            return Visit(room.login, room.kind, room.name, own=True)
        partner = read_pair(self.settings_of_school, self.get_cookie(PAIR_COOKIE), self.person.username)
        is_review = self.get_query_argument("review", "") == "1"
        return Visit(self.person.username, room.kind, room.name, partner, is_review)

    async def _enliven(
        self, room: Room, template: Template, link: Link, environment: dict[str, str], held: ExitStack
    ) -> None:
        """Start the kernel of a page that is on its way to its visitor already; until then the template is held."""
        cells = {
            f"cell-{n}": template.notebook.cells[n].source for n in find_visitor_cells(template.notebook)
        }
        try:
            with held, self.templates.forking(self._make_key(room), template):
                manager = await self.kernels.start_room(
                    link.kernel_id, room.path.parent, environment, template.grown.name
                )
            await link.open(manager, cells)
            self._announce(room)
        except RoomLeft:
            self.log.info("%s: left before it had a kernel.", room.path)
        except Exception:  # the page hears of it and offers to be opened again
            self.log.exception("%s: no kernel for a page.", room.path)
            await self.kernels.close_room(link.kernel_id)

    async def _show_stock(
        self,
        room: Room,
        template: Template | None,
        kernel_id: str,
        environment: dict[str, str],
        reason: Reason,
    ) -> None:
        """Show a notebook that the light front end cannot, with Voilà's own, and tell its author so."""
        self.log.warning("%s is shown with Voilà's own front end, slowly: %s.", room.path, reason)
        self.set_header("Content-Security-Policy", content_policy(self.request.host, stock=True))
        start: Any = self.kernels.start_room(
            kernel_id, room.path.parent, environment, template.grown.name if template else KERNEL
        )
        if template:
            with self.templates.forking(self._make_key(room), template):
                manager = await start
            own = await run_visitor_cells(template.notebook, manager)
            page = None if own else template.pages.get(STOCK)
            if page is None:
                notebook = own or deepcopy(template.notebook)
                page = await (await self._prepare_renderer(ExecutedRenderer, room, notebook, reason)).render()
            if not own:
                template.pages[STOCK] = page
            await self.finish(kernel_id.join(page))
            return
        notebook = read_room(room, self._is_teacher)
        await self._stream(
            await self._prepare_renderer(RoomRenderer, room, notebook, reason), kernel_id, start
        )

    async def _stream(self, renderer: RoomRenderer, kernel_id: str, start: Any) -> None:
        """Send a page as its cells are executed, from when its kernel answers: until then it can still be put off."""
        async for piece, _ in renderer.generate_content_generator(kernel_id, start):
            self.write(piece)
            if renderer.kernel_started:
                await self.flush()

    @property
    def _is_teacher(self) -> bool:
        return bool(self.person.groups & READERS_OF_TEACHERS_CELLS)

    async def _prepare_renderer(
        self, kind: type[R], room: Room, notebook: nbformat.NotebookNode, stock: Reason | None = None
    ) -> R:
        """``stock``: why Voilà's own front end is to show it, if it is."""
        voila = self.settings["voila"]
        gettext = translator(room.language)
        look = STOCK if stock else LIGHT
        renderer = kind(
            notebook=notebook,
            failed=say_failed(gettext, room.kind),
            request_handler=self,
            voila_configuration=voila.configurations[look],
            traitlet_config=voila.config,
            notebook_path=str(room.path),
            template_paths=voila.paths[look],
            config_manager=self.config_manager,
            contents_manager=self.contents_manager,
            base_url=self.base_url,
            kernel_spec_manager=self.kernel_spec_manager,
            page_config=voila.build_page_config(),
        )
        await renderer.initialize()
        renderer.resources["sandyq"] = {
            "_": gettext,
            "kind": room.kind,
            "mark": token_hex(8),
            "nonce": NONCE if room.author else "",
            "language": room.language,
            "title": read_title(notebook, room),
            "languages": [(code, LANGUAGE_NAMES[code]) for code in room.languages if code != room.language],
            "slug": room.name,
            "prints": room.kind == "app" and bool(room.author),
            "waits": kind is RoomRenderer,
            "last": max(find_visitor_cells(notebook), default=None) if room.login else None,
            "stock": gettext(stock.text).format(what=stock.what) if stock and self._is_teacher else "",
            "front": self.front_end.describe(self.base_url, notebook),
            "failed": gettext(self.find_failure(500).text),
            "is_whole": is_whole,
            "lighten": lighten,
            "words": make_words(gettext, room.kind),
        }
        return renderer

    @property
    def front_end(self) -> FrontEnd:
        return self.settings["front_end"]

    def _show_broken(self, broken: RoomBroken, *, is_own: bool) -> None:
        """Tell authors what is wrong with their notebook; everybody else that the page cannot be opened."""
        self.set_status(500)
        report = broken.report if self._is_teacher or is_own else None
        self.finish(self.render_failure(AUTHORS_FAILURE if report else self.find_failure(500), report))

    async def _fail(self, room: Room) -> None:
        self.log.exception("%s could not be shown.", room.path)
        if not self._headers_written:
            raise HTTPError(500) from None
        words = translator(self.language)(self.find_failure(500).text)
        self.write(
            f'<p class="sq-failed" role="alert">{escape(words)}</p><script>window.sandyqFailed()</script>'
        )
        await self.finish()


class LessonPage(RoomPage):
    """``lesson/<language>/<slug>``: for pupils those of their own track and those that their class was given."""

    async def find_room(self, **names: str) -> Room | None:
        language, slug = names["language"], names["slug"]
        return find_lesson(Path(self.settings["notebooks_dir"]), language, slug) or find_published(
            self.settings_of_school.published, language, slug
        )

    async def find_refusal(self, room: Room) -> Failure | None:
        groups = self.person.groups
        track = PUPILS if groups & ADULTS or "pupil" not in groups else read_track(room.path)
        if track == PUPILS or await is_assigned(self.settings_of_school, self._make_visit(room)):
            return None
        return NOT_FOR_PUPILS.get(track, self.find_failure(403))


class AppPage(RoomPage):
    """``app/<name>``, for the roles that its notebook names; one that somebody made, for whom the portal says."""

    async def find_room(self, **names: str) -> Room | None:
        if OWN_APP.match(names["name"]):
            return await self._find_own(names["name"])
        room = find_app(Path(self.settings["apps_dir"]), names["name"], self.language)
        if self.person.groups.isdisjoint(read_roles(room.path) if room else APP_ROLES):
            raise HTTPError(403)  # also for an app that is not there: nobody learns which there are
        return room

    async def _find_own(self, name: str) -> Room:
        login = await find_author(self.settings_of_school, Visit(self.person.username, "app", name))
        room = find_own_app(self.settings_of_school.own_apps, name, self.language) if login else None
        if room is None:
            raise HTTPError(403)
        return replace(room, login=login)


class RoomLink(Guard, WebSocketHandler):
    """The WebSocket of a page of ours."""

    is_page = False
    link: Link

    async def get(self, kernel_id: str) -> None:
        if kernel_id not in self.kernels.links:
            raise HTTPError(404)
        self.link = self.kernels.links[kernel_id]
        await super().get(kernel_id)

    def open(self, *_: str) -> None:
        self.set_nodelay(True)
        with self._checked():
            self.link.join(self, int(self.get_query_argument("seen", "0")))

    def on_message(self, message: Frame) -> None:
        with self._checked():
            self.link.hear_page(message)

    def on_close(self) -> None:
        self.link.leave(self)

    def send(self, frame: Frame) -> None:
        with suppress(WebSocketClosedError):  # it comes back and asks for what it missed
            sending = self.write_message(frame, binary=isinstance(frame, bytes))
            sending.add_done_callback(lambda done: done.cancelled() or done.exception())  # the same, later

    @contextmanager
    def _checked(self) -> Iterator[None]:
        try:
            yield
        except (BadMessage, ValueError) as problem:
            app_log.warning("A page of kernel %s is not one of ours: %s", self.link.kernel_id, problem)
            self.close(1008)


class RoomKernel(Guard, KernelHandler):
    """What the page's scripts ask about their kernel, which may be on its way still."""

    is_page = False

    async def get(self, kernel_id: str) -> None:
        if kernel_id in self.kernels:
            await super().get(kernel_id)  # type: ignore[misc] # it always has something to wait for
        else:
            self.finish({"id": kernel_id, "execution_state": "starting"})


class CloseRoom(Guard, APIHandler):
    """Sent by the page as it closes."""

    is_page = False

    async def post(self, kernel_id: str) -> None:
        # A kernel that is at one thing for ever would keep a place for minutes, and nobody waits for it any more.
        is_given_up = self.get_body_argument("now", "") == "1"
        go_on(self.kernels.close_room(kernel_id) if is_given_up else self.kernels.leave_room(kernel_id))
        self.set_status(204)
