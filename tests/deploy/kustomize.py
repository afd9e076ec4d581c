"""Renders a kustomization offline: `resources`, and `patches` given as files, by strategic merge. `kubectl kustomize` would
also order objects by kind and knows further fields; one that is not known here is an error."""

from pathlib import Path

import yaml

# The key by which Kubernetes merges a list of objects; other lists are replaced (patchMergeKey of the API's types).
MERGE_KEYS = {"containers": "name", "initContainers": "name", "volumes": "name", "env": "name", "volumeMounts": "mountPath"}
KNOWN = {"apiVersion", "kind", "resources", "patches"}


def render(folder: Path) -> list[dict]:
    settings = yaml.safe_load((folder / "kustomization.yaml").read_text())
    unknown = set(settings) - KNOWN
    assert not unknown, f"{folder}: {unknown}: not rendered here; teach tests/deploy/kustomize.py, or do without"
    objects = []
    for name in settings.get("resources", []):
        path = folder / name
        objects += render(path) if path.is_dir() else documents(path)
    for entry in settings.get("patches", []):
        assert set(entry) == {"path"}, f"{folder}: a patch is a file: {entry}"
        for patch in documents(folder / entry["path"]):
            index = [identity(one) for one in objects].index(identity(patch))
            objects[index] = merged(objects[index], patch)
    names = [identity(one) for one in objects]
    assert len(names) == len(set(names)), f"{folder}: an object twice: {names}"
    return objects


def documents(path: Path) -> list[dict]:
    return [document for document in yaml.safe_load_all(path.read_text()) if document]


def identity(one: dict) -> tuple[str, str]:
    return one["kind"], one["metadata"]["name"]


def merged(base: dict, patch: dict) -> dict:
    result = dict(base)
    for key, value in patch.items():
        old = result.get(key)
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict):
            result[key] = merged(old if isinstance(old, dict) else {}, value)
        elif isinstance(value, list) and key in MERGE_KEYS and isinstance(old, list):
            result[key] = merged_list(old, value, MERGE_KEYS[key])
        else:
            result[key] = value
    return result


def merged_list(base: list[dict], patch: list[dict], key: str) -> list[dict]:
    result = {one[key]: one for one in base}
    for one in patch:
        result[one[key]] = merged(result.get(one[key], {}), one)
    return list(result.values())
