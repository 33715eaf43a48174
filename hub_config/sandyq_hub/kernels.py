"""Kernels of a person's own server: as many as the fork server grants, and plain words to whoever wants one more.

What the fork server refuses would start the stock way, at four times the memory, and so without any limit.
"""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from textwrap import fill
from typing import Any

from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from tornado.web import HTTPError

from sandyq.durable import write_durably
from sandyq.i18n import translator_of_person
from sandyq_hub.forks import KERNELS_OF_ONE_PERSON

LINE = 70
"""Letters: Jupyter's window for an error breaks no lines by itself."""


class PersonKernels(AsyncMappingKernelManager):
    """Jupyter's own, up to the limit."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._on_their_way = 0

    async def start_kernel(self, **wish: Any) -> str:  # type: ignore[override] # Jupyter's has two types
        """HTTPError 409 when this person has as many as they may, those included that are being started."""
        if len(self) + self._on_their_way >= KERNELS_OF_ONE_PERSON:
            _ = translator_of_person()
            told = _(
                "{count} notebooks are running already, and more at once are not possible. Shut one down "
                "that you no longer need – closing its page is not enough –, then open this one again."
            )
            raise HTTPError(409, f"\n{fill(told.format(count=KERNELS_OF_ONE_PERSON), LINE)}\n")
        self._on_their_way += 1
        try:
            started: str = await super().start_kernel(**wish)
        finally:
            self._on_their_way -= 1
        return started

    def update_env(self, *, kernel_id: str, env: dict[str, str]) -> None:
        """Tell a running kernel, too, how its notebook is called now; Jupyter tells the next one only.

        Where it told the old name: in the connection file, which the kernel can read.
        """
        super().update_env(kernel_id=kernel_id, env=env)
        if kernel_id not in self:
            return
        file = Path(self.get_kernel(kernel_id).connection_file)
        with suppress(OSError, ValueError):  # it is ending
            told = json.loads(file.read_text("utf-8")) | {"jupyter_session": env.get("JPY_SESSION_NAME", "")}
            write_durably(file, json.dumps(told, indent=2).encode())
