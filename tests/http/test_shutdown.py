"""How it ends: nothing more is taken, what is under way may end, and nobody waits for ever."""

import signal
import socket
import time

from service import wait_until


def refuses(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
        return False
    except ConnectionRefusedError:
        return True


def upload_under_way(service) -> socket.socket:
    """With ten bytes of a thousand."""
    line = socket.create_connection(("127.0.0.1", service.port), 20)
    line.sendall(b"POST /v1/episodes HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n")
    assert line.recv(100).startswith(b"HTTP/1.1 100")
    line.sendall(b"x" * 10)
    return line


def test_answers_under_way_may_end(start):
    service = start("--open", CHASQUI_SERVER_DRAIN_SECONDS="10")
    with upload_under_way(service) as line:
        service.process.send_signal(signal.SIGTERM)
        wait_until(lambda: refuses(service.port), "it still listens")
        line.sendall(b"x" * 990)
        assert line.recv(100).startswith(b"HTTP/1.1 202")
    assert service.process.wait(20) == 0


def test_but_not_for_ever(start):
    service = start("--open", CHASQUI_SERVER_DRAIN_SECONDS="1")
    with upload_under_way(service) as line:
        begun = time.monotonic()
        assert service.stop(within=15) == 0 and time.monotonic() - begun > 0.9
        line.settimeout(5)
        try:
            while line.recv(1000):
                pass
        except ConnectionResetError:
            pass


def test_watchers_are_let_go(start, long_wav):
    service = start("--open", CHASQUI_SERVER_DRAIN_SECONDS="60")
    id = service.submit(long_wav.read_bytes(), quality="clear")
    with socket.create_connection(("127.0.0.1", service.port), 20) as line:
        line.sendall(f"GET /v1/episodes/{id}/events HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        assert line.recv(100).startswith(b"HTTP/1.1 200")
        assert service.stop(within=15) == 0
    service.restart()
    assert service.until(id, "running")["attempts"] == 1
    service.ask("DELETE", f"/v1/episodes/{id}").ok(204)


def test_a_second_signal_ends_it_at_once(start):
    service = start("--open", CHASQUI_SERVER_DRAIN_SECONDS="60")
    with upload_under_way(service):
        service.process.send_signal(signal.SIGTERM)
        wait_until(lambda: refuses(service.port), "it still listens")
        assert service.stop(within=5) == 128 + signal.SIGTERM
    service.restart()
    service.get("/readyz").ok()


def test_not_ready_before_it_stops_listening(start):
    service = start("--open", CHASQUI_SERVER_LEAVE_SECONDS="2")
    service.process.send_signal(signal.SIGTERM)
    wait_until(lambda: service.get("/readyz").status == 503, "it is still ready")
    service.get("/healthz").ok()
    assert service.process.wait(20) == 0
