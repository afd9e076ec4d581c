"""What is measured on: a folder of podcasts, or speech that Debian ships; and the long recordings joined from it."""

import json
import subprocess
from pathlib import Path

from tools import Context, NotReady, digest, run, sha256

SUFFIXES = {".mp3", ".m4a", ".mp4", ".aac", ".ogg", ".opus", ".oga", ".flac", ".wav", ".webm", ".wma", ".aiff"}
SHORTEST_S = 30
ASTERISK = Path("/usr/share/asterisk/sounds")
READ_ALOUD = {
    "es": "La lección de hoy trata del agua. El agua que cae en la sierra baja por los ríos hasta la costa, y con ella se riegan "
          "los campos de maíz, de papa y de quinua. En cada comunidad hay una persona que cuida el canal y reparte los turnos. ",
    "en": "Today's lesson is about water. Rain that falls in the mountains runs down the rivers to the coast, and with it people "
          "water fields of maize, potatoes and quinoa. In each village somebody looks after the canal and shares out the turns. ",
}


def seconds_of(path: Path) -> float:
    done = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "a:0", "-show_entries", "format=duration", "-of", "json", str(path)],
                          capture_output=True, text=True)
    try:
        return float(json.loads(done.stdout)["format"]["duration"])
    except (KeyError, ValueError):
        return 0.0


def find(context: Context, folder: str) -> list[dict]:
    """The podcasts, numbered in the order of their paths; the document knows them by number alone."""
    if folder:
        if not Path(folder).is_dir():
            raise NotReady(f"{folder} is not a folder; name one that holds podcasts")
        paths = sorted(path for path in Path(folder).rglob("*") if path.suffix.lower() in SUFFIXES)
        paths = [path for path in paths if seconds_of(path) >= SHORTEST_S]
        if not paths:
            raise NotReady(f"{folder} holds no recording of {SHORTEST_S} s or more")
        source = "a folder of podcasts"
    else:
        paths = shipped_speech(context)
        source = "speech that Debian ships (telephone prompts joined, a synthetic voice), for no folder of podcasts was given"
    podcasts = [{"name": f"podcast {i:02}", "path": str(path), "seconds": seconds_of(path), "sha256": sha256(path)}
                for i, path in enumerate(paths, 1) if not context.options.recordings or str(i) in context.options.recordings.split(",")]
    if not podcasts:
        raise NotReady(f"--recordings {context.options.recordings}: there are 1 to {len(paths)}")
    minutes = sum(p["seconds"] for p in podcasts) / 60
    context.corpus_text = f"{source}: {len(podcasts)} recordings, {minutes:.0f} min"
    print(f"bench: {context.corpus_text}", flush=True)
    return podcasts


def shipped_speech(context: Context) -> list[Path]:
    """Makes MP3 recordings of about two minutes out of the prompts of asterisk and of espeak-ng's voices."""
    folder = context.work / "audio/shipped"
    folder.mkdir(exist_ok=True)
    mp3 = ["-ar", "44100", "-ac", "2", "-c:a", "libmp3lame", "-b:a", "128k"]
    prompts = sorted(ASTERISK.rglob("*.g722"), key=lambda path: -path.stat().st_size)
    made = []
    for i in range(4 if prompts else 0):
        target = folder / f"prompts-{i}.mp3"
        made.append(target)
        if target.exists():
            continue
        raw = folder / "prompts.g722"
        data = b""
        for path in prompts[i::4]:
            if len(data) < 120 * 8000:
                data += path.read_bytes()
        raw.write_bytes(data)
        run(["ffmpeg", "-v", "error", "-y", "-f", "g722", "-i", raw, *mp3, target])
    for language, text in READ_ALOUD.items():
        target = folder / f"read-{language}.mp3"
        made.append(target)
        if not target.exists():
            voice = folder / "voice.wav"
            run(["espeak-ng", "-v", language, "-w", voice, text * 6])
            run(["ffmpeg", "-v", "error", "-y", "-i", voice, *mp3, target])
    return made


def joined(context: Context, minutes: int) -> Path:
    """All podcasts one after another, over and over, as a stereo 44.1 kHz MP3 of 128 kb/s of that many minutes."""
    name = digest([p["sha256"] for p in context.podcasts], minutes)
    target = context.work / "audio" / f"joined-{minutes}min-{name}.mp3"
    if target.exists():
        return target
    lines = context.work / "tmp/joined.txt"
    pcm_folder = context.work / "audio/pcm"
    pcm_folder.mkdir(exist_ok=True)
    parts = []
    for podcast in context.podcasts:
        part = pcm_folder / f"{podcast['sha256'][:16]}.flac"
        if not part.exists():
            run(["ffmpeg", "-v", "error", "-y", "-i", podcast["path"], "-vn", "-ar", "44100", "-ac", "2", "-sample_fmt", "s16", part])
        parts.append(part)
    total = sum(p["seconds"] for p in context.podcasts)
    lines.write_text("".join(f"file '{part}'\n" for part in parts) * (int(minutes * 60 / total) + 1))
    partial = target.with_suffix(".part.mp3")
    run(["ffmpeg", "-v", "error", "-y", "-f", "concat", "-safe", "0", "-i", lines, "-t", minutes * 60, "-c:a", "libmp3lame", "-b:a", "128k", partial])
    partial.rename(target)
    return target
