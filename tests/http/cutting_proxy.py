"""A proxy that cuts connections where a test wants them cut, as a bad line does."""

import re
import socket
import threading


class CuttingProxy:
    """Between a client and 127.0.0.1:`port`. `cuts`: of each method, where its requests are cut, one after the other: "request" (before the
    service hears of it), "middle" (in the middle of its body), "answer" (done, but the answer is lost), "" (not)."""

    def __init__(self, port: int, cuts: dict[str, list[str]]):
        self.upstream, self.cuts, self.lock = port, cuts, threading.Lock()
        self.done: list[tuple[str, str]] = []  # the cuts that were made
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.pass_on, args=(client,), daemon=True).start()

    def next_cut(self, method: str) -> str:
        with self.lock:
            cut = self.cuts[method].pop(0) if self.cuts.get(method) else ""
            if cut:
                self.done.append((method, cut))
            return cut

    def pass_on(self, client: socket.socket):
        """One request: both sides are told that the connection ends with it."""
        with client, socket.create_connection(("127.0.0.1", self.upstream)) as service:
            data = b""
            while b"\r\n\r\n" not in data:
                part = client.recv(65536)
                if not part:
                    return
                data += part
            head, body = data.split(b"\r\n\r\n", 1)
            head = re.sub(rb"(?im)^connection:.*\r\n", b"", head + b"\r\n") + b"Connection: close\r\n\r\n"
            cut = self.next_cut(head.split(b" ", 1)[0].decode())
            if cut == "request":
                return
            while not self.complete(head, body):
                if cut == "middle" and len(body) > 20_000:
                    break
                part = client.recv(65536)
                if not part:
                    return
                body += part
            service.sendall(head + (body[:20_000] if cut == "middle" else body))
            if cut == "middle":
                return
            answer = b""
            while part := service.recv(65536):
                answer += part
            if cut != "answer":
                client.sendall(answer)

    @staticmethod
    def complete(head: bytes, body: bytes) -> bool:
        if length := re.search(rb"(?im)^content-length: *(\d+)", head):
            return len(body) >= int(length[1])
        return not re.search(rb"(?im)^transfer-encoding: *chunked", head) or body.endswith(b"0\r\n\r\n")
