"""Builds large tables without the collector looking through them again and again."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """No garbage collection inside: for code that makes many objects that all stay.

    The collector walks all objects of the process each time their number has grown by a quarter,
    which took a third of the time of reading the packs.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
