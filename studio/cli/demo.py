"""`studio demo`: the whole way on the sample catalog, with nothing set up."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from studio.cli import show
from studio.cli.making import make
from studio.cli.models import pull_one
from studio.errors import SetupError

if TYPE_CHECKING:
    from studio.schema import Listing
    from studio.service import Studio

CHANNELS = ("shopify", "google_merchant")


def run(studio: Studio, out: Path) -> None:
    """Import, write, picture, check, approve what nothing blocks, export, and say what is next."""
    _weights(studio)
    report = studio.import_sample(show.me(), language=show.language())
    show.say(
        f"Imported {report.products} products, {report.variants} variants; "
        f"{len(report.issues)} issues:",
        f"已导入商品 {report.products} 个、规格 {report.variants} 个；"
        f"问题 {len(report.issues)} 条：",
    )
    for issue in report.issues:
        print(f"  {Path(issue.file).name}:{issue.line} [{issue.column}] {issue.message}")
    made = make(studio, CHANNELS, report.ids, False)
    for failure in made["failed"]:
        print(f"  {failure['listing']}: {failure['reason']}")
    listings = [
        studio.listing(f"{id}/{channel}/{studio.product(id, show.me()).locale}", show.me())
        for id in report.ids
        for channel in CHANNELS
    ]
    ready = [one for one in listings if not any(f.blocks for f in one.findings)]
    for listing in ready:
        _approve(studio, listing)
    files = {c: studio.export(c, out / c, show.me()) for c in CHANNELS}
    _own_texts(studio, report.ids)
    _table(listings, ready, out)
    total = sum(report.files for report in files.values())
    blocked = len(listings) - len(ready)
    show.say(
        f"\n{len(ready)} listings and {total} files are in {out}/; {blocked} wait for a person. "
        f"Next: studio serve --open",
        f"\n{len(ready)} 个商品、{total} 个文件已导出到 {out}/；另有 {blocked} 个需要人工处理。"
        f"下一步：studio serve --open",
    )
    show.say(
        "A better writer is one setting away, e.g. STUDIO_COPY_ENGINE=openai with "
        "STUDIO_OPENAI_URL, "
        "or STUDIO_COPY_MODEL=Qwen/Qwen3-4B-Instruct-2507 (docs/copy.md).",
        "换用更强的写作模型只需一项设置：STUDIO_COPY_ENGINE=openai 加 STUDIO_OPENAI_URL，"
        "或 STUDIO_COPY_MODEL=Qwen/Qwen3-4B-Instruct-2507（见 docs/copy.md）。",
    )


def _weights(studio: Studio) -> None:
    """Pull the embedded models; without them the demo goes on with the engines that need none."""
    for name in studio.default_models(show.me()):
        try:
            pull_one(studio, name)
        except SetupError as error:
            show.say(
                f"{name} could not be had, going on without it: {error}",
                f"未能取得 {name}，将不使用它继续：{error}",
            )


def _own_texts(studio: Studio, ids: Sequence[str]) -> None:
    """What the rules say of the texts that came with the catalog; the new copy is free of it."""
    for id in ids:
        for finding in studio.audit(id, CHANNELS[0], show.me()):
            if finding.severity.rank >= 2:
                show.say(f"Your own text of {id}:", f"{id} 的原有文案：")
                print(f"  {show.finding_line(finding)}")


def _approve(studio: Studio, listing: Listing) -> None:
    """Submit and approve as the one person of this shop; the record says so."""
    if listing.state in ("draft", "rejected"):
        listing = studio.submit(listing.id, revision=listing.revision, actor=show.me())
    if listing.state == "submitted":
        studio.approve(listing.id, revision=listing.revision, actor=show.me())


def _table(listings: list[Listing], ready: list[Listing], out: Path) -> None:
    done = {listing.id for listing in ready}
    rows = [
        (
            listing.text.title,
            listing.channel,
            _summary(listing),
            len(listing.pictures) if listing.id in done else "-",
        )
        for listing in listings
    ]
    zh = show.language() == "zh"
    heads = (
        ("商品", "渠道", "检查结果", "图片")
        if zh
        else ("product", "channel", "findings", "pictures")
    )
    show.table(str(out), heads, rows)


def _summary(listing: Listing) -> str:
    """The findings of a listing in a few words."""
    open_ = [f for f in listing.findings if not f.cleared]
    if not open_:
        return "-"
    blocking = [f for f in open_ if f.blocks]
    return "; ".join(show.finding_head(f, f.id, 16) for f in (blocking or open_)[:3])
