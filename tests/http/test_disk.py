"""Disks that become read-only or full while the service runs."""

from pathlib import Path

from namespaces import MOUNTS, libc, own, run_in, skip_where_forbidden
from service import wait_until

TUS = {"Tus_Resumable": "1.0.0"}
BYTES = TUS | {"Content_Type": "application/offset+octet-stream"}


def test_read_only(start, speech_wav):
    skip_where_forbidden(MOUNTS)
    service = start("--open", preexec=own(MOUNTS))
    recording = speech_wav.read_bytes()
    audio = service.finished(service.submit(recording))["links"]["audio"]
    whole = service.get(audio).ok().body
    other = recording + b"\0\0"
    upload = service.ask("POST", "/v1/uploads", Upload_Length=str(len(other)), **TUS).ok(201).headers["location"]
    service.ask("PATCH", upload, other[:50_000], Upload_Offset="0", **BYTES).ok(204)
    run_in(service, "-m", "mount", "--bind", service.data, service.data)
    run_in(service, "-m", "mount", "-o", "remount,bind,ro", service.data)
    before = service.blobs()
    service.post(other).problem(507, "no-room")
    service.ask("PATCH", upload, b"x" * 100, Upload_Offset="50000", **BYTES).problem(507, "no-room")
    service.ask("POST", "/v1/uploads", Upload_Length="10", **TUS).problem(507, "no-room")
    assert service.get(audio).ok().body == whole, "what is there can still be fetched"
    assert service.ask("HEAD", upload, **TUS).ok().headers["upload-offset"] == "50000"
    assert service.blobs() == before
    run_in(service, "-m", "umount", service.data)
    service.ask("PATCH", upload, other[50_000:], Upload_Offset="50000", **BYTES).ok(204)
    episode = service.ask("HEAD", upload, **TUS).ok().headers["chasqui-episode"].rsplit("/", 1)[1]
    assert service.finished(episode)["input"]["bytes"] == len(other)


def test_full(start, speech_wav, tmp_path):
    """A disk of 4 MiB, filled to the last byte while there is work."""
    skip_where_forbidden(MOUNTS)
    (tmp_path / "data").mkdir()

    def small_disk():
        own(MOUNTS)()
        assert libc.mount(b"none", str(tmp_path / "data").encode(), b"tmpfs", 0, b"size=4m") == 0

    service = start("--open", preexec=small_disk, CHASQUI_DATA_KEEP_FREE_MIB="0")
    inside = Path(f"/proc/{service.process.pid}/root{service.data}")
    recording = speech_wav.read_bytes()
    audio = service.finished(service.submit(recording))["links"]["audio"]
    whole = service.get(audio).ok().body
    before = {path.name for path in (inside / "blobs").rglob("*")}
    service.post(recording + bytes(4_000_000)).problem(507, "no-room")
    assert {path.name for path in (inside / "blobs").rglob("*")} == before, "what came of it is gone"
    upload = service.ask("POST", "/v1/uploads", Upload_Length=str(len(recording)), **TUS).ok(201).headers["location"]
    service.ask("PATCH", upload, recording[:50_000], Upload_Offset="0", **BYTES).ok(204)
    with (inside / "filler").open("wb", buffering=0) as filler:
        try:
            while filler.write(bytes(4096)):
                pass
        except OSError:
            pass
    for answer in (service.post(recording + b"\0\0"), service.ask("PATCH", upload, recording[50_000:], Upload_Offset="50000", **BYTES),
                   service.ask("POST", "/v1/uploads", Upload_Length="10", **TUS)):
        assert answer.problem(answer.status) and answer.status in (503, 507), answer
    assert service.get(audio).ok().body == whole and service.get("/healthz").ok(), "what is there can still be fetched"
    (inside / "filler").unlink()
    offset = int(service.ask("HEAD", upload, **TUS).ok().headers["upload-offset"])
    answer = service.ask("PATCH", upload, (recording + b"\0\0")[offset:len(recording)], Upload_Offset=str(offset), **BYTES).ok(204)
    wait_until(lambda: service.post(recording + b"\0\0" * 2).status == 202, "nothing is taken in, though there is room again")
    assert service.finished(answer.headers["chasqui-episode"].rsplit("/", 1)[1])["input"]["bytes"] == len(recording)
