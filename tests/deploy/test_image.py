"""The image, built and run for real."""

import json
import shutil

from containers import ROOT

MOST_BYTES = 250_000_000


def test_a_recording_is_compressed_in_it_by_nobody_special(image, tmp_path):
    tmp_path.chmod(0o777)
    shutil.copy(ROOT / "examples/leccion.mp3", tmp_path / "leccion.mp3")
    image.run("compress", "leccion.mp3", flags=["-v", f"{tmp_path}:/data"])
    made = tmp_path / "leccion.opus"
    assert made.read_bytes()[:4] == b"OggS" and made.stat().st_uid == 10001
    assert made.stat().st_size < (tmp_path / "leccion.mp3").stat().st_size / 5


def test_it_is_small_and_says_what_it_is(image):
    facts = image.inspect()
    assert facts["Size"] < MOST_BYTES, f"{facts['Size']} bytes: see what deploy/docker/assemble takes along"
def test_its_model_is_whole_and_used(image, tmp_path):
    """The image leaves out what a running program does not need, and no more."""
    assert "podcast: whole" in image.run("models", "verify").stdout
    tmp_path.chmod(0o777)
    shutil.copy(ROOT / "examples/leccion.mp3", tmp_path / "leccion.mp3")
    run = image.run("compress", "-q", "essential", "--report", "report.json", "leccion.mp3", flags=["-v", f"{tmp_path}:/data"])
    assert "without a model" not in run.stderr
    assert json.loads((tmp_path / "report.json").read_text())["model"]["name"] == "podcast"


    assert facts["Config"]["User"] == "10001:10001"
    labels = facts["Config"]["Labels"]
    assert labels["org.opencontainers.image.version"] == "0.1.0" and labels["org.opencontainers.image.created"].startswith("1970")


def test_there_is_no_shell_and_no_place_to_write(image):
    shell = image.run(flags=["--entrypoint", "/bin/sh"], check=False)
    assert shell.returncode != 0 and "/bin/sh" in shell.stderr
    refused = image.run("serve", "--data", "/usr/data", check=False)
    assert refused.returncode != 0 and "/usr/data" in refused.stderr and len(refused.stderr.strip().splitlines()) == 1, refused.stderr


def test_packages_are_listed_where_scanners_look(image):
    name = image.podman("create", "localhost/chasqui").stdout.strip()
    status = image.folder / "status"
    image.podman("cp", f"{name}:/var/lib/dpkg/status", status)
    listed = {line.split(": ")[1] for line in status.read_text().splitlines() if line.startswith("Package: ")}
    assert {"libc6", "libopus0", "libavcodec59", "libxgboost0"} <= listed, listed
