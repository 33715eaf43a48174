"""``python -m sandyq_hub.install.trial``: does this version work with this school's data? With ports of its own.

An upgrade runs it with the new version while the door is shut: nobody is told "saved" by a server that is taken back.
"""

from __future__ import annotations

import os
import sys
from urllib.error import URLError
from urllib.request import urlopen

from sandyq.settings import Settings
from sandyq_hub.isolation import find_obstacle
from sandyq_hub.parts import PartFailed
from sandyq_hub.preparing import prepare
from sandyq_hub.roles import reconcile
from sandyq_hub.supervisor import Supervisor

PAGES = ("/services/portal/health", "/services/rooms/health", "/hub/login")
PATIENCE = 600.0
"""Seconds that the slowest machine may take."""


def main() -> None:
    os.umask(0o077)
    settings = Settings.from_environment()
    if obstacle := find_obstacle(settings.home, settings.content):
        sys.exit(f"Nobody can be isolated from anybody: {obstacle}")
    prepare(settings)
    supervisor = Supervisor(settings, print, lambda: None, lambda: None)
    try:
        supervisor.start(lambda: False, PATIENCE)
        reconcile(settings)
        for page in PAGES:
            with urlopen(settings.address + page, timeout=60) as reply:  # noqa: S310 # loopback
                reply.read()
    except (PartFailed, URLError) as error:
        sys.exit(str(error))
    finally:
        supervisor.stop()


if __name__ == "__main__":
    main()
