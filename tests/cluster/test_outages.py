"""Engines that are away or slow for longer than a lease."""

from outage_drill import drill
from proxy import Proxy


def test_each_engine_away_for_longer_than_a_lease(servers, tmp_path):
    outcome = drill(tmp_path, servers, 5)
    assert outcome["outages"]["RabbitMQ"]["accepted_meanwhile"] > 0, "without the broker recordings are still taken"
    assert outcome["leases_lapsed"] == 0, f"an outage took a lease away: {outcome}"


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
