"""An index of pieces of words, for searching; a new revision is not compared with all others."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

from studio.store.words import pieces

revision = "0005"
down_revision = "0004"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
CHUNK = 5000
_PRODUCT = sa.table("product", *map(sa.column, ("id", "search", "number", "pieces")))


def upgrade() -> None:
    bind = op.get_bind()
    op.add_column("product", sa.Column("number", BIG, nullable=True))
    op.create_index("ix_product_number", "product", ["number"], unique=True)
    kind = sa.Text().with_variant(TSVECTOR(), "postgresql")
    op.add_column("product", sa.Column("pieces", kind, server_default="", nullable=False))
    if bind.dialect.name == "sqlite":
        _sqlite()
    _fill(bind)
    if bind.dialect.name == "postgresql":
        op.create_index("ix_product_pieces", "product", ["pieces"], postgresql_using="gin")


def _sqlite() -> None:
    """The table that is searched follows the products. Its hits are only counted in, so it keeps
    neither places nor the pieces themselves."""
    op.execute(
        "CREATE VIRTUAL TABLE product_words USING fts5(pieces, content='product', "
        "content_rowid='number', detail=none, columnsize=0, "
        'tokenize="unicode61 remove_diacritics 0")'
    )
    add = "INSERT INTO product_words (rowid, pieces) VALUES (NEW.number, NEW.pieces);"
    remove = (
        "INSERT INTO product_words (product_words, rowid, pieces) "
        "VALUES ('delete', OLD.number, OLD.pieces);"
    )
    op.execute(f"CREATE TRIGGER product_words_add AFTER INSERT ON product BEGIN {add} END")
    op.execute(f"CREATE TRIGGER product_words_remove AFTER DELETE ON product BEGIN {remove} END")
    op.execute(
        "CREATE TRIGGER product_words_change AFTER UPDATE OF pieces, number ON product "
        "WHEN OLD.pieces IS NOT NEW.pieces OR OLD.number IS NOT NEW.number "
        f"BEGIN {remove} {add} END"
    )
    # INSERT OR REPLACE goes past the trigger of a delete; revisions are replaced by their key only.
    op.execute("DROP TRIGGER revision_no_replace")
    op.execute(
        "CREATE TRIGGER revision_no_replace BEFORE INSERT ON revision WHEN EXISTS "
        "(SELECT 1 FROM revision WHERE listing = NEW.listing AND number = NEW.number) "
        "BEGIN SELECT RAISE(ABORT, 'revision is append-only'); END"
    )


def _fill(bind: sa.Connection) -> None:
    """Numbers and pieces for the products that are there."""
    after, number = "", 0
    change = _PRODUCT.update().where(_PRODUCT.c.id == sa.bindparam("key"))
    while True:
        query = sa.select(_PRODUCT.c.id, _PRODUCT.c.search).where(_PRODUCT.c.id > after)
        rows = bind.execute(query.order_by(_PRODUCT.c.id).limit(CHUNK)).all()
        if not rows:
            return
        values = [
            {"key": row.id, "number": number + at, "pieces": pieces(row.search)}
            for at, row in enumerate(rows, 1)
        ]
        bind.execute(change, values)
        after, number = rows[-1].id, number + len(rows)
