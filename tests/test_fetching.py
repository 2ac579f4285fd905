"""Pictures by address: off by default, and never into a private network."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from PIL import Image

from studio.errors import InputError
from studio.schema import Actor, Role
from studio.service import Studio, fetching
from studio.settings import Settings

ME = Actor(name="owner", role=Role.ADMIN)


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (600, 600), (200, 90, 40)).save(out, "JPEG")
    return out.getvalue()


class Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/away":
            self.send_response(302)
            self.send_header("Location", "/mug.jpg")
            self.end_headers()
            return
        if self.path == "/round":
            self.send_response(302)
            self.send_header("Location", "/round")
            self.end_headers()
            return
        data = picture() if self.path == "/mug.jpg" else b""
        self.send_response(200 if data else 404)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *words: object) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Pages) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


def anywhere(address: str) -> bool:
    return True


def test_a_picture_is_fetched_also_over_a_redirect(server: str) -> None:
    assert fetching.fetch(f"{server}/mug.jpg", allowed=anywhere) == picture()
    assert fetching.fetch(f"{server}/away", allowed=anywhere) == picture()


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8000/x.jpg",
        "http://localhost:8000/x.jpg",
        "http://[::1]:8000/x.jpg",
        "http://2130706433:8000/x.jpg",
        "http://0x7f.1:8000/x.jpg",
        "http://10.0.0.1/x.jpg",
        "http://169.254.169.254/latest/meta-data",
        "http://[fd00::1]/x.jpg",
        "http://user:secret@127.0.0.1/x.jpg",
        "file:///etc/passwd",
        "ftp://127.0.0.1/x.jpg",
        "http://127.0.0.1:22/x.jpg",
        "http://",
        "http://[::1",
    ],
)
def test_no_address_leads_inside(url: str) -> None:
    with pytest.raises(InputError) as caught:
        fetching.fetch(url)
    assert "secret" not in str(caught.value)
    assert caught.value.hint


def test_what_the_server_does_wrong_is_told(server: str) -> None:
    with pytest.raises(InputError, match="404"):
        fetching.fetch(f"{server}/gone.jpg", allowed=anywhere)
    with pytest.raises(InputError, match="redirects"):
        fetching.fetch(f"{server}/round", allowed=anywhere)


def test_an_answer_that_is_too_large_is_cut_off(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "MOST", 100)
    with pytest.raises(InputError, match="larger"):
        fetching.fetch(f"{server}/mug.jpg", allowed=anywhere)


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
