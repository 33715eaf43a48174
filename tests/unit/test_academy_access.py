"""Who reads and writes whose rows of the Academy: every sheet and list × every role, computed from the running portal.

``academy_access.toml`` says it for people seen from the asker: ``self``, ``guided`` by them, at their ``school``, or
any ``other``. A sheet, a list or a role without a line fails: think, then add it.
"""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest
from academy_world import build, t
from portal_school import PREFIX, School

from sandyq.school import journal
from sandyq.school.academy.sheets import ACADEMY
from sandyq.school.centre.roster import LISTS as ROSTER
from sandyq.school.database import today
from sandyq.school.errors import NotAllowed, NotFound, SchoolError
from sandyq.school.journal import Batch, Edit
from sandyq.school.registry import find_sheet
from sandyq.school.tables import ROLES, Person, PersonRole
from sandyq.school.tables import School as SchoolRow
from sandyq_portal.routes.centre import LISTS, PERSONAL

MATRIX = tomllib.loads(Path(__file__).with_name("academy_access.toml").read_text("utf-8"))
ASKERS = {
    "pupil": "pupil", "teacher": "bolat", "leader": "leader", "administrator": "head", "operator": "operator",
    "coach": "saule", "expert": "expert", "district": "gulnar",
}  # fmt: skip
OTHERS = ("aigul", "dana", "yerlan", "kairat")
"""Of the askers' school and of others; Saule guides the first two."""
ON = date(2026, 11, 1)
SHEETS = [sheet.name for sheet in ACADEMY]
NOT_OF_PEOPLE = {"own_question", "shelf", "item_answers"}
"""Lists of questions, works and answers: see ``test_apps_experts.py``, ``test_school_library.py``."""
OWN_LISTS = sorted(
    set(LISTS) - set(ROSTER) - NOT_OF_PEOPLE - {"passport_child", "passport_author", "survey_roster"}
)
"""Those of the centre: see ``test_school_passport.py``, ``test_apps_survey_years.py``."""


class Ground:
    """A row of each sheet about each person; those outside saw and led what needs a second one."""

    def __init__(self, home):
        self.school = School(home, is_new=False)
        self.school.database.migrate()
        self.world = build(self.school.database)
        self.people = dict(self.world.people)
        self.rows = {}
        with self.school.database.session() as session:
            self._add_outsiders(session)
            for login in (*ASKERS.values(), *OTHERS):
                self._add_rows(session, self.people[login])

    def _add(self, session, row):
        session.add(row)
        session.flush()
        return row

    def _add_outsiders(self, session):
        away = self._add(session, SchoolRow(name="away", language="kk"))
        north = self.people["pupil"].school_id
        for login, school_id, role in (("far", away.id, "coach"), ("leader", north, "leader")):
            self.people[login] = self._add(
                session,
                Person(
                    school_id=school_id, login=login, family_name=login, given_name="Ә", language="kk",
                    roles=[PersonRole(role=role)],
                ),
            )  # fmt: skip

    def _add_rows(self, session, person):
        far, own = self.people["far"].id, {"school_id": person.school_id}
        words = {"kk": "х"}

        def keep(row):
            self.rows[row.__tablename__, person.id] = self._add(session, row).id
            return row

        training = keep(
            t.Training(**own, programme="literacy", names=words, modules=[{"key": "x", "names": words}])
        )
        guide = self.people["saule"].id if person.login in ("aigul", "dana") else far
        group = keep(
            t.TrainingGroup(
                **own,
                training_id=training.id,
                name="1",
                facilitator_id=guide,
                coach_id=guide,
                starts_on=ON,
                ends_on=ON,
            )
        )
        meeting = keep(
            t.TrainingSession(**own, group_id=group.id, module="x", on=ON, starts="15:00", minutes=9)
        )
        member = keep(t.Participant(**own, group_id=group.id, person_id=person.id))
        keep(t.TrainingPresence(**own, session_id=meeting.id, person_id=person.id, state="present"))
        part = {"participant_id": member.id, "on": ON}
        keep(t.TrainingExam(**own, **part, person_id=person.id, points=1, of=2))
        keep(t.Certificate(**own, **part, person_id=person.id, number="1", signed="x"))
        evidence = keep(t.Evidence(**own, **part, by=person.id, task="month:1", kind="lesson", text="х"))
        keep(t.CoachVisit(**own, by=far, person_id=person.id, on=ON, kind="call", saw="х"))
        keep(t.Community(**own, names=words))
        keep(t.SchoolPlace(**own, latitude=1, longitude=1))
        keep(t.AcademyProfile(**own, by=person.id))
        keep(t.PeerNeed(**own, by=person.id, kind="need", topic="code"))
        keep(t.Pairing(**own, mentor_id=far, learner_id=person.id, topic="code", since=ON))
        keep(t.Observation(**own, by=far, person_id=person.id, on=ON, lesson="х", focus="х"))
        keep(t.LessonStudy(**own, by=person.id, members=[person.id], question="х"))
        expert = keep(t.ExpertSession(**own, title="х", expert="х"))
        keep(t.ExpertQuestion(**own, session_id=expert.id, by=person.id, text="х"))
        keep(
            t.Resource(
                **own,
                by=person.id,
                kind="plan",
                title="х",
                language="kk",
                licence="CC0",
                body="х",
                state="draft",
            )
        )
        keep(t.Ticket(**own, by=person.id, text="х"))
        keep(t.Notice(**own, by=person.id, titles=words, texts={}, since=ON, until=today()))
        keep(t.Reply(**own, by=far, sheet="evidence", row_id=evidence.id, kind="review", on=ON))

    def kind_of(self, asker, person):
        """Return who somebody is to the asker."""
        if person.id == asker.id:
            return "self"
        if asker.login == "saule" and person.login in ("aigul", "dana"):
            return "guided"
        return "school" if person.school_id == asker.school_id else "other"

    def sort(self, role, reached):
        """Return the kinds of people of whom a role reaches all; of none it reaches a part alone."""
        asker, found = self.people[ASKERS[role]], {}
        for login in {*ASKERS.values(), *OTHERS}:
            person = self.people[login]
            found.setdefault(self.kind_of(asker, person), set()).add(reached(person))
        return {kind: answers for kind, answers in found.items() if True in answers}

    def read(self, role, sheet):
        """Return the rows that the portal's API gives an app; None when it refuses."""
        reply = self.school.kernel(ASKERS[role], "app", "x").get(f"{PREFIX}/api/centre?sheets={sheet}")
        assert reply.status_code in (200, 403), (role, sheet, reply.text)
        return reply.json()["sheets"][sheet] if reply.status_code == 200 else None

    def may_write(self, role, sheet, person):
        """Try to write a row again as it is; what is only wrong with the row itself is no matter of rights."""
        number = self.rows[sheet, person.id]
        with self.school.database.session() as session:
            asker = session.get_one(Person, self.people[ASKERS[role]].id)
            try:
                found = find_sheet(sheet, asker, to_write=True).find(session, asker, number)
                if found is None:
                    return False
                journal.change(
                    session, asker, Batch(uuid4(), "x", "x", (Edit(sheet, number, found.version, {}),))
                )
            except (NotAllowed, NotFound):
                return False
            except SchoolError:
                return True
            finally:
                session.rollback()
        return True


