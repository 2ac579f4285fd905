"""Shops on a port of this machine that answer as Shopify and WooCommerce do.

Shopify's queries are run by graphql-core against the part of its schema of 2026-10 that they
touch, so that a field or an argument that is not there fails here too. WooCommerce's rules are
those of its REST controllers: SKU lists are parted at commas, texts lose their backslashes, a batch
answers with an error for each product that it refuses.
"""

from __future__ import annotations

import base64
import contextlib
import json
import re
import threading
import time
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from graphql import build_schema, graphql_sync

SCHEMA = """
type Query {
  productByIdentifier(identifier: ProductIdentifierInput!): Product
  productVariants(first: Int, after: String, query: String): ProductVariantConnection!
  nodes(ids: [ID!]!): [Node]!
}
type Mutation {
  productUpdate(product: ProductUpdateInput, media: [CreateMediaInput!]): ProductUpdatePayload
}
interface Node { id: ID! }
scalar HTML
type SEO { title: String description: String }
input SEOInput { title: String description: String }
type Product implements Node {
  id: ID! handle: String! title: String! descriptionHtml: HTML! seo: SEO! updatedAt: String!
  vendor: String! productType: String! status: String! tags: [String!]!
}
type ProductVariant implements Node { id: ID! sku: String price: String! product: Product! }
type PageInfo { hasNextPage: Boolean! endCursor: String }
type ProductVariantConnection { nodes: [ProductVariant!]! pageInfo: PageInfo! }
input ProductIdentifierInput @oneOf { id: ID handle: String }
input CreateMediaInput { originalSource: String! alt: String }
input ProductUpdateInput {
  id: ID handle: String title: String descriptionHtml: String seo: SEOInput vendor: String
  productType: String status: String tags: [String!]
}
type UserError { field: [String!] message: String! }
type ProductUpdatePayload { product: Product userErrors: [UserError!]! }
"""
TOKEN, CLIENT, SECRET = "shpat_0123456789abcdef", "client-id", "shpss_fedcba9876543210"
KEY, WORD = "ck_0123456789abcdef", "cs_fedcba9876543210"


class Answer(Exception):  # noqa: N818 - an answer that is not the usual one
    """Ends a request with this status, this body and these headers."""

    def __init__(self, status: int, body: Any, **headers: str) -> None:
        super().__init__(status)
        self.status, self.body, self.headers = status, body, headers


class Lost(Exception):  # noqa: N818
    """The line breaks before the answer."""


