"""Servers and people for the tests that compare our pages with Voilà's own."""

import pytest
from tests.browser.stock_world import running_ways

from large_school import running_large_school
from rehearsal import open_folder, visit


@pytest.fixture(scope="package")
def large_school():
    """A server with a school of 600; tests of an app change only what is that app's."""
    with running_large_school() as running:
        yield running


@pytest.fixture(scope="package")
def ways(demo):
    with open_folder() as folder, running_ways(demo, folder) as ways:  # the author's uid reads it, too
        yield ways


@pytest.fixture(scope="package")
def pupil(demo, browser):
    """A pupil who has answered some questions, of a class that gets no new passwords in other tests; signed in."""
    account = [a for a in demo.accounts() if a["class"] == "5Б" and a["role"] == "pupil"][-1]
    yield from sign_in(demo, browser, account)


@pytest.fixture(scope="package")
def leader(demo, browser):
    yield from sign_in(demo, browser, demo.account("leader"))


def sign_in(demo, browser, account):
    """The browser of somebody who has been to a room: its cookies are good for all rooms on this machine."""
    with visit(browser, demo) as visitor:
        visitor.sign_in(account)
        visitor.go("/services/rooms/nowhere")
        yield visitor.page.context, account["login"]
