"""`studio translate`: what is kept stands, what lost something comes from the facts and is named;
tokens and what they cost are kept with each text."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from studio.cli import app, making  # noqa: F401  (it adds its command)
from studio.errors import DeniedError, InputError, StateError
from studio.schema import Actor, Made, Role
from studio.service import Studio
from studio.settings import Settings
from tests.test_copy_openai import Server

MEI = Actor(name="mei", role=Role.MERCHANT)
EVE = Actor(name="eve", role=Role.VIEWER)
ROW = (
    "sku,title,brand,price,currency,材质,容量,重量\n"
    "B1,Norvale 马克杯,Norvale,99,CNY,304不锈钢,750毫升,310克\n"
)
WORDS = {"材质": "Material", "容量": "Capacity", "重量": "Weight", "马克杯": "Mug"}
WORDS |= {"304不锈钢": "304 stainless steel", "750毫升": "750 ml", "310克": "310 g"}


def english(text: str) -> str:
    """A translation by a table, as good as the tests need it: every fact, in English words."""
    if "，" in text or "。" in text:
        return "The Norvale Mug is made of 304 stainless steel, holds 750 ml, 310 g."
    for han, latin in WORDS.items():
        text = text.replace(han, f" {latin} ")
    return " ".join(text.replace("：", ": ").split()).replace(" :", ":")


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    started: list[Server] = []

    def start(reply: Callable[[str], str]) -> str:
        def answer(handler: Any, body: dict[str, Any]) -> None:
            asked = body["messages"][-1]["content"]
            found = re.search(r"<text>\n(.*?)\n</text>", asked, re.DOTALL)
            handler.stream(reply(found[1]) if found else "这是一段不成样子的话。")

        server = Server(answer)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        started.append(server)
        return server.url

    yield start
    for server in started:
        server.shutdown()
        server.server_close()


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Callable[..., Studio]]:
    made: list[Studio] = []
    (tmp_path / "goods.csv").write_text(ROW, "utf-8")

    def build(**more: Any) -> Studio:
        folders = {"home": tmp_path / "home", "models": tmp_path / "models"}
        made.append(Studio(Settings(**folders, key_file=tmp_path / "k", **more)))
        return made[-1]

    first = build(copy_engine="template")
    first.import_catalog([tmp_path / "goods.csv"], MEI, locale="zh-CN")
    tasks, _ = first.plan(MEI, channel="shopify", pictures=False)
    first.generate(tasks, MEI)
    yield build
    for one in made:
        one.close()


ID = "B1/shopify/zh-CN"


def test_a_kept_translation_is_a_listing_of_its_own(studio: Any, serve: Any) -> None:
    prices = {"copy_openai": {"prices": [2.0, 10.0]}}
    own = studio(copy_engine="openai", openai_url=serve(english), options=prices)
    done = own.translate(ID, "en-US", MEI, pictures=False)
    assert done.listing.id == "B1/shopify/en-US"
    assert done.refused == {}
    assert done.listing.text.title.startswith("Norvale Mug")
    assert done.listing.text.origin["title"] == "model"
    assert "Material: 304 stainless steel" in done.listing.text.bullets
    made = done.listing.text.made[0]
    assert made.engine == "openai"
    assert "zh-CN" in made.note
    fields = len(list(own.listing(ID, MEI).text.parts()))
    assert (made.tokens_in, made.tokens_out) == (7 * fields, 3 * fields)  # the server says 7 and 3
    assert made.cost == pytest.approx(fields * (7 * 2.0 + 3 * 10.0) / 1e6)
    assert own.listing(done.listing.id, MEI) == done.listing


def test_what_lost_a_number_comes_from_the_facts_and_is_named(studio: Any, serve: Any) -> None:
    def wrong(text: str) -> str:
        return english(text).replace("750 ml", "500 ml")

    own = studio(copy_engine="openai", openai_url=serve(wrong))
    done = own.translate(ID, "en-US", MEI, pictures=False)
    assert "750" in done.refused["description"]
    assert "750 ml" in done.listing.text.description
    assert done.listing.text.origin["description"] != "model"
    assert "500" not in json.dumps(done.listing.text.model_dump(exclude={"made"}))
    assert "description" in done.listing.text.made[0].note


def test_without_a_model_the_facts_are_told_and_it_says_so(studio: Any) -> None:
    own = studio(copy_engine="template")
    done = own.translate(ID, "en-US", MEI, pictures=False)
    assert "Material: 304 stainless steel" in done.listing.text.bullets
    assert set(done.refused) == {f for f, _ in own.listing(ID, MEI).text.parts()}
    assert "Not translated" in done.listing.text.made[0].note
    assert done.listing.text.made[0].engine == "template"


def test_a_persons_words_stay_unless_asked(studio: Any) -> None:
    own = studio(copy_engine="template")
    first = own.translate(ID, "en-US", MEI, pictures=False).listing
    own.edit(first.id, {"title": "My own title"}, revision=first.revision, actor=MEI)
    with pytest.raises(StateError):
        own.translate(ID, "en-US", MEI, pictures=False)
    again = own.translate(ID, "en-US", MEI, pictures=False, replace=True).listing
    assert again.text.title != "My own title"


def test_its_own_locale_and_a_viewer_are_refused(studio: Any) -> None:
    own = studio(copy_engine="template")
    with pytest.raises(InputError, match="already"):
        own.translate(ID, "zh-CN", MEI)
    with pytest.raises(DeniedError):
        own.translate(ID, "en-US", EVE)


def test_the_command_tells_what_it_did(studio: Any, monkeypatch: Any) -> None:
    own = studio(copy_engine="template")
    monkeypatch.setenv("STUDIO_HOME", str(own.settings.home))
    monkeypatch.setenv("STUDIO_KEY_FILE", str(own.settings.key_file))
    asked = ["translate", ID, "--to", "en-US", "--engine", "template", "--no-pictures"]
    plain = CliRunner().invoke(app, asked)
    assert plain.exit_code == 0, plain.output
    assert "B1/shopify/en-US  Not translated" in plain.output
    line = json.loads(CliRunner().invoke(app, [*asked, "--json"]).stdout.splitlines()[-1])
    assert line["listing"]["locale"] == "en-US"


def test_rows_without_tokens_still_load() -> None:
    old = {"engine": "openai", "model": "m", "seconds": 1.5, "note": ""}
    assert Made.model_validate(old).tokens_in == 0


def test_what_was_written_says_what_it_took(studio: Any, serve: Any) -> None:
    """A reply that no check lets through has cost its tokens all the same."""
    prices = {"copy_openai": {"prices": [2.0, 10.0]}}
    url = serve(english)
    own = studio(copy_engine="openai", openai_url=url, options=prices)
    tasks, _ = own.plan(MEI, channel="shopify", pictures=False, locale="zh-CN", force=True)
    own.generate(tasks, MEI)
    made = own.listing(ID, MEI).text.made
    assert sum(m.tokens_in for m in made) > 0
    assert sum(m.cost for m in made) > 0
