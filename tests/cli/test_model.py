"""Labels, training and models: what is learnt, what survives being broken off, and what a bad model does (no harm)."""

import csv
import json
import re
import shutil
import signal

import numpy as np
import pytest

from support import speech
from support.media import write_wav
from support.program import DATA, INTERRUPTED, NO_INPUT, USAGE, patience, wait_until

PROMPTS = {"ana": ("demo-congrats", "demo-instruct"), "berta": ("demo-moreinfo", "demo-nomatch")}


@pytest.fixture(scope="session")
def recordings(material):
    """Twelve seconds each of what the tests take for two voices."""
    folder = material / "recordings"
    folder.mkdir()
    with open(folder / "manifest.csv", "w", newline="") as file:
        manifest = csv.writer(file)
        manifest.writerow(["kind", "file", "speaker", "source", "licence"])
        for speaker, prompts in PROMPTS.items():
            sound = np.concatenate([speech.prompt(name, 6) for name in prompts])
            write_wav(folder / f"{speaker}, one.wav", sound)
            manifest.writerow(["speech", f"{speaker}, one.wav", speaker, f"{speaker}'s", "CC-BY-SA-3.0"])
    return folder


@pytest.fixture(scope="session")
def labels(material, recordings, session_chasqui):
    text = session_chasqui("label", recordings, "-o", material / "labels.csv").ok().stdout
    assert re.search(r"(\d+) labels, \1 of them new, from 2 recordings", text), text
    return material / "labels.csv"


@pytest.fixture(scope="session")
def model(material, labels, session_chasqui):
    folder = material / "models" / "first"
    run = session_chasqui("train", labels, "-o", folder, "--folds", 2).ok(warnings=True)
    assert "fold 1:" in run.stderr and "| all |" in run.stdout
    return folder


def test_labels_say_what_was_measured(labels):
    rows = list(csv.DictReader(labels.open()))
    assert {row["speaker"] for row in rows} == set(PROMPTS)
    assert {row["licence"] for row in rows} == {"CC-BY-SA-3.0"}
    lines = {}
    for row in rows:
        lines.setdefault((row["sha256"], row["segment"], row["bandwidth"], row["mode"]), []).append(row)
    for line in lines.values():
        spent = [float(row["actual_kbps"]) for row in line]
        assert spent == sorted(spent), "more bitrate spends more"
        scores = [float(row["worst_mos"]) for row in line]
        assert scores[-1] > scores[0] + 0.5, "and is heard"
        assert all(0 < float(row["worst_estoi"]) <= 1 for row in line)


def test_a_run_that_is_broken_off_goes_on(chasqui, tmp_path, recordings, labels):
    out = tmp_path / "labels.csv"
    with chasqui.start("label", recordings, "-o", out) as run:
        wait_until(lambda: run.alive() and out.exists() and out.read_bytes().count(b"\n") > 3, "no labels were written")
        run.send(signal.SIGINT)
        ended = run.end(within=patience(30))
        assert ended.code == INTERRUPTED and "goes on from here" in ended.error_line()
    assert 3 < out.read_bytes().count(b"\n") < labels.read_bytes().count(b"\n")
    chasqui("label", recordings, "-o", out).ok()
    assert out.read_bytes() == labels.read_bytes()


@pytest.mark.parametrize("lost", [1, 40, 3000])
def test_a_torn_end_is_made_again(chasqui, tmp_path, recordings, labels, lost):
    out = tmp_path / "labels.csv"
    out.write_bytes(labels.read_bytes()[:-lost])
    chasqui("label", recordings, "-o", out).ok()
    assert out.read_bytes() == labels.read_bytes()


def test_a_finished_run_adds_nothing(chasqui, tmp_path, recordings, labels):
    out = shutil.copy(labels, tmp_path / "labels.csv")
    assert " 0 of them new" in chasqui("label", recordings, "-o", out).ok().stdout
    assert out.read_bytes() == labels.read_bytes()


def test_training_twice_gives_the_same_bytes(chasqui, tmp_path, labels, model):
    again = tmp_path / "models" / "first"
    chasqui("train", labels, "-o", again, "--folds", 2).ok(warnings=True)
    for file in sorted(model.iterdir()):
        assert (again / file.name).read_bytes() == file.read_bytes(), file.name


def test_evaluation_of_what_was_learnt(chasqui, tmp_path, labels, model):
    text = chasqui("evaluate", model, labels, "--plot", tmp_path / "c.svg").ok().stdout
    rows = len(labels.read_text().splitlines()) - 1
    assert f"| all | {rows} |" in text and "| 3.0 |" in text
    assert "<svg" in (tmp_path / "c.svg").read_text()


