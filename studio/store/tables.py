"""The tables: real columns for what is filtered or joined, one JSON text for the rest.

The same on SQLite and PostgreSQL. JSON is kept as text, not as JSONB, because revisions and events
are hashed: what is read must be the bytes that were written.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSVECTOR

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# Rows of these are inserted and never changed; triggers of the migrations see to it.
APPEND_ONLY = ("revision", "event")


class Document(sa.types.TypeDecorator[Any]):
    """A JSON object in a text column, in canonical form: sorted keys, no blanks."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str | None:
        return None if value is None else canonical(value)

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> Any:
        if value is None:
            return None
        try:
            read = json.loads(value)
        except ValueError:
            read = None
        # Changed from outside: the hash over it no longer fits, and that is what is to be told.
        return read if isinstance(read, dict) else {"unreadable": value}


class Moment(sa.types.TypeDecorator[datetime]):
    """A time in UTC; SQLite forgets the zone, so it is put back."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value and not value.tzinfo else value


class Words(sa.types.TypeDecorator[str]):
    """Free text in a column of its own. NUL (which PostgreSQL has no place for) and half
    characters are shown as U+FFFD; whatever is hashed is refused earlier when it holds them."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        return value and _UNSTORABLE.sub("\ufffd", value)


_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def canonical(value: Any) -> str:
    """JSON with sorted keys and no blanks; half characters (lone surrogates) stay escaped."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, sort_keys=True, separators=(",", ":"))
    return text


# Byte order on both databases: a language's sort order differs between machines and versions, and
# a page's last key must mean the same everywhere.
Name = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
Pieces = sa.Text().with_variant(TSVECTOR(), "postgresql")
Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _text(name: str, default: str = "") -> sa.Column[str]:
    return sa.Column(name, Words, nullable=False, server_default=default)


product = sa.Table(
    "product",
    metadata,
    sa.Column("id", Name, primary_key=True),
    _text("title"),  # its beginning, to sort by
    _text("search"),  # id, titles and brand in folded case
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("document", sa.Text, nullable=False),
    sa.Column("updated", Moment, nullable=False),
    sa.Column("number", Big),  # by which SQLite's index of words finds it
    sa.Column("pieces", Pieces, nullable=False, server_default=""),  # of `search`; see words.py
    sa.Column("photos", sa.Integer, nullable=False, server_default="0"),
    sa.Index("ix_product_updated_id", "updated", "id"),
    sa.Index("ix_product_title_id", "title", "id"),
    sa.Index(
        "ix_product_bare",
        "id",
        sqlite_where=sa.text("photos = 0"),
        postgresql_where=sa.text("photos = 0"),
    ),
    sa.Index("ix_product_number", "number", unique=True),
    sa.Index("ix_product_pieces", "pieces", postgresql_using="gin").ddl_if(dialect="postgresql"),
    # A search for what many have reads this, not the rows with their documents; PostgreSQL takes no
    # texts of any length into an index.
    sa.Index("ix_product_search", "id", "search").ddl_if(dialect="sqlite"),
)

listing = sa.Table(
    "listing",
    metadata,
    sa.Column("number", Big, primary_key=True, autoincrement=False),
    sa.Column("id", Name, nullable=False, unique=True),
    sa.Column("product", Name, sa.ForeignKey("product.id"), nullable=False),
    sa.Column("channel", Name, nullable=False),
    sa.Column("locale", Name, nullable=False),
    sa.Column("brief", sa.Text, nullable=False),
    sa.Column("state", Name, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("approved", sa.Integer),  # the approved revision
    sa.Column("approval", Big),  # the event that says so
    _text("stale"),
    _text("digest"),
    sa.Column("author", Words, nullable=False),  # the id of a person, as in revision and event
    _text("assignee"),  # the id of who is to see to it
    _text("due"),  # a day, 2026-12-24
    sa.Column("updated", Moment, nullable=False),
    sa.Column("checks", sa.Text),  # claims and findings when they differ from the revision's
    # (255 - risk) << 40 | number: one integer, so that a page by risk is one index range
    sa.Column("queue_key", sa.BigInteger, nullable=False, unique=True),
    sa.Index("ix_listing_state_queue", "state", "queue_key"),
    sa.Index("ix_listing_channel_state_queue", "channel", "state", "queue_key"),
    sa.Index("ix_listing_channel_queue", "channel", "queue_key"),
    sa.Index("ix_listing_product_queue", "product", "queue_key"),
    sa.Index("ix_listing_assignee_queue", "assignee", "queue_key"),
    sa.Index(
        "ix_listing_due_queue",
        "queue_key",
        sqlite_where=sa.text("due <> ''"),
        postgresql_where=sa.text("due <> ''"),
    ),
    sa.Index(  # what may be exported, in the order of an export
        "ix_listing_approved",
        "channel",
        "id",
        sqlite_where=sa.text("approved IS NOT NULL"),
        postgresql_where=sa.text("approved IS NOT NULL"),
    ),
    sa.Index(
        "ix_listing_stale_queue",
        "queue_key",
        sqlite_where=sa.text("stale <> ''"),
        postgresql_where=sa.text("stale <> ''"),
    ),
)

inputs = sa.Table(
    "inputs",  # what listings were made from: by the digest that they carry
    metadata,
    sa.Column("digest", Name, primary_key=True),
    sa.Column("document", Document, nullable=False),
)

revision = sa.Table(
    "revision",
    metadata,
    sa.Column("listing", Name, sa.ForeignKey("listing.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("kind", Words, nullable=False),
    sa.Column("author", Words, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("content", sa.Text, nullable=False),  # text and pictures
    sa.Column("checks", sa.Text, nullable=False),  # claims and findings
    sa.Column("hash", sa.Text, nullable=False),
)

event = sa.Table(
    "event",
    metadata,
    sa.Column("number", Big, primary_key=True, autoincrement=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("actor", Words, nullable=False),
    sa.Column("kind", Words, nullable=False),
    sa.Column("listing", Name, nullable=False, server_default=""),
    sa.Column("revision", sa.Integer),
    sa.Column("detail", Document, nullable=False),
    sa.Column("previous", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False, unique=True),
    sa.Index("ix_event_listing_number", "listing", "number"),
)

job = sa.Table(
    "job",
    metadata,
    sa.Column("id", Name, primary_key=True),
    sa.Column("kind", Words, nullable=False),
    sa.Column("actor", Words, nullable=False),
    sa.Column("args", Document, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("created", Moment, nullable=False),
    sa.Column("updated", Moment, nullable=False),
    sa.Index("ix_job_created", "created"),
)

job_item = sa.Table(
    "job_item",
    metadata,
    sa.Column("job", Name, sa.ForeignKey("job.id"), primary_key=True),
    sa.Column("key", Name, primary_key=True),
    sa.Column("place", sa.Integer, nullable=False),  # the order in which it is done
    _text("digest"),
    sa.Column("state", Name, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("deaths", sa.Integer, nullable=False, server_default="0"),
    _text("reason"),
    sa.Column("seconds", sa.Float, nullable=False, server_default="0"),
    _text("owner"),
    sa.Column("until", Moment),  # running: the end of the owner's lease; pending: not before
    sa.Index("ix_job_item_job_state_place", "job", "state", "place"),
)

person = sa.Table(
    "person",
    metadata,
    sa.Column("id", Name, primary_key=True),  # what every other table holds; it tells nothing
    sa.Column("mark", Name, unique=True),  # keyed hash of the name, to find it by
    sa.Column("name", sa.Text),  # sealed; nothing once it was purged
)

user = sa.Table(
    "studio_user",  # "user" is a reserved word in PostgreSQL
    metadata,
    sa.Column("person", Name, sa.ForeignKey("person.id"), primary_key=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("password_hash", sa.Text, nullable=False),  # sealed
    sa.Column("created", Moment, nullable=False),
    sa.Column("epoch", sa.Integer, nullable=False, server_default="0"),
)

session = sa.Table(
    "session",
    metadata,
    sa.Column("hash", Name, primary_key=True),  # sha256 of the token; the token is nowhere here
    sa.Column("person", Name, sa.ForeignKey("studio_user.person"), nullable=False, index=True),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("created", Moment, nullable=False),
    sa.Column("expires", Moment, nullable=False),
)

token = sa.Table(
    "token",
    metadata,
    sa.Column("id", Name, primary_key=True),
    sa.Column("hash", Name, nullable=False, unique=True),  # sha256 of the token
    sa.Column("person", Name, sa.ForeignKey("studio_user.person"), nullable=False, index=True),
    sa.Column("label", Words, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("created", Moment, nullable=False),
    sa.Column("expires", Moment, nullable=False),
)

kept = sa.Table(
    "kept",  # single values: sealed secrets, and what the store remembers of itself
    metadata,
    sa.Column("name", Name, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
