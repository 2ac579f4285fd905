"""What is asked of the copywriter."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from studio import prompting
from studio.copywriter.layout import Accept
from studio.engines.titled import enriched
from studio.schema import Brief, Channel, Facts, Product


def anything(field: str, text: str) -> bool:
    return True


@dataclass(frozen=True)
class Order:
    """One listing to write. `accept`: may this text stand in this field."""

    product: Product
    brief: Brief
    channel: Channel
    accept: Accept = anything


def facts_of(product: Product, locale: str, searched: tuple[Path, ...] = ()) -> Facts:
    """What may be told of a product in a locale: its facts, its variants' choices, its title's."""
    return enriched(prompting.facts_of(product, locale), searched)
