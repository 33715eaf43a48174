"""What the tests about certificates share: a server with a name, its addresses, a district's office that signs."""

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sandyq.tls.authority import (
    write_certificates,
)

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
NAME = "sandyq.local"


class District:
    """Signs as a district's office does: a root, one below it, and servers' certificates."""

    def __init__(self, folder):
        self.folder = folder
        self.keys = {name: ec.generate_private_key(ec.SECP256R1()) for name in ("root", "below", "server")}
        self.root = self.sign("root", "root", authority=True)
        self.below = self.sign("below", "root", authority=True)

    def sign(self, who, by, *, authority=False, days=(-1, 300), names=(NAME,), uses=None, key=None):
        key = key or self.keys[who]
        begin, end = (datetime.now(UTC) + timedelta(days=each) for each in days)
        built = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"District {who}")]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"District {by}")]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(end)
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        )
        if not authority:
            built = built.add_extension(
                x509.SubjectAlternativeName(list(map(x509.DNSName, names))), critical=False
            )
        if uses:
            built = built.add_extension(x509.ExtendedKeyUsage(uses), critical=False)
        return built.sign(self.keys[by], hashes.SHA256())

    def write(self, name, *certificates):
        path = self.folder / name
        path.write_bytes(write_certificates(certificates))
        return path

    def write_key(self, key=None, passphrase=None):
        path = self.folder / "server.key"
        lock = (
            serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
        )
        path.write_bytes(
            (key or self.keys["server"]).private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, lock
            )
        )
        return path
