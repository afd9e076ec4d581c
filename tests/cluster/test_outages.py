"""Engines that are away or slow for longer than a lease."""

from outage_drill import drill
from proxy import Proxy
from servers import wait_for


def test_each_engine_away_for_longer_than_a_lease(servers, tmp_path):
    outcome = drill(tmp_path, servers, 5)
    assert outcome["outages"]["RabbitMQ"]["accepted_meanwhile"] > 0, "without the broker recordings are still taken"
    assert outcome["leases_lapsed"] == 0, f"an outage took a lease away: {outcome}"


def test_a_leaving_worker_hands_in_when_the_database_is_back(cluster, long_wav):
    """What was worked out is not thrown away because both happen at once."""
    service, worker = cluster.serve(), cluster.worker(CHASQUI_WORKER_DRAIN_SECONDS="120")
    id = service.submit(long_wav)
    wait_for(lambda: service.episode(id)["progress"] > 0, worker.log)
    cluster.servers.postgres.kill()
    worker.process.terminate()
    stored = cluster.folder / "shared/blobs"
    wait_for(lambda: len([path for path in stored.rglob("*") if path.is_file()]) == 3, worker.log, 120)  # recording, result and sheet
    cluster.servers.postgres.start()
    assert worker.process.wait(60) == 0
    assert cluster.sql(f"SELECT state, attempts, lapses FROM jobs WHERE id = '{id}'") == [["done", "1", "0"]], worker.log()[-2000:]


def test_a_slow_database_takes_no_lease_away(servers, tmp_path, speech_wav, long_wav):
    from cluster import Cluster

    slow = Proxy(servers.postgres.port)
    with Cluster(servers, tmp_path) as cluster:
        cluster.environment["CHASQUI_DATABASE_URL"] = cluster.all["CHASQUI_DATABASE_URL"] = servers.postgres.url(cluster.database, slow.port)
        service, worker, _ = cluster.serve(), cluster.worker(), cluster.worker()
        service.finished(service.submit(speech_wav))
        slow.delay = 0.05  # of each block to and from the database
        id = service.submit(long_wav)
        service.until(id, "running")
        other = service.submit(speech_wav + b"\0\0")
        cluster.sql("BEGIN; LOCK TABLE jobs IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(6); COMMIT")  # longer than the lease of 4 s
        for one in (id, other):
            assert service.finished(one, seconds=90)["attempts"] == 1, worker.log()
        assert cluster.sql("SELECT sum(lapses) FROM jobs") == [["0"]], worker.log()
    slow.close()
