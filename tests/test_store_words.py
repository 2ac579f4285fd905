"""The index of pieces of words finds exactly what reading all products finds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from store_making import MERCHANT, draft, product, vault

from studio import review
from studio.store import Media, Store, words
from studio.store.words import indexed, pieces

TITLES = {
    "SKU-00123": "陶瓷马克杯",
    "SKU-00124": "陶瓷碗",
    "A/9": "Vacuum flask 500 ml",
    "B.7": "Großer Becher №5",
    "C7": "瓷杯x2 杯",
    "D": "A",
}
SEARCHES = (
    "123", "0012", "sku-001", "陶瓷", "瓷杯", "杯", "陶", "flask", "vac ml", "5", "9", "a",
    "großer", "GROSS", "x2", "杯 瓷", "瓷马克", "nothing", "没有", "%", "_",
    '"', "'", "a*", "NOT x", "№",
)  # fmt: skip


@pytest.fixture
def shop(store: Store) -> Store:
    store.put_products([product(id, title=title) for id, title in TITLES.items()], MERCHANT)
    return store


def _named(store: Store, search: str) -> set[str] | None:
    """The products that the index names."""
    with store._read() as connection:
        named = indexed(connection, search)
        return None if named is None else set(connection.execute(named).scalars())


def _read(search: str) -> set[str]:
    """What a look at every product finds."""
    kept = {id: f"{id}\n{title}\nVacuum flask".casefold() for id, title in TITLES.items()}
    return {id for id, text in kept.items() if all(w in text for w in search.casefold().split())}


@pytest.mark.parametrize("search", SEARCHES)
def test_a_search_finds_what_reading_finds(shop: Store, search: str) -> None:
    assert {p.id for p in shop.products(search)} == _read(search)
    assert shop.count_products(search) == len(_read(search))
    few = _named(shop, search)
    assert few is None or few >= _read(search)


def test_a_changed_title_is_found_by_its_new_words_only(shop: Store) -> None:
    shop.put_products([product("A/9", title="Teapot 茶壶")], MERCHANT)
    assert [p.id for p in shop.products("茶壶")] == ["A/9"]
    assert [p.id for p in shop.products("teapot")] == ["A/9"]
    assert "A/9" not in (_named(shop, "500") or ())


def test_the_queue_is_searched_by_the_same_index(shop: Store) -> None:
    shop.save_drafts([draft(id) for id in TITLES], MERCHANT)
    assert {one.product for one in shop.listings(search="陶瓷")} == {"SKU-00123", "SKU-00124"}


@pytest.mark.parametrize("windows", [(1, 2), (2, 4), (3, 90)])
@pytest.mark.parametrize("search", SEARCHES)
def test_however_few_rows_are_looked_at_pages_hold_the_same(
    shop: Store, monkeypatch: pytest.MonkeyPatch, search: str, windows: tuple[int, int]
) -> None:
    """By the first rows in order, by more of them, or by the index: each finds the same page."""
    monkeypatch.setattr(words, "WINDOWS", windows)
    shop.save_drafts([draft(id) for id in TITLES], MERCHANT)
    hits = sorted(_read(search))
    for limit in (1, 2, 9):
        paged, after = [], ""
        queued, place = [], 0
        while after is not None:
            page = shop.products(search, after=after, limit=limit)
            paged, after = [*paged, *(p.id for p in page)], page.next
        while place is not None:
            found = shop.listings(search=search, after=place, limit=limit)
            queued, place = [*queued, *(one.product for one in found)], found.next
        assert (paged, queued) == (hits, [id for id in TITLES if id in hits])


def test_older_products_are_indexed_by_the_migration(tmp_path) -> None:
    from studio.store import migrate

    url = f"sqlite:///{tmp_path / 'old.db'}"
    store = Store(url, media=Media(tmp_path / "media"), move=review.move, vault=vault())
    with store._engine.begin() as connection:
        migrate.upgrade_in(connection, store.vault, "0004")
        connection.exec_driver_sql(
            "INSERT INTO product (id, title, search, digest, document, updated) "
            "VALUES ('K1', '瓷杯', 'k1' || char(10) || '瓷杯', 'x', '{}', '2026-01-01')"
        )
    store.migrate()
    assert _named(store, "瓷杯") == {"K1"}
    store.close()


@given(st.text(max_size=30), st.data())
def test_every_part_of_a_text_has_its_pieces(text: str, data: st.DataObject) -> None:
    text = text.casefold()
    begin = data.draw(st.integers(0, len(text)))
    part = text[begin : data.draw(st.integers(begin, len(text)))]
    held = pieces(text).split()
    for piece, begins in words._asked(part):
        assert piece in held or (begins and any(one.startswith(piece) for one in held))
