"""The image, built and run for real."""

import json
import shutil

from containers import ROOT
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

MOST_BYTES = 250_000_000


def test_a_recording_is_compressed_in_it_by_nobody_special(image, tmp_path):
    tmp_path.chmod(0o777)
    shutil.copy(ROOT / "examples/leccion.mp3", tmp_path / "leccion.mp3")
    image.run("compress", "leccion.mp3", flags=["-v", f"{tmp_path}:/data"])
    made = tmp_path / "leccion.opus"
    assert made.read_bytes()[:4] == b"OggS" and made.stat().st_uid == 10001
    assert made.stat().st_size < (tmp_path / "leccion.mp3").stat().st_size / 5


def test_its_model_is_whole_and_used(image, tmp_path):
    """The image leaves out what a running program does not need, and no more."""
    assert "podcast: whole" in image.run("models", "verify").stdout
    tmp_path.chmod(0o777)
    shutil.copy(ROOT / "examples/leccion.mp3", tmp_path / "leccion.mp3")
    run = image.run("compress", "-q", "essential", "--report", "report.json", "leccion.mp3", flags=["-v", f"{tmp_path}:/data"])
    assert "without a model" not in run.stderr
    assert json.loads((tmp_path / "report.json").read_text())["model"]["name"] == "podcast"


def test_it_is_small_and_says_what_it_is(image):
    facts = image.inspect()
    assert facts["Size"] < MOST_BYTES, f"{facts['Size']} bytes: see what deploy/docker/assemble takes along"
    assert facts["Config"]["User"] == "10001:10001"
    labels = facts["Config"]["Labels"]
    assert labels["org.opencontainers.image.version"] == "0.1.0" and labels["org.opencontainers.image.created"].startswith("1970")


def test_there_is_no_shell_and_no_place_to_write(image):
    shell = image.run(flags=["--entrypoint", "/bin/sh"], check=False)
    assert shell.returncode != 0 and "/bin/sh" in shell.stderr
    refused = image.run("serve", "--data", "/usr/data", check=False)
    assert refused.returncode != 0 and "/usr/data" in refused.stderr and len(refused.stderr.strip().splitlines()) == 1, refused.stderr


def test_what_is_in_it_is_listed(image):
    """For scanners as dpkg's list, for people and tools as a bill of materials, which the schema of CycloneDX accepts."""
    name = image.podman("create", "localhost/chasqui").stdout.strip()
    status, bill = image.folder / "status", image.folder / "sbom.json"
    image.podman("cp", f"{name}:/var/lib/dpkg/status", status)
    image.podman("cp", f"{name}:/usr/share/doc/chasqui/sbom.cdx.json", bill)
    listed = {line.split(": ")[1] for line in status.read_text().splitlines() if line.startswith("Package: ")}
    assert {"libc6", "libopus0", "libavcodec59", "libxgboost0"} <= listed, listed
    schema, text = JsonStrictValidator(SchemaVersion.V1_5), bill.read_text()
    assert schema.validate_str(text) is None
    assert schema.validate_str(text.replace('"purl"', '"url"', 1)) is not None, "a field that does not exist is not found"
    facts = json.loads(text)
    assert facts["metadata"]["component"]["version"] == "0.1.0"
    assert {component["name"] for component in facts["components"]} == listed
    assert f'{{"ref": "chasqui", "dependsOn": ["{facts["components"][0]["bom-ref"]}"' in text
    for component in facts["components"]:
        purl = PackageURL.from_string(component["purl"])
        assert (purl.name, purl.version) == (component["name"], component["version"]) and purl.qualifiers["distro"] == "debian-12"
