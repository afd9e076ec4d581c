"""What processes take of the machine's memory while something goes on."""

import contextlib
import subprocess
from pathlib import Path


def family(pid: int) -> list[int]:
    """A process and all its children."""
    found = [pid]
    for one in found:
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                found += [int(child) for child in task.read_text().split()]
    return found


def taken_mib(pid: int, kind: str) -> float:
    """Of a process with all its children. `kind`: Rss, or Pss, where what is shared counts in shares."""
    kib = 0
    for one in family(pid):
        with contextlib.suppress(OSError, StopIteration):  # it may just have ended
            lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
            kib += int(next(line.split()[1] for line in lines if line.startswith(f"{kind}:")))
    return kib / 1024


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
        for name, process in self.processes.items():
            taken = taken_mib(process.pid, "Pss")
            self.first.setdefault(name, taken)
            self.most[name] = max(taken, self.most.get(name, 0))
