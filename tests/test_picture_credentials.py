"""Content Credentials: signed with a key of our own, read back by c2pa and by exiftool."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import picture_keys
import pytest

from studio.errors import EngineError, SetupError
from studio.imaging import credentials, encode, label
from studio.imaging.credentials import Step

pytest.importorskip("c2pa")
FORMATS: tuple[encode.Format, ...] = ("JPEG", "PNG", "WEBP")
SOURCE = "compositeWithTrainedAlgorithmicMedia"
STEPS = (
    Step("c2pa.edited", "background removed", "u2netp", "algorithmicallyEnhanced"),
    Step("c2pa.edited", "placed in a generated set", "diffusers sd15", SOURCE),
    Step("c2pa.resized", "to 80x80", "Studio"),
)


def picture(format: encode.Format) -> bytes:
    pixels = np.random.default_rng(1).integers(0, 255, (80, 80, 3)).astype(np.uint8)
    marks = label.marks("composite", "scene", producer="shop", number="1")
    return encode.encode(pixels, format, 10**6, label.packet(marks))[0]


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, bytes]:
    return picture_keys.make(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def signer(keys: tuple[Path, Path, bytes]) -> credentials.Signer:
    return credentials.load(*keys[:2])


@pytest.mark.parametrize("format", FORMATS)
def test_what_was_done_is_signed_and_read_back(
    format: encode.Format, signer: credentials.Signer, keys: tuple[Path, Path, bytes]
) -> None:
    data, mime = picture(format), encode.MIME[format]
    photo = (picture("JPEG"), "image/jpeg")
    signed = credentials.sign(data, mime, signer, title="main", steps=STEPS, photo=photo)
    seal = credentials.read(signed, mime)
    assert seal is not None
    assert seal.state == "Valid"
    assert seal.title == "main"
    assert seal.steps == ("c2pa.opened", "c2pa.edited", "c2pa.edited", "c2pa.resized")
    assert seal.sources == ("algorithmicallyEnhanced", SOURCE)
    assert seal.made_from == 1
    trusted = credentials.read(signed, mime, anchors=keys[2])
    assert trusted is not None
    assert trusted.state == "Trusted"
    assert label.read(signed) == label.read(data), "the other marks stay"
    assert len(signed) - len(data) < credentials.SIZE


def test_a_changed_byte_is_told(signer: credentials.Signer) -> None:
    data = picture("JPEG")
    signed = bytearray(credentials.sign(data, "image/jpeg", signer, title="a", steps=STEPS))
    signed[-400] ^= 0xFF
    seal = credentials.read(bytes(signed), "image/jpeg")
    assert seal is not None
    assert seal.state == "Invalid"
    assert "assertion.dataHash.mismatch" in seal.problems


def test_without_a_photo_the_picture_says_that_it_was_created(signer: credentials.Signer) -> None:
    signed = credentials.sign(picture("PNG"), "image/png", signer, title="a", steps=STEPS)
    seal = credentials.read(signed, "image/png")
    assert seal is not None
    assert (seal.steps[0], seal.sources[0], seal.made_from) == ("c2pa.created", SOURCE, 0)


def test_the_photos_own_credentials_stay_in_the_history(signer: credentials.Signer) -> None:
    photo = credentials.sign(picture("JPEG"), "image/jpeg", signer, title="camera", steps=())
    data = credentials.sign(
        picture("JPEG"), "image/jpeg", signer, title="b", steps=STEPS, photo=(photo, "image/jpeg")
    )
    assert b"camera" in data
    seal = credentials.read(data, "image/jpeg")
    assert seal is not None
    assert seal.state == "Valid"


def test_exiftool_reads_the_manifest_too(signer: credentials.Signer, tmp_path: Path) -> None:
    tool = shutil.which("exiftool")
    if tool is None:
        pytest.skip("exiftool is not installed (Debian: libimage-exiftool-perl)")
    path = tmp_path / "a.jpg"
    path.write_bytes(
        credentials.sign(picture("JPEG"), "image/jpeg", signer, title="a", steps=STEPS)
    )
    ran = subprocess.run([tool, "-j", "-G1", "-struct", str(path)], capture_output=True, check=True)
    tags = json.loads(ran.stdout)[0]
    assert SOURCE in json.dumps(tags.get("JUMBF:Actions", tags))


def test_a_file_without_or_with_a_broken_manifest_is_told() -> None:
    assert credentials.read(picture("JPEG"), "image/jpeg") is None
    seal = credentials.read(b"\xff\xd8no picture", "image/jpeg")
    assert seal is None or seal.state == "Invalid"


def test_keys_that_cannot_sign_are_refused_with_the_reason(tmp_path: Path) -> None:
    key, chain, root = picture_keys.make(tmp_path / "good")
    other, _, _ = picture_keys.make(tmp_path / "other")
    with pytest.raises(SetupError, match="not that of the signing key"):
        credentials.load(other, chain)
    with pytest.raises(SetupError, match="holds until"):
        credentials.load(*picture_keys.make(tmp_path / "old", days=-1)[:2])
    with pytest.raises(SetupError, match="cannot be read"):
        credentials.load(tmp_path / "none.pem", chain)
    (tmp_path / "key.pem").write_text("-----BEGIN NOTHING-----")
    with pytest.raises(SetupError, match="cannot be read"):
        credentials.load(tmp_path / "key.pem", chain)
    broken = credentials.Signer(key.read_bytes(), root, "es256")
    with pytest.raises(EngineError, match="could not be signed"):
        credentials.sign(picture("JPEG"), "image/jpeg", broken, title="a", steps=STEPS)
