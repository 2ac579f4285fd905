"""Small studios for the tests of trust: either database, a key file of their own."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from studio.schema import Actor, Role
from studio.service import Studio
from studio.settings import Settings

MEI = Actor(name="mei", role=Role.MERCHANT)
RUI = Actor(name="rui", role=Role.REVIEWER)
ADA = Actor(name="ada", role=Role.ADMIN)
EVE = Actor(name="eve", role=Role.VIEWER)
ROWS = [
    "sku,title,category,price,currency,material,capacity,description",
    "B1,Norvale Bottle 500 ml,Home > Bottles,19.90,USD,Steel,500 ml,A bottle.",
    "B2,Norvale Mug 350 ml,Home > Mugs,12.50,USD,Stoneware,350 ml,A mug.",
]


def studio_in(folder: Path, database: str = "", key: Path | None = None, **more) -> Studio:
    """A studio with its home and its key file below `folder`."""
    return Studio(
        Settings(
            home=folder / "home",
            key_file=key or folder / "keys" / "studio.key",
            models=folder / "models",
            database=database,
            copy_engine="template",
            cutout_engine="plain",
            ocr_engine="",
            solo=False,
            **more,
        )
    )


def filled(studio: Studio, folder: Path) -> list[str]:
    """Two listings: the first approved and exported to folder/out, the second a draft."""
    (folder / "goods.csv").write_text("\n".join(ROWS) + "\n", "utf-8")
    studio.import_catalog([folder / "goods.csv"], MEI)
    tasks, _ = studio.plan(MEI, channel="shopify", pictures=False)
    ids = list(studio.generate(tasks, MEI).made)
    approve(studio, ids[0])
    studio.export("shopify", folder / "out", MEI)
    return ids


def approve(studio: Studio, id: str) -> None:
    revision = studio.submit(id, revision=studio.listing(id, MEI).revision, actor=MEI).revision
    studio.approve(id, revision=revision, actor=RUI)


def rewritten(studio: Studio, change: dict[str, str] | None, cut: int = 0) -> None:
    """What a thief with the database, its tools and our source can do: takes away the last `cut`
    events, changes every detail as told, and hashes the whole chain anew without a flaw."""
    from test_store_record import triggers_away

    from studio.store.base import FIRST, event_hash
    from studio.store.tables import event, revision

    store = studio.store
    own = {} if store.kind == "postgresql" else {"module": store._engine.dialect.dbapi}
    url = store._engine.url.render_as_string(hide_password=False)
    engine = sa.create_engine(url, **own)
    with engine.begin() as connection:
        back = list(triggers_away(connection))
        last = connection.execute(sa.select(sa.func.max(event.c.number))).scalar_one() - cut
        gone = connection.execute(sa.select(event).where(event.c.number > last)).all()
        connection.execute(event.delete().where(event.c.number > last))
        for row in gone:  # nor do their revisions show
            if row.kind in ("generated", "edited"):
                same = (revision.c.listing == row.listing, revision.c.number == row.revision)
                connection.execute(revision.delete().where(*same))
        previous = FIRST
        for row in connection.execute(sa.select(event).order_by(event.c.number)).all():
            values = {**row._mapping, "previous": previous}
            values["detail"] = {**values["detail"], **(change or {})}
            previous = values["hash"] = event_hash(values)
            connection.execute(event.update().where(event.c.number == row.number).values(**values))
        for statement in back:
            connection.exec_driver_sql(statement)
    engine.dispose()
