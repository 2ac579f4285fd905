"""`studio doctor --copy` as a user types it, with a server whose model keeps to the facts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from test_copy_openai import Handler, serve
from test_doctor_copy import listing

__all__ = ["serve"]  # the fixture


def test_the_level_is_told_and_then_shown(serve: Any, tmp_path: Path) -> None:
    def script(handler: Handler, body: dict[str, Any]) -> None:
        whole = "<facts>" in body["messages"][-1]["content"]
        handler.stream(listing(body) if whole else "It is a thing.")

    environment = {
        **os.environ,
        "STUDIO_HOME": str(tmp_path),
        "STUDIO_OPENAI_URL": serve(script).url,
        "STUDIO_OPENAI_MODEL": "m",
        "STUDIO_LANGUAGE": "en",
    }

    def studio(*arguments: str) -> str:
        command = [sys.executable, "-m", "studio", *arguments]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, check=True, timeout=300
        ).stdout

    assert "the model writes freely" in studio("doctor", "--copy")
    shown = json.loads(studio("doctor", "--json"))
    assert shown["health"]["copy level"] == "en: free, zh: free"
    assert shown["settings"]["copy_engine"] == "auto: openai"
