"""The register's words in three languages."""

import re

import pytest

from sandyq.i18n import load_translations
from sandyq_apps.attendance import TABS
from sandyq_apps.attendance_signs import SIGNS
from sandyq_apps.words import LABELS, Words

PLACES = re.compile(r"\{\w+\}")
TOLD_OF_SIGNS = [text for sign in SIGNS for text in (sign.title, sign.rule, sign.look)]


@pytest.mark.parametrize("language", ["kk", "ru"])
@pytest.mark.parametrize("text", sorted({*LABELS.values(), *TABS.values(), *TOLD_OF_SIGNS}))
def test_every_text_is_translated_and_keeps_its_places(language: str, text: str) -> None:
    told = load_translations(language).gettext(text)
    assert told != text or text == "%"
    assert sorted(PLACES.findall(told)) == sorted(PLACES.findall(text))


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
