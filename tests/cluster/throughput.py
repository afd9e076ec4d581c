"""What the cluster engine costs and what a second worker brings: episodes of ten minutes through one embedded process, through a
server and one worker, and through two, by turns.

Every encoder has one thread and one core. Embedded: the process has core 0 to itself. One worker: PostgreSQL, RabbitMQ, server and
worker share core 0, so that all that the engine costs is counted. Two workers: one on each core; the servers may use both, and do so with
the one worker that they are held against. Beside it what the machine gives two `chasqui compress` on two cores, which share nothing.

throughput.py [EPISODES [ROUNDS]]"""

import contextlib
import datetime
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True
sys.path[:0] = [str(Path(__file__).parent)]
from cluster import CHASQUI, Cluster, Servers, Service  # noqa: E402
from support import speech  # noqa: E402
from support.media import RATE, ffmpeg, write_wav  # noqa: E402

MINUTES = 10
ONE_THREAD = {"CHASQUI_COMPRESS_THREADS": "1", "CHASQUI_WORKER_COUNT": "1", "CHASQUI_WORKER_LEASE_SECONDS": "30"}
BOTH = {0, 1}


@contextlib.contextmanager
def on_cores(cores: set[int]):
    """What is started within runs there."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def episodes(folder: Path, count: int) -> list[bytes]:
    """MP3, 64 kb/s; the same speech, but each begins elsewhere, so that none is done with another's work."""
    import numpy as np

    once = np.concatenate([speech.prompt(name, 20) for name in ("demo-congrats", "demo-abouttotry")])
    made = []
    for number in range(count):
        path = write_wav(folder / f"{number}.wav", np.resize(np.roll(once, number * RATE), MINUTES * 60 * RATE))
        ffmpeg("-i", path, "-c:a", "libmp3lame", "-b:a", "64k", path.with_suffix(".mp3"))
        path.unlink()
        made.append(path.with_suffix(".mp3").read_bytes())
    return made


def per_hour(service: Service, recordings: list[bytes]) -> float:
    """Episodes, from the acceptance of the first to the end of the last."""
    ids = [service.submit(data) for data in recordings]
    ended = []
    for id in ids:
        while (episode := service.episode(id))["state"] != "done":
            assert episode["state"] in ("queued", "running"), episode
            time.sleep(0.25)
        ended.append(episode)
    moments = {key: [datetime.datetime.fromisoformat(one[key]) for one in ended] for key in ("created", "updated")}
    return len(ids) * 3600 / (max(moments["updated"]) - min(moments["created"])).total_seconds()


def embedded(folder: Path, recordings: list[bytes]) -> float:
    with on_cores({0}), Service(folder, "--open", environment=ONE_THREAD) as service, on_cores({1}):
        return per_hour(service, recordings)


def clustered(folder: Path, recordings: list[bytes], servers_on: set[int], workers_on: list[int]) -> float:
    with on_cores(servers_on), Servers(folder / "servers") as servers, Cluster(servers, folder, **ONE_THREAD) as cluster:
        service = cluster.serve(CHASQUI_WORKER_COUNT="0")
        for core in workers_on:
            with on_cores({core}):
                cluster.worker()
        while len(cluster.sql("SELECT name FROM workers")) < len(workers_on):
            time.sleep(0.1)
        with on_cores({1} if servers_on == {0} else BOTH):
            rate = per_hour(service, recordings)
        assert [worker.stop() for worker in cluster.workers] == [0] * len(workers_on)
        return rate


def alone(folder: Path, recordings: list[bytes], cores: list[int]) -> float:
    """The same work by the command line, on each core its share of it."""
    inputs = [folder / f"{number}.mp3" for number in range(len(recordings))]
    for path, data in zip(inputs, recordings):
        path.write_bytes(data)
    (folder / "out").mkdir()
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CHASQUI_")}
    begun = time.monotonic()
    running = []
    for number, core in enumerate(cores):
        with on_cores({core}):
            running.append(subprocess.Popen([CHASQUI, "compress", *inputs[number::len(cores)], "-o", folder / "out", "--threads", "1"], env=environment,
                                            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
    assert [one.wait() for one in running] == [0] * len(cores)
    return len(recordings) * 3600 / (time.monotonic() - begun)


KINDS = {
    "embedded": embedded,
    "one worker, all on one core": lambda folder, recordings: clustered(folder, recordings, {0}, [0]),
    "one worker": lambda folder, recordings: clustered(folder, recordings, BOTH, [1]),
    "two workers": lambda folder, recordings: clustered(folder, recordings, BOTH, [0, 1]),
    "one command": lambda folder, recordings: alone(folder, recordings, [1]),
    "two commands": lambda folder, recordings: alone(folder, recordings, [0, 1]),
}
RATIOS = {"cluster / embedded": ("one worker, all on one core", "embedded"), "two workers / one": ("two workers", "one worker"),
          "two commands / one": ("two commands", "one command")}


def one_round(folder: Path, count: int, number: int) -> dict[str, float]:
    """Episodes per hour of each kind, in an order that turns around with every round."""
    if not BOTH <= os.sched_getaffinity(0):
        raise SystemExit("throughput.py: it takes two cores, 0 and 1")
    recordings = episodes(folder, count)
    run = {}
    for kind in list(KINDS) if number % 2 == 0 else reversed(KINDS):
        (at := folder / f"{number} {kind}".replace(" ", "-").replace(",", "")).mkdir()
        run[kind] = KINDS[kind](at, recordings)
        print(f"{kind}: {run[kind]:.1f} episodes/h", file=sys.stderr, flush=True)
    return run


def summary(count: int, runs: list[dict[str, float]]) -> dict:
    """With the medians of the rounds' ratios."""
    ratios = {name: statistics.median(run[a] / run[b] for run in runs) for name, (a, b) in RATIOS.items()}
    return {"episodes": count, "minutes": MINUTES, "runs": runs, "medians": {kind: statistics.median(run[kind] for run in runs) for kind in KINDS},
            "ratios": ratios}


def main() -> int:
    count, rounds = (int(value) for value in [*sys.argv[1:], *["4", "3"][len(sys.argv) - 1:]])
    runs = []
    for number in range(rounds):
        with tempfile.TemporaryDirectory(prefix="chasqui-throughput-") as name:
            Path(name).chmod(0o755)
            runs.append(one_round(Path(name), count, number))
    print(json.dumps(summary(count, runs), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
