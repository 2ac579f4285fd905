"""The catalog in the store: written once, changed where it changed, found a page at a time."""

from __future__ import annotations

import pytest
from store_making import MERCHANT, draft, product

from studio.errors import InputError, NotFoundError
from studio.schema import Attribute, Evidence, Facts, Product, Variant
from studio.store import Store
from studio.store.products import CHUNK, changed_facts


def with_facts(base: Product, locale: str, **change) -> Product:
    facts = base.facts[locale].model_copy(update=change)
    return base.model_copy(update={"facts": {**base.facts, locale: facts}})


def test_importing_again_changes_nothing(store: Store) -> None:
    catalog = [product(f"A{i}") for i in range(7)]
    assert store.put_products(catalog, MERCHANT) == {"new": 7, "changed": 0, "same": 0}
    before = store.head()
    assert store.put_products(catalog, MERCHANT) == {"new": 0, "changed": 0, "same": 7}
    assert store.head() == before


def test_where_a_row_stood_is_no_change(store: Store) -> None:
    store.put_products([product(where="a.csv:2")], MERCHANT)
    counts = store.put_products([product(where="b.csv:9")], MERCHANT)
    assert counts == {"new": 0, "changed": 0, "same": 1}


def test_a_product_comes_back_as_it_was(store: Store) -> None:
    given = product(
        brand="山岚",
        evidence=(Evidence(type="report", number="Q-1"),),
        variants=(Variant(sku="A1-红", quantity=3),),
        unmapped={"备注": "x\0y"},
    )
    store.put_products([given], MERCHANT)
    assert store.product("A1") == given
    assert store.has_products(["A1", "B1"]) == {"A1"}


def test_more_than_a_chunk_is_written_and_counted(store: Store) -> None:
    many = [product(f"P{i:05}") for i in range(CHUNK + 5)]
    assert store.put_products(iter(many), MERCHANT)["new"] == CHUNK + 5
    assert store.count_products() == CHUNK + 5
    assert [p.id for p in store.all_products()] == [p.id for p in many]


def test_the_same_id_twice_counts_once_and_the_last_row_holds(store: Store) -> None:
    counts = store.put_products([product(title="a"), product(title="b")], MERCHANT)
    assert counts["new"] == 1
    assert sum(counts.values()) == 2
    assert store.product("A1").title == "b"


def test_an_unknown_product_names_its_neighbours(store: Store) -> None:
    store.put_products([product("SKU-100"), product("SKU-200")], MERCHANT)
    with pytest.raises(NotFoundError) as unknown:
        store.product("SKU-10O")
    assert "SKU-100" in unknown.value.hint


@pytest.mark.parametrize("id", ["", "a\0b", "\ud83d", "x" * 201])
def test_ids_that_no_database_can_hold_are_refused(store: Store, id: str) -> None:
    with pytest.raises(InputError, match="can not be a product's id"):
        store.put_products([product("good"), product(id)], MERCHANT)
    assert store.count_products() == 0


def test_half_a_character_is_refused_and_nothing_is_written(store: Store) -> None:
    with pytest.raises(InputError, match="half a character"):
        store.put_products([product("good"), product("bad", title="杯\ud83d")], MERCHANT)
    assert store.count_products() == 0


def test_pages_hold_every_product_once(store: Store) -> None:
    ids = [f"{n:02}" for n in range(23)]
    store.put_products(map(product, ids), MERCHANT)
    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        page = store.products(after=after, limit=5)
        seen += [p.id for p in page]
        after = page.next
    assert seen == ids


def test_search_finds_ids_titles_of_each_language_and_brands(store: Store) -> None:
    store.put_products(
        [product("A1"), product("B2", title="陶瓷杯"), product("c-3", title="灯", brand="ACME")],
        MERCHANT,
    )
    found = {
        words: [p.id for p in store.products(words)]
        for words in ("杯", "陶瓷", "FLASK", "acme", "C-3", "杯 b2", "100%", "")
    }
    assert found == {
        "杯": ["A1", "B2"],
        "陶瓷": ["B2"],
        "FLASK": ["A1", "B2", "c-3"],
        "acme": ["c-3"],
        "C-3": ["c-3"],
        "杯 b2": ["B2"],
        "100%": [],
        "": ["A1", "B2", "c-3"],
    }
    assert store.count_products("杯") == 2


def test_a_change_marks_only_the_listings_that_read_it(store: Store) -> None:
    store.put_products([product("A1"), product("B2")], MERCHANT)
    for id in ("A1", "B2"):
        for locale in ("zh-CN", "en-US"):
            store.save_draft(draft(id, locale=locale), MERCHANT)
    changed = with_facts(product("A1"), "en-US", title="Flask")
    assert store.put_products([changed, product("B2")], MERCHANT)["changed"] == 1
    stale = {item.id: item.stale for item in store.listings(stale=True)}
    assert stale == {"A1/shopify/en-US": "title"}


def test_a_second_change_is_added_to_the_first_and_a_new_draft_clears_both(store: Store) -> None:
    store.put_products([product()], MERCHANT)
    item = store.save_draft(draft(), MERCHANT)
    store.put_products([product(price="89.00")], MERCHANT)
    store.put_products([product(price="89.00", title="焖烧杯")], MERCHANT)
    assert store.listing(item.id).stale == "price, title"
    fresh = store.save_draft(draft(digest="inputs-2", title="焖烧杯"), MERCHANT)
    assert (fresh.stale, store.listing(item.id).stale) == ("", "")


def test_names_of_what_changed() -> None:
    old = product(brand="a")
    capacity = (Attribute(name="容量", value="350 ml"), Attribute(name="颜色", value="白"))
    new = with_facts(old, "zh-CN", attributes=capacity).model_copy(update={"brand": "b"})
    assert changed_facts(old, new, "zh-CN") == ["attribute 容量", "brand", "attribute 颜色"]
    assert changed_facts(old, new, "en-US") == ["brand"]
    assert changed_facts(old, old, "zh-CN") == []


def test_stock_makes_nothing_stale() -> None:
    full = product(variants=(Variant(sku="s", quantity=3),))
    empty = product(variants=(Variant(sku="s", quantity=0),))
    dearer = product(variants=(Variant(sku="s", barcode="690"),))
    assert changed_facts(full, empty, "zh-CN") == []
    assert changed_facts(full, dearer, "zh-CN") == ["variants"]


def test_a_listing_without_facts_of_its_language_reads_the_own_ones() -> None:
    old = product()
    new = old.model_copy(update={"facts": {**old.facts, "zh-CN": Facts(title="壶")}})
    assert "title" in changed_facts(old, new, "fr-FR")
