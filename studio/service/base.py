"""What every part of the service stands on: settings, store, rules, tools."""

from __future__ import annotations

import os
from functools import cached_property

from pydantic import SecretStr

from studio import compliance, review
from studio.kit import Kit
from studio.service import kits, places
from studio.settings import Settings
from studio.store import Media, SharedMedia, Store, Vault
from studio.store.vault import outside


class Base:
    """The studio on one home folder. Cheap to build: store, rules and engines come when needed."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def store(self) -> Store:
        store = self._opened()
        store.migrate()
        return store

    def _opened(self) -> Store:
        """The store as it is, without making or upgrading its tables."""
        self.settings.home.mkdir(parents=True, exist_ok=True)
        url = self.settings.database or f"sqlite:///{self.settings.home / 'studio.db'}"
        return Store(
            url,
            media=self.media,
            move=review.move,
            vault=self.vault,
            encrypted=self.settings.encrypted,
        )

    @cached_property
    def vault(self) -> Vault:
        return Vault(outside(self.settings.key_file, self.settings.home))

    @cached_property
    def media(self) -> Media:
        folder, address = self.settings.home / "media", self.settings.media_bucket
        if not address:
            return Media(folder)
        return SharedMedia(folder, lambda: places.blobs(address, self.settings, self._secret))

    @cached_property
    def rules(self) -> compliance.Rules:
        return compliance.load([f / "packs" for f in self.settings.extra if (f / "packs").is_dir()])

    @cached_property
    def kit(self) -> Kit:
        kit = kits.build(self._with_secrets(), self.media.get, self.rules)
        kit.mask = self._mask
        return kit

    def _mask(self, photo: str) -> bytes:
        """The mask that a person has mended for a photo (see store.masks), or b""."""
        sha = self.store.mask(photo)
        return self.media.get(sha) if sha else b""

    def _secret(self, name: str) -> str:
        """A secret of the settings, else one of those that are kept sealed."""
        given: str = getattr(self.settings, name).get_secret_value()
        return given or self.store.secret(name)

    def _with_secrets(self) -> Settings:
        """The settings, with the server's key from the sealed secrets where none is given."""
        given = self.settings
        if not given.openai_url or given.openai_key.get_secret_value():
            return given
        key = SecretStr(self.store.secret("openai_key"))
        return given.model_copy(update={"openai_key": key})

    @property
    def workers(self) -> int:
        """How many listings are finished side by side."""
        return self.settings.workers or os.cpu_count() or 1

    @property
    def solo(self) -> bool:
        """Whether one person may edit and approve; the record tells of each such approval."""
        return len(self.store.users()) < 2 if self.settings.solo is None else self.settings.solo

    def close(self) -> None:
        if "store" in self.__dict__:
            self.store.close()
