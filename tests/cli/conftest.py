import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.dont_write_bytecode = True

from support import program as programs  # noqa: E402
from support import speech  # noqa: E402
from support.media import RATE, write_wav  # noqa: E402


def pytest_configure(config):
    programs.declare_release_only(config)
    for needed in (programs.CHASQUI, programs.DECODER):
        if not needed.exists():
            pytest.exit(f"{needed} is missing: run `tools/build release`, or set CHASQUI_BUILD to a build folder", 4)
    programs.adopt_orphans()


def pytest_report_header():
    return f"build under test: {programs.BUILD} (sanitizer: {programs.sanitizer() or 'none'})"


def pytest_collection_modifyitems(items):
    programs.skip_release_only(items)


@pytest.fixture
def chasqui(tmp_path):
    return programs.Program(tmp_path)


@pytest.fixture(scope="session")
def session_chasqui(tmp_path_factory):
    """For what is made once and shared."""
    return programs.Program(tmp_path_factory.mktemp("session"))


@pytest.fixture(autouse=True)
def no_orphans():
    """No test may leave a decoder process behind."""
    yield
    try:
        programs.wait_until(lambda: not programs.orphans(), "a chasqui-decode process outlived the run that started it", 5)
    finally:
        programs.end_orphans()


@pytest.fixture
def out(tmp_path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


@pytest.fixture(scope="session")
def material(tmp_path_factory) -> Path:
    """Read-only sound shared by the tests."""
    return tmp_path_factory.mktemp("material")


@pytest.fixture(scope="session")
def speech_48k() -> np.ndarray:
    """Twelve seconds of real Spanish speech."""
    return speech.prompt("demo-congrats", 12)


@pytest.fixture(scope="session")
def speech_wav(material, speech_48k) -> Path:
    return write_wav(material / "speech.wav", speech_48k)


@pytest.fixture(scope="session")
def short_wav(material, speech_48k) -> Path:
    """Three seconds, for tests where the sound does not matter."""
    return write_wav(material / "short.wav", speech_48k[:3 * RATE])


@pytest.fixture(scope="session")
def music_wav(material) -> Path:
    return write_wav(material / "music.wav", speech.music(8))


@pytest.fixture(scope="session")
def paused(material):
    """Two sentences around eight seconds of dead air, and where the second begins."""
    sentence = speech.prompt("demo-abouttotry", 4)
    sentence = sentence[np.argmax(np.abs(sentence) > 0.02):]
    sound = np.concatenate([sentence, np.zeros(8 * RATE), sentence, np.zeros(RATE // 2)])
    return write_wav(material / "paused.wav", sound), (len(sentence) / RATE + 8)
