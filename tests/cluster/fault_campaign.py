"""Random faults under a stream of submissions, on real servers: every episode that was accepted is done exactly once, with the
bytes that a calm run gives, and nothing is left behind.

fault_campaign.py [FAULTS [SEED [WORKERS]]]"""

import collections
import hashlib
import http.client
import json
import random
import sys
import threading
import time
from pathlib import Path

sys.dont_write_bytecode = True
sys.path[:0] = [str(Path(__file__).parent)]
from cluster import Cluster, Servers, Service, wait_for  # noqa: E402
from proxy import Proxy  # noqa: E402
from servers import servers_in_a_folder  # noqa: E402
from support import speech  # noqa: E402
from support.media import write_wav  # noqa: E402

GONE = (OSError, http.client.HTTPException)


def variants(folder: Path) -> list[tuple[bytes, dict]]:
    sounds = [write_wav(folder / f"{i}.wav", speech.prompt("demo-congrats", 2 + i)).read_bytes() for i in range(3)]
    return [(sound, {"bitrate": rate}) for sound in sounds for rate in (6, 8, 10)]


class Client(threading.Thread):
    """Hands in without end; goes on after every interruption as a client should. A tail makes each recording new."""

    def __init__(self, services, known, seed):
        super().__init__(daemon=True)
        self.services, self.known, self.random = services, known, random.Random(seed)
        self.accepted: dict[str, tuple[bytes, dict]] = {}
        self.trouble: list[str] = []
        self.ending = threading.Event()
        self.seed = seed

    def run(self):
        number = 0
        while not self.ending.is_set():
            sound, options = self.random.choice(self.known)
            number += 1
            data = sound + b"\0" * (2 * number) + self.seed.to_bytes(2, "little") * 2
            while not self.ending.is_set():
                try:
                    answer = self.random.choice(self.services).post(data, idempotency=f"{self.seed}-{number}", **options)
                    if answer.status in (200, 202):
                        self.accepted[answer.json()["id"]] = data, options
                        break
                    if answer.status not in (503, 500):
                        self.trouble.append(f"POST: {answer.status} {answer.body[:200]}")
                        break
                except GONE:
                    pass
                self.ending.wait(0.05)
            self.ending.wait(self.random.uniform(0.3, 1.5))


class Campaign:
    def __init__(self, servers: Servers, cluster: Cluster, chance: random.Random, workers: int):
        self.servers, self.cluster, self.chance = servers, cluster, chance
        self.database, self.broker = Proxy(servers.postgres.port), Proxy(servers.rabbit.port)
        for name, value in (("DATABASE_URL", servers.postgres.url(cluster.database, self.database.port)),
                            ("BROKER_ADDRESSES", servers.rabbit.address(self.broker.port)), ("DATABASE_STATEMENT_SECONDS", "5")):
            cluster.environment[f"CHASQUI_{name}"] = cluster.all[f"CHASQUI_{name}"] = value
        self.services = [cluster.serve() for _ in range(2)]
        for _ in range(workers):
            cluster.worker()
        self.did = collections.Counter()
        self.recoveries: dict[str, list[float]] = collections.defaultdict(list)

    def kill_worker(self):
        worker = self.chance.choice(self.cluster.workers)
        worker.kill()
        worker.start()

    def stop_worker(self):
        worker = self.chance.choice(self.cluster.workers)
        worker.stop()
        worker.start()

    def kill_server(self):
        service = self.chance.choice(self.services)
        service.kill()
        service.restart()

    def kill_broker(self):
        self.servers.rabbit.kill()
        time.sleep(self.chance.uniform(0, 2))
        self.servers.rabbit.start()
        self.recovery("broker")

    def kill_database(self):
        self.servers.postgres.kill()
        time.sleep(self.chance.uniform(0, 2))
        self.servers.postgres.start()
        self.recovery("database")

    def recovery(self, what: str):
        """How long until the next episode is finished."""
        begun = time.monotonic()
        before = self.done()
        wait_for(lambda: self.done() > before, lambda: f"no episode was finished within 60 s after the {what} returned", 60, 0.1)
        self.recoveries[what].append(time.monotonic() - begun)

    def done(self) -> int:
        return int(self.cluster.sql("SELECT count(*) FROM jobs WHERE state = 'done'")[0][0])

    def cut_database(self):
        self.database.cut()

    def cut_broker(self):
        self.broker.cut()

    def silence(self):
        proxy = self.chance.choice([self.database, self.broker])
        proxy.silent.set()
        time.sleep(self.chance.uniform(0.5, 6))
        proxy.silent.clear()

    def delay(self):
        proxy = self.chance.choice([self.database, self.broker])
        proxy.delay = self.chance.uniform(0.01, 0.1)
        time.sleep(self.chance.uniform(0.5, 2))
        proxy.delay = 0

    def slow_database(self):
        """Somebody holds the table for a while."""
        self.cluster.sql("BEGIN; LOCK TABLE jobs IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(1.5); COMMIT")

    def full_disk(self):
        """The broker believes so, and takes nothing."""
        self.servers.rabbit.ctl("set_disk_free_limit", "100000GB")
        time.sleep(self.chance.uniform(0.5, 3))
        self.servers.rabbit.ctl("set_disk_free_limit", "50MB")

    def duplicate(self):
        self.cluster.sql("INSERT INTO outbox (job, priority, not_before) SELECT id, 0, 0 FROM jobs ORDER BY random() LIMIT 5")

    def poison(self):
        self.cluster.sql("INSERT INTO outbox (job, priority, not_before) VALUES ('poison', 0, 0)")

    def fault(self):
        # Broker and database take seconds to return, so that they are not everything that happens.
        kinds = [self.kill_worker] * 6 + [self.stop_worker] * 2 + [self.kill_server] * 4 + [self.kill_database] * 2 + [self.kill_broker, self.full_disk] + [
            self.cut_database, self.cut_broker, self.silence, self.delay, self.slow_database, self.duplicate, self.poison] * 2
        kind = self.chance.choice(kinds)
        kind()
        self.did[kind.__name__] += 1


