"""``./sandyq bench apps`` (one app: ``bench lesson --app NAME``): an app of a school of 600, until it answers.

The clock runs from asking for the page until a part of it has answered from the leader's own kernel, after that has
read the school's data. Stock Voilà cannot be measured beside it: apps speak with the portal, which it does not know.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from pathlib import Path

from district import running_district
from figures import Figure, main, make_figure
from large_school import LEADERS, PASSWORD, close_halls, read_week, running_large_school
from lesson import PATIENCE, Place, enter_ours, make_template, quantile, visit_all
from rehearsal import Demo, signed_in
from sandyq.settings import PROJECT
from sandyq_apps.timetable_solver import solve

DISTRICT = "programme"
"""The app that is measured with a district of 590 people, its officer first."""
SOLVED = 10
"""Seconds in which the large school's timetable is made and proven to be the best."""


def is_for_leaders(notebook: Path) -> bool:
    return "leader" in json.loads(notebook.read_text())["metadata"]["sandyq"]["roles"]


APPS = sorted(path.stem for path in (PROJECT / "voila_apps").glob("*.ipynb") if is_for_leaders(path))


def sign_in(demo: Demo, logins: list[str]) -> list[list[object]]:
    """Return the cookies of so many browsers, each of a person of their own; rooms opened once, unmeasured."""
    jars = []
    for login in logins:
        with signed_in(demo, {"login": login, "password": PASSWORD}) as client:
            client.get("/services/rooms/app/nothing")
            jars.append(list(client.cookies.jar))
    return jars


def measure(demo: Demo, name: str, jars: list[list[object]]) -> list[Figure]:
    place = Place(
        f"http://127.0.0.1:{demo.port}/services/rooms/app/{name}", enter_ours, lambda: demo.forked(name)
    )
    asyncio.run(make_template(place, jars[0]))
    figures = []
    for n in (1, len(jars)):
        seconds, memory, errors = asyncio.run(visit_all(place, jars[:n]))
        last = round(quantile(seconds, 1), 2) if seconds else PATIENCE
        figures += [
            make_figure(f"{name}: opened", "s", last, n=n, target=1 if n == 1 else None),
            make_figure(f"{name}: memory a visitor", "MB", round(memory, 1), n=n),
            make_figure(f"{name}: errors", "1", errors, n=n, target=0),
        ]
    return figures


def time_solver() -> list[Figure]:
    """A whole week from nothing, and the fewest rules that conflict, each proven."""
    with tempfile.TemporaryDirectory() as folder:
        week = read_week(Path(folder))
    figures = []
    for name, school in (("the best week", week), ("what conflicts", close_halls(week))):
        outcome = solve(school)
        proven = outcome.is_best or outcome.is_smallest
        figures.append(
            make_figure(f"timetable: {name}", "s", round(outcome.seconds, 2), target=SOLVED if proven else 0)
        )
    return figures


def run(quick: bool, only: str = "") -> list[Figure]:
    names = [] if only == DISTRICT else [only] if only else APPS[:1] if quick else APPS
    figures = []
    if names:
        with running_large_school() as demo:
            jars = sign_in(demo, [f"leader{number}" for number in range(1, LEADERS + 1)])
            figures = [figure for name in names for figure in measure(demo, name, jars)]
    if only == "timetable" or not (only or quick):
        figures += time_solver()
    if only == DISTRICT or not (only or quick):
        with running_district() as demo:
            jars = sign_in(
                demo, ["district1", *(f"coach{n}" for n in range(4)), *(f"head{n}" for n in range(5))]
            )
            figures += measure(demo, DISTRICT, jars)
    return figures


if __name__ == "__main__":
    only = ""
    if "--app" in sys.argv:
        place = sys.argv.index("--app")
        only = sys.argv[place + 1]
        del sys.argv[place : place + 2]
        if only not in (*APPS, DISTRICT):
            choices = ", ".join((*APPS, DISTRICT))
            sys.exit(f"sandyq bench: there is no app '{only}'. Choose one of: {choices}.")
    sys.exit(main("apps", __doc__, lambda quick: run(quick, only)))
