"""The cluster on S3: server and worker have no folder in common."""

import hashlib

import pytest
from s3 import S3
from servers import wait_for


@pytest.fixture
def s3(tmp_path):
    with S3(tmp_path / "s3") as running:
        yield running


@pytest.fixture
def on_s3(servers, tmp_path, s3):
    from cluster import Cluster

    with Cluster(servers, tmp_path, **s3.environment()) as running:
        running.all.pop("CHASQUI_SERVICE_SHARED_FOLDER")
        running.environment.pop("CHASQUI_SERVICE_SHARED_FOLDER")
        yield running


def test_what_a_worker_made_elsewhere_is_served(on_s3, s3, speech_wav):
    service, worker = on_s3.serve(), on_s3.worker()
    episode = service.finished(service.submit(speech_wav))
    assert episode["output"]["sha256"] in s3.objects()
    assert not list(service.data.glob("blobs/*/*")) and not list(worker.folder.glob("data/blobs/*/*")), "all bytes are on S3"
    other = on_s3.serve()
    for server in (service, other):
        audio = server.get(episode["links"]["audio"]).ok().body
        assert hashlib.sha256(audio).hexdigest() == episode["output"]["sha256"]
    assert service.get(f"/v1/episodes/{episode['id']}/audio.webm").status in (200, 202)


def test_s3_killed_and_back(on_s3, s3, speech_wav, long_wav):
    service, worker = on_s3.serve(), on_s3.worker()
    episode = service.finished(service.submit(speech_wav))
    id = service.submit(long_wav)
    wait_for(lambda: list((worker.folder / "data/work").iterdir()), worker.log)  # it has the recording
    s3.kill()
    service.post(speech_wav + b"\0\0").problem(503, "busy")
    assert service.episode(id)["state"] == "running"
    wait_for(lambda: list((worker.folder / "data/work").rglob("*.opus")), worker.log, 60)
    s3.start()
    done = service.finished(id)
    assert done["attempts"] == 1 and done["output"]["sha256"] in s3.objects()
    assert hashlib.sha256(service.get(done["links"]["audio"]).ok().body).hexdigest() == done["output"]["sha256"]
    assert service.get(episode["links"]["audio"]).ok().body
    service.finished(service.submit(speech_wav + b"\0\0"))


def test_a_worker_takes_the_published_model(on_s3, speech_wav):
    from support.program import ROOT

    on_s3.all |= {"CHASQUI_MODELS_STORE": "s3", "CHASQUI_MODELS_FOLDER": str(on_s3.folder / "none")}
    on_s3.chasqui("models", "publish", str(ROOT / "models/podcast"))
    service, worker = on_s3.serve(), on_s3.worker()
    episode = service.finished(service.submit(speech_wav, quality="essential"))
    assert service.get(episode["links"]["report"]).ok().json()["model"]["name"] == "podcast", worker.log()
    assert list((worker.folder / "data/models").rglob("model.json"))
