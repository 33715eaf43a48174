"""What the server refuses of a launch plan, whoever asks; and that another list can be taken back whole."""

from uuid import uuid4

import pytest

from sandyq.i18n import load_translations
from sandyq.school import journal
from sandyq.school.errors import Conflict, Invalid
from sandyq.school.journal import Batch, Edit
from sandyq.school.registry import SHEETS
from sandyq_apps.launch_data import read_template


def keep(session, leader, *edits):
    return journal.change(session, leader, Batch(uuid4(), "launch", "…", edits))


def plan(**values):
    return Edit("launch_plan", -1, 0, {"name": "P", "starts_on": "2026-11-24", "facts": {}} | values)


def step(number=-2, plan_id=-1, **values):
    return Edit(
        "launch_step", number, 0, {"plan_id": plan_id, "key": "a", "names": {"kk": "А"}, "days": 1} | values
    )


def rows(session, leader):
    return SHEETS["launch_step"].rows(session, leader)


def test_a_school_has_one_plan(session, leader):
    keep(session, leader, plan())
    with pytest.raises(Conflict, match="already"):
        keep(session, leader, plan(name="Q"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"days": 0},
        {"days": 251},
        {"begun_on": "2026-11-24", "done_on": "2026-11-23"},
        {"names": {}},
        {"names": {"kk": ""}},
    ],
)
def test_a_step_that_cannot_be_is_refused(session, leader, wrong):
    with pytest.raises(Invalid) as refusal:
        keep(session, leader, plan(), step(**wrong))
    for language in ("kk", "ru"):
        assert load_translations(language).gettext(refusal.value.template) != refusal.value.template


def test_the_whole_template_is_kept_and_another_list_is_taken_back_whole(session, leader):
    template = [step(-2 - number, **each) for number, each in enumerate(read_template().steps)]
    keep(session, leader, plan(), *template)
    before = rows(session, leader)
    assert [row["key"] for row in before] == [each["key"] for each in read_template().steps]
    removed = [Edit("launch_step", row["id"], row["version"]) for row in before]
    replaced = keep(session, leader, *removed, step(plan_id=before[0]["plan_id"], key="only"))
    assert [row["key"] for row in rows(session, leader)] == ["only"]
    journal.undo(session, leader, uuid4(), replaced.id)
    after = rows(session, leader)
    assert [row | {"version": 0} for row in after] == [row | {"version": 0} for row in before]
