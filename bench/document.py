"""Composes docs/benchmarks.md and its plots from the sections' JSON and bench/template.md."""

import re
from functools import partial

import document_rate
import document_service
import plots
from encoders import PEERS
from section_quality import PAIRED
from tools import Context

METRIC_NAMES = {"pesq_mean": "PESQ-WB mean", "pesq_worst": "PESQ-WB worst 5 %", "estoi_mean": "ESTOI mean", "estoi_worst": "ESTOI worst 5 %"}
SECTIONS = ("container", "exact", "speed", "memory", "quality", "rate_quality", "sanitizers", "ranges", "crowd", "kills", "conformance",
            "cluster_load", "cluster_speed", "cluster_faults")
NOT_RUN = "Not measured yet."


def table(header: list[str], rows: list[list]) -> str:
    lines = [header, ["---"] + ["--:"] * (len(header) - 1), *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines)


def decimals(metric: str) -> int:
    return 2 if metric.startswith("pesq") else 3


def number(metric: str, value: float, sign: str = "") -> str:
    return f"{value:{sign}.{decimals(metric)}f}"


def machine(results: dict) -> str:
    facts = [result["machine"] for result in results.values() if result]
    if not facts:
        return NOT_RUN
    first = facts[0]
    text = (f"Machine: {first['cores']} cores of {first['cpu']}, {first['memory_gib']} GiB, Linux {first['kernel']}. chasqui {first['chasqui']}, "
            f"libopus {first['libopus']} (the same library serves all), ffmpeg {first['ffmpeg']}, opus-tools {first['opus-tools']}.")
    if any(other != first for other in facts):
        text += " Not all sections were measured with the same build of chasqui: run `make bench` again before relying on this page."
    return text


def bounds(results: dict) -> str:
    rows = [[row["name"], row["bound"], row["got"], "yes" if row["ok"] else "**no**"]
            for name in SECTIONS if results[name] for row in results[name]["checks"]]
    return table(["What", "Asked", "Got", "Met"], rows)


def container(result: dict) -> str:
    ours = result["rows"][0]
    rows = [[f"`{row['tool']}`", row["bytes"], row["packets"], row["pages"], f"{row['container_bps']:.0f}", f"{row['container_share']:.2%}",
             f"{ours['container_share'] / row['container_share']:.2f} x", f"{row['framing_share']:.2%}"] for row in result["rows"]]
    return table(["Command", "Bytes", "Packets", "Pages", "Container b/s", "Container share", "Ours to this", "With framing"], rows)


def exact(result: dict) -> str:
    rows = []
    for form in ("opus", "webm", "caf", "mp3"):
        mine = [row for row in result["rows"] if row["format"] == form]
        late = [row["lag_16k"] for row in mine if "lag_16k" in row]
        rates = sorted({row["out_rate"] for row in mine if "out_rate" in row})
        wrong = [f"{row['length']} at {row['rate']} Hz: {row.get('failure', '')[:80] or format(row['excess'], '+g')}" for row in mine if not row["ok"]]
        rows.append([form, len(mine), sum(row["ok"] for row in mine), ", ".join(map(str, rates)), ", ".join(map(str, late)), "; ".join(wrong[:4]) or "none"])
    return table(["Format", "Inputs", "Exact", "Decoded at Hz", "Late by", "Wrong"], rows)


def speed(result: dict) -> str:
    rows = [[row["what"], f"{row['ours_wall_s']:.1f}", f"{row['peer_wall_s']:.1f}", f"**{row['wall_ratio']:.2f} x**", f"{row['ours_cpu_s']:.1f}",
             f"{row['peer_cpu_s']:.1f}", f"{row['cpu_ratio']:.2f} x", f"{row['foreign_cores']:.2f}"] for row in result["rows"]]
    return table(["What", "Ours, s", "Peer, s", "Ratio", "Ours, CPU s", "Peer, CPU s", "Ratio", "Disturbed by"], rows)


def memory(result: dict) -> str:
    peer = {row["minutes"]: row for row in result["rows"] if row["tool"] == "ffmpeg"}
    rows = [[f"`{row['tool']}`", row["minutes"], f"{row['peak_mb']:.0f}", f"{row['peak_mb'] / peer[row['minutes']]['peak_mb']:.2f} x", row["processes"],
             f"{row['spool_mb']:.0f}", f"{row['shared_growth_mb']:.0f}"] for row in result["rows"]]
    return table(["Command", "Minutes", "Peak, MB", "Of ffmpeg's", "Processes", "Spool, MB", "Shared growth, MB"], rows)


