"""Sixteen people at once with versioned edits: no update is lost, on either database."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from store_making import ADMIN, MERCHANT, draft, product, vault

from studio import review
from studio.errors import StateError
from studio.schema import Actor, Role
from studio.store import Store

PEOPLE, EDITS, GOODS = 16, 12, 4


def test_sixteen_people_lose_nothing(store: Store, database: str) -> None:
    """Everybody edits the same four listings as fast as they can, each on what he last read. What
    was acknowledged is there, in one line without forks; what was not is nowhere."""
    ids = [f"P{n}/shopify/zh-CN" for n in range(GOODS)]
    store.put_products([product(f"P{n}") for n in range(GOODS)], MERCHANT)
    store.save_drafts([draft(f"P{n}") for n in range(GOODS)], MERCHANT)
    start = threading.Barrier(PEOPLE)

    def work(person: int) -> tuple[list[tuple[str, int, str]], list[str]]:
        own = Store(database, media=store.media, move=review.move, vault=vault())
        actor = Actor(name=f"person {person}", role=Role.MERCHANT)
        saved, refused = [], []
        start.wait()
        for turn in range(EDITS):
            item = own.listing(ids[(person + turn) % GOODS])
            title = f"by {person} in turn {turn}"
            text = item.text.replace("title", title, "edited")
            try:
                new = own.save_text(item.id, text, (), (), revision=item.revision, actor=actor)
                saved.append((item.id, new.revision, title))
            except StateError:
                refused.append(title)
        own.close()
        return saved, refused

    with ThreadPoolExecutor(PEOPLE) as pool:
        results = list(pool.map(work, range(PEOPLE)))
    told = [line for saved, _ in results for line in saved]
    refused = [title for _, titles in results for title in titles]
    assert len(told) + len(refused) == PEOPLE * EDITS
    assert refused, "nobody met anybody: this proves nothing"
    kept = {
        (id, r.number, r.text.title)
        for id in ids
        for r in store.revisions(id)
        if r.kind == "edited"
    }
    assert kept == set(told)
    assert len(kept) == len(told), "one number was given twice"
    for id in ids:
        numbers = [r.number for r in store.revisions(id)]
        assert numbers == list(range(1, len(numbers) + 1))
        assert store.listing(id).text.title == store.revisions(id)[-1].text.title
    assert store.verify() == []
    assert {e.actor for e in store.events(limit=1000)} <= {
        MERCHANT.name, ADMIN.name, *(f"person {n}" for n in range(PEOPLE))
    }  # fmt: skip
    print(f"{store.kind}: {len(told)} saved, {len(refused)} refused, 0 lost")
