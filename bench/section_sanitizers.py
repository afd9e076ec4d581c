"""The whole test suite on builds with sanitizers: how many tests passed, failed, were left out. A suite that passed is not run again on the
same program."""

import os
import subprocess
import tempfile
import xml.etree.ElementTree as xml
from pathlib import Path

from tools import Context, check, digest, run, sha256

PRESETS = {"asan-ubsan": "ASan + UBSan", "tsan": "TSan"}
SUITES = ("unit", "cli", "http", "cluster")


def counts(report: Path) -> dict:
    """Of a JUnit report."""
    root = xml.parse(report).getroot()
    suites = [root] if root.tag == "testsuite" else list(root)
    total = {name: sum(int(suite.get(name, 0)) for suite in suites) for name in ("tests", "failures", "errors", "skipped", "disabled")}
    skipped = total["skipped"] + total["disabled"]
    failed = total["failures"] + total["errors"]
    return {"passed": total["tests"] - skipped - failed, "failed": failed, "skipped": skipped}


def tested(context: Context, preset: str, suite: str) -> dict:
    root, build = context.root, context.root / "build" / preset
    environment = os.environ | {"TSAN_OPTIONS": f"suppressions={root / 'tests/tsan-suppressions.txt'}"}
    with tempfile.TemporaryDirectory(dir=context.work / "tmp") as folder:
        report = Path(folder) / "report.xml"
        if suite == "unit":
            command = ["ctest", "--preset", preset, "-j", str(os.cpu_count()), "-Q", "--output-junit", report]
        else:
            environment["CHASQUI_BUILD"] = str(build)
            command = [root / "tools/python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", str(os.cpu_count()), "--dist", "worksteal",
                       f"--junitxml={report}", root / "tests" / suite]
        done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)
        (context.work / f"sanitizers-{preset}-{suite}.txt").write_text(done.stdout + done.stderr)
        return counts(report)


def kept_if_clean(context: Context, program: str, preset: str, suite: str) -> dict:
    key = digest("sanitizers", program, suite)
    got = context.cached(key, lambda: tested(context, preset, suite))
    if got["failed"]:
        (context.cache / f"{key}.json").unlink()
    return got


def measure(context: Context) -> dict:
    rows = []
    for preset, name in PRESETS.items():
        run([context.root / "tools/build", preset])
        program = sha256(context.root / "build" / preset / "chasqui")
        rows += [{"sanitizer": name, "suite": suite} | kept_if_clean(context, program, preset, suite) for suite in SUITES]
    checks = []
    for name in PRESETS.values():
        mine = [row for row in rows if row["sanitizer"] == name]
        passed, failed = (sum(row[what] for row in mine) for what in ("passed", "failed"))
        checks.append(check(f"whole test suite with {name}", "no failure", f"{passed} passed, {failed} failed", failed == 0 and passed > 0))
    return {"rows": rows, "checks": checks}
