"""Content Credentials (C2PA): what was done to a picture, signed with the shop's own key.

A manifest names the photo that it began with, each step with its tool and model, and the IPTC
digital source type of the result (C2PA specification 2.2, "Actions"). It is written last: a changed
byte breaks it. Nothing is fetched or sent: no time stamp, no remote manifests, no revocation lists.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.errors import EngineError, SetupError
from studio.imaging.label import SCHEME

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

SIZE = 24_000  # bytes that a manifest takes at most, when the photo brings none of its own
_INSTALL = 'pip install "studio[c2pa]"'
_QUIET: dict[str, dict[str, Any]] = {
    "builder": {"thumbnail": {"enabled": False}},  # 85 KB in a JPEG, 416 KB in a WebP
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_trust": False},
}


@dataclass(frozen=True)
class Signer:
    """A private key with its chain of certificates, leaf first, both PEM."""

    key: bytes
    chain: bytes
    algorithm: str


@dataclass(frozen=True)
class Step:
    """What was done: an action of the C2PA list, in words, by which tool and model."""

    action: str  # "c2pa.edited", "c2pa.resized", "c2pa.addedText" ...
    what: str
    tool: str
    source: str = ""  # the IPTC term of what the step left, if it changed that


@dataclass(frozen=True)
class Seal:
    """A manifest as it was read. `state`: "Valid", "Trusted" (an anchor is known) or "Invalid";
    `steps`: actions in order; `sources`: the last parts of their IPTC terms; `made_from`: how many
    pictures it began with; `problems`: codes of the checks that failed."""

    state: str
    title: str
    steps: tuple[str, ...]
    sources: tuple[str, ...]
    made_from: int
    problems: tuple[str, ...]


def load(key: Path, certificate: Path) -> Signer:
    """The signer of two PEM files. Raises SetupError: missing, not a pair, expired, no C2PA."""
    try:
        from cryptography import x509
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
    except ImportError as error:
        raise SetupError("signing needs c2pa-python", hint=_INSTALL) from error
    try:
        secret, chain = key.read_bytes(), certificate.read_bytes()
        private = load_pem_private_key(secret, None)
        leaf = x509.load_pem_x509_certificates(chain)[0]
    except (OSError, ValueError, TypeError, IndexError) as error:
        raise SetupError(
            f"the signing key or its certificate cannot be read: {error}",
            hint="give an unencrypted PEM key and a PEM chain, its own certificate first",
        ) from error
    if leaf.public_key() != private.public_key():
        raise SetupError("the certificate is not that of the signing key")
    if not leaf.not_valid_before_utc <= datetime.now(UTC) <= leaf.not_valid_after_utc:
        raise SetupError(
            f"the signing certificate holds until {leaf.not_valid_after_utc:%Y-%m-%d}",
            hint="renew it; pictures that were signed before stay as they are",
        )
    return Signer(secret, chain, _algorithm(leaf))


def sign(
    data: bytes,
    mime: str,
    signer: Signer,
    *,
    title: str,
    steps: Sequence[Step],
    photo: tuple[bytes, str] | None = None,
) -> bytes:
    """The same file with its signed manifest. `photo`: (bytes, media type) that it was made from;
    credentials in it stay part of the history. Raises SetupError, EngineError."""
    c2pa = _library()
    definition = {
        "claim_generator_info": [{"name": "Studio", "version": _version()}],
        "title": title,
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": _actions(steps, photo)}}],
    }
    out = BytesIO()
    try:
        context = c2pa.Context(c2pa.Settings.from_dict(_QUIET))
        builder = c2pa.Builder(json.dumps(definition), context)
        if photo is not None:
            parent = {"title": "photo", "relationship": "parentOf", "label": "photo"}
            builder.add_ingredient(json.dumps(parent), photo[1], BytesIO(photo[0]))
        info = c2pa.C2paSignerInfo(signer.algorithm, signer.chain, signer.key, None)
        builder.sign(c2pa.Signer.from_info(info), mime, BytesIO(data), out)
    except c2pa.C2paError as error:
        raise EngineError(
            f"the picture could not be signed: {error}",
            hint="the certificate must be for digital signatures, with the extended use "
            "emailProtection or documentSigning, and not self-signed",
        ) from error
    return out.getvalue()


def read(data: bytes, mime: str, anchors: bytes = b"") -> Seal | None:
    """The newest manifest in a file, checked; None when there is none. `anchors`: PEM of roots
    that are trusted. Raises SetupError without c2pa-python."""
    c2pa = _library()
    trust = {"trust": {"user_anchors": anchors.decode()}} if anchors else {}
    verify = {"verify": {**_QUIET["verify"], "verify_trust": bool(anchors)}}
    context = c2pa.Context(c2pa.Settings.from_dict({**_QUIET, **trust, **verify}))
    try:
        reader = c2pa.Reader.try_create(mime, BytesIO(data), context=context)
    except c2pa.C2paError as error:
        return Seal("Invalid", "", (), (), 0, (str(error),))
    if reader is None:
        return None
    told = json.loads(reader.json())
    newest = told["manifests"][told["active_manifest"]]
    actions = [
        action
        for assertion in newest.get("assertions", [])
        if assertion["label"].startswith("c2pa.actions")
        for action in assertion["data"]["actions"]
    ]
    sources = (str(a.get("digitalSourceType", "")).removeprefix(SCHEME) for a in actions)
    return Seal(
        state=str(told.get("validation_state", "Invalid")),
        title=str(newest.get("title", "")),
        steps=tuple(str(action["action"]) for action in actions),
        sources=tuple(source for source in sources if source),
        made_from=len(newest.get("ingredients", [])),
        problems=tuple(str(entry["code"]) for entry in told.get("validation_status", [])),
    )


def _actions(steps: Sequence[Step], photo: object | None) -> list[dict[str, Any]]:
    """The first action says how it began: from the photo, or (without one) from nothing."""
    when = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    last = next((step.source for step in reversed(steps) if step.source), "")
    if photo is not None:
        begin: dict[str, Any] = {
            "action": "c2pa.opened",
            "parameters": {"ingredientIds": ["photo"]},
        }
    else:
        begin = {"action": "c2pa.created", "digitalSourceType": SCHEME + last}
    done = [
        {
            "action": step.action,
            "description": step.what,
            "softwareAgent": {"name": step.tool},
            "when": when,
            **({"digitalSourceType": SCHEME + step.source} if step.source else {}),
        }
        for step in steps
    ]
    return [begin, *done]


def _algorithm(leaf: Certificate) -> str:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    key = leaf.public_key()
    if isinstance(key, ec.EllipticCurvePublicKey):
        known = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}
        if key.curve.name in known:
            return known[key.curve.name]
    if isinstance(key, rsa.RSAPublicKey):
        return "ps256"
    if isinstance(key, ed25519.Ed25519PublicKey):
        return "ed25519"
    raise SetupError("C2PA knows no such kind of key", hint="use ECDSA P-256, RSA or Ed25519")


def _library() -> Any:
    from importlib import import_module

    try:
        return import_module("c2pa")
    except ImportError as error:
        raise SetupError("Content Credentials need c2pa-python", hint=_INSTALL) from error


def _version() -> str:
    from studio import __version__

    return __version__
