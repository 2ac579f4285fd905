"""A real Llama of tiny size, seeded, and prompts for it."""

from __future__ import annotations

from pathlib import Path

from studio.schema import Attribute, Facts, Prompt

TEXT = (
    "The Norrvik Bottle is made of stainless steel and holds 750 ml. It comes in midnight blue, "
    "it weighs 300 g. With a lid. These are plain words of a catalog 0 1 2 3 4 5 6 7 8 9 . , "
)
FACTS = Facts(
    title="Bottle",
    attributes=(
        Attribute(name="Material", value="stainless steel"),
        Attribute(name="Capacity", value="750 ml"),
        Attribute(name="Weight", value="300 g"),
    ),
)


def llama(path: Path, seed: int = 0, **changes: object) -> Path:
    """A model folder: 64-wide, two layers, a byte-level tokenizer trained on one sentence."""
    import torch
    from tokenizers import ByteLevelBPETokenizer
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    trained = ByteLevelBPETokenizer()
    trained.train_from_iterator([TEXT] * 3, vocab_size=400, special_tokens=["<s>", "</s>"])
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=trained._tokenizer, bos_token="<s>", eos_token="</s>"
    )
    torch.manual_seed(seed)
    size = {
        "vocab_size": len(tokenizer),
        "hidden_size": 64,
        "intermediate_size": 96,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 256,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        **changes,
    }
    LlamaForCausalLM(LlamaConfig(**size)).save_pretrained(path)
    tokenizer.save_pretrained(path)
    return path


def prompt(seed: int = 0, user: str = "The Bottle", **changes: object) -> Prompt:
    """A prompt for a short description."""
    return Prompt(
        purpose="description",
        locale="en-US",
        system="",
        user=user,
        facts=FACTS,
        brand="Norrvik",
        max_tokens=12,
        seed=seed,
    ).model_copy(update=changes)
