"""A whole cluster on this machine: the real servers, `serve --engine cluster` and `chasqui worker` processes."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "http"), str(Path(__file__).parent.parent / "cli")]
from servers import Servers, wait_for  # noqa: E402
from service import Service  # noqa: E402
from support.program import CHASQUI, patience  # noqa: E402


class Worker:
    def __init__(self, folder: Path, name: str, environment: dict[str, str], *flags: str):
        self.folder, self.environment, self.flags = folder / name, environment, flags
        self.folder.mkdir()
        self.log_path = self.folder / "worker.log"
        self.program = CHASQUI
        self.process = None

    def start(self) -> "Worker":
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen([self.program, "worker", "--data", self.folder / "data", *self.flags], stderr=log,
                                            stdin=subprocess.DEVNULL, env=self.environment)
        return self

    def log(self) -> str:
        return self.log_path.read_text(errors="replace")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self, within=20) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(patience(within))
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"still running {within} s after SIGTERM:\n{self.log()[-3000:]}") from None


class Cluster:
    """Processes of one test on servers that several tests share: a database and a prefix of queues of its own."""

    def __init__(self, servers: Servers, folder: Path, program: Path = CHASQUI, **environment):
        self.servers, self.folder = servers, folder
        self.program = program  # of what is started from now on
        self.database = servers.postgres.new_database()
        self.environment = {
            "CHASQUI_SERVICE_ENGINE": "cluster", "CHASQUI_SERVICE_SHARED_FOLDER": str(folder / "shared"),
            "CHASQUI_DATABASE_URL": servers.postgres.url(self.database), "CHASQUI_BROKER_ADDRESSES": servers.rabbit.address(),
            "CHASQUI_BROKER_PREFIX": self.database, "CHASQUI_WORKER_COUNT": "0", "CHASQUI_WORKER_LEASE_SECONDS": "4",
            "CHASQUI_WORKER_BACKOFF_SECONDS": "0.5", "CHASQUI_BROKER_HEARTBEAT_SECONDS": "4", "CHASQUI_LIMITS_QUEUE": "1000000",
            "CHASQUI_ACCESS_SUBMISSIONS_PER_HOUR": "1000000", "CHASQUI_ACCESS_REQUESTS_PER_MINUTE": "10000000",
        } | environment
        self.all = {k: v for k, v in os.environ.items() if not k.startswith("CHASQUI_")} | {"LC_ALL": "C.UTF-8"} | self.environment
        self.services: list[Service] = []
        self.workers: list[Worker] = []

    def __enter__(self) -> "Cluster":
        self.chasqui("db", "migrate")
        return self

    def __exit__(self, *_) -> None:
        for one in [*self.workers, *self.services]:
            if one.process and one.process.poll() is None:
                one.kill()

    def chasqui(self, *arguments: str, status=0) -> str:
        done = subprocess.run([self.program, *arguments], env=self.all, capture_output=True, text=True, timeout=60)
        assert done.returncode == status, f"{arguments}: {done.returncode} {done.stderr}"
        return done.stdout + done.stderr

    def serve(self, *flags: str, port=0, **environment) -> Service:
        folder = self.folder / f"server{len(self.services)}"
        folder.mkdir()
        self.services.append(Service(folder, "--open", *flags, environment=self.environment | environment, port=port))
        self.services[-1].program = self.program
        return self.services[-1].__enter__()

    def worker(self, *flags: str, **environment) -> Worker:
        self.workers.append(Worker(self.folder, f"worker{len(self.workers)}", self.all | {"CHASQUI_WORKER_COUNT": "1"} | environment, *flags))
        self.workers[-1].program = self.program
        return self.workers[-1].start()

    def sql(self, text: str) -> list[list[str]]:
        return self.servers.postgres.sql(text, self.database)

    def states(self) -> dict[str, int]:
        return {state: int(count) for state, count in self.sql("SELECT state, count(*) FROM jobs GROUP BY state")}

    def messages(self) -> int:
        """Of this cluster, in all queues."""
        return sum(count for name, count in self.servers.rabbit.messages().items() if name.startswith(self.database + "."))


__all__ = ["Cluster", "Servers", "Service", "Worker", "re", "wait_for"]
