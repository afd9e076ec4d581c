"""Every manifest against the types of Kubernetes, KEDA and the Prometheus operator, by TypeScript's compiler: unlike
validation by schema, it also refuses fields that do not exist."""

import json
import os
import re
import shutil
import subprocess

import pytest
from containers import ROOT, WORK, run
from kustomize import documents, render

TYPES = ROOT / "tests/deploy/types"
KUBERNETES = ROOT / "deploy/kubernetes"
OVERLAYS = ("single", "cluster")
PACKAGES = {"postgresql.cnpg.io": "@kubernetes-models/cloudnative-pg", "keda.sh": "@kubernetes-models/keda", "monitoring.coreos.com": "@kubernetes-models/prometheus-operator"}


@pytest.fixture(scope="module")
def compile_types(tmp_path_factory):
    """Compiles objects as typed literals; answers the complaints."""
    folder = WORK / "types"
    folder.mkdir(parents=True, exist_ok=True)
    lock = (TYPES / "package-lock.json").read_text()
    if not (folder / "installed.json").exists() or (folder / "installed.json").read_text() != lock:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(TYPES / name, folder)
        run("npm", "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", cwd=folder)
        (folder / "installed.json").write_text(lock)

    def compile_objects(objects: list[dict]) -> str:
        lines = []
        for number, one in enumerate(objects):
            group, kind = one["apiVersion"], one["kind"]
            package = PACKAGES.get(group.split("/")[0], "kubernetes-models")
            lines += [f'import type {{ I{kind} as T{number} }} from "{package}/{group}/{kind}";', f"export const o{number}: T{number} = {json.dumps(one)};"]
        source = folder / f"manifests-{os.getpid()}.ts"
        source.write_text("\n".join(lines))
        done = subprocess.run([folder / "node_modules/.bin/tsc", "--strict", "--noEmit", "--skipLibCheck", "--module", "nodenext", source],
                              cwd=folder, capture_output=True, text=True)
        source.unlink()
        assert done.returncode in (0, 1, 2), done.stderr
        return done.stdout

    return compile_objects


def test_all_overlays_are_well_typed(compile_types):
    everything = [one for overlay in OVERLAYS for one in render(KUBERNETES / overlay)] + documents(KUBERNETES / "examples/postgresql.yaml")
    complaints = compile_types(everything)
    assert complaints == "", complaints


def test_a_wrong_field_is_caught(compile_types):
    """One unknown field, one of a wrong type and one misspelt value, each deep inside; all in one run of the compiler."""
    objects = [one for one in render(KUBERNETES / "cluster") if one["kind"] in ("Deployment", "ScaledObject", "ServiceMonitor", "PodMonitor")]
    objects += documents(KUBERNETES / "examples/postgresql.yaml")
    of = {(one["kind"], one["metadata"]["name"]): one for one in objects}
    of["Deployment", "chasqui-server"]["spec"]["template"]["spec"]["containers"][0]["readynessProbe"] = {}
    of["Deployment", "chasqui-worker"]["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] = "60"
    of["ScaledObject", "chasqui-worker"]["spec"]["minReplicas"] = 0
    of["ServiceMonitor", "chasqui"]["spec"]["endpoints"][0]["intervall"] = "30s"
    of["PodMonitor", "chasqui-worker"]["spec"]["podMetricEndpoints"] = []
    of["Cluster", "chasqui-db"]["spec"]["instance"] = 3
    complaints = compile_types(objects)
    for planted in ("podMetricEndpoints", '"instance"', "readynessProbe", "'string' is not assignable to type 'number'", "minReplicas", "intervall"):
        assert planted in complaints, f"not caught: {planted}\n{complaints}"


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_pods_are_restricted_and_selected(overlay):
    """The restricted pod security standard; and no service, budget or policy that selects nothing."""
    objects = render(KUBERNETES / overlay)
    templates = [one["spec"]["template"] for one in objects if one["kind"] in ("Deployment", "Job")]
    for template in templates:
        pod = template["spec"]
        assert pod["securityContext"]["runAsNonRoot"] and pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
        volumes = {one["name"] for one in pod["volumes"]}
        for container in pod["containers"]:
            rights = container["securityContext"]
            assert rights["readOnlyRootFilesystem"] and rights["capabilities"] == {"drop": ["ALL"]} and not rights["allowPrivilegeEscalation"]
            assert container["resources"]["requests"] and {one["name"] for one in container["volumeMounts"]} <= volumes
    labels = [template["metadata"]["labels"].items() for template in templates]
    for one in objects:
        selector = one["spec"].get("podSelector", one["spec"].get("selector", {})) if "spec" in one else {}
        wanted = selector.get("matchLabels", selector if one["kind"] == "Service" else {}).items()
        if one["kind"] in ("Service", "PodDisruptionBudget", "NetworkPolicy"):
            assert any(wanted <= have for have in labels), f"{one['kind']} {one['metadata']['name']} selects no pod"


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_configuration_has_keys_that_exist(overlay):
    """What the program of this build does not know, it refuses at start."""
    known = set(re.findall(r"`(CHASQUI_\w+)`", (ROOT / "docs/configuration.md").read_text()))
    config = next(one for one in render(KUBERNETES / overlay) if one["kind"] == "ConfigMap")
    if overlay == "cluster" and not {"CHASQUI_SERVICE_ENGINE", "CHASQUI_S3_ENDPOINT"} <= known:
        pytest.skip("this program has no cluster engine with objects on S3 yet")
    unknown = set(config["data"]) - known
    assert not unknown, unknown
