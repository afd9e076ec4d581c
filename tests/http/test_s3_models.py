"""Models on a real S3 server: published once, taken by every service that works, whatever goes wrong on the way."""

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from s3 import S3
from service import wait_until
from support.program import CHASQUI, DATA, NO_INPUT, ROOT, USAGE

SHIPPED = ROOT / "models/podcast"


@pytest.fixture
def s3(tmp_path):
    with S3(tmp_path / "s3") as running:
        yield running


@pytest.fixture
def models(s3):
    """Runs `chasqui models`."""
    def run(*arguments, code=0) -> str:
        done = subprocess.run([CHASQUI, "models", *arguments], env=s3.environment(CHASQUI_MODELS_STORE="s3"), capture_output=True, text=True, timeout=60)
        assert done.returncode == code, done
        return done.stdout + done.stderr

    return run


def another(folder: Path, number: int) -> Path:
    """A model that is whole and has an id of its own."""
    shutil.copytree(SHIPPED, folder)
    data = (folder / "training-data.csv").read_text() + f"{number}.wav,0,x,x,CC0-1.0,0\n"
    (folder / "training-data.csv").write_text(data)
    paper = json.loads((folder / "model.json").read_text())
    paper["sha256"]["training-data.csv"] = hashlib.sha256(data.encode()).hexdigest()
    (folder / "model.json").write_text(json.dumps(paper))
    return folder


def id_of(folder: Path) -> str:
    return hashlib.sha256((folder / "model.json").read_bytes()).hexdigest()[:12]


def objects(s3, part: str) -> list[Path]:
    return [path for path in s3.folder.rglob("*_object") if f"/models/{part}" in str(path)]


class Lessons:
    """Recordings of their own, compressed by `service`."""

    def __init__(self, service, wav: Path):
        self.service, self.recording = service, wav.read_bytes()

    def model(self):
        """That the sheet of the next one names."""
        self.recording += b"\0\0"
        done = self.service.finished(self.service.submit(self.recording, quality="essential"))
        return self.service.get(done["links"]["report"]).ok().json()["model"]

    def until(self, model) -> None:
        wait_until(lambda: self.model() == model, lambda: f"not with {model}: {self.service.log()[-2000:]}", 30)


@pytest.fixture
def lessons(start, tmp_path, s3, speech_wav):
    def begin(**more):
        (tmp_path / "none").mkdir(exist_ok=True)
        return Lessons(start("--open", **s3.environment(CHASQUI_MODELS_STORE="s3", CHASQUI_MODELS_FOLDER=str(tmp_path / "none"), **more)), speech_wav)

    return begin


def test_what_is_published_is_worked_with(lessons, models, tmp_path):
    assert "no models on S3" in models("list")
    assert id_of(SHIPPED) in models("publish", str(SHIPPED))
    work = lessons()
    assert work.model() == {"name": "podcast", "id": id_of(SHIPPED)}
    assert 'model="podcast"' in work.service.get("/metrics").text
    # What comes later is taken without a restart, and no more than two copies are kept.
    for number in range(3):
        newer = another(tmp_path / f"{number}" / "newer", number)
        models("publish", str(newer))
        work.until({"name": "newer", "id": id_of(newer)})
        assert len(list((work.service.data / "models").iterdir())) <= 2
    assert models("list").splitlines() == [f"* {'newer':<16} {id_of(newer)}", f"  {'podcast':<16} {id_of(SHIPPED)}"]
    models("use", "podcast")
    work.until({"name": "podcast", "id": id_of(SHIPPED)})
    assert work.service.get("/metrics").text.count("chasqui_info{") == 1


def test_one_of_several_is_named(lessons, models, tmp_path):
    models("publish", str(SHIPPED))
    models("publish", str(another(tmp_path / "newer", 1)))
    assert lessons(CHASQUI_COMPRESS_MODEL="podcast").model()["name"] == "podcast"


def test_without_one_it_goes_on_and_says_so(lessons, models):
    work = lessons()
    assert work.model() is None
    assert work.service.log().count("no model on S3") == 1 and "going on without a model" in work.service.log()
    models("publish", str(SHIPPED))
    work.until({"name": "podcast", "id": id_of(SHIPPED)})


@pytest.mark.parametrize("damage", ["changed", "lost", "pointer", "outside"])
def test_damage_is_found_and_mended_by_publishing_again(lessons, models, s3, damage):
    models("publish", str(SHIPPED))
    trees, = objects(s3, f"podcast/{id_of(SHIPPED)}/mos.json")
    latest, = objects(s3, "podcast/latest")
    in_use, = objects(s3, "in-use")
    if damage == "changed":
        trees.write_bytes(trees.read_bytes().replace(b"1", b"2", 1))
    elif damage == "lost":
        trees.unlink()
    elif damage == "pointer":
        latest.write_text("0123456789ab\n")
    else:
        in_use.write_text("../../../etc\n")
    work = lessons()
    assert work.model() is None
    said = {"changed": "mos.json: is not as it was written", "lost": "mos.json is not on S3", "pointer": "0123456789ab/mos.json is not on S3", "outside": "names no model"}
    assert said[damage] in work.service.log() and "going on without a model" in work.service.log(), work.service.log()
    assert not list((work.service.data / "models").rglob("*.json")), "nothing half is left"
    models("publish", str(SHIPPED))
    work.until({"name": "podcast", "id": id_of(SHIPPED)})


def test_a_server_out_of_reach(lessons, models, s3):
    """The recordings are files here, and wait for nothing."""
    models("publish", str(SHIPPED))
    s3.kill()
    work = lessons(CHASQUI_DATA_BLOBS="files", CHASQUI_S3_CONNECT_SECONDS="1")
    assert work.model() is None
    s3.start()
    work.until({"name": "podcast", "id": id_of(SHIPPED)})
    s3.kill()
    for _ in range(2):
        assert work.model() == {"name": "podcast", "id": id_of(SHIPPED)}, "what was taken is kept"


def test_what_is_not_whole_is_not_published(models, tmp_path, s3):
    bad = another(tmp_path / "bad", 1)
    (bad / "rate.json").write_text("{}")
    assert "rate.json: is not as it was written" in models("publish", str(bad), code=DATA)
    assert "is missing" in models("publish", str(tmp_path / "nowhere"), code=NO_INPUT)
    assert "rename it" in models("publish", str(another(tmp_path / "año 1", 1)), code=USAGE)
    assert not objects(s3, "")
    assert "publish" in models("use", "other", code=NO_INPUT)
