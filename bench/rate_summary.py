"""What the rate_quality section makes of its measurements: ratios over recordings, BD-rate, bounds, a table of every window."""

import csv
import statistics
from pathlib import Path

import numpy

from encoders import Peer
from ladder import FIGURES, Ladder
from tools import check

SCORES = {"pesq": "PESQ-WB", "estoi": "ESTOI"}
MEDIAN_BOUND, MOST_BOUND, AT_TARGET_BOUND, PROBES_BOUND = 0.70, 0.85, 0.99, 2.0
BD_SCORES = ("pesq_mean", "pesq_worst", "estoi_mean", "estoi_worst")


def curve(ladder: Ladder, peer: Peer, lines: list[dict]) -> list[dict]:
    """One peer's steps over the range in which peers reach our scores, for plot and BD-rate."""
    wanted = [found["kbps"] for line in lines for metric in SCORES if (found := line[f"{metric}_worst_peer"])]
    rows = []
    for kbps in (k for k in ladder.steps(peer) if wanted and min(wanted) - 1 <= k <= max(wanted)):
        rows.append({"kbps": kbps, "bytes": ladder.size(peer, kbps)} | {f"{m}_{f}": ladder.figure(peer, kbps, m, f) for m in SCORES for f in FIGURES})
    return rows


def bytes_at(rows: list[dict], name: str, wanted: float) -> float | None:
    """The smallest file of a curve that has the score, between steps by interpolation."""
    for before, row in zip([None, *rows], rows):
        if row[name] >= wanted:
            if before is None:
                return None
            part = (wanted - before[name]) / (row[name] - before[name])
            return before["bytes"] + part * (row["bytes"] - before["bytes"])
    return None


def bd_rates(curves: dict, lines: list[dict]) -> dict:
    """Per decoder and score: the mean of log(our bytes / the best peer's bytes) over the scores that our files span, as a
    relative difference (Bjontegaard's measure, with straight lines between points). None where the curves do not overlap."""
    result = {}
    for decoder in dict.fromkeys(line["decoder"] for line in lines):
        mine = [line for line in lines if line["decoder"] == decoder]
        result[decoder] = {}
        for name in BD_SCORES:
            metric, figure = name.split("_")
            points = sorted((FIGURES[figure](line[metric]), numpy.log(line["bytes"])) for line in mine)
            logs = []
            for wanted in numpy.linspace(points[0][0], points[-1][0], 40):
                peers = [found for rows in curves.values() if (found := bytes_at(rows, name, wanted))]
                if peers:
                    logs.append(numpy.interp(wanted, *zip(*points)) - numpy.log(min(peers)))
            result[decoder][name] = float(numpy.expm1(numpy.mean(logs))) if len(points) > 1 and len(logs) >= 20 else None
    return result


def _spread(values: list) -> dict | None:
    known = [v for v in values if v is not None]
    return {"median": statistics.median(known), "most": max(known), "mean": statistics.fmean(known), "number": len(known)} if known else None


def summaries(results: list[dict]) -> list[dict]:
    """One per quality and decoder: each ratio's median and maximum over recordings, and what stands beside."""
    lines = [line for result in results for line in result["lines"]]
    table = []
    for quality, decoder in dict.fromkeys((line["quality"], line["decoder"]) for line in lines):
        mine = [line for line in lines if (line["quality"], line["decoder"]) == (quality, decoder)]
        ratios = {name.removesuffix("_ratio"): _spread([line[name] for line in mine]) for name in mine[0] if name.endswith("_ratio")}
        windows = [line["report_windows"] for line in mine]
        bds = {name: _spread([r["bd"][decoder][name] for r in results]) for name in BD_SCORES} if "bd" in results[0] else {}
        table.append({"quality": quality, "decoder": decoder, "recordings": len(mine), "ratios": ratios, "bd": bds,
                      "at_target": sum(line["at_target"] * n for line, n in zip(mine, windows)) / sum(windows),
                      "probes": sum(line["probes"] * line["segments"] for line in mine) / sum(line["segments"] for line in mine),
                      "kbps": statistics.fmean(line["bytes"] * 8e-3 / line["seconds"] for line in mine)})
    return table


def checks(table: list[dict]) -> list[dict]:
    rows = []
    for summary in table:
        for metric, label in SCORES.items():
            name = (f"bytes at quality {summary['quality']:g}, {summary['decoder']} decoder, of the smallest fixed rate's "
                    f"at equal worst 5 % {label}")
            spread = summary["ratios"][f"{metric}_worst"]
            rows.append(check(f"{name}: median", f"<= {MEDIAN_BOUND:.2f}", f"{spread['median']:.3f}", spread["median"] <= MEDIAN_BOUND))
            rows.append(check(f"{name}: largest", f"<= {MOST_BOUND:.2f}", f"{spread['most']:.3f}", spread["most"] <= MOST_BOUND))
        if summary["decoder"] == "stock":
            rows.append(check(f"windows at or above quality {summary['quality']:g} by our score", f">= {AT_TARGET_BOUND:.0%}", f"{summary['at_target']:.1%}",
                              summary["at_target"] >= AT_TARGET_BOUND))
            rows.append(check(f"encodes per segment at quality {summary['quality']:g}", f"<= {PROBES_BOUND:.1f}", f"{summary['probes']:.2f}",
                              summary["probes"] <= PROBES_BOUND))
    return rows


def one_line(line: dict) -> str:
    parts = [f"{line['podcast']} q{line['quality']:g} {line['decoder']}: {line['bytes']} B {line['bytes'] * 8e-3 / line['seconds']:.2f} kb/s"]
    for metric, label in SCORES.items():
        ratio = line[f"{metric}_worst_ratio"]
        robust = line[f"{metric}_percentile_ratio"]
        parts.append(f"{label} {line[f'{metric}_worst']:.3f} ratio {'none' if ratio is None else format(ratio, '.3f')} "
                     f"(percentile {line[f'{metric}_percentile']:.3f}, {'none' if robust is None else format(robust, '.3f')})")
    parts.append(f"at target {line['at_target']:.1%}, {line['probes']:.1f} probes, {'/'.join(line['bandwidths'])}")
    return ", ".join(parts)


def one_line_of(summary: dict) -> str:
    ratios = ", ".join(f"{name} median {s['median']:.3f} largest {s['most']:.3f}" for name, s in summary["ratios"].items() if s)
    return (f"quality {summary['quality']:g}, {summary['decoder']}, {summary['recordings']} recordings: {ratios}; {summary['kbps']:.2f} kb/s, "
            f"at target {summary['at_target']:.1%}, {summary['probes']:.2f} probes")


def write_windows(path: Path, results: list[dict]) -> None:
    """Every window's score of ours, as CSV; the peers' are in the cache."""
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["podcast", "quality", "decoder", "begin_s", "pesq", "estoi"])
        for result in results:
            for line in result["lines"]:
                for begin, pesq, estoi in zip(result["begins"], line["pesq"], line["estoi"]):
                    writer.writerow([result["podcast"], line["quality"], line["decoder"], begin, pesq, estoi])
