"""Finding products by words: an index of short pieces of their ids, titles and brands.

A search is for parts of words ("123" finds SKU-0123, 瓷杯 finds 陶瓷杯), which no index of whole
words answers. So each run of letters and digits is cut into pieces of three characters, or two from
a Han character on, and a search asks for the products that have all pieces of its words. What is
found is looked at once more, as pieces may stand apart. SQLite keeps the pieces in an FTS5 table,
PostgreSQL in a tsvector under a GIN index.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSQUERY

from studio.store.tables import product

# How many rows of a page's order are looked at before the index is asked.
WINDOWS = (1_000, 10_000)
_RUN = re.compile(r"[^\W_]+")
_HAN = re.compile("[\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff]")


def pieces(text: str) -> str:
    """The pieces of a text in folded case, each once, parted by blanks."""
    found: dict[str, None] = {}
    for run in _RUN.findall(text):
        if run.isascii():  # a quarter of the time
            found.update(dict.fromkeys(run[at : at + 3] for at in range(len(run))))
        else:
            found.update(dict.fromkeys(run[at : at + _size(run, at)] for at in range(len(run))))
    return " ".join(found)


def fits(search: str) -> sa.ColumnElement[bool]:
    """Whether a product has every word of a search in its id, titles or brand."""
    words = search.casefold().split()
    return sa.and_(True, *(product.c.search.contains(word, autoescape=True) for word in words))


def first(
    connection: sa.Connection,
    rows: sa.Select[Any],
    order: Callable[[Any], Sequence[sa.ColumnElement[Any]]],
    fit: sa.ColumnElement[bool],
    search: str,
    limit: int,
) -> list[sa.Row[Any]]:
    """The first `limit` of `rows` that fit a search.

    `rows` has a column `product`, its id; `order`: the order, of the columns of `rows`. A word that
    many products have fills a page from the first rows in order, where an index would name all of
    them first; one that few have is looked up. Only a look at some rows tells which it is, and at
    no more than `WINDOWS`: those that have it may all stand in front.
    """
    ordered = rows.order_by(*order(rows.selected_columns))
    for size, next_size in zip(WINDOWS, (*WINDOWS[1:], 0), strict=True):
        window = ordered.add_columns(fit.label("fits")).limit(size).subquery()
        hits = sa.select(window).where(window.c.fits).order_by(*order(window.c)).limit(limit)
        found = list(connection.execute(hits).all())
        whole = len(found) == limit
        if whole or connection.execute(ordered.offset(size).limit(1)).first() is None:
            return found
        if len(found) * next_size < limit * size:  # the next one would not fill the page either
            break
    named = indexed(connection, search)
    if named is None:
        return list(connection.execute(ordered.where(fit).limit(limit)).all())
    # Apart from the order: what the index names is to be read first, and then put in order.
    few = rows.where(fit, rows.selected_columns.product.in_(named)).offset(0).subquery()
    return list(connection.execute(sa.select(few).order_by(*order(few.c)).limit(limit)).all())


def among(connection: sa.Connection, search: str) -> sa.ColumnElement[bool]:
    """Whether a product fits a search, for a query that reads all that do."""
    named = indexed(connection, search)
    return fits(search) if named is None else sa.and_(product.c.id.in_(named), fits(search))


def indexed(connection: sa.Connection, search: str) -> sa.Select[Any] | None:
    """The ids of the products that may have all words of a search, by the index; None when it has
    no word that the index could know."""
    asked = list(dict.fromkeys(_asked(search.casefold())))
    # The beginnings of pieces are many and dear: they are asked for when there is nothing else.
    asked = [one for one in asked if not one[1]] or asked
    if not asked:
        return None
    ids = sa.select(product.c.id)
    if connection.dialect.name == "sqlite":
        words = " AND ".join(f'"{piece}"{"*" * begins}' for piece, begins in asked)
        pieces = sa.table("product_words", sa.column("rowid"), sa.column("product_words"))
        match = pieces.c.product_words.op("MATCH")(words)
        return ids.join(pieces, pieces.c.rowid == product.c.number).where(match)
    words = " & ".join(f"'{piece}'{':*' * begins}" for piece, begins in asked)
    return ids.where(product.c.pieces.op("@@")(sa.cast(words, TSQUERY)))


def _size(run: str, at: int) -> int:
    return 2 if _HAN.match(run, at) else 3


def _asked(search: str) -> Iterator[tuple[str, bool]]:
    """(piece, whether it is only the beginning of one) that a product must have."""
    for run in _RUN.findall(search):
        ends = [(at, at + _size(run, at)) for at in range(len(run))]
        whole = [run[at:end] for at, end in ends if end <= len(run)]
        yield from ((piece, False) for piece in whole)
        if not whole:
            yield run, True
