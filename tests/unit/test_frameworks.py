"""The competences' data: whole, named in every language, with a source."""

from __future__ import annotations

import pytest

from sandyq.frameworks import known_competences, read_frameworks
from sandyq.i18n import LANGUAGES


@pytest.mark.parametrize(
    ("code", "areas", "competences"),
    [("DigComp", 5, 21), ("DigCompEdu", 6, 22), ("ICT-CFT", 3, 18), ("PISA", 5, 18)],
)
def test_a_framework_has_all_its_areas_and_competences(code: str, areas: int, competences: int) -> None:
    framework = read_frameworks()[code]
    assert (len(framework.areas), len(framework.competences)) == (areas, competences)
    assert sum(len(framework.of_area(area)) for area in framework.areas) == competences
    assert framework.source
    assert framework.licence


def test_everything_has_a_name_of_its_own_in_every_language() -> None:
    for framework in read_frameworks().values():
        for names in (
            framework.names,
            *framework.areas.values(),
            *(each.names for each in framework.competences),
        ):
            assert set(names) == set(LANGUAGES)
            assert len({names["kk"], names["ru"], names["en"]}) == len(LANGUAGES)


def test_a_number_people_know_is_told_with_the_name() -> None:
    assert known_competences()["DigComp 3.4"].tell("kk") == "3.4 · Бағдарламалау"
    assert known_competences()["PISA reading.locate"].tell("en") == "Locate information"
