"""Debian's HAProxy before the servers, as a Service or an Ingress is: it asks each for /readyz and sends requests to those
that are ready. It tries nothing again, so that whatever a server drops is seen as a failed request."""

import subprocess
import urllib.request
from pathlib import Path

from servers import free_port, wait_for

CONF = """global
  maxconn 500
defaults
  mode http
  timeout connect 5s
  timeout client 90s
  timeout server 90s
  retries 0
  option httplog
frontend all
  bind 127.0.0.1:{port}
  default_backend servers
backend servers
  balance roundrobin
  option httpchk GET /readyz
  http-check expect status 200
  default-server check inter 200ms fall 2 rise 1
{servers}
frontend look
  bind 127.0.0.1:{look}
  stats enable
  stats uri /
"""


class Balancer:
    def __init__(self, folder: Path, server_ports: list[int]):
        self.port, self.look = free_port(), free_port()
        lines = "\n".join(f"  server s{number} 127.0.0.1:{port}" for number, port in enumerate(server_ports))
        conf = folder / "haproxy.cfg"
        conf.write_text(CONF.format(port=self.port, look=self.look, servers=lines))
        self.log_path = folder / "haproxy.log"
        with self.log_path.open("wb") as log:
            self.process = subprocess.Popen(["/usr/sbin/haproxy", "-db", "-f", conf], stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def up(self) -> list[bool]:
        """Of each server, whether it gets requests."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.look}/;csv", timeout=5) as answer:
                rows = [line.split(",") for line in answer.read().decode().splitlines()]
        except OSError:
            return []
        return [row[17] == "UP" for row in rows if row[0] == "servers" and row[1].startswith("s")]

    def wait(self, number: int, wanted: bool, seconds: float) -> None:
        wait_for(lambda: (states := self.up()) and states[number] == wanted,
                 lambda: f"server {number} is not {'up' if wanted else 'down'}: {self.up()}\n{self.log_path.read_text()[-1500:]}", seconds)

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(20)
