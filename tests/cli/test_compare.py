"""`chasqui compare` against an independent implementation of ESTOI, and against pairs whose truth is known."""

import numpy as np
import pytest
from pystoi import stoi

from support import speech
from support.media import RATE, decoded, ffmpeg, rms_db, write_wav
from support.program import DATA, OK, USAGE


def compared(chasqui, reference, degraded, *options) -> dict:
    return chasqui("compare", reference, degraded, "--json", *options).ok(warnings=True).json()


def coded(folder, wav, kbps) -> np.ndarray:
    """Through libopus by ffmpeg, aligned to the sample."""
    target = folder / f"{kbps}.opus"
    ffmpeg("-i", wav, "-c:a", "libopus", "-b:a", f"{kbps}k", "-application", "voip", "-frame_duration", 60, target)
    return decoded(target)


VOICES = {"demo-congrats": 20, "conf-adminmenu-18": 20, "vm-options": 15}


@pytest.fixture(scope="session", params=VOICES)
def original(request, material):
    name = request.param
    return write_wav(material / f"ref-{name}.wav", speech.prompt(name, VOICES[name]))


DAMAGES = {
    "opus 6": lambda folder, wav: coded(folder, wav, 6),
    "opus 8": lambda folder, wav: coded(folder, wav, 8),
    "opus 12": lambda folder, wav: coded(folder, wav, 12),
    "noise 10 dB": lambda folder, wav: (s := decoded(wav)) + speech.noise(len(s), rms_db(s) - 10),
    "noise 0 dB": lambda folder, wav: (s := decoded(wav)) + speech.noise(len(s), rms_db(s)),
    "quieter": lambda folder, wav: decoded(wav) * 0.1,
}


@pytest.mark.release_only("a measurement; the code it runs is run by other tests there")
@pytest.mark.parametrize("damage", DAMAGES)
def test_estoi_agrees_with_pystoi(chasqui, tmp_path, original, damage):
    degraded = write_wav(tmp_path / "degraded.wav", np.clip(DAMAGES[damage](tmp_path, original), -1, 1))
    facts = compared(chasqui, original, degraded)
    x, y = decoded(original), decoded(degraded)
    length = min(len(x), len(y))
    wanted = stoi(x[:length], y[:length], RATE, extended=True)
    assert abs(facts["lag_s"]) <= 1.1 / 16_000
    assert facts["estoi"] == pytest.approx(wanted, abs=1e-3), f"pystoi says {wanted:.4f}"


@pytest.mark.release_only("a measurement; the code it runs is run by other tests there")
def test_more_damage_scores_lower(chasqui, tmp_path, original):
    scores = []
    for damage in ("opus 12", "opus 8", "opus 6"):
        degraded = write_wav(tmp_path / "d.wav", DAMAGES[damage](tmp_path, original))
        facts = compared(chasqui, original, degraded)
        scores.append((facts["estoi"], facts["nsim_windows"]["mean"]))
    for metric in zip(*scores, strict=True):
        assert list(metric) == sorted(metric, reverse=True), f"12, 8, 6 kb/s scored {metric}"


def test_equal_files_score_one(chasqui, speech_wav):
    facts = compared(chasqui, speech_wav, speech_wav)
    assert facts["estoi"] == pytest.approx(1, abs=1e-4)
    assert facts["nsim_windows"]["worst"] == pytest.approx(1, abs=1e-3)


@pytest.mark.release_only("a measurement; the code it runs is run by other tests there")
@pytest.mark.parametrize("lag_s", [0.0065, 0.25, 3.0, -0.25, -2.0])
def test_lag_is_found_and_taken_out(chasqui, tmp_path, speech_wav, speech_48k, lag_s):
    shift = round(lag_s * RATE)
    moved = np.concatenate([np.zeros(shift), speech_48k]) if shift > 0 else speech_48k[-shift:]
    facts = compared(chasqui, speech_wav, write_wav(tmp_path / "late.wav", moved))
    assert facts["lag_s"] == pytest.approx(lag_s, abs=1.1 / 16_000)
    assert facts["estoi"] > 0.99


@pytest.mark.release_only("a measurement; the code it runs is run by other tests there")
@pytest.mark.parametrize("change", ["inverted", "half as loud", "8 kHz", "mp3"])
def test_harmless_changes_score_high(chasqui, tmp_path, speech_wav, speech_48k, change):
    degraded = tmp_path / ("d.mp3" if change == "mp3" else "d.wav")
    if change == "mp3":
        ffmpeg("-i", speech_wav, "-b:a", "128k", degraded)
    elif change == "8 kHz":
        ffmpeg("-i", speech_wav, "-ar", 8000, degraded)
    else:
        write_wav(degraded, speech_48k * (-1 if change == "inverted" else 0.5))
    facts = compared(chasqui, speech_wav, degraded)
    assert facts["estoi"] > (0.8 if change == "8 kHz" else 0.97), facts


