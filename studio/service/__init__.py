"""Studio: the only thing that the edges may call. Each method takes the actor and checks the role.

Its parts are one file each: importing, making, batches (jobs), picturing, reviewing,
mending, history, sampling, fairness, exporting, house.
"""

from __future__ import annotations

from studio.service.batches import Batches
from studio.service.exporting import Exported, Exporting
from studio.service.fairness import Fairness
from studio.service.history import Changed, Compared, History, Version
from studio.service.importing import Imported, Importing
from studio.service.making import Failed, Made, listing_id
from studio.service.mending import Mending
from studio.service.people import People
from studio.service.picturing import Picturing
from studio.service.sampling import Approved, Sampled, Sampling
from studio.service.wording import Change


class Studio(Importing, Batches, Exporting, Mending, History, Sampled, Fairness, Picturing, People):
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
    "Sampling",
    "Studio",
    "Version",
    "listing_id",
]
