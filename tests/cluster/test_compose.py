"""compose.yaml as far as it can be tried without Docker: its commands run with its environment against real servers, only names of hosts and
folders replaced; what it refers to exists."""

import re
import subprocess

import pytest
import yaml
from cluster import Service, Worker
from servers import wait_for
from support.program import CHASQUI, ROOT

COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
OURS = {name: one for name, one in COMPOSE["services"].items() if one["image"] == "chasqui"}


def test_what_it_refers_to_exists():
    known = set(re.findall(r"`(CHASQUI_\w+)`", (ROOT / "docs/configuration.md").read_text()))
    for name, one in COMPOSE["services"].items():
        assert set(one.get("secrets", [])) <= set(COMPOSE["secrets"]), name
        assert {volume.split(":")[0] for volume in one["volumes"]} <= set(COMPOSE["volumes"]), name
        for needed, how in one.get("depends_on", {}).items():
            assert how["condition"] != "service_healthy" or "healthcheck" in COMPOSE["services"][needed]
    for name, one in OURS.items():
        assert set(one["environment"]) <= known, name
        for key, secret in one["environment"].items():
            assert not key.endswith("_PASSWORD_FILE") or secret.removeprefix("/run/secrets/") in one["secrets"]
    builds = [one["build"] for one in OURS.values() if "build" in one]
    assert len(builds) == 1, "one image for all"
    dockerfile = (ROOT / builds[0]["context"] / builds[0]["dockerfile"]).read_text()
    assert 'ENTRYPOINT ["/usr/bin/chasqui"]' in dockerfile and "VOLUME /data" in dockerfile
    assert re.search(r"^EXPOSE (\d+)\b", dockerfile, re.M)[1] == OURS["server"]["ports"][0].rsplit(":", 1)[1]


@pytest.mark.parametrize("name", OURS)
def test_the_program_takes_its_settings(name):
    checked = subprocess.run([CHASQUI, "config", "check"], env=OURS[name]["environment"], capture_output=True, text=True, timeout=60)
    assert checked.returncode == 0, checked.stderr


def test_its_services_do_the_work(servers, tmp_path, speech_wav):
    database = servers.postgres.new_database()
    for name in ("database", "broker"):
        (tmp_path / name).write_text("guest\n")
    (tmp_path / "data").mkdir()

    def settings(name: str, own: str) -> dict[str, str]:
        here = {"/run/secrets/": f"{tmp_path}/", "/tmp/chasqui": str(tmp_path / own), "postgresql://chasqui@postgres/chasqui": servers.postgres.url(database),
                "amqp://chasqui@rabbitmq/": servers.rabbit.address()}
        changed = {}
        for key, value in OURS[name]["environment"].items():
            for old, new in here.items():
                value = value.replace(old, new)
            changed[key] = str(tmp_path / "data") if value == "/data" else value
        return changed | {"CHASQUI_BROKER_PREFIX": database}

    migrated = subprocess.run([CHASQUI, *OURS["migrate"]["command"]], env=settings("migrate", "m"), capture_output=True, text=True, timeout=60)
    assert migrated.returncode == 0, migrated.stderr
    assert OURS["server"]["command"][0] == "serve" and OURS["worker"]["command"][0] == "worker"
    (tmp_path / "server").mkdir()
    worker = Worker(tmp_path, "worker", settings("worker", "worker-data"), *OURS["worker"]["command"][1:])
    with Service(tmp_path / "server", *OURS["server"]["command"][1:], environment=settings("server", "server-data")) as service:
        worker.start()
        try:
            wait_for(lambda: service.get("/readyz").status == 200, service.log)
            service.post(speech_wav).problem(401)
            key = service.new_key("submit")
            episode = service.finished(service.submit(speech_wav, key=key))
            assert service.get(episode["links"]["audio"]).ok().body[:4] == b"OggS"
        finally:
            assert worker.stop(600) == 0
