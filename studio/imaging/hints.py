"""What a merchant's photo should not show on a marketplace: codes, borders, marks laid over it.

Hints, not verdicts: each says what was seen and where, and a person decides. Text is read by OCR
where an engine is set; the rest needs none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import cv2
import numpy as np

from studio.imaging.opening import Pixels
from studio.schema import Finding, Severity

_WORK = 1400  # px on the longer side: a code an eighth of it wide is still read
_CONTACT = re.compile(
    r"(?:https?://|www\.)\S+|\b[\w-]+\.(?:com|cn|net|shop|store)\b|@[\w.]{3,}"
    r"|(?:微信|V信|weixin|wechat|QQ|扣扣|WhatsApp|Tel|电话|手机)\s*[:：]?\s*[\w+-]{5,}"
    r"|(?<!\d)1[3-9]\d{9}(?!\d)",
    re.I,
)
SMALL = 500  # px of the shorter side; what most channels ask for at least
LONG = 3.0  # longer over shorter side: a banner or a size table, seldom a product
_CORNER = 0.2  # how far from the frame a mark in a corner reaches, as a share of each side


class Read(Protocol):
    """A line of text: an engine's own noun has these."""

    @property
    def text(self) -> str: ...
    @property
    def box(self) -> tuple[int, int, int, int]: ...


@dataclass(frozen=True)
class Hint:
    """`rule` is a key of the table below; `values` fill its texts; `box`: x, y, width, height."""

    rule: str
    values: Mapping[str, object] = field(default_factory=dict)
    box: tuple[int, int, int, int] | None = None


def look(rgb: Pixels, lines: Sequence[Read] = ()) -> list[Hint]:
    """The hints in one photo; `lines` is its text as an OCR engine read it."""
    codes = list(_codes(rgb))
    hints = [*codes, *_border(rgb), *_quality(rgb)]
    for line in lines:
        if any(_within(line.box, code.box) for code in codes if code.box):
            continue  # a code's squares read as letters
        if contact := _CONTACT.search(line.text):
            hints.append(Hint("contact", {"text": contact.group()}, line.box))
        elif corner := _corner(line.box, rgb.shape[1], rgb.shape[0]):
            hints.append(Hint("corner", {"text": line.text, "corner": corner}, line.box))
    return hints


