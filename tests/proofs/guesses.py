"""``./sandyq prove guesses``: how many guesses in a row are let through, also over restarts; how long the owner waits.

The throttle of the sign-in, over a real database that is opened anew between guesses, meets those who guess at one
account from one PC, at one from many PCs, and at many accounts from one PC. The clock is the proof's own. The long form
also guesses at a real server's form, and kills the hub meanwhile.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path

import httpx
from tests.proofs.results import finish, read_options

from rehearsal import post_sign_in, running_demo
from sandyq.school.database import Database
from sandyq.school.throttle import LONGEST_WAIT, record_failure, record_success, seconds_to_wait

START = datetime(2026, 9, 1, 9, tzinfo=UTC)
MOST_IN_A_ROW = 100
VICTIM, THEIR_PC, NEW_PC = "aidos", "10.0.0.5", "10.0.0.6"
Guess = tuple[str, str]
"""Login, address."""


def from_one_pc() -> Iterator[Guess]:
    return ((VICTIM, "10.0.9.9") for _ in cycle([0]))


def from_many_pcs() -> Iterator[Guess]:
    return (
        (VICTIM, f"10.{1 + number // 65536 % 255}.{number // 256 % 256}.{number % 256}")
        for number in count_on()
    )


def at_many_accounts() -> Iterator[Guess]:
    return ((f"pupil{number}", "10.0.9.9") for number in count_on())


def at_a_class_from_a_class() -> Iterator[Guess]:
    return ((f"pupil{number % 30}", f"10.0.8.{number % 29}") for number in count_on())


def count_on() -> Iterator[int]:
    number = 0
    while True:
        yield number
        number += 1


ATTACKS = [from_one_pc, from_many_pcs, at_many_accounts, at_a_class_from_a_class]


def attack(url: str, guesses: Iterator[Guess], most: int, restart_every: int) -> tuple[int, float]:
    """Guess at once whatever may be guessed at once; return the most in a row at one account or from one address, and
    the longest that the victim would have waited at a PC of their own or at a new one.

    A guess that must wait ends the rows of its account and its address: the guesser waits, as the clock does.
    """
    rows: dict[str, int] = {}
    longest_row, longest_wait, at = 0, 0.0, START
    database = Database(url)
    for number, (login, address) in enumerate(islice(guesses, most)):
        if number % restart_every == 0:
            database.close()
            database = Database(url)
        with database.session() as session:
            if (wait := seconds_to_wait(session, login, address, at)) > 0:
                rows.pop(login, None)
                rows.pop(address, None)
                at += timedelta(seconds=wait)
            record_failure(session, login, address, at)
            for key in (login, address):
                rows[key] = rows.get(key, 0) + 1
                longest_row = max(longest_row, rows[key])
            for pc in (THEIR_PC, NEW_PC):
                longest_wait = max(longest_wait, seconds_to_wait(session, VICTIM, pc, at))
            own = seconds_to_wait(session, VICTIM, THEIR_PC, at)
            assert own == 0, f"the owner waits {own} s at their own PC"
    database.close()
    return longest_row, longest_wait


def prove(folder: Path, most: int) -> tuple[dict[str, int], float, list[str]]:
    in_a_row, longest, problems = {}, 0.0, []
    database = Database(f"sqlite:///{folder / 'empty.sqlite'}")
    database.migrate()
    with database.session() as session:
        record_success(session, VICTIM, THEIR_PC, START)
    database.engine.dispose()  # the last connection writes all into the one file
    for name in ATTACKS:
        shutil.copy(folder / "empty.sqlite", folder / f"{name.__name__}.sqlite")
        url = f"sqlite:///{folder / name.__name__}.sqlite"
        what = name.__name__.replace("_", " ")
        in_a_row[what], wait = attack(url, name(), most, restart_every=10)
        longest = max(longest, wait)
        if in_a_row[what] > MOST_IN_A_ROW:
            problems.append(f"{what}: {in_a_row[what]} guesses in a row were let through")
    if longest > LONGEST_WAIT:
        problems.append(f"the owner would have waited {longest} s")
    return in_a_row, longest, problems


def guess_at_a_server() -> tuple[int, list[str]]:
    """Guess at a real form until told to wait; kill the hub; return how many were let through."""
    with running_demo() as demo:
        victim = demo.account("teacher")
        with httpx.Client(base_url=demo.url, follow_redirects=True, timeout=60) as client:
            for let_through in range(MOST_IN_A_ROW + 1):  # counted
                if post_sign_in(client, victim["login"], f"wrong {let_through}").status_code == 429:
                    break
            demo.kill("hub")
            again = [post_sign_in(client, victim["login"], "wrong").status_code for _ in range(2)]
        # the first wait may be over when the hub is back; one more guess must wait again, as if it had not been away
        problems = [] if 429 in again else [f"after the hub was killed the next guesses got {again}"]
        problems += [f"{let_through} guesses were let through"] if let_through > MOST_IN_A_ROW else []
    return let_through, problems


def main() -> int:
    options = read_options()
    with tempfile.TemporaryDirectory() as folder:
        in_a_row, longest, problems = prove(Path(folder), 120 if options.quick else 3000)
    figures = {"let through in a row": in_a_row, "the owner waits at most, s": longest}
    if not options.quick:
        os.umask(0o022)
        let_through, more = guess_at_a_server()
        figures["at a real form"], problems = let_through, problems + more
    return finish("guesses", figures, problems, options.save)


if __name__ == "__main__":
    sys.exit(main())
