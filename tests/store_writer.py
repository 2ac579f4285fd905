"""Saves one revision after the other and says so on its output, until somebody kills it.

Arguments: address of the database, media folder, number of the round, limit of a file in bytes.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from store_making import MERCHANT, draft, product, vault

from studio import review
from studio.errors import StudioError
from studio.store import Media, Store


def main(url: str, media: str, round_number: str, limit: str = "0") -> None:
    store = Store(url, media=Media(Path(media)), move=review.move, vault=vault())
    store.migrate()
    store.put_products([product()], MERCHANT)
    if int(limit):
        import resource
        import signal

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
    turn = 0
    while True:
        turn += 1
        title = f"round {round_number} turn {turn}"
        blob = title.encode()
        store.save_draft(draft(title=title, digest=title, blob=blob), MERCHANT)
        os.write(1, f"{title}\n".encode())


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except StudioError as error:
        sys.stderr.write(str(error))
        sys.exit(3)
