"""What is missing or wrong when a server or worker starts: said in one line with the place to set it. What may come yet is
waited for, unready, and found by itself; what cannot ends the program with a code of sysexits.h."""

import http.client
import subprocess
import sys
from pathlib import Path

import pytest
from cluster import CHASQUI, Cluster
from proxy import Proxy
from servers import free_port, wait_for

sys.path.append(str(Path(__file__).parent.parent / "http"))
from s3 import KEY, S3  # noqa: E402

CONFIG, CANNOT_CREATE, UNAVAILABLE = 78, 73, 69
ROLES = ("serve", "worker")


def status(port: int, path="/readyz") -> int:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        line.request("GET", path)
        return line.getresponse().status
    except OSError:
        return 0
    finally:
        line.close()


class Pod:
    """A server or a worker, with the port that its probes ask."""

    def __init__(self, role: str, cluster: Cluster, **environment: str):
        self.port, self.log_path = free_port(), cluster.folder / f"{role}.log"
        own = {"CHASQUI_SERVER_PORT": str(self.port), "CHASQUI_WORKER_PORT": str(self.port), "CHASQUI_DATA_FOLDER": str(cluster.folder / role)}
        if role == "worker":
            own["CHASQUI_WORKER_COUNT"] = "1"
        with self.log_path.open("wb") as log:
            self.process = subprocess.Popen([CHASQUI, role], env=cluster.all | own | environment, stderr=log, stdin=subprocess.DEVNULL)

    def log(self) -> str:
        return self.log_path.read_text(errors="replace")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(30)


# What comes late: how it is made missing (a change of the environment, and what makes it come), and what the line must name.
def database_away(cluster):
    port = free_port()
    return {"CHASQUI_DATABASE_URL": cluster.servers.postgres.url(cluster.database, port)}, lambda: Proxy(cluster.servers.postgres.port, port)


def broker_away(cluster):
    port = free_port()
    return {"CHASQUI_BROKER_ADDRESSES": cluster.servers.rabbit.address(port)}, lambda: Proxy(cluster.servers.rabbit.port, port)


def broker_host_missing(cluster):
    def add():
        cluster.servers.rabbit.ctl("add_vhost", cluster.database)
        cluster.servers.rabbit.ctl("set_permissions", "-p", cluster.database, "guest", ".*", ".*", ".*")

    return {"CHASQUI_BROKER_ADDRESSES": cluster.servers.rabbit.address() + cluster.database}, add


def database_missing(cluster):
    name = cluster.database + "_late"

    def add():
        cluster.servers.postgres.sql(f"CREATE DATABASE {name}")
        subprocess.run([CHASQUI, "db", "migrate"], env=cluster.all | {"CHASQUI_DATABASE_URL": cluster.servers.postgres.url(name)}, check=True)

    return {"CHASQUI_DATABASE_URL": cluster.servers.postgres.url(name)}, add


def tables_missing(cluster):
    name = cluster.servers.postgres.new_database()
    settings = {"CHASQUI_DATABASE_URL": cluster.servers.postgres.url(name)}
    return settings, lambda: subprocess.run([CHASQUI, "db", "migrate"], env=cluster.all | settings, check=True)


def database_secret_missing(cluster):
    secret = cluster.folder / "database-password"
    return {"CHASQUI_DATABASE_PASSWORD_FILE": str(secret)}, lambda: secret.write_text("anything\n")


def broker_secret_missing(cluster):
    secret = cluster.folder / "broker-password"
    return {"CHASQUI_BROKER_PASSWORD_FILE": str(secret)}, lambda: secret.write_text("guest\n")


def objects_away(cluster):
    s3 = S3(cluster.folder / "s3")
    s3.port = free_port()
    cluster.workers.append(s3)  # ended with the cluster, as they are
    return s3.environment(), s3.start


def objects_secret_missing(cluster):
    s3, secret = S3(cluster.folder / "s3").start(), cluster.folder / "secret-key"
    cluster.workers.append(s3)
    return s3.environment(CHASQUI_S3_SECRET_KEY_FILE=str(secret)), lambda: secret.write_text(KEY + "\n")


