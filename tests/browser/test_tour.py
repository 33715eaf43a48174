"""Every page, as everybody: nothing from outside hosts, no serious barrier, a picture saved."""

import pytest
from tests.browser.languages import choose_languages

import tour


@pytest.mark.parametrize("language", choose_languages())
def test_every_page_stays_inside_and_has_no_serious_barrier(demo, browser, tmp_path, language):
    report = tour.run(tmp_path, browser, demo, language)
    assert report.outside == []
    assert report.barriers == {}
    assert len(list(tmp_path.glob("*/*.png"))) >= 18
