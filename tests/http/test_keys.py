"""Who may do what."""

import base64
import subprocess

import pytest
from service import multipart, wait_until
from support.program import CHASQUI


@pytest.fixture(scope="module")
def keyed(tmp_path_factory):
    from service import Service

    with Service(tmp_path_factory.mktemp("keyed"), environment={"CHASQUI_ACCESS_READ": "keyed"}) as running:
        yield running


@pytest.fixture(scope="module")
def keys(keyed) -> dict[str, str]:
    return {scope: keyed.new_key(scope) for scope in ("submit", "read", "admin", "submit,read")}


def test_no_key(keyed, speech_wav):
    for answer in (keyed.post(speech_wav.read_bytes()), keyed.get("/v1/episodes"), keyed.get("/v1/episodes/" + "0" * 26)):
        assert answer.problem(401, "no-key") and answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("text", ["", "chasqui_", "chasqui_0_0", "chasqui_" + "0" * 300, "x", "chasqui_ab_\xff"])
def test_wrong_key(keyed, text):
    if text:
        keyed.get("/v1/episodes", key=text).problem(401, "wrong-key")
    keyed.get("/v1/episodes", Authorization="Basic YTpi").problem(401, "wrong-key")


def test_scopes(keyed, keys, speech_wav):
    keyed.post(speech_wav.read_bytes(), key=keys["read"]).problem(403, "forbidden")
    id = keyed.submit(speech_wav.read_bytes(), key=keys["submit"])
    keyed.finished(id, key=keys["read"])
    keyed.get(f"/v1/episodes/{id}/audio.opus").problem(401)
    audio = keyed.get(f"/v1/episodes/{id}/audio.opus", key=keys["read"]).ok()
    assert audio.headers["cache-control"].startswith("private, max-age="), "what a key is needed for is not for other people's caches"


def test_foreign_key(keyed, keys, speech_wav):
    id = keyed.submit(speech_wav.read_bytes() + b"\0\0", key=keys["submit"])
    other = keys["submit,read"]
    for method, path in (("DELETE", ""), ("POST", "/cancel"), ("POST", "/retry")):
        keyed.ask(method, f"/v1/episodes/{id}{path}", key=other).problem(403, "forbidden")
        keyed.ask(method, f"/v1/episodes/{id}{path}").problem(401)
    keyed.finished(id, key=other)
    keyed.ask("DELETE", f"/v1/episodes/{id}", key=keys["admin"]).ok(204)


def test_foreign_upload(keyed, keys):
    tus = {"Tus_Resumable": "1.0.0"}
    mine, other = keys["submit"], keys["submit,read"]
    path = keyed.ask("POST", "/v1/uploads", key=mine, Upload_Length="5", Upload_Concat="partial", **tus).ok(201).headers["location"]
    for key, status in ((other, 403), (None, 401), ("chasqui_0_0", 401)):
        keyed.ask("HEAD", path, key=key, **tus).ok(status)
        keyed.ask("PATCH", path, b"12345", key=key, Upload_Offset="0", Content_Type="application/offset+octet-stream", **tus).problem(status)
        keyed.ask("DELETE", path, key=key, **tus).problem(status)
    keyed.ask("PATCH", path, b"12345", key=mine, Upload_Offset="0", Content_Type="application/offset+octet-stream", **tus).ok(204)
    keyed.ask("POST", "/v1/uploads", key=other, Upload_Concat=f"final;{path}", **tus).problem(400)
    keyed.ask("POST", "/v1/uploads", key=mine, Upload_Concat=f"final;{path}", **tus).ok(201)


def test_one_recording_of_two_owners_is_encoded_once(keyed, keys, speech_wav):
    data = speech_wav.read_bytes() + b"\0\0" * 7
    ids = [keyed.submit(data, key=keys[scope]) for scope in ("submit", "submit,read")]
    assert ids[0] != ids[1]
    outputs = {keyed.finished(id, key=keys["read"])["output"]["sha256"] for id in ids}
    assert len(outputs) == 1
    keyed.ask("DELETE", f"/v1/episodes/{ids[0]}", key=keys["submit"]).ok(204)
    keyed.get(f"/v1/episodes/{ids[1]}/audio.opus", key=keys["read"]).ok()


def test_lists(keyed, keys, speech_wav):
    id = keyed.submit(speech_wav.read_bytes() + b"\0\0" * 9, key=keys["submit,read"])
    keyed.finished(id, key=keys["read"])
    mine = keyed.get("/v1/episodes?mine=true", key=keys["submit,read"]).json()["episodes"]
    assert id in [e["id"] for e in mine]
    assert id not in [e["id"] for e in keyed.get("/v1/episodes?mine=true", key=keys["submit"]).json()["episodes"]]
    keyed.get("/v1/episodes?state=queued", key=keys["read"]).problem(403)
    keyed.get("/v1/episodes?state=queued", key=keys["admin"]).ok()


def test_revoked_and_expired(keyed):
    key = keyed.new_key("read")
    keyed.get("/v1/episodes", key=key).ok()
    keyed.keys("revoke", key.split("_")[1])
    wait_until(lambda: keyed.get("/v1/episodes", key=key).status == 401, "it still works, though a key is remembered for two seconds only")
    keyed.get("/v1/episodes", key=key).problem(401, "wrong-key")
    short = keyed.new_key("read", "--days", "0.00002")  # 1.7 s
    wait_until(lambda: keyed.get("/v1/episodes", key=short).status == 401, "it still works after its end")
    keyed.get("/v1/episodes", key=short).problem(401, "wrong-key")


def test_secrets_are_stored_nowhere(keyed, keys):
    for path in keyed.data.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not any(key.split("_")[2].encode() in content for key in keys.values()), path
    assert not any(key.split("_")[2] in keyed.keys("list", "--json") + keyed.log() for key in keys.values())


