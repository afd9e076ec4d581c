"""Runs the programs under test and holds the checks that every run must pass."""

import ctypes
import json
import os
import pty
import select
import signal
import subprocess
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
BUILD = Path(os.environ.get("CHASQUI_BUILD", ROOT / "build" / "release")).resolve()
CHASQUI = BUILD / "chasqui"
DECODER = BUILD / "chasqui-decode"

# After sysexits.h, as in src/core/exit_code.hpp.
OK, USAGE, DATA, NO_INPUT, UNAVAILABLE, INTERNAL, CANNOT_CREATE, DISK_FULL, CONFIG = 0, 64, 65, 66, 69, 70, 73, 74, 78
INTERRUPTED = 130

PR_SET_CHILD_SUBREAPER, PR_CAPBSET_DROP = 36, 24
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1, 2
libc = ctypes.CDLL(None, use_errno=True)


@cache
def sanitizer() -> str:
    """'address', 'thread' or '' of the build under test, from what its build folder was configured with."""
    cache_file = BUILD / "CMakeCache.txt"
    text = cache_file.read_text() if cache_file.exists() else ""
    chosen = next((line.split("=", 1)[1] for line in text.splitlines() if line.startswith("CHASQUI_SANITIZE:")), "")
    return "thread" if "thread" in chosen else "address" if "address" in chosen else ""


def patience(seconds: float) -> float:
    """A deadline that is fair to a sanitizer build on a busy machine."""
    return seconds * {"": 2, "address": 8, "thread": 20}[sanitizer()]


def declare_release_only(config) -> None:
    config.addinivalue_line("markers", "release_only(reason): not run on sanitizer builds")


def skip_release_only(items) -> None:
    import pytest

    for item in items if sanitizer() else []:
        if mark := item.get_closest_marker("release_only"):
            item.add_marker(pytest.mark.skip(reason=f"not on sanitizer builds: {mark.args[0]}"))


@dataclass(frozen=True)
class Outcome:
    command: str
    code: int
    stdout: str
    stderr: str

    def ok(self, warnings: bool = False) -> "Outcome":
        assert self.code == OK, f"expected success, got exit {self.code}\n{self}"
        assert warnings or self.stderr == "", f"a run that succeeds says nothing on stderr\n{self}"
        return self

    def json(self):
        try:
            return json.loads(self.stdout)
        except ValueError as error:
            raise AssertionError(f"standard output is not JSON: {error}\n{self}") from None

    def error_line(self) -> str:
        """The one line on stderr; fails when there is not exactly one of the documented form."""
        lines = self.stderr.splitlines()
        assert len(lines) == 1 and self.stderr.endswith("\n"), f"expected exactly one line on stderr\n{self}"
        assert lines[0].startswith("chasqui: "), f"errors begin with 'chasqui: '\n{self}"
        return lines[0]

    def __str__(self) -> str:
        return f"  command: {self.command}\n  exit: {self.code}\n  stderr: {self.stderr!r}\n  stdout: {self.stdout[:600]!r}"


def without_root_override() -> None:
    """For preexec_fn: makes file permissions bind a root user too."""
    for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)


