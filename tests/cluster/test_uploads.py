"""Resumable uploads through several servers, as behind a balancer that sends each request elsewhere."""

import http.client
import select
import threading

import pytest
from s3 import S3
from servers import wait_for

TUS = {"Tus_Resumable": "1.0.0"}
PATCH = TUS | {"Content_Type": "application/offset+octet-stream"}


@pytest.fixture(params=["files", "s3"])
def two_servers(request, servers, tmp_path):
    from cluster import Cluster

    with S3(tmp_path / "s3") as s3, Cluster(servers, tmp_path, **(s3.environment() if request.param == "s3" else {})) as cluster:
        yield cluster, [cluster.serve(), cluster.serve()]


def test_every_piece_through_another_server(two_servers, speech_wav):
    cluster, servers = two_servers
    path = servers[0].ask("POST", "/v1/uploads", Upload_Length=str(len(speech_wav)), **TUS).ok(201).headers["location"]
    step = len(speech_wav) // 7 + 1
    for number, at in enumerate(range(0, len(speech_wav), step)):
        one, other = servers[number % 2], servers[(number + 1) % 2]
        assert one.ask("HEAD", path, **TUS).headers["upload-offset"] == str(at)
        one.ask("PATCH", path, speech_wav[at:at + step], Upload_Offset=str(at), **PATCH).ok(204)
        other.ask("PATCH", path, b"x", Upload_Offset=str(at), **PATCH).problem(409)
    made = {server.ask("HEAD", path, **TUS).headers["chasqui-episode"] for server in servers}
    assert len(made) == 1
    cluster.worker()
    servers[0].finished(made.pop().rsplit("/", 1)[1])
    assert len(cluster.sql("SELECT id FROM jobs")) == 1


def begin_to_send(server, path: str, content: bytes) -> http.client.HTTPConnection:
    """A PATCH of which a part arrives, and then nothing for a while."""
    line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    line.putrequest("PATCH", path)
    for name, value in (PATCH | {"Upload_Offset": "0", "Content_Length": str(len(content))}).items():
        line.putheader(name.replace("_", "-"), value)
    line.endheaders()
    line.send(content[:1000])
    return line


def test_two_servers_do_not_write_to_one_upload_at_once(two_servers, speech_wav):
    _, (one, other) = two_servers
    path = one.ask("POST", "/v1/uploads", Upload_Length=str(len(speech_wav)), **TUS).ok(201).headers["location"]
    lines = []

    def second_is_refused() -> bool:
        # The first may itself come while the second is being refused for its offset, and is refused then.
        if not lines or select.select([lines[-1].sock], [], [], 0)[0]:
            lines.append(begin_to_send(one, path, speech_wav))
        return other.ask("PATCH", path, b"x", Upload_Offset="77", **PATCH).status == 423

    wait_for(second_is_refused, "both servers write", 20)
    line = lines[-1]
    line.send(speech_wav[1000:])
    assert line.getresponse().status == 204
    asked = [threading.Thread(target=server.ask, args=("HEAD", path), kwargs=TUS) for server in (one, other) * 4]
    for thread in asked:
        thread.start()
    for thread in asked:
        thread.join()
    assert other.ask("HEAD", path, **TUS).headers["chasqui-episode"]
