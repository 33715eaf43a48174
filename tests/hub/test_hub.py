"""The hub at work: groups as in the school, people's servers, and coming back after being killed."""

import asyncio
import os
import re
import signal
import socket
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Event
from urllib.parse import quote

import httpx
import psutil
import pytest

from messages import execute, find_kernel, open_notebook, sign_in
from rehearsal import Demo, answers, is_alive, open_page, signed_in, wait_for
from sandyq.cli import main
from sandyq.prefork.child import LOG
from sandyq.prefork.client import RESTART_TIME
from sandyq.school.credentials import reset_secret
from sandyq.school.database import Database
from sandyq.school.people import find_person, wanted_groups
from sandyq.settings import Settings
from sandyq_hub.forks import KERNELS_OF_ONE_PERSON, PERSON_LIMITS
from sandyq_hub.isolation import number_of_person
from sandyq_hub.roles import HubApi, reconcile
from sandyq_hub.spawner import LINE


@pytest.fixture
def settings(demo):
    return Settings.load(demo.home)


@pytest.fixture
def school(settings):
    database = Database(settings.database_url)
    yield database
    database.close()


def groups_of(settings):
    return {group["name"]: set(group["users"]) for group in HubApi(settings).list_all("/groups")}


def test_groups_equal_the_schools_from_the_start(settings, school):
    with school.session() as session:
        wanted = wanted_groups(session)
    assert {name: members for name, members in groups_of(settings).items() if members} == {
        name: members for name, members in wanted.items() if members
    }


def test_reconciling_twice_changes_nothing(settings):
    reconcile(settings)
    assert reconcile(settings) == []


def test_whoever_leaves_loses_groups_account_and_session(demo, settings):
    leaver = [a for a in demo.accounts() if a["role"] == "teacher"][-1]
    with signed_in(demo, leaver) as client:
        assert main(["people", "leave", leaver["login"], "--apply", "--home", str(demo.home)]) == 0
        assert leaver["login"] not in set().union(*groups_of(settings).values())
        wait_for(
            lambda: (
                client.get("/services/portal/").url.path == "/hub/login"
                or client.get("/services/portal/").status_code == 403
            ),
            "the session to end",
        )
        assert (
            client.post(
                "/hub/login", data={"username": leaver["login"], "password": leaver["password"]}
            ).status_code
            == 403
        )


def test_a_new_secret_ends_what_began_with_the_old_one_but_not_the_work(demo, school):
    account = [a for a in demo.accounts() if a["role"] == "teacher"][-2]
    with signed_in(demo, account) as client:
        base = open_server(client, account)
        began = client.get(f"{base}/api/status").json()["started"]
        made = post_token(client, account)
        assert ask_by_token(demo, account, made) == 200
        with school.session() as session:
            secret = reset_secret(session, find_person(session, account["login"]))
        demo.kill("hub")  # its successor asks at the next request, this one
        assert ask_by_token(demo, account, made) == 403
        assert client.get("/hub/home").url.path == "/hub/login"
        wait_for(lambda: "/hub/" in str(client.get("/services/portal/").url), "the portal to ask, too", 150)
    with signed_in(demo, account | {"password": secret.text}) as client:
        client.get(f"{base}/tree").raise_for_status()
        assert client.get(f"{base}/api/status").json()["started"] == began


def post_token(client, account):
    """A token made for them that tells their name and nothing else."""
    client.get("/hub/home")
    headers = {"X-XSRFToken": client.cookies.get("_xsrf", path="/hub/", domain="127.0.0.1")}
    wish = {"note": "mine", "scopes": ["read:users:name!user"]}
    made = client.post(f"/hub/api/users/{account['login']}/tokens", headers=headers, json=wish)
    return made.raise_for_status().json()["token"]


def ask_by_token(demo, account, token):
    """How the hub answers a question about the token's person."""
    address = f"{demo.url}/hub/api/users/{account['login']}"
    return httpx.get(address, headers={"Authorization": f"token {token}"}).status_code


def open_server(client, account):
    """Start a person's server and come in through its own door; return its address."""
    client.get("/hub/spawn")
    base = f"/user/{quote(account['login'])}"
    wait_for(lambda: client.get(f"{base}/").url.path.startswith(base), f"{account['login']}'s server")
    return base


def close_server(client, account):
    """End the server of a person, if there is one."""
    client.get("/hub/home")
    headers = {"X-XSRFToken": client.cookies.get("_xsrf", path="/hub/", domain="127.0.0.1")}
    server = f"/hub/api/users/{account['login']}/server"
    wait_for(
        lambda: client.delete(server, headers=headers).raise_for_status().status_code == 204, "it to be ended"
    )


def token_of(client, base):
    """What a page of somebody's server sends along with each change."""
    return next(c.value for c in client.cookies.jar if (c.path, c.name) == (f"{base}/", "_xsrf"))


@pytest.mark.parametrize(("role", "page"), [("pupil", "/tree"), ("teacher", "/lab")])
def test_a_server_opens_with_what_its_role_needs(demo, role, page):
    account = demo.account(role)
    with signed_in(demo, account) as client:
        base = open_server(client, account)
        assert page in str(client.get(f"{base}/").url)
        assert client.get(f"{base}/api/terminals").status_code in (403, 404), "terminals are off"
        assert client.get(f"{base}/lab/api/news").json().get("news", []) == []
        home = demo.home / "people" / account["login"]
        assert home.stat().st_mode & 0o077 == 0
        headers = {"X-XSRFToken": client.cookies.get("_xsrf", path=f"{base}/", domain="127.0.0.1") or ""}
        client.put(
            f"{base}/api/contents/kept.txt",
            json={"type": "file", "format": "text", "content": "сақталды"},
            headers=headers,
        ).raise_for_status()
        assert (home / "kept.txt").read_text() == "сақталды"


def test_whoever_presses_three_times_while_others_do_waits_for_one_server(demo):
    pupils = [account for account in demo.accounts() if account["role"] == "pupil"][:6]
    with ExitStack() as stack, ThreadPoolExecutor(18) as hands:
        clients = [stack.enter_context(signed_in(demo, pupil)) for pupil in pupils]
        for client, pupil in zip(clients, pupils, strict=True):
            close_server(client, pupil)
        pages = list(hands.map(lambda client: client.get("/hub/spawn"), 3 * clients))
        assert {page.status_code for page in pages} == {200}
        for client, pupil in zip(clients, pupils, strict=True):
            open_server(client, pupil)
            close_server(client, pupil)


def test_each_persons_lab_keeps_its_settings_and_its_open_tabs_at_home(demo):
    layout = {"data": {}, "metadata": {"id": "default"}}
    theme = {"raw": '{"theme": "JupyterLab Dark"}'}
    for account in (demo.account("teacher", "kk"), demo.account("teacher", "ru")):
        home = demo.home / "people" / account["login"]
        with signed_in(demo, account) as client:
            base = open_server(client, account)
            assert client.get(f"{base}/lab/api/workspaces").json()["workspaces"]["values"] == [], (
                "nobody else's"
            )
            saving = client.get(f"{base}/lab/api/settings/@jupyterlab/docmanager-extension:plugin").json()
            assert saving["schema"]["properties"]["autosaveInterval"]["default"] == 30
            token = token_of(client, base)
            headers = {"X-XSRFToken": token}
            client.put(f"{base}/lab/api/workspaces/default", json=layout, headers=headers).raise_for_status()
            settings = f"{base}/lab/api/settings/@jupyterlab/apputils-extension:themes"
            client.put(settings, json=theme, headers=headers).raise_for_status()
        assert list(home.rglob("*.jupyterlab-workspace"))
        assert list(home.rglob("themes.jupyterlab-settings"))


