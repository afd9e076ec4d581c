"""Whatever is handed in: success, or the documented exit code, one clear line, and nothing left behind."""

import json
import os
import re
import resource
import shutil
import socket
import struct
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from support import speech
from support.media import (RATE, convert, decoded, ffmpeg, wav_header, wav_length, wav_samples, write_float_wav,
                           write_wav)
from support.ogg import read_ogg_opus, write_ogg_opus
from support.program import (CHASQUI, CANNOT_CREATE, DATA, DISK_FULL, INTERNAL, NO_INPUT, OK, USAGE, patience,
                             without_root_override)

SOUND = speech.prompt("demo-congrats", 4)
PCM = np.round(SOUND * 32767).astype("<i2").tobytes()


def written(name: str, data: bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(data)
        return folder / name

    return make


def made(name: str, *arguments) -> Callable[[Path], Path]:
    """By ffmpeg, with {wav} standing for four seconds of speech."""

    def make(folder: Path) -> Path:
        wav = write_wav(folder / ".speech.wav", SOUND)
        ffmpeg(*[wav if a == "{wav}" else a for a in arguments], folder / name)
        wav.unlink()
        return folder / name

    return make


def sound(name: str, samples: np.ndarray, rate: int = RATE) -> Callable[[Path], Path]:
    return lambda folder: write_wav(folder / name, samples, rate)


def floats(name: str, samples: np.ndarray) -> Callable[[Path], Path]:
    return lambda folder: write_float_wav(folder / name, samples)


def lying_flac(folder: Path) -> Path:
    """A STREAMINFO that declares ten hours over four seconds of sound."""
    path = made("x.flac", "-i", "{wav}")(folder)
    data = bytearray(path.read_bytes())
    bits = int.from_bytes(data[18:26], "big")
    data[18:26] = (bits >> 36 << 36 | 36_000 * RATE).to_bytes(8, "big")
    path.write_bytes(data)
    return path


def mp4_of_two_thousand_million_packets(folder: Path) -> Path:
    """The table of packet sizes says 'all equal' and a count that no memory holds."""
    path = made("x.m4a", "-i", "{wav}", "-c:a", "alac")(folder)
    data = path.read_bytes()
    at = data.index(b"stsz")
    path.write_bytes(data[:at] + b"stsz" + struct.pack(">III", 0, 1, 0x7FFFFFFF) + data[at + 16:])
    return path


def opus_bomb(name: str, hours: float) -> Callable[[Path], Path]:
    """Packets of two bytes for 120 ms each, in which nothing is transmitted."""
    return lambda folder: write_ogg_opus(folder / name, [b"\x1b\x02"] * round(hours * 30_000))


def fifo(folder: Path) -> Path:
    os.mkfifo(folder / "pipe.wav")
    return folder / "pipe.wav"


def folder_as_input(folder: Path) -> Path:
    (folder / "folder").mkdir()
    return folder / "folder"


def unreadable(folder: Path) -> Path:
    path = sound("secret.wav", SOUND)(folder)
    path.chmod(0)
    return path


def subtitles(folder: Path) -> Path:
    text = folder / ".text.srt"
    text.write_text("1\n00:00:00,000 --> 00:00:02,000\nHola\n")
    ffmpeg("-i", text, "-c:s", "srt", folder / "x.mkv")
    text.unlink()
    return folder / "x.mkv"


def surround(channels: int, rate: int = RATE) -> np.ndarray:
    return np.stack([np.roll(SOUND, 480 * i) for i in range(channels)], axis=1) / 2


random_bytes = np.random.default_rng(7).integers(0, 256, 50_000, np.uint8).tobytes()
bad = SOUND.copy()
bad[10_000:10_100], bad[50_000], bad[60_000] = np.nan, np.inf, -np.inf


@dataclass(frozen=True)
class Row:
    id: str
    make: Callable[[Path], Path]
    code: int | tuple[int, ...]
    message: str = ""  # a regular expression that the line on stderr holds
    options: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    length: int | None = None  # of the sound, when the run succeeds
    as_plain_user: bool = False


UNSUPPORTED = r"(not a|unsupported|cannot be read|not .*support|no .*format|not recogni[sz]ed)"
NO_SOUND = r"(no sound|no audio|without sound|without .*audio)"
EMPTY = r"(empty|no samples|no sound|0 bytes)"
LONG = r"(longer|too long|more than|limit)"

ROWS = [
    Row("missing", lambda f: f / "nobody.mp3", NO_INPUT, r"No such file"),
    Row("missing, name of two lines", lambda f: f / "no\nbody\x1b[31m.mp3", NO_INPUT, r"No such file"),
    Row("missing folder", lambda f: f / "no" / "body.mp3", NO_INPUT, r"No such file"),
    Row("below a file", lambda f: written("file", b"x")(f) / "x.mp3", NO_INPUT, r""),
    Row("unreadable", unreadable, NO_INPUT, r"ermission", as_plain_user=True),
    Row("folder", folder_as_input, (USAGE, NO_INPUT), r"folder"),
    Row("fifo that nobody writes", fifo, (DATA, NO_INPUT), r"", env=(("CHASQUI_DECODER_STALL_SECONDS", "1"),)),
    Row("endless device", lambda f: Path("/dev/zero"), (DATA, NO_INPUT), r""),
    Row("empty", written("x.mp3", b""), DATA, EMPTY),
    Row("one byte", written("x.mp3", b"\xff"), DATA, r""),
    Row("zeros", written("x.mp3", bytes(20_000)), DATA, r""),
    Row("random bytes as mp3", written("x.mp3", random_bytes), DATA, r""),
    Row("random bytes as wav", written("x.wav", random_bytes), DATA, UNSUPPORTED),
    Row("random bytes without extension", written("x", random_bytes), DATA, UNSUPPORTED),
    Row("text", written("x.txt", b"Hola, soy un texto.\n" * 200), DATA, UNSUPPORTED),
    Row("text as mp3", written("x.mp3", b"Hola, soy un texto.\n" * 200), DATA, r""),
    Row("html as mp3", written("x.mp3", b"<!DOCTYPE html><html><body>404</body></html>" * 9), DATA, r""),
    Row("svg", written("x.svg", b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"), DATA, r""),
    Row("picture", made("x.png", "-f", "lavfi", "-i", "testsrc=size=64x64", "-frames:v", "1"), DATA, r""),
    Row("video without sound", made("x.mp4", "-f", "lavfi", "-i", "testsrc2=size=64x64:d=1", "-c:v", "mpeg4"), DATA, NO_SOUND),
    Row("subtitles only", subtitles, DATA, NO_SOUND),
    Row("wav without samples", written("x.wav", wav_header(0)), DATA, EMPTY),
    Row("flac without samples", made("x.flac", "-f", "lavfi", "-i", "anullsrc", "-t", "0"), DATA, EMPTY),
    Row("opus without samples", made("x.opus", "-f", "lavfi", "-i", "anullsrc=r=48000", "-t", "0", "-c:a", "libopus"), DATA),
    Row("wav without channels", written("x.wav", wav_header(9600, channels=0) + bytes(9600)), DATA, r""),
    Row("wav of rate 0", written("x.wav", wav_header(9600, rate=0) + bytes(9600)), DATA, r""),
    Row("wav of 4 GHz", written("x.wav", wav_header(9600, rate=0xFFFFFFFF) + bytes(9600)), DATA, r""),
    Row("wav of 65535 channels", written("x.wav", wav_header(9600, channels=65535) + bytes(9600)), DATA, r""),
    Row("wav of an unknown codec", written("x.wav", wav_header(9600, tag=0x7A21) + bytes(9600)), DATA, r""),
    Row("one sample", sound("x.wav", SOUND[:1]), OK, length=1),
    Row("wrong extension", made("x.mp3", "-i", "{wav}", "-f", "flac"), OK, length=4 * RATE),
    Row("no extension", lambda f: sound("x.wav", SOUND)(f).rename(f / "x"), OK, length=4 * RATE),
    Row("upper case", sound("LECCION.WAV", SOUND), OK, length=4 * RATE),
    *[Row(f"{n} channels", sound("x.wav", surround(n)), OK, length=4 * RATE) for n in range(1, 9)],
    *[Row(f"{rate} Hz", sound("x.wav", SOUND[:rate * 2], rate), OK, length=round(min(2, len(SOUND) / rate) * RATE))
      for rate in (4000, 8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 88200, 96000, 192000)],
    Row("constant level only", sound("x.wav", np.full(3 * RATE, 0.5)), OK, length=3 * RATE),
    Row("digital silence", sound("x.wav", np.zeros(3 * RATE)), OK, length=3 * RATE),
    Row("clipped", sound("x.wav", np.clip(SOUND * 30, -1, 1)), OK, length=4 * RATE),
    Row("one loud click", sound("x.wav", np.where(np.arange(3 * RATE) == RATE, 1.0, 0)), OK, length=3 * RATE),
    Row("not-a-number and infinity", floats("x.wav", bad), OK, length=4 * RATE),
    Row("nothing but not-a-number", floats("x.wav", np.full(RATE, np.nan)), (OK, DATA), length=RATE),
    Row("far beyond full scale", floats("x.wav", SOUND * 1e30), OK, length=4 * RATE),
    Row("wav that declares hours", written("x.wav", wav_header(0x7FFFFF00) + PCM[:2 * RATE]), OK, length=RATE),
    Row("wav of unknown length", written("x.wav", wav_header(0xFFFFFFFF) + PCM[:2 * RATE]), OK, length=RATE),
    Row("flac that declares hours", lying_flac, OK, length=4 * RATE),
    Row("mp4 of two thousand million packets", mp4_of_two_thousand_million_packets, (OK, DATA)),
    Row("flac bomb: an hour in few bytes",
        made("x.flac", "-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t", "3600", "-frame_size", "32768",
             "-compression_level", "0"), DATA, LONG,
        env=(("CHASQUI_DECODER_LONGEST_HOURS", "0.02"),)),
    Row("opus bomb: an hour in few bytes", opus_bomb("x.opus", 1), DATA, LONG, env=(("CHASQUI_DECODER_LONGEST_HOURS", "0.02"),)),
    Row("longer than allowed", sound("x.wav", np.tile(SOUND, 2)), DATA, LONG, env=(("CHASQUI_DECODER_LONGEST_HOURS", "0.001"),)),
    Row("--bitrate words", sound("x.wav", SOUND), USAGE, r"bitrate", ("-b", "eight")),
    Row("--bitrate too low", sound("x.wav", SOUND), USAGE, r"bitrate.*5", ("-b", "4.9")),
    Row("--bitrate too high", sound("x.wav", SOUND), USAGE, r"bitrate.*64", ("-b", "65")),
    Row("--bitrate nan", sound("x.wav", SOUND), USAGE, r"bitrate", ("-b", "nan")),
    Row("--quality words", sound("x.wav", SOUND), USAGE, r"quality.*essential", ("-q", "good")),
    Row("--quality too high", sound("x.wav", SOUND), USAGE, r"quality.*4\.2", ("-q", "4.3")),
    Row("--quality zero", sound("x.wav", SOUND), USAGE, r"quality.*1\.5", ("-q", "0")),
    Row("--quality nan", sound("x.wav", SOUND), USAGE, r"quality", ("-q", "nan")),
    Row("--quality and --bitrate", sound("x.wav", SOUND), USAGE, r"quality", ("-q", "3", "-b", "8")),
    Row("--quality of a constant bitrate", sound("x.wav", SOUND), USAGE, r"opus or webm", ("-q", "3", "-f", "caf")),
    Row("--bitrate of no mp3", sound("x.wav", SOUND), USAGE, r"16.*24.*32", ("-f", "mp3", "-b", "8")),
    *[Row(f"--keep-cover in {format}", sound("x.wav", SOUND), USAGE, r"cover.*opus", ("--keep-cover", "-f", format)) for format in ("webm", "caf", "mp3")],
    Row("--format unknown", sound("x.wav", SOUND), USAGE, r"opus.*webm.*caf.*mp3", ("-f", "ogg")),
    Row("--format empty", sound("x.wav", SOUND), USAGE, r"opus.*webm.*caf.*mp3", ("-f", "")),
    Row("--denoise unknown", sound("x.wav", SOUND), USAGE, r"auto.*on.*off", ("--denoise", "maybe")),
    Row("--trim-pauses of nothing", sound("x.wav", SOUND), USAGE, r"no-condition.*trim-pauses", ("--no-condition", "--trim-pauses")),
    Row("--denoise on of nothing", sound("x.wav", SOUND), USAGE, r"no-condition.*denoise", ("--denoise", "on", "--no-condition")),
    Row("--denoise off of nothing", sound("x.wav", SOUND), OK, r"", ("--denoise", "off", "--no-condition"), length=4 * RATE),
    Row("--threads negative", sound("x.wav", SOUND), USAGE, r"threads", ("--threads", "-1")),
    Row("--threads a fraction", sound("x.wav", SOUND), USAGE, r"threads", ("--threads", "1.5")),
    Row("unknown option", sound("x.wav", SOUND), USAGE, r"--speed", ("--speed", "9")),
]


def check(chasqui, tmp_path, outcome, codes, message, target, before, names=None):
    assert outcome.code in codes, f"expected exit {' or '.join(map(str, codes))}, got {outcome.code}\n{outcome}"
    if outcome.code == OK:
        outcome.ok()
        return

    line = outcome.error_line()
    assert re.search(message, line, re.IGNORECASE), f"the line should say {message!r}\n{outcome}"
    assert names is None or names in line, f"the line should name {names}\n{outcome}"
    assert not any(ord(c) < 32 or ord(c) == 127 for c in line), f"control characters on the terminal\n{outcome}"
    left = {p.name for p in target.iterdir()} - before
    assert not left, f"left behind beside the output: {left}\n{outcome}"


@pytest.mark.parametrize("row", ROWS, ids=[row.id for row in ROWS])
def test_input(chasqui, out, tmp_path, row):
    source = row.make(tmp_path)
    codes = row.code if isinstance(row.code, tuple) else (row.code,)
    names = None if USAGE in codes else source.name.split("\n")[0]
    outcome = chasqui("compress", source, "-o", out / "o.opus", *row.options, env=dict(row.env),
                      preexec=without_root_override if row.as_plain_user else None)
    check(chasqui, tmp_path, outcome, codes, row.message, out, set(), names)
    if outcome.code == OK:
        assert [p.name for p in out.iterdir()] == ["o.opus"]
        length = read_ogg_opus(out / "o.opus").samples
        assert len(decoded(out / "o.opus")) == length
        if row.length is not None:
            assert abs(length - row.length) <= 12, f"{length} samples, expected {row.length}"


READERS = [("inspect", ()), ("decode", ("-o", "{out}/o.wav")), ("condition", ("-o", "{out}/o.wav")), ("compare", ("{wav}",))]


@pytest.mark.parametrize("row", [r for r in ROWS if r.id in (
    "missing", "unreadable", "folder", "fifo that nobody writes", "empty", "random bytes without extension", "text")],
    ids=lambda row: row.id)
@pytest.mark.parametrize(("command", "options"), READERS, ids=[r[0] for r in READERS])
def test_input_of_other_commands(chasqui, out, tmp_path, short_wav, row, command, options):
    source = row.make(tmp_path)
    codes = row.code if isinstance(row.code, tuple) else (row.code,)
    outcome = chasqui(command, source, *[o.format(out=out, wav=short_wav) for o in options], env=dict(row.env), limit=10,
                      preexec=without_root_override if row.as_plain_user else None)
    check(chasqui, tmp_path, outcome, codes, "", out, set(), source.name)


LISTENERS = [("condition", "{source}", "-o", "{out}/o.wav"), ("decode", "{source}", "-o", "{out}/o.wav"),
             ("compare", "{source}", "{wav}"), ("compare", "{wav}", "{source}")]


@pytest.mark.parametrize(("row", "arguments"), [  # decode takes Ogg Opus only
    pytest.param(row, arguments, id=f"{row.id} {' '.join(arguments)}") for row in ROWS if row.message == LONG for arguments in LISTENERS
    if arguments[0] != "decode" or row.id.startswith("opus")])
def test_long_input_of_other_commands(chasqui, out, tmp_path, short_wav, row, arguments):
    source = row.make(tmp_path)
    outcome = chasqui(*[a.format(source=source, out=out, wav=short_wav) for a in arguments], env=dict(row.env), limit=10)
    check(chasqui, tmp_path, outcome, (row.code,), LONG, out, set(), source.name)


@pytest.mark.release_only("a sanitizer's shadow is over any limit on memory")
def test_compare_stops_reading_at_four_hours(chasqui, tmp_path, short_wav):
    source = opus_bomb("bomb.opus", 24)(tmp_path)
    outcome = chasqui("compare", source, short_wav, preexec=lambda: resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30)))
    check(chasqui, tmp_path, outcome, (DATA,), r"4 h 00 min.*compare the parts", tmp_path / "spool", set(), "bomb.opus")


@pytest.mark.release_only("a sanitizer's shadow is over any limit on memory")
def test_out_of_memory_names_only_what_helps(chasqui, tmp_path, short_wav):
    source = opus_bomb("bomb.opus", 3.9)(tmp_path)
    outcome = chasqui("compare", source, short_wav, preexec=lambda: resource.setrlimit(resource.RLIMIT_AS, (400 << 20, 400 << 20)))
    check(chasqui, tmp_path, outcome, (INTERNAL,), r"out of memory", tmp_path / "spool", set())
    assert "--threads" not in outcome.stderr, f"compare has no --threads\n{outcome}"


@pytest.mark.parametrize("command", ["inspect", "decode"])
def test_opus_commands_refuse_other_media(chasqui, out, short_wav, command):
    options = ("-o", out / "o.wav") if command == "decode" else ()
    outcome = chasqui(command, short_wav, *options)
    assert outcome.code == DATA and "short.wav" in outcome.error_line(), str(outcome)
    assert not list(out.iterdir())


CONTAINERS = [("mp3", ("-c:a", "libmp3lame", "-b:a", "48k")), ("m4a", ("-c:a", "aac", "-b:a", "48k")), ("flac", ()),
              ("wav", ()), ("ogg", ("-c:a", "libvorbis")), ("opus", ("-c:a", "libopus", "-b:a", "24k")),
              ("webm", ("-c:a", "libopus", "-b:a", "24k")), ("wma", ("-c:a", "wmav2"))]


@cache
def sample_of(extension: str, folder: Path) -> bytes:
    options = dict(CONTAINERS)[extension]
    wav = write_wav(folder / ".material.wav", SOUND)
    return convert(wav, folder / f".sample.{extension}", *options).read_bytes()


def check_each(chasqui, out, sources):
    """Compresses many files in one run: each is either refused as bad data with one line, or gives a whole file."""
    outcome = chasqui("compress", *sources, "-o", f"{out}/", "--json")
    assert outcome.code in (OK, DATA), f"exit {outcome.code}, expected 0 or 65\n{outcome}"
    rows = outcome.json()
    failed = [row for row in rows if "error" in row]
    assert len(rows) == len(sources)
    assert len(outcome.stderr.splitlines()) == len(failed), f"one line for each refused file\n{outcome}"
    allowed = {"input_empty", "input_unsupported", "input_no_audio", "input_corrupt"}
    for row in failed:
        assert row["error"]["code"] in allowed and Path(row["input"]).name in row["error"]["message"], row
    assert {p.name for p in out.iterdir()} == {Path(row["output"]).name for row in rows if "output" in row}
    for path in out.iterdir():
        assert len(decoded(path)) == read_ogg_opus(path).samples > 0
    return rows


@pytest.mark.parametrize("extension", [c[0] for c in CONTAINERS])
def test_truncated_anywhere(chasqui, out, tmp_path, extension):
    data = sample_of(extension, tmp_path)
    offsets = sorted({1, 4, 11, 12, 27, 40, 44, 45, 100, 500, 1000, *(len(data) * n // 8 for n in range(1, 8)), len(data) - 1})
    sources = [written(f"{at:06}.{extension}", data[:at])(tmp_path) for at in offsets if at < len(data)]
    rows = check_each(chasqui, out, sources)
    if extension != "m4a":  # whose index stands at the end
        assert "output" in rows[-1], f"all but the last byte is there, yet it was refused: {rows[-1]}"


@pytest.mark.parametrize("extension", [c[0] for c in CONTAINERS])
def test_flipped_bytes_anywhere(chasqui, out, tmp_path, extension):
    data, random = sample_of(extension, tmp_path), np.random.default_rng(3)
    sources = []
    for number in range(12):
        damaged = bytearray(data)
        reach = len(data) if number % 2 else min(len(data), 600)  # every second one hits the headers
        for at in random.integers(0, reach, 1 + number * 2):
            damaged[at] = random.integers(0, 256)
        sources.append(written(f"{number:02}.{extension}", bytes(damaged))(tmp_path))
    check_each(chasqui, out, sources)


@pytest.mark.parametrize("extension", ["mp3", "m4a", "flac", "ogg", "opus"])
def test_damage_in_the_middle_is_survived_and_counted(chasqui, out, tmp_path, extension):
    data = bytearray(sample_of(extension, tmp_path))
    hole = np.random.default_rng(5).integers(0, 256, len(data) // 10, np.uint8).tobytes()
    begin = len(data) // 2
    if extension == "m4a":  # the sound lies before the index
        begin = len(data) // 3
    data[begin:begin + len(hole)] = hole
    source = written(f"x.{extension}", bytes(data))(tmp_path)
    chasqui("compress", source, "-o", out / "o.opus", "--report", out / "r.json").ok()

    facts = json.loads((out / "r.json").read_text())["input"]
    assert facts["damaged_packets"] > 0, f"a tenth of the file is garbage, yet no damage is reported: {facts}"
    assert 0.45 * 4 < read_ogg_opus(out / "o.opus").samples / RATE < 1.3 * 4


def test_truncation_is_reported(chasqui, out, tmp_path):

    source = written("x.flac", sample_of("flac", tmp_path)[:60_000])(tmp_path)
    chasqui("compress", source, "-o", out / "o.opus", "--report", out / "r.json").ok()
    assert json.loads((out / "r.json").read_text())["input"]["truncated"] is True


def test_bad_samples_are_counted(chasqui, out, tmp_path):

    source = write_float_wav(tmp_path / "x.wav", bad)
    chasqui("compress", source, "-o", out / "o.opus", "--report", out / "r.json").ok()
    assert json.loads((out / "r.json").read_text())["input"]["bad_samples"] >= 100


# --- files that name other files -------------------------------------------------------------------------------------

@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


REFERENCES = {
    "list.ffconcat": "ffconcat version 1.0\nfile {name}\n",
    "list.mp3": "ffconcat version 1.0\nfile '{path}'\n",
    "list.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:4,\n{name}\n#EXT-X-ENDLIST\n",
    "list.m4a": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:4,\nfile://{path}\n#EXT-X-ENDLIST\n",
    "remote.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:4,\n{url}\n#EXT-X-ENDLIST\n",
    "list.m3u": "{path}\n",
    "list.pls": "[playlist]\nFile1={url}\nNumberOfEntries=1\n",
    "list.xspf": '<playlist version="1" xmlns="http://xspf.org/ns/0/"><trackList><track><location>{url}</location></track></trackList></playlist>',
    "list.asx": '<asx version="3.0"><entry><ref href="{url}"/></entry></asx>',
    "list.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio {port} RTP/AVP 0\n",
    "list.mpd": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT4S">'
                '<Period><AdaptationSet mimeType="audio/mp4"><Representation id="0" bandwidth="9"><BaseURL>{url}</BaseURL>'
                '<SegmentBase/></Representation></AdaptationSet></Period></MPD>',
    "list.smil": '<smil><body><audio src="{url}"/></body></smil>',
}


@pytest.mark.parametrize("name", REFERENCES)
def test_other_files_are_not_followed(chasqui, out, tmp_path, listener, name):
    ffmpeg("-i", write_wav(tmp_path / "secret.wav", SOUND), tmp_path / "secret.ts")
    port = listener.getsockname()[1]
    text = REFERENCES[name].format(name="secret.ts", path=tmp_path / "secret.wav", url=f"http://127.0.0.1:{port}/x.ts", port=port)
    source = written(name, text.encode())(tmp_path)
    outcome = chasqui("compress", source, "-o", out / "o.opus")
    check(chasqui, tmp_path, outcome, (DATA,), "", out, set(), name)
    with pytest.raises(BlockingIOError):
        listener.accept()


@pytest.mark.parametrize("name", ["http://127.0.0.1:{port}/x.mp3", "tcp://127.0.0.1:{port}", "concat:a.wav|b.wav", "pipe:0",
                                  "subfile,,start,0,end,9,,:a.wav", "data:audio/wav;base64,UklGRg=="])
def test_addresses_are_only_names_of_files(chasqui, out, tmp_path, listener, name):
    for letter in "ab":
        write_wav(tmp_path / f"{letter}.wav", SOUND)
    outcome = chasqui("compress", name.format(port=listener.getsockname()[1]), "-o", out / "o.opus")
    check(chasqui, tmp_path, outcome, (NO_INPUT,), "No such file", out, set())
    with pytest.raises(BlockingIOError):
        listener.accept()


def test_names_that_look_like_something_else(chasqui, out, tmp_path):
    for name in ("-b.wav", "a b's \"c\".wav", "concat:x.wav", "%d.wav", "lección ñandú 🌱.wav", "*.wav"):
        source = write_wav(tmp_path / name, SOUND[:RATE])
        chasqui("compress", "-o", out / "o.opus", "--", source.name).ok()
        assert read_ogg_opus(out / "o.opus").samples == RATE


def test_name_that_is_not_utf8(chasqui, out, tmp_path):
    path = os.fsencode(tmp_path) + b"/lecci\xf3n.wav"
    shutil.copy(write_wav(tmp_path / "x.wav", SOUND[:RATE]), path)
    outcome = chasqui("compress", path, "-o", out / "o.opus", "--json", "--report", out / "r.json").ok()
    outcome.stdout.encode("utf-8")  # raises when the JSON is not UTF-8
    assert outcome.json()["seconds"] == 1
    (out / "r.json").read_text(encoding="utf-8")


# --- names that a terminal would obey --------------------------------------------------------------------------------

HOSTILE = "le\x1b[31mcc\nió\x9bn"
SPEAKING = [("compress", "{wav}", "-o", "{out}"), ("compress", "{wav}", "-o", "{out}", "-q", "4.2"),
            ("compress", "{none}", "-o", "{out}"), ("condition", "{none}", "-o", "{out}"), ("condition", "{wav}", "-o", "{out}"),
            ("decode", "{damaged}", "-o", "{out}"), ("decode", "{none}", "-o", "{out}"), ("inspect", "{damaged}"), ("inspect", "{none}"),
            ("compare", "{wav}", "{inverted}"), ("compare", "{inverted}", "{damaged}"), ("compare", "{wav}", "{silent}", "--force"),
            ("compare", "{none}", "{wav}")]


def named_files(session_chasqui, folder: Path, name: str) -> dict[str, Path]:
    path = {kind: folder / f"{name}-{kind}" for kind in ("wav", "inverted", "silent", "damaged", "none", "out")}
    write_wav(path["wav"], SOUND)
    write_wav(path["inverted"], -SOUND)
    write_wav(path["silent"], SOUND * 0)
    session_chasqui("compress", write_wav(path["out"], np.tile(SOUND, 3)), "-o", path["damaged"], "-b", 64).ok()
    path["out"].unlink()
    path["damaged"].write_bytes(path["damaged"].read_bytes()[:-2000])
    return path


@pytest.fixture(scope="session")
def named(session_chasqui, tmp_path_factory) -> dict[str, dict[str, Path]]:
    """One file of each kind with a plain name, and with one to beware of."""
    folder = tmp_path_factory.mktemp("named")
    return {name: named_files(session_chasqui, folder, name) for name in ("plain", HOSTILE)}


@pytest.mark.parametrize("arguments", SPEAKING, ids=" ".join)
def test_names_do_nothing_to_a_terminal(chasqui, named, arguments):
    plain, hostile = (chasqui(*[a.format(**path) for a in arguments]) for path in named.values())
    assert hostile.code == plain.code, str(hostile)
    for text, expected in ((hostile.stdout, plain.stdout), (hostile.stderr, plain.stderr)):
        assert not any(ord(c) < 32 and c != "\n" or 127 <= ord(c) < 160 for c in text), f"control characters on the terminal\n{hostile}"
        assert text.count("\n") == expected.count("\n"), f"a name makes lines of its own\n{hostile}"
    assert plain.stderr == "" or plain.error_line()


def test_names_in_json_are_exact(chasqui, named):
    path = named[HOSTILE]
    assert chasqui("inspect", path["damaged"], "--json").ok().json()["file"] == str(path["damaged"])
    assert chasqui("compare", path["wav"], path["wav"], "--json").ok().json()["degraded"] == str(path["wav"])
    assert chasqui("compress", path["wav"], "-o", path["out"], "--json").ok().json()["output"] == str(path["out"])


@pytest.mark.parametrize("command", ["compress", "condition"])
def test_name_in_the_progress_bar(chasqui, out, tmp_path, command):
    source = write_wav(tmp_path / f"{HOSTILE}.wav", SOUND)
    shown = chasqui.on_terminal(command, source, "-o", out / "o").decode()
    assert "%" in shown, f"no bar was drawn: {shown!r}"
    for own in ("\r", "\x1b[K"):
        shown = shown.replace(own, "")
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in shown), f"control characters on the terminal: {shown!r}"


# --- outputs ---------------------------------------------------------------------------------------------------------

def a_file(folder: Path) -> Path:
    (folder / "file").write_bytes(b"mine")
    return folder / "file"


def a_closed_folder(folder: Path) -> Path:
    (folder / "closed").mkdir(mode=0o555)
    return folder / "closed"


def a_pipe(folder: Path) -> Path:
    os.mkfifo(folder / "pipe")
    return folder / "pipe"


def a_link_to(folder: Path, target: str) -> Path:
    (folder / "link").symlink_to(target)
    return folder / "link"


TARGETS = [("below a file", lambda f: a_file(f) / "o.opus"), ("folder not writable", lambda f: a_closed_folder(f) / "o.opus"),
           ("folder that cannot be made", lambda f: a_closed_folder(f) / "new" / "o.opus"),
           ("kernel's folder", lambda f: Path("/proc/o.opus")), ("pipe", lambda f: a_pipe(f)),
           ("link to a device", lambda f: a_link_to(f, "/dev/null")), ("name too long", lambda f: f / ("o" * 300 + ".opus"))]


@pytest.mark.parametrize("make", [t[1] for t in TARGETS], ids=[t[0] for t in TARGETS])
@pytest.mark.parametrize(("command", "option"), [("compress", "-o"), ("condition", "-o"), ("decode", "-o"), ("report", "--report")])
def test_output_that_cannot_be_made(chasqui, out, tmp_path, short_wav, make, command, option):
    target = make(out)
    source, arguments = short_wav, (option, target)
    if command == "decode":
        source = convert(short_wav, tmp_path / "x.opus", "-c:a", "libopus", "-b:a", "16k")
    if command == "report":
        command, arguments = "compress", ("-o", out / "o.opus", option, target)
    before = {p.name for p in out.iterdir()}
    outcome = chasqui(command, source, *arguments, preexec=without_root_override)
    check(chasqui, tmp_path, outcome, (CANNOT_CREATE,), "", out, before)
    if (out / "file").exists():
        assert (out / "file").read_bytes() == b"mine"
    assert not any(target == name and target.is_file() for name in out.iterdir()), "what is there and not a file stays"


def test_failure_leaves_an_older_output_alone(chasqui, out, tmp_path):
    (out / "o.opus").write_bytes(b"yesterday's")
    outcome = chasqui("compress", written("x.mp3", random_bytes)(tmp_path), "-o", out / "o.opus")
    assert outcome.code == DATA
    assert (out / "o.opus").read_bytes() == b"yesterday's"


def test_success_replaces_an_older_output(chasqui, out, short_wav):
    (out / "o.opus").write_bytes(b"yesterday's")
    chasqui("compress", short_wav, "-o", out / "o.opus").ok()
    assert read_ogg_opus(out / "o.opus").samples == 3 * RATE
    assert [p.name for p in out.iterdir()] == ["o.opus"]


@pytest.mark.parametrize("alias", ["same", "roundabout", "symbolic link", "hard link", "default name"])
def test_input_is_never_overwritten(chasqui, tmp_path, short_wav, alias):
    source = convert(short_wav, tmp_path / "x.opus", "-c:a", "libopus", "-b:a", "16k")
    data, target = source.read_bytes(), tmp_path / "alias.opus"
    if alias == "symbolic link":
        target.symlink_to(source)
    elif alias == "hard link":
        target.hardlink_to(source)
    elif alias == "roundabout":
        target = tmp_path / "spool" / ".." / "x.opus"
    else:
        target = source
    outcome = chasqui("compress", source, *([] if alias == "default name" else ["-o", target]))
    assert outcome.code == USAGE and "x.opus" in outcome.error_line(), str(outcome)
    assert source.read_bytes() == data


@pytest.mark.parametrize("command", ["condition", "decode", "report", "plot"])
def test_no_other_command_overwrites_its_input(chasqui, tmp_path, short_wav, command):
    source = convert(short_wav, tmp_path / "x.opus", "-c:a", "libopus", "-b:a", "16k")
    data = source.read_bytes()
    arguments = {"condition": ("condition", source, "-o", source), "decode": ("decode", source, "-o", source),
                 "report": ("compress", source, "-o", tmp_path / "o.opus", "--report", source),
                 "plot": ("compare", short_wav, source, "--plot", source)}[command]
    outcome = chasqui(*arguments)
    assert outcome.code == USAGE, f"expected exit 64\n{outcome}"
    outcome.error_line()
    assert source.read_bytes() == data


def test_report_is_not_written_over_the_output(chasqui, out, short_wav):
    outcome = chasqui("compress", short_wav, "-o", out / "o.opus", "--report", out / "o.opus")
    assert outcome.code == USAGE, f"expected exit 64: one file cannot be both\n{outcome}"
    assert not list(out.iterdir())


# --- full disks ------------------------------------------------------------------------------------------------------

@cache
def private_mounts() -> tuple[str, ...]:
    """The command prefix that allows a mount of our own, seen by nobody else; empty where the system forbids it."""
    for prefix in (("unshare", "-m"), ("unshare", "-rm")):
        if shutil.which("unshare") and subprocess.run([*prefix, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], check=False,
                                                      capture_output=True).returncode == 0:
            return prefix
    return ()


@pytest.fixture
def small_disk(tmp_path):
    """Gives (folder, prefix): the command after the prefix sees 64 KiB of disk at the folder; what it leaves there is listed in 'left'."""
    if not private_mounts():
        pytest.skip("this system allows no private mount (unshare -m); the size limit of files stands in for it")
    folder = tmp_path / "small"
    folder.mkdir()
    script = f'mount -t tmpfs -o size=64k tmpfs "{folder}" && "$@"; code=$?; ls -A "{folder}" >"{tmp_path}/left"; exit $code'
    return folder, (*private_mounts(), "sh", "-c", script, "sh")


def test_full_disk_for_the_output(chasqui, tmp_path, speech_wav, small_disk):
    folder, prefix = small_disk
    outcome = chasqui("compress", speech_wav, "-o", folder / "o.opus", "-b", 64, prefix=prefix)
    assert outcome.code == DISK_FULL and "o.opus" in outcome.error_line(), str(outcome)
    assert (tmp_path / "left").read_text() == ""


def test_full_disk_for_a_wav(chasqui, tmp_path, speech_wav, small_disk):
    folder, prefix = small_disk
    outcome = chasqui("condition", speech_wav, "-o", folder / "o.wav", prefix=prefix)
    assert outcome.code == DISK_FULL and "o.wav" in outcome.error_line(), str(outcome)
    assert (tmp_path / "left").read_text() == ""


def test_full_disk_for_temporary_sound(chasqui, out, tmp_path, speech_wav, small_disk):
    folder, prefix = small_disk
    outcome = chasqui("compress", speech_wav, "-o", out / "o.opus", env={"TMPDIR": str(folder)}, prefix=prefix)
    assert outcome.code == DISK_FULL, str(outcome)
    assert str(folder) in outcome.error_line(), f"the line should name the full folder\n{outcome}"
    assert (tmp_path / "left").read_text() == "" and not list(out.iterdir())


@pytest.mark.parametrize("command", ["compress", "condition"])
def test_size_limit_of_files(chasqui, out, speech_wav, command):
    outcome = chasqui(command, speech_wav, "-o", out / "o.wav",
                      preexec=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000)))
    assert outcome.code == DISK_FULL, f"expected exit 74, also under `ulimit -f`\n{outcome}"
    outcome.error_line()
    assert not list(out.iterdir())


def test_spool_folder_that_is_not_there(chasqui, out, short_wav):
    outcome = chasqui("compress", short_wav, "-o", out / "o.opus", env={"TMPDIR": "/nowhere/at/all"})
    assert outcome.code == CANNOT_CREATE and "/nowhere/at/all" in outcome.error_line(), str(outcome)
    assert not list(out.iterdir())


def test_standard_output_that_is_full(chasqui):
    with open("/dev/full", "wb") as full:
        done = subprocess.run([CHASQUI, "version"], stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=patience(10),
                              env=chasqui.environment())
    assert done.returncode in (CANNOT_CREATE, DISK_FULL) and len(done.stderr.splitlines()) == 1, done


# --- the command line itself -----------------------------------------------------------------------------------------

WRONG = [("nothing", ()), ("unknown command", ("shrink", "x.wav")), ("no input", ("compress",)), ("no output", ("condition", "x.wav")),
         ("one side", ("compare", "x.wav")), ("unknown flag", ("version", "--xml")), ("decoder", ("decode", "x.opus", "-o", "x.wav", "--decoder", "magic")),
         ("plot of no known kind", ("compare", "{wav}", "{wav}", "--plot", "x.bmp")), ("config", ("config", "destroy")),
         ("trimmed but not conditioned", ("condition", "{wav}", "-o", "x.wav", "--no-condition", "--trim-pauses")),
         ("denoised but not conditioned", ("condition", "{wav}", "-o", "x.wav", "--no-condition", "--denoise", "on"))]


@pytest.mark.parametrize("arguments", [w[1] for w in WRONG], ids=[w[0] for w in WRONG])
def test_wrong_command_line(chasqui, short_wav, arguments):
    outcome = chasqui(*[a.format(wav=short_wav) for a in arguments])
    assert outcome.code == USAGE, f"expected exit 64\n{outcome}"
    outcome.error_line()


@pytest.mark.parametrize("command", ["", "compress", "inspect", "decode", "compare", "condition", "version", "config"])
def test_help(chasqui, command):
    assert "--help" in chasqui(*command.split(), "--help").ok().stdout
