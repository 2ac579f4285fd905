"""The measured level of a model: real requests to a server whose model is good, poor or absurd."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from test_copy_openai import Handler, Server, serve

from studio import engines, settings
from studio.engines import levels, weights
from studio.errors import SetupError
from studio.schema import now
from studio.service import Studio, doctor_copy, kits
from studio.settings import Settings

__all__ = ["serve"]  # the fixture
GOOD = {"read": 1, "kept": 0.9, "unsupported": 0.1, "repeats": 0, "foreign": 0, "drafts": 1}


def facts_in(text: str) -> dict[str, Any]:
    """The facts that a prompt shows between its fences."""
    found = re.search(r"<facts>\s*(\{.*\})\s*</facts>", text, re.DOTALL)
    assert found is not None
    read: dict[str, Any] = json.loads(found[1])
    return read


def listing(body: dict[str, Any], extra: str = "") -> str:
    """A listing that says each fact of the prompt, and `extra`."""
    facts = facts_in(body["messages"][-1]["content"])
    title, rows = facts["name"], [f"{name}: {value}" for name, value in facts["facts"].items()]
    made = {"title": title, "bullets": rows, "description": f"{title}. {extra}", "keywords": []}
    return json.dumps(made, ensure_ascii=False)


def studio(home: Path, server: Server) -> Studio:
    return Studio(
        Settings(home=home, models=home / "models", openai_url=server.url, openai_model="m")
    )


def test_a_model_that_keeps_to_the_facts_may_write_freely(serve: Any, tmp_path: Path) -> None:
    def script(handler: Handler, body: dict[str, Any]) -> None:
        whole = "<facts>" in body["messages"][-1]["content"]
        handler.stream(listing(body) if whole else "It is a thing.")

    shop, seen = studio(tmp_path, serve(script)), list[tuple[int, int]]()
    found = doctor_copy.measure(shop, lambda done, total: seen.append((done, total)))
    assert set(found) == {"en", "zh"}
    for one in found.values():
        assert one.level == "free"
        assert one.read == one.kept == 1
        assert one.unsupported == one.repeats == one.foreign == one.drafts == 0
        assert one.listings == 8
    assert seen[0] == (0, 32)
    assert (2, 32) in seen  # it is told how far it is while it writes
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1] == (32, 32)
    again = kits.engine(shop.settings, "copy", "auto")
    assert engines.level(again, "zh-CN") == "free"


def test_what_it_adds_costs_its_freedom(serve: Any, tmp_path: Path) -> None:
    lie = "It is made of solid gold, weighs 77 kg and lasts 99 hours. 含金量99%，重77千克。"

    def script(handler: Handler, body: dict[str, Any]) -> None:
        whole = "<facts>" in body["messages"][-1]["content"]
        handler.stream(listing(body, lie) if whole else lie)

    shop = studio(tmp_path, serve(script))
    found = doctor_copy.measure(shop)
    assert all(one.unsupported > 1 for one in found.values())
    assert {one.level for one in found.values()} == {"facts"}
    assert engines.level(kits.engine(shop.settings, "copy", "auto"), "en-GB") == "facts"


def test_what_cannot_write_json_or_a_language_is_not_asked(serve: Any, tmp_path: Path) -> None:
    def script(handler: Handler, body: dict[str, Any]) -> None:
        handler.stream("Here you are: a fine thing that everybody wants, and quickly too.")

    found = doctor_copy.measure(studio(tmp_path, serve(script)))
    assert {one.level for one in found.values()} == {"facts"}
    assert all(one.read == 0 for one in found.values())
    assert all(one.listings < 8 for one in found.values())  # enough was seen


@pytest.mark.parametrize(
    ("change", "level"),
    [
        ({}, "free"),
        ({"unsupported": 0.5}, "guarded"),
        ({"kept": 0.7}, "guarded"),
        ({"read": 0.8}, "guarded"),
        ({"foreign": 0.25}, "draft"),
        ({"repeats": 0.25}, "draft"),
        ({"unsupported": 2}, "draft"),
        ({"unsupported": 2, "drafts": 0.25}, "facts"),
    ],
)
def test_levels_follow_the_measures(change: dict[str, float], level: str) -> None:
    assert levels.level_of(**{**GOOD, **change}) == level


def test_measures_are_kept_by_engine_and_language(tmp_path: Path) -> None:
    one = levels.Measure(level="draft", listings=8, at=now(), **GOOD)
    levels.keep(tmp_path, "a", {"en": one})
    levels.keep(tmp_path, "a", {"zh": one.model_copy(update={"level": "facts"})})
    levels.keep(tmp_path, "b", {"en": one})
    assert {k: sorted(v) for k, v in levels.stored(tmp_path).items()} == {
        "a": ["en", "zh"],
        "b": ["en"],
    }
    assert levels.stored(tmp_path)["a"]["en"] == one
    (tmp_path / "levels.json").write_text('{"a": 3}')
    with pytest.raises(SetupError, match="cannot be read") as caught:
        levels.stored(tmp_path)
    assert "studio doctor --copy" in caught.value.hint


def test_an_engine_without_a_model_is_not_measured(tmp_path: Path) -> None:
    shop = Studio(Settings(home=tmp_path, models=tmp_path, copy_engine="template"))
    with pytest.raises(SetupError, match="no model to be measured"):
        doctor_copy.measure(shop)
    bare = Studio(Settings(home=tmp_path, models=tmp_path))
    with pytest.raises(SetupError, match="studio models pull"):
        doctor_copy.measure(bare)


@pytest.mark.models
def test_what_the_embedded_models_may_do(tmp_path: Path) -> None:
    """SmolLM2's English drafts mostly read stiff and give way to the phrase bank."""
    models = settings.load().models
    if not all(weights.find(n, models) for n in ("smollm2-135m-instruct", "gemma3-270m")):
        pytest.skip("not pulled: studio models pull smollm2-135m-instruct gemma3-270m")
    found = doctor_copy.measure(Studio(Settings(home=tmp_path, models=models)))
    assert {language: one.level for language, one in found.items()} == {
        "en": "facts",
        "zh": "draft",
    }
