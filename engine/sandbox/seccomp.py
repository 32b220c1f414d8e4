"""The system calls a sandbox process may still make; every other one is refused by the kernel."""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from dataclasses import dataclass

#: What V8, CPython and libc use once everything is loaded: (number on x86_64, on aarch64).
_ALLOWED: dict[str, tuple[int | None, int | None]] = {
    # the one socket
    "read": (0, 63),
    "write": (1, 64),
    "close": (3, 57),
    "sendto": (44, 206),
    "recvfrom": (45, 207),
    "select": (23, None),
    "pselect6": (270, 72),
    # memory; V8 compiles, so it makes pages executable
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "munmap": (11, 215),
    "brk": (12, 214),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "membarrier": (324, 283),
    "pkey_mprotect": (329, 288),
    "pkey_alloc": (330, 289),
    "pkey_free": (331, 290),
    # threads: each isolate has its own
    "futex": (202, 98),
    "set_robust_list": (273, 99),
    "rseq": (334, 293),
    "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123),
    "sched_getparam": (143, 121),
    "sched_getscheduler": (145, 120),
    "getcpu": (309, 168),
    "getpid": (39, 172),
    "gettid": (186, 178),
    "exit": (60, 93),
    "exit_group": (231, 94),
    # signals and the interval timers that end a job
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132),
    "restart_syscall": (219, 128),
    "setitimer": (38, 103),
    "getitimer": (36, 102),
    # time and chance
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "clock_nanosleep": (230, 115),
    "nanosleep": (35, 101),
    "gettimeofday": (96, 169),
    "time": (201, None),
    "getrusage": (98, 165),
    "getrandom": (318, 278),
}

_CLONE_THREAD = 0x00010000
_PR_SET_NAME = 15
_PR_SET_VMA = 0x53564D41
_SET_MODE_FILTER = 1
_FLAG_TSYNC = 1

_KILL = 0x80000000
_ALLOW = 0x7FFF0000
_REFUSE = 0x00050000 | errno.EPERM
#: libc then starts its threads by clone, whose flags can be looked at.
_ABSENT = 0x00050000 | errno.ENOSYS

# Places in struct seccomp_data, on a little-endian machine.
_NUMBER, _ARCH, _FIRST_ARGUMENT = 0, 4, 16

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
#: Numbers from here on are x86_64's second table of the same calls (x32).
_X32 = 0x40000000


@dataclass(frozen=True, slots=True)
class _Machine:
    column: int
    audit: int
    seccomp: int
    clone: int
    clone3: int
    prctl: int
    tgkill: int


_MACHINES = {
    "x86_64": _Machine(0, 0xC000003E, 317, 56, 435, 157, 234),
    "aarch64": _Machine(1, 0xC00000B7, 277, 220, 435, 167, 131),
}

Instruction = tuple[int, int, int, int]


class _Filter(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_char_p))


def program(machine: str, pid: int) -> list[Instruction]:
    """
    Return the filter for a machine as (code, jump if true, jump if false, value).

    :raise LookupError: when its system calls are not known here.
    """
    known = _MACHINES[machine]
    numbers = [pair[known.column] for pair in _ALLOWED.values()]
    calls = [number for number in numbers if number is not None]
    return [
        (_LOAD, 0, 0, _ARCH),
        (_EQUAL, 1, 0, known.audit),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, _X32),
        (_RETURN, 0, 0, _KILL),
        (_EQUAL, 0, 1, known.clone3),
        (_RETURN, 0, 0, _ABSENT),
        # A thread, but no process.
        *_if_argument(known.clone, (_ANY_BIT, _CLONE_THREAD)),
        # The names of threads and of memory, and nothing else that prctl can do.
        *_if_argument(known.prctl, (_EQUAL, _PR_SET_NAME), (_EQUAL, _PR_SET_VMA)),
        # abort() sends its signal so; to nobody else.
        *_if_argument(known.tgkill, (_EQUAL, pid)),
        *((_EQUAL, len(calls) - place, 0, number) for place, number in enumerate(calls)),
        (_RETURN, 0, 0, _REFUSE),
        (_RETURN, 0, 0, _ALLOW),
    ]


def install(*, other_threads: bool) -> None:
    """
    Confine this process to the calls of the list, for good.

    :raise LookupError: when the machine's system calls are not known here.
    :raise OSError: when the kernel refuses.
    """
    machine = platform.machine()
    code = program(machine, os.getpid())
    packed = b"".join(struct.pack("<HBBI", *instruction) for instruction in code)
    libc = ctypes.CDLL(None, use_errno=True)
    flags = _FLAG_TSYNC if other_threads else 0
    ruled = _Filter(len(code), packed)
    number = ctypes.c_long(_MACHINES[machine].seccomp)
    if libc.syscall(number, _SET_MODE_FILTER, flags, ctypes.byref(ruled)) != 0:
        code_of_error = ctypes.get_errno() or errno.EINVAL
        raise OSError(code_of_error, os.strerror(code_of_error))


def _if_argument(number: int, *tests: tuple[int, int]) -> list[Instruction]:
    """Decide one call by its first argument: allow it when one of the tests holds."""
    count = len(tests)
    return [
        (_EQUAL, 0, count + 3, number),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        *((test, count - place, 0, value) for place, (test, value) in enumerate(tests)),
        (_RETURN, 0, 0, _REFUSE),
        (_RETURN, 0, 0, _ALLOW),
    ]
