"""From a picture's measures to findings that a merchant can act on, in English and Chinese."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from studio.errors import StudioError
from studio.schema import Finding, Severity, Slot

UNSAFE = 0.7  # of 54 product photos none scored over 0.23
# (severity, English, Chinese, English advice, Chinese advice); {…} are filled from the measures
_SAYS: dict[str, tuple[Severity, str, str, str, str]] = {
    "fill": (
        Severity.HIGH,
        "the product fills {fill:.0%} of the picture; the channel asks for {fill_min:.0%}",
        "商品占画面 {fill:.0%}，低于渠道要求的 {fill_min:.0%}",
        "raise the slot's fill, or give a photo that shows the product larger",
        "调高该图位的占比设置，或换一张商品更大的照片",
    ),
    "white": (
        Severity.HIGH,
        "{border_white:.1%} of the border is pure white; all of it must be",
        "图片边缘纯白（255）的比例为 {border_white:.1%}，应为 100%",
        "mend the cut-out, or give a photo on a plain ground",
        "修正抠图，或换一张纯色背景的照片",
    ),
    "cropped": (
        Severity.MEDIUM,
        "the photo cuts the product off at its edge; channels want the whole product",
        "原图中商品在边缘处被裁切，渠道主图通常要求完整展示商品",
        "give a photo with the whole product in it",
        "请换一张完整拍到商品的照片",
    ),
    "doubtful": (
        Severity.MEDIUM,
        "the cut-out may be wrong: {why}",
        "抠图可能有误：{why_zh}",
        "look at the picture; mend the mask or give another photo",
        "请查看图片，修正抠图或更换照片",
    ),
    "small": (
        Severity.MEDIUM,
        "the photo is small: the product was enlarged {scale:.1f} times",
        "原图分辨率偏低：商品被放大了 {scale:.1f} 倍",
        "give a photo in which the product has at least {need} pixels",
        "请提供商品主体至少 {need} 像素的照片",
    ),
    "soft": (
        Severity.LOW,
        "the product looks out of focus (sharpness {sharpness:.0f}, clear photos have over 90)",
        "商品可能失焦（清晰度 {sharpness:.0f}，清晰照片一般高于 90）",
        "give a sharper photo",
        "请换一张更清晰的照片",
    ),
    "least": (
        Severity.HIGH,
        "the picture has {width}x{height} pixels; the channel asks for {least} on each side",
        "图片为 {width}×{height} 像素，渠道要求每边不少于 {least} 像素",
        "make the channel's slot larger",
        "请调大该图位的尺寸",
    ),
    "changed": (
        Severity.HIGH,
        "{product_changed:.0f} pixels of the product differ from the photo",
        "商品有 {product_changed:.0f} 个像素与原图不一致",
        "compare the picture with the photo before you approve it",
        "审核前请与原图逐一核对",
    ),
    "label": (
        Severity.HIGH,
        "the photo's label reads “{lost}”; the picture does not show it so",
        "原图标签上的“{lost}”在成图中读不出来",
        "compare the label with the photo, or make the picture without a model",
        "请与原图核对标签文字，或改用不使用 AI 模型的方式出图",
    ),
    "too_long": (
        Severity.HIGH,
        "{where} has {has} characters; about {fits} fit into the picture",
        "{where} 共 {has} 字，图片中约能放下 {fits} 字",
        "shorten it, or choose a template with more room for it",
        "请缩短文字，或换一个留白更多的模板",
    ),
    "no_letter": (
        Severity.HIGH,
        "{where}: the font has no letter for {missing}",
        "{where}：字体中没有「{missing}」这个字符",
        "take it out of the text, or give a font that has it",
        "请从文字中删去该字符，或换用包含该字符的字体",
    ),
    "no_words": (
        Severity.MEDIUM,
        "the template needs {where}, and the listing has none",
        "模板需要 {where}，而文案中没有",
        "fill it in, or choose another template",
        "请填写该项，或换一个模板",
    ),
    "unsafe": (
        Severity.HIGH,
        "the picture may show nudity (score {unsafe:.2f} of 1)",
        "图片可能含有裸露内容（评分 {unsafe:.2f}，最高为 1）",
        "look at it; give another photo, or draw the scene again",
        "请人工查看；如属实，请更换照片或重新生成场景",
    ),
    "outdated": (
        Severity.HIGH,
        "the words in the picture are no longer those of the listing",
        "图片上的文字与当前文案不一致",
        "draw the picture again",
        "请重新生成该图片",
    ),
}
_WHY = {
    "no product was found": "没有找到商品主体",
    "two looks at the photo disagree on what the product is": "两次识别的商品主体不一致",
    "the product's outline is unsure": "商品轮廓不确定",
    "the photo's colours contradict the found outline": "照片颜色与识别出的轮廓不一致",
    "the ground is not plain": "背景不是纯色",
    "something with clear edges beside the product was left out": "商品旁有清晰内容未保留",
    "a part beside the product may be product or ground; it was left out": (
        "商品旁有一处分不清是商品还是背景，已先去掉"
    ),
    "another look at the photo finds another product": "换一种方式识别，得到的商品主体不同",
}


def finding(slot: Slot, rule: str, **values: object) -> Finding:
    """The finding `picture.<rule>` on a slot's picture."""
    severity, en, zh, advice_en, advice_zh = _SAYS[rule]
    return _finding(
        slot,
        rule,
        severity,
        {"en": en.format(**values), "zh": zh.format(**values)},
        {"en": advice_en.format(**values), "zh": advice_zh.format(**values)},
    )


