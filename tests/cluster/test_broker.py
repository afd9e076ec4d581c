"""What the broker does on a bad day, and who may talk to it."""

import subprocess
import time

import pytest
from servers import Rabbit, free_port, wait_for


def waiting_in_outbox(cluster) -> int:
    return int(cluster.sql("SELECT count(*) FROM outbox")[0][0])


def test_a_broker_whose_disk_is_full_keeps_nobody_from_handing_in(cluster, speech_wav):
    rabbit = cluster.servers.rabbit
    service, worker = cluster.serve(), cluster.worker()
    service.finished(service.submit(speech_wav))
    rabbit.ctl("set_disk_free_limit", "100000GB")
    try:
        wait_for(lambda: "disk" in rabbit.ctl("eval", "rabbit_alarm:get_alarms()."), "the broker raised no alarm")
        ids = [service.submit(speech_wav + b"\0\0" * number) for number in range(1, 6)]
        wait_for(lambda: "takes no messages" in service.log(), service.log, 30)
        service.get("/readyz").ok()
        begun = time.monotonic()
        while time.monotonic() - begun < 12:  # longer than anybody waits for a confirm
            assert service.get("/readyz").status == 200
            time.sleep(0.5)
        assert waiting_in_outbox(cluster) == len(ids) and cluster.states() == {"done": 1, "queued": len(ids)}
        assert len(rabbit.ctl("list_connections", "pid").split()) < 10, "connections to a broker that does not read pile up"
    finally:
        rabbit.ctl("set_disk_free_limit", "50MB")
    for id in ids:
        assert service.finished(id)["attempts"] == 1
    # A message whose confirm was lost with the alarm comes twice; the worker takes it away.
    wait_for(lambda: cluster.messages() == 0, lambda: str(rabbit.messages()), 30, 1)
    assert waiting_in_outbox(cluster) == 0 and worker.stop() == 0


def test_a_message_that_kills_whoever_takes_it_becomes_a_dead_letter(servers, tmp_path, speech_wav):
    """A worker that holds a message and dies, as often as the delivery limit allows and once more."""
    from cluster import Cluster

    with Cluster(servers, tmp_path, CHASQUI_BROKER_DELIVERY_LIMIT="2") as cluster:
        service = cluster.serve()
        id = service.submit(speech_wav)
        for _ in range(3):
            # Without a database it cannot claim the job, and keeps the message.
            worker = cluster.worker(CHASQUI_DATABASE_URL=servers.postgres.url(cluster.database, free_port()), CHASQUI_LOG_LEVEL="debug")
            wait_for(lambda: "queue: database" in worker.log(), worker.log, 30)
            worker.kill()
        (letter,) = wait_for(lambda: cluster.sql("SELECT reason, body FROM dead_letters"), service.log, 30)
        assert letter == ["delivery_limit", id] and service.episode(id)["state"] == "queued"
        cluster.chasqui("dead-letters", "replay", cluster.sql("SELECT id FROM dead_letters")[0][0])
        cluster.worker()
        assert service.finished(id)["attempts"] == 1


def openssl(*arguments) -> None:
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, timeout=60)
    assert done.returncode == 0, f"openssl is needed (tools/bootstrap): {done.stderr.decode()}"


def certified(folder, name: str, authority: str = ""):
    """A key and its certificate; without an authority it is one itself."""
    key, certificate = folder / f"{name}.key", folder / f"{name}.pem"
    signed_by = ["-CA", folder / f"{authority}.pem", "-CAkey", folder / f"{authority}.key"] if authority else []
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", certificate, "-days", 2, "-subj",
            f"/CN={name}", "-addext", "subjectAltName=DNS:localhost", *signed_by)
    key.chmod(0o644)
    return certificate, key


@pytest.fixture(scope="module")
def secured(servers, tmp_path_factory):
    """A broker that speaks TLS only to whom its authority knows, beside the database that all share."""
    from types import SimpleNamespace

    folder = tmp_path_factory.mktemp("tls")
    authority, _ = certified(folder, "authority")
    certificate, key = certified(folder, "broker", "authority")
    certified(folder, "client", "authority")
    certified(folder, "stranger")
    port = free_port()
    rabbit = Rabbit(folder, "secure", more_conf=f"""listeners.ssl.1 = 127.0.0.1:{port}
ssl_options.cacertfile = {authority}
ssl_options.certfile = {certificate}
ssl_options.keyfile = {key}
ssl_options.verify = verify_peer
ssl_options.fail_if_no_peer_cert = true
""")
    try:
        rabbit.start()
        rabbit.ctl("add_user", "chasqui", "secreto de la prueba")
        rabbit.ctl("set_permissions", "chasqui", ".*", ".*", ".*")
        rabbit.address = lambda _=None: f"amqps://chasqui@localhost:{port}/"
        (folder / "password").write_text("secreto de la prueba\n")
        yield SimpleNamespace(postgres=servers.postgres, rabbit=rabbit, folder=folder)
    finally:
        rabbit.stop()


def test_over_tls_with_password_and_certificate_from_files(secured, tmp_path, speech_wav):
    from cluster import Cluster

    files = {"CHASQUI_BROKER_PASSWORD_FILE": "password", "CHASQUI_BROKER_CA_FILE": "authority.pem", "CHASQUI_BROKER_CERTIFICATE_FILE": "client.pem",
             "CHASQUI_BROKER_KEY_FILE": "client.key"}
    with Cluster(secured, tmp_path, **{key: str(secured.folder / name) for key, name in files.items()}) as cluster:
        service, worker = cluster.serve(), cluster.worker()
        assert service.finished(service.submit(speech_wav))["attempts"] == 1
        assert "secreto" not in service.log() + worker.log()
        encrypted = [line.split() for line in secured.rabbit.ctl("list_connections", "user", "ssl").splitlines() if "chasqui" in line]
        assert encrypted and all(line == ["chasqui", "true"] for line in encrypted)


@pytest.mark.parametrize("key,value,words", [("CA_FILE", "stranger.pem", "connecting"), ("CERTIFICATE_FILE", "", "SSL error"),
                                             ("PASSWORD_FILE", "broker.pem", "logging in as chasqui")])
def test_tls_that_is_wrong_is_told_of_and_nothing_is_sent(secured, tmp_path, key, value, words):
    from cluster import Cluster

    files = {"PASSWORD_FILE": "password", "CA_FILE": "authority.pem", "CERTIFICATE_FILE": "client.pem", "KEY_FILE": "client.key"} | {key: value}
    with Cluster(secured, tmp_path, **{f"CHASQUI_BROKER_{key}": str(secured.folder / name) for key, name in files.items() if name}) as cluster:
        service = cluster.serve()
        wait_for(lambda: words in service.log(), service.log, 30)
        service.get("/readyz").problem(503)
        assert "secreto" not in service.log()
