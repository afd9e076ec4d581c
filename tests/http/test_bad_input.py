"""Whatever is sent: the right status, a problem document, nothing lost, nothing left."""

import itertools
import os
import socket
import time
from urllib.parse import quote

import pytest
from service import multipart, problem_of, wait_until

JSON = {"Content_Type": "application/json"}


RAW = {
    "not HTTP": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100), 400),
    "HTTP/0.9": (b"GET /\r\n\r\n", 400),
    "HTTP/2 preface": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    "no host": (b"GET /healthz HTTP/1.1\r\n\r\n", 400),
    "control characters in the target": (b"GET /\x01 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    "header without colon": (b"GET / HTTP/1.1\r\nHost: localhost\r\nnonsense\r\n\r\n", 400),
    "header too large": (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 20_000 + b"\r\n\r\n", 431),
    "many headers": (b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 5000 + b"\r\n", 431),
    "two lengths": (b"POST /v1/episodes HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde", 400),
    "length and chunked": (b"POST /v1/episodes HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "negative length": (b"POST /v1/episodes HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n", 400),
    "length beyond 64 bits": (b"POST /v1/episodes HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999999\r\n\r\n", 400),
    "10 GB announced": (b"POST /v1/episodes HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10000000000\r\n\r\n", 413),
    "chunk size is no number": (b"POST /v1/episodes HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n", 400),
    "end of chunks malformed": (b"POST /v1/episodes HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r?\r\n\r\n", 400),
    "chunk larger than said": (b"POST /v1/episodes HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n0\r\n\r\n", 400),
    "no body": (b"POST /v1/episodes HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    "empty body": (b"POST /v1/episodes HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n", 400),
    "bad percent": (b"GET /v1/episodes?q=%zz HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    "zero byte": (b"GET /v1/episodes?q=%00 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    "query not UTF-8": (b"GET /v1/episodes?q=%ff HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    "twice in the query": (b"GET /v1/episodes?q=a&q=b HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    "dot dot": (b"GET /v1/episodes/../../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
    "encoded dot dot": (b"GET /v1/episodes/..%2f..%2fetc%2fpasswd HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
    "double slash": (b"GET //etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
    "backslash": (b"GET /v1/episodes/..\\..\\x HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
    "unknown method": (b"BREW /v1/episodes HTTP/1.1\r\nHost: localhost\r\n\r\n", 405),
    "CONNECT": (b"CONNECT example.org:443 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
}


@pytest.mark.parametrize("kind", RAW)
def test_raw(service, kind):
    data, status = RAW[kind]
    assert problem_of(service.raw(data, timeout=1)) == status
    service.get("/healthz").ok()


QUERIES = {
    "unknown option": ("speed=9", 400), "bitrate out of bounds": ("bitrate=900", 400), "bitrate no number": ("bitrate=fast", 400),
    "bitrate infinite": ("bitrate=inf", 400), "bitrate hexadecimal": ("bitrate=0x10", 400), "bitrate empty": ("bitrate=", 400),
    "quality unknown": ("quality=best", 400), "format unknown": ("format=wav", 400), "two aims": ("quality=clear&bitrate=8", 400),
    "quality for mp3": ("quality=clear&format=mp3", 400), "mp3 bitrate": ("format=mp3&bitrate=20", 400), "choice with a bar": ("format=opus|webm", 400),
    "budget tiny": ("budget=1", 400), "budget broken": ("budget=1.5e3.2", 400), "boolean": ("condition=yes", 400),
    "trimmed but not conditioned": ("condition=false&trim_pauses=true", 400), "denoised but not conditioned": ("condition=false&denoise=on", 400),
    "title too long": ("title=" + "a" * 301, 400), "source_url in the query": ("source_url=http%3A%2F%2Fexample.org", 400),
}


@pytest.mark.parametrize("kind", QUERIES)
def test_options(service, kind):
    query, status = QUERIES[kind]
    assert service.ask("POST", f"/v1/episodes?{quote(query, safe='=&%.')}", b"x").problem(status)["detail"]


DOCUMENTS = {
    "truncated": b'{"source_url": "http', "not an object": b"[1]", "not UTF-8": b'{"title": "\xff"}', "deep": b"[" * 5000,
    "unknown field": b'{"source_url": "http://example.org/a.mp3", "x": 1}', "wrong type": b'{"source_url": "http://example.org/a.mp3", "bitrate": [8]}',
    "null": b'{"source_url": null}', "no source": b'{"title": "a"}', "empty": b"", "two documents": b"{} {}", "NaN": b'{"bitrate": NaN}',
    "too large": b'{"title": "' + b"a" * 100_000 + b'"}', "huge number": b'{"bitrate": 1e999}',
}


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_json(service, kind):
    answer = service.ask("POST", "/v1/episodes", DOCUMENTS[kind], **JSON)
    answer.problem(413 if kind == "too large" else 400)


def test_form_is_not_a_recording(service):
    service.ask("POST", "/v1/episodes", b"a=b", Content_Type="application/x-www-form-urlencoded").problem(415, "wrong-type")


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate, gzip", "x"])
def test_compressed_bodies(service, coding):
    import gzip

    bomb = gzip.compress(bytes(50_000_000))
    before = service.blobs()
    service.ask("POST", "/v1/episodes", bomb, Content_Encoding=coding).problem(415, "wrong-type")
    service.ask("POST", "/v1/episodes", gzip.compress(b'{"source_url": "http://example.org/a"}'), Content_Encoding=coding, **JSON).problem(415)
    path = service.ask("POST", "/v1/uploads", Upload_Length="10", Tus_Resumable="1.0.0").ok(201).headers["location"]
    service.ask("PATCH", path, b"x", Upload_Offset="0", Content_Encoding=coding, Tus_Resumable="1.0.0", Content_Type="application/offset+octet-stream").problem(415)
    assert service.blobs() == before


def multiparts() -> dict[str, tuple[bytes, str]]:
    good, content_type = multipart({"title": "a"}, {"audio": ("a.wav", b"x" * 1000)}, boundary="B")
    return {
        "truncated in the data": (good[:-200], content_type), "truncated in the head": (good[:60], content_type), "no closing": (good[:-6], content_type),
        "no boundary": (good, "multipart/form-data"), "other boundary": (good, "multipart/form-data; boundary=C"),
        "long boundary": (good, "multipart/form-data; boundary=" + "C" * 80), "no file": multipart({"title": "a"}, {}),
        "two files": multipart({}, {"a": ("a", b"x"), "b": ("b", b"y")}), "empty file": multipart({}, {"a": ("a", b"")}),
        "field twice": (good.replace(b"--B--", b'--B\r\nContent-Disposition: form-data; name="title"\r\n\r\nb\r\n--B--'), content_type),
        "long field": multipart({"title": "a" * 5000}, {"a": ("a", b"x")}), "unknown field": multipart({"speed": "9"}, {"a": ("a", b"x")}),
        "no disposition": (good.replace(b"Content-Disposition", b"X-Other"), content_type), "no name": (good.replace(b'; name="audio"', b""), content_type),
        "long head": (good.replace(b"Content-Type: audio/wav", b"X: " + b"y" * 10_000), content_type), "nothing": (b"", content_type),
        "many parts": multipart({f"f{i}": "1" for i in range(100)}, {"a": ("a", b"x")}),
        "endless preamble": (b"x" * 100_000, content_type), "endless epilogue": (good + b"x" * 100_000, content_type),
    }


@pytest.mark.parametrize("kind", multiparts())
def test_multipart(service, kind):
    before = service.blobs()
    body, content_type = multiparts()[kind]
    service.ask("POST", "/v1/episodes", body, Content_Type=content_type).problem(413 if kind == "long field" else 400)
    assert service.blobs() == before


@pytest.mark.parametrize("chunk", [1, 2, 7, 1000])
def test_multipart_in_small_pieces(service, speech_wav, chunk):
    body, content_type = multipart({"title": "a\r\n--B"}, {"audio": ("a.wav", (speech_wav.read_bytes() + b"\r\n--") if chunk > 7 else b"x\r\n--\r\n-" * 9)}, boundary="B-")
    pieces = (body[i:i + chunk] for i in range(0, len(body), chunk))
    answer = service.ask("POST", "/v1/episodes", pieces, Content_Type=content_type)
    assert answer.status in (200, 202) and answer.json()["title"] == "a??--B", answer


def test_wrong_method(service):
    answer = service.ask("PUT", "/v1/episodes", b"x")
    assert answer.problem(405, "wrong-method") and answer.headers["allow"] == "POST, GET, HEAD"


def test_body_that_ends_early(service):
    before = service.blobs()
    answer = service.raw(b"POST /v1/episodes HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nabc", shut=True)
    assert problem_of(answer) == 400 and service.blobs() == before


@pytest.fixture
def impatient(start):
    return start("--open", CHASQUI_SERVER_HEADER_SECONDS="1", CHASQUI_SERVER_STALL_SECONDS="1", CHASQUI_SERVER_IDLE_SECONDS="1",
                 CHASQUI_SERVER_BODY_BYTES_PER_SECOND="1000")


def closes_within(line: socket.socket, seconds: float) -> bytes:
    line.settimeout(seconds)
    answer = b""
    while part := line.recv(65536):
        answer += part
    return answer


@pytest.mark.parametrize("kind", ["silent", "slow header", "slow body", "stalled body", "answer not read"])
def test_slow_clients_are_given_up(impatient, kind):
    with socket.create_connection(("127.0.0.1", impatient.port)) as line:
        begun = time.monotonic()
        try:
            if kind == "slow header":
                for c in b"GET /healthz HTTP/1.1\r\nHost: " + b"x" * 60:
                    line.sendall(bytes([c]))
                    time.sleep(0.1)
            if kind == "slow body":
                line.sendall(b"POST /v1/episodes HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n")
                for _ in range(60):
                    line.sendall(b"x")
                    time.sleep(0.1)
            if kind == "stalled body":
                line.sendall(b"POST /v1/episodes HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\nabc")
            if kind == "answer not read":
                line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
                line.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 200)
                wait_until(lambda: "chasqui_http_connections 1\n" in impatient.get("/metrics").text, "it is still served", 6, pause=0.3)
            else:
                closes_within(line, 10)
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert time.monotonic() - begun < 8
    impatient.get("/healthz").ok()


def test_connections_are_bounded(start):
    service = start("--open", CHASQUI_SERVER_CONNECTIONS_PER_ADDRESS="3")
    lines = [socket.create_connection(("127.0.0.1", service.port)) for _ in range(3)]
    assert problem_of(service.raw(b"", timeout=2)) == 503  # they are taken in the order in which they come
    for line in lines:
        line.close()
    wait_until(lambda: service.raw(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").startswith(b"HTTP/1.1 200"), "nobody is let in again")


def test_rates_are_bounded(start):
    service = start("--open", CHASQUI_ACCESS_REQUESTS_PER_MINUTE="5", CHASQUI_ACCESS_SUBMISSIONS_PER_HOUR="1")
    service.post(b"x").ok(202)
    assert service.post(b"y").problem(429, "too-many")
    for _ in range(3):
        service.get("/v1/episodes").ok()
    answer = service.get("/v1/episodes")
    assert answer.problem(429) and "retry-after" in answer.headers


def test_too_large(start):
    service = start("--open", CHASQUI_LIMITS_UPLOAD_MIB="1")
    service.post(b"x" * (1 << 20) + b"y").problem(413, "too-large")
    pieces = (b"x" * 100_000 for _ in range(12))
    service.ask("POST", "/v1/episodes", pieces).problem(413)
    head = multipart({}, {"audio": ("a.wav", b"")}, boundary="B")[0].removesuffix(b"\r\n--B--\r\n")
    endless = itertools.chain([head], itertools.repeat(b"x" * 100_000, 50))
    service.ask("POST", "/v1/episodes", endless, Content_Type="multipart/form-data; boundary=B").problem(413)
    assert not service.blobs()


def test_too_long(start, speech_wav):
    service = start("--open", CHASQUI_DECODER_LONGEST_HOURS="0.001")  # 3.6 s
    failed = service.until(service.submit(speech_wav.read_bytes()), "failed")
    assert failed["error"]["code"] == "input_too_long"


def test_quota_and_free_room(start):
    service = start("--open", CHASQUI_DATA_QUOTA_MIB="1")
    service.post(b"x" * (1 << 20) + b"y").problem(507, "no-room")
    service.stop()
    service.environment |= {"CHASQUI_DATA_KEEP_FREE_MIB": "1048576", "CHASQUI_DATA_QUOTA_MIB": "0"}
    service.restart()
    service.post(b"x").problem(507, "no-room")
    service.get("/readyz").problem(503)
    service.get("/healthz").ok()


def test_corrupt_database(start, speech_wav):
    service = start("--open")
    service.submit(speech_wav.read_bytes())
    service.stop()
    database = service.data / "chasqui.db"
    content = database.read_bytes()
    for damage in (b"not a database" + content[14:], content[:4096] + os.urandom(len(content) - 4096)):
        database.write_bytes(damage)
        with pytest.raises(AssertionError, match="ended at start"):
            service.restart()
        assert service.process.returncode == 65 and "chasqui.db" in service.log() and "recover" in service.log()
    database.write_bytes(content)
    service.restart()


def test_locked_database(service, speech_wav):
    import sqlite3

    with sqlite3.connect(service.data / "chasqui.db", isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        service.get("/v1/episodes").ok()  # readers do not wait
        assert str(service.data) not in service.post(speech_wav.read_bytes() + b"lock").problem(503, "busy")["detail"]
        other.execute("ROLLBACK")
    service.finished(service.submit(speech_wav.read_bytes() + b"lock"))


def test_uploads_at_once_are_bounded(start):
    service = start("--open", CHASQUI_LIMITS_UPLOADS_AT_ONCE="2")
    lines = [socket.create_connection(("127.0.0.1", service.port)) for _ in range(2)]
    for line in lines:
        line.sendall(b"POST /v1/episodes HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nabc")
    wait_until(lambda: service.post(b"x").status == 503, "a third is taken, too")
    for line in lines:
        line.close()
    wait_until(lambda: service.post(b"x").status != 503, "nobody is taken any more")


def test_full_disk(start):
    """A limit on the size of files stands for it: writing fails in the same way."""
    import resource

    most = 2_000_000
    service = start("--open", preexec=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)))
    for _ in range(2):
        refused = service.post(bytes(most + 1)).problem(507, "no-room")
        assert refused["code"] == "disk_full" and str(service.data) not in refused["detail"] and str(service.data) in service.log()
    path = service.ask("POST", "/v1/uploads", Upload_Length=str(most + 10), Tus_Resumable="1.0.0").ok(201).headers["location"]
    service.ask("PATCH", path, bytes(most + 10), Upload_Offset="0", Tus_Resumable="1.0.0", Content_Type="application/offset+octet-stream").problem(507)
    assert not service.blobs()
    service.post(b"small").ok(202)
    service.get("/readyz").ok()


def test_folder_that_cannot_be_written(start, tmp_path):
    from support.program import without_root_override

    (tmp_path / "closed").mkdir(mode=0o500)
    with pytest.raises(AssertionError, match="cannot make this folder"):
        start("--open", data="closed/data", preexec=without_root_override)

