"""A real Ray cluster on this machine: a head without processors, and nodes of one each."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil

# Addresses of one machine that Ray takes for several; 127.0.0.1 it would replace by its own.
HEAD, NODES = "127.0.0.3", ("127.0.0.4", "127.0.0.5")


class Cluster:
    """A head without processors, and nodes; ended by the numbers of their own processes."""

    def __init__(self, port: int) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="r-", dir="/tmp"))  # short: for its sockets
        self.address = f"{HEAD}:{port}"
        self.env = {
            **os.environ,
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN": secrets.token_hex(32),
            "RAY_health_check_failure_threshold": "3",
            "RAY_health_check_period_ms": "1000",
            "RAY_health_check_initial_delay_ms": "1000",
            "RAY_USAGE_STATS_ENABLED": "0",
            "RAY_agent_register_timeout_ms": "120000",  # a busy machine starts its helpers slowly
            "RAY_worker_register_timeout_seconds": "180",
            "PYTHONPATH": str(Path(__file__).parents[1]),
        }
        self.port = port

    @property
    def driver(self) -> dict[str, str]:
        """What a process needs in its environment before it imports ray, to find the cluster."""
        names = ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_USAGE_STATS_ENABLED")
        return {"RAY_ADDRESS": self.address, **{name: self.env[name] for name in names}}

    def begin(self) -> None:
        self._start("--head", HEAD, f"--port={self.port}", "--num-cpus=0",
                    f"--temp-dir={self.folder}", "--include-dashboard=false")  # fmt: skip
        for ip in NODES:
            self.node(ip)

    def node(self, ip: str) -> None:
        self._start(f"--address={self.address}", ip, "--num-cpus=1")

    def _start(self, first: str, ip: str, *more: str) -> None:
        program = Path(shutil.which("ray") or Path(sys.executable).with_name("ray"))
        command = [str(program), "start", first, f"--node-ip-address={ip}", *more]
        common = ["--object-store-memory=100000000", "--disable-usage-stats"]
        subprocess.run(
            [*command, *common], env=self.env, check=True, capture_output=True, timeout=300
        )

    def kill(self, ip: str) -> None:
        """What a power cut looks like: the node's own process and all that it started."""
        for process in self._own():
            line = " ".join(process.cmdline())
            if "raylet/raylet" in line and f"--node_ip_address={ip}" in line:
                for one in [process, *process.children(recursive=True)]:
                    with contextlib.suppress(psutil.Error):
                        one.send_signal(signal.SIGKILL)

    def _own(self) -> Iterator[psutil.Process]:
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if str(self.folder) in " ".join(process.cmdline()):
                    yield process

    def end(self) -> None:
        for process in list(self._own()):
            with contextlib.suppress(psutil.Error):
                process.send_signal(signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)