LATE = {
    database_away: "database.url", database_missing: "database.url", tables_missing: "chasqui db migrate",
    database_secret_missing: "database.password_file", broker_away: "broker.addresses", broker_host_missing: "broker.addresses",
    broker_secret_missing: "broker.password_file", objects_away: "s3.endpoint",
    objects_secret_missing: "s3.secret_key_file",
}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("missing", LATE, ids=lambda one: one.__name__)
def test_what_may_come_is_waited_for(cluster, missing, role):
    settings, come = missing(cluster)
    with Pod(role, cluster, **settings) as pod:
        wait_for(lambda: status(pod.port, "/healthz") == 200, pod.log, 30)  # alive: nothing is gained by a restart
        assert status(pod.port) == 503, pod.log()
        wait_for(lambda: LATE[missing] in pod.log(), lambda: f"not named: {LATE[missing]}\n{pod.log()}", 30)
        come()
        wait_for(lambda: status(pod.port) == 200, pod.log, 60)
        assert pod.process.poll() is None
        named = [line.split(" ", 1)[1] for line in pod.log().splitlines() if LATE[missing] in line]
        assert len(named) == len(set(named)), "said again and again:\n" + "\n".join(named)


# What cannot come by itself: the change, the code, and what the line must name.
ENDS = {
    "unknown key": ({"CHASQUI_WORKER_SPEED": "9"}, CONFIG, "CHASQUI_WORKER_SPEED"),
    "wrong value": ({"CHASQUI_WORKER_COUNT": "many"}, CONFIG, "CHASQUI_WORKER_COUNT"),
    "configuration file missing": ({"CHASQUI_CONFIG": "/nowhere/chasqui.conf"}, CONFIG, "/nowhere/chasqui.conf"),
    "no database named": ({"CHASQUI_DATABASE_URL": ""}, CONFIG, "CHASQUI_DATABASE_URL"),
    "no broker named": ({"CHASQUI_BROKER_ADDRESSES": ""}, CONFIG, "CHASQUI_BROKER_ADDRESSES"),
    "not a broker's address": ({"CHASQUI_BROKER_ADDRESSES": "http://x"}, CONFIG, "broker.addresses"),
    "not a database's address": ({"CHASQUI_DATABASE_URL": "mysql://x"}, CONFIG, "database.url"),
    "no endpoint of objects": ({"CHASQUI_DATA_BLOBS": "s3"}, CONFIG, "s3.endpoint"),
    "no secret of objects named": ({"CHASQUI_DATA_BLOBS": "s3", "CHASQUI_S3_ENDPOINT": "http://127.0.0.1:9", "CHASQUI_S3_BUCKET": "chasqui",
                                    "AWS_ACCESS_KEY_ID": "a"}, CONFIG, "s3.secret_key_file"),
    "folder that cannot be": ({"CHASQUI_SERVICE_SHARED_FOLDER": "/proc/shared"}, CANNOT_CREATE, "service.shared_folder"),
    "address of somebody else": ({"CHASQUI_SERVER_ADDRESS": "192.0.2.1"}, UNAVAILABLE, "192.0.2.1"),
}


@pytest.mark.parametrize("role,name", [(ROLES[number % 2], name) for number, name in enumerate(ENDS)])
def test_what_cannot_come_ends_it_with_one_line(cluster, name, role):
    changed, code, word = ENDS[name]
    own = {"CHASQUI_SERVER_PORT": "0", "CHASQUI_WORKER_PORT": str(free_port()), "CHASQUI_DATA_FOLDER": str(cluster.folder / role)}
    ended = subprocess.run([CHASQUI, role], env=cluster.all | own | changed, capture_output=True, text=True, timeout=60)
    last = ended.stderr.splitlines()[-1]
    assert ended.returncode == code and word in last, ended.stderr
    assert len(ended.stderr.splitlines()) <= 2, ended.stderr


def test_a_bad_migration_stops_the_rollout(servers, tmp_path):
    """Something is in the way of a step: nothing of it is done, nothing serves, and the way out is told."""
    cluster = Cluster(servers, tmp_path)  # not entered: nothing was migrated
    cluster.sql("CREATE TABLE outbox (not_ours INT)")
    said = cluster.chasqui("db", "migrate", status=70)
    assert said.count("\n") == 1 and "outbox" in said, said
    assert cluster.sql("SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'") == [["1"]], "a part of it was done"
    with Pod("serve", cluster) as server, Pod("worker", cluster) as worker:
        for pod in (server, worker):
            wait_for(lambda pod=pod: status(pod.port, "/healthz") == 200, pod.log, 30)
            assert status(pod.port) == 503
        cluster.sql("DROP TABLE outbox")
        assert "done: " in cluster.chasqui("db", "migrate")
        for pod in (server, worker):
            wait_for(lambda pod=pod: status(pod.port) == 200, pod.log, 60)
