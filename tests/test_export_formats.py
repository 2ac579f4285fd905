"""Each format: golden files to look at, and what other readers find in them.

After a wished-for change: UPDATE_GOLDEN=1 pytest tests/test_export_formats.py, then read the diff.
"""

from __future__ import annotations

import csv
import io
import json
import os
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest
from export_making import (
    CHINESE,
    ENGLISH,
    PNG,
    SCENE,
    WHITE,
    blob,
    item,
    lamp,
    listing,
    money,
    mug,
    option,
    picture,
)

from studio import channels
from studio.channels.entry import entry
from studio.channels.formats import find_format
from studio.errors import InputError
from studio.schema import Copy, Variant

GOLDEN = Path(__file__).parent / "golden"
HOSTILE = Copy(
    title="\"=cmd|' /C calc'!A0\"",
    bullets=("=1+1", "</li><script>alert(1)</script>", "a,b;c\td"),
    description='She said "no",\r\nthen\n\n\n@left & <i>ran</i>\u2028on',
    keywords=("=k", "'quoted"),
    extra={"seo_title": "'=already", "seo_description": "\tline\nbreak"},
    origin={"title": "model", "description": "model"},
)


def catalog(channel: str):
    return [
        item(mug(), channel),
        item(lamp(), channel, pictures=(picture(sha256=PNG),)),
        item(mug("=HYPERLINK(1)", brand="=Evil", variants=()), channel, text=HOSTILE),
        item(mug("陶瓷杯/7"), channel, "zh-CN"),
    ]


EXPORTS = [
    ("shopify", "shopify_csv", {"base_url": "https://files.example/a,b/"}),
    ("google_merchant", "google_tsv", {"shop_url": "https://shop.example"}),
    ("google_merchant", "google_xml", {"shop_url": "https://shop.example"}),
    ("taobao", "sheet", {}),
    ("woocommerce", "woocommerce_csv", {"base_url": "https://files.example", "published": "-1"}),
    ("shopify", "jsonld", {"base_url": "https://files.example", "shop_url": "https://shop.example"}),
    ("amazon", "amazon_json", {"base_url": "https://files.example", "seller_id": "A1SELLER",
                               "marketplace_id": "ATVPDKIKX0DER"}),
]  # fmt: skip


@pytest.fixture(params=EXPORTS, ids=[name for _, name, _ in EXPORTS])
def export(request, tmp_path):
    channel, name, record = request.param
    made = channels.write(
        channels.load(channel), catalog(channel), tmp_path / "out", blob, by="ann",
        record={**record, "format": name},
    )  # fmt: skip
    return name, made


def test_golden(export):
    name, made = export
    folder = GOLDEN / name
    written = {table.path: (made.folder / table.path).read_bytes() for table in made.tables}
    if os.environ.get("UPDATE_GOLDEN"):
        folder.mkdir(parents=True, exist_ok=True)
        for path, data in written.items():
            (folder / path).write_bytes(data)
    assert written == {path.name: path.read_bytes() for path in folder.iterdir()}


def test_every_format_has_a_golden_file():
    assert {name for _, name, _ in EXPORTS} == set(channels.formats())


@pytest.mark.parametrize("channel", channels.names())
def test_every_channel_has_its_golden_file(channel, tmp_path):
    """Every text and every picture that its spec knows, in its own format, named as it names them
    in the language of its market."""
    spec = channels.load(channel)
    locale = "zh-CN" if spec.markets == ("CN",) else "en-US"
    text = CHINESE if locale == "zh-CN" else ENGLISH
    extra = {f.removeprefix("extra."): f"[{f}]" for f in spec.fields if f.startswith("extra.")}
    text = text.model_copy(update={"extra": extra, "keywords": CHINESE.keywords})
    if "keywords" not in spec.fields:
        text = text.model_copy(update={"keywords": ()})
    slots = [f"{s.name}-1" if s.kind == "page" else s.name for s in spec.slots]
    goods = [one.model_copy(update={"locale": locale}) for one in (mug(), lamp())]
    shown = tuple(picture(slot, WHITE if n == 0 else SCENE) for n, slot in enumerate(slots))
    items = [item(p, channel, locale, text=text, pictures=shown) for p in goods]
    record = {"base_url": "https://files.example", "shop_url": "https://shop.example"}
    made = channels.write(spec, items, tmp_path / "out", blob, by="ann", record=record)
    assert channels.verify(made.folder) == []
    written = {table.path: (made.folder / table.path).read_bytes() for table in made.tables}
    folder = GOLDEN / "channels"
    if os.environ.get("UPDATE_GOLDEN"):
        folder.mkdir(parents=True, exist_ok=True)
        for path, data in written.items():
            (folder / path).write_bytes(data)
    assert written == {path.name: path.read_bytes() for path in folder.glob(f"{channel}.*")}


