"""The rooms application: Voilà with our routes, our guard and none of its own doors."""

from __future__ import annotations

import asyncio
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from jupyter_core.utils import run_sync
from jupyterhub.services.auth import HubOAuth
from jupyterlab_server.config import get_federated_extensions
from tornado.ioloop import IOLoop, PeriodicCallback
from tornado.web import Application
from traitlets import Instance, Unicode, default
from traitlets.config import Config
from voila._version import __version__ as voila_version
from voila.app import Voila
from voila.configuration import VoilaConfiguration
from voila.paths import STATIC_ROOT, collect_template_paths
from voila.static_file_handler import MultiStaticFileHandler
from voila.utils import get_page_config, get_voila_labextensions_path

from sandyq.prefork.client import RESTART_TIME
from sandyq.prefork.trees import remove_tree
from sandyq.settings import Settings, read_secret
from sandyq_hub.forks import visitors_folder
from sandyq_hub.rooms.assets import Asset, ExtensionAsset, FrontEndAsset, TemplateAsset
from sandyq_hub.rooms.environment import RoomKernelSpecs, build_template_environment, describe_audience
from sandyq_hub.rooms.front_end import FrontEnd
from sandyq_hub.rooms.guard import Callback, Figures, Health, HubIdentity, Nowhere
from sandyq_hub.rooms.handlers import (
    LIGHT,
    STOCK,
    AppPage,
    CloseRoom,
    LessonPage,
    RoomKernel,
    RoomLink,
)
from sandyq_hub.rooms.kernels import RoomKernels
from sandyq_hub.rooms.renderer import log_failure
from sandyq_hub.rooms.templates import Key, Templates
from sandyq_hub.rooms.traffic import ALLOWED, RoomConnection, RoomSocket

KERNEL = r"(?P<kernel_id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
IDENTITY_CACHE = 60
"""Seconds for which the hub's word on who somebody is, and in which groups, is believed."""
LARGEST_MESSAGE = 17 * 2**20
"""Bytes; our front end sends 16 MB and says so when something is larger."""
PINGS = {"ws_ping_interval": 15_000, "ws_ping_timeout": 45_000, "websocket_ping_interval": 30}
"""How Jupyter's WebSockets (milliseconds) and ours (seconds) look for browsers that are gone. Jupyter looks how old the
last answer is before it asks again, so what is too old is several times the interval: else nobody stays."""
EXTENSIONS = ["@jupyter-widgets/jupyterlab-manager", "@voila-dashboards/widgets-manager8", "anywidget"]
"""What Voilà's front end needs of JupyterLab's extensions. Others are for editors, and some break it."""


class VoilaAsset(Asset, MultiStaticFileHandler):
    """Voilà's own scripts."""


def list_extensions() -> list[str]:
    """Those extensions, and the ones of all widget libraries that are installed besides."""
    installed = get_federated_extensions(get_voila_labextensions_path())
    return [*EXTENSIONS, *(name for name, about in installed.items() if _has_widgets(about))]


def _has_widgets(extension: dict[str, Any]) -> bool:
    shared = extension["jupyterlab"].get("sharedPackages") or {}
    return "@jupyter-widgets/base" in {*extension["dependencies"], *shared}


def build_config() -> Config:
    """Voilà's settings in rooms."""
    config = Config()
    config.Voila.open_browser = False
    config.VoilaConfiguration.update(
        template=STOCK,
        theme="light",
        allow_template_override="NO",
        allow_theme_override="NO",
        show_tracebacks=False,
        preheat_kernel=False,
        progressive_rendering=False,
        strip_sources=True,
        extension_allowlist=list_extensions(),
        attempt_fix_notebook=False,
        multi_kernel_manager_class=RoomKernels,
        kernel_spec_manager_class=RoomKernelSpecs,
    )
    config.VoilaExecutor.update(timeout=60, allow_errors=True, on_cell_error=log_failure)
    config.RoomKernels.update(
        cull_idle_timeout=15 * 60, cull_interval=60, allow_tracebacks=False, buffer_offline_messages=True
    )
    config.KernelManager.transport = "ipc"
    config.KernelRestarter.restart_limit = 0  # a kernel begun anew would know nothing of the page before it
    return config


