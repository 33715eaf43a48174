"""What several suites share: one running server and one browser a test session."""

import pytest

from rehearsal import CHROMIUM, Demo, has_browser, open_browser


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """A whole server with the sample school, started once for all tests that only use it."""
    running = Demo(tmp_path_factory.mktemp("demo") / "home").start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def browser():
    """Debian's Chromium; without it the browser tests say so and are skipped."""
    if not has_browser():
        pytest.skip(f"no browser at {CHROMIUM}: apt install chromium")
    with open_browser() as opened:
        yield opened
