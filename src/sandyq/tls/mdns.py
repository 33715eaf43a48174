"""The server's name in a network without a name server: Debian's Avahi (mDNS) tells it, we tell Avahi which."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Final

from sandyq.durable import write_durably
from sandyq.tls.names import Address

ENDING: Final = ".local"
AVAHI: Final = Path("/etc/avahi")
SETTINGS: Final = "avahi-daemon.conf"
ANNOUNCED: Final = Path("services") / "sandyq.service"
SERVICE: Final = """<?xml version="1.0" standalone="no"?>
<!DOCTYPE service-group SYSTEM "avahi-service.dtd">
<!-- Written by: ./sandyq tls announce -->
<service-group>
  <name>{name}</name>
  <service>
    <type>_https._tcp</type>
    <port>{port}</port>
  </service>
</service-group>
"""
ANSWER: Final = 5.0
"""Seconds to wait for an answer from the network."""


def announce(name: str, port: int, folder: Path = AVAHI) -> list[Path]:
    """Have Avahi tell ``<name>.local`` to the network; return the files that changed: then Avahi is to be restarted.

    ValueError for a name that is not for mDNS, OSError where Avahi is not installed.
    """
    changes = _list_changes(name, port, folder)
    for path, text in changes.items():
        path.parent.mkdir(exist_ok=True)
        write_durably(path, text.encode(), 0o644)
    return list(changes)


def is_told(name: str, port: int, folder: Path = AVAHI) -> bool:
    """True when Avahi tells the name, and where neither it nor the name is there for that."""
    host = name.removesuffix(ENDING)
    is_ours = name.endswith(ENDING) and "." not in host
    return not (is_ours and (folder / SETTINGS).exists() and _list_changes(name, port, folder))


def _list_changes(name: str, port: int, folder: Path) -> dict[Path, str]:
    host = name.removesuffix(ENDING)
    if not name.endswith(ENDING) or "." in host:
        raise ValueError(
            f"The name '{name}' is told by a name server, not by Avahi, which knows NAME.local only."
        )
    settings = folder / SETTINGS
    if not settings.exists():
        raise FileNotFoundError(f"{settings} is missing. Install Avahi: apt install avahi-daemon avahi-utils")
    wanted = {
        settings: _configure(settings.read_text("utf-8"), {"host-name": host, "use-ipv6": "no"}),
        folder / ANNOUNCED: SERVICE.format(name=escape(f"Sandyq {host}"), port=port),
    }
    return {
        path: text for path, text in wanted.items() if not path.exists() or path.read_text("utf-8") != text
    }


def _configure(text: str, wanted: dict[str, str]) -> str:
    """Set what stands in the section [server] of Avahi's settings; all else stays as it was."""
    for key, value in wanted.items():
        line = f"{key}={value}"
        text, found = re.subn(rf"^#?{key}=.*$", line, text, count=1, flags=re.MULTILINE)
        if not found:
            text = text.replace("[server]", f"[server]\n{line}", 1)
    return text


def resolve(name: str) -> str:
    """Return the address at which the network says that a name is; empty when nobody answers, or Avahi is missing."""
    program = shutil.which("avahi-resolve")
    if not program:
        return ""
    try:
        told = subprocess.run(
            [program, "-4", "-n", name], capture_output=True, text=True, timeout=ANSWER, check=False
        )
    except subprocess.TimeoutExpired:
        return ""
    return told.stdout.split()[-1] if told.stdout.split() else ""


def find_rival(name: str, own: Iterable[Address]) -> str:
    """Return the address of another machine that answers to the server's name; empty when none does."""
    if not name.endswith(ENDING):
        return ""
    there = resolve(name)
    return "" if there in {*map(str, own), "127.0.0.1", ""} else there
