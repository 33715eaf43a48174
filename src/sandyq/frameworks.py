"""The competences that lessons name: DigComp 2.2, PISA, DigCompEdu and UNESCO ICT-CFT, from ``frameworks.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

DATA: Final = Path(__file__).with_name("frameworks.toml")
Names = dict[str, str]
"""A name by language."""


@dataclass(frozen=True)
class Competence:
    code: str
    """As lessons write it: ``DigComp 4.1``, ``PISA maths.employ``."""
    area: str
    names: Names

    def tell(self, language: str) -> str:
        """Return the name, behind its number where people know it by one: ``4.1 · Protecting devices``."""
        number = self.code.partition(" ")[2]
        return f"{number} · {self.names[language]}" if number[0].isdigit() else self.names[language]


@dataclass(frozen=True)
class Framework:
    code: str
    names: Names
    source: str
    licence: str
    areas: dict[str, Names]
    competences: tuple[Competence, ...]
    """In the framework's own order."""

    def of_area(self, area: str) -> tuple[Competence, ...]:
        return tuple(competence for competence in self.competences if competence.area == area)


@lru_cache
def read_frameworks() -> dict[str, Framework]:
    """Return the frameworks by code."""
    data = tomllib.loads(DATA.read_text("utf-8"))
    return {
        code: Framework(
            code,
            own["name"],
            own["source"],
            own["licence"],
            own["areas"],
            tuple(
                Competence(f"{code} {name}", name.split(".")[0], names)
                for name, names in own["competences"].items()
            ),
        )
        for code, own in data.items()
    }


@lru_cache
def known_competences() -> dict[str, Competence]:
    """Return every competence by the code that lessons write."""
    return {
        competence.code: competence
        for framework in read_frameworks().values()
        for competence in framework.competences
    }
