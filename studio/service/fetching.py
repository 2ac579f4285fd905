"""Fetches pictures by their addresses, when the merchant has switched that on.

An address in a catalog is hostile until checked: its host is on the merchant's list where there is
one, it is resolved once, only public addresses pass, the connection goes to the address that was
checked, each redirect is checked again, and size, time and number have caps. No proxy of the
environment is asked.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from ipaddress import IPv6Address, ip_address
from threading import Timer
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from studio.errors import InputError

MOST = 40 << 20  # bytes
SECONDS = 15.0  # for each step of the connection
LONGEST = 60.0  # seconds for one picture with its redirects, however slowly it drips
REDIRECTS = 3
MANY = 5_000  # pictures of one import: a catalog must not make us flood somebody
FAILURES = 5  # in a row, then a host is left alone
PORTS = {"http": 80, "https": 443}
_SAFE = "/%:=&?~+!$,;'@()*[]"


def public(address: str) -> bool:
    """Whether an IP address is one of the open internet, the one within it included (6to4 ...)."""
    found = ip_address(address)
    if isinstance(found, IPv6Address):
        within = (found.ipv4_mapped, found.sixtofour, *(found.teredo or ()))
        if not all(public(str(inner)) for inner in within if inner is not None):
            return False
    return found.is_global and not found.is_multicast and not found.is_reserved


class Fetcher:
    """Fetches the pictures of one import. `hosts`: the only ones that are asked, where any are
    named; ".shop.example" stands for all below shop.example."""

    def __init__(self, hosts: Sequence[str] = (), allowed: Callable[[str], bool] = public) -> None:
        self.hosts, self.allowed = tuple(host.lower() for host in hosts), allowed
        self._count = 0
        self._failures: Counter[str] = Counter()

    def fetch(self, url: str) -> bytes:
        """The bytes behind an http(s) address. Raises InputError that says why not."""
        host = self._checked(url).hostname or ""
        if self._count >= MANY:
            raise _refused(url, f"was not fetched: {MANY} pictures were fetched already")
        if self._failures[host] >= FAILURES:
            raise _refused(url, f"was not fetched: {host} failed {FAILURES} times in a row")
        self._count += 1
        self._failures[host] += 1
        data = self._followed(url)
        self._failures[host] = 0
        return data

    def _followed(self, url: str) -> bytes:
        until = time.monotonic() + LONGEST
        for _ in range(REDIRECTS + 1):
            parts = self._checked(url)
            try:
                status, place, data = _get(parts, self._resolved(parts), until)
                if time.monotonic() >= until:  # cut off, which may look like an end
                    raise TimeoutError
            except (OSError, http.client.HTTPException, ValueError) as error:
                late = time.monotonic() >= until
                why = f"took longer than {LONGEST:.0f} seconds" if late else f"failed: {error}"
                raise _refused(url, why) from error
            if status in (301, 302, 303, 307, 308) and place:
                url = urljoin(url, place)
            elif status != 200:
                raise _refused(url, f"could not be fetched: the server answered {status}")
            else:
                return data
        raise _refused(url, f"could not be fetched: more than {REDIRECTS} redirects")

    def _checked(self, url: str) -> SplitResult:
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise _refused(url, "is not an address") from error
        if parts.scheme not in PORTS or not parts.hostname or "@" in parts.netloc:
            raise _refused(url, "only http and https addresses without a user name are fetched")
        if port is not None and port < 1024 and port not in PORTS.values():
            raise _refused(url, f"port {port} is not one of a web server")
        host = parts.hostname
        if self.hosts and not any(
            host == one or (one.startswith(".") and host.endswith(one)) for one in self.hosts
        ):
            raise _refused(url, f"{host} is not among the hosts that may be asked (fetch_hosts)")
        return parts

    def _resolved(self, parts: SplitResult) -> tuple[str, int]:
        """The one address that is connected to; every address of the name must be allowed."""
        port = parts.port or PORTS[parts.scheme]
        assert parts.hostname is not None
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
        addresses = [str(entry[4][0]) for entry in found]
        if not addresses or not all(self.allowed(address.split("%")[0]) for address in addresses):
            raise _refused(parts.geturl(), "leads to an address inside a private network")
        return addresses[0], port


def _get(parts: SplitResult, where: tuple[str, int], until: float) -> tuple[int, str, bytes]:
    """(status, place of a redirect, bytes), connected to `where` whatever the name now says."""
    host = parts.hostname or ""
    with socket.create_connection(where, timeout=SECONDS) as plain, _cut_at(plain, until):
        line = plain
        if parts.scheme == "https":
            line = ssl.create_default_context().wrap_socket(plain, server_hostname=host)
        with line, _cut_at(line, until):
            connection = http.client.HTTPConnection(host, where[1], timeout=SECONDS)
            connection.sock = line
            path = quote(parts.path or "/", _SAFE)
            path += f"?{quote(parts.query, _SAFE)}" if parts.query else ""
            connection.request("GET", path, headers={"Accept": "image/*", "User-Agent": "Studio"})
            answer = connection.getresponse()
            return answer.status, answer.getheader("Location") or "", _body(answer, parts)


@contextmanager
def _cut_at(line: socket.socket, until: float) -> Iterator[None]:
    """Ends the connection at that time, whatever is being waited for."""

    def cut() -> None:
        with contextlib.suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)

    timer = Timer(max(0.0, until - time.monotonic()), cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _body(answer: http.client.HTTPResponse, parts: SplitResult) -> bytes:
    """All of the answer, or InputError when it is too large."""
    data = bytearray()
    while block := answer.read1(1 << 16):
        data += block
        if len(data) > MOST:
            raise _refused(parts.geturl(), f"is larger than {MOST >> 20} MB")
    if answer.length:  # cut off before what it had promised
        raise OSError("the connection ended before the picture did")
    return bytes(data)


def _refused(url: str, why: str) -> InputError:
    scheme, sign, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    shown = scheme + sign + host.rpartition("@")[2] + slash + path  # no password in a message
    return InputError(
        f"the picture {shown[:200]!r} {why}", hint="give the file together with the catalog"
    )
