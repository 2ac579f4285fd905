"""Runs a reader of untrusted bytes in a process of its own, bounded in memory and time.

Run as a script this file is the child: it bounds itself, then runs the reader, so that nothing of
the reader is loaded before the bounds hold. Linux keeps all of them. macOS keeps those on time and
files, Windows none of them: there only the parent's clock ends a reader.
"""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

# What a child needs to find its libraries; keys and passwords stay with the parent.
_KEPT = (
    "PATH", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH",
    "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "LANG", "LC_ALL",
)  # fmt: skip


def start(
    script: Path, *arguments: str, memory: int, seconds: int, asked: bool = False
) -> subprocess.Popen[bytes]:
    """The running child: `script` with its arguments. `memory`: bytes of address space; `seconds`:
    of processor time. What it writes is read from `stdout`; with `asked` it has a `stdin` too."""
    limits = (str(memory), str(seconds))
    # -P: or the names of a package would hide those of the standard library.
    command = [sys.executable, "-P", __file__, *limits, str(script), *arguments]
    one = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"}
    return subprocess.Popen(  # noqa: S603 - our own scripts; a path is one argument
        command,
        stdin=subprocess.PIPE if asked else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={name: os.environ[name] for name in _KEPT if name in os.environ} | one,
    )


def bounds() -> str:
    """What this system keeps a child to, for `studio doctor`."""
    kept = {"win32": "time by the clock only", "darwin": "time and files, not memory"}
    return kept.get(sys.platform, "memory, time and files")


@contextmanager
def clock(child: subprocess.Popen[bytes], seconds: float) -> Iterator[None]:
    """Ends the child when the block takes longer: reading from it then meets the end."""
    timer = Timer(seconds, child.kill)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def bound(memory: int, seconds: int) -> None:
    """Bound this process: address space, processor time, no files written, no core left."""
    try:
        import resource
    except ImportError:  # Windows
        return
    for limit, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        try:
            resource.setrlimit(limit, (most, most))
        except (ValueError, OSError):  # a system that has the name but not the limit
            continue


if __name__ == "__main__":
    bound(int(sys.argv[1]), int(sys.argv[2]))
    sys.argv = sys.argv[3:]
    runpy.run_path(sys.argv[0], run_name="__main__")
