"""Submissions that never stop, and what must be true of them in the end."""

import hashlib
import http.client
import json
import threading
import time
from collections import Counter

from servers import wait_for


class Stream:
    """Hands in one recording after the other, each of its own bytes, while fewer than `most_waiting` are unfinished."""

    def __init__(self, cluster, port: int, recordings: list[bytes], most_waiting=12, lines=2):
        self.cluster, self.port, self.recordings, self.most_waiting = cluster, port, recordings, most_waiting
        self.accepted: list[str] = []
        self.refused: list[str] = []
        self.lock, self.ending, self.count = threading.Lock(), threading.Event(), 0
        self.threads = [threading.Thread(target=self.hand_in, daemon=True) for _ in range(lines)]
        for thread in self.threads:
            thread.start()

    def hand_in(self) -> None:
        while not self.ending.is_set():
            with self.lock:
                number, self.count = self.count, self.count + 1
            body = self.recordings[number % len(self.recordings)] + b"\0\0" * (number + 1)
            try:
                line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
                line.request("POST", "/v1/episodes", body, {"Content-Type": "audio/wav"})
                answer = line.getresponse()
                text = answer.read()
                line.close()
            except OSError as broken:
                self.refused.append(f"recording {number}: {broken!r}")
                continue
            if answer.status == 202:
                self.accepted.append(json.loads(text)["id"])
            else:
                self.refused.append(f"recording {number}: {answer.status} {text[:200]!r}")
            while not self.ending.is_set() and len(self.accepted) - self.done() >= self.most_waiting:
                time.sleep(0.1)

    def done(self) -> int:
        return self.cluster.states().get("done", 0)

    def end(self) -> None:
        self.ending.set()
        for thread in self.threads:
            thread.join(90)


def done_lines(logs: list[str]) -> Counter:
    """How often each job was handed in and taken, by the workers' JSON lines."""
    lines = [json.loads(line) for log in logs for line in log.splitlines() if line.endswith("}")]
    return Counter(line["job"] for line in lines if line["message"].startswith("done in "))


def all_done_once(cluster, stream: Stream, service, seconds: float) -> None:
    """No job lost, none doubled, every file whole."""
    assert stream.accepted, "nothing was handed in"
    total = len(stream.accepted)
    wait_for(lambda: cluster.states() == {"done": total}, lambda: f"of {total} accepted: {cluster.states()}", seconds)
    assert {row[0] for row in cluster.sql("SELECT id FROM jobs")} == set(stream.accepted)
    ended = done_lines([worker.log() for worker in cluster.workers])
    assert ended == Counter(stream.accepted), f"not once: {(ended - Counter(stream.accepted)) + (Counter(stream.accepted) - ended)}"
    for id in stream.accepted:
        episode = service.episode(id)
        audio = service.get(f"/v1/episodes/{id}/audio.opus").ok().body
        assert hashlib.sha256(audio).hexdigest() == episode["output"]["sha256"], id
    wait_for(lambda: cluster.messages() == 0, lambda: f"messages are left: {cluster.servers.rabbit.messages()}", 30, pause=0.5)
    assert cluster.sql("SELECT count(*) FROM outbox") == [["0"]]
