"""Pictures by address: off by default, never into a private network, never for ever."""

from __future__ import annotations

import io
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from PIL import Image

from studio.errors import InputError
from studio.schema import Actor, Role
from studio.service import Studio, fetching
from studio.service.fetching import Fetcher, public
from studio.settings import Settings

ME = Actor(name="owner", role=Role.ADMIN)
AWAY = {
    "/away": "/mug.jpg",
    "/round": "/round",
    "/to-file": "file:///etc/passwd",
    "/to-ftp": "ftp://127.0.0.1/x",
    "/to-inside": "http://127.0.0.2:{port}/mug.jpg",
    "/to-metadata": "http://169.254.169.254/latest/meta-data",
    "/to-user": "http://a:b@127.0.0.1:{port}/mug.jpg",
    "/to-secure-shell": "http://127.0.0.1:22/",
}


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (600, 600), (200, 90, 40)).save(out, "JPEG")
    return out.getvalue()


class Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.seen.append((self.headers["Host"], self.path))  # type: ignore[attr-defined]
        if self.path in AWAY:
            self.send_response(302)
            port = self.server.server_port  # type: ignore[attr-defined]
            self.send_header("Location", AWAY[self.path].format(port=port))
            self.end_headers()
        elif self.path == "/drip":
            self.slowly(b"HTTP/1.1 200 OK\r\n" + b"X-Slow: 1\r\n" * 1000)
        elif self.path == "/drip-body":
            self.slowly(b"HTTP/1.1 200 OK\r\n\r\n" + bytes(1000))
        elif self.path == "/continue":
            self.slowly(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)
        elif self.path == "/short":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n" + bytes(50))
        elif self.path == "/noise":
            self.wfile.write(bytes(range(256)) * 9)
        else:
            data = picture() if self.path.split("?")[0].endswith(".jpg") else b""
            self.send_response(200 if data and "gone" not in self.path else 404)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    def slowly(self, data: bytes) -> None:
        try:
            for at in range(0, len(data), 4):
                self.wfile.write(data[at : at + 4])
                time.sleep(0.05)
        except OSError:
            return  # the other side has hung up, as it should

    def log_message(self, *words: object) -> None:
        """Quiet."""


def serving(address: str) -> ThreadingHTTPServer:
    running = ThreadingHTTPServer((address, 0), Pages)
    running.seen = []  # type: ignore[attr-defined]
    running.daemon_threads = True
    threading.Thread(target=running.serve_forever, daemon=True).start()
    return running


@pytest.fixture
def site() -> Iterator[ThreadingHTTPServer]:
    with serving("127.0.0.1") as running:
        yield running
        running.shutdown()


@pytest.fixture
def server(site: ThreadingHTTPServer) -> str:
    return f"http://127.0.0.1:{site.server_port}"


def here(address: str) -> bool:
    """Lets the tests' own server pass, and no other."""
    return address == "127.0.0.1"


def fetched(url: str, *hosts: str) -> bytes:
    return Fetcher(hosts, here).fetch(url)


def test_a_picture_is_fetched_also_over_a_redirect(server: str) -> None:
    assert fetched(f"{server}/mug.jpg") == picture()
    assert fetched(f"{server}/away") == picture()


def test_an_address_may_have_chinese_in_it(server: str, site: ThreadingHTTPServer) -> None:
    assert fetched(f"{server}/图片/杯 子.jpg?v=白&x=%20") == picture()
    asked = "/%E5%9B%BE%E7%89%87/%E6%9D%AF%20%E5%AD%90.jpg?v=%E7%99%BD&x=%20"
    assert site.seen[-1][1] == asked  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8000/x.jpg",
        "http://localhost:8000/x.jpg",
        "http://localhost.:8000/x.jpg",
        "http://[::1]:8000/x.jpg",
        "http://[::ffff:127.0.0.1]:8000/x.jpg",
        "http://[::ffff:7f00:1]:8000/x.jpg",
        "http://[64:ff9b::169.254.169.254]/x.jpg",
        "http://[2002:7f00:1::1]/x.jpg",
        "http://[2002:a9fe:a9fe::]/x.jpg",
        "http://2130706433:8000/x.jpg",
        "http://0x7f000001:8000/x.jpg",
        "http://0x7f.1:8000/x.jpg",
        "http://0177.0.0.1:8000/x.jpg",
        "http://127.1:8000/x.jpg",
        "http://0.0.0.0:8000/x.jpg",
        "http://0:8000/x.jpg",
        "http://[::]:8000/x.jpg",
        "http://10.0.0.1/x.jpg",
        "http://172.16.0.1/x.jpg",
        "http://192.168.1.1/x.jpg",
        "http://100.64.0.1/x.jpg",
        "http://169.254.169.254/latest/meta-data",
        "http://100.100.100.200/latest/meta-data",
        "http://[fd00:ec2::254]/latest/meta-data",
        "http://[fe80::1%25lo]/x.jpg",
        "http://224.0.0.1/x.jpg",
        "http://255.255.255.255/x.jpg",
        "http://[fd00::1]/x.jpg",
        "http://[ff02::1]/x.jpg",
        "http://user:secret@127.0.0.1/x.jpg",
        "http://@127.0.0.1/x.jpg",
        "http://shop.example\\@127.0.0.1/x.jpg",
        "http://127.0.0.1#@shop.example/x.jpg",
        "http://１２７.０.０.１/x.jpg",
        "file:///etc/passwd",
        "FILE:///etc/passwd",
        "ftp://127.0.0.1/x.jpg",
        "gopher://127.0.0.1/x.jpg",
        "data:image/png;base64,AAAA",
        "jar:http://127.0.0.1!/x.jpg",
        "http://127.0.0.1:22/x.jpg",
        "http://127.0.0.1:99999/x.jpg",
        "http://127.0.0.1:x/x.jpg",
        "http://",
        "http:///x.jpg",
        "http://[::1",
        "http://" + "a" * 70 + "/x.jpg",
        "http://a..b/x.jpg",
        "//127.0.0.1/x.jpg",
        "",
    ],
)
def test_no_address_leads_inside(url: str) -> None:
    with pytest.raises(InputError) as caught:
        Fetcher().fetch(url)
    assert "secret" not in str(caught.value)
    assert caught.value.hint
    with pytest.raises(InputError, match=r"[\u4e00-\u9fff]{4}"):
        Fetcher(language="zh").fetch(url)


