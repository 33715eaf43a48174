"""Every page, as everybody: nothing from outside hosts, no serious barrier, a picture saved.

In Kazakh by default; in all languages with ``SANDYQ_EVERY_LANGUAGE=1`` (``./sandyq test --lessons``).
"""

import os

import pytest

import tour
from sandyq.i18n import LANGUAGES

EVERY = bool(os.environ.get("SANDYQ_EVERY_LANGUAGE"))


@pytest.mark.parametrize("language", LANGUAGES if EVERY else LANGUAGES[:1])
def test_every_page_stays_inside_and_has_no_serious_barrier(demo, browser, tmp_path, language):
    report = tour.run(tmp_path, browser, demo, language)
    assert report.outside == []
    assert report.barriers == {}
    assert len(list(tmp_path.glob("*/*.png"))) >= 18
