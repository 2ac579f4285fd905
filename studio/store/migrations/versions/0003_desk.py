"""Who is to see to a listing, and until when; what each listing was made from."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
DUE = sa.text("due <> ''")


def upgrade() -> None:
    # Added one by one: a copy of the table would be made without its foreign keys' other ends.
    for name in ("assignee", "due"):
        op.add_column("listing", sa.Column(name, sa.Text(), server_default="", nullable=False))
    op.create_index("ix_listing_assignee_queue", "listing", ["assignee", "queue_key"])
    op.create_index(
        "ix_listing_due_queue",
        "listing",
        ["queue_key"],
        sqlite_where=DUE,
        postgresql_where=DUE,
    )
    op.create_table(
        "inputs",
        sa.Column("digest", NAME, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_inputs")),
    )
