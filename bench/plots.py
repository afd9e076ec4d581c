"""The plots of docs/benchmarks.md: small SVG files, the same bytes for the same results."""

from pathlib import Path

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams.update({"svg.hashsalt": "chasqui", "svg.fonttype": "none", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False})
from matplotlib import pyplot  # noqa: E402  (the backend is chosen first)

OURS_COLOUR, PEER_COLOUR = "#c0392b", "#34495e"
METRICS = {"pesq_mean": "PESQ-WB, mean", "pesq_worst": "PESQ-WB, worst 5 %", "estoi_mean": "ESTOI, mean", "estoi_worst": "ESTOI, worst 5 %"}


def speed(result: dict):
    rows = result["rows"][:5]
    labels = [row["what"].split(", against")[0].replace("`", "") for row in rows]
    figure, axes = pyplot.subplots(figsize=(7, 2.6))
    for i, row in enumerate(rows):
        axes.barh(i - 0.2, row["ours_wall_s"], 0.4, color=OURS_COLOUR, label="chasqui" if i == 0 else None)
        axes.barh(i + 0.2, row["peer_wall_s"], 0.4, color=PEER_COLOUR, label="ffmpeg" if i == 0 else None)
        if row["bound"]:
            axes.plot([row["peer_wall_s"] * row["bound"]] * 2, [i - 0.4, i + 0.4], color="black", linestyle=":")
        axes.text(row["ours_wall_s"], i - 0.2, f" {row['wall_ratio']:.2f} x", va="center")
    axes.set_yticks(range(len(labels)), labels)
    axes.invert_yaxis()
    axes.set_xlabel("seconds for one hour of stereo MP3")
    axes.legend(frameon=False)
    return figure


def memory(result: dict):
    figure, axes = pyplot.subplots(figsize=(5, 2.8))
    for tool, style in (("chasqui", "o-"), ("chasqui --denoise on", "s--"), ("ffmpeg", "^-")):
        rows = [row for row in result["rows"] if row["tool"] == tool]
        axes.plot([row["minutes"] for row in rows], [row["peak_mb"] for row in rows], style,
                  color=PEER_COLOUR if tool == "ffmpeg" else OURS_COLOUR, label=tool)
    axes.axhline(200, color="black", linestyle=":", label="bound")
    axes.set_ylim(0)
    axes.set_xlabel("minutes of stereo MP3")
    axes.set_ylabel("peak PSS, MB")
    axes.legend(frameon=False)
    return figure


def quality(result: dict):
    figure, grid = pyplot.subplots(1, 4, figsize=(11, 3.2))
    names = [line["encoder"] for line in result["summaries"][0]["encoders"]]
    for axes, (metric, title) in zip(grid, METRICS.items()):
        for i, name in enumerate(names):
            values = [next(line for line in s["encoders"] if line["encoder"] == name)[metric] for s in result["summaries"]]
            style = {"color": OURS_COLOUR, "linewidth": 2, "marker": "o", "zorder": 5} if name == "chasqui" else {"color": f"C{i}", "marker": ".", "linewidth": 1}
            axes.plot(result["rates"], values, label=name, **style)
        axes.set_title(title)
        axes.set_xlabel("kb/s asked of chasqui")
        axes.set_xticks(result["rates"])
    figure.legend(*grid[0].get_legend_handles_labels(), loc="outside lower center", ncols=5, frameon=False)
    figure.tight_layout(rect=(0, 0.14, 1, 1))
    return figure


def difference(result: dict):
    figure, grid = pyplot.subplots(1, 4, figsize=(11, 2.8))
    for axes, (metric, title) in zip(grid, METRICS.items()):
        axes.axhline(0, color="0.5", linewidth=0.8)
        for at, summary in enumerate(result["summaries"]):
            tolerance = summary["tolerance"][metric]
            axes.fill_between([at - 0.4, at + 0.4], -tolerance, tolerance, color="0.9")
            values = [line[metric]["difference"] for line in summary["podcasts"]]
            spread = [at + 0.5 * (i / max(1, len(values) - 1) - 0.5) for i in range(len(values))]
            axes.scatter(spread, values, s=12, color=[PEER_COLOUR if v >= -tolerance else OURS_COLOUR for v in values])
        axes.set_xticks(range(len(result["rates"])), [f"{rate:g}" for rate in result["rates"]])
        axes.set_xlabel("kb/s")
        axes.set_title(title)
    grid[0].set_ylabel("ours minus best peer")
    figure.tight_layout()
    return figure


def _rate(result: dict, metric: str):
    """One panel per recording: the usual winners' fixed rates, and ours, over kb/s."""
    columns = min(6, len(result["podcasts"]))
    rows = -(-len(result["podcasts"]) // columns)
    figure, grid = pyplot.subplots(rows, columns, figsize=(2 * columns, 1.9 * rows + 0.6), squeeze=False)
    for axes in grid.flat[len(result["podcasts"]):]:
        axes.set_visible(False)
    for axes, podcast in zip(grid.flat, result["podcasts"]):
        kbps = 8e-3 / podcast["seconds"]
        for (name, curve), colour in zip(podcast.get("curves", {}).items(), (PEER_COLOUR, "#95a5a6")):
            axes.plot([p["bytes"] * kbps for p in curve], [p[f"{metric}_worst"] for p in curve], ".-", color=colour, linewidth=1, markersize=3, label=name)
        for decoder, style in (("stock", "o-"), ("enhanced", "s--")):
            mine = [line for line in podcast["lines"] if line["decoder"] == decoder]
            axes.plot([line["bytes"] * kbps for line in mine], [line[f"{metric}_worst"] for line in mine], style, color=OURS_COLOUR,
                      linewidth=1, markersize=4, label=f"chasqui, {decoder}")
        axes.set_title(podcast["podcast"], fontsize=8)
    for axes in grid[:, 0]:
        axes.set_ylabel(METRICS[f"{metric}_worst"], fontsize=7)
    figure.legend(*grid[0][0].get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False)
    figure.supxlabel("kb/s, whole file", y=0.3 / (1.9 * rows + 0.6), fontsize=8)
    figure.tight_layout(rect=(0, 0.5 / (1.9 * rows + 0.6), 1, 1))
    return figure


def rate_pesq(result: dict):
    return _rate(result, "pesq")


def rate_estoi(result: dict):
    return _rate(result, "estoi")


def draw(folder: Path, results: dict) -> list[str]:
    """Draws what there are results for and returns the names of the plots there are none for."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = []
    for section, plot in (("speed", speed), ("memory", memory), ("quality", quality), ("quality", difference),
                          ("rate_quality", rate_pesq), ("rate_quality", rate_estoi)):
        if not results[section]:
            missing.append(plot.__name__)
            continue
        figure = plot(results[section])
        figure.savefig(folder / f"{plot.__name__}.svg", bbox_inches="tight", metadata={"Date": None, "Creator": None})
        pyplot.close(figure)
    return missing
