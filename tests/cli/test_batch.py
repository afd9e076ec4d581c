"""Several recordings in one run."""

import os
import re

import pytest

from support.media import convert, write_wav
from support.ogg import read_ogg_opus
from support.program import DATA, NO_INPUT, OK, USAGE


@pytest.fixture
def tree(tmp_path, short_wav):
    """in/{a.wav, b.mp3, notes.txt, week 1/{a.flac, deep/C.M4A}}"""
    root = tmp_path / "in"
    (root / "week 1" / "deep").mkdir(parents=True)
    (root / "a.wav").write_bytes(short_wav.read_bytes())
    convert(short_wav, root / "b.mp3")
    convert(short_wav, root / "week 1" / "a.flac")
    convert(short_wav, root / "week 1" / "deep" / "c.m4a").rename(root / "week 1" / "deep" / "C.M4A")
    (root / "notes.txt").write_text("not a recording")
    return root


def files_below(folder) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


OUTPUTS = {"a.opus", "b.opus", "week 1/a.opus", "week 1/deep/C.opus"}


def test_recursive_keeps_the_folders(chasqui, out, tree):
    rows = chasqui("compress", tree, "-o", out, "--recursive", "--json").ok().json()
    assert files_below(out) == OUTPUTS
    assert [os.path.relpath(row["output"], out) for row in rows] == sorted(OUTPUTS)
    assert all(row["output_bytes"] == os.path.getsize(row["output"]) for row in rows)


def test_recursive_beside_the_inputs_twice(chasqui, tree):
    before = files_below(tree)
    for _ in range(2):  # the second run must not take the outputs of the first
        chasqui("compress", tree, "--recursive").ok()
        assert files_below(tree) == before | OUTPUTS


@pytest.mark.parametrize("spelling", ["in/small", "in/../in//small/", "link/small"])
def test_output_folder_inside_the_inputs(chasqui, tree, tmp_path, spelling):
    """What the first run wrote is no input of the second, however the folder is written."""
    before = files_below(tree)
    (tmp_path / "link").symlink_to("in")
    for _ in range(2):
        chasqui("compress", "in", "-o", spelling, "--recursive").ok()
        assert files_below(tree) == before | {f"small/{name}" for name in OUTPUTS}


def test_recursive_survives_a_loop_of_links(chasqui, out, tree):
    (tree / "week 1" / "up").symlink_to(tree)
    chasqui("compress", tree, "-o", out, "--recursive").ok()
    assert files_below(out) == OUTPUTS


def test_links_keep_their_own_names(chasqui, out, tree, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tree / "b.mp3").rename(tmp_path / "elsewhere" / "x.mp3")
    (tree / "b.mp3").symlink_to("../elsewhere/x.mp3")
    (tree / "z.mp3").symlink_to("nobody.mp3")
    chasqui("compress", tree, "-o", out / "small", "--recursive").ok()
    assert files_below(out) == {f"small/{name}" for name in OUTPUTS}
    assert files_below(tmp_path / "elsewhere") == {"x.mp3"}


def test_folder_without_recursive(chasqui, out, tree):
    outcome = chasqui("compress", tree, "-o", out)
    assert outcome.code == USAGE and "--recursive" in outcome.error_line()
    assert not files_below(out)


def test_folder_without_recordings(chasqui, out, tmp_path):
    (tmp_path / "empty").mkdir()
    outcome = chasqui("compress", tmp_path / "empty", "-o", out, "--recursive")
    assert outcome.code == NO_INPUT and "empty" in outcome.error_line(), str(outcome)


def test_folder_of_the_format_asked_for(chasqui, out, tree):
    """Original MP3, and MP3 asked for: with Opus of an earlier run beside them or without."""
    for name in ("a.wav", "week 1/a.flac", "week 1/deep/C.M4A"):
        (tree / name).unlink()
    before = {name: (tree / name).read_bytes() for name in files_below(tree)}
    for _ in range(2):
        outcome = chasqui("compress", tree, "--recursive", "-f", "mp3")
        assert outcome.code == USAGE and "in/b.mp3" in outcome.error_line() and "-o FOLDER" in outcome.error_line(), outcome
        assert {name: (tree / name).read_bytes() for name in files_below(tree)} == before
        chasqui("compress", tree, "--recursive").ok()
        before["b.opus"] = (tree / "b.opus").read_bytes()
    chasqui("compress", tree, "--recursive", "-f", "mp3", "-o", out).ok()  # the way out
    assert files_below(out) == {"b.mp3"}


def test_what_has_the_format_asked_for_is_left_out_aloud(chasqui, tree):
    original = (tree / "b.mp3").read_bytes()
    outcome = chasqui("compress", tree, "--recursive", "-f", "mp3").ok(warnings=True)
    line = outcome.error_line()
    assert line.startswith("chasqui: warning: ") and "b.mp3" in line and "-o FOLDER" in line, outcome
    assert (tree / "b.mp3").read_bytes() == original


