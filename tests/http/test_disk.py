"""A disk that becomes read-only while the service runs."""

import ctypes
import os
import subprocess

import pytest

TUS = {"Tus_Resumable": "1.0.0"}
BYTES = TUS | {"Content_Type": "application/offset+octet-stream"}
NEW_MOUNTS_AND_USERS, RECURSIVE_PRIVATE = 0x00020000 | 0x10000000, 0x4000 | 0x40000
libc = ctypes.CDLL(None, use_errno=True)


def own_mounts():
    """For a child: mounts of its own, over which it has power."""
    user, group = os.getuid(), os.getgid()
    if libc.unshare(NEW_MOUNTS_AND_USERS) != 0:
        os._exit(99)
    for name, text in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"), ("gid_map", f"0 {group} 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)
    if libc.mount(None, b"/", None, RECURSIVE_PRIVATE, None) != 0:
        os._exit(99)


def in_its_mounts(service, *command):
    done = subprocess.run(["nsenter", "-t", str(service.process.pid), "-U", "-m", "--preserve-credentials", *map(str, command)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_read_only(start, speech_wav):
    if subprocess.run(["true"], preexec_fn=own_mounts).returncode == 99:
        pytest.skip("this machine lets nobody have mounts of their own")
    service = start("--open", preexec=own_mounts)
    recording = speech_wav.read_bytes()
    audio = service.finished(service.submit(recording))["links"]["audio"]
    whole = service.get(audio).ok().body
    other = recording + b"\0\0"
    upload = service.ask("POST", "/v1/uploads", Upload_Length=str(len(other)), **TUS).ok(201).headers["location"]
    service.ask("PATCH", upload, other[:50_000], Upload_Offset="0", **BYTES).ok(204)
    in_its_mounts(service, "mount", "--bind", service.data, service.data)
    in_its_mounts(service, "mount", "-o", "remount,bind,ro", service.data)
    before = service.blobs()
    service.post(other).problem(507, "no-room")
    service.ask("PATCH", upload, b"x" * 100, Upload_Offset="50000", **BYTES).problem(507, "no-room")
    service.ask("POST", "/v1/uploads", Upload_Length="10", **TUS).problem(507, "no-room")
    assert service.get(audio).ok().body == whole, "what is there can still be fetched"
    assert service.ask("HEAD", upload, **TUS).ok().headers["upload-offset"] == "50000"
    assert service.blobs() == before
    in_its_mounts(service, "umount", service.data)
    service.ask("PATCH", upload, other[50_000:], Upload_Offset="50000", **BYTES).ok(204)
    episode = service.ask("HEAD", upload, **TUS).ok().headers["chasqui-episode"].rsplit("/", 1)[1]
    assert service.finished(episode)["input"]["bytes"] == len(other)
