"""Writes the texts of listings: true by construction, in the channel's limits, better with a model.

`write` does one listing, `write_many` a queue of them. A text is the merchant's facts, a sentence
of the phrase bank, or a model's words that passed every check; `Copy.origin` says which. `reword`
mends one text after the checks; `Second` asks a model for a second opinion on findings.
"""

from studio.copywriter.conflicts import conflicts
from studio.copywriter.lacking import lacking
from studio.copywriter.localising import localised, untranslated
from studio.copywriter.opinion import Second
from studio.copywriter.order import Order, facts_of
from studio.copywriter.rewording import Worded, limit_of, reword
from studio.copywriter.translation import kept, translate
from studio.copywriter.writing import again, write, write_many

__all__ = [
    "Order",
    "Second",
    "Worded",
    "again",
    "conflicts",
    "facts_of",
    "kept",
    "lacking",
    "limit_of",
    "localised",
    "reword",
    "translate",
    "untranslated",
    "write",
    "write_many",
]
