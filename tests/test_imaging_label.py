"""The marks of origin: written, read back by us and by an independent reader, and honest."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from studio.imaging import encode, label

FORMATS: tuple[encode.Format, ...] = ("JPEG", "PNG", "WEBP")


def written(format: encode.Format, ai: label.Ai, kind: str = "scene") -> bytes:
    marks = label.marks(ai, kind, producer="Müller & 茶 <shop>", number="0f")
    pixels = np.full((40, 40, 3), 128, np.uint8)
    return encode.encode(pixels, format, 10**6, label.packet(marks))[0]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    ("ai", "kind", "source"),
    [
        ("none", "white", "algorithmicallyEnhanced"),
        ("none", "scene", "composite"),
        ("composite", "scene", "compositeWithTrainedAlgorithmicMedia"),
        ("generated", "scene", "trainedAlgorithmicMedia"),
    ],
)
def test_marks_are_read_back(format: encode.Format, ai: label.Ai, kind: str, source: str) -> None:
    found = label.read(written(format, ai, kind))
    assert found.source == source
    assert bool(found.aigc) == (ai != "none"), "the AIGC block only where a model generated"
    if ai != "none":
        assert found.aigc["Label"] == "1"
        assert found.aigc["ContentProducer"] == "Müller & 茶 <shop>"
        assert list(found.aigc) == [
            "Label",
            "ContentProducer",
            "ProduceID",
            "ReservedCode1",
            "ContentPropagator",
            "PropagateID",
            "ReservedCode2",
        ]


@pytest.mark.parametrize("format", FORMATS)
def test_exiftool_reads_the_same(format: encode.Format, tmp_path: Path) -> None:
    tool = shutil.which("exiftool")
    if tool is None:
        pytest.skip("exiftool is not installed (Debian: libimage-exiftool-perl)")
    path = tmp_path / f"picture{encode.SUFFIX[format]}"
    path.write_bytes(written(format, "composite"))
    ran = subprocess.run([tool, "-j", "-G1", str(path)], capture_output=True, check=True)
    tags = json.loads(ran.stdout)[0]
    source = tags["XMP-iptcExt:DigitalSourceType"]
    assert source == label.SCHEME + "compositeWithTrainedAlgorithmicMedia"
    block = next(v for k, v in tags.items() if k.lower() == "xmp-tc260:aigc")
    fields = block if isinstance(block, dict) else json.loads(block)
    assert str(fields["Label"]) == "1"
    assert not any("GPS" in name or name.startswith("IFD0:Make") for name in tags)


@pytest.mark.parametrize("format", FORMATS)
def test_the_profile_is_srgb_and_the_same_every_day(format: encode.Format) -> None:
    from io import BytesIO

    from PIL import Image, ImageCms

    first = written(format, "none")
    profile = Image.open(BytesIO(first)).info["icc_profile"]
    name = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(BytesIO(profile)))
    assert "srgb" in name.lower()
    assert profile[24:36] == bytes((7, 208, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0))
    assert first == written(format, "none")


def test_a_file_without_or_with_broken_marks_reads_as_empty() -> None:
    pixels = np.full((40, 40, 3), 128, np.uint8)
    assert label.read(encode.encode(pixels, "JPEG", 10**6)[0]) == label.Marks()
    broken = encode.encode(pixels, "JPEG", 10**6, b"<x:xmpmeta><unclosed>")[0]
    assert label.read(broken) == label.Marks()
    bomb = b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
    assert label.read(encode.encode(pixels, "JPEG", 10**6, bomb)[0]) == label.Marks()


def test_a_photo_that_a_model_made_stays_marked() -> None:
    photo = label.carried(written("JPEG", "generated"))
    assert photo.generated
    assert photo.aigc["ContentProducer"] == "Müller & 茶 <shop>"
    for kind, source in (
        ("photo", "trainedAlgorithmicMedia"),
        ("white", "trainedAlgorithmicMedia"),
        ("scene", "compositeWithTrainedAlgorithmicMedia"),
    ):
        made = label.marks("none", kind, producer="us", number="1", photo=photo)
        assert (made.source, made.aigc) == (source, photo.aigc)
    ours = label.marks("composite", "scene", producer="us", number="1", photo=photo)
    assert ours.aigc["ContentProducer"] == "us", "what we generate is ours to answer for"


def test_a_photo_that_says_nothing_is_not_said_to_be_something() -> None:
    assert label.marks("none", "photo", producer="us", number="1").source == ""
    pixels = np.full((40, 40, 3), 128, np.uint8)
    plain = encode.encode(pixels, "JPEG", 10**6, label.packet(label.Marks(tool="Studio")))[0]
    assert b"DigitalSourceType" not in plain
    assert not label.carried(plain).generated


@pytest.mark.parametrize(
    "block", ["[1, 2]", "7", '{"Label": {"a": 1}}', "<!DOCTYPE a [<!ENTITY b 'c'>]>&b;", "{" * 9999]
)
def test_hostile_marks_in_a_photo_do_no_harm(block: str) -> None:
    packet = label.packet(label.Marks("x" * 70, {"Label": "?"})).decode()
    data = packet.replace('{"Label":"?"}', block).encode()
    found = label.carried(b"junk" + data + b"junk")
    assert found.source == ""
    assert set(found.aigc) <= {"Label"}
    assert label.carried(b"<x:xmpmeta" * 100_000) == label.Marks()
