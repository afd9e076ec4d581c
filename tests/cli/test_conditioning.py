"""What listeners get besides the codec: loudness, denoising, shorter pauses, tags, chapters, cover."""

import base64
import json

import numpy as np
import pytest
from pystoi import stoi

from support import speech
from support.media import (RATE, chapters_of, convert, decoded, ffmpeg, loudness, probe, rms_db, tags_of, wav_samples, with_metadata, write_wav)
from support.ogg import read_ogg_opus


def conditioned(chasqui, out, source, *options) -> np.ndarray:
    chasqui("condition", source, "-o", out / "c.wav", *options).ok()
    return wav_samples(out / "c.wav")


def report(chasqui, out, source, *options) -> dict:
    chasqui("compress", source, "-o", out / "o.opus", "--report", out / "r.json", *options).ok()
    return json.loads((out / "r.json").read_text())


# --- loudness --------------------------------------------------------------------------------------------------------

LOUDNESS = {
    "as recorded": lambda s, m: s,
    "very quiet": lambda s, m: s * 10 ** (-25 / 20),
    "clipped": lambda s, m: np.clip(s * 30, -1, 1),
    "music": lambda s, m: m,
    "speech over music": lambda s, m: s[:len(m)] + 0.2 * m[:len(s)],
    "quiet and loud halves": lambda s, m: s * np.where(np.arange(len(s)) < len(s) // 2, 0.05, 1),
    "with a click": lambda s, m: np.where(np.arange(len(s)) % (5 * RATE) == RATE, 1.0, s * 0.05),
    "stereo": lambda s, m: np.stack([s * 0.8, s * 0.3], axis=1),
}


@pytest.mark.release_only("a measurement; the code it runs is run by other tests there")
@pytest.mark.parametrize("kind", LOUDNESS)
def test_loudness_and_true_peak(chasqui, out, tmp_path, speech_48k, music_wav, kind):
    source = write_wav(tmp_path / "x.wav", LOUDNESS[kind](speech_48k, decoded(music_wav)))
    conditioned(chasqui, out, source)
    integrated, peak = loudness(out / "c.wav")
    # Full-scale clicks 25 dB over the speech make the limiter duck the speech around them; that much is lost.
    tolerance = 1.0 if kind == "with a click" else 0.5
    assert abs(integrated + 16) <= tolerance, f"{integrated} LUFS, wanted -16 ± {tolerance}"
    assert peak <= -1.0, f"true peak {peak} dBTP, wanted at most -1"
    facts = report(chasqui, out, source)["conditioning"]
    assert facts["output_lufs"] == pytest.approx(integrated, abs=0.2)
    assert facts["output_dbtp"] == pytest.approx(peak, abs=0.3)


def test_silence_is_not_raised_to_noise(chasqui, out, tmp_path):
    source = write_wav(tmp_path / "x.wav", speech.noise(5 * RATE, -80))
    assert rms_db(conditioned(chasqui, out, source)) < -50
    assert not conditioned(chasqui, out, write_wav(tmp_path / "y.wav", np.zeros(5 * RATE))).any()


def test_rumble_is_removed(chasqui, out, tmp_path, speech_48k):
    hum = 0.3 * np.sin(2 * np.pi * 20 * np.arange(len(speech_48k)) / RATE)
    sound = conditioned(chasqui, out, write_wav(tmp_path / "x.wav", 0.5 * speech_48k + hum))
    spectrum = np.abs(np.fft.rfft(sound)) ** 2
    low = spectrum[:len(sound) * 30 // RATE].sum()
    assert low < 0.01 * spectrum.sum(), "20 Hz hum is still there"


def test_out_of_phase_stereo_survives(chasqui, out, tmp_path, speech_48k):
    source = write_wav(tmp_path / "x.wav", np.stack([speech_48k, -speech_48k], axis=1))
    sound = conditioned(chasqui, out, source)
    assert abs(loudness(out / "c.wav")[0] + 16) <= 0.5, "the two channels cancelled"
    mono = conditioned(chasqui, out, write_wav(tmp_path / "m.wav", speech_48k))
    assert abs(np.corrcoef(sound[RATE:], mono[RATE:])[0, 1]) > 0.95
    assert report(chasqui, out, source)["conditioning"]["inverted_seconds"] > 6


@pytest.mark.release_only("a measurement; the code it runs is run by other tests there")
def test_stereo_that_turns_over_midway_survives(chasqui, out, tmp_path, speech_48k):
    """Half of it in phase, half out of phase: no half may vanish."""
    sign = np.where(np.arange(len(speech_48k)) < len(speech_48k) // 2, 1, -1)
    sound = conditioned(chasqui, out, write_wav(tmp_path / "x.wav", np.stack([speech_48k, speech_48k * sign], axis=1)))
    mono = conditioned(chasqui, out, write_wav(tmp_path / "m.wav", speech_48k))
    for begin in (RATE, len(mono) // 2 + RATE):
        piece = slice(begin, begin + 4 * RATE)
        assert rms_db(sound[piece]) > rms_db(mono[piece]) - 6


def test_one_sided_stereo_is_as_loud(chasqui, out, tmp_path, speech_48k):
    conditioned(chasqui, out, write_wav(tmp_path / "x.wav", np.stack([speech_48k, np.zeros_like(speech_48k)], axis=1)))
    assert abs(loudness(out / "c.wav")[0] + 16) <= 0.5


def test_condition_tells_what_the_sheet_tells(chasqui, out, speech_wav):
    facts = chasqui("condition", speech_wav, "-o", out / "c.wav", "--json").ok().json()
    assert facts["input"] == str(speech_wav) and facts["output"] == str(out / "c.wav")
    assert (facts["seconds"], facts["samples"], facts["decoded_seconds"]) == (12, 12 * RATE, 12)
    assert (facts["damaged_packets"], facts["bad_samples"], facts["truncated"]) == (0, 0, False)
    assert facts["conditioning"] == report(chasqui, out, speech_wav)["conditioning"]
    assert facts["conditioning"]["output_lufs"] == pytest.approx(loudness(out / "c.wav")[0], abs=0.2)
    raw = chasqui("condition", speech_wav, "-o", out / "c.wav", "--json", "--no-condition").ok().json()["conditioning"]
    assert raw["enabled"] is False and raw["output_lufs"] is None


def test_condition_tells_of_damage(chasqui, out, tmp_path, speech_wav):
    source = convert(speech_wav, tmp_path / "x.flac")
    source.write_bytes(source.read_bytes()[:-20_000])
    facts = chasqui("condition", source, "-o", out / "c.wav", "--json").ok(warnings=True).json()
    assert facts["truncated"] and facts["samples"] == len(wav_samples(out / "c.wav")) < 12 * RATE


# --- denoising -------------------------------------------------------------------------------------------------------

def test_clean_speech_is_left_alone(chasqui, out, speech_wav):
    assert report(chasqui, out, speech_wav)["conditioning"]["denoised_share"] == 0
    assert (conditioned(chasqui, out, speech_wav) == conditioned(chasqui, out, speech_wav, "--denoise", "off")).all()


def test_music_is_left_alone(chasqui, out, music_wav):
    assert report(chasqui, out, music_wav)["conditioning"]["denoised_share"] == 0


@pytest.mark.release_only("a measurement; the code it runs is run by other tests there")
def test_noisy_speech_is_helped(chasqui, out, tmp_path, speech_48k):
    gap = np.zeros(2 * RATE)
    clean = np.concatenate([gap, speech_48k, gap])
    level = rms_db(speech_48k)
    source = write_wav(tmp_path / "x.wav", clean + speech.noise(len(clean), level - 12))
    assert report(chasqui, out, source)["conditioning"]["denoised_share"] > 0.5
    helped, plain = conditioned(chasqui, out, source), conditioned(chasqui, out, source, "--denoise", "off")
    pause, talk = slice(RATE // 2, 3 * RATE // 2), slice(2 * RATE, -2 * RATE)
    gain = (rms_db(helped[talk]) - rms_db(helped[pause])) - (rms_db(plain[talk]) - rms_db(plain[pause]))
    assert gain > 6, f"speech stands only {gain:.1f} dB further above the noise"
    scores = [stoi(clean, sound, RATE, extended=True) for sound in (plain, helped)]
    assert scores[1] > scores[0] - 0.02, f"ESTOI against the clean voice: {scores[0]:.3f} before, {scores[1]:.3f} after"


def test_denoise_on_and_off_are_obeyed(chasqui, out, tmp_path, speech_48k):
    source = write_wav(tmp_path / "x.wav", speech_48k + speech.noise(len(speech_48k), rms_db(speech_48k) - 12))
    assert report(chasqui, out, source, "--denoise", "on")["conditioning"]["denoised_share"] == 1
    assert report(chasqui, out, source, "--denoise", "off")["conditioning"]["denoised_share"] == 0


# --- pauses and chapters ---------------------------------------------------------------------------------------------

def onsets(sound: np.ndarray, threshold_db: float = -45, pause_s: float = 0.45) -> list[float]:
    """Where sound sets in again after at least `pause_s` of quiet."""
    hop = RATE // 100
    loud = np.array([rms_db(sound[i:i + hop]) > threshold_db for i in range(0, len(sound) - hop, hop)])
    found, quiet = [], 10**9
    for i, is_loud in enumerate(loud):
        if is_loud and quiet * 0.01 >= pause_s:
            found.append(i * 0.01)
        quiet = 0 if is_loud else quiet + 1
    return found


def test_trim_pauses_shortens_and_moves_chapters(chasqui, out, tmp_path, paused):
    wav, second = paused
    end = second * 2 - 8
    source = with_metadata(wav, tmp_path / "x.m4a", chapters=[(0, second, "Uno"), (second, end, "Dos")], options=("-c:a", "alac"))
    facts = report(chasqui, out, source, "--trim-pauses")
    length = read_ogg_opus(out / "o.opus").samples / RATE
    before = len(decoded(wav)) / RATE
    assert before - 7.9 < length < before - 5, f"{before:.2f} s became {length:.2f} s; there are 8 s of dead air"
    assert facts["conditioning"]["trimmed_seconds"] == pytest.approx(before - length, abs=0.001)
    (_, _, first_title), (begin, _, title) = chapters_of(out / "o.opus")
    assert (first_title, title) == ("Uno", "Dos")
    assert begin == pytest.approx(second - (before - length), abs=0.05)
    heard = onsets(decoded(out / "o.opus"), pause_s=0.25)
    assert min(abs(begin - at) for at in heard) < 0.15, f"chapter 'Dos' at {begin:.2f} s, but sound sets in at {heard}"


def test_pauses_stay_without_the_flag(chasqui, out, paused):
    wav, second = paused
    facts = report(chasqui, out, wav)
    assert facts["conditioning"]["trimmed_seconds"] == 0
    assert read_ogg_opus(out / "o.opus").samples == len(decoded(wav))


@pytest.mark.release_only("a measurement; the code it runs is run by other tests there")
def test_trim_pauses_keeps_every_word(chasqui, out, paused):
    wav, _ = paused
    speech_time = [np.sum(np.abs(conditioned(chasqui, out, wav, *options)) > 0.02) for options in ((), ("--trim-pauses",))]
    assert speech_time[1] == pytest.approx(speech_time[0], rel=0.02)


def test_trim_pauses_applies_to_condition_alike(chasqui, out, paused):
    sound = conditioned(chasqui, out, paused[0], "--trim-pauses")
    chasqui("compress", paused[0], "-o", out / "o.opus", "--trim-pauses").ok()
    assert read_ogg_opus(out / "o.opus").samples == len(sound)


# --- tags, chapters, cover -------------------------------------------------------------------------------------------

TAGS = [("title", "Cómo comen las plantas 🌱"), ("artist", "Escuela Rural"), ("album", "Ciencias"), ("date", "2024"), ("genre", "Educational"),
        ("track", "3"), ("comment", "a = b; c")]
CHAPTERS = [(0, 4, "Saludo"), (4, 8.5, "Raíces y hojas"), (8.5, 12, "Tarea")]


@pytest.fixture(scope="session")
def cover(material):
    ffmpeg("-f", "lavfi", "-i", "testsrc=size=64x64", "-frames:v", 1, material / "cover.png")
    return material / "cover.png"


@pytest.mark.parametrize(("extension", "options"), [("mp3", ("-c:a", "libmp3lame", "-b:a", "48k", "-id3v2_version", 4)),
                                                    ("m4a", ("-c:a", "aac", "-b:a", "48k")), ("flac", ("-c:a", "flac"))])
def test_tags_chapters_and_cover(chasqui, out, tmp_path, speech_wav, cover, extension, options):
    source = with_metadata(speech_wav, tmp_path / f"x.{extension}", TAGS, CHAPTERS if extension != "flac" else (), cover, options)
    chasqui("compress", source, "-o", out / "plain.opus").ok()
    chasqui("compress", source, "-o", out / "cover.opus", "--keep-cover").ok()
    for name in ("plain.opus", "cover.opus"):
        found = tags_of(out / name)
        for key, value in TAGS:
            names = {"track": ("TRACK", "TRACKNUMBER"), "comment": ("COMMENT", "DESCRIPTION")}.get(key, (key.upper(),))
            values = [found[n] for n in names if n in found]
            assert values == [value], f"{name}: {key} should be {value!r}; all tags: {found}"
        if extension != "flac":
            chapters = chapters_of(out / name)
            assert [c[2] for c in chapters] == [c[2] for c in CHAPTERS]
            assert [c[0] for c in chapters] == pytest.approx([c[0] for c in CHAPTERS], abs=0.002)
    kinds = {name: [s["codec_type"] for s in probe(out / name)["streams"]] for name in ("plain.opus", "cover.opus")}
    assert kinds == {"plain.opus": ["audio"], "cover.opus": ["audio", "video"]}
    picture = ffmpeg("-i", out / "cover.opus", "-map", "0:v", "-c", "copy", "-f", "image2pipe", "-").stdout
    assert picture == cover.read_bytes(), "the cover changed on the way"
    assert b"METADATA_BLOCK_PICTURE" not in read_ogg_opus(out / "plain.opus").tags.upper()


@pytest.mark.parametrize("container", ["webm", "caf", "mp3"])
def test_title_in_other_containers(chasqui, out, tmp_path, speech_wav, container):
    source = with_metadata(speech_wav, tmp_path / "x.flac", TAGS[:2])
    chasqui("compress", source, "-o", out / f"o.{container}", "-f", container).ok()
    found = tags_of(out / f"o.{container}")
    assert found.get("TITLE") == TAGS[0][1] and found.get("ARTIST") == TAGS[1][1], found


def test_tags_of_an_opus_input_are_carried(chasqui, out, tmp_path, speech_wav):
    source = with_metadata(speech_wav, tmp_path / "x.opus", TAGS[:3], CHAPTERS, options=("-c:a", "libopus", "-b:a", "24k"))
    chasqui("compress", source, "-o", out / "o.opus").ok()
    found = tags_of(out / "o.opus")
    assert [found.get(key.upper()) for key, _ in TAGS[:3]] == [value for _, value in TAGS[:3]]
    assert [c[2] for c in chapters_of(out / "o.opus")] == [c[2] for c in CHAPTERS]


def test_hostile_tags_do_no_harm(chasqui, out, tmp_path, speech_wav):
    source = with_metadata(speech_wav, tmp_path / "x.flac", [("title", "uno\\\ndos"), ("METADATA_BLOCK_PICTURE", "AAAA"),
                                                             ("CHAPTER000", "nonsense"), ("comment", "x" * 300_000)])
    chasqui("compress", source, "-o", out / "o.opus").ok()
    assert read_ogg_opus(out / "o.opus").samples == 12 * RATE
    assert tags_of(out / "o.opus")["TITLE"] in ("uno\ndos", "uno dos")


def test_cover_is_not_counted_as_video(chasqui, out, tmp_path, speech_wav, cover):
    """base64 costs a third more than the picture, nothing else may grow."""
    source = with_metadata(speech_wav, tmp_path / "x.flac", TAGS[:1], cover=cover)
    sizes = [chasqui("compress", source, "-o", out / "o.opus", "--json", *flags).ok().json()["output_bytes"] for flags in ((), ("--keep-cover",))]
    assert sizes[1] - sizes[0] <= len(base64.b64encode(cover.read_bytes())) * 1.02 + 200