SAID = {"kk": "Ядро қайта іске қосылсын ба?", "ru": "Перезапустить Ядро?", "en": None}
TITLES = {"kk": "Мазмұны", "ru": "Оглавление", "en": "Table of Contents"}


def hear_server(client, base):
    """Return what Notebook and Lab ask as they open: a question of theirs, and a title of their settings."""
    words = client.get(f"{base}/lab/api/translations/default").json()["data"]
    title = client.get(f"{base}/lab/api/settings/@jupyterlab/toc-extension:registry").json()["schema"][
        "title"
    ]
    return words.get("jupyterlab", {}).get("Restart Kernel?", [None])[0], title


@pytest.mark.parametrize(("role", "language"), [("pupil", "kk"), ("teacher", "ru")])
def test_a_persons_server_speaks_their_language_and_follows_when_they_choose_another(demo, role, language):
    account = demo.account(role, language)
    with signed_in(demo, account) as client:
        base = open_server(client, account)
        assert hear_server(client, base) == (SAID[language], TITLES[language])
        kazakh = client.get(f"{base}/lab/api/translations/kk_KZ")
        assert kazakh.headers["Content-Encoding"] == "gzip"
        assert kazakh.json()["data"]["jupyterlab"]["Restart Kernel?"] == [SAID["kk"]]
        for chosen in ("en", language):
            page = client.get("/services/portal/")
            form = {"lang": chosen, "token": re.search('name="token" value="([^"]+)"', page.text)[1]}
            reply = client.post("/services/portal/language", data=form, headers={"Origin": demo.url})
            assert reply.history[0].status_code == 303
            assert hear_server(client, base) == (SAID[chosen], TITLES[chosen])
        settings = f"{base}/lab/api/settings/@jupyterlab/translation-extension:plugin"
        headers = {"X-XSRFToken": token_of(client, base)}
        for raw, heard in (('{"locale": "en"}', "en"), ("{}", language)):
            client.put(settings, json={"raw": raw}, headers=headers).raise_for_status()
            title = hear_server(client, base)[1]
            assert title == TITLES[heard], "what was chosen in Lab's own menu stays"


def test_a_hub_that_is_killed_or_stopped_comes_back_with_peoples_servers_still_there(demo):
    account = demo.account("administrator")
    with signed_in(demo, account) as client:
        base = open_server(client, account)
        started = client.get(f"{base}/api/status").json()["started"]
        proxy, hub = demo.part("proxy").pid, demo.part("hub")
        hub.terminate()  # as ``systemctl restart`` does
        wait_for(lambda: not is_alive(hub), "its end")
        assert client.get(f"{base}/api/status").json()["started"] == started
        wait_for(lambda: answers(f"{demo.url}/hub/health"), "the hub to be back")
        demo.kill("hub")
        assert demo.part("proxy").pid == proxy, "the same proxy, no orphan"
        assert client.get(f"{base}/api/status").json()["started"] == started
        assert client.get("/services/portal/").status_code == 200
        assert client.get("/hub/home").status_code == 200


def test_a_hub_that_is_killed_while_it_opens_a_server_leaves_none_that_it_does_not_know(demo):
    account = demo.account("administrator")
    with signed_in(demo, account) as client:
        close_server(client, account)
        before, hub = set(demo.forked("person")), demo.part("hub")
        with ThreadPoolExecutor() as pool:
            pressed = pool.submit(client.get, "/hub/spawn")
            while not (begun := set(demo.forked("person")) - before):  # while the hub stands still
                hub.resume()
                hub.suspend()
            demo.kill("hub")
            pressed.exception()
        address = f"/user/{account['login']}/api/status"
        wait_for(
            lambda: not any(map(is_alive, begun)) or client.get(address).url.path == address,
            "its end, or the way to it",
        )
        assert "started" in client.get(f"{open_server(client, account)}/api/status").json()


