import shutil
import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), *(str(Path(__file__).parent.parent / folder) for folder in ("http", "cli", "cluster"))]
sys.dont_write_bytecode = True

import containers  # noqa: E402


@pytest.fixture(scope="session")
def image(tmp_path_factory):
    missing = [tool for tool in ("podman", "buildah", "runc") if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"no {', '.join(missing)} on this machine: tools/bootstrap installs them on Debian 12")
    containers.WORK.mkdir(parents=True, exist_ok=True)
    made = containers.Containers(tmp_path_factory.mktemp("containers"))
    made.build()
    yield made
    made.end()
