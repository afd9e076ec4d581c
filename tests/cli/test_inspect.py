"""`chasqui inspect` against ffprobe, opusinfo and the tests' own reader."""

import re
import subprocess

import numpy as np
import pytest

from support.media import RATE, ffmpeg, probe, write_wav
from support.ogg import packet_samples, read_ogg_opus


def inspected(chasqui, path) -> dict:
    return chasqui("inspect", path, "--json").ok().json()


def opusinfo(path) -> str:
    done = subprocess.run(["opusinfo", path], capture_output=True, text=True, timeout=60, check=False)
    return done.stdout + done.stderr


FILES = {"chasqui 8": None, "chasqui 16": None, "libopus 24": ("-b:a", "24k"), "libopus 60 ms": ("-b:a", "12k", "-frame_duration", 60),
         "libopus stereo": ("-b:a", "48k", "-ac", 2), "libopus celt": ("-b:a", "64k", "-application", "lowdelay")}


@pytest.fixture(params=FILES)
def opus(request, chasqui, tmp_path, speech_wav):
    path, options = tmp_path / "x.opus", FILES[request.param]
    if options is None:
        chasqui("compress", speech_wav, "-o", path, "-b", request.param.split()[1]).ok()
    else:
        ffmpeg("-i", speech_wav, "-c:a", "libopus", *options, path)
    return path


def test_facts_agree_with_other_tools(chasqui, opus):
    facts, read, size = inspected(chasqui, opus), read_ogg_opus(opus), opus.stat().st_size
    said = opusinfo(opus)
    sound = next(s for s in probe(opus)["streams"])
    assert facts["bytes"] == size
    assert facts["packets"] == len(read.packets) == int(sound["nb_read_packets"])
    assert facts["pages"] == read.pages
    assert facts["container_bytes"] == size - sum(map(len, read.packets)) == read.container_bytes + read.header_bytes
    assert facts["container_share"] == pytest.approx(facts["container_bytes"] / size, abs=1e-4)
    assert facts["samples"] == read.samples and facts["pre_skip"] == read.pre_skip
    assert facts["seconds"] == pytest.approx(read.samples / RATE, abs=1e-4)
    minutes, seconds = re.search(r"Playback length: (\d+)m:([\d.]+)s", said).groups()
    assert facts["seconds"] == pytest.approx(int(minutes) * 60 + float(seconds), abs=0.002)
    assert facts["kbps"] == pytest.approx(size * 8e-3 / facts["seconds"], abs=0.01)


def test_our_packets_are_two_frames_of_60_ms(chasqui, tmp_path, speech_wav):
    chasqui("compress", speech_wav, "-o", tmp_path / "x.opus").ok()
    packets = read_ogg_opus(tmp_path / "x.opus").packets
    durations = [packet_samples(p) for p in packets]
    assert durations.count(5760) >= 0.9 * len(durations), f"durations of packets: {sorted(set(durations))}"
    assert max(durations) == 5760, "a packet may hold 120 ms at most"


@pytest.mark.release_only("five minutes of sound take too long there")
def test_container_takes_little(chasqui, tmp_path, speech_48k):
    source = write_wav(tmp_path / "x.wav", np.tile(speech_48k, 25))
    chasqui("compress", source, "-o", tmp_path / "x.opus", "-b", 8).ok()
    facts = inspected(chasqui, tmp_path / "x.opus")
    read = read_ogg_opus(tmp_path / "x.opus")
    share = (read.container_bytes + read.header_bytes) / (tmp_path / "x.opus").stat().st_size
    assert facts["seconds"] == 300 and facts["container_share"] == pytest.approx(share, abs=1e-4)
    assert share <= 0.015, f"{share:.2%} of the file is container, at most 1.5 % is wanted"
    timeline = facts["rate"]
    assert sum(row["seconds"] for row in timeline) == pytest.approx(300, abs=0.2)
    spent = sum(row["kbps"] * row["seconds"] for row in timeline)
    assert spent == pytest.approx(sum(map(len, read.packets)) * 8e-3, rel=0.01)


@pytest.mark.parametrize(("kbps", "bandwidth"), [(8, "narrowband"), (16, "wideband"), (48, "fullband")])
def test_bandwidth_and_mode_are_told(chasqui, tmp_path, speech_wav, kbps, bandwidth):
    chasqui("compress", speech_wav, "-o", tmp_path / "x.opus", "-b", kbps).ok()
    facts = inspected(chasqui, tmp_path / "x.opus")
    shares = facts["bandwidths"]
    assert shares[bandwidth] > 0.9, f"at {kbps} kb/s: {shares}"
    assert sum(shares.values()) == pytest.approx(1, abs=0.01) and sum(facts["modes"].values()) == pytest.approx(1, abs=0.01)


def test_text_for_people(chasqui, opus):
    said = chasqui("inspect", opus).ok().stdout
    assert f"packets     {len(read_ogg_opus(opus).packets)} of" in said


@pytest.mark.parametrize(("step", "code"), [("0.12", 0), ("1", 0), ("3600", 0), ("0", 64), ("-1", 64), ("nan", 64), ("much", 64)])
def test_step(chasqui, tmp_path, short_wav, step, code):
    ffmpeg("-i", short_wav, "-c:a", "libopus", "-b:a", "16k", tmp_path / "x.opus")
    outcome = chasqui("inspect", tmp_path / "x.opus", "--json", f"--step={step}")
    assert outcome.code == code, str(outcome)
    if code == 0:
        assert len(outcome.json()["rate"]) == pytest.approx(max(1, 3.02 / float(step)), abs=1)
    else:
        assert "--step" in outcome.error_line()


def test_damaged_file_is_told_of_not_refused(chasqui, tmp_path, speech_wav):
    chasqui("compress", speech_wav, "-o", tmp_path / "x.opus", "-b", 64).ok()
    data = bytearray((tmp_path / "x.opus").read_bytes())
    data[len(data) // 3] ^= 0xFF  # spoils the checksum of the first of several pages of sound
    (tmp_path / "y.opus").write_bytes(data)
    whole, damaged = inspected(chasqui, tmp_path / "x.opus"), inspected(chasqui, tmp_path / "y.opus")
    assert whole["pages"] >= 4 and damaged["packets"] < whole["packets"]
    assert damaged["skipped_bytes"] > 0 and damaged["holes"] == 1 and whole["holes"] == 0, damaged
