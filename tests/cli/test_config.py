"""Configuration: default, file, environment, flag; later wins, and what is wrong is told, not guessed."""

import json
import re

import pytest

from support.program import CONFIG, OK, ROOT, USAGE


def bitrate_used(chasqui, out, wav, *flags, config=None, env=None) -> float:
    arguments = ["--config", config] if config else []
    chasqui(*arguments, "compress", wav, "-o", out / "o.opus", "--report", out / "r.json", *flags, env=env).ok()
    return json.loads((out / "r.json").read_text())["options"]["bitrate_kbps"]


def test_later_wins(chasqui, out, tmp_path, short_wav):
    file = tmp_path / "c.conf"
    file.write_text("# of the school\ncompress.bitrate_kbps = 10\n")
    env = {"CHASQUI_COMPRESS_BITRATE_KBPS": "12"}
    assert bitrate_used(chasqui, out, short_wav) == 8
    assert bitrate_used(chasqui, out, short_wav, config=file) == 10
    assert bitrate_used(chasqui, out, short_wav, env={"CHASQUI_CONFIG": str(file)}) == 10
    assert bitrate_used(chasqui, out, short_wav, config=file, env=env) == 12
    assert bitrate_used(chasqui, out, short_wav, "-b", 14, config=file, env=env) == 14


def test_no_condition_goes_before_configured_conditioning(chasqui, out, short_wav):
    """Whose pauses are trimmed as a rule can still have one recording mixed down only, and the sheet says so."""
    env = {"CHASQUI_COMPRESS_TRIM_PAUSES": "true", "CHASQUI_COMPRESS_DENOISE": "on"}
    chasqui("compress", short_wav, "-o", out / "o.opus", "--report", out / "r.json", "--no-condition", env=env).ok()
    facts = json.loads((out / "r.json").read_text())["conditioning"]
    assert (facts["enabled"], facts["trim_pauses"], facts["denoise"]) == (False, False, "auto")
    chasqui("condition", short_wav, "-o", out / "c.wav", "--no-condition", env=env).ok()
    assert chasqui("compress", short_wav, "-o", out / "o.opus", "--no-condition", "--trim-pauses", env=env).code == USAGE


def test_flag_names_the_file_before_the_environment(chasqui, tmp_path):
    for kbps in (10, 11):
        (tmp_path / f"{kbps}.conf").write_text(f"compress.bitrate_kbps={kbps}\n")
    shown = chasqui("--config", tmp_path / "10.conf", "config", "show", env={"CHASQUI_CONFIG": str(tmp_path / "11.conf")}).ok().stdout
    assert re.search(r"^compress\.bitrate_kbps = 10  # .*10\.conf:1$", shown, re.MULTILINE), shown


WRONG_FILES = {
    "unknown key": ("compress.bitrate = 8", r":1: .*unknown key 'compress\.bitrate'"),
    "unknown key on line 3": ("\n# x\nspeed = 8", r":3: "),
    "not a number": ("compress.bitrate_kbps = fast", r"compress\.bitrate_kbps.*fast.*5 to 64"),
    "out of bounds": ("compress.bitrate_kbps = 65", r"5 to 64"),
    "not whole": ("compress.threads = 1.5", r"whole"),
    "not a choice": ("compress.format = ogg", r"opus\|webm\|caf\|mp3"),
    "not a boolean": ("compress.trim_pauses = yes", r"true or false"),
    "no value": ("compress.format", r"key = value"),
    "hex": ("compress.threads = 0x2", r"threads"),
    "control characters": ("compress.format = \x1b[31mred", r"format"),
}


@pytest.mark.parametrize("kind", WRONG_FILES)
def test_wrong_file(chasqui, tmp_path, kind):
    text, message = WRONG_FILES[kind]
    (tmp_path / "c.conf").write_text(text + "\n")
    outcome = chasqui("--config", tmp_path / "c.conf", "config", "check")
    assert outcome.code == CONFIG, f"expected exit 78\n{outcome}"
    line = outcome.error_line()
    assert "c.conf" in line and re.search(message, line) and "\x1b" not in line, line


@pytest.mark.parametrize(("variable", "value"), [("CHASQUI_SPEED", "9"), ("CHASQUI_COMPRESS_BITRATE", "8"), ("CHASQUI_COMPRESS_BITRATE_KBPS", "x"),
                                                 ("CHASQUI_COMPRESS_FORMAT", ""), ("CHASQUI_CONFIG", "/nowhere.conf")])
