"""`chasqui decode`: the stock decoder is ffmpeg's libopus to the bit of a rounding; the enhanced one differs where it can."""

import json
import re

import numpy as np
import pytest

from support.media import decoded, ffmpeg, wav_samples
from support.ogg import read_ogg_opus, write_ogg_opus
from support.program import DATA, OK, UNAVAILABLE


@pytest.mark.release_only("a measurement; the code it runs is run by other tests there")
@pytest.mark.parametrize("kbps", [8, 16, 32])
def test_stock_decoder_agrees_with_libopus(chasqui, out, speech_wav, kbps):
    chasqui("compress", speech_wav, "-o", out / "x.opus", "-b", kbps).ok()
    chasqui("decode", out / "x.opus", "-o", out / "x.wav", "--decoder", "stock").ok()
    raw = ffmpeg("-c:a", "libopus", "-i", out / "x.opus", "-f", "s16le", "-").stdout
    wanted, got = np.frombuffer(raw, "<i2") / 32768, wav_samples(out / "x.wav")
    assert len(got) == len(wanted) and np.abs(got - wanted).max() <= 2 / 32768


def test_enhanced_decoder(chasqui, out, speech_wav):
    features = chasqui("version", "--json").ok().json()["features"]
    chasqui("compress", speech_wav, "-o", out / "x.opus", "-b", 12).ok()
    chasqui("decode", out / "x.opus", "-o", out / "stock.wav").ok()
    outcome = chasqui("decode", out / "x.opus", "-o", out / "enhanced.wav", "--decoder", "enhanced")
    if not any(present for name, present in features.items() if "lace" in name.lower()):
        assert outcome.code == UNAVAILABLE and "libopus" in outcome.error_line(), str(outcome)
        return
    assert outcome.code == OK, str(outcome)
    stock, enhanced = wav_samples(out / "stock.wav"), wav_samples(out / "enhanced.wav")
    assert len(stock) == len(enhanced) == read_ogg_opus(out / "x.opus").samples
    difference = np.sqrt(np.mean((stock - enhanced) ** 2) / np.mean(stock**2))
    assert 0.005 < difference < 1, f"enhanced differs from stock by {difference:.2%} of its level"


def test_libopus_of_this_machine_has_the_enhancement(chasqui):
    """tools/bootstrap installs libopus 1.6.1, whose neural post-filters the project is measured with."""
    facts = chasqui("version", "--json").ok().json()
    text = json.dumps(facts)
    version = next(v for k, v in facts["libraries"].items() if "opus" in k.lower())
    number = tuple(int(part) for part in version.replace("libopus", "").strip(" v").split("-")[0].split(".")[:2])
    lace = [present for name, present in facts["features"].items() if "lace" in name.lower()]
    assert lace, f"version --json says nothing of LACE: {text}"
    assert any(lace) == (number >= (1, 5)), text


@pytest.mark.parametrize("options", [("-b:a", "12k", "-frame_duration", "20"), ("-b:a", "96k", "-application", "audio"),
                                     ("-b:a", "64k", "-application", "lowdelay", "-frame_duration", "5")], ids=" ".join)
def test_mono_files_of_other_tools(chasqui, out, speech_wav, options):
    ffmpeg("-i", speech_wav, "-c:a", "libopus", *options, out / "x.opus")
    chasqui("decode", out / "x.opus", "-o", out / "x.wav").ok()
    got, wanted = wav_samples(out / "x.wav"), decoded(out / "x.opus")
    assert len(got) == len(wanted)
    assert np.corrcoef(got, wanted)[0, 1] > 0.999


def test_stereo_is_refused(chasqui, out, speech_wav):
    ffmpeg("-i", speech_wav, "-c:a", "libopus", "-ac", 2, "-b:a", "64k", out / "x.opus")
    outcome = chasqui("decode", out / "x.opus", "-o", out / "x.wav")
    assert outcome.code == DATA and "x.opus" in outcome.error_line() and "2 channels" in outcome.error_line(), str(outcome)


def test_damaged_file_plays_on(chasqui, out, speech_wav):
    chasqui("compress", speech_wav, "-o", out / "x.opus", "-b", 64).ok()
    data = bytearray((out / "x.opus").read_bytes())
    data[len(data) // 3] ^= 0xFF  # spoils the checksum of the first of several pages of sound
    (out / "x.opus").write_bytes(data)
    outcome = chasqui("decode", out / "x.opus", "-o", out / "x.wav")
    assert outcome.code == OK, f"one broken page must not cost the lesson\n{outcome}"
    assert "x.opus" in outcome.error_line() and "concealed" in outcome.error_line()
    assert len(wav_samples(out / "x.wav")) == 12 * 48_000, "what follows the damage must stay in its place"
    facts = chasqui("decode", out / "x.opus", "-o", out / "x.wav", "--json").ok(warnings=True).json()
    assert f"{facts['concealed_samples']} samples concealed" in outcome.error_line() and facts["samples"] == 12 * 48_000
    assert facts["concealed_samples"] > 0 and facts["holes"] > 0 and facts["skipped_bytes"] > 0 and not facts["truncated"]


def test_json(chasqui, out, short_wav):
    chasqui("compress", short_wav, "-o", out / "x.opus").ok()
    facts = chasqui("decode", out / "x.opus", "-o", out / "x.wav", "--json").ok().json()
    assert facts == {"input": str(out / "x.opus"), "output": str(out / "x.wav"), "seconds": 3, "samples": 3 * 48_000, "invalid_packets": 0,
                     "concealed_samples": 0, "holes": 0, "skipped_bytes": 0, "jumped_samples": 0, "truncated": False}
    assert len(wav_samples(out / "x.wav")) == facts["samples"]
    assert chasqui("decode", out / "x.opus", "-o", out / "x.wav").ok().stdout == ""


@pytest.mark.parametrize(("jump_s", "told"), [(7200, r"7200\.0 s missing"), (2, r"96000 samples concealed"), (0, None)])
def test_clock_that_jumps(chasqui, out, speech_wav, jump_s, told):
    """Silence stands for what is missing, but not for hours of it; that it is missing is said either way."""
    chasqui("compress", speech_wav, "-o", out / "x.opus", "-b", 64).ok()
    write_ogg_opus(out / "x.opus", read_ogg_opus(out / "x.opus").packets, jump=jump_s * 48_000)
    outcome = chasqui("decode", out / "x.opus", "-o", out / "x.wav").ok(warnings=True)
    assert re.search(rf"x\.opus: damaged: .*{told}", outcome.error_line()) if told else not outcome.stderr, str(outcome)
    assert len(wav_samples(out / "x.wav")) >= (12 + jump_s % 7200) * 48_000
    assert chasqui("inspect", out / "x.opus", "--json").ok().json()["lost_samples"] == jump_s * 48_000


@pytest.mark.parametrize("command", ["decode", "inspect"])
def test_file_whose_sound_is_all_damaged(chasqui, out, tmp_path, short_wav, command):
    chasqui("compress", short_wav, "-o", tmp_path / "x.opus").ok()
    data = bytearray((tmp_path / "x.opus").read_bytes())
    data[-100] ^= 0xFF  # its only page of sound
    (tmp_path / "x.opus").write_bytes(data)
    outcome = chasqui(command, tmp_path / "x.opus", *(("-o", out / "x.wav") if command == "decode" else ()))
    assert outcome.code == DATA, f"expected exit 65: nothing is left of it\n{outcome}"
    assert "x.opus" in outcome.error_line(), f"the line should name the file\n{outcome}"
    assert not list(out.iterdir())
