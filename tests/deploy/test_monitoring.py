"""Metrics, dashboards and alerts against a real run of the service and Debian's Prometheus."""

import json
import re
import socket
import subprocess
import urllib.parse
import urllib.request

import pytest
import yaml
from containers import ROOT, run
from service import Service, wait_until

ALERTS = ROOT / "deploy/prometheus/alerts.yaml"
NAME = re.compile(r"\bchasqui_[a-z_]+")
PROMETHEUS_YAML = """global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: [{rules}]
scrape_configs:
  - job_name: chasqui
    static_configs: [{{targets: ['127.0.0.1:{port}']}}]
"""


def known() -> set[str]:
    """The names of the table that /metrics follows."""
    return set(re.findall(r'MetricRow\{"(chasqui_\w+)"', (ROOT / "src/core/metrics.cpp").read_text()))


def panels() -> list[tuple[str, str]]:
    found = []
    for path in sorted((ROOT / "deploy/grafana").glob("*.json")):
        for panel in json.loads(path.read_text())["panels"]:
            found += [(f"{path.name}: {panel['title']}", target["expr"]) for target in panel["targets"]]
    return found


def rules() -> list[dict]:
    return [rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]


class Prometheus:
    def __init__(self, folder, service_port: int, quickened: dict):
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            self.port = one.getsockname()[1]
        (folder / "rules.yaml").write_text(yaml.safe_dump(quickened))
        (folder / "prometheus.yaml").write_text(PROMETHEUS_YAML.format(rules=folder / "rules.yaml", port=service_port))
        self.log = (folder / "log").open("wb")
        self.process = subprocess.Popen(["prometheus", f"--config.file={folder / 'prometheus.yaml'}", f"--storage.tsdb.path={folder / 'data'}",
                                         f"--web.listen-address=127.0.0.1:{self.port}"], stderr=self.log, stdout=self.log)

    def ask(self, path: str, **query):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v1/{path}?{urllib.parse.urlencode(query)}", timeout=10) as answer:
                return json.load(answer)["data"]
        except OSError:
            return None

    def values(self, expression: str) -> list:
        answer = self.ask("query", query=expression)
        return [one for one in answer["result"] if one["value"][1] != "NaN"] if answer else []

    def firing(self) -> set[str]:
        answer = self.ask("alerts")
        return {one["labels"]["alertname"] for one in answer["alerts"] if one["state"] == "firing"} if answer else set()

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(30)
        self.log.close()


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    """A service at work and the Prometheus that watches it, with rules whose patience is seconds."""
    groups = yaml.safe_load(ALERTS.read_text())
    for group in groups["groups"]:
        for rule in group["rules"]:
            rule["for"] = "1s"
    with Service(tmp_path_factory.mktemp("service"), "--open") as service:
        prometheus = Prometheus(tmp_path_factory.mktemp("prometheus"), service.port, groups)
        try:
            wait_until(lambda: prometheus.values("up == 1"), "Prometheus does not reach the service", 30, pause=0.1)
            yield service, prometheus
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
    service, prometheus = watched
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


def test_outage_and_damage_are_noticed(watched):
    service, prometheus = watched
    damaged = service.submit((ROOT / "examples/leccion.mp3").read_bytes(), bitrate=10)
    output = service.finished(damaged)
    assert not {"ChasquiDown", "ChasquiCorrupt"} & prometheus.firing(), output
    for path in (service.data / "blobs").rglob("*"):
        if path.is_file():
            path.chmod(0o600)
            path.write_bytes(b"x" * path.stat().st_size)
    service.get(f"/v1/episodes/{damaged}/audio.opus")
    wait_until(lambda: "ChasquiCorrupt" in prometheus.firing(), lambda: f"fires: {prometheus.firing()}", 30, pause=0.1)
    service.stop()
    wait_until(lambda: "ChasquiDown" in prometheus.firing(), lambda: f"fires: {prometheus.firing()}", 30, pause=0.1)
    service.restart()
