"""The smallest fixed bit rate that reaches a score: peers encode a recording at steps of their bit rate, and no encode or
score is ever computed twice."""

import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import ogg
from encoders import PEERS, Peer
from scores import lowest_pieces, mean, percentile, score, spoken, worst
from tools import digest, run

STEP_KBPS = 0.5
LEAST_KBPS, MOST_KBPS = 5.0, 32.0
LONGEST_STRIDE = 3
# Scores do not rise evenly with the bit rate: PESQ is noisy, and a score may fall where an encoder switches to a wider bandwidth.
# Below a step that reaches the target the search goes on, in every bandwidth that the encoder uses there, until it misses by this
# much twice in a row, in the score's own unit.
GIVE_UP = {"pesq": 0.3, "estoi": 0.03}
# A peer that misses by this much at a file as large as the best one's is out. Noise moves the figure by a third of it.
CHALLENGER_MISS = {"pesq": 0.25, "estoi": 0.019}
FIGURES: dict[str, Callable[[list], float]] = {"worst": worst, "percentile": percentile, "mean": mean}


@dataclass(frozen=True)
class Store:
    """JSON values and files by key, in a folder that several processes and trees may share."""

    folder: Path

    def get(self, key: str, make: Callable):
        """The value under `key`; make() is called when there is none."""
        return json.loads(self.file(key + ".json", lambda partial: partial.write_text(json.dumps(make()))).read_text())

    def file(self, name: str, make: Callable[[Path], object]) -> Path:
        """The file of that name; make(path) writes it when it is not there."""
        path = self.folder / name[:2] / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_name(f"{os.getpid()}-{name}")
            make(partial)
            partial.rename(path)
        return path


@dataclass(frozen=True)
class Crossing:
    """The smallest file of one peer that has the wanted score: between two neighbouring steps, by interpolation. kbps: the
    upper step. floor: the lowest step that the peer takes reached it already, so the file could be smaller still."""

    peer: str
    size: float
    kbps: float
    floor: bool


def decode_stock(opus: Path, wav: Path) -> None:
    run(["opusdec", "--quiet", "--no-dither", "--rate", 48000, opus, wav])


