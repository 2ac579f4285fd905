"""Pictures that mean harm: refused for a plain reason or read safely; the decoder may die, the
studio does not."""

from __future__ import annotations

import os
import re
import signal
import threading
from pathlib import Path

import numpy as np
import pytest
from hostile_pictures import CASES, Case, png, polyglot, saved, zeros

from studio import confined
from studio.errors import InputError
from studio.imaging import encode, opening


def test_the_corpus_is_large() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 50


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_hostile_picture(case: Case) -> None:
    if case.says:
        with pytest.raises(InputError) as caught:
            opening.read(case.data(), case.name)
        assert re.search(case.says, caught.value.message), caught.value
        assert caught.value.where == case.name
        assert caught.value.hint
        assert len(caught.value.message) < 400
        with pytest.raises(InputError, match=r"[\u4e00-\u9fff]{4}") as chinese:
            opening.read(case.data(), case.name, language="zh")
        assert re.search("[\u4e00-\u9fff]{2}", chinese.value.hint)
    else:
        opened = opening.read(case.data(), case.name)
        assert opened.rgb.dtype == np.uint8
        assert opened.rgb.shape[:2] == opened.stored[::-1]
    assert opening.read(saved("PNG"), "good.png").rgb.shape == (40, 60, 3)
    assert not Path("/tmp/studio-was-here").exists()


def test_what_is_hidden_behind_a_photo_is_not_written_on() -> None:
    data, _ = encode.encode(opening.read(polyglot()).rgb, "JPEG", 10**6, b"")
    assert b"run.sh" not in data
    assert b"PK\x05\x06" not in data


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limits for a process")
def test_a_decoder_that_needs_too_much_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "MEMORY", 500_000_000)
    monkeypatch.setattr(opening, "_idle", type(opening._idle)())
    assert opening.read(saved("PNG", size=(300, 200))).stored == (300, 200)
    bomb = png(13_000, 13_000, zeros(13_000 * 1626), colour=0, depth=1)
    wide = opening.Limits(pixels=10**10, side=10**6)
    with pytest.raises(InputError, match="memory"):
        opening.read(bomb, "bomb.png", wide)
    assert opening.read(saved("PNG", size=(300, 200))).stored == (300, 200)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limits for a process")
def test_a_reader_is_bounded_in_every_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the child itself finds: no room, no time, no file, no key of ours."""
    wants = {
        "memory": "bytearray(900_000_000)",
        "time": "exec('while True: pass')",
        "file": f"from pathlib import Path\nPath({str(tmp_path / 'x')!r}).write_text('x' * 99)",
        "key": "import os\n[0][not any('KEY' in k or 'STUDIO' in k for k in os.environ)]",
    }
    monkeypatch.setenv("STUDIO_OPENAI_KEY", "secret")
    for want, code in wants.items():
        script = tmp_path / f"{want}.py"
        script.write_text(f"{code}\nprint('done')", "utf-8")
        with confined.start(script, memory=600_000_000, seconds=1) as child:
            assert child.stdout is not None
            said = child.stdout.read()
        assert (b"done" in said) is False, want
        assert child.returncode != 0
    assert (tmp_path / "x").read_text() == ""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_a_decoder_that_dies_or_hangs_costs_one_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    good = saved("PNG")
    opening.read(good)
    for child in opening._idle:
        child.send_signal(signal.SIGKILL)
        child.wait()
    assert opening.read(good).stored == (60, 40)
    child = opening._idle[-1]
    child.send_signal(signal.SIGSTOP)
    monkeypatch.setattr(opening, "SECONDS", 0.2)
    with pytest.raises(InputError, match="stopped"):
        opening.read(good, "photo.png")
    monkeypatch.undo()
    assert opening.read(good).stored == (60, 40)


def test_many_at_once_get_their_own_picture() -> None:
    sizes = [(40 + i, 50) for i in range(12)]
    got: dict[tuple[int, int], tuple[int, int]] = {}

    def run(size: tuple[int, int]) -> None:
        got[size] = opening.read(saved("PNG", size=size)).stored

    threads = [threading.Thread(target=run, args=(size,)) for size in sizes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == {size: size for size in sizes}
    assert len(opening._idle) <= opening.IDLE
