"""What processes take of the machine's memory while something goes on."""

import contextlib
import subprocess
from pathlib import Path


def children() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parent = int(path.read_text().rsplit(")", 1)[1].split()[1])
            found.setdefault(parent, []).append(int(path.parent.name))
    return found


def proportional_mib(pid: int) -> float:
    """Proportional set size: what is shared counts in shares."""
    with contextlib.suppress(OSError, StopIteration):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return int(next(line.split()[1] for line in lines if line.startswith("Pss:"))) / 1024
    return 0  # it has just ended


class Memory:
    """Each process is counted with all its children."""

    def __init__(self, processes: dict[str, subprocess.Popen]):
        self.processes = dict(processes)
        self.first: dict[str, float] = {}
        self.most: dict[str, float] = {}
        self.look()

    def watch(self, name: str, process: subprocess.Popen) -> None:
        self.processes[name] = process

    def look(self) -> None:
        below = children()
        for name, process in self.processes.items():
            pids = [process.pid]
            for pid in pids:
                pids += below.get(pid, [])
            taken = sum(map(proportional_mib, pids))
            self.first.setdefault(name, taken)
            self.most[name] = max(taken, self.most.get(name, 0))