class Ladder:
    """All peers' fixed-rate encodes of one WAV."""

    def __init__(self, store: Store, wav: Path, wav_sha: str, piece_s: int, hop_s: int, versions: list):
        self.store, self.wav, self.wav_sha, self.piece_s, self.hop_s, self.versions = store, wav, wav_sha, piece_s, hop_s, versions
        self.spoken = store.get(digest("spoken", wav_sha, piece_s, hop_s), lambda: spoken(wav, piece_s, hop_s))

    def _key(self, what: str, peer: Peer, kbps: float) -> str:
        return digest(what, self.wav_sha, peer.command("in", "out", kbps * 1000), self.versions)

    def encoded(self, peer: Peer, kbps: float) -> Path:
        return self.store.file(self._key("encode", peer, kbps) + ".opus", lambda out: run(peer.command(self.wav, out, kbps * 1000)))

    def steps(self, peer: Peer) -> list[float]:
        count = int((MOST_KBPS - LEAST_KBPS) / STEP_KBPS) + 1
        return [kbps for kbps in (LEAST_KBPS + i * STEP_KBPS for i in range(count)) if kbps * 1000 >= peer.least_bps]

    def size(self, peer: Peer, kbps: float) -> int:
        return self.encoded(peer, kbps).stat().st_size

    def bandwidth(self, peer: Peer, kbps: float) -> str:
        return self.store.get(self._key("bandwidth", peer, kbps), lambda: ogg.read(self.encoded(peer, kbps)).bandwidth)

    def judged(self, what: str, peer: Peer, kbps: float, judge: Callable[[Path], object]):
        """A judge's word on one step's decoded sound, kept under the name `what`."""
        def make():
            with tempfile.TemporaryDirectory() as name:
                wav = Path(name) / "peer.wav"
                decode_stock(self.encoded(peer, kbps), wav)
                return judge(wav)
        return self.store.get(self._key(what, peer, kbps), make)

    def scores(self, peer: Peer, kbps: float, metric: str) -> list:
        """The metric of every piece with speech of one step."""
        return self.judged(f"{metric} {self.piece_s} {self.hop_s}", peer, kbps,
                           lambda wav: score(self.wav, wav, self.piece_s, self.hop_s, (metric,), self.spoken)[metric])

    def figure(self, peer: Peer, kbps: float, metric: str, figure: str) -> float:
        return FIGURES[figure](self.scores(peer, kbps, metric))

    def _at_most(self, peer: Peer, kbps: float, metric: str, pieces: list[int]) -> float:
        """What worst 5 % this step cannot exceed, from so many of its pieces: no choice of them is lower than the lowest."""
        numbers = [self.spoken[i] for i in pieces]
        got = self.judged(f"{metric} {self.piece_s} {self.hop_s} of {numbers}", peer, kbps,
                          lambda wav: score(self.wav, wav, self.piece_s, self.hop_s, (metric,), numbers)[metric])
        return mean(got)

    def smallest(self, metric: str, figure: str, target: float, guess_bytes: float, peers: tuple = PEERS) -> Crossing | None:
        """Over all peers. The first one is searched from a guess; the others begin at the step that is as large as the best
        so far, since above it they can no longer win. None: not even the highest step reaches the target."""
        best = best_peer = None
        for peer in peers:
            steps = self.steps(peer)
            at = self._step_of_size(peer, steps, best.size if best else guess_bytes)
            if best and figure == "worst":
                hardest = lowest_pieces(self.scores(best_peer, best.kbps, metric))
                if self._at_most(peer, steps[at], metric, hardest) < target - CHALLENGER_MISS[metric]:
                    continue
            found = self._search(peer, steps, at, metric, figure, target, first=best is None)
            if found and (best is None or found.size < best.size):
                best, best_peer = found, peer
        return best

    def _step_of_size(self, peer: Peer, steps: list[float], size: float) -> int:
        """The lowest step whose file is at least so large (or the last)."""
        # Sizes follow the bit rate closely: jump there, then settle by single steps.
        last, probe = len(steps) - 1, len(steps) // 5
        at = round((size / self.size(peer, steps[probe]) * steps[probe] - steps[0]) / STEP_KBPS)
        at = min(last, max(0, at))
        while at > 0 and self.size(peer, steps[at]) >= size:
            at -= 1
        while at < last and self.size(peer, steps[at]) < size:
            at += 1
        return at

    def _above(self, peer: Peer, steps: list[float], at: int, stride: int) -> int:
        """A higher step; the last one of a bandwidth, which is its best, is not jumped over."""
        higher = min(at + stride, len(steps) - 1)
        while higher > at + 1 and self.bandwidth(peer, steps[higher]) != self.bandwidth(peer, steps[at]):
            higher -= 1
        return higher

    def _below_bandwidth(self, peer: Peer, steps: list[float], at: int) -> int:
        """The highest step below that is coded in another bandwidth, -1 if there is none."""
        bandwidth, other, same = self.bandwidth(peer, steps[at]), -1, at
        if bandwidth == "NB":
            return -1
        while same - other > 1:
            middle = (same + other) // 2
            other, same = (other, middle) if self.bandwidth(peer, steps[middle]) == bandwidth else (middle, same)
        return other

    def _search(self, peer: Peer, steps: list[float], at: int, metric: str, figure: str, target: float, first: bool) -> Crossing | None:
        def value(i: int) -> float:
            return self.figure(peer, steps[i], metric, figure)

        stride = 1
        while value(at) < target:
            if not first:
                # It can win only by a score that fell: one step is looked at.
                if value(at) < target - CHALLENGER_MISS[metric] or at == 0 or value(at - 1) < target:
                    return None
                at -= 1
            elif at + 1 == len(steps):
                return None
            else:
                at, stride = self._above(peer, steps, at, stride), min(stride + 1, LONGEST_STRIDE)
        lowest, misses, down = at, 0, at - 1
        bandwidth = self.bandwidth(peer, steps[at])
        while down >= 0:
            if self.bandwidth(peer, steps[down]) != bandwidth:
                bandwidth, misses = self.bandwidth(peer, steps[down]), 0
            hardest = lowest_pieces(self.scores(peer, steps[lowest], metric))
            above = self._at_most(peer, steps[down], metric, hardest) if down < lowest - 1 and figure == "worst" else value(down)
            if above >= target and value(down) >= target:
                lowest, misses = down, 0
            else:
                misses = misses + 1 if above < target - GIVE_UP[metric] else 0
            if misses == (2 if first else 1):
                down = self._below_bandwidth(peer, steps, down)
            else:
                down -= 1
        size = self.size(peer, steps[lowest])
        if lowest == 0:
            return Crossing(peer.name, size, steps[0], True)
        smaller, high, low = self.size(peer, steps[lowest - 1]), value(lowest), value(lowest - 1)
        return Crossing(peer.name, smaller + (target - low) / (high - low) * (size - smaller), steps[lowest], False)
