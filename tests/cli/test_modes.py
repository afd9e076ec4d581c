"""Which of Opus' coders a segment gets: SILK for speech, CELT where listening says that music comes out better."""

import json

import numpy as np
import pytest

from support.media import RATE, decoded, write_wav
from support.ogg import read_ogg_opus


@pytest.fixture(scope="session")
def lesson(material, speech_48k, music_wav):
    """Speech, a pause, music, a pause, speech."""
    pause = np.zeros(RATE)
    return write_wav(material / "lesson.wav", np.concatenate([speech_48k, pause, decoded(music_wav), pause, speech_48k]))


def segments_at(chasqui, folder, source, kbps):
    chasqui("compress", source, "-o", folder / "o.opus", "-b", kbps, "--report", folder / "r.json").ok()
    return json.loads((folder / "r.json").read_text())["segments"]


def test_wideband_music_is_coded_in_celt(chasqui, tmp_path, lesson):
    segments = segments_at(chasqui, tmp_path, lesson, 12)
    assert {s["mode"] for s in segments if s["class"] == "speech"} == {"silk"}
    assert "celt" in {s["mode"] for s in segments if s["class"] in ("music", "mixed")}, segments
    modes = json.loads(chasqui("inspect", tmp_path / "o.opus", "--json").ok().stdout)["modes"]
    assert set(modes) == {"silk", "celt"}
    # The change of the coder costs no sample.
    assert read_ogg_opus(tmp_path / "o.opus").samples == len(decoded(lesson))


def test_narrowband_is_silk_throughout(chasqui, tmp_path, lesson):
    assert {s["mode"] for s in segments_at(chasqui, tmp_path, lesson, 8)} == {"silk"}


def test_speech_scores_no_worse_beside_music(chasqui, tmp_path, lesson, speech_wav):
    """The segment after music begins without what the coder before it knew; the words must survive that."""
    segments_at(chasqui, tmp_path, lesson, 12)
    chasqui("condition", lesson, "-o", tmp_path / "c.wav").ok()
    scores = json.loads(chasqui("compare", tmp_path / "c.wav", tmp_path / "o.opus", "--json").ok().stdout)
    end = scores["length_s"]
    speech = len(decoded(speech_wav)) / RATE
    def worst(windows):
        return min(w["estoi"] for w in windows if w["estoi"] is not None)
    before = [w for w in scores["windows"] if w["end_s"] <= speech]
    after = [w for w in scores["windows"] if w["begin_s"] >= end - speech]
    assert before and after
    assert worst(after) > worst(before) - 0.05
