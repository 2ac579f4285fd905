"""Products: written in bulk, unchanged rows untouched, listings of changed ones marked stale."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import sqlalchemy as sa

from studio.errors import NotFoundError
from studio.schema import Actor, Attribute, Facts, Money, Noun, Product, now
from studio.store import words
from studio.store.base import Record, append
from studio.store.names import plain
from studio.store.nouns import Page
from studio.store.rows import document
from studio.store.tables import listing, product
from studio.store.words import pieces

_LAST = sa.select(sa.func.max(product.c.number))
CHUNK = 1000  # products a transaction; a listing's facts and its stale mark are never apart


class Products(Record):
    """The catalog."""

    def put_products(self, products: Iterable[Product], actor: Actor) -> dict[str, int]:
        """Inserts or updates by id; returns how many were "new", "changed" and "same".

        Writes a thousand at a time, each thousand whole: after a crash, importing again goes on.
        A changed product marks the listings that read a changed fact as stale and names the facts.
        """
        counts = {"new": 0, "changed": 0, "same": 0}
        rest = iter(products)
        while chunk := list(islice(rest, CHUNK)):
            for key, number in self._put_chunk(chunk, actor).items():
                counts[key] += number
        return counts

    def _put_chunk(self, chunk: Sequence[Product], actor: Actor) -> dict[str, int]:
        wanted = {plain(p.id, "a product's id"): p for p in chunk}
        rows = {i: _row(p) for i, p in wanted.items()}
        with self._write() as connection:
            known = _digests(connection, wanted)
            new = [row for i, row in rows.items() if i not in known]
            changed = [r for i, r in rows.items() if known.get(i, r["digest"]) != r["digest"]]
            counts = {"new": len(new), "changed": len(changed)}
            last = connection.execute(_LAST).scalar() or 0
            new = [{**row, "number": number} for number, row in enumerate(new, last + 1)]
            stale = _mark(connection, [wanted[row["id"]] for row in changed])
            if new:
                connection.execute(product.insert(), new)
            if changed:
                update = product.update().where(product.c.id == sa.bindparam("key"))
                connection.execute(update, [{"key": row.pop("id"), **row} for row in changed])
            if new or changed:
                append(connection, actor, "imported", detail={**counts, "stale": stale})
        return {**counts, "same": len(chunk) - len(new) - len(changed)}

    def product(self, id: str) -> Product:
        """One product. Raises NotFoundError with the near ids."""
        query = sa.select(product.c.document).where(product.c.id == id)
        with self._read() as connection:
            text = connection.execute(query).scalar()
            if text is None:
                raise NotFoundError.of("product", id, _near(connection, id))
        return Product.model_validate_json(text)

    def products_by_id(self, ids: Iterable[str]) -> dict[str, Product]:
        """Those of the ids that are in the store, with their products."""
        query = sa.select(product.c.id, product.c.document)
        with self._read() as connection:
            rows = _in_parts(connection, query, product.c.id, list(ids))
            return {row.id: Product.model_validate_json(row.document) for row in rows}

    def has_products(self, ids: Iterable[str]) -> set[str]:
        """Those of the ids that are in the store."""
        with self._read() as connection:
            return set(_digests(connection, list(ids)))

    def products(self, search: str = "", *, after: str = "", limit: int = 50) -> Page[Product, str]:
        """A page of products by id. `search` is looked for in ids, titles and brands."""
        rows = sa.select(product.c.id.label("product")).where(product.c.id > after)
        query = sa.select(product.c.document).where(product.c.id > after)
        with self._read() as connection:
            if search:
                fit = words.fits(search)
                found = words.first(connection, rows, lambda c: [c.product], fit, search, limit)
                query = query.where(product.c.id.in_([row.product for row in found]))
            texts = connection.execute(query.order_by(product.c.id).limit(limit)).scalars().all()
        items = tuple(map(Product.model_validate_json, texts))
        return Page(items, items[-1].id if len(items) == limit else None)

    def all_products(self, search: str = "") -> Iterator[Product]:
        """Every product by id, a page at a time."""
        after: str | None = ""
        while after is not None:
            page = self.products(search, after=after, limit=500)
            yield from page
            after = page.next

    def count_products(self, search: str = "") -> int:
        """How many products there are, or match."""
        query = sa.select(sa.func.count()).select_from(product)
        with self._read() as connection:
            query = query.where(words.among(connection, search)) if search else query
            return int(connection.execute(query).scalar_one())


def changed_facts(old: Product, new: Product, locale: str) -> list[str]:
    """Names of what changed, as far as a listing in that locale reads it.

    Stock is left out: no text tells of it, and it changes all day.
    """
    before, after = _facts(old, locale), _facts(new, locale)
    return [name for name in {**before, **after} if before.get(name) != after.get(name)]


_APART = {"id", "locale", "facts", "where", "variants", "unmapped", "quantity"}


def _facts(product: Product, locale: str) -> dict[str, Any]:
    facts = product.in_locale(locale)
    named: dict[str, Any] = {name: getattr(facts, name) for name in Facts.model_fields}
    del named["attributes"]
    for attribute in facts.attributes:
        named.setdefault(f"attribute {attribute.name}", []).append(attribute)
    rest = set(Product.model_fields) - _APART
    named |= {name: getattr(product, name) for name in sorted(rest)}
    named["variants"] = [v.model_copy(update={"quantity": None}) for v in product.variants]
    return named | {f"column {name}": value for name, value in product.unmapped.items()}


def shown_facts(product: Product, locale: str) -> dict[str, str]:
    """The facts by name as a person reads them, as far as a listing in that locale does."""
    return {
        name: told for name, value in _facts(product, locale).items() if (told := _shown(value))
    }


def _shown(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "; ".join(_shown(v) for v in value)
    if isinstance(value, Money):
        return f"{value.amount} {value.currency}"
    if isinstance(value, Attribute):
        return value.value
    if isinstance(value, Noun):
        told = value.model_dump(mode="json", exclude={"where", "sha256"})
        return " ".join(_shown(v) for v in told.values() if v)
    return "" if value is None else str(value)


def _mark(connection: sa.Connection, changed: Sequence[Product]) -> int:
    """Marks the listings of changed products as stale; returns how many."""
    if not changed:
        return 0
    new = {p.id: p for p in changed}
    old = {
        row.id: Product.model_validate_json(row.document)
        for row in _in_parts(
            connection, sa.select(product.c.id, product.c.document), product.c.id, list(new)
        )
    }
    columns = sa.select(listing.c.id, listing.c.product, listing.c.locale, listing.c.stale)
    marks = []
    for row in _in_parts(connection, columns, listing.c.product, list(new)):
        names = changed_facts(old[row.product], new[row.product], row.locale)
        if names:
            # What was stale before stays named: both changes are still to be worked in.
            told = dict.fromkeys([*filter(None, row.stale.split(", ")), *names])
            marks.append({"key": row.id, "why": ", ".join(told)})
    if marks:
        update = listing.update().where(listing.c.id == sa.bindparam("key"))
        connection.execute(update.values(stale=sa.bindparam("why")), marks)
    return len(marks)


def _in_parts(
    connection: sa.Connection, query: sa.Select[Any], column: sa.Column[str], ids: Sequence[str]
) -> Iterator[sa.Row[Any]]:
    """The rows whose column is one of the ids, some hundred ids a query."""
    for start in range(0, len(ids), 500):
        yield from connection.execute(query.where(column.in_(ids[start : start + 500]))).all()


def _digests(connection: sa.Connection, ids: Iterable[str]) -> dict[str, str]:
    query = sa.select(product.c.id, product.c.digest)
    return {row.id: row.digest for row in _in_parts(connection, query, product.c.id, list(ids))}


def _row(item: Product) -> dict[str, Any]:
    told = [item.id, *(f.title for f in item.facts.values()), item.brand]
    search = "\n".join(dict.fromkeys(told)).casefold()
    return {
        "id": item.id,
        "title": item.title[:120],
        "photos": len(item.photos),
        "search": search,
        "pieces": pieces(search),
        "digest": item.digest,
        "document": document(item),
        "updated": now(),
    }


def _near(connection: sa.Connection, id: str) -> list[str]:
    """Ids around the place where that id would be, for an error's hint."""
    after = sa.select(product.c.id).where(product.c.id >= id).order_by(product.c.id).limit(20)
    before = sa.select(product.c.id).where(product.c.id < id).order_by(product.c.id.desc())
    found = [*connection.execute(after).scalars(), *connection.execute(before.limit(20)).scalars()]
    return list(found)
