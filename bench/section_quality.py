"""PESQ-WB and ESTOI at equal file size: ours beside every peer, on every podcast."""

import tempfile
import wave
from pathlib import Path

import numpy

from encoders import LARGEST_EXCESS, PEERS, TUNED, Attempt, Peer, match_size
from scores import HOP_S, PIECE_S, mean, score, worst
from tools import Context, check, digest, processes, run, sha256

METRICS = ("pesq_mean", "pesq_worst", "estoi_mean", "estoi_worst")
# PESQ misaligns single pieces and is off by up to 2 there, for one encoder and not for another. The median over the
# pieces of ours minus theirs does not mind.
PAIRED = {"pesq": "PESQ-WB", "estoi": "ESTOI"}
# A score moves when nothing but the framing is shifted by a few milliseconds. Differences up to this many standard
# deviations of such moves count as none: of 7 peers on each of 18 recordings, chance alone puts one beyond them in
# every sixth table.
TOLERATED_DEVIATIONS = 3
OURS, NOISE = "chasqui", "noise"
SHIFT_SAMPLES = 1237


def excerpt(context: Context, podcast: dict) -> Path:
    """The middle of the podcast, lossless, at its own rate and channels; or the podcast itself."""
    wanted = context.options.excerpt
    if not wanted or podcast["seconds"] <= wanted:
        return Path(podcast["path"])
    target = context.work / "audio" / f"excerpt-{wanted}-{podcast['sha256'][:16]}.flac"
    if not target.exists():
        start = (podcast["seconds"] - wanted) / 2
        run(["ffmpeg", "-v", "error", "-y", "-ss", f"{start:.3f}", "-i", podcast["path"], "-t", wanted, "-vn", "-map_metadata", -1, target])
    return target


def prepare(context: Context, podcast: dict, rates: list[float]) -> list[dict]:
    """Conditions and encodes one podcast with Chasqui; one job description per rate."""
    folder = context.work / "audio" / f"quality-{podcast['sha256'][:12]}"
    folder.mkdir(exist_ok=True)
    source, conditioned = excerpt(context, podcast), folder / "conditioned.wav"
    run([context.chasqui, "condition", source, "-o", conditioned])
    with wave.open(str(conditioned)) as file:
        seconds = file.getnframes() / file.getframerate()
    jobs = []
    for rate in rates:
        ours = folder / f"ours-{rate:g}.opus"
        run([context.chasqui, "compress", source, "-o", ours, "-b", f"{rate:g}"])
        jobs.append({"podcast": podcast["name"], "rate": rate, "wav": conditioned, "wav_sha": sha256(conditioned), "seconds": seconds,
                     "ours": ours, "bytes": ours.stat().st_size})
    return jobs


def decode_and_score(opus: Path, reference: Path, folder: Path, shift: int = 0) -> dict:
    wav = folder / "decoded.wav"
    run(["opusdec", "--quiet", "--no-dither", "--rate", 48000, opus, wav])
    if shift:
        _drop_head(wav, shift)
    return score(reference, wav)


def score_at_size(peer: Peer, wav: Path, job: dict, folder: Path, shift: int = 0) -> dict:
    """The peer's scores at our file's size. Some encoders' size jumps over the window that is allowed; there, the scores
    of the files on both sides of the jump are interpolated to our size."""
    out = folder / "peer.opus"
    below, above = match_size(peer, wav, out, job["bytes"], job["seconds"])

    def scored(attempt: Attempt) -> dict:
        run(peer.command(wav, out, attempt.bps))
        return decode_and_score(out, job["wav"], folder, shift)

    upper = scored(above)
    got = {"bps": above.bps, "bytes": above.size, "excess": above.size / job["bytes"] - 1, "interpolated": False}
    if got["excess"] <= LARGEST_EXCESS or below is None:
        return got | upper
    lower, part = scored(below), (job["bytes"] - below.size) / (above.size - below.size)
    for metric in ("pesq", "estoi"):
        upper[metric] = [None if high is None or low is None else low + part * (high - low) for low, high in zip(lower[metric], upper[metric])]
    return got | upper | {"excess": 0.0, "interpolated": True, "bytes_below": below.size}


def _drop_head(path: Path, samples: int) -> None:
    with wave.open(str(path)) as file:
        parameters, data = file.getparams(), file.readframes(file.getnframes())
    with wave.open(str(path), "wb") as file:
        file.setparams(parameters)
        file.writeframes(data[2 * samples:])


def _shifted(path: Path, target: Path) -> Path:
    with wave.open(str(path)) as source, wave.open(str(target), "wb") as file:
        file.setparams(source.getparams())
        file.writeframes(bytes(2 * SHIFT_SAMPLES) + source.readframes(source.getnframes()))
    return target