def read(made, number: int = 0, **dialect) -> list[dict[str, str]]:
    data = (made.folder / made.tables[number].path).read_text("utf-8-sig")
    return list(csv.DictReader(io.StringIO(data, newline=""), **dialect))


def export_of(tmp_path, channel: str, *items, **record):
    return channels.write(
        channels.load(channel), items, tmp_path / "out", blob, by="ann", record=record
    )


def test_a_code_that_is_too_long_for_the_channel_is_told(tmp_path):
    """64 bytes of GBK, so 32 Han characters; the code itself stays, for orders name it."""
    for count, told in ((32, []), (33, ["long_sku"])):
        product = lamp("杯" * count)
        made = export_of(tmp_path / str(count), "taobao", item(product, "taobao"))
        assert [note.code for note in made.notes if note.code == "long_sku"] == told
        assert read(made)[0]["Product ID"] == product.id


# --- Shopify --------------------------------------------------------------------------------------


def test_shopify_rows_are_joined_by_handle(tmp_path):
    rows = read(export_of(tmp_path, "shopify", item(mug(), "shopify"), item(lamp(), "shopify")))
    assert [row["URL handle"] for row in rows] == ["mug-1"] * 3 + ["lamp-7"] * 2
    assert [row["Title"] for row in rows] == [ENGLISH.title, "", "", ENGLISH.title, ""]
    assert [row["Option1 value"] for row in rows] == ["Blue", "Red", "", "", ""]
    assert [row["SKU"] for row in rows] == ["MUG-1-BLUE", "MUG-1-RED", "", "", ""]
    assert [row["Price"] for row in rows] == ["12.00", "12.00", "", "89.50", ""]
    assert [row["Image position"] for row in rows] == ["1", "", "2", "1", "2"]
    assert rows[0]["Description"] == (
        "<p>Thrown by hand.<br>No two are alike.</p>"
        "<p>Glazed inside and outside; &lt;b&gt;not&lt;/b&gt; bold.</p>"
        "<ul><li>Holds 350 ml</li>"
        "<li>Goes into the dishwasher &amp; the oven (&lt;200 °C)</li></ul>"
    )
    assert {row["Status"] for row in rows} == {"draft", ""}


def test_shopify_leaves_out_what_has_no_value(tmp_path):
    """An empty column would blank what the shop holds."""
    plain = Copy(title="Lamp")
    product = lamp(price=None, brand="")
    rows = read(export_of(tmp_path, "shopify", item(product, "shopify", text=plain, pictures=()),
                          status=""))  # fmt: skip
    assert rows == [{"Title": "Lamp", "URL handle": "lamp-7"}]


def test_shopify_parts_products_that_lack_a_text_from_those_that_have_it(tmp_path):
    """Else an empty cell would blank the search title that the shop holds."""
    bare = ENGLISH.model_copy(update={"extra": {"seo_title": "Lamp"}})
    made = export_of(tmp_path, "shopify", item(mug(), "shopify"),
                     item(lamp(), "shopify", text=bare), item(mug("m-2"), "shopify"))  # fmt: skip
    assert [table.path for table in made.tables] == ["shopify.en-US.csv", "shopify.en-US.2.csv"]
    first, second = read(made, 0), read(made, 1)
    assert [row["URL handle"] for row in first if row["Title"]] == ["mug-1", "m-2"]
    assert [row["URL handle"] for row in second if row["Title"]] == ["lamp-7"]
    assert "SEO description" in first[0]
    assert "SEO description" not in second[0]


def test_shopify_touches_stock_only_where_it_is_known(tmp_path):
    rows = read(export_of(tmp_path, "shopify", item(mug(), "shopify")))
    assert [(r["Inventory tracker"], r["Inventory quantity"]) for r in rows] == [
        ("shopify", "4"), ("", ""), ("", "")
    ]  # fmt: skip


def variants(*options) -> tuple[Variant, ...]:
    return tuple(
        Variant(sku=f"s{i}", options=tuple(option(*o) for o in row), price=money("1"))
        for i, row in enumerate(options)
    )


