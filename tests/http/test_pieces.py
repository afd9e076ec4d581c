"""Episodes in pieces, for phones that cannot resume."""

import subprocess

import numpy as np
import pytest
from service import Service
from support.media import RATE, ffmpeg, write_wav


def decoded(data: bytes, folder) -> np.ndarray:
    """All samples, by a player that knows nothing of us."""
    (folder / "in.opus").write_bytes(data)
    done = subprocess.run(["opusdec", "--quiet", "--no-dither", "--rate", "48000", folder / "in.opus", folder / "out.wav"], capture_output=True)
    assert done.returncode == 0, done.stderr
    return np.frombuffer((folder / "out.wav").read_bytes()[44:], "<i2")


@pytest.fixture(scope="module")
def lecture(service, speech_wav, tmp_path_factory):
    """Seven minutes with two chapters, of 70 s and the rest."""
    folder = tmp_path_factory.mktemp("lecture")
    from support import speech

    wav = write_wav(folder / "a.wav", np.tile(speech.prompt("demo-congrats", 20), 20))
    (folder / "chapters").write_text(";FFMETADATA1\ntitle=Las plantas\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=70000\ntitle=El agua\n"
                                     "[CHAPTER]\nTIMEBASE=1/1000\nSTART=70000\nEND=400000\ntitle=La luz <y> el aire\n")
    mp3 = folder / "a.m4a"
    ffmpeg("-i", wav, "-i", folder / "chapters", "-map_metadata", 1, "-map_chapters", 1, "-c:a", "aac", "-b:a", "48k", mp3)
    return service.finished(service.submit(mp3.read_bytes(), title="Las plantas"), seconds=120)


def pieces_of(service: Service, episode: dict) -> list[dict]:
    return service.get(episode["links"]["pieces"]).ok().json()["pieces"]


def test_list(service, lecture):
    pieces = pieces_of(service, lecture)
    assert [p["title"] for p in pieces] == ["El agua", "La luz <y> el aire (1/2)", "La luz <y> el aire (2/2)"]
    assert pieces[0]["start"] == 0 and pieces[1]["start"] == 70 and pieces[0]["seconds"] == 70
    assert all(a["start"] + a["seconds"] == pytest.approx(b["start"], abs=0.002) for a, b in zip(pieces, pieces[1:]))
    assert sum(p["seconds"] for p in pieces) == pytest.approx(lecture["output"]["seconds"], abs=0.01) and max(p["seconds"] for p in pieces) <= 300
    ends = {round(s["end_s"], 3) for s in service.get(lecture["links"]["report"]).ok().json()["segments"]}
    assert round(pieces[2]["start"], 3) in ends, "a chapter is divided at a pause"


def test_together_they_are_the_whole(service, lecture, tmp_path):
    whole = decoded(service.get(lecture["links"]["audio"]).ok().body, tmp_path)
    files = [service.get(p["audio"]).ok().body for p in pieces_of(service, lecture)]
    assert [len(f) for f in files] == [p["bytes"] for p in pieces_of(service, lecture)]
    parts = [decoded(f, tmp_path) for f in files]
    together = np.concatenate(parts)
    assert len(together) == len(whole), "to the sample"
    assert [len(p) / RATE for p in parts] == pytest.approx([p["seconds"] for p in pieces_of(service, lecture)], abs=0.001)
    assert np.array_equal(parts[0], whole[:len(parts[0])]), "the first begins as the whole does"
    # A chapter may begin within a segment, where prediction never wholly forgets; after two seconds it is as good as gone.
    difference = np.abs(together.astype(int) - whole)
    assert difference.max() <= 400
    for start in np.cumsum([len(p) for p in parts])[:-1]:
        assert difference[start + 2 * RATE:start + 40 * RATE].max() <= 40


def test_each_is_a_sound_file(service, lecture, tmp_path):
    for number, piece in enumerate(pieces_of(service, lecture), 1):
        (tmp_path / "p.opus").write_bytes(service.get(piece["audio"]).ok().body)
        info = subprocess.run(["opusinfo", tmp_path / "p.opus"], capture_output=True, text=True)
        warnings = {line.strip() for line in info.stdout.splitlines() if "WARNING" in line}
        assert warnings <= {"WARNING: stream 1 has high muxing delay"}, "full pages are wanted, all else is not: " + info.stdout
        assert f"TITLE={piece['title']}" in info.stdout and f"TRACKNUMBER={number}" in info.stdout and "ALBUM=Las plantas" in info.stdout
        assert "CHAPTER" not in info.stdout


def test_downloads(service, lecture):
    path = pieces_of(service, lecture)[1]["audio"]
    answer = service.get(path + "?download=1").ok()
    assert "filename*=UTF-8''Las%20plantas%2002.opus" in answer.headers["content-disposition"] and answer.headers["content-type"].startswith("audio/ogg")
    assert service.get(path, Range="bytes=10-19", If_Range=answer.headers["etag"]).ok(206).body == answer.body[10:20]
    assert service.get(path, If_None_Match=answer.headers["etag"]).status == 304
    assert service.ask("HEAD", path).ok().headers["content-length"] == str(len(answer.body))
    for wrong in ("0", "4", "01", "x", "-1", "99999999999999999999"):
        service.get(f"/v1/episodes/{lecture['id']}/pieces/{wrong}.opus").problem(404, "not-found")


def test_cut_anew_when_it_was_swept(service, lecture):
    path = pieces_of(service, lecture)[0]["audio"]
    answer = service.get(path).ok()
    service.blob(answer.headers["etag"].strip('"')).unlink()
    assert service.get(path).ok().body == answer.body


def test_short_and_unfinished(service, episode, start, long_wav):
    pieces = pieces_of(service, episode)
    assert len(pieces) == 1 and pieces[0]["title"] == "Las plantas"
    assert "Por partes" not in service.get(f"/episodios/{episode['id']}").ok().text
    other = start("--open")
    busy = other.submit(long_wav.read_bytes(), quality="clear")
    other.get(f"/v1/episodes/{busy}/pieces").problem(409, "conflict")
    other.ask("POST", f"/v1/episodes/{busy}/cancel")


def test_page(service, lecture):
    text = service.get(f"/episodios/{lecture['id']}").ok().text
    assert "Por partes" in text and f'/v1/episodes/{lecture["id"]}/pieces/3.opus?download=1' in text
    assert "La luz &lt;y&gt; el aire (1/2)" in text
