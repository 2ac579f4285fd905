"""Between rows and nouns, and the order of the review queue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from studio.errors import InputError, StateError
from studio.schema import Brief, Claim, Copy, Finding, Listing, Noun, Picture, digest_of
from studio.store.names import Names
from studio.store.nouns import Revision
from studio.store.tables import listing, revision


class Content(Noun):
    """What a revision's column `content` holds."""

    text: Copy
    pictures: tuple[Picture, ...] = ()


class Checks(Noun):
    """What the column `checks` holds."""

    claims: tuple[Claim, ...] = ()
    findings: tuple[Finding, ...] = ()


_HEAD = [
    "id", "product", "channel", "locale", "state", "revision", "approved", "stale", "digest",
    "updated", "author",
]  # fmt: skip

HEADS: sa.Select[Any] = sa.select(
    *(listing.c[name] for name in _HEAD),
    listing.c.assignee,
    listing.c.due,
    listing.c.brief,
    listing.c.checks,
    listing.c.queue_key,
    revision.c.content,
    revision.c.checks.label("checked"),
).join_from(
    listing,
    revision,
    sa.and_(revision.c.listing == listing.c.id, revision.c.number == listing.c.revision),
)


HEAD: sa.Select[Any] = HEADS.where(listing.c.id == sa.bindparam("key"))


def to_listing(row: sa.Row[Any], names: Names) -> Listing:
    """The noun of a row of HEADS."""
    values = row._mapping
    with readable(values["id"]):
        content = Content.model_validate_json(values["content"])
        checks = Checks.model_validate_json(values["checks"] or values["checked"])
        brief = Brief.model_validate_json(values["brief"])
    return Listing(
        **{name: values[name] for name in _HEAD if name != "author"},
        author=names.name(values["author"]),
        assignee=names.name(values["assignee"]) if values["assignee"] else "",
        due=date.fromisoformat(values["due"]) if values["due"] else None,
        brief=brief,
        text=content.text,
        pictures=content.pictures,
        claims=checks.claims,
        findings=names.outward(checks.findings),
    )


def to_revision(row: sa.Row[Any], names: Names) -> Revision:
    """The noun of a row of the table `revision`."""
    with readable(f"revision {row.number} of {row.listing}"):
        content = Content.model_validate_json(row.content)
        checks = Checks.model_validate_json(row.checks)
    return Revision(
        listing=row.listing,
        number=row.number,
        kind=row.kind,
        author=names.name(row.author),
        at=row.at,
        digest=row.digest,
        text=content.text,
        pictures=content.pictures,
        claims=checks.claims,
        findings=checks.findings,
    )


@contextmanager
def readable(name: str) -> Iterator[None]:
    """What can not be read was changed from outside: StateError instead of a stack trace."""
    try:
        yield
    except ValidationError as error:
        raise StateError(
            f"{name} was damaged or changed outside of Studio: it can not be read",
            hint="run studio verify, and restore the database from a backup",
        ) from error


def document(noun: Noun) -> str:
    """A noun as JSON. Raises InputError for a text with half a character (a lone surrogate)."""
    try:
        return noun.model_dump_json()
    except PydanticSerializationError as error:
        raise InputError(
            "a text holds half a character, which no file can carry",
            hint="remove the broken character, often half of an emoji at the end of a cut text",
        ) from error


def checks_of(item: Listing, names: Names) -> str:
    """Claims and findings as they are stored."""
    return document(Checks(claims=item.claims, findings=names.inward(item.findings)))


def revision_row(new: Listing, kind: str, at: datetime, names: Names) -> dict[str, Any]:
    """The row of a listing's newest revision, with its hash."""
    bare = tuple(f.model_copy(update={"waived": None}) for f in new.findings)
    row = {
        "listing": new.id,
        "number": new.revision,
        "kind": kind,
        "author": names.back(new.author),
        "at": at,
        "digest": new.content_digest,
        "content": document(Content(text=new.text, pictures=new.pictures)),
        "checks": document(Checks(claims=new.claims, findings=bare)),
    }
    return {**row, "hash": revision_hash(row)}


def revision_hash(row: dict[str, Any]) -> str:
    """sha256 over all of a revision's row but its own hash."""
    told = {key: value for key, value in row.items() if key != "hash"}
    return digest_of({**told, "at": told["at"].isoformat()})


def risk(findings: Sequence[Finding]) -> int:
    """0 (nothing open) to 255: the worst open finding first, then how many there are."""
    open_ones = [f for f in findings if not f.cleared and f.waived is None]
    if not open_ones:
        return 0
    worst = max(f.severity.rank for f in open_ones)
    return 60 * (worst + 1) + min(len(open_ones), 15)


def queue_key(number: int, findings: Sequence[Finding]) -> int:
    """One ascending integer: the riskiest first, then the oldest. Fits 64 bits with sign."""
    return (255 - risk(findings)) * 2**40 + number


def head_values(item: Listing, names: Names) -> dict[str, Any]:
    """The columns of a head that may change, but for its checks and its place in the queue."""
    return {
        "brief": document(item.brief),
        "state": item.state.value,
        "revision": item.revision,
        "approved": item.approved,
        "stale": item.stale,
        "digest": item.digest,
        "author": names.back(item.author),
        "assignee": names.back(item.assignee) if item.assignee else "",
        "due": item.due.isoformat() if item.due else "",
        "updated": item.updated,
    }