def test_the_hub_hears_at_once_when_a_persons_server_is_killed(demo):
    """Not at its next look, up to half a minute later: until then its page would lead to nobody."""
    account = demo.account("pupil", "kk", "2–4")
    with signed_in(demo, account) as client:
        for kill_the_hub_first in (False, True):
            before = set(demo.forked("person"))
            base = open_server(client, account)
            if kill_the_hub_first:  # its successor takes the server up, and hears, too
                demo.kill("hub")
            (server,) = set(demo.forked("person")) - before
            server.kill()
            wait_for(lambda base=base: "/hub/" in str(client.get(f"{base}/").url), "the hub to notice", 5)
        assert "started" in client.get(f"{open_server(client, account)}/api/status").json()


def test_a_hub_opens_though_a_persons_server_ended_while_it_was_away(demo):
    """As after a power cut, when all of them have."""
    account = demo.account("pupil", "ru", "5Б")
    with signed_in(demo, account) as client:
        before = set(demo.forked("person"))
        open_server(client, account)
        (server,) = set(demo.forked("person")) - before
        demo.part("hub").suspend()  # it does not see the end
        server.kill()
        demo.kill("hub")
        assert "started" in client.get(f"{open_server(client, account)}/api/status").json()


def test_stopping_ends_servers_even_after_the_hub_was_killed(place):
    demo = Demo(place / "home").start()
    account = demo.account("pupil")
    with signed_in(demo, account) as client:
        open_server(client, account)
    (server,) = demo.forked("person")
    demo.kill("hub")
    assert is_alive(server)
    demo.stop()
    assert not is_alive(server)


def test_a_killed_proxy_comes_back_with_its_routes_while_the_hub_works_on(demo):
    hub = demo.part("hub")
    demo.kill("proxy")  # waits for a page of the portal, through the new proxy
    assert is_alive(hub)
    assert demo.part("hub").pid == hub.pid


@pytest.mark.parametrize("part", ["hub", "portal", "rooms"])
def test_no_part_closes_a_connection_that_the_proxy_keeps_for_the_next_request(demo, settings, part):
    address = ("127.0.0.1", getattr(settings, f"{part}_port"))
    path = "/hub/health" if part == "hub" else f"/services/{part}/health"
    with socket.create_connection(address) as kept:
        kept.sendall(f"GET {path} HTTP/1.1\r\nHost: {address[0]}:{address[1]}\r\n\r\n".encode())
        assert b" 200 " in kept.recv(65536)
        kept.settimeout(7)
        with pytest.raises(TimeoutError):
            while kept.recv(65536):
                pass


def test_a_persons_server_and_its_kernel_are_forks_with_their_own_settings(demo):
    account = demo.account("pupil", "ru")
    with signed_in(demo, account) as client:
        base = open_server(client, account)
        token = token_of(client, base)
        made = client.post(f"{base}/api/kernels", json={}, headers={"X-XSRFToken": token})
        assert made.status_code == 201
        assert demo.forked("person")
        assert demo.forked("kernel")
        spec = client.get(f"{base}/api/kernelspecs").json()["kernelspecs"]["python3"]["spec"]
        assert spec["metadata"]["kernel_provisioner"]["provisioner_name"] == "sandyq-fork"
    log = (demo.home / "people" / account["login"] / LOG).read_text()
    assert "Kernel started" in log
    assert "not recognized" not in log, "each of its settings is one that a forked kernel has"


