"""Browser tests need Debian's Chromium; without it they say so and are skipped."""

import pytest

from rehearsal import CHROMIUM, has_browser, open_browser


@pytest.fixture(scope="session")
def browser():
    if not has_browser():
        pytest.skip(f"no browser at {CHROMIUM}: apt install chromium")
    with open_browser() as opened:
        yield opened