def test_what_is_public_is_known() -> None:
    assert public("8.8.8.8")
    assert public("2606:4700::1111")
    assert not any(map(public, ("::ffff:10.0.0.1", "2002:a00:1::", "2001:0:a00:1::", "240.0.0.1")))


@pytest.mark.parametrize("path", [p for p in AWAY if p.startswith("/to-")])
def test_a_redirect_is_checked_like_an_address(
    server: str, site: ThreadingHTTPServer, path: str
) -> None:
    with pytest.raises(InputError):
        fetched(server + path)
    assert [path for _, path in site.seen] == [path]  # type: ignore[attr-defined]


def test_a_name_that_changes_its_address_is_asked_once(
    site: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: the name is public when it is checked and another host right after."""
    with serving("127.0.0.2") as inside:
        answers = iter(["127.0.0.1", "127.0.0.2", "127.0.0.2"])

        def resolver(host: str, port: int, **options: object) -> list[tuple[object, ...]]:
            assert host == "shop.example"
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

        monkeypatch.setattr(socket, "getaddrinfo", resolver)
        found = Fetcher((), here)._resolved(found_parts := fetching.urlsplit(
            f"http://shop.example:{site.server_port}/mug.jpg"))  # fmt: skip
        assert found[0] == "127.0.0.1"
        monkeypatch.undo()
        until = time.monotonic() + 20
        status, _, data = fetching._get(found_parts, found, until)
        assert (status, data) == (200, picture())
        assert site.seen == [(f"shop.example:{site.server_port}", "/mug.jpg")]  # type: ignore[attr-defined]
        assert inside.seen == []  # type: ignore[attr-defined]
        inside.shutdown()


def test_one_private_address_of_a_name_is_enough_to_refuse_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    both = [(2, 1, 6, "", (address, 80)) for address in ("127.0.0.1", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: both)
    with pytest.raises(InputError, match="private network"):
        fetched("http://shop.example/x.jpg")


def test_only_the_hosts_on_the_list_are_asked(server: str, site: ThreadingHTTPServer) -> None:
    assert fetched(f"{server}/mug.jpg", "127.0.0.1") == picture()
    for host in ("cdn.shop.example", ".shop.example", "27.0.0.1", ".0.0.1x"):
        with pytest.raises(InputError, match="fetch_hosts"):
            fetched(f"{server}/mug.jpg", host)
    for url in (
        "http://shop.example.evil.test/",
        "http://evilshop.example/",
        "http://shop.example/",
    ):
        with pytest.raises(InputError, match="fetch_hosts"):
            fetched(url, ".shop.example")
    assert len(site.seen) == 1  # type: ignore[attr-defined]


def test_what_the_server_does_wrong_is_told(server: str) -> None:
    for path, told in (
        ("/gone.jpg", "404"),
        ("/round", "redirects"),
        ("/short", "ended before"),
        ("/noise", "failed"),
    ):
        with pytest.raises(InputError, match=told):
            fetched(server + path)


@pytest.mark.parametrize("path", ["/drip", "/drip-body", "/continue"])
def test_an_answer_that_drips_is_cut_off(
    server: str, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(fetching, "LONGEST", 0.6)
    with pytest.raises(InputError, match="longer than"):
        fetched(server + path)


def test_an_answer_that_is_too_large_is_cut_off(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "MOST", 100)
    with pytest.raises(InputError, match="larger"):
        fetched(f"{server}/mug.jpg")


def test_a_host_that_fails_is_left_alone_and_a_catalog_floods_nobody(
    server: str, site: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetcher = Fetcher((), here)
    for number in range(20):
        with pytest.raises(InputError):
            fetcher.fetch(f"{server}/gone{number}.jpg")
    assert len(site.seen) == fetching.FAILURES  # type: ignore[attr-defined]
    monkeypatch.setattr(fetching, "MANY", 3)
    fetcher = Fetcher((), here)
    for _ in range(3):
        fetcher.fetch(f"{server}/mug.jpg")
    with pytest.raises(InputError, match="3 pictures"):
        fetcher.fetch(f"{server}/mug.jpg")


def test_nothing_is_fetched_unless_it_was_switched_on(server: str, tmp_path: Path) -> None:
    goods = tmp_path / "goods.csv"
    row = f"A1,Mug,9,USD,{server}/mug.jpg"
    goods.write_text(f"sku,title,price,currency,image\n{row}\n", "utf-8")
    told = {}
    for on in (False, True):
        home = tmp_path / str(on)
        studio = Studio(Settings(home=home, fetch_pictures=on, copy_engine="template"))
        told[on] = [issue.message for issue in studio.import_catalog([goods], ME).issues]
        studio.close()
    assert "not fetched" in told[False][0]
    assert "private network" in told[True][0]
