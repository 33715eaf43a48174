"""The school's data as tables, for the apps that leaders and teachers make themselves::

    from sandyq_apps.own import School, show_table

    school = School.open()
    show_table(school.clubs)

An app reads what its author may read, whoever looks at it, and changes nothing.
"""

from __future__ import annotations

import os
from functools import cached_property
from typing import Any, Final, Self

import pandas as pd
from IPython.display import HTML

from sandyq.i18n import choose_language
from sandyq_apps.kit.portal import NotConnected, Portal
from sandyq_widgets.portal import PersonPortal


class School:
    """Tables (pandas), read when they are first asked for. ``Refused``: they are not for the author's role."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self.language = choose_language(
            os.environ.get("SANDYQ_LANGUAGE"), os.environ.get("SANDYQ_PERSON_LANGUAGE")
        )

    @classmethod
    def open(cls) -> Self:
        """Return the school: in the app as in the notebook where one makes it; NotConnected anywhere else."""
        if "SANDYQ_VISIT_TOKEN" in os.environ:
            return cls(Portal.from_environment())
        person = PersonPortal.find()
        if person is None:
            raise NotConnected(
                "Here is no school. Open the notebook from the home page of your school's server."
            )
        return cls(Portal(person.address, person.open_app()))

    def read(self, *names: str) -> dict[str, Any]:
        """Return whole sheets as the centre's apps read them: ``read("club", "rota")["sheets"]["club"]``."""
        answer: dict[str, Any] = self._portal.ask("GET", f"/centre?sheets={','.join(names)}")
        return answer

    @cached_property
    def name(self) -> str:
        return str(self.read("class")["school"]["name"])

    @cached_property
    def children(self) -> pd.DataFrame:
        """``name``, ``class``, ``grade``, ``language``; the index is the child's number."""
        return self._table("pupil", ["name", "class", "grade", "language"])

    @cached_property
    def classes(self) -> pd.DataFrame:
        """``name``, ``language``, ``children``: how many."""
        classes = self._table("class", ["name", "language"])
        return classes.assign(
            children=classes["name"].map(self.children["class"].value_counts()).fillna(0).astype(int)
        )

    @cached_property
    def staff(self) -> pd.DataFrame:
        """``name``."""
        return self._table("staff", ["name"])

    @cached_property
    def chests(self) -> pd.DataFrame:
        """``name``, ``colour``."""
        chests = self._table("chest", ["names", "colour"])
        return pd.DataFrame({"name": chests["names"].map(self._say), "colour": chests["colour"]})

    @cached_property
    def clubs(self) -> pd.DataFrame:
        """``name chest leader grade_from grade_to language places children free``."""
        clubs = self._table("club", CLUB)
        children = clubs.index.to_series().map(self._enrolled["club_id"].value_counts()).fillna(0).astype(int)
        return pd.DataFrame(
            {
                "name": clubs["name"],
                "chest": clubs["chest_id"].map(self.chests["name"]),
                "leader": clubs["leader_id"].map(self.staff["name"]),
                "grade_from": clubs["grade_from"],
                "grade_to": clubs["grade_to"],
                "language": clubs["language"],
                "places": clubs["capacity"],
                "children": children,
                "free": (clubs["capacity"] - children).clip(lower=0),
            }
        )

    @cached_property
    def members(self) -> pd.DataFrame:
        """Who is in which club today: ``club``, ``child``, ``class``."""
        return pd.DataFrame(
            {
                "club": self._enrolled["club_id"].map(self.clubs["name"]),
                "child": self._enrolled["person_id"].map(self.children["name"]),
                "class": self._enrolled["person_id"].map(self.children["class"]),
            }
        ).dropna()

    @cached_property
    def timetable(self) -> pd.DataFrame:
        """The week of clubs: ``weekday`` (0 is Monday), ``starts``, ``ends``, ``club``, ``room``, ``leader``."""
        sheets = self.read("meeting", "slot", "room")["sheets"]
        meetings = _make_table(sheets["meeting"], ["club_id", "slot_id", "room_id"])
        slots = _make_table(sheets["slot"], ["weekday", "starts", "ends"])
        rooms = _make_table(sheets["room"], ["name"])
        week = pd.DataFrame(
            {
                **{column: meetings["slot_id"].map(slots[column]) for column in slots},
                "club": meetings["club_id"].map(self.clubs["name"]),
                "room": meetings["room_id"].map(rooms["name"]),
                "leader": meetings["club_id"].map(self.clubs["leader"]),
            }
        )
        return week.sort_values(["weekday", "starts", "club"])

    @cached_property
    def _enrolled(self) -> pd.DataFrame:
        answer = self.read("enrolment")
        rows = _make_table(answer["sheets"]["enrolment"], ["club_id", "person_id", "since", "until"])
        return rows[(rows["since"] <= answer["today"]) & ~(rows["until"] <= answer["today"])]

    def _table(self, name: str, columns: list[str]) -> pd.DataFrame:
        return _make_table(self.read(name)["sheets"][name], columns)

    def _say(self, names: dict[str, str]) -> str:
        return names.get(self.language) or next(filter(None, names.values()), "")


CLUB: Final = ["name", "chest_id", "leader_id", "grade_from", "grade_to", "language", "capacity"]


def _make_table(rows: list[dict[str, Any]], columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["id", *columns]).set_index("id")


def show_table(table: pd.DataFrame, **titles: str) -> HTML:
    """Show a table, to read and to print: ``show_table(school.clubs, name="Club", free="Free places")``.

    With titles only these columns, in this order.
    """
    shown = table[list(titles)].rename(columns=titles) if titles else table
    return HTML(shown.to_html(index=False, border=0, na_rep=""))
