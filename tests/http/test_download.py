"""Downloads as phones do them: in ranges, broken, resumed."""

import re
import socket

import pytest


@pytest.fixture(scope="module")
def audio(service, episode) -> str:
    return episode["links"]["audio"]


@pytest.fixture(scope="module")
def whole(service, audio) -> bytes:
    return service.get(audio).ok().body


def test_headers(service, audio, whole, episode):
    answer = service.get(audio)
    assert answer.headers["etag"] == f'"{episode["output"]["sha256"]}"' and answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable" and "inline" in answer.headers["content-disposition"]
    saved = service.get(audio + "?download=1").headers["content-disposition"]
    assert saved.startswith("attachment") and "filename*=UTF-8''Las%20plantas.opus" in saved
    head = service.ask("HEAD", audio).ok()
    assert head.body == b"" and int(head.headers["content-length"]) == len(whole) and head.headers["etag"] == answer.headers["etag"]


@pytest.mark.parametrize("text", ["0-0", "0-99", "100-", "-1", "-100", "17-1000000000", "0-"])
def test_range(service, audio, whole, text):
    first, last = text.split("-")
    begin, end = (int(first), min(int(last or len(whole)) + 1, len(whole))) if first else (len(whole) - int(last), len(whole))
    answer = service.get(audio, Range=f"bytes={text}").ok(206)
    assert answer.body == whole[begin:end]
    assert answer.headers["content-range"] == f"bytes {begin}-{end - 1}/{len(whole)}"


@pytest.mark.parametrize("text", ["bytes=5-4", "bytes=a-b", "bytes=", "lines=1-2", "bytes=1", "bytes=--1", "bytes 0-1",
                                  "bytes=" + ",".join("0-0" for _ in range(40)), "bytes=" + ",".join(f"{2 * i}-{2 * i}" for i in range(1000)), "bytes=0-,0-,0-", "bytes=99999999999999999999-"])
def test_range_that_is_none_gives_the_whole(service, audio, whole, text):
    assert service.get(audio, Range=text).ok().body == whole


@pytest.mark.parametrize("text", ["{size}-", "{size}-{size}", "-0", "{size}-,-0"])
def test_range_beyond_the_end(service, audio, whole, text):
    answer = service.get(audio, Range="bytes=" + text.format(size=len(whole)))
    answer.problem(416, "range")
    assert answer.headers["content-range"] == f"bytes */{len(whole)}"


def test_ranges_that_overlap(service, audio, whole):
    answer = service.get(audio, Range="bytes=0-9,5-14").ok(206)
    assert answer.body.count(whole[5:10]) >= 2 and b"bytes 5-14/" in answer.body


def test_several_ranges(service, audio, whole):
    answer = service.get(audio, Range="bytes=0-9, 100-149, -5").ok(206)
    boundary = re.fullmatch(r"multipart/byteranges; boundary=(.+)", answer.headers["content-type"])[1].encode()
    parts = answer.body.split(b"\r\n--" + boundary)
    assert parts[0] == b"" and parts[-1] == b"--\r\n"
    assert [part.split(b"\r\n\r\n", 1)[1] for part in parts[1:-1]] == [whole[:10], whole[100:150], whole[-5:]]
    assert f"Content-Range: bytes 100-149/{len(whole)}".encode() in parts[2]


def test_if_range(service, audio, whole):
    headers = service.get(audio).headers
    for value, status in ((headers["etag"], 206), (headers["last-modified"], 206), ('"another"', 200), ("W/" + headers["etag"], 200)):
        assert service.get(audio, Range="bytes=5-9", If_Range=value).status == status, value


def test_conditions(service, audio):
    etag = service.get(audio).headers["etag"]
    for value in (etag, "W/" + etag, f'"x", {etag}', "*"):
        answer = service.get(audio, If_None_Match=value).ok(304)
        assert answer.body == b"" and answer.headers["etag"] == etag
    service.get(audio, If_None_Match='"x"').ok()
    service.get(audio, If_Match='"x"').problem(412, "precondition")
    service.get(audio, If_Match=etag).ok()


EARLY, LATE, MADE = "Sun, 01 Mar 2020 12:00:00 GMT", "Sun, 01 Mar 2099 12:00:00 GMT", "made"


