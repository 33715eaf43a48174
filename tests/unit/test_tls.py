"""The school's own authority: what it is good for, as openssl sees it, and when its certificates are renewed."""

import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from tls_world import NAME, NOW

from sandyq.backup import LEFT_OUT
from sandyq.tls import mdns, serving
from sandyq.tls.authority import (
    CERTIFICATE_LIFE,
    Authority,
    issue,
    make_authority,
    write_certificates,
)
from sandyq.tls.names import check_name, find_addresses, is_private
from sandyq.tls.serving import keep_valid, make_anew, read_shown

OPENSSL = shutil.which("openssl")
needs_openssl = pytest.mark.skipif(not OPENSSL, reason="no openssl: apt install openssl")


def verify(folder, certificate, authority, *names):
    """What openssl, which is not ours, says of a certificate: empty when it is good."""
    files = {"root": [authority.root], "between": [authority.issuing], "leaf": [certificate]}
    for name, content in files.items():
        (folder / name).write_bytes(write_certificates(content))
    command = [
        OPENSSL,
        "verify",
        "-CAfile",
        "root",
        "-untrusted",
        "between",
        "-purpose",
        "sslserver",
        *names,
        "leaf",
    ]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return "" if result.returncode == 0 else result.stderr + result.stdout


@needs_openssl
@pytest.mark.parametrize(
    ("names", "addresses", "word"),
    [
        ([NAME], ["192.168.1.5"], ""),
        (["localhost"], ["127.0.0.1", "10.0.0.7", "fd00::5"], ""),
        (["example.org"], [], "permitted subtree violation"),
        (["sandyq.local.example.org"], [], "permitted subtree violation"),
        (["bank.kz", NAME], [], "permitted subtree violation"),
        ([NAME], ["8.8.8.8"], "permitted subtree violation"),
        ([NAME], ["2001:db8::1"], "permitted subtree violation"),
    ],
)
def test_the_authority_is_good_for_the_schools_names_and_private_addresses_only(
    tmp_path, names, addresses, word
):
    authority = make_authority(NAME, datetime.now(UTC))
    _, certificate = issue(authority, names, map(ip_address, addresses), datetime.now(UTC))
    said = verify(tmp_path, certificate, authority)
    assert word in said if word else said == ""


@needs_openssl
def test_what_it_signs_is_a_web_server_and_nothing_else(tmp_path):
    authority = make_authority(NAME, datetime.now(UTC))
    _, certificate = issue(authority, [NAME], [], datetime.now(UTC))
    assert verify(tmp_path, certificate, authority, "-purpose", "smimesign")
    assert verify(tmp_path, certificate, authority, "-purpose", "sslclient")
    assert verify(tmp_path, certificate, authority, "-verify_hostname", "other.local")
    assert verify(tmp_path, certificate, authority, "-verify_hostname", NAME) == ""
    limits = authority.root.extensions.get_extension_for_class(x509.NameConstraints)
    assert (
        limits.critical
        and authority.issuing.extensions.get_extension_for_class(x509.NameConstraints).critical
    )


def test_nobody_has_the_key_of_what_pcs_trust(tls_settings, tls_at):
    keep_valid(tls_settings, now=NOW)
    kept = Authority.from_pem((tls_settings.folder("tls") / "authority.pem").read_bytes())
    everything = b"".join(path.read_bytes() for path in tls_settings.folder("tls").iterdir())
    keys = [
        serialization.load_pem_private_key(
            b"-----BEGIN PRIVATE KEY" + part.split(b"-----BEGIN CERT")[0], None
        )
        for part in everything.split(b"-----BEGIN PRIVATE KEY")[1:]
    ]
    assert len(keys) == 2
    assert kept.root.public_key() not in [key.public_key() for key in keys]
    assert kept.key.public_key() in [key.public_key() for key in keys]


