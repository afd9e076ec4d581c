"""Sound to test with: real Spanish speech that Debian ships, a synthetic voice, music, and noise from fixed seeds."""

import ctypes
import ctypes.util
from pathlib import Path

import numpy as np

from support.media import RATE, decoded, ffmpeg, run_tool, write_wav

PROMPTS = Path("/usr/share/asterisk/sounds/es_MX_f_Allison")  # Debian's asterisk-core-sounds-es-g722, CC-BY-SA
MUSIC = Path("/usr/share/games/wesnoth/1.16/data/core/music/defeat.ogg")  # Debian's wesnoth-1.16-music, GPL-2+
WORDS = "Las plantas no van al mercado. Para preparar su alimento necesitan agua, aire y luz. " \
        "El agua sube desde la tierra por las raíces. El aire entra por la hoja, y la luz viene del sol."


def prompt(name: str, seconds: float | None = None) -> np.ndarray:
    """A recorded prompt at 48 kHz (its own rate is 16 kHz), from its first word on."""
    source = PROMPTS / f"{name}.g722"
    assert source.exists(), f"{source} is missing: run tools/bootstrap"
    raw = ffmpeg("-f", "g722", "-i", source, "-f", "s16le", "-ar", RATE, "-").stdout
    pcm = np.frombuffer(raw, "<i2").astype(np.float64) / 32768
    return pcm if seconds is None else pcm[:int(seconds * RATE)]


def voice(path: Path, words: str = WORDS) -> Path:
    run_tool("espeak-ng", "-v", "es-419", "-w", path, words)
    return path


def music(seconds: float) -> np.ndarray:
    assert MUSIC.exists(), f"{MUSIC} is missing: run tools/bootstrap"
    return decoded(MUSIC)[:int(seconds * RATE)]


def noise(samples: int, level_db: float, seed: int = 1) -> np.ndarray:
    """Pink-ish noise, as of a fan or a road, at an RMS of `level_db` dBFS."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(samples))
    spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), samples * 100 / RATE))
    pink = np.fft.irfft(spectrum, samples)
    return pink / np.sqrt(np.mean(pink**2)) * 10 ** (level_db / 20)


def write_amr(path: Path, samples: np.ndarray) -> Path:
    """AMR narrowband at 12.2 kb/s by libopencore-amrnb, since Debian's ffmpeg only decodes AMR."""
    name = ctypes.util.find_library("opencore-amrnb")
    assert name, "libopencore-amrnb0 is missing: run tools/bootstrap"
    library = ctypes.CDLL(name)
    library.Encoder_Interface_init.restype = ctypes.c_void_p
    encoder = ctypes.c_void_p(library.Encoder_Interface_init(0))
    wav = write_wav(path.with_suffix(".amr.wav"), samples)
    pcm = np.frombuffer(ffmpeg("-i", wav, "-f", "s16le", "-ar", 8000, "-ac", 1, "-").stdout, "<i2")
    wav.unlink()
    out = bytearray(b"#!AMR\n")
    frame = ctypes.create_string_buffer(64)
    for begin in range(0, len(pcm) - 159, 160):
        block = np.ascontiguousarray(pcm[begin:begin + 160])
        size = library.Encoder_Interface_Encode(encoder, 7, block.ctypes.data_as(ctypes.c_void_p), frame, 0)
        out += frame.raw[:size]
    library.Encoder_Interface_exit(encoder)
    path.write_bytes(out)
    return path
