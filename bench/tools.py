"""Running and timing commands, the run's context, and the store of results."""

import hashlib
import json
import os
import shutil
import statistics
import subprocess
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


class NotReady(Exception):
    """Something the benchmark needs is missing; the message says what to do."""


@dataclass(frozen=True)
class Timing:
    """One timed command. foreign_cores: cores that other processes kept busy meanwhile (user, system and stolen)."""

    wall_s: float
    cpu_s: float
    foreign_cores: float


def run(command: list, **keywords) -> subprocess.CompletedProcess:
    """Runs to completion; a failure ends the benchmark with the command's own words."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, stdin=subprocess.DEVNULL, **keywords)
    if done.returncode != 0:
        raise NotReady(f"{' '.join(map(str, command))} ended with {done.returncode}: {done.stderr.strip()[-600:]}")
    return done


@contextmanager
def processes(number: int):
    """A pool of which a failure in the block drops what has not begun, so that the failure is seen at once."""
    with ProcessPoolExecutor(number) as pool:
        try:
            yield pool
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _busy_ticks() -> int:
    user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, Path("/proc/stat").read_text().split()[1:9])
    return user + nice + system + irq + softirq + steal


def timed(command: list) -> Timing:
    """Wall and CPU seconds of the command with all its children, and how much others disturbed it."""
    busy, start = _busy_ticks(), time.monotonic()
    process = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    error = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - start
    if process.returncode != 0:
        raise NotReady(f"{' '.join(map(str, command))} ended with {process.returncode}: {error.decode()[-600:]}")
    cpu = usage.ru_utime + usage.ru_stime
    foreign = ((_busy_ticks() - busy) / CLOCK_TICKS - cpu) / wall
    return Timing(wall, cpu, max(0.0, foreign))


def foreign_load(seconds: float = 2.0) -> float:
    """Cores that are busy right now, while the benchmark itself sleeps."""
    busy = _busy_ticks()
    time.sleep(seconds)
    return (_busy_ticks() - busy) / CLOCK_TICKS / seconds


def wait_for_calm(limit_cores: float, patience_s: float) -> float:
    """Sleeps until others use less than `limit_cores`; gives up after `patience_s` and returns what they use then."""
    deadline = time.monotonic() + patience_s
    while (load := foreign_load()) > limit_cores and time.monotonic() < deadline:
        time.sleep(5)
    return load


def timed_calm(command: list, limit_cores: float = 0.1, retries: int = 4) -> Timing:
    """As timed(), started when the machine is calm and repeated while others disturbed it; the calmest run counts."""
    calmest = None
    for _ in range(retries):
        wait_for_calm(limit_cores, patience_s=60)
        timing = timed(command)
        if calmest is None or timing.foreign_cores < calmest.foreign_cores:
            calmest = timing
        if calmest.foreign_cores <= limit_cores:
            break
    return calmest


def median(timings: list[Timing]) -> Timing:
    return Timing(*(statistics.median(getattr(t, name) for t in timings) for name in ("wall_s", "cpu_s", "foreign_cores")))


def sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest(*parts) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:24]


def check(name: str, bound: str, got: str, ok: bool) -> dict:
    return {"name": name, "bound": bound, "got": got, "ok": bool(ok)}


@dataclass
class Context:
    """What every section needs to know. work: scratch and results, under build/; cache: may be shared with other trees."""

    root: Path
    options: object
    chasqui: Path
    work: Path
    cache: Path
    machine: dict
    podcasts: list = field(default_factory=list)
    corpus_text: str = ""

    @staticmethod
    def create(root: Path, options) -> "Context":
        chasqui = (options.chasqui or root / "build/release/chasqui").resolve()
        if not os.access(chasqui, os.X_OK):
            raise NotReady(f"{chasqui} is not there; run `tools/build release` first")
        for tool in ("ffmpeg", "ffprobe", "opusenc", "opusdec"):
            if shutil.which(tool) is None:
                raise NotReady(f"{tool} is missing; run `tools/bootstrap bench`")
        work = (options.work or root / "build/bench").resolve()
        cache = (options.cache or work / "cache").resolve()
        for folder in (work / "results", work / "audio", work / "tmp", cache):
            folder.mkdir(parents=True, exist_ok=True)
        return Context(root, options, chasqui, work, cache, machine_facts(chasqui))

    def cached(self, key: str, make):
        """The JSON value stored under `key`, made and stored when it is not there."""
        path = self.cache / f"{key}.json"
        if path.exists() and not self.options.fresh:
            return json.loads(path.read_text())
        value = make()
        partial = path.with_suffix(f".{os.getpid()}")
        partial.write_text(json.dumps(value))
        partial.rename(path)
        return value

    def run_section(self, name: str, measure) -> None:
        """Measures unless the same program, corpus and options already were; see result()."""
        key = digest(self.machine, [p["sha256"] for p in self.podcasts], self.options.excerpt, self.options.rates, self.options.runs,
                     self.options.qualities, self.options.decoders, self.options.piece, self.options.hop, self.options.quick)
        path = self.work / "results" / f"{name}.json"
        if path.exists() and not self.options.fresh and json.loads(path.read_text())["key"] == key:
            print(f"bench: {name}: as measured before (--fresh measures again)", flush=True)
            return
        print(f"bench: {name}", flush=True)
        start = time.monotonic()
        result = measure(self)
        result |= {"key": key, "machine": self.machine, "corpus": self.corpus_text, "took_s": time.monotonic() - start}
        path.write_text(json.dumps(result, indent=1))
        for row in result["checks"]:
            print(f"bench:   {'ok    ' if row['ok'] else 'MISSED'} {row['name']}: {row['got']} (asked {row['bound']})", flush=True)

    @property
    def kept(self) -> Path:
        """Results that the document is made of, under version control: a run of some sections leaves the others as they were."""
        return self.root / "docs/bench/results"

    def keep_results(self) -> None:
        self.kept.mkdir(parents=True, exist_ok=True)
        for path in (self.work / "results").glob("*.json"):
            shutil.copy(path, self.kept / path.name)

    def result(self, name: str) -> dict | None:
        path = self.kept / f"{name}.json"
        return json.loads(path.read_text()) if path.exists() else None


def machine_facts(chasqui: Path) -> dict:
    """What a reader needs to judge the figures by: hardware and versions, nothing that names the machine."""
    cpu = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), "unknown")
    memory_kb = int(Path("/proc/meminfo").read_text().split()[1])

    def package(name: str) -> str:
        done = subprocess.run(["dpkg-query", "-W", "-f=${Version}", name], capture_output=True, text=True)
        return done.stdout if done.returncode == 0 else "unknown"

    return {"cores": os.cpu_count(), "cpu": cpu, "memory_gib": round(memory_kb / 2**20, 1), "kernel": os.uname().release.split("-")[0],
            "chasqui": run([chasqui, "version"]).stdout.splitlines()[0].removeprefix("chasqui").strip(), "chasqui_sha256": sha256(chasqui)[:16],
            "libopus": package("libopus0"), "ffmpeg": package("ffmpeg"), "opus-tools": package("opus-tools")}
