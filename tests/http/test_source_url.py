"""Recordings fetched from elsewhere, and where they cannot be fetched from."""

import base64
import http.server
import json
import sys
import threading
import time
from pathlib import Path

import pytest
from namespaces import NETWORK, own, run_in, skip_where_forbidden
from service import multipart, wait_until

JSON = {"Content_Type": "application/json"}


class Elsewhere(http.server.BaseHTTPRequestHandler):
    recording = b""

    def do_GET(self):
        kind = self.path.split("?")[0].rsplit("/", 1)[-1]
        if kind == "elsewhere":
            self.send_response(302)
            self.send_header("Location", "/a%C3%B1o%E2%80%AE.wav")
            self.end_headers()
        elif kind == "loop":
            self.send_response(302)
            self.send_header("Location", "/loop")
            self.end_headers()
        elif kind == "file":
            self.send_response(302)
            self.send_header("Location", "file:///etc/passwd")
            self.end_headers()
        elif kind == "login":
            self.send_response(302)
            self.send_header("Location", f"http://user:secret@127.0.0.1:{self.server.server_port}/clase.wav")
            self.end_headers()
        elif kind == "silent":
            self.rfile.read(1)  # until the other side goes
        elif kind == "missing":
            self.send_error(404)
        elif kind in ("headers", "slow"):
            self.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Type: audio/wav\r\n" + (b"\r\n" if kind == "slow" else b""))
            try:
                while True:
                    self.wfile.write(b"x" if kind == "slow" else b"X: " + b"y" * 1000 + b"\r\n")
                    time.sleep(0.1 if kind == "slow" else 0)
            except OSError:
                return
        else:
            self.send_response(200)
            self.send_header("Content-Type", "text/html" if kind == "page" else "audio/wav")
            if kind == "truncated":
                self.send_header("Content-Length", "1000000")
            self.end_headers()
            if kind == "endless":
                try:
                    while True:
                        self.wfile.write(bytes(65536))
                except OSError:
                    return
            self.wfile.write(b"" if kind == "empty" else self.recording)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def elsewhere(speech_wav):
    Elsewhere.recording = speech_wav.read_bytes()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def trusting(tmp_path_factory):
    from service import Service

    with Service(tmp_path_factory.mktemp("trusting"), "--open", environment={
            "CHASQUI_SOURCE_PRIVATE_ADDRESSES": "true", "CHASQUI_LIMITS_UPLOAD_MIB": "2", "CHASQUI_WORKER_BACKOFF_SECONDS": "0.1",
            "CHASQUI_SERVER_STALL_SECONDS": "1"}) as running:
        yield running


def ask(service, url, **options):
    return service.ask("POST", "/v1/episodes", json.dumps({"source_url": url} | options), **JSON)


@pytest.mark.parametrize("path", ["/clase.wav", "/elsewhere"])
def test_fetched(trusting, elsewhere, speech_wav, path):
    answer = ask(trusting, elsewhere + path, title="De otra parte").ok(202).json()
    assert answer["input"] is None and answer["source_url"] == elsewhere + path
    episode = trusting.finished(answer["id"])
    assert episode["file_name"] == ("año?.wav" if path == "/elsewhere" else "clase.wav")
    assert episode["input"]["bytes"] == speech_wav.stat().st_size
    assert len(trusting.get(episode["links"]["audio"]).ok().body) == episode["output"]["bytes"]


@pytest.mark.parametrize(("path", "code", "attempts"), [("/missing", "input_missing", 1), ("/page", "input_unsupported", 1), ("/empty", "input_empty", 1),
                                                        ("/endless", "usage", 1), ("/loop", "usage", 1), ("/file", "usage", 1), ("/login", "usage", 1),
                                                        ("/truncated", "unavailable", 3), ("/headers", "unavailable", 3), ("/slow", "unavailable", 3)])
