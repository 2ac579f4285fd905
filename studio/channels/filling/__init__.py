"""Fills a sheet that the merchant brings: a channel's own template, or an export of the shop.

Columns are found by their headers (names.yaml), rows by SKU. Only cells of those columns and rows
are written, and only with an approved text that differs; every other byte of the file stays.
"""

from studio.channels.filling.fill import Filled, fill

__all__ = ["Filled", "fill"]