@pytest.mark.parametrize(
    ("role", "language", "words"), [("pupil", "ru", "Заверши работу"), ("teacher", "kk", "тоқтатыңыз")]
)
def test_whoever_wants_more_kernels_than_they_may_is_told_so_and_gets_none_the_stock_way(
    demo, role, language, words
):
    account = demo.account(role, language)
    with signed_in(demo, account) as client:
        close_server(client, account)
        base = open_server(client, account)
        kernels, headers = f"{base}/api/kernels", {"X-XSRFToken": token_of(client, base)}

        def make(_number=0):
            return client.post(kernels, json={}, headers=headers)

        with ThreadPoolExecutor() as pool:  # those who press at once count, too
            made = list(pool.map(make, range(KERNELS_OF_ONE_PERSON + 3)))
        assert Counter(answer.status_code for answer in made) == {201: KERNELS_OF_ONE_PERSON, 409: 3}
        refusal = next(answer.json()["message"] for answer in made if answer.status_code == 409)
        assert str(KERNELS_OF_ONE_PERSON) in refusal
        assert words in " ".join(refusal.split())
        assert max(map(len, refusal.splitlines())) <= 70, "Jupyter's window breaks no lines by itself"
        one = client.get(kernels).json()[0]["id"]
        client.post(f"{kernels}/{one}/restart", headers=headers).raise_for_status()
        client.delete(f"{kernels}/{one}", headers=headers).raise_for_status()
        assert make().status_code == 201
        close_server(client, account)
    log = (demo.home / "people" / account["login"] / LOG).read_text()
    assert "stock way" not in log


def test_a_killed_fork_server_is_started_again_and_loses_nobodys_server(demo):
    account, other = demo.account("teacher", "ru"), demo.account("administrator", "ru")
    with signed_in(demo, account) as client, signed_in(demo, other) as newcomer:
        base = open_server(client, account)
        started = client.get(f"{base}/api/status").json()["started"]
        demo.part("forks").kill()
        open_server(newcomer, other)  # forked by the next fork server, or started the stock way
        assert client.get(f"{base}/api/status").json()["started"] == started


def test_a_server_reports_activity_and_one_that_ended_by_itself_is_opened_again(demo):
    account = demo.account("pupil", "kk", "3А")
    with signed_in(demo, account) as client:
        base = open_server(client, account)
        started = client.get(f"{base}/api/status").json()["started"]
        reported = f"POST /hub/api/users/{account['login']}/activity"
        log = demo.home / "log" / "hub.log"
        wait_for(
            lambda: any(reported in line and " 200 " in line for line in log.read_text().splitlines()), "news"
        )
        token = token_of(client, base)
        client.post(
            f"{base}/api/shutdown", headers={"X-XSRFToken": token}
        ).raise_for_status()  # as after idle time
        wait_for(lambda: "/hub/" in str(client.get(f"{base}/").url), "the hub to notice")
        said = client.get(f"{base}/api/contents").json()["message"]  # a page that is still open shows it
        assert "қайта ашу керек" in said
        assert f"{demo.url}/hub/spawn/{account['login']}" in said
        open_server(client, account)
        assert client.get(f"{base}/api/status").json()["started"] != started


def test_a_bomb_in_a_notebook_stays_within_its_limits(demo):
    code = """
import mmap, os, resource
memory = []
for make in (bytearray, lambda size: mmap.mmap(-1, size)):  # its own, and what counts as shared
    try:
        block = make(3 * 2**30)
        memory.append("no limit")
    except (MemoryError, OSError):
        memory.append("limit")
files = resource.getrlimit(resource.RLIMIT_NOFILE)
try:
    with open("large", "wb") as file:
        file.truncate(2**30)
    size = "no limit"
except OSError:
    size = "limit"
"""
    account = demo.account("pupil", "kk", "3А")

    async def work():
        async with httpx.AsyncClient(base_url=demo.url, follow_redirects=True, timeout=120) as client:
            await sign_in(client, account["login"], account["password"])
            async with await open_notebook(client, account["login"]) as socket:
                return await execute(socket, code, "[*memory, size, files, os.nice(0) > 0]")

    assert asyncio.run(work()) == [
        "limit",
        "limit",
        "limit",
        (PERSON_LIMITS.files, PERSON_LIMITS.files),
        True,
    ]


