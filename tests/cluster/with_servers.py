"""with_servers.py COMMAND...: runs it with a PostgreSQL and a RabbitMQ of its own, named in the environment."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
from servers import Servers  # noqa: E402

with Servers(Path(tempfile.mkdtemp(prefix="chasqui-servers-"))) as servers:
    named = {"CHASQUI_TEST_POSTGRES": servers.postgres.url(), "CHASQUI_TEST_BROKER": servers.rabbit.address()}
    status = subprocess.run(sys.argv[1:], env=os.environ | named).returncode
sys.exit(status)
