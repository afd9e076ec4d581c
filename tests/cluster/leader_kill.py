"""Three brokers, one database: kill -9 of the queue's leader, then of all brokers, under a stream of submissions.

leader_kill.py [ROUNDS]"""

import sys
import tempfile
import threading
import time
from pathlib import Path

sys.dont_write_bytecode = True
sys.path[:0] = [str(Path(__file__).parent)]
from cluster import Cluster, wait_for  # noqa: E402
from fault_campaign import Client, variants  # noqa: E402
from servers import Postgres, Rabbit, free_port  # noqa: E402


class Servers:
    def __init__(self, folder: Path):
        names, epmd = ("one", "two", "three"), free_port()
        self.postgres = Postgres(folder)
        self.nodes = [Rabbit(folder, name, epmd, names) for name in names]
        self.rabbit = self.nodes[0]

    def __enter__(self):
        self.postgres.start()
        for node in self.nodes:
            node.start(wait=False)
        for node in self.nodes:
            node.wait()
        self.nodes[0].ctl("await_online_nodes", "3")
        return self

    def __exit__(self, *_):
        for node in reversed(self.nodes):
            node.stop()
        self.postgres.stop()


def main() -> int:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    with tempfile.TemporaryDirectory(prefix="chasqui-leader-") as name, Servers(Path(name) / "servers") as servers:
        folder = Path(name)
        folder.chmod(0o755)
        with Cluster(servers, folder, CHASQUI_BROKER_ADDRESSES=",".join(node.address() for node in servers.nodes)) as cluster:
            service = cluster.serve()
            cluster.worker()
            client = Client([service], variants(folder), 1)
            client.start()

            def done():
                return cluster.states().get("done", 0)

            def next_done(what):
                before, begun = done(), time.monotonic()
                wait_for(lambda: done() > before, lambda: f"nothing was finished for 60 s after {what}", 60, 0.05)
                print(f"{what}: the next episode was finished after {time.monotonic() - begun:.1f} s", flush=True)

            next_done("start")
            for _ in range(rounds):
                alive = servers.nodes[0].ctl("list_queues", "name", "leader")
                leader = next(line.split()[1] for line in alive.splitlines() if line.startswith(f"{cluster.database}.work.normal"))
                node = next(one for one in servers.nodes if one.node == leader)
                node.kill()
                next_done(f"kill -9 of the leader, {leader}")
                node.start()
                servers.nodes[0].ctl("await_online_nodes", "3")
            for node in servers.nodes:
                node.kill()
            starting = [threading.Thread(target=node.start) for node in servers.nodes]
            for one in starting:
                one.start()
            for one in starting:
                one.join()
            next_done("return of all brokers")
            client.ending.set()
            client.join()
            wait_for(lambda: not set(cluster.states()) & {"queued", "running"}, lambda: str(cluster.states()), 300, 0.5)
            states = cluster.states()
            wait_for(lambda: cluster.messages() == 0, lambda: str(servers.rabbit.messages()), 60, 1)
            print(f"{len(client.accepted)} accepted; {states}; no message is left")
            return 0 if states == {"done": len(client.accepted)} and not client.trouble else 1


if __name__ == "__main__":
    sys.exit(main())