@pytest.mark.parametrize("command", [("config", "check"), ("version",)], ids=" ".join)
def test_wrong_environment(chasqui, variable, value, command):
    outcome = chasqui(*command, env={variable: value})
    if command == ("version",) and outcome.code == OK:
        return  # needs no configuration
    assert outcome.code == CONFIG, f"expected exit 78\n{outcome}"
    assert (value if variable == "CHASQUI_CONFIG" else variable) in outcome.error_line()


@pytest.mark.parametrize("make", ["missing", "folder", "bytes"])
def test_file_that_cannot_be_read(chasqui, tmp_path, make):
    path = tmp_path / "c.conf"
    if make == "folder":
        path.mkdir()
    if make == "bytes":
        path.write_bytes(bytes(range(256)) * 50)
    outcome = chasqui("--config", path, "config", "check")
    assert outcome.code == CONFIG and "c.conf" in outcome.error_line(), str(outcome)


def test_windows_line_ends_and_blanks(chasqui, tmp_path):
    (tmp_path / "c.conf").write_bytes(b"\r\n  compress.format\t=  mp3 \r\n\r\n# c\r\nspool.folder = /tmp/a b = c\r\n")
    shown = chasqui("--config", tmp_path / "c.conf", "config", "show").ok().stdout
    assert "compress.format = mp3 " in shown and "spool.folder = /tmp/a b = c " in shown


def test_check_and_show(chasqui):
    assert chasqui("config", "check").ok().stdout
    shown = chasqui("config", "show", env={"CHASQUI_COMPRESS_TRIM_PAUSES": "true"}).ok().stdout
    assert "compress.trim_pauses = true  # CHASQUI_COMPRESS_TRIM_PAUSES" in shown
    assert "compress.bitrate_kbps = 8  # default" in shown


def test_every_key_of_the_docs_is_a_key(chasqui):
    docs, shown = chasqui("config", "docs").ok().stdout, chasqui("config", "show").ok().stdout
    keys = re.findall(r"^\| `([a-z0-9_.]+)` \| `(CHASQUI_[A-Z0-9_]+)`", docs, re.MULTILINE)
    assert [key for key, _ in keys] == [line.split(" = ")[0] for line in shown.splitlines()]
    assert all(name == "CHASQUI_" + key.upper().replace(".", "_") for key, name in keys)


def test_docs_in_the_tree_are_current(chasqui):
    written = (ROOT / "docs" / "configuration.md").read_text()
    assert written == chasqui("config", "docs").ok().stdout, "run: build/release/chasqui config docs > docs/configuration.md"


def test_spool_folder_is_used(chasqui, out, tmp_path, short_wav):
    """Set to what is not there, it is the one named; TMPDIR is then not asked."""
    outcome = chasqui("compress", short_wav, "-o", out / "o.opus", env={"CHASQUI_SPOOL_FOLDER": str(tmp_path / "spools")})
    assert outcome.code != OK and "spools" in outcome.error_line(), str(outcome)


def test_decoder_program_that_is_not_there(chasqui, out, short_wav):
    outcome = chasqui("compress", short_wav, "-o", out / "o.opus", env={"CHASQUI_DECODER_PROGRAM": "/nowhere/chasqui-decode"})
    assert outcome.code == 69 and "/nowhere/chasqui-decode" in outcome.error_line(), str(outcome)


def test_decoder_program_that_is_another(chasqui, out, short_wav):
    """A program that answers nothing, or nonsense, is not waited for and not believed."""
    for other in ("/bin/true", "/bin/false", "/bin/echo"):
        outcome = chasqui("compress", short_wav, "-o", out / "o.opus", env={"CHASQUI_DECODER_PROGRAM": other})
        assert outcome.code in (65, 69), f"{other}: exit {outcome.code}\n{outcome}"
        outcome.error_line()
        assert not list(out.iterdir())


def test_memory_limit_of_the_decoder(chasqui, out, short_wav):
    """The least that may be asked for is enough for a WAV, or else the answer is clear."""
    outcome = chasqui("compress", short_wav, "-o", out / "o.opus", env={"CHASQUI_DECODER_MEMORY_MIB": "64"})
    assert outcome.code in (OK, 65), str(outcome)
    if outcome.code != OK:
        assert "memory" in outcome.error_line()


def test_version(chasqui):
    facts = chasqui("version", "--json").ok().json()
    assert re.fullmatch(r"\d+\.\d+\.\d+", facts["chasqui"])
    assert any("opus" in name.lower() for name in facts["libraries"]) and any("avcodec" in name.lower() for name in facts["libraries"]), facts
    assert facts["features"] and all(isinstance(present, bool) for present in facts["features"].values())
    assert facts["chasqui"] in chasqui("version").ok().stdout
