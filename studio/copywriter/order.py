"""What is asked of the copywriter."""

from __future__ import annotations

from dataclasses import dataclass

from studio.copywriter.layout import Accept
from studio.schema import Brief, Channel, Product


def anything(field: str, text: str) -> bool:
    return True


@dataclass(frozen=True)
class Order:
    """One listing to write. `accept`: may this text stand in this field."""

    product: Product
    brief: Brief
    channel: Channel
    accept: Accept = anything
