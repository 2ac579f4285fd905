"""What the catalog page filters and sorts by: how many photos a product has, when it changed."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

BARE = sa.text("photos = 0")
# How many photos the JSON of a product lists.
COUNTED = {
    "sqlite": "json_array_length(document, '$.photos')",
    "postgresql": "json_array_length(document::json -> 'photos')",
}


def upgrade() -> None:
    op.add_column("product", sa.Column("photos", sa.Integer(), server_default="0", nullable=False))
    counted = COUNTED[op.get_bind().dialect.name]
    # Titles are shown whole from the document; as a column they are only sorted by.
    op.execute(f"UPDATE product SET photos = {counted}, title = substr(title, 1, 120)")  # noqa: S608
    op.create_index("ix_product_updated_id", "product", ["updated", "id"])
    op.create_index("ix_product_title_id", "product", ["title", "id"])
    op.create_index("ix_product_bare", "product", ["id"], sqlite_where=BARE, postgresql_where=BARE)
