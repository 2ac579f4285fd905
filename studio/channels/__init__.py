"""Sales channels: what each takes, how it counts, what breaks its rules, and how to write for it.

Specs are data (`templates/export/<id>.yaml`); a format is one file (`format_<name>.py`).
"""

from studio.channels.checks import check
from studio.channels.counting import count
from studio.channels.export import write
from studio.channels.fitting import Fitted, fit, one
from studio.channels.formats import formats
from studio.channels.manifest import Manifest, verify
from studio.channels.rules import plain
from studio.channels.spec import load, names
from studio.channels.tongues import locale_for

__all__ = [
    "Fitted",
    "Manifest",
    "check",
    "count",
    "fit",
    "formats",
    "load",
    "locale_for",
    "names",
    "one",
    "plain",
    "verify",
    "write",
]
