"""Debian's Prometheus on a free port, and the expressions of the dashboards and rules that it is asked."""

import json
import subprocess
import urllib.parse
import urllib.request
from pathlib import Path

import yaml
from containers import ROOT
from servers import free_port

ALERTS = ROOT / "deploy/prometheus/alerts.yaml"


def panels() -> list[tuple[str, str]]:
    found = []
    for path in sorted((ROOT / "deploy/grafana").glob("*.json")):
        for panel in json.loads(path.read_text())["panels"]:
            found += [(f"{path.name}: {panel['title']}", target["expr"]) for target in panel["targets"]]
    return found


def rules() -> list[dict]:
    return [rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]


def quickened() -> dict:
    """The rules, with a patience of a second."""
    groups = yaml.safe_load(ALERTS.read_text())
    for group in groups["groups"]:
        for rule in group["rules"]:
            rule["for"] = "1s"
    return groups


class Prometheus:
    def __init__(self, folder: Path, target_ports: list[int]):
        self.port = free_port()
        (folder / "rules.yaml").write_text(yaml.safe_dump(quickened()))
        settings = {"global": {"scrape_interval": "1s", "evaluation_interval": "1s"}, "rule_files": [str(folder / "rules.yaml")],
                    "scrape_configs": [{"job_name": "chasqui", "static_configs": [{"targets": [f"127.0.0.1:{port}" for port in target_ports]}]}]}
        (folder / "prometheus.yaml").write_text(yaml.safe_dump(settings))
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
