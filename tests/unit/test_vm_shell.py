"""The shell through which the virtual machine is told what to do: what it answers is what the command said."""

from __future__ import annotations

import os
import pty
import socket
import subprocess
import sys
import threading
from contextlib import suppress

import pytest

from sandyq.settings import PROJECT

sys.path.append(str(PROJECT / "tests" / "vm"))

from boot import Machine


@pytest.fixture
def machine(tmp_path):
    """A machine whose serial line is an interactive shell's of this one."""
    outer, inner = pty.openpty()
    shell = subprocess.Popen(
        ["/bin/sh", "-i"], stdin=inner, stdout=inner, stderr=inner, start_new_session=True
    )
    os.close(inner)
    door = socket.socket(socket.AF_UNIX)
    door.bind(str(tmp_path / "shell"))
    door.listen()

    def carry() -> None:
        with suppress(OSError):
            while True:
                line = door.accept()[0]
                back = threading.Thread(target=answer, args=(line,), daemon=True)
                back.start()
                while typed := line.recv(65536):
                    os.write(outer, typed)

    def answer(line: socket.socket) -> None:
        with suppress(OSError):
            while said := os.read(outer, 65536):
                line.sendall(said)

    threading.Thread(target=carry, daemon=True).start()
    yield Machine(tmp_path)
    shell.kill()
    shell.wait()
    door.close()
    os.close(outer)


def test_what_is_told_is_what_the_command_said_and_nothing_that_the_shell_asks_with(machine):
    assert machine.tell("echo 332").strip() == "332"