def measure_one(job: dict, encoder: str) -> dict:
    """One podcast, rate and encoder; runs in a process of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if encoder == OURS:
            return {"bytes": job["bytes"], "excess": 0.0, "interpolated": False} | decode_and_score(job["ours"], job["wav"], folder)
        if encoder == NOISE:
            return score_at_size(PEERS[0], _shifted(job["wav"], folder / "shifted.wav"), job, folder, SHIFT_SAMPLES)
        return score_at_size(next(p for p in (*PEERS, TUNED) if p.name == encoder), job["wav"], job, folder)


def cache_key(context: Context, job: dict, encoder: str) -> str:
    machine = context.machine
    if encoder == OURS:
        return digest("quality", PIECE_S, HOP_S, OURS, job["wav_sha"], sha256(job["ours"]), machine["libopus"])
    return digest("quality", PIECE_S, HOP_S, encoder, job["wav_sha"], job["bytes"], machine["libopus"], machine["ffmpeg"], machine["opus-tools"])


def measure(context: Context) -> dict:
    rates = [float(rate) for rate in context.options.rates.split(",")]
    by_podcast = [prepare(context, podcast, rates) for podcast in context.podcasts]
    jobs = [jobs[i] for i in range(len(rates)) for jobs in by_podcast]
    work = [(job, encoder) for job in jobs
            for encoder in (OURS, *(p.name for p in PEERS), TUNED.name, NOISE)]
    with processes(context.options.jobs) as pool:
        keys = [cache_key(context, job, encoder) for job, encoder in work]
        waiting = {}
        for key, (job, encoder) in zip(keys, work):
            if not (context.cache / f"{key}.json").exists() or context.options.fresh:
                waiting[key] = pool.submit(measure_one, job, encoder)
        rows = []
        for i, (key, (job, encoder)) in enumerate(zip(keys, work)):
            got = context.cached(key, lambda: waiting[key].result())
            rows.append({"podcast": job["podcast"], "rate": job["rate"], "seconds": job["seconds"], "encoder": encoder} | got | figures(got))
            if i % 18 == 17:
                print(f"bench:   quality: {i + 1} of {len(work)}", flush=True)
    summaries = [summary(rows, rate) for rate in rates]
    return {"rows": rows, "summaries": summaries, "rates": rates, "excerpt": context.options.excerpt,
            "checks": [c for s in summaries for c in s["checks"]]}


def figures(got: dict) -> dict:
    return {"pesq_mean": mean(got["pesq"]), "pesq_worst": worst(got["pesq"]), "estoi_mean": mean(got["estoi"]), "estoi_worst": worst(got["estoi"])}


def paired(ours: dict, theirs: dict, score: str) -> float:
    """Median over the pieces of ours minus theirs."""
    return float(numpy.median([a - b for a, b in zip(ours[score], theirs[score]) if a is not None and b is not None]))


def noise(rows: list[dict], rate: float) -> dict:
    """Standard deviation, over podcasts, of the difference between two encodes that differ only in where frames begin."""
    first, second = ({row["podcast"]: row for row in rows if row["rate"] == rate and row["encoder"] == name} for name in (PEERS[0].name, NOISE))
    differences = {metric: [first[p][metric] - second[p][metric] for p in first] for metric in METRICS}
    differences |= {score: [paired(first[p], second[p], score) for p in first] for score in PAIRED}
    return {metric: float(numpy.std(values, ddof=1)) if len(values) > 1 else 0.0 for metric, values in differences.items()}


def summary(rows: list[dict], rate: float) -> dict:
    """Per podcast ours against the best peer by each metric; per encoder the mean over podcasts and the pooled difference."""
    mine = [row for row in rows if row["rate"] == rate]
    deviation = noise(rows, rate)
    tolerance = {metric: TOLERATED_DEVIATIONS * value for metric, value in deviation.items()}
    podcasts = sorted({row["podcast"] for row in mine})
    table, names = [], [p.name for p in PEERS]
    for podcast in podcasts:
        of = {row["encoder"]: row for row in mine if row["podcast"] == podcast}
        line = {"podcast": podcast, "seconds": of[OURS]["seconds"], "bytes": of[OURS]["bytes"]}
        for metric in METRICS:
            best = max(names, key=lambda name: of[name][metric])
            line[metric] = {"ours": of[OURS][metric], "best": of[best][metric], "peer": best, "difference": of[OURS][metric] - of[best][metric]}
        for score in PAIRED:
            best = min(names, key=lambda name: paired(of[OURS], of[name], score))
            line[score] = {"peer": best, "difference": paired(of[OURS], of[best], score)}
        table.append(line)
    checks = []
    for metric, label in PAIRED.items():
        good = sum(line[metric]["difference"] >= -tolerance[metric] for line in table)
        checks.append(check(f"{label} at {rate:g} kb/s, piece by piece no worse than any peer", f"{len(table)} of {len(table)} podcasts",
                            f"{good} of {len(table)}", good == len(table)))
    return {"rate": rate, "noise": deviation, "tolerance": tolerance, "podcasts": table, "encoders": [encoder_line(mine, name) for name in (OURS, *names, TUNED.name)],
            "checks": checks}


def encoder_line(rows: list[dict], name: str) -> dict:
    ours = {row["podcast"]: row for row in rows if row["encoder"] == OURS}
    theirs = {row["podcast"]: row for row in rows if row["encoder"] == name}
    line = {"encoder": name, "excess": float(numpy.mean([row["excess"] for row in theirs.values()])),
            "interpolated": sum(row["interpolated"] for row in theirs.values())}
    for metric in METRICS:
        line[metric] = float(numpy.mean([row[metric] for row in theirs.values()]))
        differences = numpy.array([ours[p][metric] - theirs[p][metric] for p in ours])
        line[metric + "_ours_minus"] = float(differences.mean())
        # Resampled by podcast, for pieces of one podcast are alike.
        draws = numpy.random.default_rng(1).choice(differences, (2000, len(differences))).mean(axis=1)
        line[metric + "_interval"] = [float(x) for x in numpy.percentile(draws, (2.5, 97.5))]
    for metric in ("pesq", "estoi"):
        line[f"{metric}_pooled_worst"] = worst([v for row in theirs.values() for v in row[metric]])
    return line
