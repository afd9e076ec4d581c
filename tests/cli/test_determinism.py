"""The same input, options and version give the same bytes: file and report, whatever the threads, folders and time."""

import hashlib
import json

import numpy as np
import pytest

from support.media import RATE, write_wav
from support.ogg import read_ogg_opus


@pytest.fixture(scope="session")
def episode(material, speech_48k, music_wav):
    """Speech, dead air, music, noisy speech: several segments of several kinds."""
    from support.media import decoded
    from support.speech import noise

    noisy = speech_48k + noise(len(speech_48k), -38)
    return write_wav(material / "episode.wav", np.concatenate([speech_48k, np.zeros(3 * RATE), decoded(music_wav), noisy]))


def outcome(chasqui, folder, source, *options):
    """File and report of one run, always under the same names."""
    folder.mkdir()
    target = folder / "lesson.out"
    chasqui("compress", source, "-o", target, "--report", folder / "r.json", *options).ok()
    return target.read_bytes(), (folder / "r.json").read_bytes()


@pytest.mark.parametrize("options", [(), ("-f", "webm"), ("-f", "caf"), ("-f", "mp3"), ("--trim-pauses", "--denoise", "on", "-b", "12"),
                                     ("--no-condition",), ("-q", "clear")], ids=lambda o: " ".join(o) or "default")
def test_threads_do_not_matter(chasqui, tmp_path, episode, options):
    runs = [outcome(chasqui, tmp_path / f"{number}", episode, "--threads", threads, *options)
            for number, threads in enumerate((1, 2, 5, 5))]
    for number, (file, report) in enumerate(runs[1:]):
        assert file == runs[0][0], f"file of run {number + 2} differs from that of --threads 1"
        assert report == runs[0][1], f"report of run {number + 2} differs from that of --threads 1"


def test_condition_does_not_depend_on_threads(chasqui, tmp_path, episode):
    files = []
    for threads in (1, 5):
        chasqui("condition", episode, "-o", tmp_path / "c.wav", "--threads", threads).ok()
        files.append((tmp_path / "c.wav").read_bytes())
    assert files[0] == files[1]


def test_report_proves_the_file(chasqui, tmp_path, episode):
    file, report = outcome(chasqui, tmp_path / "a", episode)
    facts, read = json.loads(report), read_ogg_opus(tmp_path / "a" / "lesson.out")
    assert facts["input"]["sha256"] == hashlib.sha256(episode.read_bytes()).hexdigest()
    assert facts["input"]["name"] == "episode.wav" and facts["input"]["bytes"] == episode.stat().st_size
    assert facts["output"]["sha256"] == hashlib.sha256(file).hexdigest()
    assert facts["output"]["name"] == "lesson.out" and facts["output"]["bytes"] == len(file)
    assert facts["output"]["samples"] == read.samples
    assert facts["output"]["bitrate_kbps"] == pytest.approx(len(file) * 8e-3 / (read.samples / RATE), abs=1e-3)
    assert facts["versions"]["chasqui"] and any("opus" in name.lower() for name in facts["versions"])
    segments = facts["segments"]
    assert len(segments) >= 3 and segments[0]["begin_s"] == 0
    assert segments[-1]["end_s"] == pytest.approx(read.samples / RATE, abs=1e-4)
    assert all(a["end_s"] == b["begin_s"] for a, b in zip(segments, segments[1:], strict=False))
    assert len({s["bandwidth"] for s in segments}) == 1, "the bandwidth must not flap"
    assert sum(s["bytes"] for s in segments) == sum(map(len, read.packets))


def test_report_tells_nothing_of_time_and_place(chasqui, tmp_path, episode):
    _, report = outcome(chasqui, tmp_path / "a", episode)
    text = report.decode()
    assert str(tmp_path) not in text and str(episode.parent) not in text
    for word in ("elapsed", "date", "time", "host", "threads"):
        assert f'"{word}' not in text
