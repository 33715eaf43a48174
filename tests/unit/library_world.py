"""Resources of the library and what is said of them, in the Academy's two schools and the office."""

from sandyq.school.academy.words import criteria

ITEM = {
    "kind": "item",
    "title": "Автобус",
    "language": "kk",
    "licence": "CC BY 4.0",
    "grades": [5],
    "competences": ["PISA reading.locate"],
    "body": "%%choice id=item points=1\nҚай автобус ерте келеді?\n- [ ] 3\n- [x] 7 | Кестеде 7:40.\n- [ ] 9",
    "state": "offered",
}
DAY = "2026-11-20"


def offer(world, who, **values):
    """Put a resource on the shelf; return its id."""
    return world.change(who, "resource", ITEM | values)


def make_review(row, edition=1, verdict="yes", *, worst="truth"):
    said = dict.fromkeys(criteria(), "yes") | {worst: verdict}
    data = {"edition": edition, "criteria": said, "verdict": verdict}
    return {
        "sheet": "resource",
        "row_id": row,
        "kind": "review",
        "text": "" if verdict == "yes" else "Кілтін қараңыз",
        "data": data,
        "on": DAY,
    }


def review(world, who, row, edition=1, verdict="yes"):
    return world.change(who, "reply", make_review(row, edition, verdict))


def find_row(world, who, sheet, row):
    return next((each for each in world.read(who, sheet) if each["id"] == row), None)


def write_anew(world, who, row, **values):
    """A new edition by the author."""
    old = find_row(world, who, "resource", row)
    world.change(who, "resource", {"edition": old["edition"] + 1} | values, row, old["version"])


def read_shelf(world, who, row):
    from sandyq.school.academy.shelf import list_shelf
    from sandyq.school.tables import Person

    with world.database.reading() as session:
        person = session.get_one(Person, world.people[who].id)
        rows = list_shelf(session, person, None)
    found = next((each for each in rows if each["id"] == row), None)
    return found and {name: found[name] for name in ("id", "accepted", "reviews", "may_review")}
