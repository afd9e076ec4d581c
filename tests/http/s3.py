"""The S3 server of the tests (tests/support/s3-server.js), on a free port and with its data in a folder."""

import subprocess
from pathlib import Path

from support.program import ROOT

KEY = "S3RVER"


class S3:
    def __init__(self, folder: Path):
        self.folder = folder
        self.port = 0
        self.process = None

    def __enter__(self) -> "S3":
        return self.start()

    def __exit__(self, *_):
        if self.process:
            self.kill()

    def start(self) -> "S3":
        self.process = subprocess.Popen([ROOT / "tools/node", ROOT / "tests/support/s3-server.js", self.folder, str(self.port), "chasqui"],
                                        stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
        line = self.process.stdout.readline()
        assert line.startswith("listening "), "the S3 server did not start; try `tools/node` and what it says"
        self.port = int(line.split()[1])
        return self

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.process = None

    def environment(self, **more: str) -> dict[str, str]:
        return {"CHASQUI_DATA_BLOBS": "s3", "CHASQUI_S3_ENDPOINT": f"http://127.0.0.1:{self.port}", "CHASQUI_S3_BUCKET": "chasqui",
                "CHASQUI_S3_PREFIX": "lecciones/", "CHASQUI_S3_RETRY_SECONDS": "0", "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": KEY} | more

    def objects(self) -> set[str]:
        return {path.name.split(".")[0] for path in self.folder.rglob("*_object")}