def test_not_fetched(trusting, elsewhere, path, code, attempts):
    failed = trusting.until(ask(trusting, elsewhere + path).ok(202).json()["id"], "failed")
    assert failed["error"]["code"] == code and failed["attempts"] == attempts, failed


@pytest.mark.parametrize("path", ["/slow", "/silent"])
def test_fetching_is_cancelled(start, elsewhere, path):
    service = start("--open", CHASQUI_SOURCE_PRIVATE_ADDRESSES="true")
    id = ask(service, elsewhere + path).ok(202).json()["id"]
    service.until(id, "running")
    service.ask("POST", f"/v1/episodes/{id}/cancel").ok()
    wait_until(lambda: "source_url: stopped on request" in service.log(), "it goes on", 1)
    assert service.episode(id)["state"] == "cancelled" and not service.blobs()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]", "[::]", "2130706433", "0x7f.1", "0177.0.0.1", "127.1",
                                  "10.0.0.1", "192.168.0.1", "172.16.0.1", "169.254.169.254", "[fe80::1]", "[fd00::1]", "[64:ff9b::7f00:1]"])
def test_hosts_that_are_not_public(service, elsewhere, host):
    port = elsewhere.rsplit(":", 1)[1]
    failed = service.until(ask(service, f"http://{host}:{port}/clase.wav?{host}").ok(202).json()["id"], "failed", "queued")
    while failed["state"] == "queued" and failed["error"] is None or failed["state"] == "running":
        failed = service.episode(failed["id"])
    assert failed["error"]["code"] in ("usage", "unavailable"), failed
    assert failed["input"] is None


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.org/a", "example.org/a.mp3", "http://", "http://u:p@example.org/a", "http://a b/", "", "http://u@example.org/",
                                 "http://example.org@127.0.0.1/", "http://example.org/\0.mp3", "//example.org/a", "http://example.org/" + "a" * 2000])
def test_wrong_addresses(service, url):
    ask(service, url).problem(400, "bad-request")


def test_where_an_address_may_stand(service):
    """In a JSON body and nowhere else; what the query says beside it holds, too."""
    url = "http://127.0.0.1:1/a"
    body, content_type = multipart({"source_url": url}, {"audio": ("a.wav", b"x")})
    tus = {"Tus_Resumable": "1.0.0", "Upload_Length": "1", "Upload_Metadata": "source_url " + base64.b64encode(url.encode()).decode()}
    for answer in (service.ask("POST", "/v1/episodes", body, Content_Type=content_type), service.ask("POST", "/v1/uploads", **tus),
                   service.ask("POST", "/v1/episodes?source_url=http%3A%2F%2F127.0.0.1%3A1%2Fa", b"{}", **JSON),
                   service.ask("POST", "/v1/episodes?title=b", json.dumps({"source_url": url, "title": "a"}), **JSON)):
        assert answer.problem(400, "bad-request")
    assert service.ask("POST", "/v1/episodes?title=b&bitrate=10", json.dumps({"source_url": url}), **JSON).ok(202).json()["title"] == "b"


PRIVATE = ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f000001", "0177.1", "10.1.2.3", "169.254.169.254"]


def test_redirects_lead_nowhere_private(start, tmp_path):
    """In a network of its own, with a public address: what leads from there to a private one ends there."""
    skip_where_forbidden(NETWORK)
    service = start("--open", preexec=own(NETWORK), CHASQUI_WORKER_ATTEMPTS="1")
    told = json.loads(run_in(service, "-n", sys.executable, Path(__file__).parent / "private_network.py", service.port, *PRIVATE))
    assert told["public"] == {"state": "failed", "code": "input_unsupported"}, "that one was fetched, though it is no sound"
    for host in PRIVATE:
        assert told[host] == {"state": "failed", "code": "usage"}, (host, told[host])
    assert told["seen by private hosts"] == 0


def test_fetching_can_be_forbidden(start):
    service = start("--open", CHASQUI_SOURCE_FETCH="false")
    ask(service, "http://example.org/a.mp3").problem(422, "unprocessable")
