"""The service as the tests start it, for sections that load it, and what it is loaded with."""

import os
import resource
import socket
import subprocess
import sys
import time
from pathlib import Path

from tools import Context, NotReady

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests/http"), str(ROOT / "tests/cli")]

# So that what is measured is the service and not its limits.
LIMITS = {"CHASQUI_SERVER_CONNECTIONS": "20000", "CHASQUI_SERVER_CONNECTIONS_PER_ADDRESS": "20000",
          "CHASQUI_ACCESS_REQUESTS_PER_MINUTE": "10000000", "CHASQUI_ACCESS_SUBMISSIONS_PER_HOUR": "10000000", "CHASQUI_LIMITS_QUEUE": "100000"}


def start(context: Context, folder: Path, **environment: str):
    """An open service with its data in `folder`; to be used as a context manager."""
    os.environ["CHASQUI_BUILD"] = str(context.chasqui.parent)
    from service import Service

    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return Service(folder, "--open", environment=LIMITS | environment)


def speech_wav(path: Path, seconds: float) -> Path:
    """Spanish speech that Debian ships, over and over."""
    import numpy as np
    from support import speech
    from support.media import RATE, write_wav

    part = speech.prompt("demo-congrats", min(seconds, 20))
    return write_wav(path, np.resize(part, int(seconds * RATE)))


def free_port() -> int:
    with socket.socket() as any_port:
        any_port.bind(("127.0.0.1", 0))
        return any_port.getsockname()[1]


def listening(port: int, process: subprocess.Popen) -> None:
    """Returns as soon as something listens there."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except ConnectionRefusedError:
            time.sleep(0.05)
    raise NotReady(f"{process.args[0]} does not listen on port {port}")
