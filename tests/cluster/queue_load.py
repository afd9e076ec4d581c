"""Many short recordings at once: how fast they are accepted, and what becomes of them.

queue_load.py [RECORDINGS [SECONDS]]: waits for their ends for at most SECONDS (default: until all are done)"""

import http.client
import struct
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.dont_write_bytecode = True
sys.path[:0] = [str(Path(__file__).parent)]
from cluster import Cluster, Servers  # noqa: E402

LINES = 16


def recording(number: int) -> bytes:
    """A quarter of a second of a tone of its own."""
    samples = b"".join(struct.pack("<h", (i * (number % 97 + 3) * 37) % 8000 - 4000) for i in range(2000)) + struct.pack("<i", number)
    return b"RIFF" + struct.pack("<I", 36 + len(samples)) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 16000, 2, 16) + b"data" + \
        struct.pack("<I", len(samples)) + samples


def resident_mib(pid: int) -> float:
    return int(next(line.split()[1] for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))) / 1024


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    longest = float(sys.argv[2]) if len(sys.argv) > 2 else 36_000
    bodies = [recording(number) for number in range(count)]
    refused: list[str] = []
    with tempfile.TemporaryDirectory(prefix="chasqui-load-") as name, Servers(Path(name) / "servers") as servers:
        Path(name).chmod(0o755)
        with Cluster(servers, Path(name), CHASQUI_SERVER_IO_THREADS="16", CHASQUI_DATABASE_CONNECTIONS="20") as cluster:
            service = cluster.serve()
            numbers = iter(range(count))
            lock = threading.Lock()

            def hand_in():
                line = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
                while True:
                    with lock:
                        number = next(numbers, None)
                    if number is None:
                        return
                    line.request("POST", "/v1/episodes", bodies[number], {"Content-Type": "audio/wav"})
                    answer = line.getresponse()
                    text = answer.read()
                    if answer.status != 202:
                        refused.append(f"{answer.status} {text[:100]!r}")

            begun = time.monotonic()
            lines = [threading.Thread(target=hand_in) for _ in range(LINES)]
            for line in lines:
                line.start()
            for line in lines:
                line.join()
            accepted = time.monotonic() - begun
            while int(cluster.sql("SELECT count(*) FROM outbox")[0][0]):
                time.sleep(0.02)
            confirmed = time.monotonic() - begun
            print(f"{count - len(refused)} accepted in {accepted:.1f} s: {(count - len(refused)) / accepted:.0f}/s; all confirmed by the broker "
                  f"after {confirmed:.1f} s; server {resident_mib(service.process.pid):.0f} MiB", *refused[:3], flush=True)
            for _ in range(2):
                cluster.worker()
            begun = time.monotonic()
            while cluster.states().get("done", 0) < count and time.monotonic() - begun < longest:
                time.sleep(1)
            spent = time.monotonic() - begun
            memory = [f"{resident_mib(worker.process.pid):.0f}" for worker in cluster.workers]
            print(f"after {spent:.0f} s of two workers: {cluster.states()}, workers {', '.join(memory)} MiB, server "
                  f"{resident_mib(service.process.pid):.0f} MiB")
            return 0 if not refused and cluster.states().get("failed", 0) == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
