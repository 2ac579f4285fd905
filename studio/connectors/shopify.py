"""Shopify, by its Admin GraphQL API: titles, descriptions and search texts of its products.

Products are found by handle (productByIdentifier), else by the SKUs of their variants, and written
one by one (productUpdate with only the fields that differ). The shop counts the cost of queries: we
wait until there is room, and as long as it says when there was none.
Source: shopify.dev/docs/api/admin-graphql/2026-10.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from studio.channels.formats import Row
from studio.channels.handles import handle
from studio.connectors.base import problem, said
from studio.connectors.export import Goods, Sheet
from studio.connectors.line import Line, busy
from studio.connectors.shop import Found, Problem, Texts
from studio.errors import EngineError, SetupError, StudioError

API = "2026-10"
PAGES = 20  # of variants with the SKUs of one product
SKUS = 20  # asked for together
EARLY = 300.0  # seconds before its end that a token is made anew
_SHOWN = "fragment Shown on Product { id handle title descriptionHtml seo { title description } }"
_BY_SKU = (
    "query BySku($query: String!, $after: String) { productVariants(first: 50, query: $query, "
    "after: $after) { nodes { sku product { ...Shown } } pageInfo { hasNextPage endCursor } } } "
    + _SHOWN
)
_BY_ID = "query ById($ids: [ID!]!) { nodes(ids: $ids) { ...Shown } } " + _SHOWN
_WRITE = (
    "mutation Write($product: ProductUpdateInput!) { productUpdate(product: $product) { "
    "product { ...Shown } userErrors { field message } } } " + _SHOWN
)


def _names(product: str) -> tuple[str, ...]:
    return handle(product), handle(product, sure=True)


def _key(row: Row) -> str:
    return row["URL handle"]


class Shopify:
    """One Shopify shop. `client`: id and secret of an app, changed for a token that lives a day;
    without one, `token` is the token."""

    sheet = Sheet(
        format="shopify_csv",
        texts={
            "title": "Title",
            "description": "Description",
            "seo_title": "SEO title",
            "seo_description": "SEO description",
        },
        names=_names,
        key=_key,
    )
    reads, writes = 20, 1

    def __init__(
        self, line: Line, *, token: str = "", client: tuple[str, str] = ("", ""), api: str = API
    ) -> None:
        self.line, self.api = line, api
        self._token, self._client, self._until = token, client, 0.0
        self._room_at = 0.0  # when the shop has room for the next query

    def look(self, goods: Sequence[Goods]) -> list[Found | Problem | None]:
        """By handle, all in one query; what has another handle there by its SKUs."""
        names = {f"h{n}": {"handle": one.name} for n, one in enumerate(goods)}
        asked = ", ".join(f"${n}: ProductIdentifierInput!" for n in names)
        parts = " ".join(
            f"{n}: productByIdentifier(identifier: ${n}) {{ ...Shown }}" for n in names
        )
        found = self._asked(f"query ByHandle({asked}) {{ {parts} }} {_SHOWN}", names)
        return [
            _found(found[n]) if found.get(n) else self._by_sku(one)
            for n, one in zip(names, goods, strict=True)
        ]

    def _by_sku(self, goods: Goods) -> Found | Problem | None:
        """The product that has variants with these SKUs. The search is a loose one, so that only
        the very same SKUs count."""
        found: dict[str, Found] = {}
        for at in range(0, len(goods.skus), SKUS):
            skus = goods.skus[at : at + SKUS]
            query = " OR ".join(f'sku:"{_escaped(sku)}"' for sku in skus)
            after: str | None = None
            for _ in range(PAGES):
                page = self._asked(_BY_SKU, {"query": query, "after": after})["productVariants"]
                for node in page["nodes"]:
                    if node["sku"] in skus:
                        one = _found(node["product"])
                        found[one.id] = one
                if not page["pageInfo"]["hasNextPage"]:
                    break
                after = page["pageInfo"]["endCursor"]
        if len(found) > 1:
            return problem("twice", name=goods.name, ids=", ".join(sorted(found)))
        return next(iter(found.values()), None)

    def again(self, ids: Sequence[str]) -> dict[str, Found]:
        nodes = self._asked(_BY_ID, {"ids": list(ids)})["nodes"]
        return {node["id"]: _found(node) for node in nodes if node}

    def write(self, new: Sequence[tuple[Found, Texts]]) -> dict[str, Found | Problem]:
        return {now.id: self._write(now, texts) for now, texts in new}

    def _write(self, now: Found, texts: Texts) -> Found | Problem:
        product: dict[str, Any] = {"id": now.id}
        product |= {"title": texts["title"]} if "title" in texts else {}
        product |= {"descriptionHtml": texts["description"]} if "description" in texts else {}
        if seo := _seo(texts):  # its other half goes along as it is, lest it be taken for emptied
            product["seo"] = _seo(now.texts) | seo
        done = self._asked(_WRITE, {"product": product}, once=True)["productUpdate"]
        if errors := done["userErrors"]:
            return said("; ".join(_user_error(one) for one in errors))
        return _found(done["product"])

    # --- the line --------------------------------------------------------------------------------

    def _asked(self, query: str, values: dict[str, Any], *, once: bool = False) -> dict[str, Any]:
        """The data of an answer. A query that the shop had no room for is tried again, and a
        mutation too: it was not run."""
        tries = 0
        while True:
            if (wait := self._room_at - time.monotonic()) > 0:
                self.line.sleep(wait)
            try:
                return self._answered(query, values, once)
            except _NoRoomError as error:
                tries += 1
                pause = self.line.again(error.told, tries)
                if pause is None:
                    raise error.told from None
                self.line.sleep(pause)

    def _answered(self, query: str, values: dict[str, Any], once: bool) -> dict[str, Any]:
        answer = self.line.ask(
            "POST",
            f"admin/api/{self.api}/graphql.json",
            once=once,
            json={"query": query, "variables": values},
            headers={"X-Shopify-Access-Token": self._bearer()},
        )
        spoken = answer.headers.get("x-shopify-api-version", self.api)
        if spoken != self.api:
            raise SetupError(
                f"{self.line.place} speaks version {self.line.plain(spoken)} of its API, "
                f"not {self.api}",
                hint="set STUDIO_SHOPIFY_API to a version that is supported",
            )
        value = answer.value if isinstance(answer.value, dict) else {}
        wait = self._counted(value)
        if errors := value.get("errors"):
            raise self._told(errors, wait)
        data = value.get("data")
        if not isinstance(data, dict):
            raise EngineError(f"{self.line.place} answered without data")
        return data

    def _counted(self, value: dict[str, Any]) -> float:
        """Seconds until the shop has room for such a query again, by what it says of its cost."""
        try:
            cost = value["extensions"]["cost"]
            state = cost["throttleStatus"]
            missing = float(cost["requestedQueryCost"]) - float(state["currentlyAvailable"])
            wait = min(60.0, max(0.0, missing / max(1.0, float(state["restoreRate"]))))
        except (KeyError, TypeError, ValueError):
            return 0.0
        self._room_at = time.monotonic() + wait
        return wait

    def _told(self, errors: Any, wait: float) -> Exception:
        first = errors[0] if isinstance(errors, list) and errors else errors
        first = first if isinstance(first, dict) else {"message": str(first)}
        extensions = first.get("extensions")
        code = extensions.get("code") if isinstance(extensions, dict) else ""
        words = self.line.plain(str(first.get("message", "")))
        if code == "THROTTLED":
            self._room_at = 0.0  # the pause is the rule's
            return _NoRoomError(busy(self.line.place, words, True, wait))
        if code == "ACCESS_DENIED":
            return SetupError(
                f"{self.line.place} does not let this key do that: {words}",
                hint="the app needs the scopes read_products and write_products",
            )
        return busy(self.line.place, words, code == "INTERNAL_SERVER_ERROR", None)

    def _bearer(self) -> str:
        """The token; one of a client is made anew before its day is over."""
        client, secret = self._client
        if not client or time.monotonic() < self._until:
            return self._token
        answer = self.line.ask(
            "POST",
            "admin/oauth/access_token",
            data={
                "client_id": client,
                "client_secret": secret,
                "grant_type": "client_credentials",
            },
        )
        told = answer.value if isinstance(answer.value, dict) else {}
        self._token = str(told.get("access_token") or "")
        if not self._token:
            raise SetupError(
                f"{self.line.place} gave no token",
                hint="is the app installed in this shop, and of the same organisation?",
            )
        self.line.hide(self._token)
        lives = told.get("expires_in")
        lives = float(lives) if isinstance(lives, int | float) else 0.0
        self._until = time.monotonic() + max(0.0, lives - EARLY)
        return self._token


class _NoRoomError(Exception):
    """The query was not run: the shop had no room for it."""

    def __init__(self, told: StudioError) -> None:
        super().__init__(told.message)
        self.told = told


def _escaped(sku: str) -> str:
    """A SKU between the quotes of a search."""
    return sku.replace("\\", "\\\\").replace('"', '\\"')


def _found(node: dict[str, Any]) -> Found:
    seo = node.get("seo") or {}
    texts = {
        "title": node.get("title") or "",
        "description": node.get("descriptionHtml") or "",
        "seo_title": seo.get("title") or "",
        "seo_description": seo.get("description") or "",
    }
    return Found(id=node["id"], texts=texts)


def _seo(texts: Texts) -> dict[str, str]:
    return {f.removeprefix("seo_"): t for f, t in texts.items() if t and f.startswith("seo_")}


def _user_error(error: dict[str, Any]) -> str:
    place = ".".join(map(str, error.get("field") or ()))
    return f"{place}: {error.get('message', '')}" if place else str(error.get("message", ""))
