"""Every way in which a merchant's picture can be odd, wrong or hostile."""

from __future__ import annotations

import re
import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageCms

from studio.errors import InputError
from studio.imaging import encode, opening


def picture(width: int = 60, height: int = 40, mode: str = "RGB") -> Image.Image:
    """Left half red, right half blue."""
    image = Image.new("RGB", (width, height), (200, 30, 30))
    image.paste((30, 30, 200), (width // 2, 0, width, height))
    return image.convert(mode)


def saved(image: Image.Image, format: str, **options: object) -> bytes:
    out = BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF"])
def test_each_format_is_read(format: str) -> None:
    opened = opening.read(saved(picture(), format))
    assert opened.format == format
    assert opened.rgb.shape == (40, 60, 3)
    assert abs(int(opened.rgb[20, 8, 0]) - 200) < 12
    assert opened.alpha is None


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied_and_exif_is_gone(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "SecretPhone"
    exif.get_ifd(0x8825)[1] = "N"
    opened = opening.read(saved(picture(), "JPEG", exif=exif, quality=95))
    turned = orientation >= 5
    assert opened.rgb.shape == ((60, 40, 3) if turned else (40, 60, 3))
    assert opened.stored == ((40, 60) if turned else (60, 40))
    corner = opened.rgb[4, 4]
    red_first = orientation in (1, 4, 5, 6)
    assert (corner[0] > corner[2]) == red_first
    data, _ = encode.encode(opened.rgb, "JPEG", 10**6, b"")
    assert b"SecretPhone" not in data
    assert not Image.open(BytesIO(data)).getexif()


def test_a_damaged_exif_block_costs_nothing() -> None:
    data = saved(picture(), "JPEG", exif=b"Exif\x00\x00MM\x00*\xff\xff\xff\xff")
    assert opening.read(data).rgb.shape == (40, 60, 3)


def test_cmyk_palette_grey_and_sixteen_bits_become_srgb() -> None:
    assert opening.read(saved(picture(mode="CMYK"), "JPEG")).rgb.shape[2] == 3
    assert opening.read(saved(picture().quantize(8), "PNG")).rgb.shape[2] == 3
    assert opening.read(saved(picture(mode="L"), "PNG")).rgb.shape[2] == 3
    deep = Image.fromarray(np.full((40, 60), 32896, np.uint16))
    assert opening.read(saved(deep, "PNG")).rgb[0, 0].tolist() == [128, 128, 128]
    assert opening.read(_png_rgb16()).rgb[0, 0].tolist() == [255, 128, 0]


def test_a_colour_profile_is_converted_not_dropped() -> None:
    lab = saved(picture().convert("LAB"), "TIFF", icc_profile=_profile("LAB"))
    opened = opening.read(lab)
    assert abs(opened.rgb[20, 8].astype(int) - [200, 30, 30]).max() < 12
    assert any("profile" in note for note in opened.notes)
    broken = opening.read(saved(picture(), "JPEG", icc_profile=b"not a profile at all"))
    assert any("damaged" in note for note in broken.notes)


def test_alpha_comes_apart_and_an_opaque_one_is_none() -> None:
    image = picture(mode="RGBA")
    assert opening.read(saved(image, "PNG")).alpha is None
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    alpha = opening.read(saved(image, "PNG")).alpha
    assert alpha is not None
    assert alpha.dtype == np.float32
    assert alpha[0].max() < 0.1 < 0.9 < alpha[-1].min()


def test_a_large_photo_is_scaled_and_its_true_size_is_told() -> None:
    limits = opening.Limits(work=100)
    opened = opening.read(saved(picture(900, 600), "JPEG"), limits=limits)
    assert opened.rgb.shape == (67, 100, 3)
    assert opened.stored == (900, 600)
    assert any("scaled" in note for note in opened.notes)


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG", "TIFF"])
def test_several_frames_are_refused(format: str) -> None:
    frames = [picture(), picture().transpose(Image.Transpose.FLIP_LEFT_RIGHT)]
    data = saved(frames[0], format, save_all=True, append_images=frames[1:])
    with pytest.raises(InputError, match="several"):
        opening.read(data, "film.gif")


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF", "BMP"])
@pytest.mark.parametrize("share", [0.3, 0.7])
def test_a_truncated_file_is_refused_with_its_name(format: str, share: float) -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 255, (90, 90, 3), np.uint8))
    data = saved(noise, format)
    with pytest.raises(InputError) as caught:
        opening.read(data[: int(len(data) * share)], "cut.jpg")
    assert caught.value.where == "cut.jpg"
    assert caught.value.hint
    assert not re.search("[a-z]", caught.value.said["zh"][0]), "the decoder's own words in Chinese"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"PK\x03\x04" + b"\0" * 40, "ZIP"),
        (b"<svg xmlns='x'></svg>", "SVG"),
        (b"\xef\xbb\xbf<!DOCTYPE html><html>", "web page"),
        (b"\0\0\0\x1cftypheic" + b"\0" * 30, "HEIC"),
        (b"just words, renamed to .jpg", "not a picture"),
        (bytes(range(256)) * 9, "not a picture"),
    ],
)
def test_what_is_no_picture_is_named(data: bytes, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        opening.read(data, "x.jpg")
    assert "Traceback" not in str(caught.value)


def test_a_bomb_is_refused_by_its_header_alone() -> None:
    bomb = _png_header(60_000, 60_000)
    with pytest.raises(InputError, match="pixels"):
        opening.read(bomb, "bomb.png")
    with pytest.raises(InputError, match="30000"):
        opening.read(_png_header(30_000, 2_000), "wide.png")


@pytest.mark.parametrize("size", [(1, 1), (15, 400), (2_000, 40)])
def test_slivers_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises(InputError, match="not a product photo"):
        opening.read(saved(picture(*size), "PNG"))


def test_too_many_bytes_are_refused_unread() -> None:
    with pytest.raises(InputError, match="MB"):
        opening.read(b"\xff" * 1_200_000, limits=opening.Limits(bytes=1_000_000))


def _chunk(kind: bytes, body: bytes) -> bytes:
    check = zlib.crc32(kind + body).to_bytes(4, "big")
    return struct.pack(">I", len(body)) + kind + body + check


def _png_header(width: int, height: int) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 100)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", body)


def _png_rgb16() -> bytes:
    row = b"\0" + struct.pack(">HHH", 65535, 32896, 0) * 20
    head = struct.pack(">IIBBBBB", 20, 20, 16, 2, 0, 0, 0)
    parts = (_chunk(b"IHDR", head), _chunk(b"IDAT", zlib.compress(row * 20)), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _profile(name: str) -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile(name)).tobytes()