def test_a_server_that_ends_before_it_listens_has_not_started(demo):
    account = demo.account("pupil", "kk", "7А")
    home = demo.home / "people" / account["login"]
    with signed_in(demo, account) as client:
        open_server(client, account)
        close_server(client, account)
        kept = home.rename(home.with_name("kept"))
        home.write_text("")  # no folder to work in
        try:
            client.get("/hub/spawn")
            said = f"{account['login']}'s server ended with"
            wait_for(lambda: said in (demo.home / "log" / "hub.log").read_text(), "the hub to notice", 60)
        finally:
            home.unlink()
            kept.rename(home)


@pytest.fixture(params=["isolated", "not isolated"])
def either_demo(request):
    """A demo of root's, and one of an ordinary user's, which says that it isolates nobody."""
    if request.param == "isolated":
        yield request.getfixturevalue("demo")
        return
    demo = request.getfixturevalue("ordinary_demo").start()
    assert "Nobody is isolated" in demo.output
    yield demo
    demo.stop()


def test_a_server_that_cannot_be_forked_starts_the_stock_way(either_demo):
    demo, account = either_demo, either_demo.account("leader")
    demo.keep_away("person")
    with signed_in(demo, account) as client:
        base = open_server(client, account)
        assert client.get(f"{base}/api/status").status_code == 200
        assert "starts the stock way, slowly" in (demo.home / "log" / "hub.log").read_text()
        owner = (demo.home / "people" / account["login"]).stat().st_uid
        stock = [
            p for p in psutil.process_iter(["cmdline"]) if "sandyq_hub.person" in (p.info["cmdline"] or [])
        ]
        assert owner in {uid for p in stock for uid in p.uids()}


def stop_children(nursery, uids, stopped, until):
    """Stop each child of a nursery as soon as it is one of those uids."""
    while not until.is_set():
        for pid in Path(f"/proc/{nursery.pid}/task/{nursery.pid}/children").read_text().split():
            with suppress(OSError, psutil.NoSuchProcess):
                if pid not in stopped and Path(f"/proc/{pid}").stat().st_uid in uids:
                    stopped[pid] = psutil.Process(int(pid))
                    stopped[pid].suspend()


@pytest.mark.skipif(os.geteuid() != 0, reason="people have no uids of their own")
def test_starts_that_hang_keep_nobody_else_waiting(demo, settings, school):
    pupils = [account for account in demo.accounts() if account["role"] == "pupil"]
    hanging, other = pupils[10 : 10 + LINE.size], pupils[10 + LINE.size]
    with school.reading() as session:
        people = [find_person(session, pupil["login"]) for pupil in hanging]
    uids = {number_of_person(settings, person.id) for person in people}
    nursery = wait_for(lambda: next(iter(demo.forked("fork:person")), None), "a nursery")
    stopped, over = {}, Event()
    with ThreadPoolExecutor() as others, ExitStack() as stack:
        stack.callback(over.set)
        others.submit(stop_children, nursery, uids, stopped, over)
        for pupil in hanging:
            stack.enter_context(signed_in(demo, pupil)).get("/hub/spawn")
        wait_for(lambda: len(stopped) == LINE.size, "all places to be taken")
        open_server(stack.enter_context(signed_in(demo, other)), other)
        assert all(is_alive(process) for process in stopped.values()), "they hang still"
    for process in stopped.values():
        process.kill()


@pytest.mark.skipif(
    os.geteuid() != 0, reason="the stock way, which needs no fork server, is for one's own uid"
)
def test_a_start_waits_once_for_a_fork_server_that_does_not_come_back(demo):
    account = demo.account("pupil", "ru", "5Б")
    log = demo.home / "log" / "hub.log"
    with signed_in(demo, account) as client:
        close_server(client, account)
        demo.process.send_signal(signal.SIGSTOP)  # nobody starts it again
        try:
            forks = demo.part("forks")
            forks.kill()
            wait_for(lambda: not is_alive(forks), "its end")
            began, before = time.monotonic(), len(log.read_text())
            client.get(f"/hub/spawn/{account['login']}")
            pending = f"/hub/spawn-pending/{account['login']}"
            wait_for(lambda: client.get(pending).status_code == 500, "it to be told that it cannot be had")
            assert time.monotonic() - began < 1.5 * RESTART_TIME
            assert "starts the stock way" not in log.read_text()[before:]
        finally:
            demo.process.send_signal(signal.SIGCONT)
        wait_for(lambda: has_nursery(demo), "a nursery")
        open_server(client, account)