@pytest.mark.parametrize(
    ("given", "columns", "values"),
    [
        ([[("A", "1"), ("B", "2"), ("C", "3"), ("D", "4")],
          [("A", "1"), ("B", "2"), ("C", "3"), ("D", "5")]],
         ["A", "B", "C / D"], [["1", "2", "3 / 4"], ["1", "2", "3 / 5"]]),
        ([[("Size", "S")], [("Size", "M"), ("Color", "Red")]],
         ["Size", "Color"], [["S", "Default"], ["M", "Red"]]),
        ([[], []], ["Variant"], [["s0"], ["s1"]]),
        ([[("Size", "S")], [("Size", "S")]], ["Size", "Variant"], [["S", "s0"], ["S", "s1"]]),
    ],
    ids=["four", "uneven", "none", "same"],
)  # fmt: skip
def test_shopify_options_tell_variants_apart(tmp_path, given, columns, values):
    product = mug(variants=variants(*given))
    rows = read(export_of(tmp_path, "shopify", item(product, "shopify", pictures=())))
    names = [rows[0][f"Option{i} name"] for i in (1, 2, 3) if f"Option{i} name" in rows[0]]
    assert names == columns
    found = [[row[f"Option{i} value"] for i in range(1, len(columns) + 1)] for row in rows]
    assert found == values


def test_shopify_parts_a_large_file_between_products(tmp_path):
    channel = channels.load("shopify")
    small = channel.model_copy(update={"options": {**channel.options, "max_bytes": 1500}})
    items = [item(mug(f"m-{i}"), "shopify") for i in range(5)]
    made = channels.write(small, items, tmp_path / "out", blob, by="ann")
    assert [t.path for t in made.tables][:2] == ["shopify.en-US.csv", "shopify.en-US.2.csv"]
    rows = [read(made, i) for i in range(len(made.tables))]
    assert all(part[0]["Title"] for part in rows)
    assert [r["URL handle"] for part in rows for r in part if r["Title"]] == [
        f"m-{i}" for i in range(5)
    ]
    assert all(table.bytes <= 1500 for table in made.tables)


# --- Google ---------------------------------------------------------------------------------------


def test_google_marks_what_a_model_wrote_and_never_says_it_twice(tmp_path):
    rows = read(
        export_of(tmp_path, "google_merchant", item(mug(), "google_merchant"),
                  item(mug("b"), "google_merchant", "zh-CN")),
        delimiter="\t",
    )  # fmt: skip
    assert rows[0]["structured_title"] == (
        'trained_algorithmic_media:"Stoneware Mug, ""Blue & Red"", 350 ml"'
    )
    assert "title" not in rows[0]
    assert rows[0]["description"].startswith("Thrown by hand. No two are alike. Glazed")
    assert "structured_description" not in rows[0]
    assert [(row["id"], row["item_group_id"], row["color"]) for row in rows] == [
        ("MUG-1-BLUE", "mug-1", "Blue"), ("MUG-1-RED", "mug-1", "Red")
    ]  # fmt: skip


def test_google_reads_the_same_with_and_without_quotation_rules(tmp_path):
    """Some readers take " for a sign of quotation, some for a character: both find our values."""
    items = [item(mug(), "google_merchant"), item(lamp(), "google_merchant")]
    made = export_of(tmp_path, "google_merchant", *items)
    quoted = read(made, delimiter="\t")
    plain = read(made, delimiter="\t", quoting=csv.QUOTE_NONE)
    assert quoted == plain


def test_google_prices_codes_and_stock(tmp_path):
    first, second = read(
        export_of(tmp_path, "google_merchant", item(mug(brand=""), "google_merchant")),
        delimiter="\t",
    )
    assert (first["price"], first["sale_price"]) == ("15.50 USD", "12.00 USD")
    assert (second["price"], second["sale_price"]) == ("12.00 USD", "")
    assert (first["gtin"], first["identifier_exists"]) == ("4006381333931", "")
    assert (second["gtin"], second["identifier_exists"]) == ("", "no")  # its check digit is wrong
    assert first["availability"] == second["availability"] == "in_stock"
    assert (first["size"], first["material"]) == ("350 ml", "Stoneware")


