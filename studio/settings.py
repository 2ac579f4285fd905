"""The one settings object: arguments > STUDIO_* variables > studio.toml > defaults.

The defaults need no key, no server and no network.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import platformdirs
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from studio.errors import InputError


class Settings(BaseSettings):
    """What can be set: a key of studio.toml or, in capitals after STUDIO_, a variable."""

    model_config = SettingsConfigDict(env_prefix="STUDIO_", frozen=True, extra="forbid")

    home: Path = Field(
        default=Path(platformdirs.user_data_dir("studio")), description="folder of all state"
    )
    models: Path = Field(
        default=Path(platformdirs.user_cache_dir("studio")) / "models",
        description="folder of model files",
    )
    database: str = Field(
        default="", description="SQLAlchemy address; SQLite in the home when empty"
    )
    key_file: Path = Field(
        default=Path(platformdirs.user_config_dir("studio")) / "studio.key",
        description="keys that seal names, passwords and secrets, and sign; not inside the home",
    )
    encrypted: bool = Field(
        default=False, description="encrypt the whole SQLite file (SQLCipher); PostgreSQL: the disk"
    )
    anchors: Path | None = Field(
        default=None,
        description="file of the record's signed heads; anchors.jsonl in the home when not set, "
        "safer on another disk",
    )
    copy_engine: str = Field(
        default="auto",
        description="copy engine: template, openvino, transformers, openai; auto takes the "
        "quickest that can run the model here",
    )
    copy_model: str = Field(
        default="", description="folder, GGUF file or hub name; the embedded default when empty"
    )
    judge: bool = Field(
        default=False, description="does the copy engine give a second opinion on findings"
    )
    openai_url: str = Field(default="", description="address of an OpenAI-compatible server")
    openai_model: str = Field(default="", description="model name at that server")
    openai_key: SecretStr = Field(default=SecretStr(""), description="key for that server")
    cutout_engine: str = Field(default="u2netp", description="cut-out engine")
    ocr_engine: str = Field(
        default="rapidocr",
        description="reader of picture text, used where its library is installed; none when empty",
    )
    scene_engine: str = Field(
        default="", description="backdrop or diffusers; diffusers when scene_model is set"
    )
    scene_model: str = Field(default="", description="folder or hub name of diffusion weights")
    upscale_engine: str = Field(
        default="", description="plain or onnx: enlarges small products; Lanczos only when empty"
    )
    unsafe_engine: str = Field(
        default="", description="opennsfw: looks for nudity in photos and pictures; off when empty"
    )
    c2pa_key: str = Field(
        default="", description="PEM file of the key that signs pictures (Content Credentials)"
    )
    c2pa_certificate: str = Field(
        default="", description="PEM file of that key's certificate chain, its own first"
    )
    options: dict[str, dict[str, Any]] = Field(
        default_factory=dict,
        description="further options of engines, by name: scene_diffusers, cutout_rembg ...",
    )
    extra: tuple[Path, ...] = Field(
        default=(),
        description="your own folders with prompts/, templates/ and packs/, searched first",
    )
    fetch_pictures: bool = Field(default=False, description="may pictures be fetched by URL")
    fetch_hosts: tuple[str, ...] = Field(
        default=(),
        description="the only hosts that pictures are fetched from; any public one when empty",
    )
    threads: int = Field(default=0, description="threads for models; the machine's cores when 0")
    workers: int = Field(
        default=0, description="listings finished side by side; the machine's cores when 0"
    )
    solo: bool | None = Field(
        default=None,
        description="one-person shop, who may approve their own edits; while there is one user "
        "when not set",
    )
    oidc_issuer: str = Field(
        default="", description="address of an identity server (OpenID Connect) to sign in by"
    )
    oidc_client: str = Field(default="", description="the id that it knows this studio by")
    oidc_secret: SecretStr = Field(default=SecretStr(""), description="the secret to that id")
    oidc_claim: str = Field(
        default="email", description="what of its tokens is the user's name here"
    )
    oidc_role: str = Field(
        default="",
        description="role of who signs in by it for the first time; only who has been added may "
        "come in when empty",
    )
    shopify_shop: str = Field(default="", description="address of a Shopify shop to send to")
    shopify_api: str = Field(default="2026-10", description="version of Shopify's Admin API")
    shopify_client: str = Field(default="", description="client id of an app in that shop")
    shopify_secret: SecretStr = Field(default=SecretStr(""), description="that app's secret")
    shopify_token: SecretStr = Field(
        default=SecretStr(""), description="token of an older app, which has no client id"
    )
    woocommerce_shop: str = Field(default="", description="address of a WooCommerce shop")
    woocommerce_key: SecretStr = Field(default=SecretStr(""), description="its consumer key")
    woocommerce_secret: SecretStr = Field(default=SecretStr(""), description="its consumer secret")
    media_bucket: str = Field(
        default="",
        description="s3://bucket/folder that all machines keep pictures in; off when empty",
    )
    s3_endpoint: str = Field(
        default="", description="address of an S3-compatible store; Amazon's when empty"
    )
    s3_region: str = Field(default="", description="region of the bucket, where it matters")
    s3_virtual: bool = Field(
        default=False, description="name the bucket in the host, as Alibaba OSS wants it"
    )
    s3_key: SecretStr = Field(
        default=SecretStr(""), description="access key; as the machine is set up for S3 when empty"
    )
    s3_secret: SecretStr = Field(default=SecretStr(""), description="the secret to that key")
    language: str = Field(default="", description="language of messages: en or zh")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        toml = TomlConfigSettingsSource(settings_cls, toml_file=Path("studio.toml"))
        return init_settings, env_settings, toml


def load(**arguments: Any) -> Settings:
    """Settings from all sources; arguments that are None are as if not given. Raises InputError."""
    given = {name: value for name, value in arguments.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        raise InputError(
            "these settings are wrong: " + "; ".join(lines),
            hint="mend studio.toml, the STUDIO_* variables or the arguments; see `studio doctor`",
        ) from error
