"""The pods of both overlays, played by podman on this host's network and free ports; those of `cluster` with real servers."""

import http.client
import json

import pytest
import yaml
from containers import ROOT
from kustomize import render
from s3 import KEY, S3
from servers import Servers, free_port
from service import wait_until


def ask(port, method, path, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(method, path, body, {"Content-Type": "audio/mpeg"} if body else {})
    answer = connection.getresponse()
    return answer.status, answer.read()


def ready(port) -> bool:
    try:
        return ask(port, "GET", "/readyz")[0] == 200
    except OSError:
        return False


def pods_of(objects: list[dict]) -> list[dict]:
    """The pods of Deployments. Podman maps no ports on the host's network, and would ask the probes from inside, where there is
    no shell."""
    pods = [one["spec"]["template"]["spec"] for one in objects if one["kind"] == "Deployment"]
    for pod in pods:
        for unneeded in ("ports", "livenessProbe", "readinessProbe"):
            del pod["containers"][0][unneeded]
    return pods


def play(image, folder, objects: list[dict]):
    manifest = folder / "played.yaml"
    manifest.write_text(yaml.safe_dump_all([one for one in objects if one["kind"] in ("ConfigMap", "PersistentVolumeClaim", "Deployment")]))
    image.podman("kube", "play", "--network", "host", manifest)
    return manifest


def logs(image, *names: str) -> str:
    return "\n".join(image.podman("logs", f"chasqui-{name}-pod-0-chasqui", check=False).stderr for name in names)


def test_single_gets_ready_and_serves(image, tmp_path):
    objects = render(ROOT / "deploy/kubernetes/single")
    config = next(one for one in objects if one["kind"] == "ConfigMap")
    port = free_port()
    config["data"] |= {"CHASQUI_ACCESS_SUBMIT": "open", "CHASQUI_SERVER_PORT": str(port), "CHASQUI_SERVER_ADDRESS": "127.0.0.1"}
    pods_of(objects)
    manifest = play(image, tmp_path, objects)
    try:
        wait_until(lambda: ready(port), lambda: logs(image, "server"), 30, pause=0.05)
        status, body = ask(port, "POST", "/v1/compress", (ROOT / "examples/leccion.mp3").read_bytes())
        assert status == 200 and body[:4] == b"OggS", json.dumps(body[:500].decode(errors="replace"))
    finally:
        image.podman("kube", "down", manifest, check=False)


@pytest.fixture
def engines(tmp_path):
    with Servers(tmp_path / "servers") as servers, S3(tmp_path / "s3") as objects:
        yield servers, objects


def test_cluster_waits_for_its_tables_then_serves(image, tmp_path, engines):
    """Server and worker as they are in the manifests but for addresses, secrets as files, and one replica of each."""
    servers, s3 = engines
    objects = render(ROOT / "deploy/kubernetes/cluster")
    config = next(one for one in objects if one["kind"] == "ConfigMap")["data"]
    port, worker_port = free_port(), free_port()
    config |= {"CHASQUI_ACCESS_SUBMIT": "open", "CHASQUI_SERVER_PORT": str(port), "CHASQUI_SERVER_ADDRESS": "127.0.0.1", "CHASQUI_WORKER_PORT": str(worker_port),
               "CHASQUI_SERVER_LEAVE_SECONDS": "0", "CHASQUI_DATABASE_URL": servers.postgres.url(servers.postgres.new_database()),
               "CHASQUI_BROKER_ADDRESSES": servers.rabbit.address(), "CHASQUI_S3_ENDPOINT": f"http://127.0.0.1:{s3.port}"}
    secrets = tmp_path / "secrets"
    for name, value in {"database/password": "any", "broker/password": "guest", "objects/access-key": KEY, "objects/secret-key": KEY}.items():
        (secrets / name).parent.mkdir(parents=True, exist_ok=True)
        (secrets / name).write_text(value + "\n")
    # Podman of Debian 12 knows no Secrets, no fsGroup for a volume, and has one emptyDir of a name for all pods.
    for number, pod in enumerate(pods_of(objects)):
        for volume in pod["volumes"]:
            if "secret" in volume:
                del volume["secret"]
                volume["hostPath"] = {"path": str(secrets / volume["name"]), "type": "Directory"}
        for one in [*pod["volumes"], *pod["containers"][0]["volumeMounts"]]:
            one["name"] += f"-{number}"
    for one in objects:
        if one["kind"] == "Deployment":
            one["spec"]["replicas"] = 1
        if one["kind"] == "PersistentVolumeClaim":
            one["metadata"]["annotations"] = {"volume.podman.io/uid": "10001", "volume.podman.io/gid": "10001"}
    manifest = play(image, tmp_path, objects)
    try:
        wait_until(lambda: all("db migrate" in logs(image, name) for name in ("server", "worker")), lambda: logs(image, "server", "worker"), 30, pause=0.2)
        assert not ready(port) and not ready(worker_port)
        migration = next(one for one in objects if one["kind"] == "Job")["spec"]["template"]["spec"]["containers"][0]
        flags = [flag for name, value in config.items() for flag in ("-e", f"{name}={value}")]
        image.run(*migration["args"], flags=[*flags, "-v", f"{secrets}:/secrets:ro"])
        for one in (port, worker_port):
            wait_until(lambda one=one: ready(one), lambda: logs(image, "server", "worker"), 60, pause=0.1)
        status, body = ask(port, "POST", "/v1/compress", (ROOT / "examples/leccion.mp3").read_bytes())
        assert status == 200 and body[:4] == b"OggS", json.dumps(body[:500].decode(errors="replace"))
        assert len(s3.objects()) == 3, "recording, result and sheet are on S3"
    finally:
        image.podman("kube", "down", manifest, check=False)
