"""Signing in by an identity server: OpenID Connect's code flow with PKCE, by authlib.

The server tells who somebody is; what they may do is the role that they have here.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from studio.errors import DeniedError, InputError, SetupError, StudioError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from studio.settings import Settings

PATIENCE = 600.0  # seconds that somebody may take at the identity server
MOST = 10_000  # who are on their way at once; then the oldest are forgotten
TIMEOUT = 10.0  # seconds for an answer of the identity server
LEEWAY = 60  # seconds that two clocks may differ
# Signatures by a key pair only: with a shared secret, whoever may check could also sign.
ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384",
                        "ES512", "EdDSA", "Ed25519"})  # fmt: skip


@dataclass(frozen=True)
class _Waiting:
    nonce: str
    verifier: str
    until: float


class Identity:
    """One identity server, by its settings."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._waiting: dict[str, _Waiting] = {}
        self._lock = Lock()

    @cached_property
    def _server(self) -> dict[str, Any]:
        """What the server tells of itself. Raises SetupError."""
        issuer = self.settings.oidc_issuer.rstrip("/")
        told = self._got(f"{issuer}/.well-known/openid-configuration")
        if str(told.get("issuer", "")).rstrip("/") != issuer:
            raise SetupError(
                f"the identity server calls itself {told.get('issuer')!r}",
                hint=f"set STUDIO_OIDC_ISSUER to that, if you trust it; it is {issuer!r}",
            )
        return told

    def begin(self, back: str) -> tuple[str, str]:
        """(where to send the browser, the state to keep in a cookie of it).

        `back`: this studio's address that the server sends the browser back to.
        """
        client = self._client(back)
        verifier, nonce = secrets.token_urlsafe(48), secrets.token_urlsafe(24)
        where = _safe(self._server["authorization_endpoint"])
        url, state = client.create_authorization_url(where, code_verifier=verifier, nonce=nonce)
        with self._lock:
            while len(self._waiting) >= MOST:
                del self._waiting[next(iter(self._waiting))]
            self._waiting[state] = _Waiting(nonce, verifier, time.monotonic() + PATIENCE)
        return url, state

    def finish(self, answer: Mapping[str, str], state: str, back: str) -> str:
        """Who came back, by name. `answer`: the query of the address; `state`: of the cookie.

        Raises DeniedError for whatever is not whole, not signed, too late, or not meant for us.
        """
        with self._lock:
            waiting = self._waiting.pop(state, None) if state else None
        if waiting is None or waiting.until < time.monotonic() or answer.get("state") != state:
            raise DeniedError("this sign-in is over or was begun elsewhere", hint="begin it again")
        if answer.get("error") or not answer.get("code"):
            why = str(answer.get("error", "no code"))[:80]
            raise DeniedError(f"the identity server did not let you in: {why}")
        return self._name(self._claims(answer["code"], waiting, back))

    def _claims(self, code: str, waiting: _Waiting, back: str) -> dict[str, Any]:
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt
        from joserfc.jwk import KeySet

        given = {"nonce": waiting.nonce, "client_id": self.settings.oidc_client}
        wanted = {"iss": {"essential": True, "value": self._server["issuer"]},
                  "aud": {"essential": True, "value": self.settings.oidc_client}}  # fmt: skip
        try:
            got = self._client(back).fetch_token(
                _safe(self._server["token_endpoint"]), code=code, code_verifier=waiting.verifier
            )
            told: Any = self._got(_safe(self._server["jwks_uri"]))
            keys = KeySet.import_key_set(told)
            signed = jwt.decode(str(got.get("id_token", "")), keys, algorithms=sorted(ALGORITHMS))
            given["access_token"] = str(got.get("access_token", ""))
            claims = CodeIDToken(signed.claims, signed.header, wanted, given)
            claims.validate(leeway=LEEWAY)
        except StudioError:
            raise
        except Exception as error:  # whatever is wrong with what strangers sent, it is refused
            why = type(error).__name__
            raise DeniedError(
                f"the identity server's answer does not hold: {why}", hint="begin it again"
            ) from error
        return dict(claims)

    def _name(self, claims: Mapping[str, Any]) -> str:
        claim = self.settings.oidc_claim
        name = claims.get(claim)
        if not isinstance(name, str) or not name:
            raise DeniedError(f"the identity server told no {claim}", hint="set STUDIO_OIDC_CLAIM")
        if claim == "email" and claims.get("email_verified") is not True:
            raise DeniedError(f"the identity server has not verified {name!r}")
        return name

    def _client(self, back: str) -> Any:
        try:
            from authlib.integrations.httpx_client import OAuth2Client
        except ImportError as error:
            raise SetupError(
                "to sign in by an identity server a library is missing",
                hint='pip install "studio[oidc]"',
            ) from error
        return OAuth2Client(
            self.settings.oidc_client,
            self.settings.oidc_secret.get_secret_value() or None,
            scope="openid email profile",
            redirect_uri=back,
            code_challenge_method="S256",
            timeout=TIMEOUT,
        )

    def _got(self, url: str) -> dict[str, Any]:
        """A JSON object of the identity server."""
        with self._client("") as client:
            try:
                answer = client.request("GET", _safe(url), withhold_token=True)
                answer.raise_for_status()
                read = answer.json()
            except Exception as error:  # any failure of the network library is one to us
                raise SetupError(
                    f"the identity server can not be asked: {url}", hint="see STUDIO_OIDC_ISSUER"
                ) from error
        if not isinstance(read, dict):
            raise SetupError(f"the identity server can not be asked: {url}")
        return read


def _safe(url: str) -> str:
    """The address, if nobody on the way can read it. Raises InputError."""
    at = urlsplit(url)
    if at.scheme == "https" or at.hostname in ("127.0.0.1", "localhost", "::1"):
        return url
    raise InputError(f"the identity server's address is not https: {url[:200]}")
