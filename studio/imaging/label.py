"""Marks of origin inside a picture file: IPTC DigitalSourceType and the AIGC block, as XMP.

IPTC NewsCodes "digitalsourcetype" (as of 2024-09-17), in short:
  algorithmicallyEnhanced                altered by algorithm, its content unchanged
  composite                              put together of parts, with or without generative AI
  compositeWithTrainedAlgorithmicMedia   altered or extended with a generative model
  trainedAlgorithmicMedia                made by a generative model
compositeSynthetic says since 2024 that a part *is* generative AI, so a backdrop that was drawn by
a formula is "composite". The AIGC block is that of GB 45438-2025 (implicit mark, in force since
2025-09-01) in the XMP namespace of the TC260 practice guide; it is written only where a generative
model took part.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Literal
from xml.sax.saxutils import escape, quoteattr

Ai = Literal["none", "composite", "generated"]
SCHEME = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_TC260 = "http://www.tc260.org.cn/ns/AIGC/1.0/"
_IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_XMP = "http://ns.adobe.com/xap/1.0/"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"


@dataclass(frozen=True)
class Marks:
    """What a file says of its origin. `source`: the last part of the IPTC term, "" = says nothing.
    `aigc`: the fields of the GB 45438 block, empty when there is none."""

    source: str = ""
    aigc: dict[str, str] = field(default_factory=dict)
    tool: str = ""

    @property
    def generated(self) -> bool:
        """Whether a generative model had a part in it."""
        return self.source in _GENERATED or bool(self.aigc.get("Label"))


_GENERATED = (
    "trainedAlgorithmicMedia",
    "compositeWithTrainedAlgorithmicMedia",
    "compositeSynthetic",
)


def marks(ai: Ai, kind: str, *, producer: str, number: str, photo: Marks | None = None) -> Marks:
    """The marks that are true for a picture.

    `kind`: "white" or "clear" (only the ground was taken away), "photo" (only brought to size) or
    anything else (put together). `producer`: who offers the generated content; `number`: the
    content's own number. `photo`: the marks of the photo; what it says of a model stays said, for
    it is forbidden to take such marks away (标识办法, article 10).
    """
    freed = "algorithmicallyEnhanced"
    plain = {"white": freed, "clear": freed, "photo": photo.source if photo else ""}
    source = {
        "none": plain.get(kind, "composite"),
        "composite": "compositeWithTrainedAlgorithmicMedia",
        "generated": "trainedAlgorithmicMedia",
    }[ai]
    if ai == "none" and photo is not None and photo.generated:
        kept = photo.source if kind in plain else ""
        source = kept or "compositeWithTrainedAlgorithmicMedia"
        return Marks(source, photo.aigc or _aigc(producer, number), "Studio")
    return Marks(source, {} if ai == "none" else _aigc(producer, number), "Studio")


def _aigc(producer: str, number: str) -> dict[str, str]:
    """Label 1: is generated (2 would be "may be", 3 "is suspected to be")."""
    return {
        "Label": "1",
        "ContentProducer": producer,
        "ProduceID": number,
        "ReservedCode1": "",
        "ContentPropagator": "",
        "PropagateID": "",
        "ReservedCode2": "",
    }


def packet(what: Marks) -> bytes:
    """The XMP packet for the marks."""
    block = source = ""
    if what.source:
        source = f" Iptc4xmpExt:DigitalSourceType={quoteattr(SCHEME + what.source)}"
    if what.aigc:
        text = json.dumps(what.aigc, ensure_ascii=False, separators=(",", ":"))
        block = f"<TC260:AIGC>{escape(text)}</TC260:AIGC>"
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        f'<rdf:RDF xmlns:rdf="{_RDF}"><rdf:Description rdf:about=""'
        f' xmlns:TC260="{_TC260}" xmlns:Iptc4xmpExt="{_IPTC}" xmlns:xmp="{_XMP}"'
        f"{source}"
        f" xmp:CreatorTool={quoteattr(what.tool)}>{block}"
        '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    ).encode()


def read(data: bytes) -> Marks:
    """The marks in a JPEG, PNG or WebP; empty Marks where there are none or they can't be read."""
    from PIL import Image

    with Image.open(BytesIO(data)) as image:
        raw = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    return _parsed(raw.encode() if isinstance(raw, str) else raw)


def carried(data: bytes) -> Marks:
    """The marks that a stranger's picture of any format brings: nothing of it is decoded, its
    packet is found by its tags, and only what these marks may hold is taken over."""
    start = data.find(b"<x:xmpmeta")
    end = data.find(b"</x:xmpmeta>", start, start + 500_000)
    if start < 0 or end < 0:
        return Marks()
    found = _parsed(data[start : end + 12])
    source = found.source if re.fullmatch(r"[A-Za-z]{1,60}", found.source) else ""
    fields = {name: found.aigc[name][:200] for name in _aigc("", "") if name in found.aigc}
    return Marks(source, fields, found.tool[:100])


def _parsed(text: bytes) -> Marks:
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    try:
        root = fromstring(text.strip(b"\x00 \n"))
    except (ParseError, ValueError, DefusedXmlException):
        return Marks()
    source = _value(root, f"{{{_IPTC}}}DigitalSourceType").removeprefix(SCHEME)
    block = _value(root, f"{{{_TC260}}}AIGC")
    try:
        aigc = {str(k): str(v) for k, v in dict(json.loads(block or "{}")).items()}
    except (ValueError, TypeError):
        aigc = {}
    return Marks(source, aigc, _value(root, f"{{{_XMP}}}CreatorTool"))


def _value(root: Any, name: str) -> str:
    """A property, whether it was written as attribute or as element."""
    for element in root.iter():
        if name in element.attrib:
            return str(element.attrib[name])
        if element.tag == name:
            return str(element.text or "")
    return ""
