"""Finding products by words: an index of short pieces of their ids, titles and brands.

A search is for parts of words ("123" finds SKU-0123, 瓷杯 finds 陶瓷杯), which no index of whole
words answers. So each run of letters and digits is cut into pieces of three characters, or two from
a Han character on, and a search asks for the products that have all pieces of its words. What is
found is looked at once more, as pieces may stand apart. SQLite keeps the pieces in an FTS5 table,
PostgreSQL in a tsvector under a GIN index.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import sqlalchemy as sa

MOST = 2_000  # products; a search that may have more is answered by reading on until a page is full
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


def products_with(connection: sa.Connection, search: str) -> list[str] | None:
    """The ids of the products that may have all words of a search; None when they may be many."""
    asked = list(dict.fromkeys(_asked(search.casefold())))
    # The beginnings of pieces are many and dear: they are asked for when there is nothing else.
    asked = [one for one in asked if not one[1]] or asked
    if not asked:
        return None
    if connection.dialect.name == "sqlite":
        query = (
            "SELECT p.id FROM product_words w JOIN product p ON p.number = w.rowid "
            "WHERE product_words MATCH :words LIMIT :most"
        )
        words = " AND ".join(f'"{piece}"{"*" * begins}' for piece, begins in asked)
    else:
        query = "SELECT id FROM product WHERE pieces @@ CAST(:words AS tsquery) LIMIT :most"
        words = " & ".join(f"'{piece}'{':*' * begins}" for piece, begins in asked)
    found = connection.execute(sa.text(query), {"words": words, "most": MOST + 1}).scalars().all()
    return None if len(found) > MOST else list(found)


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
