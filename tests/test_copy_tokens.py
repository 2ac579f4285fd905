"""The quick tokenizer says what transformers says; drawing follows the chances and the seed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from studio.engines import loading
from studio.engines.drawing import Draw
from studio.engines.tokens import TextStream, Tokens
from tests.tiny_model import llama

TEXTS = [
    "The bottle holds 750 ml.",
    "保温杯 750毫升 😀",
    " two  blanks\n\nand lines",
    "</s><s>",
    "",
]
TEMPLATE = (
    "{% for m in messages %}{% if loop.first and m.role == 'system' %}{{ bos_token }}{% endif %}"
    "[{{ m['role'] }}] {{ m['content'] | trim }}{{ eos_token }}\n{% endfor %}"
    "{% if add_generation_prompt %}[assistant] {% endif %}"
)
TURNS = [
    {"role": "system", "content": "You write."},
    {"role": "user", "content": " A <b>mug</b>. "},
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = llama(tmp_path_factory.mktemp("tiny"))
    (made / "chat_template.jinja").write_text(TEMPLATE, "utf-8")
    return made


def test_it_reads_and_says_what_transformers_does(folder: Path) -> None:
    ours, theirs = Tokens(folder), loading.tokenizer_of(folder)
    assert len(ours) == len(theirs)
    for special in (True, False):
        read = ours(TEXTS, add_special_tokens=special)["input_ids"]
        assert read == theirs(TEXTS, add_special_tokens=special)["input_ids"]
        for skip in (True, False):
            said = theirs.batch_decode(read, skip_special_tokens=skip)
            assert ours.batch_decode(read, skip_special_tokens=skip) == said
    assert ours(TEXTS[0])["input_ids"] == ours([TEXTS[0]])["input_ids"][0]
    said = ours.apply_chat_template(TURNS, add_generation_prompt=True, tokenize=False)
    how = {"add_generation_prompt": True, "tokenize": False}
    assert said == theirs.apply_chat_template(TURNS, **how)


@pytest.mark.parametrize(
    "hostile",
    [
        "{{ messages.__class__.__mro__ }}",
        "{{ ''.__class__.__base__.__subclasses__() }}",
        "{{ cycler.__init__.__globals__ }}",
        "{% set x = messages.append(1) %}",
        "{{ raise_exception('only user turns') }}",
    ],
)
def test_a_template_cannot_reach_out(folder: Path, tmp_path: Path, hostile: str) -> None:
    from jinja2 import TemplateError

    for name in ("tokenizer.json", "tokenizer_config.json"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    (tmp_path / "chat_template.jinja").write_text(hostile, "utf-8")
    with pytest.raises(TemplateError):
        Tokens(tmp_path).apply_chat_template(TURNS, add_generation_prompt=True)


def test_half_a_character_waits_and_comes_at_the_end(folder: Path) -> None:
    tokens, told = Tokens(folder), list[str]()
    stream = TextStream(tokens, told.append)
    for token in tokens("好")["input_ids"]:
        stream.add([token])
    assert told == ["好"]
    stream.add(tokens("好")["input_ids"][:1])
    assert told == ["好"]
    stream.end()
    assert "".join(told).startswith("好")
    assert len(told) == 2


def test_draws_follow_the_chances_and_the_nucleus() -> None:
    scores = np.log(np.array([0.5, 0.3, 0.15, 0.05], np.float32))
    draw = Draw(7, 1.0, 0.9)
    seen = np.bincount([draw(scores) for _ in range(4000)], minlength=4) / 4000
    assert seen[3] == 0  # outside of the likeliest 90 %
    assert np.allclose(seen[:3], np.array([0.5, 0.3, 0.15]) / 0.95, atol=0.03)
    sharp = Draw(7, 0.25, 1.0)
    share = np.bincount([sharp(scores) for _ in range(4000)], minlength=4)[0] / 4000
    assert share == pytest.approx(0.5**4 / sum(x**4 for x in (0.5, 0.3, 0.15, 0.05)), abs=0.03)


def test_a_seed_gives_its_own_draws_and_none_the_likeliest() -> None:
    scores = np.random.default_rng(1).normal(size=2000).astype(np.float32)

    def some(seed: int, temperature: float = 1.0) -> list[int]:
        draw = Draw(seed, temperature, 0.95)
        return [draw(scores) for _ in range(20)]

    assert some(3) == some(3)
    assert some(3) != some(4)
    assert set(some(0)) == set(some(3, temperature=0)) == {int(scores.argmax())}


def test_a_converted_model_needs_neither_torch_nor_transformers(
    folder: Path, tmp_path: Path
) -> None:
    from studio.engines.copy_openvino import Engine, Options

    options = {"model": str(folder), "models": str(tmp_path), "threads": 1, "level": "guarded"}
    Engine(Options(**options))._load("en")  # converts it
    script = (
        "import json, sys\n"
        "from studio.engines.copy_openvino import Engine, Options\n"
        "from studio.schema import Prompt\n"
        "engine = Engine(Options(**json.loads(sys.argv[1])))\n"
        "prompt = Prompt(purpose='text', locale='en-US', system='', user='The', max_tokens=4)\n"
        "engine._run([prompt], None, None)\n"
        "print(sorted({'torch', 'transformers'} & set(sys.modules)))\n"
    )
    run = [sys.executable, "-c", script, json.dumps(options)]
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-800:]
    assert done.stdout.strip() == "[]"
    assert list(tmp_path.glob("converted/*/compiled/*"))  # and is compiled once
