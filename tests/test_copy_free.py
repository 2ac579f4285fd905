"""A larger model behind a real HTTP server: what it does well stands, what it does wrong is the
floor's, field by field; a text that is missing or too long is asked for once more."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest

from studio import channels, checks, compliance, copywriter, engines
from studio.copywriter.free import Reading
from studio.copywriter.planning import plan
from studio.engines.copy_openai import Engine, Options
from studio.errors import EngineError
from studio.schema import Brief, Copy
from tests.test_copy_openai import Server
from tests.test_copy_writer import PRODUCT

GOOD = {
    "title": "Norrvik Insulated Bottle, Stainless Steel, 750 ml",
    "bullets": ["Material: stainless steel", "Capacity: 750 ml", "Weight: 310 g"],
    "description": "The Norrvik Insulated Bottle holds 750 ml and weighs 310 g. It is made of "
    "stainless steel and should be washed by hand.",
    "keywords": ["insulated bottle", "steel bottle"],
    "seo_title": "Norrvik Insulated Bottle, 750 ml",
    "seo_description": "A 750 ml bottle of stainless steel, in black or blue.",
    "social": "The Norrvik Insulated Bottle holds 750 ml. #bottle",
}


class Model(Server):
    """Plays a capable model: a listing as JSON, single texts by their task; keeps what is asked."""

    def __init__(self, listing: str | dict[str, Any], single: Callable[[str], str]) -> None:
        self.users: list[str] = []
        whole = listing if isinstance(listing, str) else json.dumps(listing)

        def answer(handler: Any, body: dict[str, Any]) -> None:
            user = body["messages"][-1]["content"]
            self.users.append(user)
            handler.stream(whole if "Write the listing" in user else single(user))

        super().__init__(answer)


LONG = "Norrvik Insulated Bottle of Stainless Steel with a Capacity of 750 ml, a Weight of 310 g"


@pytest.fixture
def model() -> Iterator[Callable[..., tuple[Model, Engine]]]:
    started: list[Model] = []

    def start(
        listing: str | dict[str, Any], single: Callable[[str], str] = lambda user: "Nothing."
    ) -> tuple[Model, Engine]:
        server = Model(listing, single)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        started.append(server)
        return server, Engine(Options(url=server.url, model="m", concurrency=1))

    yield start
    for server in started:
        server.shutdown()
        server.server_close()


@cache
def rules() -> compliance.Rules:
    return compliance.load()


def written(engine: Any, on: str = "shopify", **wishes: Any) -> Copy:
    """With the real ledger and rules behind it."""
    brief, channel = Brief(channel=on, locale="en-US", **wishes), channels.load(on)
    accept = checks.acceptor(checks.context_of(PRODUCT, brief, channel), rules())
    return copywriter.write(PRODUCT, brief, channel, engine, accept=accept)


def test_a_good_listing_stands_whole_and_is_asked_for_once(model: Any) -> None:
    server, engine = model(GOOD)
    copy = written(engine, fields=("social",))
    assert len(server.users) == 1
    for field in ("title", "description", "extra.seo_title", "extra.social"):
        assert copy.text(field) == GOOD[field.removeprefix("extra.")]
        assert copy.origin[field] == "model"
    assert copy.bullets[:3] == tuple(GOOD["bullets"])
    assert copy.made[0].note == ""
    assert copy.made[0].engine == "openai"


FALSE = [
    ("description", "The Norrvik Insulated Bottle holds 950 ml and keeps it all day long."),
    ("description", "The Norrvik Insulated Bottle is the best bottle in the world, truly."),
    ("title", "Norrvik Titanium Insulated Bottle"),
    ("seo_description", "The Norrvik Insulated Bottle cures colds and keeps you healthy."),
    ("seo_title", "挪威保温杯"),
    ("title", "I'm sorry, but I cannot help with the Insulated Bottle"),
]


@pytest.mark.parametrize(("field", "text"), FALSE)
def test_a_false_field_falls_back_alone(model: Any, field: str, text: str) -> None:
    _, engine = model({**GOOD, field: text})
    copy, floor = written(engine), written(engines.load("copy", "template"))
    place = field if field in ("title", "description") else f"extra.{field}"
    assert copy.text(place) == floor.text(place)
    assert copy.origin[place] != "model"
    assert place in copy.made[0].note
    others = [p for p in ("title", "description", "extra.seo_title") if p != place]
    assert all(copy.origin[other] == "model" for other in others)


def test_a_title_too_long_is_asked_for_once_more_with_the_limit(model: Any) -> None:
    server, engine = model({**GOOD, "title": LONG}, lambda user: "Norrvik Insulated Bottle, 750 ml")
    copy = written(engine, on="amazon")
    assert copy.title == "Norrvik Insulated Bottle, 750 ml"
    assert copy.origin["title"] == "model"
    again = [user for user in server.users if "Write the listing" not in user]
    assert len(again) == 1
    assert "Limit: 75 characters" in again[0]
    assert f"Your last text was {len(LONG)} long" in again[0]


def test_what_stays_too_long_is_shortened_where_a_person_would(model: Any) -> None:
    server, engine = model({**GOOD, "title": LONG}, lambda user: LONG)
    copy = written(engine, on="amazon")
    assert len(server.users) == 2
    assert len(copy.title) <= 75
    assert LONG.startswith(copy.title)
    assert not re.search(r"\b(?:of|and|a|with)$|\d$", copy.title)


def test_a_server_without_json_is_asked_field_by_field(model: Any) -> None:
    def single(user: str) -> str:
        task = user.splitlines()[0]
        if "bullet points" in task:
            return "- Material: stainless steel\n- Capacity: 750 ml"
        if "search words" in task:
            return "insulated bottle, steel bottle"
        if "title" in task:
            return '"Norrvik Insulated Bottle, 750 ml"'
        return "Description: A 750 ml bottle of stainless steel, in black or blue."

    prose = "The Norrvik Insulated Bottle holds 750 ml. It is made of stainless steel."
    server, engine = model(prose, single)
    copy = written(engine, fields=("keywords",))
    assert len(server.users) > 4
    assert copy.description == prose
    assert copy.title == "Norrvik Insulated Bottle, 750 ml"
    assert copy.bullets[:2] == ("Material: stainless steel", "Capacity: 750 ml")
    assert copy.extra["seo_description"] == "A 750 ml bottle of stainless steel, in black or blue."
    assert set(copy.keywords) >= {"insulated bottle", "steel bottle"}


def test_a_refusal_is_an_error_with_a_remedy_and_no_text(model: Any) -> None:
    _, engine = model("I'm sorry, but I can't write that listing.")
    with pytest.raises(EngineError) as caught:
        written(engine)
    assert caught.value.hint


def test_a_second_answer_that_fails_leaves_the_first(model: Any) -> None:
    _, engine = model({**GOOD, "title": LONG}, lambda user: "")
    copy = written(engine, on="amazon")
    assert copy.origin["title"] == copy.origin["description"] == "model"
    assert "asked again" in copy.made[0].note


def test_one_field_is_asked_for_with_the_hint(model: Any) -> None:
    server, engine = model(GOOD, lambda user: "The Norrvik Insulated Bottle weighs 310 g.")
    first = written(engine)
    brief = Brief(channel="shopify", locale="en-US", hint="only the weight")
    order = copywriter.Order(PRODUCT, brief, channels.load("shopify"))
    copy = copywriter.again(first, "description", order, engine)
    assert copy.description == "The Norrvik Insulated Bottle weighs 310 g."
    assert copy.title == first.title
    assert "Wish of the shop: only the weight" in server.users[-1]
    assert GOOD["description"] in server.users[-1]
    _, liar = model(GOOD, lambda user: "The Norrvik Insulated Bottle weighs 999 g.")
    kept = copywriter.again(first, "description", order, liar)
    assert "999" not in kept.description
    assert "999" in kept.made[0].note


# --- the best of several --------------------------------------------------------------------------


def reading(*descriptions: str) -> Reading:
    order = copywriter.Order(
        PRODUCT, Brief(channel="shopify", locale="en-US"), channels.load("shopify")
    )
    found = Reading(plan(order, Engine(Options(url="http://127.0.0.1:9/v1"))), ())
    for text in descriptions:
        found.read(json.dumps({"description": text}))
    return found


MOST = "The Insulated Bottle holds 750 ml, weighs 310 g and is made of stainless steel."
LESS = "The Insulated Bottle holds 750 ml and weighs 310 g."


def test_the_candidate_with_the_most_facts_is_taken() -> None:
    assert reading(LESS, MOST, LESS).listing().description == MOST


def test_a_false_candidate_is_never_the_best() -> None:
    false = MOST.replace("310 g", "210 g")
    assert reading(false, LESS).listing().description == LESS


def test_of_equals_the_one_that_agrees_then_the_more_fluent_is_taken() -> None:
    odd = "Quietly, 750 ml sit in this Insulated Bottle beside 310 g."
    near = "The Insulated Bottle holds 750 ml and it weighs 310 g."
    assert reading(odd, LESS, near).listing().description in (LESS, near)
    twins = reading(LESS, near)
    by_score = {LESS: -3.0, near: -1.0}
    assert twins.listing(lambda texts: [by_score[t] for t in texts]).description == near


def test_each_piece_says_where_it_comes_from(model: Any) -> None:
    _, engine = model({k: v for k, v in GOOD.items() if k in ("title", "bullets")})
    copy = written(engine)
    assert copy.origin["title"] == "model"
    assert copy.origin["bullets.0"] == "model"
    assert copy.origin["bullets.3"] == "facts"
    assert copy.origin["description"] == "phrases"


def test_a_model_is_trusted_by_what_was_measured_in_the_language(model: Any) -> None:
    """Measured as of no use in Chinese, it is asked for the English listing of a batch only."""
    server, engine = model(GOOD)
    engine.levels = {"zh": "facts"}
    channel = channels.load("shopify")
    orders = [
        copywriter.Order(PRODUCT, Brief(channel="shopify", locale=locale), channel, lambda *_: True)
        for locale in ("zh-CN", "en-US")
    ]
    chinese, english = copywriter.write_many(orders, engine)
    assert "model" not in chinese.origin.values()
    assert chinese.title
    assert english.title == GOOD["title"]
    assert len(server.users) == 1
