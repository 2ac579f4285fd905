"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
APPROVED = sa.text("approved IS NOT NULL")
STALE = sa.text("stale <> ''")
TIME = sa.DateTime(timezone=True)

APPEND_ONLY = ("revision", "event")


def upgrade() -> None:
    op.create_table(
        "event",
        sa.Column("number", BIG, autoincrement=False, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("listing", NAME, server_default="", nullable=False),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_event")),
        sa.UniqueConstraint("hash", name=op.f("uq_event_hash")),
    )
    op.create_index("ix_event_listing_number", "event", ["listing", "number"])
    op.create_table(
        "job",
        sa.Column("id", NAME, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("args", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created", TIME, nullable=False),
        sa.Column("updated", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    op.create_index("ix_job_created", "job", ["created"])
    op.create_table(
        "product",
        sa.Column("id", NAME, nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("search", sa.Text(), server_default="", nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("updated", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product")),
    )
    op.create_table(
        "studio_user",
        sa.Column("name", NAME, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("created", TIME, nullable=False),
        sa.Column("epoch", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_studio_user")),
    )
    op.create_table(
        "job_item",
        sa.Column("job", NAME, nullable=False),
        sa.Column("key", NAME, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), server_default="", nullable=False),
        sa.Column("state", NAME, nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("seconds", sa.Float(), server_default="0", nullable=False),
        sa.Column("owner", sa.Text(), server_default="", nullable=False),
        sa.Column("until", TIME, nullable=True),
        sa.ForeignKeyConstraint(["job"], ["job.id"], name=op.f("fk_job_item_job")),
        sa.PrimaryKeyConstraint("job", "key", name=op.f("pk_job_item")),
    )
    op.create_index("ix_job_item_job_state_place", "job_item", ["job", "state", "place"])
    op.create_table(
        "listing",
        sa.Column("number", BIG, autoincrement=False, nullable=False),
        sa.Column("id", NAME, nullable=False),
        sa.Column("product", NAME, nullable=False),
        sa.Column("channel", NAME, nullable=False),
        sa.Column("locale", NAME, nullable=False),
        sa.Column("brief", sa.Text(), nullable=False),
        sa.Column("state", NAME, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("approved", sa.Integer(), nullable=True),
        sa.Column("approval", BIG, nullable=True),
        sa.Column("stale", sa.Text(), server_default="", nullable=False),
        sa.Column("digest", sa.Text(), server_default="", nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("updated", TIME, nullable=False),
        sa.Column("checks", sa.Text(), nullable=True),
        sa.Column("queue_key", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["product"], ["product.id"], name=op.f("fk_listing_product")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_listing")),
        sa.UniqueConstraint("id", name=op.f("uq_listing_id")),
        sa.UniqueConstraint("queue_key", name=op.f("uq_listing_queue_key")),
    )
    op.create_index(
        "ix_listing_approved",
        "listing",
        ["channel", "id"],
        sqlite_where=APPROVED,
        postgresql_where=APPROVED,
    )
    op.create_index("ix_listing_channel_queue", "listing", ["channel", "queue_key"])
    op.create_index("ix_listing_channel_state_queue", "listing", ["channel", "state", "queue_key"])
    op.create_index("ix_listing_product_queue", "listing", ["product", "queue_key"])
    op.create_index(
        "ix_listing_stale_queue",
        "listing",
        ["queue_key"],
        unique=False,
        sqlite_where=sa.text("stale <> ''"),
        postgresql_where=sa.text("stale <> ''"),
    )
    op.create_index("ix_listing_state_queue", "listing", ["state", "queue_key"])
    op.create_table(
        "session",
        sa.Column("hash", NAME, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("created", TIME, nullable=False),
        sa.Column("expires", TIME, nullable=False),
        sa.ForeignKeyConstraint(["name"], ["studio_user.name"], name=op.f("fk_session_name")),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_session")),
    )
    op.create_index(op.f("ix_session_name"), "session", ["name"])
    op.create_table(
        "revision",
        sa.Column("listing", NAME, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("checks", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["listing"], ["listing.id"], name=op.f("fk_revision_listing")),
        sa.PrimaryKeyConstraint("listing", "number", name=op.f("pk_revision")),
    )
    for table in APPEND_ONLY:
        refuse_changes(table)


def refuse_changes(table: str) -> None:
    """Triggers that let rows be added and nothing else."""
    if op.get_bind().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
