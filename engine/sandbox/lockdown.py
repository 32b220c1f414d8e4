"""
What a sandbox process gives up before the first script byte, layer by layer.

V8 is the first wall; these are for the script that has got through it. They need nothing but an
unprivileged process on Linux, each stands without the others, and none can be taken back. A layer
that this machine does not have is told, with the reason; the pool decides whether that is fatal.

There is no limit on the number of processes: it would count threads too, and those of the user's
other processes. The system call filter is what leaves no fork. Nor is there one on CPU time: it
would count a whole life, and a process here serves many jobs, each with its own timer.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import platform
import resource
import sys
from collections.abc import Callable
from pathlib import Path

from engine.sandbox import seccomp

ACTIVE = "active"

_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38
_CAPABILITY_VERSION_3 = 0x20080522

# The same numbers on every architecture that has them.
_LANDLOCK_CREATE_RULESET = 444
_LANDLOCK_RESTRICT_SELF = 446
_LANDLOCK_ASK_VERSION = 1
#: Version of Landlock -> the file system rights it can take away, all of them.
_FILE_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
_NETWORK_RIGHTS_SINCE, _NETWORK_RIGHTS = 4, 0b11  # bind and connect
_SCOPES_SINCE, _SCOPES = 6, 0b11  # abstract sockets and signals

#: The kernel ends one of these first when the machine has no memory left, not the server.
_OOM_SCORE = "1000"


class Unavailable(Exception):
    """A layer cannot be had here; the message says why."""


def lock_down(allowance_bytes: int) -> dict[str, str]:
    """
    Give up everything but the memory and the open descriptors; return layer -> "active" or why not.

    `allowance_bytes` is what the process may take beyond the data it has now. What must be read
    from files has to be read before. Threads that exist already keep some of their rights, and the
    layers say so.
    """
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_OOM_SCORE)
    threads = _count_threads()
    # In this order: a ruleset of Landlock is a descriptor, and seccomp refuses what installs the rest.
    layers: dict[str, Callable[[], None]] = {
        "memory limit": lambda: _limit_memory(allowance_bytes),
        "no new privileges": _refuse_new_privileges,
        "no capabilities": lambda: _drop_capabilities(threads),
        "not traceable": _become_untraceable,
        "landlock": lambda: _deny_files(threads),
        "resource limits": _limit_resources,
        "seccomp": lambda: _filter_calls(threads),
    }
    return {name: _attempt(layer) for name, layer in layers.items()}


def missing(layers: dict[str, str]) -> str:
    """Return the layers that are not active as "name (reason), …"; empty when all are."""
    return ", ".join(f"{name} ({state})" for name, state in layers.items() if state != ACTIVE)


def _attempt(layer: Callable[[], None]) -> str:
    try:
        layer()
    except Unavailable as exc:
        return str(exc)
    except OSError as exc:
        return (exc.strerror or exc.__class__.__name__).lower()
    except AttributeError:
        return "this C library does not have it"
    return ACTIVE


def _limit_memory(allowance_bytes: int) -> None:
    _need_linux()
    data_pages = int(Path("/proc/self/statm").read_text().split()[5])
    limit = data_pages * resource.getpagesize() + allowance_bytes
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)
    # Only the soft limit: what is kept between jobs comes on top, and the pool raises it by that.
    resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))


def _limit_resources() -> None:
    for kind in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE):
        resource.setrlimit(kind, (0, 0))  # of descriptors: no further one


def _refuse_new_privileges() -> None:
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def _drop_capabilities(threads: int) -> None:
    _need_linux()
    _need_single_thread(threads)
    # A process of root's, as many are in a container, has them; any other has none to lose.
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    nothing = (ctypes.c_uint32 * 6)()
    _check(_libc().capset(ctypes.byref(header), ctypes.byref(nothing)))


def _become_untraceable() -> None:
    _prctl(_PR_SET_DUMPABLE, 0)


def _deny_files(threads: int) -> None:
    _need_linux()
    _need_single_thread(threads)
    version = _landlock_version()
    rights = (
        _FILE_RIGHTS[max(known for known in _FILE_RIGHTS if known <= version)],
        _NETWORK_RIGHTS if version >= _NETWORK_RIGHTS_SINCE else 0,
        _SCOPES if version >= _SCOPES_SINCE else 0,
    )
    # An older kernel takes the shorter form, and a longer one while the rest of it is zero.
    attributes = (ctypes.c_uint64 * len(rights))(*rights)
    size = ctypes.c_size_t(ctypes.sizeof(attributes))
    libc = _libc()
    ruleset = libc.syscall(
        ctypes.c_long(_LANDLOCK_CREATE_RULESET), ctypes.byref(attributes), size, 0
    )
    _check(ruleset)
    try:
        # Without a rule: everything it handles is denied.
        _check(libc.syscall(ctypes.c_long(_LANDLOCK_RESTRICT_SELF), ruleset, 0))
    finally:
        os.close(ruleset)


def _landlock_version() -> int:
    version: int = _libc().syscall(
        ctypes.c_long(_LANDLOCK_CREATE_RULESET), None, ctypes.c_size_t(0), _LANDLOCK_ASK_VERSION
    )
    if version >= 1:
        return version
    if ctypes.get_errno() == errno.EOPNOTSUPP:
        raise Unavailable("the kernel has it, but switched off")
    raise Unavailable("the kernel does not have it, or the container forbids it")


def _filter_calls(threads: int) -> None:
    _need_linux()
    try:
        seccomp.install(other_threads=threads > 1)
    except LookupError:
        raise Unavailable(f"no list of system calls for {platform.machine()}") from None


def _need_linux() -> None:
    if sys.platform != "linux":
        raise Unavailable(f"{platform.system()} does not have it")


def _need_single_thread(threads: int) -> None:
    if threads > 1:
        raise Unavailable(f"{threads} threads run already, and it would hold for one")


def _count_threads() -> int:
    try:
        return sum(1 for _ in Path("/proc/self/task").iterdir())
    except OSError:
        return 1


def _prctl(option: int, value: int) -> None:
    _need_linux()
    _check(_libc().prctl(option, *map(ctypes.c_ulong, (value, 0, 0, 0))))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _check(returned: int) -> None:
    if returned < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