class Served:
    """A shop: `products` by id, `faults` that meet the next requests, what was `asked` and
    `written`. A fault is a function of whether the request writes that may raise Answer or Lost; it
    is called before the request is done, or after it where its `after` is true."""

    def __init__(self) -> None:
        self.products: dict[str, dict[str, Any]] = {}
        self.faults: deque[Any] = deque()
        self.asked: list[tuple[str, str, Any]] = []
        self.written: list[Any] = []
        self.heard: list[str] = []  # all headers, to look for what must not be there
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                shop._serve(self, b"")

            def do_POST(self) -> None:
                shop._serve(self, self.rfile.read(int(self.headers["Content-Length"])))

            def log_message(self, *words: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def _serve(self, request: BaseHTTPRequestHandler, body: bytes) -> None:
        self.heard.append(str(request.headers))
        headers: dict[str, str] = {}
        try:
            fault = self.faults.popleft() if self.faults else None
            if fault and not getattr(fault, "after", False):
                fault()
            status, value, headers = self.answer(request, body)
            if fault and getattr(fault, "after", False):
                fault()
        except Answer as answer:
            status, value, headers = answer.status, answer.body, answer.headers
        except Lost:
            request.close_connection = True
            return
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        request.send_response(status)
        for name, text in headers.items():
            request.send_header(name.replace("_", "-"), text)
        request.send_header("Content-Length", str(len(data)))
        request.end_headers()
        with contextlib.suppress(OSError):  # who asked may have had enough
            request.wfile.write(data)

    def answer(
        self, request: BaseHTTPRequestHandler, body: bytes
    ) -> tuple[int, Any, dict[str, str]]:
        raise NotImplementedError


def lost_before() -> None:
    raise Lost


def lost_after() -> None:
    raise Lost


lost_after.after = True  # type: ignore[attr-defined]


class ShopifyShop(Served):
    """`room`: points that are left; each second restores 50, those of `sleep` too."""

    def __init__(self) -> None:
        super().__init__()
        self.schema = build_schema(SCHEMA)
        self.schema.type_map["Node"].resolve_type = lambda *_: "Product"  # type: ignore[attr-defined]
        self.version = "2026-10"
        self.room, self.cost = 1000.0, 12.0
        self.slept: list[float] = []
        self.throttled, self.at = 0, time.monotonic()
        self.refuse: dict[str, list[dict[str, Any]]] = {}  # id -> user errors
        self.token = TOKEN
        self.whole_seo = False  # an SEOInput sets both of its fields; Shopify's pages do not say

    def add(self, id: str, handle: str, *, skus: tuple[str, ...] = (), **texts: Any) -> None:
        self.products[f"gid://shopify/Product/{id}"] = {
            "id": f"gid://shopify/Product/{id}", "handle": handle, "skus": skus,
            "title": "Old title", "descriptionHtml": "",
            "seo": {"title": None, "description": None}, **texts,
        }  # fmt: skip

    def sleep(self, seconds: float) -> None:
        """In place of waiting: time passes here."""
        self.slept.append(seconds)
        self.room = min(1000.0, self.room + 50 * seconds)

    def answer(
        self, request: BaseHTTPRequestHandler, body: bytes
    ) -> tuple[int, Any, dict[str, str]]:
        if request.path == "/admin/oauth/access_token":
            return self._new_token(parse_qs(body.decode()))
        if request.path != f"/admin/api/{self.version}/graphql.json":
            raise Answer(404, {"errors": "Not Found"})
        if request.headers["X-Shopify-Access-Token"] != self.token:
            raise Answer(401, {"errors": "[API] Invalid API key or access token"})
        asked = json.loads(body)
        self.asked.append((request.command, request.path, asked))
        told = {"requestedQueryCost": self.cost, "actualQueryCost": self.cost}
        now, before = time.monotonic(), self.at
        self.at, self.room = now, min(1000.0, self.room + 50 * (now - before))
        if self.room < self.cost:
            self.throttled += 1
            return 200, {"errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}],
                         "extensions": self._cost(told)}, {}  # fmt: skip
        self.room -= self.cost
        ran = graphql_sync(self.schema, asked["query"], self, variable_values=asked["variables"])
        value: dict[str, Any] = {"data": ran.data, "extensions": self._cost(told)}
        if ran.errors:
            value["errors"] = [{"message": str(error)} for error in ran.errors]
        return 200, value, {"X-Shopify-API-Version": self.version}

    def _cost(self, told: dict[str, float]) -> dict[str, Any]:
        state = {"maximumAvailable": 1000.0, "currentlyAvailable": self.room, "restoreRate": 50.0}
        return {"cost": {**told, "throttleStatus": state}}

    def _new_token(self, form: dict[str, list[str]]) -> tuple[int, Any, dict[str, str]]:
        right = {"client_id": [CLIENT], "client_secret": [SECRET],
                 "grant_type": ["client_credentials"]}  # fmt: skip
        if form != right:
            raise Answer(400, {"error": "application_cannot_be_found"})
        self.token = f"shpat_new{len(self.asked)}"
        return 200, {"access_token": self.token, "scope": "write_products", "expires_in": 86399}, {}

    # --- what the schema's fields do -------------------------------------------------------------

    def productByIdentifier(self, _info: Any, identifier: dict[str, str]) -> Any:
        ours = (p for p in self.products.values() if p["handle"] == identifier["handle"])
        return next(ours, None)

    def productVariants(self, _info: Any, query: str, first: int, after: str | None = None) -> Any:
        """A loose search, as the real one is: letters of either case, and beginnings."""
        wanted = [
            re.sub(r"\\(.)", r"\1", sku).lower()
            for sku in re.findall(r'sku:"((?:[^"\\]|\\.)*)"', query)
        ]
        found = [
            {"id": f"{p['id']}/{sku}", "sku": sku, "product": p}
            for p in self.products.values()
            for sku in p["skus"]
            if any(sku.lower().startswith(one) for one in wanted)
        ]
        start = int(after or 0)
        end = start + min(first, 2)  # small pages, so that there is more than one
        more = {"hasNextPage": end < len(found), "endCursor": str(end)}
        return {"nodes": found[start:end], "pageInfo": more}

    def nodes(self, _info: Any, ids: list[str]) -> Any:
        return [self.products.get(id) for id in ids]

    def productUpdate(self, _info: Any, product: dict[str, Any]) -> Any:
        if errors := self.refuse.get(product["id"]):
            return {"product": None, "userErrors": errors}
        self.written.append(product)
        held = self.products[product["id"]]
        empty = {"title": None, "description": None}
        seo = {**(empty if self.whole_seo and "seo" in product else held["seo"]),
               **product.get("seo", {})}  # fmt: skip
        held.update({**product, "seo": seo})
        return {"product": held, "userErrors": []}


class WooShop(Served):
    """A WooCommerce shop. `per_page`: at most, however many are asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.per_page = 100
        self.refuse: dict[int, tuple[str, str]] = {}  # id -> code, message
        self.fatal = 0  # the id of a product over which some plugin breaks
        self.key = base64.b64encode(f"{KEY}:{WORD}".encode()).decode()

    def add(self, id: int, sku: str, **texts: Any) -> None:
        self.products[str(id)] = {
            "id": id, "sku": sku, "name": "Old name", "description": "", "type": "simple",
            "regular_price": "10.00", **texts,
        }  # fmt: skip

    def answer(
        self, request: BaseHTTPRequestHandler, body: bytes
    ) -> tuple[int, Any, dict[str, str]]:
        if request.headers["Authorization"] != f"Basic {self.key}":
            raise Answer(401, {"code": "woocommerce_rest_cannot_view", "message": "Sorry."})
        parts = urlsplit(request.path)
        asked = json.loads(body) if body else dict(parse_qs(parts.query))
        self.asked.append((request.command, parts.path, asked))
        if parts.path == "/wp-json/wc/v3/products" and request.command == "GET":
            return self._listed({name: values[0] for name, values in asked.items()})
        if parts.path == "/wp-json/wc/v3/products/batch" and request.command == "POST":
            if self.fatal in [one["id"] for one in asked["update"]]:
                raise Answer(500, b"<p>There has been a critical error on this website.</p>")
            return 200, {"update": [self._updated(one) for one in asked["update"]]}, {}
        raise Answer(404, {"code": "rest_no_route", "message": "No route was found."})

    def _listed(self, asked: dict[str, str]) -> tuple[int, Any, dict[str, str]]:
        found = list(self.products.values())
        if "sku" in asked:
            skus = [*asked["sku"].split(","), asked["sku"]]
            found = [p for p in found if p["sku"] in skus]
        if "include" in asked:
            found = [p for p in found if str(p["id"]) in asked["include"].split(",")]
        size = min(int(asked["per_page"]), self.per_page)
        at = (int(asked["page"]) - 1) * size
        shown = [{k: p[k] for k in asked["_fields"].split(",")} for p in found[at : at + size]]
        return 200, shown, {"X-WP-TotalPages": str(-(-len(found) // size) or 1)}

    def _updated(self, one: dict[str, Any]) -> dict[str, Any]:
        if one["id"] in self.refuse:
            code, message = self.refuse[one["id"]]
            told = {"code": code, "message": message, "data": {"status": 400}}
            return {"id": one["id"], "error": told}
        self.written.append(one)
        held = self.products[str(one["id"])]
        held.update({k: _kses(v) if isinstance(v, str) else v for k, v in one.items()})
        return dict(held)


def _kses(text: str) -> str:
    """What WordPress does to a text: no backslashes, and a bare & is written &amp;."""
    return re.sub(r"&(?!#?\w+;)", "&amp;", text.replace("\\", ""))
