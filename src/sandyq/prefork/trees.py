"""Removing what others filled: folders as deep and as strange as their owners could make them."""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress


def remove_tree(path: str | os.PathLike[str]) -> None:
    """Remove a file or a folder with all that is in it, as far as one may; never raises, never follows a link.

    ``shutil.rmtree`` calls itself and keeps a descriptor open for each folder in a folder: somebody who nests
    a thousand of them ends it by an exception that is no ``OSError``.
    """
    with suppress(OSError):
        command = ["rm", "-rf", "--one-file-system", "--", path]
        subprocess.run(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
