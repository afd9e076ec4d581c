"""What a server and a worker of the cluster need under load: peak of resident memory, of all child processes together (what they
share counted for each), and processor time.

resources.py [MINUTES]: the recording that the worker compresses has so many (default 30). Says what to write into the manifests"""

import os
import sys
import threading
import time
from pathlib import Path

sys.dont_write_bytecode = True
sys.path[:0] = [str(Path(__file__).parent)]
from cluster import Cluster  # noqa: E402
from load import Stream  # noqa: E402
from memory import taken_mib  # noqa: E402
from rolling_upgrade import Visitors  # noqa: E402
from servers import servers_in_a_folder  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")


class Watch:
    """Looks at a process and its children ten times a second."""

    def __init__(self, pid: int):
        self.pid, self.peak_mib, self.ending = pid, 0.0, threading.Event()
        self.begun, self.before = time.monotonic(), self.cpu_seconds()
        self.thread = threading.Thread(target=self.look, daemon=True)
        self.thread.start()

    def look(self) -> None:
        while not self.ending.wait(0.1):
            self.peak_mib = max(self.peak_mib, taken_mib(self.pid, "Rss"))

    def cpu_seconds(self) -> float:
        """Of it, and of children that have ended."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return sum(int(fields[at]) for at in (11, 12, 13, 14)) / TICKS

    def end(self) -> str:
        cores = (self.cpu_seconds() - self.before) / (time.monotonic() - self.begun)
        self.ending.set()
        self.thread.join()
        return f"peak {self.peak_mib:.0f} MiB, {cores:.2f} cores on average"


def main() -> int:
    import numpy as np
    from support import speech
    from support.media import write_wav

    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 30
    with servers_in_a_folder("resources") as (folder, servers):
        part = speech.prompt("demo-congrats", 20)
        long = write_wav(folder / "long.wav", np.tile(part, int(minutes * 3))).read_bytes()
        short = write_wav(folder / "short.wav", speech.prompt("demo-congrats", 6)).read_bytes()
        with Cluster(servers, folder) as cluster:
            service, worker = cluster.serve(), cluster.worker()
            watch = Watch(worker.process.pid)
            service.finished(service.post(long, quality="clear").ok(202).json()["id"], seconds=3600)
            print(f"worker, {minutes:.0f} minutes at a quality: {watch.end()}", flush=True)
            worker.stop()
            watch = Watch(service.process.pid)
            visitors, stream = Visitors(service.port, short), Stream(cluster, service.port, [short, long], most_waiting=400, lines=4)
            time.sleep(20)
            rate = watch.end()
            for load in (visitors, stream):
                load.end()
            print(f"server, {sum(visitors.answers.values()) / 20:.0f} requests/s, {len(stream.accepted)} recordings and {len(visitors.uploaded)} uploads "
                  f"taken in 20 s: {rate}; failed: {(visitors.failed + stream.refused)[:2]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
