"""PostgreSQL, RabbitMQ and S3 are killed one after the other, and each stays away for minutes, under a stream of submissions and with a long
episode under way.

outage_drill.py [SECONDS [ENGINE]]"""

import json
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True
sys.path[:0] = [str(Path(__file__).parent)]
from cluster import Cluster, Servers, wait_for  # noqa: E402
from fault_campaign import Client, variants  # noqa: E402
from s3 import S3  # noqa: E402
from servers import servers_in_a_folder  # noqa: E402
from support import speech  # noqa: E402
from support.media import write_wav  # noqa: E402


def long_recording(folder: Path) -> bytes:
    import numpy as np

    return write_wav(folder / "long.wav", np.tile(speech.prompt("demo-congrats", 20), 30)).read_bytes()


def drill(folder: Path, servers: Servers, seconds: float, only: str = "") -> dict:
    """What was accepted while each was away, and how long after its return the next episode was finished. Asserts that all that was
    accepted is done in the end, with the bytes that are named, and nothing is left."""
    (folder / "storm").mkdir()
    with S3(folder / "s3") as objects, Cluster(servers, folder / "storm", **objects.environment()) as cluster:
        engines = {"PostgreSQL": servers.postgres, "RabbitMQ": servers.rabbit, "S3": objects}
        engines = {only: engines[only]} if only else engines
        service, worker = cluster.serve(), cluster.worker()
        client = Client([service], variants(folder), 1)
        client.start()
        recording = long_recording(folder)
        outcome = {}

        def done() -> int:
            return cluster.states().get("done", 0)

        wait_for(lambda: done() > 2, service.log)
        for number, (name, engine) in enumerate(engines.items(), 1):
            long_one = service.submit(recording + b"\0\0" * number)
            service.until(long_one, "running")
            # It has its recording. Else it would be encoded after the return, and nothing else finished before it.
            wait_for(lambda: list((worker.folder / "data/work").glob(f"{long_one}.*")), worker.log, pause=0.01)
            engine.kill()
            before = len(client.accepted)
            time.sleep(seconds)
            accepted = len(client.accepted) - before
            engine.start()
            already, begun = done(), time.monotonic()
            wait_for(lambda: done() > already, lambda: f"nothing was finished for 60 s after {name} returned\n{service.log()[-3000:]}", 60, 0.02)
            recovered = time.monotonic() - begun
            assert service.finished(long_one, seconds=120)["attempts"] == 1
            outcome[name] = {"away_s": seconds, "accepted_meanwhile": accepted, "finished_after_s": recovered}
        client.ending.set()
        client.join()
        assert not client.trouble, client.trouble
        wait_for(lambda: not cluster.states().keys() & {"queued", "running"}, lambda: str(cluster.states()), 300, 0.5)
        assert cluster.states() == {"done": len(client.accepted) + len(engines)}, (cluster.states(), len(client.accepted))
        wait_for(lambda: cluster.messages() == 0, lambda: str(servers.rabbit.messages()), 60, 1)
        assert cluster.sql("SELECT count(*) FROM outbox") == [["0"]]
        stored = objects.objects()
        assert all(output in stored for (output,) in cluster.sql("SELECT output FROM jobs"))
        lapses, attempts = cluster.sql("SELECT sum(lapses), max(attempts) FROM jobs")[0]
        return {"outages": outcome, "accepted": len(client.accepted), "leases_lapsed": int(lapses), "most_attempts": int(attempts)}


def main() -> int:
    seconds, only = (*sys.argv[1:], *("75", "")[len(sys.argv) - 1:])
    with servers_in_a_folder("outage") as (folder, servers):
        print(json.dumps(drill(folder, servers, float(seconds), only), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
