"""A quality in place of a bitrate: every window of what comes out is measured to be at the target, at few bytes."""

import json

import numpy as np
import pytest

from support.media import RATE, decoded, write_wav
from support.ogg import read_ogg_opus
from support.speech import MUSIC, noise, prompt


def compress(chasqui, folder, source, *options):
    """The report, and what `compare` says of the file as a whole against what the encoder got."""
    text = chasqui("compress", source, "-o", folder / "o.opus", "--report", folder / "r.json", *options).ok().stdout
    chasqui("condition", source, "-o", folder / "c.wav").ok()
    scores = json.loads(chasqui("compare", folder / "c.wav", folder / "o.opus", "--json").ok().stdout)
    return json.loads((folder / "r.json").read_text()), scores, text


@pytest.mark.parametrize(("quality", "target"), [("essential", 2.4), ("clear", 3.0), ("3.4", 3.4)])
def test_every_window_is_at_the_target(chasqui, tmp_path, speech_wav, quality, target):
    report, scores, _ = compress(chasqui, tmp_path, speech_wav, "-q", quality)
    assert report["options"] == {"quality": target, "budget_bytes": None, "decoder": "stock", "bitrate_kbps": None, "format": "opus"}
    assert all(s["reached"] and s["probes"] >= 1 and s["worst_mos"] >= target for s in report["segments"])
    # The whole file has windows elsewhere than the segments have; chance moves them a little.
    assert scores["mos_windows"]["windows"] > 0
    assert scores["mos_windows"]["worst_5_percent"] >= target - 0.05
    # The report's own look at the whole file is the same as `compare`'s.
    whole = report["output"]["windows"]
    assert whole["scored"] == scores["mos_windows"]["windows"]
    assert whole["worst_mos"] == pytest.approx(scores["mos_windows"]["worst"], abs=0.03)
    assert whole["mean_estoi"] == pytest.approx(scores["estoi_windows"]["mean"], abs=0.003)
    assert whole["at_target_share"] >= 0.9
    assert read_ogg_opus(tmp_path / "o.opus").samples == report["output"]["samples"]


def test_is_held_against_what_came_in(chasqui, tmp_path, speech_48k, material):
    """Speech and dead air, which moves all that follows; then in noise, where suppressing it is a change."""
    sound = np.concatenate([speech_48k[:5 * RATE], np.zeros(4 * RATE), speech_48k[:11 * RATE]])
    clean, noisy = write_wav(material / "pause.wav", sound), write_wav(material / "noisy.wav", speech_48k + noise(len(speech_48k), -38))
    trimmed = compress(chasqui, tmp_path, clean, "-q", "clear", "--trim-pauses", "--denoise", "off")[0]
    assert trimmed["conditioning"]["trimmed_seconds"] > 2
    scores = trimmed["output"]["against_input"]
    assert scores["conditioned"]["scored"] == scores["output"]["scored"] >= 2
    assert scores["conditioned"]["mean_mos"] > 4.3 and scores["conditioned"]["mean_estoi"] > 0.97, scores
    assert scores["output"]["mean_mos"] > 2.8, scores
    kept, suppressed = (compress(chasqui, tmp_path, noisy, "-q", "clear", "--denoise", which)[0]["output"]["against_input"]["conditioned"]
                        for which in ("off", "on"))
    assert suppressed["mean_mos"] < kept["mean_mos"] - 0.3, (kept, suppressed)
    assert kept["scored"] == suppressed["scored"] == 2, "the windows of 12 s, each with room to begin where a packet does"
    assert compress(chasqui, tmp_path, clean, "-q", "clear", "--no-condition")[0]["output"]["against_input"] is None


def test_more_quality_costs_more(chasqui, tmp_path, speech_wav):
    sizes = []
    for quality in ("essential", "clear", "rich"):
        chasqui("compress", speech_wav, "-o", tmp_path / "o.opus", "-q", quality).ok()
        sizes.append((tmp_path / "o.opus").stat().st_size)
    assert sizes == sorted(sizes) and sizes[0] < 0.8 * sizes[2]


def test_says_what_cannot_be_reached(chasqui, tmp_path, material):
    """Bursts of hiss, of which no coder keeps the waveform."""
    seconds = 12
    bursts = np.arange(seconds * RATE) // (RATE // 2) % 2
    source = write_wav(material / "hissing.wav", np.random.default_rng(1).normal(0, 0.2, seconds * RATE) * bursts)
    report, _, text = compress(chasqui, tmp_path, source, "-q", "4.2", "--denoise", "off")
    below = [s for s in report["segments"] if not s["reached"]]
    assert below
    assert f"{len(below)} of {len(report['segments'])} segments stay below the quality asked for" in text


@pytest.mark.parametrize("kind", ["silence", "music", "brief", "noise"])
def test_sound_without_words(chasqui, tmp_path, music_wav, speech_48k, kind):
    sound = {"silence": np.zeros(6 * RATE), "music": decoded(music_wav), "brief": speech_48k[:RATE * 3 // 10],
             "noise": noise(6 * RATE, -30)}[kind]
    source = write_wav(tmp_path / "in.wav", sound)
    chasqui("compress", source, "-o", tmp_path / "o.opus", "-q", "clear").ok()
    assert read_ogg_opus(tmp_path / "o.opus").samples == len(sound)


def test_what_few_segments_need_they_get_alone(chasqui, tmp_path):
    """Music that telephone speech's narrowband cannot carry, once in two minutes of it."""
    voice = np.resize(prompt("demo-congrats", 20)[::6], 130 * 8000)
    voice = np.interp(np.arange(130 * RATE) / RATE, np.arange(len(voice)) / 8000, voice)
    tune = decoded(MUSIC.with_name("main_menu.ogg"))[30 * RATE : 37 * RATE]
    tune *= 1.5 * np.sqrt(np.mean(voice**2) / np.mean(tune**2))
    source = write_wav(tmp_path / "in.wav", np.concatenate([voice[: 60 * RATE], tune, voice[60 * RATE :]]))
    report, _, _ = compress(chasqui, tmp_path, source, "-q", "3.4")
    wider = [s for s in report["segments"] if s["bandwidth"] != "narrowband"]
    assert 1 <= len(wider) <= len(report["segments"]) // 20
    assert all(s["end_s"] > 60 and s["begin_s"] < 67 and s["reached"] and s["guessed_kbps"] for s in wider), wider


def test_telephone_speech(chasqui, tmp_path, speech_48k):
    """8 kHz sound needs no wideband."""
    source = write_wav(tmp_path / "in.wav", speech_48k[::6], 8000)
    report, scores, _ = compress(chasqui, tmp_path, source, "-q", "clear")
    assert {s["bandwidth"] for s in report["segments"]} == {"narrowband"}
    assert scores["mos_windows"]["worst_5_percent"] >= 2.95
