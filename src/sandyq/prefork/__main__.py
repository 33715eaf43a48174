"""``python -m sandyq.prefork PLAN``: be a fork server until SIGTERM. PLAN is JSON, see ``server.Plan``.

``--template WORK DESCRIPTOR``: be one of its base templates; it starts them by itself.
"""

from __future__ import annotations

import json
import logging
import os
import resource
import signal
import socket
import sys
from pathlib import Path

from sandyq.prefork.client import sockets_folder
from sandyq.prefork.nursery import Work, run_nursery
from sandyq.prefork.processes import become_subreaper
from sandyq.prefork.randomness import Generators
from sandyq.prefork.records import Plan
from sandyq.prefork.server import TEMPLATE, Server


def main() -> None:
    if sys.path[0] == str(Path.cwd()):  # ``python -m`` puts it there, and every child would import from it
        del sys.path[0]
    os.umask(0o077)
    if sys.argv[1] == TEMPLATE:
        _, _, work, control = sys.argv
        run_nursery(Work(**json.loads(work)), socket.socket(fileno=int(control)), Generators([]))
    # Not in a template: its children would find their logging set up already.
    logging.basicConfig(format="%(asctime)s %(name)s: %(message)s")
    plan = Plan(**json.loads(sys.argv[1]))
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(
        resource.RLIMIT_NOFILE, (most, most)
    )  # two descriptors a child, and 1024 are soon used up
    become_subreaper()  # children of a template that ends become ours
    for folder in (sockets_folder(plan.socket), *map(Path, plan.homes)):
        folder.mkdir(exist_ok=True)
        folder.chmod(0o711)  # children pass through it to their own
    server = Server(plan)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: server.stop())
    server.serve()
    Path(plan.socket).unlink(missing_ok=True)


if __name__ == "__main__":
    main()
