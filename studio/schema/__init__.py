"""Every noun that flows through Studio. Frozen, strict, and the same for store, API, jobs and UI.

A catalog row becomes a Product; a Product and a Brief become a Draft; what staff see is a Listing.
Texts are addressed by *field*: "title", "bullets.0", "description", "keywords.0",
"extra.seo_title". Offsets are code points. Times are UTC. Blobs are named by their sha256.
"""

from __future__ import annotations

from studio.schema.base import Noun, by_language, digest_of, locale_language, now
from studio.schema.catalog import Attribute, Evidence, Facts, Issue, Money, Photo, Product, Variant
from studio.schema.made import (
    LIST_FIELDS,
    Basis,
    Claim,
    ClaimStatus,
    Copy,
    Draft,
    Finding,
    Listing,
    Origin,
    Picture,
    Proof,
    Severity,
    State,
    Waiver,
    content_digest,
)
from studio.schema.record import Actor, Event, Role
from studio.schema.wanted import Brief, Channel, Context, Limit, Made, Prompt, Slot, Unit, Voice

__all__ = [
    "LIST_FIELDS",
    "Actor",
    "Attribute",
    "Basis",
    "Brief",
    "Channel",
    "Claim",
    "ClaimStatus",
    "Context",
    "Copy",
    "Draft",
    "Event",
    "Evidence",
    "Facts",
    "Finding",
    "Issue",
    "Limit",
    "Listing",
    "Made",
    "Money",
    "Noun",
    "Origin",
    "Photo",
    "Picture",
    "Product",
    "Prompt",
    "Proof",
    "Role",
    "Severity",
    "Slot",
    "State",
    "Unit",
    "Variant",
    "Voice",
    "Waiver",
    "by_language",
    "content_digest",
    "digest_of",
    "locale_language",
    "now",
]
