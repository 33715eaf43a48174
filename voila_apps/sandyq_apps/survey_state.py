"""A survey as its pages need it: questions, the children asked, what they have answered; taken from the desk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sandyq.i18n import kazakh_key
from sandyq.surveys import Question, name_in, read_questions
from sandyq_apps.kit.app import App
from sandyq_apps.kit.desk import Row
from sandyq_apps.survey_counts import Child, Demand, Reply, count_demand, read_replies

KINDS: Final = {
    "several": "choose several",
    "rank": "put three in order",
    "scale": "scale from 1 to 5",
    "yesno": "yes or no",
    "text": "short text",
}
SEXES: Final = {"f": "girls", "m": "boys", "": "not told"}


@dataclass(frozen=True)
class State:
    survey: Row
    questions: list[Question]
    chests: dict[int, Row]
    """By id, in their order."""
    asked: dict[int, Child]
    """By the child's id."""
    rows: list[Row]
    """The answers that were given to this survey."""
    replies: list[Reply]
    demand: Demand

    @property
    def is_locked(self) -> bool:
        """Whether there are answers, so that questions stay as they are."""
        return bool(self.rows)


def look(app: App, survey: Row) -> State:
    questions = read_questions(survey.questions)
    asked = asked_children(app, survey)
    rows = [row for row in app.desk.rows("survey_answer") if row.survey_id == survey.id]
    replies = read_replies(questions, asked, rows)
    return State(
        survey, questions, chests_in_order(app), asked, rows, replies, count_demand(asked.values(), replies)
    )


def chests_in_order(app: App) -> dict[int, Row]:
    return {
        chest.id: chest
        for chest in sorted(app.desk.rows("chest"), key=lambda chest: (chest.position, chest.id))
    }


def asked_children(app: App, survey: Row) -> dict[int, Child]:
    """Return the children of the survey's classes (of all when it names none), see ``pupils_of``."""
    about = {child.person_id: child for child in app.desk.rows("child")}
    return {
        pupil.id: describe_child(pupil, about)
        for pupil in pupils_of(app, survey)
        if not survey.class_ids or pupil.class_id in survey.class_ids
    }


def describe_child(pupil: Row, about: Mapping[int, Row]) -> Child:
    sheet = about.get(pupil.id)
    sex, village, shift = (sheet.sex, sheet.village, sheet.shift) if sheet else ("", "", 0)
    return Child(pupil.id, pupil.grade, sex, pupil.language, village, shift)


def pupils_of(app: App, survey: Row) -> list[Row]:
    """Return the school's pupils as the roster has them today; for a closed survey, as they were when it closed."""
    kept = _kept_roster(app, survey)
    return [Row(each) for each in kept.pupils] if kept else app.desk.rows("pupil")


def _kept_roster(app: App, survey: Row) -> Row | None:
    """Return the roster of a closed survey, which ``InterestSurvey.opened`` has read."""
    kept = app.desk.find("survey_roster", survey.id)
    return kept if kept and survey.state == "closed" and kept.version == survey.version else None


def asked_classes(app: App, survey: Row) -> list[Row]:
    kept = _kept_roster(app, survey)
    classes = [Row(each) for each in kept.classes] if kept else app.desk.rows("class")
    return [each for each in classes if not survey.class_ids or each.id in survey.class_ids]


def tell(app: App, texts: Mapping[str, str]) -> str:
    """Return a text of a question in the visitor's language, else in another."""
    return name_in(dict(texts), app.speech.language)


def tell_band(app: App, band: str) -> str:
    return app._("grades {band}", band=band.replace("-", "–"))


def tell_chest(app: App, chest: Row) -> str:
    return app.speech.name(chest.names)


def tell_group(app: App, dimension: str, value: str) -> str:
    """Return the name of a part of the children: ``grades 1–4``, ``girls``, a language, a village."""
    from sandyq.i18n import LANGUAGE_NAMES

    match dimension:
        case "band":
            return tell_band(app, value)
        case "sex":
            return app._(SEXES[value])
        case "language":
            return LANGUAGE_NAMES.get(value, value)
    return value or app._("not told")


def order_groups(dimension: str, values: list[str]) -> list[str]:
    """Return the parts in the order in which they are told; who is not told of comes last."""
    known = {"band": ["1-4", "5-8", "9-11"], "language": ["kk", "ru", "en"], "sex": ["f", "m"]}.get(
        dimension, []
    )
    return sorted(
        values, key=lambda value: (not value, known.index(value) if value in known else 99, kazakh_key(value))
    )
