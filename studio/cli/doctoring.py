"""`studio doctor --scene`: what one picture takes on this machine, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.cli import show

if TYPE_CHECKING:
    from studio.service import Studio


def scene(studio: Studio, json: bool) -> None:
    """Make one picture and tell the time, the memory, and what would be quicker."""
    from studio.service import doctor_scene

    with show.bar("scene", 1) as bar:
        made, path = doctor_scene.trial(studio, lambda done, total: bar.note(f"{done}/{total}"))
        bar.step()
    if json:
        show.as_json({**made.model_dump(), "thousand_hours": round(made.thousand, 2)})
        return
    engine = f"{made.engine} {made.model}".strip()
    gpu = f" + {made.gpu / 1e9:.1f} GB GPU" if made.gpu else ""
    show.say(
        f"{path}: {engine}, on {made.where}, {made.width}x{made.height}, "
        f"{made.steps} steps\n"
        f"loading {made.load:.1f} s once; {made.seconds:.1f} s a picture ({made.step:.2f} s a "
        f"step), {made.cut:.1f} s for cut-out and writing\n"
        f"1,000 products, one scene each: about {made.thousand:.1f} hours; "
        f"memory at the peak: {made.memory / 1e9:.1f} GB{gpu}",
        f"{path}：{engine}，运行于 {made.where}，{made.width}x{made.height}，"
        f"{made.steps} 步\n"
        f"加载一次 {made.load:.1f} 秒；每张 {made.seconds:.1f} 秒（每步 {made.step:.2f} 秒），"
        f"抠图与写入 {made.cut:.1f} 秒\n"
        f"1,000 个商品各一张场景图：约 {made.thousand:.1f} 小时；"
        f"内存峰值 {made.memory / 1e9:.1f} GB{gpu}",
    )
    for way in made.quicker:
        show.say(
            f"quicker: {way.en} (about {way.seconds:.1f} s)",
            f"可提速：{way.zh}（约 {way.seconds:.1f} 秒）",
        )
