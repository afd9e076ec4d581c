"""Many short recordings at once: how fast they are accepted, that all are done, how long each waits, and what memory it takes.

queue_load.py [RECORDINGS [WORKERS]]"""

import http.client
import json
import statistics
import struct
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.dont_write_bytecode = True
sys.path[:0] = [str(Path(__file__).parent)]
from cluster import Cluster, Servers, Service, wait_for  # noqa: E402
from memory import Memory  # noqa: E402

LINES = 16


def recording(number: int) -> bytes:
    """A quarter of a second of a tone of its own."""
    samples = b"".join(struct.pack("<h", (i * (number % 97 + 3) * 37) % 8000 - 4000) for i in range(2000)) + struct.pack("<i", number)
    return b"RIFF" + struct.pack("<I", 36 + len(samples)) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 16000, 2, 16) + b"data" + \
        struct.pack("<I", len(samples)) + samples


def hand_in(service: Service, bodies: list[bytes]) -> list[str]:
    """All of them, over several lines at once. Answers what was said to those that were refused."""
    numbers = iter(range(len(bodies)))
    lock = threading.Lock()
    refused: list[str] = []

    def one_after_the_other():
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

    lines = [threading.Thread(target=one_after_the_other) for _ in range(LINES)]
    for line in lines:
        line.start()
    for line in lines:
        line.join()
    return refused


def waits(cluster: Cluster) -> dict:
    """How long the jobs waited, and whether they took their turns; all are of one priority."""
    rows = [(int(created), int(started)) for created, started in cluster.sql("SELECT created, started FROM jobs ORDER BY created, id")]
    seconds = sorted((started - created) / 1000 for created, started in rows)
    by_start = sorted(range(len(rows)), key=lambda place: rows[place][1])
    overtaken = max(turn - place for turn, place in enumerate(by_start))
    return {"p50_s": statistics.median(seconds), "p99_s": seconds[int(len(seconds) * 0.99)], "longest_s": seconds[-1], "overtaken_by": overtaken}


def measure(folder: Path, count: int, workers: int) -> dict:
    bodies = [recording(number) for number in range(count)]
    with Servers(folder / "servers") as servers, Cluster(servers, folder, CHASQUI_SERVER_IO_THREADS="16", CHASQUI_DATABASE_CONNECTIONS="20") as cluster:
        service = cluster.serve()
        memory = Memory({"server": service.process, "RabbitMQ": servers.rabbit.process, "PostgreSQL": servers.postgres.process})
        begun = time.monotonic()
        refused = hand_in(service, bodies)
        accepted = time.monotonic() - begun
        wait_for(lambda: cluster.sql("SELECT count(*) FROM outbox") == [["0"]], "the broker has not confirmed all", 120, 0.02)
        confirmed = time.monotonic() - begun
        memory.look()
        begun = time.monotonic()
        for number in range(workers):
            memory.watch(f"worker {number + 1}", cluster.worker().process)
        ages: list[float] = []
        while (states := cluster.states()).keys() & {"queued", "running"}:
            age = cluster.sql("SELECT extract(epoch FROM clock_timestamp()) - min(created) / 1000.0 FROM jobs WHERE state = 'queued'")[0][0]
            ages.append(float(age or 0))
            memory.look()
            time.sleep(1)
        drained = time.monotonic() - begun
        deadline = time.monotonic() + 30  # the broker counts now and then
        while (messages := cluster.messages()) and time.monotonic() < deadline:
            time.sleep(1)
        return {"recordings": count, "refused": refused[:3], "accepted": count - len(refused), "accepted_s": accepted, "confirmed_s": confirmed,
                "workers": workers, "states": states, "drained_s": drained, "oldest_s": max(ages), "messages_left": messages,
                "waits": waits(cluster), "memory_mib": memory.most, "memory_at_first_mib": memory.first}


def main() -> int:
    count, workers = (int(value) for value in [*sys.argv[1:], *["10000", "2"][len(sys.argv) - 1:]])
    with tempfile.TemporaryDirectory(prefix="chasqui-load-") as name:
        Path(name).chmod(0o755)
        result = measure(Path(name), count, workers)
    print(json.dumps(result, indent=1))
    print(f"accepted {result['accepted'] / result['accepted_s']:.0f}/s, done {result['states'].get('done', 0) / result['drained_s']:.1f}/s", file=sys.stderr)
    return 0 if result["states"] == {"done": count} and result["messages_left"] == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