def test_google_notes_what_it_could_not_know(tmp_path):
    made = export_of(tmp_path, "google_merchant", item(mug(), "google_merchant"))
    notes = {note.code: note for note in made.notes}
    assert set(notes) == {"relative_pictures", "no_link", "stock_unknown", "bad_gtin"}
    assert notes["bad_gtin"].example == "MUG-1-RED: 4006381333932"
    assert set(notes["no_link"].message) == {"en", "zh"}


def test_google_xml_is_xml_with_the_same_values(tmp_path):
    items = [item(mug(), "google_merchant"), item(lamp(), "google_merchant", text=HOSTILE)]
    made = export_of(tmp_path, "google_merchant", *items, format="google_xml")
    space = {"g": "http://base.google.com/ns/1.0"}
    found = ET.parse(made.folder / made.tables[0].path).getroot().findall("channel/item")
    assert [node.findtext("g:id", namespaces=space) for node in found] == [
        "MUG-1-BLUE", "MUG-1-RED", "lamp-7"
    ]  # fmt: skip
    title = found[2].find("g:structured_title", space)
    assert title.findtext("g:digital_source_type", namespaces=space) == "trained_algorithmic_media"
    assert title.findtext("g:content", namespaces=space) == HOSTILE.title


# --- the sheet ------------------------------------------------------------------------------------


def test_no_cell_of_the_sheet_is_a_formula(tmp_path):
    made = export_of(tmp_path, "taobao", *catalog("taobao"))
    cells = [cell for row in read(made) for cell in row.values()]
    assert not [cell for cell in cells if cell[:1] in tuple("=+-@\t\r\n＝＋－＠")]
    assert "'=HYPERLINK(1)" in cells
    assert "''=already" in cells


def test_the_sheet_speaks_the_listings_language(tmp_path):
    made = export_of(tmp_path, "taobao", item(mug(), "taobao", "zh-CN"))
    assert (made.folder / made.tables[0].path).read_bytes().startswith(b"\xef\xbb\xbf")
    row = read(made)[0]
    assert row["商品标题"] == CHINESE.title
    assert row["卖点2"] == "可进洗碗机"
    assert row["关键词"] == "马克杯\n陶瓷杯"
    assert row["规格:Color"] == "Blue"


# --- WooCommerce ---------------------------------------------------------------------------------


def test_woocommerce_variations_stand_below_their_product(tmp_path):
    made = export_of(tmp_path, "woocommerce", item(mug(), "woocommerce"),
                     item(lamp(), "woocommerce"), format="woocommerce_csv")  # fmt: skip
    parts = [read(made, n) for n in range(len(made.tables))]
    rows = [row for part in parts for row in part]
    assert [(r["Type"], r["SKU"], r.get("Parent", "")) for r in rows] == [
        ("variable", "MUG-1", ""), ("variation", "MUG-1-BLUE", "MUG-1"),
        ("variation", "MUG-1-RED", "MUG-1"), ("simple", "lamp-7", ""),
    ]  # fmt: skip
    first, blue, red = parts[0]
    assert (first["Attribute 1 name"], first["Attribute 1 value(s)"]) == ("Color", "Blue, Red")
    assert (blue["Attribute 1 value(s)"], blue["Attribute 2 value(s)"]) == ("Blue", "350 ml")
    assert (blue["Regular price"], blue["Sale price"]) == ("15.50", "12.00")
    assert (red["Regular price"], red["Sale price"]) == ("12.00", "")
    assert first["Categories"] == "Kitchen > Mugs"
    assert not {"Stock", "In stock?"} & set(first)
    assert "Categories" not in parts[1][0]  # the lamp has none: the shop keeps its own


def test_woocommerce_values_with_commas_stay_whole(tmp_path):
    product = mug(variants=variants([("Size", "S, slim")], [("Size", "M")]))
    text = ENGLISH.model_copy(update={"keywords": ("cup, large", "mug")})
    made = export_of(tmp_path, "woocommerce", item(product, "woocommerce", text=text),
                     format="woocommerce_csv")  # fmt: skip
    row = read(made)[0]
    assert row["Attribute 1 value(s)"] == "S\\, slim, M"
    assert row["Tags"] == "cup\\, large, mug"


def test_our_own_import_reads_the_woocommerce_file_as_the_same_products(tmp_path):
    from studio import catalog

    made = export_of(tmp_path, "woocommerce", item(mug(), "woocommerce"), format="woocommerce_csv")
    (found,) = catalog.read([made.folder / made.tables[0].path], currency="USD").products
    assert (found.id, [v.sku for v in found.variants]) == ("MUG-1", ["MUG-1-BLUE", "MUG-1-RED"])
    assert [str(v.price.amount) for v in found.variants if v.price] == ["12.00", "12.00"]
    assert [o.value for o in found.variants[0].options] == ["Blue"]
    assert found.in_locale("en-US").value("size") == "350 ml"  # all have it: a fact of the product


