"""Copy, measured: `python benchmarks/copywriting.py quality ...` or `... speed ...`.

`quality`: how much of the facts is said, and what else. `speed`: tokens a second beside other
engines. Each says with `--help` what it takes.
"""

from __future__ import annotations

import importlib
import sys

PARTS = {"quality": "copy_quality", "speed": "copy_speed"}


def main(argv: list[str]) -> int:
    if not argv or argv[0] not in PARTS:
        print(__doc__)
        return 2
    part = importlib.import_module(PARTS[argv[0]])
    return int(part.main(argv[1:]) or 0)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
