"""`make run`, as a new user has it: on a terminal, through make, until Ctrl-C; and without a terminal."""

import os
import pty
import re
import select
import signal
import socket
import subprocess
import time
import urllib.request

import pytest
from support.program import CHASQUI, ROOT, UNAVAILABLE, patience

pytestmark = pytest.mark.release_only("the example is compressed to the end")


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@pytest.fixture(autouse=True)
def no_settings_of_the_tests(monkeypatch):
    for name in [name for name in os.environ if name.startswith("CHASQUI_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def command(tmp_path, port) -> list[str]:
    return [str(ROOT / "tools/run-service"), str(CHASQUI), str(tmp_path / "data"), str(port), str(ROOT / "examples/leccion.mp3")]


def check_audio(told: str) -> None:
    """What it says is there can be fetched, and weighs what it says."""
    audio = urllib.request.urlopen(re.search(r"download +curl -o leccion.opus (\S+)", told)[1], timeout=20).read()
    assert audio.startswith(b"OggS") and f"{len(audio) / 1e3:.0f} kB" in told, told


def test_on_a_terminal_through_make(tmp_path, command):
    (tmp_path / "Makefile").write_text(f"run:\n\t@{' '.join(command)}\n")
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(tmp_path)
        os.execvp("make", ["make", "run"])
    told, pressed, deadline = b"", False, time.monotonic() + patience(60)
    while time.monotonic() < deadline:
        if not select.select([terminal], [], [], 0.2)[0]:
            continue
        try:
            told += os.read(terminal, 65536)
        except OSError:  # its last program has ended
            break
        if b"Ctrl-C ends the service." in told and not pressed:
            pressed = True
            check_audio(told.decode())
            os.write(terminal, b"\x03")
    else:
        os.kill(child, signal.SIGKILL)
    assert pressed and os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, told.decode()
    assert b"Error" not in told and b"Interrupt" not in told, told.decode()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_without_a_terminal(tmp_path, command, port, number):
    process = subprocess.Popen(command, cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, start_new_session=True)
    told = ""
    while "Ctrl-C ends the service." not in told:
        line = process.stdout.readline()
        assert line, f"it ended: {told}"
        told += line
    check_audio(told)
    process.send_signal(number)
    assert process.wait(patience(20)) == 0
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 5)


def test_the_port_is_taken(tmp_path, command, port):
    with socket.create_server(("127.0.0.1", port)):
        done = subprocess.run(command, cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=patience(20), start_new_session=True)
    assert done.returncode == UNAVAILABLE and f"port {port}" in done.stderr and f"make run PORT={port + 1}" in done.stderr, done