def _quality(rgb: Pixels) -> Iterator[Hint]:
    """Too small, too long, too dark, washed out, out of focus. The limits lie far from what 91 real
    product photos measure: brightest part 221 and more (a third of the light: 89), the sharpest
    twelfth 156 and more (blurred by 2.4 px: 77 and less)."""
    height, width = rgb.shape[:2]
    if min(height, width) < SMALL:
        yield Hint("small", {"width": width, "height": height, "least": SMALL})
    if max(height, width) > LONG * min(height, width):
        yield Hint("long", {"width": width, "height": height})
    scale = min(1.0, 1024 / max(height, width))
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    darkest, brightest = np.percentile(grey, (0.5, 99.5))
    if brightest < 130:
        yield Hint("dark")
    elif darkest > 200:
        yield Hint("pale")
    else:
        edges = cv2.Laplacian(grey, cv2.CV_32F)
        part = max(8, grey.shape[0] // 12)
        if float(cv2.blur(edges * edges, (part, part)).max()) < 110:
            yield Hint("soft")


def _codes(rgb: Pixels) -> Iterator[Hint]:
    """QR codes that can be read: an unreadable square is more often a pattern than a code."""
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    scale = min(1.0, _WORK / max(grey.shape))
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    try:
        _, texts, corners, _ = cv2.QRCodeDetector().detectAndDecodeMulti(small)
    except cv2.error:  # of degenerate finds
        return
    for text, quad in zip(texts or (), corners if corners is not None else (), strict=False):
        if text:
            x, y, width, height = cv2.boundingRect((quad / scale).astype(np.int32))
            yield Hint("code", {"text": text[:80]}, (int(x), int(y), int(width), int(height)))


def _within(box: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    """Whether a box's middle lies in another; of code boxes, whose quiet zone is not in them."""
    x, y = box[0] + box[2] / 2, box[1] + box[3] / 2
    left, top, width, height = other
    edge = 0.1 * max(width, height)
    across = left - edge <= x <= left + width + edge
    return across and top - edge <= y <= top + height + edge


def _border(rgb: Pixels) -> Iterator[Hint]:
    """A frame or bars of one colour that end in a straight line across the whole picture."""
    sides = {
        "top": rgb,
        "bottom": rgb[::-1],
        "left": rgb.transpose(1, 0, 2),
        "right": rgb.transpose(1, 0, 2)[::-1],
    }
    found = {name: width for name, picture in sides.items() if (width := _band(picture))}
    if {"top", "bottom"} <= set(found) or {"left", "right"} <= set(found):
        yield Hint("border", {"sides": ", ".join(found), "px": max(found.values())})


def _band(picture: Pixels) -> int:
    """Rows of one colour from the top to a line that the next row crosses nowhere, or 0."""
    height = picture.shape[0]
    rows = picture[: max(3, height // 4)].astype(np.int16)
    colour = np.median(rows[0], axis=0)
    off = np.abs(rows - colour).max(axis=2)
    plain = (off < 10).mean(axis=1) > 0.995
    depth = int(np.argmin(plain)) if not plain.all() else 0
    # scaling mixes some rows, and JPEG's blocks of 16 colour the rows before the line; after them
    # nearly all must differ, where a product on its own plain ground comes into view bit by bit
    after = off[min(depth + 5, len(rows) - 1) : depth + 17]
    crossed = (after > 10).mean(axis=1).max() > 0.85
    return depth if depth >= max(2, height // 200) and crossed else 0


def _corner(box: tuple[int, int, int, int], width: int, height: int) -> str:
    x, y, w, h = box
    middle = ((x + w / 2) / width, (y + h / 2) / height)
    down = "top" if middle[1] < _CORNER else "bottom" if middle[1] > 1 - _CORNER else ""
    across = "left" if middle[0] < _CORNER + 0.1 else "right" if middle[0] > 0.9 - _CORNER else ""
    return f"{down} {across}" if down and across else ""


def finding(hint: Hint, photo: int) -> Finding:
    """The hint as a finding on "photos.<number>"."""
    severity, en, zh, advice_en, advice_zh = _SAYS[hint.rule]
    chinese = {k: _ZH.get(str(v), v) for k, v in hint.values.items()}
    if "sides" in hint.values:
        chinese["sides"] = "、".join(_ZH[s] for s in str(hint.values["sides"]).split(", "))
    return Finding(
        id="PIC.PHOTO",
        rule=f"photo.{hint.rule}",
        severity=severity,
        field=f"photos.{photo}",
        start=0,
        end=0,
        match=str(hint.values.get("text", "")),
        message={"en": en.format(**hint.values), "zh": zh.format(**chinese)},
        advice={"en": advice_en, "zh": advice_zh},
        box=hint.box,
    )


_ZH: dict[str, str] = {
    "top": "上边",
    "bottom": "下边",
    "left": "左边",
    "right": "右边",
    "top left": "左上角",
    "top right": "右上角",
    "bottom left": "左下角",
    "bottom right": "右下角",
}
# (severity, English, Chinese, English advice, Chinese advice)
_SAYS: dict[str, tuple[Severity, str, str, str, str]] = {
    "code": (
        Severity.MEDIUM,
        "the photo shows a QR code ({text})",
        "照片中有二维码（{text}）",
        "marketplaces refuse codes that lead elsewhere: crop it away or give another photo",
        "平台通常不允许图片带站外二维码：请裁掉或换一张照片",
    ),
    "contact": (
        Severity.MEDIUM,
        "the photo shows an address or contact: {text}",
        "照片中出现网址或联系方式：{text}",
        "marketplaces refuse pictures that lead buyers elsewhere: give a photo without it",
        "平台通常不允许图片引流：请换一张不带联系方式的照片",
    ),
    "corner": (
        Severity.LOW,
        "text in the {corner} corner, perhaps a watermark or shop name: {text}",
        "{corner}有文字，可能是水印或店铺名：{text}",
        "if it is no part of the product, give the photo without it",
        "如果不是商品本身的文字，请换一张没有水印的照片",
    ),
    "mark": (
        Severity.MEDIUM,
        "the same mark in the {corner} corner of {count} photos, perhaps a logo or watermark",
        "有 {count} 张照片的{corner}出现相同图案，可能是店标或水印",
        "give the photos without it; a main picture may carry no mark of the shop",
        "请提供没有该标记的照片；主图通常不允许带店铺标记",
    ),
    "unsafe": (
        Severity.MEDIUM,
        "the photo may show nudity (score {score:.2f} of 1)",
        "照片可能含有裸露内容（评分 {score:.2f}，最高为 1）",
        "look at it; marketplaces refuse such pictures and may close the shop",
        "请人工查看；平台禁止此类图片，情节严重的可能封店",
    ),
    "small": (
        Severity.MEDIUM,
        "the photo has only {width}x{height} pixels; most channels ask for {least} and more",
        "照片只有 {width}×{height} 像素，多数渠道要求每边不少于 {least} 像素",
        "give the photo as it came from the camera, better with 1000 pixels and more",
        "请提供相机原图，每边最好在 1000 像素以上",
    ),
    "long": (
        Severity.LOW,
        "a photo of {width}x{height} pixels is a strip, more likely a banner or a table",
        "照片为 {width}×{height} 像素，过于狭长，更像横幅或尺码表",
        "give a photo of the product alone; a square one suits every channel",
        "请提供只拍商品的照片，正方形适合所有渠道",
    ),
    "dark": (
        Severity.MEDIUM,
        "the photo is too dark: nothing in it is bright",
        "照片曝光不足：画面整体偏暗",
        "take it again with more light, or brighten it before you import it",
        "请补光后重拍，或调亮后再导入",
    ),
    "pale": (
        Severity.MEDIUM,
        "the photo is overexposed: nothing in it is darker than a light grey",
        "照片曝光过度：画面整体发白，细节丢失",
        "take it again with less light; what is white on white cannot be cut out",
        "请降低曝光重拍；白底上的白色细节无法抠出",
    ),
    "soft": (
        Severity.MEDIUM,
        "the photo is out of focus: no part of it is sharp",
        "照片失焦：没有一处是清晰的",
        "give a sharper photo",
        "请换一张清晰的照片",
    ),
    "border": (
        Severity.LOW,
        "the photo has a border ({sides}; up to {px} px)",
        "照片带边框（{sides}，最宽 {px} 像素）",
        "crop it away or give the photo without a frame",
        "请裁掉边框，或提供无边框的照片",
    ),
    "twin": (
        Severity.LOW,
        "nearly the same photo as number {other} of this product",
        "与本商品第 {other} 张照片几乎相同",
        "show another side or a detail instead: a gallery of twins tells buyers nothing new",
        "建议换成其他角度或细节图，重复的图片不能给买家更多信息",
    ),
    "shared": (
        Severity.MEDIUM,
        "nearly the same photo as that of {other}",
        "与商品 {other} 的照片几乎相同",
        "if these are two products, one of them has the wrong photo; if not, merge them",
        "如果是两个不同的商品，其中一个可能用错了图；如果是同一商品，请合并",
    ),
}