# --- Amazon --------------------------------------------------------------------------------------

FEED = {"format": "amazon_json", "seller_id": "A1SELLER"}


def messages(made, number: int = 0) -> list[dict]:
    return json.loads((made.folder / made.tables[number].path).read_text("utf-8"))["messages"]


def test_amazon_changes_the_texts_and_nothing_else(tmp_path):
    made = export_of(tmp_path, "amazon", item(mug(), "amazon"), item(lamp(), "amazon"), **FEED)
    found = messages(made)
    assert [(m["messageId"], m["sku"], m["operationType"]) for m in found] == [
        (1, "MUG-1-BLUE", "PARTIAL_UPDATE"), (2, "MUG-1-RED", "PARTIAL_UPDATE"),
        (3, "lamp-7", "PARTIAL_UPDATE"),
    ]  # fmt: skip
    assert set(found[0]["attributes"]) == {"item_name", "bullet_point", "product_description"}
    assert found[0]["attributes"]["item_name"] == [
        {"value": ENGLISH.title, "language_tag": "en_US"}
    ]
    assert len(found[0]["attributes"]["bullet_point"]) == 2


def test_amazon_names_pictures_only_where_they_can_be_fetched(tmp_path):
    made = export_of(tmp_path, "amazon", item(mug(), "amazon"), **FEED,
                     base_url="https://files.example", marketplace_id="M1")  # fmt: skip
    found = messages(made)[0]["attributes"]
    assert found["main_product_image_locator"] == [
        {"media_location": "https://files.example/pictures/en-US/mug-1-main.jpg",
         "marketplace_id": "M1"}
    ]  # fmt: skip
    assert "other_product_image_locator_1" in found


def test_amazon_wants_to_know_the_seller(tmp_path):
    with pytest.raises(InputError, match="seller"):
        export_of(tmp_path, "amazon", item(mug(), "amazon"), format="amazon_json")


def test_amazon_feeds_hold_no_more_messages_than_allowed(tmp_path, monkeypatch):
    monkeypatch.setattr(find_format("amazon_json").Feed, "most", 4)
    items = [item(mug(f"m-{n}"), "amazon") for n in range(5)]
    made = export_of(tmp_path, "amazon", *items, **FEED)
    assert [len(messages(made, n)) for n in range(len(made.tables))] == [4, 4, 2]


def test_amazon_products_that_say_the_same_stay_two(tmp_path):
    made = export_of(
        tmp_path, "amazon", item(lamp("a"), "amazon"), item(lamp("b"), "amazon"), **FEED
    )
    assert [m["sku"] for m in messages(made)] == ["a", "b"]


SCHEMA = Path(__file__).parents[2] / "shared/data/conformance/amazon/listings-feed-schema-v2.json"


@pytest.mark.skipif(not SCHEMA.exists(), reason="Amazon's schema is not beside the project")
def test_amazons_own_schema_takes_the_feed(tmp_path):
    import jsonschema

    items = [item(mug(), "amazon"), item(lamp(), "amazon", text=HOSTILE)]
    made = export_of(tmp_path, "amazon", *items, **FEED, base_url="https://files.example")
    whole = json.loads((made.folder / made.tables[0].path).read_text("utf-8"))
    check = jsonschema.Draft7Validator(json.loads(SCHEMA.read_text("utf-8")))
    assert list(check.iter_errors(whole)) == []
    del whole["header"]["sellerId"]
    assert list(check.iter_errors(whole)) != []


# --- schema.org -----------------------------------------------------------------------------------

ADDRESSES = {"base_url": "https://files.example", "shop_url": "https://shop.example"}


def objects(made) -> list[dict]:
    text = (made.folder / made.tables[0].path).read_text("utf-8")
    return [json.loads(line) for line in text.split("\n")[:-1]]


