"""PostgreSQL and RabbitMQ from Debian's packages, each test run's own: on loopback, on free ports, in a temporary folder."""

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from glob import glob
from pathlib import Path

POSTGRES_BIN = Path("/usr/lib/postgresql/15/bin")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition, complaint, seconds: float = 60, pause: float = 0.05):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(pause)
    raise AssertionError(complaint() if callable(complaint) else complaint)


def reachable(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def end_group(process: subprocess.Popen, number=signal.SIGKILL) -> None:
    """Ends a server with all its children; each has a session of its own."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
    process.wait(30)


class Postgres:
    def __init__(self, folder: Path):
        self.folder, self.data, self.port = folder, folder / "postgres", free_port()
        self.log_path = folder / "postgres.log"
        self.process = None
        # It refuses to run as root; the package brings a user of its own.
        self.as_user = pwd.getpwnam("postgres") if os.getuid() == 0 else None
        self.data.mkdir(parents=True)
        if self.as_user:
            os.chown(self.data, self.as_user.pw_uid, self.as_user.pw_gid)
        self.let_it_in()
        self.run("initdb", "-D", self.data, "-U", "chasqui", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")

    def let_it_in(self) -> None:
        """Folders above that others may not enter."""
        for parent in self.data.parents if self.as_user else []:
            if parent.stat().st_uid == 0 and parent != Path("/") and not parent.stat().st_mode & 0o001:
                parent.chmod(parent.stat().st_mode | 0o011)

    def run(self, program: str, *arguments) -> str:
        user = {"user": self.as_user.pw_uid, "group": self.as_user.pw_gid, "extra_groups": []} if self.as_user else {}
        done = subprocess.run([POSTGRES_BIN / program, *map(str, arguments)], capture_output=True, text=True, cwd="/", **user)
        assert done.returncode == 0, f"{program}: {done.stderr}"
        return done.stdout

    def start(self) -> "Postgres":
        user = {"user": self.as_user.pw_uid, "group": self.as_user.pw_gid, "extra_groups": []} if self.as_user else {}
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [POSTGRES_BIN / "postgres", "-D", self.data, "-p", str(self.port), "-c", "listen_addresses=127.0.0.1", "-c",
                 "unix_socket_directories=", "-c", "max_connections=200", "-c", "shared_buffers=64MB"],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd="/", start_new_session=True, **user)

        def ready():
            assert self.process.poll() is None, self.log_path.read_text()[-2000:]
            return subprocess.run([POSTGRES_BIN / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]).returncode == 0

        wait_for(ready, lambda: self.log_path.read_text()[-2000:])
        return self

    def url(self, database="postgres", port=None, **options) -> str:
        more = "&".join(f"{k}={v}" for k, v in options.items())
        return f"postgresql://chasqui@127.0.0.1:{port or self.port}/{database}" + (f"?{more}" if more else "")

    def sql(self, text: str, database="postgres") -> list[list[str]]:
        out = subprocess.run([POSTGRES_BIN / "psql", "-XAtq", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-d", self.url(database), "-c", text],
                             capture_output=True, text=True)
        assert out.returncode == 0, out.stderr
        return [line.split("\t") for line in out.stdout.splitlines()]

    def new_database(self) -> str:
        name = "t" + secrets.token_hex(6)
        self.sql(f"CREATE DATABASE {name}")
        return name

    def kill(self) -> None:
        end_group(self.process)

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            end_group(self.process, signal.SIGQUIT)


class Rabbit:
    """One node. Erlang's own processes (epmd, erl_child_setup) are of its session, and end with it."""

    def __init__(self, folder: Path, name="chasqui", epmd=None, peers: tuple[str, ...] = (), more_conf: str = ""):
        self.folder = folder / name
        self.folder.mkdir(parents=True)
        self.port, self.dist, self.epmd = free_port(), free_port(), epmd or free_port()
        self.node = f"{name}@localhost"  # names are of one epmd, which is this test's own
        self.process = self.mapper = None
        self.awaited = None  # the process that is known to have started
        (self.folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{self.port}\nloopback_users = none\nlog.file.level = warning\ndisk_free_limit.absolute = 50MB\n"
            "cluster_partition_handling = pause_minority\n" + more_conf)
        with (self.folder / "rabbitmq.conf").open("a") as conf:
            for number, peer in enumerate(peers, 1):
                conf.write(f"cluster_formation.classic_config.nodes.{number} = {peer}@localhost\n")
        (self.folder / "plugins").write_text("[].\n")
        self.sbin = Path(sorted(glob("/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin"))[-1])
        home = self.folder.parent / "erlang-home"
        home.mkdir(exist_ok=True)
        cookie = home / ".erlang.cookie"
        if not cookie.exists():
            cookie.write_text("chasquitests")
            cookie.chmod(0o400)
        self.environment = {
            "PATH": "/usr/lib/erlang/bin:/usr/bin:/bin", "HOME": str(home), "LANG": "C.UTF-8",
            "RABBITMQ_NODENAME": self.node, "RABBITMQ_DIST_PORT": str(self.dist), "ERL_EPMD_PORT": str(self.epmd),
            "ERL_EPMD_ADDRESS": "127.0.0.1", "RABBITMQ_CONF_ENV_FILE": "/dev/null", "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(self.folder / "none"), "RABBITMQ_MNESIA_BASE": str(self.folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"), "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
            "RABBITMQ_PID_FILE": str(self.folder / "pid"), "RABBITMQ_GENERATED_CONFIG_DIR": str(self.folder / "generated"),
            "RABBITMQ_SCHEMA_DIR": str(self.folder / "schema"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 +sbwt none -kernel inet_dist_use_interface {127,0,0,1}",
            "RABBITMQ_CTL_ERL_ARGS": "+S 1:1",
        }

    def start(self, wait=True) -> "Rabbit":
        # Erlang would start its port mapper as a daemon that outlives everything.
        if not reachable(self.epmd):
            self.mapper = subprocess.Popen(["epmd", "-port", str(self.epmd), "-address", "127.0.0.1"], start_new_session=True,
                                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            wait_for(lambda: reachable(self.epmd), "epmd does not listen", 10)
        with (self.folder / "output").open("ab") as log:
            self.process = subprocess.Popen([self.sbin / "rabbitmq-server"], env=self.environment, stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL, start_new_session=True)
        if wait:
            self.wait()
        return self

    def wait(self) -> None:
        def ready():
            assert self.process.poll() is None, (self.folder / "output").read_text()[-3000:]
            return reachable(self.port)

        wait_for(ready, lambda: (self.folder / "output").read_text()[-3000:], 120)

    def address(self, port=None) -> str:
        return f"amqp://guest@127.0.0.1:{port or self.port}/"

    def ctl(self, *arguments: str) -> str:
        # The port listens a little before the node is ready to be told something.
        if self.process is not self.awaited:
            self.awaited = self.process
            self.ctl("await_startup", "--timeout", "60")
        done = subprocess.run([self.sbin / "rabbitmqctl", "-q", *arguments], env=self.environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    def messages(self) -> dict[str, int]:
        rows = [line.split() for line in self.ctl("list_queues", "name", "messages").splitlines()]
        return {row[0]: int(row[1]) for row in rows if len(row) == 2 and row[1].isdigit()}

    def kill(self) -> None:
        end_group(self.process)

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.kill()
        if self.mapper:
            end_group(self.mapper)


class Servers:
    """Both, gone with everything they wrote when left."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.postgres, self.rabbit = Postgres(folder), Rabbit(folder)

    def __enter__(self) -> "Servers":
        self.rabbit.start(wait=False)
        self.postgres.start()
        self.rabbit.wait()
        return self

    def __exit__(self, *_) -> None:
        self.rabbit.stop()
        self.postgres.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


@contextlib.contextmanager
def servers_in_a_folder(purpose: str):
    """A folder that is gone afterwards, and the servers in it."""
    with tempfile.TemporaryDirectory(prefix=f"chasqui-{purpose}-") as name, Servers(Path(name) / "servers") as servers:
        yield Path(name), servers
