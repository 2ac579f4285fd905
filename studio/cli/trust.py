"""`studio doctor --copy`: how far the language model may be trusted, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.cli import show

if TYPE_CHECKING:
    from studio.service import Studio

_MEANS = {
    "free": ("writes freely; every field is still judged", "可自由撰写，每个字段仍会检查"),
    "guarded": (
        "writes whole listings; expect some fields from the phrase bank",
        "可撰写整条文案，部分字段会由短语库代替",
    ),
    "draft": (
        "only words descriptions from the phrase bank's sentences",
        "只用短语库的句子起草商品描述",
    ),
    "facts": (
        "writes nothing that would stand; the phrase bank writes",
        "写出的内容无法采用，文案由短语库撰写",
    ),
}


def tell(studio: Studio, json: bool) -> None:
    """Measure the copy engine's model and tell what it may do."""
    with show.bar("copy", 1) as bar:
        found = studio.measure_copy(show.me(), bar.upto)
    if json:
        show.as_json({language: one.model_dump(mode="json") for language, one in found.items()})
        return
    heads = ("language", "level", "JSON", "facts kept", "unsupported", "drafts that stand")
    rows = [
        (
            language,
            one.level,
            f"{one.read:.0%}",
            f"{one.kept:.0%}",
            f"{one.unsupported:.2f} a listing",
            f"{one.drafts:.0%}",
        )
        for language, one in found.items()
    ]
    show.table("copy", heads, rows)
    for language, one in found.items():
        en, zh = _MEANS[one.level]
        show.say(f"{language}: the model {en}.", f"{language}：模型{zh}。")
