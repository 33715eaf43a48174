"""A person's kernels know which notebook they belong to."""

import asyncio
import os
from ast import literal_eval
from pathlib import Path

import pytest

from sandyq_hub.kernels import PersonKernels

FIND = {"path": "str(__import__('sandyq_widgets.author').author.find_notebook())"}


async def follow(paths: list[Path]) -> list[str]:
    """Start a kernel for a notebook, rename that as Jupyter's sessions do, and ask the kernel for it each time."""
    kernels = PersonKernels()
    found = []
    number = await kernels.start_kernel(
        kernel_name="python3", env={**os.environ, "JPY_SESSION_NAME": str(paths[0])}
    )
    client = kernels.get_kernel(number).client()
    client.start_channels()
    try:
        await client.wait_for_ready(timeout=60)
        for path in paths:
            kernels.update_env(kernel_id=number, env={**os.environ, "JPY_SESSION_NAME": str(path)})
            reply = await client.execute_interactive("", user_expressions=FIND, timeout=60)
            answer = reply["content"]["user_expressions"]["path"]
            found.append(
                literal_eval(answer["data"]["text/plain"]) if answer["status"] == "ok" else answer["ename"]
            )
    finally:
        client.stop_channels()
        await kernels.shutdown_kernel(number, now=True)
    return found


def test_a_kernel_finds_its_notebook_after_that_was_renamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    paths = [tmp_path / "moj-urok-1.ipynb", tmp_path / "мой урок (овцы).ipynb"]
    for path in paths:
        path.write_text("{}")  # the old name may be another notebook's by now
    assert asyncio.run(follow(paths)) == [str(path) for path in paths]
