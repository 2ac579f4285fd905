"""OpenVINO: whether it runs here, and its first step, which may not be taken twice at once."""

from __future__ import annotations

import threading
from functools import cache

# OpenVINO learns of numpy at the first array that it gives; when two threads ask for that at once,
# each waits for the other for good (its guard is held without the interpreter's lock).
_FIRST = threading.Lock()


@cache
def runs() -> bool:
    """True where OpenVINO is installed and loads."""
    try:
        import openvino

        return "CPU" in openvino.Core().available_devices
    except Exception:  # not installed, or its plugin does not load: then it is simply not used
        return False


def awake() -> None:
    """To be called before a thread takes its first array."""
    import openvino

    with _FIRST:
        _ = openvino.Tensor(openvino.Type.f32, [1]).data
