"""How good the copy is: measured, and shown to be read.

    python benchmarks/copy_quality.py FOLDER [--engine openai] [--size 100] [--show 20]

FOLDER: real catalogs, as `../shared/data` has them; products are drawn by seed, evenly from the
catalogs of a language. For each language a table: template; a model's first reply alone; the model
with our checks. Then listings drawn by seed, for a person to read: numbers do not see nonsense.

limits      share of texts within the channel's limit, on every channel of the language's markets
unsupported claims a listing that no fact carries (studio.grounding)
covered     share of the facts (values as the catalog wrote them) that stand in the listing
findings    what the rules say of a listing, cleared ones aside
few facts   listings whose catalog row says hardly more than a name; they are told so, and are not
            among those that are printed to be read
distinct-2  share of different pairs of words (characters in Chinese) in bullets and descriptions
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import re
import statistics
import time
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from studio import catalog, channels, checks, compliance, copywriter, engines, prompting
from studio.copywriter import replies
from studio.copywriter.layout import limits_of
from studio.copywriter.planning import plan
from studio.engines.phrases import Kind, bank, kind_of
from studio.schema import Brief, Channel, ClaimStatus, Copy, Limit, Product, locale_language

CATALOGS = {
    "en": {
        "spree": ["spree/products.csv"],
        "magento": ["magento-luma/configurable_products.csv"],
        "bags": ["magento-luma/products_gear_bags.csv", "magento-luma/images_gear_bags.csv"],
        "watches": ["magento-luma/products_gear_watches.csv"],
        "saleor": ["other-formats/saleor_populatedb_data.json"],
        "woocommerce": ["other-formats/woocommerce_sample_products.csv"],
    },
    "zh": {
        "shopxo": ["shopxo-zh"],
        "litemall": ["litemall-zh/litemall_*.csv"],
        "newbee": ["litemall-zh/newbee_*.csv"],
    },
}
LOCALES = {"en": "en-US", "zh": "zh-CN"}
CHANNEL = {"en": "shopify", "zh": "shopify"}
Made = tuple[Product, Copy]


def drawn(folder: Path, language: str, size: int, seed: int) -> list[Product]:
    """Products of a language, evenly from its catalogs."""
    chance = random.Random(seed)
    shelves = []
    for patterns in CATALOGS[language].values():
        files = [path for pattern in patterns for path in sorted(folder.glob(pattern))]
        found = catalog.read(files).products if files else []
        shelves.append(chance.sample(found, len(found)))
    out: list[Product] = []
    while any(shelves) and len(out) < size:
        for shelf in shelves:
            if shelf and len(out) < size:
                out.append(shelf.pop())
    return out


# --- what is measured -----------------------------------------------------------------------------


@cache
def rules() -> compliance.Rules:
    return compliance.load()


def limits_kept(text: Copy, channel: Channel) -> list[bool]:
    """For each text whether it is within the channel's limit."""
    limits = limits_of(channel)
    kept = []
    for field, shown in text.parts():
        head = field.partition(".")[0]
        limit = limits.get(field) or limits.get(head)
        if limit is None or head == "keywords":
            continue
        most = channels.one(field, limit).max
        kept.append(most is None or channels.count(shown, limit.unit) <= most)
    words, limit = text.keywords, limits.get("keywords", Limit())
    kept += [limit.each is None or channels.count(w, limit.unit) <= limit.each for w in words]
    kept.append(limit.max is None or channels.count(" ".join(words), limit.unit) <= limit.max)
    kept.append(len(text.bullets) <= limits["bullets"].count)
    return kept


def _bare(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).lower()
    return re.sub(r"[\W_]+|×", "", text.replace("*", "x").replace("×", "x"))


def covered(product: Product, text: Copy) -> list[bool]:
    """For each fact of the catalog whether its value stands in the listing.

    Put aside: what a shop keeps for itself and empty values (the bank's `skip`), a plain yes or no
    (its name must stand), and the merchant's advice, of which only what the rules allow is said.
    """
    locale = LOCALES[locale_language(product.locale)]
    words = bank(locale_language(locale))
    facts = prompting.facts_of(product, locale)
    said = _bare("\n".join(t for _, t in text.parts()))
    found = []
    for fact in facts.attributes:
        name, value = fact.name.lower().replace("_", " ").strip(" :："), fact.value.strip()
        if name in words.skip["names"] or value.lower() in words.skip["values"]:
            continue
        if re.fullmatch(r"[\d\s.,]*0+(?:[.,]0+)?\s*\w{0,3}", value) and not value.strip("0., "):
            continue
        if words.kinds.get(kind_of(name, ""), Kind()).note:
            continue
        if value.lower() in words.affirm:
            value = fact.name
        parts = re.split(r"[|;、；,，/]\s*|\s+", value)
        found.append(all(_bare(part).rstrip("s") in said for part in parts))
    return found


def pairs(text: str) -> list[tuple[str, str]]:
    units = re.findall(r"[\u3400-\u9fff]|[^\W_]+", text.lower())
    return list(itertools.pairwise(units))


def few_facts(product: Product) -> bool:
    language = locale_language(product.locale)
    brief = Brief(channel=CHANNEL[language], locale=LOCALES[language])
    return any(copywriter.lacking(product, brief))


