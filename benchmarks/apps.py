"""``./sandyq bench apps`` (one app: ``bench lesson --app NAME``): an app of a school of 600, until it answers.

The clock runs from asking for the page until a part of it has answered from the leader's own kernel, after that has
read the school's data. Stock Voilà cannot be measured beside it: apps speak with the portal, which it does not know.
"""

from __future__ import annotations

import asyncio
import sys

from figures import Figure, main, make_figure
from large_school import LEADERS, PASSWORD, running_large_school
from lesson import PATIENCE, Place, enter_ours, make_template, quantile, visit_all
from rehearsal import Demo, signed_in
from sandyq.settings import PROJECT

APPS = sorted(path.stem for path in (PROJECT / "voila_apps").glob("*.ipynb"))


def sign_leaders_in(demo: Demo, count: int) -> list[list[object]]:
    """Return the cookies of so many browsers, each of a leader of their own; rooms opened once, unmeasured."""
    jars = []
    for number in range(1, count + 1):
        with signed_in(demo, {"login": f"leader{number}", "password": PASSWORD}) as client:
            client.get("/services/rooms/app/nothing")
            jars.append(list(client.cookies.jar))
    return jars


def measure(demo: Demo, name: str, jars: list[list[object]]) -> list[Figure]:
    place = Place(
        f"http://127.0.0.1:{demo.port}/services/rooms/app/{name}", enter_ours, lambda: demo.forked(name)
    )
    asyncio.run(make_template(place, jars[0]))
    figures = []
    for n in (1, LEADERS):
        seconds, memory, errors = asyncio.run(visit_all(place, jars[:n]))
        last = round(quantile(seconds, 1), 2) if seconds else PATIENCE
        figures += [
            make_figure(f"{name}: opened", "s", last, n=n, target=1 if n == 1 else None),
            make_figure(f"{name}: memory a visitor", "MB", round(memory, 1), n=n),
            make_figure(f"{name}: errors", "1", errors, n=n, target=0),
        ]
    return figures


def run(quick: bool, only: str = "") -> list[Figure]:
    names = [only] if only else APPS[:1] if quick else APPS
    with running_large_school() as demo:
        jars = sign_leaders_in(demo, LEADERS)
        return [figure for name in names for figure in measure(demo, name, jars)]


if __name__ == "__main__":
    only = ""
    if "--app" in sys.argv:
        place = sys.argv.index("--app")
        only = sys.argv[place + 1]
        del sys.argv[place : place + 2]
        if only not in APPS:
            sys.exit(f"sandyq bench: there is no app '{only}'. Choose one of: {', '.join(APPS)}.")
    sys.exit(main("apps", __doc__, lambda quick: run(quick, only)))
