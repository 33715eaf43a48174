"""The sample school beside a server's own: who signs in how, what apps' kernels show; for the server's own program.

python sample_school.py
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select

from sandyq.layout import find_own_layout
from sandyq.school import sample
from sandyq.school.academy import tables as t
from sandyq.school.database import Database, today
from sandyq.school.tables import Person
from sandyq.settings import Settings
from sandyq.visits import Visit, sign_visit

CLASS = "7А"


def make(settings: Settings) -> dict[str, Any]:
    """Make it; return logins and secrets, visit tokens, and a participant who lacks nothing for a certificate."""
    database = Database(settings.database_url)
    database.migrate()
    with database.session() as session:
        accounts = sample.make_schools(session, today())
    participant, _ = fulfil(database)
    database.close()

    def find(role: str, class_name: str = "") -> sample.Account:
        return next(each for each in accounts if each.role == role and class_name in each.class_name)

    people = {role: find(role, CLASS) for role in ("teacher", "pupil")}
    kernels = {"leader": "passport", "coach": "training"}
    return {
        **{role: (each.login, each.secret) for role, each in people.items()},
        **{role: sign_visit(settings, Visit(find(role).login, "app", app)) for role, app in kernels.items()},
        "class": CLASS,
        "participant": participant,
    }


def fulfil(database: Database) -> tuple[int, str]:
    """Fill in what the oldest group of the sample lacks for one participant; return their id and their login."""
    with database.session() as session:
        exam = session.scalar(select(t.TrainingExam).order_by(t.TrainingExam.points.desc()))
        assert exam
        participant = session.get_one(t.Participant, exam.participant_id)
        group = session.get_one(t.TrainingGroup, participant.group_id)
        own = {"school_id": participant.school_id, "by": participant.person_id}
        for module in session.get_one(t.Training, group.training_id).modules:
            evidence = t.Evidence(
                **own, participant_id=participant.id, task=f"practice:{module['key']}", on=group.ends_on,
                kind="reflection", text="…",
            )  # fmt: skip
            session.add(evidence)
            session.flush()
            session.add(
                t.Reply(
                    school_id=group.school_id, by=group.coach_id, sheet="evidence", row_id=evidence.id,
                    kind="review", data={"accepted": True}, on=group.ends_on,
                )
            )  # fmt: skip
        return participant.id, session.get_one(Person, participant.person_id).login


if __name__ == "__main__":
    layout = find_own_layout()
    assert layout, "this is for an installed server"
    print(json.dumps(make(layout.read_settings())))
