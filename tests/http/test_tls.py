"""HTTPS by the service itself."""

import socket
import subprocess

import pytest
from support.program import CHASQUI, patience


def openssl(*arguments, **more) -> subprocess.CompletedProcess:
    return subprocess.run(["openssl", *map(str, arguments)], capture_output=True, timeout=60, **more)


def make_certificate(folder, name, *key_options):
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    done = openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", *(key_options or ["-nodes"]), "-keyout", key, "-out", certificate,
                   "-days", 2, "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1")
    assert done.returncode == 0, f"openssl is needed (tools/bootstrap): {done.stderr.decode()}"
    return certificate, key


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return make_certificate(tmp_path_factory.mktemp("tls"), "good")


@pytest.fixture
def secure(start, certificate):
    return start("--open", CHASQUI_SERVER_TLS_CERTIFICATE=str(certificate[0]), CHASQUI_SERVER_TLS_KEY=str(certificate[1]))


def curl(service, certificate, path, *more) -> bytes:
    done = subprocess.run(["curl", "-sS", "--fail-with-body", "--cacert", certificate[0], *map(str, more), f"https://127.0.0.1:{service.port}{path}"],
                          capture_output=True, timeout=patience(60))
    assert done.returncode == 0, (done.stdout[:500], done.stderr)
    return done.stdout


def test_an_episode_over_tls(secure, certificate, speech_wav, tmp_path):
    import json

    episode = json.loads(curl(secure, certificate, "/v1/episodes", "-H", "Content-Type: audio/wav", "--data-binary", f"@{speech_wav}"))
    # Ends with the episode, and whole: curl complains of a stream that is cut off.
    events = curl(secure, certificate, episode["links"]["events"], "-N")
    assert b'"state":"done"' in events
    audio = json.loads(curl(secure, certificate, episode["links"]["self"]))["links"]["audio"]
    whole = curl(secure, certificate, audio)
    assert whole == secure.blob(json.loads(curl(secure, certificate, episode["links"]["self"]))["output"]["sha256"]).read_bytes()
    assert curl(secure, certificate, audio, "-r", "100-2999") == whole[100:3000]
    pieces = curl(secure, certificate, audio, "-r", "0-9,50-59")
    assert whole[:10] in pieces and whole[50:60] in pieces
    (tmp_path / "broken.opus").write_bytes(whole[:1234])
    curl(secure, certificate, audio, "-C", "-", "-o", tmp_path / "broken.opus")
    assert (tmp_path / "broken.opus").read_bytes() == whole


@pytest.mark.parametrize("version, works", [("-tls1_1", False), ("-tls1_2", True), ("-tls1_3", True)])
def test_versions(secure, version, works):
    done = openssl("s_client", "-connect", f"127.0.0.1:{secure.port}", version, *([] if works else ["-cipher", "ALL@SECLEVEL=0"]), input=b"")
    assert (done.returncode == 0) == works, done.stderr[-500:]


def test_nothing_is_said_in_the_clear(secure):
    assert not secure.raw(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").startswith(b"HTTP")


def test_a_client_that_never_greets_does_not_keep_it_from_ending(secure):
    with socket.create_connection(("127.0.0.1", secure.port)):
        assert secure.stop(within=10) == 0


@pytest.mark.parametrize("case, names", [
    ("no key", b"server.tls_key"), ("no such certificate", b"server.tls_certificate: /nowhere/a.pem: cannot be read"),
    ("no certificate", b"server.tls_certificate: "), ("another's key", b"server.tls_key: "), ("locked key", b"server.tls_key: "),
    ("no key in it", b"server.tls_key: ")])
def test_bad_files(tmp_path, certificate, case, names):
    rubbish = tmp_path / "rubbish"
    rubbish.write_bytes(b"-----BEGIN CERTIFICATE-----\nnada\n")
    locked = make_certificate(tmp_path, "locked", "-passout", "pass:secreto")
    other = make_certificate(tmp_path, "other")
    files = {"no key": (certificate[0], ""), "no such certificate": ("/nowhere/a.pem", certificate[1]), "no certificate": (rubbish, certificate[1]),
             "another's key": (certificate[0], other[1]), "locked key": locked, "no key in it": (certificate[0], rubbish)}[case]
    done = subprocess.run([CHASQUI, "serve", "--data", tmp_path / "data", "--port", "0"], capture_output=True, stdin=subprocess.DEVNULL, timeout=patience(20),
                          env={"CHASQUI_SERVER_TLS_CERTIFICATE": str(files[0]), "CHASQUI_SERVER_TLS_KEY": str(files[1]), "PATH": "/usr/bin"})
    assert done.returncode == 78 and names in done.stderr and done.stderr.count(b"\n") <= 1, (done.returncode, done.stderr)
