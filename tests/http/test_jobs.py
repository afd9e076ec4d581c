"""The queue: idempotency, cancelling, retrying, restarts."""

import json
import re
import socket

import pytest
from service import wait_until


def test_the_same_file_twice_is_one_episode(service, speech_wav):
    data = speech_wav.read_bytes() + b"\0\0" * 3
    first = service.post(data).ok(202).json()["id"]
    assert service.post(data).ok(200).json()["id"] == first
    service.finished(first)
    assert service.post(data).ok(200).json()["id"] == first
    assert service.post(data, bitrate=12).ok(202).json()["id"] != first


def test_idempotency_key(service, speech_wav, long_wav):
    data = speech_wav.read_bytes() + b"\0\0" * 5
    first = service.post(data, idempotency="clase-1").ok(202).json()["id"]
    assert service.post(data, idempotency="clase-1").ok(200).json()["id"] == first
    service.post(data + b"\0\0", idempotency="clase-1").problem(422, "unprocessable")
    service.post(data, bitrate=12, idempotency="clase-1").problem(422, "unprocessable")
    for wrong in ("x" * 201, b"\xff"):
        service.post(data, idempotency=wrong).problem(400)
    service.finished(first)
    service.ask("DELETE", f"/v1/episodes/{first}").ok(204)
    assert service.post(data, idempotency="clase-1").ok(202).json()["id"] != first, "with the episode its key is forgotten"
    cancelled = service.post(long_wav.read_bytes(), idempotency="clase-2").ok(202).json()["id"]
    service.ask("POST", f"/v1/episodes/{cancelled}/cancel").ok()
    assert service.post(long_wav.read_bytes(), idempotency="clase-2").ok(200).json()["state"] == "cancelled"


def test_cancel_stops_the_worker(start, long_wav):
    service = start("--open")
    id = service.submit(long_wav.read_bytes(), quality="clear")
    wait_until(lambda: service.episode(id)["progress"] > 0, "no progress", 60)
    left = wait_until(lambda: service.episode(id)["seconds_left"], "nobody says how long it will take", 60)
    assert 0 < left < 3600
    cancelled = service.ask("POST", f"/v1/episodes/{id}/cancel").ok().json()
    assert cancelled["state"] == "cancelled" and cancelled["seconds_left"] is None
    wait_until(lambda: "stopped on request" in service.log(), "the worker goes on", 30)
    service.ask("POST", f"/v1/episodes/{id}/cancel").problem(409, "conflict")
    service.ask("POST", f"/v1/episodes/{id}/retry").ok()
    service.until(id, "running")
    service.ask("DELETE", f"/v1/episodes/{id}").ok(204)
    service.get(f"/v1/episodes/{id}").problem(404)
    wait_until(lambda: not service.blobs(), "what was deleted stays on disk", 10)


def test_retry_only_what_has_failed(service, episode):
    service.ask("POST", f"/v1/episodes/{episode['id']}/retry").problem(409, "conflict")


