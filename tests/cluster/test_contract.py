import os
import re
import subprocess

from support.program import CHASQUI


def test_contract_suites_on_real_servers(servers):
    """Every backend of tests/contract that needs a server; the others run with the unit tests."""
    named = {"CHASQUI_TEST_POSTGRES": servers.postgres.url(), "CHASQUI_TEST_BROKER": servers.rabbit.address()}
    done = subprocess.run([CHASQUI.parent / "contract_tests", "--gtest_filter=Postgres/*:Rabbit/*:Server/*"], env=os.environ | named,
                          capture_output=True, text=True)
    failures = re.findall(r"(?s)\[ RUN.*?\[  FAILED  \] \S+", done.stdout)
    assert done.returncode == 0, "\n".join(failures)[-4000:] + "\nrun it with tests/cluster/with_servers.py build/release/contract_tests"
    passed = re.search(r"\[  PASSED  \] (\d+) tests", done.stdout)
    assert passed and int(passed[1]) >= 30, done.stdout[-1000:]