def measured(made: Sequence[Made]) -> dict[str, float]:
    """The figures of a set of listings."""
    false = found = blocking = few = 0
    facts: list[bool] = []
    limits: list[bool] = []
    two: list[tuple[str, str]] = []
    for product, text in made:
        locale = LOCALES[locale_language(product.locale)]
        brief = Brief(channel=CHANNEL[locale_language(locale)], locale=locale)
        channel = channels.load(brief.channel)
        context = checks.context_of(product, brief, channel)
        claims, findings = checks.examine(dict(text.parts()), context, rules())
        false += sum(claim.status is not ClaimStatus.SUPPORTED for claim in claims)
        found += sum(not finding.cleared for finding in findings)
        blocking += sum(finding.blocks for finding in findings)
        few += few_facts(product)
        facts += covered(product, text)
        limits += limits_kept(text, channel)
        two += pairs(" ".join((*text.bullets, text.description)))
    size = max(1, len(made))
    return {
        "limits": statistics.mean(limits or [True]),
        "unsupported": false / size,
        "covered": statistics.mean(facts or [True]),
        "findings": found / size,
        "blocking": blocking / size,
        "few facts": few / size,
        "distinct-2": len(set(two)) / max(1, len(two)),
    }


def every_channel(products: Iterable[Product], language: str) -> tuple[int, int]:
    """(texts within the limit, texts) of the floor on each channel of the language."""
    engine, kept = engines.load("copy", "template"), []
    for name in channels.names():
        channel = channels.load(name)
        if (channel.markets == ("CN",)) != (language == "zh") and len(channel.markets) < 4:
            continue
        for product in products:
            brief = Brief(channel=name, locale=LOCALES[language])
            kept += limits_kept(copywriter.write(product, brief, channel, engine), channel)
    return sum(kept), len(kept)


# --- what is made ---------------------------------------------------------------------------------


def orders_of(products: Sequence[Product]) -> list[copywriter.Order]:
    orders = []
    for product in products:
        locale = LOCALES[locale_language(product.locale)]
        brief = Brief(channel=CHANNEL[locale_language(locale)], locale=locale, pictures=False)
        channel = channels.load(brief.channel)
        context = checks.context_of(product, brief, channel)
        accept = checks.acceptor(context, rules())
        orders.append(copywriter.Order(product, brief, channel, accept))
    return orders


def written(products: Sequence[Product], engine: Any) -> list[Made]:
    """The listings of an engine, checked."""
    return list(zip(products, copywriter.write_many(orders_of(products), engine), strict=True))


def alone(products: Sequence[Product], engine: Any) -> list[Made]:
    """What a model replies to the whole-listing prompt, taken as it is: nothing checked or fitted.

    A reply that is no listing is taken for the description.
    """
    prompts = [plan(order, engine).prompts[0] for order in orders_of(products)]
    made = []
    for product, reply in zip(products, engine.write_many(prompts), strict=True):
        parsed = replies.parse(reply) or {"title": "", "bullets": (), "description": reply}
        made.append((product, Copy.model_validate({**parsed, "extra": {}})))
    return made


def show(made: Sequence[Made], count: int, seed: int) -> None:
    told = [(product, text) for product, text in made if not few_facts(product)]
    for product, text in random.Random(seed).sample(told, min(count, len(told))):
        print(f"\n=== {product.id} [{product.brand}] {product.in_locale(product.locale).category}")
        print(f"T  {text.title}")
        for bullet in text.bullets:
            print(f" · {bullet}")
        print(f"D  {text.description}")
        print(f"K  {' | '.join(text.keywords)}")
        for name, value in text.extra.items():
            print(f"+  {name}: {value}")


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=20, help="listings a language to print")
    parser.add_argument("--language", choices=["en", "zh"], action="append")
    parser.add_argument("--engine", default="", help="a copy engine to measure beside the floor")
    parser.add_argument("--model", default="", help="its model, where it takes one")
    parser.add_argument("--url", default="", help="its server, where it takes one")
    parser.add_argument("--model-size", type=int, default=12, help="products for the model")
    parser.add_argument("--channels", action="store_true", help="the floor's limits everywhere")
    wanted = parser.parse_args(argv)
    for language in wanted.language or ("en", "zh"):
        products = drawn(wanted.folder, language, wanted.size, wanted.seed)
        begun = time.process_time()
        floor = written(products, engines.load("copy", "template"))
        spent = (time.process_time() - begun) / max(1, len(products))
        print(
            f"\n# {language}: {len(products)} products, {1000 * spent:.0f} ms CPU each (template)"
        )
        rows = {"template": (len(floor), measured(floor))}
        if wanted.engine:
            options: dict[str, Any] = {"model": wanted.model} if wanted.model else {}
            options |= {"url": wanted.url} if wanted.url else {}
            folder = os.environ.get("STUDIO_MODELS")
            options |= {"models": folder} if folder and wanted.engine != "openai" else {}
            engine = engines.load("copy", wanted.engine, **options)
            few = products[: wanted.model_size]
            free = engines.load("copy", wanted.engine, level="guarded", **options)
            rows["model alone"] = (len(few), measured(alone(few, free)))
            del free
            checked = written(few, engine)
            rows["model + checks"] = (len(few), measured(checked))
            rows["template, the same"] = (len(few), measured(floor[: len(few)]))
        heads = list(next(iter(rows.values()))[1])
        print(f"{'':20}{'n':>5}" + "".join(f"{h:>13}" for h in heads))
        for name, (size, row) in rows.items():
            print(f"{name:20}{size:>5}" + "".join(f"{v:>13.3f}" for v in row.values()))
        if wanted.channels:
            kept, texts = every_channel(products, language)
            print(f"limits on every channel: {kept} of {texts} texts")
        show(checked if wanted.engine else floor, wanted.show, wanted.seed)


if __name__ == "__main__":
    main()
