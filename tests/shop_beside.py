"""A studio whose settings name a Shopify shop on a port of this machine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from shops_serving import TOKEN, ShopifyShop
from ui_serving import Server, serving


@pytest.fixture(scope="module")
def shop() -> Iterator[ShopifyShop]:
    running = ShopifyShop()
    running.add("1", "two-1")
    yield running
    running.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, shop: ShopifyShop) -> Iterator[Server]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STUDIO_SHOPIFY_SHOP", shop.url)
        patch.setenv("STUDIO_SHOPIFY_TOKEN", TOKEN)
        with serving(tmp_path_factory.mktemp("beside")) as running:
            yield running
