"""The catalog as it is looked through: filters, orders and pages, and what people do themselves."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
import sqlalchemy as sa
from store_making import MERCHANT, REVIEWER, draft, finding, product

from studio.errors import DeniedError, InputError, NotFoundError
from studio.schema import Actor, Photo, Role, State
from studio.service import Studio
from studio.settings import Settings
from studio.store import Filter, Store

PASSWORD = "correct horse battery"


@pytest.fixture
def shop(store: Store) -> Store:
    """Five products: A1 waits with a serious finding, A2 is approved, A3 a stale draft."""
    photo = (Photo(ref="a.jpg"),)
    store.put_products(
        [
            product("A1", title="蓝杯", photos=photo),
            product("A2", title="Cup, red"),
            product("A3", title="Bowl", photos=photo),
            product("A4", title="Bowl"),
            product("A5", title="Anvil"),
        ],
        MERCHANT,
    )
    held = store.save_draft(draft("A1", findings=(finding("high", match="保"),)), MERCHANT)
    store.set_state(held.id, "submit", MERCHANT, revision=held.revision)
    held = store.save_draft(draft("A2", channel="etsy"), MERCHANT)
    held = store.set_state(held.id, "submit", MERCHANT, revision=held.revision)
    store.set_state(held.id, "approve", REVIEWER, revision=held.revision)
    held = store.save_draft(draft("A3", findings=(finding("low", match="保"),)), MERCHANT)
    store.mark_stale("price", MERCHANT, ids=[held.id])
    return store


CASES = {
    "all": ({}, "A1 A2 A3 A4 A5"),
    "words": ({"search": "bow"}, "A3 A4"),
    "chinese": ({"search": "蓝杯"}, "A1"),
    "a long word and a short one": ({"search": "cup r"}, "A2"),
    "a short one only": ({"search": "re"}, "A2"),
    "state": ({"state": State.SUBMITTED}, "A1"),
    "channel": ({"channel": "etsy"}, "A2"),
    "both": ({"channel": "etsy", "state": State.SUBMITTED}, ""),
    "nothing made": ({"state": "none"}, "A4 A5"),
    "nothing made there": ({"state": "none", "channel": "etsy"}, "A1 A3 A4 A5"),
    "stale": ({"state": "stale"}, "A3"),
    "findings": ({"findings": "any"}, "A1 A3"),
    "blocking": ({"findings": "blocking"}, "A1"),
    "no photo": ({"photo": "none"}, "A2 A4 A5"),
    "no photo, by name": ({"photo": "none", "sort": "title"}, "A5 A4 A2"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_filter_lets_through_what_it_says(shop: Store, case: str) -> None:
    given, expected = CASES[case]
    wanted = Filter(**given)
    assert [p.id for p in shop.browse(wanted)] == expected.split()
    assert shop.count_browsed(wanted, most=99) == len(expected.split())
    assert shop.browsed_ids(wanted) == sorted(expected.split())


@pytest.mark.parametrize("sort", ["id", "title", "newest"])
def test_pages_hold_everything_once_and_in_order(shop: Store, sort: str) -> None:
    shop.put_products([product("A3", title="Bowl", brand="禾渡")], MERCHANT)
    wanted = Filter(sort=sort)
    whole = [p.id for p in shop.browse(wanted, limit=99)]
    paged, after = [], ""
    while after is not None:
        page = shop.browse(wanted, after=after, limit=2)
        paged += [p.id for p in page]
        after = page.next
    assert paged == whole
    assert sorted(paged) == ["A1", "A2", "A3", "A4", "A5"]
    if sort == "newest":
        assert paged[0] == "A3"
    if sort == "title":
        titles = [shop.product(id).title for id in paged]
        assert all(one <= other for one, other in pairwise(titles))
    assert shop.count_browsed(wanted, most=3) == 3


@pytest.mark.parametrize("after", ["x", "[]", "[1]", '["a"]', '{"a": 1}', "[[], {}]"])
def test_a_place_that_is_none_is_told(shop: Store, after: str) -> None:
    with pytest.raises(InputError):
        shop.browse(Filter(sort="newest"), after=after)


def test_a_word_that_many_have_is_found_without_their_documents(shop: Store) -> None:
    sent = []

    def listen(_connection, _cursor, statement, parameters, *_more) -> None:
        sent.append((statement, parameters))

    sa.event.listen(shop._engine, "before_cursor_execute", listen)
    found = shop.browse(Filter(search="bow"), limit=1)
    sa.event.remove(shop._engine, "before_cursor_execute", listen)
    assert [p.id for p in found] == ["A3"]
    assert found.next
    (search,) = [each for each in sent if "product.search" in each[0]]
    assert "document" not in search[0]
    if shop.kind == "sqlite":
        with shop._read() as connection:
            plan = connection.exec_driver_sql("EXPLAIN QUERY PLAN " + search[0], search[1]).all()
        assert any("COVERING INDEX ix_product_search" in row[-1] for row in plan)


def test_the_catalog_is_counted_where_it_lies(shop: Store) -> None:
    """Of a million products one number is read, not a million ids."""
    sent: list[str] = []

    def listen(_connection, _cursor, statement, *_more) -> None:
        sent.append(statement)

    sa.event.listen(shop._engine, "before_cursor_execute", listen)
    assert shop.count_browsed(Filter(), most=2**62) == 5
    assert shop.count_browsed(Filter(channel="etsy"), most=2) == 1
    sa.event.remove(shop._engine, "before_cursor_execute", listen)
    asked = [statement for statement in sent if "FROM product" in statement]
    assert len(asked) == 2
    assert all(statement.startswith("SELECT count(") for statement in asked)


def test_counts_follow_each_move_of_this_process_and_of_others(
    shop: Store, database: str, tmp_path: Path
) -> None:
    other = Store(database, media=shop.media, move=shop._move, vault=shop.vault)
    for one in (shop, shop, other):
        assert one.counts() == {"shopify": {"submitted": 1, "draft": 1}, "etsy": {"approved": 1}}
    held = shop.listing("A3/shopify/zh-CN")
    other.set_state(held.id, "submit", MERCHANT, revision=held.revision)
    assert shop.counts()["shopify"] == {"submitted": 2}
    shop.save_draft(draft("A4", channel="etsy"), MERCHANT)
    assert other.counts()["etsy"] == {"approved": 1, "draft": 1}
    other.close()


def test_the_listings_of_a_page_come_at_once(shop: Store) -> None:
    held = shop.listings_of(["A1", "A2", "A4"])
    assert {name: [one.id for one in each] for name, each in held.items()} == {
        "A1": ["A1/shopify/zh-CN"],
        "A2": ["A2/etsy/zh-CN"],
    }
    assert held["A1"] == [shop.listing("A1/shopify/zh-CN")]


def test_a_password_is_changed_by_the_one_before_and_tokens_are_ones_own(tmp_path: Path) -> None:
    studio = Studio(Settings(home=tmp_path / "home", copy_engine="template"))
    admin, mei = Actor(name="admin", role=Role.ADMIN), Actor(name="mei", role=Role.MERCHANT)
    studio.first_admin()
    for name in ("mei", "mo"):
        studio.add_user(name, Role.MERCHANT, PASSWORD, admin)
    session = studio.sign_in("mei", PASSWORD)
    with pytest.raises(DeniedError):
        studio.change_password("wrong", "another long one", mei)
    for new in ("short", PASSWORD):
        with pytest.raises(InputError):
            studio.change_password(PASSWORD, new, mei)
    assert studio.signed_in(session) == mei
    studio.change_password(PASSWORD, "another long one", mei)
    assert studio.signed_in(session) is None
    assert studio.sign_in("mei", "another long one")

    with pytest.raises(DeniedError):  # no more than oneself
        studio.new_own_token(Role.ADMIN, mei, label="x", days=9)
    made = studio.new_own_token(Role.VIEWER, mei, label="ERP", days=9)
    assert [t.label for t in studio.my_tokens(mei)] == ["ERP"]
    mo = Actor(name="mo", role=Role.MERCHANT)
    assert studio.my_tokens(mo) == ()
    with pytest.raises(NotFoundError):
        studio.end_own_token(made.token.id, mo)
    program = studio.by_token(made.text)
    assert program is not None
    with pytest.raises(DeniedError):  # a token of little scope does not take the whole account
        studio.set_password("mei", "a password of a thief", program)
    studio.end_own_token(made.token.id, mei)
    assert studio.by_token(made.text) is None
    studio.close()
