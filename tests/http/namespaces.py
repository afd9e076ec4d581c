"""Parts of the machine that belong to one service alone, so that a test can change them without power over the rest."""

import ctypes
import os
import subprocess

import pytest

MOUNTS, USERS, NETWORK = 0x00020000, 0x10000000, 0x40000000
RECURSIVE_PRIVATE = 0x4000 | 0x40000
REFUSED = 99
libc = ctypes.CDLL(None, use_errno=True)


def own(kinds: int):
    """For a child, before it becomes another program: namespaces of its own, over which it has power."""

    def enter():
        user, group = os.getuid(), os.getgid()
        if libc.unshare(kinds | USERS) != 0:
            os._exit(REFUSED)
        for name, text in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"), ("gid_map", f"0 {group} 1")):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
        if kinds & MOUNTS and libc.mount(None, b"/", None, RECURSIVE_PRIVATE, None) != 0:
            os._exit(REFUSED)

    return enter


def skip_where_forbidden(kinds: int) -> None:
    if subprocess.run(["true"], preexec_fn=own(kinds)).returncode == REFUSED:
        pytest.skip("this machine lets nobody have such namespaces of their own")


def run_in(service, flags: str, *command) -> str:
    """`flags`: of nsenter, for the namespaces of the service's process."""
    done = subprocess.run(["nsenter", "-t", str(service.process.pid), "-U", *flags.split(), "--preserve-credentials", *map(str, command)],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout
