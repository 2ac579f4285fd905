"""The line to a shop: one address, checked; answers that are JSON, of a sane size, in time.

Only https, but for this machine itself. No redirect is followed, for the token would go with it,
and no proxy or password file of the environment is asked. Nothing secret is in an error.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from studio.connectors.base import Again, plain
from studio.errors import EngineError, InputError, SetupError

if TYPE_CHECKING:
    import httpx

MOST = 8 << 20  # bytes of an answer
SECONDS = 30.0  # for each step of the connection
LONGEST = 120.0  # for a whole answer, however slowly it drips
LONGEST_WAIT = 60.0  # who wants us to wait longer gets an error that says so


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    value: Any


def checked(address: str, what: str) -> str:
    """A shop's address without its last slash. Raises SetupError, InputError."""
    if not address:
        raise SetupError(f"the address of the {what} shop is not set", hint=_set(what, "shop"))
    given = address if "://" in address else f"https://{address}"
    try:
        parts = urlsplit(given)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise InputError(f"{address!r} is no address", hint=_set(what, "shop")) from error
    if "@" in parts.netloc or parts.query or parts.fragment or not host or " " in given:
        raise InputError(
            f"{plain(given.rpartition('@')[2])!r} is no shop's address",
            hint="https://my-shop.example, without user name and query",
        )
    if parts.scheme != "https" and not (parts.scheme == "http" and _here(host)):
        raise InputError(f"the address is not https: {plain(given)}", hint="https://…")
    return given.rstrip("/")


def _set(what: str, name: str) -> str:
    return f"set STUDIO_{what.upper()}_{name.upper()}"


def _here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class Line:
    """Requests to one shop. `secrets` are taken out of whatever it says."""

    def __init__(
        self,
        place: str,
        *,
        again: Again,
        secrets: tuple[str, ...] = (),
        auth: tuple[str, str] | None = None,
    ) -> None:
        self.place, self.again = place, again
        self._secrets, self._auth = [s for s in secrets if s], auth
        self._client: httpx.Client | None = None

    def close(self) -> None:
        if self._client is not None:
            self._client.close()

    def sleep(self, seconds: float) -> None:
        """Waits as long as the rule or the shop says."""
        time.sleep(seconds)

    def hide(self, secret: str) -> None:
        """One more that may be in no error."""
        self._secrets.append(secret)

    def ask(self, method: str, path: str, *, once: bool = False, **what: Any) -> Answer:
        """The answer to a request, tried again by the one rule; `once`: not tried again, for it
        writes. `what`: params, json, data, headers. Raises SetupError, EngineError."""
        tries = 0
        while True:
            try:
                return self._judged(self._once(method, path, what))
            except EngineError as error:
                tries += 1
                wait = None if once else self.again(error, tries)
                if wait is None:
                    raise
                self.sleep(wait)

    def _once(self, method: str, path: str, what: dict[str, Any]) -> Answer:
        import httpx

        if self._client is None:
            self._client = httpx.Client(
                auth=self._auth, timeout=SECONDS, follow_redirects=False, trust_env=False
            )
        headers = {"Accept": "application/json", "Accept-Encoding": "identity",
                   "User-Agent": "Studio", **what.get("headers", {})}  # fmt: skip
        url, what = f"{self.place}/{path}", {**what, "headers": headers}
        try:
            with self._client.stream(method, url, **what) as answer:
                self._same_place(answer)
                return Answer(answer.status_code, answer.headers, self._value(answer))
        except httpx.HTTPError as error:
            told = self.plain(str(error) or type(error).__name__)
            raise EngineError(
                f"{self.place} gave no answer: {told}",
                hint="is the address right, and the shop up?",
                retryable=True,
            ) from None  # the request within holds the token

    def _same_place(self, answer: httpx.Response) -> None:
        if 300 <= answer.status_code < 400:
            to = urlsplit(answer.headers.get("location", "")).hostname or "another page"
            raise EngineError(
                f"{self.place} sends us on to {self.plain(to)}, where nothing is sent",
                hint="set the address that the shop really has",
            )

    def _value(self, answer: httpx.Response) -> Any:
        data = b"".join(self._pieces(answer))
        try:
            return json.loads(data)
        except (ValueError, RecursionError) as error:
            if answer.status_code >= 400:
                return re.sub(r"<[^>]*>|\s+", " ", data[:2000].decode("utf-8", "replace"))
            raise EngineError(
                f"{self.place} answered with something that is no JSON",
                hint="is this the shop's own address, and its API switched on?",
            ) from error

    def _pieces(self, answer: httpx.Response) -> Iterator[bytes]:
        until, size = time.monotonic() + LONGEST, 0
        for piece in answer.iter_raw():
            size += len(piece)
            if size > MOST:
                raise EngineError(f"{self.place} answered with more than {MOST >> 20} MB")
            if time.monotonic() > until:
                raise EngineError(f"{self.place} does not come to an end", retryable=True)
            yield piece

    def _judged(self, answer: Answer) -> Answer:
        status = answer.status
        if status < 400:
            return answer
        words = self.plain(_message(answer.value))
        if status == 401:
            raise SetupError(
                f"{self.place} does not accept the key: {words}",
                hint="keep the right one with studio secret set",
            )
        if status == 403:
            raise SetupError(
                f"{self.place} does not let this key do that: {words}",
                hint="docs/connectors.md names the rights that it needs",
            )
        asked = answer.headers.get("retry-after", "")
        wait = float(asked) if re.fullmatch(r"\d{1,6}(?:\.\d+)?", asked) else None
        raise busy(self.place, f"{status}: {words}", status == 429 or status >= 500, wait)

    def plain(self, text: str) -> str:
        """A stranger's text, on one line and without what is secret."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return plain(text)


def busy(place: str, words: str, retryable: bool, wait: float | None) -> EngineError:
    """The error of an answer that says no; another try where the wait is a sane one."""
    if wait is not None and wait > LONGEST_WAIT:
        return EngineError(
            f"{place} wants {wait:g} seconds of patience: {words}", hint="send again later"
        )
    return EngineError(f"{place} answered {words}", retryable=retryable, retry_after=wait)


def _message(value: Any) -> str:
    """What an error's answer says, as Shopify or WordPress put it."""
    if isinstance(value, dict):
        found = value.get("message") or value.get("errors") or value.get("error_description")
        return found if isinstance(found, str) else json.dumps(found or value, ensure_ascii=False)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
