"""What is cancelled stops within a second, whatever its worker is doing."""

import threading
import time

import pytest
from service import Service, wait_until

# A second is what people are told; a machine that is busy with other tests gets some more.
SECONDS = 5

pytestmark = pytest.mark.release_only("how long it takes is what is tested")


@pytest.fixture(scope="module")
def busy(tmp_path_factory):
    with Service(tmp_path_factory.mktemp("busy"), "--open") as running:
        yield running


def stopped_after(service, act) -> float:
    """Seconds from the answer to `act` until the worker has let go."""
    before = len(service.log())
    act()
    begun = time.monotonic()
    wait_until(lambda: "stopped on request" in service.log()[before:], "the worker goes on", SECONDS, pause=0.01)
    return time.monotonic() - begun


@pytest.mark.parametrize(("stage", "progress", "options"), [("decoding", 0.02, {"bitrate": 8}), ("encoding", 0.41, {"bitrate": 10}),
                                                            ("searching", 0.45, {"quality": "clear"}), ("for a budget", 0.45, {"budget": 700_000})])
def test_an_episode(busy, long_wav, stage, progress, options):
    id = busy.submit(long_wav.read_bytes(), **options)
    wait_until(lambda: busy.episode(id)["progress"] >= progress, lambda: f"it did not come so far: {busy.episode(id)}", 60, pause=0.02)
    took = stopped_after(busy, lambda: busy.ask("POST", f"/v1/episodes/{id}/cancel").ok())
    print(f"{stage}: {took:.2f} s")
    assert busy.episode(id)["state"] == "cancelled"


def test_a_further_format_goes_with_its_episode(busy, long_wav):
    id = busy.submit(long_wav.read_bytes())
    busy.finished(id, seconds=120)
    before = busy.log().count("begun by")
    waiting = threading.Thread(target=busy.get, args=[f"/v1/episodes/{id}/audio.mp3"])
    waiting.start()
    wait_until(lambda: busy.log().count("begun by") > before, "the format is not begun")
    took = stopped_after(busy, lambda: busy.ask("DELETE", f"/v1/episodes/{id}").ok(204))
    waiting.join()
    print(f"a further format: {took:.2f} s")