def calm_run(folder: Path, accepted: dict[str, tuple[bytes, dict]]) -> dict[str, str]:
    """The same recordings through one process, in which nothing goes wrong: what became of each."""
    folder.mkdir()
    limits = {"CHASQUI_LIMITS_QUEUE": "1000000", "CHASQUI_ACCESS_SUBMISSIONS_PER_HOUR": "1000000", "CHASQUI_ACCESS_REQUESTS_PER_MINUTE": "10000000"}
    with Service(folder, "--open", "--workers", "2", environment=limits) as service:
        ids = {id: service.submit(data, **options) for id, (data, options) in accepted.items()}
        return {id: service.finished(calm, seconds=1200)["output"]["sha256"] for id, calm in ids.items()}


def judge(campaign: Campaign, clients: list[Client]) -> dict:
    """Waits until everything has ended; what came of it, and what should not be so."""
    cluster = campaign.cluster
    trouble = [text for client in clients for text in client.trouble]
    accepted = {id: handed for client in clients for id, handed in client.accepted.items()}
    wait_for(lambda: not (set(cluster.states()) & {"queued", "running"}), lambda: f"stuck: {cluster.states()}", 900, 1)
    rows = {row[0]: row for row in cluster.sql("SELECT id, state, output, attempts, lapses, work_key FROM jobs")}
    trouble += [f"{id}: accepted, but not there" for id in accepted if id not in rows]
    trouble += [f"{row[0]}: is {row[1]}" for row in rows.values() if row[1] != "done"]
    twice = [key for key, count in collections.Counter(row[5] for row in rows.values()).items() if count > 1]
    trouble += [f"work {key} has several jobs" for key in twice]
    service = campaign.services[0]
    calm = calm_run(cluster.folder / "calm", accepted)
    trouble += [f"{id}: other bytes than in the calm run" for id in accepted if id in rows and rows[id][2] != calm[id]]
    for id in random.Random(0).sample(sorted(accepted), min(40, len(accepted))):
        body = service.get(f"/v1/episodes/{id}/audio.opus").ok().body
        if hashlib.sha256(body).hexdigest() != rows[id][2]:
            trouble.append(f"{id}: what is served is not what was made")
    letters = cluster.sql("SELECT body, reason FROM dead_letters")
    trouble += [f"dead letter: {letter}" for letter in letters if letter[0] != "poison"]
    wait_for(lambda: cluster.sql("SELECT count(*) FROM outbox") == [["0"]], "the outbox is not empty", 60, 0.5)
    wait_for(lambda: cluster.messages() == 0, lambda: f"messages are left: {campaign.servers.rabbit.messages()}", 90, 2)
    return {"accepted": len(accepted), "jobs": len(rows), "lost_workers": sum(int(row[4]) for row in rows.values()), "dead_letters": len(letters),
            "trouble": trouble}


def storm(folder: Path, servers: Servers, faults: int, seed: int, workers: int) -> dict:
    chance = random.Random(seed)
    begun = time.monotonic()
    known = variants(folder)
    (folder / "storm").mkdir()
    with Cluster(servers, folder / "storm") as cluster:
        campaign = Campaign(servers, cluster, chance, workers)
        clients = [Client(campaign.services, known, seed * 100 + i) for i in range(2)]
        for client in clients:
            client.start()
        for number in range(faults):
            campaign.fault()
            time.sleep(chance.uniform(0, 0.5))
            if number % 25 == 24:
                print(f"{number + 1} faults, {sum(len(c.accepted) for c in clients)} accepted, {cluster.states()}", file=sys.stderr, flush=True)
        for client in clients:
            client.ending.set()
        for client in clients:
            client.join()
        spent = time.monotonic() - begun
        return {"faults": dict(campaign.did), "seconds": spent, "recoveries_s": campaign.recoveries} | judge(campaign, clients)


def main() -> int:
    faults, seed, workers = (int(value) for value in [*sys.argv[1:], *["300", "1", "2"][len(sys.argv) - 1:]])
    with servers_in_a_folder("faults") as (folder, servers):
        outcome = storm(folder, servers, faults, seed, workers)
    print(json.dumps(outcome, indent=1))
    return 1 if outcome["trouble"] else 0


if __name__ == "__main__":
    sys.exit(main())
