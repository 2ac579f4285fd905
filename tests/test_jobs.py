"""Listings finished side by side: each once, failures as rows, nothing begun after a stop."""

from __future__ import annotations

import threading
from pathlib import Path
from threading import Event as Flag
from typing import Any

import numpy as np
import pytest

from studio import channels, compliance, engines, jobs
from studio.engines import Scene
from studio.errors import EngineError, SetupError, StudioError
from studio.kit import Kit, Task
from studio.schema import Attribute, Brief, Copy, Draft, Facts, Photo, Product


class Slow:
    """A scene engine that waits until as many have come as are expected side by side."""

    name, model, ai = "slow", "", "none"

    def __init__(self, expected: int) -> None:
        self.meeting = threading.Barrier(expected, timeout=20)

    def ready(self) -> str:
        return ""

    def backdrop(self, scene: Scene, **_: Any) -> Any:
        self.meeting.wait()
        return np.full((scene.height, scene.width, 3), 200, np.uint8)


def photo() -> bytes:
    from io import BytesIO

    from PIL import Image, ImageDraw

    image = Image.new("RGB", (400, 400), (248, 248, 248))
    ImageDraw.Draw(image).rectangle((140, 80, 260, 330), fill=(30, 90, 60))
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def product(number: int) -> Product:
    return Product(
        id=f"p{number}",
        locale="en-US",
        facts={
            "en-US": Facts(
                title=f"Tin {number}",
                category="box",
                attributes=(Attribute(name="capacity", value="500 ml", kind="capacity"),),
            )
        },
        photos=(Photo(ref="a.png", sha256="a"),),
    )


def kit(scene: Any) -> Kit:
    data = photo()
    return Kit(
        channels={"shopify": channels.load("shopify")},
        rules=compliance.load(),
        copy=engines.load("copy", "template"),
        cutout=engines.load("cutout", "plain"),
        scene=scene,
        photo=lambda _: data,
    )


def tasks(count: int, **brief: Any) -> list[Task]:
    made = Brief(channel="shopify", locale="en-US", **brief)
    return [Task(product(number), made) for number in range(count)]


def run(todo: list[Task], tools: Kit, **more: Any) -> tuple[list[str], list[tuple[str, int]]]:
    made: list[str] = []
    lost: list[tuple[str, int]] = []

    def done(task: Task, draft: Draft, seconds: float) -> None:
        assert threading.current_thread() is threading.main_thread()
        assert draft.product == task.product.id
        made.append(task.product.id)

    def failed(task: Task, error: StudioError, tries: int) -> None:
        lost.append((str(error), tries))

    jobs.run(todo, tools, done=done, failed=failed, **more)
    return made, lost


def test_two_workers_are_at_work_at_the_same_time() -> None:
    """The barrier opens only when two pictures are being made at once."""
    made, lost = run(tasks(4), kit(Slow(2)), workers=2)
    assert sorted(made) == ["p0", "p1", "p2", "p3"]
    assert lost == []


def test_one_after_the_other_the_barrier_never_opens() -> None:
    scene = Slow(2)
    scene.meeting = threading.Barrier(2, timeout=0.2)
    made, lost = run(tasks(2), kit(scene), workers=1)
    assert made == ["p0", "p1"]  # a picture that fails is a finding, not a lost listing
    assert lost == []


class Failing:
    """A copy engine that fails in the way it is told to."""

    name, model, level = "failing", "m", "guarded"

    def __init__(self, error: StudioError) -> None:
        self.error = error
        self.asked = 0

    def ready(self) -> str:
        return ""

    def write(self, *_: Any, **__: Any) -> Any:
        self.asked += 1
        raise self.error

    write_many = write


@pytest.mark.parametrize("workers", [1, 3])
def test_a_missing_engine_ends_the_run(workers: int) -> None:
    tools = kit(engines.load("scene", "backdrop"))
    tools.copy = Failing(SetupError("no weights", hint="studio models pull"))
    with pytest.raises(SetupError, match="no weights"):
        run(tasks(5, pictures=False), tools, workers=workers)


