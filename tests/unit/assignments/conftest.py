"""One assignment that is given to a class."""

from __future__ import annotations

import pytest
from assignment_school import divide, give, write_packet
from portal_school import School


@pytest.fixture
def school(tmp_path):
    school = School(tmp_path)
    write_packet(school.settings)
    return school


@pytest.fixture
def teacher(school):
    return school.sign_in(school.login("teacher"))


@pytest.fixture
def group(school):
    return school.class_of(school.login("teacher"))


@pytest.fixture
def release(teacher, group):
    gone = give(teacher, group)
    assert gone.status_code == 303, gone.text
    return int(gone.headers["location"].rpartition("/")[2])


@pytest.fixture
def halves(school, teacher, group):
    """The class in two groups; returns the first pupils of each."""
    pupils = school.pupils(group)
    for number, half in enumerate((pupils[::2], pupils[1::2]), 1):
        assert divide(teacher, group, f"Ағылшын {number}", [each.id for each in half]).status_code == 303
    return pupils[0], pupils[1]