def test_each_key_has_a_rate_of_its_own(start):
    service = start(CHASQUI_ACCESS_SUBMISSIONS_PER_HOUR="1")
    one, other = service.new_key("submit"), service.new_key("submit")
    service.post(b"x", key=one).ok(202)
    service.post(b"y", key=one).problem(429, "too-many")
    service.post(b"y", key=other).ok(202)


def test_page_form(keyed, keys, speech_wav):
    def send(key):
        recording = speech_wav.read_bytes() + b"of this test alone"  # an equal one under the same key would be the same episode
        body, content_type = multipart({"clave": key, "title": "Por la página", "quality": ""}, {"audio": ("a.wav", recording)})
        return keyed.ask("POST", "/episodios", body, Content_Type=content_type)

    answer = send(keys["submit"]).ok(303)
    assert keyed.get(answer.headers["location"], key=keys["read"]).ok().text.count("Por la página")
    refused = send("chasqui_0_0")
    assert refused.status == 401 and "clave" in refused.text and refused.headers["content-type"].startswith("text/html")
    assert send("").status == 401


def test_a_browser_reads_with_a_key(keyed, keys, speech_wav):
    """The page, and what it links to, where reading needs a key: a browser asks for a password and sends it along."""
    id = keyed.submit(speech_wav.read_bytes() + b"in a browser", key=keys["submit"])
    keyed.finished(id, key=keys["read"])

    def login(key):
        return {"Authorization": "Basic " + base64.b64encode(f"maestra:{key}".encode()).decode()}

    for path in ("/", f"/episodios/{id}", f"/v1/episodes/{id}/audio.opus", f"/v1/episodes/{id}/pieces/1.opus"):
        for answer in (keyed.get(path), keyed.get(path, **login("chasqui_0_0"))):
            assert answer.status == 401 and "Basic realm=" in answer.headers["www-authenticate"], answer
        assert keyed.get(path, **login(keys["read"])).ok() and keyed.ask("HEAD", path, **login(keys["read"])).ok()
    assert "Hace falta una clave" in keyed.get("/").text
    assert "Basic" not in keyed.get("/v1/episodes").headers["www-authenticate"], "programs are not asked"
    # Another site's page can make the browser send it.
    for method, path in (("POST", "/v1/episodes"), ("DELETE", f"/v1/episodes/{id}"), ("POST", f"/v1/episodes/{id}/cancel"), ("POST", "/v1/uploads")):
        keyed.ask(method, path, b"", Tus_Resumable="1.0.0", **login(keys["submit"])).problem(401, "no-key")
    recording = speech_wav.read_bytes() + b"handed in by a browser"
    body, content_type = multipart({"clave": keys["submit"], "quality": ""}, {"audio": ("a.wav", recording)})
    watched = keyed.ask("POST", "/episodios", body, Content_Type=content_type, **login(keys["read"])).ok(303).headers["location"]
    keyed.get(watched, **login(keys["read"])).ok()
    assert "www-authenticate" not in keyed.ask("POST", "/episodios", multipart({"clave": "x"}, {"audio": ("a.wav", b"x")})[0], Content_Type=content_type).headers
    for wrong in ("Basic", "Basic :", "Basic ====", "Basic " + base64.b64encode(b"nothing").decode(), "Digest x", "Bearer"):
        keyed.get("/v1/episodes", Authorization=wrong).problem(401)


def test_a_foreign_page_cannot_submit(start, speech_wav):
    service = start("--open")
    service.ask("POST", "/v1/episodes", speech_wav.read_bytes(), Origin="http://evil.example").problem(403, "forbidden")
    service.ask("POST", "/v1/episodes", speech_wav.read_bytes(), Origin=f"http://127.0.0.1:{service.port}").ok(202)


def test_a_page_whose_name_points_here_is_refused(start):
    """DNS rebinding: to the browser such a page is of one origin with the service."""
    service = start("--open")
    foreign = {"Host": "evil.example:80", "Origin": "http://evil.example:80"}
    for method, path in (("GET", "/v1/episodes"), ("POST", "/v1/episodes"), ("POST", "/v1/uploads"), ("GET", "/openapi.json"), ("GET", "/nowhere")):
        assert "server.hosts" in service.ask(method, path, b"x" if method == "POST" else None, **foreign).problem(421, "wrong-host")["detail"]
    page = service.get("/", **foreign).ok(421)
    assert page.headers["content-type"].startswith("text/html") and "otro nombre" in page.text
    for host in ("localhost", f"localhost:{service.port}", "127.0.0.1", "[::1]:80", "192.168.1.5:8080"):
        service.get("/v1/episodes", Host=host).ok()
    assert service.raw(b"GET /healthz HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 200"), "no browser speaks HTTP/1.0 without Host"


@pytest.mark.parametrize("flags, hosts, status", [(["--open"], "aula.local, Radio.example", 200), ([], "", 200), (["--open", "--address", "0.0.0.0"], "", 200),
                                                  (["--open"], "*", 200), (["--open", "--address", "0.0.0.0"], "aula.local", 421)])
def test_names_that_the_operator_wants(start, flags, hosts, status):
    service = start(*flags, CHASQUI_SERVER_HOSTS=hosts)
    assert service.get("/v1/episodes", Host=f"radio.example:{service.port}").status == status


def test_names_that_are_none(tmp_path):
    for command in (["serve", "--data", tmp_path / "data", "--port", "0"], ["config", "check"]):
        done = subprocess.run([CHASQUI, *command], capture_output=True, timeout=60, env={"CHASQUI_SERVER_HOSTS": "https://radio.example", "PATH": "/usr/bin"})
        assert done.returncode == 78 and b"server.hosts: 'https://radio.example'" in done.stderr, done
