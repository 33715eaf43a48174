"""``./sandyq prove regrade``: work is graded again and the process is killed in the middle, 200 times; what the teacher
gave stays.

A real portal over a real database is a process of its own that hands in, queues, takes and answers as pupils and the
grader do, as fast as it can, until it is killed at a moment taken by chance. Then the database is opened anew.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import tempfile
import traceback
from pathlib import Path
from random import Random
from typing import NoReturn

from assignment_school import give, grade, hand_in, keep_mark, notebook, write_packet
from portal_school import School
from sqlalchemy import select as choose
from sqlalchemy import text
from tests.proofs.results import finish, read_options

from sandyq.school.tables import CellMark, GradingJob, Submission

LONGEST = 0.3
"""Seconds from a hand-in to the kill at the most: some hand-ins and gradings."""
Given = dict[tuple[int, str], tuple[float | None, str, int]]
"""Pupil and cell → points, words and count of changes by the teacher."""


def prepare(home: Path) -> tuple[int, list[tuple[int, str]]]:
    """Make a school in which a class's answers have a teacher's points; return the release, and who they are."""
    school = School(home)
    write_packet(school.settings)
    teacher = school.sign_in(school.login("teacher"))
    group = school.class_of(school.login("teacher"))
    release = int(give(teacher, group).headers["location"].rpartition("/")[2])
    pupils = [(each.id, each.login) for each in school.pupils(group)]  # each may hand in 50 times
    for number, (person, login) in enumerate(pupils):
        hand_in(school, login, release)
        grade(school)
        keep_mark(teacher, release, person, str(number % 3 / 2), comment=f"сөз {number}")
    school.database.close()
    return release, pupils


def regrade(home: Path, release: int, pupils: list[tuple[int, str]], seed: int, tells: int) -> NoReturn:
    """Hand in anew and grade with other scores, again and again; say so when the first job is under way."""
    random, school = Random(seed), School(home, is_new=False)
    while True:
        _, login = random.choice(pupils)
        changed = notebook(f"total = {random.random()}", f"Because {random.random()}")
        os.write(tells, b".")
        taken = hand_in(school, login, release, **{"prices.ipynb": json.dumps(changed)})
        assert taken.is_success, taken.text
        grade(school, score=random.choice([0.0, 1.0, 3.0]))


def read_given(school: School) -> Given:
    with school.database.reading() as session:
        marks = session.scalars(choose(CellMark).where(CellMark.given.is_not(None)))
        return {(mark.person_id, mark.cell): (mark.given, mark.comment, mark.changes) for mark in marks}


def look(home: Path, before: Given) -> list[str]:
    """What is wrong after a kill; the queue goes on, too."""
    school = School(home, is_new=False)
    try:
        with school.database.reading() as session:
            state = session.execute(text("PRAGMA integrity_check")).scalar()
            waiting = session.scalars(
                choose(GradingJob).where(GradingJob.state.in_(("waiting", "running")))
            ).all()
            lone = {job.submission_id for job in waiting} - set(session.scalars(choose(Submission.id)))
        after = read_given(school)
        problems = [] if state == "ok" else [f"the database is damaged: {state}"]
        problems += [f"job of a hand-in that is not there: {number}" for number in lone]
        problems += [
            f"pupil {person}, cell {cell}: {given} became {after.get((person, cell))}"
            for (person, cell), given in before.items()
            if after.get((person, cell)) != given
        ]
        return problems
    finally:
        school.database.close()


def prove(kills: int, seed: int, home: Path) -> tuple[list[str], int]:
    """Return what is wrong, and how many marks were looked at."""
    release, pupils = prepare(home)
    school = School(home, is_new=False)
    before = read_given(school)
    school.database.close()
    random, problems, done = Random(seed), [], 0
    for number in range(kills):
        told, tells = os.pipe()
        if (pid := os.fork()) == 0:
            try:
                regrade(home, release, pupils, seed + number, tells)
            except BaseException:
                traceback.print_exc()
                raise
            finally:
                os._exit(1)
        os.close(tells)
        for _ in range(random.randint(1, 3)):
            done += len(os.read(told, 1))  # it is at work
        select.select([], [], [], random.random() * LONGEST)  # the moment is chance's
        os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        done += len(os.read(told, 4096))
        os.close(told)
        if not os.WIFSIGNALED(status):
            problems.append(f"kill {number}: the process had ended by itself")
        problems += [f"kill {number}: {problem}" for problem in look(home, before)]
    assert done > kills, "it was killed before it did anything"
    return problems, kills * len(before)


def main() -> int:
    options = read_options()
    kills = 5 if options.quick else 200
    with tempfile.TemporaryDirectory() as folder:
        problems, looked = prove(kills, options.seed, Path(folder) / "home")
    return finish("regrade", {"kills": kills, "marks looked at": looked}, problems, options.save)


if __name__ == "__main__":
    sys.exit(main())
