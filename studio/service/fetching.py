"""Fetches a picture by its address, when the merchant has switched that on.

An address in a catalog is hostile until checked: it is resolved once, only public addresses pass,
the connection goes to the address that was checked, each redirect is checked again, and size and
time have caps. No proxy of the environment is asked.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from collections.abc import Callable
from ipaddress import ip_address
from urllib.parse import SplitResult, urljoin, urlsplit

from studio.errors import InputError

MOST = 40 << 20  # bytes
SECONDS = 15.0  # for each step of the connection
LONGEST = 60.0  # seconds for a whole answer, however slowly it drips
REDIRECTS = 3
PORTS = {"http": 80, "https": 443}


def public(address: str) -> bool:
    """Whether an IP address is one of the open internet."""
    return ip_address(address).is_global


def fetch(url: str, *, allowed: Callable[[str], bool] = public) -> bytes:
    """The bytes behind an http(s) address. Raises InputError that says why not."""
    for _ in range(REDIRECTS + 1):
        parts = _checked(url)
        try:
            status, place, data = _get(parts, _resolved(parts, allowed))
        except (OSError, http.client.HTTPException) as error:
            raise _refused(url, f"could not be fetched: {error}") from error
        if status in (301, 302, 303, 307, 308) and place:
            url = urljoin(url, place)
        elif status != 200:
            raise _refused(url, f"the server answered {status}")
        else:
            return data
    raise _refused(url, f"more than {REDIRECTS} redirects")


def _checked(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _refused(url, "is not an address") from error
    if parts.scheme not in PORTS or not parts.hostname or parts.username:
        raise _refused(url, "only http and https addresses without a user name are fetched")
    if port not in (None, *PORTS.values()) and port is not None and port < 1024:
        raise _refused(url, f"port {port} is not one of a web server")
    return parts


def _resolved(parts: SplitResult, allowed: Callable[[str], bool]) -> tuple[str, int]:
    """The one address that is connected to; every address of the name must be allowed."""
    port = parts.port or PORTS[parts.scheme]
    assert parts.hostname is not None
    found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses or not all(allowed(address.split("%")[0]) for address in addresses):
        raise _refused(parts.geturl(), "leads to an address inside a private network")
    return addresses[0], port


def _get(parts: SplitResult, where: tuple[str, int]) -> tuple[int, str, bytes]:
    """(status, place of a redirect, bytes), connected to `where` whatever the name now says."""
    host = parts.hostname or ""
    plain = socket.create_connection(where, timeout=SECONDS)
    try:
        line = (
            ssl.create_default_context().wrap_socket(plain, server_hostname=host)
            if parts.scheme == "https"
            else plain
        )
        connection = http.client.HTTPConnection(host, where[1], timeout=SECONDS)
        connection.sock = line
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", path, headers={"Accept": "image/*", "User-Agent": "Studio"})
        answer = connection.getresponse()
        data = _body(answer, parts)
    finally:
        plain.close()
    return answer.status, answer.getheader("Location") or "", data


def _body(answer: http.client.HTTPResponse, parts: SplitResult) -> bytes:
    """All of the answer, or InputError when it is too large or too slow."""
    data, until = bytearray(), time.monotonic() + LONGEST
    while block := answer.read1(1 << 16):
        data += block
        if len(data) > MOST:
            raise _refused(parts.geturl(), f"is larger than {MOST >> 20} MB")
        if time.monotonic() > until:
            raise _refused(parts.geturl(), f"took longer than {LONGEST:.0f} seconds")
    return bytes(data)


def _refused(url: str, why: str) -> InputError:
    scheme, sign, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    shown = scheme + sign + host.rpartition("@")[2] + slash + path  # no password in a message
    return InputError(
        f"the picture {shown[:200]!r} {why}", hint="give the file together with the catalog"
    )