def failed(slot: Slot, error: StudioError) -> Finding:
    """A picture that could not be made. A required one blocks; the message is the error's own."""
    severity = Severity.HIGH if slot.required else Severity.MEDIUM
    said = getattr(error, "said", dict.fromkeys(("en", "zh"), (error.message, error.hint)))
    place = f"{error.where}: " if error.where else ""
    texts = {
        "en": f"the picture could not be made: {place}{said['en'][0]}",
        "zh": f"图片未能生成：{place}{said['zh'][0]}",
    }
    advice = {language: hint for language, (_, hint) in said.items() if hint}
    return _finding(slot, "failed", severity, texts, advice)


def without_photo(slot: Slot) -> Finding:
    """The product has no photo that could be used."""
    severity = Severity.HIGH if slot.required else Severity.MEDIUM
    return _finding(
        slot,
        "no_photo",
        severity,
        {"en": "the product has no photo", "zh": "该商品没有可用的照片"},
        {
            "en": "name a photo in the catalog and import it with --images DIR",
            "zh": "请在商品表中填写图片，并在导入时用 --images 指定图片文件夹",
        },
    )


def judge(slot: Slot, measured: Mapping[str, float], size: tuple[int, int]) -> Iterator[Finding]:
    """What a finished picture's own measures say against it."""
    values = dict(measured)
    if slot.kind in ("white", "clear"):
        if slot.fill_min and values.get("fill", 1.0) < slot.fill_min - 0.0005:
            yield finding(slot, "fill", fill=values["fill"], fill_min=slot.fill_min)
        if values.get("border_white", 1.0) < 1.0 and not values.get("cropped"):
            yield finding(slot, "white", **values)
    if values.get("cropped") and slot.kind != "photo":
        yield finding(slot, "cropped")
    if values.get("scale", 1.0) > 1.6:
        yield finding(slot, "small", scale=values["scale"], need=round(max(size) * slot.fill))
    if values.get("sharpness", 100.0) < 25 and values.get("detail", 0.0) < 12:
        yield finding(slot, "soft", **values)
    if min(size) < slot.min_px:
        yield finding(slot, "least", width=size[0], height=size[1], least=slot.min_px)
    if values.get("product_changed", 0.0) > 0:
        yield finding(slot, "changed", **values)
    if values.get("unsafe", 0.0) > UNSAFE:
        yield finding(slot, "unsafe", **values)


def doubts(slot: Slot, notes: tuple[str, ...]) -> Finding:
    """The cut-out's own doubts."""
    zh = "；".join(_WHY.get(note, note) for note in notes) or "置信度低"
    return finding(slot, "doubtful", why="; ".join(notes) or "low confidence", why_zh=zh)


def _finding(
    slot: Slot, rule: str, severity: Severity, message: dict[str, str], advice: dict[str, str]
) -> Finding:
    return Finding(
        id=f"PIC.{slot.name.upper()}",
        rule=f"picture.{rule}",
        severity=severity,
        field=f"pictures.{slot.name}",
        start=0,
        end=0,
        match="",
        message=message,
        advice=advice,
    )
