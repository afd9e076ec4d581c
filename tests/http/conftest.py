import os
import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "cli")]
sys.dont_write_bytecode = True

from service import Service  # noqa: E402
from support import program as programs  # noqa: E402
from support import speech  # noqa: E402
from support.media import RATE, write_wav  # noqa: E402


def pytest_configure(config):
    programs.declare_release_only(config)
    for needed in (programs.CHASQUI, programs.DECODER):
        if not needed.exists():
            pytest.exit(f"{needed} is missing: run `tools/build release`, or set CHASQUI_BUILD to a build folder", 4)


def pytest_collection_modifyitems(items):
    programs.skip_release_only(items)


@pytest.fixture(scope="session", autouse=True)
def engine():
    """CHASQUI_TEST_ENGINE=cluster: the same tests on PostgreSQL and RabbitMQ."""
    if os.environ.get("CHASQUI_TEST_ENGINE", "embedded") == "embedded":
        yield
        return
    sys.path.append(str(Path(__file__).parent.parent / "cluster"))
    from servers import servers_in_a_folder

    with servers_in_a_folder("tests") as (_, Service.servers):
        yield


@pytest.fixture(scope="session")
def speech_wav(tmp_path_factory) -> Path:
    """Six seconds of real Spanish speech."""
    return write_wav(tmp_path_factory.mktemp("material") / "leccion.wav", speech.prompt("demo-congrats", 6))


@pytest.fixture(scope="session")
def long_wav(tmp_path_factory) -> Path:
    """Real speech that keeps a worker busy for a good while."""
    import numpy as np

    part = speech.prompt("demo-congrats", 20)
    return write_wav(tmp_path_factory.mktemp("material") / "larga.wav", np.tile(part, 30))


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """A service that everybody may submit to, shared by the tests of a file."""
    with Service(tmp_path_factory.mktemp("service"), "--open") as running:
        yield running


@pytest.fixture
def start(tmp_path):
    """Starts services of one test's own: start("--open", CHASQUI_...=...)."""
    running = []

    def starter(*flags, data="data", preexec=None, **environment):
        running.append(Service(tmp_path, *flags, data=data, environment=environment, preexec=preexec))
        return running[-1].__enter__()

    yield starter
    for one in running:
        one.__exit__()


@pytest.fixture(scope="module")
def episode(service, speech_wav):
    """A finished episode of `service`."""
    return service.finished(service.submit(speech_wav.read_bytes(), title="Las plantas", filename="leccion.wav"))
