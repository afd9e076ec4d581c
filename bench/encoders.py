"""The peers that quality is measured against, and the search for the bit rate at which a peer's file is as large as ours."""

from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from tools import run

# A peer's file may exceed ours by this much and never falls short of it: what is left of unfairness favours the peer.
LARGEST_EXCESS = 0.01
GOOD_EXCESS = 0.003
MOST_TRIES = 12
EAGER_TRIES = 5  # after these, any allowed excess will do
# opusenc refuses less.
OPUSENC_LEAST_BPS = 6000


@dataclass(frozen=True)
class Peer:
    """command: (input WAV, output, bit/s) to a command line. least_bps: what its command line accepts."""

    name: str
    command: Callable[[Path, Path, float], list]
    least_bps: float = 500.0


def _ffmpeg(frame_ms: int, application: str, *more) -> Callable:
    return lambda wav, out, bps: ["ffmpeg", "-v", "error", "-y", "-i", wav, "-c:a", "libopus", "-b:a", round(bps),
                                  "-frame_duration", frame_ms, "-application", application, *more, out]


def _opusenc(frame_ms: int, *more) -> Callable:
    return lambda wav, out, bps: ["opusenc", "--quiet", "--bitrate", f"{bps / 1000:.4f}", "--framesize", frame_ms, *more, wav, out]


PEERS = (
    Peer("ffmpeg 60 ms voip", _ffmpeg(60, "voip")),
    Peer("ffmpeg 60 ms audio", _ffmpeg(60, "audio")),
    Peer("ffmpeg 20 ms voip", _ffmpeg(20, "voip")),
    Peer("ffmpeg 20 ms audio", _ffmpeg(20, "audio")),
    Peer("opusenc 60 ms speech", _opusenc(60, "--speech"), OPUSENC_LEAST_BPS),
    Peer("opusenc 60 ms", _opusenc(60), OPUSENC_LEAST_BPS),
    Peer("opusenc 20 ms", _opusenc(20), OPUSENC_LEAST_BPS),
)
# Not a default of any tool: what somebody could reach who also asks ffmpeg's muxer for long pages.
TUNED = Peer("ffmpeg 60 ms voip, long pages", _ffmpeg(60, "voip", "-page_duration", 60_000_000))


@dataclass(frozen=True)
class Attempt:
    bps: float
    size: int


def match_size(peer: Peer, wav: Path, out: Path, target_bytes: int, seconds: float) -> tuple[Attempt | None, Attempt]:
    """Searches the bit rate at which the peer's file is the smallest that is not smaller than the target. Returns that
    attempt as second, and the largest smaller one as first; `out` holds neither for sure: encode again."""
    below = above = low = high = None  # the best attempts, and those that the search stands between
    bps = max(peer.least_bps, target_bytes * 8 / seconds)
    for tries in range(MOST_TRIES):
        run(peer.command(wav, out, bps))
        attempt = Attempt(bps, out.stat().st_size)
        if attempt.size < target_bytes:
            low, below = attempt, attempt if below is None or attempt.size > below.size else below
        else:
            high, above = attempt, attempt if above is None or attempt.size < above.size else above
        allowed = GOOD_EXCESS if tries < EAGER_TRIES else LARGEST_EXCESS
        if above and (above.size <= target_bytes * (1 + allowed) or above.bps <= peer.least_bps):
            break
        following = max(peer.least_bps, _next(low, high, target_bytes * (1 + GOOD_EXCESS / 2), seconds, tries))
        if abs(following - bps) < 0.5:
            break
        bps = following
    if above is None:
        raise ValueError(f"{peer.name} never reached {target_bytes} bytes")
    return below, above


def _next(low: Attempt | None, high: Attempt | None, wanted: float, seconds: float, tries: int) -> float:
    """Size grows with the bit rate nearly as seconds / 8. Where it does not: halve the bracket, or, without one, reach out
    further with every try."""
    near = min((a for a in (low, high) if a), key=lambda attempt: abs(attempt.size - wanted))
    step = (wanted - near.size) * 8 / seconds
    if low and high:
        left, right = sorted((low.bps, high.bps))
        margin = (right - left) / 8
        return near.bps + step if left + margin < near.bps + step < right - margin else (left + right) / 2
    reach = max(abs(step), near.bps * 0.001 * 2**tries)
    return near.bps + (reach if low else -reach)
