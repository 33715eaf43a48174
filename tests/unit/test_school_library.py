"""The library on a real database: who sees, judges, uses and adapts what; editions; what stays."""

import pytest
from tests.unit.academy_world import PEOPLE, build
from tests.unit.library_world import (
    DAY,
    ITEM,
    find_row,
    make_review,
    offer,
    read_shelf,
    review,
    write_anew,
)

from sandyq.school import journal
from sandyq.school.errors import NotAllowed, NotFound, SchoolError
from sandyq.school.tables import Person

ADULTS = set(PEOPLE) - {"pupil", "operator"}


@pytest.fixture
def world(database):
    return build(database)


def who_may_review(world, row):
    may = set()
    for login in PEOPLE:
        try:
            number = review(world, login, row)
        except (NotAllowed, NotFound):
            continue
        may.add(login)
        world.change(login, "reply", None, number, 1)
    return may


def who_sees(world, sheet, row):
    seen = set()
    for login in PEOPLE:
        try:
            if find_row(world, login, sheet, row):
                seen.add(login)
        except NotAllowed:
            continue
    return seen


def join(world, who, name):
    """Put somebody into a community of this name."""
    known = {each["names"]["kk"]: each["id"] for each in world.read("gulnar", "community")}
    number = known.get(name) or world.change("gulnar", "community", {"names": {"kk": name}})
    world.change(who, "academy_profile", {"community_id": number})


def take_back(world, who):
    """Press undo."""
    from uuid import uuid4

    with world.database.session() as session:
        person = session.get_one(Person, world.people[who].id)
        entry = journal.last_own(session, person, "academy")
        journal.undo(session, person, uuid4(), entry.id)


def test_who_may_judge_comes_from_another_school_or_community_or_from_outside(world):
    row = offer(world, "aigul")
    assert who_may_review(world, row) == {"dana", "yerlan", "saule", "kairat", "expert", "gulnar"}
    assert {login for login in ADULTS if read_shelf(world, login, row)["may_review"]} == who_may_review(
        world, row
    )
    join(world, "aigul", "Сандар")
    join(world, "bolat", "Сандар")
    assert "bolat" not in who_may_review(world, row)
    join(world, "head", "Оқу")
    assert who_may_review(world, row) == {"head", "dana", "yerlan", "saule", "kairat", "expert", "gulnar"}


def test_a_draft_is_seen_and_judged_by_nobody_else(world):
    row = offer(world, "aigul", state="draft")
    assert who_sees(world, "resource", row) == {"aigul"}
    assert who_may_review(world, row) == set()


def test_a_work_for_one_school_stays_there_and_with_those_who_judge_it(world):
    row = offer(world, "aigul", licence="school")
    assert who_sees(world, "resource", row) == {
        "aigul",
        "bolat",
        "head",
        "saule",
        "kairat",
        "expert",
        "gulnar",
    }
    assert who_may_review(world, row) == {"saule", "kairat", "expert", "gulnar"}
    with pytest.raises(SchoolError):
        offer(world, "dana", parent_id=row, licence="school")
    assert offer(world, "bolat", parent_id=row, licence="school")


def test_nobody_judges_what_was_adapted_from_their_own(world):
    first = offer(world, "aigul")
    second = offer(world, "dana", parent_id=first)
    third = offer(world, "saule", parent_id=second)
    for login in ("aigul", "dana", "saule"):
        with pytest.raises(NotAllowed):
            review(world, login, third)
    assert review(world, "kairat", third)


def test_a_review_says_all_six_and_its_verdict_is_the_worst_of_them(world):
    row = offer(world, "aigul")
    good = make_review(row)
    for wrong, field in (
        ({"criteria": {"truth": "yes"}}, "data"),
        ({"verdict": "no"}, "data"),
        ({"criteria": good["data"]["criteria"] | {"aim": "maybe"}}, "data"),
    ):
        with pytest.raises(journal.BadEdit) as problem:
            world.change("dana", "reply", good | {"data": good["data"] | wrong})
        assert problem.value.field == field
    with pytest.raises(journal.BadEdit) as problem:
        world.change("dana", "reply", make_review(row, verdict="changes") | {"text": " "})
    assert problem.value.field == "text"
    review(world, "dana", row)
    with pytest.raises(SchoolError, match="already"):
        review(world, "dana", row)