def test_several_inputs_need_no_option(chasqui, tree):
    chasqui("compress", tree / "a.wav", tree / "b.mp3").ok()
    assert (tree / "a.opus").exists() and (tree / "b.opus").exists()


def test_new_folder_is_made(chasqui, out, tree):
    chasqui("compress", tree / "a.wav", tree / "b.mp3", "-o", out / "new" / "er").ok()
    assert files_below(out) == {"new/er/a.opus", "new/er/b.opus"}


def test_new_folder_goes_again_when_the_run_fails(chasqui, out, tree):
    assert chasqui("compress", "nobody.mp3", "-o", out / "new" / "deep" / "o.opus").code == NO_INPUT
    assert not list(out.iterdir()), "made for nothing"
    assert chasqui("compress", "nobody.mp3", tree / "b.mp3", "-o", out / "new").code == NO_INPUT
    assert files_below(out) == {"new/b.opus"}
    assert chasqui("compress", tree / "b.mp3", "-o", out / "new" / "er" / "o.opus", "--report", out / "no" / "r.json").code != OK
    assert [path.name for path in (out / "new").iterdir()] == ["b.opus"]


def test_report_into_the_new_folder(chasqui, out, tree):
    chasqui("compress", tree / "b.mp3", "-o", out / "new" / "o.opus", "--report", out / "new" / "o.json").ok()
    assert files_below(out) == {"new/o.opus", "new/o.json"}


def test_one_input_into_a_folder(chasqui, out, tree):
    chasqui("compress", tree / "a.wav", "-o", out).ok()
    chasqui("compress", tree / "b.mp3", "-o", f"{out}/sub/").ok()
    assert files_below(out) == {"a.opus", "sub/b.opus"}


@pytest.mark.parametrize("pair", [("a.wav", "week 1/a.flac"), ("a.wav", "a.wav"), ("a.wav", "./week 1/../a.wav")])
def test_collisions_are_refused_before_any_work(chasqui, out, tree, pair):
    outcome = chasqui("compress", *[f"{tree}/{name}" for name in pair], "-o", out)
    assert outcome.code == USAGE and "a.opus" in outcome.error_line(), str(outcome)
    assert not files_below(out)


def test_collision_beside_the_inputs(chasqui, tree, short_wav):
    convert(short_wav, tree / "a.mp3")
    outcome = chasqui("compress", tree, "--recursive")
    assert outcome.code == USAGE and "a.opus" in outcome.error_line(), str(outcome)


def test_output_of_one_is_input_of_another(chasqui, tree, short_wav):
    """b.opus, an original, would be replaced by what becomes of b.mp3."""
    original = convert(short_wav, tree / "b.opus", "-c:a", "libopus", "-b:a", "32k").read_bytes()
    outcome = chasqui("compress", tree / "b.mp3", tree / "b.opus", "-o", tree)
    assert outcome.code == USAGE, f"expected exit 64\n{outcome}"
    assert (tree / "b.opus").read_bytes() == original


def opus_of_another_encoder(source, target):
    return convert(source, target, "-c:a", "libopus", "-b:a", "32k")


@pytest.mark.parametrize("form", ["opus", "mp3", "webm"])
def test_originals_beside_the_inputs_are_not_replaced(chasqui, tree, short_wav, form):
    """Published files beside what they were made of: only an output that is known as such gives way."""
    original = (opus_of_another_encoder if form == "opus" else convert)(short_wav, tree / f"week 1/a.{form}").read_bytes()
    before = files_below(tree)
    outcome = chasqui("compress", tree, "--recursive", "-f", form)
    assert outcome.code == USAGE and f"week 1/a.{form}" in outcome.error_line() and "-o FOLDER" in outcome.error_line(), outcome
    assert (tree / f"week 1/a.{form}").read_bytes() == original and files_below(tree) == before
    (tree / f"week 1/a.{form}").unlink()
    chasqui("compress", tree / "week 1/a.flac", "-o", tree / f"week 1/a.{form}", "-f", form).ok()  # the way out


def test_opus_of_another_encoder_does_not_replace_its_original(chasqui, tree, short_wav):
    opus_of_another_encoder(short_wav, tree / "b.opus")
    original = (tree / "b.mp3").read_bytes()
    outcome = chasqui("compress", tree, "--recursive", "-f", "mp3")
    assert outcome.code == USAGE and "b.mp3" in outcome.error_line() and "-o FOLDER" in outcome.error_line(), outcome
    assert (tree / "b.mp3").read_bytes() == original


def test_one_format_after_another(chasqui, out, tree):
    """First Opus for everybody, then MP3 for Kolibri: made of the originals, which stay."""
    original = (tree / "b.mp3").read_bytes()
    chasqui("compress", tree, "--recursive").ok()
    made = files_below(tree)
    rows = chasqui("compress", tree, "-o", out, "-f", "mp3", "--recursive", "--json").ok().json()
    assert [os.path.relpath(row["input"], tree) for row in rows] == ["a.wav", "b.mp3", "week 1/a.flac", "week 1/deep/C.M4A"]
    chasqui("compress", tree, "--recursive", "-f", "mp3").ok(warnings=True)
    assert files_below(tree) == made | {"a.mp3", "week 1/a.mp3", "week 1/deep/C.mp3"}
    assert (tree / "b.mp3").read_bytes() == original


