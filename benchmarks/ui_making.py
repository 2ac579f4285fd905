"""A large catalog that looks like a shop's, written straight through the store."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from pathlib import Path

from studio.checks import examine
from studio.schema import (
    Actor,
    Attribute,
    Brief,
    Context,
    Copy,
    Draft,
    Facts,
    Money,
    Photo,
    Product,
    Role,
    State,
    digest_of,
)
from studio.service import Studio
from studio.settings import Settings

PASSWORD = "correct horse battery"
NAMES = {"mei": Role.MERCHANT, "rui": Role.REVIEWER, "ada": Role.ADMIN}
KINDS = (
    ("马克杯", "Stoneware mug", "mugs"),
    ("保温杯", "Vacuum flask", "flasks"),
    ("帆布袋", "Canvas tote", "bags"),
    ("台灯", "Desk lamp", "lamps"),
    ("羊毛毯", "Wool blanket", "blankets"),
    ("收纳盒", "Storage box", "boxes"),
    ("砧板", "Cutting board", "boards"),
    ("茶壶", "Teapot", "teapots"),
)
COLOURS = (("靛蓝", "indigo"), ("米白", "cream"), ("墨绿", "dark green"), ("砖红", "brick red"))
BRANDS = ("Brindlefen", "Ostrello", "Quillmere", "禾渡", "霁窑")
# Plain sentences, and some that the rules will find.
SENTENCES = (
    "Made for daily use, easy to clean.",
    "Packed flat in one box with a care card.",
    "The best in the world, 100% safe for everybody.",
    "Comes with a two year warranty on the joints.",
    "手工打磨，边角圆润。",
    "全网最低价，国家级品质。",
    "日常清洗即可，晾干后存放。",
    "An eco-friendly choice that never breaks.",
)
STATES = ((State.DRAFT, 92), (State.SUBMITTED, 5), (State.APPROVED, 2), (State.REJECTED, 1))
CHANNELS = ("shopify", "taobao", "amazon", "google_merchant")
BATCH = 500


def make(home: Path, products: int) -> None:
    """Products, listings and people into a new home folder."""
    studio = Studio(Settings(home=home, copy_engine="template", cutout_engine="plain"))
    studio.first_admin()
    admin = Actor(name="admin", role=Role.ADMIN)
    for name, role in NAMES.items():
        studio.add_user(name, role, PASSWORD, admin)
    begun, dice = time.monotonic(), random.Random(7)
    texts = [_text(studio, number) for number in range(64)]
    rest = (_product(number, dice) for number in range(products))
    mei = Actor(name="mei", role=Role.MERCHANT)
    rui = Actor(name="rui", role=Role.REVIEWER)
    done = 0
    while chunk := list(islice(rest, BATCH)):
        studio.store.put_products(chunk, mei)
        studio.store.save_drafts(list(_drafts(chunk, texts, dice)), mei)
        for product in chunk:
            _decide(studio, product, mei, rui, dice)
        done += len(chunk)
        print(f"{done} products, {time.monotonic() - begun:.0f} s", flush=True)
    studio.close()


def _product(number: int, dice: random.Random) -> Product:
    (zh, en, kind), (farbe, colour) = dice.choice(KINDS), dice.choice(COLOURS)
    size = dice.randrange(20, 80)
    return Product(
        id=f"{kind[:3].upper()}-{number:06}",
        locale="en-US",
        brand=dice.choice(BRANDS),
        price=Money(amount=Decimal(dice.randrange(500, 30000)) / 100, currency="USD"),
        photos=(Photo(ref=f"{number}.jpg"),) if dice.random() < 0.8 else (),
        facts={
            "en-US": Facts(
                title=f"{en}, {colour}, {size} cm",
                category=f"Home > {kind}",
                description=f"{en} in {colour}. {size} cm across.",
                attributes=(
                    Attribute(name="colour", value=colour),
                    Attribute(name="width", value=f"{size} cm"),
                ),
            ),
            "zh-CN": Facts(title=f"{farbe}{zh} {size} 厘米", category=zh),
        },
    )


def _text(studio: Studio, number: int) -> tuple[Copy, Draft]:
    """A description with what the rules really say of it, shared by many products."""
    dice = random.Random(number)
    text = " ".join(dice.sample(SENTENCES, 3))
    claims, findings = examine({"description": text}, Context(markets=("US", "EU")), studio.rules)
    copy = Copy(title="", description=text, bullets=("Easy to clean", "Sold by the piece"))
    brief = Brief(channel="shopify", locale="en-US")
    draft = Draft(product="", brief=brief, text=copy, claims=claims, findings=findings, digest="")
    return copy, draft


def _drafts(
    chunk: list[Product], texts: list[tuple[Copy, Draft]], dice: random.Random
) -> Iterator[Draft]:
    for product in chunk:
        copy, draft = dice.choice(texts)
        channel = dice.choices(CHANNELS, (70, 15, 10, 5))[0]
        change = {
            "product": product.id,
            "brief": Brief(channel=channel, locale="en-US", pictures=False),
            "text": copy.model_copy(update={"title": product.title}),
            "digest": digest_of(product.id, channel),
        }
        yield draft.model_copy(update=change)


def _decide(studio: Studio, product: Product, mei: Actor, rui: Actor, dice: random.Random) -> None:
    """The listing in one of the states; what the rules stop stays with the reviewer."""
    wanted = dice.choices([s for s, _ in STATES], [n for _, n in STATES])[0]
    if wanted is State.DRAFT:
        return
    (held,) = studio.store.listings(product=product.id)
    held = studio.store.set_state(held.id, "submit", mei, revision=held.revision)
    if wanted is State.REJECTED:
        studio.store.set_state(
            held.id, "reject", rui, revision=held.revision, reason="says too much"
        )
    elif wanted is State.APPROVED and not any(f.blocks for f in held.findings):
        studio.store.set_state(held.id, "approve", rui, revision=held.revision)
