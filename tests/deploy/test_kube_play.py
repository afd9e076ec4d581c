"""The pods of the overlay `single`, played by podman on this host's network and a free port."""

import http.client
import json
import socket

import yaml
from containers import ROOT
from kustomize import render
from service import wait_until


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


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


def test_single_gets_ready_and_serves(image, tmp_path):
    objects = render(ROOT / "deploy/kubernetes/single")
    config = next(one for one in objects if one["kind"] == "ConfigMap")
    port = free_port()
    config["data"] |= {"CHASQUI_ACCESS_SUBMIT": "open", "CHASQUI_SERVER_PORT": str(port), "CHASQUI_SERVER_ADDRESS": "127.0.0.1"}
    for one in objects:
        if one["kind"] == "Deployment":
            container = one["spec"]["template"]["spec"]["containers"][0]
            # Podman maps no ports on the host's network, and would ask the probes from inside, where there is no shell.
            for unneeded in ("ports", "livenessProbe", "readinessProbe"):
                del container[unneeded]
    played = [one for one in objects if one["kind"] in ("ConfigMap", "PersistentVolumeClaim", "Deployment")]
    manifest = tmp_path / "single.yaml"
    manifest.write_text(yaml.safe_dump_all(played))
    image.podman("kube", "play", "--network", "host", manifest)
    try:
        wait_until(lambda: ready(port), lambda: image.podman("logs", "chasqui-server-pod-chasqui", check=False).stderr, 30, pause=0.05)
        status, body = ask(port, "POST", "/v1/compress", (ROOT / "examples/leccion.mp3").read_bytes())
        assert status == 200 and body[:4] == b"OggS", json.dumps(body[:500].decode(errors="replace"))
    finally:
        image.podman("kube", "down", manifest, check=False)