class Rooms(Voila):
    """Serves lessons and apps to people whom the hub knows."""

    name = "voila"  # Voilà's handlers look their application up by this name
    settings = Instance(Settings)
    runtime = Instance(Path)
    templates = Instance(Templates)
    notebooks_dir = Unicode(config=True, help="Built lessons: <folder>/<language>/<slug>.ipynb.")
    apps_dir = Unicode(config=True, help="Apps: <folder>/<name>.ipynb.")

    @default("notebooks_dir")
    def _default_notebooks_dir(self) -> str:
        return str(self.settings.notebooks)

    @default("apps_dir")
    def _default_apps_dir(self) -> str:
        return str(self.settings.apps)

    def initialize(self, argv: list[str] | None = None) -> None:
        self.update_config(build_config())
        self.config_file_paths = [str(self.runtime)]  # no voila.json of somebody's home or folder
        self.hub_auth = HubOAuth.instance(cache_max_age=IDENTITY_CACHE)
        self.base_url = self.server_url = self.hub_auth.base_url
        self.port = self.settings.rooms_port
        self.root_dir = self.notebooks_dir
        self.cookie_secret = bytes.fromhex(read_secret(self.settings, "rooms-cookies"))
        self.identity_provider_class = HubIdentity
        self.kernel_websocket_connection_class = RoomConnection
        super().initialize(argv)
        # traitlets' handler alone would keep back what is lower, after it was all made
        self.log.setLevel(self.log_level)

    @default("templates")
    def _default_templates(self) -> Templates:
        home = self.runtime / "jupyter"
        patience = RESTART_TIME if self.settings.uid_base else 0  # else the stock way works at once

        def describe(key: Key) -> dict[str, str]:
            return build_template_environment(describe_audience(key.language, key.for_teachers), home)

        return Templates(describe, patience=patience)

    @cached_property
    def configurations(self) -> dict[str, VoilaConfiguration]:
        """Voilà's settings for pages with our front end and with its own."""
        return {look: VoilaConfiguration(parent=self, template=look) for look in (LIGHT, STOCK)}

    @cached_property
    def paths(self) -> dict[str, list[str]]:
        """Where the templates of the two are looked for."""
        return {look: collect_template_paths(["voila", "nbconvert"], look) for look in (LIGHT, STOCK)}

    def init_settings(self) -> dict[str, Any]:
        settings: dict[str, Any] = super().init_settings()
        self.kernel_manager.allowed_message_types = list(ALLOWED)
        self.kernel_manager.isolated = bool(self.settings.uid_base)
        homes = visitors_folder(self.settings) if self.settings.uid_base else self.runtime / "homes"
        self.kernel_manager.homes = str(homes)
        return settings | {
            "sandyq": self.settings,
            "templates": self.templates,
            "front_end": FrontEnd(),
            "notebooks_dir": self.notebooks_dir,
            "apps_dir": self.apps_dir,
            "default_handler_class": Nowhere,
            "allow_unauthenticated_access": False,
            "websocket_max_message_size": LARGEST_MESSAGE,
            **PINGS,
            "compress_response": True,
            "mathjax_url": None,  # without an address Voilà takes the MathJax that it brings along
            "mathjax_config": None,
        }

    def build_page_config(self) -> dict[str, Any]:
        """What the front end is told; script addresses carry the versions of what they lead to."""
        page: dict[str, Any] = get_page_config(
            self.base_url, self.app.settings, self.log, self.voila_configuration
        )
        versions = repr((voila_version, page["federated_extensions"]))
        release = sha256(versions.encode()).hexdigest()[:12]
        page["fullStaticUrl"] += f"-{release}"
        page["fullLabextensionsUrl"] += f"-{release}"
        return page

    def init_handlers(self) -> list[Any]:
        """All routes of rooms; Voilà's tree, files, contents and execution routes are not among them."""
        extensions = get_voila_labextensions_path([])
        routes: list[Any] = [
            ("health", Health),
            ("metrics", Figures),
            ("oauth_callback", Callback),
            (r"lesson/(?P<language>\w+)/(?P<slug>[\w-]+)", LessonPage),
            (r"app/(?P<name>[\w-]+)", AppPage),
            (f"api/kernels/{KERNEL}", RoomKernel),
            (f"api/kernels/{KERNEL}/channels", RoomSocket),
            (f"api/kernels/{KERNEL}/link", RoomLink),
            (f"voila/api/shutdown/{KERNEL}", CloseRoom),
            (r"static/([\w.-]+)", FrontEndAsset),
            (rf"voila/templates/({STOCK}/static/.*)", TemplateAsset),
            (r"voila/static-\w+/(.*)", VoilaAsset, {"paths": [*self.static_paths, STATIC_ROOT]}),
            (r"voila/labextensions-\w+/(.*)", ExtensionAsset, {"path": extensions}),
        ]
        return [(self.base_url + route, *rest) for route, *rest in routes]

    def start(self) -> None:
        asyncio.set_event_loop(asyncio.new_event_loop())
        self.connection_dir = str(self.runtime / "kernels")
        for folder in ("kernels", "homes"):
            (self.runtime / folder).mkdir(mode=0o700)
        self.app = Application(**self.init_settings())
        self.app.add_handlers(".*$", self.init_handlers())
        self.listen()

    def listen(self) -> None:
        try:
            self.app.listen(self.port, "127.0.0.1", xheaders=True, reuse_port=bool(self.settings.uid_base))
        except OSError as problem:
            self.log.critical(
                f"Rooms cannot use port {self.port}: {problem.strerror}. Set SANDYQ_ROOMS_PORT."
            )
            self.exit(1)
        self.log.info("Rooms answer on port %s under %s", self.port, self.base_url)
        self.ioloop = IOLoop.current()
        PeriodicCallback(self.templates.drop_idle, 60_000).start()
        try:
            self.ioloop.start()
        except KeyboardInterrupt:
            self.log.info("Stopping.")
        finally:
            self.stop()

    def stop(self) -> None:
        """End all kernels at once: what people answered is with the portal already."""
        run_sync(self.kernel_manager.shutdown_all)(now=True)
        self.templates.close()
        remove_tree(self.runtime)
