"""An export as files elsewhere: a folder, and a bucket of a real S3 server on this machine."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from export_making import SCENE, blob, item, lamp, mug, picture

from studio import channels
from studio.channels.manifest import FILE, FileEntry
from studio.connectors import Export, Item, Objects, Place
from studio.connectors.bucket import Bucket
from studio.connectors.folder import Folder
from studio.errors import EngineError, InputError, SetupError

KEY, SECRET = "a-key", "a-secret"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """Moto's server: S3 with everything but the disks."""
    moto = pytest.importorskip("moto.server", reason="the extra dev is not installed")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(endpoint: str, tmp_path: Path) -> str:
    """The address of a folder in a new bucket."""
    import boto3

    client = boto3.client("s3", endpoint_url=endpoint, aws_access_key_id=KEY,
                          aws_secret_access_key=SECRET, region_name="us-east-1")  # fmt: skip
    name = f"shop-{os.getpid()}-{abs(hash(tmp_path))}"
    client.create_bucket(Bucket=name)
    return f"s3://{name}/to day/out"


def opened(address: str, endpoint: str) -> Bucket:
    return Bucket(address, endpoint=endpoint, region="us-east-1", key=KEY, secret=SECRET)


@pytest.fixture(params=["folder", "bucket"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "folder":
        return Folder(tmp_path / "there")
    found: str = request.getfixturevalue("bucket")
    return opened(found, request.getfixturevalue("endpoint"))


def write(folder: Path, *items: Any, **more: Any) -> Path:
    channels.write(channels.load("shopify"), items, folder, blob, by="ada", replace=True, **more)
    return folder


def send(place: Place, folder: Path) -> list[Item]:
    with Export(folder) as export:
        to = Objects(place)
        return [i for batch in to.plan(export, lambda _: {}) for i in to.send(batch)]


def states(items: list[Item]) -> dict[str, str]:
    return {item.key: item.state for item in items}


def copied(place: Place, folder: Path, to: Path) -> Path:
    """What a reader gets who follows the manifest."""
    to.mkdir()
    assert place.get(FILE, to / FILE)
    with Export(folder) as export:
        for entry in export.files():
            (to / entry.path).parent.mkdir(parents=True, exist_ok=True)
            assert place.get(entry.path, to / entry.path)
    return to


# --- both ----------------------------------------------------------------------------------------


def test_what_arrives_is_what_was_exported(place: Place, tmp_path: Path) -> None:
    folder = write(tmp_path / "out", item(mug(), "shopify"), item(lamp(), "shopify"))
    ended = send(place, folder)
    assert {i.state for i in ended} == {"sent"}
    assert ended[-1].key == FILE
    assert channels.verify(copied(place, folder, tmp_path / "read")) == []
    assert {i.state for i in send(place, folder)} == {"same"}


def test_a_plan_writes_nothing(place: Place, tmp_path: Path) -> None:
    folder = write(tmp_path / "out", item(mug(), "shopify"))
    with Export(folder) as export:
        planned = [i for batch in Objects(place).plan(export, lambda _: {}) for i in batch]
    assert {i.state for i in planned} == {"change"}
    assert not place.get(FILE, tmp_path / "none")


def test_only_what_changed_goes_and_what_is_gone_goes_away(place: Place, tmp_path: Path) -> None:
    folder = write(tmp_path / "out", item(mug(), "shopify"), item(lamp(), "shopify"))
    send(place, folder)
    write(folder, item(mug(), "shopify"), item(lamp(), "shopify", pictures=(picture(),)))
    ended = states(send(place, folder))
    gone = "pictures/en-US/lamp-7-scene.jpg"
    assert [key for key, state in ended.items() if state == "sent"] == [
        "shopify.en-US.csv", gone, FILE
    ]  # fmt: skip
    assert not place.get(gone, tmp_path / "none")
    assert channels.verify(copied(place, folder, tmp_path / "read")) == []


def test_a_strangers_manifest_removes_nothing_outside(place: Place, tmp_path: Path) -> None:
    """The older manifest lies where others may write."""
    folder = write(tmp_path / "out", item(lamp(), "shopify"))
    (tmp_path / "there").mkdir(exist_ok=True)
    (tmp_path / "precious.txt").write_text("mine")
    lines = ['{\n"head": {},\n"files": [\n', '{"path": "../precious.txt"},\n',
             '{"path": "/etc/hosts"}\n],\n"listings": [\n]\n}\n']  # fmt: skip
    strange = tmp_path / "strange.json"
    strange.write_text("".join(lines))
    size = strange.stat().st_size
    entry = FileEntry(path=FILE, bytes=size, sha256=hash_of(strange), kind="manifest")
    with strange.open("rb") as file:
        place.put(entry, file)
    ended = send(place, folder)
    assert {i.state for i in ended} == {"sent"}
    assert not [i for i in ended if "precious" in i.key or "hosts" in i.key]
    assert (tmp_path / "precious.txt").read_text() == "mine"


def hash_of(path: Path) -> str:
    return channels.manifest.hash_file(path)[1]


class Stopping:
    """A place whose line breaks at the n-th file."""

    def __init__(self, place: Place, at: int) -> None:
        self.place, self.left, self.where = place, at, place.where

    def put(self, entry: FileEntry, file: BinaryIO) -> None:
        self.left -= 1
        if self.left < 0:
            raise OSError("the line broke")
        self.place.put(entry, file)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.place, name)


@pytest.mark.parametrize("at", [0, 1, 2, 3])
def test_no_manifest_before_its_files(place: Place, tmp_path: Path, at: int) -> None:
    """Wherever it breaks, no manifest is there; and the next run sends the rest and no more."""
    folder = write(tmp_path / "out", item(mug(), "shopify"))
    send(place, folder)
    write(folder, item(mug(), "shopify", pictures=(picture(alt="New"), picture("scene", SCENE))),
          item(lamp(), "shopify"))  # fmt: skip
    broken = send(Stopping(place, at), folder)
    assert broken[-1].state == "failed"
    assert sum(i.state == "sent" for i in broken) == at
    assert not place.get(FILE, tmp_path / "found")
    rest = send(place, folder)
    assert {i.state for i in rest} <= {"same", "sent"}
    sent = {i.key for i in rest if i.state == "sent"}
    assert sent == {i.key for i in broken if i.state == "failed"}
    assert channels.verify(copied(place, folder, tmp_path / "read")) == []


def test_a_file_that_changed_after_the_proof_is_not_sent(place: Place, tmp_path: Path) -> None:
    folder = write(tmp_path / "out", item(mug(), "shopify"))
    changed = folder / "shopify.en-US.csv"
    with Export(folder) as export:
        to = Objects(place)
        ended = []
        for batch in to.plan(export, lambda _: {}):
            changed.write_bytes(changed.read_bytes().replace(b"Stoneware", b"Stonewear"))
            ended += to.send(batch)
    found = states(ended)
    assert found["shopify.en-US.csv"] == "failed"
    assert found[FILE] == "failed"
    assert not place.get(FILE, tmp_path / "none")


# --- each ----------------------------------------------------------------------------------------


def test_a_link_in_the_folder_leads_nowhere(tmp_path: Path) -> None:
    folder = write(tmp_path / "out", item(lamp(), "shopify"))
    (tmp_path / "there").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "there" / "pictures").symlink_to(tmp_path / "elsewhere")
    ended = send(Folder(tmp_path / "there"), folder)
    assert ended[-1].state == "failed"
    assert "leave the folder by a link" in ended[0].problem["en"]
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_large_file_goes_in_pieces(bucket: str, endpoint: str, tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(os.urandom(1 << 20) * 20)
    entry = FileEntry(
        path="large.bin", bytes=path.stat().st_size, sha256=hash_of(path), kind="table"
    )
    place = opened(bucket, endpoint)
    with path.open("rb") as file:
        place.put(entry, file)
    assert place.sha(entry) == entry.sha256
    assert place.get("large.bin", tmp_path / "back")
    assert hash_of(tmp_path / "back") == entry.sha256


@pytest.mark.parametrize(
    ("virtual", "start"), [(True, "https://shop.s3.example/"), (False, "https://s3.example/shop/")]
)
def test_the_bucket_is_named_where_the_store_wants_it(virtual: bool, start: str) -> None:
    place = Bucket(
        "s3://shop/x", endpoint="https://s3.example", region="eu", key="a", secret="b",
        virtual=virtual,
    )  # fmt: skip
    assert place._files.url("shop/x/a.csv").startswith(start)


def test_a_bucket_that_is_not_there(endpoint: str, tmp_path: Path) -> None:
    folder = write(tmp_path / "out", item(lamp(), "shopify"))
    ended = send(opened("s3://no-such-bucket/x", endpoint), folder)
    assert {i.state for i in ended} == {"failed"}
    assert "bucket" in ended[0].problem["en"].lower()


def test_a_store_that_does_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    folder = write(tmp_path / "out", item(lamp(), "shopify"))
    with pytest.raises(EngineError, match="can not be reached"):
        send(opened("s3://shop/x", "http://127.0.0.1:9"), folder)


@pytest.mark.parametrize("address", ["s3://", "s3:///x", "s3://shop/../other", "gs://shop/x"])
def test_addresses_that_are_no_buckets(address: str) -> None:
    with pytest.raises(InputError, match="names no bucket"):
        Bucket(address)
    with pytest.raises(InputError, match="is not https"):
        Bucket("s3://shop/x", endpoint="http://minio.example:9000")


def test_without_a_key(endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    folder = write(tmp_path / "out", item(lamp(), "shopify"))
    with pytest.raises(SetupError, match="there is no key for s3://shop/x"):
        send(Bucket("s3://shop/x", endpoint=endpoint), folder)


def test_readers_beside_the_writer_see_whole_exports(tmp_path: Path) -> None:
    """A reader who copies while two exports take turns never finds a file that is another."""
    one = write(tmp_path / "one", item(mug(), "shopify"))
    two = write(tmp_path / "two", item(mug(), "shopify", pictures=(picture("main", SCENE),)))
    place = Folder(tmp_path / "there")
    over, wrong, read, turn = threading.Event(), [], 0, 0

    def reading() -> None:
        nonlocal read
        while not over.is_set():
            try:
                begun, first = turn, (place.folder / FILE).read_bytes()
                problems = channels.verify(place.folder)
                if problems and (place.folder / FILE).read_bytes() == first and turn == begun:
                    wrong.append(problems)
                read += 1
            except OSError:
                continue

    reader = threading.Thread(target=reading)
    reader.start()
    for turn in range(20):
        send(place, (one, two)[turn % 2])
    while not read:
        time.sleep(0.01)
    over.set()
    reader.join()
    assert not wrong, wrong[0]


def test_a_catalog_is_read_from_a_bucket(bucket: str, endpoint: str, tmp_path: Path) -> None:
    """By the command, with the key in the environment and not on the command line."""
    catalog = tmp_path / "goods.csv"
    catalog.write_text("sku,title,price,currency\nB1,Norvale Bottle,19.90,USD\n", "utf-8")
    size = catalog.stat().st_size
    entry = FileEntry(path="goods.csv", bytes=size, sha256=hash_of(catalog), kind="table")
    with catalog.open("rb") as file:
        opened(bucket, endpoint).put(entry, file)
    environment = {
        **os.environ,
        "STUDIO_HOME": str(tmp_path / "home"),
        "STUDIO_KEY_FILE": str(tmp_path / "keys" / "studio.key"),
        "STUDIO_S3_ENDPOINT": endpoint,
        "STUDIO_S3_REGION": "us-east-1",
        "STUDIO_S3_KEY": KEY,
        "STUDIO_S3_SECRET": SECRET,
        "STUDIO_LANGUAGE": "en",
    }

    def run(address: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "studio", "import", address, "--json"]
        return subprocess.run(command, env=environment, capture_output=True, text=True)

    done = run(f"{bucket}/goods.csv")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["products"] == 1
    gone = run(f"{bucket}/none.csv")
    assert gone.returncode == 2
    assert f"there is no {bucket}/none.csv" in gone.stderr
