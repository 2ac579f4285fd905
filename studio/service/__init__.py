"""Studio: the only thing that the edges may call. Each method takes the actor and checks the role.

Its parts are one file each: importing, browsing, making, batches (jobs), translating, picturing,
reviewing, mending, ruling, fairness, exporting, house, people (own: what they do themselves).
"""

from __future__ import annotations

from studio.compliance.fairness import Panel
from studio.service.browsing import Browsing
from studio.service.connecting import Connecting, Tally
from studio.service.exporting import Exported
from studio.service.fairness import Fairness
from studio.service.history import Changed, Compared, History, Version
from studio.service.importing import Imported, Importing
from studio.service.making import Failed, Made, listing_id
from studio.service.mending import Mending
from studio.service.own import Own
from studio.service.picturing import Picturing
from studio.service.ruling import Ruling
from studio.service.sampling import Approved, Sampled, Sampling
from studio.service.translating import Translated, Translating
from studio.service.wording import Change


class Studio(
    Importing,
    Browsing,
    Connecting,
    Translating,
    Mending,
    History,
    Sampled,
    Fairness,
    Picturing,
    Ruling,
    Own,
):
    """All of it, on the home folder of the settings."""


__all__ = [
    "Approved",
    "Change",
    "Changed",
    "Compared",
    "Exported",
    "Failed",
    "Imported",
    "Made",
    "Panel",
    "Sampling",
    "Studio",
    "Tally",
    "Translated",
    "Version",
    "listing_id",
]
