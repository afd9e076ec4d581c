import hashlib
import json
import time
from pathlib import Path

import pytest
from proxy import Proxy
from servers import wait_for


def listed(cluster, id):
    return cluster.sql(f"SELECT state, attempts, lapses, token FROM jobs WHERE id = '{id}'")[0]


def test_an_episode_goes_through_server_broker_worker(cluster, speech_wav):
    service, worker = cluster.serve(), cluster.worker()
    episode = service.finished(service.submit(speech_wav, title="Las plantas"))
    assert episode["attempts"] == 1
    audio = service.get(f"/v1/episodes/{episode['id']}/audio.opus").ok().body
    assert hashlib.sha256(audio).hexdigest() == episode["output"]["sha256"] and audio[:4] == b"OggS"
    service.get("/readyz").ok()
    again = service.post(speech_wav, title="Las plantas").ok(200).json()
    assert again["id"] == episode["id"]
    assert cluster.sql("SELECT count(*) FROM outbox") == [["0"]]
    assert worker.stop() == 0 and service.stop() == 0
    assert cluster.messages() == 0
    assert not list((cluster.folder / "shared" / "work").iterdir())


def test_workers_are_listed_with_what_they_can_and_do(cluster, long_wav):
    service = cluster.serve()
    assert cluster.chasqui("workers") == "nobody works\n"
    worker = cluster.worker(CHASQUI_WORKER_COUNT="3")
    service.submit(long_wav)

    def known():
        return [(one["slots"], one["running"]) for one in json.loads(cluster.chasqui("workers", "--json"))]

    wait_for(lambda: known() == [(3, 1)], lambda: f"not 1 of 3: {known()}", 20)
    assert "1 of 3 at work" in cluster.chasqui("workers")
    assert worker.stop() == 0
    assert cluster.chasqui("workers") == "nobody works\n"


def test_tables_of_another_version_are_refused_until_migrated(servers, tmp_path, speech_wav):
    from cluster import Cluster

    with_none = Cluster(servers, tmp_path)  # not entered: nothing was migrated
    try:
        assert "db migrate" in with_none.chasqui("db", "status", status=1)
        service = with_none.serve()
        assert "chasqui db migrate" in service.get("/readyz").problem(503)["detail"]
        assert "done: 4 steps" in with_none.chasqui("db", "migrate")
        wait_for(lambda: service.get("/readyz").status == 200, service.log)
        assert "nothing to do" in with_none.chasqui("db", "migrate")
    finally:
        with_none.__exit__()


def test_what_is_missing_is_named_with_the_place_to_set_it(cluster):
    for key in ("DATABASE_URL", "BROKER_ADDRESSES"):
        kept = cluster.all.pop(f"CHASQUI_{key}")
        said = cluster.chasqui("worker", "--data", str(cluster.folder / "w"), status=78)
        assert f"CHASQUI_{key}" in said and said.count("\n") == 1, said
        cluster.all[f"CHASQUI_{key}"] = kept


def test_a_secret_that_comes_later_is_read_then(cluster):
    secret = cluster.folder / "secret"
    service = cluster.serve(CHASQUI_BROKER_PASSWORD_FILE=str(secret))
    assert service.get("/readyz").status == 503
    assert "broker.password_file" in service.log() and service.log().count("broker.password_file") == 1
    secret.write_text("guest\n")
    wait_for(lambda: service.get("/readyz").status == 200, service.log)


def test_cancelled_within_a_second_and_drained_on_sigterm(cluster, long_wav):
    service, worker = cluster.serve(), cluster.worker()

    def encoding():
        """Its folder is there as long as the encoder is."""
        return list((cluster.folder / "shared" / "work").glob("*/*.*"))

    took = []
    for number in range(3):  # a busy machine gets another try
        id = service.submit(long_wav + b"\1\1" * number)
        wait_for(encoding, worker.log, pause=0.01)
        assert cluster.sql("SELECT slots FROM workers") == [["1"]]
        begun = time.monotonic()
        service.ask("POST", f"/v1/episodes/{id}/cancel").ok()
        wait_for(lambda: not encoding(), worker.log, pause=0.01)
        took.append(time.monotonic() - begun)
        if took[-1] < 1:
            break
    assert min(took) < 1, f"cancelled episodes were still being encoded after {took} s"
    assert listed(cluster, id)[0] == "cancelled"
    second = service.submit(long_wav + b"\0\0")
    service.until(second, "running")
    assert worker.stop() == 0
    assert listed(cluster, second)[:2] == ["queued", "0"], "it is given back and the attempt does not count"
    assert cluster.sql("SELECT count(*) FROM workers") == [["0"]]