def has_nursery(demo):
    with suppress(ValueError):  # the fork server itself is not there yet
        return demo.forked("fork:person")
    return False


def test_rooms_wait_for_a_fork_server_that_is_being_started_again(demo):
    log = demo.home / "log" / "rooms.log"
    demo.process.send_signal(signal.SIGSTOP)  # nobody starts it again yet
    try:
        forks = demo.part("forks")
        forks.kill()
        wait_for(lambda: not is_alive(forks), "its end")
        with signed_in(demo, demo.account("pupil", "kk", "7А")) as client, ThreadPoolExecutor() as others:
            visit = others.submit(open_page, client, "/services/rooms/lesson/kk/electricity-bill")
            wait_for(lambda: visit.done() or "is away" in log.read_text(), "the visit to meet with nobody")
            if os.geteuid() == 0:  # else the stock way works at once
                wait_for(
                    lambda: visit.done() or "just now: ServerAway" in log.read_text(), "its page to wait"
                )
            demo.process.send_signal(signal.SIGCONT)
            page = visit.result().text
            assert "data-view=" in page
            kernel = f"/services/rooms/api/kernels/{find_kernel(page)}"
            wait_for(lambda: client.get(kernel).json()["execution_state"] == "idle", "the visitor's kernel")
    finally:
        demo.process.send_signal(signal.SIGCONT)


@pytest.mark.skipif(os.geteuid() != 0, reason="rooms may end their own kernels, whoever serves")
def test_a_third_room_waits_for_the_fork_server_that_alone_may_end_the_first(demo):
    path, kernels = "/services/rooms/lesson/kk/electricity-bill", []
    with signed_in(demo, demo.account("pupil", "kk", "7А")) as client, ThreadPoolExecutor() as others:

        def state(kernel):
            return client.get(f"/services/rooms/api/kernels/{kernel}").json().get("execution_state")

        for _ in range(2):
            kernels.append(find_kernel(open_page(client, path).text))
            wait_for(lambda: state(kernels[-1]) == "idle", "the visitor's kernel")
        demo.process.send_signal(signal.SIGSTOP)  # nobody starts it again yet
        try:
            forks = demo.part("forks")
            forks.kill()
            wait_for(lambda: not is_alive(forks), "its end")
            visit = others.submit(client.get, path)
            homes = Path((demo.home / "forks.folder").read_text()) / "visitors"
            log = demo.home / "log" / "rooms.log"
            wait_for(lambda: visit.done() or "cannot be signalled" in log.read_text(), "somebody to wait")
        finally:
            demo.process.send_signal(signal.SIGCONT)
        assert visit.result().status_code in (200, 503)
        wait_for(lambda: not (homes / kernels[0]).exists(), "the first one's kernel to end")


def test_the_operators_page_says_what_broke(demo):
    for part in ("grader", "rooms", "forks"):
        demo.kill(part)
    with signed_in(demo, demo.account("operator")) as client:
        page = client.get("/services/portal/school/health").raise_for_status().text
    assert [part for part in ("grader", "rooms", "forks") if f"log/{part}.log" not in page] == []


def test_the_operators_page_says_whether_processes_are_forked(demo):
    with signed_in(demo, demo.account("operator")) as client:

        def look():
            return client.get("/services/portal/school/health").raise_for_status().text

        def says_away():
            return (
                'colspan="2"' in look()
            )  # the line about slow starts; what broke earlier names the same log

        wait_for(lambda: not says_away(), "the templates to be ready")
        demo.part("forks").kill()
        wait_for(says_away, "the page to notice")
        wait_for(lambda: not says_away(), "the next fork server")
        assert "log/forks.log" in look()