def test_a_bad_stretch_is_pointed_at(chasqui, tmp_path, speech_wav, speech_48k):
    broken = speech_48k.copy()
    broken[5 * RATE:8 * RATE] = speech.noise(3 * RATE, rms_db(speech_48k))
    facts = compared(chasqui, speech_wav, write_wav(tmp_path / "d.wav", broken))
    worst = facts["estoi_windows"]
    assert worst["worst_begin_s"] < 8 and worst["worst_end_s"] > 5, worst
    assert worst["worst"] < 0.6 < worst["median"] + 0.3


def test_windows_cover_the_recording(chasqui, tmp_path, speech_wav):
    facts = compared(chasqui, speech_wav, speech_wav)
    windows = facts["windows"]
    assert windows[0]["begin_s"] == 0 and windows[-1]["end_s"] == pytest.approx(12, abs=0.01)
    assert all(b["begin_s"] < a["end_s"] for a, b in zip(windows, windows[1:], strict=False))


@pytest.mark.parametrize("other", ["music", "other words"])
def test_unlike_recordings_are_refused_unless_forced(chasqui, tmp_path, speech_wav, music_wav, other):
    wrong = music_wav if other == "music" else write_wav(tmp_path / "words.wav", speech.prompt("vm-options", 12))
    outcome = chasqui("compare", speech_wav, wrong, "--json")
    assert outcome.code == USAGE, f"expected exit 64: these are two different recordings\n{outcome}"
    assert wrong.name in outcome.error_line() and "--force" in outcome.error_line(), str(outcome)
    forced = chasqui("compare", speech_wav, wrong, "--json", "--force").ok(warnings=True)
    assert forced.json()["warnings"] and forced.error_line(), str(forced)


def test_silence_has_no_score(chasqui, tmp_path, speech_wav):
    silent = write_wav(tmp_path / "silent.wav", np.zeros(5 * RATE))
    for pair in ((silent, silent), (speech_wav, silent), (silent, speech_wav)):
        outcome = chasqui("compare", *pair, "--json")
        assert outcome.code in (OK, USAGE, DATA), str(outcome)
        if outcome.code == OK:
            facts = outcome.json()
            assert facts["estoi"] is None or facts["estoi"] < 0.1, facts
        else:
            outcome.error_line()


def test_one_sample_against_one_sample(chasqui, tmp_path, speech_48k):
    tiny = write_wav(tmp_path / "tiny.wav", speech_48k[RATE:RATE + 1])
    outcome = chasqui("compare", tiny, tiny, "--json")
    assert outcome.code in (OK, USAGE, DATA), str(outcome)


@pytest.mark.release_only("a measurement; the code it runs is run by other tests there")
def test_what_compress_made_is_judged_against_what_the_encoder_got(chasqui, out, speech_wav):
    chasqui("condition", speech_wav, "-o", out / "c.wav").ok()
    scores = []
    for kbps in (6, 8, 16):
        chasqui("compress", speech_wav, "-o", out / "o.opus", "-b", kbps).ok()
        facts = compared(chasqui, out / "c.wav", out / "o.opus")
        assert abs(facts["lag_s"]) <= 1.1 / 16_000, "compressed sound lags behind what the encoder got"
        assert facts["estoi"] == pytest.approx(stoi(decoded(out / "c.wav"), decoded(out / "o.opus"), RATE, extended=True), abs=1e-3)
        scores.append(facts["estoi"])
    assert scores == sorted(scores) and scores[1] > 0.75, f"ESTOI at 6, 8, 16 kb/s: {scores}"


@pytest.mark.parametrize("extension", ["png", "svg"])
def test_plot(chasqui, out, tmp_path, speech_wav, speech_48k, extension):
    degraded = write_wav(tmp_path / "d.wav", speech_48k + speech.noise(len(speech_48k), -40))
    plot = out / f"plot.{extension}"
    chasqui("compare", speech_wav, degraded, "--plot", plot).ok()
    if extension == "svg":
        import xml.etree.ElementTree as ElementTree
        root = ElementTree.parse(plot).getroot()
        assert root.tag.endswith("svg") and len(list(root.iter())) > 20
        return
    assert plot.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    raw = ffmpeg("-i", plot, "-f", "rawvideo", "-pix_fmt", "gray", "-").stdout
    pixels = np.frombuffer(raw, np.uint8)
    background = np.bincount(pixels).max() / len(pixels)
    assert len(pixels) > 300 * 150 and 0.3 < background < 0.995, f"{len(pixels)} pixels, {background:.1%} of one shade"


def test_plot_that_cannot_be_written(chasqui, out, speech_wav):
    outcome = chasqui("compare", speech_wav, speech_wav, "--plot", "/proc/plot.png")
    assert outcome.code == 73 and "/proc/plot.png" in outcome.error_line(), str(outcome)
