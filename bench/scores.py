"""PESQ-WB (ITU-T P.862.2) and ESTOI (Jensen and Taal 2016) of a degraded recording, in pieces of the same place and length."""

import math
import wave
from pathlib import Path

import numpy
import pesq
import pystoi
from pystoi.utils import resample_oct
from scipy.signal import correlate, resample_poly

PIECE_S, HOP_S = 8, 4
PESQ_HZ = 16000
ESTOI_HZ = 10000
# Pieces without speech worth scoring: PESQ knows no utterance in them.
QUIET_DBFS = -50.0
WORST_SHARE = 0.05


def read_wav(path: Path) -> tuple[int, numpy.ndarray]:
    with wave.open(str(path)) as file:
        if file.getnchannels() != 1 or file.getsampwidth() != 2:
            raise ValueError(f"{path} is not 16-bit mono")
        return file.getframerate(), numpy.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(numpy.float64) / 32768


def _lag(reference: numpy.ndarray, degraded: numpy.ndarray, limit: int) -> int:
    size = min(len(reference), len(degraded))
    product = correlate(degraded[:size], reference[:size], mode="full", method="fft")
    middle = size - 1
    near = product[middle - limit:middle + limit + 1]
    return int(numpy.argmax(near)) - limit


def lag_samples(reference_wav: Path, samples: numpy.ndarray, rate: int) -> int:
    """By how many samples at 16 kHz the decoded sound is late."""
    reference_rate, reference = read_wav(reference_wav)
    return _lag(to_rate(reference, reference_rate, PESQ_HZ), to_rate(samples / 32768.0, rate, PESQ_HZ), 2000)


def to_rate(samples: numpy.ndarray, rate: int, wanted: int) -> numpy.ndarray:
    common = math.gcd(rate, wanted)
    return samples if rate == wanted else resample_poly(samples, wanted // common, rate // common)


def pieces(length: int, rate: int, piece_s: int = PIECE_S, hop_s: int = HOP_S) -> list[slice]:
    """Pieces of piece_s every hop_s; the last one ends with the recording. A shorter recording is one piece."""
    size, hop = piece_s * rate, hop_s * rate
    begins = list(range(0, length - size + 1, hop)) or [0]
    if begins[-1] + size + hop // 2 < length:
        begins.append(length - size)
    return [slice(begin, min(begin + size, length)) for begin in begins[:-1]] + [slice(begins[-1], length)]


def read_pair(reference_wav: Path, degraded_wav: Path) -> tuple[list[numpy.ndarray], bool]:
    """Both at 16 kHz and as long as the reference; and whether they were so long by themselves."""
    reference_rate, reference = read_wav(reference_wav)
    degraded_rate, degraded = read_wav(degraded_wav)
    same_length = len(reference) == len(degraded) and reference_rate == degraded_rate
    degraded = numpy.resize(degraded, len(reference)) if len(degraded) >= len(reference) else numpy.pad(degraded, (0, len(reference) - len(degraded)))
    return [to_rate(reference, reference_rate, PESQ_HZ), to_rate(degraded, degraded_rate, PESQ_HZ)], same_length


def score(reference_wav: Path, degraded_wav: Path, piece_s: int = PIECE_S, hop_s: int = HOP_S, metrics: tuple = ("pesq", "estoi"),
          numbers: list[int] | None = None) -> dict:
    """Scores of every piece, or of those with the given numbers. A piece that PESQ cannot score for want of speech is null."""
    wide, same_length = read_pair(reference_wav, degraded_wav)
    narrow = [resample_oct(x, ESTOI_HZ, PESQ_HZ) for x in wide] if "estoi" in metrics else []
    result = {"lag_16k": _lag(*wide, 400), "same_length": same_length} | {metric: [] for metric in metrics}
    places = list(zip(pieces(len(wide[0]), PESQ_HZ, piece_s, hop_s), pieces(int(len(wide[0]) * ESTOI_HZ / PESQ_HZ), ESTOI_HZ, piece_s, hop_s)))
    for at_wide, at_narrow in places if numbers is None else [places[i] for i in numbers]:
        if "pesq" in metrics:
            result["pesq"].append(_pesq(wide[0][at_wide], wide[1][at_wide]))
        if "estoi" in metrics:
            silent = "pesq" in metrics and result["pesq"][-1] is None
            result["estoi"].append(None if silent else float(pystoi.stoi(narrow[0][at_narrow], narrow[1][at_narrow], ESTOI_HZ, extended=True)))
    return result


def spoken(reference_wav: Path, piece_s: int, hop_s: int) -> list[int]:
    """The numbers of the pieces that hold speech worth scoring."""
    return [i for i, value in enumerate(score(reference_wav, reference_wav, piece_s, hop_s, ("pesq",))["pesq"]) if value is not None]


def _pesq(reference: numpy.ndarray, degraded: numpy.ndarray) -> float | None:
    if 10 * math.log10(numpy.mean(reference**2) + 1e-12) < QUIET_DBFS:
        return None
    try:
        return float(pesq.pesq(PESQ_HZ, reference, degraded, "wb"))
    except pesq.NoUtterancesError:
        return None


def mean(values: list) -> float:
    return float(numpy.mean([v for v in values if v is not None]))


def lowest_pieces(values: list) -> list[int]:
    """The numbers of the pieces that are the worst 5 %, at least one."""
    ordered = sorted((v, i) for i, v in enumerate(values) if v is not None)
    return [i for _, i in ordered[:max(1, math.ceil(WORST_SHARE * len(ordered)))]]


def worst(values: list) -> float:
    """Mean of the worst 5 % of the pieces, at least one."""
    return float(numpy.mean([values[i] for i in lowest_pieces(values)]))


def percentile(values: list) -> float:
    """What 95 % of the pieces have or exceed: minds a single misaligned piece less than worst()."""
    return float(numpy.percentile([v for v in values if v is not None], 100 * WORST_SHARE))
