"""Copy from a causal language model in this process: a folder, a GGUF file or a hub name.

Without a model of your own, the small embedded ones are used: one for each language, as far as
they have been pulled. Weights are safetensors or GGUF, never pickle; no code comes with them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from studio.engines import local
from studio.engines.loading import Loaded, open_model

if TYPE_CHECKING:
    from transformers import LogitsProcessorList


class Options(local.Options):
    """Options of the engine."""

    device: str = Field(default="", description="cpu, cuda, mps; the best one when empty")


class Engine(local.LocalEngine):
    """Any causal model that transformers knows, on a GPU or on the processor."""

    name = "transformers"
    options: Options
    Options = Options

    def open(self, source: str) -> Loaded:
        own = self.options
        return open_model(source, own.models, own.device, own.threads)

    def generate(self, batch: local.Batch) -> list[list[int]]:
        import torch
        from transformers import StoppingCriteriaList

        from studio.engines.decoding import RowStop, Streamer
        from studio.engines.tokens import TextStream

        loaded = batch.loaded
        encoded = loaded.tokenizer(
            [row.text for row in batch.rows],
            return_tensors="pt",
            padding=True,
            add_special_tokens=not loaded.chat,
        ).to(loaded.model.device)
        start = encoded["input_ids"].shape[1]
        batch.fits(start)
        most = [p.max_tokens for p in batch.prompts]
        ends = loaded.ends + (loaded.breaks if batch.one_line else [])
        said = batch.on_text
        stream = Streamer(TextStream(loaded.tokenizer, said)) if said else None
        with torch.inference_mode():
            made = loaded.model.generate(
                **encoded,
                max_new_tokens=max(most),
                do_sample=False,
                eos_token_id=ends,
                pad_token_id=loaded.tokenizer.pad_token_id,
                logits_processor=self._steer(batch, ends),
                stopping_criteria=StoppingCriteriaList([RowStop(start, most, batch.cancel)]),
                streamer=stream,
            )
        return [local.until(row, ends) for row in made[:, start:].tolist()]

    def _steer(self, batch: local.Batch, ends: list[int]) -> LogitsProcessorList:
        """Small models are kept to true sentences; then each row draws by its own seed."""
        from transformers import LogitsProcessorList

        from studio.engines.decoding import RowSampler, SenseGuard

        steps: list[Any] = []
        if self.steers(batch):
            steps.append(SenseGuard(batch.loaded.tokenizer, batch.prompts, ends))
        seeds = [p.seed for p in batch.prompts]
        steps.append(RowSampler(seeds, self.options.temperature, self.options.top_p))
        return LogitsProcessorList(steps)
