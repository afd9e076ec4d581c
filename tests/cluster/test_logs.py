"""The lines of a run as JSON, and the id of a request from HTTP through the queue to the worker."""

import datetime
import json

import pytest
from servers import wait_for

# docs/logs.md
ALWAYS, SOMETIMES, LEVELS = {"time", "level", "message"}, {"request_id", "job", "episode"}, {"debug", "info", "warning", "error"}


def lines(text: str) -> list[dict]:
    """Every line, or the test fails."""
    found = []
    for line in text.splitlines():
        try:
            one = json.loads(line)
        except json.JSONDecodeError as wrong:
            raise AssertionError(f"not JSON ({wrong}): {line!r}: who writes to standard error beside core/log?") from None
        assert ALWAYS <= set(one) <= ALWAYS | SOMETIMES and one["level"] in LEVELS, f"not as docs/logs.md says: {one}"
        assert all(isinstance(value, str) and value for value in one.values()), one
        datetime.datetime.fromisoformat(one["time"].replace("Z", "+00:00"))
        assert ("job" in one) <= ("request_id" in one and "episode" in one), f"about a job, without saying whose: {one}"
        found.append(one)
    return found


def about(log: str, job: str) -> list[dict]:
    return [one for one in lines(log) if one.get("job") == job]


@pytest.fixture
def json_cluster(cluster):
    cluster.environment["CHASQUI_LOG_FORMAT"] = cluster.all["CHASQUI_LOG_FORMAT"] = "json"
    cluster.environment["CHASQUI_LOG_LEVEL"] = cluster.all["CHASQUI_LOG_LEVEL"] = "debug"
    return cluster


def test_a_request_is_followed_from_http_to_the_worker(json_cluster, speech_wav):
    cluster = json_cluster
    service, worker = cluster.serve(), cluster.worker()
    id = service.ask("POST", "/v1/episodes", speech_wav, X_Request_Id="escuela-12.7", Content_Type="audio/wav").ok(202).json()["id"]
    service.finished(id)
    assert cluster.sql(f"SELECT request FROM jobs WHERE id = '{id}'") == [["escuela-12.7"]]
    # A further format is a job of its own, and of the request that asked for it.
    wait_for(lambda: service.get(f"/v1/episodes/{id}/audio.mp3", X_Request_Id="descarga").status == 200, service.log)
    service.get("/v1/episodes/none", X_Request_Id="otra").problem(404)
    assert worker.stop() == 0 and service.stop() == 0
    for log, words in ((service.log(), ["accepted"]), (worker.log(), ["begun by", "done in"])):
        mine = about(log, id)
        assert [any(word in one["message"] for one in mine) for word in words] == [True] * len(words), log
        assert {(one["request_id"], one["episode"]) for one in mine} == {("escuela-12.7", id)}, mine
        further = [one for one in lines(log) if one.get("request_id") == "descarga"]
        assert further and {one["episode"] for one in further} == {id} and all(one["job"] != id for one in further), log


def test_failures_and_bad_starts_are_lines_of_the_same_kind(json_cluster):
    cluster = json_cluster
    service, worker = cluster.serve(), cluster.worker()
    id = service.ask("POST", "/v1/episodes", b'no "sound"\xff', X_Request_Id="mala", Content_Type="audio/wav").ok(202).json()["id"]
    service.until(id, "failed")
    worker.stop()
    (failed,) = [one for one in about(worker.log(), id) if "failed" in one["message"]]
    assert failed["request_id"] == "mala"
    kept = cluster.all.pop("CHASQUI_DATABASE_URL")
    (missing,) = lines(cluster.chasqui("worker", "--data", str(cluster.folder / "w"), status=78))
    assert missing["level"] == "error" and "CHASQUI_DATABASE_URL" in missing["message"]
    cluster.all |= {"CHASQUI_DATABASE_URL": kept, "CHASQUI_WORKER_SPEED": "9"}
    (unknown,) = lines(cluster.chasqui("db", "migrate", status=78))
    assert "CHASQUI_WORKER_SPEED" in unknown["message"]