def test_events(start, speech_wav, long_wav):
    service = start("--open")
    busy = service.submit(long_wav.read_bytes())
    id = service.submit(speech_wav.read_bytes())
    with socket.create_connection(("127.0.0.1", service.port), 60) as line:
        line.sendall(f"GET /v1/episodes/{id}/events HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        stream = line.makefile("rb")
        head = list(iter(stream.readline, b"\r\n"))
        assert any(h.lower() == b"content-type: text/event-stream\r\n" for h in head)
        assert stream.readline() == b"event: episode\n"
        assert json.loads(stream.readline().removeprefix(b"data: "))["state"] == "queued"
        service.ask("POST", f"/v1/episodes/{busy}/cancel").ok()
        states = [json.loads(text.removeprefix(b"data: "))["state"] for text in stream if text.startswith(b"data: ")]
    assert states[-1] == "done" and set(states) <= {"queued", "running", "done"}


def test_who_comes_back_to_the_events(start, speech_wav, long_wav):
    """As browsers do whenever a stream ends, with the id of the last event that they saw."""
    service = start("--open")
    id = service.submit(speech_wav.read_bytes())
    service.finished(id)
    events = f"/v1/episodes/{id}/events"
    whole = service.get(events).ok().text
    assert whole.startswith("event: episode\ndata: {") and whole.endswith("\n\n") and whole.count("event: ") == 1
    last = re.search("^id: (.+)$", whole, re.MULTILINE)[1]
    assert service.get(events, Last_Event_ID=last).ok(204).body == b"", "there is nothing more to come"
    assert service.get(events, Last_Event_ID="0").ok().text == whole, "what was missed is told"
    busy = service.submit(long_wav.read_bytes(), quality="clear")
    service.ask("POST", f"/v1/episodes/{busy}/cancel").ok()
    events = f"/v1/episodes/{busy}/events"
    last = re.search("^id: (.+)$", service.get(events).ok().text, re.MULTILINE)[1]
    service.ask("POST", f"/v1/episodes/{busy}/retry").ok()
    service.ask("POST", f"/v1/episodes/{busy}/cancel").ok()
    assert '"cancelled"' in service.get(events, Last_Event_ID=last).ok().text, "it ended another time"


def test_list_in_pages(start, speech_wav):
    service = start("--open")
    ids = []
    for i in range(5):
        ids.insert(0, service.submit(speech_wav.read_bytes() + b"\0\0" * i, title=f"Lección {i}"))
        service.finished(ids[0])
    seen, cursor = [], ""
    while cursor is not None:
        page = service.get(f"/v1/episodes?limit=2{'&cursor=' + cursor if cursor else ''}").ok().json()
        seen += [e["id"] for e in page["episodes"]]
        cursor = page["next"]
    assert seen == ids
    assert [e["id"] for e in service.get("/v1/episodes?q=lecci%C3%B3n%203").json()["episodes"]] == [ids[1]]
    assert "Más antiguos" not in service.get("/").text
    for wrong in ("", "0", "zzz", "'%20OR%201=1", ids[0] + "0", ids[0][:-1] + "-"):
        service.get(f"/v1/episodes?cursor={wrong}").problem(400, "bad-request")
        assert service.get(f"/?cursor={wrong}").status == 400
    assert service.get("/v1/episodes?cursor=" + "0" * 26).json() == {"episodes": [], "next": None}


def test_full_queue(start, speech_wav, long_wav):
    service = start("--open", CHASQUI_LIMITS_QUEUE="2")
    service.until(service.submit(long_wav.read_bytes()), "running")
    for i in range(2):
        service.submit(speech_wav.read_bytes() + b"\0\0" * i)
    assert service.post(speech_wav.read_bytes() + b"\0\0" * 9).problem(503, "busy")


def test_term_gives_the_job_back(start, long_wav, speech_wav):
    service = start("--open")
    id = service.submit(long_wav.read_bytes(), quality="clear")
    wait_until(lambda: service.episode(id)["progress"] > 0, "no progress", 60)
    assert service.stop(within=10) == 0
    assert not list((service.data / "work").iterdir()) and not list(service.spool.iterdir())
    service.restart()
    again = service.until(id, "running")
    assert again["attempts"] == 1, "an attempt that was given back does not count"
    service.ask("POST", f"/v1/episodes/{id}/cancel").ok()


@pytest.mark.release_only("ten minutes of sound are compressed to the end")
@pytest.mark.parametrize("times", [4])
def test_kill_loses_nothing(start, speech_wav, long_wav, times):
    service = start("--open")
    ids = [service.submit(long_wav.read_bytes(), title="larga")]
    for i in range(times):
        ids.append(service.submit(speech_wav.read_bytes() + b"\0\0" * i))
        wait_until(lambda: any(e["state"] == "running" and e["progress"] >= 0.02 * i for e in map(service.episode, ids)), "no progress", 30)
        service.kill()
        service.restart()
    for id in ids:
        service.finished(id, seconds=120)
    assert len({service.episode(id)["output"]["sha256"] for id in ids}) >= 1
    assert not list((service.data / "work").iterdir())


def test_two_on_one_folder(start):
    import subprocess

    from support.program import CHASQUI

    service = start("--open")
    second = subprocess.run([CHASQUI, "serve", "--data", service.data, "--port", "0"], capture_output=True, env=service.environment, timeout=60)
    assert second.returncode == 75 and b"another chasqui" in second.stderr


def test_a_lost_worker_is_noticed(start, speech_wav, long_wav):
    """A job that somebody took and never came back with, as another process would leave it."""
    service = start("--open")
    busy = service.submit(long_wav.read_bytes(), quality="clear")
    service.until(busy, "running")
    id = service.submit(speech_wav.read_bytes())
    service.sql(f"UPDATE jobs SET state = 'running', worker = 'ghost', token = 7, lease_until = 1 WHERE id = '{id}'")
    episode = service.until(id, "queued")
    assert episode["error"]["code"] == "worker_lost"
    service.ask("POST", f"/v1/episodes/{busy}/cancel").ok()
    assert service.finished(id)["error"] is None