@pytest.mark.parametrize(("headers", "status"), [
    ({"If_Modified_Since": MADE}, 304), ({"If_Modified_Since": LATE}, 304), ({"If_Modified_Since": EARLY}, 200), ({"If_Modified_Since": "yesterday"}, 200),
    ({"If_Unmodified_Since": MADE}, 200), ({"If_Unmodified_Since": EARLY}, 412), ({"If_Unmodified_Since": "yesterday"}, 200),
    ({"If_Modified_Since": LATE, "If_None_Match": '"x"'}, 200), ({"If_Unmodified_Since": EARLY, "If_Match": "*"}, 200),
    ({"Range": "bytes=0-9", "If_Range": MADE}, 206), ({"Range": "bytes=0-9", "If_Range": LATE}, 200), ({"Range": "bytes=0-9", "If_Range": EARLY}, 200)])
def test_dates(service, audio, headers, status):
    made = service.get(audio).headers["last-modified"]
    answer = service.get(audio, **{name: made if value == MADE else value for name, value in headers.items()})
    assert answer.status == status and bool(answer.body) == (status != 304), answer


def test_head_tells_of_the_whole(service, audio, whole):
    answer = service.ask("HEAD", audio, Range="bytes=0-9").ok()
    assert int(answer.headers["content-length"]) == len(whole) and "content-range" not in answer.headers


@pytest.mark.parametrize("cut", [1, 100, 1000, 2500])
def test_broken_download_resumes_byte_exact(service, audio, whole, cut):
    with socket.create_connection(("127.0.0.1", service.port)) as line:
        line.sendall(f"GET {audio} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        received = b""
        while b"\r\n\r\n" not in received or len(received.split(b"\r\n\r\n", 1)[1]) < cut:
            received += line.recv(64)
    body = received.split(b"\r\n\r\n", 1)[1]
    rest = service.get(audio, Range=f"bytes={len(body)}-", If_Range=service.get(audio).headers["etag"]).ok(206)
    assert body + rest.body == whole


def test_keep_alive_and_pipelining(service, audio, whole):
    request = f"GET {audio} HTTP/1.1\r\nHost: localhost\r\nRange: bytes=0-99\r\n\r\n".encode()
    last = f"GET {audio} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nRange: bytes=0-99\r\n\r\n".encode()
    answer = service.raw(request * 20 + last)
    assert answer.count(b"HTTP/1.1 206") == 21 and answer.count(whole[:100]) == 21


def test_unknown(service, episode):
    service.get(f"/v1/episodes/{episode['id']}/audio.wav").problem(404, "not-found")
    service.get(f"/v1/episodes/{'0' * 26}/audio.opus").problem(404)


def test_damaged_file_is_never_served(start, speech_wav):
    service = start("--open")
    episode = service.finished(service.submit(speech_wav.read_bytes()))
    good = service.get(episode["links"]["audio"]).ok().body
    path = service.blob(episode["output"]["sha256"])
    path.write_bytes(bytes([good[0], good[1] ^ 1]) + good[2:])
    service.stop()
    service.restart()
    service.get(episode["links"]["audio"]).problem(410, "gone")
    service.finished(episode["id"])
    assert service.get(episode["links"]["audio"]).ok().body == good, "it was made anew from the recording"


def test_damaged_recording_and_report(start, speech_wav, long_wav):
    """A recording that rots while it waits is never encoded; a rotten report is gone, and the sound is not."""
    service = start("--open")
    episode = service.finished(service.submit(speech_wav.read_bytes()))
    report = service.get(episode["links"]["report"]).ok().json()["output"]["sha256"]
    assert report == episode["output"]["sha256"]
    busy = service.submit(long_wav.read_bytes(), quality="clear")
    service.until(busy, "running")
    waiting = service.episode(service.submit(speech_wav.read_bytes() + b"\0\0"))
    for path in (service.blob(waiting["input"]["sha256"]), *(p for p in service.data.glob("blobs/*/*") if p.read_bytes()[:1] == b"{")):
        path.write_bytes(b"\0" + path.read_bytes()[1:])
    service.ask("POST", f"/v1/episodes/{busy}/cancel").ok()
    failed = service.until(waiting["id"], "failed", seconds=90)
    assert failed["error"]["code"] == "storage_corrupt" and str(service.data) not in failed["error"]["message"], failed["error"]
    assert str(service.data) not in service.get(episode["links"]["report"]).problem(410, "gone")["detail"]
    service.get(episode["links"]["audio"]).ok()