def quality(result: dict) -> str:
    parts = []
    for summary in result["summaries"]:
        parts += [f"### {summary['rate']:g} kb/s", "Means over the recordings; behind the score, ours minus this one's and its 95 % interval "
                  "(bootstrap over recordings).", encoders(summary), "Per recording: ours, the difference from the best peer, and which that is. "
                  "In the first row what counts as no difference.", podcasts(summary)]
    return "\n\n".join(parts)


def encoders(summary: dict) -> str:
    rows = []
    for line in summary["encoders"]:
        cells = []
        for metric in METRIC_NAMES:
            cell = number(metric, line[metric])
            if line["encoder"] != "chasqui":
                low, high = line[metric + "_interval"]
                cell += f" ({number(metric, line[metric + '_ours_minus'], '+')}: {number(metric, low, '+')} to {number(metric, high, '+')})"
            cells.append(cell)
        rows.append([line["encoder"], f"{line['excess']:+.2%}", line["interpolated"], *cells])
    return table(["Encoder", "Size over ours", "Interpolated", *METRIC_NAMES.values()], rows)


def podcasts(summary: dict) -> str:
    rows = [["", "", *(f"{summary['tolerance'][m]:.3f}" for m in (*PAIRED, *METRIC_NAMES))]]
    rows += [[line["podcast"], line["bytes"]] +
             [f"{line[m]['difference']:+.3f} ({line[m]['peer']})" for m in PAIRED] +
             [f"{number(m, line[m]['ours'])} ({number(m, line[m]['difference'], '+')}, {line[m]['peer']})" for m in METRIC_NAMES]
             for line in summary["podcasts"]]
    return table(["Recording", "Bytes", *(f"{name}, median difference" for name in PAIRED.values()), *METRIC_NAMES.values()], rows)


def sanitizers(result: dict) -> str:
    return table(["Build", "Suite", "Passed", "Failed", "Left out"],
                 [[row["sanitizer"], f"`tests/{row['suite']}`", row["passed"], row["failed"], row["skipped"]] for row in result["rows"]])


def excerpt(result: dict | None) -> str:
    seconds = result["excerpt"] if result else 0
    return f"Of recordings longer than {seconds} s, the middle {seconds} s are used." if seconds else "Recordings are used whole."


def crowd_text(result: dict | None) -> str:
    return f"{result['downloads']} clients that read 4 kB/s each for {result['seconds']} s, beside a worker that compresses." if result else ""


def write(context: Context) -> int:
    """Writes the page and the plots of the sections that have results; returns how many bounds were missed."""
    context.keep_results()
    results = {name: context.result(name) for name in SECTIONS}
    writers = {"container": container, "exact": exact, "speed": speed, "memory": memory, "quality": quality, "sanitizers": sanitizers,
               "rate_quality": lambda result: document_rate.write(result, table)}
    writers |= {name: partial(write, table=table) for name, write in document_service.WRITERS.items()}
    values = {name: writers[name](results[name]) if results[name] else NOT_RUN for name in SECTIONS}
    any_result = next((result for result in results.values() if result), {})
    values |= {"excerpt": excerpt(results["quality"]), "rate_excerpt": excerpt(results["rate_quality"])}
    rate = results["rate_quality"]
    values |= {"piece": rate["piece"] if rate else "?", "hop": rate["hop"] if rate else "?"}
    values |= {"connections": results["ranges"]["connections"] if results["ranges"] else "?", "crowd_text": crowd_text(results["crowd"])}
    values |= {"machine": machine(results), "bounds": bounds(results), "corpus": any_result.get("corpus", ""), "peers": f"{len(PEERS)} peers",
               "cores": results["speed"]["cores"] if results["speed"] else "?",
               "runs": len(next(iter(results["speed"]["runs"].values()))) if results["speed"] else "?"}
    text = (context.root / "bench/template.md").read_text()
    for name in plots.draw(context.root / "docs/bench", results):
        text = re.sub(rf"!\[[^]]*\]\(bench/{name}\.svg\)\n\n?", "", text)
    text = re.sub(r"\{\{(\w+)\}\}", lambda match: str(values[match[1]]), text)
    (context.root / "docs/benchmarks.md").write_text(text)
    return sum(not row["ok"] for result in results.values() if result for row in result["checks"])
