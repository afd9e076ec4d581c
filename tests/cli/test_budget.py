"""A size in place of a quality: the file stays within it, at the best quality that does."""

import json
import re

import pytest

from support.ogg import read_ogg_opus
from support.program import USAGE


def compress(chasqui, folder, source, *options):
    chasqui("compress", source, "-o", folder / "o.opus", "--report", folder / "r.json", *options).ok()
    return json.loads((folder / "r.json").read_text())


@pytest.fixture(scope="module")
def clear_bytes(session_chasqui, material, speech_wav):
    session_chasqui("compress", speech_wav, "-o", material / "clear.opus", "-q", "clear").ok()
    return (material / "clear.opus").stat().st_size


@pytest.mark.parametrize("share", [0.85, 1.4])
def test_stays_within_and_uses_it(chasqui, tmp_path, speech_wav, clear_bytes, share):
    budget = int(clear_bytes * share)
    report = compress(chasqui, tmp_path, speech_wav, "--budget", budget)
    assert report["options"]["budget_bytes"] == budget
    assert 0.7 * budget < report["output"]["bytes"] == (tmp_path / "o.opus").stat().st_size <= budget
    assert (report["options"]["quality"] > 3.0) == (share > 1)
    assert read_ogg_opus(tmp_path / "o.opus").samples == report["output"]["samples"]


def test_bar_on_a_terminal_never_falls(chasqui, tmp_path, speech_wav, clear_bytes):
    told = chasqui.on_terminal("compress", speech_wav, "-o", tmp_path / "o.opus", "--budget", int(clear_bytes * 0.85))
    shown = [int(share) for share in re.findall(rb"(\d+) %", told)]
    assert len(shown) > 2 and shown == sorted(shown), told


def test_more_than_enough_ends_at_the_top(chasqui, tmp_path, speech_wav):
    assert compress(chasqui, tmp_path, speech_wav, "--budget", "2 MB")["options"]["quality"] == 4.2


def test_too_little_is_said(chasqui, tmp_path, speech_wav):
    run = chasqui("compress", speech_wav, "-o", tmp_path / "o.opus", "--budget", "2kB")
    assert run.code == USAGE and "does not fit into 2000 bytes" in run.error_line()
    assert not (tmp_path / "o.opus").exists()


@pytest.mark.parametrize("options", [("--budget", "0"), ("--budget", "2 apples"), ("--budget", "-1kB"), ("--budget", "nan"),
                                     ("--budget", "2MB", "-q", "clear"), ("--budget", "2MB", "-b", "8"),
                                     ("--budget", "2MB", "-f", "mp3"), ("-q", "clear", "--decoder", "fancy")])
def test_bad_options(chasqui, tmp_path, speech_wav, options):
    run = chasqui("compress", speech_wav, "-o", tmp_path / "o.opus", *options)
    assert run.code == USAGE
    run.error_line()


def test_judged_through_the_enhanced_decoder(chasqui, tmp_path, speech_wav):
    report = compress(chasqui, tmp_path, speech_wav, "-q", "clear", "--decoder", "enhanced")
    assert report["options"]["decoder"] == "enhanced"
    assert all(s["reached"] for s in report["segments"])
    scores = json.loads(chasqui("condition", speech_wav, "-o", tmp_path / "c.wav").ok() and chasqui(
        "compare", tmp_path / "c.wav", tmp_path / "o.opus", "--decoder", "enhanced", "--json").ok().stdout)
    assert scores["mos_windows"]["worst_5_percent"] >= 2.95
