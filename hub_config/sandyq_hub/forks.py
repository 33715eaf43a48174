"""What this server forks: kernels, people's servers, executed notebooks; with which modules and within which limits."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

from sandyq.prefork.wishes import Limits
from sandyq.settings import Settings
from sandyq_hub.isolation import COUNT, PEOPLE, VISITORS, number_of

KERNEL, PERSON, PLAIN = "kernel", "person", "plain"
"""Templates: a kernel, a person's server, and whatever program is named (the stock way, under the person's uid)."""
NOTEBOOK = "sandyq.prefork.notebook"
"""The recipe of a lesson's or an app's own template."""
PRELOAD = """
pandas ipywidgets matplotlib.pyplot anywidget nbformat nbclient sandyq_widgets
sandyq_apps.attendance sandyq_apps.kit.app
"""
WARM_UP = """
from sandyq.i18n import LANGUAGES
from sandyq_apps.kit.speech import Speech
for speech in map(Speech, LANGUAGES):
    speech("Try again"), speech.date("2026-01-01"), speech.number(1.5)
import numpy, pandas, matplotlib.pyplot, ipywidgets, sys
table = pandas.DataFrame({"class": ["5A", "5B", "5A"], "value": numpy.arange(3.0)})
table.groupby("class").value.mean().describe()
table._repr_html_()
ipywidgets.VBox([ipywidgets.IntSlider(), ipywidgets.HTML("text")])
print(table)
try:
    assert False, "whatever shows an error for the first time does it slowly"
except AssertionError:
    get_ipython().showtraceback()
sys.last_type = sys.last_value = sys.last_traceback = None
table.groupby("class").value.mean()
"""
"""What a kernel does not use as it starts comes first: what it uses stands together, and fewer pages are its own."""
NICE = 10
"""People's code steps back before the server's own parts, which all wait for."""
TEMPLATE_LIMITS = Limits(memory=1024 * 2**20, processes=256)
"""While a notebook is executed for all its visitors: its author may have forgotten to end a loop, or fork on and on."""
LESSON_LIMITS = Limits(
    memory=512 * 2**20, processes=128, files=512, file_size=64 * 2**20, nice=NICE, disk=256 * 2**20
)
PERSON_LIMITS = Limits(memory=1024 * 2**20, processes=256, files=1024, file_size=512 * 2**20, nice=NICE)
KERNELS_OF_ONE_PERSON = 6
CALLERS = ("hub", "rooms", "grader")
"""Parts that have processes forked."""


def limit_person(settings: Settings) -> Limits:
    """What a person's server and each of its kernels may use."""
    return replace(PERSON_LIMITS, disk=settings.disk_quota * 2**20)


def visitors_folder(settings: Settings) -> Path:
    """Where each visitor of a room has a home while the visit lasts."""
    return Path(settings.fork_socket).parent / "visitors"


def build_command(settings: Settings) -> list[str]:
    """The command that runs the fork server."""
    base = settings.uid_base
    numbers = {
        "uids": [base + PEOPLE, COUNT],
        "visitors": [base + VISITORS, COUNT],
        "author": number_of(settings, "authors"),
        "watchers": [number_of(settings, "portal")],
    }
    plan = (numbers if base else {}) | {
        "socket": settings.fork_socket,
        "callers": sorted({os.getuid(), *(number_of(settings, name) for name in CALLERS)}),
        "homes": [str(settings.homes), str(visitors_folder(settings))],
        "recipes": [NOTEBOOK],
        "templates": {
            KERNEL: {
                "recipe": "sandyq.prefork.kernel",
                "preload": ",".join(PRELOAD.split()),
                "warm_up": WARM_UP,
            },
            PERSON: {"recipe": "sandyq_hub.person"},
            PLAIN: {"recipe": "sandyq.prefork.plain"},
        },
    }
    return [sys.executable, "-m", "sandyq.prefork", json.dumps(plan)]


def build_environment() -> dict[str, str]:
    """What the fork server's own process gets; its children get an environment of their own each."""
    kept = {
        name: os.environ[name] for name in ("HOME", "LANG", "LC_ALL", "TMPDIR", "TZ") if name in os.environ
    }
    return kept | {
        "PATH": os.environ.get("PATH", os.defpath),
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
