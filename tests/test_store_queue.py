"""The review queue: what is stale, what is riskiest, pages, filters, counts, and odd questions."""

from __future__ import annotations

import pytest
from store_making import MERCHANT, REVIEWER, draft, finding, product

from studio.errors import InputError, NotFoundError
from studio.schema import Listing, State
from studio.store import Store

ID = "A1/shopify/zh-CN"


@pytest.fixture
def item(store: Store) -> Listing:
    store.put_products([product()], MERCHANT)
    return store.save_draft(draft(), MERCHANT)


def test_stale_by_name_and_by_channel(store: Store, item: Listing) -> None:
    store.save_draft(draft(channel="google"), MERCHANT)
    assert store.mark_stale("rules", MERCHANT, channel="google") == 1
    assert store.mark_stale("prompt", MERCHANT, ids=[ID, "none/a/b"]) == 1
    assert store.mark_stale("nothing", MERCHANT) == 0
    assert {x.channel: x.stale for x in store.listings(stale=True)} == {
        "google": "rules",
        "shopify": "prompt",
    }


def test_a_text_that_still_holds_is_kept(store: Store, item: Listing) -> None:
    store.put_products([product(price="1.00")], MERCHANT)
    kept = store.keep(ID, MERCHANT, revision=1, digest="inputs-now")
    assert (kept.stale, kept.state, store.listing_digest(ID)) == ("", "draft", "inputs-now")
    assert store.events(listing=ID).items[-1].detail["stale"] == "price"


def test_the_queue_shows_the_riskiest_first_and_everything_once(store: Store) -> None:
    store.put_products([product(f"P{i}") for i in range(12)], MERCHANT)
    risks = ["", "low", "critical", "medium"] * 3
    for number, severity in enumerate(risks):
        found = (finding(severity),) if severity else ()
        store.save_draft(draft(f"P{number}", findings=found), MERCHANT)
    seen: list[str] = []
    after: int | None = 0
    while after is not None:
        page = store.listings(state=State.DRAFT, after=after, limit=5)
        seen += [x.product for x in page]
        after = page.next
    assert seen == [f"P{i}" for i in (2, 6, 10, 3, 7, 11, 1, 5, 9, 0, 4, 8)]


def test_a_waiver_moves_a_listing_down_the_queue(store: Store) -> None:
    store.put_products([product("A1"), product("B2")], MERCHANT)
    for id, severity in (("A1", "critical"), ("B2", "low")):
        store.save_draft(draft(id, findings=(finding(severity),)), MERCHANT)
    store.waive(ID, finding().key, "商标", REVIEWER)
    assert [x.product for x in store.listings()] == ["B2", "A1"]


def test_filters_and_counts(store: Store, item: Listing) -> None:
    store.put_products([product("B2", title="灯")], MERCHANT)
    store.save_draft(draft("B2", channel="google"), MERCHANT)
    store.set_state(ID, "submit", MERCHANT, revision=1)
    store.set_state(ID, "approve", REVIEWER, revision=1)
    assert [x.product for x in store.listings(channel="google")] == ["B2"]
    assert [x.product for x in store.listings(state=State.APPROVED)] == ["A1"]
    assert [x.product for x in store.listings(product="B2")] == ["B2"]
    assert [x.product for x in store.listings(search="灯")] == ["B2"]
    assert store.counts() == {"google": {"draft": 1}, "shopify": {"approved": 1}}


def test_numbers_and_texts_out_of_range_are_bad_input(store: Store, item: Listing) -> None:
    with pytest.raises(InputError):
        store.listings(after=2**70)
    with pytest.raises((InputError, NotFoundError)):
        store.listing("a\0b")
    with pytest.raises((InputError, NotFoundError)):
        store.listing("\ud800")


def test_unknown_listings_and_revisions(store: Store, item: Listing) -> None:
    with pytest.raises(NotFoundError) as unknown:
        store.listing("A1/shopify/zh-TW")
    assert ID in unknown.value.hint
    for call in (lambda: store.revisions("x/y/z"), lambda: store.revision(ID, 9)):
        with pytest.raises(NotFoundError):
            call()


def test_a_product_id_with_slashes_keeps_its_listing_apart(store: Store) -> None:
    store.put_products([product("a"), product("a/shopify")], MERCHANT)
    one = store.save_draft(draft("a/shopify"), MERCHANT)
    assert store.listing(one.id).product == "a/shopify"
    with pytest.raises(NotFoundError):
        store.listing("a/shopify")
