"""The sample school's survey and budget: invented, and called examples, so that both apps show what they are for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any, Final

from sandyq.school.centre.tables import BudgetLine, Chest, Club, Spending, Survey, SurveyAnswer
from sandyq.school.database import Base
from sandyq.school.tables import Person

EXAMPLE: Final = "Мысал / пример"
"""In both languages of the school, for a name has only one."""
YEAR_BEGINS: Final = 7
"""The month from which a budget is the new school year's."""
LIKES: Final = (
    (0, "bot", {"kk": "Робот құрастыру", "ru": "Собирать роботов", "en": "Build robots"}),
    (0, "flask-conical", {"kk": "Тәжірибе жасау", "ru": "Делать опыты", "en": "Experiments"}),
    (1, "palette", {"kk": "Сурет салу", "ru": "Рисовать", "en": "Drawing"}),
    (1, "music", {"kk": "Домбыра, ән, би", "ru": "Домбра, пение, танцы", "en": "Dombra, singing, dancing"}),
    (
        2,
        "sprout",
        {
            "kk": "Табиғатты зерттеу, бау-бақша",
            "ru": "Изучать природу, сад и огород",
            "en": "Explore nature, gardening",
        },
    ),
    (
        3,
        "volleyball",
        {"kk": "Волейбол, футбол, күрес", "ru": "Волейбол, футбол, борьба", "en": "Ball games, wrestling"},
    ),
    (
        4,
        "newspaper",
        {"kk": "Мектеп газеті, блог", "ru": "Школьная газета, блог", "en": "School newspaper, blog"},
    ),
)
"""Chest, picture, words of each answer."""
WANT: Final = {
    "kk": "Сабақтан кейін не істегің келеді?",
    "ru": "Чем тебе хотелось бы заниматься после уроков?",
    "en": "What would you like to do after lessons?",
}
STAY: Final = {
    "kk": "Сабақтан кейін үйірмеге барғың келе ме?",
    "ru": "Хочешь после уроков ходить в кружок?",
    "en": "Would you like to go to a club after lessons?",
}
MORE: Final = {
    "kk": "Тағы не істегің келеді?",
    "ru": "Что ещё ты хочешь делать?",
    "en": "What else would you like to do?",
}
WORDS: Final = {"kk": ("Шахмат", "Тоғызқұмалақ", "Ат спорты"), "ru": ("Шахматы", "Футбол", "3D-модели")}
LINES: Final = (
    (0, "pay", "мұғалім сағаттары, часы учителя", 240_000, 136_000, (1_152_000, 1_152_000)),
    (1, "pay", "мұғалім сағаттары, часы учителя", 240_000, 68_000, (576_000,)),
    (2, "pay", "мұғалім сағаттары, часы учителя", 240_000, 136_000, (1_152_000, 1_200_000)),
    (0, "things", "робот жиынтығы, наборы роботов", 6_450_050, 4_000, (12_900_100,)),
    (1, "things_child", "ішек пен ноталар, струны и ноты", 150_000, 1_000, (1_640_000,)),
    (None, "things", "қағаз, бояу, картридж, бумага, краски", 1_200_000, 10_000, (900_000, 350_000)),
    (None, "grant", "демеушінің гранты, грант спонсора", 90_000_000, 1_000, (45_000_000,)),
)
"""Club, kind, name, price of one in tiyn, how many in thousandths, what was paid or received so far."""


def make_survey(school: int, chests: Sequence[Chest]) -> Survey:
    """Return a survey that is over, so that no child is asked by an example."""
    options = [{"text": text, "icon": icon, "chest": chests[chest].id} for chest, icon, text in LIKES]
    questions: list[dict[str, Any]] = [
        {"id": "likes", "kind": "several", "text": WANT, "options": options},
        {"id": "stay", "kind": "yesno", "text": STAY},
        {"id": "more", "kind": "text", "text": MORE},
    ]
    return Survey(school_id=school, name=f"{EXAMPLE}: не ұнайды?", questions=questions, state="closed")


def answer_survey(survey: Survey, pupils: Sequence[Person]) -> Iterator[SurveyAnswer]:
    """Give the answers of two children of three, each fifth from paper; who says what follows from the numbers."""
    for number, pupil in enumerate(pupils):
        if number % 3 == 2:
            continue
        count = len(LIKES)
        likes = {number * number % count + 1, (number * 3 + (pupil.grade or 0)) % count + 1}
        answers: dict[str, Any] = {"likes": sorted(likes), "stay": number % 8 != 0}
        if number % 7 == 0:
            words = WORDS["ru" if pupil.language == "ru" else "kk"]
            answers["more"] = words[number // 7 % len(words)]
        source = "paper" if number % 5 == 0 else "screen"
        yield SurveyAnswer(
            school_id=survey.school_id,
            survey_id=survey.id,
            person_id=pupil.id,
            source=source,
            answers=answers,
        )


def make_budget(school: int, clubs: Sequence[Club], today: date) -> list[BudgetLine]:
    year = today.year if today.month >= YEAR_BEGINS else today.year - 1
    return [
        BudgetLine(
            school_id=school,
            club_id=None if club is None else clubs[club].id,
            kind=kind,
            name=f"{EXAMPLE}: {name}",
            unit_tiyn=unit,
            quantity_milli=quantity,
            year=year,
        )
        for club, kind, name, unit, quantity, _paid in LINES
    ]


def spend(lines: Sequence[BudgetLine], first: date) -> Iterator[Base]:
    """Give what was paid and received since a day, a week after each other."""
    for place, (line, (*_, paid)) in enumerate(zip(lines, LINES, strict=True)):
        for week, amount in enumerate(paid):
            on = first + timedelta(days=place + 7 * week)
            yield Spending(school_id=line.school_id, line_id=line.id, on=on, amount_tiyn=amount, note=EXAMPLE)
