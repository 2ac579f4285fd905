"""The places that an export can be sent to, by the settings and the secrets that are kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from studio.connectors import Connector, Export, Objects, Place
from studio.errors import InputError, SetupError, StudioError
from studio.jobs import WAITS, again_in

if TYPE_CHECKING:
    from studio.connectors.blobs import Blobs
    from studio.connectors.bucket import Bucket
    from studio.connectors.shopify import Shopify
    from studio.connectors.woocommerce import WooCommerce
    from studio.settings import Settings

Secret = Callable[[str], str]  # name -> what is kept under it, or ""
SHOPS = ("shopify", "woocommerce")


def again(error: StudioError, tries: int) -> float | None:
    """The one rule of trying again."""
    return again_in(error, tries, WAITS)


def find(to: str, export: Export, locale: str, settings: Settings, secret: Secret) -> Connector:
    """The connector for "shopify", "woocommerce", s3://bucket/prefix or a folder.

    Raises SetupError for what is not set, InputError for what is no place and for a language that
    the export has not, or must be named.
    """
    if to not in SHOPS:
        return Objects(_files(to, settings, secret))
    from studio.connectors.shop import Shop

    there = export.locales()
    if (locale and locale not in there) or (not locale and len(there) != 1):
        raise InputError(
            f"a shop's product has one language, and this export has {', '.join(there)}",
            hint="name one: --locale",
        )
    speech = _shopify if to == "shopify" else _woocommerce
    return Shop(speech(settings, secret), locale or there[0])


def bucket(address: str, settings: Settings, secret: Secret) -> Bucket:
    """Raises SetupError, InputError."""
    from studio.connectors.bucket import Bucket

    return Bucket(
        address,
        endpoint=settings.s3_endpoint,
        region=settings.s3_region,
        key=secret("s3_key"),
        secret=secret("s3_secret"),
        virtual=settings.s3_virtual,
    )


def blobs(address: str, settings: Settings, secret: Secret) -> Blobs:
    """The bucket that all machines keep pictures in. Raises SetupError, InputError."""
    from studio.connectors.blobs import Blobs

    return Blobs(bucket(address, settings, secret))


def _files(to: str, settings: Settings, secret: Secret) -> Place:
    from studio.connectors.folder import Folder

    if to.startswith("s3://"):
        return bucket(to, settings, secret)
    if "://" in to or not to:
        raise InputError(
            f"{to!r} is no place to send to",
            hint="shopify, woocommerce, s3://bucket/folder, or a folder",
        )
    return Folder(Path(to))


def _shopify(settings: Settings, secret: Secret) -> Shopify:
    from studio.connectors.line import Line, checked
    from studio.connectors.shopify import Shopify

    place = checked(settings.shopify_shop, "shopify")
    token, word = secret("shopify_token"), secret("shopify_secret")
    if not token and not (settings.shopify_client and word):
        raise SetupError(
            "there is no key for the Shopify shop",
            hint="set STUDIO_SHOPIFY_CLIENT, then: studio secret set shopify_secret",
        )
    line = Line(place, again=again, secrets=(token, word))
    client = ("", "") if token else (settings.shopify_client, word)
    return Shopify(line, token=token, client=client, api=settings.shopify_api)


def _woocommerce(settings: Settings, secret: Secret) -> WooCommerce:
    from studio.connectors.line import Line, checked
    from studio.connectors.woocommerce import WooCommerce

    place = checked(settings.woocommerce_shop, "woocommerce")
    auth = secret("woocommerce_key"), secret("woocommerce_secret")
    if not all(auth):
        raise SetupError(
            "there is no key for the WooCommerce shop",
            hint="studio secret set woocommerce_key, then woocommerce_secret",
        )
    return WooCommerce(Line(place, again=again, secrets=auth, auth=auth))
