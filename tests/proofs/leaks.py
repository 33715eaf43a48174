"""``./sandyq prove leaks``: everybody reads every page, with every number they can think of; nobody finds what is
another's, and no page asks another host for anything.

Three pupils each leave a word of their own in an answer, in unfinished work, in what they hand in, their teacher in a
comment. Whoever reads it on any page, and is neither that pupil, nor a teacher of their class, nor the
administration, is a leak. The long form also walks through all pages in a browser and listens to its requests.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from uuid import uuid4

from assignment_school import WORK, give, grade, hand_in, keep_mark, notebook, pack, write_packet
from portal_school import PREFIX, School
from starlette.testclient import TestClient
from tests.proofs.results import finish, read_options
from tests.proofs.suites import run_attacks

from sandyq.school.people import classes_of_teacher, find_person
from sandyq_portal.access import Everyone, Holders, PersonTokens, find_rule, walk_routes

PARAMETER = re.compile(r"\{(\w+)(?::path)?\}")
ASKS_OUTSIDE = re.compile(
    r"""(?:<(?:script|img|iframe|source|video|audio|embed|input)[^>]+(?:src|srcset)|<link[^>]+href|<form[^>]+action"""
    r"""|<object[^>]+data)=["']?(?:https?:)?//[^"'> ]+|@import[^;]*//[^;]+|url\(["']?(?:https?:)?//[^)]+"""
)


@dataclass(frozen=True)
class Owner:
    """A pupil and the word that stands in all that is theirs."""

    login: str
    id: int
    word: str
    readers: frozenset[str]


def fill(school: School) -> list[Owner]:
    """Have three pupils, two of them of one class, leave their words."""
    write_packet(school.settings)
    owners = []
    for teacher in (school.login("teacher"), other_teacher(school)):
        group = school.class_of(teacher)
        desk = school.sign_in(teacher)
        release = int(give(desk, group, anyway="1").headers["location"].rpartition("/")[2])
        for pupil in school.pupils(group)[: 2 if not owners else 1]:
            word = f"zx{uuid4().hex}"
            answer = {"uuid": str(uuid4()), "question": "mine", "response": word, "score": None}
            assert school.kernel(pupil.login).post(f"{PREFIX}/api/answers", json=answer).status_code == 201
            content = {"prices.ipynb": json.dumps(notebook(f"total = '{word}'", word))}
            server = school.notebook(pupil.login)
            assert server.put(f"{WORK}/{release}/draft", content=pack(content)).status_code == 204
            assert hand_in(school, pupil.login, release, **content).status_code == 201
            grade(school)
            assert keep_mark(desk, release, pupil.id, "1", comment=word).status_code == 303
            owners.append(
                Owner(pupil.login, pupil.id, word, frozenset({pupil.login, *readers(school, group.id)}))
            )
    return owners


def other_teacher(school: School) -> str:
    """One who has another class than the first and none of the first's."""
    first = school.login("teacher")
    return next(
        account.login
        for account in school.accounts
        if account.role == "teacher"
        and account.login != first
        and classes(school, account.login)
        and not classes(school, account.login) & classes(school, first)
    )


def classes(school: School, login: str) -> set[int]:
    with school.database.reading() as session:
        person = find_person(session, login)
        assert person
        return {group.id for group in classes_of_teacher(session, person.id)}


def readers(school: School, group: int) -> set[str]:
    """Who may read what pupils of a class wrote, besides themselves."""
    return {
        account.login
        for account in school.accounts
        if account.role == "administrator"
        or (account.role == "teacher" and group in classes(school, account.login))
    }


def list_paths(pattern: str, numbers: list[int]) -> Iterator[str]:
    """The addresses of a route, with every number in every place and a lesson's name where a name stands."""
    names = PARAMETER.findall(pattern)
    choices = [
        {"language": ["kk"], "slug": ["passphrase"], "lesson": ["passphrase"]}.get(name, numbers)
        for name in names
    ]
    for values in product(*choices):
        path = pattern
        for value in values:
            path = PARAMETER.sub(str(value), path, count=1)
        yield path


def find_leaks(
    school: School, owners: list[Owner], logins: list[str], numbers: list[int]
) -> tuple[int, list[str]]:
    """Return how many pages were read, and what stood on them that should not."""
    read, problems = 0, []
    routes = [each for each in walk_routes(list(school.app.routes)) if "GET" in each.methods]
    for login in logins:
        clients = (school.sign_in(login), school.notebook(login), school.kernel(login))
        for route in routes:
            rule = find_rule(route)
            kinds = {Holders: clients[:1], Everyone: clients[:1], PersonTokens: clients[1:2]}
            for client in kinds.get(type(rule), clients[2:]):
                for path in list_paths(route.path, numbers):
                    page = TestClient.get(client, path).text
                    read += 1
                    problems += [
                        f"{login} reads on {path} what is {owner.login}'s"
                        for owner in owners
                        if owner.word in page and login not in owner.readers
                    ]
                    problems += [
                        f"{path} asks outside: {found[:100]}" for found in ASKS_OUTSIDE.findall(page)
                    ]
    return read, problems


def prove(folder: Path, quick: bool) -> tuple[int, list[str]]:
    school = School(folder)
    owners = fill(school)
    own = school.sign_in(owners[0].login).get(f"{PREFIX}/work/1").text
    teachers = school.sign_in(school.login("teacher")).get(f"{PREFIX}/assignments/1/marks").text
    assert owners[0].word in own + teachers, "the words stand on some page"
    first = {account.role: account.login for account in reversed(school.accounts)}
    logins = [owners[1].login, other_teacher(school)]
    if not quick:
        logins = sorted({*logins, owners[0].login, owners[2].login, *first.values()})
    numbers = [1, owners[0].id]
    if not quick:
        numbers = sorted({*range(1, 9), *(owner.id for owner in owners)})
    found = find_leaks(school, owners, logins, numbers)
    school.database.close()
    return found


def main() -> int:
    options = read_options()
    with tempfile.TemporaryDirectory() as folder:
        read, problems = prove(Path(folder) / "home", options.quick)
    figures = {"pages read": read, "leaks and requests outside": len(problems)}
    if not options.quick:
        walks, failed = run_attacks(["tests/browser/test_tour.py"])
        figures |= {"walks by browser": walks}
        problems += failed
    return finish("leaks", figures, problems, options.save)


if __name__ == "__main__":
    sys.exit(main())
