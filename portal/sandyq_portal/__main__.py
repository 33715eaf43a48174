"""``python -m sandyq_portal``: serve the portal on the loopback address; the proxy stands in front."""

from __future__ import annotations

import uvicorn

from sandyq.settings import Settings
from sandyq_portal.app import create_app


def main() -> None:
    settings = Settings.from_environment()
    uvicorn.run(
        create_app(settings),
        host="127.0.0.1",
        port=settings.portal_port,
        log_level="warning",
        server_header=False,
        proxy_headers=True,
    )


if __name__ == "__main__":
    main()
