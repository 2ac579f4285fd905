"""A studio that serves its pages on this machine, with a user of each role, for the tests."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from PIL import Image, ImageDraw

from studio import serve
from studio.schema import Actor, Listing, Role
from studio.service import Studio
from studio.settings import Settings

PASSWORD = "correct horse battery"
NAMES = {"mei": Role.MERCHANT, "rui": Role.REVIEWER, "ada": Role.ADMIN, "vic": Role.VIEWER}
ADA = Actor(name="ada", role=Role.ADMIN)
HOSTILE = '<img src=x onerror="window.hacked=1"> ${window.hacked=2} {{7*7}} </textarea>\\n'
COPY = (
    ("OK-1", "Plain mug 350 ml", "Stoneware mug for tea. Holds 350 ml."),
    ("BAD-1", "Desk lamp 8 W", "A desk lamp with two joints. Its cord is 1.5 m long."),
    ("TWO-1", "Canvas tote bag", "A canvas tote with an inside pocket."),
    ("XSS-1", HOSTILE, "A cup with a name that is code."),
)


class Server:
    """The address, the service behind it, and ways to put something in."""

    def __init__(self, studio: Studio, url: str) -> None:
        self.studio, self.url = studio, url

    def token(self, name: str) -> str:
        return self.studio.sign_in(name, PASSWORD)

    def make(self, product: str, actor: Actor = ADA) -> Listing:
        """A listing of the product on Shopify, made anew and without pictures."""
        tasks, _ = self.studio.plan(
            actor, channel="shopify", ids=[product], pictures=False, force=True
        )
        made = self.studio.generate(tasks, actor, replace=True)
        assert not made.failed
        return self.studio.listing(made.made[0], actor)


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """A server on a free port until the block ends."""
    settings = Settings(
        home=folder / "home",
        models=folder / "models",
        copy_engine="template",
        cutout_engine="plain",
    )
    studio = Studio(settings)
    studio.first_admin()
    admin = Actor(name="admin", role=Role.ADMIN)
    for name, role in NAMES.items():
        studio.add_user(name, role, PASSWORD, admin)
    studio.import_catalog([catalog(folder / "shop.csv")], admin)
    config = uvicorn.Config(serve.build(studio), host="127.0.0.1", port=0, log_level="warning",
                            proxy_headers=False)  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        time.sleep(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield Server(studio, f"http://127.0.0.1:{port}")
    server.should_exit = True
    thread.join(20)
    studio.close()


def catalog(path: Path) -> Path:
    """A table of the products above."""
    lines = ["sku,title,description,material,price,currency"]
    for sku, title, description in COPY:
        quoted = title.replace('"', '""')
        lines.append(f'{sku},"{quoted}","{description}",stoneware,12.50,USD')
    path.write_text("\n".join(lines), "utf-8")
    return path


def upload(folder: Path) -> list[Path]:
    """A table with a good row, a row with a bad cell, and the picture that it names."""
    photo = folder / "vase.png"
    picture = Image.new("RGB", (640, 640), "#dfe3e6")
    ImageDraw.Draw(picture).ellipse((200, 120, 440, 560), fill="#2d6f8e")
    picture.save(photo)
    table = folder / "vases.csv"
    table.write_text(
        "sku,title,material,height,price,currency,image\n"
        "VASE-1,Blue vase 24 cm,glazed stoneware,24 cm,35.00,USD,vase.png\n"
        "VASE-2,Green vase,glazed stoneware,20 cm,ask us,USD,\n",
        "utf-8",
    )
    return [table, photo]
