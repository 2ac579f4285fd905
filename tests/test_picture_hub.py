"""Weights by a hub name: from a real server on loopback that speaks the hub's protocol."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import diffusion_making
import pytest

COMMIT = "a" * 40
SCRIPT = """
import sys, warnings
warnings.filterwarnings("ignore")
from studio import engines
from studio.engines import Scene
from studio.errors import StudioError
one = engines.load("scene", "diffusers", model=sys.argv[1], steps=2, side=64, dtype="float32")
assert one.ready() == "", one.ready()
try:
    made = one.backdrop(Scene(64, 64, look="sweep", prompt="x"))
    print(made.shape, one.model)
except StudioError as error:
    print(type(error).__name__, error)
"""


class Hub(BaseHTTPRequestHandler):
    """The two questions that are asked of a hub: which files there are, and a file."""

    protocol_version = "HTTP/1.1"
    root = Path()
    asked: list[str]

    def log_message(self, *_: Any) -> None:
        pass

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = unquote(urlparse(self.path).path)
        self.asked.append(path)
        parts = path.strip("/").split("/")
        if parts[:2] == ["api", "models"]:
            self._answer(200, self._listing(self.root / parts[3], "tree" in parts))
        elif "resolve" in parts:
            file = self.root / parts[1] / "/".join(parts[4:])
            self._answer(
                200 if file.is_file() else 404, file.read_bytes() if file.is_file() else b""
            )
        else:
            self._answer(404, b"")

    def _listing(self, folder: Path, tree: bool) -> bytes:
        files = [p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()]
        if tree:
            size = {f: (folder / f).stat().st_size for f in files}
            entries = [{"type": "file", "path": f, "size": size[f], "oid": "b" * 40} for f in files]
            return json.dumps(entries).encode()
        siblings = [{"rfilename": f} for f in files]
        name = f"maker/{folder.name}"
        told = {"id": name, "modelId": name, "sha": COMMIT, "siblings": siblings, "tags": []}
        return json.dumps({**told, "private": False}).encode()

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("ETag", f'"{hashlib.sha256(body).hexdigest()}"')
        if status == 404:
            self.send_header("X-Error-Code", "EntryNotFound")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[type[Hub]]:
    class Ours(Hub):
        root = tmp_path / "models"
        asked: list[str] = []  # noqa: RUF012
        address = ""

    Ours.root.mkdir()
    diffusion_making.plain(Ours.root)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Ours)
    Ours.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Ours
    server.shutdown()


def run(hub: Any, name: str) -> str:
    environment = {
        **os.environ,
        "HF_ENDPOINT": hub.address,
        "HF_HOME": str(hub.root.parent / "cache"),
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_OFFLINE": "0",
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, name], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_a_hub_name_brings_safetensors_and_nothing_else(hub: Any) -> None:
    unet = hub.root / "plain" / "unet"
    (unet / "diffusion_pytorch_model.bin").write_bytes(b"pickle")
    assert "(64, 64, 3) maker/plain" in run(hub, "maker/plain")
    assert any(path.endswith("unet/diffusion_pytorch_model.safetensors") for path in hub.asked)
    assert not any(path.endswith(".bin") for path in hub.asked)


def test_a_pickled_model_of_the_hub_is_refused_before_it_is_fetched(hub: Any) -> None:
    unet = hub.root / "plain" / "unet"
    safe = unet / "diffusion_pytorch_model.safetensors"
    safe.rename(unet / "diffusion_pytorch_model.bin")
    told = run(hub, "maker/plain")
    assert "SetupError" in told
    assert "safetensors" in told
    assert not any(path.endswith(".bin") for path in hub.asked)


def test_code_that_comes_with_a_model_of_the_hub_is_refused(hub: Any) -> None:
    folder = hub.root / "plain"
    index = json.loads((folder / "model_index.json").read_text("utf-8"))
    (folder / "unet" / "own.py").write_text("raise SystemExit('it ran')")
    index["unet"] = ["own", "Net"]
    (folder / "model_index.json").write_text(json.dumps(index), "utf-8")
    told = run(hub, "maker/plain")
    assert "SetupError" in told
    assert "it ran" not in told
