"""What is read in pictures: by either runtime the same words, at the same places."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from studio import engines
from studio.engines import vino
from studio.imaging.lettering import fonts

WORDS = ("霁窑 粗陶马克杯", "Jiyao Stoneware Mug", "¥59.00", "容量 350毫升")


def poster() -> Any:
    sheet = Image.new("RGB", (700, 900), (244, 240, 232))
    draw, face = ImageDraw.Draw(sheet), fonts.face("sans", "bold", "zh-CN")
    for number, words in enumerate(WORDS):
        draw.text((60, 90 + 190 * number), words, font=face.font(54), fill=(40, 36, 30))
    return np.asarray(sheet)


@pytest.mark.parametrize(("runtime", "session"), [("onnxruntime", "Ort"), ("openvino", "OpenVINO")])
def test_each_runtime_reads_the_same(runtime: str, session: str) -> None:
    pytest.importorskip("rapidocr", reason="the reader of picture text is not installed")
    if runtime == "openvino" and not vino.runs():
        pytest.skip("OpenVINO does not run here")
    reader = engines.load("ocr", "rapidocr", runtime=runtime, threads=1)
    lines = reader.read(poster())
    assert type(reader._reader.text_det.session).__name__ == f"{session}InferSession"
    assert [line.text.replace(" ", "") for line in lines] == [w.replace(" ", "") for w in WORDS]
    for number, line in enumerate(lines):
        assert abs(line.box[0] - 60) < 15
        assert abs(line.box[1] - 90 - 190 * number) < 40
