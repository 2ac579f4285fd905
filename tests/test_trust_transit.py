"""In transit: TLS by Studio itself, and behind nginx as docs/deploy.md configures it."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest

from studio.edge import COOKIE
from studio.schema import now
from studio.service.attempts import PER_PLACE

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
DEPLOY = Path(__file__).parents[1] / "docs" / "deploy.md"


def trusting(cert: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(cert))


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 and its key, signed by itself."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    address = x509.IPAddress(ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now() - timedelta(hours=1))
        .not_valid_after(now() + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    cert, private = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))
    return cert, private


@dataclass
class Served:
    port: int
    password: str
    process: subprocess.Popen[str]


def start(folder: Path, *more: str) -> Served:
    """`studio serve` as a program of its own; its port and the first password."""
    port = free_port()
    keys = str(folder / "keys" / "studio.key")
    env = {**os.environ, "STUDIO_HOME": str(folder / "home"), "STUDIO_KEY_FILE": keys,
           "STUDIO_COPY_ENGINE": "template"}  # fmt: skip
    command = [sys.executable, "-m", "studio", "serve", "--port", str(port), *more]
    process = subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True)
    password, seen = "", ""
    assert process.stderr is not None
    for line in process.stderr:
        seen += line
        if found := re.search(r"shown once: (\S+)", line):
            password = found[1]
            break
    assert password, seen
    for _ in range(400):
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return Served(port, password, process)
        time.sleep(0.1)
    raise AssertionError("it does not listen")


def sign_in(client: httpx.Client, password: str, **headers: str) -> httpx.Response:
    form = {"name": "admin", "password": password}
    return client.post("/login", data=form, headers=headers)


def secured(answer: httpx.Response) -> None:
    """A session that only https carries, and a browser that comes back by https only."""
    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith(COOKIE)
    for part in ("httponly", "secure", "samesite=lax"):
        assert part in cookie, cookie
    assert answer.headers["strict-transport-security"].startswith("max-age=")


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certificate(tmp_path_factory.mktemp("pem"))


def test_tls_by_studio_itself(tmp_path: Path, pem: tuple[Path, Path]) -> None:
    served = start(tmp_path, "--tls-cert", str(pem[0]), "--tls-key", str(pem[1]))
    try:
        base = f"https://127.0.0.1:{served.port}"
        with httpx.Client(base_url=base, verify=trusting(pem[0])) as client:
            answer = sign_in(client, served.password, origin=base)
            assert answer.status_code == 303
            secured(answer)
            assert client.get("/api/me").json()["name"] == "admin"
            assert "server" not in answer.headers
            # A page of the same name that came by http is not our site.
            plain = {"origin": base.replace("https", "http")}
            assert client.post("/logout", headers=plain).status_code == 403
        with pytest.raises(httpx.HTTPError):
            httpx.get(f"http://127.0.0.1:{served.port}/login")
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.load_verify_locations(pem[0])
        old.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises(httpx.HTTPError):
            httpx.get(f"{base}/login", verify=old)
    finally:
        served.process.terminate()
        served.process.wait(30)


def test_a_certificate_that_is_none_is_told(tmp_path: Path, pem: tuple[Path, Path]) -> None:
    command = [sys.executable, "-m", "studio", "--home", str(tmp_path / "home"), "serve"]
    wrong = ["--tls-cert", str(pem[1]), "--tls-key", str(pem[0])]
    done = subprocess.run([*command, *wrong], capture_output=True, text=True, timeout=120)
    assert done.returncode == 2
    assert "no certificate with its key" in done.stderr
    assert "Traceback" not in done.stderr


# --- behind nginx --------------------------------------------------------------------------------


@dataclass
class Behind:
    url: str
    plain_url: str
    studio: Served
    cert: Path


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory, pem: tuple[Path, Path]) -> Iterator[Behind]:
    if NGINX is None:
        pytest.skip("nginx is not installed: apt-get install nginx-light")
    folder = tmp_path_factory.mktemp("nginx")
    folder.chmod(0o755)
    served = start(folder, "--proxy", "127.0.0.1")
    tls, plain = free_port(), free_port()
    block = re.search(r"```nginx\n(.*?)```", DEPLOY.read_text("utf-8"), re.S)
    assert block is not None
    text = block[1]
    for old, new in {
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{tls} ssl http2;",
        "server_name shop.example;": "server_name 127.0.0.1;",
        "127.0.0.1:7860": f"127.0.0.1:{served.port}",
        "/etc/ssl/shop.example/fullchain.pem": str(pem[0]),
        "/etc/ssl/shop.example/privkey.pem": str(pem[1]),
        "/var/log/nginx/studio.log": str(folder / "access.log"),
    }.items():
        assert text.count(old) >= 1, old
        text = text.replace(old, new)
    temp = "".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"pid {folder}/pid; error_log {folder}/error.log; daemon off; worker_processes 1;\n"
        f"events {{}}\nhttp {{ {temp}\n{text}\n}}\n"
    )
    command = [NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf")]
    if os.geteuid() == 0:
        command += ["-g", "user root;"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    for _ in range(100):
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", tls)) == 0:
                break
        assert process.poll() is None, process.stderr and process.stderr.read()
        time.sleep(0.1)
    yield Behind(f"https://127.0.0.1:{tls}", f"http://127.0.0.1:{plain}", served, pem[0])
    for running in (process, served.process):
        running.terminate()
        running.wait(30)


@pytest.fixture
def browser(behind: Behind) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=behind.url, verify=trusting(behind.cert), timeout=60) as client:
        answer = sign_in(client, behind.studio.password, origin=behind.url)
        assert answer.status_code == 303, answer.text
        secured(answer)
        yield client


def test_plain_http_leads_to_https(behind: Behind) -> None:
    answer = httpx.get(f"{behind.plain_url}/review?x=1")
    assert answer.status_code == 301
    assert answer.headers["location"].startswith("https://127.0.0.1/review")


def test_pages_and_events_work_behind_nginx(behind: Behind, browser: httpx.Client) -> None:
    page = browser.get("/", headers={"accept": "text/html"})
    assert page.status_code == 200
    assert f"http://127.0.0.1:{behind.studio.port}" not in page.text
    assert f'"root":"{behind.url}"' in page.text.replace(": ", ":").replace("\\/", "/")
    config = browser.get("/config").json()
    table = next(c["id"] for c in config["components"] if c["props"].get("elem_id") == "table")
    fn = next(d for d in config["dependencies"] if [table, "act"] in d["targets"])
    body = {"data": [], "fn_index": fn["id"], "trigger_id": table, "session_hash": "abc",
            "event_data": {"do": "look"}}  # fmt: skip
    assert browser.post("/gradio_api/queue/join", json=body).status_code == 200
    with browser.stream("GET", "/gradio_api/queue/data?session_hash=abc") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        for line in stream.iter_lines():
            if line.startswith("data:") and json.loads(line[5:])["msg"] == "process_completed":
                assert json.loads(line[5:])["success"]
                break
        else:
            raise AssertionError("the stream ended without an answer")


def test_a_heartbeat_arrives_at_once(browser: httpx.Client) -> None:
    """Were it buffered, nothing would come before the page is closed."""
    with browser.stream("GET", "/gradio_api/heartbeat/abc", timeout=20) as stream:
        assert next(stream.iter_lines()).startswith("data:")


def test_uploads_up_to_the_limit(browser: httpx.Client) -> None:
    small = {"files": ("goods.csv", b"sku,title\nA,B\n" * 90_000)}  # more than nginx's own 1 MB
    assert browser.post("/gradio_api/upload", files=small).status_code == 200
    assert told_by_its_length(browser, 201 << 20).startswith(b"HTTP/1.1 413")


def told_by_its_length(browser: httpx.Client, length: int) -> bytes:
    """The first line of the answer to an upload of which nothing but the length was sent."""
    host, port = browser.base_url.host, browser.base_url.port or 443
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    cookie = "; ".join(f"{k}={v}" for k, v in browser.cookies.items())
    head = (
        f"POST /gradio_api/upload HTTP/1.1\r\nHost: {host}:{port}\r\nCookie: {cookie}\r\n"
        f"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {length}\r\n\r\n"
    )
    with (
        socket.create_connection((host, port), timeout=20) as plain,
        context.wrap_socket(plain, server_hostname=host) as line,
    ):
        line.sendall(head.encode())
        return line.recv(200)


def test_a_guesser_is_slowed_down_whatever_he_claims(behind: Behind) -> None:
    """Through nginx, and past it: only the proxy's word on the client's address counts."""
    claims = [{"x-forwarded-for": f"203.0.113.{n}", "x-real-ip": "1.2.3.4"} for n in range(40)]
    past = httpx.HTTPTransport(local_address="127.0.0.5")
    direct = f"http://127.0.0.1:{behind.studio.port}"
    with httpx.Client(base_url=direct, transport=past, timeout=60) as client:
        codes = [sign_in(client, "guess", **c).status_code for c in claims[: PER_PLACE + 3]]
        assert codes == [403] * PER_PLACE + [429] * 3
        https = {"x-forwarded-proto": "https"}
        assert "strict-transport-security" not in client.get("/login", headers=https).headers
    with httpx.Client(base_url=behind.url, verify=trusting(behind.cert), timeout=60) as client:
        codes = [sign_in(client, "guess", **c).status_code for c in claims]
    assert codes[0] == 403
    assert codes[-1] == 429
    assert codes.count(403) <= PER_PLACE
