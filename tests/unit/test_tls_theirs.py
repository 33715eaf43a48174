"""A district's certificate: what fits is shown, and each fault of its files is named."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID
from tls_world import NAME, NOW, District

from sandyq.tls import serving
from sandyq.tls.serving import keep_valid, read_shown
from sandyq.tls.theirs import read_theirs
from sandyq_hub import tls_commands


@pytest.fixture(scope="module")
def district(tmp_path_factory):
    return District(tmp_path_factory.mktemp("district"))


def refuse(district, *certificates, key=None, passphrase=None):
    with pytest.raises(ValueError) as refused:
        read_theirs(
            district.write("server.crt", *certificates),
            district.write_key(key, passphrase),
            NAME,
            datetime.now(UTC),
            district.folder / "no-roots",
        )
    return str(refused.value)


def test_a_districts_certificate_is_shown_with_its_chain(district, tls_settings, tls_at):
    keep_valid(tls_settings)
    server = district.sign("server", "below")
    roots = district.write("roots.pem", district.root)
    files = district.write("server.crt", server, district.below), district.write_key()
    bundle, public = read_theirs(*files, NAME, datetime.now(UTC), roots)
    assert public == [server, district.below], "PCs know the root"
    bundle, public = read_theirs(
        district.write("server.crt", server, district.below, district.root), files[1], NAME, datetime.now(UTC),
        district.folder / "no-roots",
    )  # fmt: skip
    assert public[-1] == district.root, "PCs have to be told of it"
    assert x509.load_pem_x509_certificates(bundle) == [server, district.below]
    serving.show(tls_settings, 0, bundle, public)
    assert read_shown(tls_settings).root == district.root
    assert not read_shown(tls_settings).is_ours
    assert keep_valid(tls_settings) == "", "it is the district's to renew"
    assert read_shown(tls_settings).find_problems(NAME, NOW + timedelta(days=290)) == [serving.THEIRS]
    assert tls_commands.use(tls_settings, [], io.StringIO()) in (0, 1)
    assert read_shown(tls_settings).is_ours


def test_each_fault_of_a_districts_files_is_named(district):
    good, below, root = district.sign("server", "below"), district.below, district.root
    assert "is missing from the chain" in refuse(district, good) and "District below" in refuse(
        district, good
    )
    assert "is not signed by 'CN=District root'" in refuse(district, good, root)
    assert "Put the server's own first" in refuse(district, below, good)
    other = district.sign("server", "below", names=["school8.edu.kz"])
    assert "is for school8.edu.kz, and this server is called sandyq.local" in refuse(
        district, other, below, root
    )
    assert "ended on" in refuse(district, district.sign("server", "below", days=(-400, -1)), below, root)
    assert "is good from" in refuse(district, district.sign("server", "below", days=(2, 300)), below, root)
    foreign = ec.generate_private_key(ec.SECP256R1())
    assert "it is the key of another certificate" in refuse(district, good, below, root, key=foreign)
    assert "locked by a passphrase" in refuse(district, good, below, root, passphrase=b"secret")
    for_mail = district.sign("server", "below", uses=[ExtendedKeyUsageOID.EMAIL_PROTECTION])
    assert "not for web servers" in refuse(district, for_mail, below, root)
    small = rsa.generate_private_key(65537, 1024)  # noqa: S505
    weak = district.sign("server", "below", key=small)
    assert "1024 bits" in refuse(district, weak, below, root, key=small)


def test_files_that_are_something_else_are_named(district, tmp_path):
    empty = tmp_path / "notes.txt"
    empty.write_text("lunch at one")
    with pytest.raises(ValueError, match=r"notes.txt holds no certificate"):
        read_theirs(empty, empty, NAME, NOW)
    server = district.write("server.crt", district.sign("server", "below"))
    with pytest.raises(ValueError, match=r"notes.txt holds no private key"):
        read_theirs(server, empty, NAME, datetime.now(UTC))
