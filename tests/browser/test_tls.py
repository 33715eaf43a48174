"""HTTPS as people meet it: a PC that does not trust yet, the page that explains it, then a lesson and a notebook.

The PCs are real browsers with profiles of their own; what they do to trust is what the page tells them to do.
"""

import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from playwright.sync_api import Error, sync_playwright

from rehearsal import (
    CHROMIUM,
    CHROMIUM_ARGUMENTS,
    SCREEN,
    Demo,
    Visitor,
    has_browser,
    is_alive,
    open_folder,
    wait_for,
)
from sandyq.settings import PROJECT, Settings
from sandyq.tls.authority import Authority, issue, write_certificates, write_key
from sandyq_hub.parts import find_node
from soak import read_answers

NAME = "sandyq.local"
LESSON = "/services/rooms/lesson/kk/passphrase"
FIREFOX = "/usr/bin/firefox-esr"
RESOLVED = f"--host-resolver-rules=MAP {NAME} 127.0.0.1, MAP example.org 127.0.0.1"
REMEMBER_STATES = """() => {
    window.states = [];
    const note = () => states.push(document.body.dataset.link);
    new MutationObserver(note).observe(document.body, { attributeFilter: ["data-link"] });
}"""
needs_certutil = pytest.mark.skipif(
    not shutil.which("certutil"), reason="no certutil: apt install libnss3-tools"
)


@pytest.fixture(scope="module")
def demo():
    with open_folder() as folder:
        running = Demo(folder / "home", tls_name=NAME).start()
        try:
            yield running
        finally:
            running.stop()


@pytest.fixture(scope="module")
def plain(demo):
    """The address that one can open without trusting anything."""
    return f"http://{NAME}:{demo.port + 1}"


@pytest.fixture(scope="module")
def playwright():
    if not has_browser():
        pytest.skip(f"no browser at {CHROMIUM}: apt install chromium")
    with sync_playwright() as opened:
        yield opened


@contextmanager
def open_pc(playwright, home, demo):
    """Somebody at a PC whose user's folder is ``home``."""
    browser = playwright.chromium.launch(
        executable_path=CHROMIUM, args=[*CHROMIUM_ARGUMENTS, RESOLVED], env=os.environ | {"HOME": str(home)}
    )
    try:
        context = browser.new_context(viewport=SCREEN)
        visitor = Visitor(context.new_page(), demo)
        context.on("request", visitor.remember)
        yield visitor
    finally:
        browser.close()


@pytest.fixture(scope="module")
def untrusting(playwright, demo, tmp_path_factory):
    with open_pc(playwright, tmp_path_factory.mktemp("pc"), demo) as visitor:
        yield visitor


@pytest.fixture(scope="module")
def home(untrusting, plain, tmp_path_factory):
    """A user's folder after what the page about trust says was done, word for word."""
    if not shutil.which("certutil"):
        pytest.skip("no certutil: apt install libnss3-tools")
    made = tmp_path_factory.mktemp("user")
    page = untrusting.page
    page.goto(f"{plain}/trust?lang=en")
    with page.expect_download() as download:
        page.get_by_role("link", name="sandyq-ca.pem").click()
    download.value.save_as(made / "sandyq-ca.pem")
    commands = page.locator("section[aria-labelledby=linux] pre").last.text_content()
    subprocess.run(["sh", "-ec", commands], cwd=made, env=os.environ | {"HOME": str(made)}, check=True)
    return made


@pytest.fixture(scope="module")
def trusting(playwright, demo, home):
    """A pupil's PC that trusts the school's server; the pupil has signed in."""
    with open_pc(playwright, home, demo) as visitor:
        visitor.sign_in(demo.account("pupil", "kk", "7А"))
        yield visitor


def refuse(visitor, address, word):
    """Open an address that the browser is to warn of; in a page of its own, for the warning is one, too."""
    page = visitor.page.context.new_page()
    try:
        with pytest.raises(Error, match=word):
            page.goto(address)
    finally:
        page.close()


def test_a_pc_that_does_not_trust_warns_and_is_told_what_to_do(untrusting, demo, plain):
    refuse(untrusting, f"{demo.url}/", "ERR_CERT_AUTHORITY_INVALID")
    refuse(untrusting, f"{plain}/", "ERR_CERT_AUTHORITY_INVALID")
    untrusting.page.goto(f"{plain}/trust?lang=en")
    assert "Have this device trust" in untrusting.page.locator("h1").inner_text()


