"""The openai engine against a real server: llama.cpp's own, with the embedded English model."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from studio import channels, settings
from studio.copywriter import Order, translate
from studio.copywriter.translation import kept
from studio.engines import weights
from studio.engines.copy_openai import Engine, Options
from studio.errors import EngineError
from studio.schema import Attribute, Brief, Copy, Facts, Limit, Product, Prompt

pytestmark = pytest.mark.models
xllamacpp = pytest.importorskip("xllamacpp", reason="the extra dev is not installed")

MODEL = "smollm2-135m-instruct"
PROMPT = Prompt(
    purpose="text",
    locale="en-US",
    system="You write product descriptions. Use only the facts given.",
    user="Product: Norrvik Bottle\nFacts: material: steel; capacity: 750 ml\n\nDescription:",
    max_tokens=40,
    seed=7,
)
SHOWN = {
    "title": "Arden Wool Blanket, 130 x 180 cm",
    "bullets": ["Material: lambswool", "Size: 130 x 180 cm"],
    "description": "The blanket is made of lambswool and measures 130 x 180 cm.",
    "keywords": ["wool blanket"],
    "seo_title": "Arden Wool Blanket",
}
LISTING = PROMPT.model_copy(
    update={
        "purpose": "listing",
        "max_tokens": 300,
        "limits": {"keywords": Limit(), "extra.seo_title": Limit()},
        "shots": (("Product: Arden Wool Blanket\nFacts: material: lambswool", json.dumps(SHOWN)),),
    }
)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The address of a server that was started here, with 1024 tokens for each of two requests."""
    path = weights.find(MODEL, settings.load().models)
    if path is None:
        pytest.skip(f"not pulled: studio models pull {MODEL}")
    wanted: Any = xllamacpp.CommonParams()
    wanted.model.path = str(path)
    wanted.n_ctx, wanted.n_parallel, wanted.port = 2048, 2, 0
    wanted.cpuparams.n_threads = wanted.cpuparams_batch.n_threads = 1
    server = xllamacpp.Server(wanted)
    yield f"{server.listening_address}/v1"
    del server


def engine(url: str, **options: Any) -> Engine:
    return Engine(Options(url=url, timeout=120, **options))


def test_it_writes_streams_and_counts(url: str) -> None:
    one, heard = engine(url), list[str]()
    reply = one.write(PROMPT, on_text=heard.append)
    assert len(heard) > 5
    assert "".join(heard).strip() == reply
    assert "ottle" in reply
    assert one.usage["requests"] == 1
    assert one.usage["prompt_tokens"] > 20
    assert 5 < one.usage["completion_tokens"] <= 40
    assert one.model == "SmolLM2-135M-Instruct.Q4_1.gguf t0.4"  # the server's own path is no name


def test_the_same_seed_gives_the_same_text(url: str) -> None:
    one = engine(url, temperature=1.0)
    other = PROMPT.model_copy(update={"seed": 8})
    first, second, third = (one.write(p) for p in (PROMPT, PROMPT, other))
    assert first == second != third


def test_a_schema_is_kept_where_the_server_keeps_it(url: str) -> None:
    one = engine(url)
    listing = json.loads(one.write(LISTING))
    assert set(listing) == {"title", "bullets", "description", "keywords", "seo_title"}
    assert all(isinstance(bullet, str) for bullet in listing["bullets"])
    assert one._form == "schema"


def test_words_without_end_are_an_error(url: str) -> None:
    # Without an example this model fills the schema's list with the same words until it is cut.
    alone = LISTING.model_copy(update={"shots": (), "seed": 7})
    with pytest.raises(EngineError, match="repeats itself without end"):
        engine(url, temperature=0).write(alone)


def test_many_come_back_in_order(url: str) -> None:
    asked = [PROMPT.model_copy(update={"seed": seed, "max_tokens": 8}) for seed in (3, 4, 5, 6)]
    one = engine(url, concurrency=2, temperature=1.0)
    assert one.write_many(asked) == [one.write(prompt) for prompt in asked]


def test_cancel_frees_the_server(url: str) -> None:
    cancel, heard = threading.Event(), list[str]()

    def hear(text: str) -> None:
        heard.append(text)
        cancel.set()

    one = engine(url)
    with pytest.raises(EngineError, match="stopped on request"):
        one.write(PROMPT.model_copy(update={"max_tokens": 600}), on_text=hear, cancel=cancel)
    assert len(heard) == 1
    assert one.write(PROMPT.model_copy(update={"max_tokens": 5}))


def test_an_over_long_prompt_is_refused_before_it_is_sent(url: str) -> None:
    one = engine(url)
    with pytest.raises(EngineError, match="too long") as caught:
        one.write(PROMPT.model_copy(update={"user": "bottle " * 9000}))
    assert one.usage["requests"] == 0
    assert "shorten" in caught.value.hint


def test_what_only_the_server_can_count_is_refused_by_it(url: str) -> None:
    one = engine(url)
    with pytest.raises(EngineError, match="too long") as caught:
        one.write(PROMPT.model_copy(update={"user": "a b c d e f g " * 150}))
    assert not caught.value.retryable
    assert "shorten" in caught.value.hint


def test_a_server_that_has_gone_is_told(url: str) -> None:
    gone = url.rsplit(":", 1)[0] + ":9/v1"
    with pytest.raises(EngineError) as caught:
        engine(gone, model=MODEL, retries=0).write(PROMPT)
    assert caught.value.retryable
    assert "STUDIO_OPENAI_URL" in caught.value.hint


def test_what_a_real_model_translates_keeps_its_figures_or_is_named(url: str) -> None:
    facts = Facts(title="Ulldecken", attributes=(Attribute(name="Gewicht", value="900 g"),))
    product = Product(id="p", locale="de-DE", facts={"de-DE": facts}, brand="Norrvik")
    brief = Brief(channel="shopify", locale="en-US")
    order = Order(product, brief, channels.load("shopify"))
    source = Copy(
        title="Norrvik Wolldecke 130 x 180 cm",
        bullets=("Gewicht: 900 g", "Material: Wolle"),
        description="Die Wolldecke misst 130 x 180 cm und wiegt 900 g.",
    )
    done, failed = translate(source, "de-DE", order, engine(url, level="guarded"))
    for name, words in source.parts():
        told = dict(done.parts()).get(name, "")
        assert bool(told) is not (name in failed)
        assert not told or kept(words, told, ("Norrvik",)) == []
    assert done.made[0].tokens_out > 0
