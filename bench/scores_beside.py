"""What stands beside PESQ and ESTOI and decides nothing: ViSQOL (speech mode, lattice map) and DNSMOS (P.835, no reference)."""

from functools import cache
from pathlib import Path

import numpy

from scores import PESQ_HZ, QUIET_DBFS, pieces, read_pair, read_wav, to_rate

DNSMOS_S = 10  # the models hear 9.01 s


@cache
def _visqol():
    from visqol import VisqolApi  # takes seconds to load, so only where it is asked for

    api = VisqolApi()
    api.create(mode="speech", use_lattice_model=True)
    return api


def visqol(reference_wav: Path, degraded_wav: Path, piece_s: int) -> list:
    """MOS-LQO of every piece, one after another without overlap; null where there is no speech."""
    (reference, degraded), _ = read_pair(reference_wav, degraded_wav)
    result = []
    for at in pieces(len(reference), PESQ_HZ, piece_s, piece_s):
        loud = 10 * numpy.log10(numpy.mean(reference[at] ** 2) + 1e-12) >= QUIET_DBFS
        result.append(float(_visqol().measure_from_arrays(reference[at], degraded[at], PESQ_HZ).moslqo) if loud else None)
    return result


def dnsmos(wav: Path) -> dict:
    """Mean over pieces of DNSMOS_S, one after another, of what the models say about one recording."""
    from speechmos import dnsmos as models

    rate, samples = read_wav(wav)
    samples = numpy.clip(to_rate(samples, rate, PESQ_HZ), -1, 1)
    got = [models.run(samples[at], PESQ_HZ) for at in pieces(len(samples), PESQ_HZ, DNSMOS_S, DNSMOS_S)]
    return {name: float(numpy.mean([one[f"{name}_mos"] for one in got])) for name in ("ovrl", "sig", "bak", "p808")}
