"""Downloads in ranges of 64 KiB over kept connections, beside nginx serving the same file in the same run."""

import os
import re
import shutil
import statistics
import subprocess
import tempfile
from pathlib import Path

from service_under_load import free_port, listening, speech_wav, start
from tools import Context, NotReady, check, wait_for_calm

BOUND = 0.7
RUNS, RUN_S, CONNECTIONS = 9, 2, 16
NGINX = """worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{ access_log off; sendfile on; keepalive_requests 1000000000; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
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


def processor_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def load(url: str, script: Path, pid: int) -> dict:
    """Requests per second by one thread of wrk, and what each took of the server's processor time."""
    before = processor_s(pid)
    text = subprocess.run(["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{RUN_S}", "-s", script, url], capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in text or "Socket errors" in text:
        raise NotReady(f"wrk, asking {url}: {text}")
    requests = int(re.search(r"(\d+) requests in", text)[1])
    return {"per_second": float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1]), "processor_us": (processor_s(pid) - before) / requests * 1e6}


def nginx(folder: Path, audio: Path) -> tuple[subprocess.Popen, int, int]:
    """One worker that serves `audio`; the master, the worker's process id and the port."""
    (folder / "www").mkdir(parents=True)
    os.link(audio, folder / "www/audio.opus")  # the very same file
    port = free_port()
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port))
    as_root = ["-g", "user root;"] if os.getuid() == 0 else []
    master = subprocess.Popen(["nginx", "-c", folder / "nginx.conf", "-e", folder / "error.log", *as_root], stdin=subprocess.DEVNULL)
    listening(port, master)
    worker = int(Path(f"/proc/{master.pid}/task/{master.pid}/children").read_text().split()[0])
    return master, worker, port


def measure(context: Context) -> dict:
    for tool in ("nginx", "wrk"):
        if shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin") is None:
            raise NotReady(f"{tool} is missing; run `tools/bootstrap bench`")
    with tempfile.TemporaryDirectory(dir=context.work / "tmp") as name:
        folder = Path(name)
        with start(context, folder) as service:
            recording = speech_wav(folder / "a.wav", 600).read_bytes()
            episode = service.finished(service.submit(recording), seconds=300)
            audio = service.blob(episode["output"]["sha256"])
            script = folder / "ranges.lua"
            script.write_text(RANGES.format(size=audio.stat().st_size))
            master, worker, port = nginx(folder / "nginx", audio)
            try:
                disturbed = wait_for_calm(0.1, patience_s=60)
                runs = [{"ours": load(f"http://127.0.0.1:{service.port}{episode['links']['audio']}", script, service.process.pid),
                         "nginx": load(f"http://127.0.0.1:{port}/audio.opus", script, worker)} for _ in range(RUNS)]
            finally:
                master.terminate()
                master.wait()
    ratio = statistics.median(run["ours"]["per_second"] / run["nginx"]["per_second"] for run in runs)
    sides = {side: {figure: statistics.median(run[side][figure] for run in runs) for figure in ("per_second", "processor_us")} for side in ("ours", "nginx")}
    return {"sides": sides, "ratio": ratio, "runs": runs, "connections": CONNECTIONS, "disturbed_cores": disturbed, "checks": [
        check("64 KiB ranges over kept connections, requests per second", f">= {BOUND} x nginx'", f"{ratio:.2f} x", ratio >= BOUND)]}
