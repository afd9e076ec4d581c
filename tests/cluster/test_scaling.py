"""What KEDA is told to count for the workers, on the real queue and database. KEDA itself is not here."""

import re

import pytest
import yaml
from servers import wait_for
from support.media import ffmpeg
from support.program import ROOT

TRIGGERS = next(one["spec"]["triggers"] for one in yaml.safe_load_all((ROOT / "deploy/kubernetes/cluster/scaling.yaml").read_text())
                if one["kind"] == "ScaledObject")
OF = {trigger["name"]: trigger["metadata"] for trigger in TRIGGERS}


def counted(cluster) -> tuple[int, int]:
    """Waiting and running, as the two triggers see them."""
    pattern = OF["waiting"]["queueName"].replace("chasqui", cluster.database)  # broker.prefix
    waiting = sum(count for name, count in cluster.servers.rabbit.messages().items() if re.search(pattern, name))
    return waiting, int(cluster.sql(OF["running"]["query"])[0][0])


@pytest.fixture
def longer_flac(long_wav, tmp_path) -> bytes:
    """Forty minutes: RabbitMQ takes some seconds to say what a queue holds."""
    (tmp_path / "larga.wav").write_bytes(long_wav)
    ffmpeg("-stream_loop", 3, "-i", tmp_path / "larga.wav", "-ar", 16000, tmp_path / "larga.flac")
    return (tmp_path / "larga.flac").read_bytes()


def test_an_episode_counts_from_being_accepted_until_it_is_done(cluster, longer_flac, speech_wav):
    service = cluster.serve()
    ids = [service.submit(longer_flac), service.submit(speech_wav)]
    wait_for(lambda: counted(cluster) == (2, 0), lambda: f"two wait, but {counted(cluster)}", 20, pause=0.2)
    worker = cluster.worker()
    wait_for(lambda: counted(cluster) == (1, 1), lambda: f"one waits, one is at work, but {counted(cluster)}", 20, pause=0.2)
    worker.kill()  # the last one, and with it all who look after lapsed leases
    assert counted(cluster) == (1, 1), "so KEDA brings another"
    cluster.worker()
    for id in ids:
        service.finished(id)
    wait_for(lambda: counted(cluster) == (0, 0), lambda: f"nothing is left, but {counted(cluster)}", 20, pause=0.2)
