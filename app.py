"""Opens the studio in the browser: `python app.py` is `studio serve`."""

import sys

from studio.cli import main

if __name__ == "__main__":
    sys.argv[1:1] = ["serve"]
    main()