def test_models_are_listed_checked_and_chosen(chasqui, tmp_path, model):
    models = tmp_path / "models"
    for name in ("a", "b"):
        shutil.copytree(model, models / name)
    where = {"CHASQUI_MODELS_FOLDER": str(models)}
    assert re.search(r"^\* a .*\n  b ", chasqui("models", "list", env=where).ok().stdout)
    chasqui("models", "use", "b", env=where).ok()
    assert re.search(r"^  a .*\n\* b ", chasqui("models", "list", env=where).ok().stdout)
    assert chasqui("models", "verify", env=where).ok().stdout.count(": whole") == 2
    (models / "b" / "mos.json").write_text("{}")
    refused = chasqui("models", "verify", env=where)
    assert refused.code == DATA and "mos.json: is not as it was written" in refused.error_line()
    assert chasqui("models", "use", "b", env=where).code == DATA
    assert chasqui("models", "use", "c", env=where).code == NO_INPUT


def report_of(chasqui, tmp_path, source, *options, warnings=False):
    run = chasqui("compress", source, "-o", tmp_path / "o.opus", "--report", tmp_path / "r.json", "-q", "clear", *options)
    run.ok(warnings=warnings)
    return json.loads((tmp_path / "r.json").read_text()), run.stderr


def test_a_model_guesses_and_measurement_decides(chasqui, tmp_path, speech_wav, model):
    guided, _ = report_of(chasqui, tmp_path, speech_wav, "--model", model)
    alone, _ = report_of(chasqui, tmp_path, speech_wav, "--model", "none")
    assert guided["model"]["name"] == "first" and re.fullmatch(r"[0-9a-f]{12}", guided["model"]["id"])
    assert alone["model"] is None
    for report in (guided, alone):
        assert all(s["reached"] and s["worst_mos"] >= 3.0 for s in report["segments"])


@pytest.mark.parametrize("damage", ["missing", "cut", "another version"])
def test_a_bad_model_is_said_and_done_without(chasqui, tmp_path, speech_wav, model, damage):
    bad = tmp_path / "bad"
    if damage != "missing":
        shutil.copytree(model, bad)
    if damage == "cut":
        (bad / "mos.json").write_bytes((bad / "mos.json").read_bytes()[:-100])
    if damage == "another version":
        text = (bad / "model.json").read_text()
        (bad / "model.json").write_text(re.sub(r'"row_version":\d+', '"row_version":1', text))
    report, stderr = report_of(chasqui, tmp_path, speech_wav, "--model", bad, warnings=True)
    assert stderr.count("\n") == 1 and stderr.startswith(f"chasqui: warning: {bad}") and "without a model" in stderr
    assert report["model"] is None
    assert all(s["reached"] for s in report["segments"])


@pytest.mark.parametrize(("spoil", "part"), [
    (lambda text: text.replace("snr_db", "noise", 1), "column snr_db is missing"),
    (lambda text: re.sub(r"[\d.]+\n$", "nan\n", text), "worst_estoi is 'nan'"),
    (lambda text: text[:-20] + "\n", "line"),
    (lambda text: text.splitlines()[0] + "\n", "no labels"),
    (lambda text: "", "is empty"),
])
def test_bad_labels(chasqui, tmp_path, labels, spoil, part):
    bad = tmp_path / "bad.csv"
    bad.write_text(spoil(labels.read_text()))
    run = chasqui("train", bad, "-o", tmp_path / "m")
    assert run.code in (DATA, NO_INPUT) and part in run.error_line()
    assert not (tmp_path / "m").exists()


def test_other_bad_input(chasqui, tmp_path, recordings, labels, model):
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.csv").write_text("a,b\n1,2\n")
    assert "no recordings" in chasqui("label", tmp_path / "empty", "-o", tmp_path / "l.csv").error_line()
    assert chasqui("label", recordings, "-o", tmp_path / "text.csv").code == DATA
    assert (tmp_path / "text.csv").read_text() == "a,b\n1,2\n", "what is no file of labels is left alone"
    assert chasqui("train", tmp_path / "none.csv", "-o", tmp_path / "m").code == NO_INPUT
    assert chasqui("train", labels, "-o", tmp_path / "m", "--folds", 1).code == USAGE
    assert chasqui("evaluate", tmp_path, labels).code == NO_INPUT
    assert chasqui("models").code == USAGE
