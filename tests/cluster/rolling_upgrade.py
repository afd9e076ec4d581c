"""Two servers behind a balancer and two workers are replaced one by one under load; no request fails and no job is lost.

rolling_upgrade.py [--from BUILD] [ROUNDS]: BUILD is a folder with another version's chasqui and chasqui-decode. It makes the tables
and begins; the first round puts this version in its place, after migrating the tables, the second goes back, and so on by turns."""

import argparse
import base64
import hashlib
import http.client
import sys
import threading
import time
from collections import Counter
from pathlib import Path

sys.dont_write_bytecode = True
sys.path[:0] = [str(Path(__file__).parent)]
from balancer import Balancer  # noqa: E402
from cluster import Cluster  # noqa: E402
from load import Stream, all_done_once  # noqa: E402
from servers import free_port, servers_in_a_folder, wait_for  # noqa: E402
from support.program import CHASQUI, patience  # noqa: E402

LEAVE = 2  # server.leave_seconds, longer than the balancer needs to notice


class Visitors:
    """Reads over connections that are kept, and resumable uploads in small pieces, without a pause."""

    def __init__(self, port: int, recording: bytes):
        self.port, self.recording = port, recording
        self.answers, self.failed = Counter(), []
        self.uploaded: list[str] = []
        self.ending = threading.Event()
        self.threads = [threading.Thread(target=work, daemon=True) for work in (self.read, self.read, self.upload)]
        for thread in self.threads:
            thread.start()

    def ask(self, line, method: str, path: str, body=None, **headers):
        line.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = line.getresponse()
        content = answer.read()
        self.answers[method] += 1
        if answer.status >= 400:
            self.failed.append(f"{method} {path}: {answer.status} {content[:200]!r}")
        return answer

    def repeat(self, what) -> None:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        while not self.ending.is_set():
            try:
                what(line)
            except (OSError, http.client.HTTPException) as broken:
                self.failed.append(repr(broken))
                line.close()

    def read(self) -> None:
        self.repeat(lambda line: self.ask(line, "GET", "/v1/episodes?limit=5"))

    def upload(self) -> None:
        self.repeat(self.one_upload)

    def one_upload(self, line) -> None:
        number = len(self.uploaded) + 1
        body = self.recording + b"\1\1" * number
        name = base64.b64encode(f"subida {number}".encode()).decode()
        made = self.ask(line, "POST", "/v1/uploads", Tus_Resumable="1.0.0", Upload_Length=str(len(body)), Upload_Metadata=f"title {name}")
        where = made.getheader("Location", "")
        if not where:
            return
        step = len(body) // 4 + 1
        for offset in range(0, len(body), step):
            self.ask(line, "PATCH", where, body[offset:offset + step], Tus_Resumable="1.0.0", Upload_Offset=str(offset),
                     Content_Type="application/offset+octet-stream")
        self.uploaded.append(where)
        time.sleep(0.3)

    def end(self) -> None:
        self.ending.set()
        for thread in self.threads:
            thread.join(90)


def replace(cluster, balancer, number: int) -> None:
    """One server goes as a pod does, and another takes its place at the same address."""
    service = cluster.services[number]
    service.stop(within=60)
    balancer.wait(number, False, 20)
    service.program = cluster.program
    service.restart()
    balancer.wait(number, True, 40)


def drill(servers, folder: Path, recording: bytes, rounds: int, previous: Path = CHASQUI) -> dict:
    environment = {"CHASQUI_SERVER_LEAVE_SECONDS": str(LEAVE), "CHASQUI_LOG_FORMAT": "json", "CHASQUI_WORKER_DRAIN_SECONDS": "3",
                   "CHASQUI_SERVER_CONNECTIONS_PER_ADDRESS": "2000"}
    with Cluster(servers, folder, program=previous, **environment) as cluster:
        ports = [free_port(), free_port()]
        for port in ports:
            cluster.serve(port=port)
        for _ in range(2):
            cluster.worker()
        balancer = Balancer(folder, ports)
        stream = visitors = None
        try:
            for number in range(2):
                balancer.wait(number, True, 40)
            stream = Stream(cluster, balancer.port, [recording])
            visitors = Visitors(balancer.port, recording)
            for done in range(rounds):
                cluster.program = (CHASQUI, previous)[done % 2]
                if done == 0:
                    cluster.chasqui("db", "migrate")
                for number in range(2):
                    replace(cluster, balancer, number)
                    leaving = cluster.workers[-2]
                    cluster.worker()
                    assert leaving.stop(within=60) == 0, leaving.log()[-2000:]
            wait_for(lambda: visitors.uploaded, lambda: f"no upload was ended: {visitors.failed[:3]}", patience(20))
        finally:
            for load in (stream, visitors):
                if load:
                    load.end()
            balancer.end()
        assert not visitors.failed and not stream.refused, f"failed requests: {(visitors.failed + stream.refused)[:5]}"
        made = [cluster.sql(f"SELECT job FROM idempotency WHERE name = 'upload {where.rsplit('/', 1)[1]}'")[0][0] for where in visitors.uploaded]
        assert len(set(made)) == len(made), "an upload became two episodes, or two one"
        # Those that were ended but not noted above, too.
        stream.accepted += [row[0] for row in cluster.sql("SELECT job FROM idempotency WHERE name LIKE 'upload %'")]
        all_done_once(cluster, stream, cluster.services[0], patience(240))
        return {"accepted": len(stream.accepted), "uploads": len(made), "requests": sum(visitors.answers.values()) + len(stream.accepted) - len(made)}


def main() -> int:
    from support import speech
    from support.media import write_wav

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="previous", type=Path, metavar="BUILD", default=CHASQUI.parent)
    parser.add_argument("rounds", type=int, nargs="?", default=5)
    asked = parser.parse_args()
    rounds, previous = asked.rounds, asked.previous.resolve() / "chasqui"
    for name, program in (("previous", previous), ("this", CHASQUI)):
        print(f"{name}: {program}, SHA-256 {hashlib.sha256(program.read_bytes()).hexdigest()[:12]}", flush=True)
    with servers_in_a_folder("roll") as (folder, servers):
        recording = write_wav(folder / "a.wav", speech.prompt("demo-congrats", 6)).read_bytes()
        found = drill(servers, folder, recording, rounds, previous)
        print(f"{rounds} rounds, each replacing both servers and both workers: {found['requests']} requests, none failed; {found['accepted']} episodes "
              f"({found['uploads']} by resumable upload), each done once")
    return 0


if __name__ == "__main__":
    sys.exit(main())
