"""Schemathesis over the OpenAPI document of a running service: no fault, no answer that is not documented."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from service_under_load import start
from tools import Context, NotReady, check, run

EXAMPLES = 50
CHECKS = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance", "response_headers_conformance")


def schemathesis(context: Context) -> Path:
    """Its program, in a virtual environment of its own."""
    wanted = context.root / "bench/conformance/requirements.txt"
    venv = context.root / "build/conformance-venv"
    installed = venv / "installed.txt"
    if not installed.exists() or installed.read_text() != wanted.read_text():
        shutil.rmtree(venv, ignore_errors=True)
        run([sys.executable, "-m", "venv", venv])
        run([venv / "bin/pip", "install", "-q", "--disable-pip-version-check", "-r", wanted])
        shutil.copy(wanted, installed)
    return venv / "bin/schemathesis"


def measure(context: Context) -> dict:
    program = schemathesis(context)
    with tempfile.TemporaryDirectory(dir=context.work / "tmp") as name:
        folder = Path(name)
        with start(context, folder, CHASQUI_LIMITS_SMALL_SECONDS="1", CHASQUI_SOURCE_FETCH="false") as service:
            environment = os.environ | {"PYTHONPATH": str(context.root / "bench/conformance"), "SCHEMATHESIS_HOOKS": "conformance_hooks", "NO_COLOR": "1"}
            done = subprocess.run([program, "run", f"http://127.0.0.1:{service.port}/openapi.json", "-n", str(EXAMPLES), "--request-timeout", "30",
                                   "--checks", ",".join(CHECKS)], cwd=folder, env=environment, capture_output=True, text=True)
    (context.work / "conformance.txt").write_text(done.stdout + done.stderr)
    tested = re.search(r"Tested: (\d+)", done.stdout)
    generated = re.search(r"(\d+) generated", done.stdout)
    failed = re.search(r"(\d+) found (\d+) unique failures", done.stdout)
    if not tested or not generated:
        raise NotReady(f"Schemathesis did not get far: {done.stdout[-600:]} {done.stderr[-600:]}")
    got = f"{generated[1]} requests to {tested[1]} operations: " + (f"{failed[2]} failures" if failed else "none")
    return {"operations": int(tested[1]), "requests": int(generated[1]), "checks": [
        check("Schemathesis over the OpenAPI document", "no 5xx, no undocumented answer", got, done.returncode == 0)]}
