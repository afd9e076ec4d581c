"""kill -9 at random moments under a stream of submissions and uploads: nothing that was accepted may be lost or doubled."""

import hashlib
import http.client
import random
import sqlite3
import tempfile
import threading
import time
from pathlib import Path

from service_under_load import speech_wav, start
from tools import Context, check

KILLS, CLIENTS, SEED = 200, 2, 1
TUS = {"Tus_Resumable": "1.0.0"}
GONE = (OSError, http.client.HTTPException)


class Client(threading.Thread):
    """Hands in one recording after the other, every second by tus, and goes on after every interruption as a client should."""

    def __init__(self, service, recording: bytes, seed: int):
        super().__init__(daemon=True)
        self.service, self.recording, self.random = service, recording, random.Random(seed)
        self.accepted: dict[str, str] = {}  # episode: hash of its recording
        self.ending = threading.Event()
        self.trouble: list[str] = []

    def run(self):
        number = 0
        while not self.ending.is_set():
            data = self.recording + f"{self.name} {number}".encode().ljust(40)
            id = self.by_tus(data) if number % 2 else self.at_once(data)
            if id:
                self.accepted[id] = hashlib.sha256(data).hexdigest()
            number += 1
            self.ending.wait(self.random.uniform(0.1, 1.5))  # so that the worker keeps up, more or less

    def at_once(self, data: bytes) -> str:
        """Until it is accepted: the same again is the same episode."""
        while True:
            try:
                answer = self.service.post(data)
                if answer.status in (200, 202):
                    return answer.json()["id"]
                if answer.status != 503:
                    self.trouble.append(f"POST: {answer.status} {answer.body[:200]}")
                    return ""
            except GONE:
                pass
            if self.ending.wait(0.02):
                return ""

    def by_tus(self, data: bytes) -> str:
        path = None
        while True:
            try:
                if path is None:
                    path = self.service.ask("POST", "/v1/uploads", Upload_Length=str(len(data)), **TUS).ok(201).headers["location"]
                head = self.service.ask("HEAD", path, **TUS)
                if head.status == 404:  # its making was cut short after the answer was lost, never after it came
                    self.trouble.append(f"{path} is gone")
                    return ""
                if "chasqui-episode" in head.headers:
                    return head.headers["chasqui-episode"].rsplit("/", 1)[1]
                at = int(head.headers["upload-offset"])
                piece = data[at:at + self.random.randrange(20_000, 200_000)]
                self.service.ask("PATCH", path, piece, Upload_Offset=str(at), Content_Type="application/offset+octet-stream", **TUS)
            except (*GONE, AssertionError, KeyError):
                pass
            if self.ending.wait(0.01):
                return ""


def measure(context: Context) -> dict:
    chance = random.Random(SEED)
    with tempfile.TemporaryDirectory(dir=context.work / "tmp") as name:
        folder = Path(name)
        recording = speech_wav(folder / "a.wav", 6).read_bytes()
        with start(context, folder) as service:
            clients = [Client(service, recording, SEED + i) for i in range(CLIENTS)]
            for client in clients:
                client.start()
            for _ in range(KILLS):
                time.sleep(chance.uniform(0.02, 1.0))
                service.kill()
                service.restart()
            for client in clients:
                client.ending.set()
            for client in clients:
                client.join()
            accepted = {id: hash for client in clients for id, hash in client.accepted.items()}
            trouble = [text for client in clients for text in client.trouble]
            for id, hash in accepted.items():
                if service.finished(id, seconds=1200)["input"]["sha256"] != hash:
                    trouble.append(f"{id}: another recording")
                if not service.get(f"/v1/episodes/{id}/audio.opus").ok().body:
                    trouble.append(f"{id}: empty")
            service.stop()
            trouble += check_data(service, set(accepted.values()))
    return {"kills": KILLS, "accepted": len(accepted), "trouble": trouble, "checks": [
        check(f"{KILLS} times kill -9 under submissions and uploads", "all that was accepted done once, all files sound, no orphan after the sweep",
              f"{len(accepted)} accepted, " + (f"{len(trouble)} faults" if trouble else "all of it holds"), not trouble and len(accepted) > KILLS / 4)]}


def check_data(service, recordings: set[str]) -> list[str]:
    """Every file is what its name says; no recording has two jobs; what nobody knows goes with a sweep."""
    trouble = []
    with sqlite3.connect(service.data / "chasqui.db") as database:
        rows = database.execute("SELECT state, input, output, report FROM jobs").fetchall()
    inputs = [row[1] for row in rows]
    trouble += [f"recording {one} has {inputs.count(one)} jobs" for one in set(inputs) if inputs.count(one) != 1]
    trouble += [f"recording {one} has no job" for one in recordings - set(inputs)]
    trouble += [f"a job is {row[0]}" for row in rows if row[0] != "done"]
    known = {blob for row in rows for blob in row[1:]}
    for blob in service.blobs():
        if hashlib.sha256(service.blob(blob).read_bytes()).hexdigest() != blob:
            trouble.append(f"damaged: {blob}")
    trouble += [f"missing: {blob}" for blob in known - service.blobs()]
    if list((service.data / "work").iterdir()) or list((service.data / "corrupt").iterdir()):
        trouble.append("something is left in work or corrupt")
    service.environment["CHASQUI_DATA_SPARE_HOURS"] = "0"
    service.restart()
    deadline = time.monotonic() + 20  # the first sweep comes with the start
    while (left := service.blobs() - known) and time.monotonic() < deadline:
        time.sleep(0.1)
    return trouble + [f"not swept: {blob}" for blob in left]
