"""Metrics, dashboards and alerts against a real run of a service and a worker on real servers, and Debian's Prometheus."""

import re

import pytest
from cluster import Cluster
from containers import ROOT, run
from prometheus import ALERTS, Prometheus, panels, rules
from servers import free_port, servers_in_a_folder
from service import wait_until

NAME = re.compile(r"\bchasqui_[a-z_]+")


def known() -> set[str]:
    """The names of the table that /metrics follows."""
    return set(re.findall(r'MetricRow\{\s*"(chasqui_\w+)"', (ROOT / "src/core/metrics.cpp").read_text()))


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    """A service and a worker at work, and the Prometheus that watches both, with rules whose patience is seconds."""
    with servers_in_a_folder("tests") as (_, servers), Cluster(servers, tmp_path_factory.mktemp("cluster")) as cluster:
        port = free_port()
        service, _ = cluster.serve(), cluster.worker(CHASQUI_WORKER_PORT=str(port))
        prometheus = Prometheus(tmp_path_factory.mktemp("prometheus"), [service.port, port])
        try:
            wait_until(lambda: len(prometheus.values("up == 1")) == 2, "Prometheus does not reach both", 30, pause=0.1)
            yield cluster, service, prometheus
        finally:
            prometheus.end()


def test_documentation_dashboards_and_alerts_name_real_metrics():
    documented = set(re.findall(r"^\| `(chasqui_\w+)`", (ROOT / "docs/metrics.md").read_text(), re.M))
    assert documented == known(), f"docs/metrics.md differs from src/core/metrics.cpp: {documented ^ known()}"
    for where, expression in panels() + [(rule["alert"], rule["expr"]) for rule in rules()]:
        for name in NAME.findall(expression):
            assert name in known() or re.sub("_(bucket|sum|count)$", "", name) in known(), f"{where}: no such metric: {name}"


def test_alerts_are_right_and_in_the_runbook():
    run("promtool", "check", "rules", ALERTS)
    run("promtool", "test", "rules", ALERTS.parent / "alerts-test.yaml")
    headings = re.findall(r"^## (\w+)$", (ROOT / "docs/runbook.md").read_text(), re.M)
    assert headings == [rule["alert"] for rule in rules()]
    tested = (ALERTS.parent / "alerts-test.yaml").read_text()
    assert all(f"alertname: {name}\n" in tested for name in headings), "an alert without a test that it fires"


# Nothing is damaged or refused in a calm run.
SILENT = {"service.json: Refused, damaged"}


def test_every_panel_shows_something(watched):
    _, service, prometheus = watched
    recording = (ROOT / "examples/leccion.mp3").read_bytes()
    # Rates need a series that grows while it is watched.
    for bitrate in (8, 9):
        service.finished(service.post(recording, bitrate=bitrate).json()["id"])
    for trim in ("true", "false"):
        service.finished(service.post(recording, quality="essential", trim_pauses=trim).json()["id"])
        wait_until(lambda: prometheus.values("chasqui_segment_probes_count"), "the work is not seen", 20, pause=0.1)
    for where, expression in panels():
        query = expression.replace("$__rate_interval", "1m")
        if where in SILENT:
            assert prometheus.ask("query", query=query) is not None, f"{where}: not understood: {query}"
        else:
            wait_until(lambda query=query: prometheus.values(query), f"{where}: no answer to {query}", 20, pause=0.1)
    for metric in ("chasqui_guess_error_octaves_count", "chasqui_encode_seconds_count", "chasqui_worker_slots"):
        (one,) = prometheus.values(metric)
        assert one["metric"]["instance"] != f"127.0.0.1:{service.port}", f"{metric} is the worker's to tell"


def test_outages_and_damage_are_noticed(watched):
    cluster, service, prometheus = watched
    servers, worker = cluster.servers, cluster.workers[0]

    def fires(name):
        wait_until(lambda: name in prometheus.firing(), lambda: f"{name} does not fire, but {prometheus.firing()}", 40, pause=0.1)

    def calm():
        wait_until(lambda: not prometheus.firing(), lambda: f"fires in a calm run: {prometheus.firing()}", 60, pause=0.1)

    damaged = service.submit((ROOT / "examples/leccion.mp3").read_bytes(), bitrate=10)
    service.finished(damaged)
    calm()
    servers.rabbit.kill()
    fires("ChasquiBrokerAway")
    assert service.get("/readyz").status == 200, "what is handed in waits in the database"
    waits = service.submit((ROOT / "examples/leccion.mp3").read_bytes(), bitrate=11)
    wait_until(lambda: float(prometheus.values("max(chasqui_outbox_age_seconds)")[0]["value"][1]) > 1, "nobody sees that it waits", 20, pause=0.1)
    servers.rabbit.start()
    service.finished(waits)
    calm()
    cluster.sql("INSERT INTO dead_letters (received, queue, reason, body) VALUES (0, 'x', 'rejected', 'no id')")
    fires("ChasquiDeadLetters")
    cluster.chasqui("dead-letters", "remove", cluster.sql("SELECT id FROM dead_letters")[0][0])
    calm()
    servers.postgres.kill()
    fires("ChasquiDatabaseAway")
    assert "chasqui_jobs{" not in service.get("/metrics").ok().text, "old counts are shown as if they were true"
    servers.postgres.start()
    calm()
    for path in (cluster.folder / "shared" / "blobs").rglob("*"):
        if path.is_file():
            path.chmod(0o600)
            path.write_bytes(b"x" * path.stat().st_size)
    service.get(f"/v1/episodes/{damaged}/audio.opus")
    fires("ChasquiCorrupt")
    worker.kill()
    fires("ChasquiDown")
