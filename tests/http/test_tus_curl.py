"""A resumable upload as the documentation of tus has it, by curl, over a line that breaks."""

import base64
import hashlib
import re
import subprocess

from support.program import patience

TUS = ["-H", "Tus-Resumable: 1.0.0"]
BYTES = ["-X", "PATCH", "-H", "Content-Type: application/offset+octet-stream"]


def curl(*arguments, within: float = 60, **more) -> subprocess.CompletedProcess:
    return subprocess.run(["curl", "-sS", "-i", *TUS, *map(str, arguments)], capture_output=True, timeout=patience(within), **more)


def header(answer: subprocess.CompletedProcess, name: str) -> str:
    assert answer.returncode == 0, answer
    return re.search(rf"(?im)^{name}: *(.*?)\r$", answer.stdout.decode())[1]


def test_upload(service, speech_wav, tmp_path):
    data = speech_wav.read_bytes() * 3 + b"by curl "
    recording = tmp_path / "leccion.wav"
    recording.write_bytes(data)
    site = f"http://127.0.0.1:{service.port}"
    title = base64.b64encode("El maíz".encode()).decode()
    made = curl("-X", "POST", "-H", f"Upload-Length: {len(data)}", "-H", f"Upload-Metadata: title {title},filename bWFpei53YXY=", f"{site}/v1/uploads")
    upload = site + header(made, "Location")
    broken = curl(*BYTES, "-H", "Upload-Offset: 0", "--limit-rate", "200k", "--max-time", "1", "--data-binary", f"@{recording}", upload)
    assert broken.returncode == 28, "it was to be cut off in the middle"
    offset = int(header(curl("-I", upload), "Upload-Offset"))
    while offset < len(data):
        rest = data[offset:offset + 150_000]
        answer = curl(*BYTES, "-H", f"Upload-Offset: {offset}", "-H", f"Upload-Checksum: sha1 {base64.b64encode(hashlib.sha1(rest).digest()).decode()}",
                      "--data-binary", "@-", upload, input=rest)
        assert int(header(answer, "Upload-Offset")) == offset + len(rest)
        offset += len(rest)
    episode = service.finished(header(curl("-I", upload), "Chasqui-Episode").rsplit("/", 1)[1])
    assert episode["input"] == {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()} and episode["title"] == "El maíz"
