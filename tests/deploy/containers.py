"""Builds and runs the image by Debian's podman and buildah, without a registry, in folders of the tests' own."""

import json
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

from support.program import BUILD, CHASQUI, DECODER, ROOT

BASE, IMAGE = "localhost/debian-base", "localhost/chasqui"
WORK = ROOT / "build" / "deploy"
# Of deploy/docker/assemble and sbom.
TOOLS = "sh bash env ldd dirname mkdir chmod chown cp rm ln readlink install touch cat date sort grep sed find dpkg-query".split()

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


def libraries(*programs) -> set[str]:
    """Under the names that the programs look for."""
    lines = subprocess.run(["ldd", *programs], capture_output=True, text=True).stdout.splitlines()
    return {word for line in lines if line.startswith("\t") for word in line.split() if word.startswith("/")}


def owners(paths) -> set[str]:
    """The packages that these files came in."""
    real = {os.path.realpath(path) for path in paths}
    known = subprocess.run(["dpkg-query", "-S", *real, *(path.removeprefix("/usr") for path in real)], capture_output=True, text=True).stdout
    return {line.split(": ")[0] for line in known.splitlines()}


def make_base() -> Path:
    """Debian 12 as this machine has it, cut down to the packages of the libraries and of what deploy/docker/assemble calls; as a tar."""
    tools = [os.path.realpath(shutil.which(tool)) for tool in TOOLS]
    needed = libraries(CHASQUI, DECODER, *tools)
    packages = sorted(owners([*tools, *needed]) | {"base-files", "base-passwd", "ca-certificates"})
    listed = run("dpkg-query", "-L", *packages).stdout.splitlines()
    lists = {f"/var/lib/dpkg/info/{name}.list" for package in packages for name in (package, package.split(":")[0])}
    wanted = [*listed, *lists, *(link for path in needed for link in links(path)), "/tmp", "/etc/passwd", "/etc/group", "/etc/ld.so.cache",
              "/etc/ssl/certs/ca-certificates.crt", "/var/lib/dpkg/info/format"]
    # dpkg still tells names under /lib and /bin, which are links.
    places = {os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path)) for path in wanted if os.path.lexists(path)}
    folders = {str(folder) for place in places for folder in Path(place).parents}
    archive, status = WORK / "base.tar", WORK / "status"
    status.write_text(run("dpkg-query", "-s", *packages).stdout)
    with tarfile.open(archive, "w") as tar:
        for place in sorted(places | folders):
            tar.add(place, recursive=False)
        tar.add(status, "/var/lib/dpkg/status")
    return archive


def links(path: str) -> list[str]:
    """A file and what it leads to, link by link; those of update-alternatives are in no package."""
    way = [path]
    while os.path.islink(way[-1]):
        way.append(os.path.normpath(os.path.join(os.path.dirname(way[-1]), os.readlink(way[-1]))))
    return way


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
