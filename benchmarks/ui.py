"""How quick the pages are on a large catalog, in a real browser, alone and with others at work.

    python benchmarks/ui.py make HOME [--products 100000]
    python benchmarks/ui.py run HOME [--tries 30] [--people 20] [--actions 1000] [--json FILE]

`make` writes a catalog straight through the store: products in both languages, a listing for each,
in all states, checked by the real rules. `run` serves it in a process of its own, and drives
Chromium: first load, page switch, search, opening a product, approving and seeing the next.
Wall time from the click to what was asked for standing on the page. The machine's own load and the
server's CPU seconds are told beside, because wall time on a busy machine says little.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from ui_making import make
from ui_running import Run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("what", choices=("make", "run"))
    parser.add_argument("home", type=Path)
    parser.add_argument("--products", type=int, default=100_000)
    parser.add_argument("--tries", type=int, default=30)
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--actions", type=int, default=1000)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    if given.what == "make":
        make(given.home, given.products)
        return
    told = Run(given.home).all(given.tries, given.people, given.actions)
    if given.json:
        given.json.write_text(json.dumps(told, indent=1), "utf-8")


if __name__ == "__main__":
    main()
