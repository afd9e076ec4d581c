"""Thousands of downloads at once, each at 4 kB/s, beside a worker at work: failures, memory, and how long others wait."""

import asyncio
import http.client
import multiprocessing
import tempfile
import time
from pathlib import Path

from section_memory import family, pss_bytes
from service_under_load import speech_wav, start
from tools import Context, check, wait_for_calm

DOWNLOADS, SECONDS, PACE = 5000, 60, 4000
BOUND_MB, BOUND_WAIT_S = 300, 0.1


async def slowly(port: int, path: str, size: int) -> str:
    """One download; empty when nothing failed."""
    try:
        # A small window, so that the pace is the network's and not the kernel's buffer.
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=PACE)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            return head.decode()[:60]
        end, got = time.monotonic() + SECONDS, 0
        while time.monotonic() < end and got < size:
            part = await reader.read(PACE)
            if not part:
                return f"cut off after {got} bytes"
            got += len(part)
            await asyncio.sleep(1)
        writer.close()
        return ""
    except (OSError, asyncio.IncompleteReadError) as failure:
        return repr(failure)


async def all_of_them(port: int, path: str, size: int) -> list[str]:
    tasks = []
    for i in range(DOWNLOADS):
        tasks.append(asyncio.create_task(slowly(port, path, size)))
        if i % 50 == 49:
            await asyncio.sleep(0.05)
    return [failure for failure in await asyncio.gather(*tasks) if failure]


def crowd(port: int, path: str, size: int, failures) -> None:
    """A process of its own, so that its waiting is not taken for the service's."""
    failures.put(asyncio.run(all_of_them(port, path, size)))


def wait_of_one(port: int, id: str) -> float:
    begin = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", f"/v1/episodes/{id}")
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return time.monotonic() - begin if answer.status == 200 else 30


def measure(context: Context) -> dict:
    waits, memory, connections = [], 0, 0
    with tempfile.TemporaryDirectory(dir=context.work / "tmp") as name:
        folder = Path(name)
        with start(context, folder) as service:
            id = service.submit(speech_wav(folder / "a.wav", 600).read_bytes())
            episode = service.finished(id, seconds=300)
            disturbed = wait_for_calm(0.1, patience_s=60)
            busy = [service.submit(speech_wav(folder / f"{i}.wav", 1200 + i).read_bytes(), quality="clear", decoder="enhanced") for i in range(8)]
            service.until(busy[0], "running")
            failures = multiprocessing.Queue()
            clients = multiprocessing.Process(target=crowd, args=(service.port, episode["links"]["audio"], episode["output"]["bytes"], failures))
            clients.start()
            while failures.empty():
                waits.append(wait_of_one(service.port, id))
                memory = max(memory, sum(map(pss_bytes, family(service.process.pid))))
                metrics = service.get("/metrics").ok().text
                connections = max(connections, int(float(metrics.partition("\nchasqui_http_connections ")[2].split()[0])))
                time.sleep(0.1)
            failed = failures.get()
            clients.join()
            still_busy = any(service.episode(one)["state"] == "running" for one in busy)
    p99 = sorted(waits)[int(len(waits) * 0.99)]
    return {"downloads": DOWNLOADS, "seconds": SECONDS, "most_connections": connections, "failed": len(failed), "failures": sorted(set(failed))[:5],
            "memory_mb": memory / 1e6, "asked": len(waits), "p50_ms": sorted(waits)[len(waits) // 2] * 1000, "p99_ms": p99 * 1000,
            "worker_busy": still_busy, "disturbed_cores": disturbed, "checks": [
        check(f"{DOWNLOADS} downloads at 4 kB/s for {SECONDS} s beside a busy worker", "no failure",
              f"{len(failed)} failed, {connections} connections at once", not failed and still_busy and connections >= DOWNLOADS),
        check("memory of the service meanwhile, worker included", f"<= {BOUND_MB} MB", f"{memory / 1e6:.0f} MB", memory <= BOUND_MB * 1e6),
        check("p99 of `GET /v1/episodes/{id}` meanwhile", f"<= {BOUND_WAIT_S * 1000:.0f} ms", f"{p99 * 1000:.0f} ms", p99 <= BOUND_WAIT_S)]}