def test_a_product_in_variants_is_a_group(tmp_path):
    items = [item(mug(), "shopify"), item(lamp(), "shopify")]
    group, lone = objects(export_of(tmp_path, "shopify", *items, format="jsonld", **ADDRESSES))
    assert (group["@type"], lone["@type"]) == ("ProductGroup", "Product")
    assert group["name"] == ENGLISH.title
    assert [one["sku"] for one in group["hasVariant"]] == ["MUG-1-BLUE", "MUG-1-RED"]
    assert group["hasVariant"][0]["offers"] == {
        "@type": "Offer", "price": "12", "priceCurrency": "USD",
        "availability": "https://schema.org/InStock", "url": group["url"],
    }  # fmt: skip
    assert group["hasVariant"][0]["gtin"] == "4006381333931"
    assert group["image"][0].startswith("https://files.example/")


@pytest.mark.parametrize(("stock", "told"), [(3, "InStock"), (0, "OutOfStock"), (-2, "OutOfStock")])
def test_what_is_oversold_is_out_of_stock(tmp_path, stock, told):
    goods = mug(variants=(), price=money("9"), quantity=stock)
    (found,) = objects(export_of(tmp_path, "shopify", item(goods, "shopify"), format="jsonld"))
    assert found["offers"]["availability"] == f"https://schema.org/{told}"


def test_what_is_not_known_is_not_told(tmp_path):
    bare = mug(variants=(), brand="", price=None, barcode="123")
    (found,) = objects(export_of(tmp_path, "shopify", item(bare, "shopify"), format="jsonld"))
    assert set(found) == {"@context", "@type", "name", "description", "sku"}


def test_no_text_ends_the_script_that_holds_an_object(tmp_path):
    text = Copy(title="</script><script>alert(1)</script>", description="a\u2028b & <!-- c")
    made = export_of(tmp_path, "shopify", item(mug(), "shopify", text=text), format="jsonld")
    raw = (made.folder / made.tables[0].path).read_bytes()
    assert not any(sign in raw for sign in (b"<", b">", b"&", "\u2028".encode()))
    assert objects(made)[0]["name"] == text.title


VOCABULARY = SCHEMA.parents[1] / "schemaorg" / "schemaorg-all-https.built.jsonld"


@pytest.mark.skipif(not VOCABULARY.exists(), reason="schema.org's terms are not beside the project")
def test_each_property_is_one_that_schema_org_gives_its_type(tmp_path):
    """By schema.org's own file: each type and property is there, and the property is one of the
    type or of what the type is a kind of."""
    terms = {term["@id"]: term for term in json.loads(VOCABULARY.read_text("utf-8"))["@graph"]}

    def listed(term: str, name: str) -> set[str]:
        held = terms[term].get(name, [])
        return {one["@id"] for one in (held if isinstance(held, list) else [held])}

    def kinds(type_: str) -> set[str]:
        above = listed(type_, "rdfs:subClassOf") & terms.keys()
        return {type_}.union(*map(kinds, above))

    def look(found: dict) -> None:
        type_ = f"schema:{found['@type']}"
        for name, value in found.items():
            if name.startswith("@"):
                continue
            domains = listed(f"schema:{name}", "schema:domainIncludes")
            assert domains & kinds(type_), (type_, name)
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, dict):
                    look(one)

    items = [item(mug(), "shopify"), item(lamp(), "shopify", text=HOSTILE)]
    for found in objects(export_of(tmp_path, "shopify", *items, format="jsonld", **ADDRESSES)):
        look(found)
    with pytest.raises(KeyError):
        look({"@type": "Product", "titel": "x"})


# --- the second reader ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", channels.formats())
def test_the_second_reader_sees_every_difference(name):
    """What `approved` takes from the listing is what `back` finds in rows; a change is seen."""
    format = find_format(name)
    channel = channels.load({format: id for id, format, _ in EXPORTS}[name])
    product = mug()
    given = {"shop_url": "https://s.example", "base_url": "https://files.example"}
    found = entry(product, listing(product, channel.id), channel, given)
    assert list(format.back(iter(format.rows(found)))) == [format.approved(found)]
    for changed in (
        ENGLISH.replace("title", "Another", "edited"),
        ENGLISH.replace("description", "Another", "edited"),
        ENGLISH.replace("bullets.1", "Another", "edited"),
    ):
        other = replace(found, listing=listing(product, channel.id, text=changed))
        assert list(format.back(iter(format.rows(other)))) != [format.approved(found)]
    fewer = replace(found, offers=found.offers[:1])
    assert list(format.back(iter(format.rows(fewer)))) != [format.approved(found)]
    bare = replace(found, placed=found.placed[:1])
    assert list(format.back(iter(format.rows(bare)))) != [format.approved(found)]
