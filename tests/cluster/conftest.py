import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "http"), str(Path(__file__).parent.parent / "cli")]
sys.dont_write_bytecode = True

from cluster import Cluster  # noqa: E402
from servers import servers_in_a_folder  # noqa: E402
from support import program as programs  # noqa: E402
from support import speech  # noqa: E402
from support.media import write_wav  # noqa: E402


def pytest_configure(config):
    programs.declare_release_only(config)
    for needed in (programs.CHASQUI, programs.DECODER):
        if not needed.exists():
            pytest.exit(f"{needed} is missing: run `tools/build release`, or set CHASQUI_BUILD to a build folder", 4)


def pytest_collection_modifyitems(items):
    programs.skip_release_only(items)


@pytest.fixture(scope="session")
def servers():
    """Not in pytest's own folder: its next run, of whatever tests, lets no other user in there."""
    with servers_in_a_folder("tests") as (_, running):
        yield running


@pytest.fixture
def cluster(servers, tmp_path):
    with Cluster(servers, tmp_path) as running:
        yield running


@pytest.fixture(scope="session")
def speech_wav(tmp_path_factory) -> bytes:
    """Six seconds of real Spanish speech."""
    return write_wav(tmp_path_factory.mktemp("material") / "a.wav", speech.prompt("demo-congrats", 6)).read_bytes()


@pytest.fixture(scope="session")
def long_wav(tmp_path_factory) -> bytes:
    """Real speech that keeps a worker busy for a good while."""
    import numpy as np

    part = speech.prompt("demo-congrats", 20)
    return write_wav(tmp_path_factory.mktemp("material") / "larga.wav", np.tile(part, 30)).read_bytes()


