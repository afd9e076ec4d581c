"""Of three workers under load one is told to go, as when a deployment is scaled down, and one is killed.

scale_down.py [ROUNDS]: prints how long each that was told took to leave, and where it stands when nothing moves for minutes"""

import faulthandler
import socket
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True
sys.path[:0] = [str(Path(__file__).parent)]
from cluster import Cluster  # noqa: E402
from load import Stream, all_done_once  # noqa: E402
from servers import servers_in_a_folder, wait_for  # noqa: E402
from support.program import patience  # noqa: E402

GRACE = 60  # terminationGracePeriodSeconds of deploy/kubernetes/cluster/worker.yaml
DRAIN = 3  # what is nearly done is ended, what takes longer is given back
STILL = 300  # seconds without a round's end after which the drill says where it stands


def name_of(worker) -> str:
    """In the database. Jobs of a worker that was killed stay its own until their lease ends, and must not be counted."""
    return f"{socket.gethostname()}-{worker.process.pid}"


def drill(servers, folder: Path, recordings: list[bytes], rounds: int, report=lambda line: None) -> dict:
    with Cluster(servers, folder, CHASQUI_LOG_FORMAT="json", CHASQUI_WORKER_DRAIN_SECONDS=str(DRAIN)) as cluster:
        service = cluster.serve()
        workers = [cluster.worker() for _ in range(3)]
        stream = Stream(cluster, service.port, recordings)
        told = []
        try:
            for number in range(rounds):
                started = time.monotonic()
                names = {name_of(worker) for worker in workers}
                wait_for(lambda: names <= {row[0] for row in cluster.sql("SELECT worker FROM jobs WHERE state = 'running'")},
                         lambda: f"not all three work: {cluster.states()}", patience(60))
                leaving, killed = workers[0], workers[1]
                killed.kill()
                begun = time.monotonic()
                assert leaving.stop(within=GRACE) == 0, leaving.log()[-2000:]
                told.append(time.monotonic() - begun)
                assert told[-1] < GRACE, f"left after {told[-1]:.0f} s: Kubernetes would have killed it"
                workers = [workers[2], cluster.worker(), cluster.worker()]
                report(f"round {number + 1}: waited {begun - started:.1f} s for all three to work, left after {told[-1]:.1f} s, {cluster.states()}")
        finally:
            stream.end()
        assert not stream.refused, stream.refused[:3]
        all_done_once(cluster, stream, service, patience(240))
        lost, = cluster.sql("SELECT sum(lapses) FROM jobs")[0]
        return {"accepted": len(stream.accepted), "told_seconds": told, "killed_with_a_job": int(lost)}


def main() -> int:
    from support import speech
    from support.media import write_wav

    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 10

    def report(line: str) -> None:
        print(line, flush=True)
        faulthandler.dump_traceback_later(STILL, repeat=True)

    report("starting the servers")
    with servers_in_a_folder("scale") as (folder, servers):
        recordings = [write_wav(folder / f"{seconds}.wav", speech.prompt("demo-congrats", seconds)).read_bytes() for seconds in (6, 20)]
        found = drill(servers, folder, recordings, rounds, report)
        print(f"{rounds} rounds, {found['accepted']} accepted, each done once; {found['killed_with_a_job']} times a worker was killed with a job; "
              f"told to go, left after {min(found['told_seconds']):.1f} to {max(found['told_seconds']):.1f} s (grace {GRACE} s)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
