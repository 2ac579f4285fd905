"""What was sent where: the newest of each text, for this place and no other, on both databases."""

from __future__ import annotations

from store_making import MERCHANT

from studio.store import Store

ONE, TWO = "A1/shopify/zh-CN", "B2/shopify/zh-CN"


def sent(store: Store, id: str, place: str, failed: bool = False, **fields: str) -> None:
    pairs = {field: (text, f"{text} as kept") for field, text in fields.items()}
    detail = {"place": place, "fields": pairs}
    store.mark_sent(id, 1, MERCHANT, detail=detail, failed=failed)


def test_the_newest_of_each_text_counts(store: Store) -> None:
    assert store.last_sent([ONE, TWO], "a") == {}
    sent(store, ONE, "a", title="t1", description="d1")
    sent(store, ONE, "b", title="elsewhere")
    sent(store, TWO, "a", title="other\0\ud800")
    sent(store, ONE, "a", title="t2")
    sent(store, ONE, "a", failed=True, title="refused")
    assert store.last_sent([ONE], "a") == {
        ONE: {"title": ("t2", "t2 as kept"), "description": ("d1", "d1 as kept")}
    }
    assert set(store.last_sent([ONE, TWO], "a")) == {ONE, TWO}
    assert store.last_sent([], "a") == {}
    kinds = [event.kind for event in store.events(listing=ONE)]
    assert kinds == ["sent", "sent", "sent", "send failed"]
    assert store.verify() == []