@pytest.mark.parametrize("workers", [1, 3])
def test_what_fails_is_a_row_with_its_reason_and_tries(workers: int) -> None:
    tools = kit(engines.load("scene", "backdrop"))
    tools.copy = Failing(EngineError("the server is down", retryable=True))
    made, lost = run(tasks(3, pictures=False), tools, workers=workers, sleep=lambda _: None)
    assert made == []
    assert lost == [("the server is down", jobs.TRIES)] * 3


def test_after_a_stop_nothing_begins() -> None:
    stop = Flag()
    made: list[str] = []
    tools = kit(engines.load("scene", "backdrop"))

    def done(task: Task, draft: Draft, seconds: float) -> None:
        made.append(task.product.id)
        stop.set()

    jobs.run(
        tasks(40, pictures=False),
        tools,
        done=done,
        failed=lambda *_: None,
        workers=2,
        cancel=stop,
    )
    assert 1 <= len(made) <= 5


def test_a_draft_that_the_store_refuses_is_a_failure_of_its_own() -> None:
    lost: list[str] = []

    def done(task: Task, draft: Draft, seconds: float) -> None:
        raise EngineError("the disk is full")

    jobs.run(
        tasks(2, pictures=False),
        kit(engines.load("scene", "backdrop")),
        done=done,
        failed=lambda task, error, tries: lost.append(str(error)),
        workers=2,
    )
    assert lost == ["the disk is full"] * 2


def test_the_settings_say_how_many(tmp_path: Path) -> None:
    from studio.service import Studio
    from studio.settings import Settings

    common: dict[str, Any] = {"home": tmp_path, "models": tmp_path, "copy_engine": "template"}
    assert Studio(Settings(**common, workers=3)).workers == 3
    assert Studio(Settings(**common)).workers >= 1


def guarded(monkeypatch: pytest.MonkeyPatch, steps: list[str], wait: Any) -> Kit:
    """A kit whose model writes titles; it and the finishing tell when they begin and wait."""
    finish = jobs.make_draft

    def write(chunk: Any, kit: Kit, **more: Any) -> list[Copy]:
        steps.append(f"write {chunk[0].product.id}")
        wait(steps[-1])
        return [Copy(title=task.product.title) for task in chunk]

    def make(task: Task, kit: Kit, **more: Any) -> Draft:
        steps.append(f"finish {task.product.id}")
        wait(steps[-1])
        return finish(task, kit, **more)

    monkeypatch.setattr(jobs, "write_texts", write)
    monkeypatch.setattr(jobs, "make_draft", make)
    tools = kit(engines.load("scene", "backdrop"))
    tools.copy = Failing(EngineError("never asked alone"))
    return tools


def test_texts_are_written_while_drafts_are_finished(monkeypatch: pytest.MonkeyPatch) -> None:
    """The barrier opens only when the model has the next texts in hand before these are done."""
    meeting = threading.Barrier(2, timeout=20)
    together = ("finish p15", "write p16")
    tools = guarded(monkeypatch, [], lambda step: step in together and meeting.wait())
    made, lost = run(tasks(20, pictures=False), tools)
    assert (len(made), lost) == (20, [])


def test_a_model_that_also_judges_is_asked_by_one_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    steps: list[str] = []
    tools = guarded(monkeypatch, steps, lambda step: None)
    monkeypatch.setattr("studio.pipeline.second", lambda findings, *_: tuple(findings))
    tools.judge = tools.copy
    run(tasks(20, pictures=False), tools)
    assert steps.index("write p16") == 17  # after sixteen were finished


def test_no_more_is_taken_than_can_be_begun() -> None:
    """Of a job's items others may have what this process has not begun."""
    taken: list[int] = []

    def claimed() -> Any:
        for number, task in enumerate(tasks(64, pictures=False)):
            taken.append(number)
            yield task

    def done(task: Task, draft: Draft, seconds: float) -> None:
        assert len(taken) <= int(task.product.id[1:]) + 2 * jobs.BATCH

    tools = kit(engines.load("scene", "backdrop"))
    jobs.run(claimed(), tools, done=done, failed=lambda *_: None)
    assert len(taken) == 64
