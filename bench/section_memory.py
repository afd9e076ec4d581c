"""Peak memory (PSS summed over all processes of the command) for ten minutes, one hour and three hours of stereo."""

import os
import stat
import subprocess
import time
from pathlib import Path

from corpus import joined
from tools import Context, NotReady, check

BOUND_MB = 200
MINUTES = (10, 60, 180)
SAMPLE_S = 0.05
# "Flat": three hours may not need this much more than ten minutes.
FLAT_MB = 20


def children_of(parents: set[int]) -> set[int]:
    found = set()
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                if int(Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()[1]) in parents:
                    found.add(int(entry))
            except (OSError, IndexError):
                pass
    return found


def family(root: int) -> set[int]:
    known, fresh = {root}, {root}
    while fresh := children_of(fresh) - known:
        known |= fresh
    return known


def pss_bytes(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def spool_bytes(pid: int) -> int:
    """Disk held by files the process has open but that have no name any more."""
    total = 0
    try:
        for link in os.scandir(f"/proc/{pid}/fd"):
            facts = os.stat(link.path)
            if stat.S_ISREG(facts.st_mode) and facts.st_nlink == 0:
                total += facts.st_blocks * 512
    except OSError:
        pass
    return total


def shared_memory_bytes() -> int:
    """tmpfs and memfd pages of the whole machine: memory that no process's PSS need show."""
    line = next(line for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("Shmem:"))
    return int(line.split()[1]) * 1024


def peaks(command: list) -> dict:
    shared_before = shared_memory_bytes()
    process = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    start = time.monotonic()
    memory = spool = shared = samples = processes = 0
    while process.poll() is None:
        pids = family(process.pid)
        memory = max(memory, sum(map(pss_bytes, pids)))
        spool = max(spool, sum(map(spool_bytes, pids)))
        shared = max(shared, shared_memory_bytes() - shared_before)
        processes, samples = max(processes, len(pids)), samples + 1
        time.sleep(SAMPLE_S)
    if process.returncode != 0:
        raise NotReady(f"{' '.join(map(str, command))} failed: {process.stderr.read().decode()[-600:]}")
    return {"peak_mb": memory / 1e6, "spool_mb": spool / 1e6, "shared_growth_mb": shared / 1e6, "processes": processes,
            "samples": samples, "seconds": time.monotonic() - start}


def measure(context: Context) -> dict:
    out = context.work / "tmp/memory.opus"
    rows = []
    for minutes in MINUTES:
        source = joined(context, minutes)
        commands = {
            "chasqui": [context.chasqui, "compress", source, "-o", out, "-b", 8],
            "chasqui --denoise on": [context.chasqui, "compress", source, "-o", out, "-b", 8, "--denoise", "on"],
            "ffmpeg": ["ffmpeg", "-v", "error", "-y", "-i", source, "-c:a", "libopus", "-b:a", "8k", "-frame_duration", 60, out],
        }
        for tool, command in commands.items():
            rows.append({"tool": tool, "minutes": minutes} | peaks(command))
    ours = [row for row in rows if row["tool"].startswith("chasqui")]
    longest = max(row["peak_mb"] for row in ours if row["minutes"] == MINUTES[-1])
    growth = max(row["peak_mb"] - next(r["peak_mb"] for r in ours if r["tool"] == row["tool"] and r["minutes"] == MINUTES[0])
                 for row in ours)
    return {"rows": rows, "checks": [
        check("peak memory, 3 h of stereo", f"<= {BOUND_MB} MB", f"{longest:.0f} MB", longest <= BOUND_MB),
        check("peak memory, 3 h over 10 min", f"<= {FLAT_MB} MB more", f"{growth:+.0f} MB", growth <= FLAT_MB)]}
