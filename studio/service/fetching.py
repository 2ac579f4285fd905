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
_WORDS = {
    "many": (
        "was not fetched: {most} pictures were fetched already",
        "未下载：本次已下载 {most} 张图片",
    ),
    "failing": (
        "was not fetched: {host} failed {most} times in a row",
        "未下载：{host} 已连续失败 {most} 次",
    ),
    "slow": ("took longer than {most:.0f} seconds", "下载超过 {most:.0f} 秒，已中止"),
    "failed": ("failed: {cause}", "下载失败：{cause}"),
    "large": ("is larger than {most} MB", "超过 {most} MB"),
    "status": ("could not be fetched: the server answered {cause}", "下载失败：服务器返回 {cause}"),
    "redirects": (
        "could not be fetched: more than {most} redirects",
        "下载失败：跳转超过 {most} 次",
    ),
    "address": ("is not an address", "不是有效的网址"),
    "scheme": (
        "was not fetched: only http and https addresses without a user name are",
        "未下载：只支持不含用户名的 http 和 https 网址",
    ),
    "port": (
        "was not fetched: port {port} is not one of a web server",
        "未下载：{port} 不是网站端口",
    ),
    "host": (
        "was not fetched: {host} is not among the hosts that may be asked (fetch_hosts)",
        "未下载：{host} 不在允许的网站名单中（fetch_hosts）",
    ),
    "private": ("leads to an address inside a private network", "指向内部网络，未下载"),
}
_SAFE = "/%:=&?~+!$,;'@()*[]"


def public(address: str) -> bool:
    """Whether an IP address is one of the open internet, the one within it included (6to4 ...)."""
    found = ip_address(address)
    if isinstance(found, IPv6Address):
        within = (found.ipv4_mapped, found.sixtofour, *(found.teredo or ()))
        if not all(public(str(inner)) for inner in within if inner is not None):
            return False
    return found.is_global and not found.is_multicast and not found.is_reserved


class _TooLargeError(Exception):
    """The answer goes on beyond what is taken."""


class Fetcher:
    """Fetches the pictures of one import. `hosts`: the only ones that are asked, where any are
    named; ".shop.example" stands for all below shop.example."""

    def __init__(
        self,
        hosts: Sequence[str] = (),
        allowed: Callable[[str], bool] = public,
        language: str = "en",
    ) -> None:
        self.hosts, self.allowed = tuple(host.lower() for host in hosts), allowed
        self.language = language
        self._count = 0
        self._failures: Counter[str] = Counter()

    def fetch(self, url: str) -> bytes:
        """The bytes behind an http(s) address. Raises InputError that says why not."""
        host = self._checked(url).hostname or ""
        if self._count >= MANY:
            raise self._refused(url, "many", most=MANY)
        if self._failures[host] >= FAILURES:
            raise self._refused(url, "failing", host=host, most=FAILURES)
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
            except _TooLargeError as error:
                raise self._refused(url, "large", most=MOST >> 20) from error
            except (OSError, http.client.HTTPException, ValueError) as error:
                code = "slow" if time.monotonic() >= until else "failed"
                raise self._refused(url, code, most=LONGEST, cause=error) from error
            if status in (301, 302, 303, 307, 308) and place:
                url = urljoin(url, place)
            elif status != 200:
                raise self._refused(url, "status", cause=status)
            else:
                return data
        raise self._refused(url, "redirects", most=REDIRECTS)

    def _checked(self, url: str) -> SplitResult:
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise self._refused(url, "address") from error
        if parts.scheme not in PORTS or not parts.hostname or "@" in parts.netloc:
            raise self._refused(url, "scheme")
        if port is not None and port < 1024 and port not in PORTS.values():
            raise self._refused(url, "port", port=port)
        host = parts.hostname
        if self.hosts and not any(
            host == one or (one.startswith(".") and host.endswith(one)) for one in self.hosts
        ):
            raise self._refused(url, "host", host=host)
        return parts

    def _resolved(self, parts: SplitResult) -> tuple[str, int]:
        """The one address that is connected to; every address of the name must be allowed."""
        port = parts.port or PORTS[parts.scheme]
        assert parts.hostname is not None
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
        addresses = [str(entry[4][0]) for entry in found]
        if not addresses or not all(self.allowed(address.split("%")[0]) for address in addresses):
            raise self._refused(parts.geturl(), "private")
        return addresses[0], port

    def _refused(self, url: str, code: str, **words: object) -> InputError:
        scheme, sign, rest = url.partition("://")
        host, slash, path = rest.partition("/")
        shown = (scheme + sign + host.rpartition("@")[2] + slash + path)[:200]  # no password
        english, chinese = (text.format(**words) for text in _WORDS[code])
        if self.language == "zh":
            why, hint = f"图片“{shown}”{chinese}", "请把图片文件与商品表一起提供"
        else:
            why, hint = (
                f"the picture {shown!r} {english}",
                "give the file together with the catalog",
            )
        return InputError(why, hint=hint)


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
            return answer.status, answer.getheader("Location") or "", _body(answer)


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


def _body(answer: http.client.HTTPResponse) -> bytes:
    """All of the answer. Raises _TooLargeError, OSError."""
    data = bytearray()
    while block := answer.read1(1 << 16):
        data += block
        if len(data) > MOST:
            raise _TooLargeError
    if answer.length:  # cut off before what it had promised
        raise OSError("the connection ended before the picture did")
    return bytes(data)
