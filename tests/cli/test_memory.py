"""Memory does not grow with the recording."""

import sys

import numpy as np
import pytest

from support import speech
from support.media import ffmpeg, write_wav

# Runs a command and writes down the most that one of its processes held, in KiB.
WATCH = """
import pathlib, resource, subprocess, sys
code = subprocess.call(sys.argv[2:])
pathlib.Path(sys.argv[1]).write_text(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(code)
"""
GROWTH_MIB = 16  # what 25 minutes more may need; kept at 16 kHz as 16 bit, they would be 46


@pytest.fixture(scope="module")
def minute(tmp_path_factory):
    return write_wav(tmp_path_factory.mktemp("memory") / "minute.wav", np.tile(speech.prompt("demo-congrats", 20), 3))


@pytest.mark.release_only("sanitizers keep what is freed")
def test_half_an_hour_needs_what_five_minutes_need(chasqui, tmp_path, minute):
    most = []
    for minutes in (5, 30):
        source = tmp_path / f"{minutes}.flac"
        ffmpeg("-stream_loop", minutes - 1, "-i", minute, "-ar", 16000, source)
        chasqui("compress", source, "-o", tmp_path / "out.opus", "-b", 8, "--threads", 4, prefix=(sys.executable, "-c", WATCH, tmp_path / "most")).ok()
        most.append(int((tmp_path / "most").read_text()) / 1024)
    assert most[1] < most[0] + GROWTH_MIB, f"{most[0]:.0f} MiB for five minutes, {most[1]:.0f} for thirty: what is kept of each segment?"