def test_two_who_accept_make_it_accepted_and_an_open_no_keeps_it_from_it(world):
    row = offer(world, "aigul")
    review(world, "dana", row)
    assert not read_shelf(world, "bolat", row)["accepted"]
    refusal = review(world, "kairat", row, verdict="no")
    review(world, "saule", row)
    assert read_shelf(world, "bolat", row) == {
        "id": row,
        "accepted": False,
        "reviews": 3,
        "may_review": False,
    }
    world.change("kairat", "reply", make_review(row), refusal, 1)  # convinced
    assert read_shelf(world, "bolat", row)["accepted"]


def test_nobody_sees_anothers_review_before_giving_their_own(world):
    row = offer(world, "aigul")
    first = review(world, "dana", row)
    assert who_sees(world, "reply", first) == {"dana", "aigul"}
    assert world.hear("kairat", "reply")["rows"] == []
    assert world.hear("kairat", "reply")["entries"] == []
    second = review(world, "kairat", row, verdict="changes")
    assert who_sees(world, "reply", first) == who_sees(world, "reply", second) == {"dana", "kairat", "aigul"}
    review(world, "saule", row)
    assert who_sees(world, "reply", second) == ADULTS  # it is accepted: readers may know why
    review(world, "yerlan", row, verdict="no")
    assert who_sees(world, "reply", first) == {"dana", "kairat", "saule", "yerlan", "aigul"}


def test_a_changed_work_is_a_new_edition_that_is_judged_anew(world):
    row = offer(world, "aigul")
    old = review(world, "dana", row)
    review(world, "saule", row)
    assert read_shelf(world, "bolat", row)["accepted"]
    with pytest.raises(journal.BadEdit) as problem:
        world.change("aigul", "resource", {"body": ITEM["body"] + "!"}, row, 1)
    assert problem.value.field == "edition"
    write_anew(world, "aigul", row, body=ITEM["body"] + "!")
    assert read_shelf(world, "bolat", row) == {
        "id": row,
        "accepted": False,
        "reviews": 0,
        "may_review": False,
    }
    with pytest.raises(SchoolError, match="new edition"):
        review(world, "kairat", row, edition=1)
    for change in (make_review(row, 2), None):  # what was said of the first stays with it
        with pytest.raises(SchoolError):
            world.change("dana", "reply", change, old, 1)
    review(world, "dana", row, edition=2)
    review(world, "kairat", row, edition=2)
    assert read_shelf(world, "bolat", row)["accepted"]
    assert [each["data"]["edition"] for each in world.read("aigul", "reply")] == [1, 1, 2, 2]


def test_a_review_of_an_earlier_edition_is_not_taken_back_by_undo(world):
    row = offer(world, "aigul")
    review(world, "dana", row)
    write_anew(world, "aigul", row, title="Пойыз")
    with pytest.raises(SchoolError, match="closed"):
        take_back(world, "dana")


def test_an_edition_that_was_judged_is_not_taken_back_under_its_reviewers(world):
    """Else other words could be put in its place under the reviews that it already has."""
    row = offer(world, "aigul")
    write_anew(world, "aigul", row, title="Пойыз")
    take_back(world, "aigul")
    assert find_row(world, "aigul", "resource", row)["edition"] == 1
    write_anew(world, "aigul", row, title="Пойыз")
    review(world, "dana", row, edition=2)
    with pytest.raises(SchoolError, match="newer one"):
        take_back(world, "aigul")
    with pytest.raises(journal.BadEdit):
        write_anew(world, "aigul", row, edition=4)


def test_no_other_words_come_under_reviews_that_were_given(world):
    """Neither through an earlier edition, nor by withdrawing, writing and offering again."""
    row = offer(world, "aigul")
    review(world, "dana", row)
    review(world, "saule", row)
    write_anew(world, "aigul", row, body=ITEM["body"] + "!")
    with pytest.raises(SchoolError, match="newer one"):
        world.change("aigul", "resource", {"edition": 1, "body": ITEM["body"] + "?"}, row, 2)
    second = offer(world, "aigul")
    review(world, "dana", second)
    world.change("aigul", "resource", {"state": "draft"}, second, 1)
    with pytest.raises(journal.BadEdit) as problem:
        world.change("aigul", "resource", {"body": ITEM["body"] + "?"}, second, 2)
    assert problem.value.field == "edition"
    write_anew(world, "aigul", second, body=ITEM["body"] + "?", state="offered")
    assert read_shelf(world, "bolat", second)["reviews"] == 0


