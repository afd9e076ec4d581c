"""The image compiled inside deploy/docker/Dockerfile, as where there is no build beside it; on a Debian of mmdebstrap, without a registry.

from_source.py: takes the files that git knows, some minutes and 3 GB in a temporary folder; not part of `make test`"""

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True
sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "cli")]
from containers import BASE, IMAGE, ROOT, Containers, run  # noqa: E402

HOUR = 3600


def mirrors(release: str) -> list[str]:
    """Of this machine's own apt, as lines of sources.list."""
    indexes = subprocess.run(["apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME)", "Created-By: Packages"], capture_output=True,
                             text=True, check=True).stdout
    return sorted({f"deb [check-valid-until=no] {line} main" for line in indexes.splitlines() if line.split()[1] == release})


def make_bare_base(folder: Path) -> Path:
    """Debian 12 with apt and this machine's mirrors, and nothing else."""
    archive = folder / "bare.tar"
    # What this machine's apt thinks of the age of its mirror goes along, or a mirror of an old day would be refused inside.
    validity = run("apt-config", "dump", "Acquire::Check-Valid-Until").stdout.strip()
    run("mmdebstrap", "--quiet", "--variant=apt", *([f"--aptopt={validity}"] if validity else []), "--dpkgopt=force-unsafe-io", "--include=ca-certificates", "bookworm", archive, *mirrors("bookworm"))
    return archive


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="chasqui-image-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        made, context = Containers(folder), folder / "context"
        try:
            for file in subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines():
                (context / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / file, context / file)
            made.podman("import", make_bare_base(folder), BASE)
            begun = time.monotonic()
            run("buildah", "bud", "--isolation", "chroot", "--build-arg", f"BASE={BASE}", "-t", IMAGE, "-f", context / "deploy/docker/Dockerfile", context,
                env=made.environment, timeout=HOUR)
            data = folder / "data"
            data.mkdir()
            data.chmod(0o777)
            shutil.copy(ROOT / "examples/leccion.mp3", data)
            made.run("compress", "leccion.mp3", flags=["-v", f"{data}:/data"])
            assert (data / "leccion.opus").read_bytes()[:4] == b"OggS"
            print(f"built from source in {time.monotonic() - begun:.0f} s, {made.inspect()['Size'] / 1e6:.0f} MB, compresses a file")
        finally:
            made.end()
    return 0


if __name__ == "__main__":
    sys.exit(main())