def test_the_keys_are_closed_and_in_every_backup(tls_settings, tls_at):
    keep_valid(tls_settings, now=NOW)
    modes = {path.name: path.stat().st_mode & 0o777 for path in tls_settings.folder("tls").iterdir()}
    assert modes == {"authority.pem": 0o600, "server.pem": 0o600, "public.pem": 0o644}
    assert b"PRIVATE" not in (tls_settings.folder("tls") / "public.pem").read_bytes()
    assert "tls" not in LEFT_OUT


def test_a_certificate_is_made_once_and_renewed_well_before_its_end(tls_settings, tls_at):
    assert keep_valid(tls_settings, now=NOW) == "there was none"
    first = read_shown(tls_settings)
    assert first.addresses == [ip_address("192.168.1.5")]
    assert first.names == [NAME, "localhost"]
    assert first.chain[0].not_valid_after_utc - first.chain[0].not_valid_before_utc <= CERTIFICATE_LIFE
    assert keep_valid(tls_settings, now=NOW + timedelta(days=250)) == ""
    later = NOW + timedelta(days=320)
    assert "it ends on" in keep_valid(tls_settings, now=later)
    renewed = read_shown(tls_settings)
    assert renewed.root == first.root, "nobody has to trust anew"
    assert renewed.ends > later + timedelta(days=365)
    assert renewed.find_problems(NAME, later) == []


def test_a_server_that_was_off_for_years_comes_back_with_a_good_one(tls_settings, tls_at):
    keep_valid(tls_settings, now=NOW)
    later = NOW + timedelta(days=3 * 365)
    assert read_shown(tls_settings).find_problems(NAME, later) == [serving.OVER]
    keep_valid(tls_settings, now=later)
    assert read_shown(tls_settings).find_problems(NAME, later) == []


def test_a_new_address_is_taken_in_and_one_that_is_gone_changes_nothing(tls_settings, tls_at):
    tls_at("192.168.1.5", "10.1.1.1")
    keep_valid(tls_settings, now=NOW)
    tls_at("192.168.1.5")
    assert keep_valid(tls_settings, now=NOW) == ""
    tls_at("192.168.1.77")
    assert "192.168.1.77" in keep_valid(tls_settings, now=NOW)
    assert read_shown(tls_settings).addresses == [ip_address("192.168.1.77")]


def test_the_authoritys_last_year_is_told_and_no_certificate_outlives_it(tls_settings, tls_at):
    keep_valid(tls_settings, now=NOW)
    root = read_shown(tls_settings).root
    last = root.not_valid_after_utc - timedelta(days=40)
    keep_valid(tls_settings, now=last)
    assert read_shown(tls_settings).ends == root.not_valid_after_utc
    assert keep_valid(tls_settings, now=last) == "", "not again each minute"
    assert read_shown(tls_settings).find_problems(NAME, last) == [serving.AUTHORITY]
    with pytest.raises(ValueError, match=r"new-ca"):
        keep_valid(tls_settings, now=root.not_valid_after_utc + timedelta(days=1))


def test_an_empty_clock_battery_makes_nothing_and_spoils_nothing(tls_settings, tls_at):
    with pytest.raises(ValueError, match=r"1970-01-01.*timedatectl"):
        keep_valid(tls_settings, now=datetime(1970, 1, 1, tzinfo=UTC))
    keep_valid(tls_settings, now=NOW)
    kept = read_shown(tls_settings).chain
    tls_at("192.168.1.99")
    assert keep_valid(tls_settings, now=datetime(1970, 1, 1, tzinfo=UTC)) == ""
    assert read_shown(tls_settings).chain == kept
    assert read_shown(tls_settings).find_problems(NAME, datetime(1970, 1, 1, tzinfo=UTC)) == [serving.CLOCK]


def test_a_clock_that_was_ahead_once_costs_nobody_their_trust(tls_settings, tls_at):
    keep_valid(tls_settings, now=NOW)
    root = read_shown(tls_settings).root
    keep_valid(tls_settings, now=NOW + timedelta(days=320))
    assert keep_valid(tls_settings, now=NOW) == "", "it may as well be behind now"
    assert read_shown(tls_settings).find_problems(NAME, NOW) == [serving.CLOCK]
    assert keep_valid(tls_settings, now=NOW, anew=True) == "asked for"
    assert read_shown(tls_settings).find_problems(NAME, NOW) == []
    assert read_shown(tls_settings).root == root
    make_anew(tls_settings, now=NOW + timedelta(days=320))
    assert keep_valid(tls_settings, now=NOW, anew=True) == "", "PCs would refuse its authority"
    make_anew(tls_settings, now=NOW)
    assert read_shown(tls_settings).find_problems(NAME, NOW) == []