def test_what_others_rely_on_stays_but_the_district_can_take_it_away(world):
    row = offer(world, "aigul")
    world.change("aigul", "resource", {"state": "draft"}, row, 1)
    world.change("aigul", "resource", {"state": "offered"}, row, 2)
    use = {"sheet": "resource", "row_id": row, "kind": "use", "on": DAY, "data": {"grade": 5, "pupils": 12}}
    world.change("dana", "reply", use)
    for change in ({"state": "draft"}, None):
        with pytest.raises(SchoolError, match="Colleagues use"):
            world.change("aigul", "resource", change, row, 3)
    with pytest.raises(NotAllowed):
        world.change("bolat", "resource", None, row, 3)
    world.change("gulnar", "resource", None, row, 3)
    assert who_sees(world, "resource", row) == set()


@pytest.mark.parametrize(
    ("data", "on", "field"),
    [
        ({"grade": 12, "pupils": 5}, DAY, "grade"),
        ({"grade": 5, "pupils": 0}, DAY, "pupils"),
        ({"grade": 5, "pupils": 5}, "2099-01-01", "on"),
        ({"grade": 5, "pupils": 5, "lesson": "t1-x", "question": "a", "print": "x"}, DAY, "data"),
    ],
)
def test_a_use_says_in_which_grade_with_how_many_and_when(world, data, on, field):
    row = offer(world, "aigul")
    said = {"sheet": "resource", "row_id": row, "kind": "use", "on": on, "data": data}
    with pytest.raises(journal.BadEdit) as problem:
        world.change("dana", "reply", said)
    assert problem.value.field == field


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"licence": "mine"}, "licence"),
        ({"grades": [12]}, "grades"),
        ({"grades": ["5"]}, "grades"),
        ({"competences": ["PISA flying"]}, "competences"),
        ({"language": "fr"}, "language"),
        ({"title": " "}, "title"),
        ({"body": "Жай мәтін"}, "body"),
        ({"body": "", "kind": "plan"}, "body"),
        ({"edition": 3}, "edition"),
    ],
)
def test_a_resource_that_does_not_fit_is_refused_with_its_field(world, wrong, field):
    with pytest.raises(journal.BadEdit) as problem:
        offer(world, "aigul", **wrong)
    assert problem.value.field == field


def test_an_adaptation_keeps_its_licence_and_its_parent(world):
    first = offer(world, "aigul", licence="CC BY-SA 4.0")
    with pytest.raises(journal.BadEdit) as problem:
        offer(world, "dana", parent_id=first, licence="CC BY 4.0")
    assert problem.value.field == "licence"
    second = offer(world, "dana", parent_id=first, licence="CC BY-SA 4.0")
    for change in ({"parent_id": None}, {"licence": "CC0 1.0"}):
        with pytest.raises(journal.BadEdit):
            write_anew(world, "dana", second, **change)
    sealed = offer(world, "aigul", licence="CC BY-ND 4.0")
    with pytest.raises(journal.BadEdit):
        offer(world, "dana", parent_id=sealed, licence="CC BY-ND 4.0")
    draft = offer(world, "aigul", state="draft")
    with pytest.raises(journal.BadEdit):
        offer(world, "dana", parent_id=draft)


def test_who_adapted_a_work_gives_it_back_once_it_is_offered(world):
    first = offer(world, "aigul")
    second = offer(world, "dana", parent_id=first, state="draft")
    give = {"sheet": "resource", "row_id": first, "kind": "give", "on": DAY, "data": {"resource": second}}
    with pytest.raises(SchoolError):
        world.change("dana", "reply", give)
    world.change("dana", "resource", {"state": "offered"}, second, 1)
    told = world.change("dana", "reply", give)
    assert find_row(world, "aigul", "reply", told)["data"] == {"resource": second}
    with pytest.raises(SchoolError, match="already"):
        world.change("dana", "reply", give)
    with pytest.raises(SchoolError):
        world.change("bolat", "reply", give)


def test_pupils_and_operators_have_no_library(world):
    row = offer(world, "aigul")
    for login in ("pupil", "operator"):
        assert read_shelf(world, login, row) is None
        with pytest.raises(NotAllowed):
            world.read(login, "resource")
        with pytest.raises((NotAllowed, NotFound)):
            offer(world, login)