def test_a_killed_worker_loses_nothing(cluster, long_wav):
    service, worker = cluster.serve(), cluster.worker()
    id = service.submit(long_wav)
    service.until(id, "running")
    worker.kill()
    cluster.worker()
    wait_for(lambda: listed(cluster, id)[2] == "1" and listed(cluster, id)[0] == "running", lambda: str(listed(cluster, id)), 30)


def test_a_message_that_makes_no_sense_becomes_a_dead_letter_and_is_told_of(cluster, speech_wav):
    service, worker = cluster.serve(), cluster.worker()
    service.finished(service.submit(speech_wav))
    cluster.sql("INSERT INTO outbox (job, priority, not_before) VALUES ('no job', 0, 0), ('no job', 1, 0)")
    key = service.new_key("admin")
    service.get("/v1/admin/dead-letters").problem(401)
    letters = wait_for(lambda: len(found := service.get("/v1/admin/dead-letters", key=key).ok().json()["dead_letters"]) == 2 and found, worker.log)
    assert {one["message"] for one in letters} == {"no job"}
    path = f"/v1/admin/dead-letters/{letters[0]['id']}"
    service.ask("POST", path + "/replay", key=key).problem(409)
    service.ask("DELETE", path, key=key).ok(204)
    service.ask("DELETE", path, key=key).problem(404)
    assert len(json.loads(cluster.chasqui("dead-letters", "list", "--json"))) == 1
    cluster.chasqui("dead-letters", "remove", str(letters[1]["id"]))
    # One that names a job that waits is put back where it belongs.
    worker.stop()
    id = service.submit(speech_wav + b"\0\0")
    cluster.sql(f"INSERT INTO dead_letters (received, queue, reason, body) VALUES (0, 'q', 'delivery_limit', '{id}')")
    (letter,) = json.loads(cluster.chasqui("dead-letters", "list", "--json"))
    cluster.chasqui("dead-letters", "replay", str(letter["id"]))
    cluster.worker()
    assert service.finished(id)["attempts"] == 1, "though there were two messages"


def test_lines_that_break_or_fall_silent(servers, tmp_path, speech_wav):
    from cluster import Cluster

    database, broker = Proxy(servers.postgres.port), Proxy(servers.rabbit.port)
    with Cluster(servers, tmp_path) as cluster:
        cluster.environment["CHASQUI_DATABASE_URL"] = cluster.all["CHASQUI_DATABASE_URL"] = servers.postgres.url(cluster.database, database.port)
        cluster.environment["CHASQUI_BROKER_ADDRESSES"] = cluster.all["CHASQUI_BROKER_ADDRESSES"] = servers.rabbit.address(broker.port)
        service, _ = cluster.serve(), cluster.worker()
        service.finished(service.submit(speech_wav))
        for number, proxy in enumerate([database, broker] * 2, 1):
            if number > 2:
                proxy.delay = 0.05
            proxy.cut()
            id = wait_for(lambda: (a := service.post(speech_wav + b"\0\0" * number)).status == 202 and a.json()["id"], service.log)
            service.finished(id)
    database.close()
    broker.close()


@pytest.mark.release_only("the library that tells another time asks for it before the sanitizer is ready")
def test_a_clock_that_jumps_takes_no_lease_away(cluster, long_wav):
    service, _ = cluster.serve(), cluster.worker()
    id = service.submit(long_wav)
    service.until(id, "running")
    offset = cluster.folder / "offset"
    offset.write_text("+0")
    library = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    jumping = cluster.worker(LD_PRELOAD=str(library), FAKETIME_TIMESTAMP_FILE=str(offset), FAKETIME_NO_CACHE="1", FAKETIME_DONT_FAKE_MONOTONIC="1")
    wait_for(lambda: cluster.sql("SELECT count(*) FROM workers") == [["2"]], jumping.log)

    def seen():
        return cluster.sql("SELECT min(seen) FROM workers")[0][0]

    offset.write_text("+3600")
    before = seen()
    wait_for(lambda: seen() > before, jumping.log, 30)  # both have looked for lapsed leases since
    assert listed(cluster, id)[2] == "0", jumping.log()
    (spread,) = cluster.sql("SELECT max(seen) - min(seen) FROM workers")[0]
    assert int(spread) < 60_000, "the worker told the time of its own clock"
