"""WooCommerce, as its REST API answers; and the line to any shop against answers that are none."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from export_making import ENGLISH, blob, item, lamp, mug
from shops_serving import KEY, WORD, Answer, WooShop, lost_after, lost_before

from studio import channels
from studio.connectors import Export, Item, line
from studio.connectors.line import Line, checked
from studio.connectors.shop import Shop
from studio.connectors.woocommerce import WooCommerce
from studio.errors import EngineError, InputError, SetupError
from studio.service.places import again

GOLDEN = Path(__file__).parent / "golden" / "woocommerce_write.json"


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[WooShop]:
    running = WooShop()
    running.add(1, "MUG-1", type="variable")
    running.add(2, "lamp-7")
    monkeypatch.setattr(Line, "sleep", lambda *_: None)
    yield running
    running.close()


@pytest.fixture
def export(tmp_path: Path) -> Iterator[Export]:
    yield from exported(tmp_path, item(mug(), "woocommerce"), item(lamp(), "woocommerce"))


def exported(folder: Path, *items: Any) -> Iterator[Export]:
    channels.write(channels.load("woocommerce"), items, folder / "out", blob, by="ada")
    with Export(folder / "out") as opened:
        yield opened


def connector(url: str) -> Shop:
    auth = (KEY, WORD)
    return Shop(WooCommerce(Line(url, again=again, secrets=auth, auth=auth)), "en-US")


def planned(shop: WooShop, export: Export, last: Any = None) -> list[Item]:
    return [i for batch in connector(shop.url).plan(export, lambda _: last or {}) for i in batch]


def sent(shop: WooShop, export: Export) -> dict[str, Item]:
    to = connector(shop.url)
    return {i.name: i for batch in to.plan(export, lambda _: {}) for i in to.send(batch)}


def test_requests_are_the_golden_ones(shop: WooShop, export: Export) -> None:
    first = sent(shop, export)
    assert {i.state for i in first.values()} == {"sent"}
    told = json.dumps(shop.asked, indent=1, ensure_ascii=False) + "\n"
    assert told == GOLDEN.read_text("utf-8")
    one, two = shop.written  # both in one request, and nothing but texts
    assert one["name"] == ENGLISH.title
    assert set(one) == set(two) == {"id", "name", "description"}
    assert shop.products["1"]["regular_price"] == "10.00"
    last = {item.key: item.kept for item in first.values()}
    assert shop.products["1"]["name"] == ENGLISH.title.replace("&", "&amp;")
    assert [i.state for i in planned(shop, export, last)] == ["same", "same"]


def test_pages_are_read_to_the_last(shop: WooShop, export: Export) -> None:
    shop.per_page = 1
    assert [i.there for i in planned(shop, export)] == ["1", "2"]


@pytest.mark.parametrize("sku", ["A,B", "a&b=c#d", "空格 杯", "../batch", '"quoted"'])
def test_a_hostile_sku_is_one_value(tmp_path: Path, shop: WooShop, sku: str) -> None:
    for n, other in enumerate(("A", "B", "a", "batch", sku), 5):
        shop.add(n, other)
    goods = [item(one, "woocommerce") for one in (lamp("A"), lamp(sku), mug())]
    for export in exported(tmp_path, *goods):
        found = {i.name: i.there for i in planned(shop, export)}
    assert found == {"A": "5", sku: "9", "MUG-1": "1"}
    assert {path for _, path, _ in shop.asked} == {"/wp-json/wc/v3/products"}


def test_a_sku_of_several_or_of_a_variation_is_not_written(shop: WooShop, export: Export) -> None:
    shop.add(3, "MUG-1")
    shop.products["2"]["type"] = "variation"
    found = sent(shop, export)
    assert found["MUG-1"].problem["en"].startswith("MUG-1 stands for several products there (1, 3)")
    assert found["lamp-7"].problem["zh"] == "lamp-7 在店铺里是另一个商品（2）的规格，未写入"
    assert not shop.written


def test_one_that_is_refused_does_not_stop_the_batch(shop: WooShop, export: Export) -> None:
    shop.refuse[1] = ("woocommerce_rest_product_invalid_id", "Invalid ID.")
    found = sent(shop, export)
    assert (found["MUG-1"].state, found["lamp-7"].state) == ("failed", "sent")
    assert found["MUG-1"].problem == {
        "en": "Invalid ID.",
        "zh": "店铺里没有这个商品（Invalid ID.）",
    }


def test_one_that_breaks_the_shop_does_not_take_the_batch_with_it(
    shop: WooShop, export: Export
) -> None:
    shop.fatal = 1
    found = sent(shop, export)
    assert (found["MUG-1"].state, found["lamp-7"].state) == ("failed", "sent")
    assert (
        found["MUG-1"]
        .problem["en"]
        .endswith("answered 500: There has been a critical error on this website.")
    )
    assert [one["id"] for one in shop.written] == [2]


@pytest.mark.parametrize("lost", [lost_after, lost_before])
def test_a_lost_answer(shop: WooShop, export: Export, lost: Any) -> None:
    shop.faults.extend([lambda: None, lambda: None, lost])
    assert {i.state for i in sent(shop, export).values()} == {"sent"}
    assert [one["id"] for one in shop.written] == [1, 2]


def test_backslashes_that_the_shop_drops_are_told_and_not_sent_for_ever(
    tmp_path: Path, shop: WooShop
) -> None:
    text = ENGLISH.model_copy(update={"description": "A \\ B"})
    for export in exported(tmp_path, item(lamp(), "woocommerce", text=text)):
        first = sent(shop, export)["lamp-7"]
        assert first.problem["en"].endswith("in another form than it was sent: title, description")
        last = {first.key: first.kept}
        assert [i.state for i in planned(shop, export, last)] == ["same"]


def test_a_wrong_key_ends_it(shop: WooShop, export: Export) -> None:
    shop.key = "other"
    with pytest.raises(SetupError, match="does not accept the key: Sorry") as told:
        planned(shop, export)
    assert KEY not in str(told.value)
    assert WORD not in str(told.value)


# --- answers that are none -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (200, b"<!doctype html><title>Shop</title>", "something that is no JSON"),
        (200, b"[" * 200_000, "something that is no JSON"),
        (200, b'{"a": "' + b"x" * (20 << 20) + b'"}', "more than 8 MB"),
        (200, b'{"products": []}', "without a list of products"),
        (404, b"<h1>Not found</h1><script>x</script>", "answered 404: Not found x"),
        (500, b"\x00\x1b[31mred", r"answered 500: \[31mred"),
    ],
)
def test_answers_that_are_none(
    shop: WooShop, export: Export, status: int, body: bytes, why: str
) -> None:
    def nonsense() -> None:
        raise Answer(status, body)

    shop.faults.extend([nonsense] * 3)
    with pytest.raises(EngineError, match=why) as told:
        planned(shop, export)
    assert len(str(told.value)) < 500


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_redirect_is_followed(shop: WooShop, export: Export, status: int) -> None:
    other = WooShop()
    try:

        def away() -> None:
            raise Answer(status, b"", Location=f"{other.url}/wp-json/wc/v3/products")

        shop.faults.append(away)
        with pytest.raises(EngineError, match=r"sends us on to 127\.0\.0\.1, where"):
            planned(shop, export)
        assert not other.heard
    finally:
        other.close()


def test_an_answer_that_drips_is_cut_off(export: Export, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "LONGEST", 0.3)
    monkeypatch.setattr(Line, "sleep", lambda *_: None)
    listening = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        while True:
            try:
                talking = listening.accept()[0]
            except OSError:
                return
            threading.Thread(target=dripping, args=(talking,), daemon=True).start()

    def dripping(talking: socket.socket) -> None:
        with talking:
            talking.recv(4096)
            try:
                talking.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
                while True:
                    talking.sendall(b" ")
                    time.sleep(0.02)
            except OSError:
                return

    threading.Thread(target=drip, daemon=True).start()
    try:
        to = connector(f"http://127.0.0.1:{listening.getsockname()[1]}")
        with pytest.raises(EngineError, match="does not come to an end"):
            list(to.plan(export, lambda _: {}))
    finally:
        listening.close()


def test_no_proxy_of_the_environment_is_asked(
    shop: WooShop, export: Export, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert len(planned(shop, export)) == 2


@pytest.mark.parametrize(
    "address",
    [
        "http://shop.example",
        "http://10.0.0.1",
        "http://127.0.0.1.shop.example",
        "ftp://127.0.0.1",
        "https://me:word@shop.example",
        "https://shop.example/?token=x",
        "https://",
        "https://shop example",
        "https://[::1",
    ],
)
def test_addresses_that_are_no_shops(address: str) -> None:
    with pytest.raises(InputError) as told:
        checked(address, "shopify")
    assert "word" not in str(told.value)


@pytest.mark.parametrize(
    ("address", "is_"),
    [
        ("my-shop.myshopify.com", "https://my-shop.myshopify.com"),
        ("https://shop.example/en/", "https://shop.example/en"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
        ("http://127.0.0.2", "http://127.0.0.2"),
    ],
)
def test_addresses_of_shops(address: str, is_: str) -> None:
    assert checked(address, "shopify") == is_
