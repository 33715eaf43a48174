"""What a certificate of a school's server may be for: its own name and the addresses of private networks."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from socket import AF_INET
from typing import Final

import psutil

LOOPBACK_NAME: Final = "localhost"
LOOPBACK: Final = (ip_address("127.0.0.1"), ip_address("::1"))
NETWORKS: Final[tuple[IPv4Network | IPv6Network, ...]] = tuple(
    map(
        ip_network,
        (
            *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8"),
            *("fc00::/7", "::1/128"),
        ),
    )
)
"""Addresses that the internet leads nowhere."""
LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
SHARED: Final = frozenset(f"{kind}.kz" for kind in ("edu", "gov", "com", "org", "net", "mil"))
"""Under these stand names of many others, and an authority for a name is one for all names under it."""

Address = IPv4Address | IPv6Address


def check_name(name: str) -> str:
    """Return a server's name in small letters; ValueError says what is wrong with it."""
    name = name.strip().lower()
    labels = name.split(".")
    if name == LOOPBACK_NAME:
        return name
    if re.fullmatch(r"[\d.:]+", name):
        why = "is an address; addresses are in the certificate by themselves"
    elif len(name) > 253 or not all(LABEL.fullmatch(label) for label in labels):
        why = "may hold small Latin letters, digits, dashes and dots only"
    elif len(labels) == 1 or name in SHARED:
        why = "stands above names of others"
    else:
        return name
    raise ValueError(f"The server's name '{name}' {why}. Give one such as sandyq.local or school7.edu.kz.")


def is_private(address: Address) -> bool:
    return any(address in network for network in NETWORKS)


def find_addresses() -> list[Address]:
    """Return the addresses at which this machine's school network reaches it just now, without the loopback's.

    IPv4 only, as what the proxy listens on.
    """
    states = psutil.net_if_stats()
    found = {
        ip_address(entry.address)
        for name, entries in psutil.net_if_addrs().items()
        if name in states and states[name].isup
        for entry in entries
        if entry.family == AF_INET
    }
    return sorted((each for each in found if is_private(each) and not each.is_loopback), key=int)