@pytest.mark.parametrize("link", ["symlink_to", "hardlink_to"])
def test_output_is_an_input_by_another_name(chasqui, out, tree, short_wav, link):
    original = opus_of_another_encoder(short_wav, tree / "b.opus").read_bytes()
    getattr(out / "x.opus", link)(tree / "b.opus")
    outcome = chasqui("compress", tree / "b.mp3", out / "x.opus", "-o", tree)
    assert outcome.code == USAGE and "b.opus" in outcome.error_line(), f"expected exit 64\n{outcome}"
    assert (tree / "b.opus").read_bytes() == original


def test_collision_through_a_link(chasqui, tree, short_wav):
    (tree / "link").symlink_to(".")
    outcome = chasqui("compress", convert(short_wav, tree / "a.flac"), tree / "link" / "a.wav")
    assert outcome.code == USAGE and "a.opus" in outcome.error_line(), f"expected exit 64\n{outcome}"


def test_bad_files_do_not_stop_the_others(chasqui, out, tree):
    (tree / "a1.wav").write_bytes(b"")
    outcome = chasqui("compress", tree / "nobody.wav", tree / "a.wav", tree / "a1.wav", tree / "b.mp3", "-o", out, "--json")
    assert outcome.code == NO_INPUT, f"expected the exit code of the first failure\n{outcome}"
    assert files_below(out) == {"a.opus", "b.opus"}
    rows = outcome.json()
    assert [row.get("error", {}).get("code") for row in rows] == ["input_missing", None, "input_empty", None]
    lines = outcome.stderr.splitlines()
    assert len(lines) == 2 and "nobody.wav" in lines[0] and "a1.wav" in lines[1], outcome.stderr
    reverse = chasqui("compress", tree / "a1.wav", tree / "nobody.wav", tree / "b.mp3", "-o", out)
    assert reverse.code == DATA, str(reverse)


def test_json_of_one_failure(chasqui, out, tmp_path):
    outcome = chasqui("compress", tmp_path / "nobody.wav", "-o", out / "o.opus", "--json")
    assert outcome.code == NO_INPUT and "nobody.wav" in outcome.error_line()
    facts = outcome.json()
    assert facts["error"]["code"] == "input_missing" and facts["input"].endswith("nobody.wav"), facts


def test_json_of_one_and_of_several(chasqui, out, tree):
    keys = {"input", "output", "seconds", "input_bytes", "output_bytes", "bitrate_kbps", "segments", "segments_below_quality",
            "elapsed_seconds"}
    one = chasqui("compress", tree / "a.wav", "-o", out, "--json").ok().json()
    assert set(one) == keys and one["seconds"] == 3
    several = chasqui("compress", tree / "a.wav", tree / "b.mp3", "-o", out, "--json").ok().json()
    assert isinstance(several, list) and [set(row) for row in several] == [keys, keys]


def test_report_takes_one_input(chasqui, out, tree):
    outcome = chasqui("compress", tree / "a.wav", tree / "b.mp3", "-o", out, "--report", out / "r.json")
    assert outcome.code == USAGE and "--report" in outcome.error_line()


def test_batch_gives_the_same_files_as_single_runs(chasqui, out, tree):
    chasqui("compress", tree, "-o", out / "batch", "--recursive").ok()
    chasqui("compress", tree / "week 1" / "a.flac", "-o", out / "single.opus").ok()
    assert (out / "single.opus").read_bytes() == (out / "batch" / "week 1" / "a.opus").read_bytes()


def test_text_for_people(chasqui, out, speech_wav):
    line, = chasqui("compress", speech_wav, "-o", out / "o.opus").ok().stdout.splitlines()
    size = read_ogg_opus(out / "o.opus") and (out / "o.opus").stat().st_size
    assert "o.opus" in line and "12 s" in line and f"{size / 1000:.1f} kB" in line, line


def test_progress_only_on_a_terminal(chasqui, out, tmp_path, speech_48k):
    """On a terminal a bar, which is wiped in the end; `ok` of all other tests checks for silence elsewhere."""
    import numpy as np
    source = write_wav(tmp_path / "x.wav", np.tile(speech_48k, 3))
    seen = chasqui.on_terminal("compress", source, "-o", out / "o.opus", limit=30)
    shares = [int(n) for n in re.findall(rb"(\d+) %", seen)]
    assert shares, f"no progress on the terminal: {seen!r}"
    assert shares == sorted(shares) and max(shares) <= 100, f"progress goes back: {shares}"
    assert seen.rstrip().endswith(b"\x1b[K"), "the bar is not wiped"
