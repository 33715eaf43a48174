"""The register's words in three languages."""

import pytest
from babel.messages.pofile import read_po

from sandyq.i18n import LOCALE
from sandyq_apps.kit.portal import NotConnected, Refused, Unreachable
from sandyq_apps.words import LABELS, NOTICES, Words


@pytest.mark.parametrize("language", ["kk", "ru"])
@pytest.mark.parametrize("text", sorted({*LABELS.values(), *NOTICES.values()}))
def test_every_text_is_translated_and_keeps_its_places(language: str, text: str) -> None:
    with (LOCALE / language / "LC_MESSAGES" / "sandyq_apps.po").open("rb") as file:
        translated = read_po(file)[text]
    assert translated is not None
    assert translated.string
    assert all((place in text) == (place in translated.string) for place in ("{done}", "{all}", "{count}"))


@pytest.mark.parametrize(
    ("language", "date", "month"),
    [
        ("kk", "2026 ж. 24 қараша, сейсенбі", "2026 ж. қараша"),
        ("ru", "24 ноября 2026 г., вторник", "ноябрь 2026 г."),
        ("en", "Tuesday, 24 November 2026", "November 2026"),
    ],
)
def test_dates_read_as_people_write_them(language: str, date: str, month: str) -> None:
    assert Words(language).date("2026-11-24") == date
    assert Words(language).month("2026-11") == month


def test_moments_are_in_the_schools_time() -> None:
    assert Words("en").moment("2026-11-24T20:30:00+00:00") == "25.11.2026 01:30"


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (Unreachable("GET /clubs"), "does not answer"),
        (NotConnected("x"), "without a school server"),
        (Refused(401, "x"), "visit has ended"),
        (Refused(422, "Child 9 is not in this club."), "Child 9 is not in this club."),
    ],
)
def test_a_problem_is_told_with_its_next_step(problem: Exception, words: str) -> None:
    assert words in Words("en").explain(problem)
