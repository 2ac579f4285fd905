"""What was approved goes to where it is used: a folder, a bucket, a shop; behind one protocol.

Whatever is sent comes out of an export that was verified, byte for byte. `plan` reads what is there
and says what would change; `send` writes no more than that.
"""

from __future__ import annotations

from studio.connectors.base import Again, Change, Connector, Item, Known, field_name, problem
from studio.connectors.export import Export
from studio.connectors.objects import Objects, Place

__all__ = [
    "Again",
    "Change",
    "Connector",
    "Export",
    "Item",
    "Known",
    "Objects",
    "Place",
    "field_name",
    "problem",
]
