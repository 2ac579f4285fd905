"""An index that holds what is searched, so that a search for a common word reads no documents."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.create_index("ix_product_search", "product", ["id", "search"])
