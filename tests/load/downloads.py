"""Downloads: 64 KiB ranges beside nginx in the same run, and thousands at 4 kB/s beside a busy worker.

downloads.py [SLOW_DOWNLOADS [SECONDS]]; 0: only the ranges"""

import asyncio
import http.client
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent / "http"), str(Path(__file__).parent.parent / "cli")]
import numpy as np  # noqa: E402
from service import Service  # noqa: E402
from support import speech  # noqa: E402
from support.media import write_wav  # noqa: E402

LIMITS = {"CHASQUI_SERVER_CONNECTIONS": "20000", "CHASQUI_SERVER_CONNECTIONS_PER_ADDRESS": "20000", "CHASQUI_ACCESS_REQUESTS_PER_MINUTE": "10000000"}
NGINX = """worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{ access_log off; sendfile on; tcp_nopush off; keepalive_requests 1000000000; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
fastcgi_temp_path {folder}/fcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
types {{ audio/ogg opus; }} server {{ listen 127.0.0.1:{port}; root {folder}/www; }} }}
"""
RANGES = """local size = {size}
local at = 0
request = function()
  at = (at + 65536) % (size - 65536)
  return wrk.format("GET", nil, {{["Range"] = "bytes=" .. at .. "-" .. (at + 65535)}})
end
"""


def requests_per_second(url: str, script: Path) -> float:
    text = subprocess.run(["wrk", "-t1", "-c16", "-d2", "-s", script, url], capture_output=True, text=True, check=True).stdout
    assert "Non-2xx" not in text and "Socket errors" not in text, text
    return float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1])


def beside_nginx(service: Service, audio: str, folder: Path) -> bool:
    data = service.get(audio).ok().body
    (folder / "www").mkdir()
    (folder / "www" / "audio.opus").write_bytes(data)
    folder.chmod(0o755)
    port = 18_000 + os.getpid() % 1000
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port))
    script = folder / "ranges.lua"
    script.write_text(RANGES.format(size=len(data)))
    nginx = subprocess.Popen(["nginx", "-c", folder / "nginx.conf", "-e", folder / "error.log"])
    try:
        time.sleep(1)
        runs = [(requests_per_second(f"http://127.0.0.1:{service.port}{audio}", script), requests_per_second(f"http://127.0.0.1:{port}/audio.opus", script))
                for _ in range(7)]
    finally:
        nginx.terminate()
        nginx.wait()
    ours, theirs = (statistics.median(side) for side in zip(*runs))
    ratio = statistics.median(one / other for one, other in runs)  # side by side, so that a busy machine hits both
    print(f"64 KiB ranges, keep-alive: {ours:.0f} requests/s, nginx {theirs:.0f}: {ratio:.2f} of it (asked: 0.7); runs {runs}")
    return ratio >= 0.7


async def slowly(port: int, path: str, seconds: float, size: int) -> str:
    """4 kB/s for `seconds`; empty when nothing failed."""
    try:
        # A small window, so that the pace is the network's and not the kernel's buffer.
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=4096)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            return head.decode()[:60]
        end, got = time.monotonic() + seconds, 0
        while time.monotonic() < end and got < size:
            part = await reader.read(4000)
            if not part:
                return f"cut off after {got} bytes"
            got += len(part)
            await asyncio.sleep(1)
        writer.close()
        return ""
    except (OSError, asyncio.IncompleteReadError) as failure:
        return repr(failure)


async def crowd(service: Service, path: str, id: str, count: int, seconds: float) -> tuple[list[str], list[float], int]:
    size = len(service.get(path).body)
    tasks = []
    for i in range(count):
        tasks.append(asyncio.create_task(slowly(service.port, path, seconds, size)))
        if i % 50 == 49:
            await asyncio.sleep(0.05)
    waits, memory, begun = [], 0, time.monotonic()
    while not all(task.done() for task in tasks):
        start = time.monotonic()
        await asyncio.to_thread(ask_once, service.port, id)
        waits.append(time.monotonic() - start)
        memory = max(memory, resident_bytes(service.process.pid))
        await asyncio.sleep(0.1)
        if time.monotonic() - begun > seconds * 3:
            break
    return [task.result() for task in tasks if task.done() and task.result()], waits, memory


def ask_once(port: int, id: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", f"/v1/episodes/{id}")
    assert connection.getresponse().status == 200
    connection.close()


def resident_bytes(pid: int) -> int:
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) * 1024


def many_slow(service: Service, audio: str, count: int, seconds: float, long: Path) -> bool:
    busy = service.submit(long.read_bytes(), quality="clear")
    service.until(busy, "running")
    id = audio.split("/")[3]
    failures, waits, memory = asyncio.run(crowd(service, audio, id, count, seconds))
    p99 = sorted(waits)[int(len(waits) * 0.99)]
    print(f"{count} downloads at 4 kB/s for {seconds:.0f} s beside one busy worker ({service.episode(busy)['state']}): {len(failures)} failed {set(failures)}; memory of the "
          f"process, worker included, {memory / 1e6:.0f} MB (asked: 300); GET of an episode: p99 {p99 * 1000:.0f} ms of {len(waits)} (asked: 100)")
    return not failures and memory <= 300e6 and p99 <= 0.1


def main() -> int:
    count, seconds = (int(sys.argv[1]) if len(sys.argv) > 1 else 5000), (float(sys.argv[2]) if len(sys.argv) > 2 else 60)
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sound = speech.prompt("demo-congrats", 20)
        wav = write_wav(folder / "a.wav", np.tile(sound, 30))
        long = write_wav(folder / "b.wav", np.tile(sound, 60))
        with Service(folder, "--open", environment=LIMITS) as service:
            audio = service.finished(service.submit(wav.read_bytes()), seconds=300)["links"]["audio"]
            good = [beside_nginx(service, audio, folder)]
            if count > 0:
                good.append(many_slow(service, audio, count, seconds, long))
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
