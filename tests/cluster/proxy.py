"""A TCP proxy that can be cut, and can hold bytes back: the network between two processes, as it is on a bad day."""

import contextlib
import select
import socket
import threading
import time

from servers import free_port


class Proxy:
    def __init__(self, target: int, port: int | None = None):
        self.target, self.port = target, port or free_port()
        self.delay = 0.0  # seconds, for each block of bytes
        self.silent = threading.Event()  # nothing passes, nothing ends: as when a cable is pulled
        self.closed = False
        self.pairs: list[tuple[socket.socket, socket.socket]] = []
        self.listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        while not self.closed:
            try:
                near, _ = self.listener.accept()
                far = socket.create_connection(("127.0.0.1", self.target), 5)
            except OSError:
                with contextlib.suppress(OSError, UnboundLocalError):
                    near.close()
                continue
            self.pairs.append((near, far))
            threading.Thread(target=self.carry, args=(near, far), daemon=True).start()

    def carry(self, near: socket.socket, far: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError):
            while True:
                ready, _, _ = select.select([near, far], [], [], 1)
                if self.silent.is_set():
                    time.sleep(0.05)
                    continue
                for source in ready:
                    block = source.recv(65536)
                    if not block:
                        return self.end(near, far)
                    if self.delay:
                        time.sleep(self.delay)
                    (far if source is near else near).sendall(block)
        self.end(near, far)

    def end(self, *sockets: socket.socket) -> None:
        for one in sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def cut(self) -> None:
        """Every connection breaks; new ones are possible."""
        pairs, self.pairs = self.pairs, []
        for pair in pairs:
            self.end(*pair)

    def close(self) -> None:
        self.closed = True
        self.listener.close()
        self.cut()
