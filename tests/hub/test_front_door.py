"""The proxy as visitors meet it, over HTTPS and plain HTTP: what it lets in, what it lets out, how it renews.

Behind it stands a server of the test's own that says what came to it.
"""

import http.client
import json
import shutil
import socket
import ssl
import subprocess
import threading
from contextlib import contextmanager, suppress
from dataclasses import replace
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import pytest

from rehearsal import free_port, wait_for
from sandyq.settings import Settings
from sandyq.tls.authority import write_certificates
from sandyq.tls.serving import keep_valid, read_shown
from sandyq_hub.front_door import build_command
from sandyq_hub.parts import find_node

NAME = "sandyq.local"
WEEK = 7 * 86400


class Behind(BaseHTTPRequestHandler):
    """Says what came; sets the cookies of the query, and echoes lines once it was asked to upgrade."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.headers.get("upgrade"):
            self.upgrade()
            return
        if self.path == "/torn":
            self.tear()
            return
        told = json.dumps({"path": self.path, "headers": {k.lower(): v for k, v in self.headers.items()}})
        self.send_response(200)
        for name, about in parse_qsl(urlsplit(self.path).query):
            self.send_header("Set-Cookie", f"{name}=1; {about}")
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told.encode())

    def tear(self):
        """Begin an answer and go, as a part that is killed does."""
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"5\r\nbegun\r\n")
        self.close_connection = True

    def upgrade(self):
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.end_headers()
        self.wfile.write(json.dumps(dict(self.headers.items())).encode() + b"\n")
        while line := self.rfile.readline():
            self.wfile.write(line)
        self.close_connection = True

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def behind():
    with ThreadingHTTPServer(("127.0.0.1", 0), Behind) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def write_root(settings):
    """What PCs are told to trust, and no more: the rest of the chain the server has to send."""
    path = settings.home / "root.pem"
    path.write_bytes(write_certificates([read_shown(settings).root]))
    return path


class Door:
    """A running proxy."""

    def __init__(self, settings):
        self.settings = settings
        self.context = ssl.create_default_context()
        if settings.tls_name:
            self.context = ssl.create_default_context(cafile=write_root(settings))

    def connect(self, name=NAME):
        raw = socket.create_connection(("127.0.0.1", self.settings.port), timeout=20)
        return self.context.wrap_socket(raw, server_hostname=name) if self.settings.tls_name else raw

    def ask(self, path, headers=None, *, plain=False, method="GET", host=NAME):
        """Return the status, the headers and what the server behind says."""
        settings = self.settings
        connection = http.client.HTTPConnection("127.0.0.1", settings.plain_port if plain else settings.port)
        if not plain:
            connection.sock = self.connect()
        connection.request(method, path, headers={"Host": host} | (headers or {}))
        reply = connection.getresponse()
        text = reply.read()
        connection.close()
        with suppress(ValueError):
            return reply.status, reply.headers, json.loads(text)
        return reply.status, reply.headers, text

    def serial(self):
        with self.connect() as connection:
            return sha256(connection.getpeercert(binary_form=True)).hexdigest()


@contextmanager
def open_door(settings):
    environment = settings.to_environment() | {"CONFIGPROXY_AUTH_TOKEN": "ForTheTest"}
    with (settings.home / "proxy.log").open("w") as log:
        process = subprocess.Popen(
            build_command(settings, find_node()), env=environment, stdout=log, stderr=log
        )
    try:
        for port in filter(None, (settings.port, settings.plain_port)):
            wait_for(lambda port=port: answers(port), "the proxy")
        yield Door(settings)
    finally:
        process.terminate()
        process.wait(20)


def answers(port):
    with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False


@pytest.fixture(scope="module")
def settings(tmp_path_factory, behind):
    made = Settings(
        home=tmp_path_factory.mktemp("home"), port=free_port(), proxy_api_port=free_port(), plain_port=free_port(),
        hub_port=behind, portal_port=behind, tls_name=NAME,
    )  # fmt: skip
    keep_valid(made)
    return made


@pytest.fixture(scope="module")
def door(settings):
    with open_door(settings) as opened:
        yield opened


def cookies_set(door, path):
    _, headers, _ = door.ask(path)
    return headers.get_all("set-cookie")


def test_every_cookie_is_locked_to_https_whoever_sets_it(door):
    assert cookies_set(door, "/?session=Path%3D/;HttpOnly") == ["__Host-session=1; Path=/; HttpOnly; Secure"]
    assert cookies_set(door, "/?token=Path%3D/services/portal/") == [
        "__Secure-token=1; Path=/services/portal/; Secure"
    ]
    assert cookies_set(door, "/?both=Path%3D/;Domain%3Dlocal;secure") == ["__Host-both=1; Path=/; Secure"]
    assert cookies_set(door, "/?_xsrf=Path%3D/hub/") == ["_xsrf=1; Path=/hub/; Secure"]


def test_a_cookie_that_plain_http_could_have_planted_is_left_behind(door):
    sent = "session=planted; __Host-session=ours; __Secure-token=t; _xsrf=x; __host-b=odd; plain"
    assert door.ask("/", {"Cookie": sent})[2]["headers"]["cookie"] == "session=ours; token=t; _xsrf=x"


CLAIMS = {
    "X-Real-IP": "10.9.9.9",
    "X-Forwarded-For": "10.9.9.9",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-Host": "evil.example",
    "X-Scheme": "http",
    "Forwarded": "for=10.9.9.9",
}


def test_what_visitors_claim_of_themselves_ends_at_the_door(door):
    headers = door.ask("/", CLAIMS)[2]["headers"]
    assert "10.9.9.9" not in json.dumps(headers) and "evil" not in json.dumps(headers)
    assert headers["x-forwarded-for"] == "127.0.0.1"
    assert headers["x-forwarded-proto"] == "https"


def test_it_ends_there_without_tls_too(behind, tmp_path):
    settings = Settings(home=tmp_path, port=free_port(), proxy_api_port=free_port(), hub_port=behind)
    with open_door(settings) as door:
        _, headers, told = door.ask("/?session=Path%3D/", CLAIMS | {"Cookie": "session=mine"})
        assert "10.9.9.9" not in json.dumps(told["headers"])
        assert told["headers"]["x-forwarded-proto"] == "http"
        assert told["headers"]["cookie"] == "session=mine"
        assert headers.get_all("set-cookie") == ["session=1; Path=/"]


def open_link(door):
    link = door.connect()
    asked = ["GET /link HTTP/1.1", f"Host: {NAME}", "Connection: Upgrade", "Upgrade: websocket"]
    claimed = ["X-Real-IP: 10.9.9.9", "Cookie: session=planted; __Host-session=ours"]
    link.sendall("\r\n".join([*asked, *claimed, "", ""]).encode())
    reader = link.makefile("rb")
    while reader.readline() != b"\r\n":
        pass
    return link, reader, json.loads(reader.readline())


def test_a_websocket_goes_the_same_way(door):
    link, _, headers = open_link(door)
    link.close()
    assert "10.9.9.9" not in json.dumps(headers)
    assert {k.lower(): v for k, v in headers.items()}["cookie"] == "session=ours"


def test_a_renewed_certificate_is_taken_and_open_links_go_on(door):
    before = door.serial()
    link, reader, _ = open_link(door)
    keep_valid(door.settings, anew=True)
    wait_for(lambda: door.serial() != before, "the new certificate", 20)
    link.sendall(b"still here\n")
    assert reader.readline() == b"still here\n"
    link.close()


def test_a_file_that_cannot_be_used_leaves_the_one_before(door):
    path, log = door.settings.folder("tls") / "server.pem", door.settings.home / "proxy.log"
    before, good = door.serial(), path.read_bytes()
    path.write_bytes(good[:300])
    wait_for(lambda: "the certificate before it stays" in log.read_text(), "the proxy to have looked", 20)
    assert door.serial() == before
    path.write_bytes(good)
    keep_valid(door.settings, anew=True)
    wait_for(lambda: door.serial() != before, "the new certificate", 20)


def test_plain_http_leads_to_https_and_carries_no_secret(door):
    status, headers, _ = door.ask("/hub/login?next=%2F", {"Cookie": "a=1"}, plain=True)
    assert (status, headers["location"]) == (302, f"https://{NAME}:{door.settings.port}/hub/login?next=%2F")
    assert headers["cache-control"] == "no-store", "so that a school may give HTTPS up again"
    _, headers, _ = door.ask("/", plain=True, host="127.0.0.1:80")
    assert headers["location"] == f"https://127.0.0.1:{door.settings.port}/"
    _, headers, _ = door.ask("/", plain=True, host="evil.example")
    assert headers["location"] == f"https://{NAME}:{door.settings.port}/"
    assert door.ask("/hub/login", plain=True, method="POST")[0] == 403
    for method in ("CONNECT", "OPTIONS", "PUT", "DELETE"):
        with suppress(http.client.RemoteDisconnected, ConnectionResetError):
            assert door.ask("/hub/api", plain=True, method=method)[0] == 403


@pytest.mark.parametrize("path", ["/trust", "/trust?lang=kk", "/trust/sandyq-ca.crt", "/trust/sandyq-ca.pem"])
def test_only_what_explains_trust_is_there_over_plain_http(door, path):
    status, headers, told = door.ask(
        path + "", {"Cookie": "a=1; __Host-b=2", "X-Real-IP": "10.9.9.9"}, plain=True
    )
    assert status == 200 and told["path"] == f"/services/portal{path}"
    assert "cookie" not in told["headers"] and "x-real-ip" not in told["headers"]
    assert headers.get_all("set-cookie") is None


@pytest.mark.parametrize(
    "path",
    [
        "/trust/poster", "/trust/../hub/home", "/trust/sandyq-ca.crt/..", "/trustworthy", "/services/portal/",
        "/services/portal/static/../people", "/services/portal/trust", "/user/aidos/", "/trust?a=b;Path=/#", "*",
        "http://evil.example/trust",
    ],
)  # fmt: skip
def test_nothing_else_is(door, path):
    status, headers, _ = door.ask(path, plain=True)
    assert status == 302 and headers["location"].startswith(f"https://{NAME}:")


def test_the_short_address_works_over_https_too(door):
    assert door.ask("/trust/poster")[2]["path"] == "/services/portal/trust/poster"
    assert door.ask("/trustworthy")[2]["path"] == "/trustworthy"


def test_hsts_is_said_only_when_the_operator_wants_it_and_of_names_alone(door, tmp_path):
    assert "strict-transport-security" not in door.ask("/")[1]
    settings = replace(
        door.settings,
        home=tmp_path,
        port=free_port(),
        proxy_api_port=free_port(),
        plain_port=free_port(),
        hsts_days=7,
    )
    keep_valid(settings)
    with open_door(settings) as strict:
        assert strict.ask("/")[1]["strict-transport-security"] == f"max-age={WEEK}"
        assert "strict-transport-security" not in strict.ask("/", host="192.168.1.5")[1]
        assert "strict-transport-security" not in strict.ask("/", host="localhost")[1]
        assert "strict-transport-security" not in strict.ask("/trust", plain=True)[1]


@pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl: apt install openssl")
@pytest.mark.parametrize(
    ("options", "good"),
    [
        (["-tls1_3"], True),
        (["-tls1_2"], True),
        (["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"], False),
        (["-tls1", "-cipher", "ALL:@SECLEVEL=0"], False),
        (["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES128-SHA"], False),
        (["-tls1_2", "-cipher", "AES128-GCM-SHA256:AES256-SHA"], False),
        (["-tls1_2", "-cipher", "ALL:eNULL:aNULL:!ECDHE:@SECLEVEL=0"], False),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_only_modern_ways_of_locking_are_spoken(door, options, good):
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{door.settings.port}", "-verify_hostname", NAME]
    trusted = ["-CAfile", str(write_root(door.settings)), "-verify_return_error"]
    result = subprocess.run(
        [*command, *trusted, *options], stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    assert (result.returncode == 0) is good, result.stderr.decode()


def test_portal_and_rooms_are_found_before_the_hub_has_told_the_proxy_where_they_are(settings, behind):
    """A hub that starts tells it late; until then it would say itself that there is no such page."""
    hubs = free_port()  # nobody answers there
    alone = replace(settings, port=free_port(), proxy_api_port=free_port(), hub_port=hubs, rooms_port=behind)
    with open_door(replace(alone, tls_name="", plain_port=0)) as door:
        for path in ("/services/portal/health", "/services/rooms/lesson/kk/robot"):
            status, _, told = door.ask(path)
            assert (status, told["path"]) == (200, path)
        assert door.ask("/hub/login")[0] == 503


def test_an_answer_whose_part_died_midway_ends_for_the_visitor_too(door):
    """Else a page that listens, as the one of those who wait for their server, would listen for ever."""
    with pytest.raises(http.client.IncompleteRead) as torn:
        door.ask("/torn")
    assert torn.value.partial == b"begun"
