"""Which competences of a framework the lessons teach, and which they do not yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sandyq.frameworks import Competence, Framework, read_frameworks
from sandyq_portal.catalogue import Lesson

SHOWN: Final = ("DigComp", "PISA")


@dataclass(frozen=True)
class AreaCoverage:
    names: dict[str, str]
    rows: list[tuple[Competence, list[Lesson]]]
    """Each competence with the lessons that name it."""

    @property
    def covered(self) -> int:
        return sum(bool(lessons) for _competence, lessons in self.rows)

    @property
    def share(self) -> float:
        """0 to 1."""
        return self.covered / len(self.rows)


@dataclass(frozen=True)
class FrameworkCoverage:
    framework: Framework
    areas: list[AreaCoverage]

    @property
    def covered(self) -> int:
        return sum(area.covered for area in self.areas)


def measure_coverage(lessons: list[Lesson]) -> list[FrameworkCoverage]:
    """Return the coverage of each framework that has a page."""
    return [_measure(read_frameworks()[code], lessons) for code in SHOWN]


def _measure(framework: Framework, lessons: list[Lesson]) -> FrameworkCoverage:
    areas = [
        AreaCoverage(
            names,
            [
                (competence, [lesson for lesson in lessons if competence.code in lesson.competences])
                for competence in framework.of_area(area)
            ],
        )
        for area, names in framework.areas.items()
    ]
    return FrameworkCoverage(framework, areas)