@pytest.mark.parametrize("lost", ["public.pem", "server.pem"])
def test_a_power_cut_between_two_files_is_mended_at_the_next_look(tls_settings, tls_at, lost):
    keep_valid(tls_settings, now=NOW)
    root = read_shown(tls_settings).root
    (tls_settings.folder("tls") / lost).unlink()
    keep_valid(tls_settings, now=NOW)
    shown = x509.load_pem_x509_certificates((tls_settings.folder("tls") / "server.pem").read_bytes())
    assert read_shown(tls_settings).chain == shown
    assert read_shown(tls_settings).root == root


def test_another_name_needs_a_new_authority(tls_settings, tls_at):
    keep_valid(tls_settings, now=NOW)
    other = replace(tls_settings, tls_name="aqkol.local")
    with pytest.raises(ValueError, match=r"sandyq.local, not for aqkol.local.*new-ca"):
        keep_valid(other, now=NOW)
    before = read_shown(tls_settings).root
    make_anew(other, now=NOW)
    assert read_shown(other).root != before
    assert read_shown(other).names[0] == "aqkol.local"


def test_a_damaged_authority_is_named_with_the_way_out(tls_settings, tls_at):
    keep_valid(tls_settings, now=NOW)
    path = tls_settings.folder("tls") / "authority.pem"
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ValueError, match=r"authority.pem cannot be used.*backup.*new-ca"):
        keep_valid(tls_settings, now=NOW)


@pytest.mark.parametrize(
    "name", ["192.168.1.5", "Сандық.local", "a_b.local", "local", "edu.kz", "-a.local", "a..b"]
)
def test_a_name_that_cannot_be_is_refused_with_its_value(name):
    with pytest.raises(ValueError, match=r"sandyq.local"):
        check_name(name)


def test_names_are_taken_in_small_letters():
    assert check_name(" School7.EDU.kz ") == "school7.edu.kz"
    assert check_name("localhost") == "localhost"


def test_this_machines_addresses_are_private_and_not_the_loopback():
    assert all(is_private(each) and not each.is_loopback for each in find_addresses())
    assert not is_private(ip_address("8.8.8.8"))


# The name in the network


def test_avahi_is_told_the_name_once_and_keeps_its_other_settings(tmp_path):
    settings = tmp_path / "avahi-daemon.conf"
    settings.write_text("[server]\n#host-name=foo\nuse-ipv4=yes\nuse-ipv6=yes\n\n[wide-area]\nenable=yes\n")
    assert len(mdns.announce(NAME, 443, tmp_path)) == 2
    assert settings.read_text() == (
        "[server]\nhost-name=sandyq\nuse-ipv4=yes\nuse-ipv6=no\n\n[wide-area]\nenable=yes\n"
    )
    assert "<port>443</port>" in (tmp_path / "services" / "sandyq.service").read_text()
    assert mdns.announce(NAME, 443, tmp_path) == []
    with pytest.raises(ValueError, match=r"school7.edu.kz"):
        mdns.announce("school7.edu.kz", 443, tmp_path)
    with pytest.raises(OSError, match=r"apt install avahi-daemon"):
        mdns.announce(NAME, 443, tmp_path / "nowhere")


def test_another_device_with_our_name_is_found(tmp_path, monkeypatch):
    program = tmp_path / "avahi-resolve"
    program.write_text('#!/bin/sh\necho "$3\t192.168.1.7"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert mdns.find_rival(NAME, [ip_address("192.168.1.5")]) == "192.168.1.7"
    assert mdns.find_rival(NAME, [ip_address("192.168.1.7")]) == ""
    assert mdns.find_rival("school7.edu.kz", []) == ""
