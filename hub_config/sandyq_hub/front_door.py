"""How the proxy is started: the one program that all visitors meet, over HTTPS where the server has a name for it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sandyq.settings import PROJECT, Settings

FRONT_DOOR: Final = Path(__file__).with_name("front_door.cjs")
REUSE_PORT: Final = Path(__file__).with_name("reuse_port.cjs")
ERROR_PAGES: Final = Path(__file__).parent / "templates" / "proxy"
PROXY: Final = PROJECT / "node_modules" / "configurable-http-proxy" / "bin" / "configurable-http-proxy"
CIPHERS: Final = ":".join(
    [
        "TLS_AES_128_GCM_SHA256",
        "TLS_AES_256_GCM_SHA384",
        "TLS_CHACHA20_POLY1305_SHA256",
        *(
            f"ECDHE-{kind}-{cipher}"
            for kind in ("ECDSA", "RSA")
            for cipher in ("AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305")
        ),
    ]
)
"""All with forward secrecy and authenticated; TLS 1.3's first. Windows 7's last Chrome and Firefox know them."""


def build_command(settings: Settings, node: str) -> Sequence[str]:
    """Return the proxy's command line; what else it needs to know it reads in its environment (``SANDYQ_*``)."""
    certificate = settings.folder("tls") / "server.pem"
    tls = [f"--ssl-key={certificate}", f"--ssl-cert={certificate}", f"--ssl-ciphers={CIPHERS}"]
    return [
        node,
        *(["--require", str(REUSE_PORT)] if settings.uid_base else []),
        *("--require", str(FRONT_DOOR)),
        str(PROXY),
        f"--ip={settings.listen}",
        f"--port={settings.port}",
        "--api-ip=127.0.0.1",
        f"--api-port={settings.proxy_api_port}",
        f"--default-target=http://127.0.0.1:{settings.hub_port}",
        f"--error-path={ERROR_PAGES}",
        "--log-level=warn",
        *(tls if settings.tls_name else []),
    ]
