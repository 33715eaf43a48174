"""Certificates: what was signed is read again, whatever was changed is told."""

from datetime import date

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import assume, given
from hypothesis import strategies as st

from sandyq.cli import main
from sandyq.school.academy.certificates import Certificate, NoCertificate, check, sign, write_key

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(31) + b"1")
CERTIFICATE = Certificate(
    "12-2026",
    "Сейітова Гүлжан Маратқызы",
    "Функционалдық сауаттылық",
    36,
    date(2026, 11, 20),
    "Аудандық кабинет",
)
SIGNED = sign(CERTIFICATE, KEY)
SUPPORT = Certificate("13-2026", "Ким Светлана", "Грамотность", 0, date(2026, 11, 20), "Аудандық кабинет", 9)


def test_what_was_signed_is_read_again_also_from_a_phone_that_ends_lines_otherwise():
    assert check(SIGNED, [OTHER.public_key(), KEY.public_key()]) == CERTIFICATE
    assert check(SIGNED.replace("\n", "\r\n") + "\n", [KEY.public_key()]) == CERTIFICATE


def test_people_can_read_it():
    assert SIGNED.split("\n")[1:5] == [
        "12-2026", "Сейітова Гүлжан Маратқызы", "Функционалдық сауаттылық", "36 h, 2026-11-20",
    ]  # fmt: skip


def test_the_year_of_support_is_another_kind_that_nobody_makes_of_a_course():
    signed = sign(SUPPORT, KEY)
    assert signed.split("\n")[0] == "Sandyq: year of support"
    assert signed.split("\n")[4] == "9 months, 2026-11-20"
    assert check(signed, [KEY.public_key()]) == SUPPORT
    for changed in (
        signed.replace("Sandyq: year of support", "Sandyq"),
        SIGNED.replace("Sandyq", "Sandyq: year of support"),
        signed.replace("9 months", "9 h"),
    ):
        with pytest.raises(NoCertificate, match="not as it was signed"):
            check(changed, [KEY.public_key()])


def test_what_was_printed_before_there_were_two_kinds_still_holds():
    old = (
        "Sandyq\n0007-2026\nАйгүл Ә\nСауаттылық\n36 h, 2026-11-20\nКабинет\n~139e3940 "
        "hhIJQjIEDV71Y3KsO3g-QscLHhFXuEGZL1v-IpIQ58K1VQZpCA-SnJPc1X7v4l3rmX5hmk8655q_U02678KMBw"
    )
    found = check(old, [KEY.public_key()])
    assert (found.number, found.hours, found.months, found.on) == ("0007-2026", 36, 0, date(2026, 11, 20))


def test_it_fits_into_a_qr_that_phones_read():
    assert len(SIGNED.encode()) < 500


@given(st.integers(0, len(SIGNED) - 1), st.characters(exclude_categories=("Cs",)))
def test_a_changed_letter_is_told(place, letter):
    changed = SIGNED[:place] + letter + SIGNED[place + 1 :]
    assume(changed.strip().replace("\r\n", "\n") != SIGNED)
    with pytest.raises(NoCertificate):
        check(changed, [KEY.public_key()])


@given(st.text(max_size=300))
def test_anything_else_is_no_certificate(text):
    with pytest.raises(NoCertificate):
        check(text, [KEY.public_key()])


def test_an_unknown_key_is_told_as_such():
    with pytest.raises(NoCertificate, match="not known here"):
        check(SIGNED, [OTHER.public_key()])


def test_a_name_over_two_lines_cannot_forge_another_line():
    name = "Сейітова\n40 h, 2026-01-01"
    signed = sign(Certificate("1", name, "К", 36, date(2026, 1, 1), "А"), KEY)
    assert check(signed, [KEY.public_key()]).hours == 36


def test_the_command_needs_the_public_key_alone_and_refuses_what_was_changed(tmp_path, capsys):
    keys, text = tmp_path / "keys.pem", tmp_path / "certificate.txt"
    keys.write_text(write_key(OTHER.public_key()) + write_key(KEY.public_key()))
    text.write_text(SIGNED)
    assert main(["certificate", str(keys), str(text)]) == 0
    assert CERTIFICATE.name in capsys.readouterr().out
    text.write_text(SIGNED.replace("Гүлжан", "Гүлжаз"))
    assert main(["certificate", str(keys), str(text)]) == 1
    assert "not as it was signed" in capsys.readouterr().err
    keys.write_text("no key")
    assert main(["certificate", str(keys), str(text)]) == 1
    assert "no public key" in capsys.readouterr().err