def serious(page):
    found = Axe().run(page).response["violations"]
    return [
        (each["id"], each["nodes"][0]["html"][:200])
        for each in found
        if each["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_the_page_is_for_everybody_and_for_keys(untrusting, plain, language):
    page = untrusting.page
    page.goto(f"{plain}/trust")
    page.locator(f".languages a[lang={language}]").click()
    page.locator(f"html[lang={language}]").wait_for(state="attached")
    assert serious(page) == []
    for _ in range(12):
        page.keyboard.press("Tab")
        if "sandyq-ca.crt" in (page.evaluate("document.activeElement.getAttribute('href')") or ""):
            break
    else:
        pytest.fail("the Tab key does not lead to the certificate")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def open_lesson(visitor):
    """Open it and note from then on how its link fares."""
    visitor.go(LESSON)
    visitor.page.locator("body.sq-drawn[data-link=live]").wait_for(timeout=60_000)
    visitor.page.evaluate(REMEMBER_STATES)


def answer(visitor, demo, number):
    """Answer a question; it has come to the school's database when this returns."""
    login = demo.account("pupil", "kk", "7А")["login"]
    before = read_answers(demo, login).total()
    visitor.page.locator("[data-cell='4'] .sandyq-question .sq-line input").fill(str(number))
    visitor.page.keyboard.press("Enter")
    wait_for(lambda: read_answers(demo, login).total() > before, "the answer to be kept")


def test_a_pupil_learns_over_https_without_a_warning(trusting, demo):
    page, sockets = trusting.page, []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    open_lesson(trusting)
    answer(trusting, demo, 3)
    assert sockets and all(url.startswith(f"wss://{NAME}:{demo.port}/") for url in sockets)
    assert page.evaluate("isSecureContext")
    assert trusting.outside == []


def serial(demo):
    return ssl.get_server_certificate(("127.0.0.1", demo.port))


def test_a_renewal_in_the_middle_of_a_lesson_is_felt_by_nobody(trusting, demo):
    open_lesson(trusting)
    before = serial(demo)
    command = [sys.executable, "-m", "sandyq.cli", "tls", "renew", "--home", str(demo.home)]
    subprocess.run(command, check=True, capture_output=True)
    wait_for(lambda: serial(demo) != before, "the new certificate", 20)
    answer(trusting, demo, 4)
    assert trusting.page.evaluate("states") == []
    trusting.go("/services/portal/")  # the new one is trusted as the old one was
    trusting.page.locator("main h1").wait_for()


def test_a_proxy_that_is_started_anew_loses_nothing(trusting, demo):
    open_lesson(trusting)
    victim = demo.part("proxy")
    victim.kill()
    wait_for(lambda: not is_alive(victim), "the proxy's end")
    states = wait_for(lambda: trusting.page.evaluate("states"), "the page to notice")
    assert states
    trusting.page.locator("body[data-link=live]").wait_for(timeout=60_000)
    answer(trusting, demo, 5)


def test_a_notebook_opens_and_its_kernel_answers(trusting, demo):
    page, links, words = trusting.page, [], []

    def hear(frame):
        words.append(frame)

    def listen(socket):
        links.append(socket.url)
        if "/api/kernels/" in socket.url:
            socket.on("framereceived", hear)

    page.on("websocket", listen)
    trusting.go("/hub/user-redirect/sandyq/lesson/kk/python-prices")
    page.wait_for_url("**/notebooks/lessons/**", timeout=90_000)
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for(timeout=60_000)
    # A browser's events come with what is asked of it.
    wait_for(lambda: page.evaluate("true") and words, "a word of the kernel")
    assert all(url.startswith("wss://") for url in links)
    assert trusting.outside == []


def test_where_names_are_not_found_the_address_does_as_well(trusting, demo):
    page = trusting.page.context.new_page()
    page.goto(f"https://127.0.0.1:{demo.port}/trust")
    page.locator("h1").wait_for()
    page.close()


def test_no_cookie_travels_by_plain_http(trusting, demo, plain):
    cookies = trusting.page.context.cookies()
    names = {cookie["name"] for cookie in cookies}
    assert {
        "__Secure-jupyterhub-hub-login",
        "__Secure-service-portal",
        "__Host-jupyterhub-session-id",
    } <= names
    assert [cookie["name"] for cookie in cookies if not cookie["secure"]] == []
    readable = {cookie["name"] for cookie in cookies if not cookie["httpOnly"]}
    assert readable <= {"_xsrf", "sandyq-reader", "__Host-sandyq-lang"}
    page = trusting.page.context.new_page()
    asked = page.goto(f"{plain}/trust").request.all_headers()
    assert "accept" in asked and "cookie" not in asked
    page.close()


def test_signing_out_leaves_nothing_behind(playwright, demo, home):
    with open_pc(playwright, home, demo) as visitor:
        visitor.sign_in(demo.account("teacher"))
        visitor.go("/services/portal/sign-out")
        visitor.page.wait_for_url("**/hub/login**")
        kept = {cookie["name"] for cookie in visitor.page.context.cookies()}
        assert kept <= {"__Host-sandyq-lang", "_xsrf", "__Host-jupyterhub-session-id"}


class Imposter(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<h1>Your bank</h1>")

    def log_message(self, *_):
        pass


@contextmanager
def open_imposter(demo, folder, name):
    """A server with a certificate for ``name`` that whoever has the school's disk can make."""
    authority = Authority.from_pem((demo.home / "tls" / "authority.pem").read_bytes())
    key, certificate = issue(authority, [name], [], datetime.now(UTC))
    path = folder / "imposter.pem"
    path.write_bytes(write_key(key) + write_certificates([certificate, authority.issuing]))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    server = HTTPServer(("127.0.0.1", 0), Imposter)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"https://{name}:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


def test_the_schools_authority_opens_no_other_site(trusting, demo, tmp_path):
    page = trusting.page.context.new_page()
    with open_imposter(demo, tmp_path, NAME) as address:
        page.goto(address)  # the same way, for a name that it may sign
        assert page.locator("h1").inner_text() == "Your bank"
    page.close()
    with open_imposter(demo, tmp_path, "example.org") as address:
        refuse(trusting, address, "ERR_CERT_")


def test_the_sheet_for_the_wall_fits_one_page_of_a4(trusting, tmp_path):
    page = trusting.page.context.new_page()
    page.goto(f"{trusting.demo.url}/trust/poster")
    assert serious(page) == []
    page.emulate_media(media="print")
    pdf = page.pdf(format="A4", prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1
    page.close()


@pytest.mark.skipif(not Path(FIREFOX).exists(), reason=f"no browser at {FIREFOX}: apt install firefox-esr")
@needs_certutil
def test_firefox_trusts_by_its_own_list_and_warns_without(demo, home, tmp_path):
    if not (PROJECT / "node_modules" / "puppeteer-core").exists():
        pytest.skip("what drives it is not installed: ./sandyq test installs it")
    profiles = {trusts: tmp_path / f"profile-{trusts}" for trusts in (False, True)}
    for profile in profiles.values():
        profile.mkdir()
    put = ["-A", "-t", "C,,", "-n", "Sandyq", "-i", str(home / "sandyq-ca.pem")]
    subprocess.run(["certutil", "-d", f"sql:{profiles[True]}", *put], check=True)
    for trusts, profile in profiles.items():
        about = {"program": FIREFOX, "profile": str(profile), "url": demo.url, "name": NAME, "trusts": trusts,
                 "pupil": demo.account("pupil", "kk", "7А"), "lesson": LESSON}  # fmt: skip
        steps = subprocess.run(
            [find_node(), Path(__file__).with_name("tls_firefox.mjs"), json.dumps(about)],
            env=os.environ | {"HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert steps.returncode == 0 and "as it should be" in steps.stdout, f"{steps.stdout}{steps.stderr}"


def test_the_keys_are_whose_they_should_be(demo):
    if os.geteuid() != 0:
        pytest.skip("without root nobody is isolated")
    settings = Settings.load(demo.home)
    folder = settings.folder("tls")
    owners = {path.name: (path.stat().st_uid, path.stat().st_mode & 0o777) for path in folder.iterdir()}
    assert owners == {
        "authority.pem": (0, 0o600),
        "server.pem": (settings.uid_base, 0o600),
        "public.pem": (0, 0o644),
    }
    load_pem_private_key((folder / "authority.pem").read_bytes(), None)
    for part in ("hub", "portal", "rooms"):
        number = demo.part(part).uids().real
        reading = ["python3", "-c", f"open({str(folder / 'server.pem')!r})"]
        tried = subprocess.run(
            reading, user=number, group=number, extra_groups=[], capture_output=True, check=False
        )
        assert b"PermissionError" in tried.stderr, part
