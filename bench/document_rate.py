"""The rate_quality section's part of docs/benchmarks.md."""

import statistics

from rate_summary import BD_SCORES, SCORES
from scores import mean, worst

FIGURE_NAMES = {"pesq_worst": "PESQ-WB worst 5 %", "estoi_worst": "ESTOI worst 5 %", "pesq_percentile": "PESQ-WB 5th percentile",
                "estoi_percentile": "ESTOI 5th percentile", "pesq_mean": "PESQ-WB mean", "estoi_mean": "ESTOI mean"}


def write(result: dict, table) -> str:
    parts = [f"Our bytes of the smallest fixed rate's at the same score, median over {len(result['podcasts'])} recordings and largest:", ratios(result, table)]
    if not result["quick"]:
        parts += ["The same as BD-rate (mean over the scores that our files span), and what further judges say of our files, of the fixed ones that "
                  "reach our worst 5 % PESQ-WB, and (DNSMOS needs no reference) of the conditioned input:", beside(result, table)]
    for summary in result["summaries"]:
        parts += [f"### Quality {summary['quality']:g}, {summary['decoder']} decoder", recordings(result, summary, table)]
    return "\n\n".join(parts)


def ratios(result: dict, table) -> str:
    names = [name for name in FIGURE_NAMES if name in result["summaries"][0]["ratios"]]
    rows = []
    for s in result["summaries"]:
        cells = [f"**{r['median']:.3f}** ({r['most']:.3f})" if (r := s["ratios"][name]) else "none" for name in names]
        rows.append([f"{s['quality']:g} {s['decoder']}", f"{s['kbps']:.2f}", *cells, f"{s['at_target']:.1%}", f"{s['probes']:.2f}"])
    return table(["Quality, decoder", "kb/s", *(FIGURE_NAMES[n] for n in names), "Windows at target", "Encodes per segment"], rows)


def beside(result: dict, table) -> str:
    rows = []
    for s in result["summaries"]:
        mine = [line for r in result["podcasts"] for line in r["lines"] if (line["quality"], line["decoder"]) == (s["quality"], s["decoder"])]
        peers = [line["beside_peer"] for line in mine if line["beside_peer"]]
        bds = [f"{bd['median']:+.1%}" if (bd := s["bd"].get(name)) else "none" for name in BD_SCORES]
        rows.append([f"{s['quality']:g} {s['decoder']}", *bds, _mean_of(worst(line["beside"]["visqol"]) for line in mine),
                     _mean_of(worst(peer["visqol"]) for peer in peers), _mean_of(mean(line["beside"]["visqol"]) for line in mine),
                     _mean_of(mean(peer["visqol"]) for peer in peers), _mean_of(line["beside"]["dnsmos"]["ovrl"] for line in mine),
                     _mean_of(peer["dnsmos"]["ovrl"] for peer in peers), _mean_of(r["beside"]["dnsmos"]["ovrl"] for r in result["podcasts"])])
    return table(["Quality, decoder", *(f"BD-rate, {FIGURE_NAMES[name]}" for name in BD_SCORES), "ViSQOL worst 5 %", "fixed", "ViSQOL mean", "fixed",
                  "DNSMOS", "fixed", "input"], rows)


def _mean_of(values) -> str:
    known = list(values)
    return f"{statistics.fmean(known):.2f}" if known else "none"


def recordings(result: dict, summary: dict, table) -> str:
    rows = []
    for r in result["podcasts"]:
        for line in r["lines"]:
            if (line["quality"], line["decoder"]) != (summary["quality"], summary["decoder"]):
                continue
            rows.append([line["podcast"], line["bytes"], f"{line['bytes'] * 8e-3 / line['seconds']:.2f}", "/".join(line["bandwidths"]),
                         *(_against_peer(line, metric) for metric in SCORES), f"{line['own_worst']:.2f}", f"{line['at_target']:.1%}", f"{line['probes']:.1f}"])
    return table(["Recording", "Bytes", "kb/s", "Bandwidth", *(f"{label} worst 5 %: ratio (score; the smallest fixed rate)" for label in SCORES.values()),
                  "Our score, worst 5 %", "Windows at target", "Encodes per segment"], rows)


def _against_peer(line: dict, metric: str) -> str:
    found, value = line[f"{metric}_worst_peer"], f"{line[f'{metric}_worst']:.{2 if metric == 'pesq' else 3}f}"
    if not found:
        return f"no fixed rate reaches it ({value})"
    least = "at least " if found["floor"] else ""
    return f"{least}{line[f'{metric}_worst_ratio']:.3f} ({value}; {found['peer']}, {found['kbps']:g} kb/s)"