@pytest.fixture(scope="module")
def ground(tmp_path_factory):
    return Ground(tmp_path_factory.mktemp("access"))


def spell(kinds):
    """Return ``self, school``; a kind of whom only some are reached is marked."""
    order = ("self", "guided", "school", "other")
    return (
        ", ".join(f"{kind}*" if False in kinds[kind] else kind for kind in order if kind in kinds) or "nobody"
    )


def test_every_sheet_list_and_role_has_its_line():
    assert set(MATRIX["read"]) == set(MATRIX["write"]) == set(SHEETS)
    assert set(MATRIX["list"]) == set(OWN_LISTS) <= PERSONAL
    for table in MATRIX.values():
        for name, line in table.items():
            assert set(line) == set(ROLES), name


@pytest.mark.parametrize("role", ROLES)
def test_whose_rows_a_role_reads(ground, role):
    found = {}
    for sheet in SHEETS:
        rows = ground.read(role, sheet)
        seen = {row["id"] for row in rows or ()}
        kinds = ground.sort(
            role, lambda person, sheet=sheet, seen=seen: ground.rows[sheet, person.id] in seen
        )
        found[sheet] = "refused" if rows is None else spell(kinds)
    assert found == {sheet: line[role] for sheet, line in MATRIX["read"].items()}


@pytest.mark.parametrize("role", ROLES)
def test_whose_rows_a_role_changes(ground, role):
    found = {
        sheet: spell(ground.sort(role, lambda person, sheet=sheet: ground.may_write(role, sheet, person)))
        for sheet in SHEETS
    }
    assert found == {sheet: line[role] for sheet, line in MATRIX["write"].items()}


@pytest.mark.parametrize("role", ROLES)
def test_of_whom_lists_tell_a_role(ground, role):
    found = {}
    for name in OWN_LISTS:
        rows = ground.read(role, name)
        told = {row.get("person_id", row["id"]) for row in rows or ()}
        kinds = ground.sort(role, lambda person, told=told: person.id in told)
        found[name] = "refused" if rows is None else spell(kinds)
    assert found == {name: line[role] for name, line in MATRIX["list"].items()}


def test_without_a_visit_there_is_nothing(ground):
    for name in (*SHEETS, *OWN_LISTS):
        for login in (None, "gulnar"):
            assert ground.school.sign_in(login).get(f"{PREFIX}/api/centre?sheets={name}").status_code == 401
