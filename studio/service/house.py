"""The house itself: what is set, what is ready, which models are here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from studio import review
from studio.engines import levels, weights
from studio.errors import NotFoundError
from studio.schema import Actor, Channel
from studio.service import doctor, kits
from studio.service.base import Base


class House(Base):
    """Settings, engines and models."""

    def doctor(self, actor: Actor) -> dict[str, Any]:
        """Settings, engines and the store's health, as plain values."""
        review.permit(actor, "manage")
        return doctor.report(self)

    def measure_copy(
        self, actor: Actor, on_progress: Callable[[int, int], None] | None = None
    ) -> dict[str, levels.Measure]:
        """How far the language model may be trusted, by language; kept, and held to."""
        from studio.service import doctor_copy

        review.permit(actor, "manage")
        return doctor_copy.measure(self, on_progress)

    def channels(self, actor: Actor) -> list[Channel]:
        """The channels that there are, by id."""
        review.permit(actor, "read")
        return [self.kit.channels[name] for name in sorted(self.kit.channels)]

    def exports(self, channel: str) -> Path:
        """Where the browser's exports of a channel lie; a name only, nothing of it is read."""
        if channel not in self.kit.channels:
            raise NotFoundError.of("channel", channel, self.kit.channels)
        return self.settings.home / "exports" / channel

    def models(self, actor: Actor) -> list[dict[str, Any]]:
        """The small models of the registry and where they lie."""
        review.permit(actor, "read")
        return doctor.models(self.settings)

    def default_models(self, actor: Actor) -> list[str]:
        """The models that the default engines want and that come under an open licence."""
        local = kits.copy_name(self.settings) in kits.LOCAL
        wanted = {"copy": local, "cutout": True}
        named = bool(self.settings.copy_model)
        return [
            m["name"]
            for m in self.models(actor)
            if wanted.get(m["task"]) and not m["terms"] and not (named and m["task"] == "copy")
        ]

    def pull_model(
        self,
        name: str,
        on_progress: Callable[[int, int], None],
        actor: Actor,
        *,
        accepted: bool = False,
    ) -> Path:
        """Get a model of the registry; `accepted`: its terms were read and accepted."""
        review.permit(actor, "manage")
        return weights.pull(name, self.settings.models, on_progress, accepted=accepted)

    def blob(self, sha: str, actor: Actor) -> tuple[bytes, str]:
        """A stored picture and its media type. Raises NotFoundError, InputError."""
        review.permit(actor, "read")
        data = self.media.get(sha)
        return data, next((m for head, m in MIMES.items() if data.startswith(head)), PLAIN)


# What a browser may be told of a blob; anything else is bytes to be saved, never shown.
MIMES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG": "image/png", b"RIFF": "image/webp"}
PLAIN = "application/octet-stream"
