"""Two schools, their people, a coach, an expert and the district's office, with a course under way."""

from dataclasses import dataclass, field
from datetime import date
from uuid import uuid4

from sandyq.school import journal
from sandyq.school.academy import tables as t
from sandyq.school.database import Database
from sandyq.school.journal import Batch, Edit
from sandyq.school.tables import Person, PersonRole, School

TODAY = date(2026, 11, 26)
PEOPLE = {
    "aigul": ("north", "teacher"),
    "bolat": ("north", "teacher"),
    "head": ("north", "administrator"),
    "dana": ("south", "teacher"),
    "yerlan": ("south", "administrator"),
    "saule": ("office", "coach"),
    "kairat": ("office", "coach"),
    "expert": ("office", "expert"),
    "gulnar": ("office", "district"),
    "pupil": ("north", "pupil"),
    "operator": ("north", "operator"),
}
"""Saule coaches Aigul and Dana; Kairat nobody of these."""


@dataclass
class World:
    database: Database
    people: dict[str, Person] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)
    """Of rows, by what the tests call them."""

    def change(self, who, sheet, values, row=-1, version=0, *, what="x"):
        """Make one edit as somebody; return the row's id."""
        with self.database.session() as session:
            person = session.get_one(Person, self.people[who].id)
            entry = journal.change(
                session, person, Batch(uuid4(), "academy", what, (Edit(sheet, row, version, values),))
            )
            return entry.rows[0]["id"]

    def read(self, who, sheet):
        from sandyq.school.registry import find_sheet

        with self.database.reading() as session:
            person = session.get_one(Person, self.people[who].id)
            return find_sheet(sheet, person).rows(session, person)

    def hear(self, who, *sheets, after=0):
        with self.database.reading() as session:
            person = session.get_one(Person, self.people[who].id)
            return journal.changes_since(session, person, after, sheets)


def build(database):
    """Fill a migrated, empty database."""
    world = World(database)
    with database.session() as session:
        schools = {}
        for name in ("north", "south", "office"):
            schools[name] = School(name=name, language="kk")
            session.add(schools[name])
        session.flush()
        for login, (school, role) in PEOPLE.items():
            world.people[login] = Person(
                school_id=schools[school].id, login=login, family_name=login.title(), given_name="Ә",
                language="kk", roles=[PersonRole(role=role)],
            )  # fmt: skip
            session.add(world.people[login])
        session.flush()
    id_of = {login: person.id for login, person in world.people.items()}
    modules = [{"key": "items", "names": {"kk": "Тапсырма"}, "lesson": "item-analysis"}]
    world.ids["training"] = world.change(
        "gulnar",
        "training",
        {"programme": "literacy", "names": {"kk": "Сауаттылық"}, "modules": modules},
    )
    group = {
        "training_id": world.ids["training"],
        "name": "1-топ",
        "facilitator_id": id_of["saule"],
        "coach_id": id_of["saule"],
        "starts_on": "2026-09-10",
        "ends_on": "2026-10-20",
    }
    world.ids["group"] = world.change("saule", "training_group", group)
    for login in ("aigul", "dana"):
        world.ids[login] = world.change(
            "saule", "participant", {"group_id": world.ids["group"], "person_id": id_of[login]}
        )
    return world


__all__ = ["PEOPLE", "TODAY", "World", "build", "t"]
