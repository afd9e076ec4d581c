"""Bytes that a quality costs: Chasqui told a quality, beside the smallest fixed bit rate of any peer that reaches the same scores."""

import json
import shutil
import tempfile
import wave
from concurrent.futures import as_completed
from pathlib import Path

import numpy

import ogg
import rate_summary
from encoders import PEERS
from ladder import FIGURES, Ladder, Store, decode_stock
from rate_summary import SCORES
from scores import PESQ_HZ, pieces, score
from section_quality import excerpt
from tools import Context, digest, processes, run, sha256

# The peers that win nearly always; alone enough to compare two builds of Chasqui with.
QUICK_PEERS = PEERS[:2]
# What each ratio holds equal. The first decides, the others stand beside it.
QUICK_FIGURES, ALL_FIGURES = ("worst", "percentile"), ("worst", "percentile", "mean")


def program_digest(chasqui: Path) -> str:
    """Everything that decides what the program writes: itself, its decoder and the models beside it."""
    models = sorted(path for path in (chasqui.parent / "models").rglob("*") if path.is_file())
    return digest([sha256(path) for path in (chasqui, chasqui.parent / "chasqui-decode", *models) if path.exists()])


def ours(context: Context, ladder: Ladder, program: str, source: Path, quality: float, decoder: str) -> dict:
    """Compresses, decodes as a listener would, scores. The file stays in the work folder for whoever wants to listen."""
    store, wav, wav_sha, options = ladder.store, ladder.wav, ladder.wav_sha, context.options
    opus = wav.parent / f"ours-{quality:g}-{decoder}.opus"
    key = digest("ours", program, wav_sha, quality, decoder)
    report = store.folder / key[:2] / f"{key}.report"

    def compress(partial: Path) -> None:
        run([context.chasqui, "compress", source, "-o", partial, "-q", f"{quality:g}", "--decoder", decoder, "--threads", 1, "--report", report])

    def decode(target: Path) -> None:
        if decoder == "stock":
            decode_stock(opus, target)
        else:
            run([context.chasqui, "decode", opus, "-o", target, "--decoder", decoder])

    def judge() -> dict:
        decode(decoded)
        return score(wav, decoded, options.piece, options.hop, numbers=ladder.spoken)

    shutil.copyfile(store.file(key + ".opus", compress), opus)
    decoded = opus.with_suffix(".wav")
    sheet, facts = json.loads(report.read_text()), ogg.read(opus)
    windows, segments = sheet["output"]["windows"], sheet["segments"]
    heard = digest(wav_sha, sha256(opus), decoder, context.machine["libopus"])
    line = {"quality": quality, "decoder": decoder, "bytes": facts.file_bytes, "container_share": facts.container_share,
            "at_target": windows["at_target_share"], "report_windows": windows["scored"], "own_worst": windows["worst_5_percent_mos"],
            "probes": float(numpy.mean([s["probes"] for s in segments])), "segments": len(segments), "bandwidths": sorted({s["bandwidth"] for s in segments})}
    line |= store.get(digest("score", heard, options.piece, options.hop), judge)
    if not options.quick:
        line["beside"] = beside(context, ladder, heard, decode)
    return line


def beside(context: Context, ladder: Ladder, heard: str, decode) -> dict:
    """ViSQOL per piece and DNSMOS of what decode(path) writes; heard: a name for it."""
    def judge() -> dict:
        with tempfile.TemporaryDirectory() as name:
            decoded = Path(name) / "beside.wav"
            decode(decoded)
            return _judges(context, ladder.wav, decoded)

    return ladder.store.get(digest("beside", heard, context.options.piece), judge)


def beside_peer(context: Context, ladder: Ladder, line: dict) -> dict | None:
    """The same further judges on the step that reaches our worst 5 % PESQ-WB."""
    found = line["pesq_worst_peer"]
    if not found:
        return None
    peer = next(p for p in PEERS if p.name == found["peer"])
    return ladder.judged(f"beside {context.options.piece}", peer, found["kbps"], lambda decoded: _judges(context, ladder.wav, decoded))


def _judges(context: Context, wav: Path, decoded: Path) -> dict:
    import scores_beside  # takes seconds to load, so only where it is asked for

    return {"visqol": scores_beside.visqol(wav, decoded, context.options.piece), "dnsmos": scores_beside.dnsmos(decoded)}


def measure_podcast(context: Context, podcast: dict, program: str) -> dict:
    """One recording, all qualities and decoders; runs in a process of its own."""
    options = context.options
    folder = context.work / "audio" / f"rate-{podcast['sha256'][:12]}"
    folder.mkdir(parents=True, exist_ok=True)
    source, wav = excerpt(context, podcast), folder / "conditioned.wav"
    run([context.chasqui, "condition", source, "-o", wav])
    wav_sha = sha256(wav)
    with wave.open(str(wav)) as file:
        seconds = file.getnframes() / file.getframerate()
    machine = context.machine
    ladder = Ladder(Store(context.cache), wav, wav_sha, options.piece, options.hop, [machine["libopus"], machine["ffmpeg"], machine["opus-tools"]])
    peers, figures = (QUICK_PEERS, QUICK_FIGURES) if options.quick else (PEERS, ALL_FIGURES)
    lines = []
    for quality in map(float, options.qualities.split(",")):
        for decoder in options.decoders.split(","):
            line = {"podcast": podcast["name"], "seconds": seconds} | ours(context, ladder, program, source, quality, decoder)
            for metric in SCORES:
                for figure in figures:
                    value = FIGURES[figure](line[metric])
                    found = ladder.smallest(metric, figure, value, line["bytes"] * 1.15, peers if figure == "worst" else QUICK_PEERS)
                    line[f"{metric}_{figure}"] = value
                    line[f"{metric}_{figure}_peer"] = found and {"peer": found.peer, "bytes": found.size, "kbps": found.kbps, "floor": found.floor}
                    line[f"{metric}_{figure}_ratio"] = line["bytes"] / found.size if found else None
            if not options.quick:
                line["beside_peer"] = beside_peer(context, ladder, line)
            lines.append(line)
    places = pieces(round(seconds * PESQ_HZ), PESQ_HZ, options.piece, options.hop)
    result = {"podcast": podcast["name"], "seconds": seconds, "lines": lines, "begins": [places[i].start / PESQ_HZ for i in ladder.spoken]}
    if not options.quick:
        result["curves"] = {peer.name: rate_summary.curve(ladder, peer, lines) for peer in QUICK_PEERS}
        result["bd"] = rate_summary.bd_rates(result["curves"], lines)
        result["beside"] = beside(context, ladder, wav_sha, lambda target: shutil.copyfile(wav, target))
    return result


def measure(context: Context) -> dict:
    program = program_digest(context.chasqui)
    with processes(context.options.jobs) as pool:
        under_way = [pool.submit(measure_podcast, context, podcast, program) for podcast in context.podcasts]
        for done in as_completed(under_way):
            for line in done.result()["lines"]:
                print("bench:   " + rate_summary.one_line(line), flush=True)
    results = [done.result() for done in under_way]
    rate_summary.write_windows(context.work / "results/rate_quality-windows.csv", results)
    summaries = rate_summary.summaries(results)
    for summary in summaries:
        print("bench:   " + rate_summary.one_line_of(summary), flush=True)
    return {"podcasts": results, "summaries": summaries, "excerpt": context.options.excerpt, "piece": context.options.piece, "hop": context.options.hop,
            "quick": context.options.quick, "checks": rate_summary.checks(summaries)}
