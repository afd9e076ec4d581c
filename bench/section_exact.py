"""Sample-exactness: every output format, decoded by somebody else's decoder, is as long as what the encoder was given."""

import json
import struct
import wave
from pathlib import Path

import numpy

from scores import lag_samples
from tools import Context, NotReady, check, run

# Name of the output format and what ffprobe must take the file for.
FORMATS = {"opus": "ogg", "webm": "matroska,webm", "caf": "caf", "mp3": "mp3"}
# Around one sample, the resampler's and the codec's frames (2.5, 10, 20, 60, 120 ms at 48 kHz), primes, a page, half a minute.
LENGTHS = (1, 2, 119, 120, 121, 479, 480, 481, 959, 961, 2879, 2880, 2881, 5759, 5760, 5761, 11519, 11521, 47999, 48001,
           65537, 100003, 262147, 480001, 1440013)
OTHER_RATES = ((44100, 44101), (44100, 100003), (32000, 31999), (22050, 50021), (16000, 77777), (11025, 33333), (8000, 8001))


def write_wav(path: Path, rate: int, samples: numpy.ndarray) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2").tobytes())


def wav_length(path: Path) -> int:
    with wave.open(str(path)) as file:
        return file.getnframes()


def decoded(path: Path) -> tuple[int, numpy.ndarray]:
    """(rate in Hz, samples) as the format's usual decoder gives them: opusdec, mpg123, else ffmpeg. What ffmpeg 5.1 does
    not apply is applied to what it gives: CAF's packet table, and the codec delay of a WebM file of one block."""
    probe = json.loads(run(["ffprobe", "-v", "error", "-count_packets", "-show_entries",
                            "stream=nb_read_packets:format=format_name", "-of", "json", path]).stdout)
    if (kind := probe["format"]["format_name"]) != FORMATS[path.suffix[1:]]:
        raise ValueError(f"the file is {kind}")
    wav = path.with_suffix(".decoded.wav")
    decoder = {".opus": ["opusdec", "--quiet", "--no-dither", "--rate", 48000, path, wav],
               ".mp3": ["mpg123", "-q", "-w", wav, path]}.get(path.suffix, ["ffmpeg", "-v", "error", "-y", "-i", path, "-ac", 1, wav])
    run(decoder)
    rate, samples = read_samples(wav)
    wav.unlink()
    if path.suffix == ".webm" and probe["streams"][0]["nb_read_packets"] == "1":
        samples = samples[webm_codec_delay(path.read_bytes()):]
    if path.suffix == ".caf":
        priming, valid, remainder = caf_frames(path.read_bytes())
        if len(samples) == priming + valid + remainder:
            samples = samples[priming:priming + valid]
        elif len(samples) != valid:
            samples = samples[:0]  # the table does not describe the sound: counts as wrong
    return rate, samples


def read_samples(path: Path) -> tuple[int, numpy.ndarray]:
    with wave.open(str(path)) as file:
        return file.getframerate(), numpy.frombuffer(file.readframes(file.getnframes()), dtype="<i2")


def webm_codec_delay(data: bytes) -> int:
    """CodecDelay (element 0x56AA, nanoseconds) in samples at 48 kHz."""
    at = data.index(b"\x56\xaa") + 2
    size = data[at] & 0x7F
    return round(int.from_bytes(data[at + 1:at + 1 + size], "big") * 48e-6)


def caf_frames(data: bytes) -> tuple[int, int, int]:
    """Priming, valid and remainder frames of a CAF file's packet table."""
    at = 8
    while at + 12 <= len(data):
        kind, size = data[at:at + 4], struct.unpack(">q", data[at + 4:at + 12])[0]
        if kind == b"pakt":
            _, valid, priming, remainder = struct.unpack(">qqii", data[at + 12:at + 36])
            return priming, valid, remainder
        if size < 0:
            break
        at += 12 + size
    raise ValueError("no packet table")


def measure(context: Context) -> dict:
    tmp = context.work / "tmp/exact"
    tmp.mkdir(exist_ok=True)
    source = tmp / "source.raw"
    run(["ffmpeg", "-v", "error", "-y", "-i", context.podcasts[0]["path"], "-t", 40, "-ac", 1, "-ar", 48000, "-f", "s16le", source])
    sound = numpy.fromfile(source, dtype="<i2")
    sound = numpy.resize(sound, max(LENGTHS))
    rows = []
    for rate, length in [(48000, n) for n in LENGTHS] + list(OTHER_RATES):
        wav, conditioned = tmp / "in.wav", tmp / "conditioned.wav"
        write_wav(wav, rate, sound[:length])
        run([context.chasqui, "condition", wav, "-o", conditioned])
        expected = wav_length(conditioned)
        for form in FORMATS:
            out = tmp / f"out.{form}"
            out.unlink(missing_ok=True)
            row = {"rate": rate, "length": length, "conditioned": expected, "format": form}
            rows.append(row)
            try:
                run([context.chasqui, "compress", wav, "-o", out, "-f", form])
                out_rate, samples = decoded(out)
            except (NotReady, ValueError) as failure:
                row |= {"ok": False, "failure": str(failure)}
                continue
            # Formats that run below 48 kHz cannot hold a part of a sample: right is the nearest count that loses nothing.
            wrong = len(samples) * 48000 / out_rate - expected
            row |= {"out_rate": out_rate, "decoded": len(samples), "excess": wrong, "ok": 0 <= wrong < 48000 / out_rate}
            if length == max(LENGTHS):
                row["lag_16k"] = lag_samples(conditioned, samples, out_rate)
    kept = all(row["conditioned"] == row["length"] for row in rows if row["rate"] == 48000)
    checks = [check("conditioning keeps the length of a 48 kHz input", "every length", "yes" if kept else "no", kept)]
    for form in FORMATS:
        mine = [row for row in rows if row["format"] == form]
        good = sum(row["ok"] for row in mine)
        checks.append(check(f"{form}: decoded length equals the conditioned input", f"{len(mine)} of {len(mine)}", f"{good} of {len(mine)}", good == len(mine)))
    return {"rows": rows, "checks": checks}
