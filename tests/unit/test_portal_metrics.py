"""Figures for Prometheus: by token only, true, documented, and about nobody in particular."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from portal_school import PREFIX, School
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from sandyq.incidents import note_incident
from sandyq.settings import PROJECT, read_secret

OPERATORS = PROJECT / "docs" / "operator.md"


@pytest.fixture(scope="module")
def school(tmp_path_factory):
    return School(tmp_path_factory.mktemp("school"))


def ask(school, token):
    return TestClient(school.app, headers={"Authorization": f"Bearer {token}"}).get(f"{PREFIX}/metrics")


def read(school):
    reply = ask(school, read_secret(school.settings, "metrics"))
    assert reply.status_code == 200, reply.text
    return {family.name: family for family in text_string_to_metric_families(reply.text)}, reply.text


def test_only_the_token_opens_them(school):
    read_secret(school.settings, "metrics")
    operator = school.sign_in(school.login("operator"))
    assert operator.get(f"{PREFIX}/metrics").status_code == 401
    for wrong in ("", "x", read_secret(school.settings, "grading")):
        assert ask(school, wrong).status_code == 401


def test_they_say_what_happened_and_name_nobody(school):
    pupil = school.login("pupil")
    for path in ("/", "/work/77", f"/classes/{pupil}", "/nowhere/at/all"):
        school.sign_in(pupil).get(f"{PREFIX}{path}")
    note_incident(school.settings, "rooms")
    found, text = read(school)
    incidents = {each.labels["part"]: each.value for each in found["sandyq_part_incidents_day"].samples}
    assert incidents["rooms"] == 1 and incidents["hub"] == 0
    assert found["sandyq_disk_free_bytes"].samples[0].value > 0
    routes = {each.labels["route"] for each in found["sandyq_portal_request_seconds"].samples}
    assert {"/", "/work/{release_id}"} <= routes
    people = {word for account in school.accounts for word in (account.login, *account.name.split())}
    assert [word for word in people if re.search(rf"\b{word}\b", text)] == []
    assert not [route for route in routes if re.search(r"/\d", route)]


def test_each_of_them_is_in_the_operators_book(school):
    found = {
        name for name in read(school)[0] if not name.endswith("_created")
    }  # of each histogram: when it began
    rooms = re.findall(
        r'"(sandyq_rooms_\w+)"', (PROJECT / "hub_config/sandyq_hub/rooms/guard.py").read_text()
    )
    own = re.findall(r'"(sandyq_\w+)"', Path(PROJECT / "portal/sandyq_portal/metrics.py").read_text())
    told = OPERATORS.read_text("utf-8")
    assert len(rooms) == 4
    assert [
        name for name in {*found, *rooms, *own} if f"`{name}`" not in told and f"`{name}_total`" not in told
    ] == []
