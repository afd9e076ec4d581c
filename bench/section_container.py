"""What the container costs: bytes of a ten-minute file at 8 kb/s that are not audio packets."""

from corpus import joined
from tools import Context, check, run
import ogg

BOUND = 0.015


def measure(context: Context) -> dict:
    source = joined(context, 10)
    tmp = context.work / "tmp"
    wav = tmp / "container.wav"
    run(["ffmpeg", "-v", "error", "-y", "-i", source, "-ac", 1, wav])
    ffmpeg = ["ffmpeg", "-v", "error", "-y", "-i", source, "-c:a", "libopus", "-b:a", "8k"]
    commands = {
        "chasqui compress -b 8": lambda out: [context.chasqui, "compress", source, "-o", out, "-b", 8],
        "opusenc --bitrate 8": lambda out: ["opusenc", "--quiet", "--bitrate", 8, wav, out],
        "opusenc --bitrate 8 --framesize 60": lambda out: ["opusenc", "--quiet", "--bitrate", 8, "--framesize", 60, wav, out],
        "ffmpeg -b:a 8k": lambda out: [*ffmpeg, out],
        "ffmpeg -b:a 8k -frame_duration 60": lambda out: [*ffmpeg, "-frame_duration", 60, out],
        "ffmpeg -b:a 8k -frame_duration 120": lambda out: [*ffmpeg, "-frame_duration", 120, out],
    }
    rows = []
    for name, command in commands.items():
        out = tmp / "container.opus"
        out.unlink(missing_ok=True)
        run(command(out))
        facts = ogg.read(out)
        rows.append({"tool": name, "bytes": facts.file_bytes, "seconds": facts.seconds, "pages": facts.pages, "packets": facts.packets,
                     "container_share": facts.container_share, "framing_share": facts.framing_share,
                     "container_bps": (facts.file_bytes - facts.packet_bytes) * 8 / facts.seconds})
    ours = rows[0]["container_share"]
    return {"rows": rows, "checks": [check("container share at 8 kb/s, 10 min", f"<= {BOUND:.1%}", f"{ours:.2%}", ours <= BOUND)]}
