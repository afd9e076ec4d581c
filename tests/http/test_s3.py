"""The service with its blobs on a real S3 server."""

import shutil
import subprocess
import urllib.request

import pytest
from s3 import KEY, S3
from service import wait_until
from support.program import CHASQUI, CONFIG


@pytest.fixture
def s3(tmp_path):
    with S3(tmp_path / "s3") as running:
        yield running


def follow(url: str, **headers):
    return urllib.request.urlopen(urllib.request.Request(url, headers={name.replace("_", "-"): value for name, value in headers.items()}), timeout=60)


def test_compresses_and_serves_with_ranges(start, s3, speech_wav):
    service = start("--open", **s3.environment())
    episode = service.finished(service.submit(speech_wav.read_bytes()))
    audio = episode["links"]["audio"]
    whole = service.get(audio).ok().body
    assert s3.objects() >= {episode["output"]["sha256"]} and len(s3.objects()) == 3, "recording, result, report"
    assert service.blobs() == set()
    service.stop()
    shutil.rmtree(service.data / "cache")
    service.restart()
    for begin, end in ((0, len(whole) - 1), (17, 99), (len(whole) - 5, len(whole) - 1)):
        answer = service.get(audio, Range=f"bytes={begin}-{end}").ok(206)
        assert answer.body == whole[begin:end + 1] and answer.headers["content-range"] == f"bytes {begin}-{end}/{len(whole)}"
    assert service.get(f"/v1/episodes/{episode['id']}/report").ok().json()
    assert KEY not in service.log()


def test_presigned_downloads(start, s3, speech_wav):
    service = start("--open", **s3.environment(CHASQUI_S3_DOWNLOADS="presigned"))
    small = service.ask("POST", "/v1/compress", speech_wav.read_bytes(), Content_Type="audio/wav").ok()
    id = small.headers["content-location"].split("/")[3]
    answer = service.get(f"/v1/episodes/{id}/audio.opus?download=1").ok(307)
    assert answer.headers["cache-control"] == "no-store" and answer.body == b""
    with follow(answer.headers["location"]) as got:
        assert got.read() == small.body and got.headers["content-type"] == "audio/ogg; codecs=opus"
        assert got.headers["content-disposition"].startswith("attachment;")
    with follow(answer.headers["location"], Range="bytes=5-9") as got:
        assert got.status == 206 and got.read() == small.body[5:10]
    with pytest.raises(urllib.error.HTTPError) as refused:
        follow(answer.headers["location"].replace("attachment", "inline"))
    assert refused.value.code == 403, "the link is signed as a whole"


def test_server_killed_and_back(start, s3, speech_wav, long_wav):
    service = start("--open", **s3.environment())
    episode = service.finished(service.submit(speech_wav.read_bytes()))
    whole = service.get(episode["links"]["audio"]).ok().body
    id = service.submit(long_wav.read_bytes())
    service.until(id, "running")
    s3.kill()
    service.post(speech_wav.read_bytes() + b"\0\0").problem(503, "busy")
    assert service.get(episode["links"]["audio"]).ok().body == whole, "there is a copy on disk"
    wait_until(lambda: list((service.data / "work").rglob("*.opus")), "the episode was not encoded", 60)
    assert service.episode(id)["state"] == "running", "it waits with its result"
    s3.start()
    done = service.finished(id)
    assert done["output"]["sha256"] in s3.objects()
    assert service.log().count(f"{id}: begun by") == 1, "it was encoded once"
    service.finished(service.submit(speech_wav.read_bytes() + b"\0\0"))


def test_out_of_reach_is_not_gone(start, s3, speech_wav):
    service = start("--open", **s3.environment(CHASQUI_S3_CACHE_MIB="0"))
    episode = service.finished(service.submit(speech_wav.read_bytes()))
    s3.kill()
    service.get(episode["links"]["audio"]).problem(503, "busy")
    service.get(f"/v1/episodes/{episode['id']}/report").problem(503, "busy")
    assert service.episode(episode["id"])["state"] == "done"
    s3.start()
    service.get(episode["links"]["audio"]).ok()


def test_pieces(start, s3, long_wav):
    """They are cut, kept on S3 and served as everything else is, and cut anew when they were swept or damaged there."""
    service = start("--open", **s3.environment(CHASQUI_S3_CACHE_MIB="0"))
    episode = service.finished(service.submit(long_wav.read_bytes(), title="Larga"), seconds=120)
    before = s3.objects()
    pieces = service.get(episode["links"]["pieces"]).ok().json()["pieces"]
    assert len(pieces) >= 2 and s3.objects() == before, "a list makes no files"
    path = pieces[1]["audio"]
    whole = service.get(path).ok()
    piece = whole.headers["etag"].strip('"')
    assert whole.body.startswith(b"OggS") and len(whole.body) == pieces[1]["bytes"] and s3.objects() == before | {piece}
    assert service.get(path, Range="bytes=100-199").ok(206).body == whole.body[100:200]
    stored = next(file for file in s3.folder.rglob("*_object") if piece in str(file))
    stored.write_bytes(b"\0" + whole.body[1:])
    assert service.get(path).ok().body == whole.body, "wrong bytes are never served"
    service.stop()
    for file in s3.folder.rglob("*"):
        if piece in file.name and file.is_file():
            file.unlink()
    service.restart()
    assert service.get(path).ok().body == whole.body
    s3.kill()
    service.get(path).problem(503, "busy")
    s3.start()
    assert service.get(path).ok().body == whole.body


def test_pieces_beside_presigned_downloads(start, s3, long_wav):
    """Whoever follows links for whole files gets pieces, which are cut here, from here."""
    service = start("--open", **s3.environment(CHASQUI_S3_DOWNLOADS="presigned"))
    episode = service.finished(service.submit(long_wav.read_bytes()), seconds=120)
    assert service.get(episode["links"]["audio"]).status == 307
    pieces = service.get(episode["links"]["pieces"]).ok().json()["pieces"]
    assert [len(service.get(piece["audio"]).ok().body) for piece in pieces] == [piece["bytes"] for piece in pieces]


@pytest.mark.parametrize("key,value,words", [("CHASQUI_S3_BUCKET", "otro", "s3.bucket"), ("AWS_SECRET_ACCESS_KEY", "zorro", "s3.secret_key_file"),
                                             ("AWS_ACCESS_KEY_ID", "zorro", "s3.access_key_file"), ("CHASQUI_S3_ENDPOINT", "ftp://x", "s3.endpoint"),
                                             ("AWS_ACCESS_KEY_ID", "", "AWS_ACCESS_KEY_ID")])
def test_wrong_settings_end_it_at_start(tmp_path, s3, key, value, words):
    ended = subprocess.run([CHASQUI, "serve", "--data", tmp_path / "data", "--port", "0"], env=s3.environment(**{key: value}), capture_output=True,
                           timeout=60, text=True)
    assert ended.returncode == CONFIG and ended.stderr.count("\n") == 1, ended.stderr
    assert words in ended.stderr and "zorro" not in ended.stderr
