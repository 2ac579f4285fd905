"""The studio's keys, in a file of their own: they seal what must not lie open, and they sign.

AES-256-GCM with the row (table, id, column) as associated data, so that a sealed value opens in its
own place only; Ed25519 for signatures. Every other secret is derived (HKDF) from the file's keys.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import stat
from base64 import b64decode, b64encode
from pathlib import Path

from pydantic import Field, ValidationError

from studio.errors import InputError, SetupError, StateError
from studio.schema import Noun, now

NONCE = 12  # bytes, as AES-GCM wants them


class Key(Noun):
    """32 secret bytes in base64. `id`: the first half of their sha256, which tells nothing."""

    id: str
    made: str
    secret: str = Field(repr=False)

    @property
    def raw(self) -> bytes:
        return b64decode(self.secret)


class Keys(Noun):
    """What the key file holds; the newest of `seal` seals, all of them open."""

    seal: tuple[Key, ...] = Field(min_length=1)
    sign: Key
    next: Key | None = None  # signs from when an anchor vouches for it
    database: Key  # of a whole file by SQLCipher


def new_key() -> Key:
    raw = secrets.token_bytes(32)
    made = now().isoformat(timespec="seconds")
    return Key(id=_name(raw), made=made, secret=b64encode(raw).decode())


def _name(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()[:32]


class Vault:
    """The key file at `path`, read when it is first needed and again when it was changed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read: tuple[tuple[int, int], Keys] | None = None
        self._known: dict[tuple[str, str], bytes] = {}

    @property
    def keys(self) -> Keys:
        """Raises SetupError: the file is missing, is no key file, or others can read it."""
        try:
            state = self.path.stat()
            stamp = state.st_ino, state.st_mtime_ns
            if self._read is None or self._read[0] != stamp:
                self._read = stamp, self._load()
        except OSError as error:
            raise SetupError(
                f"the key file {self.path} can not be read: {error.strerror}", hint=LOST
            ) from error
        return self._read[1]

    def _load(self) -> Keys:
        with self.path.open(encoding="utf-8") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if os.name == "posix" and mode & 0o077:
                raise SetupError(
                    f"others can read the key file {self.path} (mode {mode:o})",
                    hint=f"chmod 600 {self.path}; if others use this machine: studio key rotate",
                )
            text = file.read()
        try:
            return Keys.model_validate_json(text)
        except ValidationError:
            raise SetupError(f"{self.path} is not a key file of Studio", hint=LOST) from None

    def make(self) -> None:
        """Writes a new key file if there is none; of two processes one wins."""
        if not self.path.exists():
            self.write(Keys(seal=(new_key(),), sign=new_key(), database=new_key()), first=True)

    def write(self, keys: Keys, *, first: bool = False) -> None:
        """Puts the keys on the disk, whole or not at all, for the owner only.

        `first`: leaves a file that is there already as it is.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = self.path.with_name(f".{self.path.name}.{secrets.token_hex(4)}")
        handle = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(json.dumps(keys.model_dump(), indent=1) + "\n")
                file.flush()
                os.fsync(file.fileno())
            if not first:
                part.replace(self.path)
            elif not self.path.exists():
                self._link(part)
        finally:
            part.unlink(missing_ok=True)

    def _link(self, part: Path) -> None:
        try:
            os.link(part, self.path)  # unlike a rename it never replaces
        except FileExistsError:
            pass
        except OSError:  # a file system without links
            part.replace(self.path)

    # --- sealing ---------------------------------------------------------------------------------

    def seal(self, text: str, *place: str) -> str:
        """ "<key id>:<base64>", which opens at the same place (table, id, column) only."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        key, nonce = self.keys.seal[-1], secrets.token_bytes(NONCE)
        sealed = AESGCM(self._derived(key, "seal")).encrypt(nonce, text.encode(), _aad(place))
        return f"{key.id}:{b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, *place: str) -> str:
        """The text. Raises SetupError when the key is another's, StateError when it was changed."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        name, _, rest = sealed.partition(":")
        key = next((k for k in self.keys.seal if k.id == name), None)
        if key is None:
            raise SetupError(
                f"{self.path} is not the key file of this studio: key {name[:8]} is not in it",
                hint=LOST,
            )
        try:
            raw = b64decode(rest, validate=True)
            cipher = AESGCM(self._derived(key, "seal"))
            return cipher.decrypt(raw[:NONCE], raw[NONCE:], _aad(place)).decode()
        except (InvalidTag, ValueError) as error:
            raise StateError(
                f"a sealed value ({'.'.join(place)}) was changed or moved outside of Studio",
                hint="restore the database from a backup",
            ) from error

    def marks(self, text: str) -> list[str]:
        """By which a sealed text is found again: HMAC-SHA-256 under each key, the newest first."""
        derived = [self._derived(key, "mark") for key in reversed(self.keys.seal)]
        return [hmac.new(key, text.encode(), "sha256").hexdigest() for key in derived]

    def database_key(self) -> str:
        """64 hex digits, for SQLCipher."""
        return self._derived(self.keys.database, "database").hex()

    def _derived(self, key: Key, use: str) -> bytes:
        if (key.id, use) not in self._known:
            from cryptography.hazmat.primitives.hashes import SHA256
            from cryptography.hazmat.primitives.kdf.hkdf import HKDF

            made = HKDF(SHA256(), 32, salt=None, info=f"studio {use}".encode()).derive(key.raw)
            self._known[key.id, use] = made
        return self._known[key.id, use]

    # --- signing ---------------------------------------------------------------------------------

    @property
    def public(self) -> str:
        """The public half of the signing key, in hex."""
        return public_of(self.keys.sign)

    @property
    def coming(self) -> str:
        """The public half of the signing key that is on its way in, or ""."""
        return public_of(self.keys.next) if self.keys.next else ""

    def sign(self, data: bytes) -> str:
        """An Ed25519 signature, in hex."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Ed25519PrivateKey.from_private_bytes(self.keys.sign.raw).sign(data).hex()


def public_of(key: Key) -> str:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(key.raw).public_key().public_bytes_raw().hex()


def signed(public: str, signature: str, data: bytes) -> bool:
    """Whether the signature over the data is of that public key (both in hex)."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
        key.verify(bytes.fromhex(signature), data)
    except (InvalidSignature, ValueError):
        return False
    return True


def outside(path: Path, home: Path) -> Path:
    """The path of a key file. Raises InputError when it lies in the folder of the data."""
    if path.resolve().is_relative_to(home.resolve()):
        raise InputError(
            f"the key file {path} lies in the folder of the data, {home}",
            hint="whoever copies the one would have the other: set STUDIO_KEY_FILE to elsewhere",
        )
    return path


def _aad(place: tuple[str, ...]) -> bytes:
    return json.dumps(place).encode()


LOST = (
    "put the key file back (STUDIO_KEY_FILE tells where it lies) or restore a backup, which holds "
    "it; if it is lost for good: studio key forget"
)
