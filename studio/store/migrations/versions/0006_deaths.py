"""How often a worker died with an item in hand, apart from the tries that ended in an error."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    column = sa.Column("deaths", sa.Integer(), server_default="0", nullable=False)
    op.add_column("job_item", column)
