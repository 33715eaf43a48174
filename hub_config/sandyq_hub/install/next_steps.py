"""What an operator does after the installation: where to open the server, and the code that lets them set it up."""

from __future__ import annotations

from collections.abc import Iterator

from sandyq.layout import Layout
from sandyq.school.first_run import is_set_up, write_code
from sandyq.settings import Settings, read_secret
from sandyq.tls.names import find_addresses


def describe_next(layout: Layout) -> Iterator[str]:
    """Give the lines that stand at the end of an installation."""
    if not layout.is_live:
        yield (
            "systemd does not run here, so nothing was started. On a machine with systemd the server starts with it; "
            "then sandyq install prints what comes next."
        )
        return
    settings = layout.read_settings()
    if is_set_up(settings):
        yield f"The school is set up: {' or '.join(list_addresses(settings))}"
        return
    yield f"Open {' or '.join(list_addresses(settings))} and set up the school with this code:"
    yield f"    {write_code(read_secret(settings, 'setup'))}"
    if settings.plain_port:
        trust = settings.trust_address(settings.tls_name)
        yield f"The browser warns until it is told to trust this server: {trust} says how."
    yield "It is good until the school is set up. Tell it nobody; sandyq install prints it again."


def list_addresses(settings: Settings) -> list[str]:
    """Return where browsers in the network find the server."""
    scheme, usual = ("https", 443) if settings.tls_name else ("http", 80)
    port = "" if settings.port == usual else f":{settings.port}"
    named = [settings.tls_name] if settings.tls_name else []
    hosts = named + [str(address) for address in find_addresses()]
    return [f"{scheme}://{host}{port}/" for host in hosts or ["127.0.0.1"]]
