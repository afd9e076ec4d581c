"""Resumable uploads by tus 1.0, through cuts at every stage."""

import base64
import hashlib
import socket
import threading

import pytest

from service import wait_until

TUS = {"Tus_Resumable": "1.0.0"}
BYTES = {"Content_Type": "application/offset+octet-stream"}


def metadata(**values: str) -> str:
    return ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in values.items())


@pytest.fixture
def recording(speech_wav, request) -> bytes:
    """Another one for every test."""
    return speech_wav.read_bytes() + hashlib.sha256(request.node.name.encode()).digest()


def create(service, length, key=None, **headers):
    return service.ask("POST", "/v1/uploads", key=key, Upload_Length=str(length), **TUS, **headers)


def patch(service, path, offset, data, **headers):
    return service.ask("PATCH", path, data, Upload_Offset=str(offset), **TUS, **(BYTES | headers))


def offset(service, path) -> int:
    return int(service.ask("HEAD", path, **TUS).ok().headers["upload-offset"])


def test_abilities(service):
    headers = service.ask("OPTIONS", "/v1/uploads").ok(204).headers
    assert headers["tus-version"] == "1.0.0" and "sha1" in headers["tus-checksum-algorithm"] and int(headers["tus-max-size"]) > 0
    assert set(headers["tus-extension"].split(",")) == {"creation", "creation-with-upload", "expiration", "checksum", "termination", "concatenation"}


def test_in_pieces(service, recording):
    made = create(service, len(recording), Upload_Metadata=metadata(title="Con ñ", filename="a.wav", filetype="audio/wav", bitrate="10")).ok(201)
    path = made.headers["location"]
    assert "upload-expires" in made.headers and offset(service, path) == 0
    for begin in range(0, len(recording), 100_001):
        answer = patch(service, path, begin, recording[begin:begin + 100_001]).ok(204)
        assert int(answer.headers["upload-offset"]) == min(begin + 100_001, len(recording))
    episode = service.get(answer.headers["chasqui-episode"]).ok().json()
    assert episode["title"] == "Con ñ" and episode["options"]["bitrate"] == 10 and episode["input"]["bytes"] == len(recording)
    head = service.ask("HEAD", path, **TUS).ok().headers
    assert head["chasqui-episode"].endswith(episode["id"]) and int(head["upload-length"]) == len(recording)
    service.finished(episode["id"])


def test_with_creation(service, recording):
    answer = service.ask("POST", "/v1/uploads", recording, Upload_Length=str(len(recording)), **TUS, **BYTES).ok(201)
    service.finished(answer.headers["chasqui-episode"].rsplit("/", 1)[1])


@pytest.mark.parametrize("cut", [0, 1, 65_535, 300_000])
def test_cut_connection_keeps_what_came(service, recording, cut):
    path = create(service, len(recording)).ok(201).headers["location"]
    head = f"PATCH {path} HTTP/1.1\r\nHost: localhost\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Length: {len(recording)}\r\n" \
           "Content-Type: application/offset+octet-stream\r\n\r\n"
    service.raw(head.encode() + recording[:cut], shut=True)
    assert offset(service, path) == cut
    patch(service, path, cut, recording[cut:]).ok(204)


def test_survives_kill(start, recording):
    service = start("--open")
    path = create(service, len(recording)).ok(201).headers["location"]
    patch(service, path, 0, recording[:100_000]).ok(204)
    service.kill()
    service.restart()
    assert offset(service, path) == 100_000
    answer = patch(service, path, 100_000, recording[100_000:]).ok(204)
    service.kill()
    service.restart()
    service.finished(answer.headers["chasqui-episode"].rsplit("/", 1)[1])


def checksum(algorithm, data) -> str:
    return f"{algorithm} {base64.b64encode(hashlib.new(algorithm, data).digest()).decode()}"


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_checksum(service, recording, algorithm):
    recording += algorithm.encode()
    path = create(service, len(recording)).ok(201).headers["location"]
    patch(service, path, 0, recording[:1000], Upload_Checksum=checksum(algorithm, recording[:1000])).ok(204)
    patch(service, path, 1000, recording[1000:], Upload_Checksum=checksum(algorithm, b"else")).problem(460, "checksum")
    assert offset(service, path) == 1000
    patch(service, path, 1000, recording[1000:], Upload_Checksum=checksum(algorithm, recording[1000:])).ok(204)


def test_concatenation(service, recording):
    half = len(recording) // 2
    parts = []
    for data in (recording[:half], recording[half:]):
        parts.append(create(service, len(data), Upload_Concat="partial").ok(201).headers["location"])
        assert "chasqui-episode" not in patch(service, parts[-1], 0, data).ok(204).headers
    final = service.ask("POST", "/v1/uploads", Upload_Concat="final;" + " ".join(parts), **TUS, Upload_Metadata=metadata(title="Junta")).ok(201)
    episode = service.get(final.headers["chasqui-episode"]).json()
    assert episode["input"]["sha256"] == hashlib.sha256(recording).hexdigest() and episode["title"] == "Junta"
    patch(service, final.headers["location"], len(recording), b"x").problem(403)
    unfinished = create(service, 10, Upload_Concat="partial").headers["location"]
    # Not finished, joined already, too many of them.
    for parts in (unfinished, final.headers["location"], " ".join([parts[0]] * 300)):
        service.ask("POST", "/v1/uploads", Upload_Concat=f"final;{parts}", **TUS).problem(400)


