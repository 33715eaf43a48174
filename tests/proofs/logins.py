"""``./sandyq prove logins``: thirty sign in and start their servers and kernels at once, ten times; no errors."""

from __future__ import annotations

import asyncio
import sys

from tests.proofs.results import finish, read_options

from bell import School, ring
from rehearsal import running_demo, wait_for
from sandyq.settings import Settings
from sandyq_hub.roles import HubApi, _end_server


def prove(runs: int, count: int) -> tuple[list[float], list[str]]:
    """Return the seconds until the last one was at work, by run, and what went wrong."""
    seconds, problems = [], []
    with running_demo() as demo:
        pupils = [(a["login"], a["password"]) for a in demo.accounts() if a["role"] == "pupil"][:count]
        school = School(demo.url, pupils, lambda: demo.forked("person"))
        api = HubApi(Settings.load(demo.home))
        for number in range(runs):
            took, errors, _ = asyncio.run(ring(school, count))
            seconds.append(round(max(took, default=0), 1))
            problems += [f"run {number}: somebody did not get there"] * errors
            for login, _ in pupils:
                _end_server(api, login)
            wait_for(lambda: not demo.forked("person"), "all servers to end")
    return seconds, problems


def main() -> int:
    options = read_options()
    runs, count = (1, 2) if options.quick else (10, 30)
    seconds, problems = prove(runs, count)
    figures = {"runs": runs, "at once": count, "the last one at work, s": seconds, "errors": len(problems)}
    return finish("logins", figures, problems, options.save)


if __name__ == "__main__":
    sys.exit(main())
