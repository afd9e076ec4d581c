"""Builds and runs the image by Debian's podman and buildah, without a registry, in folders of the tests' own."""

import json
import os
import subprocess
from pathlib import Path

from support.program import BUILD, CHASQUI, DECODER, ROOT

BASE, IMAGE = "localhost/debian-base", "localhost/chasqui"
WORK = ROOT / "build" / "deploy"

# Host network: nothing here needs one of its own. Limits that need no right to raise them.
CONTAINERS_CONF = """[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
netns = "host"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""
STORAGE_CONF = """[storage]
driver = "overlay"
graphroot = "{0}/graph"
runroot = "{0}/run"
"""


def packages() -> list[str]:
    """Those that the program's libraries came in."""
    lines = subprocess.run(["ldd", CHASQUI, DECODER], capture_output=True, text=True, check=True).stdout.splitlines()
    paths = {os.path.realpath(line.split()[2]) for line in lines if "=> /" in line}
    known = subprocess.run(["dpkg-query", "-S", *paths, *(path.removeprefix("/usr") for path in paths)], capture_output=True, text=True).stdout
    return sorted({line.split(":")[0] for line in known.splitlines()} | {"ca-certificates"})


def mirrors(*releases: str) -> list[str]:
    """Of this machine's own apt, as lines of sources.list."""
    indexes = subprocess.run(["apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME)", "Created-By: Packages"], capture_output=True,
                             text=True, check=True).stdout
    return sorted({f"deb [check-valid-until=no] {line} main" for line in indexes.splitlines() if line.split()[1].startswith(releases)})


def make_base() -> Path:
    """Debian 12 with the libraries, as a tar; from this machine's own mirrors."""
    wanted = packages()
    versions = subprocess.run(["dpkg-query", "-W", *wanted], capture_output=True, text=True, check=True).stdout
    archive, made_for = WORK / "base.tar", WORK / "base.txt"
    if archive.exists() and made_for.exists() and made_for.read_text() == versions:
        return archive
    made_for.unlink(missing_ok=True)
    sources = mirrors("bookworm", "forky")
    run("mmdebstrap", "--quiet", "--variant=essential", "--dpkgopt=force-unsafe-io", f"--include={','.join(wanted)}",
        '--setup-hook=mkdir -p "$1/etc/apt/preferences.d" && cp /etc/apt/preferences.d/chasqui-forky "$1/etc/apt/preferences.d/"',
        "bookworm", archive, *sources)
    made_for.write_text(versions)
    return archive


class Containers:
    def __init__(self, folder: Path):
        self.folder = folder
        (folder / "containers.conf").write_text(CONTAINERS_CONF)
        (folder / "storage.conf").write_text(STORAGE_CONF.format(folder))
        self.environment = os.environ | {"CONTAINERS_CONF": str(folder / "containers.conf"), "CONTAINERS_STORAGE_CONF": str(folder / "storage.conf")}

    def podman(self, *arguments, check=True) -> subprocess.CompletedProcess:
        return run("podman", *arguments, env=self.environment, check=check)

    def build(self) -> None:
        context = self.folder / "context"
        run("cmake", "--install", BUILD, "--component", "program", "--strip", "--prefix", context / "program")
        run("cp", "-r", "--parents", "deploy/docker", context, cwd=ROOT)
        self.podman("import", make_base(), BASE)
        run("buildah", "bud", "--isolation", "chroot", "--timestamp", "0", "--build-arg", f"BASE={BASE}", "--build-arg", "PROGRAM=program",
            "--build-arg", "SOURCE_DATE_EPOCH=0", "--build-arg", "VERSION=0.1.0", "-t", IMAGE, "-f", ROOT / "deploy/docker/Dockerfile", context,
            env=self.environment)

    def run(self, *arguments, flags=(), check=True) -> subprocess.CompletedProcess:
        """As in production: not root, nothing to write to but /tmp and /data, no capability."""
        return self.podman("run", "--rm", "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--tmpfs", "/tmp", *flags,
                           IMAGE, *arguments, check=check)

    def inspect(self) -> dict:
        return json.loads(self.podman("image", "inspect", IMAGE).stdout)[0]

    def end(self) -> None:
        self.podman("rm", "--all", "--force", "--time", "5", check=False)
        self.podman("pod", "rm", "--all", "--force", check=False)
        self.podman("system", "reset", "--force", check=False)


def run(*command, check=True, timeout=600, **more) -> subprocess.CompletedProcess:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=timeout, **more)
    assert not check or done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done