def test_termination(service):
    path = create(service, 10).ok(201).headers["location"]
    service.ask("DELETE", path, **TUS).ok(204)
    service.ask("HEAD", path, **TUS).ok(404)
    patch(service, path, 0, b"x").problem(404)


def test_expiration(start):
    service = start("--open", CHASQUI_UPLOADS_KEEP_HOURS="0.001")  # 3.6 s
    path = create(service, 10).ok(201).headers["location"]
    threading.Event().wait(4)
    patch(service, path, 0, b"x").problem(410, "gone")


def test_method_override(service):
    path = create(service, 10).ok(201).headers["location"]
    service.ask("POST", path, b"12345", X_HTTP_Method_Override="PATCH", Upload_Offset="0", **TUS, **BYTES).ok(204)
    assert offset(service, path) == 5


def test_one_writer_at_a_time(service):
    length, first = 600_000, 300_000  # more than the 256 KiB that are gathered before they are written
    path = create(service, length + 1).ok(201).headers["location"]
    with socket.create_connection(("127.0.0.1", service.port), 20) as line:
        line.sendall(f"PATCH {path} HTTP/1.1\r\nHost: localhost\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Length: {length}\r\n"
                     "Content-Type: application/offset+octet-stream\r\n\r\n".encode() + b"x" * first)
        wait_until(lambda: offset(service, path) > 0, "the first writer's bytes are in the file")
        patch(service, path, offset(service, path), b"y").problem(423, "locked")
        line.sendall(b"x" * (length - first))
        assert line.recv(100).startswith(b"HTTP/1.1 204")
    assert offset(service, path) == length


def test_wrong_type_with_creation_leaves_nothing(start):
    service = start("--open")
    service.ask("POST", "/v1/uploads", b"x", Upload_Length="10", **TUS, Content_Type="text/plain").problem(415)
    assert not list((service.data / "uploads").iterdir())


WRONG = {
    "no version": ("POST", "", {"Upload_Length": "10"}, 412),
    "other version": ("POST", "", {"Upload_Length": "10", "Tus_Resumable": "0.2.2"}, 412),
    "no length": ("POST", "", TUS, 400),
    "deferred length": ("POST", "", TUS | {"Upload_Defer_Length": "1"}, 400),
    "negative length": ("POST", "", TUS | {"Upload_Length": "-1"}, 400),
    "hexadecimal length": ("POST", "", TUS | {"Upload_Length": "0x10"}, 400),
    "empty": ("POST", "", TUS | {"Upload_Length": "0"}, 400),
    "huge": ("POST", "", TUS | {"Upload_Length": "99999999999999"}, 413),
    "beyond 64 bits": ("POST", "", TUS | {"Upload_Length": "9" * 30}, 400),
    "metadata not base 64": ("POST", "", TUS | {"Upload_Length": "10", "Upload_Metadata": "title ***"}, 400),
    "metadata not UTF-8": ("POST", "", TUS | {"Upload_Length": "10", "Upload_Metadata": "title /////w=="}, 400),
    "unknown option": ("POST", "", TUS | {"Upload_Length": "10", "Upload_Metadata": metadata(speed="9")}, 400),
    "wrong option": ("POST", "", TUS | {"Upload_Length": "10", "Upload_Metadata": metadata(bitrate="900")}, 400),
    "concat of nothing": ("POST", "", TUS | {"Upload_Concat": "final;"}, 400),
    "concat of strangers": ("POST", "", TUS | {"Upload_Concat": "final;/v1/uploads/" + "0" * 26}, 400),
    "concat of paths": ("POST", "", TUS | {"Upload_Concat": "final;/v1/uploads/../../etc/passwd"}, 400),
    "concat of what": ("POST", "", TUS | {"Upload_Concat": "some"}, 400),
    "unknown id": ("PATCH", "/" + "0" * 26, TUS | BYTES | {"Upload_Offset": "0"}, 404),
    "path for an id": ("PATCH", "/..%2f..%2fchasqui", TUS | BYTES | {"Upload_Offset": "0"}, 404),
    "wrong offset": ("PATCH", "{id}", TUS | BYTES | {"Upload_Offset": "5"}, 409),
    "no offset": ("PATCH", "{id}", TUS | BYTES, 400),
    "offset beyond 64 bits": ("PATCH", "{id}", TUS | BYTES | {"Upload_Offset": "9" * 30}, 400),
    "wrong type": ("PATCH", "{id}", TUS | {"Upload_Offset": "0", "Content_Type": "text/plain"}, 415),
    "too much": ("PATCH", "{id}", TUS | BYTES | {"Upload_Offset": "0"}, 413),
    "unknown checksum": ("PATCH", "{id}", TUS | BYTES | {"Upload_Offset": "0", "Upload_Checksum": "md5 YWJj"}, 400),
    "malformed checksum": ("PATCH", "{id}", TUS | BYTES | {"Upload_Offset": "0", "Upload_Checksum": "sha1 YWJj"}, 400),
}


@pytest.mark.parametrize("kind", WRONG)
def test_wrong(service, kind):
    method, path, headers, status = WRONG[kind]
    path = create(service, 10).ok(201).headers["location"] if path == "{id}" else "/v1/uploads" + path
    answer = service.ask(method, path, b"x" * 11 if method == "PATCH" else None, **headers)
    answer.problem(status)
    assert kind == "path for an id" or answer.headers["tus-resumable"] == "1.0.0"
