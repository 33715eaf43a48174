"""The recipe for what cannot be prepared: any program, with the same uid, limits and cleaning up."""

from __future__ import annotations

import os

from sandyq.prefork.child import LISTENER, READY, tell_ready
from sandyq.prefork.nursery import Tell
from sandyq.prefork.wishes import Launch


def prepare(options: dict[str, str], tell: Tell) -> object:  # noqa: ARG001 # recipes have one form
    """Nothing to prepare."""
    return {}


def run(launch: Launch) -> int:
    """Become the program ``argv``; 127, as in a shell, when there is none of that name."""
    argv = launch.argv
    if launch.payload:
        from sandyq.prefork.kernel import write_connection

        argv = write_connection(launch)
    if launch.sockets:
        os.umask(0o007)  # their folder has its client's group, and nobody else gets into it
    if LISTENER not in os.environ:  # else the program says itself when it listens
        tell_ready()
    for name in (LISTENER, READY):
        if number := os.environ.get(name):
            os.set_inheritable(int(number), True)
    try:
        os.execvp(argv[0], argv)  # noqa: S606 # a program of the caller's choice is the point
    except OSError:
        return 127
