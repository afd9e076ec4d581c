"""Runs the real `chasqui serve` on a free port, and asks it as a client would."""

import http.client
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from support.program import CHASQUI, patience


@dataclass
class Answer:
    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes

    def json(self):
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()

    def ok(self, status: int = 200) -> "Answer":
        assert self.status == status, f"expected {status}, got {self.status}: {self.body[:600]!r}"
        return self

    def problem(self, status: int, slug: str | None = None) -> dict:
        """Asserts that this is a problem document of the given status."""
        self.ok(status)
        assert self.headers.get("content-type") == "application/problem+json", self.headers
        document = self.json()
        assert document["status"] == status and document["type"].startswith("/problems/") and document["title"] and document["detail"]
        assert slug is None or document["type"] == f"/problems/{slug}", document
        return document


class Service:
    servers = None  # of tests/cluster: every service then runs the cluster engine, with a database of its own per data folder
    databases: dict[Path, str] = {}

    def __init__(self, folder: Path, *flags: str, environment=None, data="data", preexec=None, port=0):
        self.preexec, self.wanted_port = preexec, port
        self.program = CHASQUI
        self.data = folder / data
        self.spool = folder / "spool"
        self.spool.mkdir(exist_ok=True)
        self.log_path = folder / "service.log"
        self.flags = flags
        kept = {k: v for k, v in os.environ.items() if not k.startswith("CHASQUI_")}
        self.environment = kept | {"TMPDIR": str(self.spool), "LC_ALL": "C.UTF-8"} | (environment or {})
        if Service.servers and "CHASQUI_SERVICE_ENGINE" not in self.environment:
            self.use_cluster()
        self.process = None
        self.port = 0

    def use_cluster(self) -> None:
        is_new = self.data not in Service.databases
        database = Service.databases.setdefault(self.data, Service.servers.postgres.new_database() if is_new else "")
        self.environment |= {"CHASQUI_SERVICE_ENGINE": "cluster", "CHASQUI_DATABASE_URL": Service.servers.postgres.url(database),
                             "CHASQUI_BROKER_ADDRESSES": Service.servers.rabbit.address(), "CHASQUI_BROKER_PREFIX": database,
                             "CHASQUI_WORKER_LEASE_SECONDS": "4"}
        if is_new:
            subprocess.run([CHASQUI, "db", "migrate"], env=self.environment, check=True, capture_output=True, timeout=60)

    def __enter__(self) -> "Service":
        before = self.log_path.stat().st_size if self.log_path.exists() else 0
        log = self.log_path.open("ab")
        self.process = subprocess.Popen([self.program, "serve", "--data", self.data, "--port", str(self.wanted_port), *self.flags], stderr=log,
                                        stdin=subprocess.DEVNULL, env=self.environment, preexec_fn=self.preexec)
        log.close()

        def listening():
            found = re.search(r"listening on https?://[^ ]*:(\d+)/", self.log()[before:])
            assert found or self.process.poll() is None, f"ended at start: {self.log()}"
            return found and int(found[1])

        self.port = wait_until(listening, "did not begin to listen", 20)
        return self

    def log(self) -> str:
        return self.log_path.read_bytes().decode(errors="replace")

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.stop()
        assert "Sanitizer" not in self.log(), f"a sanitizer found a fault:\n{self.log()[-4000:]}"

    def stop(self, number=signal.SIGTERM, within=20) -> int:
        self.process.send_signal(number)
        try:
            return self.process.wait(patience(within))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"still running {within} s after {number.name}:\n{self.log()[-3000:]}") from None

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def restart(self) -> "Service":
        return self.__enter__()

    def ask(self, method: str, path: str, body=None, key: str | None = None, timeout: float = 60, **headers) -> Answer:
        """Header names are written with '_' for '-'."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=patience(timeout))
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if key:
            named["Authorization"] = f"Bearer {key}"
        try:
            connection.request(method, path, body, named)
            answer = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def get(self, path: str, **more) -> Answer:
        return self.ask("GET", path, **more)

    def raw(self, data: bytes, timeout: float = 10, shut: bool = False) -> bytes:
        """Whatever comes back for these very bytes, until the service closes or nothing comes for `timeout`."""
        with socket.create_connection(("127.0.0.1", self.port), patience(timeout)) as line:
            line.sendall(data)
            if shut:
                line.shutdown(socket.SHUT_WR)
            answer = b""
            try:
                while part := line.recv(65536):
                    answer += part
            except (TimeoutError, ConnectionResetError):
                pass
            return answer

    def post(self, recording: bytes, key=None, idempotency=None, **options) -> Answer:
        headers = {"Idempotency_Key": idempotency} if idempotency else {}
        return self.ask("POST", "/v1/episodes?" + urlencode(options), recording, key=key, Content_Type="audio/wav", **headers)

    def submit(self, recording: bytes, **more) -> str:
        answer = self.post(recording, **more)
        assert answer.status in (200, 202), answer
        return answer.json()["id"]

    def episode(self, id: str, key=None) -> dict:
        return self.get(f"/v1/episodes/{id}", key=key).ok().json()

    def until(self, id: str, *states: str, seconds: float = 60, key=None) -> dict:
        seen = {}

        def reached():
            seen.update(self.episode(id, key))
            return seen["state"] in states

        wait_until(reached, lambda: f"{id} is {seen}, not {states}\n{self.log()[-2000:]}", seconds, pause=0.02)
        return seen

    def finished(self, id: str, **more) -> dict:
        return self.until(id, "done", **more)

    def keys(self, *arguments: str) -> str:
        done = subprocess.run([CHASQUI, "keys", *arguments, "--data", self.data], env=self.environment, capture_output=True, timeout=60)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    def new_key(self, scopes: str, *more: str) -> str:
        return re.search(r"chasqui_[0-9a-f]+_[0-9a-f]+", self.keys("add", "--scopes", scopes, *more))[0]

    def sql(self, statement: str) -> None:
        """As another process would."""
        if self.data in Service.databases:
            Service.servers.postgres.sql(statement, Service.databases[self.data])
            return
        with sqlite3.connect(self.data / "chasqui.db", timeout=20) as other:
            other.execute(statement)

    def blobs(self) -> set[str]:
        return {path.name for path in (self.data / "blobs").rglob("*") if path.is_file()}

    def blob(self, id: str) -> Path:
        return self.data / "blobs" / id[:2] / id


def wait_until(condition, complaint, seconds: float = 10, pause: float = 0.005):
    """Polls until `condition` gives something true, and gives that."""
    deadline = time.monotonic() + patience(seconds)
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(pause)
    raise AssertionError(complaint() if callable(complaint) else complaint)


def multipart(fields: dict[str, str], files: dict[str, tuple[str, bytes]], boundary="----frontera42") -> tuple[bytes, str]:
    """The body and its Content-Type."""
    parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n'.encode() for n, v in fields.items()]
    parts += [f'--{boundary}\r\nContent-Disposition: form-data; name="{n}"; filename="{name}"\r\nContent-Type: audio/wav\r\n\r\n'.encode() + data
              + b"\r\n" for n, (name, data) in files.items()]
    return b"".join(parts) + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def problem_of(answer: bytes) -> int:
    """The status of a raw answer, which must be a problem document."""
    assert answer.startswith(b"HTTP/1.1 "), answer[:200]
    assert b"Content-Type: application/problem+json" in answer, answer[:600]
    return int(answer.split()[1])
