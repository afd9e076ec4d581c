"""private_network.py PORT HOST...: run in a network of its own, beside the service on PORT. Has it fetch from a public address, and by way of that
from each host; prints as JSON how each ended, and how many requests came to the private addresses."""

import fcntl
import http.client
import http.server
import json
import socket
import struct
import sys
import threading
import time

PUBLIC, PRIVATE_NAMES = "93.184.216.34", ("127.0.0.1", "10.1.2.3", "169.254.169.254")
SET_ADDRESS, GET_FLAGS, SET_FLAGS, UP = 0x8916, 0x8913, 0x8914, 1  # netdevice(7)
private_requests = 0


def own_addresses(*addresses: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        flags = fcntl.ioctl(control, GET_FLAGS, struct.pack("16sH14s", b"lo", 0, b""))
        fcntl.ioctl(control, SET_FLAGS, struct.pack("16sH14s", b"lo", struct.unpack("16sH14s", flags)[1] | UP, b""))
        for number, address in enumerate(addresses, 1):
            request = struct.pack("16sHH4s8s", f"lo:{number}".encode(), socket.AF_INET, 0, socket.inet_aton(address), b"")
            fcntl.ioctl(control, SET_ADDRESS, request)


class Anybody(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        global private_requests
        if self.server.server_address[0] != PUBLIC:
            private_requests += 1
        host = self.path.strip("/")
        self.send_response(302 if host else 200)
        self.send_header("Location", f"http://{host}/secret.wav") if host else self.send_header("Content-Type", "audio/wav")
        self.end_headers()
        self.wfile.write(b"" if host else b"this is no sound" * 100)

    def log_message(self, *_):
        pass


class Sixth(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6


def ask(port: int, method: str, path: str, body=None) -> dict:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request(method, path, body, {"Content-Type": "application/json"})
    return json.loads(connection.getresponse().read())


def end_of(port: int, source: str) -> dict:
    episode = ask(port, "POST", "/v1/episodes", json.dumps({"source_url": source}))
    while episode["state"] in ("queued", "running"):
        time.sleep(0.02)
        episode = ask(port, "GET", "/v1/episodes/" + episode["id"])
    return {"state": episode["state"], "code": episode["error"]["code"]}


own_addresses(PUBLIC, *PRIVATE_NAMES[1:])
for address in (PUBLIC, *PRIVATE_NAMES):
    threading.Thread(target=http.server.ThreadingHTTPServer((address, 80), Anybody).serve_forever, daemon=True).start()
threading.Thread(target=Sixth(("::1", 80), Anybody).serve_forever, daemon=True).start()
told = {"public": end_of(int(sys.argv[1]), f"http://{PUBLIC}/")} | {host: end_of(int(sys.argv[1]), f"http://{PUBLIC}/{host}") for host in sys.argv[2:]}
print(json.dumps(told | {"seen by private hosts": private_requests}))
