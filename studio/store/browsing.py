"""The catalog as a person looks through it: filters over products and their listings, in pages."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from pydantic import Field

from studio.errors import InputError
from studio.schema import Listing, Noun, Product, State
from studio.store import words
from studio.store.base import Record
from studio.store.names import names_of
from studio.store.nouns import Page
from studio.store.rows import HEADS, to_listing
from studio.store.tables import listing, product

Sort = Literal["id", "newest", "title"]
BLOCKING = 180  # the least risk (rows.risk) of a listing with a finding that stops its approval
STEP = 2**40  # of rows.queue_key, between one risk and the next


class Filter(Noun):
    """Which products: all that is given must hold, what is said of listings for one listing.

    `state`: one of State, "none" (nothing made yet) or "stale". `findings`: "any" open one, or
    "blocking". `photo`: "none" for products without a picture.
    """

    search: str = Field(default="", max_length=200)
    channel: str = Field(default="", max_length=80)
    state: State | Literal["", "none", "stale"] = ""
    findings: Literal["", "any", "blocking"] = ""
    photo: Literal["", "none"] = ""
    sort: Sort = "id"


class Browsing(Record):
    """Pages of products by a filter."""

    def browse(self, wanted: Filter, *, after: str = "", limit: int = 50) -> Page[Product, str]:
        """A page in the filter's order; `after` is the key that the page before named.

        Raises InputError for a key that is none.
        """
        beyond = [_beyond(*_ORDERS[wanted.sort], after)] if after else []
        with self._read() as connection:
            rows = _first(connection, wanted, beyond, limit + 1)
            # Apart from the search, which an index answers without the documents.
            ids = [row.product for row in rows[:limit]]
            held = sa.select(product.c.id, product.c.document).where(product.c.id.in_(ids))
            documents = {row.id: row.document for row in connection.execute(held)}
        items = tuple(Product.model_validate_json(documents[id]) for id in ids)
        return Page(items, _token(rows[limit - 1]) if len(rows) > limit else None)

    def count_browsed(self, wanted: Filter, *, most: int) -> int:
        """How many products there are, counted up to `most` only, so that it stays quick."""
        with self._read() as connection:
            if wanted.search:
                return len(_first(connection, wanted, [], most))
            found = sa.select(product.c.id).where(*_filters(wanted)).limit(most).subquery()
            counted = sa.select(sa.func.count()).select_from(found)
            return int(connection.execute(counted).scalar_one())

    def listings_of(self, products: Sequence[str]) -> dict[str, list[Listing]]:
        """The listings of a page of products, by product; a product without any is left out."""
        query = HEADS.where(listing.c.product.in_(products)).order_by(listing.c.id)
        found: dict[str, list[Listing]] = {}
        with self._read() as connection:
            names = names_of(connection)
            for row in connection.execute(query):
                found.setdefault(row.product, []).append(to_listing(row, names))
        return found

    def browsed_ids(self, wanted: Filter) -> list[str]:
        """The ids of all, by id."""
        with self._read() as connection:
            query = sa.select(product.c.id).where(*_filters(wanted)).order_by(product.c.id)
            if wanted.search:
                query = query.where(words.among(connection, wanted.search))
            return list(connection.execute(query).scalars())


_ORDERS: dict[Sort, tuple[sa.Column[Any], bool]] = {
    "id": (product.c.id, False),
    "newest": (product.c.updated, True),
    "title": (product.c.title, False),
}


def _token(row: sa.Row[Any]) -> str:
    key = row.key if isinstance(row.key, str) else row.key.isoformat()
    return json.dumps([key, row.product], ensure_ascii=False)


def _beyond(key: sa.Column[Any], falling: bool, after: str) -> sa.ColumnElement[bool]:
    """Rows after the one that the key names. Compared as a row, so that an index serves it."""
    try:
        value, id = json.loads(after)
        place = datetime.fromisoformat(value) if key is product.c.updated else str(value)
    except (ValueError, TypeError) as error:
        raise InputError("this page has no such place", hint="go to the first page") from error
    pair = sa.tuple_(sa.literal(place, key.type), sa.literal(str(id)))
    columns = sa.tuple_(key, product.c.id)
    return columns < pair if falling else columns > pair


def _first(
    connection: sa.Connection,
    wanted: Filter,
    beyond: Sequence[sa.ColumnElement[bool]],
    limit: int,
) -> list[sa.Row[Any]]:
    """(product, key) of the first products that a filter lets through, in its order."""
    key, falling = _ORDERS[wanted.sort]
    named = product.c.id.label("product"), key.label("key")
    rows: sa.Select[Any] = sa.select(*named).where(*_filters(wanted), *beyond)

    def order(columns: Any) -> list[sa.ColumnElement[Any]]:
        both = [columns.key, columns.product] if key is not product.c.id else [columns.key]
        return [column.desc() for column in both] if falling else both

    if wanted.search:
        fit = words.fits(wanted.search)
        return words.first(connection, rows, order, fit, wanted.search, limit)
    ordered = rows.order_by(*order(rows.selected_columns))
    return list(connection.execute(ordered.limit(limit)).all())


def _filters(wanted: Filter) -> list[sa.ColumnElement[bool]]:
    """All of a filter but its search."""
    found: list[sa.ColumnElement[bool]] = []
    if wanted.photo:
        found.append(product.c.photos == sa.literal_column("0"))
    mine = sa.select(listing.c.product)
    if wanted.channel:
        mine = mine.where(listing.c.channel == wanted.channel)
    if wanted.state == "none":
        return [*found, product.c.id.not_in(mine)]
    if wanted.state == "stale":
        mine = mine.where(listing.c.stale != sa.literal_column("''"))
    elif wanted.state:
        mine = mine.where(listing.c.state == State(wanted.state).value)
    if wanted.findings:
        least = 1 if wanted.findings == "any" else BLOCKING
        mine = mine.where(listing.c.queue_key < (256 - least) * STEP)
    if wanted.channel or wanted.state or wanted.findings:
        found.append(product.c.id.in_(mine))
    return found
