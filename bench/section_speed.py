"""Wall and CPU time for one hour of stereo MP3, interleaved with ffmpeg doing as much of the same work as it can."""

import os

from corpus import joined
from tools import Context, check, median, timed_calm

PLAIN_BOUND = 0.5
CHAIN_BOUND = 0.3
GATE_BOUND = 0.5
CHAIN = "highpass=f=80,afftdn,loudnorm=I=-16:TP=-1"


def commands(context: Context, source, out) -> dict:
    def ours(rate, *more):
        return [context.chasqui, "compress", source, "-o", out, "-b", rate, *more]

    def ffmpeg(rate, *more):
        return ["ffmpeg", "-v", "error", "-y", "-i", source, *more, "-c:a", "libopus", "-b:a", f"{rate}k", "-frame_duration", 60, out]

    table = {}
    for rate in (8, 12):
        table[f"chasqui {rate}"] = ours(rate)
        table[f"ffmpeg {rate}"] = ffmpeg(rate)
        table[f"chasqui {rate} raw"] = ours(rate, "--no-condition")
        table[f"ffmpeg {rate} mono"] = ffmpeg(rate, "-ac", 1)
    table["chasqui 8 denoise"] = ours(8, "--denoise", "on")
    table["chasqui clear"] = [context.chasqui, "compress", source, "-o", out, "-q", "clear"]
    table["ffmpeg 8 chain"] = ffmpeg(8, "-af", CHAIN)
    table["ffmpeg 8 chain mono"] = ffmpeg(8, "-af", "aformat=channel_layouts=mono," + CHAIN)
    return table


# ours, its peer, what is compared, bound (None: shown without one)
PAIRS = (
    ("chasqui 8", "ffmpeg 8", "8 kb/s, default conditioning, against `ffmpeg -c:a libopus`", None),
    ("chasqui 8 raw", "ffmpeg 8", "8 kb/s, `--no-condition`, against `ffmpeg -c:a libopus`", PLAIN_BOUND),
    ("chasqui 12", "ffmpeg 12", "12 kb/s, default conditioning, against `ffmpeg -c:a libopus`", None),
    ("chasqui 12 raw", "ffmpeg 12", "12 kb/s, `--no-condition`, against `ffmpeg -c:a libopus`", PLAIN_BOUND),
    ("chasqui 8 denoise", "ffmpeg 8 chain", f"8 kb/s, `--denoise on`, against `-af {CHAIN}`", CHAIN_BOUND),
    ("chasqui clear", "ffmpeg 8 chain", f"`--quality clear`, default conditioning, against `-af {CHAIN}` and 8 kb/s", GATE_BOUND),
    ("chasqui clear", "ffmpeg 8", "`--quality clear`, default conditioning, against `ffmpeg -c:a libopus` at 8 kb/s", None),
    ("chasqui 8", "ffmpeg 8 mono", "8 kb/s, default conditioning, against ffmpeg told `-ac 1`", None),
    ("chasqui 8 raw", "ffmpeg 8 mono", "8 kb/s, `--no-condition`, against ffmpeg told `-ac 1`", None),
    ("chasqui 12", "ffmpeg 12 mono", "12 kb/s, default conditioning, against ffmpeg told `-ac 1`", None),
    ("chasqui 12 raw", "ffmpeg 12 mono", "12 kb/s, `--no-condition`, against ffmpeg told `-ac 1`", None),
    ("chasqui 8 denoise", "ffmpeg 8 chain mono", "8 kb/s, `--denoise on`, against the same chain after a downmix", None),
)


def measure(context: Context) -> dict:
    source, out = joined(context, 60), context.work / "tmp/speed.opus"
    table = commands(context, source, out)
    timings = {name: [] for name in table}
    for round_number in range(context.options.runs):
        for name, command in table.items():
            timings[name].append(timed_calm(command))
        print(f"bench:   speed: round {round_number + 1} of {context.options.runs}", flush=True)
    middle = {name: median(runs) for name, runs in timings.items()}
    rows, checks = [], []
    for ours, peer, what, bound in PAIRS:
        a, b = middle[ours], middle[peer]
        rows.append({"what": what, "ours_wall_s": a.wall_s, "peer_wall_s": b.wall_s, "wall_ratio": a.wall_s / b.wall_s,
                     "ours_cpu_s": a.cpu_s, "peer_cpu_s": b.cpu_s, "cpu_ratio": a.cpu_s / b.cpu_s,
                     "foreign_cores": max(t.foreign_cores for t in timings[ours] + timings[peer]), "bound": bound})
        if bound:
            checks.append(check(f"time for one hour, {what}", f"<= {bound} x", f"{a.wall_s / b.wall_s:.2f} x", a.wall_s <= bound * b.wall_s))
    runs = {name: [[t.wall_s, t.cpu_s, t.foreign_cores] for t in all_runs] for name, all_runs in timings.items()}
    return {"rows": rows, "runs": runs, "cores": os.cpu_count(), "checks": checks}
