"""Writes the texts of listings: true by construction, in the channel's limits, better with a model.

`write` does one listing, `write_many` a queue of them. A text is the merchant's facts, a sentence
of the phrase bank, or a model's words that passed every check; `Copy.origin` says which.
"""

from studio.copywriter.order import Order
from studio.copywriter.writing import write, write_many

__all__ = ["Order", "write", "write_many"]
