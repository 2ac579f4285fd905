"""Keys for signing pictures in tests: a root of our own and a leaf for content credentials."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


def make(folder: Path, days: int = 30) -> tuple[Path, Path, bytes]:
    """(key file, chain file, the root as PEM); the leaf holds from 60 days ago for `days` from
    now, which may be negative."""
    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = _certificate("Root", root_key, "Root", root_key, days=400)
    leaf = _certificate("Shop", key, "Root", root_key, days=days)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "key.pem").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    pem = root.public_bytes(Encoding.PEM)
    (folder / "chain.pem").write_bytes(leaf.public_bytes(Encoding.PEM) + pem)
    return folder / "key.pem", folder / "chain.pem", pem


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    by: str,
    signer: ec.EllipticCurvePrivateKey,
    days: int,
) -> x509.Certificate:
    now, is_root = datetime.now(UTC), name == by
    built = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(by))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(60))
        .not_valid_after(now + timedelta(days))
        .add_extension(x509.BasicConstraints(is_root, None), True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), False
        )
        .add_extension(
            x509.KeyUsage(not is_root, False, False, False, False, is_root, is_root, False, False),
            True,
        )
    )
    if not is_root:
        use = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
        built = built.add_extension(use, False)
    return built.sign(signer, hashes.SHA256())


def _name(name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Test"),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
