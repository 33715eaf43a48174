"""A teacher's pages over 600 hand-ins, for ``bench grade``: a release, all answers to a question, all releases.

Measured is what the portal's application needs for a page, over HTTP in one process, with SQLite on the disk.
"""

from __future__ import annotations

import json
import statistics
import time
from datetime import date
from pathlib import Path

from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from figures import Figure, make_figure
from sandyq.school import assignments, grading
from sandyq.school.database import Database
from sandyq.school.people import find_person
from sandyq.school.tables import (
    AcademicYear,
    ClassGroup,
    Membership,
    Person,
    PersonRole,
    School,
    Submission,
)
from sandyq.settings import PROJECT, Settings
from sandyq_portal import handing_in
from sandyq_portal.app import create_app
from sandyq_portal.identity import find_login
from sandyq_portal.packets import Packet, keep_packet

HAND_INS = 600
CLASS = 30
PACKET = PROJECT / "assignments/notebooks/informatics-7/python-prices/kk"
TEACHER = "teacher"
SECOND = 1.0
TIMES = 5
YEAR = [{"starts": "2020-09-01", "ends": "2099-08-31"}] * 4


def measure_pages(folder: Path, quick: bool) -> list[Figure]:
    """Return the seconds that each page takes (median), with its count of hand-ins."""
    count = CLASS if quick else HAND_INS
    settings = Settings(home=folder)
    database = Database(settings.database_url)
    database.migrate()
    one = give(settings, database, "A", count)
    for number in range(count // CLASS):
        give(settings, database, f"B{number}", CLASS)
    database.close()
    app = create_app(settings)
    app.dependency_overrides[find_login] = lambda: TEACHER
    pages = {
        "the list of a release": f"/{one}",
        "a question across all hand-ins": f"/{one}/marks?cell=prices/why",
        "all releases of a teacher": "",
    }
    with TestClient(app) as browser:
        return [
            make_figure(
                f"{name}, until the page is there", "s", _time(browser, path, count), n=count, target=SECOND
            )
            for name, path in pages.items()
        ]


def _time(browser: TestClient, path: str, count: int) -> float:
    seconds = []
    for _ in range(TIMES):
        began = time.perf_counter()
        reply = browser.get(f"/services/portal/assignments{path}")
        seconds.append(time.perf_counter() - began)
        assert reply.status_code == 200, reply.text
    assert path == "" or reply.text.count("<tr>") + reply.text.count("<article") >= count
    return round(statistics.median(seconds), 3)


def give(settings: Settings, database: Database, name: str, count: int) -> int:
    """Make a class whose pupils have all handed in and were graded; return the release's number."""
    packet = Packet(PACKET, json.loads((PACKET / "assignment.json").read_text("utf-8")))
    checksum, packed = handing_in.digest(packet.read("release"))
    with database.session() as session:
        teacher, group = _find_teacher(session), _make_class(session, name)
        course = assignments.find_course(session, group.id, "Informatics", teacher)
        assignment = assignments.add_assignment(session, course, packet.about, teacher)
        keep_packet(settings, assignment, packet)
        release = assignments.release_assignment(session, assignment, teacher)
        for number in range(count):
            pupil = _add_person(session, f"{name.lower()}-{number}", "pupil")
            member = Membership(person_id=pupil, class_id=group.id, role="pupil", since=date(2020, 9, 1))
            session.add(member)
            path = handing_in.path_of(settings, release.id, pupil, checksum)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(packed)  # without waiting for the disk, as all here
            _grade(settings, session, assignments.add_submission(session, release, pupil, checksum, 1))
        return release.id


def _grade(settings: Settings, session: Session, submission: Submission) -> None:
    """Do the grader's part: points for the tests, the answer is left to the teacher."""
    job = grading.queue_grading(session, submission)
    (about,) = submission.release.assignment.about["notebooks"]
    cells = [
        {"id": cell["id"], "score": cell["points"] if cell["kind"] == "tests" else None, "failure": None}
        for cell in about["cells"]
    ]
    notebook = {"name": about["name"], "missing": False, "cells": cells}
    grading.finish_job(
        session, job, {"status": "graded", "message": "", "notebooks": [notebook], "flags": []}
    )
    executed = handing_in.executed_path(settings, submission, about["name"])
    executed.write_bytes((PACKET / f"source/{about['name']}.ipynb").read_bytes())


def _find_teacher(session: Session) -> int:
    """Return the one teacher, made at first with the school and its year."""
    if found := find_person(session, TEACHER):
        return found.id
    session.add(School(id=1, name="Bench", language="kk"))
    session.flush()
    session.add(AcademicYear(id=1, school_id=1, name="now", quarters=YEAR))
    session.flush()
    return _add_person(session, TEACHER, "teacher")


def _make_class(session: Session, name: str) -> ClassGroup:
    group = ClassGroup(school_id=1, year_id=1, name=name, grades=[7], language="kk")
    session.add(group)
    session.flush()
    return group


def _add_person(session: Session, login: str, role: str) -> int:
    person = Person(school_id=1, login=login, family_name=login.title(), given_name="Айша", language="kk")
    person.roles = [PersonRole(role=role)]
    session.add(person)
    session.flush()
    return person.id