class Program:
    """The command line program, with a spool folder of its own that must be empty whenever no run is going on."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.spool = folder / "spool"
        self.spool.mkdir()

    def environment(self, extra: dict[str, str] | None = None) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("CHASQUI_")}
        return kept | {"TMPDIR": str(self.spool), "LC_ALL": "C.UTF-8"} | (extra or {})

    def __call__(self, *arguments, env=None, preexec=None, stdin=subprocess.DEVNULL, prefix=(), limit=60) -> Outcome:
        command = [*map(os.fspath, prefix), os.fspath(CHASQUI), *(os.fspath(a) if isinstance(a, Path) else
                   a if isinstance(a, bytes) else str(a) for a in arguments)]
        shown = " ".join(os.fsdecode(part) for part in command)
        try:
            done = subprocess.run(command, capture_output=True, env=self.environment(env), cwd=self.folder, stdin=stdin,
                                  preexec_fn=preexec, timeout=patience(limit), check=False)
        except subprocess.TimeoutExpired as late:
            raise AssertionError(f"no end after {late.timeout:.0f} s: {shown}") from None
        outcome = Outcome(shown, done.returncode, done.stdout.decode("utf-8", "surrogateescape"),
                          done.stderr.decode("utf-8", "surrogateescape"))
        assert done.returncode >= 0, f"ended by {signal.Signals(-done.returncode).name}\n{outcome}"
        assert "Sanitizer" not in outcome.stderr, f"a sanitizer found a fault:\n{outcome.stderr[-4000:]}\n{shown}"
        self.check_spool(outcome)
        return outcome

    def on_terminal(self, *arguments, limit=60) -> bytes:
        """What a run that succeeds shows on standard error where that is a terminal."""
        ours, theirs = pty.openpty()
        seen, deadline = b"", time.monotonic() + patience(limit)
        with subprocess.Popen([str(CHASQUI), *map(str, arguments)], cwd=self.folder, env=self.environment(), stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=theirs) as process:
            os.close(theirs)
            try:
                while select.select([ours], [], [], max(0, deadline - time.monotonic()))[0]:
                    seen += os.read(ours, 65536)
                process.kill()
            except OSError:  # how Linux tells the end of a terminal
                pass
            finally:
                os.close(ours)
        assert process.returncode == OK, f"exit {process.returncode}; an end after {patience(limit):.0f} s at the latest: {seen!r}"
        self.check_spool(seen)
        return seen

    def check_spool(self, outcome) -> None:
        left = sorted(path.name for path in self.spool.iterdir())
        assert not left, f"left behind in TMPDIR: {left}\n{outcome}"

    def start(self, *arguments, env=None, preexec=None) -> "Running":
        return Running(self, [str(CHASQUI), *map(str, arguments)], self.environment(env), preexec)


class Running:
    """A run to be watched or disturbed; leaving the `with` block ends it."""

    def __init__(self, owner: Program, command, env, preexec):
        self.owner = owner
        self.command = " ".join(command)
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env,
                                        cwd=owner.folder, stdin=subprocess.DEVNULL, preexec_fn=preexec)

    def __enter__(self) -> "Running":
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def decoders(self) -> list[int]:
        """The decoder processes that this run has at the moment."""
        return [pid for pid, parent, name in processes() if parent == self.process.pid and name == "chasqui-decode"]

    def wait_for_decoder(self) -> int:
        return wait_until(lambda: self.alive() and next(iter(self.decoders()), None),
                          f"no chasqui-decode child appeared: {self.command}")

    def spooled_bytes(self) -> int:
        """The size of the biggest deleted file that the run holds open: its temporary sound."""
        sizes = [0]
        for link in Path(f"/proc/{self.process.pid}/fd").glob("*"):
            try:
                if os.readlink(link).endswith("(deleted)"):
                    sizes.append(link.stat().st_size)
            except OSError:
                continue
        return max(sizes)

    def wait_for_work(self, seconds: float) -> None:
        """Until it has computed for `seconds` more."""
        def computed() -> float:
            text = Path(f"/proc/{self.process.pid}/stat").read_text()
            return sum(map(int, text[text.rindex(")") + 2:].split()[11:13])) / os.sysconf("SC_CLK_TCK")

        begin = computed()
        wait_until(lambda: self.alive() and computed() - begin >= seconds, f"computed for less than {seconds} s: {self.command}", 60)

    def alive(self) -> bool:
        assert self.process.poll() is None, f"ended by itself before it was disturbed: exit {self.process.returncode}, " \
                                            f"stderr {self.process.stderr.read()!r}; make the input longer\n{self.command}"
        return True

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self, within: float) -> Outcome:
        try:
            stdout, stderr = self.process.communicate(timeout=within)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running {within:.0f} s later: {self.command}") from None
        outcome = Outcome(self.command, self.process.returncode, stdout.decode(), stderr.decode())
        assert "Sanitizer" not in outcome.stderr, f"a sanitizer found a fault:\n{outcome.stderr[-4000:]}"
        self.owner.check_spool(outcome)
        return outcome


def processes():
    """(pid, parent, name) of every process that is not a zombie."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            text = (entry / "stat").read_text()
        except OSError:
            continue
        name, rest = text[text.index("(") + 1:text.rindex(")")], text[text.rindex(")") + 2:].split()
        if rest[0] not in "ZX":
            yield int(entry.name), int(rest[1]), name


def wait_until(condition, complaint: str, seconds: float = 10):
    """Polls until `condition` gives something true, and gives that; fails with `complaint` at the deadline."""
    deadline = time.monotonic() + patience(seconds)
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.002)
    raise AssertionError(complaint)


def adopt_orphans() -> None:
    """From now on a process whose parent dies becomes a child of this one, where `orphans` finds it."""
    assert libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0


def orphans() -> list[int]:
    return [pid for pid, parent, name in processes() if parent == os.getpid() and name == "chasqui-decode"]


def end_orphans() -> list[int]:
    found = orphans()
    for pid in found:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    return found
