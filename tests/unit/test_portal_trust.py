"""What people read about trust: the page, the sheet for the wall, the files, the command."""

import io
import subprocess
from dataclasses import replace

import pytest
from cryptography import x509
from portal_school import PREFIX, School
from starlette.testclient import TestClient
from tls_world import NAME, District

from sandyq.settings import Settings
from sandyq.tls import serving
from sandyq.tls.authority import (
    fingerprint,
    write_key,
)
from sandyq.tls.serving import keep_valid, read_shown
from sandyq_hub import tls_commands
from sandyq_portal.app import create_app


@pytest.fixture(scope="module")
def district(tmp_path_factory):
    return District(tmp_path_factory.mktemp("district"))


@pytest.fixture
def portal(tmp_path, tls_settings, tls_at):
    school = School(tmp_path)
    school.settings = replace(school.settings, port=443, tls_name=NAME, plain_port=80, listen="192.168.1.5")
    overrides = school.app.dependency_overrides
    school.app = create_app(school.settings)
    school.app.dependency_overrides = overrides
    keep_valid(school.settings)
    return school


@pytest.mark.parametrize(
    ("language", "words"), [("kk", "Саусақ ізі"), ("ru", "Отпечаток"), ("en", "Fingerprint")]
)
def test_the_page_about_trust_says_what_to_compare_in_the_language_of_the_link(portal, language, words):
    page = TestClient(portal.app).get(f"{PREFIX}/trust", params={"lang": language}).text
    root = read_shown(portal.settings).root
    assert f'<html lang="{language}"' in page and words in page
    assert fingerprint(root)[:23] in page and fingerprint(root).replace(":", "").lower() in page
    assert "https://192.168.1.5/" in page and "https://sandyq.local/" in page


def test_the_certificate_is_there_in_both_forms_and_no_key_is(portal):
    client = TestClient(portal.app)
    root = read_shown(portal.settings).root
    der = client.get(f"{PREFIX}/trust/sandyq-ca.crt")
    assert x509.load_der_x509_certificate(der.content) == root
    assert der.headers["content-type"] == "application/x-x509-ca-cert"
    looked = client.head(f"{PREFIX}/trust/sandyq-ca.crt")  # as a phone's downloads look first
    assert (looked.status_code, looked.headers) == (200, der.headers)
    assert x509.load_pem_x509_certificate(client.get(f"{PREFIX}/trust/sandyq-ca.pem").content) == root
    for name in ("server.pem", "authority.pem", "public.pem", "..%2Ftls%2Fserver.pem"):
        assert client.get(f"{PREFIX}/trust/{name}").status_code == 404


def test_the_sheet_for_the_wall_speaks_all_languages_and_its_code_leads_to_the_page(portal):
    page = TestClient(portal.app).get(f"{PREFIX}/trust/poster").text
    for language in ("kk", "ru", "en"):
        assert f'<section lang="{language}">' in page
    assert "http://192.168.1.5/trust" in page and "http://sandyq.local/trust" in page
    assert page.count("<svg") >= 2


def test_where_pcs_know_the_certificate_there_is_nothing_to_do(portal, district):
    server = district.sign("server", "below")
    serving.show(portal.settings, 0, write_key(district.keys["server"]), [server, district.below])
    page = TestClient(portal.app).get(f"{PREFIX}/trust", params={"lang": "en"})
    assert "There is nothing to do" in page.text
    assert TestClient(portal.app).get(f"{PREFIX}/trust/poster").status_code == 404


def test_over_plain_http_there_is_no_such_page(tmp_path):
    client = TestClient(School(tmp_path).app)
    for path in ("", "/poster", "/sandyq-ca.crt"):
        assert client.get(f"{PREFIX}/trust{path}").status_code == 404


def test_the_command_says_what_pcs_trust_and_what_is_wrong(tls_settings, tls_at):
    out = io.StringIO()
    keep_valid(tls_settings)
    assert tls_commands.show_standing(tls_settings, out) == 0
    told = out.getvalue()
    assert "https://sandyq.local/" in told and "https://192.168.1.5/" in told
    assert fingerprint(read_shown(tls_settings).root)[:47] in told
    with pytest.raises(ValueError, match=r"./sandyq demo --tls"):
        tls_commands.show_standing(Settings(home=tls_settings.home), out)


def test_a_stick_brings_what_windows_and_linux_need(tls_settings, tls_at, tmp_path):
    keep_valid(tls_settings)
    stick, pc = tmp_path / "stick", tmp_path / "pc"
    tls_commands.export(tls_settings, stick, io.StringIO())
    assert (
        b'certutil -addstore -f Root "%~dp0sandyq-ca.crt"\r\n' in (stick / "trust-windows.cmd").read_bytes()
    )
    subprocess.run(
        ["sh", stick / "trust-linux.sh"], env={"PATH": "/usr/bin:/bin", "DESTDIR": str(pc)}, check=True
    )
    root = read_shown(tls_settings).root
    put = pc / "usr/local/share/ca-certificates/sandyq-ca.crt"
    assert x509.load_pem_x509_certificate(put.read_bytes()) == root
    assert "sandyq-ca.crt" in (pc / "etc/firefox/policies/policies.json").read_text()


def test_a_new_authority_is_made_only_when_told_to(tls_settings, tls_at):
    keep_valid(tls_settings)
    before, out = read_shown(tls_settings).root, io.StringIO()
    assert tls_commands.make_authority_anew(tls_settings, out, apply=False) == 0
    assert read_shown(tls_settings).root == before and "every PC" in out.getvalue()
    tls_commands.make_authority_anew(tls_settings, out, apply=True)
    assert read_shown(tls_settings).root != before


def test_a_timer_renews_only_what_is_due(tls_settings, tls_at):
    out = io.StringIO()
    assert tls_commands.renew(tls_settings, out, only_due=True) == 0
    assert "there was none" in out.getvalue()
    before = read_shown(tls_settings).chain
    tls_commands.renew(tls_settings, out, only_due=True)
    assert read_shown(tls_settings).chain == before
    tls_at("192.168.1.6")
    tls_commands.renew(tls_settings, out, only_due=True)
    assert "192.168.1.6" in out.getvalue() and read_shown(tls_settings).chain != before


def test_the_health_page_says_until_when_and_what_to_do(portal):
    operator = portal.sign_in(portal.login("operator"))
    page = operator.get(f"{PREFIX}/school/health").text
    assert f'href="{PREFIX}/trust/poster"' in page
    portal.settings = replace(portal.settings, tls_name="other.local")
    portal.app.state.settings = portal.settings
    page = operator.get(f"{PREFIX}/school/health").text
    assert "./sandyq tls renew" in page
