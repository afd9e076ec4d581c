"""What ffmpeg and ffprobe say of a file, and small writers for files that ffmpeg would not make."""

import json
import re
import struct
import subprocess
import wave
from pathlib import Path

import numpy as np

RATE = 48_000


def run_tool(*command) -> subprocess.CompletedProcess:
    done = subprocess.run([str(part) for part in command], capture_output=True, stdin=subprocess.DEVNULL, timeout=300)
    assert done.returncode == 0, f"the test's own tool failed: {' '.join(map(str, command))}\n{done.stderr.decode()[-2000:]}"
    return done


def ffmpeg(*arguments) -> subprocess.CompletedProcess:
    return run_tool("ffmpeg", "-hide_banner", "-nostdin", "-y", "-loglevel", "error", "-bitexact", *arguments)


def convert(source: Path, target: Path, *arguments) -> Path:
    ffmpeg("-i", source, *arguments, target)
    return target


def decoded(path: Path, rate: int = RATE, channels: int = 1) -> np.ndarray:
    """The sound of `path` as ffmpeg decodes it; resampled only where `rate` is not the file's own. Opus is decoded by libopus,
    as players do: ffmpeg's own decoder does not trim the sound that it still holds when a file of one packet ends."""
    decoder = ("-c:a", "libopus") if path.suffix in (".opus", ".webm", ".caf") else ()
    raw = ffmpeg(*decoder, "-i", path, "-map", "0:a:0", "-f", "s16le", "-ac", channels, "-ar", rate, "-").stdout
    pcm = np.frombuffer(raw, "<i2").astype(np.float64) / 32768
    return pcm if channels == 1 else pcm.reshape(-1, channels)


def probe(path: Path) -> dict:
    return json.loads(run_tool("ffprobe", "-v", "error", "-show_format", "-show_streams", "-show_chapters",
                               "-count_packets", "-of", "json", path).stdout)


def tags_of(path: Path) -> dict[str, str]:
    """Tags of file and first sound stream, upper-case."""
    facts = probe(path)
    sound = next(s for s in facts["streams"] if s["codec_type"] == "audio")
    return {k.upper(): v for k, v in (facts["format"].get("tags", {}) | sound.get("tags", {})).items()}


def chapters_of(path: Path) -> list[tuple[float, float, str]]:
    return [(float(c["start_time"]), float(c["end_time"]), c.get("tags", {}).get("title", "")) for c in probe(path)["chapters"]]


def escaped(text: str) -> str:
    """A value as FFMETADATA has it."""
    return "".join("\\" + c if c in "=;#\\\n" else c for c in text)


def with_metadata(source, target, tags=(), chapters=(), cover=None, options=()):
    """`source` as `target`, with texts as FFMETADATA has them; begin and end of chapters in seconds."""
    lines = [";FFMETADATA1", *[f"{key}={value}" for key, value in tags]]
    for begin, end, title in chapters:
        lines += ["[CHAPTER]", "TIMEBASE=1/1000", f"START={round(begin * 1000)}", f"END={round(end * 1000)}", f"title={title}"]
    text = target.with_suffix(".meta")
    text.write_text("\n".join(lines) + "\n")
    picture = ("-i", cover, "-map", "0:a", "-map", "2:v", "-c:v", "copy", "-disposition:v", "attached_pic") if cover else ("-map", "0:a")
    ffmpeg("-i", source, "-f", "ffmetadata", "-i", text, *picture, "-map_metadata", 1, "-map_chapters", 1, *options, target)
    text.unlink()
    return target


def loudness(path: Path) -> tuple[float, float]:
    """Integrated loudness in LUFS and true peak in dBTP by ffmpeg's EBU R128 filter."""
    text = run_tool("ffmpeg", "-hide_banner", "-nostdin", "-i", path, "-af", "ebur128=peak=true", "-f", "null", "-").stderr
    summary = text.decode()[text.decode().rindex("Summary:"):]
    return float(re.search(r"I:\s+(-?[\d.]+|-inf) LUFS", summary)[1]), float(re.search(r"Peak:\s+(-?[\d.]+|-inf) dBFS", summary)[1])


def wav_samples(path: Path) -> np.ndarray:
    """A WAV that Chasqui wrote: checked to be what is documented, 48 kHz, mono, 16 bits."""
    with wave.open(str(path)) as file:
        form = (file.getframerate(), file.getnchannels(), file.getsampwidth())
        assert form == (RATE, 1, 2), f"{path.name}: rate, channels, bytes are {form}, not 48 kHz mono 16 bits"
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float64) / 32768


def wav_length(path: Path) -> int:
    return len(wav_samples(path))


def write_wav(path: Path, samples: np.ndarray, rate: int = RATE) -> Path:
    """16-bit PCM; one row per frame for several channels."""
    samples = np.atleast_2d(np.asarray(samples, np.float64).T).T
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.clip(np.round(samples * 32768), -32768, 32767)).astype("<i2").tobytes())
    return path


def wav_header(data_bytes: int, *, tag: int = 1, channels: int = 1, rate: int = RATE, bits: int = 16) -> bytes:
    frame = channels * bits // 8
    return struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", (36 + data_bytes) & 0xFFFFFFFF, b"WAVE", b"fmt ", 16, tag,
                       channels & 0xFFFF, rate & 0xFFFFFFFF, rate * frame & 0xFFFFFFFF, frame & 0xFFFF, bits, b"data",
                       data_bytes & 0xFFFFFFFF)


def write_float_wav(path: Path, samples: np.ndarray, rate: int = RATE) -> Path:
    data = np.asarray(samples, "<f4").tobytes()
    path.write_bytes(wav_header(len(data), tag=3, rate=rate, bits=32) + data)
    return path


def rms_db(samples: np.ndarray) -> float:
    return 10 * np.log10(np.mean(np.square(samples)) + 1e-12)
