"""Uploads by the real tus-js-client, through connections that are cut at every stage."""

import hashlib
import json
import subprocess
from pathlib import Path

import pytest
from cutting_proxy import CuttingProxy
from support.program import ROOT, patience

EVERYWHERE = {"POST": ["request", "answer"], "PATCH": ["request", "middle", "answer", "", "middle"], "HEAD": ["request", "answer"]}


@pytest.fixture(scope="session", autouse=True)
def packages():
    """What web/package.json names is installed."""
    done = subprocess.run([ROOT / "tools/web", "node", "--version"], capture_output=True, text=True)
    assert done.returncode == 0, f"node and npm are needed: run tools/bootstrap\n{done.stderr}"


@pytest.mark.parametrize("name, options, cuts", [
    ("whole", {}, {}),
    ("in pieces", {"chunkSize": 150_000}, EVERYWHERE),
    ("with the first bytes", {"uploadDataDuringCreation": True, "chunkSize": 150_000}, {"POST": ["request", "middle"], "PATCH": ["middle", "answer"]}),
    ("in one", {}, {"POST": ["answer"], "PATCH": ["request", "middle", "middle", "answer"], "HEAD": ["answer", "request"]}),
    ("its last answer lost", {}, {"PATCH": ["answer"], "HEAD": ["answer", "request"]}),
    ("in parallel", {"parallelUploads": 3}, {"PATCH": ["middle", "answer", "request"], "HEAD": ["answer"]}),
])
def test_upload(service, speech_wav, tmp_path, name, options, cuts):
    data = speech_wav.read_bytes() + name.encode().ljust(40)
    (tmp_path / "leccion.wav").write_bytes(data)
    wanted = [(method, cut) for method, list_ in cuts.items() for cut in list_ if cut]
    with CuttingProxy(service.port, {method: list(list_) for method, list_ in cuts.items()}) as proxy:
        done = subprocess.run(["node", Path(__file__).parent / "tus_upload.mjs", ROOT / "web/package.json", f"http://127.0.0.1:{proxy.port}/v1/uploads",
                               tmp_path / "leccion.wav", json.dumps(options)], capture_output=True, text=True, timeout=patience(60))
        assert done.returncode == 0, f"{done.stderr}\ncuts made: {proxy.done}"
        assert sorted(proxy.done) == sorted(wanted), "every cut was met"
    episode = service.finished(done.stdout.strip().rsplit("/", 1)[1])
    assert episode["input"] == {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    assert episode["title"] == "Las plantas" and episode["file_name"] == "leccion.wav"
