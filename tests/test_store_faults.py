"""Editors at the same time, writers killed at any instant, a disk that fills up."""

from __future__ import annotations

import contextlib
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from store_making import MERCHANT, REVIEWER, draft, product, vault

from studio import review
from studio.errors import StateError
from studio.schema import Actor, Role, State
from studio.store import Media, Store

ID = "A1/shopify/zh-CN"
WRITER = Path(__file__).parent / "store_writer.py"


def together(*work) -> None:
    """Runs all at once and raises what any of them raised."""
    raised: list[BaseException] = []

    def run(one) -> None:
        try:
            one()
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=run, args=(one,)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if raised:
        raise raised[0]


def test_editors_at_the_same_time_lose_nothing(store: Store) -> None:
    store.put_products([product()], MERCHANT)
    store.save_draft(draft(), MERCHANT)
    saved: list[str] = []
    refused: list[str] = []

    def edit(name: str) -> None:
        actor, dice = Actor(name=name, role=Role.MERCHANT), random.Random(name)
        for turn in range(12):
            seen = store.listing(ID)
            time.sleep(dice.random() * 0.004)
            text = seen.text.replace("title", f"{name} {turn}", "edited")
            try:
                store.save_text(ID, text, (), (), revision=seen.revision, actor=actor)
                saved.append(text.title)
            except StateError:
                refused.append(text.title)

    together(*(lambda name=name: edit(name) for name in ("ann", "bo", "小林", "dan")))
    written = [r.text.title for r in store.revisions(ID)[1:]]
    assert sorted(written) == sorted(saved)
    assert len(saved) + len(refused) == 48
    assert refused, "they never met: this proves nothing"
    assert [r.number for r in store.revisions(ID)] == list(range(1, len(saved) + 2))
    assert store.verify() == []


def test_an_approval_and_an_edit_at_the_same_time(store: Store) -> None:
    """Whoever comes first: what is approved is what was seen, and nothing else goes out."""
    store.put_products([product()], MERCHANT)
    item = store.save_draft(draft(), MERCHANT)
    for turn in range(8):
        seen = store.set_state(ID, "submit", MERCHANT, revision=item.revision)
        text = seen.text.replace("title", f"turn {turn}", "edited")

        def approve(number: int = seen.revision) -> None:
            with contextlib.suppress(StateError):
                store.set_state(ID, "approve", REVIEWER, revision=number)

        def edit(text=text, number: int = seen.revision) -> None:
            store.save_text(ID, text, (), (), revision=number, actor=MERCHANT)

        together(approve, edit)
        item = store.listing(ID)
        assert (item.state, item.approved, item.text) == (State.DRAFT, None, text)
        assert list(store.approved("shopify")) == []
    assert store.verify() == []


def test_many_write_to_one_record(store: Store) -> None:
    store.put_products([product(f"P{i}") for i in range(4)], MERCHANT)

    def make(id: str) -> None:
        for turn in range(8):
            store.save_draft(draft(id, title=f"{id} {turn}", digest=str(turn)), MERCHANT)

    together(*(lambda id=f"P{i}": make(id) for i in range(4)))
    assert [e.number for e in store.events(limit=100)] == list(range(1, 34))
    assert store.verify() == []


def acknowledged(lines: str) -> list[str]:
    """What the writer said was saved; the last line may be cut off by the kill."""
    return [line for line in lines.split("\n")[:-1] if line]


def test_a_writer_killed_at_any_instant_loses_nothing_it_acknowledged(
    database: str, tmp_path: Path
) -> None:
    """Three rounds: start, kill -9 while it writes, open again, compare with what it told us."""
    dice = random.Random(3)
    media = tmp_path / "media"
    told: list[str] = []
    for number in range(3):
        command = [sys.executable, str(WRITER), database, str(media), str(number)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            first = writer.stdout.readline()
            time.sleep(0.02 + dice.random() * 0.25)
            writer.kill()
            told += acknowledged(first + writer.stdout.read())
        store = Store(database, media=Media(media), move=review.move, vault=vault())
        store.migrate()
        assert store.verify() == []
        kept = {r.text.title for r in store.revisions(ID)}
        assert set(told) <= kept, f"round {number} lost {set(told) - kept}"
        for picture in store.listing(ID).pictures:
            store.media.get(picture.sha256)
        store.close()
    assert len(told) > 6, "it was always killed before it wrote: this proves nothing"


def test_a_full_disk_is_told_and_what_was_saved_stays(tmp_path: Path) -> None:
    if sys.platform != "linux":
        pytest.skip("the limit on file size is set with the resource module")
    url, media = f"sqlite:///{tmp_path / 'studio.db'}", tmp_path / "media"
    command = [sys.executable, str(WRITER), url, str(media), "0", str(1 << 20)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    told = acknowledged(done.stdout)
    assert done.returncode == 3, done.stderr
    assert "make room on the disk" in done.stderr
    assert told
    store = Store(url, media=Media(media), move=review.move, vault=vault())
    assert store.verify() == []
    assert set(told) <= {r.text.title for r in store.revisions(ID)}
    assert store.health()["warnings"] == []
    store.close()
